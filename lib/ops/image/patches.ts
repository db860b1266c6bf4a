/** Images taken apart into patches, and put together from them: along each axis a table says which pixels are in which patch. */
import { ArgumentError, checkOptions, ShapeError, show } from '../../core/errors.ts';
import { checkRank, type Shape, showShape, sizeOfShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { WindowAttrs } from '../../kernels/window.ts';
import { type TensorLike, toTensor } from '../convert.ts';
import { reshape } from '../shape.ts';
import { transpose } from '../transpose.ts';
import { checkedCounts, isChannelsFirst, type PerAxis, perAxis, windowAttrs } from '../window.ts';
import { type Entries, resampleAxes } from './resample.ts';

/** Patches along one axis: `count` of `window` pixels. */
interface PatchAxis {
  readonly size: number;
  readonly window: number;
  readonly count: number;
  readonly stride: number;
  readonly pad: number;
  readonly dilation: number;
}

/** The axis as patches one after the other, pixel by pixel, or patch by patch for each pixel if `windowFirst`; pixels beyond the borders are 0. */
function patchEntries({ size, window, count, stride, pad, dilation }: PatchAxis, windowFirst: boolean): Entries {
  const [from, to]: number[][] = [[], []];
  const [outer, inner] = windowFirst ? [window, count] : [count, window];
  for (let a = 0; a < outer; a++) {
    for (let b = 0; b < inner; b++) {
      const [patch, pixel] = windowFirst ? [b, a] : [a, b];
      const place = patch * stride - pad + pixel * dilation;
      if (place < 0 || place >= size) continue;
      from.push(place);
      to.push(a * inner + b);
    }
  }
  return { from, to, size: window * count };
}

/** The axes of patches from what all of them are told. */
function patchAxes(spatial: Shape, window: Shape, counts: Shape, { strides, pads, dilations }: WindowAttrs): PatchAxis[] {
  return spatial.map((size, i) => ({
    size,
    window: window[i],
    count: counts[i],
    stride: strides[i],
    pad: pads[2 * i],
    dilation: dilations[i],
  }));
}

/** Options of `tf.image.extractPatches`. */
export interface ExtractPatchesOptions {
  /** How far patches are apart; their size unless given, so that they do not overlap. */
  strides?: PerAxis | null;
  /** How far the pixels of a patch are apart; 1 unless given. */
  dilationRate?: PerAxis;
  /** Whether only whole patches are taken, or borders are filled up with 0; "valid" unless given. */
  padding?: 'valid' | 'same';
  /** "NHWC" unless given, of volumes "NDHWC". */
  dataFormat?: string;
}

const FORMATS = ['', 'NWC', 'NHWC', 'NDHWC'];

/** Where batch, space and channels of patches or images lie. */
interface Layout {
  readonly x: Tensor;
  readonly first: boolean;
  readonly lead: number;
  /** The first axis of space. */
  readonly at: number;
}

function layoutOf(owner: string, images: TensorLike, dataFormat: string, spatial: number): Layout {
  const first = isChannelsFirst(owner, dataFormat, spatial);
  const x = toTensor(owner, images);
  if (x.rank !== spatial + 1 && x.rank !== spatial + 2) {
    throw new ShapeError(
      `${owner}: needs ${spatial + 2} axes (${dataFormat}), or ${spatial + 1} without a batch; received ${showShape(x.shape)}`,
    );
  }
  const lead = x.rank - spatial - 1;
  return { x, first, lead, at: first ? lead + 1 : lead };
}

/** Numbers from `from` on. */
function upFrom(from: number, count: number, step = 1): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** The order of axes that brings [lead, (channels,) count, window, ..., (channels)] to [lead, counts, windows, channels], the latter three in front if channels are. */
function patchOrder({ first, lead }: Layout, spatial: number): number[] {
  const space = first ? lead + 1 : lead;
  const [counts, windows] = [upFrom(space, spatial, 2), upFrom(space + 1, spatial, 2)];
  const channel = first ? lead : lead + 2 * spatial;
  const patch = [...windows, channel];
  return [...upFrom(0, lead), ...(first ? [...patch, ...counts] : [...counts, ...patch])];
}

function extract(owner: string, images: TensorLike, size: PerAxis, options: ExtractPatchesOptions, spatial: number): Tensor {
  checkOptions(owner, options, ['strides', 'dilationRate', 'padding', 'dataFormat']);
  const layout = layoutOf(owner, images, options.dataFormat ?? FORMATS[spatial], spatial);
  const { x, first, at } = layout;
  const window = perAxis(owner, 'size', size, spatial);
  const { padding: pad = 'valid', strides, dilationRate: dilations = 1 } = options;
  if (pad !== 'valid' && pad !== 'same') throw new ArgumentError(`${owner}: padding must be "valid" or "same"; received ${show(pad)}`);
  const space = x.shape.slice(at, at + spatial);
  const attrs = windowAttrs(owner, space, window, { strides: strides ?? window, pad, dilations });
  const counts = checkedCounts(owner, space, window, attrs);
  const axes = patchAxes(space, window, counts, attrs);
  const channels = x.shape[first ? at - 1 : x.rank - 1];
  const apart = checkRank(owner, [
    ...x.shape.slice(0, at),
    ...counts.flatMap((count, i) => [count, window[i]]),
    ...(first ? [] : [channels]),
  ]);
  const y = resampleAxes(
    x,
    axes.map((axis, i) => ({ axis: at + i, entries: patchEntries(axis, false) })),
  );
  const depth = sizeOfShape(window) * channels;
  const leads = x.shape.slice(0, layout.lead);
  return reshape(transpose(reshape(y, apart), patchOrder(layout, spatial)), [
    ...leads,
    ...(first ? [depth, ...counts] : [...counts, depth]),
  ]);
}

/**
 * The patches of images, [..., rows, columns, patch]: a patch holds its pixels row by row, with their channels.
 * @throws ShapeError for images without 3 or 4 axes, and patches that do not fit; ArgumentError for sizes that are no whole numbers >= 1, unknown words.
 * @example
 * tf.image.extractPatches([[[1], [2], [3]], [[4], [5], [6]]], [2, 2], { strides: 1 }).arraySync(); // [[[1, 2, 4, 5], [2, 3, 5, 6]]]
 */
export function extractPatches(images: TensorLike, size: PerAxis, options: ExtractPatchesOptions = {}): Tensor {
  return extract('extractPatches', images, size, options, 2);
}

/**
 * The patches of volumes, [..., planes, rows, columns, patch]: a patch holds its pixels plane by plane and row by row, with their channels.
 * @throws ShapeError for volumes without 4 or 5 axes, and patches that do not fit; ArgumentError for sizes that are no whole numbers >= 1, unknown words.
 * @example
 * tf.image.extractPatches3d(tf.ones([1, 4, 6, 8, 2]), 2).shape; // [1, 2, 3, 4, 16]
 */
export function extractPatches3d(volumes: TensorLike, size: PerAxis, options: ExtractPatchesOptions = {}): Tensor {
  return extract('extractPatches3d', volumes, size, options, 3);
}

/** Options of `tf.image.reconstructPatches`. */
export interface ReconstructPatchesOptions {
  /** The height and the width of the images, and of volumes the depth before them; needed for "same", else what the patches cover. */
  outputSize?: readonly number[] | null;
  /** The size of the patches: they must not overlap. */
  strides?: PerAxis | null;
  /** As the patches were taken; "valid" unless given. */
  padding?: 'valid' | 'same';
  /** "NHWC" unless given, of volumes "NDHWC". */
  dataFormat?: string;
}

/**
 * The images, or with three sizes the volumes, whose patches `extractPatches` took without overlap.
 * @throws ShapeError for patches that do not fit; ArgumentError for strides other than the size, sizes that are no whole numbers >= 1, unknown words.
 * @example
 * tf.image.reconstructPatches([[[1, 2, 4, 5], [7, 8, 9, 3]]], [2, 2]).shape; // [2, 4, 1]
 */
export function reconstructPatches(patches: TensorLike, size: PerAxis, options: ReconstructPatchesOptions = {}): Tensor {
  const owner = 'reconstructPatches';
  checkOptions(owner, options, ['outputSize', 'strides', 'padding', 'dataFormat']);
  const spatial = Array.isArray(size) && size.length === 3 ? 3 : 2;
  const window = perAxis(owner, 'size', size, spatial);
  const { padding: pad = 'valid', outputSize = null, strides } = options;
  if (pad !== 'valid' && pad !== 'same') throw new ArgumentError(`${owner}: padding must be "valid" or "same"; received ${show(pad)}`);
  if (perAxis(owner, 'strides', strides ?? window, spatial).some((stride, i) => stride !== window[i])) {
    throw new ArgumentError(
      `${owner}: strides must be the size ${showShape(window)}, since patches that overlap do not add up; received ${show(strides)}`,
    );
  }
  const layout = layoutOf(owner, patches, options.dataFormat ?? FORMATS[spatial], spatial);
  const { x, first, lead, at } = layout;
  const counts = x.shape.slice(at, at + spatial);
  const depth = x.shape[first ? at - 1 : x.rank - 1];
  const channels = depth / sizeOfShape(window);
  if (!Number.isInteger(channels)) {
    throw new ShapeError(`${owner}: patches of ${depth} numbers are no whole pixels of patches ${showShape(window)}`);
  }
  const covered = counts.map((count, i) => count * window[i]);
  if (outputSize === null && pad === 'same') throw new ArgumentError(`${owner}: outputSize is needed for padding "same"; received none`);
  const wanted = outputSize === null ? covered : perAxis(owner, 'outputSize', outputSize, spatial);
  const attrs = windowAttrs(owner, wanted, window, { strides: window, pad, dilations: 1 });
  const fits = wanted.every((d, i) => (pad === 'valid' ? d === covered[i] : Math.ceil(d / window[i]) === counts[i]));
  if (!fits)
    throw new ShapeError(`${owner}: ${showShape(counts)} patches of ${showShape(window)} do not make up images of ${showShape(wanted)}`);
  const apart = [...x.shape.slice(0, lead), ...(first ? [...window, channels, ...counts] : [...counts, ...window, channels])];
  const order = patchOrder(layout, spatial);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  const whole = [...x.shape.slice(0, lead), ...(first ? [channels, ...covered] : [...covered, channels])];
  const y = reshape(transpose(reshape(x, apart), inverse), whole);
  return resampleAxes(
    y,
    patchAxes(wanted, window, counts, attrs).map((axis, i) => ({
      axis: at + i,
      entries: transposed(patchEntries(axis, false), wanted[i]),
    })),
  );
}

/** The table from the other side. */
function transposed({ from, to }: Entries, size: number): Entries {
  return { from: to, to: from, size };
}

/** What `unfold` and `fold` are told, by the names of Keras: numbers for both axes, or for each. */
interface Blocks {
  readonly kernelSize: PerAxis;
  readonly dilation: PerAxis;
  readonly padding: PerAxis;
  readonly stride: PerAxis;
}

/** The axes of blocks of images of some height and width. */
function blocksOf(owner: string, spatial: Shape, { kernelSize, dilation, padding, stride }: Blocks): PatchAxis[] {
  const window = perAxis(owner, 'kernelSize', kernelSize, 2);
  const pads: readonly unknown[] = Array.isArray(padding) ? padding : [padding, padding];
  if (pads.length !== 2 || !pads.every((d) => Number.isSafeInteger(d) && (d as number) >= 0)) {
    throw new ArgumentError(`${owner}: padding must be one or 2 whole numbers >= 0; received ${show(padding)}`);
  }
  const pad = pads.map((d) => [d as number, d as number]);
  const attrs = windowAttrs(owner, spatial, window, { strides: stride, pad, dilations: dilation });
  return patchAxes(spatial, window, checkedCounts(owner, spatial, window, attrs), attrs);
}

/**
 * The blocks that a kernel of `kernelSize` meets in images [batch, channels, height, width], as columns: [batch, channels * kernel, blocks], zeros around the
 * images. As `torch.nn.Unfold`.
 * @throws ShapeError for images without 4 axes, and kernels that do not fit; ArgumentError for numbers that are not whole.
 * @example
 * tf.unfold([[[[1, 2, 3], [4, 5, 6]]]], 2).arraySync(); // [[[1, 2], [2, 3], [4, 5], [5, 6]]]
 */
export function unfold(x: TensorLike, kernelSize: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0, stride: PerAxis = 1): Tensor {
  const images = toTensor('unfold', x);
  if (images.rank !== 4) throw new ShapeError(`unfold: x needs 4 axes (NCHW); received ${showShape(images.shape)}`);
  const [batch, channels, ...spatial] = images.shape;
  const axes = blocksOf('unfold', spatial, { kernelSize, dilation, padding, stride });
  const y = resampleAxes(
    images,
    axes.map((axis, i) => ({ axis: 2 + i, entries: patchEntries(axis, true) })),
  );
  const [{ window: kh, count: h }, { window: kw, count: w }] = axes;
  return reshape(transpose(reshape(y, [batch, channels, kh, h, kw, w]), [0, 1, 2, 4, 3, 5]), [batch, channels * kh * kw, h * w]);
}

/**
 * Images [batch, channels, height, width] in which the blocks that `unfold` made columns of are added up: its transpose, which gives a pixel back as often as
 * blocks hold it. As `torch.nn.Fold`.
 * @throws ShapeError for columns that do not fit; ArgumentError for numbers that are not whole.
 * @example
 * tf.fold([[[1, 2], [2, 3], [4, 5], [5, 6]]], [2, 3], 2).arraySync(); // [[[[1, 4, 3], [4, 10, 6]]]]
 */
export function fold(
  x: TensorLike,
  outputSize: PerAxis,
  kernelSize: PerAxis,
  dilation: PerAxis = 1,
  padding: PerAxis = 0,
  stride: PerAxis = 1,
): Tensor {
  const columns = toTensor('fold', x);
  const spatial = perAxis('fold', 'outputSize', outputSize, 2);
  const axes = blocksOf('fold', spatial, { kernelSize, dilation, padding, stride });
  const [{ window: kh, count: h }, { window: kw, count: w }] = axes;
  const channels = columns.shape[1] / (kh * kw);
  if (columns.rank !== 3 || !Number.isInteger(channels) || columns.shape[2] !== h * w) {
    throw new ShapeError(
      `fold: x needs shape [batch,channels*${kh * kw},${h * w}] for images of ${showShape(spatial)}; received ${showShape(columns.shape)}`,
    );
  }
  const [batch] = columns.shape;
  const apart = transpose(reshape(columns, [batch, channels, kh, kw, h, w]), [0, 1, 2, 4, 3, 5]);
  return resampleAxes(
    reshape(apart, [batch, channels, kh * h, kw * w]),
    axes.map((axis, i) => ({ axis: 2 + i, entries: transposed(patchEntries(axis, true), spatial[i]) })),
  );
}
