/** Images cut, padded and flipped: what moves pixels as they are. */
import { ArgumentError, checkOptions, ShapeError, show } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { ImageFormat } from '../blocks.ts';
import type { TensorLike } from '../convert.ts';
import { pad, slice } from '../join.ts';
import { reverse } from '../transpose.ts';
import { checkSize, type Sides, sidesOf } from './sides.ts';

/**
 * Images with their columns in reverse.
 * @throws ShapeError for images without 3 or 4 axes (NHWC).
 * @example
 * tf.image.flipLeftRight([[[1], [2]]]).dataSync(); // [2, 1]
 */
export function flipLeftRight(image: TensorLike): Tensor {
  const { x, columns } = sidesOf('flipLeftRight', image);
  return reverse(x, columns);
}

/**
 * Images with their rows in reverse.
 * @throws ShapeError for images without 3 or 4 axes (NHWC).
 * @example
 * tf.image.flipUpDown([[[1]], [[2]]]).dataSync(); // [2, 1]
 */
export function flipUpDown(image: TensorLike): Tensor {
  const { x, rows } = sidesOf('flipUpDown', image);
  return reverse(x, rows);
}

/** What is before an axis, what it is to become, and what is behind it: as far as they are given. */
interface Along {
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly target: number | undefined;
}

/** How many pixels come before and after: two of three numbers say it, where `total` is what is missing or too many for a target. */
function pixelsAround(
  owner: string,
  names: readonly [before: string, after: string, target: string],
  { before, after, target }: Along,
  total: (target: number) => number,
): readonly [number, number] {
  const given = [before, after, target];
  const list = names.map((name, i) => `${name}=${show(given[i])}`).join(', ');
  if (given.filter((d) => d !== undefined).length !== 2) throw new ArgumentError(`${owner}: needs two of three; received ${list}`);
  if (!given.every((d) => d === undefined || (Number.isSafeInteger(d) && d >= 0))) {
    throw new ArgumentError(`${owner}: needs whole numbers >= 0; received ${list}`);
  }
  const [first, last] = [before ?? total(target as number) - (after as number), after ?? total(target as number) - (before as number)];
  if (first < 0 || last < 0) throw new ArgumentError(`${owner}: ${list} leaves ${first} before and ${last} after`);
  return [first, last];
}

/** Options of `tf.image.padImages`: of each side two of three. */
export interface PadImagesOptions {
  topPadding?: number;
  leftPadding?: number;
  bottomPadding?: number;
  rightPadding?: number;
  targetHeight?: number;
  targetWidth?: number;
  /** "NHWC" unless given. */
  dataFormat?: ImageFormat;
}

/** `x` with pixels of 0 around it. */
function padded({ x, rows, columns }: Sides, vertical: readonly [number, number], horizontal: readonly [number, number]): Tensor {
  return pad(
    x,
    x.shape.map((_, axis) => (axis === rows ? vertical : axis === columns ? horizontal : ([0, 0] as const))),
  );
}

/**
 * Images with pixels of 0 around them. Of the padding before, the padding after and the target size, two are given along both axes.
 * @throws ArgumentError unless two of three are given, whole and >= 0, and make a padding >= 0; ShapeError for images without 3 or 4 axes.
 * @example
 * tf.image.padImages([[[5]]], { topPadding: 0, targetHeight: 1, leftPadding: 1, rightPadding: 2 }).dataSync(); // [0, 5, 0, 0]
 */
export function padImages(images: TensorLike, options: PadImagesOptions): Tensor {
  const owner = 'padImages';
  checkOptions(owner, options, ['topPadding', 'leftPadding', 'bottomPadding', 'rightPadding', 'targetHeight', 'targetWidth', 'dataFormat']);
  const sides = sidesOf(owner, images, options.dataFormat);
  const { topPadding, bottomPadding, targetHeight, leftPadding, rightPadding, targetWidth } = options;
  const vertical = { before: topPadding, after: bottomPadding, target: targetHeight };
  const horizontal = { before: leftPadding, after: rightPadding, target: targetWidth };
  return padded(
    sides,
    pixelsAround(owner, ['topPadding', 'bottomPadding', 'targetHeight'], vertical, (target) => target - sides.height),
    pixelsAround(owner, ['leftPadding', 'rightPadding', 'targetWidth'], horizontal, (target) => target - sides.width),
  );
}

/** Options of `tf.image.cropImages`: of each side two of three. */
export interface CropImagesOptions {
  topCropping?: number;
  leftCropping?: number;
  bottomCropping?: number;
  rightCropping?: number;
  targetHeight?: number;
  targetWidth?: number;
  /** "NHWC" unless given. */
  dataFormat?: ImageFormat;
}

/** The block of images from a pixel on. */
function cropped(
  owner: string,
  { x, rows, columns, height, width }: Sides,
  [top, left]: readonly number[],
  [h, w]: readonly number[],
): Tensor {
  if (h < 0 || w < 0 || top + h > height || left + w > width) {
    throw new ShapeError(
      `${owner}: ${h} rows from ${top} on and ${w} columns from ${left} on are not in images of shape ${showShape(x.shape)}`,
    );
  }
  return slice(
    x,
    x.shape
      .map(() => 0)
      .with(rows, top)
      .with(columns, left),
    x.shape.with(rows, h).with(columns, w),
  );
}

/**
 * Images without some of their borders. Of the pixels cut before, those cut after and the target size, two are given along both axes.
 * @throws ArgumentError unless two of three are given, whole and >= 0; ShapeError for images without 3 or 4 axes, and for more than there is.
 * @example
 * tf.image.cropImages([[[1], [2], [3]]], { topCropping: 0, targetHeight: 1, leftCropping: 1, rightCropping: 0 }).dataSync(); // [2, 3]
 */
export function cropImages(images: TensorLike, options: CropImagesOptions): Tensor {
  const owner = 'cropImages';
  checkOptions(owner, options, [
    'topCropping',
    'leftCropping',
    'bottomCropping',
    'rightCropping',
    'targetHeight',
    'targetWidth',
    'dataFormat',
  ]);
  const sides = sidesOf(owner, images, options.dataFormat);
  const { topCropping, bottomCropping, targetHeight, leftCropping, rightCropping, targetWidth } = options;
  const vertical = { before: topCropping, after: bottomCropping, target: targetHeight };
  const horizontal = { before: leftCropping, after: rightCropping, target: targetWidth };
  const [top, bottom] = pixelsAround(owner, ['topCropping', 'bottomCropping', 'targetHeight'], vertical, (target) => sides.height - target);
  const [left, right] = pixelsAround(owner, ['leftCropping', 'rightCropping', 'targetWidth'], horizontal, (target) => sides.width - target);
  return cropped(owner, sides, [top, left], [sides.height - top - bottom, sides.width - left - right]);
}

/**
 * The middle of images, `fraction` of both sides.
 * @throws ArgumentError for a fraction that is not above 0 and at most 1; ShapeError for images without 3 or 4 axes (NHWC).
 * @example
 * tf.image.centralCrop([[[1], [2], [3], [4]]], 0.5).dataSync(); // [2, 3]
 */
export function centralCrop(image: TensorLike, fraction: number): Tensor {
  if (!(typeof fraction === 'number' && fraction > 0 && fraction <= 1)) {
    throw new ArgumentError(`centralCrop: fraction must be above 0 and at most 1; received ${show(fraction)}`);
  }
  const sides = sidesOf('centralCrop', image);
  const before = [sides.height, sides.width].map((size) => Math.trunc((size - size * fraction) / 2));
  return cropped('centralCrop', sides, before, [sides.height - 2 * before[0], sides.width - 2 * before[1]]);
}

/** Numbers of pixels that are whole and at least 0. */
function checkPixels(owner: string, numbers: Readonly<Record<string, number>>): void {
  const odd = Object.entries(numbers).find(([, value]) => !Number.isSafeInteger(value) || value < 0);
  if (odd !== undefined) throw new ArgumentError(`${owner}: ${odd[0]} must be a whole number >= 0; received ${show(odd[1])}`);
}

/**
 * The block of images whose first pixel is in row `offsetHeight` and column `offsetWidth`.
 * @throws ArgumentError for numbers that are not whole and >= 0; ShapeError for images without 3 or 4 axes (NHWC), and a block beyond them.
 * @example
 * tf.image.cropToBoundingBox([[[1], [2], [3]]], 0, 1, 1, 2).dataSync(); // [2, 3]
 */
export function cropToBoundingBox(
  image: TensorLike,
  offsetHeight: number,
  offsetWidth: number,
  targetHeight: number,
  targetWidth: number,
): Tensor {
  checkPixels('cropToBoundingBox', { offsetHeight, offsetWidth, targetHeight, targetWidth });
  return cropped('cropToBoundingBox', sidesOf('cropToBoundingBox', image), [offsetHeight, offsetWidth], [targetHeight, targetWidth]);
}

/**
 * Images amid pixels of 0, so that their first pixel is in row `offsetHeight` and column `offsetWidth` of the target.
 * @throws ArgumentError for numbers that are not whole and >= 0, and a target too small; ShapeError for images without 3 or 4 axes (NHWC).
 * @example
 * tf.image.padToBoundingBox([[[5]]], 0, 1, 1, 3).dataSync(); // [0, 5, 0]
 */
export function padToBoundingBox(
  image: TensorLike,
  offsetHeight: number,
  offsetWidth: number,
  targetHeight: number,
  targetWidth: number,
): Tensor {
  checkPixels('padToBoundingBox', { offsetHeight, offsetWidth, targetHeight, targetWidth });
  const sides = sidesOf('padToBoundingBox', image);
  const [below, beside] = [targetHeight - offsetHeight - sides.height, targetWidth - offsetWidth - sides.width];
  if (below < 0 || beside < 0) {
    throw new ArgumentError(
      `padToBoundingBox: images of ${sides.height}x${sides.width} from (${offsetHeight},${offsetWidth}) on do not fit into ${targetHeight}x${targetWidth}`,
    );
  }
  return padded(sides, [offsetHeight, below], [offsetWidth, beside]);
}

/**
 * Images of another height and width, cut or padded with 0 along each axis around their middle.
 * @throws ArgumentError for a size that is no two whole numbers >= 1; ShapeError for images without 3 or 4 axes (NHWC).
 * @example
 * tf.image.resizeWithCropOrPad([[[1], [2], [3]]], [2, 1]).dataSync(); // [2, 0]
 */
export function resizeWithCropOrPad(image: TensorLike, size: readonly number[]): Tensor {
  const owner = 'resizeWithCropOrPad';
  const sides = sidesOf(owner, image);
  const [h, w] = checkSize(owner, 'size', size);
  const [above, beside] = [h - sides.height, w - sides.width].map((missing) => Math.floor(Math.abs(missing) / 2));
  const first = [h < sides.height ? above : 0, w < sides.width ? beside : 0];
  const kept = cropped(owner, sides, first, [Math.min(h, sides.height), Math.min(w, sides.width)]);
  return padToBoundingBox(kept, h > sides.height ? above : 0, w > sides.width ? beside : 0, h, w);
}
