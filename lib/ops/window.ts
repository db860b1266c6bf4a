/** What ops with windows are told - strides, pads, dilations, the order of axes - as attributes of one form. */
import { ArgumentError, ShapeError, show, unknownWord } from '../core/errors.ts';
import { type Shape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type WindowAttrs, windowCounts } from '../kernels/window.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { reshape } from './shape.ts';
import { transpose } from './transpose.ts';

/** One number for each spatial axis, or one for all. */
export type PerAxis = number | readonly number[];

/**
 * How the borders of images are filled up: 'valid' not at all; 'same' so that a stride of 1 keeps the size; a number of pixels on all sides; or numbers
 * before and after each axis, `[[top, bottom], [left, right]]`, perhaps with `[0, 0]` for the batch and the channels as in tfjs.
 */
export type Padding = 'valid' | 'same' | number | readonly (readonly number[])[];

/** The order of axes by the number of spatial ones: channels last, channels first. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['NWC', 'NCW'],
  ['NHWC', 'NCHW'],
  ['NDHWC', 'NCDHW'],
];

/** The greatest stride, dilation, pad or window: products of a few of them stay far from what an integer can hold. */
const MOST = 2 ** 31 - 1;

/** Whether a format has its channels first; an error for one that is not known for so many spatial axes. */
export function isChannelsFirst(owner: string, dataFormat: string, spatial: number): boolean {
  const at = FORMATS[spatial].indexOf(dataFormat);
  if (at < 0) throw unknownWord(owner, 'dataFormat', String(dataFormat), FORMATS[spatial]);
  return at === 1;
}

/** A number for each spatial axis; an error unless they are whole and at least 1. */
export function perAxis(owner: string, name: string, value: PerAxis, spatial: number): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const whole = list.every((d) => Number.isInteger(d) && (d as number) >= 1 && (d as number) <= MOST);
  if (!whole || (list.length !== 1 && list.length !== spatial)) {
    throw new ArgumentError(`${owner}: ${name} must be one or ${spatial} whole numbers >= 1; received ${show(value)}`);
  }
  return list.length === spatial ? (list as readonly number[]) : Array.from({ length: spatial }, () => list[0] as number);
}

function explicitPads(owner: string, pad: Padding, spatial: number): readonly number[] {
  const pairs: readonly unknown[] = Array.isArray(pad) ? pad : Array.from({ length: spatial }, () => [pad, pad]);
  const isPair = (pair: unknown): pair is readonly number[] =>
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every((d: unknown) => Number.isInteger(d) && (d as number) >= 0 && (d as number) <= MOST);
  if (pairs.every(isPair)) {
    if (pairs.length === spatial) return pairs.flat();
    if (pairs.length === spatial + 2 && [...pairs[0], ...pairs[spatial + 1]].every((d) => d === 0)) return pairs.slice(1, -1).flat();
  }
  throw new ArgumentError(`${owner}: pad must be "valid", "same", a whole number >= 0, or ${spatial} pairs of them; received ${show(pad)}`);
}

/** The attributes of windows of so many pixels on images of such spatial sizes. */
export function windowAttrs(
  owner: string,
  spatial: Shape,
  window: Shape,
  { strides, pad, dilations }: { strides: PerAxis; pad: Padding; dilations: PerAxis },
): WindowAttrs {
  const steps = perAxis(owner, 'strides', strides, spatial.length);
  const spread = perAxis(owner, 'dilations', dilations, spatial.length);
  if (typeof pad === 'string' && pad !== 'valid' && pad !== 'same') throw unknownWord(owner, 'pad', pad, ['valid', 'same']);
  const sides = (size: number, axis: number): number[] => {
    if (pad === 'valid') return [0, 0];
    const missing = (Math.ceil(size / steps[axis]) - 1) * steps[axis] + (window[axis] - 1) * spread[axis] + 1 - size;
    const total = Math.max(0, missing);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const pads = typeof pad === 'string' ? spatial.flatMap(sides) : explicitPads(owner, pad, spatial.length);
  return { strides: steps, pads, dilations: spread };
}

/** How many windows fit, each axis; an error where one has none. */
export function checkedCounts(owner: string, spatial: Shape, window: Shape, attrs: WindowAttrs): number[] {
  const counts = windowCounts(spatial, window, attrs);
  if (counts.some((count) => count < 1)) {
    const { pads, dilations } = attrs;
    const spread = dilations.some((d) => d !== 1) ? `, dilated by ${showShape(dilations)},` : '';
    const around = pads.some((d) => d !== 0) ? ` padded by ${showShape(pads)}` : '';
    throw new ShapeError(`${owner}: windows of ${showShape(window)}${spread} do not fit into images of ${showShape(spatial)}${around}`);
  }
  return counts;
}

/** A batch of images with channels last, and what turns a result back into the form of the input. */
export interface Images {
  readonly x: Tensor;
  readonly back: (y: Tensor) => Tensor;
}

/** `x` as [batch, ...spatial, channels]; one image without a batch axis is a batch of one. */
export function toImages(owner: string, x: TensorLike, dataFormat: string, spatial: number): Images {
  const first = isChannelsFirst(owner, dataFormat, spatial);
  const input = toFloat(owner, x);
  if (input.rank !== spatial + 2 && input.rank !== spatial + 1) {
    throw new ShapeError(
      `${owner}: x needs ${spatial + 2} axes (${dataFormat}), or ${spatial + 1} without a batch; received ${showShape(input.shape)}`,
    );
  }
  const alone = input.rank === spatial + 1;
  const batch = alone ? reshape(input, [1, ...input.shape]) : input;
  const last = batch.rank - 1;
  const axes = batch.shape.map((_, axis) => axis);
  const toLast = [0, ...axes.slice(2), 1];
  const toFirst = [0, last, ...axes.slice(1, -1)];
  return {
    x: first ? transpose(batch, toLast) : batch,
    back(y) {
      const turned = first ? transpose(y, toFirst) : y;
      return alone ? reshape(turned, turned.shape.slice(1)) : turned;
    },
  };
}
