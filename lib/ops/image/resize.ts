/** Images made larger or smaller. */
import { isFloat } from '../../core/dtype.ts';
import { ArgumentError, checkFlag, checkList, checkOptions, ShapeError, show } from '../../core/errors.ts';
import { normalizeAxes, showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { maximum, minimum } from '../arithmetic.ts';
import type { ImageFormat } from '../blocks.ts';
import { castTo } from '../cast.ts';
import { checkValue, type TensorLike, toFloat, toTensor } from '../convert.ts';
import { gather } from '../indexing.ts';
import { pad, slice } from '../join.ts';
import { round } from '../math.ts';
import { max, min } from '../reduce.ts';
import { view } from '../shape.ts';
import { padToBoundingBox } from './crop.ts';
import { type AxisEntries, resampleAxes } from './resample.ts';
import { checkSize, checkWord, type Sides, sidesOf, toExactFloats } from './sides.ts';
import { areaSpans, FILTER_NAMES, type FilterName, filterByName, filterSpans, linearSpans, nearestPlaces, type Places } from './spans.ts';

const HALVES: Places = { alignCorners: false, halfPixelCenters: true };

/** Refuses to make something of nothing. */
function checkPixels(owner: string, { x, height, width }: Sides, size: readonly number[]): void {
  if (height > 0 && width > 0) return;
  throw new ShapeError(`${owner}: images of shape ${showShape(x.shape)} have no pixels to make ${showShape(size)} of`);
}

/** The pixels at the places of two axes: of integers as they are. */
function resizeNearest({ x, rows, columns, height, width }: Sides, [h, w]: readonly number[], places: Places): Tensor {
  const axes = [
    { axis: rows, from: nearestPlaces(height, h, places), length: height },
    { axis: columns, from: nearestPlaces(width, w, places), length: width },
  ];
  if (isFloat(x.dtype)) {
    return resampleAxes(
      x,
      axes.map(({ axis, from }) => ({ axis, entries: { from, to: from.map((_, i) => i), size: from.length } })),
    );
  }
  return axes
    .filter(({ from, length }) => from.length !== length)
    .toSorted((a, b) => a.from.length / a.length - b.from.length / b.length)
    .reduce((y, { axis, from }) => gather(y, tensorOf(from, [from.length], 'int32'), axis), view(x));
}

/** How places are found, as tfjs is told. */
function placesOf(owner: string, alignCorners: boolean, halfPixelCenters: boolean): Places {
  checkFlag(owner, 'alignCorners', alignCorners);
  checkFlag(owner, 'halfPixelCenters', halfPixelCenters);
  if (alignCorners && halfPixelCenters)
    throw new ArgumentError(`${owner}: alignCorners and halfPixelCenters exclude each other; both are true`);
  return { alignCorners, halfPixelCenters };
}

/**
 * Images of another height and width, each pixel weighed from the four around its place. Places are counted from the corners of pixels, or so that the
 * corner pixels stay where they are, or from the pixels' centers. Integers become float32.
 * @throws ShapeError for images without 3 or 4 axes (NHWC), or without pixels; ArgumentError for a size that is no two whole numbers >= 1.
 * @example
 * tf.image.resizeBilinear([[[0], [2]]], [1, 4]).dataSync(); // [0, 1, 2, 2]
 */
export function resizeBilinear(images: TensorLike, size: readonly number[], alignCorners = false, halfPixelCenters = false): Tensor {
  const places = placesOf('resizeBilinear', alignCorners, halfPixelCenters);
  const sides = sidesOf('resizeBilinear', toFloat('resizeBilinear', images));
  const [h, w] = checkSize('resizeBilinear', 'size', size);
  checkPixels('resizeBilinear', sides, [h, w]);
  return resampleAxes(sides.x, [
    { axis: sides.rows, entries: linearSpans(sides.height, h, places) },
    { axis: sides.columns, entries: linearSpans(sides.width, w, places) },
  ]);
}

/**
 * Images of another height and width, each pixel the one at its place: that in which the place lies, or the nearest one where corners are aligned.
 * @throws ShapeError for images without 3 or 4 axes (NHWC), or without pixels; ArgumentError for a size that is no two whole numbers >= 1.
 * @example
 * tf.image.resizeNearestNeighbor([[[1], [2]]], [1, 4]).dataSync(); // [1, 1, 2, 2]
 */
export function resizeNearestNeighbor(images: TensorLike, size: readonly number[], alignCorners = false, halfPixelCenters = false): Tensor {
  const places = placesOf('resizeNearestNeighbor', alignCorners, halfPixelCenters);
  const sides = sidesOf('resizeNearestNeighbor', images);
  const [h, w] = checkSize('resizeNearestNeighbor', 'size', size);
  checkPixels('resizeNearestNeighbor', sides, [h, w]);
  return resizeNearest(sides, [h, w], places);
}

/** The ways to find what lies between pixels. */
export type Interpolation = 'nearest' | 'area' | FilterName;

/** Their names. */
export const INTERPOLATIONS: readonly Interpolation[] = ['nearest', 'area', ...FILTER_NAMES];

/** Options of `tf.image.resize`. */
export interface ResizeOptions {
  /** "bilinear" unless given; "bicubic" is Keys's cubic, "area" the mean of what a pixel covers. */
  interpolation?: Interpolation;
  /** Whether filters are widened where images become smaller, so that no pixel is passed over; false unless given. */
  antialias?: boolean;
  /** "NHWC" unless given. */
  dataFormat?: ImageFormat;
  /** Whether images are cut to the form of the result first, around their middle; false unless given. */
  cropToAspectRatio?: boolean;
  /** Whether images are padded to the form of the result first, around their middle; false unless given. */
  padToAspectRatio?: boolean;
  /** "constant". */
  fillMode?: 'constant';
  /** What images are padded with; 0 unless given. */
  fillValue?: number;
}

const RESIZE_OPTIONS = ['interpolation', 'antialias', 'dataFormat', 'cropToAspectRatio', 'padToAspectRatio', 'fillMode', 'fillValue'];

/** The middle of images, in the form of the result. */
function cropToForm({ x, rows, columns, height, width }: Sides, [h, w]: readonly number[]): Tensor {
  const [tall, broad] = [Math.trunc((width * h) / w), Math.trunc((height * w) / h)];
  const kept = [Math.max(1, Math.min(height, tall)), Math.max(1, Math.min(width, broad))];
  const begin = x.shape
    .map(() => 0)
    .with(rows, Math.trunc((height - kept[0]) / 2))
    .with(columns, Math.trunc((width - kept[1]) / 2));
  return slice(x, begin, x.shape.with(rows, kept[0]).with(columns, kept[1]));
}

/** Images amid as much as makes them the form of the result. */
function padToForm({ x, rows, columns, height, width }: Sides, [h, w]: readonly number[], fillValue: number): Tensor {
  const above = Math.trunc((Math.max(height, Math.trunc((width * h) / w)) - height) / 2);
  const beside = Math.trunc((Math.max(width, Math.trunc((height * w) / h)) - width) / 2);
  const around = (axis: number): number => (axis === rows ? above : axis === columns ? beside : 0);
  return pad(
    x,
    x.shape.map((_, axis) => [around(axis), around(axis)] as const),
    fillValue,
  );
}

/**
 * Images of another height and width, as TensorFlow 2 and Keras make them: pixels are looked at from their centers. Integers become float32, but
 * for "nearest".
 * @throws ShapeError for images without 3 or 4 axes, or without pixels; ArgumentError for a size that is no two whole numbers >= 1, and unknown words.
 * @example
 * tf.image.resize([[[0], [4]]], [1, 4]).dataSync(); // [0, 1, 3, 4]
 * tf.image.resize(tf.ones([2, 9, 6, 3]), [3, 3], { interpolation: 'lanczos3', antialias: true }).shape; // [2, 3, 3, 3]
 */
export function resize(images: TensorLike, size: readonly number[], options: ResizeOptions = {}): Tensor {
  checkOptions('resize', options, RESIZE_OPTIONS);
  const { interpolation = 'bilinear', antialias = false, dataFormat = 'NHWC' } = options;
  const { cropToAspectRatio: crops = false, padToAspectRatio: pads = false, fillMode = 'constant', fillValue = 0 } = options;
  checkWord('resize', 'interpolation', interpolation, INTERPOLATIONS);
  checkWord('resize', 'fillMode', fillMode, ['constant']);
  checkFlag('resize', 'antialias', antialias);
  if (checkFlag('resize', 'cropToAspectRatio', crops) && checkFlag('resize', 'padToAspectRatio', pads)) {
    throw new ArgumentError('resize: cropToAspectRatio and padToAspectRatio exclude each other; both are true');
  }
  checkFlag('resize', 'padToAspectRatio', pads);
  const wanted = checkSize('resize', 'size', size);
  const given = sidesOf('resize', images, dataFormat);
  checkPixels('resize', given, wanted);
  let { x } = given;
  if (crops) x = cropToForm(given, wanted);
  if (pads) x = padToForm(given, wanted, checkValue('resize', 'fillValue', fillValue, x.dtype));
  if (interpolation === 'nearest') return resizeNearest(sidesOf('resize', x, dataFormat), wanted, HALVES);
  const { x: floats, rows, columns } = sidesOf('resize', toFloat('resize', x), dataFormat);
  const axes = [rows, columns].map((axis, i): AxisEntries => {
    const [length, target] = [floats.shape[axis], wanted[i]];
    if (interpolation === 'area') return { axis, entries: areaSpans(length, target) };
    return { axis, entries: filterSpans(length, target, { name: interpolation, scale: target / length, translation: 0, antialias }) };
  });
  return resampleAxes(floats, axes);
}

/**
 * Images of another height and width: made as large as fit there in the form that they have, amid 0.
 * @throws ShapeError for images without 3 or 4 axes (NHWC), or without pixels; ArgumentError for a size that is no two whole numbers >= 1, and unknown words.
 * @example
 * tf.image.resizeWithPad([[[4], [4]]], [3, 2]).dataSync(); // [0, 0, 4, 4, 0, 0]
 */
export function resizeWithPad(
  images: TensorLike,
  size: readonly number[],
  options: { interpolation?: Interpolation; antialias?: boolean } = {},
): Tensor {
  const owner = 'resizeWithPad';
  checkOptions(owner, options, ['interpolation', 'antialias']);
  const [h, w] = checkSize(owner, 'size', size);
  const sides = sidesOf(owner, images);
  checkPixels(owner, sides, [h, w]);
  const ratio = Math.max(sides.height / h, sides.width / w);
  const fitting = [sides.height / ratio, sides.width / ratio];
  const inner = fitting.map((d) => Math.max(1, Math.floor(d)));
  // From what fits before it is rounded, as in TensorFlow.
  const [above, beside] = [Math.floor((h - fitting[0]) / 2), Math.floor((w - fitting[1]) / 2)];
  return padToBoundingBox(resize(sides.x, inner, options), above, beside, h, w);
}

/** A number for each of some axes. */
function checkNumbers(name: string, list: readonly number[], count: number): readonly number[] {
  const whole = checkList('scaleAndTranslate', name, list);
  if (whole.length !== count || !whole.every(Number.isFinite)) {
    throw new ArgumentError(`scaleAndTranslate: ${name} needs a number for each of ${count} axes; received ${show(list)}`);
  }
  return whole;
}

/**
 * Images of shape `outputShape`, in which what was at `place` along each of `spatialDims` is at `place * scale + translation`; 0 where there was
 * nothing. `method` is "bilinear", "bicubic", "lanczos3" or "lanczos5"; integers are rounded back to what they were.
 * @throws ArgumentError unless there is a scale above 0 and a translation for each axis; ShapeError for another size of the other axes.
 * @example
 * tf.image.scaleAndTranslate([[1, 2, 3]], [1, 3], [1], [1], [1], 'bilinear').arraySync(); // [[0, 1, 2]]
 */
export function scaleAndTranslate(
  images: TensorLike,
  outputShape: readonly number[],
  scale: readonly number[],
  translation: readonly number[],
  spatialDims: readonly number[],
  method: string,
  antialias = true,
): Tensor {
  const owner = 'scaleAndTranslate';
  const x = toTensor(owner, images);
  const name = filterByName(owner, method);
  checkFlag(owner, 'antialias', antialias);
  const axes = checkList(owner, 'spatialDims', spatialDims).map((axis) => normalizeAxes(owner, axis, x.rank)[0]);
  normalizeAxes(owner, axes, x.rank);
  const scales = checkNumbers('scale', scale, axes.length);
  const moves = checkNumbers('translation', translation, axes.length);
  if (scales.some((d) => d <= 0)) throw new ArgumentError(`${owner}: scale must be above 0; received ${show(scale)}`);
  const shape = checkList(owner, 'outputShape', outputShape);
  const fits =
    shape.length === x.rank && shape.every((d, axis) => (axes.includes(axis) ? Number.isSafeInteger(d) && d >= 0 : d === x.shape[axis]));
  if (!fits) {
    throw new ShapeError(
      `${owner}: outputShape ${show(outputShape)} differs from shape ${showShape(x.shape)} elsewhere than in the axes ${showShape(axes)}`,
    );
  }
  const entries = axes.map((axis, i): AxisEntries => {
    const how = { name, scale: scales[i], translation: moves[i], antialias };
    return { axis, entries: filterSpans(x.shape[axis], shape[axis], how) };
  });
  const floats = toExactFloats(x);
  const y = resampleAxes(floats, entries);
  if (isFloat(x.dtype) || x.size === 0) return castTo(y, x.dtype);
  return castTo(minimum(maximum(round(y), min(floats)), max(floats)), x.dtype);
}
