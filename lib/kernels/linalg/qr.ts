/** Orthogonal factors by Householder reflections. */
import type { View } from '../../core/op.ts';
import { forEachMatrix, identityMatrix, lengthOf, type Matrix, zeroMatrix } from './matrices.ts';

/** Applies I - scale v v' from the left to the columns of `a` from `first` on; v begins in row `begin`. */
function reflect(a: Matrix, v: Float64Array, scale: number, begin: number, first: number): void {
  const { rows, columns, data } = a;
  const sums = new Float64Array(columns);
  for (let i = begin; i < rows; i++) {
    const factor = v[i - begin];
    for (let j = first; j < columns; j++) sums[j] += factor * data[i * columns + j];
  }
  for (let i = begin; i < rows; i++) {
    const factor = scale * v[i - begin];
    for (let j = first; j < columns; j++) data[i * columns + j] -= factor * sums[j];
  }
}

/** `a = q r` with `size` columns of q; as in LAPACK, r has the signs that the reflections give it. `a` is overwritten. */
export function factorQr(a: Matrix, size: number): { q: Matrix; r: Matrix } {
  const { rows, columns, data } = a;
  const steps = Math.min(rows, columns);
  const reflections: { v: Float64Array; scale: number }[] = [];
  for (let k = 0; k < steps; k++) {
    const v = Float64Array.from({ length: rows - k }, (_, i) => data[(k + i) * columns + k]);
    const below = lengthOf(v.subarray(1));
    const alpha = v[0];
    // A column that is 0 below the diagonal stays, and so does its sign.
    if (below === 0) {
      reflections.push({ v, scale: 0 });
      continue;
    }
    const beta = alpha > 0 ? -Math.hypot(alpha, below) : Math.hypot(alpha, below);
    for (let i = 1; i < v.length; i++) v[i] /= alpha - beta;
    v[0] = 1;
    const scale = (beta - alpha) / beta;
    reflect(a, v, scale, k, k + 1);
    data[k * columns + k] = beta;
    for (let i = k + 1; i < rows; i++) data[i * columns + k] = 0;
    reflections.push({ v, scale });
  }
  const q = identityMatrix(rows, size);
  for (let k = steps - 1; k >= 0; k--) {
    const { v, scale } = reflections[k];
    if (scale !== 0) reflect(q, v, scale, k, 0);
  }
  const r = zeroMatrix(size, columns);
  for (let i = 0; i < size; i++) for (let j = i; j < columns; j++) r.data[i * columns + j] = data[i * columns + j];
  return { q, r };
}

/** The factors of each matrix: q with as many columns as its output has. */
export function qrKernel(inputs: readonly View[], outputs: readonly View[]): void {
  const [size] = outputs[0].shape.slice(-1);
  forEachMatrix(inputs, outputs, ([a]) => {
    const { q, r } = factorQr(a, size);
    return [q.data, r.data];
  });
}

/** The columns of `a`, of which the first `known` are orthonormal, with the others replaced so that all are. */
export function completeBasis(a: Matrix, known: number): Matrix {
  const { rows, columns } = a;
  const begin = zeroMatrix(rows, known);
  for (let i = 0; i < rows; i++) for (let j = 0; j < known; j++) begin.data[i * known + j] = a.data[i * columns + j];
  const { q } = factorQr(begin, columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < known; j++) q.data[i * columns + j] = a.data[i * columns + j];
  return q;
}
