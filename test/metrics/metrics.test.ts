/** Metrics: exact over uneven batches, weighted as in Keras, resolved by shape and loss, and what they refuse. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { SparseCategoricalCrossentropy } from '../../lib/losses/index.ts';
import * as metrics from '../../lib/metrics/index.ts';

describe('metrics', () => {
  it('are exact over batches of different sizes', () => {
    const metric = new metrics.SparseCategoricalAccuracy();
    metric.updateState(
      [0, 0, 1],
      tf.tensor(
        [
          [1, 0],
          [1, 0],
          [0, 1],
        ].map((row) => row.map(Number)),
      ),
    );
    metric.updateState([[1]], [[1, 0]]);
    expect(metric.result().item()).toBe(0.75);
    metric.resetState();
    expect(metric.result().item()).toBe(0);
    expect(metric.variables.map(({ name }) => name)).toEqual(['sparseCategoricalAccuracy/total', 'sparseCategoricalAccuracy/count']);
  });

  it('count small steps beside great totals', () => {
    const mean = new metrics.Mean();
    mean.updateState(1, 2 ** 25);
    mean.updateState(1);
    mean.updateState(1);
    expect(mean.variables[1].item()).toBe(2 ** 25 + 2);
  });

  it('weigh samples', () => {
    const metric = new metrics.MeanSquaredError();
    metric.updateState([[0], [0]], [[1], [3]], [3, 1]);
    expect(metric.result().item()).toBe(3);
    const mean = new metrics.Mean();
    mean.updateState([1, 5], [[1], [3]]);
    expect(mean.result().item()).toBe(4);
    expect(() => mean.updateState([1, 5], [1, 2, 3])).toThrow('mean: sampleWeight has shape [3], which does not fit values of [2]');
  });

  it('compare as their names say', () => {
    const of = (metric: metrics.Metric, yTrue: tf.TensorLike, yPred: tf.TensorLike): number => {
      metric.updateState(yTrue, yPred);
      return metric.result().item();
    };
    expect(of(new metrics.Accuracy(), [1, 2, 3, 4], [[1], [2], [3], [0]])).toBe(0.75);
    expect(of(new metrics.BinaryAccuracy({ threshold: 0.25 }), [1, 0, 1], [0.5, 0.25, 0.1])).toBeCloseTo(2 / 3, 12);
    expect(of(new metrics.CategoricalAccuracy(), [[0, 1]], [[2, 1]])).toBe(0);
    expect(of(new metrics.MeanAbsoluteError(), [1, 2], [2, 4])).toBe(1.5);
  });

  it('are resolved by name, shape and loss', () => {
    expect(metrics.get('accuracy', [null, 1])).toBeInstanceOf(metrics.BinaryAccuracy);
    expect(metrics.get('acc', [null, 3], 'binaryCrossentropy')).toBeInstanceOf(metrics.BinaryAccuracy);
    expect(metrics.get('accuracy', [null, 3], new SparseCategoricalCrossentropy())).toBeInstanceOf(metrics.SparseCategoricalAccuracy);
    expect(metrics.get('accuracy', [null, 3], 'categoricalCrossentropy')).toBeInstanceOf(metrics.CategoricalAccuracy);
    expect(metrics.get('accuracy', [null, 3]).name).toBe('accuracy');
    expect(metrics.accuracyFor('loss', [8, 1], [8, 3])).toBeInstanceOf(metrics.SparseCategoricalAccuracy);
    expect(metrics.accuracyFor(undefined, [8, 3], [8, 3])).toBeInstanceOf(metrics.CategoricalAccuracy);
    expect(metrics.accuracyFor(undefined, [8], [8, 1])).toBeInstanceOf(metrics.BinaryAccuracy);
    expect(metrics.get('mae').getConfig()).toEqual({ name: 'mae' });
    const metric = new metrics.BinaryAccuracy();
    expect(metrics.get(metric)).toBe(metric);
    expect(metric.getConfig()).toEqual({ name: 'binaryAccuracy', threshold: 0.5 });
    expect(new metrics.Mean({ name: 'loss' }).getConfig()).toEqual({ name: 'loss' });
  });

  it('refuse what they cannot use', () => {
    expect(() => metrics.get('acuracy')).toThrow('metrics: unknown metric "acuracy"; did you mean "accuracy"?');
    expect(() => new metrics.Accuracy().updateState([1, 2], [1, 2, 3])).toThrow('accuracy: yTrue has shape [2], yPred [3]');
    expect(() => new metrics.CategoricalAccuracy().updateState([1], [[1, 0]])).toThrow(
      'categoricalAccuracy: yTrue has shape [1], yPred [1,2]',
    );
    expect(() => new metrics.SparseCategoricalAccuracy().updateState([1, 2], [[1, 0]])).toThrow(
      'sparseCategoricalAccuracy: yTrue has shape [2], yPred [1,2]',
    );
    expect(() => new metrics.BinaryAccuracy({ threshold: 2 })).toThrow(
      'BinaryAccuracy: threshold must be a number from 0 to 1, received 2',
    );
    expect(() => Reflect.construct(metrics.Accuracy, [{ name: 3 }])).toThrow('Accuracy: name must be a string, received 3');
    expect(() => Reflect.construct(metrics.Mean, [{ nam: '' }])).toThrow('Mean: unknown option "nam"; did you mean "name"?');
  });
});
