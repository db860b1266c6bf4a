/** Reference loops of convolutions and of their gradients, over one to three spatial axes. */
import type { View } from '../core/op.ts';
import { sizeOfShape } from '../core/shape.ts';
import { forEachTap, sidesOf, type WindowAttrs } from './window.ts';

/** How a filter [...window, channels / groups, results] moves over images. */
export interface ConvAttrs extends WindowAttrs {
  readonly groups: number;
}

/** The same for a gradient, whose own spatial sizes do not follow from what it is made of. */
export interface ConvBackpropAttrs extends ConvAttrs {
  readonly size: readonly number[];
}

/** Calls `visit` for each pixel that a tap meets in each image: positions of first channels in y and x, x's -1 outside of the image. */
function forEachMeeting(x: View, filter: View, y: View, attrs: ConvAttrs, visit: (y: number, tap: number, x: number) => void): void {
  const sides = sidesOf(x.shape.slice(1, -1), filter.shape.slice(0, -2), y.shape.slice(1, -1), attrs);
  const [from, to] = [sizeOfShape(x.shape.slice(1)), sizeOfShape(y.shape.slice(1))];
  const [inputs, outputs] = [x.shape[x.shape.length - 1], y.shape[y.shape.length - 1]];
  for (let n = 0; n < x.shape[0]; n++) {
    forEachTap(sides, (result, tap, pixel) => {
      visit(n * to + result * outputs, tap, pixel < 0 ? -1 : n * from + pixel * inputs);
    });
  }
}

/** What is around an image counts as zeros, times which an infinity in the filter is NaN. */
export function convKernel([x, filter]: readonly View[], [y]: readonly View[], attrs: ConvAttrs): void {
  const [inner, outputs] = filter.shape.slice(-2);
  const columns = outputs / attrs.groups;
  const sums = new Float64Array(outputs);
  const taps = sizeOfShape(filter.shape.slice(0, -2));
  forEachMeeting(x, filter, y, attrs, (to, tap, from) => {
    if (tap === 0) sums.fill(0);
    for (let g = 0; g < attrs.groups; g++) {
      for (let i = 0; i < inner; i++) {
        const value = from < 0 ? 0 : x.data[from + g * inner + i];
        const row = (tap * inner + i) * outputs;
        for (let j = g * columns; j < (g + 1) * columns; j++) sums[j] += value * filter.data[row + j];
      }
    }
    if (tap === taps - 1) y.data.set(sums, to);
  });
}

/** The gradient of the images, given that of the results. */
export function convBackpropInputKernel([dy, filter]: readonly View[], [dx]: readonly View[], attrs: ConvBackpropAttrs): void {
  const [inner, outputs] = filter.shape.slice(-2);
  const columns = outputs / attrs.groups;
  const sums = new Float64Array(dx.size);
  forEachMeeting(dx, filter, dy, attrs, (from, tap, to) => {
    if (to < 0) return;
    for (let g = 0; g < attrs.groups; g++) {
      for (let i = 0; i < inner; i++) {
        const row = (tap * inner + i) * outputs;
        let sum = 0;
        for (let j = g * columns; j < (g + 1) * columns; j++) sum += dy.data[from + j] * filter.data[row + j];
        sums[to + g * inner + i] += sum;
      }
    }
  });
  dx.data.set(sums);
}

/** The gradient of the filter, given that of the results. */
export function convBackpropFilterKernel([x, dy]: readonly View[], [df]: readonly View[], attrs: ConvBackpropAttrs): void {
  const [inner, outputs] = df.shape.slice(-2);
  const columns = outputs / attrs.groups;
  const sums = new Float64Array(df.size);
  forEachMeeting(x, df, dy, attrs, (from, tap, at) => {
    for (let g = 0; g < attrs.groups; g++) {
      for (let i = 0; i < inner; i++) {
        const value = at < 0 ? 0 : x.data[at + g * inner + i];
        const row = (tap * inner + i) * outputs;
        for (let j = g * columns; j < (g + 1) * columns; j++) sums[row + j] += value * dy.data[from + j];
      }
    }
  });
  df.data.set(sums);
}
