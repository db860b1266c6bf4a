/** `associativeScan`: all partial results of an associative function, in a number of steps that grows with the logarithm. */
import { ArgumentError, checkFlag, checkOptions, refusePromise, ShapeError, show } from '../core/errors.ts';
import { normalizeAxis, showShape } from '../core/shape.ts';
import { checkTensors, type Structure } from '../core/structure.ts';
import type { Tensor } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { concat, slice, stack } from '../ops/join.ts';
import { reshape, view } from '../ops/shape.ts';
import { stridedBlock } from '../ops/strided.ts';
import { reverse } from '../ops/transpose.ts';
import { checkSame, restructure } from './parts.ts';

/** Options of `associativeScan`. */
export interface AssociativeScanOptions {
  /** Whether it begins at the end; false unless given. */
  reverse?: boolean;
  /** The axis along which it goes; the first unless given. */
  axis?: number;
}

type Combine = (a: readonly Tensor[], b: readonly Tensor[]) => Tensor[];

function part(x: Tensor, axis: number, begin: number, size: number): Tensor {
  return slice(
    x,
    x.shape.map((_, i) => (i === axis ? begin : 0)),
    x.shape.with(axis, size),
  );
}

/** Every second element from `begin` on. */
function everySecond(x: Tensor, axis: number, begin: number): Tensor {
  const count = Math.ceil((x.shape[axis] - begin) / 2);
  return stridedBlock(
    x,
    x.shape.map((_, i) => (i === axis ? begin : 0)),
    x.shape.map((_, i) => (i === axis ? 2 : 1)),
    x.shape.with(axis, count),
  );
}

/** Elements of both by turns, the first of `even` first; it has as many as `odd`, or one more. */
function byTurns(even: Tensor, odd: Tensor, axis: number): Tensor {
  const [n, m] = [even.shape[axis], odd.shape[axis]];
  const pairs = stack([part(even, axis, 0, m), odd], axis + 1);
  const joined = reshape(pairs, even.shape.with(axis, 2 * m));
  return n === m ? joined : concat([joined, part(even, axis, m, 1)], axis);
}

/** Pairs of neighbours are combined, their scan gives every second result, and one more step those between. */
function scanned(combine: Combine, xs: readonly Tensor[], axis: number): readonly Tensor[] {
  const n = xs[0].shape[axis];
  if (n < 2) return xs;
  const pairs = Math.floor(n / 2);
  const firsts = xs.map((x) => part(everySecond(x, axis, 0), axis, 0, pairs));
  const odd = scanned(
    combine,
    combine(
      firsts,
      xs.map((x) => everySecond(x, axis, 1)),
    ),
    axis,
  );
  const others = Math.ceil(n / 2) - 1;
  const heads = xs.map((x) => part(x, axis, 0, 1));
  if (others === 0) return heads.map((head, i) => byTurns(head, odd[i], axis));
  const between = combine(
    odd.map((x) => part(x, axis, 0, others)),
    xs.map((x) => everySecond(x, axis, 2)),
  );
  return heads.map((head, i) => byTurns(concat([head, between[i]], axis), odd[i], axis));
}

/**
 * For each element along an axis what `fn` makes of all up to it: `fn(fn(a, b), c)` must be `fn(a, fn(b, c))`. It is called on many elements at once, in tensors of the same other axes, and
 * must work on each alone. Tensors come in any nesting of lists and records.
 * @throws ArgumentError for what is no function of tensors; ShapeError for elements of different sizes along the axis, and where `fn` changes a shape.
 * @example
 * tf.associativeScan((a: tf.Tensor, b: tf.Tensor) => a.mul(b), tf.tensor([1, 2, 3, 4])).arraySync(); // [1, 2, 6, 24]
 */
export function associativeScan<S extends Structure<Tensor>>(fn: (a: S, b: S) => S, elems: S, options: AssociativeScanOptions = {}): S {
  if (typeof fn !== 'function') throw new ArgumentError(`associativeScan: expected a function; received ${show(fn)}`);
  checkOptions('associativeScan', options, ['reverse', 'axis']);
  const { reverse: backwards = false, axis = 0 } = options;
  checkFlag('associativeScan', 'reverse', backwards);
  const tensorsOf = (structure: unknown): Tensor[] =>
    checkTensors('associativeScan', structure).map((leaf) => (leaf instanceof Variable ? readValue(leaf) : leaf));
  const given = tensorsOf(elems);
  if (given.length === 0) throw new ArgumentError('associativeScan: needs a tensor at least; received none');
  const along = normalizeAxis('associativeScan', axis, given[0].rank);
  const odd = given.find((x) => x.shape[along] !== given[0].shape[along]);
  if (odd !== undefined) {
    throw new ShapeError(
      `associativeScan: sizes along axis ${along} differ; received ${showShape(given[0].shape)} and ${showShape(odd.shape)}`,
    );
  }
  const xs = backwards ? given.map((x) => reverse(x, along)) : given.map(view);
  const combine: Combine = (a, b) => {
    const result = fn(restructure(elems, a) as S, restructure(elems, b) as S);
    refusePromise('associativeScan:', result);
    const made = tensorsOf(result);
    checkSame('associativeScan', 'the function must keep shapes and dtypes', a, made);
    return made;
  };
  const ys = scanned(combine, xs, along);
  return restructure(elems, backwards ? ys.map((y) => reverse(y, along)) : ys) as S;
}
