/** Activation functions that are formulas of other ops. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { normalizeAxis, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { sparsemaxKernel } from '../kernels/softmax.ts';
import { elu, hardSigmoid, sigmoid, softplus, tanh } from './activations.ts';
import { add, div, maximum, mul, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { greater, greaterEqual, where } from './compare.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { split } from './join.ts';
import { abs, clipByValue, sqrt } from './math.ts';
import { sum } from './reduce.ts';

/** A number that a formula can take. */
function checkNumber(owner: string, name: string, value: number, least = -Infinity): number {
  if (typeof value === 'number' && value >= least) return value;
  throw new ArgumentError(`${owner}: ${name} must be a number${least > -Infinity ? ` >= ${least}` : ''}; received ${show(value)}`);
}

/**
 * Element-wise `x`, but at least -1 and at most 1.
 * @example
 * tf.hardTanh([-2, 0.5, 2]).arraySync(); // [-1, 0.5, 1]
 */
export function hardTanh(x: TensorLike): Tensor {
  return clipByValue(toFloat('hardTanh', x), -1, 1);
}

/**
 * Element-wise `x * hardSigmoid(x)`, also known as hardSwish (Howard et al. 2019).
 * @example
 * tf.hardSilu([-3, 1, 4]).arraySync(); // [0, 0.66667, 4]
 */
export function hardSilu(x: TensorLike): Tensor {
  const input = toFloat('hardSilu', x);
  return mul(input, hardSigmoid(input));
}

/**
 * The same as `hardSilu`.
 * @example
 * tf.hardSwish([-3, 1, 4]).arraySync(); // [0, 0.66667, 4]
 */
export const hardSwish: (x: TensorLike) => Tensor = hardSilu;

/**
 * Element-wise `x * tanh(softplus(x))` (Misra 2019).
 * @example
 * tf.mish([0, 1]).arraySync(); // [0, 0.8651]
 */
export function mish(x: TensorLike): Tensor {
  const input = toFloat('mish', x);
  return mul(input, tanh(softplus(input)));
}

/**
 * Element-wise `x` above 0 and `alpha * (exp(x / alpha) - 1)` elsewhere, smooth for any alpha (Barron 2017).
 * @throws ArgumentError unless alpha is above 0.
 * @example
 * tf.celu([-2, 1], 2).arraySync(); // [-1.26424, 1]
 */
export function celu(x: TensorLike, alpha = 1): Tensor {
  if (typeof alpha !== 'number' || !(alpha > 0)) throw new ArgumentError(`celu: alpha must be a number above 0; received ${show(alpha)}`);
  return mul(elu(div(toFloat('celu', x), alpha)), alpha);
}

/**
 * The first half of `x` along `axis` times the sigmoid of the second (Dauphin et al. 2017).
 * @throws ShapeError for an axis of odd size.
 * @example
 * tf.glu([2, 4, 0, 0]).arraySync(); // [1, 2]
 */
export function glu(x: TensorLike, axis = -1): Tensor {
  const input = toFloat('glu', x);
  const at = normalizeAxis('glu', axis, input.rank);
  if (input.shape[at] % 2 !== 0) throw new ShapeError(`glu: axis ${at} must have an even size; received shape ${showShape(input.shape)}`);
  const [value, gate] = split(input, 2, at);
  return mul(value, sigmoid(gate));
}

/**
 * Element-wise `(x + sqrt(x * x + b)) / 2`, a smooth relu without exponentials (Barron 2021).
 * @throws ArgumentError for a `b` below 0.
 * @example
 * tf.squareplus([0, 1.5]).arraySync(); // [1, 2]
 */
export function squareplus(x: TensorLike, b = 4): Tensor {
  const input = toFloat('squareplus', x);
  checkNumber('squareplus', 'b', b, 0);
  return mul(add(input, sqrt(add(square(input), b))), 0.5);
}

/**
 * Element-wise `x` above `threshold` and `defaultValue` elsewhere.
 * @throws ArgumentError for what is no number.
 * @example
 * tf.threshold([1, 2, 3], 1.5, 0).arraySync(); // [0, 2, 3]
 */
export function threshold(x: TensorLike, threshold: number, defaultValue: number): Tensor {
  const input = toFloat('threshold', x);
  checkNumber('threshold', 'defaultValue', defaultValue);
  return where(greater(input, checkNumber('threshold', 'threshold', threshold)), input, defaultValue);
}

/**
 * Element-wise `x - tanh(x)`.
 * @example
 * tf.tanhShrink([0, 1]).arraySync(); // [0, 0.23841]
 */
export function tanhShrink(x: TensorLike): Tensor {
  const input = toFloat('tanhShrink', x);
  return sub(input, tanh(input));
}

/**
 * Element-wise `x` drawn towards 0 by `threshold`, and 0 within it.
 * @throws ArgumentError for a threshold below 0.
 * @example
 * tf.softShrink([-2, 0.3, 2]).arraySync(); // [-1.5, 0, 1.5]
 */
export function softShrink(x: TensorLike, threshold = 0.5): Tensor {
  const input = toFloat('softShrink', x);
  checkNumber('softShrink', 'threshold', threshold, 0);
  return sub(input, clipByValue(input, -threshold, threshold));
}

/**
 * Element-wise `x`, but 0 from `-threshold` to `threshold`.
 * @throws ArgumentError for a threshold below 0.
 * @example
 * tf.hardShrink([-2, 0.3, 2]).arraySync(); // [-2, 0, 2]
 */
export function hardShrink(x: TensorLike, threshold = 0.5): Tensor {
  const input = toFloat('hardShrink', x);
  return where(greater(abs(input), checkNumber('hardShrink', 'threshold', threshold, 0)), input, 0);
}

/**
 * Element-wise 0 up to -1, `x` from 1 on, and a parabola between (the integral of `sparseSigmoid`).
 * @example
 * tf.sparsePlus([-2, 0, 2]).arraySync(); // [0, 0.25, 2]
 */
export function sparsePlus(x: TensorLike): Tensor {
  const input = toFloat('sparsePlus', x);
  return where(greaterEqual(input, 1), input, mul(square(add(maximum(input, -1), 1)), 0.25));
}

/**
 * Element-wise `(x + 1) / 2`, but at least 0 and at most 1.
 * @example
 * tf.sparseSigmoid([-2, 0, 2]).arraySync(); // [0, 0.5, 1]
 */
export function sparseSigmoid(x: TensorLike): Tensor {
  return clipByValue(mul(add(toFloat('sparseSigmoid', x), 1), 0.5), 0, 1);
}

/**
 * Element-wise `x` above 0 and `alpha * x` elsewhere, with slopes that broadcast and can be learned (He et al. 2015).
 * @example
 * tf.prelu([-1, -1, 2], [0.5, 0.1, 0.5]).arraySync(); // [-0.5, -0.1, 2]
 */
export function prelu(x: TensorLike, alpha: TensorLike): Tensor {
  const input = toFloat('prelu', x);
  const isPositive = greater(input, 0);
  // The side that is not taken must be finite: an infinity times a gradient of 0 is NaN.
  return where(isPositive, input, mul(where(isPositive, 0, input), toTensor('prelu', alpha)));
}

const sparsemaxOp: Op<{ axis: number }, 'outputs'> = declare<{ axis: number }, 'outputs'>({
  name: 'sparsemax',
  attrs: ['axis'],
  traits: { flops: flopsPerElement(8) },
  infer: ([x]) => [x],
  kernel: sparsemaxKernel,
  saves: ['outputs'],
  grad: ({ dy, outputs: [y], attrs: { axis } }) => [
    () => {
      const support = castTo(greater(y, 0), y.dtype);
      const kept = mul(dy, support);
      return sub(kept, mul(support, div(sum(kept, axis, true), sum(support, axis, true))));
    },
  ],
});

/**
 * The point nearest to `x` among those whose elements along `axis` are not negative and sum to 1: many are exactly 0 (Martins and Astudillo 2016).
 * @example
 * tf.sparsemax([1, 1.5, -2]).arraySync(); // [0.25, 0.75, 0]
 */
export function sparsemax(x: TensorLike, axis = -1): Tensor {
  const input = toFloat('sparsemax', x);
  return apply(sparsemaxOp, [input], { axis: normalizeAxis('sparsemax', axis, input.rank) })[0];
}
