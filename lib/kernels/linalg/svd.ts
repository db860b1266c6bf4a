/** Singular values by one-sided rotations, and what follows from them. */
import type { View } from '../../core/op.ts';
import { determinant } from './lu.ts';
import {
  forEachMatrix,
  identityMatrix,
  isFiniteMatrix,
  lengthOf,
  type Matrix,
  product,
  scaleOf,
  transposed,
  zeroMatrix,
} from './matrices.ts';
import { completeBasis, factorQr } from './qr.ts';

const EPSILON = 2 ** -52;
/** A bound on sweeps, of which ten are many. */
const MOST_SWEEPS = 60;
/** Relative to the greatest element: shorter rows have squares that vanish, and their directions are chosen anew. */
const VANISHES = 1e-150;

/** `a = u diag(s) v'`: `u` of rows x k, `v` of columns x k, `s` falling. */
export interface Svd {
  readonly u: Matrix;
  readonly s: Float64Array;
  readonly v: Matrix;
}

/** Rotates rows p and q of `a` by the angle of cosine c and sine s. */
function rotateRows({ columns, data }: Matrix, p: number, q: number, c: number, s: number): void {
  const [first, second] = [p * columns, q * columns];
  for (let j = 0; j < columns; j++) {
    const x = data[first + j];
    const y = data[second + j];
    data[first + j] = c * x - s * y;
    data[second + j] = s * x + c * y;
  }
}

/** Makes the rows of `w` orthogonal by rotations of pairs (Hestenes 1958), and does the same to those of `v`. */
function orthogonalize(w: Matrix, v: Matrix): void {
  const { rows, columns, data } = w;
  const orthogonal = EPSILON * Math.max(4, columns);
  for (let sweep = 0, rotated = true; rotated && sweep < MOST_SWEEPS; sweep++) {
    rotated = false;
    for (let p = 0; p < rows - 1; p++) {
      for (let q = p + 1; q < rows; q++) {
        let alpha = 0;
        let beta = 0;
        let gamma = 0;
        for (let j = 0; j < columns; j++) {
          const x = data[p * columns + j];
          const y = data[q * columns + j];
          alpha += x * x;
          beta += y * y;
          gamma += x * y;
        }
        if (Math.abs(gamma) <= orthogonal * Math.sqrt(alpha) * Math.sqrt(beta)) continue;
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        rotateRows(w, p, q, c, c * t);
        rotateRows(v, p, q, c, c * t);
      }
    }
  }
}

/** The singular values and vectors of a matrix with at least as many rows as columns. */
function decomposeTall(a: Matrix): Svd {
  const n = a.columns;
  const { q, r } = factorQr(a, n);
  // Squares must neither overflow nor vanish.
  const unit = scaleOf(r);
  const w = transposed(r);
  for (let i = 0; i < w.data.length; i++) w.data[i] /= unit;
  const vt = identityMatrix(n);
  orthogonalize(w, vt);
  const lengths = Float64Array.from({ length: n }, (_, i) => lengthOf(w.data.subarray(i * n, (i + 1) * n)));
  const order = Array.from(lengths.keys()).sort((i, j) => lengths[j] - lengths[i] || i - j);
  const inner = zeroMatrix(n, n);
  const v = zeroMatrix(n, n);
  let known = 0;
  order.forEach((from, to) => {
    const seen = lengths[from] > VANISHES;
    if (seen) known++;
    for (let i = 0; i < n; i++) {
      inner.data[i * n + to] = seen ? w.data[from * n + i] / lengths[from] : 0;
      v.data[i * n + to] = vt.data[from * n + i];
    }
  });
  const u = product(q, known < n ? completeBasis(inner, known) : inner);
  return { u, s: Float64Array.from(order, (i) => lengths[i] * unit), v };
}

/** The singular values and vectors of a matrix; NaN where it is not finite. `a` may be overwritten. */
export function decompose(a: Matrix): Svd {
  const k = Math.min(a.rows, a.columns);
  if (!isFiniteMatrix(a)) {
    const [u, v] = [zeroMatrix(a.rows, k), zeroMatrix(a.columns, k)];
    for (const { data } of [u, v]) data.fill(Number.NaN);
    return { u, s: new Float64Array(k).fill(Number.NaN), v };
  }
  if (a.rows >= a.columns) return decomposeTall(a);
  const { u, s, v } = decomposeTall(transposed(a));
  return { u: v, s, v: u };
}

/** `columns` orthonormal columns of which the first are those of `a`. */
function widened(a: Matrix, columns: number): Matrix {
  if (columns === a.columns) return a;
  const wide = zeroMatrix(a.rows, columns);
  if (!isFiniteMatrix(a)) {
    wide.data.fill(Number.NaN);
    return wide;
  }
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) wide.data[i * columns + j] = a.data[i * a.columns + j];
  return completeBasis(wide, a.columns);
}

/** u, s and v' of each matrix; as many columns of u and rows of v' as their outputs have. */
export function svdKernel(inputs: readonly View[], outputs: readonly View[]): void {
  const [uColumns] = outputs[0].shape.slice(-1);
  const [vRows] = outputs[2].shape.slice(-2);
  forEachMatrix(inputs, outputs, ([a]) => {
    const { u, s, v } = decompose(a);
    return [widened(u, uColumns).data, s, transposed(widened(v, vRows)).data];
  });
}

/** The pseudo-inverse of each matrix, whose singular values up to `rcond` times the greatest count as 0. */
export function pinvKernel(inputs: readonly View[], outputs: readonly View[], { rcond }: { rcond: number }): void {
  forEachMatrix(inputs, outputs, ([a]) => {
    const { u, s, v } = decompose(a);
    const cutoff = rcond * (s[0] ?? 0);
    for (let i = 0; i < v.rows; i++) {
      for (let j = 0; j < v.columns; j++) v.data[i * v.columns + j] *= s[j] <= cutoff ? 0 : 1 / s[j];
    }
    return [product(v, transposed(u)).data];
  });
}

/** The determinant of an orthogonal matrix: 1, or -1 after an odd number of reflections. */
function orientation(a: Matrix): number {
  return determinant({ ...a, data: a.data.slice() }) < 0 ? -1 : 1;
}

/** The cofactors of each matrix, the derivatives of its determinant, from its singular values: they exist where it is singular, too. */
export function cofactorKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a]) => {
    const { u, s, v } = decompose(a);
    const n = a.rows;
    const sign = orientation(u) * orientation(v);
    for (let j = 0; j < n; j++) {
      let others = sign;
      for (let k = 0; k < n; k++) if (k !== j) others *= s[k];
      for (let i = 0; i < n; i++) u.data[i * n + j] *= others;
    }
    return [product(u, transposed(v)).data];
  });
}
