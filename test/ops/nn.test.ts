/** Losses of logits and of sampled classes, statistics and erosion: values of TensorFlow and Keras, gradients, traced results, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const f64 = 'float64';
const x = ramp([4, 5]);
const labels = x.greater(0).cast(f64);
const counts = x.round().abs();
const shares = x.div(3).softmax();
const classes = [0, 4, 2, 2];
const [table, offsets, inputs] = [ramp([9, 3]).div(5), ramp([9]).div(7), ramp([4, 3]).reverse(0).div(4)];
const truth = [[1], [0], [8], [3]];
const pairs = [
  [1, 2],
  [0, 3],
  [8, 1],
  [3, 3],
];

/** The sample that the script has. */
function valuesFor(rows: readonly (readonly number[])[]): tf.SampledCandidates {
  return {
    sampledCandidates: tf.tensor([0, 5, 3, 1, 7], [5], 'int32'),
    trueExpectedCount: tf.tensor(rows.flat(), [rows.length, rows[0].length], f64).div(10).add(0.3),
    sampledExpectedCount: tf.tensor([0.9, 0.2, 0.4, 0.6, 0.15], [5], f64),
  };
}

function sampledLoss(f: typeof tf.nceLoss, rows: readonly (readonly number[])[], removeHits?: boolean): tf.Tensor {
  return f(table, offsets, rows, inputs, 5, 9, rows[0].length, valuesFor(rows), removeHits);
}

const sums = tf.sufficientStatistics(x, 0, 1.5);
const made: Readonly<Record<string, () => tf.Tensor>> = {
  weightedCrossEntropyWithLogits: () => tf.weightedCrossEntropyWithLogits(labels, x.mul(3), 2.5),
  logPoissonLoss: () => tf.logPoissonLoss(counts, x),
  'logPoissonLoss in full': () => tf.logPoissonLoss(counts, x, true),
  sparseCategoricalCrossentropy: () => tf.sparseCategoricalCrossentropy(classes, shares),
  'sparseCategoricalCrossentropy of logits': () => tf.sparseCategoricalCrossentropy(classes, x, true),
  'sparseCategoricalCrossentropy along another axis': () =>
    tf.sparseCategoricalCrossentropy([[[0, 0]], [[2, 2]], [[1, 1]], [[1, 1]]], ramp([4, 3, 2]), true, 1),
  l2Loss: () => tf.l2Loss(x),
  biasAdd: () => tf.biasAdd(x, ramp([5])),
  'biasAdd with channels first': () => tf.biasAdd(ramp([2, 3, 4]), ramp([3]), 'channelsFirst'),
  crelu: () => tf.crelu(x),
  'crelu along the first axis': () => tf.crelu(x, 0),
  sufficientStatistics: () => tf.stack([sums.meanSs, sums.varianceSs]),
  normalizeMoments: () => tf.stack(Object.values(tf.normalizeMoments(sums.count, sums.meanSs, sums.varianceSs, sums.shift))),
  embeddingLookup: () =>
    tf.embeddingLookup(table, [
      [1, 8],
      [0, 1],
    ]),
  'embeddingLookup of short rows': () =>
    tf.embeddingLookup(
      table,
      [
        [1, 8],
        [0, 1],
      ],
      1.1,
    ),
  sampledSoftmaxLoss: () => sampledLoss(tf.sampledSoftmaxLoss, truth),
  'sampledSoftmaxLoss with hits': () => sampledLoss(tf.sampledSoftmaxLoss, truth, false),
  'sampledSoftmaxLoss of two labels': () => sampledLoss(tf.sampledSoftmaxLoss, pairs),
  nceLoss: () => sampledLoss(tf.nceLoss, truth),
  'nceLoss without hits': () => sampledLoss(tf.nceLoss, truth, true),
  'nceLoss of two labels': () => sampledLoss(tf.nceLoss, pairs),
  erosion2d: () => tf.erosion2d(ramp([2, 5, 6, 2]), ramp([2, 3, 2]), 1, 'valid'),
  'erosion2d with strides and dilations': () => tf.erosion2d(ramp([1, 7, 6, 1]), ramp([3, 2, 1]), [2, 1], 'same', [1, 2]),
  'expected counts': () => tf.logUniformCandidateSampler([[0, 3, 11]], 3, 400, false, 12).trueExpectedCount,
};

describe('values of TensorFlow and Keras', () => {
  const fixtures = fixturesOf('nn');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', (name, run) => expectMade(run(), fixtures[name], /Loss|Lookup|expected/.test(name) ? 2e-6 : 1e-8));
  it.each(Object.entries(made))('%s, traced', (_, run) => expect(tf.function(run)().dataSync()).toEqual(run().dataSync()));
});

describe('values', () => {
  it('of far logits and unlikely counts are finite', () => {
    expect(tf.weightedCrossEntropyWithLogits([1, 0], [-1000, 1000], 3).arraySync()).toEqual([3000, 1000]);
    expect(tf.logPoissonLoss([0, 1], [0, 0], true).arraySync()).toEqual([1, 1]);
  });

  it('of statistics add up over parts', () => {
    const [first, second] = [x.slice(0, 1), x.slice(1)].map((part) => tf.sufficientStatistics(part, 0, null, true));
    const { mean, variance } = tf.normalizeMoments(
      first.count.add(second.count),
      first.meanSs.add(second.meanSs),
      first.varianceSs.add(second.varianceSs),
    );
    const whole = tf.moments(x, 0, true);
    expect(mean.sub(whole.mean).abs().max().item()).toBeLessThan(1e-12);
    expect(variance.sub(whole.variance).abs().max().item()).toBeLessThan(1e-12);
    expect(first.shift).toBeNull();
  });
});

describe('samples of classes', () => {
  it('are different if unique, within their range, and the same with a seed', () => {
    const { sampledCandidates, trueExpectedCount, sampledExpectedCount } = tf.logUniformCandidateSampler([[0, 29]], 2, 30, true, 30, 5);
    expect([...new Set(sampledCandidates.dataSync())].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(sampledExpectedCount.dataSync().every((count) => count > 0 && count <= 1)).toBe(true);
    expect(trueExpectedCount.shape).toEqual([1, 2]);
    const again = tf.logUniformCandidateSampler([[0, 29]], 2, 30, true, 30, 5);
    expect(again.sampledCandidates.dataSync()).toEqual(sampledCandidates.dataSync());
  });

  it('come as often as they are expected', () => {
    const count = 60000;
    const { sampledCandidates } = tf.logUniformCandidateSampler([[0]], 1, count, false, 20, 3);
    const { trueExpectedCount } = tf.logUniformCandidateSampler([Array.from({ length: 20 }, (_, k) => k)], 20, count, false, 20);
    const found = tf.bincount(sampledCandidates, null, 20).dataSync();
    expect(trueExpectedCount.sum().item()).toBeCloseTo(count, -1);
    // Within five deviations, each.
    const far = Array.from(trueExpectedCount.dataSync()).filter((wanted, k) => Math.abs(found[k] - wanted) > 5 * Math.sqrt(wanted));
    expect(far).toEqual([]);
  });

  it('if unique are expected as often as they come', () => {
    const [runs, most] = [400, 8];
    const hits = new Float64Array(most);
    const wanted = new Float64Array(most);
    const all = [Array.from({ length: most }, (_, k) => k)];
    for (let seed = 0; seed < runs; seed++) {
      const { sampledCandidates, trueExpectedCount } = tf.logUniformCandidateSampler(all, most, 4, true, most, seed);
      for (const k of sampledCandidates.dataSync()) hits[k]++;
      trueExpectedCount.dataSync().forEach((count, k) => {
        wanted[k] += count;
      });
    }
    expect(Array.from(hits).filter((count, k) => Math.abs(count - wanted[k]) > 5 * Math.sqrt(runs) * 0.5)).toEqual([]);
  });

  it('let a traced step draw anew each time, and learn', () => {
    tf.setSeed(4);
    const [weights, biases] = [new tf.Variable(tf.randomNormal([50, 4])), new tf.Variable(tf.zeros([50]))];
    const rows = tf.randomNormal([8, 4]);
    const targets = tf.range(0, 8, 1, 'int32').mul(6).reshape([8, 1]);
    const optimizer = new tf.optimizers.Adam({ learningRate: 0.1 });
    const step = tf.function(() => {
      const { value, grads } = tf.variableGrads(
        () => tf.sampledSoftmaxLoss(weights, biases, targets, rows, 10, 50).mean(),
        [weights, biases],
      );
      optimizer.applyGradients(grads);
      return value;
    });
    const drawn = tf.function(() => tf.logUniformCandidateSampler([[0]], 1, 10, true, 1000).sampledCandidates);
    expect(drawn().dataSync()).not.toEqual(drawn().dataSync());
    const full = (): number =>
      tf
        .sparseCategoricalCrossentropy(targets.flatten(), rows.matMul(weights, false, true).add(biases), true)
        .mean()
        .item();
    const before = full();
    for (let i = 0; i < 60; i++) step();
    expect(full()).toBeLessThan(before / 3);
  });
});

describe('gradients', () => {
  const y = x.slice([0, 0], [3, 4]).div(4).add(0.013);
  const beside = labels.slice([0, 0], [3, 4]);
  const loss = (f: typeof tf.nceLoss) => (weights: tf.Tensor, biases: tf.Tensor, rows: tf.Tensor) =>
    f(weights, biases, pairs.slice(0, 2), rows, 5, 9, 2, valuesFor(pairs.slice(0, 2)));
  it.each<[string, (...inputs: tf.Tensor[]) => tf.Tensor, tf.Tensor[]]>([
    ['weightedCrossEntropyWithLogits', (z, y) => tf.weightedCrossEntropyWithLogits(z, y, 2.5), [beside.add(0.1), y]],
    ['logPoissonLoss', (z, y) => tf.logPoissonLoss(z, y, true), [beside.mul(2).add(0.2), y]],
    ['sparseCategoricalCrossentropy', (y) => tf.sparseCategoricalCrossentropy([1, 0, 3], y.exp()), [y]],
    ['sparseCategoricalCrossentropy of logits', (y) => tf.sparseCategoricalCrossentropy([1, 0, 2, 2], y, true, 0), [y]],
    ['l2Loss', (y) => tf.l2Loss(y), [y]],
    ['biasAdd', (y, b) => tf.biasAdd(y, b), [y, y.at(0)]],
    ['crelu', (y) => tf.crelu(y), [y]],
    [
      'normalizeMoments',
      (y) => {
        const { count, meanSs, varianceSs, shift } = tf.sufficientStatistics(y, [1], y.at([0, 1]).mean());
        return tf.normalizeMoments(count, meanSs, varianceSs, shift).variance;
      },
      [y],
    ],
    ['embeddingLookup', (y) => tf.embeddingLookup(y, [2, 0, 2], 1), [y]],
    ['sampledSoftmaxLoss', loss(tf.sampledSoftmaxLoss), [table, offsets, inputs.slice(0, 2)]],
    ['nceLoss', loss(tf.nceLoss), [table, offsets, inputs.slice(0, 2)]],
    ['erosion2d', (y, k) => tf.erosion2d(y.reshape([1, 3, 4, 1]), k, 1, 'valid'), [y, ramp([2, 2, 1]).div(9)]],
  ])('%s', (_, f, inputs) => checkGradients((...args) => f(...args).square(), inputs, 5e-6));
});

describe('errors', () => {
  const [weights, biases, rows] = [tf.zeros([9, 3]), tf.zeros([9]), tf.zeros([2, 3])];
  it.each<[string, () => unknown]>([
    [
      'weightedCrossEntropyWithLogits: needs two tensors of one shape; received [1] and [2]',
      () => tf.weightedCrossEntropyWithLogits([1], [1, 2], 1),
    ],
    ['logPoissonLoss: computeFullLoss must be true or false; received 1', () => tf.logPoissonLoss([1], [1], 1 as never)],
    ['sparseCategoricalCrossentropy: output needs an axis of classes; received []', () => tf.sparseCategoricalCrossentropy(0, 1)],
    [
      'sparseCategoricalCrossentropy: target needs one label for each row, shape [4]; received [1], output [4,5]',
      () => tf.sparseCategoricalCrossentropy([1], x),
    ],
    ['labels: they must be whole numbers from 0 to 4; received 5 at position 0', () => tf.sparseCategoricalCrossentropy([5, 0, 0, 0], x)],
    ['biasAdd: unknown dataFormat "NHWC"', () => tf.biasAdd(x, [1], 'NHWC' as 'channelsLast')],
    ['biasAdd: needs 2 axes or more and a number for each channel; received [4,5] and [4]', () => tf.biasAdd(x, ramp([4]))],
    ['crelu: axis must be a whole number from -2 to 1 for rank 2; received 2', () => tf.crelu(x, 2)],
    ['sufficientStatistics: axis must be a whole number', () => tf.sufficientStatistics(x, 2)],
    ['embeddingLookup: maxNorm must be a number above 0; received 0', () => tf.embeddingLookup(x, [0], 0)],
    ['gather: index 4', () => tf.embeddingLookup(x, [4])],
    ['logUniformCandidateSampler: 3 classes have no 4 different ones', () => tf.logUniformCandidateSampler([[0]], 1, 4, true, 3)],
    [
      'logUniformCandidateSampler: numSampled must be a whole number >= 1; received 0',
      () => tf.logUniformCandidateSampler([[0]], 1, 0, true, 3),
    ],
    [
      'logUniformCandidateSampler: true classes need shape [batch,2]; received [1,1]',
      () => tf.logUniformCandidateSampler([[0]], 2, 1, true, 3),
    ],
    [
      'sampledSoftmaxLoss: inputs [batch,width] need weights [9,width] and biases [9]; received [2,3], [9,3], [1]',
      () => tf.sampledSoftmaxLoss(weights, [0], [[1], [2]], rows, 2, 9),
    ],
    ['nceLoss: 2 rows of inputs need as many labels; received [1,1]', () => tf.nceLoss(weights, biases, [[1]], rows, 2, 9)],
    [
      'nceLoss: removeAccidentalHits must be true or false; received 1',
      () => tf.nceLoss(weights, biases, truth, rows, 2, 9, 1, null, 1 as never),
    ],
    [
      'erosion2d: filter needs shape [height,width,2]; received [2,2]',
      () => tf.erosion2d(tf.zeros([1, 3, 3, 2]), tf.zeros([2, 2]), 1, 'valid'),
    ],
    [
      'erosion2d: windows of [4,4] do not fit into images of [3,3]',
      () => tf.erosion2d(tf.zeros([1, 3, 3, 2]), tf.zeros([4, 4, 2]), 1, 'valid'),
    ],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
