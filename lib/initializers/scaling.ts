/** Initializers whose spread follows from the number of inputs and outputs of a layer. */
import type { DType } from '../core/dtype.ts';
import { checkOptions } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { randomUniform, truncatedNormal } from '../ops/random.ts';
import { Initializer } from './constants.ts';
import { checkSeed } from './random.ts';

/** Options of initializers that scale. */
export interface ScalingOptions {
  /** A number that makes every call give the same values; else they follow `tf.setSeed`. */
  seed?: number | null;
}

/** How many inputs an output has, and outputs an input: the last two axes, times the sizes of all axes before them. */
function fans(shape: Shape): { inputs: number; outputs: number } {
  if (shape.length < 2) return { inputs: shape[0] ?? 1, outputs: shape[0] ?? 1 };
  const field = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return { inputs: field * shape[shape.length - 2], outputs: field * shape[shape.length - 1] };
}

/** Which number the variance is divided by: inputs, or the mean of inputs and outputs. */
type Mode = 'inputs' | 'average';

/** What the variance is: `scale` over the number that `mode` says. */
abstract class Scaling extends Initializer {
  readonly seed: number | undefined;
  protected abstract readonly scale: number;
  protected abstract readonly mode: Mode;
  protected abstract readonly uniform: boolean;

  constructor(owner: string, options: ScalingOptions) {
    super();
    checkOptions(owner, options, ['seed']);
    this.seed = checkSeed(owner, options.seed);
  }

  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    const { inputs, outputs } = fans(shape);
    const variance = this.scale / Math.max(1, this.mode === 'inputs' ? inputs : (inputs + outputs) / 2);
    if (this.uniform) {
      const limit = Math.sqrt(3 * variance);
      return randomUniform(shape, -limit, limit, dtype, this.seed);
    }
    // The standard deviation of a standard normal that is cut off at -2 and 2.
    return truncatedNormal(shape, 0, Math.sqrt(variance) / 0.87962566103423978, dtype, this.seed);
  }

  override getConfig(): Record<string, unknown> {
    return { seed: this.seed ?? null };
  }
}

/**
 * Uniform values of variance 2 / (inputs + outputs), for saturating activations (Glorot and Bengio 2010).
 * @example
 * new tf.initializers.GlorotUniform().call([4, 2]).shape; // [4, 2]
 */
export class GlorotUniform extends Scaling {
  protected override readonly scale = 1;
  protected override readonly mode = 'average';
  protected override readonly uniform = true;

  constructor(options: ScalingOptions = {}) {
    super('GlorotUniform', options);
  }
}

/**
 * Truncated normal values of variance 2 / (inputs + outputs), for saturating activations (Glorot and Bengio 2010).
 * @example
 * new tf.initializers.GlorotNormal().call([4, 2]).shape; // [4, 2]
 */
export class GlorotNormal extends Scaling {
  protected override readonly scale = 1;
  protected override readonly mode = 'average';
  protected override readonly uniform = false;

  constructor(options: ScalingOptions = {}) {
    super('GlorotNormal', options);
  }
}

/**
 * Uniform values of variance 2 / inputs, for relu (He et al. 2015).
 * @example
 * new tf.initializers.HeUniform().call([4, 2]).shape; // [4, 2]
 */
export class HeUniform extends Scaling {
  protected override readonly scale = 2;
  protected override readonly mode = 'inputs';
  protected override readonly uniform = true;

  constructor(options: ScalingOptions = {}) {
    super('HeUniform', options);
  }
}

/**
 * Truncated normal values of variance 2 / inputs, for relu (He et al. 2015).
 * @example
 * new tf.initializers.HeNormal().call([4, 2]).shape; // [4, 2]
 */
export class HeNormal extends Scaling {
  protected override readonly scale = 2;
  protected override readonly mode = 'inputs';
  protected override readonly uniform = false;

  constructor(options: ScalingOptions = {}) {
    super('HeNormal', options);
  }
}

/**
 * Uniform values of variance 1 / inputs (LeCun et al. 1998).
 * @example
 * new tf.initializers.LecunUniform().call([4, 2]).shape; // [4, 2]
 */
export class LecunUniform extends Scaling {
  protected override readonly scale = 1;
  protected override readonly mode = 'inputs';
  protected override readonly uniform = true;

  constructor(options: ScalingOptions = {}) {
    super('LecunUniform', options);
  }
}

/**
 * Truncated normal values of variance 1 / inputs, for selu (Klambauer et al. 2017).
 * @example
 * new tf.initializers.LecunNormal().call([4, 2]).shape; // [4, 2]
 */
export class LecunNormal extends Scaling {
  protected override readonly scale = 1;
  protected override readonly mode = 'inputs';
  protected override readonly uniform = false;

  constructor(options: ScalingOptions = {}) {
    super('LecunNormal', options);
  }
}
