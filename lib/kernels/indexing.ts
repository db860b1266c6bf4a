/** Reference loops of ops that pick, place and count by index. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';
import { sizesAround } from './shape.ts';

/** The slices of x along `axis` that the indices name; an index outside is an error. */
export function gatherKernel([x, indices]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  const { outer, length, inner } = sizesAround(x.shape, axis);
  for (let i = 0; i < indices.size; i++) {
    const index = indices.data[i];
    if (index < 0 || index >= length) throw new ArgumentError(`gather: index ${index} at position ${i} is not from 0 to ${length - 1}`);
    for (let o = 0; o < outer; o++) {
      const from = (o * length + index) * inner;
      y.data.set(x.data.subarray(from, from + inner), (o * indices.size + i) * inner);
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
