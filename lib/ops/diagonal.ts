/** Diagonals of matrices, and what lies above and below them. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkRank, normalizeAxis, showShape, sizeOfShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { where } from './compare.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { zeros } from './creation.ts';
import { sum } from './reduce.ts';
import { reshape } from './shape.ts';
import { stridedBlock, stridedPlace } from './strided.ts';
import { transpose } from './transpose.ts';

/** `value` itself; an error where it is no whole number. */
function checkOffset(owner: string, name: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw new ArgumentError(`${owner}: ${name} must be a whole number; received ${show(value)}`);
  return value;
}

/**
 * A tensor with the axes of `x` twice that holds `x` where both halves of a place are the same, and zeros elsewhere: of a vector the diagonal matrix.
 * @throws ShapeError for a scalar, and for more than 4 axes.
 * @example
 * tf.diag([1, 2]).arraySync(); // [[1, 0], [0, 2]]
 */
export function diag(x: TensorLike): Tensor {
  const input = toTensor('diag', x);
  if (input.rank === 0) throw new ShapeError('diag: needs at least 1 axis; received []');
  const shape = checkRank('diag', [...input.shape, ...input.shape]);
  const placed = stridedPlace(reshape(input, [input.size]), [0], [input.size + 1], [input.size * input.size]);
  return reshape(placed, shape);
}

/**
 * A matrix with the elements of `x`, flattened, on its `k`-th diagonal (above the main one if positive), and zeros elsewhere.
 * @throws ArgumentError for a `k` that is no whole number.
 * @example
 * tf.diagflat([1, 2], -1).arraySync(); // [[0, 0, 0], [1, 0, 0], [0, 2, 0]]
 */
export function diagflat(x: TensorLike, k = 0): Tensor {
  const input = toTensor('diagflat', x);
  const n = input.size + Math.abs(checkOffset('diagflat', 'k', k));
  checkRank('diagflat', [n, n]);
  if (input.size === 0) return zeros([n, n], input.dtype);
  return reshape(stridedPlace(reshape(input, [input.size]), [k >= 0 ? k : -k * n], [n + 1], [n * n]), [n, n]);
}

/**
 * What `diag` made its diagonal of: of a tensor whose second half of axes repeats the first, the elements at places whose halves are the same.
 * @throws ShapeError unless the axes come twice.
 * @example
 * tf.diagPart([[1, 2], [3, 4]]).arraySync(); // [1, 4]
 */
export function diagPart(x: TensorLike): Tensor {
  const input = toTensor('diagPart', x);
  const half = input.shape.slice(0, input.rank / 2);
  if (input.rank === 0 || input.rank % 2 === 1 || half.some((d, axis) => d !== input.shape[half.length + axis])) {
    throw new ShapeError(`diagPart: the second half of the axes must repeat the first; received ${showShape(input.shape)}`);
  }
  const n = sizeOfShape(half);
  return reshape(stridedBlock(reshape(input, [n * n]), [0], [n + 1], [n]), half);
}

/**
 * The diagonals of the matrices that `axis1` and `axis2` make up, as the last axis; the `offset`-th above the main one, or below it if negative.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for axes that are the same.
 * @example
 * tf.diagonal([[1, 2, 3], [4, 5, 6]], 1).arraySync(); // [2, 6]
 */
export function diagonal(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  return diagonalOf('diagonal', toTensor('diagonal', x), offset, axis1, axis2);
}

function diagonalOf(owner: string, x: Tensor, offset: number, axis1: number, axis2: number): Tensor {
  if (x.rank < 2) throw new ShapeError(`${owner}: needs at least 2 axes; received ${showShape(x.shape)}`);
  checkOffset(owner, 'offset', offset);
  const [first, second] = [normalizeAxis(owner, axis1, x.rank), normalizeAxis(owner, axis2, x.rank)];
  if (first === second) throw new ArgumentError(`${owner}: axis1 and axis2 must differ; received ${axis1} and ${axis2}`);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const [rows, columns] = [x.shape[first], x.shape[second]];
  const shape = kept.map((axis) => x.shape[axis]);
  const length = Math.max(0, Math.min(rows + Math.min(0, offset), columns - Math.max(0, offset)));
  const outer = sizeOfShape(shape);
  const flat = reshape(transpose(x, [...kept, first, second]), [outer, rows * columns]);
  const start = length === 0 ? 0 : offset >= 0 ? offset : -offset * columns;
  return reshape(stridedBlock(flat, [0, start], [1, columns + 1], [outer, length]), [...shape, length]);
}

/**
 * The sum of the diagonal of the matrices that `axis1` and `axis2` make up; `offset` as in `diagonal`.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for axes that are the same.
 * @example
 * tf.trace([[1, 2], [3, 4]]).item(); // 5
 */
export function trace(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  return sum(diagonalOf('trace', toTensor('trace', x), offset, axis1, axis2), -1);
}

/** The matrices of the last two axes, with zeros where `keeps(column - row)` says no. */
function band(owner: string, x: TensorLike, keeps: (above: number) => boolean): Tensor {
  const input = toTensor(owner, x);
  if (input.rank < 2) throw new ShapeError(`${owner}: needs at least 2 axes; received ${showShape(input.shape)}`);
  const [rows, columns] = input.shape.slice(-2);
  const mask = Uint8Array.from({ length: rows * columns }, (_, i) => Number(keeps((i % columns) - Math.floor(i / columns))));
  return where(tensorOf(mask, [rows, columns], 'bool'), input, zeros([], input.dtype));
}

/**
 * The matrices of the last two axes with zeros more than `numLower` diagonals below the main one and more than `numUpper` above; negative keeps all.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for what is no whole number.
 * @example
 * tf.bandPart([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 1, 0).arraySync(); // [[1, 0, 0], [4, 5, 0], [0, 8, 9]]
 */
export function bandPart(x: TensorLike, numLower: number, numUpper: number): Tensor {
  const [lower, upper] = [checkOffset('bandPart', 'numLower', numLower), checkOffset('bandPart', 'numUpper', numUpper)];
  return band('bandPart', x, (above) => (lower < 0 || -above <= lower) && (upper < 0 || above <= upper));
}

/**
 * The matrices of the last two axes with zeros above the `k`-th diagonal.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for what is no whole number.
 * @example
 * tf.tril([[1, 2], [3, 4]]).arraySync(); // [[1, 0], [3, 4]]
 */
export function tril(x: TensorLike, k = 0): Tensor {
  checkOffset('tril', 'k', k);
  return band('tril', x, (above) => above <= k);
}

/**
 * The matrices of the last two axes with zeros below the `k`-th diagonal.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for what is no whole number.
 * @example
 * tf.triu([[1, 2], [3, 4]]).arraySync(); // [[1, 2], [0, 4]]
 */
export function triu(x: TensorLike, k = 0): Tensor {
  checkOffset('triu', 'k', k);
  return band('triu', x, (above) => above >= k);
}
