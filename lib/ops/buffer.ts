/** A tensor in the making: elements are set one by one, then it is made. */
import { arrayOf, checkDType, type DType, holds, isFloat, type TypedArray } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkShape, type Shape, showShape, sizeOfShape, stridesOf } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { isTypedArray } from './convert.ts';

/**
 * Elements that can be read and written by their place, and made a tensor.
 * @example
 * const cells = tf.buffer([2, 2]);
 * cells.set(3, 0, 1);
 * cells.toTensor().arraySync(); // [[0, 3], [0, 0]]
 */
export class TensorBuffer {
  /** The size of each axis. */
  readonly shape: Shape;
  /** The type of the elements. */
  readonly dtype: DType;
  /** The elements in row-major order. */
  readonly values: TypedArray;
  readonly #strides: readonly number[];

  /** Made by `tf.buffer`. */
  constructor(shape: Shape, dtype: DType, values: TypedArray) {
    this.shape = shape;
    this.dtype = dtype;
    this.values = values;
    this.#strides = stridesOf(shape);
  }

  /** The number of elements. */
  get size(): number {
    return this.values.length;
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  #offset(place: readonly number[]): number {
    if (place.length !== this.rank || !place.every((at, axis) => Number.isInteger(at) && at >= 0 && at < this.shape[axis])) {
      throw new ArgumentError(`buffer: no element at ${show(place)}; shape ${showShape(this.shape)}`);
    }
    return place.reduce((sum, at, axis) => sum + at * this.#strides[axis], 0);
  }

  /** The element at a place, one number for each axis. */
  get(...place: readonly number[]): number {
    return this.values[this.#offset(place)];
  }

  /** Writes the element at a place, one number for each axis. */
  set(value: number | boolean, ...place: readonly number[]): void {
    const number = Number(value);
    if (!isFloat(this.dtype) && this.dtype !== 'bool' && !holds(this.dtype, number)) {
      throw new ArgumentError(`buffer: ${show(value)} has no ${this.dtype} value`);
    }
    this.values[this.#offset(place)] = this.dtype === 'bool' ? Number(number !== 0) : number;
  }

  /** A tensor with a copy of the elements. */
  toTensor(): Tensor {
    return tensorOf(this.values, [...this.shape], this.dtype);
  }
}

/**
 * Elements to be set one by one: zeros, or a copy of `values`.
 * @throws ShapeError if `values` do not fill `shape`; ArgumentError for what are no numbers.
 * @example
 * tf.buffer([2], 'int32', [5, 6]).get(1); // 6
 */
export function buffer(shape: Shape, dtype: DType = 'float32', values?: ArrayLike<number>): TensorBuffer {
  const checked = checkShape('buffer', shape);
  const data = arrayOf(checkDType('buffer', dtype), sizeOfShape(checked));
  if (values !== undefined) {
    if (!Array.isArray(values) && !isTypedArray(values)) {
      throw new ArgumentError(`buffer: values must be a list of numbers; received ${show(values)}`);
    }
    if (values.length !== data.length) throw new ShapeError(`buffer: ${values.length} values cannot fill shape ${showShape(checked)}`);
    if (dtype === 'bool') data.set(Array.from(values, (value) => Number(value !== 0)));
    else data.set(values);
  }
  return new TensorBuffer(checked, dtype, data);
}
