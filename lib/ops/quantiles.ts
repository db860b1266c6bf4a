/** Medians, quantiles and percentiles. */
import { ArgumentError, checkFlag, checkList, ShapeError, show } from '../core/errors.ts';
import { normalizeAxes, reducedShape, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { add, maximum, mul, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, logicalNot, where } from './compare.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { scalar } from './creation.ts';
import { gather } from './indexing.ts';
import { ceil, floor, isNaN as nan, round } from './math.ts';
import { sum } from './reduce.ts';
import { takeAlong } from './scatter.ts';
import { reshape } from './shape.ts';
import { sort } from './sort.ts';
import { transpose } from './transpose.ts';

/** What lies between two elements: a mixture, one of them, or their mean. */
export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

/** The place of a quantile among sorted elements: between two of them, and how far from the first to the second. */
function placeOf(at: number, method: QuantileMethod): readonly [below: number, above: number, share: number] {
  const [below, above] = [Math.floor(at), Math.ceil(at)];
  switch (method) {
    case 'lower':
      return [below, below, 0];
    case 'higher':
      return [above, above, 0];
    case 'midpoint':
      return [below, above, 0.5];
    case 'nearest': {
      // Half-way to the even one.
      const near = at - below === 0.5 ? 2 * Math.round(at / 2) : Math.round(at);
      return [near, near, 0];
    }
    default:
      return [below, above, at - below];
  }
}

/** The elements over the axes as lines of their own, and the shape of what is left when each becomes one element. */
function linesOver(
  owner: string,
  x: Tensor,
  axis: number | readonly number[] | null,
  keepDims: boolean,
): { lines: Tensor; length: number; shape: Shape } {
  const axes = normalizeAxes(owner, axis, x.rank);
  checkFlag(owner, 'keepDims', keepDims);
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const length = sizeOfShape(axes.map((i) => x.shape[i]));
  if (length === 0) throw new ShapeError(`${owner}: an axis of size 0 has no element to pick; shape ${showShape(x.shape)}`);
  const lines = reshape(transpose(x, [...kept, ...axes]), [x.size / length, length]);
  return { lines, length, shape: reducedShape(x.shape, axes, keepDims) };
}

function quantiles(
  owner: string,
  x: TensorLike,
  shares: readonly number[],
  axis: number | readonly number[] | null,
  method: QuantileMethod,
  keepDims: boolean,
): Tensor {
  const input = toFloat(owner, x);
  const { lines, length, shape } = linesOver(owner, input, axis, keepDims);
  const columns = transpose(sort(lines));
  const places = shares.map((q) => placeOf(q * (length - 1), method));
  const pick = (list: readonly number[]): Tensor => gather(columns, Int32Array.from(list));
  const part = tensorOf(
    places.map(([, , share]) => share),
    [places.length, 1],
    input.dtype,
  );
  const [below, above] = [pick(places.map(([from]) => from)), pick(places.map(([, to]) => to))];
  const same = places.every(([from, to]) => from === to);
  // No share of what is above is nothing of it, even of infinity.
  const mixed = same ? below : where(equal(part, 0), below, add(mul(below, sub(1, part)), mul(above, part)));
  // NaN is sorted to the end.
  const spoilt = nan(pick([length - 1]));
  const result = where(spoilt, scalar(Number.NaN, input.dtype), mixed);
  return reshape(result, [shares.length, ...shape]);
}

function checkShares(owner: string, q: number | readonly number[], whole: number): readonly number[] {
  const list = typeof q === 'number' ? [q] : checkList(owner, 'q', q);
  if (!list.every((share) => typeof share === 'number' && share >= 0 && share <= whole)) {
    throw new ArgumentError(`${owner}: q must be from 0 to ${whole}; received ${show(q)}`);
  }
  return list.map((share) => share / whole);
}

const METHODS: readonly QuantileMethod[] = ['linear', 'lower', 'higher', 'midpoint', 'nearest'];

function checkMethod(owner: string, method: QuantileMethod): QuantileMethod {
  if (!METHODS.includes(method)) {
    throw new ArgumentError(`${owner}: method must be one of ${METHODS.join(', ')}; received ${show(method)}`);
  }
  return method;
}

/** The only quantile without its axis, or all of several. */
function asked(q: number | readonly number[], all: Tensor): Tensor {
  return typeof q === 'number' ? reshape(all, all.shape.slice(1)) : all;
}

/**
 * The element at the share `q` (0 to 1) of the sorted elements over `axis` (one, several, or all unless given); between two elements as `method` says.
 * Several shares are stacked along a new first axis. NaN if there is one.
 * @throws ArgumentError for a share that is not from 0 to 1, and for another method; ShapeError for an axis of size 0.
 * @example
 * tf.quantile([4, 1, 3, 2], 0.5).item(); // 2.5
 * tf.quantile([4, 1, 3, 2], [0, 1]).arraySync(); // [1, 4]
 */
export function quantile(
  x: TensorLike,
  q: number | readonly number[],
  axis: number | readonly number[] | null = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Tensor {
  return asked(q, quantiles('quantile', x, checkShares('quantile', q, 1), axis, checkMethod('quantile', method), keepDims));
}

/**
 * `quantile` with shares from 0 to 100.
 * @throws ArgumentError for a share that is not from 0 to 100, and for another method; ShapeError for an axis of size 0.
 * @example
 * tf.percentile([4, 1, 3, 2, 5], 75).item(); // 4
 */
export function percentile(
  x: TensorLike,
  q: number | readonly number[],
  axis: number | readonly number[] | null = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Tensor {
  return asked(q, quantiles('percentile', x, checkShares('percentile', q, 100), axis, checkMethod('percentile', method), keepDims));
}

/**
 * The middle one of the sorted elements over `axis` (one, several, or all unless given), or the mean of the two in the middle. NaN if there is one.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.median([[3, 1, 2], [6, 4, 9]], 1).arraySync(); // [2, 6]
 */
export function median(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  return asked(0.5, quantiles('median', x, [0.5], axis, 'linear', keepDims));
}

/** Quantiles of what is a number: where they lie depends on how many numbers there are, so that places are computed as tensors. */
function nanQuantiles(
  owner: string,
  x: TensorLike,
  shares: readonly number[],
  axis: number | readonly number[] | null,
  method: QuantileMethod,
  keepDims: boolean,
): Tensor {
  const input = toFloat(owner, x);
  const { lines, shape } = linesOver(owner, input, axis, keepDims);
  const sorted = sort(lines);
  const last = sub(sum(castTo(logicalNot(nan(lines)), 'float64'), 1, true), 1);
  const place = maximum(mul(last, tensorOf(shares, [1, shares.length], 'float64')), 0);
  const below = method === 'higher' ? ceil(place) : method === 'nearest' ? round(place) : floor(place);
  const above = method === 'linear' || method === 'midpoint' ? ceil(place) : below;
  const pick = (at: Tensor): Tensor => takeAlong(sorted, castTo(at, 'int32'), 1);
  const part = castTo(method === 'midpoint' ? mul(sub(above, below), 0.5) : sub(place, below), input.dtype);
  const [low, high] = [pick(below), pick(above)];
  const mixed = where(equal(below, above), low, add(mul(low, sub(1, part)), mul(high, part)));
  return reshape(transpose(mixed), [shares.length, ...shape]);
}

/**
 * `quantile` of what is a number; NaN where nothing is.
 * @throws ArgumentError for a share that is not from 0 to 1, and for another method; ShapeError for an axis of size 0.
 * @example
 * tf.nanquantile([4, NaN, 1, 3, 2], 0.5).item(); // 2.5
 */
export function nanquantile(
  x: TensorLike,
  q: number | readonly number[],
  axis: number | readonly number[] | null = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Tensor {
  return asked(q, nanQuantiles('nanquantile', x, checkShares('nanquantile', q, 1), axis, checkMethod('nanquantile', method), keepDims));
}

/**
 * `percentile` of what is a number; NaN where nothing is.
 * @throws ArgumentError for a share that is not from 0 to 100, and for another method; ShapeError for an axis of size 0.
 * @example
 * tf.nanpercentile([4, NaN, 1, 3, 2, 5], 75).item(); // 4
 */
export function nanpercentile(
  x: TensorLike,
  q: number | readonly number[],
  axis: number | readonly number[] | null = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Tensor {
  const shares = checkShares('nanpercentile', q, 100);
  return asked(q, nanQuantiles('nanpercentile', x, shares, axis, checkMethod('nanpercentile', method), keepDims));
}

/**
 * `median` of what is a number; NaN where nothing is.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.nanmedian([3, NaN, 1, 2]).item(); // 2
 */
export function nanmedian(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  return asked(0.5, nanQuantiles('nanmedian', x, [0.5], axis, 'linear', keepDims));
}
