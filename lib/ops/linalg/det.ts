/** Determinants and LU factors. */
import { ShapeError } from '../../core/errors.ts';
import { apply, declare, type Op } from '../../core/op.ts';
import { showShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import * as kernels from '../../kernels/linalg/lu.ts';
import { cofactorKernel } from '../../kernels/linalg/svd.ts';
import { add, mul, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { type TensorLike, toFloat, toTensor } from '../convert.ts';
import { zerosLike } from '../creation.ts';
import { NONE, type None } from '../elementwise.ts';
import { gather, toIndices } from '../indexing.ts';
import { log } from '../math.ts';
import { matMul } from '../matmul.ts';
import { range } from '../ranges.ts';
import { sum } from '../reduce.ts';
import { broadcastTo, reshape } from '../shape.ts';
import { argsort } from '../sort.ts';
import { squeeze } from '../transpose.ts';
import { bandPart, diagonal, identityLike } from './band.ts';
import { matrixShape, squareShape, turned } from './shapes.ts';
import { cholesky, cubic, inv, triangularSolve } from './solve.ts';

/** The derivatives of the determinant. Those of its own follow from the inverse, and are refused where there is none. */
const cofactorOp: Op<None, 'inputs' | 'outputs'> = declare<None, 'inputs' | 'outputs'>({
  name: 'cofactor',
  attrs: [],
  infer: ([a]) => [a],
  kernel: cofactorKernel,
  saves: ['inputs', 'outputs'],
  grad: ({ dy, inputs: [a], outputs: [y] }) => [
    () => {
      const inverse = turned(inv(a));
      return sub(mul(sum(mul(dy, y), [-2, -1], true), inverse), matMul(matMul(y, dy, false, true), inverse));
    },
  ],
});

const detOp: Op<None, 'inputs'> = declare<None, 'inputs'>({
  name: 'det',
  attrs: [],
  traits: { flops: cubic(2 / 3).flops },
  infer: ([a]) => [{ shape: squareShape('det', a).batch, dtype: a.dtype }],
  kernel: kernels.detKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [a] }) => [() => mul(reshape(dy, [...dy.shape, 1, 1]), apply(cofactorOp, [a], NONE)[0])],
});

/**
 * The determinants of square matrices. The gradient is right where they are singular; its own gradient needs an inverse.
 * @throws ShapeError for matrices that are not square.
 * @example
 * tf.linalg.det([[1, 2], [3, 4]]).item(); // -2
 */
export function det(x: TensorLike): Tensor {
  return apply(detOp, [toFloat('det', x)], NONE)[0];
}

const slogdetOp: Op<None, 'inputs'> = declare<None, 'inputs'>({
  name: 'slogdet',
  attrs: [],
  traits: { flops: cubic(2 / 3).flops },
  infer([a]) {
    const result = { shape: squareShape('slogdet', a).batch, dtype: a.dtype };
    return [result, result];
  },
  kernel: kernels.slogdetKernel,
  saves: ['inputs'],
  grad: ({ dys: [, dy], inputs: [a] }) => [() => (dy === null ? zerosLike(a) : mul(reshape(dy, [...dy.shape, 1, 1]), turned(inv(a))))],
});

/** The signs of determinants, and the logarithms of their magnitudes. */
export interface Slogdet {
  sign: Tensor;
  logabsdet: Tensor;
}

/**
 * The sign and the logarithm of the magnitude of determinants, without overflow; 0 and -Infinity for a singular matrix, where the gradient is refused.
 * @throws ShapeError for matrices that are not square.
 * @example
 * tf.linalg.slogdet([[0, 1], [1, 0]]).sign.item(); // -1
 */
export function slogdet(x: TensorLike): Slogdet {
  const [sign, logabsdet] = apply(slogdetOp, [toFloat('slogdet', x)], NONE);
  return { sign, logabsdet };
}

/**
 * The logarithm of the determinants of symmetric positive definite matrices, by `cholesky`.
 * @throws ArgumentError, ShapeError as `cholesky` does.
 * @example
 * tf.linalg.logdet([[1, 0], [0, 1]]).item(); // 0
 */
export function logdet(x: TensorLike): Tensor {
  return mul(sum(log(diagonal(cholesky(x))), -1), 2);
}

/** Rows exchanged as LU pivots say: row i with `pivots[i]`, in order, or in the opposite order if `adjoint`. */
const exchangeRowsOp: Op<{ adjoint: boolean }, 'inputs'> = declare<{ adjoint: boolean }, 'inputs'>({
  name: 'exchangeRows',
  attrs: ['adjoint'],
  infer: ([x]) => [x],
  kernel: kernels.exchangeRowsKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [, pivots], attrs: { adjoint } }) => [() => exchangeRows(dy, pivots, !adjoint), null],
});

function exchangeRows(x: Tensor, pivots: Tensor, adjoint: boolean): Tensor {
  return apply(exchangeRowsOp, [x, pivots], { adjoint })[0];
}

const luFactorOp: Op<None, 'outputs'> = declare<None, 'outputs'>({
  name: 'luFactor',
  attrs: [],
  traits: { flops: cubic(2 / 3).flops },
  infer([a]) {
    const { batch, rows, columns } = matrixShape('luFactor', a);
    return [a, { shape: [...batch, Math.min(rows, columns)], dtype: 'int32' }];
  },
  kernel: kernels.luFactorKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [lu, pivots] }) => [
    () => {
      squareShape('luFactor: its gradient', lu);
      const lower = add(bandPart(lu, -1, 0), sub(identityLike(lu), bandPart(lu, 0, 0)));
      const upper = bandPart(lu, 0, -1);
      const below = matMul(lower, strictlyLower(dy), true);
      const above = matMul(bandPart(dy, 0, -1), upper, false, true);
      const middle = add(strictlyLower(below), bandPart(above, 0, -1));
      const right = turned(triangularSolve(upper, turned(middle), false));
      return exchangeRows(triangularSolve(lower, right, true, true), pivots, true);
    },
  ],
});

/** Matrices with zeros on and above the diagonal. */
function strictlyLower(x: Tensor): Tensor {
  return sub(bandPart(x, -1, 0), bandPart(x, 0, 0));
}

/** LU factors in one tensor, and the row exchanges behind them. */
export interface LuFactor {
  /** U on and above the diagonal, L without its diagonal of ones below. */
  lu: Tensor;
  /** int32: row i was exchanged with `pivots[i]`, in order. */
  pivots: Tensor;
}

/**
 * The LU factors of matrices with their rows exchanged for stability, as in Keras's `lu_factor`. The gradient is that of square matrices that are not singular;
 * others are refused.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.luFactor([[1, 2], [2, 2]]).lu.arraySync(); // [[2, 2], [0.5, 1]]
 */
export function luFactor(x: TensorLike): LuFactor {
  const [lu, pivots] = apply(luFactorOp, [toFloat('luFactor', x)], NONE);
  return { lu, pivots };
}

/** LU factors in one tensor, and the order of rows behind them. */
export interface Lu {
  /** U on and above the diagonal, L without its diagonal of ones below. */
  lu: Tensor;
  /** int32: row i of `L U` is row `p[i]` of the matrix. */
  p: Tensor;
}

/**
 * The LU factors of matrices and the order of their rows, as in TensorFlow's `tf.linalg.lu`: `luFactor` with a permutation in place of exchanges.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.lu([[1, 2], [2, 2]]).p.arraySync(); // [1, 0]
 */
export function lu(x: TensorLike): Lu {
  const { lu: factors, pivots } = luFactor(x);
  const { batch, rows } = matrixShape('lu', factors);
  const order = broadcastTo(reshape(range(0, rows, 1, 'int32'), [rows, 1]), [...batch, rows, 1]);
  return { lu: factors, p: squeeze(exchangeRows(order, pivots, false), -1) };
}

/** The triangles of LU factors: the lower one with its diagonal of ones. */
function triangles(owner: string, lowerUpper: TensorLike): { lower: Tensor; upper: Tensor } {
  const factors = toFloat(owner, lowerUpper);
  squareShape(owner, factors);
  return { lower: add(strictlyLower(factors), identityLike(factors)), upper: bandPart(factors, 0, -1) };
}

/** Rows in the order of a permutation, one for each matrix. */
function permuted(owner: string, x: Tensor, order: Tensor): Tensor {
  const { batch, rows } = matrixShape(owner, x);
  if (showShape(order.shape) !== showShape([...batch, rows])) {
    throw new ShapeError(
      `${owner}: needs an order of ${rows} rows for each matrix; received ${showShape(order.shape)} and ${showShape(x.shape)}`,
    );
  }
  return gather(x, order, batch.length, batch.length);
}

/**
 * The solution of `x y = rhs` from the factors and the order of rows that `lu` gives for x.
 * @throws ArgumentError for a singular matrix, saying which of the batch; ShapeError for shapes that do not fit.
 * @example
 * const { lu, p } = tf.linalg.lu([[0, 2], [4, 0]]);
 * tf.linalg.luSolve(lu, p, [[2], [8]]).arraySync(); // [[2], [1]]
 */
export function luSolve(lowerUpper: TensorLike, perm: TensorLike, rhs: TensorLike): Tensor {
  const { lower, upper } = triangles('luSolve', lowerUpper);
  const right = permuted('luSolve', castTo(toTensor('luSolve', rhs), lower.dtype), toIndices('luSolve', perm));
  return triangularSolve(upper, triangularSolve(lower, right), false);
}

/**
 * The matrices that `lu` made its factors and orders of rows of.
 * @throws ShapeError for shapes that do not fit.
 * @example
 * const { lu, p } = tf.linalg.lu([[1, 2], [2, 2]]);
 * tf.linalg.luReconstruct(lu, p).arraySync(); // [[1, 2], [2, 2]]
 */
export function luReconstruct(lowerUpper: TensorLike, perm: TensorLike): Tensor {
  const { lower, upper } = triangles('luReconstruct', lowerUpper);
  // Row i of the product belongs to place p[i]: what sorts the order undoes it.
  return permuted('luReconstruct', matMul(lower, upper), argsort(toIndices('luReconstruct', perm)));
}

/**
 * The inverses of matrices from the factors and the order of rows that `lu` gives.
 * @throws ArgumentError for a singular matrix, saying which of the batch; ShapeError for shapes that do not fit.
 * @example
 * const { lu, p } = tf.linalg.lu([[0, 2], [4, 0]]);
 * tf.linalg.luMatrixInverse(lu, p).arraySync(); // [[0, 0.25], [0.5, 0]]
 */
export function luMatrixInverse(lowerUpper: TensorLike, perm: TensorLike): Tensor {
  const factors = toFloat('luMatrixInverse', lowerUpper);
  squareShape('luMatrixInverse', factors);
  return luSolve(factors, perm, identityLike(factors));
}
