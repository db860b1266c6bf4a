/** Sums, means, extremes and products of the rows that share a segment. */
import { type DType, isFloat, rangeOf } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { checkRank, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { SCATTER_MODES } from '../kernels/scatter.ts';
import { div, maximum, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, greater, where } from './compare.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { fill, ones } from './creation.ts';
import { neededValues } from './dynamic.ts';
import { gather, toIndices, unsortedSegmentSum } from './indexing.ts';
import { concat, slice } from './join.ts';
import { sqrt } from './math.ts';
import { checkCount, range } from './ranges.ts';
import { linearRecurrence } from './scan.ts';
import { scatter } from './scatter.ts';
import { searchSorted } from './search.ts';
import { reshape } from './shape.ts';
import { argsort } from './sort.ts';
import { flatten } from './transpose.ts';

/** Rows of one axis, the segment of each, and the shape of the result. */
interface Segments {
  readonly rows: Tensor;
  readonly ids: Tensor;
  readonly count: number;
  readonly shape: readonly number[];
}

function segmentsOf(owner: string, x: TensorLike, segmentIds: TensorLike, numSegments: number): Segments {
  const input = toTensor(owner, x);
  const ids = toIndices(owner, segmentIds);
  const count = checkCount(owner, 'numSegments', numSegments);
  if (!sameShape(input.shape.slice(0, ids.rank), ids.shape)) {
    throw new ShapeError(`${owner}: shape ${showShape(input.shape)} does not begin with that of the segments, ${showShape(ids.shape)}`);
  }
  const rest = input.shape.slice(ids.rank);
  return {
    rows: reshape(input, [ids.size, sizeOfShape(rest)]),
    ids: flatten(ids),
    count,
    shape: checkRank(owner, [count, ...rest]),
  };
}

/** How many rows each segment has, as a column. */
function rowCounts({ ids, count }: Segments, dtype: DType): Tensor {
  return reshape(unsortedSegmentSum(ones([ids.size], dtype), ids, count), [count, 1]);
}

/**
 * The means of the rows of `x` that share a segment; 0 for a segment without rows. A negative segment drops its row.
 * @throws ArgumentError for a segment that is not below `numSegments`; ShapeError if the shape of `x` does not begin with that of `segmentIds`.
 * @example
 * tf.unsortedSegmentMean([1, 2, 4], [0, 1, 0], 3).arraySync(); // [2.5, 2, 0]
 */
export function unsortedSegmentMean(x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  const given = segmentsOf('unsortedSegmentMean', x, segmentIds, numSegments);
  const rows = isFloat(given.rows.dtype) ? given.rows : castTo(given.rows, 'float32');
  const sums = unsortedSegmentSum(rows, given.ids, given.count);
  return reshape(div(sums, maximum(rowCounts(given, rows.dtype), 1)), given.shape);
}

/**
 * The sums of the rows of `x` that share a segment, divided by the square root of their number; 0 for a segment without rows.
 * @throws ArgumentError for a segment that is not below `numSegments`; ShapeError if the shape of `x` does not begin with that of `segmentIds`.
 * @example
 * tf.unsortedSegmentSqrtN([1, 3, 3, 1], [0, 0, 0, 0], 1).arraySync(); // [4]
 */
export function unsortedSegmentSqrtN(x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  const given = segmentsOf('unsortedSegmentSqrtN', x, segmentIds, numSegments);
  const rows = isFloat(given.rows.dtype) ? given.rows : castTo(given.rows, 'float32');
  const sums = unsortedSegmentSum(rows, given.ids, given.count);
  return reshape(div(sums, sqrt(maximum(rowCounts(given, rows.dtype), 1))), given.shape);
}

/** The finite number of a dtype that is below (or above) all others. */
function extremeOf(dtype: DType, least: boolean): number {
  if (dtype === 'float64') return least ? -Number.MAX_VALUE : Number.MAX_VALUE;
  if (dtype === 'float32') return (least ? -1 : 1) * (2 - 2 ** -23) * 2 ** 127;
  return rangeOf(dtype)[least ? 0 : 1];
}

function extreme({ rows, ids, count, shape }: Segments, mode: 'max' | 'min'): Tensor {
  const nothing = fill([count, rows.shape[1]], extremeOf(rows.dtype, mode === 'max'), rows.dtype);
  return reshape(scatter(nothing, ids, rows, { axis: 0, mode: SCATTER_MODES.indexOf(mode), drops: true }), shape);
}

/**
 * The greatest of the rows of `x` that share a segment, element by element; the least number of the dtype for a segment without rows. A negative segment drops
 * its row. Equal elements share the gradient.
 * @throws ArgumentError for a segment that is not below `numSegments`; ShapeError if the shape of `x` does not begin with that of `segmentIds`.
 * @example
 * tf.unsortedSegmentMax([1, 2, 4], [0, 1, 0], 2).arraySync(); // [4, 2]
 */
export function unsortedSegmentMax(x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return extreme(segmentsOf('unsortedSegmentMax', x, segmentIds, numSegments), 'max');
}

/**
 * The least of the rows of `x` that share a segment, element by element; the greatest number of the dtype for a segment without rows. A negative segment drops
 * its row. Equal elements share the gradient.
 * @throws ArgumentError for a segment that is not below `numSegments`; ShapeError if the shape of `x` does not begin with that of `segmentIds`.
 * @example
 * tf.unsortedSegmentMin([1, 2, 4], [0, 1, 0], 2).arraySync(); // [1, 2]
 */
export function unsortedSegmentMin(x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return extreme(segmentsOf('unsortedSegmentMin', x, segmentIds, numSegments), 'min');
}

/** The rows in the order of their segments, multiplied as far as a segment reaches: the last row of each is its product. */
function product(given: Segments): Tensor {
  const { ids, count, shape } = given;
  const rows = given.rows.dtype === 'bool' ? castTo(given.rows, 'int32') : given.rows;
  const filled = greater(rowCounts(given, 'int32'), 0);
  const [length, width] = rows.shape;
  if (length === 0 || count === 0) return ones(shape, rows.dtype);
  const order = argsort(ids);
  const [sorted, ordered] = [gather(ids, order), gather(rows, order)];
  const goesOn = equal(slice(sorted, 1), slice(sorted, 0, length - 1));
  const same = reshape(concat([fill([1], 0, 'bool'), goesOn]), [length, 1]);
  const products = linearRecurrence(where(same, ordered, 0), where(same, 0, ordered), { axis: 0, reverse: false });
  const last = sub(searchSorted(sorted, range(0, count, 1, 'int32'), 'right'), 1);
  const found = gather(products, maximum(last, 0));
  return reshape(where(filled, found, ones([1, width], rows.dtype)), shape);
}

/**
 * The products of the rows of `x` that share a segment; 1 for a segment without rows. A negative segment drops its row. Gradients are right where elements are 0.
 * @throws ArgumentError for a segment that is not below `numSegments`; ShapeError if the shape of `x` does not begin with that of `segmentIds`.
 * @example
 * tf.unsortedSegmentProd([3, 2, 4], [0, 1, 0], 3).arraySync(); // [12, 2, 1]
 */
export function unsortedSegmentProd(x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return product(segmentsOf('unsortedSegmentProd', x, segmentIds, numSegments));
}

/** The number of segments: given, or one more than the last of ascending ones. */
function countOf(owner: string, segmentIds: TensorLike, numSegments: number | null): number {
  if (numSegments !== null) return numSegments;
  const ids = toIndices(owner, segmentIds);
  const values = neededValues(owner, ids);
  return values.length === 0 ? 0 : Math.max(0, values[values.length - 1] + 1);
}

/**
 * The sums of the rows of `x` that share a segment, where segments ascend. Unless their number is given it follows from the last one, so that it cannot be
 * traced then.
 * @example
 * tf.segmentSum([1, 2, 3], [0, 0, 1]).arraySync(); // [3, 3]
 */
export function segmentSum(x: TensorLike, segmentIds: TensorLike, numSegments: number | null = null): Tensor {
  return unsortedSegmentSum(x, segmentIds, countOf('segmentSum', segmentIds, numSegments));
}

/**
 * The means of the rows of `x` that share a segment, where segments ascend; their number as in `segmentSum`.
 * @example
 * tf.segmentMean([1, 2, 3], [0, 0, 1]).arraySync(); // [1.5, 3]
 */
export function segmentMean(x: TensorLike, segmentIds: TensorLike, numSegments: number | null = null): Tensor {
  return unsortedSegmentMean(x, segmentIds, countOf('segmentMean', segmentIds, numSegments));
}

/** An extreme, with 0 for segments without rows. */
function orZero(owner: string, x: TensorLike, segmentIds: TensorLike, numSegments: number | null, mode: 'max' | 'min'): Tensor {
  const given = segmentsOf(owner, x, segmentIds, countOf(owner, segmentIds, numSegments));
  const flat = reshape(extreme(given, mode), [given.count, given.rows.shape[1]]);
  return reshape(where(greater(rowCounts(given, 'int32'), 0), flat, fill([], 0, flat.dtype)), given.shape);
}

/**
 * The greatest of the rows of `x` that share a segment, where segments ascend; 0 for a segment without rows; their number as in `segmentSum`.
 * @example
 * tf.segmentMax([1, 2, 3], [0, 0, 2]).arraySync(); // [2, 0, 3]
 */
export function segmentMax(x: TensorLike, segmentIds: TensorLike, numSegments: number | null = null): Tensor {
  return orZero('segmentMax', x, segmentIds, numSegments, 'max');
}

/**
 * The least of the rows of `x` that share a segment, where segments ascend; 0 for a segment without rows; their number as in `segmentSum`.
 * @example
 * tf.segmentMin([1, 2, 3], [0, 0, 2]).arraySync(); // [1, 0, 3]
 */
export function segmentMin(x: TensorLike, segmentIds: TensorLike, numSegments: number | null = null): Tensor {
  return orZero('segmentMin', x, segmentIds, numSegments, 'min');
}

/**
 * The products of the rows of `x` that share a segment, where segments ascend; their number as in `segmentSum`.
 * @example
 * tf.segmentProd([4, 2, 3], [0, 0, 2]).arraySync(); // [8, 1, 3]
 */
export function segmentProd(x: TensorLike, segmentIds: TensorLike, numSegments: number | null = null): Tensor {
  return unsortedSegmentProd(x, segmentIds, countOf('segmentProd', segmentIds, numSegments));
}
