/** Activation functions. */
import { apply, declare, flopsPerElement, type Op, type Traits } from '../core/op.ts';
import { normalizeAxis } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { logSoftmaxKernel, softmaxGradientKernel, softmaxKernel } from '../kernels/softmax.ts';
import * as special from '../kernels/special.ts';
import { add, div, mul, neg, square, sub } from './arithmetic.ts';
import { greater, less, logicalAnd, where } from './compare.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { type Unary, unary, unaryWith } from './elementwise.ts';
import { abs, erf, exp } from './math.ts';
import { sum } from './reduce.ts';

/** Of SELU (Klambauer et al. 2017): with these, layers keep mean 0 and variance 1. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
/** Of GELU's approximation (Hendrycks and Gimpel 2016). */
const GELU_CUBIC = 0.044715;
const GELU_SLOPE = Math.sqrt(2 / Math.PI);

/**
 * Element-wise `max(x, 0)`; NaN stays.
 * @example
 * tf.relu([-1, 2]).arraySync(); // [0, 2]
 */
export const relu: Unary = unary(
  'relu',
  (x) => Math.max(x, 0),
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => where(greater(y, 0), dy, 0)],
  'same',
);

/**
 * Element-wise `min(max(x, 0), 6)`; NaN stays.
 * @example
 * tf.relu6([-1, 2, 7]).arraySync(); // [0, 2, 6]
 */
export const relu6: Unary = unary(
  'relu6',
  (x) => Math.min(Math.max(x, 0), 6),
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => where(logicalAnd(greater(y, 0), less(y, 6)), dy, 0)],
  'same',
);

const leaky = unaryWith(
  'leakyRelu',
  { alpha: 0.2 },
  (x, { alpha }) => (x > 0 ? x : alpha * x),
  ['inputs'],
  ({ dy, inputs: [x], attrs: { alpha } }) => [() => where(greater(x, 0), dy, mul(dy, alpha))],
);

/**
 * Element-wise `x` above 0 and `alpha * x` elsewhere.
 * @example
 * tf.leakyRelu([-1, 2], 0.5).arraySync(); // [-0.5, 2]
 */
export function leakyRelu(x: TensorLike, alpha = 0.2): Tensor {
  return leaky(x, { alpha });
}

const eluWith = unaryWith(
  'elu',
  { alpha: 1 },
  (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
  ['inputs', 'outputs'],
  ({ dy, inputs: [x], outputs: [y], attrs: { alpha } }) => [() => where(greater(x, 0), dy, mul(dy, add(y, alpha)))],
);

/**
 * Element-wise `x` above 0 and `alpha * (exp(x) - 1)` elsewhere.
 * @example
 * tf.elu([-1, 2]).arraySync(); // [-0.63212, 2]
 */
export function elu(x: TensorLike, alpha = 1): Tensor {
  return eluWith(x, { alpha });
}

/**
 * Element-wise scaled ELU, which keeps mean 0 and variance 1 from layer to layer (Klambauer et al. 2017).
 * @example
 * tf.selu([-1, 1]).arraySync(); // [-1.11133, 1.0507]
 */
export const selu: Unary = unary(
  'selu',
  (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => where(greater(y, 0), mul(dy, SELU_SCALE), mul(dy, add(y, SELU_SCALE * SELU_ALPHA)))],
);

/** The slope of GELU, `P(X <= x) + x * density(x)` of the normal distribution. */
function geluSlope(x: Tensor): Tensor {
  const below = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(below, mul(x, density));
}

/** The slope of GELU's approximation by tanh. */
function geluTanhSlope(x: Tensor): Tensor {
  const t = tanh(mul(mul(x, GELU_SLOPE), add(mul(square(x), GELU_CUBIC), 1)));
  const inner = mul(add(mul(square(x), 3 * GELU_CUBIC), 1), GELU_SLOPE);
  return mul(add(add(t, 1), mul(mul(x, sub(1, square(t))), inner)), 0.5);
}

const geluWith = unaryWith<{ approximate: boolean }, 'inputs'>(
  'gelu',
  { approximate: false },
  (x, { approximate }) =>
    0.5 * x * (approximate ? 1 + Math.tanh(GELU_SLOPE * x * (1 + GELU_CUBIC * x * x)) : special.erfc(-x * Math.SQRT1_2)),
  ['inputs'],
  ({ dy, inputs: [x], attrs: { approximate } }) => [() => mul(dy, approximate ? geluTanhSlope(x) : geluSlope(x))],
);

/**
 * Element-wise `x` times the probability that a standard normal number is below `x` (Hendrycks and Gimpel 2016), by erf or, if
 * `approximate`, by tanh.
 * @example
 * tf.gelu([-1, 1]).arraySync(); // [-0.15866, 0.84134]
 */
export function gelu(x: TensorLike, approximate = false): Tensor {
  return geluWith(x, { approximate });
}

/**
 * Element-wise `1 / (1 + exp(-x))`.
 * @example
 * tf.sigmoid([0, 2]).arraySync(); // [0.5, 0.8808]
 */
export const sigmoid: Unary = unary('sigmoid', special.sigmoid, ['outputs'], ({ dy, outputs: [y] }) => [() => mul(dy, mul(y, sub(1, y)))]);

/**
 * Element-wise `x * sigmoid(x)`, also known as swish.
 * @example
 * tf.silu([0, 2]).arraySync(); // [0, 1.76159]
 */
export const silu: Unary = unary(
  'silu',
  (x) => x * special.sigmoid(x),
  ['inputs'],
  ({ dy, inputs: [x] }) => [
    () => {
      const s = sigmoid(x);
      return mul(dy, mul(s, add(mul(x, sub(1, s)), 1)));
    },
  ],
);

/**
 * The same as `silu`.
 * @example
 * tf.swish([0, 2]).arraySync(); // [0, 1.76159]
 */
export const swish: Unary = silu;

/**
 * Element-wise hyperbolic tangent.
 * @example
 * tf.tanh([0, 1]).arraySync(); // [0, 0.76159]
 */
export const tanh: Unary = unary('tanh', Math.tanh, ['outputs'], ({ dy, outputs: [y] }) => [() => mul(dy, sub(1, square(y)))]);

/**
 * Element-wise `log(1 + exp(x))`, without overflow.
 * @example
 * tf.softplus([0, 1000]).arraySync(); // [0.69315, 1000]
 */
export const softplus: Unary = unary('softplus', special.softplus, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, sigmoid(x))]);

/**
 * Element-wise `x / (1 + |x|)`.
 * @example
 * tf.softsign([-1, 3]).arraySync(); // [-0.5, 0.75]
 */
export const softsign: Unary = unary(
  'softsign',
  (x) => x / (1 + Math.abs(x)),
  ['inputs'],
  ({ dy, inputs: [x] }) => [() => div(dy, square(add(abs(x), 1)))],
);

/**
 * Element-wise `x / 6 + 0.5`, but at least 0 and at most 1, as in Keras 3.
 * @example
 * tf.hardSigmoid([-4, 0, 4]).arraySync(); // [0, 0.5, 1]
 */
export const hardSigmoid: Unary = unary(
  'hardSigmoid',
  (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  ['outputs'],
  ({ dy, outputs: [y] }) => [() => where(logicalAnd(greater(y, 0), less(y, 1)), mul(dy, 1 / 6), 0)],
);

/**
 * Element-wise `log(sigmoid(x))`, without overflow.
 * @example
 * tf.logSigmoid([0, -1000]).arraySync(); // [-0.69315, -1000]
 */
export const logSigmoid: Unary = unary(
  'logSigmoid',
  (x) => -special.softplus(-x),
  ['inputs'],
  ({ dy, inputs: [x] }) => [() => mul(dy, sigmoid(neg(x)))],
);

/** The axis along which a softmax sums to 1. */
interface AxisAttrs {
  readonly axis: number;
}

/** The greatest element, a difference, its exponential, their sum, and a quotient or the difference of logarithms. */
const SOFTMAX: Traits = { flops: flopsPerElement(5) };

/** What flows to the input of a softmax: one pass over a line while it is near, where a formula of ops makes three tensors of its size. */
const softmaxGradientOp: Op<AxisAttrs, 'inputs'> = declare<AxisAttrs, 'inputs'>({
  name: 'softmaxGradient',
  attrs: ['axis'],
  traits: { flops: flopsPerElement(4) },
  infer: ([, y]) => [y],
  kernel: softmaxGradientKernel,
  saves: ['inputs'],
  grad: ({ dy: flow, inputs: [dy, y], attrs: { axis } }) => [
    () => softmaxGradient(flow, y, axis),
    () => sub(mul(flow, sub(dy, sum(mul(dy, y), axis, true))), mul(dy, sum(mul(flow, y), axis, true))),
  ],
});

function softmaxGradient(dy: Tensor, y: Tensor, axis: number): Tensor {
  return apply(softmaxGradientOp, [dy, y], { axis })[0];
}

const softmaxOp: Op<AxisAttrs, 'outputs'> = declare<AxisAttrs, 'outputs'>({
  name: 'softmax',
  attrs: ['axis'],
  traits: SOFTMAX,
  infer: ([x]) => [x],
  kernel: softmaxKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [y], attrs: { axis } }) => [() => softmaxGradient(dy, y, axis)],
});

/**
 * `exp(x)` scaled to sum to 1 along `axis`, without overflow.
 * @example
 * tf.softmax([0, Math.log(3)]).arraySync(); // [0.25, 0.75]
 */
export function softmax(x: TensorLike, axis = -1): Tensor {
  const input = toFloat('softmax', x);
  return apply(softmaxOp, [input], { axis: normalizeAxis('softmax', axis, input.rank) })[0];
}

const logSoftmaxOp: Op<AxisAttrs, 'outputs'> = declare<AxisAttrs, 'outputs'>({
  name: 'logSoftmax',
  attrs: ['axis'],
  traits: SOFTMAX,
  infer: ([x]) => [x],
  kernel: logSoftmaxKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [y], attrs: { axis } }) => [() => sub(dy, mul(exp(y), sum(dy, axis, true)))],
});

/**
 * The logarithm of `softmax(x, axis)`, without overflow or underflow.
 * @example
 * tf.logSoftmax([0, 0]).arraySync(); // [-0.69315, -0.69315]
 */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  const input = toFloat('logSoftmax', x);
  return apply(logSoftmaxOp, [input], { axis: normalizeAxis('logSoftmax', axis, input.rank) })[0];
}
