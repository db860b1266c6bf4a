/** Gradient descent, with momentum if wanted. */
import { checkFlag } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Step, sgdUpdate } from '../ops/update.ts';
import { checkRange, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of gradient descent. */
export interface SGDOptions extends OptimizerOptions {
  /** How much of the last step goes on; 0 unless given. */
  momentum?: number;
  /** Whether the gradient counts as taken after the momentum's part of the step (Nesterov 1983); false unless given. */
  nesterov?: boolean;
}

/**
 * Gradient descent with a learning rate of 0.01 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.SGD({ learningRate: 0.5 }).applyGradients([[tf.scalar(1), w]]);
 * w.item(); // 0.5
 */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  protected override readonly slotNames: readonly string[];

  constructor(options: SGDOptions = {}) {
    super('SGD', options, { learningRate: 0.01 }, ['momentum', 'nesterov']);
    this.momentum = checkRange('SGD', 'momentum', options.momentum ?? 0, 0, 1);
    this.nesterov = checkFlag('SGD', 'nesterov', options.nesterov ?? false);
    this.slotNames = this.momentum > 0 ? ['momentum'] : [];
  }

  protected override update(step: Step): readonly Tensor[] {
    return sgdUpdate(step, { momentum: this.momentum, nesterov: this.nesterov });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), momentum: this.momentum, nesterov: this.nesterov };
  }
}
