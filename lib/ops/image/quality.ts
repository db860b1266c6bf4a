/** How much images differ: noise, structure, and variation within one image. */
import { ShapeError } from '../../core/errors.ts';
import { sameShape, showShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { add, div, mul, square, squaredDifference, sub } from '../arithmetic.ts';
import { type TensorLike, toFloat, toPair } from '../convert.ts';
import { concat, slice, split } from '../join.ts';
import { abs, log } from '../math.ts';
import { checkCount } from '../ranges.ts';
import { mean, sum } from '../reduce.ts';
import { reshape } from '../shape.ts';
import { blurred } from './filters.ts';
import { checkNumber, checkPositive } from './pixels.ts';

/** Two images, or batches of them, as floating tensors of one shape. */
function toImagePair(owner: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [first, second] = toPair(owner, a, b).map((x) => toFloat(owner, x));
  if (first.rank < 3 || !sameShape(first.shape, second.shape)) {
    throw new ShapeError(
      `${owner}: images need one shape of 3 axes or more; received ${showShape(first.shape)} and ${showShape(second.shape)}`,
    );
  }
  return [first, second];
}

/**
 * The peak signal-to-noise ratio of each pair of images [..., height, width, channels], in decibels: `20 log10(maxVal) - 10 log10(mean of squared differences)`,
 * Infinity for equal images. `maxVal` is the value of full light.
 * @throws ShapeError for images of different shapes; ArgumentError for a maxVal that is not above 0.
 * @example
 * tf.image.psnr(tf.zeros([2, 2, 1]), tf.fill([2, 2, 1], 0.1), 1).round().item(); // 20
 */
export function psnr(a: TensorLike, b: TensorLike, maxVal = 1): Tensor {
  const [first, second] = toImagePair('psnr', a, b);
  const full = 20 * Math.log10(checkPositive('psnr', 'maxVal', maxVal));
  const noise = mean(squaredDifference(first, second), [-3, -2, -1]);
  return sub(full, mul(log(noise), 10 / Math.LN10));
}

/**
 * The structural similarity of each pair of images [..., height, width, channels], 1 for equal images (Wang et al. 2004): of light, contrast and structure within
 * Gaussian windows of `filterSize` pixels and deviation `filterSigma`, averaged over windows and channels.
 * @throws ShapeError for images of different shapes, or smaller than a window; ArgumentError for sizes that are none.
 * @example
 * tf.image.ssim(tf.ones([1, 11, 11, 1]), tf.ones([1, 11, 11, 1])).arraySync(); // [1]
 */
export function ssim(a: TensorLike, b: TensorLike, maxVal = 1, filterSize = 11, filterSigma = 1.5, k1 = 0.01, k2 = 0.03): Tensor {
  const [first, second] = toImagePair('ssim', a, b);
  const size = checkCount('ssim', 'filterSize', filterSize, 1);
  const sigma = checkPositive('ssim', 'filterSigma', filterSigma);
  const full = checkPositive('ssim', 'maxVal', maxVal);
  const [c1, c2] = [checkNumber('ssim', 'k1', k1), checkNumber('ssim', 'k2', k2)].map((k) => (k * full) ** 2);
  const [height, width, channels] = first.shape.slice(-3);
  if (height < size || width < size) {
    throw new ShapeError(`ssim: windows of [${size},${size}] do not fit into images of ${showShape(first.shape)}`);
  }
  const batch = first.size / Math.max(1, height * width * channels);
  const [x, y] = [first, second].map((image) => reshape(image, [batch, height, width, channels]));
  // All four means over windows come of one pass over images with four times the channels.
  const moments = blurred(concat([x, y, mul(x, y), add(square(x), square(y))], 3), [size, size], [sigma, sigma], 'valid');
  const [meanX, meanY, product, squares] = split(moments, 4, 3);
  const twice = mul(mul(meanX, meanY), 2);
  const both = add(square(meanX), square(meanY));
  const light = div(add(twice, c1), add(both, c1));
  const structure = div(add(sub(mul(product, 2), twice), c2), add(sub(squares, both), c2));
  return reshape(mean(mul(light, structure), [1, 2, 3]), first.shape.slice(0, -3));
}

/**
 * The sum of absolute differences of neighbouring pixels of each image [..., height, width, channels].
 * @throws ShapeError for fewer than 3 axes.
 * @example
 * tf.image.totalVariation([[[1], [3]], [[2], [7]]]).item(); // 12
 */
export function totalVariation(images: TensorLike): Tensor {
  const x = toFloat('totalVariation', images);
  if (x.rank < 3) throw new ShapeError(`totalVariation: images need 3 axes or more; received ${showShape(x.shape)}`);
  const along = (axis: number): Tensor => {
    const shape = x.shape.with(axis, Math.max(0, x.shape[axis] - 1));
    const start = x.shape.map(() => 0);
    const later = slice(x, start.with(axis, Math.min(1, x.shape[axis])), shape);
    return sum(abs(sub(later, slice(x, start, shape))), [-3, -2, -1]);
  };
  return add(along(x.rank - 3), along(x.rank - 2));
}
