/** Ops whose results have shapes that depend on values: they cannot be traced. */
import type { TypedArray } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { normalizeAxis, sameShape, showShape, sizeOfShape, stridesOf } from '../core/shape.ts';
import { isSymbolic, isTraced, type Tensor, tensorOf, valuesOf } from '../core/tensor.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { gather } from './indexing.ts';
import { stack } from './join.ts';
import { reshape } from './shape.ts';
import { transpose } from './transpose.ts';

/** The values of a tensor, which the shape of a result depends on. */
export function neededValues(owner: string, x: Tensor): TypedArray {
  if (isTraced(x) || isSymbolic(x)) {
    throw new ArgumentError(
      `${owner}: the shape of its result depends on values, which are not there while a function is traced or a model is drawn; shape ${showShape(x.shape)}`,
    );
  }
  return valuesOf(x);
}

/** Where elements are not 0, as positions in row-major order. */
function truePositions(owner: string, x: Tensor): number[] {
  const values = neededValues(owner, x);
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) found.push(i);
  return found;
}

/** Whole numbers as an int32 tensor of one axis. */
function int32(values: readonly number[]): Tensor {
  return tensorOf(values, [values.length], 'int32');
}

/**
 * For each axis the places (int32) along it of all elements that are not 0, in row-major order.
 * @throws ArgumentError while a function is traced.
 * @example
 * tf.nonzero([[0, 3], [4, 0]]).map((places) => places.arraySync()); // [[0, 1], [1, 0]]
 */
export function nonzero(x: TensorLike): Tensor[] {
  const input = toTensor('nonzero', x);
  const found = truePositions('nonzero', input);
  return stridesOf(input.shape).map((stride, axis) => int32(found.map((at) => Math.floor(at / stride) % input.shape[axis])));
}

/**
 * A promise of the places (int32) of all elements that are not 0: a row with a number for each axis for each of them.
 * @throws ArgumentError while a function is traced.
 * @example
 * (await tf.whereAsync([[false, true], [true, false]])).arraySync(); // [[0, 1], [1, 0]]
 */
export async function whereAsync(condition: TensorLike): Promise<Tensor> {
  const input = toTensor('whereAsync', condition);
  const places = nonzero(input);
  return places.length === 0 ? tensorOf([], [truePositions('whereAsync', input).length, 0], 'int32') : stack(places, 1);
}

/**
 * The slices of `x` for which `mask` is true: the axes of `mask` are those of `x` from `axis` on, and become one.
 * @throws ShapeError for a mask of another shape; ArgumentError while a function is traced.
 * @example
 * tf.booleanMask([[1, 2], [3, 4], [5, 6]], [true, false, true]).arraySync(); // [[1, 2], [5, 6]]
 */
export function booleanMask(x: TensorLike, mask: TensorLike, axis = 0): Tensor {
  const [input, chosen] = [toTensor('booleanMask', x), toTensor('booleanMask', mask)];
  const at = normalizeAxis('booleanMask', axis, input.rank);
  const masked = input.shape.slice(at, at + chosen.rank);
  if (chosen.rank === 0 || !sameShape(masked, chosen.shape)) {
    throw new ShapeError(
      `booleanMask: a mask of shape ${showShape(chosen.shape)} does not fit shape ${showShape(input.shape)} from axis ${at} on`,
    );
  }
  const joined = reshape(input, input.shape.toSpliced(at, chosen.rank, sizeOfShape(masked)));
  return gather(joined, int32(truePositions('booleanMask', chosen)), at);
}

/**
 * A promise of `booleanMask(x, mask, axis)`.
 * @example
 * (await tf.booleanMaskAsync([1, 2, 3], [true, false, true])).arraySync(); // [1, 3]
 */
export async function booleanMaskAsync(x: TensorLike, mask: TensorLike, axis = 0): Promise<Tensor> {
  return booleanMask(x, mask, axis);
}

/** The same text for the same elements: -0 is 0 and NaN is NaN. */
function keyOf(values: TypedArray): string {
  return Array.from(values, (value) => value + 0).join();
}

/**
 * The different slices of `x` along `axis`, in the order in which they come first, and for each slice of `x` which of them it is (int32).
 * @throws ArgumentError while a function is traced.
 * @example
 * const { values, indices } = tf.unique([7, 3, 7]);
 * values.arraySync(); // [7, 3]
 * indices.arraySync(); // [0, 1, 0]
 */
export function unique(x: TensorLike, axis = 0): { values: Tensor; indices: Tensor } {
  const input = toTensor('unique', x);
  const at = normalizeAxis('unique', axis, input.rank);
  const rows = input.shape.map((_, i) => i).filter((i) => i !== at);
  const data = neededValues('unique', input.rank === 1 ? input : transpose(input, [at, ...rows]));
  const width = sizeOfShape(rows.map((i) => input.shape[i]));
  const seen = new Map<number | string, number>();
  const firsts: number[] = [];
  const indices = Array.from({ length: input.shape[at] }, (_, i) => {
    const key = width === 1 ? data[i] : keyOf(data.subarray(i * width, (i + 1) * width));
    const known = seen.get(key);
    if (known !== undefined) return known;
    seen.set(key, firsts.length);
    return firsts.push(i) - 1;
  });
  return { values: gather(input, int32(firsts), at), indices: int32(indices) };
}

/**
 * A promise of the elements of `x` that are not in `y`, in their order, and their places in `x` (int32).
 * @throws ShapeError unless both have one axis; ArgumentError while a function is traced.
 * @example
 * const [values, indices] = await tf.setdiff1dAsync([1, 2, 3, 2], [2]);
 * values.arraySync(); // [1, 3]
 * indices.arraySync(); // [0, 2]
 */
export async function setdiff1dAsync(x: TensorLike, y: TensorLike): Promise<[values: Tensor, indices: Tensor]> {
  const [input, taken] = [toTensor('setdiff1dAsync', x), toTensor('setdiff1dAsync', y)];
  if (input.rank !== 1 || taken.rank !== 1) {
    throw new ShapeError(`setdiff1dAsync: x and y need 1 axis; received ${showShape(input.shape)} and ${showShape(taken.shape)}`);
  }
  const known = new Set(neededValues('setdiff1dAsync', taken));
  const kept: number[] = [];
  neededValues('setdiff1dAsync', input).forEach((value, i) => {
    if (!known.has(value)) kept.push(i);
  });
  const indices = int32(kept);
  return [gather(input, indices), indices];
}
