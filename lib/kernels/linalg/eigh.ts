/** Eigenvalues of symmetric matrices: Householder's tridiagonal form, then implicit QL steps. */
import type { View } from '../../core/op.ts';
import {
  forEachMatrix,
  identityMatrix,
  isFiniteMatrix,
  lengthOf,
  type Matrix,
  matrixError,
  scaleOf,
  transposed,
  zeroMatrix,
} from './matrices.ts';

const EPSILON = 2 ** -52;
/** QL steps for one eigenvalue; it takes two on average. */
const MOST_STEPS = 100;

/** A symmetric tridiagonal matrix, and the rows that turn it back. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[i]` stands between i and i + 1. */
  readonly beside: Float64Array;
  /** Its transpose times the tridiagonal matrix times itself is the matrix. */
  readonly turn: Matrix;
}

/** Reduces a symmetric matrix, which is overwritten, from its first column on. */
function tridiagonal(a: Matrix): Tridiagonal {
  const { rows: n, data } = a;
  const turn = identityMatrix(n);
  for (let k = 0; k < n - 2; k++) {
    const v = new Float64Array(n);
    for (let i = k + 1; i < n; i++) v[i] = data[i * n + k];
    const below = lengthOf(v.subarray(k + 2));
    if (below === 0) continue;
    const alpha = v[k + 1];
    const beta = alpha > 0 ? -Math.hypot(alpha, below) : Math.hypot(alpha, below);
    v[k + 1] = alpha - beta;
    // The reflection is I - scale v v'.
    const scale = 1 / (beta * (beta - alpha));
    const p = new Float64Array(n);
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += data[i * n + j] * v[j];
      p[i] = scale * sum;
    }
    let share = 0;
    for (let i = k + 1; i < n; i++) share += p[i] * v[i];
    share *= scale / 2;
    for (let i = k + 1; i < n; i++) p[i] -= share * v[i];
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) data[i * n + j] -= v[i] * p[j] + p[i] * v[j];
    data[(k + 1) * n + k] = beta;
    data[k * n + k + 1] = beta;
    for (let i = k + 2; i < n; i++) {
      data[i * n + k] = 0;
      data[k * n + i] = 0;
    }
    reflectRows(turn, v, scale, k + 1);
  }
  return {
    diagonal: Float64Array.from({ length: n }, (_, i) => data[i * n + i]),
    beside: Float64Array.from({ length: n }, (_, i) => (i + 1 < n ? data[i * n + i + 1] : 0)),
    turn,
  };
}

/** Applies I - scale v v' from the left; v is 0 above row `begin`. */
function reflectRows({ columns, data }: Matrix, v: Float64Array, scale: number, begin: number): void {
  const sums = new Float64Array(columns);
  for (let i = begin; i < v.length; i++) for (let j = 0; j < columns; j++) sums[j] += v[i] * data[i * columns + j];
  for (let i = begin; i < v.length; i++) for (let j = 0; j < columns; j++) data[i * columns + j] -= scale * v[i] * sums[j];
}

/** One implicit QL step on the block from `l` to `m`: the bulge is chased from its end to its begin. */
function step({ diagonal, beside, turn }: Tridiagonal, l: number, m: number): void {
  const n = diagonal.length;
  // The eigenvalue of the leading two by two block that is nearer to its corner (Wilkinson's shift).
  const half = (diagonal[l + 1] - diagonal[l]) / (2 * beside[l]);
  const root = Math.hypot(half, 1);
  let g = diagonal[m] - diagonal[l] + beside[l] / (half + (half < 0 ? -root : root));
  let [sine, cosine, carried] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * beside[i];
    const b = cosine * beside[i];
    const length = Math.hypot(f, g);
    beside[i + 1] = length;
    if (length === 0) {
      // The block has come apart.
      diagonal[i + 1] -= carried;
      beside[m] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    const lifted = diagonal[i + 1] - carried;
    const mixed = (diagonal[i] - lifted) * sine + 2 * cosine * b;
    carried = sine * mixed;
    diagonal[i + 1] = lifted + carried;
    g = cosine * mixed - b;
    const { data } = turn;
    for (let j = 0; j < n; j++) {
      const upper = data[i * n + j];
      const lower = data[(i + 1) * n + j];
      data[(i + 1) * n + j] = sine * upper + cosine * lower;
      data[i * n + j] = cosine * upper - sine * lower;
    }
  }
  diagonal[l] -= carried;
  beside[l] = g;
  beside[m] = 0;
}

/** Makes the tridiagonal matrix diagonal; false if it does not come to an end. */
function diagonalize(t: Tridiagonal): boolean {
  const { diagonal, beside } = t;
  const n = diagonal.length;
  for (let l = 0; l < n; l++) {
    for (let count = 0; ; count++) {
      let m = l;
      while (m < n - 1 && Math.abs(beside[m]) > EPSILON * (Math.abs(diagonal[m]) + Math.abs(diagonal[m + 1]))) m++;
      if (m === l) break;
      if (count === MOST_STEPS) return false;
      step(t, l, m);
    }
  }
  return true;
}

/** The eigenvalues of each matrix, rising, and its eigenvectors as columns; the lower triangle is read. NaN where it is not finite. */
export function eighKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a], place) => {
    const n = a.rows;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a.data[i * n + j] = a.data[j * n + i];
    if (!isFiniteMatrix(a)) return [new Float64Array(n).fill(Number.NaN), new Float64Array(n * n).fill(Number.NaN)];
    const unit = scaleOf(a);
    for (let i = 0; i < a.data.length; i++) a.data[i] /= unit;
    const t = tridiagonal(a);
    if (!diagonalize(t)) throw matrixError('eigh', place, 'has eigenvalues that no steps separate');
    const order = Array.from(t.diagonal.keys()).sort((i, j) => t.diagonal[i] - t.diagonal[j] || i - j);
    const sorted = zeroMatrix(n, n);
    order.forEach((from, to) => {
      sorted.data.set(t.turn.data.subarray(from * n, (from + 1) * n), to * n);
    });
    return [Float64Array.from(order, (i) => t.diagonal[i] * unit), transposed(sorted).data];
  });
}

/** `1 / (x[j] - x[i])` in row i and column j, 0 on the diagonal; throws where two numbers of a row are equal within rounding, on behalf of eigh (`owner` 0) or svd (1). */
export function inverseGapsKernel([x]: readonly View[], [y]: readonly View[], { owner }: { owner: number }): void {
  const n = x.shape[x.shape.length - 1];
  const batch = x.shape.slice(0, -1);
  const epsilon = x.dtype === 'float32' ? 2 ** -23 : EPSILON;
  for (let b = 0; b * n < x.size; b++) {
    const row = Array.from(x.data.subarray(b * n, (b + 1) * n));
    const tolerance = epsilon * row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    row.forEach((from, i) => {
      row.forEach((to, j) => {
        if (i !== j && Math.abs(to - from) <= tolerance) {
          const [name, kind] = owner === 0 ? ['eigh', 'eigen'] : ['svd', 'singular '];
          const what = `has ${kind}values too close to tell apart, ${from} and ${to}, so its ${kind}vectors have no gradient`;
          throw matrixError(name, { index: b, batch, shape: x.shape }, what);
        }
        y.data[(b * n + i) * n + j] = i === j ? 0 : 1 / (to - from);
      });
    });
  }
}
