/** Segments of rows that are picked by index first, and tensors given by the places of their values: `tf.sparse`. */
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { showShape, sizeOfShape, stridesOf } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import { type TensorLike, toPair, toTensor } from './convert.ts';
import { neededValues } from './dynamic.ts';
import { gather, toIndices } from './indexing.ts';
import { concat, stack } from './join.ts';
import { sum } from './reduce.ts';
import { segmentMean, segmentSum } from './segment.ts';
import { unravelIndex } from './sequences.ts';
import { reshape } from './shape.ts';

/** The rows that the indices pick, one for each segment. */
function picked(owner: string, data: TensorLike, indices: TensorLike, segmentIds: TensorLike): { rows: Tensor; ids: Tensor } {
  const [places, ids] = [toIndices(owner, indices), toIndices(owner, segmentIds)];
  if (places.rank !== 1 || ids.rank !== 1 || places.size !== ids.size) {
    throw new ShapeError(`${owner}: needs a segment for each index; received ${showShape(places.shape)} and ${showShape(ids.shape)}`);
  }
  return { rows: gather(toTensor(owner, data), places), ids };
}

/**
 * The sums of the rows of `data` at `indices` that share a segment, where segments ascend. Unless their number is given it follows from the last one.
 * @throws ShapeError unless there is a segment for each index; ArgumentError for an index outside of the rows.
 * @example
 * tf.sparse.sparseSegmentSum([[1, 2], [3, 4], [5, 6]], [0, 2, 1], [0, 0, 1]).arraySync(); // [[6, 8], [3, 4]]
 */
export function sparseSegmentSum(data: TensorLike, indices: TensorLike, segmentIds: TensorLike, numSegments: number | null = null): Tensor {
  const { rows, ids } = picked('sparseSegmentSum', data, indices, segmentIds);
  return segmentSum(rows, ids, numSegments);
}

/**
 * The means of the rows of `data` at `indices` that share a segment, where segments ascend. Unless their number is given it follows from the last one.
 * @throws ShapeError unless there is a segment for each index; ArgumentError for an index outside of the rows.
 * @example
 * tf.sparse.sparseSegmentMean([[1, 2], [3, 4], [5, 6]], [0, 2, 1], [0, 0, 1]).arraySync(); // [[3, 4], [3, 4]]
 */
export function sparseSegmentMean(
  data: TensorLike,
  indices: TensorLike,
  segmentIds: TensorLike,
  numSegments: number | null = null,
): Tensor {
  const { rows, ids } = picked('sparseSegmentMean', data, indices, segmentIds);
  return segmentMean(rows, ids, numSegments);
}

/** Sizes as numbers: not by an op, so that those of a list are there while a function is traced. */
function sizesIn(owner: string, shape: TensorLike): number[] {
  return Array.from(neededValues(owner, toTensor(owner, shape)), Math.trunc);
}

/** Places of values and the sizes that they lie in: a row of numbers for each place. */
function placesIn(owner: string, indices: TensorLike, shape: TensorLike): { places: Tensor; sizes: number[] } {
  const [places, line] = [toIndices(owner, indices), toTensor(owner, shape)];
  if (line.rank !== 1 || places.rank !== 2 || places.shape[1] !== line.size) {
    throw new ShapeError(
      `${owner}: needs a row of ${line.size} numbers for each place; received ${showShape(places.shape)}, sizes of ${showShape(line.shape)}`,
    );
  }
  return { places, sizes: sizesIn(owner, line) };
}

/** What `sparseFillEmptyRows` gives. */
export interface FilledRows {
  /** int32: the places, row by row, those of default values among them. */
  outputIndices: Tensor;
  outputValues: Tensor;
  /** For each row whether it had no value. */
  emptyRowIndicator: Tensor;
  /** int32: for each value given where it stands now. */
  reverseIndexMap: Tensor;
}

/**
 * The values of a sparse tensor, given by their places `[values, axes]` and its sizes, row by row, with a default value at the beginning of each row that has none. Gradients flow to values and the default.
 * @throws ArgumentError for a place outside of the rows, and while a function is traced; ShapeError unless there is a place for each value.
 * @example
 * const filled = tf.sparse.sparseFillEmptyRows([[2, 1], [0, 3]], [5, 6], [3, 4], -1);
 * filled.outputValues.arraySync(); // [6, -1, 5]
 * filled.outputIndices.arraySync(); // [[0, 3], [1, 0], [2, 1]]
 */
export function sparseFillEmptyRows(indices: TensorLike, values: TensorLike, denseShape: TensorLike, defaultValue: TensorLike): FilledRows {
  const { places, sizes } = placesIn('sparseFillEmptyRows', indices, denseShape);
  const [line, one] = toPair('sparseFillEmptyRows', toTensor('sparseFillEmptyRows', values), defaultValue);
  const [count, axes] = places.shape;
  if (line.rank !== 1 || line.size !== count || one.size !== 1 || axes === 0) {
    throw new ShapeError(
      `sparseFillEmptyRows: needs a value for each place and one default; received ${showShape(places.shape)}, ${showShape(line.shape)} and ${showShape(one.shape)}`,
    );
  }
  const numbers = neededValues('sparseFillEmptyRows', places);
  const rows: number[][] = Array.from({ length: sizes[0] }, () => []);
  for (let i = 0; i < count; i++) {
    const row = numbers[i * axes];
    if (!(row >= 0 && row < sizes[0])) {
      throw new ArgumentError(`sparseFillEmptyRows: place ${i} is in row ${row}, outside of ${sizes[0]} rows`);
    }
    rows[row].push(i);
  }
  // A place beyond the values stands for the default.
  const order = rows.flatMap((row) => (row.length === 0 ? [count] : row));
  const heads = rows.flatMap((row, at) => (row.length === 0 ? [at] : row.map(() => at)));
  const back = new Int32Array(count);
  order.forEach((from, to) => {
    if (from < count) back[from] = to;
  });
  const made = order.flatMap((from, to) =>
    from < count
      ? Array.from(numbers.subarray(from * axes, (from + 1) * axes))
      : Array.from({ length: axes }, (_, axis) => (axis === 0 ? heads[to] : 0)),
  );
  return {
    outputIndices: tensorOf(made, [order.length, axes], 'int32'),
    outputValues: gather(concat([line, reshape(one, [1])]), tensorOf(order, [order.length], 'int32')),
    emptyRowIndicator: tensorOf(
      rows.map((row) => Number(row.length === 0)),
      [rows.length],
      'bool',
    ),
    reverseIndexMap: tensorOf(back, [count], 'int32'),
  };
}

/** What `sparseReshape` gives, both int32. */
export interface ReshapedPlaces {
  outputIndices: Tensor;
  outputShape: Tensor;
}

/**
 * The places `[values, axes]` of a sparse tensor's values, given its sizes, in another shape of as many elements; one size may be -1 and follows from the others.
 * @throws ShapeError for another number of elements, and places of another number of axes; ArgumentError for more elements than int32 counts.
 * @example
 * const reshaped = tf.sparse.sparseReshape([[0, 0, 1], [1, 2, 3]], [2, 3, 4], [4, -1]);
 * reshaped.outputIndices.arraySync(); // [[0, 1], [3, 5]]
 * reshaped.outputShape.arraySync(); // [4, 6]
 */
export function sparseReshape(inputIndices: TensorLike, inputShape: TensorLike, newShape: TensorLike): ReshapedPlaces {
  const { places, sizes } = placesIn('sparseReshape', inputIndices, inputShape);
  const total = sizeOfShape(sizes);
  if (total > 2147483647) throw new ArgumentError(`sparseReshape: int32 does not count ${total} elements; shape ${showShape(sizes)}`);
  const wanted = sizesIn('sparseReshape', newShape);
  const rest = wanted.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const target = wanted.map((size) => (size === -1 ? (rest === 0 ? 0 : total / rest) : size));
  const isShape = wanted.filter((size) => size === -1).length <= 1 && target.every((size) => Number.isInteger(size) && size >= 0);
  if (!isShape || sizeOfShape(target) !== total) {
    throw new ShapeError(`sparseReshape: cannot make shape ${showShape(wanted)} out of ${showShape(sizes)}`);
  }
  const strides = tensorOf(stridesOf(sizes), [sizes.length], 'int32');
  const flat = sum(mul(places, strides), 1);
  const columns = unravelIndex(flat, target);
  return {
    outputIndices: columns.length === 0 ? tensorOf([], [places.shape[0], 0], 'int32') : stack(columns, 1),
    outputShape: tensorOf(target, [target.length], 'int32'),
  };
}
