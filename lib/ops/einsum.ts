/** Sums of products over any axes: einsum, and what can be said by it. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkRank, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toTensors } from './convert.ts';
import { diagonal } from './diagonal.ts';
import { matMul } from './matmul.ts';
import { sum } from './reduce.ts';
import { reshape, view } from './shape.ts';
import { transpose } from './transpose.ts';

/** A tensor whose axes have names: a letter, or the place of an ellipsis's axis counted from its end. */
interface Named {
  readonly x: Tensor;
  readonly names: readonly string[];
}

function sizeIn({ x, names }: Named, name: string): number {
  return x.shape[names.indexOf(name)];
}

function without(named: Named, axes: readonly number[]): Named {
  return {
    x: reshape(
      named.x,
      named.x.shape.filter((_, axis) => !axes.includes(axis)),
    ),
    names: named.names.filter((_, axis) => !axes.includes(axis)),
  };
}

/** `named` with its axes in the order of the names. */
function ordered(named: Named, names: readonly string[]): Tensor {
  return transpose(
    named.x,
    names.map((name) => named.names.indexOf(name)),
  );
}

/** The names of one term: those before the ellipsis, those of its axes, and those after it. */
function namesOf(equation: string, term: string, rank: number | null, axesOfEllipsis: number): string[] {
  const parts = term.split('...');
  if (parts.length > 2 || !/^[A-Za-z]*$/.test(parts.join(''))) {
    throw new ArgumentError(`einsum: a term is letters with at most one ellipsis; received ${show(term)} in ${show(equation)}`);
  }
  const letters = parts.join('').length;
  const more = rank === null ? axesOfEllipsis : rank - letters;
  if (more < 0 || (parts.length === 1 && more !== 0 && rank !== null)) {
    throw new ShapeError(`einsum: the term ${show(term)} of ${show(equation)} does not fit ${rank} axes`);
  }
  if (parts.length === 1) return [...parts[0]];
  return [...parts[0], ...Array.from({ length: more }, (_, i) => `.${more - i}`), ...parts[1]];
}

/** Each name once: axes of one name become their diagonal. */
function diagonals(named: Named): Named {
  const twice = named.names.findIndex((name, axis) => named.names.indexOf(name) !== axis);
  if (twice < 0) return named;
  const name = named.names[twice];
  const first = named.names.indexOf(name);
  if (named.x.shape[first] !== named.x.shape[twice]) {
    throw new ShapeError(`einsum: "${name}" is ${named.x.shape[first]} and ${named.x.shape[twice]} in shape ${showShape(named.x.shape)}`);
  }
  const rest = named.names.filter((_, axis) => axis !== first && axis !== twice);
  return diagonals({ x: diagonal(named.x, 0, first, twice), names: [...rest, name] });
}

/** Without the axes that nobody else names: their sum. */
function summed(named: Named, needed: ReadonlySet<string>): Named {
  const axes = named.names.flatMap((name, axis) => (needed.has(name) ? [] : [axis]));
  if (axes.length === 0) return named;
  return { x: sum(named.x, axes), names: named.names.filter((name) => needed.has(name)) };
}

/** Without the axes of size 1 that are longer in `other`: they say nothing. */
function unspread(named: Named, other: Named): Named {
  const axes = named.names.flatMap((name, axis) =>
    named.x.shape[axis] === 1 && other.names.includes(name) && sizeIn(other, name) !== 1 ? [axis] : [],
  );
  return axes.length === 0 ? named : without(named, axes);
}

function shapeOf(named: Named, names: readonly string[]): Shape {
  return names.map((name) => sizeIn(named, name));
}

/** The axes that `names` spell, in one piece at one end of those that are not of the batch. */
function matrixOf(named: Named, batch: readonly string[], outer: readonly string[], inner: readonly string[], innerLast: boolean) {
  const [count, rows, columns] = [batch, outer, inner].map((names) => sizeOfShape(shapeOf(named, names)));
  const turned = [...batch, ...inner, ...outer];
  const isTurned = turned.every((name, axis) => named.names[axis] === name);
  const straight = [...batch, ...outer, ...inner];
  const isStraight = straight.every((name, axis) => named.names[axis] === name);
  // As it lies, if it lies either way: the product reads it transposed.
  const innerFirst = isStraight ? false : isTurned ? true : !innerLast;
  const x = ordered(named, innerFirst ? turned : straight);
  return { matrix: reshape(x, innerFirst ? [count, columns, rows] : [count, rows, columns]), innerFirst };
}

/** The product of two, without the axes that nobody else names: they are summed over by one product of matrices. */
function pair(left: Named, right: Named, needed: ReadonlySet<string>): Named {
  const a = summed(unspread(left, right), new Set([...needed, ...right.names]));
  const b = summed(unspread(right, left), new Set([...needed, ...left.names]));
  const shared = a.names.filter((name) => b.names.includes(name));
  for (const name of shared) {
    if (sizeIn(a, name) !== sizeIn(b, name)) {
      throw new ShapeError(
        `einsum: "${name}" is ${sizeIn(a, name)} in shape ${showShape(a.x.shape)} and ${sizeIn(b, name)} in shape ${showShape(b.x.shape)}`,
      );
    }
  }
  const batch = shared.filter((name) => needed.has(name));
  const inner = shared.filter((name) => !needed.has(name));
  const [rows, columns] = [a, b].map(({ names }) => names.filter((name) => !shared.includes(name)));
  const names = [...batch, ...rows, ...columns];
  const shape = checkRank('einsum', [...shapeOf(a, batch), ...shapeOf(a, rows), ...shapeOf(b, columns)]);
  if (inner.length === 0) {
    const [count, m, n] = [shapeOf(a, batch), shapeOf(a, rows), shapeOf(b, columns)].map(sizeOfShape);
    const [p, q] = [ordered(a, [...batch, ...rows]), ordered(b, [...batch, ...columns])];
    return { x: reshape(mul(reshape(p, [count, m, 1]), reshape(q, [count, 1, n])), shape), names };
  }
  const first = matrixOf(a, batch, rows, inner, true);
  const second = matrixOf(b, batch, columns, inner, false);
  return { x: reshape(matMul(first.matrix, second.matrix, first.innerFirst, !second.innerFirst), shape), names };
}

/** Of the pairs of tensors the one whose product is smallest, the first of equal ones. */
function cheapest(list: readonly Named[], needed: (skip: readonly number[]) => ReadonlySet<string>): readonly [number, number] {
  let best: readonly [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  list.forEach((a, i) => {
    list.slice(i + 1).forEach((b, distance) => {
      const j = i + 1 + distance;
      const kept = needed([i, j]);
      const names = new Set([...a.names, ...b.names].filter((name) => kept.has(name)));
      const size = [...names].reduce(
        (product, name) => product * Math.max(a.names.includes(name) ? sizeIn(a, name) : 1, b.names.includes(name) ? sizeIn(b, name) : 1),
        1,
      );
      if (size < least) [least, best] = [size, [i, j]];
    });
  });
  return best;
}

/** The output's names where none is given: the ellipsis, then the letters that come once, in the order of the alphabet. */
function implied(terms: readonly string[]): string {
  const letters = [...terms.join('').replaceAll('.', '')];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return `${terms.some((term) => term.includes('...')) ? '...' : ''}${once.join('')}`;
}

/** The output's term as names; refuses a name that comes twice, or from no input. */
function resultNames(equation: string, output: string, inputs: readonly Named[]): string[] {
  const known = new Set(inputs.flatMap(({ names }) => names));
  const most = inputs.reduce((longest, { names }) => Math.max(longest, names.filter((name) => name.startsWith('.')).length), 0);
  const names = namesOf(equation, output, null, most);
  const wrong = names.find((name, axis) => !known.has(name) || names.indexOf(name) !== axis);
  if (wrong !== undefined) throw new ArgumentError(`einsum: the output of ${show(equation)} names "${wrong}" twice, or no input does`);
  return names;
}

/**
 * The sum of products that the equation says, as in NumPy: a term of letters for each tensor's axes, an arrow, and the letters of the result. What the result does
 * not name is summed over; a letter that a term names twice is its diagonal; an ellipsis stands for any axes, which broadcast. Without an arrow the result
 * has the letters that come once, in the order of the alphabet. Tensors are multiplied in pairs, the smallest result first, each by one product of
 * matrices.
 * @throws ArgumentError for an equation that is none or of another number of tensors; ShapeError for sizes that differ under one letter.
 * @example
 * tf.einsum('ij,jk->ik', [[1, 2], [3, 4]], [[1], [1]]).arraySync(); // [[3], [7]]
 * tf.einsum('...ii->...', [[[1, 2], [3, 4]]]).arraySync(); // [5]
 */
export function einsum(equation: string, ...tensors: TensorLike[]): Tensor {
  if (typeof equation !== 'string') throw new ArgumentError(`einsum: the equation comes first, as text; received ${show(equation)}`);
  const [left, output, ...more] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  if (more.length > 0 || terms.length !== tensors.length) {
    throw new ArgumentError(`einsum: ${show(equation)} is not an equation of ${tensors.length} tensors`);
  }
  const given = toTensors('einsum', tensors).map((x) => (x.dtype === 'bool' || x.dtype === 'uint8' ? castTo(x, 'int32') : x));
  const inputs = given.map((x, i): Named => ({ x, names: namesOf(equation, terms[i], x.rank, 0) }));
  const names = resultNames(equation, output ?? implied(terms), inputs);
  let list = inputs.map(diagonals);
  const neededBy = (skip: readonly number[]): ReadonlySet<string> =>
    new Set([...names, ...list.flatMap((named, i) => (skip.includes(i) ? [] : named.names))]);
  while (list.length > 1) {
    const [i, j] = cheapest(list, neededBy);
    const product = pair(list[i], list[j], neededBy([i, j]));
    list = [...list.filter((_, at) => at !== i && at !== j), product];
  }
  const result = summed(list[0], new Set(names));
  const y = ordered(result, names);
  return y === given[0] ? view(y) : y;
}
