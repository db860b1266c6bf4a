/** Diagonals and bands of matrices. */
import { ArgumentError, show } from '../../core/errors.ts';
import { apply, declare, type Op } from '../../core/op.ts';
import type { Tensor } from '../../core/tensor.ts';
import { bandPartKernel } from '../../kernels/linalg/expm.ts';
import { type TensorLike, toTensor } from '../convert.ts';
import { onesLike } from '../creation.ts';
import { sum } from '../reduce.ts';
import { matrixShape } from './shapes.ts';

interface BandAttrs {
  readonly lower: number;
  readonly upper: number;
}

const bandPartOp: Op<BandAttrs> = declare<BandAttrs>({
  name: 'bandPart',
  attrs: ['lower', 'upper'],
  infer([x]) {
    matrixShape('bandPart', x);
    return [x];
  },
  kernel: bandPartKernel,
  saves: [],
  grad: ({ dy, attrs: { lower, upper } }) => [() => bandPart(dy, lower, upper)],
});

/**
 * The matrices of `x` with zeros below the `numLower`th diagonal under the main one and above the `numUpper`th over it; a negative number keeps all of that side.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for numbers that are not whole.
 * @example
 * tf.linalg.bandPart([[1, 2], [3, 4]], 0, -1).arraySync(); // [[1, 2], [0, 4]]
 */
export function bandPart(x: TensorLike, numLower: number, numUpper: number): Tensor {
  if (!Number.isInteger(numLower) || !Number.isInteger(numUpper)) {
    throw new ArgumentError(`bandPart: numLower and numUpper must be whole numbers; received ${show(numLower)} and ${show(numUpper)}`);
  }
  return apply(bandPartOp, [toTensor('bandPart', x)], { lower: Math.max(-1, numLower), upper: Math.max(-1, numUpper) })[0];
}

/** The diagonal of square matrices; of taller ones with zeros behind it. */
export function diagonal(x: Tensor): Tensor {
  return sum(bandPart(x, 0, 0), -1);
}

/** Matrices of the shape of `x` with ones on their diagonals. */
export function identityLike(x: Tensor): Tensor {
  return bandPart(onesLike(x), 0, 0);
}

/**
 * The sum of the diagonal of matrices.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.trace([[1, 2], [3, 4]]).item(); // 5
 */
export function trace(x: TensorLike): Tensor {
  return sum(bandPart(x, 0, 0), [-2, -1]);
}
