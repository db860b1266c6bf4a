/** Reference loops of softmax, its gradient and its logarithm along one axis. */
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

/** `dx = y * (dy - sum(dy * y))` along `axis`, in double precision. */
export function softmaxGradientKernel([dy, y]: readonly View[], [dx]: readonly View[], { axis }: { axis: number }): void {
  forEachLine(y, axis, (start, step, count) => {
    const end = start + step * count;
    let total = 0;
    for (let i = start; i < end; i += step) total += dy.data[i] * y.data[i];
    for (let i = start; i < end; i += step) dx.data[i] = y.data[i] * (dy.data[i] - total);
  });
}

/** `y = x - log(sum(exp(x)))` along `axis`, in double precision. */
export function logSoftmaxKernel([x]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  softmaxLines(x, axis, (i, shifted, total) => {
    y.data[i] = shifted - Math.log(total);
  });
}

/** For each row its cross-entropy, and the slope of that by the logits: the softmax times the sum of the labels, less the labels. */
export function softmaxCrossEntropyKernel([labels, logits]: readonly View[], [loss, slope]: readonly View[]): void {
  const axis = logits.shape.length - 1;
  const classes = logits.shape[axis];
  const sums = new Float64Array(loss.size);
  for (let i = 0; i < labels.size; i++) sums[Math.floor(i / classes)] += labels.data[i];
  const totals = new Float64Array(loss.size);
  softmaxLines(logits, axis, (i, shifted, total) => {
    const row = Math.floor(i / classes);
    const label = labels.data[i];
    if (label !== 0) totals[row] -= label * (shifted - Math.log(total));
    slope.data[i] = (Math.exp(shifted) / total) * sums[row] - label;
  });
  loss.data.set(totals);
}

/** `y = max(x - t, 0)` with the t for which each line sums to 1 (Martins and Astudillo 2016). */
export function sparsemaxKernel([x]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  forEachLine(x, axis, (start, step, count) => {
    const line = Float64Array.from({ length: count }, (_, i) => x.data[start + i * step]);
    const top = line.reduce((most, value) => Math.max(most, value), -Infinity);
    const falling = line
      .map((value) => value - top)
      .sort()
      .reverse();
    let [total, tau] = [0, Number.NaN];
    for (let k = 0; k < count; k++) {
      total += falling[k];
      if (1 + (k + 1) * falling[k] > total) tau = (total - 1) / (k + 1);
    }
    for (let i = 0; i < count; i++) y.data[start + i * step] = Math.max(line[i] - top - tau, 0);
  });
}
