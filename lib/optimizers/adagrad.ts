/** Adagrad and Adadelta: steps divided by what the gradients have been so far. */
import type { Tensor } from '../core/tensor.ts';
import { adadeltaUpdate, adagradUpdate } from '../ops/adaptive.ts';
import type { Step } from '../ops/update.ts';
import { checkRange, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of Adagrad. */
export interface AdagradOptions extends OptimizerOptions {
  /** What the sum of squares begins as; 0.1 unless given. */
  initialAccumulatorValue?: number;
  /** Added to the sum of squares before its root; 1e-7 unless given. */
  epsilon?: number;
}

/**
 * Adagrad (Duchi et al. 2011) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.Adagrad({ learningRate: 0.1, initialAccumulatorValue: 0 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.9000
 */
export class Adagrad extends Optimizer {
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;
  protected override readonly slotNames: readonly string[] = ['accumulator'];

  constructor(options: AdagradOptions = {}) {
    super('Adagrad', options, { learningRate: 0.001 }, ['initialAccumulatorValue', 'epsilon']);
    const start = options.initialAccumulatorValue ?? 0.1;
    this.initialAccumulatorValue = checkRange('Adagrad', 'initialAccumulatorValue', start, 0, Number.POSITIVE_INFINITY);
    this.epsilon = checkRange('Adagrad', 'epsilon', options.epsilon ?? 1e-7, 0, Number.POSITIVE_INFINITY);
  }

  protected override slotStart(): number {
    return this.initialAccumulatorValue;
  }

  protected override update(step: Step): readonly Tensor[] {
    return adagradUpdate(step, { epsilon: this.epsilon });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), initialAccumulatorValue: this.initialAccumulatorValue, epsilon: this.epsilon };
  }
}

/** Options of Adadelta. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** How much of the running mean squares stays at each step; 0.95 unless given. */
  rho?: number;
  /** Added to mean squares before their roots; 1e-7 unless given. */
  epsilon?: number;
}

/**
 * Adadelta (Zeiler 2012) with a learning rate of 0.001 unless given; in the paper it is 1.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.Adadelta({ learningRate: 1, rho: 0, epsilon: 1 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.1056
 */
export class Adadelta extends Optimizer {
  readonly rho: number;
  readonly epsilon: number;
  protected override readonly slotNames: readonly string[] = ['accumulatedGrad', 'accumulatedDeltaVar'];

  constructor(options: AdadeltaOptions = {}) {
    super('Adadelta', options, { learningRate: 0.001 }, ['rho', 'epsilon']);
    this.rho = checkRange('Adadelta', 'rho', options.rho ?? 0.95, 0, 1);
    this.epsilon = checkRange('Adadelta', 'epsilon', options.epsilon ?? 1e-7, 0, Number.POSITIVE_INFINITY);
  }

  protected override update(step: Step): readonly Tensor[] {
    return adadeltaUpdate(step, { rho: this.rho, epsilon: this.epsilon });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rho: this.rho, epsilon: this.epsilon };
  }
}
