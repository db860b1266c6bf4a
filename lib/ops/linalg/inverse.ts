/** Pseudo-inverses, powers and exponentials of matrices. */
import { ArgumentError, show } from '../../core/errors.ts';
import { apply, declare, type Op } from '../../core/op.ts';
import { sizeOfShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { expmKernel } from '../../kernels/linalg/expm.ts';
import { pinvKernel } from '../../kernels/linalg/svd.ts';
import { add, sub } from '../arithmetic.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { zerosLike } from '../creation.ts';
import { NONE, type None } from '../elementwise.ts';
import { concat, slice } from '../join.ts';
import { matMul } from '../matmul.ts';
import { view } from '../shape.ts';
import { expandDims, squeeze } from '../transpose.ts';
import { identityLike } from './band.ts';
import { matrixShape, squareShape, toFloats, turned } from './shapes.ts';
import { inv } from './solve.ts';

const pinvOp: Op<{ rcond: number }, 'inputs' | 'outputs'> = declare<{ rcond: number }, 'inputs' | 'outputs'>({
  name: 'pinv',
  attrs: ['rcond'],
  traits: { flops: ([{ shape }]) => 40 * sizeOfShape(shape) * Math.min(...shape.slice(-2)) },
  infer([a]) {
    const { batch, rows, columns } = matrixShape('pinv', a);
    return [{ shape: [...batch, columns, rows], dtype: a.dtype }];
  },
  kernel: pinvKernel,
  saves: ['inputs', 'outputs'],
  // Golub and Pereyra 1973, where the rank does not change.
  grad: ({ dy, inputs: [a], outputs: [p] }) => [
    () => {
      const direct = matMul(matMul(p, dy, true), p, false, true);
      const left = matMul(matMul(dy, p, true), p, false, true);
      const right = matMul(p, matMul(p, dy, false, true), true);
      const ofColumns = sub(left, matMul(a, matMul(p, left)));
      const ofRows = sub(right, matMul(matMul(right, p), a));
      return sub(add(ofColumns, ofRows), direct);
    },
  ],
});

/** The cutoff for singular values; by the rounding of the dtype and the longer side unless given. */
function cutoff(owner: string, { shape, dtype }: Tensor, rcond: number | null): number {
  if (rcond === null) return Math.max(0, ...shape.slice(-2)) * (dtype === 'float32' ? 2 ** -23 : 2 ** -52);
  if (!(rcond >= 0)) throw new ArgumentError(`${owner}: rcond must be a number >= 0; received ${show(rcond)}`);
  return rcond;
}

/**
 * The pseudo-inverses `[..., n, m]` of matrices `[..., m, n]`: singular values up to `rcond` times the greatest count as 0 (the longer side times the rounding of
 * the dtype unless given). The gradient is that of a rank that does not change.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for a negative rcond.
 * @example
 * tf.linalg.pinv([[2, 0], [0, 0]]).arraySync(); // [[0.5, 0], [0, 0]]
 */
export function pinv(x: TensorLike, rcond: number | null = null): Tensor {
  const input = toFloat('pinv', x);
  return apply(pinvOp, [input], { rcond: cutoff('pinv', input, rcond) })[0];
}

/**
 * The shortest of the solutions of `a x = b` by least squares, through the pseudo-inverse of `a`; where `b` has an axis less than `a`, it holds one vector for each matrix.
 * @throws ShapeError for shapes that do not fit; ArgumentError for a negative rcond.
 * @example
 * tf.linalg.lstsq([[1, 0], [1, 1], [1, 2]], [1, 3, 5]).arraySync(); // [1, 2]
 */
export function lstsq(a: TensorLike, b: TensorLike, rcond: number | null = null): Tensor {
  const [left, right] = toFloats('lstsq', a, b);
  matrixShape('lstsq', left);
  const inverse = apply(pinvOp, [left], { rcond: cutoff('lstsq', left, rcond) })[0];
  if (right.rank !== left.rank - 1) return matMul(inverse, right);
  return squeeze(matMul(inverse, expandDims(right, -1)), -1);
}

/**
 * The product of a square matrix with itself, `n` times; of its inverse for a negative `n`, the identity for 0.
 * @throws ArgumentError for an `n` that is no whole number, and a singular matrix under a negative one; ShapeError for matrices that are not square.
 * @example
 * tf.linalg.matrixPower([[1, 1], [0, 1]], 5).arraySync(); // [[1, 5], [0, 1]]
 */
export function matrixPower(x: TensorLike, n: number): Tensor {
  const input = toFloat('matrixPower', x);
  squareShape('matrixPower', input);
  if (!Number.isSafeInteger(n)) throw new ArgumentError(`matrixPower: n must be a whole number; received ${show(n)}`);
  let square = n < 0 ? inv(input) : input;
  let result = identityLike(input);
  let isIdentity = true;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      result = isIdentity ? square : matMul(result, square);
      isIdentity = false;
    }
    if (rest > 1) square = matMul(square, square);
  }
  return n === 1 ? view(result) : result;
}

const expmOp: Op<None, 'inputs'> = declare<None, 'inputs'>({
  name: 'expm',
  attrs: [],
  // Six products, one system, and some squarings.
  traits: { flops: ([{ shape }]) => 20 * sizeOfShape(shape) * (shape[shape.length - 1] ?? 0) },
  infer([a]) {
    squareShape('expm', a);
    return [a];
  },
  kernel: expmKernel,
  saves: ['inputs'],
  // The derivative along dy is what stands beside the exponential of a matrix twice as large (Van Loan 1978).
  grad: ({ dy, inputs: [a] }) => [
    () => {
      const back = turned(a);
      const [rows, columns] = [a.rank - 2, a.rank - 1];
      const large = concat([concat([back, dy], columns), concat([zerosLike(a), back], columns)], rows);
      const n = a.shape[columns];
      const begin = large.shape.map((_, axis) => (axis === columns ? n : 0));
      return slice(expm(large), begin, a.shape);
    },
  ],
});

/**
 * The exponentials of square matrices, the sums of their powers divided by factorials.
 * @throws ShapeError for matrices that are not square.
 * @example
 * tf.linalg.expm([[0, 1], [0, 0]]).arraySync(); // [[1, 1], [0, 1]]
 */
export function expm(x: TensorLike): Tensor {
  return apply(expmOp, [toFloat('expm', x)], NONE)[0];
}
