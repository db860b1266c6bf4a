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

/** The mean over `axes`, summed in double precision. */
export function meanKernel([x]: readonly View[], [y]: readonly View[], { axes }: { axes: readonly number[] }): void {
  const totals = new Float64Array(y.size);
  forEachReduced(x, axes, (o, i) => {
    totals[o] += x.data[i];
  });
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
  for (let o = 0; o < totals.length; o++) y.data[o] = totals[o] / count;
}

/** The greatest (`sign` 1) or least (`sign` -1) element over `axes`; NaN if there is one. */
export function extremeKernel(sign: 1 | -1) {
  return ([x]: readonly View[], [y]: readonly View[], { axes }: { axes: readonly number[] }): void => {
    const best = new Float64Array(y.size).fill(-sign * Infinity);
    forEachReduced(x, axes, (o, i) => {
      const value = x.data[i];
      if (sign * value > sign * best[o] || Number.isNaN(value)) best[o] = value;
    });
    y.data.set(best);
  };
}

/** For each element of x its share of the gradient of its extreme y: 1 / (the number of elements equal to y), else 0. */
export function extremeShareKernel([x, y]: readonly View[], [share]: readonly View[], { axes }: { axes: readonly number[] }): void {
  const ties = new Float64Array(y.size);
  const chosen = (o: number, i: number): boolean => x.data[i] === y.data[o] || (Number.isNaN(x.data[i]) && Number.isNaN(y.data[o]));
  forEachReduced(x, axes, (o, i) => {
    if (chosen(o, i)) ties[o]++;
  });
  forEachReduced(x, axes, (o, i) => {
    share.data[i] = chosen(o, i) ? 1 / ties[o] : 0;
  });
}

/** The position along `axis` of the first greatest (`sign` 1) or least (`sign` -1) element; of the first NaN if there is one. */
export function extremeIndexKernel(sign: 1 | -1) {
  return ([x]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void => {
    const best = new Float64Array(y.size);
    const step = stridesOf(x.shape)[axis];
    const length = x.shape[axis];
    forEachReduced(x, [axis], (o, i) => {
      const value = x.data[i];
      const position = Math.floor(i / step) % length;
      // A NaN that leads stays: nothing compares greater than it.
      if (position === 0 || sign * value > sign * best[o] || (Number.isNaN(value) && !Number.isNaN(best[o]))) {
        best[o] = value;
        y.data[o] = position;
      }
    });
  };
}

/** Truth over `axes`: of any element (`wanted` 1) or, with 0, whether none is false. */
export function truthKernel(wanted: 1 | 0) {
  return ([x]: readonly View[], [y]: readonly View[], { axes }: { axes: readonly number[] }): void => {
    y.data.fill(1 - wanted);
    forEachReduced(x, axes, (o, i) => {
      if (x.data[i] === wanted) y.data[o] = wanted;
    });
  };
}

/** The logarithm of the sum of exponentials over `axes`, without overflow. */
export function logSumExpKernel([x]: readonly View[], [y]: readonly View[], { axes }: { axes: readonly number[] }): void {
  const greatest = new Float64Array(y.size).fill(-Infinity);
  forEachReduced(x, axes, (o, i) => {
    if (x.data[i] > greatest[o]) greatest[o] = x.data[i];
  });
  const totals = new Float64Array(y.size);
  // Infinities are their own sum; a shift by them would make NaN.
  const shift = (o: number): number => (Number.isFinite(greatest[o]) ? greatest[o] : 0);
  forEachReduced(x, axes, (o, i) => {
    totals[o] += Math.exp(x.data[i] - shift(o));
  });
  for (let o = 0; o < totals.length; o++) y.data[o] = Math.log(totals[o]) + shift(o);
}
