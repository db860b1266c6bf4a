/** TensorFlow.js's names for tensors of a known number of axes: the general ops, with that number checked. */
import { checkDType, type DType } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkShape, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { tensor } from './creation.ts';
import { concat, pad, slice } from './join.ts';
import { batchNorm } from './normalization.ts';
import { view } from './shape.ts';
import { reverse } from './transpose.ts';

function checkAxes(owner: string, x: Tensor, rank: number): Tensor {
  if (x.rank !== rank) throw new ShapeError(`${owner}: needs ${rank} axes; received ${showShape(x.shape)}`);
  return x;
}

function ranked(owner: string, rank: number, values: TensorLike, shape: Shape | null, dtype?: DType): Tensor {
  if (shape !== null && (!Array.isArray(shape) || shape.length !== rank)) {
    throw new ShapeError(`${owner}: the shape needs ${rank} sizes; received ${show(shape)}`);
  }
  return checkAxes(owner, tensor(values, shape ?? undefined, dtype), rank);
}

/**
 * A copy of `x` that belongs to the caller; the memory is shared, since tensors do not change.
 * @example
 * tf.clone([1, 2]).arraySync(); // [1, 2]
 */
export function clone(x: TensorLike): Tensor {
  return view(toTensor('clone', x));
}

/**
 * Prints a tensor to the console.
 * @example
 * tf.print([1, 2]);
 */
export function print(x: TensorLike): void {
  toTensor('print', x).print();
}

/**
 * A tensor of one axis.
 * @throws ShapeError for values of another number of axes.
 * @example
 * tf.tensor1d([1, 2]).shape; // [2]
 */
export function tensor1d(values: TensorLike, dtype?: DType): Tensor {
  return ranked('tensor1d', 1, values, null, dtype);
}

/**
 * A tensor of two axes, from values nested as deep or from flat ones with a shape.
 * @throws ShapeError for values or a shape of another number of axes.
 * @example
 * tf.tensor2d([1, 2], [1, 2]).shape; // [1, 2]
 */
export function tensor2d(values: TensorLike, shape: Shape | null = null, dtype?: DType): Tensor {
  return ranked('tensor2d', 2, values, shape, dtype);
}

/**
 * A tensor of three axes, from values nested as deep or from flat ones with a shape.
 * @throws ShapeError for values or a shape of another number of axes.
 * @example
 * tf.tensor3d([1, 2], [1, 1, 2]).shape; // [1, 1, 2]
 */
export function tensor3d(values: TensorLike, shape: Shape | null = null, dtype?: DType): Tensor {
  return ranked('tensor3d', 3, values, shape, dtype);
}

/**
 * A tensor of four axes, from values nested as deep or from flat ones with a shape.
 * @throws ShapeError for values or a shape of another number of axes.
 * @example
 * tf.tensor4d([1, 2], [1, 1, 1, 2]).shape; // [1, 1, 1, 2]
 */
export function tensor4d(values: TensorLike, shape: Shape | null = null, dtype?: DType): Tensor {
  return ranked('tensor4d', 4, values, shape, dtype);
}

/**
 * A tensor of five axes, from values nested as deep or from flat ones with a shape.
 * @throws ShapeError for values or a shape of another number of axes.
 * @example
 * tf.tensor5d([1, 2], [1, 1, 1, 1, 2]).shape; // [1, 1, 1, 1, 2]
 */
export function tensor5d(values: TensorLike, shape: Shape | null = null, dtype?: DType): Tensor {
  return ranked('tensor5d', 5, values, shape, dtype);
}

/**
 * A tensor of six axes, from values nested as deep or from flat ones with a shape.
 * @throws ShapeError for values or a shape of another number of axes.
 * @example
 * tf.tensor6d([1, 2], [1, 1, 1, 1, 1, 2]).shape; // [1, 1, 1, 1, 1, 2]
 */
export function tensor6d(values: TensorLike, shape: Shape | null = null, dtype?: DType): Tensor {
  return ranked('tensor6d', 6, values, shape, dtype);
}

/**
 * `concat` of tensors of one axis.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.concat1d([[1], [2]]).arraySync(); // [1, 2]
 */
export function concat1d(tensors: readonly TensorLike[]): Tensor {
  return checkAxes('concat1d', concat(tensors), 1);
}

/**
 * `concat` of tensors of two axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.concat2d([[[1]], [[2]]], 1).arraySync(); // [[1, 2]]
 */
export function concat2d(tensors: readonly TensorLike[], axis = 0): Tensor {
  return checkAxes('concat2d', concat(tensors, axis), 2);
}

/**
 * `concat` of tensors of three axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.concat3d([[[[1]]], [[[2]]]], 2).arraySync(); // [[[1, 2]]]
 */
export function concat3d(tensors: readonly TensorLike[], axis = 0): Tensor {
  return checkAxes('concat3d', concat(tensors, axis), 3);
}

/**
 * `concat` of tensors of four axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.concat4d([[[[[1]]]], [[[[2]]]]], 3).arraySync(); // [[[[1, 2]]]]
 */
export function concat4d(tensors: readonly TensorLike[], axis = 0): Tensor {
  return checkAxes('concat4d', concat(tensors, axis), 4);
}

/**
 * `slice` of a tensor of one axis.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.slice1d([1, 2, 3], 1, 1).arraySync(); // [2]
 */
export function slice1d(x: TensorLike, begin: number, size: number): Tensor {
  return slice(checkAxes('slice1d', toTensor('slice1d', x), 1), begin, size);
}

/**
 * `slice` of a tensor of two axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.slice2d([[1, 2, 3]], [0, 1], [1, 1]).arraySync(); // [[2]]
 */
export function slice2d(x: TensorLike, begin: readonly number[], size: readonly number[]): Tensor {
  return slice(checkAxes('slice2d', toTensor('slice2d', x), 2), begin, size);
}

/**
 * `slice` of a tensor of three axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.slice3d([[[1, 2, 3]]], [0, 0, 1], [1, 1, 1]).arraySync(); // [[[2]]]
 */
export function slice3d(x: TensorLike, begin: readonly number[], size: readonly number[]): Tensor {
  return slice(checkAxes('slice3d', toTensor('slice3d', x), 3), begin, size);
}

/**
 * `slice` of a tensor of four axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.slice4d([[[[1, 2, 3]]]], [0, 0, 0, 1], [1, 1, 1, 1]).arraySync(); // [[[[2]]]]
 */
export function slice4d(x: TensorLike, begin: readonly number[], size: readonly number[]): Tensor {
  return slice(checkAxes('slice4d', toTensor('slice4d', x), 4), begin, size);
}

/**
 * `reverse` of a tensor of one axis.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.reverse1d([1, 2]).arraySync(); // [2, 1]
 */
export function reverse1d(x: TensorLike): Tensor {
  return reverse(checkAxes('reverse1d', toTensor('reverse1d', x), 1));
}

/**
 * `reverse` of a tensor of two axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.reverse2d([[1, 2]]).arraySync(); // [[2, 1]]
 */
export function reverse2d(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  return reverse(checkAxes('reverse2d', toTensor('reverse2d', x), 2), axis);
}

/**
 * `reverse` of a tensor of three axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.reverse3d([[[1, 2]]]).arraySync(); // [[[2, 1]]]
 */
export function reverse3d(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  return reverse(checkAxes('reverse3d', toTensor('reverse3d', x), 3), axis);
}

/**
 * `reverse` of a tensor of four axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.reverse4d([[[[1, 2]]]]).arraySync(); // [[[[2, 1]]]]
 */
export function reverse4d(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  return reverse(checkAxes('reverse4d', toTensor('reverse4d', x), 4), axis);
}

/**
 * `pad` of a tensor of one axis, with one pair.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.pad1d([1], [0, 1], 9).arraySync(); // [1, 9]
 */
export function pad1d(x: TensorLike, paddings: readonly [number, number], value = 0): Tensor {
  return pad(checkAxes('pad1d', toTensor('pad1d', x), 1), [paddings], value);
}

/**
 * `pad` of a tensor of two axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.pad2d([[1]], [[0, 0], [0, 1]], 9).arraySync(); // [[1, 9]]
 */
export function pad2d(x: TensorLike, paddings: readonly (readonly [number, number])[], value = 0): Tensor {
  return pad(checkAxes('pad2d', toTensor('pad2d', x), 2), paddings, value);
}

/**
 * `pad` of a tensor of three axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.pad3d([[[1]]], [[0, 0], [0, 0], [0, 1]], 9).arraySync(); // [[[1, 9]]]
 */
export function pad3d(x: TensorLike, paddings: readonly (readonly [number, number])[], value = 0): Tensor {
  return pad(checkAxes('pad3d', toTensor('pad3d', x), 3), paddings, value);
}

/**
 * `pad` of a tensor of four axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.pad4d([[[[1]]]], [[0, 0], [0, 0], [0, 0], [0, 1]], 9).arraySync(); // [[[[1, 9]]]]
 */
export function pad4d(x: TensorLike, paddings: readonly (readonly [number, number])[], value = 0): Tensor {
  return pad(checkAxes('pad4d', toTensor('pad4d', x), 4), paddings, value);
}

/**
 * A tensor of what a function gives, called once for each element.
 * @throws ArgumentError for what is no function.
 * @example
 * tf.rand([2, 2], () => 7).arraySync(); // [[7, 7], [7, 7]]
 */
export function rand(shape: Shape, randFunction: () => number, dtype: DType = 'float32'): Tensor {
  if (typeof randFunction !== 'function') throw new ArgumentError(`rand: expected a function; received ${show(randFunction)}`);
  const checked = checkShape('rand', shape);
  return tensorOf(
    Array.from({ length: sizeOfShape(checked) }, () => randFunction()),
    checked,
    checkDType('rand', dtype),
  );
}

/**
 * `batchNorm` of a tensor of two axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.batchNorm2d([[1, 10], [3, 30]], [2, 20], [1, 100], null, null, 0).arraySync(); // [[-1, -1], [1, 1]]
 */
export function batchNorm2d(
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  offset: TensorLike | null = null,
  scale: TensorLike | null = null,
  varianceEpsilon = 1e-3,
): Tensor {
  return batchNorm(checkAxes('batchNorm2d', toTensor('batchNorm2d', x), 2), mean, variance, offset, scale, varianceEpsilon);
}

/**
 * `batchNorm` of a tensor of three axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.batchNorm3d([[[1, 10], [3, 30]]], [2, 20], [1, 100], null, null, 0).arraySync(); // [[[-1, -1], [1, 1]]]
 */
export function batchNorm3d(
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  offset: TensorLike | null = null,
  scale: TensorLike | null = null,
  varianceEpsilon = 1e-3,
): Tensor {
  return batchNorm(checkAxes('batchNorm3d', toTensor('batchNorm3d', x), 3), mean, variance, offset, scale, varianceEpsilon);
}

/**
 * `batchNorm` of a tensor of four axes.
 * @throws ShapeError for another number of axes.
 * @example
 * tf.batchNorm4d([[[[1, 10], [3, 30]]]], [2, 20], [1, 100], null, null, 0).arraySync(); // [[[[-1, -1], [1, 1]]]]
 */
export function batchNorm4d(
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  offset: TensorLike | null = null,
  scale: TensorLike | null = null,
  varianceEpsilon = 1e-3,
): Tensor {
  return batchNorm(checkAxes('batchNorm4d', toTensor('batchNorm4d', x), 4), mean, variance, offset, scale, varianceEpsilon);
}
