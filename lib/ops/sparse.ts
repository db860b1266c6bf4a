/** Segments of rows that are picked by index first: `tf.sparse`. */
import { ShapeError } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { TensorLike } from './convert.ts';
import { toTensor } from './convert.ts';
import { gather, toIndices } from './indexing.ts';
import { segmentMean, segmentSum } from './segment.ts';

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
