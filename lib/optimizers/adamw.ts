/** AdamW: Adam with weight decay by default. */
import { Adam, type AdamOptions } from './adam.ts';

/**
 * Adam whose variables also shrink by themselves (Loshchilov and Hutter 2019): a `weightDecay` of 0.004 unless given, else as `Adam`.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.AdamW({ learningRate: 0.1, weightDecay: 0.5 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.8500
 */
export class AdamW extends Adam {
  constructor(options: AdamOptions = {}) {
    super({ ...options, weightDecay: options.weightDecay === undefined ? 0.004 : options.weightDecay });
  }
}
