/** Lion: steps of one size, by the sign of a running mean of the gradients. */
import type { Tensor } from '../core/tensor.ts';
import { lionUpdate } from '../ops/adaptive.ts';
import type { Step } from '../ops/update.ts';
import { checkRange, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of Lion. */
export interface LionOptions extends OptimizerOptions {
  /** How much the running mean counts in the direction of a step; 0.9 unless given. */
  beta1?: number;
  /** How much of the running mean stays at each step; 0.99 unless given. */
  beta2?: number;
}

/**
 * Lion (Chen et al. 2023) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.Lion({ learningRate: 0.25 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.75
 */
export class Lion extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  protected override readonly slotNames: readonly string[] = ['momentum'];

  constructor(options: LionOptions = {}) {
    super('Lion', options, { learningRate: 0.001 }, ['beta1', 'beta2']);
    this.beta1 = checkRange('Lion', 'beta1', options.beta1 ?? 0.9, 0, 1);
    this.beta2 = checkRange('Lion', 'beta2', options.beta2 ?? 0.99, 0, 1);
  }

  protected override update(step: Step): readonly Tensor[] {
    return lionUpdate(step, { beta1: this.beta1, beta2: this.beta2 });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), beta1: this.beta1, beta2: this.beta2 };
  }
}
