/** Averages, moments, counts and correlations, and the root of a sum of squares. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { normalizeAxes, sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, maximum, mul, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, notEqual, where } from './compare.ts';
import { type TensorLike, toFloat, toPair, toTensor } from './convert.ts';
import { type Binary, binary } from './elementwise.ts';
import { norm } from './linalg/norm.ts';
import { sqrt } from './math.ts';
import { matMul } from './matmul.ts';
import { max, mean, min, sum, variance } from './reduce.ts';
import { shareOf } from './scan.ts';
import { reshape } from './shape.ts';
import { expandDims } from './transpose.ts';

type Axis = number | readonly number[] | null;

/**
 * The mean over `axis` (one, several, or all unless given), each element counted as often as its weight says: weights of the shape of `x`, or of one axis.
 * @throws ShapeError for weights of another shape.
 * @example
 * tf.average([1, 2, 6], null, [1, 1, 2]).item(); // 3.75
 */
export function average(x: TensorLike, axis: Axis = null, weights: TensorLike | null = null): Tensor {
  const input = toFloat('average', x);
  if (weights === null) return mean(input, axis);
  const given = castTo(toTensor('average', weights), input.dtype);
  const axes = normalizeAxes('average', axis, input.rank);
  const fits = axes.length === 1 && given.rank === 1 && given.size === input.shape[axes[0]];
  if (!fits && !sameShape(given.shape, input.shape)) {
    throw new ShapeError(
      `average: weights of shape ${showShape(given.shape)} are neither of shape ${showShape(input.shape)} nor of the one axis averaged`,
    );
  }
  const spread = sameShape(given.shape, input.shape)
    ? given
    : reshape(
        given,
        input.shape.map((d, i) => (i === axes[0] ? d : 1)),
      );
  return div(sum(mul(input, spread), axes), sum(spread, spread === given ? axes : null));
}

/**
 * The mean and the variance over `axis` (one, several, or all unless given).
 * @example
 * const { mean, variance } = tf.moments([1, 2, 3, 6]);
 * mean.item(); // 3
 * variance.item(); // 3.5
 */
export function moments(x: TensorLike, axis: Axis = null, keepDims = false): { mean: Tensor; variance: Tensor } {
  const input = toFloat('moments', x);
  return { mean: mean(input, axis, keepDims), variance: variance(input, axis, keepDims) };
}

/**
 * How many elements over `axis` (one, several, or all unless given) are not 0, as int32.
 * @example
 * tf.countNonzero([[0, 1], [2, 3]], 1).arraySync(); // [1, 2]
 */
export function countNonzero(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return sum(castTo(notEqual(toTensor('countNonzero', x), 0), 'int32'), axis, keepDims);
}

/**
 * The share of elements that are 0, as float32.
 * @example
 * tf.zeroFraction([0, 1, 0, 2]).item(); // 0.5
 */
export function zeroFraction(x: TensorLike): Tensor {
  return mean(castTo(equal(toTensor('zeroFraction', x), 0), 'float32'));
}

/**
 * The greatest less the least element over `axis` (one, several, or all unless given).
 * @example
 * tf.ptp([3, 9, 4]).item(); // 6
 */
export function ptp(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  const input = toTensor('ptp', x);
  return sub(max(input, axis, keepDims), min(input, axis, keepDims));
}

/**
 * The correlation of each pair of variables: of the rows of `x`, or of its columns unless `rowvar`. NaN for a variable that does not vary.
 * @throws ShapeError for more than 2 axes.
 * @example
 * tf.corrcoef([[1, 2, 3], [3, 2, 1]]).round().arraySync(); // [[1, -1], [-1, 1]]
 */
export function corrcoef(x: TensorLike, rowvar = true): Tensor {
  const input = toFloat('corrcoef', x);
  if (input.rank < 1 || input.rank > 2) throw new ShapeError(`corrcoef: x needs 1 or 2 axes; received ${showShape(input.shape)}`);
  const table = input.rank === 1 ? reshape(input, [1, input.size]) : input;
  const along = rowvar || input.rank === 1 ? 1 : 0;
  const centred = sub(table, mean(table, along, true));
  const unit = div(centred, sqrt(sum(square(centred), along, true)));
  const pairs = matMul(unit, unit, along === 0, along === 1);
  return input.rank === 1 ? reshape(pairs, []) : pairs;
}

/**
 * The logarithm of `exp(a) + exp(b)`, element by element, without overflow.
 * @example
 * tf.logaddexp([0, 1000], [0, 0]).arraySync(); // [0.6931..., 1000]
 */
export const logaddexp: Binary = binary(
  'logaddexp',
  (a, b) => {
    const greatest = Math.max(a, b);
    return a === b || !Number.isFinite(greatest) ? greatest + (a === b ? Math.LN2 : 0) : greatest + Math.log1p(Math.exp(-Math.abs(a - b)));
  },
  ['inputs', 'outputs'],
  ({ dy, inputs: [a, b], outputs: [y] }) => [() => mul(dy, shareOf(a, y)), () => mul(dy, shareOf(b, y))],
  { result: 'float' },
);

/** The square root of a sum of squares, whose gradient at 0 is 0 and not NaN. */
function rootOf(sum: Tensor): Tensor {
  const nothing = equal(sum, 0);
  return where(nothing, 0, sqrt(where(nothing, 1, sum)));
}

/**
 * The square root of the sum of squares over `axis` (one, several, or all unless given); its gradient at 0 is 0.
 * @example
 * tf.euclideanNorm([3, 4]).item(); // 5
 */
export function euclideanNorm(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return rootOf(sum(square(toFloat('euclideanNorm', x)), axis, keepDims));
}

/**
 * The distances `[..., m, n]` between points `[..., m, d]` and `[..., n, d]`: of each of the first to each of the second. The gradient of a distance of 0 is 0.
 * @throws ShapeError for fewer than 2 axes, and for points of different dimensions.
 * @example
 * tf.cdist([[0, 0], [3, 4]], [[0, 0]]).arraySync(); // [[0], [5]]
 */
export function cdist(x: TensorLike, y: TensorLike): Tensor {
  const [left, right] = toPair('cdist', x, y).map((points) => toFloat('cdist', points));
  if (left.rank < 2 || right.rank < 2 || left.shape.at(-1) !== right.shape.at(-1)) {
    throw new ShapeError(
      `cdist: needs points of one dimension, with 2 axes or more; received ${showShape(left.shape)} and ${showShape(right.shape)}`,
    );
  }
  return euclideanNorm(sub(expandDims(left, -2), expandDims(right, -3)), -1);
}

/**
 * `x` divided by its norm of `order` over `axis`, or by `epsilon` where that is less.
 * @throws ArgumentError for an order that is no number >= 1, and an epsilon that is no number above 0.
 * @example
 * tf.normalize([[3, 4], [0, 2]]).arraySync(); // [[0.6, 0.8], [0, 1]]
 * tf.normalize([1, 3], -1, 1).arraySync(); // [0.25, 0.75]
 */
export function normalize(x: TensorLike, axis = -1, order = 2, epsilon = 1e-7): Tensor {
  const input = toFloat('normalize', x);
  if (!(order >= 1)) throw new ArgumentError(`normalize: order must be a number >= 1; received ${show(order)}`);
  if (!(epsilon > 0)) throw new ArgumentError(`normalize: epsilon must be a number above 0; received ${show(epsilon)}`);
  return div(input, maximum(norm(input, order, axis, true), epsilon));
}
