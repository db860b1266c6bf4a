/** Reference loops of softmax and its logarithm along one axis. */
import type { View } from '../core/op.ts';

/** Calls `visit(first position, step, count)` for every line of `x` along `axis`. */
function forEachLine(x: View, axis: number, visit: (start: number, step: number, count: number) => void): void {
  const count = x.shape[axis];
  let step = 1;
  for (let i = axis + 1; i < x.shape.length; i++) step *= x.shape[i];
  const lines = count === 0 ? 0 : x.size / count;
  for (let line = 0; line < lines; line++) visit(Math.floor(line / step) * step * count + (line % step), step, count);
}

/** Hands over, for each element, its place, its value less its line's maximum, and the sum of the line's exponentials. */
function softmaxLines(x: View, axis: number, write: (position: number, shifted: number, total: number) => void): void {
  forEachLine(x, axis, (start, step, count) => {
    const end = start + step * count;
    let top = -Infinity;
    for (let i = start; i < end; i += step) top = Math.max(top, x.data[i]);
    let total = 0;
    for (let i = start; i < end; i += step) total += Math.exp(x.data[i] - top);
    for (let i = start; i < end; i += step) write(i, x.data[i] - top, total);
  });
}

/** `y = exp(x) / sum(exp(x))` along `axis`, in double precision. */
export function softmaxKernel([x]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  softmaxLines(x, axis, (i, shifted, total) => {
    y.data[i] = Math.exp(shifted) / total;
  });
}

/** `y = x - log(sum(exp(x)))` along `axis`, in double precision. */
export function logSoftmaxKernel([x]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  softmaxLines(x, axis, (i, shifted, total) => {
    y.data[i] = shifted - Math.log(total);
  });
}
