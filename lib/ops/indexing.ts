/** Picking, placing and counting by index. */
import { checkDType, codeOf, type DType, dtypes } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { checkRank, normalizeAxis, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { gatherKernel, oneHotKernel, unsortedSegmentSumKernel } from '../kernels/indexing.ts';
import { add } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { less, where } from './compare.ts';
import { onParts } from './complex.ts';
import { checkValue, type TensorLike, toTensor } from './convert.ts';
import { pad } from './join.ts';
import { reshape } from './shape.ts';
import { tableOf } from './slices.ts';
import { transpose } from './transpose.ts';

interface GatherAttrs {
  readonly axis: number;
  readonly batchDims: number;
}

const gatherOp: Op<GatherAttrs, 'inputs'> = declare<GatherAttrs, 'inputs'>({
  name: 'gather',
  attrs: ['axis', 'batchDims'],
  traits: { refuses: () => true, complex: onParts() },
  infer([x, indices], { axis, batchDims }) {
    if (!sameShape(x.shape.slice(0, batchDims), indices.shape.slice(0, batchDims))) {
      throw new ShapeError(
        `gather: shapes ${showShape(x.shape)} and ${showShape(indices.shape)} differ in the first ${batchDims} axes, those of the batch`,
      );
    }
    return [{ shape: checkRank('gather', x.shape.toSpliced(axis, 1, ...indices.shape.slice(batchDims))), dtype: x.dtype }];
  },
  kernel: gatherKernel,
  saves: ['inputs'],
  grad({ dy, specs: [x], inputs: [, indices], attrs: { axis, batchDims } }) {
    const batch = x.shape.slice(0, batchDims);
    const [batches, length] = [sizeOfShape(batch), x.shape[axis]];
    const [between, after] = [x.shape.slice(batchDims, axis), x.shape.slice(axis + 1)];
    const [each, inner] = [sizeOfShape(between), sizeOfShape(after)];
    return [
      () => {
        const width = sizeOfShape(x.shape.slice(1));
        if (axis === 0 && batchDims === 0 && width >= SPARSE_WIDTH && SPARSE_TIMES * indices.size <= length) {
          const rows = reshape(dy, [indices.size, ...x.shape.slice(1)]);
          const sum = (rows: Tensor, indices: Tensor): Tensor => unsortedSegmentSum(rows, indices, length);
          return tableOf({ rows, indices: reshape(indices, [indices.size]), sum }, x.shape);
        }
        const count = batches === 0 ? 0 : indices.size / batches;
        // Rows of a table for each batch, summed as rows of one table. What lies before the axis goes with its row.
        const joined = (x: Tensor): Tensor => (each === 1 ? x : transpose(x, [0, 2, 1, 3]));
        const rows = reshape(joined(reshape(dy, [batches, each, count, inner])), [batches * count, each * inner]);
        const places = batches <= 1 ? indices : add(reshape(indices, [batches, count]), offsets(batches, length));
        const sums = unsortedSegmentSum(rows, reshape(places, [batches * count]), batches * length);
        return reshape(joined(reshape(sums, [batches, length, each, inner])), x.shape);
      },
      null,
    ];
  },
});

/** A gradient stays rows where the table has so many times more of them, */
const SPARSE_TIMES = 4;
/** and each has so many elements at least: beside them there is a number for each row of the table. */
const SPARSE_WIDTH = 8;

/** Where the rows of each batch begin in a table of all of them. */
function offsets(batches: number, length: number): Tensor {
  return tensorOf(
    Int32Array.from({ length: batches }, (_, i) => i * length),
    [batches, 1],
    'int32',
  );
}

/** Indices as int32; fractions are cut off, truth values refused. */
export function toIndices(owner: string, value: TensorLike): Tensor {
  const indices = toTensor(owner, value);
  if (indices.dtype === 'bool') throw new ArgumentError(`${owner}: indices must be numbers; received dtype bool`);
  return castTo(indices, 'int32');
}

/**
 * The slices of `x` along `axis` that `indices` name; the axes of `indices` take the place of `axis`. With `batchDims`, the first so many axes of both are
 * those of a batch, and each of its entries has indices of its own.
 * @throws ArgumentError for an index outside of the axis; ShapeError for batches that differ.
 * @example
 * tf.gather([10, 20, 30], [2, 0]).arraySync(); // [30, 10]
 * tf.gather([[1, 2], [3, 4]], [[1], [0]], 1, 1).arraySync(); // [[2], [3]]
 */
export function gather(x: TensorLike, indices: TensorLike, axis = 0, batchDims = 0): Tensor {
  const input = toTensor('gather', x);
  const at = toIndices('gather', indices);
  const along = normalizeAxis('gather', axis, input.rank);
  const batch = batchDims < 0 ? batchDims + at.rank : batchDims;
  if (!Number.isInteger(batch) || batch < 0 || batch > Math.min(at.rank, along)) {
    throw new ArgumentError(
      `gather: batchDims must be a whole number of at most the axis, ${along}, and the axes of the indices, ${at.rank}; received ${show(batchDims)}`,
    );
  }
  return apply(gatherOp, [input, at], { axis: along, batchDims: batch })[0];
}

const unsortedSegmentSumOp: Op<{ numSegments: number }, 'inputs'> = declare<{ numSegments: number }, 'inputs'>({
  name: 'unsortedSegmentSum',
  attrs: ['numSegments'],
  traits: { refuses: () => true, flops: flopsPerElement(1) },
  infer([x, segments], { numSegments }) {
    const rank = segments.shape.length;
    if (!sameShape(x.shape.slice(0, rank), segments.shape)) {
      throw new ShapeError(
        `unsortedSegmentSum: shape ${showShape(x.shape)} does not begin with that of the segments, ${showShape(segments.shape)}`,
      );
    }
    return [{ shape: checkRank('unsortedSegmentSum', [numSegments, ...x.shape.slice(rank)]), dtype: x.dtype }];
  },
  kernel: unsortedSegmentSumKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [, segments] }) => [() => gatherKept(dy, segments), null],
});

/** The rows of `x` that the segments name; zeros for a negative one. */
export function gatherKept(x: Tensor, segments: Tensor): Tensor {
  const count = x.shape[0];
  const none = Array.from({ length: x.rank }, (_, axis) => [0, axis === 0 ? 1 : 0] as const);
  return gather(pad(x, none), where(less(segments, 0), count, segments));
}

/**
 * The sums of the rows of `x` that share a segment: row i counts to `segmentIds[i]`. A negative segment drops its row.
 * @throws ArgumentError for a segment that is not below `numSegments`; ShapeError if the shape of `x` does not begin with that of `segmentIds`.
 * @example
 * tf.unsortedSegmentSum([1, 2, 3], [0, 1, 0], 2).arraySync(); // [4, 2]
 */
export function unsortedSegmentSum(x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  if (!Number.isInteger(numSegments) || numSegments < 0) {
    throw new ArgumentError(`unsortedSegmentSum: numSegments must be a whole number >= 0; received ${show(numSegments)}`);
  }
  const input = toTensor('unsortedSegmentSum', x);
  const counted = input.dtype === 'bool' ? castTo(input, 'int32') : input;
  return apply(unsortedSegmentSumOp, [counted, toIndices('unsortedSegmentSum', segmentIds)], { numSegments })[0];
}

const oneHotOp: Op<{ depth: number; on: number; off: number; dtype: number }> = declare<{
  depth: number;
  on: number;
  off: number;
  dtype: number;
}>({
  name: 'oneHot',
  attrs: ['depth', 'on', 'off', 'dtype'],
  infer: ([indices], { depth, dtype }) => [{ shape: checkRank('oneHot', [...indices.shape, depth]), dtype: dtypes[dtype] }],
  kernel: oneHotKernel,
  saves: [],
  grad: 'none',
});

/**
 * A row of `depth` numbers for each index: `on` at the index and `off` elsewhere, everywhere for an index outside.
 * @throws ArgumentError for a depth that is no whole number >= 1.
 * @example
 * tf.oneHot([1, 0], 3).arraySync(); // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot(indices: TensorLike, depth: number, on = 1, off = 0, dtype: DType = 'float32'): Tensor {
  if (!Number.isInteger(depth) || depth < 1) throw new ArgumentError(`oneHot: depth must be a whole number >= 1; received ${show(depth)}`);
  checkDType('oneHot', dtype);
  const attrs = { depth, on: checkValue('oneHot', 'on', on, dtype), off: checkValue('oneHot', 'off', off, dtype), dtype: codeOf(dtype) };
  return apply(oneHotOp, [toIndices('oneHot', indices)], attrs)[0];
}
