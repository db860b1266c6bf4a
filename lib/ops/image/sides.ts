/** Images as ops take them: where their rows and columns lie, and the sizes they are told. */
import { floatOf } from '../../core/dtype.ts';
import { ArgumentError, checkList, ShapeError, show } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { ImageFormat } from '../blocks.ts';
import { castTo } from '../cast.ts';
import { type TensorLike, toTensor } from '../convert.ts';
import { reshape } from '../shape.ts';
import { transpose } from '../transpose.ts';
import { isChannelsFirst } from '../window.ts';

/** Images, or one alone, and the axes of their rows and columns. */
export interface Sides {
  readonly x: Tensor;
  readonly rows: number;
  readonly columns: number;
  readonly height: number;
  readonly width: number;
}

/** Images with 4 axes, or one with 3. */
export function sidesOf(owner: string, images: TensorLike, dataFormat: ImageFormat = 'NHWC'): Sides {
  const first = isChannelsFirst(owner, dataFormat, 2);
  const x = toTensor(owner, images);
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError(`${owner}: images need 4 axes (${dataFormat}), or 3 without a batch; received ${showShape(x.shape)}`);
  }
  const rows = x.rank - (first ? 2 : 3);
  return { x, rows, columns: rows + 1, height: x.shape[rows], width: x.shape[rows + 1] };
}

/** A height and a width, whole and at least `least`. */
export function checkSize(owner: string, name: string, size: readonly number[], least = 1): readonly [number, number] {
  const list = checkList(owner, name, size);
  if (list.length !== 2 || !list.every((d) => Number.isSafeInteger(d) && d >= least)) {
    throw new ArgumentError(`${owner}: ${name} must be two whole numbers >= ${least}, a height and a width; received ${show(size)}`);
  }
  return [list[0], list[1]];
}

/** A word that must be one of some; an error for another. */
export function checkWord<W extends string>(owner: string, name: string, value: W, known: readonly W[]): W {
  if (!known.includes(value)) {
    throw new ArgumentError(`${owner}: ${name} must be one of ${known.join(', ')}; received ${show(value)}`);
  }
  return value;
}

/** `x` in floats that have each of its values: not every int32 is a float32. */
export function toExactFloats(x: Tensor): Tensor {
  return castTo(x, x.dtype === 'int32' ? 'float64' : floatOf(x.dtype));
}

/** A batch of images with their channels last, and what turns a result back into the form of the input. */
export function toBatch(owner: string, images: TensorLike, dataFormat: ImageFormat = 'NHWC'): { x: Tensor; back: (y: Tensor) => Tensor } {
  const { x } = sidesOf(owner, images, dataFormat);
  const first = dataFormat === 'NCHW';
  const batch = x.rank === 3 ? reshape(x, [1, ...x.shape]) : x;
  return {
    x: first ? transpose(batch, [0, 2, 3, 1]) : batch,
    back(y) {
      const turned = first ? transpose(y, [0, 3, 1, 2]) : y;
      return x.rank === 3 ? reshape(turned, turned.shape.slice(1)) : turned;
    },
  };
}
