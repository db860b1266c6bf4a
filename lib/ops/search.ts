/** Places in sorted lines, and counts in bins. */
import { ArgumentError, checkFlag, checkList, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { binSegmentsKernel, searchSortedKernel } from '../kernels/search.ts';
import { add, div, minimum, mul, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, where } from './compare.ts';
import { type TensorLike, toFloat, toPair, toTensor } from './convert.ts';
import { ones, scalar } from './creation.ts';
import { toIndices, unsortedSegmentSum } from './indexing.ts';
import { clipByValue, isFinite as finite } from './math.ts';
import { checkCount, range } from './ranges.ts';
import { max, min, sum } from './reduce.ts';
import { takeAlong } from './scatter.ts';
import { broadcastTo, reshape } from './shape.ts';
import { expandDims, flatten } from './transpose.ts';

const searchSortedOp: Op<{ right: boolean }> = declare<{ right: boolean }>({
  name: 'searchSorted',
  attrs: ['right'],
  infer([sorted, values]) {
    const rank = sorted.shape.length;
    const fits =
      rank === 1 || (rank > 1 && rank === values.shape.length && sameShape(sorted.shape.slice(0, -1), values.shape.slice(0, -1)));
    if (!fits) {
      throw new ShapeError(
        `searchSorted: needs one sorted line, or one for each line of values; received ${showShape(sorted.shape)} and ${showShape(values.shape)}`,
      );
    }
    return [{ shape: values.shape, dtype: 'int32' }];
  },
  kernel: searchSortedKernel,
  saves: [],
  grad: 'none',
});

function search(owner: string, sorted: TensorLike, values: TensorLike, right: boolean): Tensor {
  return apply(searchSortedOp, toPair(owner, sorted, values), { right })[0];
}

/**
 * For each value the place (int32) in its sorted line, along the last axis, where it can be put in: before what is equal to it (side 'left') or after
 * it ('right'). A single line serves all values. NaN comes last.
 * @throws ShapeError unless there is one line, or one for each line of values; ArgumentError for another side.
 * @example
 * tf.searchSorted([1, 3, 3, 5], [3, 0, 9]).arraySync(); // [1, 0, 4]
 * tf.searchSorted([1, 3, 3, 5], [3], 'right').arraySync(); // [3]
 */
export function searchSorted(sortedSequence: TensorLike, values: TensorLike, side: 'left' | 'right' = 'left'): Tensor {
  if (side !== 'left' && side !== 'right') throw new ArgumentError(`searchSorted: side must be "left" or "right"; received ${show(side)}`);
  return search('searchSorted', sortedSequence, values, side === 'right');
}

/**
 * `searchSorted` on the left side: the first place at which a value does not come before what is there.
 * @example
 * tf.lowerBound([1, 3, 3, 5], [3]).arraySync(); // [1]
 */
export function lowerBound(sortedSequence: TensorLike, values: TensorLike): Tensor {
  return search('lowerBound', sortedSequence, values, false);
}

/**
 * `searchSorted` on the right side: the first place at which a value comes before what is there.
 * @example
 * tf.upperBound([1, 3, 3, 5], [3]).arraySync(); // [3]
 */
export function upperBound(sortedSequence: TensorLike, values: TensorLike): Tensor {
  return search('upperBound', sortedSequence, values, true);
}

/**
 * For each element the bin (int32) it falls into: how many of the ascending `bins` are not above it.
 * @throws ArgumentError for bins that do not ascend.
 * @example
 * tf.digitize([0.5, 1, 7], [0, 1, 5]).arraySync(); // [1, 2, 3]
 */
export function digitize(x: TensorLike, bins: readonly number[]): Tensor {
  if (checkList('digitize', 'bins', bins).some((edge, i) => typeof edge !== 'number' || Number.isNaN(edge) || edge < bins[i - 1])) {
    throw new ArgumentError(`digitize: bins must ascend; received ${show(bins)}`);
  }
  return search('digitize', bins, toFloat('digitize', x), true);
}

const binSegmentsOp: Op<{ size: number }> = declare<{ size: number }>({
  name: 'binSegments',
  attrs: ['size'],
  traits: { refuses: () => true },
  infer: ([x]) => [{ shape: x.shape, dtype: 'int32' }],
  kernel: binSegmentsKernel,
  saves: [],
  grad: 'none',
});

function counts(owner: string, x: TensorLike, weights: TensorLike | null, size: number, binaryOutput: boolean): Tensor {
  const input = toIndices(owner, x);
  checkCount(owner, 'size', size);
  if (input.rank < 1 || input.rank > 2) throw new ShapeError(`${owner}: x needs 1 or 2 axes; received ${showShape(input.shape)}`);
  const given = weights === null ? null : toTensor(owner, weights);
  const weighted = given === null || (given.size === 0 && input.size > 0) ? null : given;
  if (weighted !== null && !sameShape(weighted.shape, input.shape)) {
    throw new ShapeError(`${owner}: weights need shape ${showShape(input.shape)}; received ${showShape(weighted.shape)}`);
  }
  const lines = input.rank === 2 ? input.shape[0] : 1;
  const segments = apply(binSegmentsOp, [input], { size })[0];
  const shape = input.rank === 2 ? [lines, size] : [size];
  if (weighted !== null && !binaryOutput) return reshape(unsortedSegmentSum(flatten(weighted), flatten(segments), lines * size), shape);
  const total = reshape(unsortedSegmentSum(ones([input.size], 'int32'), flatten(segments), lines * size), shape);
  return binaryOutput ? minimum(total, 1) : total;
}

/**
 * How often each whole number below `size` occurs in `x`, or the sum of its weights. Without a size there are as many bins as the greatest number
 * needs, so that it cannot be traced then. Numbers from `size` on are not counted.
 * @throws ArgumentError for a number below 0; ShapeError for weights of another shape.
 * @example
 * tf.bincount([1, 3, 1], null, 4).arraySync(); // [0, 2, 0, 1]
 * tf.bincount([1, 3, 1], [0.5, 1, 2]).arraySync(); // [0, 2.5, 0, 1]
 */
export function bincount(x: TensorLike, weights: TensorLike | null = null, size: number | null = null): Tensor {
  const input = toIndices('bincount', x);
  const bins = size ?? (input.size === 0 ? 0 : Math.max(0, max(input).item()) + 1);
  if (input.rank !== 1) throw new ShapeError(`bincount: x needs 1 axis; received ${showShape(input.shape)}`);
  return counts('bincount', input, weights, bins, false);
}

/**
 * `bincount` of a line, or of each line of two axes; with `binaryOutput`, 1 where a number occurs at all.
 * @throws ArgumentError for a number below 0; ShapeError for weights of another shape and for more than 2 axes.
 * @example
 * tf.denseBincount([[1, 1], [0, 2]], null, 3).arraySync(); // [[0, 2, 0], [1, 0, 1]]
 */
export function denseBincount(x: TensorLike, weights: TensorLike | null, size: number, binaryOutput = false): Tensor {
  return counts('denseBincount', x, weights, size, checkFlag('denseBincount', 'binaryOutput', binaryOutput));
}

/**
 * How many elements fall into each of `nbins` bins of equal width over `valueRange`; those below it count to the first bin, those from its end on to the last.
 * @throws ArgumentError for a range that does not ascend, and a number of bins that is no whole number >= 1.
 * @example
 * tf.histogramFixedWidth([-1, 0, 1.5, 2, 5, 15], [0, 5], 5).arraySync(); // [2, 1, 1, 0, 2]
 */
export function histogramFixedWidth(x: TensorLike, valueRange: readonly [number, number], nbins = 100): Tensor {
  const input = flatten(toFloat('histogramFixedWidth', x));
  checkCount('histogramFixedWidth', 'nbins', nbins, 1);
  const [low, high] = checkList('histogramFixedWidth', 'valueRange', valueRange);
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new ArgumentError(`histogramFixedWidth: valueRange needs two finite numbers, the lesser first; received ${show(valueRange)}`);
  }
  const place = clipByValue(mul(div(sub(input, low), high - low), nbins), 0, nbins - 1);
  return unsortedSegmentSum(ones([input.size], 'int32'), castTo(place, 'int32'), nbins);
}

/**
 * How many elements fall into each of `bins` bins of equal width from the least to the greatest element, or over a range, and the edges of the bins. Each
 * bin has its lower edge, the last one its upper one too; NaN and what is out of the range is not counted.
 * @throws ArgumentError for a number of bins that is no whole number >= 1, and a range that does not ascend.
 * @example
 * const [counts, edges] = tf.histogram([1, 2, 2, 5], 2);
 * counts.arraySync(); // [3, 1]
 * edges.arraySync(); // [1, 3, 5]
 */
export function histogram(x: TensorLike, bins = 10, bounds: readonly [number, number] | null = null): [counts: Tensor, edges: Tensor] {
  const input = flatten(toFloat('histogram', x));
  checkCount('histogram', 'bins', bins, 1);
  if (bounds !== null && !(bounds.length === 2 && bounds[0] <= bounds[1] && bounds.every(Number.isFinite))) {
    throw new ArgumentError(`histogram: the range needs two finite numbers, the lesser first; received ${show(bounds)}`);
  }
  const given = bounds ?? (input.size === 0 ? [0, 1] : null);
  const least = given === null ? min(input) : scalar(given[0], input.dtype);
  const greatest = given === null ? max(input) : scalar(given[1], input.dtype);
  // A range of one number is made a range of width 1 around it.
  const spread = where(equal(least, greatest), 0.5, 0);
  const [low, high] = [sub(least, castTo(spread, input.dtype)), add(greatest, castTo(spread, input.dtype))];
  const share = div(range(0, bins + 1, 1, input.dtype), bins);
  const edges = add(mul(low, sub(1, share)), mul(high, share));
  const place = sub(search('histogram', edges, input, true), 1);
  const last = where(equal(input, high), bins - 1, place);
  const within = logicalAnd(greaterEqual(input, low), lessEqual(input, high));
  const segments = where(logicalAnd(within, less(last, bins)), last, -1);
  return [unsortedSegmentSum(ones([input.size], 'int32'), segments, bins), edges];
}

/**
 * For each row of `predictions` whether its target is among the `k` greatest: whether fewer than `k` are greater. A target that is not finite or out of range is not.
 * @throws ShapeError unless there is one target for each row of classes; ArgumentError for a `k` that is no whole number >= 1.
 * @example
 * tf.inTopK([[1, 9, 5], [1, 9, 5]], [2, 0], 2).arraySync(); // [1, 0]
 */
export function inTopK(predictions: TensorLike, targets: TensorLike, k = 1): Tensor {
  const [scores, labels] = [toFloat('inTopK', predictions), toIndices('inTopK', targets)];
  checkCount('inTopK', 'k', k, 1);
  if (scores.rank < 1 || !sameShape(scores.shape.slice(0, -1), labels.shape) || scores.shape[scores.rank - 1] === 0) {
    throw new ShapeError(
      `inTopK: needs a target for each row of classes; received ${showShape(scores.shape)} and ${showShape(labels.shape)}`,
    );
  }
  const axis = scores.rank - 1;
  const known = logicalAnd(greaterEqual(labels, 0), less(labels, scores.shape[axis]));
  const own = takeAlong(scores, expandDims(where(known, labels, 0), axis), axis);
  const above = sum(castTo(greater(scores, broadcastTo(own, scores.shape)), 'int32'), axis);
  return logicalAnd(logicalAnd(less(above, k), known), reshape(finite(own), labels.shape));
}

/**
 * A promise of `inTopK(predictions, targets, k)`.
 * @example
 * (await tf.inTopKAsync([[1, 9, 5]], [2], 2)).arraySync(); // [1]
 */
export async function inTopKAsync(predictions: TensorLike, targets: TensorLike, k = 1): Promise<Tensor> {
  return inTopK(predictions, targets, k);
}
