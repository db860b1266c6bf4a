/** How often predictions are right. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { equal, greater } from '../ops/compare.ts';
import { argMax } from '../ops/reduce.ts';
import { reshape } from '../ops/shape.ts';
import { alignShapes, MeanMetric, type MetricOptions } from './metric.ts';

/** Options of `BinaryAccuracy`. */
export interface BinaryAccuracyOptions extends MetricOptions {
  /** Predictions above it count as 1, others as 0; 0.5 unless given. */
  threshold?: number;
}

/**
 * How often predictions equal the truth.
 * @example
 * const metric = new tf.metrics.Accuracy();
 * metric.updateState([1, 2, 3, 4], [1, 2, 3, 5]);
 * metric.result().item(); // 0.75
 */
export class Accuracy extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super('Accuracy', options);
  }

  protected override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return equal(...alignShapes(this.name, yTrue, yPred));
  }
}

/**
 * How often predictions of 0 or 1, cut at a threshold, equal the truth.
 * @example
 * const metric = new tf.metrics.BinaryAccuracy();
 * metric.updateState([[1], [0]], [[0.9], [0.6]]);
 * metric.result().item(); // 0.5
 */
export class BinaryAccuracy extends MeanMetric {
  readonly threshold: number;

  constructor(options: BinaryAccuracyOptions = {}) {
    super('BinaryAccuracy', options, ['threshold']);
    this.threshold = options.threshold ?? 0.5;
    if (!(this.threshold >= 0 && this.threshold <= 1)) {
      throw new ArgumentError(`BinaryAccuracy: threshold must be a number from 0 to 1, received ${show(options.threshold)}`);
    }
  }

  protected override values(yTrue: Tensor, yPred: Tensor): Tensor {
    const [truth, predicted] = alignShapes(this.name, yTrue, yPred);
    return equal(truth, greater(predicted, this.threshold));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

/**
 * How often the most probable class is the true one, the truth given as one probability per class.
 * @example
 * const metric = new tf.metrics.CategoricalAccuracy();
 * metric.updateState([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]]);
 * metric.result().item(); // 0.5
 */
export class CategoricalAccuracy extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super('CategoricalAccuracy', options);
  }

  protected override values(yTrue: Tensor, yPred: Tensor): Tensor {
    if (yPred.rank === 0 || !sameShape(yTrue.shape, yPred.shape)) {
      throw new ShapeError(`${this.name}: yTrue has shape ${showShape(yTrue.shape)}, yPred ${showShape(yPred.shape)}`);
    }
    return equal(argMax(yTrue, -1), argMax(yPred, -1));
  }
}

/**
 * How often the most probable class is the true one, the truth given as the number of the class.
 * @example
 * const metric = new tf.metrics.SparseCategoricalAccuracy();
 * metric.updateState([1, 0], [[0.2, 0.8], [0.3, 0.7]]);
 * metric.result().item(); // 0.5
 */
export class SparseCategoricalAccuracy extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super('SparseCategoricalAccuracy', options);
  }

  protected override values(yTrue: Tensor, yPred: Tensor): Tensor {
    const samples = yPred.shape.slice(0, -1);
    if (yPred.rank === 0 || (!sameShape(yTrue.shape, samples) && !sameShape(yTrue.shape, [...samples, 1]))) {
      throw new ShapeError(`${this.name}: yTrue has shape ${showShape(yTrue.shape)}, yPred ${showShape(yPred.shape)}`);
    }
    return equal(reshape(yTrue, samples), argMax(yPred, -1));
  }
}
