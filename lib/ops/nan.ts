/** Reductions that leave out what is not a number. */
import { isFloat } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, logicalNot, where } from './compare.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { isNaN as nan, sqrt } from './math.ts';
import { all, argMax, argMin, max, min, sum } from './reduce.ts';
import { cumprod, cumsum } from './scan.ts';
import { view } from './shape.ts';
import { prod } from './statistics.ts';

type Axis = number | readonly number[] | null;

/** `x` with `value` in place of NaN. */
function without(x: Tensor, value: number): Tensor {
  return isFloat(x.dtype) ? where(nan(x), value, x) : x;
}

/** How many elements over `axis` are numbers. */
function countOf(x: Tensor, axis: Axis, keepDims: boolean): Tensor {
  return sum(castTo(logicalNot(nan(x)), x.dtype), axis, keepDims);
}

/**
 * The sum over `axis` (one, several, or all unless given) of what is a number.
 * @example
 * tf.nansum([1, NaN, 3]).item(); // 4
 */
export function nansum(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return sum(without(toTensor('nansum', x), 0), axis, keepDims);
}

/**
 * The product over `axis` (one, several, or all unless given) of what is a number.
 * @example
 * tf.nanprod([2, NaN, 3]).item(); // 6
 */
export function nanprod(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return prod(without(toTensor('nanprod', x), 1), axis, keepDims);
}

/**
 * The mean over `axis` (one, several, or all unless given) of what is a number; NaN where nothing is.
 * @example
 * tf.nanmean([1, NaN, 3]).item(); // 2
 */
export function nanmean(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  const input = toFloat('nanmean', x);
  return div(sum(without(input, 0), axis, keepDims), countOf(input, axis, keepDims));
}

/**
 * The mean squared distance from the mean over `axis` (one, several, or all unless given) of what is a number; NaN where nothing is.
 * @example
 * tf.nanvar([1, NaN, 3]).item(); // 1
 */
export function nanvar(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  const input = toFloat('nanvar', x);
  const centre = nanmean(input, axis, true);
  const apart = where(nan(input), 0, sub(without(input, 0), centre));
  return div(sum(square(apart), axis, keepDims), countOf(input, axis, keepDims));
}

/**
 * The square root of `nanvar(x, axis, keepDims)`.
 * @example
 * tf.nanstd([1, NaN, 5]).item(); // 2
 */
export function nanstd(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return sqrt(nanvar(x, axis, keepDims));
}

function extreme(owner: string, x: TensorLike, axis: Axis, keepDims: boolean, greatest: boolean): Tensor {
  const input = toTensor(owner, x);
  if (!isFloat(input.dtype)) return greatest ? max(input, axis, keepDims) : min(input, axis, keepDims);
  const nothing = all(nan(input), axis, keepDims);
  const least = greatest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const best = greatest ? max(without(input, least), axis, keepDims) : min(without(input, least), axis, keepDims);
  return where(nothing, Number.NaN, best);
}

/**
 * The greatest number over `axis` (one, several, or all unless given); NaN where there is none.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.nanmax([1, NaN, 3]).item(); // 3
 */
export function nanmax(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return extreme('nanmax', x, axis, keepDims, true);
}

/**
 * The least number over `axis` (one, several, or all unless given); NaN where there is none.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.nanmin([1, NaN, 3]).item(); // 1
 */
export function nanmin(x: TensorLike, axis: Axis = null, keepDims = false): Tensor {
  return extreme('nanmin', x, axis, keepDims, false);
}

function extremeIndex(owner: string, x: TensorLike, axis: number, greatest: boolean): Tensor {
  const input = toTensor(owner, x);
  if (!isFloat(input.dtype)) return greatest ? argMax(input, axis) : argMin(input, axis);
  const least = greatest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const found = greatest ? argMax(without(input, least), axis) : argMin(without(input, least), axis);
  return where(all(nan(input), axis), -1, found);
}

/**
 * The position (int32) of the first greatest number along `axis`; -1 where there is none.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.nanargmax([NaN, 1, 3]).item(); // 2
 */
export function nanargmax(x: TensorLike, axis = 0): Tensor {
  return extremeIndex('nanargmax', x, axis, true);
}

/**
 * The position (int32) of the first least number along `axis`; -1 where there is none.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.nanargmin([NaN, 1, 3]).item(); // 1
 */
export function nanargmin(x: TensorLike, axis = 0): Tensor {
  return extremeIndex('nanargmin', x, axis, false);
}

/**
 * The sum of the numbers so far along `axis`.
 * @example
 * tf.nancumsum([1, NaN, 3]).arraySync(); // [1, 1, 4]
 */
export function nancumsum(x: TensorLike, axis = 0): Tensor {
  return cumsum(without(toTensor('nancumsum', x), 0), axis);
}

/**
 * The product of the numbers so far along `axis`.
 * @example
 * tf.nancumprod([2, NaN, 3]).arraySync(); // [2, 2, 6]
 */
export function nancumprod(x: TensorLike, axis = 0): Tensor {
  return cumprod(without(toTensor('nancumprod', x), 1), axis);
}

/**
 * `x` with other numbers in place of NaN and of infinities: 0, and the greatest and least finite number unless given.
 * @example
 * tf.nanToNum([NaN, 1, -Infinity], 0, null, -9).arraySync(); // [0, 1, -9]
 */
export function nanToNum(x: TensorLike, value = 0, posinf: number | null = null, neginf: number | null = null): Tensor {
  const input = toTensor('nanToNum', x);
  if (!isFloat(input.dtype)) return view(input);
  const most = input.dtype === 'float64' ? Number.MAX_VALUE : (2 - 2 ** -23) * 2 ** 127;
  const high = where(equal(input, Number.POSITIVE_INFINITY), posinf ?? most, without(input, value));
  return where(equal(input, Number.NEGATIVE_INFINITY), neginf ?? -most, high);
}
