/** Metrics of predicted quantities. */
import type { Tensor } from '../core/tensor.ts';
import { square, sub } from '../ops/arithmetic.ts';
import { abs } from '../ops/math.ts';
import { alignShapes, MeanMetric, type MetricOptions } from './metric.ts';

/**
 * The mean of squared differences.
 * @example
 * const metric = new tf.metrics.MeanSquaredError();
 * metric.updateState([[1], [3]], [[2], [5]]);
 * metric.result().item(); // 2.5
 */
export class MeanSquaredError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super('MeanSquaredError', options);
  }

  protected override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return square(sub(...alignShapes(this.name, yTrue, yPred)));
  }
}

/**
 * The mean of absolute differences.
 * @example
 * const metric = new tf.metrics.MeanAbsoluteError();
 * metric.updateState([[1], [3]], [[2], [5]]);
 * metric.result().item(); // 1.5
 */
export class MeanAbsoluteError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super('MeanAbsoluteError', options);
  }

  protected override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return abs(sub(...alignShapes(this.name, yTrue, yPred)));
  }
}
