/** Adamax and Nadam: Adam by the greatest magnitude, and Adam with Nesterov momentum. */
import type { Tensor } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { adamaxUpdate, type MomentAttrs, nadamUpdate } from '../ops/adaptive.ts';
import { add, mul, pow, sub } from '../ops/arithmetic.ts';
import { cast } from '../ops/cast.ts';
import { scalar } from '../ops/creation.ts';
import type { Step } from '../ops/update.ts';
import { checkRange, type GradientPair, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of Adamax and Nadam. */
export interface MomentOptions extends OptimizerOptions {
  /** How much of the running mean stays at each step; 0.9 unless given. */
  beta1?: number;
  /** How much of the running magnitude or mean square stays at each step; 0.999 unless given. */
  beta2?: number;
  /** Added to what divides the step; 1e-7 unless given. */
  epsilon?: number;
}

const MOMENT_OPTIONS = ['beta1', 'beta2', 'epsilon'];

function momentsOf(owner: string, options: MomentOptions): MomentAttrs {
  return {
    beta1: checkRange(owner, 'beta1', options.beta1 ?? 0.9, 0, 1),
    beta2: checkRange(owner, 'beta2', options.beta2 ?? 0.999, 0, 1),
    epsilon: checkRange(owner, 'epsilon', options.epsilon ?? 1e-7, 0, Number.POSITIVE_INFINITY),
  };
}

/**
 * Adamax (Kingma and Ba 2015, section 7.1) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.Adamax({ learningRate: 0.1 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.9000
 */
export class Adamax extends Optimizer {
  readonly #constants: MomentAttrs;
  protected override readonly slotNames: readonly string[] = ['momentum', 'norm'];

  constructor(options: MomentOptions = {}) {
    super('Adamax', options, { learningRate: 0.001 }, MOMENT_OPTIONS);
    this.#constants = momentsOf('Adamax', options);
  }

  protected override update(step: Step): readonly Tensor[] {
    return adamaxUpdate(step, this.#constants);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...this.#constants };
  }
}

/**
 * Nadam (Dozat 2016) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(1));
 * new tf.optimizers.Nadam({ learningRate: 0.1 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // 0.8937
 */
export class Nadam extends Optimizer {
  readonly #constants: MomentAttrs;
  /** The momentum's shares of all steps so far, multiplied: a float64 scalar. */
  readonly #product: Variable;
  protected override readonly slotNames: readonly string[] = ['momentum', 'velocity'];

  constructor(options: MomentOptions = {}) {
    super('Nadam', options, { learningRate: 0.001 }, MOMENT_OPTIONS);
    this.#constants = momentsOf('Nadam', options);
    this.#product = new Variable(scalar(1, 'float64'), { name: `${this.name}/product`, trainable: false });
  }

  override get variables(): Variable[] {
    return [...super.variables, this.#product];
  }

  /** The product with the share of step number `t`, counted from 1. */
  #productAt(t: Tensor): Tensor {
    const share = mul(sub(1, mul(pow(scalar(0.96, 'float64'), cast(t, 'float64')), 0.5)), this.#constants.beta1);
    return mul(peekValue(this.#product), share);
  }

  override applyGradients(gradients: readonly GradientPair[]): void {
    super.applyGradients(gradients);
    this.#product.assign(this.#productAt(peekValue(this.iterations)));
  }

  protected override update(step: Step): readonly Tensor[] {
    return nadamUpdate(step, this.#productAt(add(step.iterations, 1)), this.#constants);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...this.#constants };
  }
}
