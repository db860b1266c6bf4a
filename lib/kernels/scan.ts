/** Reference loops of ops that run along an axis and keep what they have so far, and of sorting. */
import type { View } from '../core/op.ts';
import { comesBefore } from './search.ts';
import { sizesAround } from './shape.ts';

/** Which axis a scan runs along, and whether from its end. */
export interface ScanAttrs {
  readonly axis: number;
  readonly reverse: boolean;
}

/** Calls `visit(position, place along the axis, whether a line begins)` for each element, line by line. */
function forEachLine(x: View, { axis, reverse }: ScanAttrs, visit: (at: number, place: number, starts: boolean) => void): void {
  const { outer, length, inner } = sizesAround(x.shape, axis);
  for (let o = 0; o < outer; o++) {
    for (let w = 0; w < inner; w++) {
      for (let i = 0; i < length; i++) {
        const place = reverse ? length - 1 - i : i;
        visit((o * length + place) * inner + w, place, i === 0);
      }
    }
  }
}

/** The sum of what came so far, in double precision; exclusive of the element itself if asked. */
export function cumsumKernel([x]: readonly View[], [y]: readonly View[], attrs: ScanAttrs & { exclusive: boolean }): void {
  let total = 0;
  forEachLine(x, attrs, (at, _, starts) => {
    if (starts) total = 0;
    if (attrs.exclusive) y.data[at] = total;
    total += x.data[at];
    if (!attrs.exclusive) y.data[at] = total;
  });
}

/** The product of what came so far, in double precision; integers wrap around. */
export function cumprodKernel([x]: readonly View[], [y]: readonly View[], attrs: ScanAttrs): void {
  const whole = x.dtype === 'int32' || x.dtype === 'uint8';
  let product = 1;
  forEachLine(x, attrs, (at, _, starts) => {
    if (starts) product = 1;
    product = whole ? Math.imul(product, x.data[at]) : product * x.data[at];
    y.data[at] = product;
  });
}

/** `y = a * (y before) + b`, where 0 comes before the first, in double precision. */
export function linearRecurrenceKernel([a, b]: readonly View[], [y]: readonly View[], attrs: ScanAttrs): void {
  const whole = a.dtype === 'int32' || a.dtype === 'uint8';
  let state = 0;
  forEachLine(a, attrs, (at, _, starts) => {
    const before = starts ? 0 : whole ? Math.imul(a.data[at], state) : a.data[at] * state;
    state = before + b.data[at];
    y.data[at] = state;
  });
}

/** Where along the axis the greatest (or least) element so far lies: the latest of equal ones, the first NaN. */
export function cumExtremeIndexKernel([x]: readonly View[], [y]: readonly View[], attrs: ScanAttrs & { greatest: boolean }): void {
  const sign = attrs.greatest ? 1 : -1;
  let [best, found] = [0, 0];
  forEachLine(x, attrs, (at, place, starts) => {
    const value = x.data[at];
    if (starts || sign * value >= sign * best || (Number.isNaN(value) && !Number.isNaN(best))) [best, found] = [value, place];
    y.data[at] = found;
  });
}

/** The logarithm of the sum of exponentials of what came so far, without overflow. */
export function cumLogSumExpKernel([x]: readonly View[], [y]: readonly View[], attrs: ScanAttrs): void {
  let [greatest, sum] = [-Infinity, 0];
  forEachLine(x, attrs, (at, _, starts) => {
    if (starts) [greatest, sum] = [-Infinity, 0];
    const value = x.data[at];
    // Infinities are their own sum; a difference of two would make NaN.
    if (value === -Infinity) sum += 0;
    else if (value <= greatest) sum += value === greatest ? 1 : Math.exp(value - greatest);
    else [greatest, sum] = [value, greatest === -Infinity ? 1 : sum * Math.exp(greatest - value) + 1];
    y.data[at] = greatest === -Infinity ? -Infinity : greatest + Math.log(sum);
  });
}

/** Each line of the last axis in order, NaN last and equal elements as they were, as far as the outputs (values and places) reach. */
export function sortKernel([x]: readonly View[], [values, indices]: readonly View[], { descending }: { descending: boolean }): void {
  const length = x.shape[x.shape.length - 1];
  const kept = values.shape[values.shape.length - 1];
  if (values.size === 0) return;
  for (let row = 0; row < x.size / length; row++) {
    const line = x.data.subarray(row * length, (row + 1) * length);
    const order = Uint32Array.from(line, (_, i) => i).sort((i, j) => {
      const [a, b] = [line[i], line[j]];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(comesBefore(b, a)) - Number(comesBefore(a, b));
      if (a === b) return i - j;
      return a < b === descending ? 1 : -1;
    });
    for (let i = 0; i < kept; i++) {
      values.data[row * kept + i] = line[order[i]];
      indices.data[row * kept + i] = order[i];
    }
  }
}
