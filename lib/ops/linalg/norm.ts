/** Norms and ranks of vectors and matrices, and orthonormal vectors. */
import { ArgumentError, checkFlag, ShapeError, show } from '../../core/errors.ts';
import { normalizeAxis, showShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { div, mul, pow, square, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { equal, greater, notEqual, where } from '../compare.ts';
import { type TensorLike, toFloat, toTensor } from '../convert.ts';
import { stack, unstack } from '../join.ts';
import { abs, sqrt } from '../math.ts';
import { max, min, sum } from '../reduce.ts';
import { expandReduced } from '../shape.ts';
import { transpose } from '../transpose.ts';
import { svdvals } from './factors.ts';
import { squareShape } from './shapes.ts';
import { inv } from './solve.ts';

/** The order of a norm: a number, also infinite, or the name of one. */
export type NormOrder = number | 'euclidean' | 'fro' | 'nuc';

/** `f(x)` with slope 0 instead of infinity at 0. */
function smooth(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const none = equal(x, 0);
  return where(none, 0, f(where(none, 1, x)));
}

/** The square root of the sum of squares. */
function euclidean(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
  return smooth(sum(square(x), axes, keepDims), sqrt);
}

function vectorNorm(x: Tensor, ord: number, axis: number, keepDims: boolean): Tensor {
  if (ord === 2) return euclidean(x, [axis], keepDims);
  const size = abs(x);
  if (ord === 1) return sum(size, axis, keepDims);
  if (ord === Infinity) return max(size, axis, keepDims);
  if (ord === -Infinity) return min(size, axis, keepDims);
  if (ord === 0) return sum(castTo(notEqual(x, 0), x.dtype), axis, keepDims);
  if (ord < 0) return pow(sum(pow(size, ord), axis, keepDims), 1 / ord);
  return smooth(
    sum(
      smooth(size, (positive) => pow(positive, ord)),
      axis,
      keepDims,
    ),
    (total) => pow(total, 1 / ord),
  );
}

function matrixNorm(x: Tensor, ord: NormOrder, axes: readonly [number, number], keepDims: boolean): Tensor {
  const [rows, columns] = axes;
  if (ord === 'euclidean' || ord === 'fro') return euclidean(x, axes, keepDims);
  if (ord === 'nuc' || ord === 2 || ord === -2) {
    const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const values = svdvals(transpose(x, [...others, rows, columns]));
    const result = ord === 'nuc' ? sum(values, -1) : ord === 2 ? max(values, -1) : min(values, -1);
    return keepDims ? expandReduced(result, x.shape, { axes, keepDims: false }) : result;
  }
  const [summed, picked] = ord === 1 || ord === -1 ? [rows, columns] : [columns, rows];
  const totals = sum(abs(x), summed, true);
  const result = ord > 0 ? max(totals, picked, true) : min(totals, picked, true);
  return keepDims ? result : sum(result, axes);
}

/** One or two axes as they stand in the shape; null for all of them. */
function axesOf(x: Tensor, axis: number | readonly number[] | null): readonly number[] | null {
  if (axis === null) return null;
  const list = typeof axis === 'number' ? [axis] : axis;
  if (!Array.isArray(list) || list.length < 1 || list.length > 2) {
    throw new ArgumentError(`norm: axis must be one axis, two axes or null; received ${show(axis)}`);
  }
  const axes = list.map((at) => normalizeAxis('norm', at, x.rank));
  if (axes.length === 2 && axes[0] === axes[1]) throw new ArgumentError(`norm: an axis is named twice; received ${show(axis)}`);
  return axes;
}

/**
 * The norm of vectors along one axis, of matrices along two, or of all elements: 'euclidean' (also 'fro'), or for vectors any number p (the p-th root of the sum of
 * p-th powers, the greatest for Infinity, the count of non-zeros for 0), for matrices 1, -1, Infinity, -Infinity (of columns and rows), 2, -2 and 'nuc' (of singular values). The
 * gradient at 0 is 0.
 * @throws ArgumentError for an order that there is not, or more than two axes; ShapeError for an order of matrices or vectors on other ranks.
 * @example
 * tf.norm([3, 4]).item(); // 5
 * tf.norm([[1, 2], [3, 4]], Infinity, [0, 1]).item(); // 7
 */
export function norm(
  x: TensorLike,
  ord: NormOrder = 'euclidean',
  axis: number | readonly number[] | null = null,
  keepDims = false,
): Tensor {
  const input = toFloat('norm', x);
  checkFlag('norm', 'keepDims', keepDims);
  if (!(typeof ord === 'number' ? !Number.isNaN(ord) : ['euclidean', 'fro', 'nuc'].includes(ord))) {
    throw new ArgumentError(`norm: ord must be a number, "euclidean", "fro" or "nuc"; received ${show(ord)}`);
  }
  const all = input.shape.map((_, at) => at);
  const given = axesOf(input, axis);
  if (given === null && (ord === 'euclidean' || (ord === 'fro' && all.length !== 2))) return euclidean(input, all, keepDims);
  const axes = given ?? all;
  if (axes.length === 1) {
    if (ord === 'nuc') throw new ShapeError(`norm: "nuc" is a norm of matrices; received one axis of shape ${showShape(input.shape)}`);
    return vectorNorm(input, typeof ord === 'number' ? ord : 2, axes[0], keepDims);
  }
  if (axes.length !== 2) throw new ShapeError(`norm: order ${show(ord)} needs one or two axes; received shape ${showShape(input.shape)}`);
  const [rows, columns] = axes;
  if (typeof ord === 'number' && ![1, -1, 2, -2, Infinity, -Infinity].includes(ord)) {
    throw new ArgumentError(`norm: matrices have the orders 1, -1, 2, -2, Infinity and -Infinity; received ${show(ord)}`);
  }
  return matrixNorm(input, ord, [rows, columns], keepDims);
}

/**
 * `x` divided by its norm, and that norm with the axes it goes over kept, as `norm` takes them.
 * @throws ArgumentError, ShapeError as `norm` does.
 * @example
 * const [unit, length] = tf.linalg.normalize([3, 4]);
 * unit.arraySync(); // [0.6, 0.8]
 * length.arraySync(); // [5]
 */
export function normalize(
  x: TensorLike,
  ord: NormOrder = 'euclidean',
  axis: number | readonly number[] | null = null,
): [normalized: Tensor, norm: Tensor] {
  const input = toFloat('normalize', x);
  const size = norm(input, ord, axis, true);
  return [div(input, size), size];
}

/**
 * The condition numbers of matrices: their greatest singular value divided by the least, or for another order `p` the norm of a square matrix times that of its inverse.
 * @throws ArgumentError for an order that there is not, and a singular matrix under another order than 2 or -2; ShapeError for fewer than 2 axes, and matrices that are not square.
 * @example
 * tf.linalg.cond([[2, 0], [0, 8]]).item(); // 4
 */
export function cond(x: TensorLike, p: NormOrder | null = null): Tensor {
  const input = toFloat('cond', x);
  if (p === null || p === 2 || p === -2) {
    const values = svdvals(input);
    const [most, least] = [max(values, -1), min(values, -1)];
    return p === -2 ? div(least, most) : div(most, least);
  }
  squareShape('cond', input);
  return mul(norm(input, p, [-2, -1]), norm(inv(input), p, [-2, -1]));
}

/**
 * How many singular values of each matrix are above `tol` (int32); above the longer side times the rounding of the dtype times the greatest unless given.
 * @throws ShapeError for fewer than 2 axes.
 * @example
 * tf.linalg.matrixRank([[1, 2], [2, 4]]).item(); // 1
 */
export function matrixRank(x: TensorLike, tol: number | null = null): Tensor {
  const values = svdvals(x);
  if (tol !== null && !(tol >= 0)) throw new ArgumentError(`matrixRank: tol must be a number >= 0; received ${show(tol)}`);
  if (values.shape[values.rank - 1] === 0) return sum(castTo(values, 'int32'), -1);
  const { shape } = toTensor('matrixRank', x);
  const rounding = Math.max(...shape.slice(-2)) * (values.dtype === 'float32' ? 2 ** -23 : 2 ** -52);
  return sum(castTo(greater(values, tol ?? mul(max(values, -1, true), rounding)), 'int32'), -1);
}

/** A vector without its parts along `before`, scaled to length 1. */
function orthonormal(x: Tensor, before: readonly Tensor[]): Tensor {
  const rest = before.reduce((left, unit) => sub(left, mul(unit, sum(mul(unit, left)))), x);
  return mul(rest, pow(sum(square(rest)), -0.5));
}

/**
 * The vectors made orthonormal one after the other (Gram-Schmidt): each loses its parts along those before it. They come as a list of vectors or as the rows of a matrix,
 * and go as they came. One that depends on those before it becomes NaN or noise.
 * @throws ArgumentError for an empty list; ShapeError for more vectors than they have elements, vectors of different lengths, and other ranks.
 * @example
 * tf.linalg.gramSchmidt(tf.tensor([[3, 4], [1, 0]])).arraySync(); // [[0.6, 0.8], [0.8, -0.6]]
 */
export function gramSchmidt(xs: Tensor): Tensor;
export function gramSchmidt(xs: readonly TensorLike[]): Tensor[];
export function gramSchmidt(xs: Tensor | readonly TensorLike[]): Tensor | Tensor[] {
  const isList = Array.isArray(xs);
  if (isList && xs.length === 0) throw new ArgumentError('gramSchmidt: needs at least one vector; received []');
  if (!isList && toTensor('gramSchmidt', xs as Tensor).rank !== 2) {
    throw new ShapeError(`gramSchmidt: needs a matrix or a list of vectors; received shape ${showShape((xs as Tensor).shape)}`);
  }
  // A matrix without rows is orthonormal.
  if (!isList && (xs as Tensor).shape[0] === 0) return toFloat('gramSchmidt', xs as Tensor);
  const vectors = (isList ? (xs as readonly TensorLike[]) : unstack(xs as Tensor)).map((x) => toFloat('gramSchmidt', x));
  for (const { shape } of vectors) {
    if (shape.length !== 1 || shape[0] !== vectors[0].shape[0]) {
      throw new ShapeError(
        `gramSchmidt: needs vectors of one length; received shapes ${showShape(vectors[0].shape)} and ${showShape(shape)}`,
      );
    }
  }
  if (vectors.length > vectors[0].shape[0]) {
    throw new ShapeError(`gramSchmidt: ${vectors.length} vectors of ${vectors[0].shape[0]} elements cannot be orthogonal to one another`);
  }
  const units: Tensor[] = [];
  for (const vector of vectors) units.push(orthonormal(vector, units));
  return isList ? units : stack(units);
}
