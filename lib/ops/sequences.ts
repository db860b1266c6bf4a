/** Sequences of different lengths, permutations, parts by label, and comparisons of whole tensors. */
import { ArgumentError, checkFlag, checkList, checkOptions, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { checkShape, normalizeAxis, type Shape, sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { editDistanceKernel } from '../kernels/numbers.ts';
import { add, floorDiv, mod, mul, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalNot, logicalOr, where } from './compare.ts';
import { type TensorLike, toFloat, toPair, toTensor, toTensors } from './convert.ts';
import { fill, zeros, zerosLike } from './creation.ts';
import { neededValues } from './dynamic.ts';
import type { Binary } from './elementwise.ts';
import { gather, oneHot, toIndices } from './indexing.ts';
import { concat, slice } from './join.ts';
import { abs, isFinite as finite, isNaN as nan } from './math.ts';
import { checkCount, positionsAlong, range } from './ranges.ts';
import { all, max, sum } from './reduce.ts';
import { scatterND, takeAlong } from './scatter.ts';
import { searchSorted } from './search.ts';
import { broadcastTo, reshape } from './shape.ts';
import { sort } from './sort.ts';
import { expandDims, flatten } from './transpose.ts';

/** The greatest of the values, and of `least`. */
function greatestOf(values: Iterable<number>, least: number): number {
  let most = least;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/**
 * For each length a row of truth values, true at the first so many places; the rows are `maxlen` long, or as long as the greatest length, and then it cannot be
 * traced.
 * @throws ArgumentError while a function is traced, unless `maxlen` is given.
 * @example
 * tf.sequenceMask([1, 3]).arraySync(); // [[1, 0, 0], [1, 1, 1]]
 */
export function sequenceMask(lengths: TensorLike, maxlen: number | null = null): Tensor {
  const input = toIndices('sequenceMask', lengths);
  const most = maxlen ?? greatestOf(neededValues('sequenceMask', input), 0);
  return less(range(0, checkCount('sequenceMask', 'maxlen', most), 1, 'int32'), expandDims(input, input.rank));
}

/**
 * `x` with the first `seqLengths[i]` elements along `seqAxis` of each entry i along `batchAxis` in reverse order.
 * @throws ShapeError unless there is a length for each entry; ArgumentError for axes that are the same.
 * @example
 * tf.reverseSequence([[1, 2, 3], [4, 5, 6]], [2, 3], 1).arraySync(); // [[2, 1, 3], [6, 5, 4]]
 */
export function reverseSequence(x: TensorLike, seqLengths: TensorLike, seqAxis: number, batchAxis = 0): Tensor {
  const [input, lengths] = [toTensor('reverseSequence', x), toIndices('reverseSequence', seqLengths)];
  const [along, batch] = [normalizeAxis('reverseSequence', seqAxis, input.rank), normalizeAxis('reverseSequence', batchAxis, input.rank)];
  if (along === batch) throw new ArgumentError(`reverseSequence: seqAxis and batchAxis must differ; received ${seqAxis} and ${batchAxis}`);
  if (!sameShape(lengths.shape, [input.shape[batch]])) {
    throw new ShapeError(`reverseSequence: needs ${input.shape[batch]} lengths; received shape ${showShape(lengths.shape)}`);
  }
  const place = positionsAlong(input.shape, along);
  const length = reshape(
    lengths,
    input.shape.map((d, axis) => (axis === batch ? d : 1)),
  );
  const from = where(less(place, length), sub(sub(length, place), 1), place);
  return takeAlong(input, broadcastTo(from, input.shape), along);
}

/**
 * The permutation that undoes another: `y[x[i]] = i`.
 * @throws ShapeError unless `x` has one axis; ArgumentError for a place outside of it.
 * @example
 * tf.invertPermutation([2, 0, 1]).arraySync(); // [1, 2, 0]
 */
export function invertPermutation(x: TensorLike): Tensor {
  const input = toIndices('invertPermutation', x);
  if (input.rank !== 1) throw new ShapeError(`invertPermutation: x needs 1 axis; received ${showShape(input.shape)}`);
  return scatterND(expandDims(input, 1), range(0, input.size, 1, 'int32'), input.shape);
}

/**
 * For each of `numPartitions` labels the rows of `x` that have it, in their order.
 * @throws ShapeError if the shape of `x` does not begin with that of the labels; ArgumentError while a function is traced.
 * @example
 * tf.dynamicPartition([5, 6, 7], [1, 0, 1], 2).map((part) => part.arraySync()); // [[6], [5, 7]]
 */
export function dynamicPartition(x: TensorLike, partitions: TensorLike, numPartitions: number): Tensor[] {
  const [input, labels] = [toTensor('dynamicPartition', x), toIndices('dynamicPartition', partitions)];
  const count = checkCount('dynamicPartition', 'numPartitions', numPartitions);
  if (!sameShape(input.shape.slice(0, labels.rank), labels.shape)) {
    throw new ShapeError(
      `dynamicPartition: shape ${showShape(input.shape)} does not begin with that of the labels, ${showShape(labels.shape)}`,
    );
  }
  const rows = reshape(input, [labels.size, ...input.shape.slice(labels.rank)]);
  const places = Array.from({ length: count }, (): number[] => []);
  neededValues('dynamicPartition', labels).forEach((label, i) => {
    if (label < 0 || label >= count)
      throw new ArgumentError(`dynamicPartition: label ${label} at position ${i} is not from 0 to ${count - 1}`);
    places[label].push(i);
  });
  return places.map((list) => gather(rows, Int32Array.from(list)));
}

/**
 * Rows put together by their places: what `dynamicPartition` undoes. There are as many rows as the greatest place needs; of several for one place the last one
 * stays, and places that none names are 0.
 * @throws ShapeError for rows that do not fit their places; ArgumentError while a function is traced.
 * @example
 * tf.dynamicStitch([[1], [0, 2]], [[6], [5, 7]]).arraySync(); // [5, 6, 7]
 */
export function dynamicStitch(indices: readonly TensorLike[], data: readonly TensorLike[]): Tensor {
  if (checkList('dynamicStitch', 'indices', indices).length !== checkList('dynamicStitch', 'data', data).length || data.length === 0) {
    throw new ArgumentError(`dynamicStitch: needs as many lists of places as of rows; received ${indices.length} and ${data.length}`);
  }
  const places = indices.map((list) => toIndices('dynamicStitch', list));
  const rows = toTensors('dynamicStitch', data).map((x, i) => {
    if (!sameShape(x.shape.slice(0, places[i].rank), places[i].shape)) {
      throw new ShapeError(`dynamicStitch: rows of shape ${showShape(x.shape)} do not fit places of shape ${showShape(places[i].shape)}`);
    }
    return reshape(x, [places[i].size, ...x.shape.slice(places[i].rank)]);
  });
  const table = concat(rows);
  const named = neededValues('dynamicStitch', concat(places.map(flatten)));
  const last = new Map<number, number>();
  named.forEach((place, i) => {
    if (place < 0) throw new ArgumentError(`dynamicStitch: places must be >= 0; received ${place} at position ${i}`);
    last.set(place, i);
  });
  const count = greatestOf(named, -1) + 1;
  // Past the last row lies one of zeros, for places that none names.
  const spare = zeros([1, ...table.shape.slice(1)], table.dtype);
  const picked = Int32Array.from({ length: count }, (_, place) => last.get(place) ?? named.length);
  return count === 0 ? slice(table, 0, 0) : gather(concat([table, spare]), picked);
}

/**
 * For each position in a flat tensor its place along each axis of `shape` (int32), the first axis first; one below 0 counts from the end.
 * @throws ShapeError for a shape that is none.
 * @example
 * tf.unravelIndex([5, 3], [2, 3]).map((places) => places.arraySync()); // [[1, 1], [2, 0]]
 */
export function unravelIndex(indices: TensorLike, shape: Shape): Tensor[] {
  let left = toIndices('unravelIndex', indices);
  return checkShape('unravelIndex', shape)
    .toReversed()
    .map((d) => {
      const place = mod(left, d);
      left = floorDiv(left, d);
      return place;
    })
    .reverse();
}

/**
 * For each row of labels, along the last axis, ones at the places that it names and zeros elsewhere.
 * @throws ArgumentError for a number of classes that is no whole number >= 1.
 * @example
 * tf.multiHot([[0, 2], [1, 1]], 3).arraySync(); // [[1, 0, 1], [0, 1, 0]]
 */
export function multiHot(x: TensorLike, numClasses: number): Tensor {
  const labels = toIndices('multiHot', x);
  checkCount('multiHot', 'numClasses', numClasses, 1);
  return max(oneHot(labels.rank === 0 ? flatten(labels) : labels, numClasses), labels.rank === 0 ? 0 : labels.rank - 1);
}

/**
 * Of a list of choices, element by element, the first whose condition is true, or `defaultValue`.
 * @throws ArgumentError for lists of different lengths.
 * @example
 * tf.select([[true, false], [true, true]], [[1, 2], [3, 4]], 9).arraySync(); // [1, 4]
 */
export function select(conditions: readonly TensorLike[], choices: readonly TensorLike[], defaultValue: TensorLike = 0): Tensor {
  if (checkList('select', 'conditions', conditions).length !== checkList('select', 'choices', choices).length) {
    throw new ArgumentError(`select: needs a condition for each choice; received ${conditions.length} and ${choices.length}`);
  }
  return conditions.reduceRight<Tensor>((y, condition, i) => where(condition, choices[i], y), toTensor('select', defaultValue));
}

/**
 * Element-wise whether `a` and `b` differ by at most `atol + rtol * |b|`; infinities are close to themselves, NaN only if `equalNan`.
 * @example
 * tf.isclose([1, 2], [1 + 1e-7, 3]).arraySync(); // [1, 0]
 */
export function isclose(a: TensorLike, b: TensorLike, rtol = 1e-5, atol = 1e-8, equalNan = false): Tensor {
  const pair = toPair('isclose', a, b);
  const [left, right] = pair.map((x) => toFloat('isclose', x));
  const near = logicalAnd(lessEqual(abs(sub(left, right)), add(mul(abs(right), rtol), atol)), finite(right));
  const same = logicalOr(near, equal(left, right));
  return equalNan ? logicalOr(same, logicalAnd(nan(left), nan(right))) : same;
}

/**
 * Whether all elements are close, as `isclose` says.
 * @example
 * tf.allclose([1, 2], [1, 2]).item(); // 1
 */
export function allclose(a: TensorLike, b: TensorLike, rtol = 1e-5, atol = 1e-8, equalNan = false): Tensor {
  return all(isclose(a, b, rtol, atol, equalNan));
}

/**
 * Element-wise whether `x` is one of the test elements, or with `invert` none of them.
 * @example
 * tf.isin([1, 2, 3], [3, 1]).arraySync(); // [1, 0, 1]
 */
export function isin(x: TensorLike, testElements: TensorLike, invert = false): Tensor {
  const [input, given] = toPair('isin', x, testElements);
  const line = flatten(given);
  if (line.size === 0) return castTo(invert ? add(zerosLike(input), 1) : zerosLike(input), 'bool');
  const sorted = sort(line);
  const place = searchSorted(sorted, input);
  const found = equal(gather(sorted, where(less(place, line.size), place, 0)), input);
  return invert ? logicalNot(found) : found;
}

/**
 * The area below `y` along `axis` by trapezoids, at the places `x`, or `dx` apart.
 * @throws ShapeError for places that do not fit the axis.
 * @example
 * tf.trapezoid([1, 2, 3]).item(); // 4
 * tf.trapezoid([1, 2, 3], [4, 6, 8]).item(); // 8
 */
export function trapezoid(y: TensorLike, x: TensorLike | null = null, dx = 1, axis = -1): Tensor {
  const input = toFloat('trapezoid', y);
  const along = normalizeAxis('trapezoid', axis, input.rank);
  const length = input.shape[along];
  if (typeof dx !== 'number') throw new ArgumentError(`trapezoid: dx must be a number; received ${show(dx)}`);
  const part = (from: Tensor, at: number, axisOf: number): Tensor =>
    slice(
      from,
      from.shape.map((_, i) => (i === axisOf ? at : 0)),
      from.shape.with(axisOf, Math.max(0, length - 1)),
    );
  const heights = mul(add(part(input, Math.min(1, length), along), part(input, 0, along)), 0.5);
  if (x === null) return mul(sum(heights, along), dx);
  const places = castTo(toTensor('trapezoid', x), input.dtype);
  const spread =
    places.rank === 1
      ? reshape(
          places,
          input.shape.map((_, i) => (i === along ? places.size : 1)),
        )
      : places;
  if (spread.rank !== input.rank || spread.shape[along] !== length) {
    throw new ShapeError(
      `trapezoid: places of shape ${showShape(places.shape)} do not fit axis ${along} of shape ${showShape(input.shape)}`,
    );
  }
  return sum(mul(heights, sub(part(spread, Math.min(1, length), along), part(spread, 0, along))), along);
}

/** Whether each element but the first stands in a relation to the one before it, all axes read as one. */
function ascends(owner: string, x: TensorLike, relation: Binary): Tensor {
  const line = flatten(toTensor(owner, x));
  const rest = Math.max(0, line.size - 1);
  return all(relation(slice(line, [line.size - rest], [rest]), slice(line, [0], [rest])));
}

/**
 * Whether no element is less than the one before it, all axes read as one.
 * @example
 * tf.isNonDecreasing([1, 1, 2]).item(); // 1
 */
export function isNonDecreasing(x: TensorLike): Tensor {
  return ascends('isNonDecreasing', x, greaterEqual);
}

/**
 * Whether each element is greater than the one before it, all axes read as one.
 * @example
 * tf.isStrictlyIncreasing([1, 1, 2]).item(); // 0
 */
export function isStrictlyIncreasing(x: TensorLike): Tensor {
  return ascends('isStrictlyIncreasing', x, greater);
}

const editDistanceOp: Op<{ normalize: boolean }> = declare<{ normalize: boolean }>({
  name: 'editDistance',
  attrs: ['normalize'],
  infer([a, b, aLengths, bLengths]) {
    const shape = a.shape.slice(0, -1);
    const fits = a.shape.length > 0 && b.shape.length > 0 && sameShape(shape, b.shape.slice(0, -1));
    if (!fits || !sameShape(aLengths.shape, shape) || !sameShape(bLengths.shape, shape)) {
      throw new ShapeError(
        `editDistance: needs as many sequences as truths, and a length for each; received ${showShape(a.shape)} and ${showShape(b.shape)}, lengths ${showShape(aLengths.shape)} and ${showShape(bLengths.shape)}`,
      );
    }
    return [{ shape, dtype: 'float32' }];
  },
  kernel: editDistanceKernel,
  saves: [],
  grad: 'none',
});

/** Options of `editDistance`. */
export interface EditDistanceOptions {
  /** Whether it is divided by the length of the truth; true unless given. */
  normalize?: boolean;
  /** How many elements of each hypothesis count; all unless given. */
  hypothesisLengths?: TensorLike;
  /** How many elements of each truth count; all unless given. */
  truthLengths?: TensorLike;
}

/**
 * The fewest insertions, deletions and substitutions that make each truth of its hypothesis (Levenshtein 1966), sequences along the last axis, as a share of the truth's length: what is not 0 is
 * infinite for an empty truth.
 * @throws ShapeError unless there are as many hypotheses as truths, and lengths.
 * @example
 * tf.editDistance([[1, 2, 3], [4, 5, 0]], [[1, 3, 3], [4, 5, 6]], { hypothesisLengths: [3, 2], normalize: false }).arraySync(); // [1, 1]
 */
export function editDistance(hypothesis: TensorLike, truth: TensorLike, options: EditDistanceOptions = {}): Tensor {
  checkOptions('editDistance', options, ['normalize', 'hypothesisLengths', 'truthLengths']);
  const { normalize = true, hypothesisLengths, truthLengths } = options;
  const pair = toPair('editDistance', hypothesis, truth);
  const lengths = [hypothesisLengths, truthLengths].map((given, i) => {
    if (given !== undefined) return toIndices('editDistance', given);
    const { shape } = pair[i];
    return fill(shape.slice(0, -1), shape[shape.length - 1] ?? 0, 'int32');
  });
  return apply(editDistanceOp, [...pair, ...lengths], { normalize: checkFlag('editDistance', 'normalize', normalize) })[0];
}
