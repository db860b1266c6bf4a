/** Diagonals and bands of matrices. */
import type { Tensor } from '../../core/tensor.ts';
import type { TensorLike } from '../convert.ts';
import { onesLike } from '../creation.ts';
import { bandPart, trace as traceOf } from '../diagonal.ts';
import { sum } from '../reduce.ts';

export { bandPart };

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
  return traceOf(x, 0, -2, -1);
}
