/** The op behind all that changes the size of an axis by a rule: each element of the result is a weighted sum of some elements. */
import { isFloat } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { apply, declare, type Op } from '../../core/op.ts';
import { checkRank, type Shape, sameShape, showShape, sizeOfShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { resampleKernel } from '../../kernels/resample.ts';
import { mul } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { gather } from '../indexing.ts';
import { sum } from '../reduce.ts';
import { view } from '../shape.ts';

interface ResampleAttrs {
  readonly axis: number;
  readonly size: number;
}

// A sparse matrix as a list of its entries, so that its transpose is the same list with two names exchanged.
const resampleOp: Op<ResampleAttrs, 'inputs'> = declare<ResampleAttrs, 'inputs'>({
  name: 'resample',
  attrs: ['axis', 'size'],
  traits: {
    refuses: () => true,
    flops: ([x, from], _, attrs) => 2 * from.shape[0] * sizeOfShape(x.shape.toSpliced((attrs as ResampleAttrs).axis, 1)),
  },
  infer([x, from, to, weights], { axis, size }) {
    if (from.shape.length !== 1 || !sameShape(from.shape, to.shape) || !sameShape(from.shape, weights.shape)) {
      throw new ShapeError(
        `resample: from, to and weights must be lists of one length; received ${showShape(from.shape)}, ${showShape(to.shape)} and ${showShape(weights.shape)}`,
      );
    }
    return [{ shape: checkRank('resample', x.shape.with(axis, size)), dtype: x.dtype }];
  },
  // A list that was made for one size says nothing of another.
  refit(attrs, [{ shape: from }], [{ shape: to }]) {
    const { axis } = attrs;
    if (from[axis] !== to[axis]) throw new ShapeError(`resample: the list is one for ${from[axis]} elements; received ${showShape(to)}`);
    return attrs;
  },
  kernel: resampleKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [x, from, to, weights], attrs: { axis } }) => [
    () => resample(dy, { from: to, to: from, weights, size: x.shape[axis] }, axis),
    null,
    null,
    () => {
      const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
      return sum(mul(gather(dy, to, axis), gather(x, from, axis)), others);
    },
  ],
});

/** Which elements of an axis make up an axis of `size` elements: entry i adds `weights[i]` times element `from[i]` to element `to[i]`. */
export interface Table {
  readonly from: Tensor;
  readonly to: Tensor;
  readonly weights: Tensor;
  readonly size: number;
}

/** Entries of a table as numbers. */
export interface Entries {
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** All 1 where missing. */
  readonly weights?: readonly number[];
  readonly size: number;
}

/** `x`, which is floating as the weights are, with its axis made anew by a table. */
function resample(x: Tensor, { from, to, weights, size }: Table, axis: number): Tensor {
  return apply(resampleOp, [x, from, to, weights], { axis, size })[0];
}

/** True if the result is the input. */
function keepsAll({ from, to, weights, size }: Entries, length: number): boolean {
  return size === length && from.length === size && from.every((place, i) => place === i && to[i] === i && (weights?.[i] ?? 1) === 1);
}

/** `x` with its axis made anew; integers are summed as doubles and keep their dtype. */
export function resampleAxis(x: Tensor, entries: Entries, axis: number): Tensor {
  if (keepsAll(entries, x.shape[axis])) return view(x);
  const { from, to, weights, size } = entries;
  const dtype = isFloat(x.dtype) ? x.dtype : 'float64';
  const shape = [from.length];
  const table = {
    from: tensorOf(from, shape, 'int32'),
    to: tensorOf(to, shape, 'int32'),
    weights: tensorOf(weights ?? from.map(() => 1), shape, dtype),
    size,
  };
  return castTo(resample(castTo(x, dtype), table, axis), x.dtype);
}

/** An axis, and how it is made anew. */
export interface AxisEntries {
  readonly axis: number;
  readonly entries: Entries;
}

/** Fewer numbers than these lie in one vector, and cost as much. */
const VECTOR = 16;

/** What making an axis anew costs, in numbers read. */
function workOf({ axis, entries }: AxisEntries, shape: Shape): number {
  return entries.from.length * sizeOfShape(shape.slice(0, axis)) * Math.max(VECTOR, sizeOfShape(shape.slice(axis + 1)));
}

/** `x` with several axes made anew, in an order in which there is little to do: an axis that shrinks leaves less for the others. */
export function resampleAxes(x: Tensor, axes: readonly AxisEntries[]): Tensor {
  const work = (first: AxisEntries, second: AxisEntries): number =>
    workOf(first, x.shape) + workOf(second, x.shape.with(first.axis, first.entries.size));
  const ordered = axes.toSorted((a, b) => work(a, b) - work(b, a));
  return axes.length === 0 ? view(x) : ordered.reduce((y, { axis, entries }) => resampleAxis(y, entries, axis), x);
}
