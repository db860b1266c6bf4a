/** Reference loops of elementwise ops: one input, two broadcast inputs, three broadcast inputs. */
import { isFloat } from '../core/dtype.ts';
import type { View } from '../core/op.ts';
import { type Shape, sameShape } from '../core/shape.ts';

/** A reference kernel, as `declare` takes it. */
export type Kernel<A = unknown> = (inputs: readonly View[], outputs: readonly View[], attrs: A) => void;

/** For each axis of `output`, the step in `input` (0 where it is broadcast), in elements. */
export function broadcastStrides(input: Shape, output: Shape): number[] {
  const strides = new Array<number>(output.length).fill(0);
  let step = 1;
  for (let i = input.length - 1, o = output.length - 1; i >= 0; i--, o--) {
    strides[o] = input[i] === 1 ? 0 : step;
    step *= input[i];
  }
  return strides;
}

/** Calls `visit(position in the output, position in each input)` in row-major order of `output`. */
export function forEachBroadcast(output: Shape, inputs: readonly Shape[], visit: (o: number, positions: readonly number[]) => void): void {
  const strides = inputs.map((shape) => broadcastStrides(shape, output));
  const positions = inputs.map(() => 0);
  const index = output.map(() => 0);
  let size = 1;
  for (const d of output) size *= d;
  for (let o = 0; o < size; o++) {
    visit(o, positions);
    for (let axis = output.length - 1; axis >= 0; axis--) {
      index[axis]++;
      for (let n = 0; n < positions.length; n++) positions[n] += strides[n][axis];
      if (index[axis] < output[axis]) break;
      for (let n = 0; n < positions.length; n++) positions[n] -= strides[n][axis] * output[axis];
      index[axis] = 0;
    }
  }
}

/** `y[i] = f(x[i], attrs)`; `exact` replaces `f` for integers where doubles would lose bits. */
export function unaryKernel<A>(f: (x: number, attrs: A) => number, exact: (x: number, attrs: A) => number = f): Kernel<A> {
  return ([x], [y], attrs) => {
    const g = isFloat(x.dtype) ? f : exact;
    const source = x.data;
    const target = y.data;
    for (let i = 0; i < target.length; i++) target[i] = g(source[i], attrs);
  };
}

/** `y = f(a, b)` with broadcasting; `exact` replaces `f` for integers where doubles would lose bits. */
export function binaryKernel(f: (a: number, b: number) => number, exact: (a: number, b: number) => number = f): Kernel {
  return ([a, b], [y]) => {
    const g = isFloat(a.dtype) ? f : exact;
    const { data: left } = a;
    const { data: right } = b;
    const { data: target } = y;
    if (sameShape(a.shape, b.shape)) {
      for (let i = 0; i < target.length; i++) target[i] = g(left[i], right[i]);
    } else if (b.size === 1 && a.size === target.length) {
      for (let i = 0; i < target.length; i++) target[i] = g(left[i], right[0]);
    } else if (a.size === 1 && b.size === target.length) {
      for (let i = 0; i < target.length; i++) target[i] = g(left[0], right[i]);
    } else {
      forEachBroadcast(y.shape, [a.shape, b.shape], (o, [i, j]) => {
        target[o] = g(left[i], right[j]);
      });
    }
  };
}

/** `y = f(a, b, c)` with broadcasting. */
export function ternaryKernel(f: (a: number, b: number, c: number) => number): Kernel {
  return ([a, b, c], [y]) => {
    if ([a, b, c].every((x) => x.size === 1 || sameShape(x.shape, y.shape))) {
      const [p, q, r] = [a, b, c].map((x) => (x.size === 1 ? 0 : 1));
      for (let i = 0; i < y.size; i++) y.data[i] = f(a.data[i * p], b.data[i * q], c.data[i * r]);
      return;
    }
    forEachBroadcast(y.shape, [a.shape, b.shape, c.shape], (o, [i, j, k]) => {
      y.data[o] = f(a.data[i], b.data[j], c.data[k]);
    });
  };
}
