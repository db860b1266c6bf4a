/** Reductions over axes. */
import { apply, declare, type Op } from '../core/op.ts';
import { normalizeAxes, reducedShape, type Shape, sameShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { sumKernel } from '../kernels/reduce.ts';
import { castTo } from './cast.ts';
import { toTensor, type TensorLike } from './convert.ts';
import { broadcastTo, expandReduced, reshape } from './shape.ts';

/** The axes of a reduction, and whether they stay with size 1. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

const sumOp: Op<ReduceAttrs> = declare<ReduceAttrs>({
  name: 'sum',
  attrs: ['axes', 'keepDims'],
  infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }],
  kernel: sumKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs }) => [() => broadcastTo(expandReduced(dy, x.shape, attrs), x.shape)],
});

/**
 * The sum over `axis` (one, several, or all unless given); truth values count as int32.
 * @example
 * tf.sum([[1, 2], [3, 4]], 0).arraySync(); // [4, 6]
 */
export function sum(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = toTensor('sum', x);
  const counted = input.dtype === 'bool' ? castTo(input, 'int32') : input;
  return apply(sumOp, [counted], { axes: normalizeAxes('sum', axis, input.rank), keepDims })[0];
}

/** `x` summed over the axes along which `shape` was broadcast to `x.shape`: what undoes a broadcast. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis < extra || (shape[axis - extra] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, axes, true), shape);
}
