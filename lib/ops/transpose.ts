/** Axes in another order, read backwards, put in and taken out. */
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { normalizeAxes, normalizeAxis, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { reverseKernel, transposeKernel } from '../kernels/shape.ts';
import { onParts } from './complex.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { reshape, view } from './shape.ts';

const transposeOp: Op<{ perm: readonly number[] }> = declare<{ perm: readonly number[] }>({
  name: 'transpose',
  attrs: ['perm'],
  traits: {
    complex: onParts<{ perm: readonly number[] }>(({ perm }) => ({ perm: [...perm, perm.length] })),
    orderOfAxes: (attrs) => (attrs as { perm: readonly number[] }).perm,
  },
  infer: ([x], { perm }) => [{ shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype }],
  kernel: transposeKernel,
  saves: [],
  grad({ dy, attrs: { perm } }) {
    const back = new Array<number>(perm.length);
    perm.forEach((from, to) => {
      back[from] = to;
    });
    return [() => transpose(dy, back)];
  },
});

/**
 * `x` with axis `perm[i]` as axis i; in reverse order unless given.
 * @throws ArgumentError unless `perm` names every axis once.
 * @example
 * tf.transpose([[1, 2], [3, 4]]).arraySync(); // [[1, 3], [2, 4]]
 */
export function transpose(x: TensorLike, perm: readonly number[] | null = null): Tensor {
  const input = toTensor('transpose', x);
  if (perm !== null && checkList('transpose', 'perm', perm).length !== input.rank) {
    throw new ArgumentError(`transpose: perm must name each of ${input.rank} axes; received ${show(perm)}`);
  }
  const order =
    perm === null ? input.shape.map((_, axis) => input.rank - 1 - axis) : perm.map((axis) => normalizeAxis('transpose', axis, input.rank));
  normalizeAxes('transpose', order, input.rank);
  return order.every((from, to) => from === to) ? view(input) : apply(transposeOp, [input], { perm: order })[0];
}

const reverseOp: Op<{ axes: readonly number[] }> = declare<{ axes: readonly number[] }>({
  name: 'reverse',
  attrs: ['axes'],
  traits: { complex: onParts() },
  infer([x], { axes }) {
    if (axes.some((axis) => axis >= x.shape.length)) {
      throw new ShapeError(`reverse: there is no axis ${Math.max(...axes)}; received ${showShape(x.shape)}`);
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  kernel: reverseKernel,
  saves: [],
  grad: ({ dy, attrs: { axes } }) => [() => reverse(dy, axes)],
});

/**
 * `x` read backwards along `axis` (one, several, or all unless given).
 * @example
 * tf.reverse([1, 2, 3]).arraySync(); // [3, 2, 1]
 */
export function reverse(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const input = toTensor('reverse', x);
  return apply(reverseOp, [input], { axes: normalizeAxes('reverse', axis, input.rank) })[0];
}

/**
 * `x` with a new axis of size 1 at position `axis`.
 * @example
 * tf.expandDims([1, 2], 1).shape; // [2, 1]
 */
export function expandDims(x: TensorLike, axis = 0): Tensor {
  const input = toTensor('expandDims', x);
  return reshape(input, input.shape.toSpliced(normalizeAxis('expandDims', axis, input.rank + 1), 0, 1));
}

/**
 * `x` without its axes of size 1, or without those in `axis` only.
 * @throws ShapeError if an axis in `axis` has another size.
 * @example
 * tf.squeeze([[[1], [2]]]).shape; // [2]
 */
export function squeeze(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const input = toTensor('squeeze', x);
  if (axis === null) {
    return reshape(
      input,
      input.shape.filter((d) => d !== 1),
    );
  }
  const axes = normalizeAxes('squeeze', axis, input.rank);
  const wrong = axes.find((at) => input.shape[at] !== 1);
  if (wrong !== undefined)
    throw new ShapeError(`squeeze: axis ${wrong} has size ${input.shape[wrong]}, not 1; shape ${showShape(input.shape)}`);
  return reshape(
    input,
    input.shape.filter((_, at) => !axes.includes(at)),
  );
}

/**
 * `x` as one axis.
 * @example
 * tf.flatten([[1, 2], [3, 4]]).arraySync(); // [1, 2, 3, 4]
 */
export function flatten(x: TensorLike): Tensor {
  const input = toTensor('flatten', x);
  return reshape(input, [input.size]);
}
