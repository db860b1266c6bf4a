/** Reductions over axes. */
import { checkFlag, ShapeError } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op, type Traits } from '../core/op.ts';
import { normalizeAxes, normalizeAxis, reducedShape, type Shape, sameShape, showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { extremeIndexKernel, extremeKernel, extremeShareKernel, meanKernel, sumKernel, truthKernel } from '../kernels/reduce.ts';
import { div, mul, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { onParts } from './complex.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { broadcastTo, expandReduced, reshape } from './shape.ts';

/** The axes of a reduction, and whether they stay with size 1. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** The attributes of a reduction from what a user gave. */
export function reduceAttrs(owner: string, axis: number | readonly number[] | null, keepDims: boolean, rank: number): ReduceAttrs {
  return { axes: normalizeAxes(owner, axis, rank), keepDims: checkFlag(owner, 'keepDims', keepDims) };
}

/** Reductions look at each element once. */
const ONCE: Traits = { flops: flopsPerElement(1) };

const sumOp: Op<ReduceAttrs> = declare<ReduceAttrs>({
  name: 'sum',
  attrs: ['axes', 'keepDims'],
  traits: { ...ONCE, complex: onParts() },
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
  return apply(sumOp, [counted], reduceAttrs('sum', axis, keepDims, input.rank))[0];
}

/** `x` summed over the axes along which `shape` was broadcast to `x.shape`: what undoes a broadcast. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.rank - shape.length;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis < extra || (shape[axis - extra] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, axes, true), shape);
}

const meanOp: Op<ReduceAttrs> = declare<ReduceAttrs>({
  name: 'mean',
  attrs: ['axes', 'keepDims'],
  traits: { ...ONCE, complex: onParts() },
  infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }],
  kernel: meanKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs }) => {
    const count = attrs.axes.reduce((product, axis) => product * x.shape[axis], 1);
    return [() => broadcastTo(expandReduced(div(dy, count), x.shape, attrs), x.shape)];
  },
});

/**
 * The mean over `axis` (one, several, or all unless given); of integers as float32, of nothing NaN.
 * @example
 * tf.mean([[1, 2], [3, 4]], 0).arraySync(); // [2, 3]
 */
export function mean(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = toFloat('mean', x);
  return apply(meanOp, [input], reduceAttrs('mean', axis, keepDims, input.rank))[0];
}

/** Refuses to pick from nothing. */
function checkNotEmpty(owner: string, x: Spec, axes: readonly number[]): void {
  if (axes.some((axis) => x.shape[axis] === 0))
    throw new ShapeError(`${owner}: an axis of size 0 has no element to pick; shape ${showShape(x.shape)}`);
}

/** Inputs x and its extreme with reduced axes of size 1. Piecewise constant, so nothing flows through it. */
const extremeShareOp: Op<{ axes: readonly number[] }> = declare<{ axes: readonly number[] }>({
  name: 'extremeShare',
  attrs: ['axes'],
  infer([x, extreme], { axes }) {
    if (!sameShape(extreme.shape, reducedShape(x.shape, axes, true))) {
      throw new ShapeError(
        `extremeShare: no extreme of ${showShape(x.shape)} over ${showShape(axes)} has shape ${showShape(extreme.shape)}`,
      );
    }
    return [x];
  },
  kernel: extremeShareKernel,
  saves: [],
  grad: 'none',
});

function declareExtreme(name: string, sign: 1 | -1): Op<ReduceAttrs, 'inputs' | 'outputs'> {
  return declare<ReduceAttrs, 'inputs' | 'outputs'>({
    name,
    attrs: ['axes', 'keepDims'],
    traits: ONCE,
    infer([x], { axes, keepDims }) {
      checkNotEmpty(name, x, axes);
      return [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }];
    },
    kernel: extremeKernel(sign),
    saves: ['inputs', 'outputs'],
    grad: ({ dy, inputs: [x], outputs: [y], attrs }) => [
      () => mul(expandReduced(dy, x.shape, attrs), apply(extremeShareOp, [x, expandReduced(y, x.shape, attrs)], { axes: attrs.axes })[0]),
    ],
  });
}

const maxOp = declareExtreme('max', 1);
const minOp = declareExtreme('min', -1);

/**
 * The greatest element over `axis` (one, several, or all unless given); NaN if there is one. Equal elements share the gradient, as in TensorFlow.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.max([[1, 2], [3, 4]], 1).arraySync(); // [2, 4]
 */
export function max(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = toTensor('max', x);
  return apply(maxOp, [input], reduceAttrs('max', axis, keepDims, input.rank))[0];
}

/**
 * The least element over `axis` (one, several, or all unless given); NaN if there is one. Equal elements share the gradient, as in TensorFlow.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.min([[1, 2], [3, 4]], 1).arraySync(); // [1, 3]
 */
export function min(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = toTensor('min', x);
  return apply(minOp, [input], reduceAttrs('min', axis, keepDims, input.rank))[0];
}

function declareExtremeIndex(name: string, sign: 1 | -1): Op<{ axis: number }> {
  return declare<{ axis: number }>({
    name,
    attrs: ['axis'],
    traits: ONCE,
    infer([x], { axis }) {
      checkNotEmpty(name, x, [axis]);
      return [{ shape: reducedShape(x.shape, [axis], false), dtype: 'int32' }];
    },
    kernel: extremeIndexKernel(sign),
    saves: [],
    grad: 'none',
  });
}

const argMaxOp = declareExtremeIndex('argMax', 1);
const argMinOp = declareExtremeIndex('argMin', -1);

/**
 * The position (int32) of the first greatest element along `axis`; of the first NaN if there is one.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.argMax([[1, 5], [7, 4]], 1).arraySync(); // [1, 0]
 */
export function argMax(x: TensorLike, axis = 0): Tensor {
  const input = toTensor('argMax', x);
  return apply(argMaxOp, [input], { axis: normalizeAxis('argMax', axis, input.rank) })[0];
}

/**
 * The position (int32) of the first least element along `axis`; of the first NaN if there is one.
 * @throws ShapeError for an axis of size 0.
 * @example
 * tf.argMin([[1, 5], [7, 4]], 1).arraySync(); // [0, 1]
 */
export function argMin(x: TensorLike, axis = 0): Tensor {
  const input = toTensor('argMin', x);
  return apply(argMinOp, [input], { axis: normalizeAxis('argMin', axis, input.rank) })[0];
}

function declareTruth(name: string, wanted: 1 | 0): Op<ReduceAttrs> {
  return declare<ReduceAttrs>({
    name,
    attrs: ['axes', 'keepDims'],
    traits: ONCE,
    infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: 'bool' }],
    kernel: truthKernel(wanted),
    saves: [],
    grad: 'none',
  });
}

const anyOp = declareTruth('any', 1);
const allOp = declareTruth('all', 0);

/**
 * Whether any element over `axis` is true (not 0).
 * @example
 * tf.any([[true, false], [false, false]], 1).arraySync(); // [1, 0]
 */
export function any(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = castTo(toTensor('any', x), 'bool');
  return apply(anyOp, [input], reduceAttrs('any', axis, keepDims, input.rank))[0];
}

/**
 * Whether all elements over `axis` are true (not 0); of nothing, true.
 * @example
 * tf.all([[true, false], [true, true]], 1).arraySync(); // [0, 1]
 */
export function all(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = castTo(toTensor('all', x), 'bool');
  return apply(allOp, [input], reduceAttrs('all', axis, keepDims, input.rank))[0];
}

/**
 * The mean squared distance from the mean over `axis` (not corrected for the sample), as float.
 * @example
 * tf.variance([1, 2, 3, 6]).item(); // 3.5
 */
export function variance(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = toFloat('variance', x);
  return mean(square(sub(input, mean(input, axis, true))), axis, keepDims);
}
