/** Square roots and logarithms of matrices, and eigenvalues and eigenvectors of matrices that need not be symmetric. */
import { isComplex } from '../../core/dtype.ts';
import { ArgumentError } from '../../core/errors.ts';
import { apply, declare, type Op } from '../../core/op.ts';
import { checkRank } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { logmKernel, sqrtmKernel, sylvesterKernel } from '../../kernels/linalg/roots.ts';
import { eigKernel } from '../../kernels/linalg/schur.ts';
import { mul, neg } from '../arithmetic.ts';
import { conj, partsOf, real, viewAsComplex } from '../complex.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { zerosLike } from '../creation.ts';
import { NONE, type None } from '../elementwise.ts';
import { concat, slice } from '../join.ts';
import { matMul } from '../matmul.ts';
import { expandDims } from '../transpose.ts';
import { squareShape, turned } from './shapes.ts';
import { cubic, solve } from './solve.ts';

const sylvesterOp: Op<None, 'inputs' | 'outputs'> = declare<None, 'inputs' | 'outputs'>({
  name: 'sylvester',
  attrs: [],
  traits: cubic(100),
  infer([a, b, c]) {
    for (const matrix of [a, b, c]) squareShape('sylvester', matrix);
    return [c];
  },
  kernel: sylvesterKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [a, b], outputs: [x] }) {
    const slope = (): Tensor => sylvester(turned(a), turned(b), dy);
    return [() => neg(matMul(slope(), x, false, true)), () => neg(matMul(x, slope(), true)), slope];
  },
});

/** The solution x of `a x + x b = c`, for square matrices of one batch. */
function sylvester(a: Tensor, b: Tensor, c: Tensor): Tensor {
  return apply(sylvesterOp, [a, b, c], NONE)[0];
}

const sqrtmOp: Op<None, 'outputs'> = declare<None, 'outputs'>({
  name: 'sqrtm',
  attrs: [],
  traits: cubic(60),
  infer([a]) {
    squareShape('sqrtm', a);
    return [a];
  },
  kernel: sqrtmKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [y] }) => [() => sylvester(turned(y), turned(y), dy)],
});

/**
 * The principal square roots of square matrices: `y` with `x = y y` and eigenvalues with positive real parts.
 * @throws ArgumentError for a matrix whose square root is not real (it has a negative eigenvalue) or that has none, saying which of the batch; ShapeError for matrices that are not
 *   square.
 * @example
 * tf.linalg.sqrtm([[4, 1], [0, 9]]).arraySync(); // [[2, 0.2], [0, 3]]
 */
export function sqrtm(x: TensorLike): Tensor {
  return apply(sqrtmOp, [toFloat('sqrtm', x)], NONE)[0];
}

const logmOp: Op<None, 'inputs'> = declare<None, 'inputs'>({
  name: 'logm',
  attrs: [],
  traits: cubic(80),
  infer([a]) {
    squareShape('logm', a);
    return [a];
  },
  kernel: logmKernel,
  saves: ['inputs'],
  // The derivative along dy is what stands beside the logarithm of a matrix twice as large, as for the exponential.
  grad: ({ dy, inputs: [a] }) => [
    () => {
      const back = turned(a);
      const [rows, columns] = [a.rank - 2, a.rank - 1];
      const large = concat([concat([back, dy], columns), concat([zerosLike(a), back], columns)], rows);
      const n = a.shape[columns];
      const begin = large.shape.map((_, axis) => (axis === columns ? n : 0));
      return slice(logm(large), begin, a.shape);
    },
  ],
});

/**
 * The principal logarithms of square matrices: `y` with `x = expm(y)` and eigenvalues with imaginary parts between -pi and pi.
 * @throws ArgumentError for a singular matrix, and one whose logarithm is not real (it has a negative eigenvalue), saying which of the batch; ShapeError for matrices that are not square.
 * @example
 * tf.linalg.logm([[1, 1], [0, 1]]).arraySync(); // [[0, 1], [0, 0]]
 */
export function logm(x: TensorLike): Tensor {
  return apply(logmOp, [toFloat('logm', x)], NONE)[0];
}

/** The solution of a complex system, as a real one of twice the size. */
function solveComplex(a: Tensor, b: Tensor): Tensor {
  const [ar, ai] = partsOf(a);
  const [br, bi] = partsOf(b);
  const [rows, columns] = [a.rank - 2, a.rank - 1];
  const matrix = concat([concat([ar, neg(ai)], columns), concat([ai, ar], columns)], rows);
  const x = solve(matrix, concat([br, bi], rows));
  const half = (begin: number): Tensor =>
    slice(
      x,
      x.shape.map((_, axis) => (axis === rows ? begin : 0)),
      br.shape,
    );
  const n = br.shape[rows];
  return viewAsComplex(concat([expandDims(half(0), -1), expandDims(half(n), -1)], x.rank));
}

/** Outputs: the parts of eigenvalues and of eigenvectors. */
const eigOp: Op<None, 'outputs'> = declare<None, 'outputs'>({
  name: 'eig',
  attrs: [],
  traits: cubic(60),
  infer([a]) {
    const { batch, n } = squareShape('eig', a);
    return [
      { shape: [...batch, n, 2], dtype: a.dtype },
      { shape: checkRank('eig', [...a.shape, 2]), dtype: a.dtype },
    ];
  },
  kernel: eigKernel,
  saves: ['outputs'],
  grad({ dys: [dw, dv], outputs: [, v] }) {
    if (dv !== null) {
      throw new ArgumentError(
        'eig: eigenvectors have no gradient, since their angles are not unique; those of symmetric matrices by eigh have one',
      );
    }
    return [
      () => {
        const vectors = viewAsComplex(v);
        const slopes = viewAsComplex(dw as Tensor);
        const back = conj(turned(vectors));
        return real(solveComplex(back, mul(expandDims(slopes, -1), back)));
      },
    ];
  },
});

/** Eigenvalues, and eigenvectors of length 1 as columns, both complex. */
export interface Eig {
  eigenvalues: Tensor;
  eigenvectors: Tensor;
}

function eigOf(owner: string, x: TensorLike): Eig {
  const input = toFloat(owner, x);
  if (isComplex(input.dtype)) throw new ArgumentError(`${owner}: needs real matrices; received ${input.dtype}`);
  const [w, v] = apply(eigOp, [input], NONE);
  return { eigenvalues: viewAsComplex(w), eigenvectors: viewAsComplex(v) };
}

/**
 * The eigenvalues, in no order, and eigenvectors of real square matrices, as complex numbers; the greatest element of a vector is real. Eigenvalues have a gradient of the first
 * order where they differ from each other, eigenvectors have none.
 * @throws ArgumentError for elements that are no finite numbers, saying which matrix of the batch; ShapeError for matrices that are not square.
 * @example
 * const { eigenvalues } = tf.linalg.eig([[0, -2], [2, 0]]);
 * tf.sort(tf.imag(eigenvalues)).arraySync(); // [-2, 2]
 */
export function eig(x: TensorLike): Eig {
  return eigOf('eig', x);
}

/**
 * The eigenvalues of real square matrices, in no order, as complex numbers.
 * @throws ArgumentError, ShapeError as `eig` does.
 * @example
 * tf.sort(tf.real(tf.linalg.eigvals([[2, 1], [0, 3]]))).arraySync(); // [2, 3]
 */
export function eigvals(x: TensorLike): Tensor {
  return eigOf('eigvals', x).eigenvalues;
}
