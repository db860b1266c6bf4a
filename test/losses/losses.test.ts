/** Losses against Keras 3 (values from its own classes), their gradients, and what they refuse. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import * as losses from '../../lib/losses/index.ts';

const ROWS = [
  [0, 1, 0],
  [0, 0, 1],
];
/** The second row does not sum to 1. */
const PROBABILITIES = [
  [0.2, 0.7, 0.1],
  [0.3, 0.3, 0.5],
];
const LOGITS = [
  [1, -2, 0.5],
  [0.3, 3, -1],
];
const LABELS = [1, 2];
const WEIGHTS = [1, 3];

const { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, MeanSquaredError, MeanAbsoluteError } = losses;

describe('values are those of Keras', () => {
  const cases: [string, () => tf.Tensor, number][] = [
    ['MeanSquaredError', () => new MeanSquaredError()(ROWS, PROBABILITIES), 0.095],
    ['MeanSquaredError, weighted', () => new MeanSquaredError()(ROWS, PROBABILITIES, WEIGHTS), 0.2383333],
    ['MeanSquaredError, summed', () => new MeanSquaredError({ reduction: 'sum' })(ROWS, PROBABILITIES), 0.19],
    ['MeanAbsoluteError', () => new MeanAbsoluteError()(ROWS, PROBABILITIES), 0.2833333],
    ['BinaryCrossentropy', () => new BinaryCrossentropy()(ROWS, PROBABILITIES), 0.3486127],
    ['BinaryCrossentropy of logits', () => new BinaryCrossentropy({ fromLogits: true })(ROWS, LOGITS), 1.6050785],
    ['BinaryCrossentropy, smoothed', () => new BinaryCrossentropy({ labelSmoothing: 0.1 })(ROWS, PROBABILITIES), 0.3996578],
    ['BinaryCrossentropy of logits, weighted', () => new BinaryCrossentropy({ fromLogits: true })(ROWS, LOGITS, WEIGHTS), 3.3438134],
    ['CategoricalCrossentropy', () => new CategoricalCrossentropy()(ROWS, PROBABILITIES), 0.5725662],
    ['CategoricalCrossentropy of logits', () => new CategoricalCrossentropy({ fromLogits: true })(ROWS, LOGITS), 3.7933288],
    ['CategoricalCrossentropy, smoothed', () => new CategoricalCrossentropy({ labelSmoothing: 0.1 })(ROWS, PROBABILITIES), 0.6429049],
    ['CategoricalCrossentropy, weighted', () => new CategoricalCrossentropy()(ROWS, PROBABILITIES, WEIGHTS), 1.3610235],
    ['SparseCategoricalCrossentropy of logits', () => new SparseCategoricalCrossentropy({ fromLogits: true })(LABELS, LOGITS), 3.7933288],
  ];
  it.each(cases)('%s', (_, run, expected) => {
    expect(run().item()).toBeCloseTo(expected, 5);
  });
});

describe('a loss', () => {
  it('is a function and an object of its class', () => {
    const loss = new MeanSquaredError({ name: 'error' });
    expect(loss).toBeInstanceOf(MeanSquaredError);
    expect(loss).toBeInstanceOf(losses.Loss);
    expect([typeof loss, loss.name, loss.reduction]).toEqual(['function', 'error', 'sumOverBatchSize']);
    expect(loss.call([[1]], [[3]]).item()).toBe(4);
  });

  it('can be written by extending', () => {
    class Hinge extends losses.Loss {
      readonly margin = 1;
      constructor() {
        super('Hinge');
      }
      protected override perSample(yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor {
        return tf.sum(tf.sub(this.margin, tf.mul(yTrue, yPred)), -1);
      }
    }
    expect(new Hinge()([[1]], [[0.25]]).item()).toBe(0.75);
  });

  it('keeps the values of samples if asked, and gives a vector a last axis beside a column', () => {
    expect(new MeanSquaredError({ reduction: 'none' })([1, 3], [[2], [5]]).arraySync()).toEqual([1, 4]);
    expect(new MeanSquaredError({ reduction: 'none' })([[1], [3]], [[2], [5]], [[2], [1]]).arraySync()).toEqual([2, 4]);
  });

  it('has the gradient of a cross-entropy: probabilities less the truth, finite for great logits', () => {
    const z = new tf.Variable(tf.tensor([[0, 0]]));
    const tape = new tf.GradientTape();
    const y = tape.record(() => new SparseCategoricalCrossentropy({ fromLogits: true })([1], z));
    expect(tape.gradient(y, z)?.arraySync()).toEqual([[0.5, -0.5]]);
    expect(new BinaryCrossentropy({ fromLogits: true })([[1, 0]], [[-1000, 1000]]).item()).toBe(1000);
  });

  it('is found by name and configured again', () => {
    expect(losses.get('mse')).toBeInstanceOf(MeanSquaredError);
    expect(losses.get('MAE')).toBeInstanceOf(MeanAbsoluteError);
    expect(losses.get('SparseCategoricalCrossentropy')).toBeInstanceOf(SparseCategoricalCrossentropy);
    expect(() => losses.get('msr')).toThrow('losses: unknown loss "msr"; did you mean "mse"?');
    for (const loss of [new BinaryCrossentropy({ fromLogits: true }), new CategoricalCrossentropy({ labelSmoothing: 0.5 })]) {
      const again = Reflect.construct(loss instanceof BinaryCrossentropy ? BinaryCrossentropy : CategoricalCrossentropy, [
        loss.getConfig(),
      ]);
      expect(again.getConfig()).toEqual(loss.getConfig());
    }
    expect(new SparseCategoricalCrossentropy().getConfig()).toEqual({
      name: 'sparseCategoricalCrossentropy',
      reduction: 'sumOverBatchSize',
      fromLogits: false,
    });
  });

  it('refuses what it cannot use', () => {
    const sparse = new SparseCategoricalCrossentropy();
    expect(() => sparse([3], [[0.5, 0.25, 0.25]])).toThrow('labels: they must be whole numbers from 0 to 2; received 3 at position 0');
    expect(() => sparse([0.5], [[0.5, 0.5]])).toThrow('labels: they must be whole numbers from 0 to 1; received 0.5 at position 0');
    expect(() => sparse([[0, 1]], [[0.5, 0.5]])).toThrow(
      'sparseCategoricalCrossentropy: yTrue needs one label per sample, shape [1]; received [1,2], yPred [1,2]',
    );
    expect(() => sparse([0], 1)).toThrow('sparseCategoricalCrossentropy: yPred needs an axis of classes; received shape []');
    expect(() => new CategoricalCrossentropy()([1], [[1, 2]])).toThrow('categoricalCrossentropy: yTrue has shape [1], yPred [1,2]');
    expect(() => new MeanSquaredError()([[1, 2]], [[1]])).toThrow('meanSquaredError: yTrue has shape [1,2], yPred [1,1]');
    expect(() => new MeanSquaredError()([[1]], [[1]], [1, 2])).toThrow(
      'meanSquaredError: sampleWeight has shape [2], which does not fit values of samples of [1]',
    );
    expect(() => Reflect.construct(MeanSquaredError, [{ reduction: 'mean' }])).toThrow('MeanSquaredError: unknown reduction "mean"');
    expect(() => Reflect.construct(BinaryCrossentropy, [{ fromLogits: 1 }])).toThrow(
      'BinaryCrossentropy: fromLogits must be true or false, received 1',
    );
    expect(() => new BinaryCrossentropy({ labelSmoothing: 2 })).toThrow(
      'BinaryCrossentropy: labelSmoothing must be a number from 0 to 1, received 2',
    );
  });
});
