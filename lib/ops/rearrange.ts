/** Elements repeated, rolled, turned and mirrored, and blocks of them moved between axes. */
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { normalizeAxes, normalizeAxis, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { NONE, type None } from './elementwise.ts';
import { gather, toIndices } from './indexing.ts';
import { concat, slice } from './join.ts';
import { broadcastTo, reshape, view } from './shape.ts';
import { expandDims, flatten, reverse, transpose } from './transpose.ts';

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * `x` with each of its slices along `axis` repeated, all as often or each by its own count; of `x` flattened unless an axis is given.
 * @throws ArgumentError for counts that are no whole numbers >= 0, or as many as the axis is long.
 * @example
 * tf.repeat([1, 2], 2).arraySync(); // [1, 1, 2, 2]
 * tf.repeat([[1], [2]], [2, 1], 0).arraySync(); // [[1], [1], [2]]
 */
export function repeat(x: TensorLike, repeats: number | readonly number[], axis: number | null = null): Tensor {
  const given = toTensor('repeat', x);
  const input = axis === null ? flatten(given) : given;
  const at = normalizeAxis('repeat', axis ?? 0, input.rank);
  const length = input.shape[at];
  const counts = typeof repeats === 'number' ? [repeats] : checkList('repeat', 'repeats', repeats);
  if (!counts.every(isCount) || (counts.length !== 1 && counts.length !== length)) {
    throw new ArgumentError(`repeat: needs one count >= 0, or one for each of ${length} slices; received ${show(repeats)}`);
  }
  if (counts.length === 1) {
    const [count] = counts;
    const rows = input.shape.toSpliced(at + 1, 0, count);
    return reshape(broadcastTo(expandDims(input, at + 1), rows), input.shape.with(at, length * count));
  }
  return gather(input, Int32Array.from(counts.flatMap((count, i) => new Array<number>(count).fill(i))), at);
}

/** The parts of `x` before and after position `cut` of an axis. */
function cutAt(x: Tensor, axis: number, cut: number): [Tensor, Tensor] {
  const nothing = x.shape.map(() => 0);
  return [slice(x, nothing, x.shape.with(axis, cut)), slice(x, nothing.with(axis, cut), x.shape.with(axis, x.shape[axis] - cut))];
}

/**
 * `x` with its elements moved `shift` places along `axis`, those beyond the end to the beginning; several axes have a shift each; without an axis
 * `x` is rolled as if it were flat.
 * @throws ArgumentError for shifts that are no whole numbers, or not one for each axis.
 * @example
 * tf.roll([1, 2, 3, 4], 1).arraySync(); // [4, 1, 2, 3]
 */
export function roll(x: TensorLike, shift: number | readonly number[], axis: number | readonly number[] | null = null): Tensor {
  const input = toTensor('roll', x);
  const shifts = typeof shift === 'number' ? [shift] : checkList('roll', 'shift', shift);
  const axes = axis === null ? [0] : typeof axis === 'number' ? [axis] : checkList('roll', 'axis', axis);
  const each = shifts.length === 1 ? axes.map(() => shifts[0]) : shifts;
  if (!each.every((by) => Number.isSafeInteger(by)) || each.length !== axes.length) {
    throw new ArgumentError(`roll: needs one whole number, or one for each axis; received ${show(shift)}`);
  }
  const start = axis === null ? flatten(input) : input;
  const rolled = axes.reduce<Tensor>((y, at, i) => {
    const along = normalizeAxis('roll', at, y.rank);
    const length = y.shape[along];
    const by = length === 0 ? 0 : ((each[i] % length) + length) % length;
    return by === 0 ? y : concat(cutAt(y, along, length - by).reverse(), along);
  }, start);
  return axis === null ? reshape(rolled, input.shape) : rolled === input ? view(input) : rolled;
}

/**
 * `x` read backwards along `axis` (one, several, or all unless given): Keras's name for `reverse`.
 * @example
 * tf.flip([[1, 2], [3, 4]], 1).arraySync(); // [[2, 1], [4, 3]]
 */
export function flip(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const input = toTensor('flip', x);
  return reverse(input, normalizeAxes('flip', axis, input.rank));
}

/**
 * `x` with two axes exchanged.
 * @example
 * tf.swapaxes([[1, 2], [3, 4]], 0, 1).arraySync(); // [[1, 3], [2, 4]]
 */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const input = toTensor('swapaxes', x);
  const [first, second] = [normalizeAxis('swapaxes', axis1, input.rank), normalizeAxis('swapaxes', axis2, input.rank)];
  return transpose(
    input,
    input.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)),
  );
}

/**
 * `x` with the axes of `source` moved to the positions of `destination`; the others keep their order.
 * @throws ArgumentError unless both name as many axes, none twice.
 * @example
 * tf.moveaxis(tf.zeros([2, 3, 4]), 0, -1).shape; // [3, 4, 2]
 */
export function moveaxis(x: TensorLike, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const input = toTensor('moveaxis', x);
  const list = (name: string, axes: number | readonly number[]): readonly number[] => {
    const given = typeof axes === 'number' ? [axes] : checkList('moveaxis', name, axes);
    normalizeAxes('moveaxis', given, input.rank);
    return given.map((axis) => normalizeAxis('moveaxis', axis, input.rank));
  };
  const [from, to] = [list('source', source), list('destination', destination)];
  if (from.length !== to.length) {
    throw new ArgumentError(`moveaxis: source and destination must name as many axes; received ${show(source)} and ${show(destination)}`);
  }
  const rest = input.shape.map((_, axis) => axis).filter((axis) => !from.includes(axis));
  const perm = input.shape.map((_, axis) => (to.includes(axis) ? from[to.indexOf(axis)] : (rest.shift() as number)));
  return transpose(input, perm);
}

/**
 * `x` turned by `k` quarters in the plane of two axes, from the first towards the second.
 * @throws ArgumentError for a `k` that is no whole number, and unless `axes` are two.
 * @example
 * tf.rot90([[1, 2], [3, 4]]).arraySync(); // [[2, 4], [1, 3]]
 */
export function rot90(x: TensorLike, k = 1, axes: readonly number[] = [0, 1]): Tensor {
  const input = toTensor('rot90', x);
  if (!Number.isSafeInteger(k)) throw new ArgumentError(`rot90: k must be a whole number; received ${show(k)}`);
  if (checkList('rot90', 'axes', axes).length !== 2) throw new ArgumentError(`rot90: needs two axes; received ${show(axes)}`);
  normalizeAxes('rot90', axes, input.rank);
  const [first, second] = axes.map((axis) => normalizeAxis('rot90', axis, input.rank));
  switch (((k % 4) + 4) % 4) {
    case 0:
      return view(input);
    case 1:
      return reverse(swapaxes(input, first, second), first);
    case 2:
      return reverse(input, [first, second]);
    default:
      return swapaxes(reverse(input, first), first, second);
  }
}

/**
 * `x` with each axis extended by its own mirror image, `[before, after]` elements: 'reflect' does not repeat the outermost element, 'symmetric' does.
 * @throws ArgumentError for paddings that are no pairs of whole numbers or longer than the image; ArgumentError for another mode.
 * @example
 * tf.mirrorPad([1, 2, 3], [[2, 1]], 'reflect').arraySync(); // [3, 2, 1, 2, 3, 2]
 */
export function mirrorPad(x: TensorLike, paddings: readonly (readonly [number, number])[], mode: 'reflect' | 'symmetric'): Tensor {
  const input = toTensor('mirrorPad', x);
  if (mode !== 'reflect' && mode !== 'symmetric') {
    throw new ArgumentError(`mirrorPad: mode must be "reflect" or "symmetric"; received ${show(mode)}`);
  }
  checkList('mirrorPad', 'paddings', paddings);
  const skipped = mode === 'reflect' ? 1 : 0;
  const fits = (pair: unknown, axis: number): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((d) => isCount(d) && d <= Math.max(0, input.shape[axis] - skipped));
  if (paddings.length !== input.rank || !paddings.every(fits)) {
    throw new ArgumentError(
      `mirrorPad: needs [before, after] for each of ${input.rank} axes, no longer than the axis${skipped === 1 ? ' less 1' : ''}; received ${show(paddings)} for shape ${showShape(input.shape)}`,
    );
  }
  if (paddings.every(([before, after]) => before + after === 0)) return view(input);
  return paddings.reduce<Tensor>((y, [before, after], axis) => {
    const part = (from: number, count: number): Tensor =>
      reverse(
        slice(
          y,
          y.shape.map((_, i) => (i === axis ? from : 0)),
          y.shape.with(axis, count),
        ),
        axis,
      );
    const pieces = [
      ...(before > 0 ? [part(skipped, before)] : []),
      y,
      ...(after > 0 ? [part(y.shape[axis] - skipped - after, after)] : []),
    ];
    return pieces.length === 1 ? y : concat(pieces, axis);
  }, input);
}

/**
 * `x` itself, once its shape was found to be `shape`, in which null stands for any size.
 * @throws ShapeError if it is another.
 * @example
 * tf.ensureShape([[1, 2]], [null, 2]).shape; // [1, 2]
 */
export function ensureShape(x: TensorLike, shape: readonly (number | null)[]): Tensor {
  const input = toTensor('ensureShape', x);
  checkList('ensureShape', 'shape', shape);
  if (shape.length !== input.rank || shape.some((d, axis) => d !== null && d !== input.shape[axis])) {
    throw new ShapeError(`ensureShape: shape ${showShape(input.shape)} is not ${showShape(shape)}`);
  }
  return view(input);
}

const broadcastArgsOp: Op<None> = declare<None>({
  name: 'broadcastArgs',
  attrs: [],
  traits: { refuses: () => true },
  infer([a, b]) {
    if (a.shape.length !== 1 || b.shape.length !== 1) {
      throw new ShapeError(`broadcastArgs: a shape is a list of sizes; received ${showShape(a.shape)} and ${showShape(b.shape)}`);
    }
    return [{ shape: [Math.max(a.shape[0], b.shape[0])], dtype: 'int32' }];
  },
  kernel([a, b], [y]) {
    for (let i = 1; i <= y.size; i++) {
      const left = i <= a.size ? a.data[a.size - i] : 1;
      const right = i <= b.size ? b.data[b.size - i] : 1;
      if (left !== right && left !== 1 && right !== 1) {
        throw new ArgumentError(`broadcastArgs: the shapes do not broadcast; axis -${i} is ${left} and ${right}`);
      }
      y.data[y.size - i] = left === 1 ? right : left;
    }
  },
  saves: [],
  grad: 'none',
});

/**
 * The shape (int32) that tensors of two shapes, given as tensors of sizes, broadcast to.
 * @throws ShapeError unless both have one axis; ArgumentError for shapes that do not broadcast.
 * @example
 * tf.broadcastArgs([3, 1], [2, 1, 4]).arraySync(); // [2, 3, 4]
 */
export function broadcastArgs(s0: TensorLike, s1: TensorLike): Tensor {
  return apply(broadcastArgsOp, [toIndices('broadcastArgs', s0), toIndices('broadcastArgs', s1)], NONE)[0];
}
