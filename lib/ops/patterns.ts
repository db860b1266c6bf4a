/** Axes taken apart, reordered and joined as a pattern of names says. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkRank, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { reshape, view } from './shape.ts';
import { transpose } from './transpose.ts';

/** One side of a pattern: for each axis the names that it is made of; `1` has none. */
type Side = readonly (readonly string[])[];

const REST = '...';

function sideOf(pattern: string, text: string): Side {
  const axes: string[][] = [];
  let open: string[] | undefined;
  for (const token of text.match(/\.\.\.|[A-Za-z_]\w*|\d+|[^\s]/g) ?? []) {
    if (token === '(' && open === undefined) open = [];
    else if (token === ')' && open !== undefined) {
      axes.push(open);
      open = undefined;
    } else if (token === '1') {
      if (open === undefined) axes.push([]);
    } else if (token === REST || /^[A-Za-z_]/.test(token)) {
      if (open === undefined) axes.push([token]);
      else open.push(token);
    } else throw new ArgumentError(`rearrange: ${show(token)} has no place in the pattern ${show(pattern)}`);
  }
  if (open !== undefined) throw new ArgumentError(`rearrange: a bracket is not closed in the pattern ${show(pattern)}`);
  const names = axes.flat();
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ArgumentError(`rearrange: one side names ${show(twice)} twice in the pattern ${show(pattern)}`);
  return axes;
}

/** The names that stand for an ellipsis of so many axes: no letters, so that they are nobody else's. */
function restNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `.${i}`);
}

/** The size of each name that axis `size` is made of; at most one of them follows from the others. */
function sizesOf(names: readonly string[], size: number, known: Readonly<Record<string, number>>, describe: () => string): number[] {
  const unknown = names.filter((name) => known[name] === undefined);
  if (unknown.length > 1) throw new ArgumentError(`rearrange: the sizes of ${unknown.join(' and ')} are not given in ${describe()}`);
  const product = names.reduce((total, name) => total * (known[name] ?? 1), 1);
  const free = product === 0 ? 0 : size / product;
  if (!Number.isInteger(free) || (unknown.length === 0 && free !== 1 && size !== product)) {
    throw new ShapeError(
      `rearrange: an axis of size ${size} is not (${names.join(' ')}) with sizes ${show(names.map((name) => known[name] ?? '?'))}`,
    );
  }
  return names.map((name) => known[name] ?? free);
}

/**
 * `x` with its axes taken apart, reordered and joined as the pattern says: names for the axes before and after an arrow, brackets around those that are one axis, `1` for an axis of
 * size 1, and an ellipsis for all others. Of the names in one bracket all sizes but one are given in `sizes`.
 * @throws ArgumentError for a pattern that is none, or names that differ on both sides; ShapeError where `x` does not fit it.
 * @example
 * tf.rearrange(tf.zeros([2, 6, 8, 3]), 'b (h p) (w q) c -> b h w (p q c)', { p: 2, q: 2 }).shape; // [2, 3, 4, 12]
 * tf.rearrange([[1, 2], [3, 4]], 'a b -> b a').arraySync(); // [[1, 3], [2, 4]]
 */
export function rearrange(x: TensorLike, pattern: string, sizes: Readonly<Record<string, number>> = {}): Tensor {
  const input = toTensor('rearrange', x);
  const sides = typeof pattern === 'string' ? pattern.split('->') : [];
  if (sides.length !== 2) throw new ArgumentError(`rearrange: the pattern needs one arrow between two sides; received ${show(pattern)}`);
  const [left, right] = sides.map((text) => sideOf(pattern, text));
  const given = left.some((axis) => axis[0] === REST && axis.length === 1);
  const count = input.rank - left.length + (given ? 1 : 0);
  const rest = restNames(count);
  if (count < 0 || (!given && count !== 0)) {
    throw new ShapeError(`rearrange: the pattern ${show(pattern)} does not fit ${input.rank} axes; shape ${showShape(input.shape)}`);
  }
  const from = left.flatMap((axis) => (axis[0] === REST && axis.length === 1 ? rest.map((name) => [name]) : [axis]));
  const to = right.flatMap((axis) =>
    axis[0] === REST && axis.length === 1 ? rest.map((name) => [name]) : [axis.flatMap((name) => (name === REST ? rest : [name]))],
  );
  const [before, after] = [from.flat(), to.flat()];
  const odd = [...before, ...after].find((name) => !before.includes(name) || !after.includes(name));
  if (odd !== undefined) throw new ArgumentError(`rearrange: ${show(odd)} stands on one side only of the pattern ${show(pattern)}`);
  for (const [name, size] of Object.entries(sizes)) {
    if (!before.includes(name))
      throw new ArgumentError(`rearrange: a size is given for ${show(name)}, which ${show(pattern)} does not name`);
    if (!Number.isSafeInteger(size) || size < 0)
      throw new ArgumentError(`rearrange: the size of ${name} must be a whole number; received ${show(size)}`);
  }
  const found = new Map(
    from.flatMap((names, axis) =>
      sizesOf(names, input.shape[axis], sizes, () => show(pattern)).map((size, i) => [names[i], size] as const),
    ),
  );
  const sizeOf = (name: string): number => found.get(name) ?? 1;
  const apart = reshape(input, checkRank('rearrange', before.map(sizeOf)));
  const order = after.map((name) => before.indexOf(name));
  const moved = order.every((axis, i) => axis === i) ? apart : transpose(apart, order);
  const shape = to.map((names) => sizeOfShape(names.map(sizeOf)));
  return moved === input ? view(input) : reshape(moved, checkRank('rearrange', shape));
}
