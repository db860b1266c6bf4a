/** Ops that change the shape and not the values: views where they can be. */
import { ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { broadcastShapes, checkShape, reducedShape, type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { forEachBroadcast } from '../kernels/elementwise.ts';
import { onParts } from './complex.ts';
import { type TensorLike, toTensor } from './convert.ts';

/** `target` for an input of shape `to` instead of `from`: each size that changed is part of the axis of `target` in which it lies in memory. */
function refitReshape(target: Shape, from: Shape, to: Shape): Shape {
  const sizes = [...target];
  let before = 1;
  from.forEach((size, i) => {
    if (size !== to[i]) {
      let reached = 1;
      const axis = target.findIndex((d) => {
        reached *= d;
        return reached > before;
      });
      if (axis >= 0) sizes[axis] = (sizes[axis] / size) * to[i];
    }
    before *= size;
  });
  return sizes.map(Math.round);
}

const reshapeOp: Op<{ shape: Shape }> = declare<{ shape: Shape }>({
  name: 'reshape',
  attrs: ['shape'],
  traits: { complex: onParts<{ shape: Shape }>(({ shape }) => ({ shape: [...shape, 2] })) },
  infer([x], { shape }) {
    if (sizeOfShape(shape) !== sizeOfShape(x.shape))
      throw new ShapeError(`reshape: cannot make shape ${showShape(shape)} out of ${showShape(x.shape)}`);
    return [{ shape, dtype: x.dtype }];
  },
  alias: () => 0,
  refit: ({ shape }, [from], [to]) => ({ shape: refitReshape(shape, from.shape, to.shape) }),
  kernel([x], [y]) {
    y.data.set(x.data);
  },
  saves: [],
  grad: ({ dy, specs: [x] }) => [() => reshape(dy, x.shape)],
});

/**
 * The same values in another shape, without a copy; one size may be -1 and follows from the others.
 * @example
 * tf.reshape([1, 2, 3, 4], [2, -1]).shape; // [2, 2]
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const input = toTensor('reshape', x);
  if (!Array.isArray(shape)) throw new ShapeError(`reshape: a shape is a list of whole numbers; received ${show(shape)}`);
  let target = [...shape];
  const free = target.indexOf(-1);
  if (free >= 0) {
    const rest = target.reduce((product, d, i) => (i === free ? product : product * d), 1);
    const size = rest === 0 ? 0 : input.size / rest;
    if (!Number.isInteger(size) || target.includes(-1, free + 1)) {
      throw new ShapeError(`reshape: cannot make shape ${showShape(shape)} out of ${showShape(input.shape)}`);
    }
    target = target.with(free, size);
  }
  const checked = checkShape('reshape', target);
  return apply(reshapeOp, [input], { shape: checked })[0];
}

/** `x` as a tensor of its own. What an op returns belongs to the caller: to dispose of it, or to assign to the variable behind it, leaves `x` alone. */
export function view(x: Tensor): Tensor {
  return apply(reshapeOp, [x], { shape: x.shape })[0];
}

const broadcastToOp: Op<{ shape: Shape }> = declare<{ shape: Shape }>({
  name: 'broadcastTo',
  attrs: ['shape'],
  traits: { complex: onParts<{ shape: Shape }>(({ shape }) => ({ shape: [...shape, 2] })) },
  infer([x], { shape }) {
    if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
      throw new ShapeError(`broadcastTo: shape ${showShape(x.shape)} does not broadcast to ${showShape(shape)}`);
    }
    return [{ shape, dtype: x.dtype }];
  },
  refit({ shape }, [from], [to]) {
    const extra = shape.length - from.shape.length;
    return { shape: shape.map((d, i) => (i < extra || from.shape[i - extra] === to.shape[i - extra] ? d : to.shape[i - extra])) };
  },
  kernel([x], [y]) {
    forEachBroadcast(y.shape, [x.shape], (o, [i]) => {
      y.data[o] = x.data[i];
    });
  },
  saves: [],
  // The tape sums what was broadcast.
  grad: ({ dy }) => [() => dy],
});

/**
 * `x` repeated along axes of size 1 and new leading axes until it has `shape`.
 * @example
 * tf.broadcastTo([1, 2], [2, 2]).arraySync(); // [[1, 2], [1, 2]]
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const input = toTensor('broadcastTo', x);
  const target = checkShape('broadcastTo', shape);
  return sameShape(input.shape, target) ? view(input) : apply(broadcastToOp, [input], { shape: target })[0];
}

/** A reduction's result with the reduced axes put back as 1, so that it broadcasts against the reduced tensor. */
export function expandReduced(y: Tensor, shape: Shape, { axes, keepDims }: { axes: readonly number[]; keepDims: boolean }): Tensor {
  return keepDims ? y : reshape(y, reducedShape(shape, axes, true));
}
