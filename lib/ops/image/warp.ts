/** Images whose pixels come from elsewhere: by coordinates, by projective and affine maps, rotated, and bent at random. */
import { isFloat, promote } from '../../core/dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from '../../core/errors.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { add, div, mod, mul, neg, sub } from '../arithmetic.ts';
import type { ImageFormat } from '../blocks.ts';
import { castTo } from '../cast.ts';
import { less, lessEqual, notEqual, where } from '../compare.ts';
import { checkValue, type TensorLike, toFloat, toTensor } from '../convert.ts';
import { ones, zeros } from '../creation.ts';
import { concat, slice, unstack } from '../join.ts';
import { solve } from '../linalg/solve.ts';
import { abs, clipByValue, floor, round } from '../math.ts';
import { randomNormal } from '../random.ts';
import { range } from '../ranges.ts';
import { reshape, view } from '../shape.ts';
import { interpolate } from './interpolate.ts';
import { resampleAxes } from './resample.ts';
import { FILL_MODES, type FillMode, nearestUp, read, tableOf } from './sample.ts';
import { checkSize, checkWord, toBatch } from './sides.ts';
import { gaussianSpans } from './spans.ts';

/** Integers as weighing left them, back in their dtype. */
function likeInput(y: Tensor, x: Tensor): Tensor {
  return isFloat(x.dtype) || y.dtype === x.dtype ? castTo(y, x.dtype) : castTo(round(y), x.dtype);
}

/** Refuses a grid in which there is nothing to read. */
function checkFilled(owner: string, x: Tensor, sizes: Shape, points: Shape): void {
  if (sizeOfShape(sizes) > 0 || sizeOfShape(points) === 0) return;
  throw new ShapeError(`${owner}: there is nothing to read in shape ${showShape(x.shape)}`);
}

/**
 * The elements of `inputs` at coordinates: `coordinates[i]` are those along axis i, and what follows their first axis is the shape of the result. Of order
 * 0 the nearest element, of order 1 what lies linearly between; both have gradients by the inputs, the latter by the coordinates, too.
 * @throws ArgumentError for an order that is not 0 or 1, an unknown fill mode; ShapeError unless there is a coordinate for each axis.
 * @example
 * tf.image.mapCoordinates([1, 2, 4], [[0.5, 2, 2.5]], 1).arraySync(); // [1.5, 4, 2]
 * tf.image.mapCoordinates([1, 2, 4], [[-1, 3]], 0, 'wrap').arraySync(); // [4, 1]
 */
export function mapCoordinates(
  inputs: TensorLike,
  coordinates: TensorLike,
  order: 0 | 1,
  fillMode: FillMode = 'constant',
  fillValue = 0,
): Tensor {
  const owner = 'mapCoordinates';
  const [x, places] = [toTensor(owner, inputs), toFloat(owner, coordinates)];
  if (order !== 0 && order !== 1) throw new ArgumentError(`${owner}: order must be 0 or 1; received ${show(order)}`);
  checkWord(owner, 'fillMode', fillMode, FILL_MODES);
  if (places.rank < 2 || places.shape[0] !== x.rank || x.rank < 1 || x.rank > 7) {
    throw new ShapeError(
      `${owner}: coordinates need 2 axes or more, the first of them as long as x has axes (1 to 7); received ${showShape(places.shape)} for ${showShape(x.shape)}`,
    );
  }
  const points = places.shape.slice(1);
  checkFilled(owner, x, x.shape, points);
  const along = unstack(reshape(order === 0 ? round(places) : places, [x.rank, 1, sizeOfShape(points)]));
  const reading = {
    table: reshape(x, [1, x.size, 1]),
    sizes: x.shape,
    linear: order === 1,
    mode: fillMode,
    fill: checkValue(owner, 'fillValue', fillValue, x.dtype),
  };
  return reshape(likeInput(read(reading, along), x), points);
}

/** What every warp of images is told. */
interface Warp {
  readonly linear: boolean;
  readonly mode: FillMode;
  readonly fill: number;
}

/** Pixels of a batch of images at coordinates [batch or 1, height, width]. */
function readPixels(x: Tensor, [rows, columns]: readonly Tensor[], warp: Warp, known?: Tensor): Tensor {
  return read({ table: tableOf(x), sizes: x.shape.slice(1, 3), known, ...warp }, [rows, columns]);
}

/** Where each pixel of a result comes from, [batch, height, width], by maps of 8 numbers; and where that is known. */
function project(maps: Tensor, [h, w]: readonly number[]): { rows: Tensor; columns: Tensor; known: Tensor } {
  const [a0, a1, a2, b0, b1, b2, c0, c1] = unstack(maps, 1).map((part) => reshape(part, [part.size, 1, 1]));
  const x = reshape(range(0, w, 1, maps.dtype), [1, 1, w]);
  const y = reshape(range(0, h, 1, maps.dtype), [1, h, 1]);
  const k = add(add(mul(c0, x), mul(c1, y)), 1);
  const known = notEqual(k, 0);
  // Without a quotient that is infinite, whose gradient were no number.
  const safe = where(known, k, 1);
  return {
    columns: div(add(add(mul(a0, x), mul(a1, y)), a2), safe),
    rows: div(add(add(mul(b0, x), mul(b1, y)), b2), safe),
    known,
  };
}

/** Maps as [count, 8], of the dtype that their images have or one at least as wide. */
function toMaps(owner: string, name: string, transforms: TensorLike, x: Tensor): Tensor {
  const given = toFloat(owner, transforms);
  const maps = given.rank === 1 ? reshape(given, [1, ...given.shape]) : given;
  if (maps.rank !== 2 || maps.shape[1] !== 8 || (maps.shape[0] !== 1 && maps.shape[0] !== x.shape[0])) {
    throw new ShapeError(
      `${owner}: ${name} need 8 numbers for all images or for each of ${x.shape[0]}; received ${showShape(given.shape)}`,
    );
  }
  return castTo(maps, promote(maps.dtype, toFloat(owner, x).dtype));
}

const INTERPOLATIONS = ['nearest', 'bilinear'] as const;

/** How pixels of warped images are found. */
export type WarpInterpolation = (typeof INTERPOLATIONS)[number];

/** A coordinate brought into an axis before pixels are read, as TensorFlow's kernel does it. */
function foldCoordinate(c: Tensor, size: number, mode: FillMode): Tensor {
  if (mode === 'constant') return c;
  if (size <= 1) return mul(c, 0);
  let folded = c;
  if (mode === 'reflect') {
    const turned = mod(c, 2 * size);
    folded = where(less(turned, size), turned, sub(2 * size - 1, turned));
  }
  if (mode === 'wrap') {
    const turns = mul(floor(div(abs(c), size - 1)), size);
    folded = where(less(c, 0), add(add(c, turns), size), where(lessEqual(c, size - 1), c, sub(c, turns)));
  }
  return clipByValue(folded, 0, size - 1);
}

/**
 * Images by projective maps (a0, a1, a2, b0, b1, b2, c0, c1), one for all or one for each: the pixel in column x and row y comes from column
 * `(a0 x + a1 y + a2) / k` and row `(b0 x + b1 y + b2) / k`, where k is `c0 x + c1 y + 1`. Gradients go to the images and, where pixels are weighed, to the
 * maps.
 * @throws ShapeError for images without 4 axes (NHWC), and maps that do not fit; ArgumentError for unknown words, and an output shape of no two sizes.
 * @example
 * tf.image.transform([[[[1], [2], [3]]]], [[1, 0, 1, 0, 1, 0, 0, 0]], 'nearest', 'constant', 9).dataSync(); // [2, 3, 9]
 */
export function transform(
  image: TensorLike,
  transforms: TensorLike,
  interpolation: WarpInterpolation = 'nearest',
  fillMode: 'constant' | 'reflect' | 'wrap' | 'nearest' = 'constant',
  fillValue = 0,
  outputShape: readonly number[] | null = null,
): Tensor {
  const owner = 'transform';
  const x = toFloat(owner, image);
  if (x.rank !== 4) throw new ShapeError(`${owner}: images need 4 axes (NHWC); received ${showShape(x.shape)}`);
  checkWord(owner, 'interpolation', interpolation, INTERPOLATIONS);
  checkWord(owner, 'fillMode', fillMode, ['constant', 'reflect', 'wrap', 'nearest']);
  const fill = checkValue(owner, 'fillValue', fillValue, x.dtype);
  const [, height, width] = x.shape;
  const size = outputShape === null ? ([height, width] as const) : checkSize(owner, 'outputShape', outputShape);
  const maps = toMaps(owner, 'transforms', transforms, x);
  checkFilled(owner, x, [height, width], [x.shape[0], ...size]);
  const linear = interpolation === 'bilinear';
  const { rows, columns, known } = project(maps, size);
  const places = [foldCoordinate(rows, height, fillMode), foldCoordinate(columns, width, fillMode)];
  const mode = fillMode === 'constant' ? 'constant' : 'nearest';
  return readPixels(x, linear ? places : places.map(nearestUp), { linear, mode, fill }, known);
}

/** A number for each channel, of which a fourth is opaque; or one for all. */
function fillOf(owner: string, fillValue: number | readonly number[], channels: number): number | readonly number[] {
  if (typeof fillValue === 'number') return fillValue;
  const list = Array.isArray(fillValue) && fillValue.length === 3 && channels === 4 ? [...fillValue, 255] : fillValue;
  if (!Array.isArray(list) || list.length !== channels || !list.every((d) => typeof d === 'number')) {
    throw new ArgumentError(`${owner}: fillValue must be a number, or one for each of ${channels} channels; received ${show(fillValue)}`);
  }
  return list;
}

/**
 * Images turned by an angle, counterclockwise, about `center`: a fraction of both sides, or one of the width and one of the height. Each pixel is the nearest one to
 * where it comes from; beyond the borders it is `fillValue`, one number or one for each channel (three for four channels, the last of which is 255).
 * @throws ShapeError for images without 4 axes (NHWC); ArgumentError for an angle, a fill value or a center that is none.
 * @example
 * tf.image.rotateWithOffset([[[[1], [2]], [[3], [4]]]], Math.PI / 2, 0, 0.25).dataSync(); // [2, 4, 1, 3]
 */
export function rotateWithOffset(
  image: TensorLike,
  radians: number,
  fillValue: number | readonly number[] = 0,
  center: number | readonly number[] = 0.5,
): Tensor {
  const owner = 'rotateWithOffset';
  const x = toFloat(owner, image);
  if (x.rank !== 4) throw new ShapeError(`${owner}: images need 4 axes (NHWC); received ${showShape(x.shape)}`);
  if (!Number.isFinite(radians)) throw new ArgumentError(`${owner}: radians must be a number; received ${show(radians)}`);
  const parts = typeof center === 'number' ? [center, center] : center;
  if (!Array.isArray(parts) || parts.length !== 2 || !parts.every(Number.isFinite)) {
    throw new ArgumentError(`${owner}: center must be a number or two; received ${show(center)}`);
  }
  const [, height, width, channels] = x.shape;
  const fill = fillOf(owner, fillValue, channels);
  if (x.size === 0) return view(x);
  const [atX, atY] = [width * parts[0], height * parts[1]];
  const [sine, cosine] = [Math.sin(radians), Math.cos(radians)];
  const from = new Int32Array(height * width).fill(-1);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const fromX = Math.round((column - atX) * cosine - (row - atY) * sine + atX);
      const fromY = Math.round((column - atX) * sine + (row - atY) * cosine + atY);
      if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) from[row * width + column] = fromY * width + fromX;
    }
  }
  const places = tensorOf(from, [1, 1, height, width], 'int32');
  const turned = interpolate(tableOf(x), places, ones(places.shape, x.dtype), typeof fill === 'number' ? fill : 0);
  if (typeof fill === 'number') return turned;
  return where(reshape(less(places, 0), [1, height, width, 1]), tensorOf(fill, [channels], x.dtype), turned);
}

/** Options of warps as Keras has them. */
export interface WarpOptions {
  /** "bilinear" unless given. */
  interpolation?: WarpInterpolation;
  /** What lies beyond the borders; "constant" unless given. */
  fillMode?: FillMode;
  /** 0 unless given. */
  fillValue?: number;
  /** "NHWC" unless given. */
  dataFormat?: ImageFormat;
}

const WARP_OPTIONS = ['interpolation', 'fillMode', 'fillValue', 'dataFormat'];

function warpOf(owner: string, { interpolation = 'bilinear', fillMode = 'constant', fillValue = 0 }: WarpOptions, x: Tensor): Warp {
  checkWord(owner, 'interpolation', interpolation, INTERPOLATIONS);
  checkWord(owner, 'fillMode', fillMode, FILL_MODES);
  return { linear: interpolation === 'bilinear', mode: fillMode, fill: checkValue(owner, 'fillValue', fillValue, x.dtype) };
}

/** A batch of images by maps. */
function mapped(owner: string, x: Tensor, maps: Tensor, warp: Warp): Tensor {
  const size = x.shape.slice(1, 3);
  checkFilled(owner, x, size, [x.shape[0], ...size]);
  const { rows, columns, known } = project(maps, size);
  const places = warp.linear ? [rows, columns] : [nearestUp(rows), nearestUp(columns)];
  return likeInput(readPixels(x, places, warp, known), x);
}

/**
 * Images by maps (a0, a1, a2, b0, b1, b2, c0, c1), one for all or one for each, as `tf.image.transform` takes them; the size stays. Pixels beyond the
 * borders are found as in `mapCoordinates`, and integers are rounded.
 * @throws ShapeError for images without 3 or 4 axes, and maps that do not fit; ArgumentError for unknown words.
 * @example
 * tf.image.affineTransform([[[1], [2], [3]]], [1, 0, 0.5, 0, 1, 0, 0, 0], { fillMode: 'nearest' }).dataSync(); // [1.5, 2.5, 3]
 */
export function affineTransform(images: TensorLike, transform: TensorLike, options: WarpOptions = {}): Tensor {
  checkOptions('affineTransform', options, WARP_OPTIONS);
  const { x, back } = toBatch('affineTransform', images, options.dataFormat);
  const warp = warpOf('affineTransform', options, x);
  return back(mapped('affineTransform', x, toMaps('affineTransform', 'transforms', transform, x), warp));
}

/** Four corners for each of a batch, [count, 4, 2]. */
function toCorners(name: string, points: TensorLike, x: Tensor): Tensor {
  const given = toFloat('perspectiveTransform', points);
  const corners = given.rank === 2 ? reshape(given, [1, ...given.shape]) : given;
  if (!sameShape(corners.shape, [1, 4, 2]) && !sameShape(corners.shape, [x.shape[0], 4, 2])) {
    throw new ShapeError(
      `perspectiveTransform: ${name} need shape [4,2] or [${x.shape[0]},4,2], a column and a row for each corner; received ${showShape(given.shape)}`,
    );
  }
  return corners;
}

/** The maps that take `end` to `start`: eight equations, two for each corner. */
function homography(start: Tensor, end: Tensor): Tensor {
  const [startX, startY] = [slice(start, [0, 0, 0], [-1, -1, 1]), slice(start, [0, 0, 1], [-1, -1, 1])];
  const [count] = end.shape;
  const plane = concat([end, ones([count, 4, 1], end.dtype)], 2);
  const none = zeros([count, 4, 3], end.dtype);
  const equations = concat([concat([plane, none, neg(mul(startX, end))], 2), concat([none, plane, neg(mul(startY, end))], 2)], 1);
  return reshape(solve(equations, concat([startX, startY], 1)), [count, 8]);
}

/**
 * Images such that what was at four points `startPoints` is at `endPoints`: a column and a row for each, for all images or for each. What comes from beyond the
 * borders is `fillValue`.
 * @throws ShapeError for images without 3 or 4 axes, and points that do not fit; ArgumentError for unknown words, and points three of which lie on a line.
 * @example
 * const corners = tf.tensor([[0, 0], [2, 0], [0, 1], [2, 1]]);
 * tf.image.perspectiveTransform([[[1], [2], [3]]], corners, corners.add([[1, 0]])).dataSync(); // [0, 1, 2]
 */
export function perspectiveTransform(
  images: TensorLike,
  startPoints: TensorLike,
  endPoints: TensorLike,
  options: Omit<WarpOptions, 'fillMode'> = {},
): Tensor {
  const owner = 'perspectiveTransform';
  checkOptions(owner, options, ['interpolation', 'fillValue', 'dataFormat']);
  const { x, back } = toBatch(owner, images, options.dataFormat);
  const warp = warpOf(owner, options, x);
  const [start, end] = [toCorners('startPoints', startPoints, x), toCorners('endPoints', endPoints, x)];
  if (!sameShape(start.shape, end.shape)) {
    throw new ShapeError(`${owner}: startPoints and endPoints differ in shape: ${showShape(start.shape)} and ${showShape(end.shape)}`);
  }
  const dtype = promote(promote(start.dtype, end.dtype), toFloat(owner, x).dtype);
  return back(mapped(owner, x, homography(castTo(start, dtype), castTo(end, dtype)), warp));
}

/** Options of `tf.image.elasticTransform`. */
export interface ElasticTransformOptions extends WarpOptions {
  /** How far pixels move, as a multiple of blurred noise; 20 unless given. */
  alpha?: number;
  /** The deviation of the noise, and of the Gaussian that blurs it; 5 unless given. */
  sigma?: number;
  /** The same result at every call. */
  seed?: number;
}

/**
 * Images bent at random (Simard et al. 2003): every pixel moves by noise of its own along both axes, blurred so that neighbours move alike. `fillMode` is
 * "reflect" unless given.
 * @throws ShapeError for images without 3 or 4 axes; ArgumentError for unknown words, a sigma that is not above 0, an alpha that is no number.
 * @example
 * tf.image.elasticTransform(tf.ones([8, 8, 3]), { alpha: 10, sigma: 2, seed: 1 }).shape; // [8, 8, 3]
 */
export function elasticTransform(images: TensorLike, options: ElasticTransformOptions = {}): Tensor {
  const owner = 'elasticTransform';
  checkOptions(owner, options, [...WARP_OPTIONS, 'alpha', 'sigma', 'seed']);
  const { alpha = 20, sigma = 5, seed } = options;
  const { x, back } = toBatch(owner, images, options.dataFormat);
  const warp = warpOf(owner, { fillMode: 'reflect', ...options }, x);
  if (!Number.isFinite(alpha)) throw new ArgumentError(`${owner}: alpha must be a number; received ${show(alpha)}`);
  if (!(Number.isFinite(sigma) && sigma > 0)) throw new ArgumentError(`${owner}: sigma must be a number above 0; received ${show(sigma)}`);
  const [batch, height, width] = x.shape;
  checkFilled(owner, x, [height, width], [batch, height, width]);
  const noise = randomNormal([2, batch, height, width], 0, sigma, toFloat(owner, x).dtype, seed);
  const reach = 3 * Math.trunc(sigma);
  const blurred = resampleAxes(noise, [
    { axis: 2, entries: gaussianSpans(height, sigma, reach) },
    { axis: 3, entries: gaussianSpans(width, sigma, reach) },
  ]);
  const [down, right] = unstack(mul(blurred, alpha));
  const rows = add(down, reshape(range(0, height, 1, down.dtype), [1, height, 1]));
  const columns = add(right, reshape(range(0, width, 1, right.dtype), [1, 1, width]));
  const places = warp.linear ? [rows, columns] : [nearestUp(rows), nearestUp(columns)];
  return back(likeInput(readPixels(x, places, warp), x));
}
