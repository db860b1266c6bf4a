/** Filters of images: blurring, and the slopes of light along both axes. */
import { ArgumentError, show } from '../../core/errors.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { depthwiseConv2d } from '../conv.ts';
import type { TensorLike } from '../convert.ts';
import { mirrorPad } from '../rearrange.ts';
import { reshape } from '../shape.ts';
import { type PerAxis, perAxis } from '../window.ts';
import { type ChannelOrder, checkPositive, toBatch } from './pixels.ts';

/** A Gaussian bell of so many numbers that sum to 1. */
function bell(size: number, sigma: number): number[] {
  const heights = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - (size - 1) / 2) / sigma) ** 2));
  const total = heights.reduce((sum, height) => sum + height, 0);
  return heights.map((height) => height / total);
}

/** Images [batch, height, width, channels] blurred along one axis and then along the other, which is the product of both bells. */
export function blurred(x: Tensor, sizes: readonly number[], sigmas: readonly number[], pad: 'same' | 'valid'): Tensor {
  const channels = x.shape[3];
  return sizes.reduce((y, size, axis) => {
    const numbers = bell(size, sigmas[axis]).flatMap((height) => new Array<number>(channels).fill(height));
    const filter = tensorOf(numbers, [...(axis === 0 ? [size, 1] : [1, size]), channels, 1], x.dtype);
    return depthwiseConv2d(y, filter, 1, pad);
  }, x);
}

/**
 * Images [batch, height, width, channels], or one without a batch, blurred by a Gaussian bell of `kernelSize` pixels and deviation `sigma`, each one number
 * or one for the height and one for the width. What is around the image is 0.
 * @throws ShapeError for other axes; ArgumentError for sizes and deviations that are none.
 * @example
 * tf.image.gaussianBlur(tf.ones([1, 5, 5, 1])).at(0, 2, 2, 0).item(); // 1
 */
export function gaussianBlur(
  images: TensorLike,
  kernelSize: PerAxis = [3, 3],
  sigma: PerAxis = [1, 1],
  dataFormat: ChannelOrder = 'channelsLast',
): Tensor {
  const sizes = perAxis('gaussianBlur', 'kernelSize', kernelSize, 2);
  const sigmas = typeof sigma === 'number' ? [sigma, sigma] : sigma;
  if (!Array.isArray(sigmas) || sigmas.length !== 2) {
    throw new ArgumentError(`gaussianBlur: sigma must be one or 2 numbers above 0; received ${show(sigma)}`);
  }
  for (const value of sigmas) checkPositive('gaussianBlur', 'sigma', value);
  const { x, back } = toBatch('gaussianBlur', images, dataFormat);
  return back(blurred(x, sizes, sigmas, 'same'));
}

/** For each pixel around one: its share in the slope downwards, and in the slope to the right. */
const SOBEL = [
  [-1, -1],
  [-2, 0],
  [-1, 1],
  [0, -2],
  [0, 0],
  [0, 2],
  [1, -1],
  [2, 0],
  [1, 1],
];

/**
 * The slopes of light by Sobel's filters: for each pixel and channel of images [batch, height, width, channels], or of one without a batch, the slope
 * downwards and the one to the right, along a new last axis. Borders are mirrored.
 * @throws ShapeError for other axes; ArgumentError for images of a single row or column.
 * @example
 * tf.image.sobelEdges(tf.tensor([1, 2, 4, 1, 2, 4], [1, 2, 3, 1])).at(0, 0, 1, 0).arraySync(); // [0, 12]
 */
export function sobelEdges(images: TensorLike, dataFormat: ChannelOrder = 'channelsLast'): Tensor {
  const { x, back } = toBatch('sobelEdges', images, dataFormat);
  const channels = x.shape[3];
  const none = [0, 0] as const;
  const around = mirrorPad(x, [none, [1, 1], [1, 1], none], 'reflect');
  const taps = SOBEL.flatMap((pair) => Array.from({ length: channels }, () => pair).flat());
  const edges = depthwiseConv2d(around, tensorOf(taps, [3, 3, channels, 2], x.dtype), 1, 'valid');
  return back(reshape(edges, [...x.shape, 2]));
}
