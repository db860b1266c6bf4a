/** Pooling: the greatest or the mean of each window and channel, over one to three spatial axes. */
import { ArgumentError, checkFlag, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Spec, type Tensor, tensorOf } from '../core/tensor.ts';
import type { PoolAttrs } from '../kernels/pool.ts';
import * as kernels from '../kernels/pool.ts';
import { add, floorDiv, mod, mul } from './arithmetic.ts';
import { castTo } from './cast.ts';
import type { TensorLike } from './convert.ts';
import { checkedCounts, type Padding, type PerAxis, perAxis, toImages, windowAttrs } from './window.ts';

/** Attributes of a gradient, whose spatial sizes do not follow from what it is made of. */
interface BackpropAttrs extends PoolAttrs {
  readonly spatial: readonly number[];
}

/** One comparison or addition for each pixel of a window. */
const forward = {
  flops: (_inputs: readonly Spec[], [y]: readonly Spec[], attrs: unknown) => sizeOfShape(y.shape) * sizeOfShape((attrs as PoolAttrs).size),
};
const backward = {
  flops: ([dy]: readonly Spec[], _outputs: readonly Spec[], attrs: unknown) =>
    sizeOfShape(dy.shape) * sizeOfShape((attrs as PoolAttrs).size),
};
const ATTRS = ['size', 'strides', 'pads', 'dilations'] as const;

/** Pixels of a window are numbered, natively in single precision. */
const MOST_PIXELS = 2 ** 24;

function pooledShape(owner: string, x: Spec, attrs: PoolAttrs): Shape {
  if (sizeOfShape(attrs.size) > MOST_PIXELS) {
    throw new ShapeError(`${owner}: windows have at most ${MOST_PIXELS} pixels; received ${showShape(attrs.size)}`);
  }
  return [x.shape[0], ...checkedCounts(owner, x.shape.slice(1, -1), attrs.size, attrs), x.shape[x.shape.length - 1]];
}

function imageShape(dy: Spec, spatial: Shape): Shape {
  return [dy.shape[0], ...spatial, dy.shape[dy.shape.length - 1]];
}

/** The dtype of pixels' numbers in windows: bytes where they do, as gradients read them again. */
export function numberType(size: Shape): 'uint8' | 'int32' {
  return sizeOfShape(size) <= 256 ? 'uint8' : 'int32';
}

/** Refuses numbers of pixels in windows that are not those of results of this shape. */
function checkNumber(owner: string, number: Spec, shape: Shape, { size }: PoolAttrs): void {
  if (!sameShape(number.shape, shape) || number.dtype !== numberType(size)) {
    throw new ShapeError(
      `${owner}: needs ${numberType(size)} numbers of shape ${showShape(shape)}; received ${number.dtype} ${showShape(number.shape)}`,
    );
  }
}

/** The shape of images of these spatial sizes, which must have results of the shape of `dy`. */
function backShape(owner: string, dy: Spec, attrs: BackpropAttrs): Shape {
  const shape = imageShape(dy, attrs.spatial);
  const results = pooledShape(owner, { ...dy, shape }, attrs);
  if (!sameShape(results, dy.shape)) {
    throw new ShapeError(`${owner}: images of ${showShape(shape)} have results ${showShape(results)}; received ${showShape(dy.shape)}`);
  }
  return shape;
}

/** Outputs the greatest pixels and their numbers in the windows. */
const maxPoolOp: Op<PoolAttrs, 'outputs'> = declare<PoolAttrs, 'outputs'>({
  name: 'maxPool',
  attrs: ATTRS,
  traits: forward,
  infer([x], attrs) {
    const shape = pooledShape('maxPool', x, attrs);
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: numberType(attrs.size) },
    ];
  },
  kernel: kernels.maxPoolKernel,
  saves: ['outputs'],
  grad: ({ dy, specs: [x], outputs: [, number], attrs }) => [() => maxPoolBackprop(dy, number, x.shape.slice(1, -1), attrs)],
});

const maxPoolBackpropOp: Op<BackpropAttrs, 'inputs'> = declare<BackpropAttrs, 'inputs'>({
  name: 'maxPoolBackprop',
  attrs: [...ATTRS, 'spatial'],
  traits: backward,
  infer([dy, number], attrs) {
    const shape = backShape('maxPoolBackprop', dy, attrs);
    checkNumber('maxPoolBackprop', number, dy.shape, attrs);
    return [{ shape, dtype: dy.dtype }];
  },
  kernel: kernels.maxPoolBackpropKernel,
  saves: ['inputs'],
  grad: ({ dy: g, inputs: [, number], attrs }) => [() => maxPoolPick(g, number, attrs), null],
});

const maxPoolPickOp: Op<PoolAttrs, 'inputs'> = declare<PoolAttrs, 'inputs'>({
  name: 'maxPoolPick',
  attrs: ATTRS,
  traits: forward,
  infer([x, number], attrs) {
    const shape = pooledShape('maxPoolPick', x, attrs);
    checkNumber('maxPoolPick', number, shape, attrs);
    return [{ shape, dtype: x.dtype }];
  },
  kernel: kernels.maxPoolPickKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [x, number], attrs }) => [() => maxPoolBackprop(dy, number, x.shape.slice(1, -1), attrs), null],
});

/** Gradients put where numbers say that each result was found. */
export function maxPoolBackprop(dy: Tensor, number: Tensor, spatial: Shape, { size, strides, pads, dilations }: PoolAttrs): Tensor {
  return apply(maxPoolBackpropOp, [dy, number], { size, strides, pads, dilations, spatial })[0];
}

function maxPoolPick(x: Tensor, number: Tensor, { size, strides, pads, dilations }: PoolAttrs): Tensor {
  return apply(maxPoolPickOp, [x, number], { size, strides, pads, dilations })[0];
}

const avgPoolOp: Op<PoolAttrs> = declare<PoolAttrs>({
  name: 'avgPool',
  attrs: ATTRS,
  traits: forward,
  infer: ([x], attrs) => [{ shape: pooledShape('avgPool', x, attrs), dtype: x.dtype }],
  kernel: kernels.avgPoolKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs }) => [() => apply(avgPoolBackpropOp, [dy], { ...attrs, spatial: x.shape.slice(1, -1) })[0]],
});

const avgPoolBackpropOp: Op<BackpropAttrs> = declare<BackpropAttrs>({
  name: 'avgPoolBackprop',
  attrs: [...ATTRS, 'spatial'],
  traits: backward,
  infer: ([dy], attrs) => [{ shape: backShape('avgPoolBackprop', dy, attrs), dtype: dy.dtype }],
  kernel: kernels.avgPoolBackpropKernel,
  saves: [],
  grad: ({ dy: g, attrs: { size, strides, pads, dilations } }) => [() => apply(avgPoolOp, [g], { size, strides, pads, dilations })[0]],
});

/** What all pooling takes. */
interface PoolOptions {
  size: PerAxis;
  strides: PerAxis;
  pad: Padding;
  dataFormat: string;
  dilations?: PerAxis;
}

/** Pooling of either kind over so many spatial axes. */
export function pooled(owner: string, kind: 'max' | 'avg', spatial: number, x: TensorLike, options: PoolOptions): Tensor {
  const images = toImages(owner, x, options.dataFormat, spatial);
  const size = perAxis(owner, 'filterSize', options.size, spatial);
  const sizes = images.x.shape.slice(1, -1);
  const attrs = windowAttrs(owner, sizes, size, { dilations: 1, ...options });
  checkedCounts(owner, sizes, size, attrs);
  const op: Op<PoolAttrs, 'outputs'> | Op<PoolAttrs> = kind === 'max' ? maxPoolOp : avgPoolOp;
  return images.back(apply(op as Op<PoolAttrs>, [images.x], { size, ...attrs })[0]);
}

/**
 * The greatest of each window of images [batch, height, width, channels]; NaN if there is one. What is around the image does not count. The gradient goes to
 * the first of equal pixels.
 * @throws ShapeError for axes and sizes that do not fit; ArgumentError for sizes, strides and pads that are none.
 * @example
 * tf.maxPool(tf.tensor([[1, 2], [3, 4]]).reshape([2, 2, 1]), 2, 2, 'valid').dataSync(); // [4]
 */
export function maxPool(x: TensorLike, filterSize: PerAxis, strides: PerAxis, pad: Padding): Tensor {
  return pooled('maxPool', 'max', 2, x, { size: filterSize, strides, pad, dataFormat: 'NHWC' });
}

/** The greatest of each window, and where they were found. */
export interface MaxPoolWithArgmax {
  readonly result: Tensor;
  /** Positions (int32) in the image as one row of numbers, `(row * width + column) * channels + channel`; of the whole batch, if that was asked for. */
  readonly indexes: Tensor;
}

/**
 * What `maxPool` gives, and where in the image each was found.
 * @throws ShapeError for axes and sizes that do not fit; ArgumentError for sizes, strides and pads that are none.
 * @example
 * const { indexes } = tf.maxPoolWithArgmax(tf.tensor([1, 3, 2, 0], [1, 2, 2, 1]), 2, 2, 'valid');
 * indexes.dataSync(); // [1]
 */
export function maxPoolWithArgmax(
  x: TensorLike,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Padding,
  includeBatchInIndex = false,
): MaxPoolWithArgmax {
  const owner = 'maxPoolWithArgmax';
  checkFlag(owner, 'includeBatchInIndex', includeBatchInIndex);
  const images = toImages(owner, x, 'NHWC', 2);
  const size = perAxis(owner, 'filterSize', filterSize, 2);
  const [batch, height, width, channels] = images.x.shape;
  const attrs = windowAttrs(owner, [height, width], size, { strides, pad, dilations: 1 });
  const [rows, columns] = checkedCounts(owner, [height, width], size, attrs);
  const [result, number] = apply(maxPoolOp, [images.x], { size, ...attrs });
  // Where the first pixel of each window would be, and how far the greatest lies from it.
  const corners = new Int32Array(rows * columns * channels).map((_, i) => {
    const [row, column] = [Math.floor(i / (columns * channels)), Math.floor(i / channels) % columns];
    return ((row * attrs.strides[0] - attrs.pads[0]) * width + column * attrs.strides[1] - attrs.pads[2]) * channels + (i % channels);
  });
  const tap = castTo(number, 'int32');
  const inside = add(mul(floorDiv(tap, size[1]), width * channels), mul(mod(tap, size[1]), channels));
  const at = add(inside, tensorOf(corners, [1, rows, columns, channels], 'int32'));
  const starts = Array.from({ length: batch }, (_, n) => n * height * width * channels);
  const indexes = includeBatchInIndex ? add(at, tensorOf(starts, [batch, 1, 1, 1], 'int32')) : at;
  return { result: images.back(result), indexes: images.back(indexes) };
}

/**
 * The mean of each window of images [batch, height, width, channels]. What is around the image does not count, in the gradient neither.
 * @throws ShapeError for axes and sizes that do not fit; ArgumentError for sizes, strides and pads that are none.
 * @example
 * tf.avgPool(tf.tensor([[1, 2], [3, 4]]).reshape([2, 2, 1]), 2, 1, 'same').dataSync(); // [2.5, 3, 3.5, 4]
 */
export function avgPool(x: TensorLike, filterSize: PerAxis, strides: PerAxis, pad: Padding): Tensor {
  return pooled('avgPool', 'avg', 2, x, { size: filterSize, strides, pad, dataFormat: 'NHWC' });
}

/**
 * The greatest of each window of volumes [batch, depth, height, width, channels]; NaN if there is one.
 * @throws ShapeError for axes and sizes that do not fit; ArgumentError for sizes, strides and pads that are none.
 * @example
 * tf.maxPool3d(tf.ones([1, 4, 4, 4, 3]), 2, 2, 'valid').shape; // [1, 2, 2, 2, 3]
 */
export function maxPool3d(
  x: TensorLike,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
): Tensor {
  return pooled('maxPool3d', 'max', 3, x, { size: filterSize, strides, pad, dataFormat });
}

/**
 * The mean of each window of volumes [batch, depth, height, width, channels].
 * @throws ShapeError for axes and sizes that do not fit; ArgumentError for sizes, strides and pads that are none.
 * @example
 * tf.avgPool3d(tf.ones([1, 4, 4, 4, 3]), 2, 2, 'valid').shape; // [1, 2, 2, 2, 3]
 */
export function avgPool3d(
  x: TensorLike,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
): Tensor {
  return pooled('avgPool3d', 'avg', 3, x, { size: filterSize, strides, pad, dataFormat });
}

/**
 * Pooling of either kind over as many spatial axes as `windowShape` has sizes (2 for a single number), with dilations.
 * @throws ShapeError for axes and sizes that do not fit; ArgumentError for an unknown kind, and for sizes, strides and pads that are none.
 * @example
 * tf.pool(tf.tensor([[1], [5], [2]]), [2], 'max', 'valid').dataSync(); // [5, 5]
 */
export function pool(
  x: TensorLike,
  windowShape: PerAxis,
  poolingType: 'avg' | 'max',
  pad: Padding,
  dilations: PerAxis = 1,
  strides: PerAxis = 1,
): Tensor {
  if (poolingType !== 'avg' && poolingType !== 'max') {
    throw new ArgumentError(`pool: poolingType must be "avg" or "max"; received ${show(poolingType)}`);
  }
  const spatial = Array.isArray(windowShape) ? windowShape.length : 2;
  if (spatial < 1 || spatial > 3) throw new ArgumentError(`pool: windowShape must have 1 to 3 sizes; received ${show(windowShape)}`);
  return pooled('pool', poolingType, spatial, x, {
    size: windowShape,
    strides,
    pad,
    dilations,
    dataFormat: ['', 'NWC', 'NHWC', 'NDHWC'][spatial],
  });
}
