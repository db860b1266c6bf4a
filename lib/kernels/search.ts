/** Reference loops of ops that search sorted lines and count into bins. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';

/** Whether `a` comes before `b`, where NaN comes last. */
export function comesBefore(a: number, b: number): boolean {
  return a < b || (!Number.isNaN(a) && Number.isNaN(b));
}

/** For each value how many of the elements of its sorted line come before it; with `right`, those equal to it too. */
export function searchSortedKernel([sorted, values]: readonly View[], [y]: readonly View[], { right }: { right: boolean }): void {
  const length = sorted.shape[sorted.shape.length - 1];
  const each = length === 0 ? values.size : values.size / (sorted.size / length);
  for (let i = 0; i < values.size; i++) {
    const start = Math.floor(i / each) * length;
    const value = values.data[i];
    let [from, to] = [0, length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = sorted.data[start + middle];
      if (right ? !comesBefore(value, other) : comesBefore(other, value)) from = middle + 1;
      else to = middle;
    }
    y.data[i] = from;
  }
}

/** For each whole number its bin among those of all lines, `size` for each line; -1 from `size` on. A number below 0 is an error. */
export function binSegmentsKernel([x]: readonly View[], [y]: readonly View[], { size }: { size: number }): void {
  const length = x.shape[x.shape.length - 1];
  for (let i = 0; i < x.size; i++) {
    const value = x.data[i];
    if (value < 0) throw new ArgumentError(`bincount: x must not be negative; received ${value} at position ${i}`);
    y.data[i] = value < size ? Math.floor(i / length) * size + value : -1;
  }
}
