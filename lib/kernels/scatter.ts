/** Reference loops of ops that pick and place elements by an index for each of them. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';
import { sizesAround } from './shape.ts';

/** Of each line along `axis` the elements that the indices name; a negative index counts from the end, one outside is an error. */
export function takeAlongAxisKernel([x, indices]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  const { length, inner } = sizesAround(x.shape, axis);
  const count = indices.shape[axis];
  for (let i = 0; i < y.size; i++) {
    const index = indices.data[i];
    if (index < -length || index >= length) {
      throw new ArgumentError(`takeAlongAxis: index ${index} at position ${i} is not from ${-length} to ${length - 1}`);
    }
    const outer = Math.floor(i / (count * inner));
    y.data[i] = x.data[(outer * length + (index < 0 ? index + length : index)) * inner + (i % inner)];
  }
}

/** How a value meets what is at its place; the position of each is its code in the native addon (native/kernels/scatter.cc). */
export const SCATTER_MODES = ['update', 'add', 'max', 'min'] as const;

/** The name of such a way. */
export type ScatterMode = (typeof SCATTER_MODES)[number];

const MEET: Readonly<Record<ScatterMode, (old: number, value: number) => number>> = {
  update: (_, value) => value,
  add: (old, value) => old + value,
  max: Math.max,
  min: Math.min,
};

/** What a negative index means: it counts from the end (for indices), or its value is dropped (for segments). */
export type Negative = 'wrap' | 'drop';

/** Attributes of `putAlongAxis`. */
export interface ScatterAttrs {
  readonly axis: number;
  /** The position in `SCATTER_MODES`. */
  readonly mode: number;
  /** Whether values of negative indices are dropped. */
  readonly drops: boolean;
}

/** The input with values put into it along `axis`, one after the other, each at its own index or, with one axis of indices, whole slices. */
export function putAlongAxisKernel([x, indices, values]: readonly View[], [y]: readonly View[], { axis, mode, drops }: ScatterAttrs): void {
  const { length, inner } = sizesAround(x.shape, axis);
  const count = values.shape[axis];
  const sliced = indices.size !== values.size;
  const meet = MEET[SCATTER_MODES[mode]];
  for (let i = 0; i < indices.size; i++) {
    const index = indices.data[i];
    if (index < length && (drops || index >= -length)) continue;
    if (drops) throw new ArgumentError(`unsortedSegment: segment ${index} at position ${i} is not below ${length}`);
    throw new ArgumentError(`putAlongAxis: index ${index} at position ${i} is not from ${-length} to ${length - 1}`);
  }
  y.data.set(x.data);
  for (let i = 0; i < values.size; i++) {
    const index = indices.data[sliced ? Math.floor(i / inner) % count : i];
    if (index < 0 && drops) continue;
    const outer = Math.floor(i / (count * inner));
    const at = (outer * length + (index < 0 ? index + length : index)) * inner + (i % inner);
    y.data[at] = meet(y.data[at], values.data[i]);
  }
}

/** Who is named where an index of several numbers is outside; the position of each is its code in the native addon. */
export const INDEX_OWNERS = ['gatherND', 'scatterND', 'tensorScatter', 'sparseToDense'] as const;

/** Positions in a flat tensor of sizes `dims`, from one number for each of them along the last axis; a place outside is an error. */
export function flattenIndicesKernel(
  [indices]: readonly View[],
  [y]: readonly View[],
  { dims, owner }: { dims: readonly number[]; owner: number },
): void {
  const depth = dims.length;
  for (let i = 0; i < y.size; i++) {
    let place = 0;
    for (let d = 0; d < depth; d++) {
      const index = indices.data[i * depth + d];
      if (index < 0 || index >= dims[d]) {
        const whole = Array.from({ length: depth }, (_, n) => indices.data[i * depth + n]);
        throw new ArgumentError(`${INDEX_OWNERS[owner]}: index [${whole}] at position ${i} is not within [${dims}]`);
      }
      place = place * dims[d] + index;
    }
    y.data[i] = place;
  }
}
