/** NumPy's ways to put tensors side by side and to cut them apart, and matrices of a rule. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { normalizeAxis, showShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { pow } from './arithmetic.ts';
import { type TensorLike, toFloat, toTensor, toTensors } from './convert.ts';
import { ones } from './creation.ts';
import { tril } from './diagonal.ts';
import { concat, split } from './join.ts';
import { checkCount } from './ranges.ts';
import { reshape } from './shape.ts';
import { expandDims, flatten } from './transpose.ts';

function several(owner: string, tensors: readonly TensorLike[]): Tensor[] {
  if (checkList(owner, 'tensors', tensors).length === 0) throw new ArgumentError(`${owner}: needs a list of tensors; received []`);
  return toTensors(owner, tensors);
}

/**
 * The tensors one after the other along the second axis, vectors along their only one.
 * @throws ShapeError if they differ in another axis; ArgumentError for an empty list.
 * @example
 * tf.hstack([[[1], [2]], [[3], [4]]]).arraySync(); // [[1, 3], [2, 4]]
 */
export function hstack(tensors: readonly TensorLike[]): Tensor {
  const inputs = several('hstack', tensors).map((x) => (x.rank === 0 ? flatten(x) : x));
  return concat(inputs, inputs[0].rank === 1 ? 0 : 1);
}

/**
 * The tensors one below the other along the first axis, vectors as rows.
 * @throws ShapeError if they differ in another axis; ArgumentError for an empty list.
 * @example
 * tf.vstack([[1, 2], [3, 4]]).arraySync(); // [[1, 2], [3, 4]]
 */
export function vstack(tensors: readonly TensorLike[]): Tensor {
  return concat(several('vstack', tensors).map((x) => (x.rank < 2 ? reshape(x, [1, x.size]) : x)));
}

/**
 * The tensors one behind the other along the third axis; vectors and matrices get what they lack of it.
 * @throws ShapeError if they differ in another axis; ArgumentError for an empty list.
 * @example
 * tf.dstack([[1, 2], [3, 4]]).arraySync(); // [[[1, 3], [2, 4]]]
 */
export function dstack(tensors: readonly TensorLike[]): Tensor {
  const inputs = several('dstack', tensors).map((x) => {
    if (x.rank < 2) return reshape(x, [1, x.size, 1]);
    return x.rank === 2 ? expandDims(x, 2) : x;
  });
  return concat(inputs, 2);
}

/**
 * Vectors as the columns of a matrix, beside matrices.
 * @throws ShapeError if their lengths differ; ArgumentError for an empty list.
 * @example
 * tf.columnStack([[1, 2], [3, 4]]).arraySync(); // [[1, 3], [2, 4]]
 */
export function columnStack(tensors: readonly TensorLike[]): Tensor {
  return concat(
    several('columnStack', tensors).map((x) => (x.rank < 2 ? reshape(x, [x.size, 1]) : x)),
    1,
  );
}

/**
 * `b` after `a` along `axis`; without an axis both are flattened.
 * @throws ShapeError if they differ in another axis.
 * @example
 * tf.append([[1], [2]], [3]).arraySync(); // [1, 2, 3]
 */
export function append(a: TensorLike, b: TensorLike, axis: number | null = null): Tensor {
  const [left, right] = toTensors('append', [a, b]);
  return axis === null ? concat([flatten(left), flatten(right)]) : concat([left, right], axis);
}

/**
 * `x` as one axis: NumPy's name for `flatten`.
 * @example
 * tf.ravel([[1, 2], [3, 4]]).arraySync(); // [1, 2, 3, 4]
 */
export function ravel(x: TensorLike): Tensor {
  return flatten(toTensor('ravel', x));
}

/**
 * `x` cut along `axis` into so many parts of nearly equal sizes, the longer ones first, or before each of the positions of a list.
 * @throws ArgumentError for a number of parts that is no whole number >= 1, or positions that do not ascend within the axis.
 * @example
 * tf.arraySplit([1, 2, 3, 4, 5], 3).map((part) => part.arraySync()); // [[1, 2], [3, 4], [5]]
 * tf.arraySplit([1, 2, 3, 4], [1, 3]).map((part) => part.arraySync()); // [[1], [2, 3], [4]]
 */
export function arraySplit(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const input = toTensor('arraySplit', x);
  const along = normalizeAxis('arraySplit', axis, input.rank);
  const length = input.shape[along];
  if (typeof parts === 'number') {
    const count = checkCount('arraySplit', 'parts', parts, 1);
    const longer = length % count;
    const sizes = Array.from({ length: count }, (_, i) => Math.floor(length / count) + (i < longer ? 1 : 0));
    return split(input, sizes, along);
  }
  const places = [0, ...checkList('arraySplit', 'parts', parts), length];
  if (!places.every((at, i) => Number.isInteger(at) && (i === 0 || at >= places[i - 1]))) {
    throw new ArgumentError(`arraySplit: positions must ascend from 0 to ${length}; received ${show(parts)}`);
  }
  return split(
    input,
    places.slice(1).map((at, i) => at - places[i]),
    along,
  );
}

/** `x` cut along an axis into so many parts of one size, or before each of the positions of a list. */
function splitAlong(owner: string, x: TensorLike, parts: number | readonly number[], axis: number, least: number): Tensor[] {
  const input = toTensor(owner, x);
  if (input.rank < least) throw new ShapeError(`${owner}: x needs ${least} axes or more; received ${showShape(input.shape)}`);
  if (typeof parts === 'number' && parts > 0 && input.shape[axis] % parts !== 0) {
    throw new ShapeError(`${owner}: axis ${axis} of ${showShape(input.shape)} does not divide into ${parts} parts of one size`);
  }
  return arraySplit(input, parts, axis);
}

/**
 * `x` cut along the second axis, vectors along their only one: into so many parts of one size, or before each of the positions of a list.
 * @throws ShapeError for a scalar, and where parts would differ in size; ArgumentError for positions that do not ascend within the axis.
 * @example
 * tf.hsplit([[1, 2], [3, 4]], 2).map((part) => part.arraySync()); // [[[1], [3]], [[2], [4]]]
 */
export function hsplit(x: TensorLike, parts: number | readonly number[]): Tensor[] {
  const input = toTensor('hsplit', x);
  return splitAlong('hsplit', input, parts, input.rank === 1 ? 0 : 1, 1);
}

/**
 * `x` cut along the first axis: into so many parts of one size, or before each of the positions of a list.
 * @throws ShapeError for fewer than 2 axes, and where parts would differ in size; ArgumentError for positions that do not ascend within the axis.
 * @example
 * tf.vsplit([[1, 2], [3, 4]], 2).map((part) => part.arraySync()); // [[[1, 2]], [[3, 4]]]
 */
export function vsplit(x: TensorLike, parts: number | readonly number[]): Tensor[] {
  return splitAlong('vsplit', x, parts, 0, 2);
}

/**
 * `x` cut along the third axis: into so many parts of one size, or before each of the positions of a list.
 * @throws ShapeError for fewer than 3 axes, and where parts would differ in size; ArgumentError for positions that do not ascend within the axis.
 * @example
 * tf.dsplit([[[1, 2], [3, 4]]], 2).map((part) => part.arraySync()); // [[[[1], [3]]], [[[2], [4]]]]
 */
export function dsplit(x: TensorLike, parts: number | readonly number[]): Tensor[] {
  return splitAlong('dsplit', x, parts, 2, 3);
}

/**
 * Ones up to the `k`-th diagonal and zeros above it: `numRows` by `numColumns`, as many unless given.
 * @throws ArgumentError for sizes that are no whole numbers >= 0.
 * @example
 * tf.tri(2, 3).arraySync(); // [[1, 0, 0], [1, 1, 0]]
 */
export function tri(numRows: number, numColumns: number | null = null, k = 0, dtype: DType = 'float32'): Tensor {
  return tril(ones([checkCount('tri', 'numRows', numRows), checkCount('tri', 'numColumns', numColumns ?? numRows)], dtype), k);
}

/**
 * The powers of each element of a vector as a row: `n` of them (as many as elements unless given), falling unless `increasing`.
 * @throws ShapeError unless `x` has one axis.
 * @example
 * tf.vander([2, 3], 3).round().arraySync(); // [[4, 2, 1], [9, 3, 1]]
 */
export function vander(x: TensorLike, n: number | null = null, increasing = false): Tensor {
  const input = toFloat('vander', x);
  if (input.rank !== 1) throw new ShapeError(`vander: x needs 1 axis; received ${showShape(input.shape)}`);
  const count = checkCount('vander', 'n', n ?? input.size);
  const powers = Float32Array.from({ length: count }, (_, i) => (increasing ? i : count - 1 - i));
  return pow(expandDims(input, 1), tensorOf(powers, [count], input.dtype));
}
