/** Elements in order, and the greatest of them. */
import { ArgumentError, checkFlag, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type GradContext, type Gradients, type Op } from '../core/op.ts';
import { normalizeAxis, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { sortKernel } from '../kernels/scan.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { zeros } from './creation.ts';
import { swapaxes } from './rearrange.ts';
import { scatter } from './scatter.ts';

/** Each value goes back to its place. */
function backToPlaces({ dy, specs: [x], outputs: [, indices] }: GradContext<unknown, 'outputs'>): Gradients {
  return [() => scatter(zeros(x.shape, x.dtype), indices, dy, { axis: x.shape.length - 1, mode: 1, drops: false })];
}

/** Outputs: the values of each line of the last axis in order, and where they were. */
const sortOp: Op<{ descending: boolean }, 'outputs'> = declare<{ descending: boolean }, 'outputs'>({
  name: 'sort',
  attrs: ['descending'],
  infer: ([x]) => [x, { shape: x.shape, dtype: 'int32' }],
  kernel: sortKernel,
  saves: ['outputs'],
  grad: backToPlaces,
});

/** Outputs: the `k` greatest values of each line of the last axis, in order, and where they are. */
const topkOp: Op<{ k: number }, 'outputs'> = declare<{ k: number }, 'outputs'>({
  name: 'topk',
  attrs: ['k'],
  infer([x], { k }) {
    const { shape, dtype } = x;
    if (shape.length === 0 || k > shape[shape.length - 1]) {
      throw new ShapeError(`topk: k must be at most the size of the last axis; received ${k} for shape ${showShape(shape)}`);
    }
    const kept = shape.with(-1, k);
    return [
      { shape: kept, dtype },
      { shape: kept, dtype: 'int32' },
    ];
  },
  kernel: (inputs, outputs) => sortKernel(inputs, outputs, { descending: true }),
  saves: ['outputs'],
  grad: backToPlaces,
});

/** In which order `sort` and `argsort` put elements. */
export type SortDirection = 'ASCENDING' | 'DESCENDING';

/** The values of `x` in order along an axis, and where they were. */
function sorted(owner: string, x: TensorLike, axis: number, direction: SortDirection): readonly [values: Tensor, indices: Tensor] {
  const input = toTensor(owner, x);
  const along = normalizeAxis(owner, axis, input.rank);
  if (direction !== 'ASCENDING' && direction !== 'DESCENDING') {
    throw new ArgumentError(`${owner}: direction must be "ASCENDING" or "DESCENDING"; received ${show(direction)}`);
  }
  const descending = direction === 'DESCENDING';
  const last = input.rank - 1;
  if (along === last) {
    const [values, indices] = apply(sortOp, [input], { descending });
    return [values, indices];
  }
  const [values, indices] = apply(sortOp, [swapaxes(input, along, last)], { descending });
  return [swapaxes(values, along, last), swapaxes(indices, along, last)];
}

/**
 * `x` in order along `axis`; NaN comes last in either direction.
 * @throws ArgumentError for another direction.
 * @example
 * tf.sort([3, 1, 2]).arraySync(); // [1, 2, 3]
 * tf.sort([3, 1, 2], 0, 'DESCENDING').arraySync(); // [3, 2, 1]
 */
export function sort(x: TensorLike, axis = -1, direction: SortDirection = 'ASCENDING'): Tensor {
  return sorted('sort', x, axis, direction)[0];
}

/**
 * Where along `axis` the elements of `sort(x, axis, direction)` were (int32); equal ones keep their order.
 * @throws ArgumentError for another direction.
 * @example
 * tf.argsort([3, 1, 2, 1]).arraySync(); // [1, 3, 2, 0]
 */
export function argsort(x: TensorLike, axis = -1, direction: SortDirection = 'ASCENDING'): Tensor {
  return sorted('argsort', x, axis, direction)[1];
}

/**
 * Where along `axis` the elements are when the one at position `kth` is where sorting would put it, none before it is greater and none after it less: they are
 * sorted all.
 * @throws ArgumentError for a position outside of the axis.
 * @example
 * tf.argpartition([3, 1, 2], 1).arraySync(); // [1, 2, 0]
 */
export function argpartition(x: TensorLike, kth: number, axis = -1): Tensor {
  const input = toTensor('argpartition', x);
  const length = input.shape[normalizeAxis('argpartition', axis, input.rank)];
  if (!Number.isInteger(kth) || kth < -length || kth >= length) {
    throw new ArgumentError(`argpartition: kth must be a whole number from ${-length} to ${length - 1}; received ${show(kth)}`);
  }
  return sorted('argpartition', input, axis, 'ASCENDING')[1];
}

/**
 * The `k` greatest elements along the last axis and their places (int32), the greatest first; of equal ones those that come first. They are in order
 * whether `sorted` asks for it or not. NaN is less than all.
 * @throws ShapeError for a scalar, and for more than there are.
 * @example
 * const { values, indices } = tf.topk([3, 9, 5, 9], 3);
 * values.arraySync(); // [9, 9, 5]
 * indices.arraySync(); // [1, 3, 2]
 */
export function topk(x: TensorLike, k = 1, sorted = true): { values: Tensor; indices: Tensor } {
  if (!Number.isSafeInteger(k) || k < 0) throw new ArgumentError(`topk: k must be a whole number >= 0; received ${show(k)}`);
  checkFlag('topk', 'sorted', sorted);
  const [values, indices] = apply(topkOp, [toTensor('topk', x)], { k });
  return { values, indices };
}
