/** Losses of predicted quantities. */
import type { Tensor } from '../core/tensor.ts';
import { square, sub } from '../ops/arithmetic.ts';
import { abs } from '../ops/math.ts';
import { mean } from '../ops/reduce.ts';
import { alignShapes, Loss, type LossOptions } from './loss.ts';

/**
 * The mean of squared differences.
 * @example
 * const loss = new tf.losses.MeanSquaredError();
 * loss([[1], [3]], [[2], [5]]).item(); // 2.5
 */
export class MeanSquaredError extends Loss {
  constructor(options: LossOptions = {}) {
    super('MeanSquaredError', options);
  }

  protected override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const [truth, predicted] = alignShapes(this.name, yTrue, yPred);
    return mean(square(sub(truth, predicted)), -1);
  }
}

/**
 * The mean of absolute differences.
 * @example
 * const loss = new tf.losses.MeanAbsoluteError();
 * loss([[1], [3]], [[2], [5]]).item(); // 1.5
 */
export class MeanAbsoluteError extends Loss {
  constructor(options: LossOptions = {}) {
    super('MeanAbsoluteError', options);
  }

  protected override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const [truth, predicted] = alignShapes(this.name, yTrue, yPred);
    return mean(abs(sub(truth, predicted)), -1);
  }
}
