/** Tensors put together and taken apart: concat, stack, slice, split, pad, tile. */
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { normalizeAxis, type Shape, showShape, sizeOfShape, stridesOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { concatKernel, padKernel, sliceKernel } from '../kernels/shape.ts';
import { onParts } from './complex.ts';
import { checkValue, type TensorLike, toTensor, toTensors } from './convert.ts';
import { broadcastTo, reshape, view } from './shape.ts';
import { expandDims } from './transpose.ts';

const concatOp: Op<{ axis: number }> = declare<{ axis: number }>({
  name: 'concat',
  attrs: ['axis'],
  traits: { complex: onParts() },
  infer(inputs, { axis }) {
    const [first] = inputs;
    for (const { shape } of inputs) {
      if (shape.length !== first.shape.length || shape.some((d, at) => at !== axis && d !== first.shape[at])) {
        throw new ShapeError(`concat: shapes ${showShape(first.shape)} and ${showShape(shape)} differ elsewhere than in axis ${axis}`);
      }
    }
    const size = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
    return [{ shape: first.shape.with(axis, size), dtype: first.dtype }];
  },
  kernel: concatKernel,
  saves: [],
  grad({ dy, specs, attrs: { axis } }) {
    let at = 0;
    return specs.map(({ shape }) => {
      const begin = shape.map((_, i) => (i === axis ? at : 0));
      at += shape[axis];
      return () => slice(dy, begin, shape);
    });
  },
});

/**
 * The tensors one after the other along `axis`.
 * @throws ShapeError if they differ in another axis; ArgumentError for an empty list.
 * @example
 * tf.concat([[1, 2], [3]]).arraySync(); // [1, 2, 3]
 */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw new ArgumentError(`concat: needs a list of tensors; received ${show(tensors)}`);
  const inputs = toTensors('concat', tensors);
  const at = normalizeAxis('concat', axis, inputs[0].rank);
  return inputs.length === 1 ? view(inputs[0]) : apply(concatOp, inputs, { axis: at })[0];
}

/**
 * The tensors, all of one shape, along a new axis.
 * @throws ShapeError if their shapes differ; ArgumentError for an empty list.
 * @example
 * tf.stack([[1, 2], [3, 4]], 1).arraySync(); // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) throw new ArgumentError(`stack: needs a list of tensors; received ${show(tensors)}`);
  const inputs = toTensors('stack', tensors);
  const odd = inputs.find(({ shape }) => showShape(shape) !== showShape(inputs[0].shape));
  if (odd !== undefined) throw new ShapeError(`stack: shapes differ: ${showShape(inputs[0].shape)} and ${showShape(odd.shape)}`);
  const at = normalizeAxis('stack', axis, inputs[0].rank + 1);
  return concat(
    inputs.map((x) => expandDims(x, at)),
    at,
  );
}

/** A place on an axis that became longer or shorter: what lies nearer to the end is counted from there. */
export function refitPlace(at: number, from: number, to: number): number {
  return 2 * at > from ? Math.max(0, to - (from - at)) : at;
}

const sliceOp: Op<{ begin: readonly number[]; size: Shape }> = declare<{ begin: readonly number[]; size: Shape }>({
  name: 'slice',
  attrs: ['begin', 'size'],
  traits: {
    complex: onParts<{ begin: readonly number[]; size: Shape }>(({ begin, size }) => ({ begin: [...begin, 0], size: [...size, 2] })),
  },
  infer([x], { begin, size }) {
    if (size.some((d, axis) => begin[axis] + d > x.shape[axis])) {
      throw new ShapeError(`slice: from ${showShape(begin)}, size ${showShape(size)} reaches beyond shape ${showShape(x.shape)}`);
    }
    return [{ shape: size, dtype: x.dtype }];
  },
  refit({ begin, size }, [{ shape: from }], [{ shape: to }]) {
    const begins = begin.map((at, i) => refitPlace(at, from[i], to[i]));
    return { begin: begins, size: size.map((d, i) => Math.max(0, refitPlace(begin[i] + d, from[i], to[i]) - begins[i])) };
  },
  // In one piece if, after the first axis longer than 1, every axis is whole.
  alias([x], { begin, size }) {
    const first = size.findIndex((d) => d !== 1);
    const whole = first < 0 || size.every((d, axis) => axis <= first || d === x.shape[axis]);
    if (!whole || sizeOfShape(size) === 0) return undefined;
    const strides = stridesOf(x.shape);
    return begin.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  },
  kernel: sliceKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs: { begin, size } }) => [
    () =>
      pad(
        dy,
        begin.map((at, axis) => [at, x.shape[axis] - at - size[axis]] as const),
      ),
  ],
});

/**
 * The block of `x` that begins at `begin` (one number each axis; missing ones are 0) and has `size`; -1 or missing reaches to the end. A block in one
 * piece is a view.
 * @throws ShapeError for a block that reaches beyond `x`; ArgumentError for a position that is no whole number >= 0.
 * @example
 * tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 2]).arraySync(); // [[2, 3], [5, 6]]
 */
export function slice(x: TensorLike, begin: number | readonly number[], size: number | readonly number[] = []): Tensor {
  const input = toTensor('slice', x);
  const given = typeof begin === 'number' ? [begin] : checkList('slice', 'begin', begin);
  const sizes = typeof size === 'number' ? [size] : checkList('slice', 'size', size);
  const whole = (list: readonly number[], least: number): boolean =>
    list.length <= input.rank && list.every((d) => Number.isInteger(d) && d >= least);
  if (!whole(given, 0) || !whole(sizes, -1)) {
    throw new ArgumentError(`slice: needs a whole number >= 0 for each of ${input.rank} axes; received ${show(given)} and ${show(sizes)}`);
  }
  const starts = input.shape.map((_, axis) => given[axis] ?? 0);
  const lengths = input.shape.map((d, axis) =>
    sizes[axis] === undefined || sizes[axis] === -1 ? Math.max(0, d - starts[axis]) : sizes[axis],
  );
  return apply(sliceOp, [input], { begin: starts, size: lengths })[0];
}

/**
 * `x` cut along `axis` into equal parts (a number of them) or into parts of the given sizes.
 * @throws ShapeError if the parts do not make up the axis.
 * @example
 * tf.split([1, 2, 3, 4], 2).map((part) => part.arraySync()); // [[1, 2], [3, 4]]
 */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const input = toTensor('split', x);
  const at = normalizeAxis('split', axis, input.rank);
  const length = input.shape[at];
  // Only an axis of size 0 has more parts than elements, and even that not without end.
  const count = typeof parts === 'number' && parts >= 1 && parts <= Math.max(length, 0xffff) ? Math.trunc(parts) : 0;
  const sizes = typeof parts === 'number' ? new Array<number>(count).fill(length / parts) : checkList('split', 'parts', parts);
  if (sizes.length === 0 || !sizes.every((d) => Number.isInteger(d) && d >= 0) || sizes.reduce((sum, d) => sum + d, 0) !== length) {
    throw new ShapeError(`split: axis ${at} of size ${length} cannot be cut into ${show(parts)}`);
  }
  let start = 0;
  return sizes.map((d) => {
    const part = slice(
      input,
      input.shape.map((_, i) => (i === at ? start : 0)),
      input.shape.with(at, d),
    );
    start += d;
    return part;
  });
}

/**
 * The slices of `x` along `axis`, without that axis.
 * @example
 * tf.unstack([[1, 2], [3, 4]]).map((row) => row.arraySync()); // [[1, 2], [3, 4]]
 */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  const input = toTensor('unstack', x);
  const at = normalizeAxis('unstack', axis, input.rank);
  const rest = input.shape.toSpliced(at, 1);
  if (input.shape[at] === 0) return [];
  return split(input, input.shape[at], at).map((part) => reshape(part, rest));
}

const padOp: Op<{ before: Shape; after: Shape; value: number }> = declare<{ before: Shape; after: Shape; value: number }>({
  name: 'pad',
  attrs: ['before', 'after', 'value'],
  traits: {
    complex: onParts<{ before: Shape; after: Shape; value: number }>(({ before, after, value }) => {
      if (value !== 0) throw new ArgumentError(`pad: fills complex tensors with 0 only; received ${value}`);
      return { before: [...before, 0], after: [...after, 0], value };
    }),
  },
  infer: ([x], { before, after }) => [{ shape: x.shape.map((d, axis) => before[axis] + d + after[axis]), dtype: x.dtype }],
  kernel: padKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs: { before } }) => [() => slice(dy, before, x.shape)],
});

/**
 * `x` with `[before, after]` elements of `value` around each axis.
 * @throws ArgumentError unless there is a pair of whole numbers >= 0 for each axis.
 * @example
 * tf.pad([1, 2], [[1, 2]], 9).arraySync(); // [9, 1, 2, 9, 9]
 */
export function pad(x: TensorLike, paddings: readonly (readonly [number, number])[], value = 0): Tensor {
  const input = toTensor('pad', x);
  checkList('pad', 'paddings', paddings);
  if (
    paddings.length !== input.rank ||
    !paddings.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((d) => Number.isInteger(d) && d >= 0))
  ) {
    throw new ArgumentError(`pad: needs [before, after] >= 0 for each of ${input.rank} axes; received ${show(paddings)}`);
  }
  const filler = checkValue('pad', 'value', value, input.dtype);
  if (paddings.every(([before, after]) => before + after === 0)) return view(input);
  return apply(padOp, [input], { before: paddings.map(([d]) => d), after: paddings.map(([, d]) => d), value: filler })[0];
}

/**
 * `x` repeated `reps[axis]` times along each axis.
 * @throws ArgumentError unless there is a whole number >= 0 for each axis.
 * @example
 * tf.tile([1, 2], [2]).arraySync(); // [1, 2, 1, 2]
 */
export function tile(x: TensorLike, reps: readonly number[]): Tensor {
  const input = toTensor('tile', x);
  checkList('tile', 'reps', reps);
  if (reps.length !== input.rank || !reps.every((d) => Number.isInteger(d) && d >= 0)) {
    throw new ArgumentError(`tile: needs a whole number >= 0 for each of ${input.rank} axes; received ${show(reps)}`);
  }
  if (reps.every((d) => d === 1)) return view(input);
  return input.shape.reduce<Tensor>((y, d, axis) => {
    if (reps[axis] === 1) return y;
    const rows = y.shape.toSpliced(axis, 0, 1);
    return reshape(broadcastTo(reshape(y, rows), rows.with(axis, reps[axis])), y.shape.with(axis, d * reps[axis]));
  }, input);
}
