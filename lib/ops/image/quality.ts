/** How much images differ: noise, structure, and variation within one image. */
import { ArgumentError, checkList, ShapeError } from '../../core/errors.ts';
import { sameShape, showShape, sizeOfShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { add, div, maximum, mul, pow, square, squaredDifference, sub } from '../arithmetic.ts';
import { greater, where } from '../compare.ts';
import { type TensorLike, toFloat, toPair } from '../convert.ts';
import { concat, pad, split } from '../join.ts';
import { abs, log, sqrt } from '../math.ts';
import { avgPool } from '../pool.ts';
import { checkCount } from '../ranges.ts';
import { mirrorPad } from '../rearrange.ts';
import { mean, sum, variance } from '../reduce.ts';
import { diff } from '../scan.ts';
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
 * The peak signal-to-noise ratio of each pair of images [..., height, width, channels], in decibels:
 * `20 log10(maxVal) - 10 log10(mean of squared differences)`, Infinity for equal images. `maxVal` is the value of full light.
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

/** How windows look, and what keeps quotients away from 0. */
interface Windows {
  readonly size: number;
  readonly sigma: number;
  readonly c1: number;
  readonly c2: number;
}

function checkWindows(owner: string, maxVal: number, filterSize: number, filterSigma: number, k1: number, k2: number): Windows {
  const size = checkCount(owner, 'filterSize', filterSize, 1);
  const sigma = checkPositive(owner, 'filterSigma', filterSigma);
  const full = checkPositive(owner, 'maxVal', maxVal);
  const [c1, c2] = [checkNumber(owner, 'k1', k1), checkNumber(owner, 'k2', k2)].map((k) => (k * full) ** 2);
  return { size, sigma, c1, c2 };
}

/** Images [..., height, width, channels] as [batch, height, width, channels]. */
function toBatches(x: Tensor): Tensor {
  const image = x.shape.slice(-3);
  return reshape(x, [x.size / Math.max(1, sizeOfShape(image)), ...image]);
}

/** For each window and channel how alike two batches of images are in light, and in contrast and structure. */
function similarity(owner: string, x: Tensor, y: Tensor, { size, sigma, c1, c2 }: Windows): { light: Tensor; structure: Tensor } {
  if (x.shape[1] < size || x.shape[2] < size) {
    throw new ShapeError(`${owner}: windows of [${size},${size}] do not fit into images of ${showShape(x.shape.slice(1))}`);
  }
  // All four means over windows come of one pass over images with four times the channels.
  const moments = blurred(concat([x, y, mul(x, y), add(square(x), square(y))], 3), [size, size], [sigma, sigma], 'valid');
  const [meanX, meanY, product, squares] = split(moments, 4, 3);
  const twice = mul(mul(meanX, meanY), 2);
  const both = add(square(meanX), square(meanY));
  return {
    light: div(add(twice, c1), add(both, c1)),
    structure: div(add(sub(mul(product, 2), twice), c2), add(sub(squares, both), c2)),
  };
}

/**
 * The structural similarity of each pair of images [..., height, width, channels], 1 for equal images (Wang et al. 2004): of light, contrast and structure
 * within Gaussian windows of `filterSize` pixels and deviation `filterSigma`, averaged over windows and channels.
 * @throws ShapeError for images of different shapes, or smaller than a window; ArgumentError for sizes that are none.
 * @example
 * tf.image.ssim(tf.ones([1, 11, 11, 1]), tf.ones([1, 11, 11, 1])).arraySync(); // [1]
 */
export function ssim(a: TensorLike, b: TensorLike, maxVal = 1, filterSize = 11, filterSigma = 1.5, k1 = 0.01, k2 = 0.03): Tensor {
  const [first, second] = toImagePair('ssim', a, b);
  const attrs = checkWindows('ssim', maxVal, filterSize, filterSigma, k1, k2);
  const { light, structure } = similarity('ssim', toBatches(first), toBatches(second), attrs);
  return reshape(mean(mul(light, structure), [1, 2, 3]), first.shape.slice(0, -3));
}

/** The weights of five scales, each half as fine as the one before. */
const SCALES = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** Images [batch, height, width, channels] of half the height and width; an odd last row or column counts twice. */
function halved(x: Tensor): Tensor {
  const [, height, width] = x.shape;
  const even = mirrorPad(
    x,
    [
      [0, 0],
      [0, height % 2],
      [0, width % 2],
      [0, 0],
    ],
    'symmetric',
  );
  return avgPool(even, 2, 2, 'valid');
}

/**
 * The structural similarity of each pair of images [..., height, width, channels] on several scales (Wang et al. 2003): the product of the contrasts and
 * structures of each, and of the light of the coarsest, to the powers of `powerFactors`.
 * @throws ShapeError for images of different shapes, or that become smaller than a window; ArgumentError for sizes and powers that are none.
 * @example
 * tf.image.ssimMultiscale(tf.ones([1, 44, 44, 1]), tf.ones([1, 44, 44, 1]), 1, [0.5, 0.3, 0.2]).arraySync(); // [1]
 */
export function ssimMultiscale(
  a: TensorLike,
  b: TensorLike,
  maxVal = 1,
  powerFactors: readonly number[] = SCALES,
  filterSize = 11,
  filterSigma = 1.5,
  k1 = 0.01,
  k2 = 0.03,
): Tensor {
  const owner = 'ssimMultiscale';
  const [first, second] = toImagePair(owner, a, b);
  const attrs = checkWindows(owner, maxVal, filterSize, filterSigma, k1, k2);
  if (checkList(owner, 'powerFactors', powerFactors).length === 0)
    throw new ArgumentError(`${owner}: needs at least one power; received []`);
  let [x, y] = [toBatches(first), toBatches(second)];
  const factors = powerFactors.map((power, scale) => {
    if (scale > 0) [x, y] = [halved(x), halved(y)];
    const { light, structure } = similarity(owner, x, y, attrs);
    const last = scale === powerFactors.length - 1;
    const share = mean(last ? mul(light, structure) : structure, [1, 2]);
    // A negative one has no power; nor has a slope at 0 a limit.
    const alike = greater(share, 0);
    return where(alike, pow(where(alike, share, 1), checkNumber(owner, 'powerFactors', power)), 0);
  });
  return reshape(mean(factors.reduce(mul), 1), first.shape.slice(0, -3));
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
  const along = (axis: number): Tensor => sum(abs(diff(x, 1, axis)), [-3, -2, -1]);
  return add(along(x.rank - 3), along(x.rank - 2));
}

/**
 * The differences of each pixel and the next one below, and to the right, of images [..., height, width, channels], both of the shape of the images: 0 in the
 * last row, and in the last column.
 * @throws ShapeError for fewer than 3 axes.
 * @example
 * const [dy, dx] = tf.image.imageGradients([[[1], [3]], [[2], [7]]]);
 * [dy.flatten().arraySync(), dx.flatten().arraySync()]; // [[1, 4, 0, 0], [2, 0, 5, 0]]
 */
export function imageGradients(image: TensorLike): [dy: Tensor, dx: Tensor] {
  const x = toFloat('imageGradients', image);
  if (x.rank < 3) throw new ShapeError(`imageGradients: images need 3 axes or more; received ${showShape(x.shape)}`);
  const along = (axis: number): Tensor =>
    pad(
      diff(x, 1, axis),
      x.shape.map((d, i): [number, number] => [0, i === axis ? Math.min(1, d) : 0]),
    );
  return [along(x.rank - 3), along(x.rank - 2)];
}

/**
 * Images [..., height, width, channels], each with its mean taken off and divided by its deviation, or by that of a single pixel of 1 if that is more:
 * uniform images become 0.
 * @throws ShapeError for fewer than 3 axes.
 * @example
 * tf.image.perImageStandardization([[[1], [3]]]).arraySync(); // [[[-1], [1]]]
 */
export function perImageStandardization(image: TensorLike): Tensor {
  const x = toFloat('perImageStandardization', image);
  if (x.rank < 3) throw new ShapeError(`perImageStandardization: images need 3 axes or more; received ${showShape(x.shape)}`);
  const axes = [-3, -2, -1];
  const pixels = sizeOfShape(x.shape.slice(-3));
  // The least deviation is set before the root, whose slope at 0 is infinite.
  const deviation = sqrt(maximum(variance(x, axes, true), 1 / pixels));
  return div(sub(x, mean(x, axes, true)), deviation);
}
