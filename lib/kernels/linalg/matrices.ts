/** Batches of matrices as kernels of linear algebra walk over them, each matrix copied to doubles. */
import { ArgumentError } from '../../core/errors.ts';
import type { View } from '../../core/op.ts';
import { broadcastShapes, type Shape, showShape } from '../../core/shape.ts';
import { forEachBroadcast } from '../elementwise.ts';

/** A matrix of doubles in row-major order. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Where a matrix stands in its batch: what errors name. */
export interface Place {
  readonly index: number;
  readonly batch: Shape;
  readonly shape: Shape;
}

/** A matrix of zeros. */
export function zeroMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** A matrix with ones on its diagonal. */
export function identityMatrix(rows: number, columns = rows): Matrix {
  const matrix = zeroMatrix(rows, columns);
  for (let i = 0; i < Math.min(rows, columns); i++) matrix.data[i * columns + i] = 1;
  return matrix;
}

/** A matrix with rows and columns exchanged. */
export function transposed({ rows, columns, data }: Matrix): Matrix {
  const turned = zeroMatrix(columns, rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned.data[j * rows + i] = data[i * columns + j];
  return turned;
}

/** The product `a b`. */
export function product(a: Matrix, b: Matrix): Matrix {
  const c = zeroMatrix(a.rows, b.columns);
  const n = b.columns;
  const [left, right, sums] = [a.data, b.data, c.data];
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = left[i * a.columns + k];
      for (let j = 0, from = k * n, to = i * n; j < n; j++) sums[to + j] += factor * right[from + j];
    }
  }
  return c;
}

/** The Euclidean length of a row of numbers, without overflow. */
export function lengthOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (const value of values) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** The greatest magnitude of an element, or 1 if all are 0: what a matrix is divided by before squares are taken. */
export function scaleOf({ data }: Matrix): number {
  let largest = 0;
  for (const value of data) largest = Math.max(largest, Math.abs(value));
  return largest > 0 ? largest : 1;
}

/** True if every element is a finite number. */
export function isFiniteMatrix({ data }: Matrix): boolean {
  return data.every(Number.isFinite);
}

/** Visits each matrix of a batch, whose leading axes broadcast; what `visit` returns is written to the outputs, one after the other. */
export function forEachMatrix(
  inputs: readonly View[],
  outputs: readonly View[],
  visit: (matrices: readonly Matrix[], place: Place) => readonly ArrayLike<number>[],
): void {
  const batches = inputs.map(({ shape }) => shape.slice(0, -2));
  const batch = batches.reduce<Shape>((a, b) => broadcastShapes('linalg', a, b), []);
  forEachBroadcast(batch, batches, (index, positions) => {
    const matrices = inputs.map(({ shape, data }, n) => {
      const [rows, columns] = shape.slice(-2);
      const begin = positions[n] * rows * columns;
      return { rows, columns, data: Float64Array.from(data.subarray(begin, begin + rows * columns)) };
    });
    const results = visit(matrices, { index, batch, shape: inputs[0].shape });
    results.forEach((values, n) => {
      outputs[n].data.set(values, index * values.length);
    });
  });
}

/** The error about one matrix of a batch: `solve: matrix [1] of the batch is singular; shape [2,3,3]`. */
export function matrixError(owner: string, { index, batch, shape }: Place, what: string): ArgumentError {
  let rest = index;
  const position = batch.map(() => 0);
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    position[axis] = rest % batch[axis];
    rest = Math.floor(rest / batch[axis]);
  }
  const name = batch.length === 0 ? 'the matrix' : `matrix ${showShape(position)} of the batch`;
  return new ArgumentError(`${owner}: ${name} ${what}; shape ${showShape(shape)}`);
}
