/** Functions of each element: roots, exponentials, trigonometry, rounding. */
import { isFloat, rangeOf } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import * as special from '../kernels/special.ts';
import { add, div, mul, neg, square, sub } from './arithmetic.ts';
import { greater, less, logicalOr, where } from './compare.ts';
import { complexExp, complexMagnitude } from './complexmath.ts';
import { checkValue, type TensorLike, toTensor } from './convert.ts';
import { zerosLike } from './creation.ts';
import { type Unary, unary, unaryWith } from './elementwise.ts';

/**
 * Element-wise `|x|`; of complex numbers, real.
 * @example
 * tf.abs([1, -2]).arraySync(); // [1, 2]
 */
export const abs: Unary = unary(
  'abs',
  Math.abs,
  ['inputs'],
  ({ dy, inputs: [x] }) => [() => mul(dy, sign(x))],
  'same',
  Math.abs,
  complexMagnitude,
);

/**
 * Element-wise -1, 0 or 1; its gradient is 0.
 * @example
 * tf.sign([3, -2]).arraySync(); // [1, -1]
 */
export const sign: Unary = unary('sign', Math.sign, [], ({ dy }) => [() => zerosLike(dy)], 'same');

/**
 * Element-wise square root; NaN below 0.
 * @example
 * tf.sqrt([4, 9]).arraySync(); // [2, 3]
 */
export const sqrt: Unary = unary('sqrt', Math.sqrt, ['outputs'], ({ dy, outputs: [y] }) => [() => div(mul(dy, 0.5), y)]);

/**
 * Element-wise `1 / sqrt(x)`.
 * @example
 * tf.rsqrt([4, 16]).arraySync(); // [0.5, 0.25]
 */
export const rsqrt: Unary = unary(
  'rsqrt',
  (x) => 1 / Math.sqrt(x),
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => mul(mul(dy, -0.5), mul(y, square(y)))],
);

/**
 * Element-wise `1 / x`.
 * @example
 * tf.reciprocal([2, 4]).arraySync(); // [0.5, 0.25]
 */
export const reciprocal: Unary = unary(
  'reciprocal',
  (x) => 1 / x,
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => neg(mul(dy, square(y)))],
);

/**
 * Element-wise `e ** x`.
 * @example
 * tf.exp([0, 1]).arraySync(); // [1, 2.71828]
 */
export const exp: Unary = unary('exp', Math.exp, ['outputs'], ({ dy, outputs: [y] }) => [() => mul(dy, y)], 'float', Math.exp, complexExp);

/**
 * Element-wise `e ** x - 1`, accurate near 0.
 * @example
 * tf.expm1([0, 1]).arraySync(); // [0, 1.71828]
 */
export const expm1: Unary = unary('expm1', Math.expm1, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, exp(x))]);

/**
 * Element-wise natural logarithm; -Infinity at 0 and NaN below.
 * @example
 * tf.log([1, Math.E]).arraySync(); // [0, 1]
 */
export const log: Unary = unary('log', Math.log, ['inputs'], ({ dy, inputs: [x] }) => [() => div(dy, x)]);

/**
 * Element-wise `log(1 + x)`, accurate near 0.
 * @example
 * tf.log1p([0, 1]).arraySync(); // [0, 0.69315]
 */
export const log1p: Unary = unary('log1p', Math.log1p, ['inputs'], ({ dy, inputs: [x] }) => [() => div(dy, add(x, 1))]);

/**
 * Element-wise sine of radians.
 * @example
 * tf.sin([0, Math.PI / 2]).arraySync(); // [0, 1]
 */
export const sin: Unary = unary('sin', Math.sin, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, cos(x))]);

/**
 * Element-wise cosine of radians.
 * @example
 * tf.cos([0, Math.PI]).arraySync(); // [1, -1]
 */
export const cos: Unary = unary('cos', Math.cos, ['inputs'], ({ dy, inputs: [x] }) => [() => neg(mul(dy, sin(x)))]);

/**
 * Element-wise tangent of radians.
 * @example
 * tf.tan([0, Math.PI / 4]).arraySync(); // [0, 1]
 */
export const tan: Unary = unary('tan', Math.tan, ['outputs'], ({ dy, outputs: [y] }) => [() => mul(dy, add(square(y), 1))]);

/**
 * Element-wise hyperbolic sine.
 * @example
 * tf.sinh([0, 1]).arraySync(); // [0, 1.1752]
 */
export const sinh: Unary = unary('sinh', Math.sinh, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, cosh(x))]);

/**
 * Element-wise hyperbolic cosine.
 * @example
 * tf.cosh([0, 1]).arraySync(); // [1, 1.54308]
 */
export const cosh: Unary = unary('cosh', Math.cosh, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, sinh(x))]);

/**
 * Element-wise arc sine, in radians; NaN outside -1 to 1.
 * @example
 * tf.asin([0, 1]).arraySync(); // [0, 1.5708]
 */
export const asin: Unary = unary('asin', Math.asin, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, rsqrt(sub(1, square(x))))]);

/**
 * Element-wise arc cosine, in radians; NaN outside -1 to 1.
 * @example
 * tf.acos([1, 0]).arraySync(); // [0, 1.5708]
 */
export const acos: Unary = unary('acos', Math.acos, ['inputs'], ({ dy, inputs: [x] }) => [() => neg(mul(dy, rsqrt(sub(1, square(x)))))]);

/**
 * Element-wise arc tangent, in radians.
 * @example
 * tf.atan([0, 1]).arraySync(); // [0, 0.7854]
 */
export const atan: Unary = unary('atan', Math.atan, ['inputs'], ({ dy, inputs: [x] }) => [() => div(dy, add(square(x), 1))]);

/**
 * Element-wise error function, `2 / sqrt(pi)` times the integral of `exp(-t * t)` from 0 to `x`.
 * @example
 * tf.erf([0, 1]).arraySync(); // [0, 0.8427]
 */
export const erf: Unary = unary('erf', special.erf, ['inputs'], ({ dy, inputs: [x] }) => [
  () => mul(mul(dy, 2 / Math.sqrt(Math.PI)), exp(neg(square(x)))),
]);

/**
 * Element-wise: the greatest whole number that is not above `x`. No gradient flows.
 * @example
 * tf.floor([1.5, -1.5]).arraySync(); // [1, -2]
 */
export const floor: Unary = unary('floor', Math.floor, [], 'none', 'same');

/**
 * Element-wise: the least whole number that is not below `x`. No gradient flows.
 * @example
 * tf.ceil([1.5, -1.5]).arraySync(); // [2, -1]
 */
export const ceil: Unary = unary('ceil', Math.ceil, [], 'none', 'same');

/**
 * Element-wise: the nearest whole number, halves to the even one. No gradient flows.
 * @example
 * tf.round([0.5, 1.5, 2.6]).arraySync(); // [0, 2, 3]
 */
export const round: Unary = unary('round', special.roundHalfEven, [], 'none', 'same');

/**
 * Element-wise: whether `x` is not a number, as truth values.
 * @example
 * tf.isNaN([1, NaN]).arraySync(); // [0, 1]
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: it is TensorFlow's name, reached as a member of the package.
export const isNaN: Unary = unary('isNaN', (x) => Number(Number.isNaN(x)), [], 'none', 'bool');

/**
 * Element-wise: whether `x` is Infinity or -Infinity, as truth values.
 * @example
 * tf.isInf([1, -Infinity]).arraySync(); // [0, 1]
 */
export const isInf: Unary = unary('isInf', (x) => Number(Math.abs(x) === Infinity), [], 'none', 'bool');

/**
 * Element-wise: whether `x` is neither infinite nor NaN, as truth values.
 * @example
 * tf.isFinite([1, NaN]).arraySync(); // [1, 0]
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: it is TensorFlow's name, reached as a member of the package.
export const isFinite: Unary = unary('isFinite', (x) => Number(Number.isFinite(x)), [], 'none', 'bool');

const clip = unaryWith(
  'clipByValue',
  { min: 0, max: 0 },
  (x, { min, max }) => Math.min(Math.max(x, min), max),
  ['inputs'],
  ({ dy, inputs: [x], attrs: { min, max } }) => [() => where(logicalOr(less(x, min), greater(x, max)), 0, dy)],
  'same',
);

/**
 * Element-wise `x`, but at least `min` and at most `max`; NaN stays. The gradient is 0 where a bound took effect.
 * @throws ArgumentError if `min` is above `max`.
 * @example
 * tf.clipByValue([-1, 0.5, 3], 0, 1).arraySync(); // [0, 0.5, 1]
 */
export function clipByValue(x: TensorLike, min: number, max: number): Tensor {
  const input = toTensor('clipByValue', x);
  // Integers cannot take a fraction: their bounds are the whole numbers within.
  const whole = !isFloat(input.dtype) && typeof min === 'number' && typeof max === 'number';
  const [least, greatest] = rangeOf(input.dtype);
  const [low, high] = whole ? [Math.max(Math.ceil(min), least), Math.min(Math.floor(max), greatest)] : [min, max];
  if (low > high && min <= max) {
    throw new ArgumentError(`clipByValue: no ${input.dtype} lies between min and max; received ${min} and ${max}`);
  }
  if (low > high) throw new ArgumentError(`clipByValue: min must not be above max; received ${min} and ${max}`);
  return clip(input, { min: low, max: high });
}

const stepWith = unaryWith(
  'step',
  { alpha: 0 },
  (x, { alpha }) => (Number.isNaN(x) ? x : x > 0 ? 1 : alpha),
  [],
  ({ dy }) => [() => zerosLike(dy)],
  'same',
);

/**
 * Element-wise 1 where `x` is above 0 and `alpha` elsewhere; NaN stays. Its gradient is 0.
 * @example
 * tf.step([-1, 0, 2]).arraySync(); // [0, 0, 1]
 */
export function step(x: TensorLike, alpha = 0): Tensor {
  const input = toTensor('step', x);
  return stepWith(input, { alpha: checkValue('step', 'alpha', alpha, input.dtype) });
}
