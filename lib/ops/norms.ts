/** Averages, moments, counts and norms. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { normalizeAxes, normalizeAxis, sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, mul, pow, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, notEqual, where } from './compare.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { type Binary, binary } from './elementwise.ts';
import { abs, sqrt } from './math.ts';
import { matMul } from './matmul.ts';
import { max, mean, min, sum, variance } from './reduce.ts';
import { shareOf } from './scan.ts';
import { reshape } from './shape.ts';
import { flatten } from './transpose.ts';

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

/** Which norm: of vectors any p, or infinity; of matrices 1, infinity or 'fro'; 'euclidean' of both. */
export type NormOrder = number | 'euclidean' | 'fro';

/**
 * The norm over `axis`: of vectors along one axis (or of all elements, unless an axis is given), of matrices along two. Of vectors the p-norm of `ord`
 * (0 counts what is not 0, infinity and -infinity are the greatest and least amount); of matrices the greatest (least) sum of amounts of a column for 1 (-1),
 * of a row for infinity (-infinity), and the root of the sum of squares for 'fro' and 'euclidean'.
 * @throws ArgumentError for an order that the number of axes has not.
 * @example
 * tf.norm([3, 4]).item(); // 5
 * tf.norm([[1, -2], [3, 4]], 1, [0, 1]).item(); // 6
 */
export function norm(x: TensorLike, ord: NormOrder = 'euclidean', axis: Axis = null, keepDims = false): Tensor {
  const given = toTensor('norm', x);
  const input = isFloat(given.dtype) ? given : castTo(given, 'float32');
  if (axis === null && ord !== 'fro') {
    const y = vectorNorm(flatten(input), ord, 0, false);
    return keepDims
      ? reshape(
          y,
          input.shape.map(() => 1),
        )
      : y;
  }
  const axes = axis === null ? normalizeAxes('norm', null, input.rank) : typeof axis === 'number' ? [axis] : axis;
  normalizeAxes('norm', axes, input.rank);
  if (axes.length === 1) return vectorNorm(input, ord, normalizeAxis('norm', axes[0], input.rank), keepDims);
  if (axes.length !== 2) throw new ArgumentError(`norm: axis must name one or two axes; received ${show(axis)}`);
  const [rows, columns] = axes.map((at) => normalizeAxis('norm', at, input.rank));
  return matrixNorm(input, ord, rows, columns, keepDims);
}

function vectorNorm(x: Tensor, ord: NormOrder, axis: number, keepDims: boolean): Tensor {
  if (ord === 'euclidean' || ord === 2) return euclideanNorm(x, axis, keepDims);
  if (typeof ord !== 'number' || Number.isNaN(ord)) throw new ArgumentError(`norm: vectors have no norm of order ${show(ord)}`);
  const amounts = abs(x);
  if (ord === Number.POSITIVE_INFINITY) return max(amounts, axis, keepDims);
  if (ord === Number.NEGATIVE_INFINITY) return min(amounts, axis, keepDims);
  if (ord === 1) return sum(amounts, axis, keepDims);
  if (ord === 0) return castTo(countNonzero(x, axis, keepDims), x.dtype);
  return pow(sum(pow(amounts, ord), axis, keepDims), 1 / ord);
}

function matrixNorm(x: Tensor, ord: NormOrder, rows: number, columns: number, keepDims: boolean): Tensor {
  if (ord === 'euclidean' || ord === 'fro') return euclideanNorm(x, [rows, columns], keepDims);
  const best = typeof ord === 'number' && ord > 0 ? max : min;
  if (Math.abs(ord) !== 1 && Math.abs(ord) !== Number.POSITIVE_INFINITY) {
    throw new ArgumentError(
      `norm: matrices have no norm of order ${show(ord)} here; known are 1, -1, Infinity, -Infinity, "fro" and "euclidean"`,
    );
  }
  const [summed, compared] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
  const y = best(sum(abs(x), summed, true), compared, true);
  if (keepDims) return y;
  return reshape(
    y,
    y.shape.filter((_, axis) => axis !== rows && axis !== columns),
  );
}
