/** Colours of images: gray, hue and saturation, brightness and contrast, black and white. */
import { ArgumentError, checkFlag, ShapeError, show, unknownWord } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { add, div, mod, mul, pow, square, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { equal, greater, lessEqual, logicalAnd, where } from '../compare.ts';
import { constant, type TensorLike, toFloat, toTensor } from '../convert.ts';
import { concat, slice, split } from '../join.ts';
import { abs, clipByValue, round } from '../math.ts';
import { matMul } from '../matmul.ts';
import { range } from '../ranges.ts';
import { argMax, max, mean, min } from '../reduce.ts';
import { cumsum } from '../scan.ts';
import { bincount } from '../search.ts';
import { broadcastTo, reshape } from '../shape.ts';
import { checkChannels, checkNumber, toAmount, toPixels } from './pixels.ts';

/** How much red, green and blue count for the eye (luma of CCIR 601). */
const LUMA = [0.2989, 0.587, 0.114];

/** The gray of floating colours [..., 3], of size 1 along the last axis: one product with a column. */
function grayOf(x: Tensor): Tensor {
  const column = tensorOf(LUMA, [3, 1], x.dtype);
  return reshape(matMul(reshape(x, [x.size / 3, 3]), column), [...x.shape.slice(0, -1), 1]);
}

/**
 * Gray images as colours: the only channel three times.
 * @throws ShapeError unless there are at least 2 axes, of which the last has size 1.
 * @example
 * tf.image.grayscaleToRGB([[[7], [9]]]).arraySync(); // [[[7, 7, 7], [9, 9, 9]]]
 */
export function grayscaleToRGB(image: TensorLike): Tensor {
  const input = checkChannels('grayscaleToRGB', toTensor('grayscaleToRGB', image), 1, 2);
  return broadcastTo(input, [...input.shape.slice(0, -1), 3]);
}

/**
 * The gray of colours, weighted as the eye does: `0.2989 red + 0.587 green + 0.114 blue`. Whole numbers from 0 to 255 stay whole.
 * @throws ShapeError unless there are at least 2 axes, of which the last has size 3.
 * @example
 * tf.image.rgbToGrayscale([[[1, 0, 0], [0, 1, 0]]]).arraySync(); // [[[0.2989], [0.587]]]
 */
export function rgbToGrayscale(image: TensorLike): Tensor {
  const { x, back } = toPixels('rgbToGrayscale', image);
  return back(grayOf(checkChannels('rgbToGrayscale', x, 3, 2)));
}

/** Hue in sixths of the circle, saturation, and value, each of size 1 along the last axis. */
interface Hsv {
  readonly sixth: Tensor;
  readonly saturation: Tensor;
  readonly value: Tensor;
}

function hsvOf(x: Tensor): Hsv {
  const [red, green, blue] = split(x, 3, x.rank - 1);
  const value = max(x, -1, true);
  const range = sub(value, min(x, -1, true));
  const colored = greater(range, 0);
  // Which colour leads says in which third of the circle the hue lies; the other two say how far from its middle.
  const [redLeads, greenLeads] = [equal(red, value), equal(green, value)];
  const off = where(redLeads, sub(green, blue), where(greenLeads, sub(blue, red), sub(red, green)));
  const middle = where(redLeads, 0, where(greenLeads, constant(2, x.dtype), constant(4, x.dtype)));
  const sixth = where(colored, add(div(off, where(colored, range, 1)), middle), 0);
  const lit = greater(value, 0);
  return {
    sixth: where(greater(0, sixth), add(sixth, 6), sixth),
    saturation: where(lit, div(range, where(lit, value, 1)), 0),
    value,
  };
}

function rgbOf({ sixth, saturation, value }: Hsv): Tensor {
  const along = (numbers: readonly number[]): Tensor => tensorOf([...numbers], [3], sixth.dtype);
  // Each colour is a trapezoid over the circle: red lies around 0, green around 2, blue around 4 sixths.
  const height = add(mul(abs(sub(sixth, along([3, 2, 4]))), along([1, -1, -1])), along([-1, 2, 2]));
  const light = sub(1, mul(saturation, sub(1, clipByValue(height, 0, 1))));
  return mul(value, light);
}

/**
 * Colours as hue, saturation and value: hue and saturation from 0 to 1, the value on the scale of the colours. The hue of gray is 0.
 * @throws ShapeError unless the last axis has size 3.
 * @example
 * tf.image.rgbToHsv([[0, 1, 0], [0.5, 0.5, 1]]).arraySync(); // [[0.3333..., 1, 1], [0.6666..., 0.5, 1]]
 */
export function rgbToHsv(image: TensorLike): Tensor {
  const { sixth, saturation, value } = hsvOf(checkChannels('rgbToHsv', toFloat('rgbToHsv', image), 3));
  return concat([div(sixth, 6), saturation, value], value.rank - 1);
}

/**
 * Hue, saturation and value as colours: what `rgbToHsv` undoes.
 * @throws ShapeError unless the last axis has size 3.
 * @example
 * tf.image.hsvToRgb([[0, 1, 1], [0.5, 0.5, 1]]).arraySync(); // [[1, 0, 0], [0.5, 1, 1]]
 */
export function hsvToRgb(image: TensorLike): Tensor {
  const x = checkChannels('hsvToRgb', toFloat('hsvToRgb', image), 3);
  const [hue, saturation, value] = split(x, 3, x.rank - 1);
  return rgbOf({ sixth: mul(hue, 6), saturation, value });
}

/**
 * Images made brighter by `delta`, of which 1 is full light. Whole numbers stay from 0 to 255; floating ones are not cut off.
 * @throws ArgumentError for a delta that is no finite number; ShapeError for a tensor of more than one.
 * @example
 * tf.image.adjustBrightness([[[0.25, 0.5, 0]]], 0.25).arraySync(); // [[[0.5, 0.75, 0.25]]]
 */
export function adjustBrightness(image: TensorLike, delta: TensorLike): Tensor {
  const { x, back } = toPixels('adjustBrightness', image);
  return back(add(x, toAmount('adjustBrightness', 'delta', delta, x)));
}

/**
 * Images whose colours lie `contrastFactor` times as far from the mean of their channel over each image.
 * @throws ShapeError for fewer than 3 axes; ArgumentError for a factor that is no finite number.
 * @example
 * tf.image.adjustContrast([[[1], [3]]], 2).arraySync(); // [[[0], [4]]]
 */
export function adjustContrast(images: TensorLike, contrastFactor: TensorLike): Tensor {
  const { x, back } = toPixels('adjustContrast', images);
  if (x.rank < 3) throw new ShapeError(`adjustContrast: images need 3 axes or more; received ${showShape(x.shape)}`);
  const factor = toAmount('adjustContrast', 'contrastFactor', contrastFactor, x);
  const middle = mean(x, [-3, -2], true);
  return back(add(mul(sub(x, middle), factor), middle));
}

/**
 * Images whose hue is turned by `delta`, of which 1 is the whole circle.
 * @throws ShapeError unless the last axis has size 3; ArgumentError for a delta that is not from -1 to 1.
 * @example
 * tf.image.adjustHue([[[1, 0, 0]]], 0.5).arraySync(); // [[[0, 1, 1]]]
 */
export function adjustHue(image: TensorLike, delta: TensorLike): Tensor {
  const { x, back } = toPixels('adjustHue', image);
  checkChannels('adjustHue', x, 3);
  const turn = toAmount('adjustHue', 'delta', delta, x);
  if (typeof turn === 'number' && !(turn >= -1 && turn <= 1)) {
    throw new ArgumentError(`adjustHue: delta must be from -1 to 1; received ${show(delta)}`);
  }
  const hsv = hsvOf(x);
  return back(rgbOf({ ...hsv, sixth: mod(add(hsv.sixth, mul(turn, 6)), 6) }));
}

/**
 * Images whose saturation is `saturationFactor` times as high, up to 1.
 * @throws ShapeError unless the last axis has size 3; ArgumentError for a factor that is no finite number.
 * @example
 * tf.image.adjustSaturation([[[1, 0.5, 0.5]]], 2).arraySync(); // [[[1, 0, 0]]]
 */
export function adjustSaturation(image: TensorLike, saturationFactor: TensorLike): Tensor {
  const { x, back } = toPixels('adjustSaturation', image);
  checkChannels('adjustSaturation', x, 3);
  const factor = toAmount('adjustSaturation', 'saturationFactor', saturationFactor, x);
  const hsv = hsvOf(x);
  return back(rgbOf({ ...hsv, saturation: clipByValue(mul(hsv.saturation, factor), 0, 1) }));
}

/**
 * Images of which each pixel is taken to the power of `gamma` and times `gain`: above 1 darker, below 1 brighter. Whole numbers stay from 0 to 255.
 * @throws ArgumentError for a negative gamma, and for what is no finite number.
 * @example
 * tf.image.adjustGamma([[[0.25], [1]]], 0.5).arraySync(); // [[[0.5], [1]]]
 */
export function adjustGamma(image: TensorLike, gamma: TensorLike = 1, gain: TensorLike = 1): Tensor {
  const { x, back } = toPixels('adjustGamma', image);
  const power = toAmount('adjustGamma', 'gamma', gamma, x);
  if (typeof power === 'number' && power < 0) throw new ArgumentError(`adjustGamma: gamma must not be negative; received ${show(power)}`);
  return back(mul(pow(x, power), toAmount('adjustGamma', 'gain', gain, x)));
}

/** The gray up to which the darker pixels reach so that both parts differ most (Otsu 1979); -1 where all are of one gray. */
function otsuThreshold(gray: Tensor): Tensor {
  const levels = 256;
  const whole = castTo(clipByValue(round(gray), 0, levels - 1), 'int32');
  const counts = castTo(bincount(reshape(whole, [gray.size]), null, levels), 'float64');
  const [dark, light] = [cumsum(counts), cumsum(mul(counts, range(0, levels, 1, 'float64')))];
  const rest = sub(gray.size, dark);
  const total = slice(light, levels - 1, 1);
  const both = logicalAnd(greater(dark, 0), greater(rest, 0));
  const gap = sub(div(light, where(both, dark, 1)), div(sub(total, light), where(both, rest, 1)));
  const between = where(both, mul(mul(dark, rest), square(gap)), 0);
  return where(greater(max(between), 0), argMax(between), -1);
}

/**
 * Images [height, width, 1 or 3] of colours from 0 to 255 in black (0) and white (255), int32 [height, width, 1]: white where the gray is above `threshValue`
 * times 255, or above what Otsu's method finds in the image; with `inverted` the other way round.
 * @throws ShapeError for other shapes; ArgumentError for an unknown method.
 * @example
 * tf.image.threshold([[[10], [200]]]).arraySync(); // [[[0], [255]]]
 * tf.image.threshold([[[10], [20], [30], [31]]], 'otsu').arraySync(); // [[[0], [0], [255], [255]]]
 */
export function threshold(image: TensorLike, method: 'binary' | 'otsu' = 'binary', inverted = false, threshValue = 0.5): Tensor {
  const x = toFloat('threshold', image);
  if (x.rank !== 3 || (x.shape[2] !== 1 && x.shape[2] !== 3)) {
    throw new ShapeError(`threshold: image needs shape [height,width,1 or 3]; received ${showShape(x.shape)}`);
  }
  if (method !== 'binary' && method !== 'otsu') throw unknownWord('threshold', 'method', String(method), ['binary', 'otsu']);
  checkFlag('threshold', 'inverted', inverted);
  const gray = x.shape[2] === 3 ? grayOf(x) : x;
  const bound = method === 'otsu' ? otsuThreshold(gray) : 255 * checkNumber('threshold', 'threshValue', threshValue);
  return mul(castTo(inverted ? lessEqual(gray, bound) : greater(gray, bound), 'int32'), 255);
}
