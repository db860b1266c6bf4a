/** The reference loop of `resample`: elements of an axis as weighted sums of elements of another. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';
import { sizesAround } from './shape.ts';

/** Along the axis, element `to[i]` of the result is the sum of `weights[i]` times element `from[i]` of x; an index outside is an error. */
export function resampleKernel([x, from, to, weights]: readonly View[], [y]: readonly View[], { axis }: { axis: number }): void {
  const { outer, length, inner } = sizesAround(x.shape, axis);
  const size = y.shape[axis];
  const totals = new Float64Array(y.size);
  const check = (name: string, places: View, end: number): void => {
    const i = places.data.findIndex((place) => place < 0 || place >= end);
    if (i >= 0) throw new ArgumentError(`resample: ${name} ${places.data[i]} at position ${i} is not from 0 to ${end - 1}`);
  };
  check('from', from, length);
  check('to', to, size);
  for (let i = 0; i < from.size; i++) {
    for (let o = 0; o < outer; o++) {
      const source = (o * length + from.data[i]) * inner;
      const target = (o * size + to.data[i]) * inner;
      for (let j = 0; j < inner; j++) totals[target + j] += weights.data[i] * x.data[source + j];
    }
  }
  y.data.set(totals);
}
