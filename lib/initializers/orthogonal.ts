/** The initializer whose rows or columns are at right angles. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from '../core/errors.ts';
import { type Shape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { greaterEqual, where } from '../ops/compare.ts';
import { diagPart } from '../ops/diagonal.ts';
import { qr } from '../ops/linalg/factors.ts';
import { randomNormal } from '../ops/random.ts';
import { reshape } from '../ops/shape.ts';
import { transpose } from '../ops/transpose.ts';
import { Initializer } from './constants.ts';
import { checkSeed } from './random.ts';

/** Options of `Orthogonal`. */
export interface OrthogonalOptions {
  /** What the matrix is multiplied by; 1 unless given. */
  gain?: number;
  /** A number that makes every call give the same values; else they follow `tf.setSeed`. */
  seed?: number | null;
}

/**
 * A random orthogonal matrix, so that what goes through it keeps its length (Saxe et al. 2014); for more than two axes, all but the last are taken as one. Where the matrix is not square, its
 * shorter side is orthonormal.
 * @throws ShapeError for fewer than two axes.
 * @example
 * const q = new tf.initializers.Orthogonal().call([3, 3]);
 * tf.matMul(q, q, true).sub(tf.eye(3)).abs().max().less(1e-5).item(); // 1
 */
export class Orthogonal extends Initializer {
  readonly gain: number;
  readonly seed: number | undefined;

  constructor(options: OrthogonalOptions = {}) {
    super();
    checkOptions('Orthogonal', options, ['gain', 'seed']);
    const { gain = 1 } = options;
    if (typeof gain !== 'number' || !Number.isFinite(gain)) {
      throw new ArgumentError(`Orthogonal: gain must be a number, received ${show(gain)}`);
    }
    this.gain = gain;
    this.seed = checkSeed('Orthogonal', options.seed);
  }

  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    if (shape.length < 2) throw new ShapeError(`Orthogonal: needs two axes or more; received ${showShape(shape)}`);
    const columns = shape[shape.length - 1];
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const isWide = rows < columns;
    const [q, r] = qr(randomNormal(isWide ? [columns, rows] : [rows, columns], 0, 1, dtype, this.seed));
    // With these signs all rotations are equally likely.
    const signs = castTo(where(greaterEqual(diagPart(r), 0), this.gain, -this.gain), dtype);
    const matrix = mul(q, signs);
    return reshape(isWide ? transpose(matrix) : matrix, shape);
  }

  override getConfig(): Record<string, unknown> {
    return { gain: this.gain, seed: this.seed ?? null };
  }
}
