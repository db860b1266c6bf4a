/** Element types: their names, sizes, typed arrays and how two of them combine. */
import { ArgumentError, nearest, show } from './errors.ts';

/** The types of elements that are pairs of floats: the real part, then the imaginary one. */
export type ComplexDType = 'complex64' | 'complex128';

/** The type of a tensor's elements; `bool` is kept as bytes 0 and 1. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool' | ComplexDType;

/** The JavaScript array that holds a tensor's elements. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** All dtypes that kernels meet; the position of each is its code in the native addon (native/core/dtype.h). Complex tensors come to kernels as the floats they are. */
export const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool'];

const CODES: Readonly<Record<DType, number>> = { float32: 0, float64: 1, int32: 2, uint8: 3, bool: 4, complex64: 5, complex128: 6 };
const SIZES: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1, complex64: 8, complex128: 16 };
/** Which of two dtypes wins: bool < uint8 < int32 < float32 < float64 < complex64 < complex128. */
const RANKS: Readonly<Record<DType, number>> = { bool: 0, uint8: 1, int32: 2, float32: 3, float64: 4, complex64: 5, complex128: 6 };

/** The native addon's number for `dtype`. */
export function codeOf(dtype: DType): number {
  return CODES[dtype];
}

/** Bytes of one element. */
export function sizeOf(dtype: DType): number {
  return SIZES[dtype];
}

/** True for float32 and float64, the dtypes that have gradients. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

/** True for complex64 and complex128. */
export function isComplex(dtype: DType): dtype is ComplexDType {
  return dtype === 'complex64' || dtype === 'complex128';
}

/** The floating dtype of both parts of a complex one; of others themselves. */
export function partOf(dtype: DType): DType {
  if (dtype === 'complex64') return 'float32';
  return dtype === 'complex128' ? 'float64' : dtype;
}

/** How many numbers an element is in a typed array. */
export function numbersOf(dtype: DType): 1 | 2 {
  return isComplex(dtype) ? 2 : 1;
}

/** The complex dtype with parts of a floating one. */
export function complexOf(dtype: DType): ComplexDType {
  return partOf(dtype) === 'float64' ? 'complex128' : 'complex64';
}

/** The least and the greatest value of an integer dtype; of truth values, 0 and 1. */
export function rangeOf(dtype: DType): readonly [number, number] {
  if (isFloat(dtype) || isComplex(dtype)) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (dtype === 'int32') return [-2147483648, 2147483647];
  return dtype === 'uint8' ? [0, 255] : [0, 1];
}

/** True if `dtype` has a value for `value`, whose fraction may be cut off. */
export function holds(dtype: DType, value: number): boolean {
  if (isFloat(dtype) || isComplex(dtype)) return true;
  const [low, high] = rangeOf(dtype);
  return value > low - 1 && value < high + 1;
}

/** The dtype that holds values of both `a` and `b`. */
export function promote(a: DType, b: DType): DType {
  const higher = RANKS[a] >= RANKS[b] ? a : b;
  // Beside doubles the parts are doubles.
  return isComplex(higher) && (a === 'float64' || b === 'float64') ? 'complex128' : higher;
}

/** `dtype` itself if it is floating or complex, else float32: what ops such as `exp` and `div` compute in. */
export function floatOf(dtype: DType): DType {
  return isFloat(dtype) || isComplex(dtype) ? dtype : 'float32';
}

/** Checks a dtype that came from a user. */
export function checkDType(owner: string, dtype: unknown): DType {
  if (typeof dtype === 'string' && (dtypes as readonly string[]).includes(dtype)) return dtype as DType;
  if (dtype === 'complex64' || dtype === 'complex128') {
    throw new ArgumentError(`${owner}: makes no ${dtype} tensors; tf.complex, tf.viewAsComplex, tf.cast and tf.fill do`);
  }
  const guess = typeof dtype === 'string' ? nearest(dtype, dtypes) : undefined;
  throw new ArgumentError(
    `${owner}: unknown dtype ${show(dtype)}; ${guess === undefined ? `known are ${dtypes.join(', ')}` : `did you mean "${guess}"?`}`,
  );
}

/** A typed array over `length` elements of `buffer`; of a complex dtype, over twice as many floats. */
export function viewOf(dtype: DType, buffer: ArrayBuffer, byteOffset: number, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float64':
      return new Float64Array(buffer, byteOffset, length);
    case 'complex64':
      return new Float32Array(buffer, byteOffset, 2 * length);
    case 'complex128':
      return new Float64Array(buffer, byteOffset, 2 * length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    default:
      return new Uint8Array(buffer, byteOffset, length);
  }
}

/** A new zeroed typed array for `length` elements. */
export function arrayOf(dtype: DType, length: number): TypedArray {
  return viewOf(dtype, new ArrayBuffer(length * SIZES[dtype]), 0, length);
}
