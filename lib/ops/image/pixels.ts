/** What image ops agree on: which axis holds the colours, and how whole numbers stand for shares of full light. */
import { isFloat } from '../../core/dtype.ts';
import { ArgumentError, ShapeError, show, unknownWord } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { div, mul } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { type TensorLike, toFloat, toTensor } from '../convert.ts';
import { clipByValue } from '../math.ts';
import { reshape } from '../shape.ts';
import { transpose } from '../transpose.ts';

/** Where the channels of images lie: behind the spatial axes, or before them. */
export type ChannelOrder = 'channelsLast' | 'channelsFirst';

/** Whole numbers count up to this. */
const FULL = 255;

/** An image in floating numbers, and what turns a result back into the form of the input. */
export interface Pixels {
  readonly x: Tensor;
  readonly back: (y: Tensor) => Tensor;
}

/** A floating image as it is; one of whole numbers from 0 to 255 as shares of 255, and back by cutting off fractions, as in TensorFlow. */
export function toPixels(owner: string, image: TensorLike): Pixels {
  const input = toTensor(owner, image);
  if (isFloat(input.dtype)) return { x: input, back: (y) => y };
  return {
    x: div(castTo(input, 'float32'), FULL),
    // Half a step more than 255, so that what came from a whole number goes back to it.
    back: (y) => castTo(clipByValue(mul(y, FULL + 0.5), 0, FULL), input.dtype),
  };
}

/** `x` itself; an error unless it has at least so many axes, of which the last has `channels` entries. */
export function checkChannels(owner: string, x: Tensor, channels: number, leastRank = 1): Tensor {
  if (x.rank >= leastRank && x.shape[x.rank - 1] === channels) return x;
  const axes = leastRank === 1 ? 'a last axis' : `at least ${leastRank} axes, the last`;
  throw new ShapeError(`${owner}: needs ${axes} of ${channels}; received ${showShape(x.shape)}`);
}

/** A number; an error for anything else. */
export function checkNumber(owner: string, name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ArgumentError(`${owner}: ${name} must be a finite number; received ${show(value)}`);
}

/** A finite number, or a tensor of one number as one of the dtype of `x`; an error for anything else. */
export function toAmount(owner: string, name: string, value: TensorLike, x: Tensor): number | Tensor {
  if (typeof value === 'number') return checkNumber(owner, name, value);
  const amount = castTo(toFloat(owner, value), x.dtype);
  if (amount.rank !== 0) throw new ShapeError(`${owner}: ${name} must be one number; received shape ${showShape(amount.shape)}`);
  return amount;
}

/** A positive number; an error for anything else. */
export function checkPositive(owner: string, name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new ArgumentError(`${owner}: ${name} must be a number above 0; received ${show(value)}`);
}

/** A batch of floating images [batch, height, width, channels] of one image or several in either order, and the way back for results of the same axes. */
export function toBatch(owner: string, images: TensorLike, dataFormat: ChannelOrder = 'channelsLast'): Pixels {
  const known: readonly ChannelOrder[] = ['channelsLast', 'channelsFirst'];
  if (!known.includes(dataFormat)) throw unknownWord(owner, 'dataFormat', String(dataFormat), known);
  const input = toFloat(owner, images);
  if (input.rank !== 3 && input.rank !== 4) throw new ShapeError(`${owner}: images need 3 or 4 axes; received ${showShape(input.shape)}`);
  const batch = input.rank === 3 ? reshape(input, [1, ...input.shape]) : input;
  const first = dataFormat === 'channelsFirst';
  return {
    x: first ? transpose(batch, [0, 2, 3, 1]) : batch,
    back(y) {
      const turned = first ? transpose(y, [0, 3, 1, 2, ...y.shape.slice(4).map((_, i) => 4 + i)]) : y;
      return input.rank === 3 ? reshape(turned, turned.shape.slice(1)) : turned;
    },
  };
}
