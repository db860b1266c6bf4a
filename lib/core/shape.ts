/** Shapes: sizes, strides, axes and broadcasting, and the errors they raise. */
import { ArgumentError, checkList, ShapeError, show } from './errors.ts';

/** The size of each axis of a tensor; `[]` is a scalar. */
export type Shape = readonly number[];

/** The most axes a tensor may have; the native kernels hold their dimensions on the stack. */
export const MAX_RANK = 8;

/** The number of elements of a shape. */
export function sizeOfShape(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** A shape as errors print it: `[2,3]`. */
export function showShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((d) => (d === null ? 'null' : d)).join(',')}]`;
}

/** True if both shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Checks a shape that came from a user: whole non-negative sizes, at most 8 axes. */
export function checkShape(owner: string, shape: unknown): Shape {
  // A copy, since `every` would step over holes.
  if (!Array.isArray(shape) || ![...shape].every((d) => Number.isSafeInteger(d) && d >= 0)) {
    throw new ShapeError(`${owner}: a shape is a list of whole numbers >= 0; received ${show(shape)}`);
  }
  return [...checkRank(owner, shape)];
}

/** `shape` itself; an error where it has more than 8 axes or too many elements, even if only for want of an axis of size 0. */
export function checkRank(owner: string, shape: Shape): Shape {
  if (shape.length > MAX_RANK) throw new ShapeError(`${owner}: at most ${MAX_RANK} axes; received ${showShape(shape)}`);
  if (!Number.isSafeInteger(shape.reduce((size, d) => size * Math.max(1, d), 1))) {
    throw new ShapeError(`${owner}: too many elements; received ${showShape(shape)}`);
  }
  return shape;
}

/** The shape that `a` and `b` broadcast to, by NumPy's rule. */
export function broadcastShapes(owner: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const da = i < rank - a.length ? 1 : a[i - (rank - a.length)];
    const db = i < rank - b.length ? 1 : b[i - (rank - b.length)];
    if (da !== db && da !== 1 && db !== 1) {
      throw new ShapeError(`${owner}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast; axis ${i - rank} is ${da} and ${db}`);
    }
    shape[i] = da === 1 ? db : da;
  }
  return shape;
}

/** One axis as a number from 0 to rank - 1; negative counts from the end. */
export function normalizeAxis(owner: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ArgumentError(`${owner}: axis must be a whole number from ${-rank} to ${rank - 1} for rank ${rank}; received ${show(axis)}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes sorted and free of repeats; all of them where none are given. */
export function normalizeAxes(owner: string, axes: number | readonly number[] | null | undefined, rank: number): readonly number[] {
  if (axes === null || axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : checkList(owner, 'axis', axes)).map((axis) => normalizeAxis(owner, axis, rank));
  if (new Set(list).size !== list.length) {
    throw new ArgumentError(`${owner}: an axis is named twice; received ${show(axes)}`);
  }
  return list.sort((a, b) => a - b);
}

/** The shape after reducing `axes`, which are kept with size 1 or dropped. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  if (keepDims) return shape.map((d, i) => (axes.includes(i) ? 1 : d));
  return shape.filter((_, i) => !axes.includes(i));
}
