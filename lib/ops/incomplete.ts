/** Functions of probability: incomplete gamma and beta functions, the zeta function, and quantiles of the normal distribution. */
import { apply, declare, type Op } from '../core/op.ts';
import { broadcastShapes } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { binaryKernel, ternaryKernel } from '../kernels/elementwise.ts';
import { zeta as zetaAt } from '../kernels/gamma.ts';
import { incompleteBeta, incompleteGamma } from '../kernels/incomplete.ts';
import * as special from '../kernels/special.ts';
import { add, mul, neg, square, sub } from './arithmetic.ts';
import { type TensorLike, toFloat, toPair, toTensors } from './convert.ts';
import { type Binary, binary, NONE, type None, type Unary, unary } from './elementwise.ts';
import { exp, log } from './math.ts';
import { sum } from './reduce.ts';
import { digamma, lgamma, polygamma, xlog1py, xlogy } from './special.ts';

/** The derivatives by `a`, up to some order, of `x ** (a - 1) * exp(-x) / gamma(a)`. */
function gammaDensity(a: Tensor, x: Tensor, order: number): Tensor {
  const derivatives = [exp(sub(sub(xlogy(sub(a, 1), x), x), lgamma(a)))];
  const slopes: Tensor[] = [];
  for (let n = 1; n <= order; n++) {
    // The exponent's derivatives, and the rule for products of what stands before.
    slopes.push(n === 1 ? sub(log(x), digamma(a)) : neg(polygamma(n - 1, a)));
    let total: Tensor | undefined;
    let binomial = 1;
    for (let k = 0; k < n; k++) {
      const term = mul(mul(derivatives[k], slopes[n - 1 - k]), binomial);
      total = total === undefined ? term : add(total, term);
      binomial = (binomial * (n - 1 - k)) / (k + 1);
    }
    derivatives.push(total as Tensor);
  }
  return derivatives[order];
}

interface GammaAttrs {
  /** How many times it is differentiated by `a`. */
  readonly order: number;
  readonly upper: boolean;
}

const incompleteGammaOp: Op<GammaAttrs, 'inputs'> = declare<GammaAttrs, 'inputs'>({
  name: 'igamma',
  attrs: ['order', 'upper'],
  traits: { elementwise: true },
  infer: ([a, x]) => [{ shape: broadcastShapes('igamma', a.shape, x.shape), dtype: a.dtype }],
  kernel: (inputs, outputs, { order, upper }) => binaryKernel((a, x) => incompleteGamma(a, x, order, upper))(inputs, outputs, NONE),
  saves: ['inputs'],
  grad: ({ dy, inputs: [a, x], attrs: { order, upper } }) => [
    () => mul(dy, apply(incompleteGammaOp, [a, x], { order: order + 1, upper })[0]),
    () => mul(upper ? neg(dy) : dy, gammaDensity(a, x, order)),
  ],
});

function gammaPart(owner: string, a: TensorLike, x: TensorLike, upper: boolean): Tensor {
  const pair = toPair(owner, a, x).map((value) => toFloat(owner, value));
  return apply(incompleteGammaOp, pair, { order: 0, upper })[0];
}

/**
 * Element-wise regularized lower incomplete gamma function (Keras's `gammainc`): the integral of `t ** (a - 1) * exp(-t)` from 0 to `x`, divided by that to infinity. NaN unless
 * `a` is above 0 and `x` not below 0. Both have gradients, of any order; those by `a` are NaN where it is above 1e8 and `x` near it.
 * @example
 * tf.igamma(1, [0, 1, 2]).arraySync(); // [0, 0.63212, 0.86466]
 */
export function igamma(a: TensorLike, x: TensorLike): Tensor {
  return gammaPart('igamma', a, x, false);
}

/**
 * Element-wise `1 - igamma(a, x)` (Keras's `gammaincc`), accurate where that is small.
 * @example
 * tf.igammac(1, [0, 1, 2]).arraySync(); // [1, 0.36788, 0.13534]
 */
export function igammac(a: TensorLike, x: TensorLike): Tensor {
  return gammaPart('igammac', a, x, true);
}

/** As in TensorFlow there are no gradients by `a` and `b`. */
const betaincOp: Op<None, 'inputs'> = declare<None, 'inputs'>({
  name: 'betainc',
  attrs: [],
  traits: { elementwise: true },
  infer: ([a, b, x]) => [{ shape: broadcastShapes('betainc', broadcastShapes('betainc', a.shape, b.shape), x.shape), dtype: a.dtype }],
  kernel: ternaryKernel(incompleteBeta),
  saves: ['inputs'],
  grad: ({ dy, inputs: [a, b, x] }) => [
    null,
    null,
    () => mul(dy, exp(add(add(xlogy(sub(a, 1), x), xlog1py(sub(b, 1), neg(x))), sub(lgamma(add(a, b)), add(lgamma(a), lgamma(b)))))),
  ],
});

/**
 * Element-wise regularized incomplete beta function: the integral of `t ** (a - 1) * (1 - t) ** (b - 1)` from 0 to `x`, divided by that to 1. NaN unless `a` and `b` are above 0
 * and `x` from 0 to 1. As in TensorFlow, gradients flow to `x` alone.
 * @example
 * tf.betainc(2, 3, [0, 0.5, 1]).arraySync(); // [0, 0.6875, 1]
 */
export function betainc(a: TensorLike, b: TensorLike, x: TensorLike): Tensor {
  const inputs = toTensors('betainc', [a, b, x]).map((value) => toFloat('betainc', value));
  return apply(betaincOp, inputs, NONE)[0];
}

/**
 * Element-wise Hurwitz zeta function: the sum of `(q + k) ** -x` over k = 0, 1, 2, ... for `x` above 1. As in TensorFlow, gradients flow to `q` alone.
 * @example
 * tf.zeta([2, 4], 1).arraySync(); // [1.64493, 1.08232]
 */
export const zeta: Binary = binary(
  'zeta',
  zetaAt,
  ['inputs'],
  ({ dy, inputs: [x, q] }) => [null, () => neg(mul(dy, mul(x, zeta(add(x, 1), q))))],
  { result: 'float' },
);

/**
 * Element-wise inverse of `erfc`, accurate near 0; infinite at 0 and 2, NaN beyond.
 * @example
 * tf.erfcinv([0.5, 1]).arraySync(); // [0.47694, 0]
 */
export const erfcinv: Unary = unary('erfcinv', special.erfcinv, ['outputs'], ({ dy, outputs: [y] }) => [
  () => mul(mul(dy, -Math.sqrt(Math.PI) / 2), exp(square(y))),
]);

/**
 * Element-wise quantile of the standard normal distribution: what its share `p` lies below. Infinite at 0 and 1, NaN beyond.
 * @example
 * tf.ndtri([0.5, 0.975]).arraySync(); // [0, 1.95996]
 */
export function ndtri(p: TensorLike): Tensor {
  return mul(erfcinv(mul(toFloat('ndtri', p), 2)), -Math.SQRT2);
}

/**
 * The logarithm of the magnitude of the beta function of the last axis: the product of gamma functions, divided by that of the sum.
 * @throws ShapeError for a scalar.
 * @example
 * tf.lbeta([2, 3]).item(); // -2.48491
 */
export function lbeta(x: TensorLike): Tensor {
  const input = toFloat('lbeta', x);
  return sub(sum(lgamma(input), -1), lgamma(sum(input, -1)));
}
