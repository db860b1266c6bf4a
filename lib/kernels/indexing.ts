/** Reference loops of ops that pick, place and count by index. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';
import { sizeOfShape } from '../core/shape.ts';
import { sizesAround } from './shape.ts';

/** The slices of x along `axis` that the indices name, those of a batch (the first `batchDims` axes) for itself; an index outside is an error. */
export function gatherKernel(
  [x, indices]: readonly View[],
  [y]: readonly View[],
  { axis, batchDims }: { axis: number; batchDims: number },
): void {
  const { outer, length, inner } = sizesAround(x.shape, axis);
  const batches = sizeOfShape(x.shape.slice(0, batchDims));
  const [count, each] = [indices.size / batches, outer / batches];
  for (let i = 0; i < indices.size; i++) {
    const index = indices.data[i];
    if (index < 0 || index >= length) throw new ArgumentError(`gather: index ${index} at position ${i} is not from 0 to ${length - 1}`);
    const batch = Math.floor(i / count);
    for (let o = batch * each; o < (batch + 1) * each; o++) {
      const from = (o * length + index) * inner;
      y.data.set(x.data.subarray(from, from + inner), (o * count + (i % count)) * inner);
    }
  }
}

/** The sums of the rows of x (its first axes, as many as the segments have) that share a segment; a negative segment drops its row. */
export function unsortedSegmentSumKernel([x, segments]: readonly View[], [y]: readonly View[]): void {
  const inner = segments.size === 0 ? 0 : x.size / segments.size;
  const count = y.shape[0];
  const totals = new Float64Array(y.size);
  for (let i = 0; i < segments.size; i++) {
    const segment = segments.data[i];
    if (segment >= count) throw new ArgumentError(`unsortedSegmentSum: segment ${segment} at position ${i} is not below ${count}`);
    if (segment >= 0) for (let j = 0; j < inner; j++) totals[segment * inner + j] += x.data[i * inner + j];
  }
  y.data.set(totals);
}

/** A row for each index: `on` at the index, `off` elsewhere, all `off` for an index outside. */
export function oneHotKernel(
  [indices]: readonly View[],
  [y]: readonly View[],
  { depth, on, off }: { depth: number; on: number; off: number },
): void {
  y.data.fill(off);
  for (let i = 0; i < indices.size; i++) {
    const index = indices.data[i];
    if (index >= 0 && index < depth) y.data[i * depth + index] = on;
  }
}
