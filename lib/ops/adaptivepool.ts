/** Pooling into a given number of windows along each axis, whatever the size of the image. */
import { ShapeError, unknownWord } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { gather } from './indexing.ts';
import { pooled } from './pool.ts';
import { max, mean, sum } from './reduce.ts';
import { reshape } from './shape.ts';
import { type PerAxis, perAxis } from './window.ts';

type Kind = 'max' | 'avg';

/** Which elements each of `count` windows over `size` of them holds: from the floor of where it would begin to the ceiling of where it would end. */
function windowsOver(size: number, count: number): { begin: number; length: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * size) / count);
    return { begin, length: Math.ceil(((i + 1) * size) / count) - begin };
  });
}

/** `x` with an axis pooled into `count` windows. */
function pooledAlong(x: Tensor, axis: number, count: number, kind: Kind): Tensor {
  const size = x.shape[axis];
  if (size === count) return x;
  const average = (windows: Tensor): Tensor => (kind === 'max' ? max(windows, axis + 1) : mean(windows, axis + 1));
  if (size % count === 0) return average(reshape(x, x.shape.toSpliced(axis, 1, count, size / count)));
  const windows = windowsOver(size, count);
  const most = Math.max(...windows.map(({ length }) => length));
  // Shorter windows hold their last element more than once, which changes no maximum, and in a mean it shares its weight with itself.
  const places = windows.flatMap(({ begin, length }) => Array.from({ length: most }, (_, i) => begin + Math.min(i, length - 1)));
  const picked = gather(x, tensorOf(places, [count, most], 'int32'), axis);
  if (kind === 'max' || windows.every(({ length }) => length === most)) return average(picked);
  const weights = windows.flatMap(({ length }) => {
    const last = 1 / (length * (most - length + 1));
    return Array.from({ length: most }, (_, i) => (i < length - 1 ? 1 / length : last));
  });
  const spread = [count, most, ...x.shape.slice(axis + 1).map(() => 1)];
  return sum(mul(picked, tensorOf(weights, spread, x.dtype)), axis + 1);
}

/** Adaptive pooling of either kind over the one to three spatial axes that `x` has. */
export function pooledInto(owner: string, kind: Kind, x: TensorLike, outputSize: PerAxis, dataFormat: string): Tensor {
  const formats = ['channelsLast', 'channelsFirst'];
  if (!formats.includes(dataFormat)) throw unknownWord(owner, 'dataFormat', String(dataFormat), formats);
  const input = toFloat(owner, x);
  const spatial = input.rank - 2;
  if (spatial < 1 || spatial > 3) throw new ShapeError(`${owner}: x needs 3 to 5 axes; received ${showShape(input.shape)}`);
  const counts = perAxis(owner, 'outputSize', outputSize, spatial);
  const last = dataFormat === 'channelsLast';
  const first = last ? 1 : 2;
  const sizes = input.shape.slice(first, first + spatial);
  if (sizes.includes(0)) throw new ShapeError(`${owner}: images of ${showShape(sizes)} have nothing to pool`);
  if (sizes.every((size, axis) => size % counts[axis] === 0)) {
    const size = sizes.map((size, axis) => size / counts[axis]);
    const format = [last ? 'NWC' : 'NCW', last ? 'NHWC' : 'NCHW', last ? 'NDHWC' : 'NCDHW'][spatial - 1];
    return pooled(owner, kind, spatial, input, { size, strides: size, pad: 'valid', dataFormat: format });
  }
  return counts.reduce((y, count, axis) => pooledAlong(y, first + axis, count, kind), input);
}

/**
 * The means of `outputSize` windows (one number, or one for each spatial axis) that cover sequences, images or volumes [batch, ...spatial, channels], or with
 * 'channelsFirst' [batch, channels, ...spatial]. Windows overlap where the sizes do not divide, and repeat where there are more windows than pixels.
 * @throws ShapeError unless there are 3 to 5 axes; ArgumentError for sizes that are no whole numbers >= 1.
 * @example
 * tf.adaptiveAveragePool(tf.tensor([1, 2, 3, 4, 6], [1, 5, 1]), 2).dataSync(); // [2, 4.3333...]
 */
export function adaptiveAveragePool(
  x: TensorLike,
  outputSize: PerAxis,
  dataFormat: 'channelsLast' | 'channelsFirst' = 'channelsLast',
): Tensor {
  return pooledInto('adaptiveAveragePool', 'avg', x, outputSize, dataFormat);
}

/**
 * The greatest of each of `outputSize` windows, which are those of `adaptiveAveragePool`.
 * @throws ShapeError unless there are 3 to 5 axes; ArgumentError for sizes that are no whole numbers >= 1.
 * @example
 * tf.adaptiveMaxPool(tf.tensor([1, 5, 3, 4, 2], [1, 5, 1]), 3).dataSync(); // [5, 5, 4]
 */
export function adaptiveMaxPool(x: TensorLike, outputSize: PerAxis, dataFormat: 'channelsLast' | 'channelsFirst' = 'channelsLast'): Tensor {
  return pooledInto('adaptiveMaxPool', 'max', x, outputSize, dataFormat);
}
