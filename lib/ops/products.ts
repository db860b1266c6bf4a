/** Products of vectors, matrices and tensors: dot, inner, outer, tensordot, kron, cross, and of vectors moved along each other. */
import { ArgumentError, checkList, ShapeError, show, unknownWord } from '../core/errors.ts';
import { checkRank, normalizeAxes, normalizeAxis, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, sub } from './arithmetic.ts';
import { conj } from './complex.ts';
import { conv1d } from './conv.ts';
import { type TensorLike, toFloat, toPair } from './convert.ts';
import { matMul } from './matmul.ts';
import { roll } from './rearrange.ts';
import { reshape } from './shape.ts';
import { flatten, reverse, transpose } from './transpose.ts';

/** The sum of products over the axes `first` of `a` and `second` of `b`, pair by pair, as one product of matrices. */
function contract(owner: string, a: Tensor, b: Tensor, first: readonly number[], second: readonly number[]): Tensor {
  const wrong = first.findIndex((axis, i) => a.shape[axis] !== b.shape[second[i]]);
  if (wrong >= 0) {
    throw new ShapeError(
      `${owner}: axis ${first[wrong]} of ${showShape(a.shape)} and axis ${second[wrong]} of ${showShape(b.shape)} differ in size`,
    );
  }
  const rows = a.shape.map((_, axis) => axis).filter((axis) => !first.includes(axis));
  const columns = b.shape.map((_, axis) => axis).filter((axis) => !second.includes(axis));
  const inner = sizeOfShape(first.map((axis) => a.shape[axis]));
  const [m, n] = [sizeOfShape(rows.map((axis) => a.shape[axis])), sizeOfShape(columns.map((axis) => b.shape[axis]))];
  const shape = checkRank(owner, [...rows.map((axis) => a.shape[axis]), ...columns.map((axis) => b.shape[axis])]);
  // An operand that has the summed axes first or last is read as it lies.
  const leads = (axes: readonly number[]): boolean => axes.every((axis, i) => axis === i);
  const [turnedA, turnedB] = [leads(first), !leads(second) && leads(columns)];
  const left = reshape(transpose(a, turnedA ? [...first, ...rows] : [...rows, ...first]), turnedA ? [inner, m] : [m, inner]);
  const right = reshape(transpose(b, turnedB ? [...columns, ...second] : [...second, ...columns]), turnedB ? [n, inner] : [inner, n]);
  return reshape(matMul(left, right, turnedA, turnedB), shape);
}

/**
 * The sum of products over pairs of axes: the last `axes` of `a` and the first of `b`, or those of two lists. The other axes of `a` come first in the result.
 * @throws ShapeError where the sizes of a pair differ; ArgumentError for axes that do not come in pairs.
 * @example
 * tf.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]], 2).item(); // 5
 * tf.tensordot([[1, 2], [3, 4]], [5, 6], [[0], [0]]).arraySync(); // [23, 34]
 */
export function tensordot(
  a: TensorLike,
  b: TensorLike,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Tensor {
  const [left, right] = toPair('tensordot', a, b);
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(left.rank, right.rank)) {
      throw new ArgumentError(
        `tensordot: axes must be a whole number from 0 to ${Math.min(left.rank, right.rank)}, or two lists; received ${show(axes)}`,
      );
    }
    const count = Array.from({ length: axes }, (_, i) => i);
    return contract(
      'tensordot',
      left,
      right,
      count.map((i) => left.rank - axes + i),
      count,
    );
  }
  const lists = checkList('tensordot', 'axes', axes).map((list, i) => {
    const { rank } = i === 0 ? left : right;
    const given = typeof list === 'number' ? [list] : checkList('tensordot', 'axes', list);
    normalizeAxes('tensordot', given, rank);
    return given.map((axis) => normalizeAxis('tensordot', axis, rank));
  });
  if (lists.length !== 2 || lists[0].length !== lists[1].length) {
    throw new ArgumentError(`tensordot: axes must come in pairs; received ${show(axes)}`);
  }
  return contract('tensordot', left, right, lists[0], lists[1]);
}

/**
 * The product as in NumPy: of scalars and anything `mul`, of vectors the sum of products, of matrices `matMul`; else the sum over the last axis of `a` and the last but
 * one of `b` (or its only one).
 * @throws ShapeError where those differ in size.
 * @example
 * tf.dot([1, 2], [[1, 0], [0, 1]]).arraySync(); // [1, 2]
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = toPair('dot', a, b);
  if (left.rank === 0 || right.rank === 0) return mul(left, right);
  return contract('dot', left, right, [left.rank - 1], [Math.max(0, right.rank - 2)]);
}

/**
 * The sum of products over the last axes of both.
 * @throws ShapeError where those differ in size.
 * @example
 * tf.inner([[1, 2], [3, 4]], [5, 6]).arraySync(); // [17, 39]
 */
export function inner(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = toPair('inner', a, b);
  if (left.rank === 0 || right.rank === 0) return mul(left, right);
  return contract('inner', left, right, [left.rank - 1], [right.rank - 1]);
}

/**
 * The sum of the products of all elements, both flattened; those of `a` conjugate if they are complex.
 * @throws ShapeError for different numbers of elements.
 * @example
 * tf.vdot([[1, 2], [3, 4]], [[1, 1], [1, 1]]).item(); // 10
 */
export function vdot(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = toPair('vdot', a, b);
  return contract('vdot', flatten(conj(left)), flatten(right), [0], [0]);
}

/**
 * The products of each element of `a` with each of `b`, both flattened: a matrix.
 * @example
 * tf.outer([1, 2], [3, 4]).arraySync(); // [[3, 4], [6, 8]]
 */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = toPair('outer', a, b);
  return mul(reshape(left, [left.size, 1]), reshape(right, [1, right.size]));
}

/**
 * The products of each element of one vector with each of another: a matrix.
 * @throws ShapeError unless both have one axis.
 * @example
 * tf.outerProduct([1, 2], [3, 4]).arraySync(); // [[3, 4], [6, 8]]
 */
export function outerProduct(v1: TensorLike, v2: TensorLike): Tensor {
  const [left, right] = toPair('outerProduct', v1, v2);
  if (left.rank !== 1 || right.rank !== 1) {
    throw new ShapeError(`outerProduct: needs two vectors; received ${showShape(left.shape)} and ${showShape(right.shape)}`);
  }
  return outer(left, right);
}

/**
 * The Kronecker product: `b` in place of each element of `a`, times that element. The one with fewer axes gets leading ones.
 * @throws ShapeError for more than 4 axes.
 * @example
 * tf.kron([[1, 2]], [[1], [10]]).arraySync(); // [[1, 2], [10, 20]]
 */
export function kron(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = toPair('kron', a, b);
  const rank = Math.max(left.rank, right.rank);
  const [p, q] = [left, right].map(({ shape }) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
  checkRank('kron', [...p, ...q]);
  const each = mul(
    reshape(
      left,
      p.flatMap((d) => [d, 1]),
    ),
    reshape(
      right,
      q.flatMap((d) => [1, d]),
    ),
  );
  return reshape(
    each,
    p.map((d, axis) => d * q[axis]),
  );
}

/**
 * The vector product of vectors of 3 elements along `axis`; the other axes broadcast.
 * @throws ShapeError unless both have size 3 there.
 * @example
 * tf.cross([1, 0, 0], [0, 1, 0]).arraySync(); // [0, 0, 1]
 */
export function cross(a: TensorLike, b: TensorLike, axis = -1): Tensor {
  const [left, right] = toPair('cross', a, b);
  const [first, second] = [normalizeAxis('cross', axis, left.rank), normalizeAxis('cross', axis, right.rank)];
  if (left.shape[first] !== 3 || right.shape[second] !== 3) {
    throw new ShapeError(`cross: needs size 3 along axis ${axis}; received ${showShape(left.shape)} and ${showShape(right.shape)}`);
  }
  return sub(mul(roll(left, -1, first), roll(right, -2, second)), mul(roll(left, -2, first), roll(right, -1, second)));
}

const MODES = ['valid', 'same', 'full'] as const;

/**
 * The sums of products of a vector with another that moves along it: where the shorter lies within the longer ('valid'), as many as the longer has elements
 * ('same'), or where they touch at all ('full'). As in NumPy; integers count as float32.
 * @throws ShapeError unless both are vectors with elements; ArgumentError for another mode.
 * @example
 * tf.correlate([1, 2, 3], [0, 1, 0.5]).arraySync(); // [3.5]
 * tf.correlate([1, 2, 3], [0, 1, 0.5], 'full').arraySync(); // [0.5, 2, 3.5, 3, 0]
 */
export function correlate(x1: TensorLike, x2: TensorLike, mode: 'valid' | 'same' | 'full' = 'valid'): Tensor {
  const [a, v] = toPair('correlate', x1, x2).map((x) => toFloat('correlate', x));
  if (a.rank !== 1 || v.rank !== 1 || a.size === 0 || v.size === 0) {
    throw new ShapeError(`correlate: needs two vectors with elements; received ${showShape(a.shape)} and ${showShape(v.shape)}`);
  }
  if (!MODES.includes(mode)) throw unknownWord('correlate', 'mode', String(mode), MODES);
  // The other way round the same sums come from the end.
  if (v.size > a.size) return reverse(correlate(v, a, mode), 0);
  const n = v.size;
  const before = mode === 'valid' ? 0 : mode === 'full' ? n - 1 : Math.floor(n / 2);
  const pads = [[before, mode === 'valid' ? 0 : mode === 'full' ? n - 1 : n - 1 - before]];
  return flatten(conv1d(reshape(a, [1, a.size, 1]), reshape(v, [n, 1, 1]), 1, pads));
}
