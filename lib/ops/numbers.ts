/** Numbers as NumPy looks at them: angles, signs, whole parts, neighbours and bits, and extremes that pass over NaN. */
import { checkDType, codeOf, type DType, dtypes, isComplex, isFloat, rangeOf, sizeOf } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { broadcastShapes, checkRank, type Shape, showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { bitcastKernel, greatestDivisor, nextAfterKernel } from '../kernels/numbers.ts';
import { div, floorDiv, maximum, minimum, mul, neg, sub } from './arithmetic.ts';
import { cast, castTo } from './cast.ts';
import { equal, greaterEqual, less, logicalOr, where } from './compare.ts';
import { imag } from './complex.ts';
import { type TensorLike, toFloat, toPair, toTensor } from './convert.ts';
import { fill } from './creation.ts';
import { type Binary, binary, NONE, type None } from './elementwise.ts';
import { abs, ceil, clipByValue, floor, isNaN as nan, reciprocal, step } from './math.ts';
import { logaddexp } from './norms.ts';
import { view } from './shape.ts';
import { exp2 } from './special.ts';

/**
 * Element-wise radians of degrees.
 * @example
 * tf.deg2rad([0, 180]).arraySync(); // [0, 3.14159]
 */
export function deg2rad(x: TensorLike): Tensor {
  return mul(toFloat('deg2rad', x), Math.PI / 180);
}

/**
 * Element-wise degrees of radians.
 * @example
 * tf.rad2deg([0, Math.PI]).arraySync(); // [0, 180]
 */
export function rad2deg(x: TensorLike): Tensor {
  return mul(toFloat('rad2deg', x), 180 / Math.PI);
}

/**
 * Element-wise `x` without its fraction, towards zero. No gradient flows.
 * @example
 * tf.trunc([1.7, -1.7]).arraySync(); // [1, -1]
 */
export function trunc(x: TensorLike): Tensor {
  const input = toTensor('trunc', x);
  return isFloat(input.dtype) ? where(less(input, 0), ceil(input), floor(input)) : view(input);
}

/**
 * Element-wise: whether the sign of `x` is negative, that of -0 too, as truth values.
 * @example
 * tf.signbit([1, -2, -0]).arraySync(); // [0, 1, 1]
 */
export function signbit(x: TensorLike): Tensor {
  const input = toTensor('signbit', x);
  const below = less(input, 0);
  return isFloat(input.dtype) ? logicalOr(below, less(reciprocal(input), 0)) : below;
}

/**
 * Element-wise: whether `x` is Infinity, as truth values.
 * @example
 * tf.isPosInf([1, Infinity, -Infinity]).arraySync(); // [0, 1, 0]
 */
export function isPosInf(x: TensorLike): Tensor {
  return equal(toFloat('isPosInf', x), Infinity);
}

/**
 * Element-wise: whether `x` is -Infinity, as truth values.
 * @example
 * tf.isNegInf([1, Infinity, -Infinity]).arraySync(); // [0, 0, 1]
 */
export function isNegInf(x: TensorLike): Tensor {
  return equal(toFloat('isNegInf', x), -Infinity);
}

/**
 * Element-wise: whether the imaginary part is 0, as truth values; true for what is no complex number.
 * @example
 * tf.isReal(tf.complex([1, 1], [0, 2])).arraySync(); // [1, 0]
 */
export function isReal(x: TensorLike): Tensor {
  const input = toTensor('isReal', x);
  return isComplex(input.dtype) ? equal(imag(input), 0) : fill(input.shape, 1, 'bool');
}

/** The other operand where one is NaN, else `f` of both. */
function pastNaN(owner: string, a: TensorLike, b: TensorLike, f: Binary): Tensor {
  const [left, right] = toPair(owner, a, b);
  if (!isFloat(left.dtype)) return f(left, right);
  return where(nan(left), right, where(nan(right), left, f(left, right)));
}

/**
 * Element-wise greater of `a` and `b`; where one of them is NaN, the other.
 * @example
 * tf.fmax([1, NaN], [3, 2]).arraySync(); // [3, 2]
 */
export function fmax(a: TensorLike, b: TensorLike): Tensor {
  return pastNaN('fmax', a, b, maximum);
}

/**
 * Element-wise lesser of `a` and `b`; where one of them is NaN, the other.
 * @example
 * tf.fmin([1, NaN], [3, 2]).arraySync(); // [1, 2]
 */
export function fmin(a: TensorLike, b: TensorLike): Tensor {
  return pastNaN('fmin', a, b, minimum);
}

/**
 * Element-wise 0 where `x` is below 0, 1 above it, and `h0` at 0; NaN stays. Gradients flow to `h0` alone.
 * @example
 * tf.heaviside([-2, 0, 3], 0.5).arraySync(); // [0, 0.5, 1]
 */
export function heaviside(x: TensorLike, h0: TensorLike): Tensor {
  const [left, right] = toPair('heaviside', x, h0);
  const input = toFloat('heaviside', left);
  return where(equal(input, 0), toFloat('heaviside', right), step(input));
}

/**
 * Element-wise remainder of `a / b` with the sign of `a`; for integers 0 where `b` is 0.
 * @example
 * tf.fmod([5, -5], 3).arraySync(); // [2, -2]
 */
export const fmod: Binary = binary(
  'fmod',
  (a, b) => a % b,
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => dy, () => neg(mul(dy, trunc(div(a, b))))],
);

/** Two whole numbers of one dtype; truth values count as int32. */
function wholePair(owner: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [left, right] = toPair(owner, a, b);
  if (isFloat(left.dtype)) throw new ArgumentError(`${owner}: needs whole numbers; received dtype ${left.dtype}`);
  return left.dtype === 'bool' ? [castTo(left, 'int32'), castTo(right, 'int32')] : [left, right];
}

const divisor: Binary = binary('gcd', greatestDivisor, [], 'none');

/**
 * Element-wise greatest common divisor of whole numbers; of 0 and 0, 0.
 * @throws ArgumentError for floats.
 * @example
 * tf.gcd(tf.tensor([12, -8], [2], 'int32'), 18).arraySync(); // [6, 2]
 */
export function gcd(a: TensorLike, b: TensorLike): Tensor {
  return divisor(...wholePair('gcd', a, b));
}

/**
 * Element-wise least common multiple of whole numbers; of 0 and anything, 0.
 * @throws ArgumentError for floats.
 * @example
 * tf.lcm(tf.tensor([4, -6], [2], 'int32'), 6).arraySync(); // [12, 6]
 */
export function lcm(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = wholePair('lcm', a, b);
  return mul(floorDiv(abs(left), divisor(left, right)), abs(right));
}

/**
 * Element-wise `x * 2 ** exponent` for whole exponents, without overflow on the way.
 * @throws ArgumentError for an exponent that int32 cannot hold.
 * @example
 * tf.ldexp([0.5, 3], [1, -1]).arraySync(); // [1, 1.5]
 */
export function ldexp(x: TensorLike, exponent: TensorLike): Tensor {
  const input = toFloat('ldexp', x);
  // Three factors reach from the least to the greatest number, each a normal number itself.
  const most = input.dtype === 'float32' ? 126 : 1022;
  let rest = castTo(castTo(toTensor('ldexp', exponent), 'int32'), input.dtype);
  let y = input;
  for (let i = 0; i < 3; i++) {
    const part = clipByValue(rest, -most, most);
    y = mul(y, exp2(part));
    rest = sub(rest, part);
  }
  return y;
}

/**
 * Element-wise logarithm to base 2 of `2 ** a + 2 ** b`, without overflow.
 * @example
 * tf.logaddexp2([3, 2000], [3, 0]).arraySync(); // [4, 2000]
 */
export function logaddexp2(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = toPair('logaddexp2', a, b);
  return div(logaddexp(mul(toFloat('logaddexp2', left), Math.LN2), mul(toFloat('logaddexp2', right), Math.LN2)), Math.LN2);
}

const nextAfterOp: Op<None> = declare<None>({
  name: 'nextafter',
  attrs: [],
  traits: { elementwise: true },
  infer: ([a, b]) => [{ shape: broadcastShapes('nextafter', a.shape, b.shape), dtype: a.dtype }],
  kernel: nextAfterKernel,
  saves: [],
  grad: 'none',
});

/**
 * Element-wise the number of the dtype next to `a` on the way to `b`. No gradient flows.
 * @example
 * tf.nextafter(1, 2).item() - 1; // 1.1920928955078125e-7
 */
export function nextafter(a: TensorLike, b: TensorLike): Tensor {
  const pair = toPair('nextafter', a, b).map((x) => toFloat('nextafter', x));
  return apply(nextAfterOp, pair, NONE)[0];
}

/**
 * `x` as another dtype, values outside its range as the nearest one within; fractions are cut off.
 * @throws ArgumentError for NaN as an integer.
 * @example
 * tf.saturateCast([-5, 1.7, 300], 'uint8').arraySync(); // [0, 1, 255]
 */
export function saturateCast(x: TensorLike, dtype: DType): Tensor {
  const input = toTensor('saturateCast', x);
  const [low, high] = rangeOf(checkDType('saturateCast', dtype));
  if (isFloat(dtype) || dtype === 'bool' || rangeOf(input.dtype)[1] <= high) return cast(input, dtype);
  if (input.dtype !== 'float32' || dtype !== 'int32') return cast(clipByValue(input, low, high), dtype);
  // The greatest int32 is no float: those above the last one below it are found before.
  return where(greaterEqual(input, 2 ** 31), fill([], high, 'int32'), cast(clipByValue(input, low, 2 ** 31 - 128), dtype));
}

/** The shape of the same bytes in elements of another size: a new last axis of smaller ones, or the last axis taken up by a greater one. */
function bitcastShape({ shape, dtype }: Spec, to: DType): Shape {
  const [from, size] = [sizeOf(dtype), sizeOf(to)];
  if (from === size) return shape;
  if (from > size) return checkRank('bitcast', [...shape, from / size]);
  if (shape[shape.length - 1] !== size / from) {
    throw new ShapeError(`bitcast: from ${dtype} to ${to} the last axis must have size ${size / from}; received shape ${showShape(shape)}`);
  }
  return shape.slice(0, -1);
}

const bitcastOp: Op<{ dtype: number }> = declare<{ dtype: number }>({
  name: 'bitcast',
  attrs: ['dtype'],
  infer: ([x], { dtype }) => [{ shape: bitcastShape(x, dtypes[dtype]), dtype: dtypes[dtype] }],
  kernel: bitcastKernel,
  saves: [],
  grad: 'none',
});

/**
 * The bytes of `x` read as another dtype: smaller elements along a new last axis, greater ones out of a last axis of as many as they take. No gradient flows.
 * @throws ShapeError for a last axis of another size; ArgumentError for truth values as a result.
 * @example
 * tf.bitcast([1], 'int32').arraySync(); // [1065353216]
 * tf.bitcast([1], 'uint8').arraySync(); // [[0, 0, 128, 63]]
 */
export function bitcast(x: TensorLike, dtype: DType): Tensor {
  if (checkDType('bitcast', dtype) === 'bool') throw new ArgumentError('bitcast: bytes need not be truth values; compare with 0 instead');
  return apply(bitcastOp, [toTensor('bitcast', x)], { dtype: codeOf(dtype) })[0];
}
