/** Ftrl: follow the regularized leader, for sparse linear models. */
import { ArgumentError, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { type FtrlAttrs, ftrlUpdate } from '../ops/adaptive.ts';
import type { Step } from '../ops/update.ts';
import { checkRange, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of Ftrl. */
export interface FtrlOptions extends OptimizerOptions, Partial<FtrlAttrs> {
  /** The power by which the sum of squares slows the steps, at most 0; -0.5 unless given. */
  learningRatePower?: number;
  /** What the sum of squares begins as; 0.1 unless given. */
  initialAccumulatorValue?: number;
  /** The strength of the penalty on magnitudes; 0 unless given. */
  l1RegularizationStrength?: number;
  /** The strength of the penalty on squares; 0 unless given. */
  l2RegularizationStrength?: number;
  /** The strength of the penalty on squares that only the gradient gets; 0 unless given. */
  l2ShrinkageRegularizationStrength?: number;
  /** The paper's beta; 0 unless given. */
  beta?: number;
}

const STRENGTHS = ['l1RegularizationStrength', 'l2RegularizationStrength', 'l2ShrinkageRegularizationStrength', 'beta'] as const;

/**
 * Ftrl (McMahan et al. 2013) with a learning rate of 0.001 unless given.
 * @example
 * const w = new tf.Variable(tf.scalar(0));
 * new tf.optimizers.Ftrl({ learningRate: 1, initialAccumulatorValue: 0 }).applyGradients([[tf.scalar(2), w]]);
 * w.item(); // -1
 */
export class Ftrl extends Optimizer {
  readonly initialAccumulatorValue: number;
  readonly #constants: FtrlAttrs;
  protected override readonly slotNames: readonly string[] = ['accumulator', 'linear'];

  constructor(options: FtrlOptions = {}) {
    super('Ftrl', options, { learningRate: 0.001 }, ['learningRatePower', 'initialAccumulatorValue', ...STRENGTHS]);
    const start = options.initialAccumulatorValue ?? 0.1;
    this.initialAccumulatorValue = checkRange('Ftrl', 'initialAccumulatorValue', start, 0, Number.POSITIVE_INFINITY);
    const learningRatePower = options.learningRatePower ?? -0.5;
    if (!(learningRatePower <= 0)) {
      throw new ArgumentError(`Ftrl: learningRatePower must be a number <= 0, received ${show(learningRatePower)}`);
    }
    const [l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta] = STRENGTHS.map((name) =>
      checkRange('Ftrl', name, options[name] ?? 0, 0, Number.POSITIVE_INFINITY),
    );
    this.#constants = { learningRatePower, l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta };
  }

  protected override slotStart(slot: string): number {
    return slot === 'accumulator' ? this.initialAccumulatorValue : 0;
  }

  protected override update(step: Step): readonly Tensor[] {
    return ftrlUpdate(step, this.#constants);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), initialAccumulatorValue: this.initialAccumulatorValue, ...this.#constants };
  }
}
