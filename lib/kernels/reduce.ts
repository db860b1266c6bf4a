/** Reference loops of reductions over any axes. */
import type { View } from '../core/op.ts';
import { stridesOf } from '../core/shape.ts';

/** Calls `visit(output position, input position)` for each input element, those of one output in a row. */
export function forEachReduced(x: View, axes: readonly number[], visit: (o: number, i: number) => void): void {
  const strides = stridesOf(x.shape);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const offsets = (list: readonly number[]): number[] => {
    let all = [0];
    for (const axis of list) all = all.flatMap((base) => Array.from({ length: x.shape[axis] }, (_, i) => base + i * strides[axis]));
    return all;
  };
  const inner = offsets(axes);
  offsets(kept).forEach((base, o) => {
    for (const offset of inner) visit(o, base + offset);
  });
}

/** The sum over `axes`, in double precision. */
export function sumKernel([x]: readonly View[], [y]: readonly View[], { axes }: { axes: readonly number[] }): void {
  const totals = new Float64Array(y.size);
  forEachReduced(x, axes, (o, i) => {
    totals[o] += x.data[i];
  });
  y.data.set(totals);
}
