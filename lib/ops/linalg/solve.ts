/** Cholesky factors, systems of equations and inverses. */
import { checkFlag } from '../../core/errors.ts';
import { apply, declare, type Op, type Traits } from '../../core/op.ts';
import { sizeOfShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import * as kernels from '../../kernels/linalg/lu.ts';
import { mul, neg, sub } from '../arithmetic.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { NONE, type None } from '../elementwise.ts';
import { matMul } from '../matmul.ts';
import { expandDims, squeeze } from '../transpose.ts';
import { bandPart, identityLike } from './band.ts';
import { solutionShape, squareShape, symmetric, toFloats, turned } from './shapes.ts';

/** The traits of an op that takes, for each element of its first input, so many times the last axis, and may refuse values. */
export function cubic(factor: number): Traits {
  return { refuses: () => true, flops: ([a]) => factor * sizeOfShape(a.shape) * (a.shape[a.shape.length - 1] ?? 0) };
}

/** Triangular systems take an addition and a product for each element of the matrix and column. */
const SUBSTITUTION: Traits = { refuses: () => true, flops: ([a], [x]) => sizeOfShape(x.shape) * a.shape[a.shape.length - 1] };

const choleskyOp: Op<None, 'outputs'> = declare<None, 'outputs'>({
  name: 'cholesky',
  attrs: [],
  traits: cubic(1 / 3),
  infer([a]) {
    squareShape('cholesky', a);
    return [a];
  },
  kernel: kernels.choleskyKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [l] }) => [
    () => {
      const slope = matMul(l, dy, true);
      const lower = sub(bandPart(slope, -1, 0), mul(bandPart(slope, 0, 0), 0.5));
      const left = triangularSolve(l, lower, true, true);
      return symmetric(triangularSolve(l, turned(left), true, true));
    },
  ],
});

/**
 * The lower triangular `l` with `x = l l'` of symmetric positive definite matrices `[..., n, n]`, of which the lower triangle is read. The gradient is
 * symmetric.
 * @throws ArgumentError for a matrix that is not positive definite, saying which of the batch; ShapeError for matrices that are not square.
 * @example
 * tf.linalg.cholesky([[4, 2], [2, 5]]).arraySync(); // [[2, 0], [1, 2]]
 */
export function cholesky(x: TensorLike): Tensor {
  return apply(choleskyOp, [toFloat('cholesky', x)], NONE)[0];
}

interface TriangleAttrs {
  readonly lower: boolean;
  readonly adjoint: boolean;
}

const triangularSolveOp: Op<TriangleAttrs, 'inputs' | 'outputs'> = declare<TriangleAttrs, 'inputs' | 'outputs'>({
  name: 'triangularSolve',
  attrs: ['lower', 'adjoint'],
  traits: SUBSTITUTION,
  infer: ([a, b]) => [{ shape: solutionShape('triangularSolve', a, b), dtype: a.dtype }],
  kernel: kernels.triangularSolveKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [a], outputs: [x], attrs: { lower, adjoint } }) {
    const right = () => triangularSolve(a, dy, lower, !adjoint);
    const left = () => {
      const slope = adjoint ? matMul(x, right(), false, true) : matMul(right(), x, false, true);
      return neg(lower ? bandPart(slope, -1, 0) : bandPart(slope, 0, -1));
    };
    return [left, right];
  },
});

/**
 * The solution of `matrix x = rhs`, or of `transpose(matrix) x = rhs` if `adjoint`, where only the lower (else the upper) triangle of `matrix` is read.
 * @throws ArgumentError for a zero on a diagonal, saying which matrix of the batch; ShapeError for shapes that do not fit.
 * @example
 * tf.linalg.triangularSolve([[2, 0], [1, 4]], [[2], [9]]).arraySync(); // [[1], [2]]
 */
export function triangularSolve(matrix: TensorLike, rhs: TensorLike, lower = true, adjoint = false): Tensor {
  checkFlag('triangularSolve', 'lower', lower);
  checkFlag('triangularSolve', 'adjoint', adjoint);
  return apply(triangularSolveOp, toFloats('triangularSolve', matrix, rhs), { lower, adjoint })[0];
}

/**
 * The solution of `(chol chol') x = rhs`, from the lower triangular `chol` that `cholesky` gives.
 * @throws ArgumentError, ShapeError as `triangularSolve` does.
 * @example
 * tf.linalg.choleskySolve([[2, 0], [1, 2]], [[6], [7]]).arraySync(); // [[1], [1]]
 */
export function choleskySolve(chol: TensorLike, rhs: TensorLike): Tensor {
  return triangularSolve(chol, triangularSolve(chol, rhs), true, true);
}

/**
 * The inverse of `x x'` where `x` is its lower triangular Cholesky factor; of `x' x` where it is upper triangular, if `upper`.
 * @throws ArgumentError, ShapeError as `triangularSolve` does.
 * @example
 * tf.linalg.choleskyInverse([[2, 0], [0, 4]]).arraySync(); // [[0.25, 0], [0, 0.0625]]
 */
export function choleskyInverse(x: TensorLike, upper = false): Tensor {
  const factor = toFloat('choleskyInverse', x);
  squareShape('choleskyInverse', factor);
  const half = triangularSolve(factor, identityLike(factor), !checkFlag('choleskyInverse', 'upper', upper));
  return upper ? matMul(half, half, false, true) : matMul(half, half, true);
}

const solveOp: Op<{ adjoint: boolean }, 'inputs' | 'outputs'> = declare<{ adjoint: boolean }, 'inputs' | 'outputs'>({
  name: 'solve',
  attrs: ['adjoint'],
  traits: {
    refuses: () => true,
    flops: ([a], [x]) => (sizeOfShape(a.shape) * (2 / 3) + sizeOfShape(x.shape) * 2) * a.shape[a.shape.length - 1],
  },
  infer: ([a, b]) => [{ shape: solutionShape('solve', a, b), dtype: a.dtype }],
  kernel: kernels.solveKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [a], outputs: [x], attrs: { adjoint } }) {
    const right = () => solve(a, dy, !adjoint);
    return [() => neg(adjoint ? matMul(x, right(), false, true) : matMul(right(), x, false, true)), right];
  },
});

/**
 * The solution `[..., n, k]` of `matrix x = rhs`, or of `transpose(matrix) x = rhs` if `adjoint`; where `rhs` has an axis less than `matrix`, it holds one vector for each
 * matrix.
 * @throws ArgumentError for a singular matrix, saying which of the batch; ShapeError for shapes that do not fit.
 * @example
 * tf.linalg.solve([[2, 0], [0, 4]], [2, 8]).arraySync(); // [1, 2]
 */
export function solve(matrix: TensorLike, rhs: TensorLike, adjoint = false): Tensor {
  checkFlag('solve', 'adjoint', adjoint);
  const [a, b] = toFloats('solve', matrix, rhs);
  if (b.rank !== a.rank - 1) return apply(solveOp, [a, b], { adjoint })[0];
  return squeeze(apply(solveOp, [a, expandDims(b, -1)], { adjoint })[0], -1);
}

const invOp: Op<None, 'outputs'> = declare<None, 'outputs'>({
  name: 'inv',
  attrs: [],
  traits: cubic(2),
  infer([a]) {
    squareShape('inv', a);
    return [a];
  },
  kernel: kernels.invKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [y] }) => [() => neg(matMul(matMul(y, dy, true), y, false, true))],
});

/**
 * The inverses of square matrices `[..., n, n]`.
 * @throws ArgumentError for a singular matrix, saying which of the batch; ShapeError for matrices that are not square.
 * @example
 * tf.linalg.inv([[2, 0], [0, 4]]).arraySync(); // [[0.5, 0], [0, 0.25]]
 */
export function inv(x: TensorLike): Tensor {
  return apply(invOp, [toFloat('inv', x)], NONE)[0];
}
