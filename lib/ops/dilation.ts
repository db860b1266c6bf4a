/** Grayscale dilation and erosion: the greatest sum, or the least difference, of pixels and filter in each window. */
import { ShapeError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { dilationKernel, type PoolAttrs } from '../kernels/pool.ts';
import { mul, neg } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal } from './compare.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { stack } from './join.ts';
import { maxPoolBackprop, numberType } from './pool.ts';
import { sum } from './reduce.ts';
import { reshape } from './shape.ts';
import { reverse } from './transpose.ts';
import { checkedCounts, type Padding, type PerAxis, toImages, windowAttrs } from './window.ts';

/** Outputs the greatest sums and their numbers in the windows. */
const dilationOp: Op<PoolAttrs, 'outputs'> = declare<PoolAttrs, 'outputs'>({
  name: 'dilation',
  attrs: ['size', 'strides', 'pads', 'dilations'],
  traits: { flops: (_inputs, [y], attrs) => 2 * sizeOfShape(y.shape) * sizeOfShape((attrs as PoolAttrs).size) },
  infer([x], attrs) {
    const shape = [x.shape[0], ...checkedCounts('dilation', x.shape.slice(1, -1), attrs.size, attrs), x.shape[x.shape.length - 1]];
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: numberType(attrs.size) },
    ];
  },
  kernel: dilationKernel,
  saves: ['outputs'],
  grad: ({ dy, specs: [x, filter], outputs: [, number], attrs }) => [
    () => maxPoolBackprop(dy, number, x.shape.slice(1, -1), attrs),
    () => {
      const taps = Array.from({ length: sizeOfShape(attrs.size) }, (_, tap) => sharesOf(dy, number, tap));
      return reshape(stack(taps), filter.shape);
    },
  ],
});

/** For each channel the gradients of results that were found at one tap. */
function sharesOf(dy: Tensor, number: Tensor, tap: number): Tensor {
  const axes = dy.shape.slice(0, -1).map((_, axis) => axis);
  return sum(mul(dy, castTo(equal(number, tap), dy.dtype)), axes);
}

/** How windows lie. */
interface DilationOptions {
  strides: PerAxis;
  pad: Padding;
  dilations: PerAxis;
  dataFormat: string;
}

function dilated(owner: string, x: TensorLike, filter: TensorLike, options: DilationOptions): Tensor {
  const images = toImages(owner, x, options.dataFormat, 2);
  const weights = castTo(toFloat(owner, filter), images.x.dtype);
  const channels = images.x.shape[3];
  if (weights.rank !== 3 || weights.shape[2] !== channels) {
    throw new ShapeError(`${owner}: filter needs shape [height,width,${channels}]; received ${showShape(weights.shape)}`);
  }
  const size = weights.shape.slice(0, 2);
  const sizes = images.x.shape.slice(1, -1);
  const attrs = windowAttrs(owner, sizes, size, options);
  checkedCounts(owner, sizes, size, attrs);
  return images.back(apply(dilationOp, [images.x, weights], { size, ...attrs })[0]);
}

/**
 * The greatest sum of pixels and filter in each window of images [batch, height, width, channels], for a filter [height, width, channels]. What is around
 * the image does not count.
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * tf.dilation2d(tf.tensor([1, 2, 5], [1, 1, 3, 1]), tf.tensor([0, 10], [1, 2, 1]), 1, 'valid').dataSync(); // [12, 15]
 */
export function dilation2d(
  x: TensorLike,
  filter: TensorLike,
  strides: PerAxis,
  pad: Padding,
  dilations: PerAxis = 1,
  dataFormat: 'NHWC' = 'NHWC',
): Tensor {
  return dilated('dilation2d', x, filter, { strides, pad, dilations, dataFormat });
}

/**
 * The least difference of pixels and filter in each window of images [batch, height, width, channels], for a filter [height, width, channels] that is read
 * from its other end: dilation of the dark. What is around the image does not count.
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * tf.erosion2d(tf.tensor([1, 2, 5], [1, 1, 3, 1]), tf.tensor([0, 10], [1, 2, 1]), 1, 'valid').dataSync(); // [-9, -8]
 */
export function erosion2d(
  x: TensorLike,
  filter: TensorLike,
  strides: PerAxis,
  pad: Padding,
  dilations: PerAxis = 1,
  dataFormat: 'NHWC' = 'NHWC',
): Tensor {
  const weights = toFloat('erosion2d', filter);
  const turned = weights.rank === 3 ? reverse(weights, [0, 1]) : weights;
  return neg(dilated('erosion2d', neg(toFloat('erosion2d', x)), turned, { strides, pad, dilations, dataFormat }));
}
