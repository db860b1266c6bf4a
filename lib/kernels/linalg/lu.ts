/** Elimination: LU factors with row pivots, triangular systems, Cholesky factors, and what follows from them. */
import type { View } from '../../core/op.ts';
import { forEachMatrix, identityMatrix, type Matrix, matrixError, type Place } from './matrices.ts';

/** The factors of a matrix in one: U on and above the diagonal, L (of unit diagonal) below; row i was exchanged with `pivots[i]`, in order. */
export interface LuFactors {
  readonly lu: Matrix;
  readonly pivots: Int32Array;
  /** -1 after an odd number of exchanges, else 1. */
  readonly sign: number;
  /** Whether a pivot is 0. */
  readonly singular: boolean;
}

function swapRows({ data, columns }: Matrix, a: number, b: number): void {
  for (let j = 0; j < columns; j++) [data[a * columns + j], data[b * columns + j]] = [data[b * columns + j], data[a * columns + j]];
}

/** LU factors with partial pivoting; `a` is overwritten. */
export function factorLu(a: Matrix): LuFactors {
  const { rows, columns, data } = a;
  const pivots = new Int32Array(Math.min(rows, columns));
  let sign = 1;
  let singular = false;
  for (let k = 0; k < pivots.length; k++) {
    let best = k;
    for (let i = k + 1; i < rows; i++) if (Math.abs(data[i * columns + k]) > Math.abs(data[best * columns + k])) best = i;
    pivots[k] = best;
    if (best !== k) {
      swapRows(a, k, best);
      sign = -sign;
    }
    const pivot = data[k * columns + k];
    if (pivot === 0) {
      singular = true;
      continue;
    }
    for (let i = k + 1; i < rows; i++) {
      const factor = data[i * columns + k] / pivot;
      data[i * columns + k] = factor;
      if (factor !== 0) for (let j = k + 1; j < columns; j++) data[i * columns + j] -= factor * data[k * columns + j];
    }
  }
  return { lu: a, pivots, sign, singular };
}

/** Which triangle of a matrix is read, transposed or not, and whether its diagonal counts as ones. */
export interface Triangle {
  readonly lower: boolean;
  readonly adjoint: boolean;
  readonly unit?: boolean;
}

/** Replaces `b` by the solution of `a x = b`, where `a` is triangular with a diagonal free of zeros. */
export function solveTriangle(a: Matrix, b: Matrix, { lower, adjoint, unit = false }: Triangle): void {
  const { rows: n, data } = a;
  const { columns: k, data: x } = b;
  const [down, along] = adjoint ? [1, n] : [n, 1];
  const forward = lower !== adjoint;
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step;
    const [from, to] = forward ? [0, i] : [i + 1, n];
    for (let j = from; j < to; j++) {
      const factor = data[i * down + j * along];
      if (factor !== 0) for (let c = 0; c < k; c++) x[i * k + c] -= factor * x[j * k + c];
    }
    if (!unit) for (let c = 0; c < k; c++) x[i * k + c] /= data[i * n + i];
  }
}

/** Replaces `b` by the solution of `a x = b`, or of `transposed(a) x = b`, from the factors of `a`. */
export function solveLu({ lu, pivots }: LuFactors, b: Matrix, adjoint = false): void {
  if (!adjoint) {
    pivots.forEach((other, i) => {
      if (other !== i) swapRows(b, i, other);
    });
    solveTriangle(lu, b, { lower: true, adjoint: false, unit: true });
    solveTriangle(lu, b, { lower: false, adjoint: false });
    return;
  }
  solveTriangle(lu, b, { lower: false, adjoint: true });
  solveTriangle(lu, b, { lower: true, adjoint: true, unit: true });
  for (let i = pivots.length - 1; i >= 0; i--) if (pivots[i] !== i) swapRows(b, i, pivots[i]);
}

function factorRegular(owner: string, a: Matrix, place: Place): LuFactors {
  const factors = factorLu(a);
  if (factors.singular) throw matrixError(owner, place, 'is singular');
  return factors;
}

/** The factors of each matrix, and its row exchanges. */
export function luFactorKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a]) => {
    const { lu, pivots } = factorLu(a);
    return [lu.data, pivots];
  });
}

/** The rows of each matrix exchanged: row i with `pivots[i]`, in order, or in the opposite order if `adjoint`. */
export function exchangeRowsKernel([x, pivots]: readonly View[], outputs: readonly View[], { adjoint }: { adjoint: boolean }): void {
  const count = pivots.shape[pivots.shape.length - 1];
  forEachMatrix([x], outputs, ([a], { index }) => {
    for (let step = 0; step < count; step++) {
      const i = adjoint ? count - 1 - step : step;
      swapRows(a, i, pivots.data[index * count + i]);
    }
    return [a.data];
  });
}

/** The solution of each system; throws for a singular matrix. */
export function solveKernel(inputs: readonly View[], outputs: readonly View[], { adjoint }: { adjoint: boolean }): void {
  forEachMatrix(inputs, outputs, ([a, b], place) => {
    solveLu(factorRegular('solve', a, place), b, adjoint);
    return [b.data];
  });
}

/** The solution of each triangular system; throws for a zero on the diagonal. */
export function triangularSolveKernel(inputs: readonly View[], outputs: readonly View[], triangle: Triangle): void {
  forEachMatrix(inputs, outputs, ([a, b], place) => {
    for (let i = 0; i < a.rows; i++) {
      if (a.data[i * a.rows + i] === 0) throw matrixError('triangularSolve', place, `is singular: its diagonal is 0 at ${i}`);
    }
    solveTriangle(a, b, triangle);
    return [b.data];
  });
}

/** The inverse of each matrix; throws for a singular one. */
export function invKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a], place) => {
    const inverse = identityMatrix(a.rows);
    solveLu(factorRegular('inv', a, place), inverse);
    return [inverse.data];
  });
}

/** The determinant of a square matrix, which is overwritten. */
export function determinant(a: Matrix): number {
  const { lu, sign } = factorLu(a);
  let det = sign;
  for (let i = 0; i < lu.rows; i++) det *= lu.data[i * lu.rows + i];
  return det;
}

/** The determinant of each matrix. */
export function detKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a]) => [[determinant(a)]]);
}

/** The sign of each determinant, and the logarithm of its magnitude. */
export function slogdetKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a]) => {
    const { lu, sign } = factorLu(a);
    let [total, magnitude] = [sign, 0];
    for (let i = 0; i < lu.rows; i++) {
      total *= Math.sign(lu.data[i * lu.rows + i]);
      magnitude += Math.log(Math.abs(lu.data[i * lu.rows + i]));
    }
    return [[total], [magnitude]];
  });
}

/** The Cholesky factor of each matrix, of which the lower triangle is read; throws where a pivot is not positive. */
export function choleskyKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a], place) => {
    const { rows: n, data } = a;
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let rest = data[i * n + j];
        for (let k = 0; k < j; k++) rest -= data[i * n + k] * data[j * n + k];
        if (i > j) data[i * n + j] = rest / data[j * n + j];
        else if (rest <= 0) throw matrixError('cholesky', place, `is not positive definite: its leading minor of order ${j + 1} is not`);
        else data[j * n + j] = Math.sqrt(rest);
      }
      for (let i = 0; i < j; i++) data[i * n + j] = 0;
    }
    return [data];
  });
}
