/** Reference loops of ops that move elements and do not change them. */
import type { View } from '../core/op.ts';
import { type Shape, sizeOfShape, stridesOf } from '../core/shape.ts';

/** Copies to `y`, in row-major order, the elements of `x` that lie `steps[axis]` apart from `start` on. */
export function copyStrided(x: View, y: View, start: number, steps: readonly number[]): void {
  const { shape } = y;
  const index = shape.map(() => 0);
  let from = start;
  for (let o = 0; o < y.size; o++) {
    y.data[o] = x.data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      from += steps[axis];
      if (index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** Axis i of the result is axis `perm[i]` of the input. */
export function transposeKernel([x]: readonly View[], [y]: readonly View[], { perm }: { perm: readonly number[] }): void {
  const strides = stridesOf(x.shape);
  copyStrided(
    x,
    y,
    0,
    perm.map((axis) => strides[axis]),
  );
}

/** The block of the result's shape that begins at `begin`. */
export function sliceKernel([x]: readonly View[], [y]: readonly View[], { begin }: { begin: readonly number[] }): void {
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  copyStrided(x, y, start, strides);
}

/** The input with `axes` read backwards. */
export function reverseKernel([x]: readonly View[], [y]: readonly View[], { axes }: { axes: readonly number[] }): void {
  const strides = stridesOf(x.shape);
  const start = x.size === 0 ? 0 : axes.reduce((sum, axis) => sum + (x.shape[axis] - 1) * strides[axis], 0);
  copyStrided(
    x,
    y,
    start,
    strides.map((step, axis) => (axes.includes(axis) ? -step : step)),
  );
}

/** The input amid `value`: `before[axis]` of it come first. */
export function padKernel(
  [x]: readonly View[],
  [y]: readonly View[],
  { before, value }: { before: readonly number[]; value: number },
): void {
  y.data.fill(value);
  const strides = stridesOf(y.shape);
  const { shape } = x;
  const index = shape.map(() => 0);
  let to = before.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  for (let i = 0; i < x.size; i++) {
    y.data[to] = x.data[i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      to += strides[axis];
      if (index[axis] < shape[axis]) break;
      to -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** The inputs one after the other along `axis`. */
export function concatKernel(inputs: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  const row = sizeOfShape(y.shape.slice(axis));
  const rows = sizeOfShape(y.shape.slice(0, axis));
  let start = 0;
  for (const x of inputs) {
    const width = sizeOfShape(x.shape.slice(axis));
    for (let r = 0; r < rows; r++) y.data.set(x.data.subarray(r * width, (r + 1) * width), r * row + start);
    start += width;
  }
}

/** The elements from `axis` on, and those before it, of a shape. */
export function sizesAround(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  return { outer: sizeOfShape(shape.slice(0, axis)), length: shape[axis], inner: sizeOfShape(shape.slice(axis + 1)) };
}

/** What a strided block is described by: its begin and step along each axis. */
export interface Strided {
  readonly begin: readonly number[];
  readonly strides: readonly number[];
}

/** The position of a strided block's first element, and how far apart its elements lie. */
function stridedPlaces(shape: Shape, { begin, strides }: Strided): { start: number; steps: number[] } {
  const apart = stridesOf(shape);
  return { start: begin.reduce((sum, at, axis) => sum + at * apart[axis], 0), steps: strides.map((step, axis) => step * apart[axis]) };
}

/** Every `strides[axis]`-th element from `begin` on. */
export function stridedSliceKernel([x]: readonly View[], [y]: readonly View[], attrs: Strided): void {
  const { start, steps } = stridedPlaces(x.shape, attrs);
  copyStrided(x, y, start, steps);
}

/** Zeros, with the input at every `strides[axis]`-th place from `begin` on. */
export function stridedPlaceKernel([x]: readonly View[], [y]: readonly View[], attrs: Strided): void {
  const { start, steps } = stridedPlaces(y.shape, attrs);
  y.data.fill(0);
  const index = x.shape.map(() => 0);
  let to = start;
  for (let i = 0; i < x.size; i++) {
    y.data[to] = x.data[i];
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      to += steps[axis];
      if (index[axis] < x.shape[axis]) break;
      to -= steps[axis] * x.shape[axis];
      index[axis] = 0;
    }
  }
}
