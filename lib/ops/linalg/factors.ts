/** Factors by orthogonal transformations: QR, eigenvalues, singular values. */
import { ArgumentError, checkFlag } from '../../core/errors.ts';
import { apply, declare, type Op, type Traits } from '../../core/op.ts';
import { checkRank, sizeOfShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { eighKernel, inverseGapsKernel } from '../../kernels/linalg/eigh.ts';
import { qrKernel } from '../../kernels/linalg/qr.ts';
import { svdKernel } from '../../kernels/linalg/svd.ts';
import { add, divNoNan, mul, square, sub } from '../arithmetic.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { zeros, zerosLike } from '../creation.ts';
import { NONE, type None } from '../elementwise.ts';
import { concat, slice } from '../join.ts';
import { matMul } from '../matmul.ts';
import { sum } from '../reduce.ts';
import { expandDims } from '../transpose.ts';
import { bandPart } from './band.ts';
import { matrixShape, squareShape, symmetric, turned } from './shapes.ts';
import { triangularSolve } from './solve.ts';

/** Arithmetic of so many times the elements of the first input times its shorter side. */
function flops(factor: number): Traits {
  return { flops: ([{ shape }]) => factor * sizeOfShape(shape) * Math.min(...shape.slice(-2)) };
}

/** The first rows and columns of matrices, as many as are given. */
function corner(x: Tensor, rows: number, columns: number): Tensor {
  return slice(
    x,
    x.shape.map(() => 0),
    [...x.shape.slice(0, -2), rows, columns],
  );
}

/** The columns of matrices from `begin` on. */
function columnsFrom(x: Tensor, begin: number): Tensor {
  return slice(
    x,
    x.shape.map((_, axis) => (axis === x.rank - 1 ? begin : 0)),
  );
}

const qrOp: Op<{ fullMatrices: boolean }, 'inputs' | 'outputs'> = declare<{ fullMatrices: boolean }, 'inputs' | 'outputs'>({
  name: 'qr',
  attrs: ['fullMatrices'],
  traits: flops(4),
  infer([a], { fullMatrices }) {
    const { batch, rows, columns } = matrixShape('qr', a);
    const size = fullMatrices ? rows : Math.min(rows, columns);
    const { dtype } = a;
    return [
      { shape: [...batch, rows, size], dtype },
      { shape: [...batch, size, columns], dtype },
    ];
  },
  kernel: qrKernel,
  saves: ['inputs', 'outputs'],
  grad({ dys, inputs: [a], outputs: [q, r], attrs: { fullMatrices } }) {
    const [dq, dr] = [dys[0] ?? zerosLike(q), dys[1] ?? zerosLike(r)];
    const { rows, columns } = matrixShape('qr', a);
    if (rows > columns && fullMatrices) {
      throw new ArgumentError(
        `qr: all ${rows} columns of q have no gradient, since those beyond ${columns} are not unique; call it without fullMatrices`,
      );
    }
    if (rows >= columns) return [() => qrGradient(q, r, dq, dr)];
    // Wider than high: what lies right of the square part is q' times its own columns.
    return [
      () => {
        const rest = columnsFrom(dr, rows);
        const fromRest = matMul(columnsFrom(a, rows), rest, false, true);
        const square = qrGradient(q, corner(r, rows, rows), add(dq, fromRest), corner(dr, rows, rows));
        return concat([square, matMul(q, rest)], a.rank - 1);
      },
    ];
  },
});

/** The gradient through `a = q r` where r is square. */
function qrGradient(q: Tensor, r: Tensor, dq: Tensor, dr: Tensor): Tensor {
  const slope = sub(matMul(r, dr, false, true), matMul(dq, q, true));
  const lower = bandPart(slope, -1, 0);
  const mirrored = sub(add(lower, turned(lower)), bandPart(slope, 0, 0));
  return turned(triangularSolve(r, turned(add(dq, matMul(q, mirrored))), false));
}

/**
 * `[q, r]` with `x = q r`, q of orthonormal columns and r upper triangular: as many columns of q as the shorter side of `x` has, or as many as it has rows if
 * `fullMatrices`. The gradient is that of matrices of full rank, others are refused; so are more columns of q than `x` has.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * const [q, r] = tf.linalg.qr([[3, 0], [4, 5]]);
 * tf.matMul(q, r).arraySync(); // [[3, 0], [4, 5]]
 */
export function qr(x: TensorLike, fullMatrices = false): [Tensor, Tensor] {
  const [q, r] = apply(qrOp, [toFloat('qr', x)], { fullMatrices: checkFlag('qr', 'fullMatrices', fullMatrices) });
  return [q, r];
}

const EIGH = 0;
const SVD = 1;

/** `1 / (x[j] - x[i])` off the diagonal: what gradients of eigenvectors divide by. Numbers that are equal within rounding are refused. */
const inverseGapsOp: Op<{ owner: number }, 'outputs'> = declare<{ owner: number }, 'outputs'>({
  name: 'inverseGaps',
  attrs: ['owner'],
  traits: { refuses: () => true },
  infer: ([x]) => [{ shape: checkRank('inverseGaps', [...x.shape, x.shape[x.shape.length - 1]]), dtype: x.dtype }],
  kernel: inverseGapsKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [y] }) => [
    () => {
      const slope = mul(dy, square(y));
      return sub(sum(slope, -1), sum(slope, -2));
    },
  ],
});

function inverseGaps(x: Tensor, owner: number): Tensor {
  return apply(inverseGapsOp, [x], { owner })[0];
}

const eighOp: Op<None, 'outputs'> = declare<None, 'outputs'>({
  name: 'eigh',
  attrs: [],
  traits: flops(9),
  infer([a]) {
    const { batch, n } = squareShape('eigh', a);
    return [
      { shape: [...batch, n], dtype: a.dtype },
      { shape: a.shape, dtype: a.dtype },
    ];
  },
  kernel: eighKernel,
  saves: ['outputs'],
  grad: ({ dys: [dw, dv], outputs: [w, v] }) => [
    () => {
      const ofValues = dw === null ? undefined : matMul(mul(v, expandDims(dw, -2)), v, false, true);
      if (dv === null) return ofValues ?? zerosLike(v);
      const inner = mul(inverseGaps(w, EIGH), matMul(v, dv, true));
      const ofVectors = symmetric(matMul(matMul(v, inner), v, false, true));
      return ofValues === undefined ? ofVectors : add(ofValues, ofVectors);
    },
  ],
});

/** Eigenvalues, rising, and eigenvectors as columns. */
export interface Eigh {
  eigenvalues: Tensor;
  eigenvectors: Tensor;
}

/**
 * The eigenvalues and eigenvectors of symmetric matrices, of which the lower triangle is read. The gradient is symmetric; that of eigenvectors is refused where two
 * eigenvalues are equal within rounding.
 * @throws ShapeError for matrices that are not square.
 * @example
 * tf.linalg.eigh([[2, 0], [0, 1]]).eigenvalues.arraySync(); // [1, 2]
 */
export function eigh(x: TensorLike): Eigh {
  const [eigenvalues, eigenvectors] = apply(eighOp, [toFloat('eigh', x)], NONE);
  return { eigenvalues, eigenvectors };
}

/**
 * The eigenvalues of symmetric matrices, rising.
 * @throws ShapeError for matrices that are not square.
 * @example
 * tf.linalg.eigvalsh([[0, 1], [1, 0]]).arraySync(); // [-1, 1]
 */
export function eigvalsh(x: TensorLike): Tensor {
  return eigh(x).eigenvalues;
}

const svdOp: Op<{ fullMatrices: boolean }, 'inputs' | 'outputs'> = declare<{ fullMatrices: boolean }, 'inputs' | 'outputs'>({
  name: 'svd',
  attrs: ['fullMatrices'],
  traits: flops(40),
  infer([a], { fullMatrices }) {
    const { batch, rows, columns } = matrixShape('svd', a);
    const k = Math.min(rows, columns);
    const { dtype } = a;
    return [
      { shape: [...batch, rows, fullMatrices ? rows : k], dtype },
      { shape: [...batch, k], dtype },
      { shape: [...batch, fullMatrices ? columns : k, columns], dtype },
    ];
  },
  kernel: svdKernel,
  saves: ['inputs', 'outputs'],
  grad: ({ dys: [du, ds, dvh], inputs: [a], outputs: [u, s, vh] }) => [
    () => {
      const k = s.shape[s.rank - 1];
      const isComplete = u.shape[u.rank - 1] > k || vh.shape[vh.rank - 2] > k;
      if (du === null && dvh === null) {
        const vectors = isComplete ? svd(a, false) : { u, vh };
        return matMul(mul(vectors.u, expandDims(ds ?? zerosLike(s), -2)), vectors.vh);
      }
      if (isComplete) {
        throw new ArgumentError(
          `svd: singular vectors beyond the first ${k} have no gradient, since they are not unique; call it with fullMatrices = false`,
        );
      }
      const ofVectors = vectorsGradient(u, s, vh, du ?? zerosLike(u), dvh ?? zerosLike(vh));
      return ds === null ? ofVectors : add(matMul(mul(u, expandDims(ds, -2)), vh), ofVectors);
    },
  ],
});

/** The gradient through u and v' of `u diag(s) v'`. */
function vectorsGradient(u: Tensor, s: Tensor, vh: Tensor, du: Tensor, dvh: Tensor): Tensor {
  const [rows, columns, k] = [u.shape[u.rank - 2], vh.shape[vh.rank - 1], s.shape[s.rank - 1]];
  const isSquare = rows === columns;
  // Beside vectors that are not there, whose value is 0, a singular value of 0 is one of two equal ones.
  const values = isSquare ? s : concat([s, zeros([...s.shape.slice(0, -1), 1], s.dtype)], s.rank - 1);
  const gaps = inverseGaps(values, SVD);
  const inner = isSquare ? gaps : corner(gaps, k, k);
  const weights = divNoNan(inner, add(expandDims(s, -1), expandDims(s, -2)));
  const skew = (x: Tensor): Tensor => mul(weights, sub(x, turned(x)));
  const ofU = mul(skew(matMul(u, du, true)), expandDims(s, -2));
  const ofV = mul(skew(matMul(vh, dvh, false, true)), expandDims(s, -1));
  const core = matMul(matMul(u, add(ofU, ofV)), vh);
  if (isSquare) return core;
  const reciprocals = slice(gaps, [...s.shape.slice(0, -1).map(() => 0), k, 0], [...s.shape.slice(0, -1), 1, k]);
  if (rows > columns) {
    const outside = sub(du, matMul(u, matMul(u, du, true)));
    return add(core, matMul(mul(outside, reciprocals), vh));
  }
  const outside = sub(dvh, matMul(matMul(dvh, vh, false, true), vh));
  return add(core, matMul(mul(u, reciprocals), outside));
}

/** Singular values, falling, between the left vectors as columns and the right vectors as rows. */
export interface Svd {
  u: Tensor;
  s: Tensor;
  vh: Tensor;
}

/**
 * The singular values and vectors of matrices: `x = u diag(s) vh`, where u and vh are square, or have only as many columns and rows as there are values unless
 * `fullMatrices`. The gradient of vectors is refused where two values are equal within rounding, and for square u or vh of matrices that are not.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.svd([[0, 2], [1, 0]]).s.arraySync(); // [2, 1]
 */
export function svd(x: TensorLike, fullMatrices = true): Svd {
  const [u, s, vh] = apply(svdOp, [toFloat('svd', x)], { fullMatrices: checkFlag('svd', 'fullMatrices', fullMatrices) });
  return { u, s, vh };
}

/**
 * The singular values of matrices, falling.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.svdvals([[3, 0], [0, -4]]).arraySync(); // [4, 3]
 */
export function svdvals(x: TensorLike): Tensor {
  return svd(x, false).s;
}
