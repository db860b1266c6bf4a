/** What ops take: tensors, variables, numbers, nested arrays and typed arrays, all made tensors. */
import { type DType, floatOf, holds, isComplex, isFloat, partOf, promote, type TypedArray } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkRank, type Shape } from '../core/shape.ts';
import { Tensor, tensorOf } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { castTo } from './cast.ts';

/** Values nested in arrays as deep as a tensor has axes. */
export type NestedValues = number | boolean | readonly NestedValues[] | TypedArray;

/** What every op accepts in place of a tensor. */
export type TensorLike = Tensor | Variable | NestedValues | AnyTypedArray;

/** Any of JavaScript's number arrays. */
export type AnyTypedArray = TypedArray | Int8Array | Uint8ClampedArray | Int16Array | Uint16Array | Uint32Array;

/** By the name of the class, which is the same in every realm: test runners and `node:vm` have classes of their own. */
const ARRAYS: Readonly<Record<string, DType>> = {
  Float64Array: 'float64',
  Float32Array: 'float32',
  Uint32Array: 'float32',
  Int32Array: 'int32',
  Int16Array: 'int32',
  Uint16Array: 'int32',
  Int8Array: 'int32',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
};

/** The dtype that holds a JavaScript array of numbers without loss, as far as there is one. */
export function dtypeOfArray(array: AnyTypedArray): DType {
  return ARRAYS[array[Symbol.toStringTag]];
}

/** True for a view of numbers (not a DataView, not 64-bit integers). */
export function isTypedArray(value: unknown): value is AnyTypedArray {
  return ArrayBuffer.isView(value) && Object.hasOwn(ARRAYS, (value as AnyTypedArray)[Symbol.toStringTag]);
}

/** The shape of nested arrays, their values in row-major order and their natural dtype; refuses ragged ones. */
export function flattenNested(owner: string, nested: NestedValues | AnyTypedArray): { shape: number[]; values: number[]; dtype: DType } {
  const shape: number[] = [];
  for (let level: unknown = nested; Array.isArray(level) || isTypedArray(level); level = level[0]) {
    shape.push(level.length);
    // At once: an array may lie within itself.
    checkRank(owner, shape);
  }
  const values: number[] = [];
  let booleans = 0;
  const walk = (level: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof level === 'boolean') booleans++;
      else if (typeof level !== 'number') {
        if (Array.isArray(level) || isTypedArray(level))
          throw new ShapeError(`${owner}: nested arrays are deeper in some places than in others`);
        throw new ArgumentError(`${owner}: values must be numbers or booleans; received ${show(level)}`);
      }
      values.push(Number(level));
      return;
    }
    if (!Array.isArray(level) && !isTypedArray(level))
      throw new ShapeError(`${owner}: nested arrays are deeper in some places than in others`);
    if (level.length !== shape[depth]) {
      throw new ShapeError(`${owner}: nested arrays are ragged at depth ${depth}; lengths ${shape[depth]} and ${level.length}`);
    }
    for (const entry of level) walk(entry, depth + 1);
  };
  walk(nested, 0);
  return { shape, values, dtype: booleans > 0 && booleans === values.length ? 'bool' : 'float32' };
}

/** `value` as a tensor: itself, a variable's value, or a new one of `dtype` (its natural one unless given). */
export function toTensor(owner: string, value: TensorLike, dtype?: DType): Tensor {
  if (value instanceof Tensor) return value;
  if (value instanceof Variable) return readValue(value);
  if (typeof value === 'number') return tensorOf([value], [], dtype ?? 'float32');
  if (isTypedArray(value)) return tensorOf(value, [value.length], dtype ?? dtypeOfArray(value));
  if (typeof value === 'boolean' || Array.isArray(value)) {
    const { shape, values, dtype: natural } = flattenNested(owner, value);
    return tensorOf(values, checkRank(owner, shape), dtype ?? natural);
  }
  throw new ArgumentError(`${owner}: expected a tensor, variable, number or nested array; received ${show(value)}`);
}

/** The dtype a plain JavaScript number takes beside a tensor: the tensor's own, unless a fraction would be lost or the number is out of its range. */
function weakDType(value: number, beside: DType): DType {
  if (isFloat(beside) || isComplex(beside)) return partOf(beside);
  if (!Number.isInteger(value) || !holds('int32', value)) return floatOf(beside);
  return beside === 'uint8' && holds('uint8', value) ? 'uint8' : 'int32';
}

/** A number that fills up a tensor of `dtype`; an error where it is none, or `dtype` has no such value. */
export function checkValue(owner: string, name: string, value: number | boolean, dtype: DType): number {
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'number' && dtype === 'bool') return number === 0 ? 0 : 1;
  if (typeof number !== 'number' || !holds(dtype, number)) {
    throw new ArgumentError(`${owner}: ${name} must be a number that ${dtype} can hold; received ${show(value)}`);
  }
  return number;
}

/** Two operands as tensors of one dtype; a JavaScript number gives way to the other's dtype. */
export function toPair(owner: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] {
  let left: Tensor;
  let right: Tensor;
  if (typeof b === 'number' && typeof a !== 'number') {
    left = toTensor(owner, a);
    right = toTensor(owner, b, weakDType(b, left.dtype));
  } else if (typeof a === 'number' && typeof b !== 'number') {
    right = toTensor(owner, b);
    left = toTensor(owner, a, weakDType(a, right.dtype));
  } else {
    left = toTensor(owner, a);
    right = toTensor(owner, b);
  }
  if (left.dtype === right.dtype) return [left, right];
  const dtype = promote(left.dtype, right.dtype);
  return [castTo(left, dtype), castTo(right, dtype)];
}

/** `value` as a floating tensor: integers become float32. */
export function toFloat(owner: string, value: TensorLike): Tensor {
  const x = toTensor(owner, value);
  return castTo(x, floatOf(x.dtype));
}

/** Several values as tensors of one dtype. */
export function toTensors(owner: string, values: readonly TensorLike[]): Tensor[] {
  const tensors = values.map((value) => toTensor(owner, value));
  const dtype = tensors.reduce<DType>((best, x) => promote(best, x.dtype), 'bool');
  return tensors.map((x) => castTo(x, dtype));
}

/** A scalar tensor of a given dtype; for constants in gradients. */
export function constant(value: number, dtype: DType, shape: Shape = []): Tensor {
  return tensorOf([value], shape, dtype);
}
