/** Diagonals, bands and transposes of matrices, and their products with vectors. */
import { ArgumentError, checkFlag, ShapeError, show } from '../../core/errors.ts';
import { checkRank, sameShape, showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { where } from '../compare.ts';
import { conj } from '../complex.ts';
import { type TensorLike, toPair, toTensor } from '../convert.ts';
import { onesLike, zeros } from '../creation.ts';
import { bandPart, diagonal as diagonalAlong, diag as tensorDiag, diagPart as tensorDiagPart, trace as traceOf } from '../diagonal.ts';
import { pad } from '../join.ts';
import { matMul } from '../matmul.ts';
import { sum } from '../reduce.ts';
import { expandDims, squeeze } from '../transpose.ts';
import { matrixShape, turned } from './shapes.ts';

export { bandPart, tensorDiag, tensorDiagPart };

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

function checkOffset(owner: string, k: number): number {
  if (!Number.isSafeInteger(k)) throw new ArgumentError(`${owner}: k must be a whole number; received ${show(k)}`);
  return k;
}

/**
 * The diagonals of matrices as vectors: the `k`-th above the main one, or below it if negative.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.diagPart([[[1, 2], [3, 4]]]).arraySync(); // [[1, 4]]
 */
export function diagPart(x: TensorLike, k = 0): Tensor {
  const input = toTensor('diagPart', x);
  matrixShape('diagPart', input);
  return diagonalAlong(input, checkOffset('diagPart', k), -2, -1);
}

/**
 * Matrices with other diagonals: vectors in place of the `k`-th one above the main diagonal, or below it if negative.
 * @throws ShapeError unless there is a vector of the diagonal's length for each matrix.
 * @example
 * tf.linalg.setDiag([[1, 2], [3, 4]], [7, 8]).arraySync(); // [[7, 2], [3, 8]]
 */
export function setDiag(x: TensorLike, diagonal: TensorLike, k = 0): Tensor {
  const [input, given] = toPair('setDiag', x, diagonal);
  const { batch, rows, columns } = matrixShape('setDiag', input);
  const [above, below] = [Math.max(0, checkOffset('setDiag', k)), Math.max(0, -k)];
  const length = Math.max(0, Math.min(rows - below, columns - above));
  if (!sameShape(given.shape, [...batch, length])) {
    throw new ShapeError(
      `setDiag: diagonal ${k} of shape ${showShape(input.shape)} needs shape ${showShape([...batch, length])}; received ${showShape(given.shape)}`,
    );
  }
  if (length === 0) return where(zeros([], 'bool'), input, input);
  // Each row has at most one place on it.
  const placed = pad(
    given,
    given.shape.map((_, axis) => (axis === given.rank - 1 ? ([below, rows - below - length] as const) : ([0, 0] as const))),
  );
  const mask = Uint8Array.from({ length: rows * columns }, (_, i) => Number((i % columns) - Math.floor(i / columns) === k));
  return where(tensorOf(mask, [rows, columns], 'bool'), expandDims(placed, -1), input);
}

/**
 * Matrices of zeros with vectors on their `k`-th diagonal above the main one, or below it if negative.
 * @throws ShapeError for a scalar.
 * @example
 * tf.linalg.diag([[1, 2]], 1).arraySync(); // [[[0, 1, 0], [0, 0, 2], [0, 0, 0]]]
 */
export function diag(diagonal: TensorLike, k = 0): Tensor {
  const input = toTensor('diag', diagonal);
  if (input.rank === 0) throw new ShapeError('diag: needs at least 1 axis; received []');
  const n = input.shape[input.rank - 1] + Math.abs(checkOffset('diag', k));
  return setDiag(zeros(checkRank('diag', [...input.shape.slice(0, -1), n, n]), input.dtype), input, k);
}

/**
 * Matrices with rows and columns exchanged.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.matrixTranspose([[1, 2], [3, 4]]).arraySync(); // [[1, 3], [2, 4]]
 */
export function matrixTranspose(x: TensorLike): Tensor {
  const input = toTensor('matrixTranspose', x);
  matrixShape('matrixTranspose', input);
  return turned(input);
}

/**
 * Matrices with rows and columns exchanged, and complex numbers conjugate.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.imag(tf.linalg.adjoint(tf.complex([[1, 2]], [[3, 4]]))).arraySync(); // [[-3], [-4]]
 */
export function adjoint(x: TensorLike): Tensor {
  const input = toTensor('adjoint', x);
  matrixShape('adjoint', input);
  return conj(turned(input));
}

/**
 * The products of matrices `[..., m, n]` (or `[..., n, m]` if `transposeA`) and vectors `[..., n]`; leading axes broadcast.
 * @throws ShapeError where sizes do not fit.
 * @example
 * tf.linalg.matvec([[1, 2], [3, 4]], [1, 10]).arraySync(); // [21, 43]
 */
export function matvec(a: TensorLike, b: TensorLike, transposeA = false): Tensor {
  const [matrix, vector] = toPair('matvec', a, b);
  checkFlag('matvec', 'transposeA', transposeA);
  matrixShape('matvec', matrix);
  if (vector.rank === 0) throw new ShapeError('matvec: needs vectors; received shape []');
  return squeeze(matMul(matrix, expandDims(vector, -1), transposeA), -1);
}
