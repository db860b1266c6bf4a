/** Tensors from values, and tensors of a constant. */
import { checkDType, codeOf, type DType, dtypes, holds, isComplex, isFloat, partOf } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { checkShape, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import { Tensor, tensorOf } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import { cast } from './cast.ts';
import { toComplex } from './complex.ts';
import { dtypeOfArray, flattenNested, isTypedArray, type TensorLike, toTensor } from './convert.ts';
import { reshape } from './shape.ts';

/**
 * A tensor of the given values: nested arrays, or a flat or typed array with a shape. Values are copied. The dtype is float32 unless the values
 * are truth values or a typed array that says otherwise.
 * @throws ShapeError for ragged arrays or a shape that does not fit; ArgumentError for values that an integer dtype cannot hold.
 * @example
 * tf.tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tf.tensor(new Int32Array([1, 2, 3, 4]), [2, 2]).dtype; // 'int32'
 */
export function tensor(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  if (dtype !== undefined) checkDType('tensor', dtype);
  const target = shape === undefined ? undefined : checkShape('tensor', shape);
  if (values instanceof Tensor || values instanceof Variable) {
    const x = cast(values, dtype ?? values.dtype);
    if (target === undefined) return x;
    if (sizeOfShape(target) !== x.size) throw new ShapeError(`tensor: ${x.size} values cannot fill shape ${showShape(target)}`);
    return reshape(x, target);
  }
  const source = isTypedArray(values)
    ? { values: values as ArrayLike<number>, shape: [values.length], dtype: dtypeOfArray(values) }
    : flattenNested('tensor', values);
  const found = checkShape('tensor', source.shape);
  const size = sizeOfShape(found);
  if (target !== undefined && sizeOfShape(target) !== size) {
    throw new ShapeError(`tensor: ${size} values cannot fill shape ${showShape(target)}`);
  }
  const wanted = dtype ?? source.dtype;
  if (!isFloat(wanted) && wanted !== 'bool' && (source.dtype === 'float32' || source.dtype === 'float64'))
    checkIntegers(source.values, wanted);
  return tensorOf(source.values, target ?? found, wanted);
}

function checkIntegers(values: ArrayLike<number>, dtype: DType): void {
  for (let i = 0; i < values.length; i++) {
    if (!holds(dtype, values[i])) throw new ArgumentError(`tensor: ${values[i]} at position ${i} has no ${dtype} value`);
  }
}

/**
 * A tensor without axes.
 * @example
 * tf.scalar(3).shape; // []
 */
export function scalar(value: number | boolean, dtype?: DType): Tensor {
  return tensor(value, [], dtype);
}

const fillOp: Op<{ shape: Shape; value: number; dtype: number }> = declare<{ shape: Shape; value: number; dtype: number }>({
  name: 'fill',
  attrs: ['shape', 'value', 'dtype'],
  infer: (_, { shape, dtype }) => [{ shape, dtype: dtypes[dtype] }],
  kernel(_, [y], { value }) {
    y.data.fill(y.dtype === 'bool' ? Number(value !== 0) : value);
  },
  saves: [],
  grad: 'none',
});

/**
 * A tensor with every element `value`.
 * @example
 * tf.fill([2], 7).arraySync(); // [7, 7]
 */
export function fill(shape: Shape, value: number, dtype: DType = 'float32'): Tensor {
  if (typeof value !== 'number') throw new ArgumentError(`fill: value must be a number; received ${String(value)}`);
  if (isComplex(dtype)) return toComplex(fill(shape, value, partOf(dtype)), dtype);
  const checked = { shape: checkShape('fill', shape), value, dtype: codeOf(checkDType('fill', dtype)) };
  if (dtype === 'int32' || dtype === 'uint8') checkIntegers([value], dtype);
  return apply(fillOp, [], checked)[0];
}

/**
 * A tensor of zeros.
 * @example
 * tf.zeros([2, 2]).arraySync(); // [[0, 0], [0, 0]]
 */
export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return fill(shape, 0, dtype);
}

/**
 * A tensor of ones.
 * @example
 * tf.ones([2]).arraySync(); // [1, 1]
 */
export function ones(shape: Shape, dtype: DType = 'float32'): Tensor {
  return fill(shape, 1, dtype);
}

/**
 * Zeros of the shape and dtype of `x`.
 * @example
 * tf.zerosLike([1, 2]).arraySync(); // [0, 0]
 */
export function zerosLike(x: TensorLike): Tensor {
  const { shape, dtype } = x instanceof Variable ? x : toTensor('zerosLike', x);
  return fill(shape, 0, dtype);
}

/**
 * Ones of the shape and dtype of `x`.
 * @example
 * tf.onesLike([1, 2]).arraySync(); // [1, 1]
 */
export function onesLike(x: TensorLike): Tensor {
  const { shape, dtype } = x instanceof Variable ? x : toTensor('onesLike', x);
  return fill(shape, 1, dtype);
}
