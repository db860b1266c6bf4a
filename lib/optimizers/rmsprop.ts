/** RMSprop: steps divided by a running root mean square of the gradients. */
import { checkFlag } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { rmspropUpdate, type Step } from '../ops/update.ts';
import { checkRange, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of RMSprop. */
export interface RMSpropOptions extends OptimizerOptions {
  /** How much of the running mean square stays at each step; 0.9 unless given. */
  rho?: number;
  /** How much of the last step goes on; 0 unless given. */
  momentum?: number;
  /** Added to the mean square before its root; 1e-7 unless given. */
  epsilon?: number;
  /** Whether to divide by the standard deviation instead; false unless given. */
  centered?: boolean;
}

/**
 * RMSprop (Hinton 2012, lecture 6e) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.RMSprop({ learningRate: 0.1, rho: 0 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.9000
 */
export class RMSprop extends Optimizer {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  protected override readonly slotNames: readonly string[];

  constructor(options: RMSpropOptions = {}) {
    super('RMSprop', options, { learningRate: 0.001 }, ['rho', 'momentum', 'epsilon', 'centered']);
    this.rho = checkRange('RMSprop', 'rho', options.rho ?? 0.9, 0, 1);
    this.momentum = checkRange('RMSprop', 'momentum', options.momentum ?? 0, 0, 1);
    this.epsilon = checkRange('RMSprop', 'epsilon', options.epsilon ?? 1e-7, 0, Number.POSITIVE_INFINITY);
    this.centered = checkFlag('RMSprop', 'centered', options.centered ?? false);
    this.slotNames = ['velocity', ...(this.momentum > 0 ? ['momentum'] : []), ...(this.centered ? ['averageGradient'] : [])];
  }

  protected override update(step: Step): readonly Tensor[] {
    const { rho, momentum, epsilon, centered } = this;
    return rmspropUpdate(step, { rho, momentum, epsilon, centered });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rho: this.rho, momentum: this.momentum, epsilon: this.epsilon, centered: this.centered };
  }
}
