/** Medians, quantiles and percentiles. */
import { ArgumentError, checkFlag, checkList, ShapeError, show } from '../core/errors.ts';
import { normalizeAxes, reducedShape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { add, mul, sub } from './arithmetic.ts';
import { equal, where } from './compare.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { scalar } from './creation.ts';
import { gather } from './indexing.ts';
import { isNaN as nan } from './math.ts';
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

function quantiles(
  owner: string,
  x: TensorLike,
  shares: readonly number[],
  axis: number | readonly number[] | null,
  method: QuantileMethod,
  keepDims: boolean,
): Tensor {
  const input = toFloat(owner, x);
  const axes = normalizeAxes(owner, axis, input.rank);
  checkFlag(owner, 'keepDims', keepDims);
  const kept = input.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const length = sizeOfShape(axes.map((i) => input.shape[i]));
  if (length === 0) throw new ShapeError(`${owner}: an axis of size 0 has no element to pick; shape ${showShape(input.shape)}`);
  const lines = reshape(transpose(input, [...kept, ...axes]), [input.size / length, length]);
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
  return reshape(result, [shares.length, ...reducedShape(input.shape, axes, keepDims)]);
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
