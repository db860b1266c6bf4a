/** The loss functions of TensorFlow.js: values of TensorFlow, gradients, traced results, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const { losses, Reduction } = tf;
const x = ramp([4, 3], 'float32');
const labels = x.greater(0).cast('float32');
const shares = x.add(5.1).div(10.3);
const rows = tf.oneHot([0, 2, 1, 1], 3);
const column = tf.tensor([[1], [0], [0.5], [2]]);
const each = tf.where(tf.oneHot([4], 12).reshape([4, 3]), 0, ramp([4, 3], 'float32').reverse(0).abs());
const unit = x.div(x.square().sum(1, true).sqrt());

type Weights = tf.TensorLike | undefined;
type Ways = (typeof Reduction)[keyof typeof Reduction];
type Weighted = (weights: Weights, reduction: Ways, labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;
const functions: Readonly<Record<string, readonly [tf.Tensor, tf.Tensor, Weighted]>> = {
  absoluteDifference: [labels, x, (w, r, y, p) => losses.absoluteDifference(y, p, w, r)],
  hingeLoss: [labels, x, (w, r, y, p) => losses.hingeLoss(y, p, w, r)],
  huberLoss: [labels, x, (w, r, y, p) => losses.huberLoss(y, p, w, 1.5, r)],
  logLoss: [labels, shares, (w, r, y, p) => losses.logLoss(y, p, w, 1e-3, r)],
  meanSquaredError: [labels, x, (w, r, y, p) => losses.meanSquaredError(y, p, w, r)],
  sigmoidCrossEntropy: [labels, x, (w, r, y, p) => losses.sigmoidCrossEntropy(y, p, w, 0.1, r)],
  softmaxCrossEntropy: [rows, x, (w, r, y, p) => losses.softmaxCrossEntropy(y, p, w, 0.2, r)],
  cosineDistance: [labels, unit, (w, r, y, p) => losses.cosineDistance(y, p, 1, w, r)],
};

const weightsFor = (name: string): tf.Tensor => (name === 'softmaxCrossEntropy' ? column.flatten() : column);
const made = Object.fromEntries(
  Object.entries(Reduction).flatMap(([key, reduction]): [string, () => tf.Tensor][] => [
    ...Object.entries(functions).flatMap(([name, [y, p, f]]): [string, () => tf.Tensor][] => [
      [`${name} ${key}`, () => f(undefined, reduction, y, p)],
      [`${name} ${key} weighted`, () => f(weightsFor(name), reduction, y, p)],
    ]),
    [`computeWeightedLoss ${key}`, () => losses.computeWeightedLoss(x, each, reduction)],
    [`computeWeightedLoss ${key} of zeros`, () => losses.computeWeightedLoss(x, 0, reduction)],
  ]),
);

describe('values of TensorFlow', () => {
  const fixtures = fixturesOf('lossfunctions');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', (name, run) => expectMade(run(), fixtures[name], 2e-6));
});

describe('by default', () => {
  it('count weights that are not 0, and take whole numbers and truth values', () => {
    expect(losses.computeWeightedLoss([1, 2, 6], [1, 1, 0]).item()).toBe(1.5);
    expect(losses.huberLoss([0, 0], [1, 3]).item()).toBe(1.5);
    expect(losses.logLoss([true, false], [1, 0], null).item()).toBeCloseTo(-1e-7, 6);
    expect(losses.meanSquaredError(tf.tensor([1, 2], [2], 'int32'), tf.tensor([2, 5], [2], 'int32')).item()).toBe(5);
    expect(losses.sigmoidCrossEntropy([1, 0], [1000, -1000]).item()).toBe(0);
    expect(losses.softmaxCrossEntropy([[1, 0]], [[-1000, 1000]]).item()).toBe(2000);
  });

  it('leave the classes and names beside them as they are', () => {
    expect(
      losses
        .get('meanSquaredError')([[1]], [[3]])
        .item(),
    ).toBe(4);
    expect(losses.get('meanSquaredError')).toBeInstanceOf(losses.MeanSquaredError);
  });
});

describe('gradients', () => {
  const weights = tf.tensor([[1], [0.3], [0.5], [2]], [4, 1], 'float64');
  it.each(Object.entries(functions))('%s', (name, [y, p, f]) => {
    const w = name === 'softmaxCrossEntropy' ? weights.flatten() : weights;
    checkGradients((w, p) => f(w, Reduction.MEAN, y, p).square(), [w, p.cast('float64').add(0.013)]);
    checkGradients((p) => f(undefined, Reduction.NONE, y, p), [p.cast('float64').add(0.013)]);
  });
});

describe('traced', () => {
  it.each(Object.entries(functions))('%s', (name, [y, p, f]) => {
    const traced = tf.function((y: tf.Tensor, p: tf.Tensor) => f(weightsFor(name), Reduction.SUM_BY_NONZERO_WEIGHTS, y, p));
    expect(traced(y, p).item()).toBeCloseTo(f(weightsFor(name), Reduction.SUM_BY_NONZERO_WEIGHTS, y, p).item(), 6);
  });
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['huberLoss: labels and predictions need one shape; received [4,3] and [1]', () => losses.huberLoss(x, [1])],
    ['huberLoss: delta must be a number above 0; received 0', () => losses.huberLoss(x, x, null, 0)],
    ['logLoss: epsilon must be a number >= 0; received "1"', () => losses.logLoss(x, x, null, '1' as never)],
    ['hingeLoss: weights of shape [2,4,3] do not fit losses of shape [4,3]', () => losses.hingeLoss(x, x, tf.ones([2, 4, 3]))],
    ['computeWeightedLoss: weights of shape [3] do not fit losses of shape [1]', () => losses.computeWeightedLoss([1], [1, 2, 3])],
    ['meanSquaredError: reduction must be one of tf.Reduction; received "sum"', () => losses.meanSquaredError(x, x, null, 'sum' as never)],
    ['sigmoidCrossEntropy: labelSmoothing must be a number from 0 to 1, received 2', () => losses.sigmoidCrossEntropy(x, x, null, 2)],
    ['cosineDistance: axis must be a whole number from -2 to 1 for rank 2; received 3', () => losses.cosineDistance(x, x, 3)],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
