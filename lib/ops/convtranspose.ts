/** Convolutions the other way round, and those in two steps: transposed and separable ones. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { checkShape, type Shape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { castTo } from './cast.ts';
import { convBackpropInput, convolve, grouped } from './conv.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { isChannelsFirst, type Padding, type PerAxis, toImages, windowAttrs } from './window.ts';

/** How a transposed convolution moves. */
interface TransposeOptions {
  strides: PerAxis;
  pad: Padding;
  dataFormat: string;
  dilations: PerAxis;
}

/** A transposed convolution to images of spatial sizes `size`, with a filter [...window, results, channels]. */
export function convolveTransposed(
  owner: string,
  size: Shape,
  x: TensorLike,
  filter: TensorLike,
  { dataFormat, ...options }: TransposeOptions,
): Tensor {
  const spatial = size.length;
  const images = toImages(owner, x, dataFormat, spatial);
  const weights = castTo(toFloat(owner, filter), images.x.dtype);
  const channels = images.x.shape[spatial + 1];
  if (weights.rank !== spatial + 2 || weights.shape.includes(0) || weights.shape[spatial + 1] !== channels) {
    const wanted = `${spatial + 2} axes, none of size 0, the last of ${channels} as the channels of x`;
    throw new ShapeError(`${owner}: filter needs ${wanted}; received ${showShape(weights.shape)}`);
  }
  const attrs = windowAttrs(owner, size, weights.shape.slice(0, -2), options);
  return images.back(convBackpropInput(images.x, weights, size, { ...attrs, groups: 1 }));
}

/** The spatial sizes in the shape of a result, whose other sizes must be those that follow from the operands. */
function sizeIn(owner: string, outputShape: Shape, x: TensorLike, filter: TensorLike, dataFormat: string, spatial: number): Shape {
  const [input, weights] = [toFloat(owner, x), toFloat(owner, filter)];
  const shape = checkShape(owner, outputShape);
  const first = isChannelsFirst(owner, dataFormat, spatial);
  const batch = input.rank - spatial - 1;
  const size = first ? shape.slice(batch + 1) : shape.slice(batch, -1);
  const results = weights.shape[spatial];
  const wanted = [...input.shape.slice(0, batch), ...(first ? [results, ...size] : [...size, results])];
  if (size.length !== spatial || showShape(wanted) !== showShape(shape)) {
    throw new ShapeError(
      `${owner}: outputShape must have the batch of x ${showShape(input.shape)} and the results of the filter ${showShape(weights.shape)}; received ${showShape(shape)}`,
    );
  }
  return size;
}

/**
 * The gradient of `conv1d` with respect to its lines: what spreads x [batch, width, channels] over `outputShape` by a filter [width, results, channels].
 * @throws ShapeError where `outputShape` does not belong to `x` under such a convolution.
 * @example
 * tf.conv1dTranspose(tf.ones([1, 2, 1]), tf.ones([2, 1, 1]), [1, 3, 1], 1, 'valid').dataSync(); // [1, 2, 1]
 */
export function conv1dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  stride: PerAxis,
  pad: Padding,
  dataFormat: 'NWC' | 'NCW' = 'NWC',
  dilation: PerAxis = 1,
): Tensor {
  const size = sizeIn('conv1dTranspose', outputShape, x, filter, dataFormat, 1);
  return convolveTransposed('conv1dTranspose', size, x, filter, { strides: stride, pad, dataFormat, dilations: dilation });
}

/**
 * The gradient of `conv2d` with respect to its images: what spreads x [batch, height, width, channels] over `outputShape` by a filter
 * [height, width, results, channels].
 * @throws ShapeError where `outputShape` does not belong to `x` under such a convolution.
 * @example
 * tf.conv2dTranspose(tf.ones([1, 1, 2, 1]), tf.ones([1, 2, 1, 1]), [1, 1, 3, 1], 1, 'valid').dataSync(); // [1, 2, 1]
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
  dilations: PerAxis = 1,
): Tensor {
  const size = sizeIn('conv2dTranspose', outputShape, x, filter, dataFormat, 2);
  return convolveTransposed('conv2dTranspose', size, x, filter, { strides, pad, dataFormat, dilations });
}

/**
 * The gradient of `conv3d` with respect to its volumes: what spreads x [batch, depth, height, width, channels] over `outputShape` by a filter
 * [depth, height, width, results, channels].
 * @throws ShapeError where `outputShape` does not belong to `x` under such a convolution.
 * @example
 * tf.conv3dTranspose(tf.ones([1, 2, 2, 2, 3]), tf.ones([2, 2, 2, 5, 3]), [1, 4, 4, 4, 5], 2, 'same').shape; // [1, 4, 4, 4, 5]
 */
export function conv3dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
  dilations: PerAxis = 1,
): Tensor {
  const size = sizeIn('conv3dTranspose', outputShape, x, filter, dataFormat, 3);
  return convolveTransposed('conv3dTranspose', size, x, filter, { strides, pad, dataFormat, dilations });
}

/**
 * Each channel by itself with `depthwiseFilter` [height, width, channels, multiplier], then a product over channels with `pointwiseFilter`
 * [1, 1, channels * multiplier, results].
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * tf.separableConv2d(tf.ones([1, 3, 3, 2]), tf.ones([2, 2, 2, 1]), tf.ones([1, 1, 2, 4]), 1, 'valid').shape; // [1, 2, 2, 4]
 */
export function separableConv2d(
  x: TensorLike,
  depthwiseFilter: TensorLike,
  pointwiseFilter: TensorLike,
  strides: PerAxis,
  pad: Padding,
  dilation: PerAxis = 1,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
): Tensor {
  const options = { strides, pad, dataFormat, dilations: dilation };
  const points = toFloat('separableConv2d', pointwiseFilter);
  if (points.rank !== 4 || points.shape[0] !== 1 || points.shape[1] !== 1) {
    throw new ArgumentError(`separableConv2d: pointwiseFilter needs shape [1,1,channels,results]; received ${show(points.shape)}`);
  }
  const filter = grouped('separableConv2d', toFloat('separableConv2d', depthwiseFilter), 2);
  const channelwise = convolve('separableConv2d', 2, x, filter, options);
  return convolve('separableConv2d', 2, channelwise, points, { strides: 1, pad: 'valid', dataFormat, dilations: 1 });
}
