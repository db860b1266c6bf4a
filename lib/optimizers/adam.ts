/** Adam: steps by running moments of the gradients. */
import { checkFlag } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { adamUpdate, type Step } from '../ops/update.ts';
import { checkRange, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of Adam. */
export interface AdamOptions extends OptimizerOptions {
  /** How much of the running mean stays at each step; 0.9 unless given. */
  beta1?: number;
  /** How much of the running mean square stays at each step; 0.999 unless given. */
  beta2?: number;
  /** Added to the root of the mean square; 1e-7 unless given. */
  epsilon?: number;
  /** Whether to divide by the greatest mean square so far (Reddi et al. 2018); false unless given. */
  amsgrad?: boolean;
}

/**
 * Adam (Kingma and Ba 2015) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.Adam({ learningRate: 0.1 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.9000
 */
export class Adam extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
  protected override readonly slotNames: readonly string[];

  constructor(options: AdamOptions = {}) {
    // The name of the class that was asked for, since AdamW is an Adam.
    const owner = new.target.name;
    super(owner, options, { learningRate: 0.001 }, ['beta1', 'beta2', 'epsilon', 'amsgrad']);
    this.beta1 = checkRange(owner, 'beta1', options.beta1 ?? 0.9, 0, 1);
    this.beta2 = checkRange(owner, 'beta2', options.beta2 ?? 0.999, 0, 1);
    this.epsilon = checkRange(owner, 'epsilon', options.epsilon ?? 1e-7, 0, Number.POSITIVE_INFINITY);
    this.amsgrad = checkFlag('Adam', 'amsgrad', options.amsgrad ?? false);
    this.slotNames = ['momentum', 'velocity', ...(this.amsgrad ? ['velocityHat'] : [])];
  }

  protected override update(step: Step): readonly Tensor[] {
    const { beta1, beta2, epsilon, amsgrad } = this;
    return adamUpdate(step, { beta1, beta2, epsilon, amsgrad });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), beta1: this.beta1, beta2: this.beta2, epsilon: this.epsilon, amsgrad: this.amsgrad };
  }
}
