/** Blocks of space moved to the batch or to the depth, and back. */
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { checkRank, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { pad, slice } from './join.ts';
import { reshape } from './shape.ts';
import { transpose } from './transpose.ts';

type Pairs = readonly (readonly [number, number])[];

/** Refuses a block shape and pairs that do not fit the axes after the first. */
function checkBlocks(owner: string, name: string, x: Tensor, blockShape: readonly number[], pairs: Pairs): void {
  const whole = (d: unknown, least: number): boolean => Number.isSafeInteger(d) && (d as number) >= least;
  if (!checkList(owner, 'blockShape', blockShape).every((d) => whole(d, 1)) || blockShape.length === 0 || blockShape.length >= x.rank) {
    throw new ArgumentError(`${owner}: blockShape needs sizes >= 1 for 1 to ${x.rank - 1} axes; received ${show(blockShape)}`);
  }
  const fits = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every((d) => whole(d, 0));
  if (checkList(owner, name, pairs).length !== blockShape.length || !pairs.every(fits)) {
    throw new ArgumentError(
      `${owner}: ${name} needs a pair of whole numbers >= 0 for each of ${blockShape.length} blocks; received ${show(pairs)}`,
    );
  }
}

/** Numbers from `from` up to `to`. */
function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/**
 * `x` cut into blocks of `blockShape` along the axes after the first, once they are padded with zeros; the place within a block goes to the first axis, the
 * batch.
 * @throws ShapeError where a padded axis is no multiple of its block; ArgumentError for blocks or paddings that do not fit the axes.
 * @example
 * tf.spaceToBatchND([[[1], [2], [3], [4]]], [2], [[0, 0]]).arraySync(); // [[[1], [3]], [[2], [4]]]
 */
export function spaceToBatchND(x: TensorLike, blockShape: readonly number[], paddings: Pairs): Tensor {
  const input = toTensor('spaceToBatchND', x);
  checkBlocks('spaceToBatchND', 'paddings', input, blockShape, paddings);
  const count = blockShape.length;
  const padded = pad(
    input,
    input.shape.map((_, axis): readonly [number, number] => (axis > 0 && axis <= count ? paddings[axis - 1] : [0, 0])),
  );
  const [batch, ...sizes] = padded.shape;
  if (blockShape.some((block, i) => sizes[i] % block !== 0)) {
    throw new ShapeError(`spaceToBatchND: padded shape ${showShape(padded.shape)} is no multiple of the blocks ${showShape(blockShape)}`);
  }
  const rest = sizes.slice(count);
  const cells = blockShape.map((block, i) => sizes[i] / block);
  const split = checkRank('spaceToBatchND', [batch, ...cells.flatMap((d, i) => [d, blockShape[i]]), ...rest]);
  const places = blockShape.map((_, i) => 2 * i + 2);
  const order = [...places, 0, ...places.map((axis) => axis - 1), ...upTo(2 * count + 1, split.length)];
  return reshape(transpose(reshape(padded, split), order), [batch * sizeOfShape(blockShape), ...cells, ...rest]);
}

/**
 * What `spaceToBatchND` undoes: places within blocks of `blockShape` go from the first axis, the batch, back to the axes after it, which are then cut by
 * `crops`.
 * @throws ShapeError where the batch is no multiple of the blocks or the crops are longer than an axis; ArgumentError for blocks or crops that do not fit.
 * @example
 * tf.batchToSpaceND([[[1], [3]], [[2], [4]]], [2], [[0, 1]]).arraySync(); // [[[1], [2], [3]]]
 */
export function batchToSpaceND(x: TensorLike, blockShape: readonly number[], crops: Pairs): Tensor {
  const input = toTensor('batchToSpaceND', x);
  checkBlocks('batchToSpaceND', 'crops', input, blockShape, crops);
  const [count, block] = [blockShape.length, sizeOfShape(blockShape)];
  const [batch, ...sizes] = input.shape;
  if (batch % block !== 0) throw new ShapeError(`batchToSpaceND: batch ${batch} is no multiple of the blocks ${showShape(blockShape)}`);
  const [cells, rest] = [sizes.slice(0, count), sizes.slice(count)];
  const split = checkRank('batchToSpaceND', [...blockShape, batch / block, ...sizes]);
  const order = [count, ...upTo(0, count).flatMap((i) => [count + 1 + i, i]), ...upTo(2 * count + 1, split.length)];
  const whole = [batch / block, ...cells.map((d, i) => d * blockShape[i]), ...rest];
  const kept = whole.map((d, axis) => (axis > 0 && axis <= count ? d - crops[axis - 1][0] - crops[axis - 1][1] : d));
  if (kept.some((d) => d < 0)) throw new ShapeError(`batchToSpaceND: crops ${show(crops)} are longer than shape ${showShape(whole)}`);
  const begin = whole.map((_, axis) => (axis > 0 && axis <= count ? crops[axis - 1][0] : 0));
  return slice(reshape(transpose(reshape(input, split), order), whole), begin, kept);
}

/** Where batches, rows, columns and channels lie. */
export type ImageFormat = 'NHWC' | 'NCHW';

/** The sizes of images, and whether channels come last. */
function sizesOfImages(owner: string, x: Tensor, blockSize: number, dataFormat: ImageFormat): [Shape, boolean] {
  if (dataFormat !== 'NHWC' && dataFormat !== 'NCHW') {
    throw new ArgumentError(`${owner}: dataFormat must be "NHWC" or "NCHW"; received ${show(dataFormat)}`);
  }
  if (x.rank !== 4) throw new ShapeError(`${owner}: needs 4 axes; received ${showShape(x.shape)}`);
  if (!Number.isSafeInteger(blockSize) || blockSize < 1) {
    throw new ArgumentError(`${owner}: blockSize must be a whole number >= 1; received ${show(blockSize)}`);
  }
  const last = dataFormat === 'NHWC';
  const [n, h, w, c] = last ? x.shape : [x.shape[0], x.shape[2], x.shape[3], x.shape[1]];
  return [[n, h, w, c], last];
}

/**
 * Images with `blockSize` squared fewer channels and `blockSize` times the rows and columns: each pixel's channels become a block of pixels.
 * @throws ShapeError unless there are 4 axes and the channels are a multiple of the block.
 * @example
 * tf.depthToSpace([[[[1, 2, 3, 4]]]], 2).arraySync(); // [[[[1], [2]], [[3], [4]]]]
 */
export function depthToSpace(x: TensorLike, blockSize: number, dataFormat: ImageFormat = 'NHWC'): Tensor {
  const input = toTensor('depthToSpace', x);
  const [[n, h, w, c], last] = sizesOfImages('depthToSpace', input, blockSize, dataFormat);
  const [b, depth] = [blockSize, c / blockSize ** 2];
  if (!Number.isInteger(depth)) throw new ShapeError(`depthToSpace: ${c} channels are no multiple of ${b} squared`);
  if (last) return reshape(transpose(reshape(input, [n, h, w, b, b, depth]), [0, 1, 3, 2, 4, 5]), [n, h * b, w * b, depth]);
  return reshape(transpose(reshape(input, [n, b, b, depth, h, w]), [0, 3, 4, 1, 5, 2]), [n, depth, h * b, w * b]);
}

/**
 * What `depthToSpace` undoes: each block of `blockSize` by `blockSize` pixels becomes the channels of one.
 * @throws ShapeError unless there are 4 axes, and rows and columns are multiples of the block.
 * @example
 * tf.spaceToDepth([[[[1], [2]], [[3], [4]]]], 2).arraySync(); // [[[[1, 2, 3, 4]]]]
 */
export function spaceToDepth(x: TensorLike, blockSize: number, dataFormat: ImageFormat = 'NHWC'): Tensor {
  const input = toTensor('spaceToDepth', x);
  const [[n, h, w, c], last] = sizesOfImages('spaceToDepth', input, blockSize, dataFormat);
  const [b, rows, columns] = [blockSize, h / blockSize, w / blockSize];
  if (!Number.isInteger(rows) || !Number.isInteger(columns)) {
    throw new ShapeError(`spaceToDepth: ${h} rows and ${w} columns are no multiples of ${b}`);
  }
  if (last) return reshape(transpose(reshape(input, [n, rows, b, columns, b, c]), [0, 1, 3, 2, 4, 5]), [n, rows, columns, b * b * c]);
  return reshape(transpose(reshape(input, [n, c, rows, b, columns, b]), [0, 3, 5, 1, 2, 4]), [n, b * b * c, rows, columns]);
}
