/** Special functions of each element: error and gamma functions, Bessel functions, logarithms and inverses of hyperbolic functions. */
import { ArgumentError, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { besselI, sinc as sincAt } from '../kernels/bessel.ts';
import * as gamma from '../kernels/gamma.ts';
import * as special from '../kernels/special.ts';
import { add, div, divNoNan, mul, neg, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { notEqual } from './compare.ts';
import type { TensorLike } from './convert.ts';
import { type Binary, binary, type Unary, unary, unaryWith } from './elementwise.ts';
import { exp, rsqrt, sign } from './math.ts';

/**
 * Element-wise `1 - erf(x)`, accurate where that is small.
 * @example
 * tf.erfc([0, 1]).arraySync(); // [1, 0.1573]
 */
export const erfc: Unary = unary('erfc', special.erfc, ['inputs'], ({ dy, inputs: [x] }) => [
  () => mul(mul(dy, -2 / Math.sqrt(Math.PI)), exp(neg(square(x)))),
]);

/**
 * Element-wise inverse of `erf`; infinite at -1 and 1, NaN beyond.
 * @example
 * tf.erfinv([0, 0.5]).arraySync(); // [0, 0.47694]
 */
export const erfinv: Unary = unary('erfinv', special.erfinv, ['outputs'], ({ dy, outputs: [y] }) => [
  () => mul(mul(dy, Math.sqrt(Math.PI) / 2), exp(square(y))),
]);

const polygammaOp = unaryWith<{ n: number }, 'inputs'>(
  'polygamma',
  { n: 1 },
  (x, { n }) => gamma.polygamma(n, x),
  ['inputs'],
  ({ dy, inputs: [x], attrs: { n } }) => [() => mul(dy, polygamma(n + 1, x))],
);

/**
 * Element-wise derivative of order `n` of `digamma`, which is that of order 0.
 * @throws ArgumentError unless `n` is a whole number from 0 to 169.
 * @example
 * tf.polygamma(1, [1, 2]).arraySync(); // [1.64493, 0.64493]
 */
export function polygamma(n: number, x: TensorLike): Tensor {
  if (!Number.isInteger(n) || n < 0 || n > 169) {
    throw new ArgumentError(`polygamma: n must be a whole number from 0 to 169; received ${show(n)}`);
  }
  return n === 0 ? digamma(x) : polygammaOp(x, { n });
}

/**
 * Element-wise derivative of `lgamma`; NaN at -1, -2, ...
 * @example
 * tf.digamma([1, 2]).arraySync(); // [-0.57722, 0.42278]
 */
export const digamma: Unary = unary('digamma', gamma.digamma, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, polygamma(1, x))]);

/**
 * Element-wise logarithm of the magnitude of the gamma function; Infinity at 0, -1, -2, ...
 * @example
 * tf.lgamma([1, 5]).arraySync(); // [0, 3.17805]
 */
export const lgamma: Unary = unary('lgamma', gamma.lgamma, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, digamma(x))]);

/** Derivatives of Bessel functions are half the sums of their neighbours, which holds at 0, too. */
const bessel: (x: TensorLike, attrs: { order: number; scaled: boolean }) => Tensor = unaryWith<
  { order: number; scaled: boolean },
  'inputs' | 'outputs'
>(
  'besselI',
  { order: 0, scaled: false },
  (x, { order, scaled }) => besselI(order, x, scaled),
  ['inputs', 'outputs'],
  ({ dy, inputs: [x], outputs: [y], attrs: { order, scaled } }) => [
    () => {
      const above = bessel(x, { order: order + 1, scaled });
      const slope = order === 0 ? above : mul(add(bessel(x, { order: order - 1, scaled }), above), 0.5);
      return mul(dy, scaled ? sub(slope, mul(sign(x), y)) : slope);
    },
  ],
);

/**
 * Element-wise modified Bessel function of the first kind of order 0.
 * @example
 * tf.i0([0, 1]).arraySync(); // [1, 1.26607]
 */
export function i0(x: TensorLike): Tensor {
  return bessel(x, { order: 0, scaled: false });
}

/**
 * Element-wise `i0(x) * exp(-|x|)`, without overflow.
 * @example
 * tf.i0e([0, 1]).arraySync(); // [1, 0.46576]
 */
export function i0e(x: TensorLike): Tensor {
  return bessel(x, { order: 0, scaled: true });
}

/**
 * Element-wise modified Bessel function of the first kind of order 1.
 * @example
 * tf.i1([0, 1]).arraySync(); // [0, 0.56516]
 */
export function i1(x: TensorLike): Tensor {
  return bessel(x, { order: 1, scaled: false });
}

/**
 * Element-wise `i1(x) * exp(-|x|)`, without overflow.
 * @example
 * tf.i1e([0, 1]).arraySync(); // [0, 0.20791]
 */
export function i1e(x: TensorLike): Tensor {
  return bessel(x, { order: 1, scaled: true });
}

const sincOp: (x: TensorLike, attrs: { order: number }) => Tensor = unaryWith<{ order: number }, 'inputs'>(
  'sinc',
  { order: 0 },
  (x, { order }) => sincAt(order, x),
  ['inputs'],
  ({ dy, inputs: [x], attrs: { order } }) => [() => mul(dy, sincOp(x, { order: order + 1 }))],
);

/**
 * Element-wise `sin(pi x) / (pi x)`, 1 at 0.
 * @example
 * tf.sinc([0, 0.5, 1]).arraySync(); // [1, 0.63662, 0]
 */
export function sinc(x: TensorLike): Tensor {
  return sincOp(x, { order: 0 });
}

/**
 * Element-wise logarithm to base 2.
 * @example
 * tf.log2([1, 8]).arraySync(); // [0, 3]
 */
export const log2: Unary = unary('log2', Math.log2, ['inputs'], ({ dy, inputs: [x] }) => [() => div(mul(dy, Math.LOG2E), x)]);

/**
 * Element-wise logarithm to base 10.
 * @example
 * tf.log10([1, 1000]).arraySync(); // [0, 3]
 */
export const log10: Unary = unary('log10', Math.log10, ['inputs'], ({ dy, inputs: [x] }) => [() => div(mul(dy, Math.LOG10E), x)]);

/**
 * Element-wise `2 ** x`.
 * @example
 * tf.exp2([0, 3]).arraySync(); // [1, 8]
 */
export const exp2: Unary = unary(
  'exp2',
  (x) => 2 ** x,
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => mul(dy, mul(y, Math.LN2))],
);

/**
 * Element-wise `log(x / (1 - x))`, the inverse of `sigmoid`.
 * @example
 * tf.logit([0.5, 0.75]).arraySync(); // [0, 1.09861]
 */
export const logit: Unary = unary('logit', special.logit, ['inputs'], ({ dy, inputs: [x] }) => [() => div(dy, mul(x, sub(1, x)))]);

/**
 * Element-wise cube root.
 * @example
 * tf.cbrt([8, -27]).arraySync(); // [2, -3]
 */
export const cbrt: Unary = unary('cbrt', Math.cbrt, ['outputs'], ({ dy, outputs: [y] }) => [() => div(mul(dy, 1 / 3), square(y))]);

/**
 * Element-wise inverse of `sinh`.
 * @example
 * tf.asinh([0, 1]).arraySync(); // [0, 0.88137]
 */
export const asinh: Unary = unary('asinh', Math.asinh, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, rsqrt(add(square(x), 1)))]);

/**
 * Element-wise inverse of `cosh`; NaN below 1.
 * @example
 * tf.acosh([1, 2]).arraySync(); // [0, 1.31696]
 */
export const acosh: Unary = unary('acosh', Math.acosh, ['inputs'], ({ dy, inputs: [x] }) => [
  () => mul(dy, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1)))),
]);

/**
 * Element-wise inverse of `tanh`; infinite at -1 and 1, NaN beyond.
 * @example
 * tf.atanh([0, 0.5]).arraySync(); // [0, 0.54931]
 */
export const atanh: Unary = unary('atanh', Math.atanh, ['inputs'], ({ dy, inputs: [x] }) => [() => div(dy, mul(sub(1, x), add(x, 1)))]);

/**
 * Element-wise angle of the point (b, a) in radians, from -pi to pi.
 * @example
 * tf.atan2([1, -1], [1, -1]).arraySync(); // [0.7854, -2.35619]
 */
export const atan2: Binary = binary(
  'atan2',
  Math.atan2,
  ['inputs'],
  ({ dy, inputs: [a, b] }) => {
    const across = () => div(dy, add(square(a), square(b)));
    return [() => mul(across(), b), () => neg(mul(across(), a))];
  },
  { result: 'float' },
);

/**
 * Element-wise `sqrt(a * a + b * b)`, without overflow. The gradient at (0, 0) is 0.
 * @example
 * tf.hypot([3, 5], [4, 12]).arraySync(); // [5, 13]
 */
export const hypot: Binary = binary(
  'hypot',
  Math.hypot,
  ['inputs', 'outputs'],
  ({ dy, inputs: [a, b], outputs: [y] }) => [() => mul(dy, divNoNan(a, y)), () => mul(dy, divNoNan(b, y))],
  { result: 'float' },
);

/** 1 where `x` is not 0, in its dtype. */
function occupied(x: Tensor): Tensor {
  return castTo(notEqual(x, 0), x.dtype);
}

/**
 * Element-wise `a * log(b)`, and 0 where `a` is 0, unless `b` is NaN.
 * @example
 * tf.xlogy([0, 2], [0, Math.E]).arraySync(); // [0, 2]
 */
export const xlogy: Binary = binary(
  'xlogy',
  (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b)),
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => mul(dy, xlogy(occupied(a), b)), () => mul(dy, xdivy(a, b))],
  { result: 'float' },
);

/**
 * Element-wise `a * log(1 + b)`, accurate near `b = 0`, and 0 where `a` is 0, unless `b` is NaN.
 * @example
 * tf.xlog1py([0, 2], [-1, Math.E - 1]).arraySync(); // [0, 2]
 */
export const xlog1py: Binary = binary(
  'xlog1py',
  (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log1p(b)),
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => mul(dy, xlog1py(occupied(a), b)), () => mul(dy, xdivy(a, add(b, 1)))],
  { result: 'float' },
);

/**
 * Element-wise `a / b`, and 0 where `a` is 0, unless `b` is NaN.
 * @example
 * tf.xdivy([0, 2], [0, 4]).arraySync(); // [0, 0.5]
 */
export const xdivy: Binary = binary(
  'xdivy',
  (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a / b),
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => mul(dy, xdivy(occupied(a), b)), () => neg(mul(dy, xdivy(a, square(b))))],
  { result: 'float' },
);
