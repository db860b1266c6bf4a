/** Reference loops of pooling: the greatest or the mean of each window and channel, and where gradients go. */
import type { View } from '../core/op.ts';
import { type Shape, sizeOfShape } from '../core/shape.ts';
import { forEachTap, sidesOf, type WindowAttrs } from './window.ts';

/** Windows of `size` pixels. */
export interface PoolAttrs extends WindowAttrs {
  readonly size: readonly number[];
}

/** Calls `visit` for each pixel of each window in each image: positions of first channels in y and x, and the pixel's number in the window. */
function forEachPixel(x: Shape, y: Shape, attrs: PoolAttrs, visit: (y: number, tap: number, x: number) => void): void {
  const sides = sidesOf(x.slice(1, -1), attrs.size, y.slice(1, -1), attrs);
  const channels = x[x.length - 1];
  const [from, to] = [sizeOfShape(x.slice(1)), sizeOfShape(y.slice(1))];
  for (let n = 0; n < x[0]; n++) {
    forEachTap(sides, (result, tap, pixel) => {
      if (pixel >= 0) visit(n * to + result * channels, tap, n * from + pixel * channels);
    });
  }
}

/** The greatest pixel of each window, the first of equal ones, and its number in the window; the first NaN if there is one. */
export function maxPoolKernel([x]: readonly View[], [y, number]: readonly View[], attrs: PoolAttrs): void {
  const channels = x.shape[x.shape.length - 1];
  const found = new Uint8Array(y.size);
  y.data.fill(Number.NEGATIVE_INFINITY);
  number.data.fill(0);
  forEachPixel(x.shape, y.shape, attrs, (to, tap, from) => {
    for (let c = 0; c < channels; c++) {
      const [value, best] = [x.data[from + c], y.data[to + c]];
      if (found[to + c] === 1 && (value <= best || Number.isNaN(best))) continue;
      found[to + c] = 1;
      y.data[to + c] = value;
      number.data[to + c] = tap;
    }
  });
}

/** The greatest sum of a pixel and the filter's number there, the first of equal ones, and its number in the window. */
export function dilationKernel([x, filter]: readonly View[], [y, number]: readonly View[], attrs: PoolAttrs): void {
  const channels = x.shape[x.shape.length - 1];
  const found = new Uint8Array(y.size);
  y.data.fill(Number.NEGATIVE_INFINITY);
  number.data.fill(0);
  forEachPixel(x.shape, y.shape, attrs, (to, tap, from) => {
    for (let c = 0; c < channels; c++) {
      const [value, best] = [x.data[from + c] + filter.data[tap * channels + c], y.data[to + c]];
      if (found[to + c] === 1 && (value <= best || Number.isNaN(best))) continue;
      found[to + c] = 1;
      y.data[to + c] = value;
      number.data[to + c] = tap;
    }
  });
}

/** Each gradient goes to the pixel that was picked. */
export function maxPoolBackpropKernel([dy, number]: readonly View[], [dx]: readonly View[], attrs: PoolAttrs): void {
  const channels = dx.shape[dx.shape.length - 1];
  dx.data.fill(0);
  forEachPixel(dx.shape, dy.shape, attrs, (from, tap, to) => {
    for (let c = 0; c < channels; c++) if (number.data[from + c] === tap) dx.data[to + c] += dy.data[from + c];
  });
}

/** The pixels that were picked elsewhere; 0 for a window without any. */
export function maxPoolPickKernel([x, number]: readonly View[], [y]: readonly View[], attrs: PoolAttrs): void {
  const channels = x.shape[x.shape.length - 1];
  y.data.fill(0);
  forEachPixel(x.shape, y.shape, attrs, (to, tap, from) => {
    for (let c = 0; c < channels; c++) if (number.data[to + c] === tap) y.data[to + c] = x.data[from + c];
  });
}

/** How many pixels of each window of an image lie inside, at least 1. */
function countsOf(x: Shape, y: Shape, attrs: PoolAttrs): Float64Array {
  const counts = new Float64Array(sizeOfShape(y.slice(1, -1)));
  forEachTap(sidesOf(x.slice(1, -1), attrs.size, y.slice(1, -1), attrs), (result, _tap, pixel) => {
    if (pixel >= 0) counts[result]++;
  });
  return counts.map((count) => Math.max(1, count));
}

/** The mean of the pixels of each window that lie in the image. */
export function avgPoolKernel([x]: readonly View[], [y]: readonly View[], attrs: PoolAttrs): void {
  const channels = x.shape[x.shape.length - 1];
  const counts = countsOf(x.shape, y.shape, attrs);
  const sums = new Float64Array(y.size);
  forEachPixel(x.shape, y.shape, attrs, (to, _tap, from) => {
    for (let c = 0; c < channels; c++) sums[to + c] += x.data[from + c];
  });
  for (let i = 0; i < sums.length; i++) y.data[i] = sums[i] / counts[Math.floor(i / channels) % counts.length];
}

/** Each gradient goes in equal shares to the pixels that it is the mean of. */
export function avgPoolBackpropKernel([dy]: readonly View[], [dx]: readonly View[], attrs: PoolAttrs): void {
  const channels = dx.shape[dx.shape.length - 1];
  const counts = countsOf(dx.shape, dy.shape, attrs);
  const sums = new Float64Array(dx.size);
  forEachPixel(dx.shape, dy.shape, attrs, (from, _tap, to) => {
    const count = counts[Math.floor(from / channels) % counts.length];
    for (let c = 0; c < channels; c++) sums[to + c] += dy.data[from + c] / count;
  });
  dx.data.set(sums);
}
