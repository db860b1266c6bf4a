/** Layers that put zeros around images, cut their borders off, and repeat their pixels. */
import { ArgumentError, checkOptions, ShapeError, show, unknownWord } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { castTo } from '../ops/cast.ts';
import { resize } from '../ops/image/resize.ts';
import { pad, slice } from '../ops/join.ts';
import { broadcastTo, reshape } from '../ops/shape.ts';
import type { PerAxis } from '../ops/window.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import { checkAxes, checkDataFormat, type DataFormat, opFormat, withChannelsLast } from './window.ts';

/** Numbers of pixels at the borders: one for all sides, one for both sides of each axis, or two for each axis. */
export type Borders = number | readonly (number | readonly number[])[];

/** Two numbers for each axis; of sequences, a plain pair is what lies before and after. */
function bordersOf(owner: string, name: string, value: Borders, spatial: number): readonly (readonly [number, number])[] {
  const all: readonly unknown[] = Array.isArray(value)
    ? spatial === 1 && value.length === 2
      ? [value]
      : value
    : Array(spatial).fill(value);
  const pairs = all.map((side) => (Array.isArray(side) ? side : [side, side]));
  if (pairs.length !== spatial || !pairs.every((pair) => pair.length === 2 && pair.every((d) => Number.isSafeInteger(d) && d >= 0))) {
    throw new ArgumentError(
      `${owner}: ${name} must be a whole number >= 0, or 1 or 2 for each of ${spatial} axes; received ${show(value)}`,
    );
  }
  return pairs.map(([before, after]) => [before, after]);
}

/** What the layers of this file do alike: the rank of inputs, and the order of axes. */
abstract class Spatial extends Layer {
  readonly dataFormat: DataFormat;
  protected readonly spatial: number;

  constructor(spatial: number, options: LayerOptions & { dataFormat?: DataFormat }) {
    super(options);
    this.spatial = spatial;
    this.dataFormat = checkDataFormat(this.constructor.name, options.dataFormat ?? 'channelsLast');
  }

  protected abstract change(x: Tensor): Tensor;

  override call(x: Tensor): Tensor {
    if (x.rank !== this.spatial + 2) {
      const format = opFormat(this.dataFormat, this.spatial);
      throw new ShapeError(`${this.label}: needs ${this.spatial + 2} axes (${format}); received ${showShape(x.shape)}`);
    }
    return withChannelsLast(x, this.dataFormat, (images) => this.change(images));
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...(this.spatial === 1 ? {} : { dataFormat: this.dataFormat }) };
  }
}

/** The options of layers over so many axes: sequences have their channels last. */
function optionsFor(spatial: number, name: string): string[] {
  return [...LAYER_OPTIONS, name, ...(spatial === 1 ? [] : ['dataFormat'])];
}

/** Options of a layer that puts zeros around. */
export interface ZeroPaddingOptions extends LayerOptions {
  /** 1 unless given: one number for all sides, one for both sides of each axis, or `[before, after]` for each axis. */
  padding?: Borders;
  /** "channelsLast" unless given; not for sequences. */
  dataFormat?: DataFormat;
}

abstract class ZeroPadding extends Spatial {
  readonly padding: readonly (readonly [number, number])[];

  constructor(spatial: number, options: ZeroPaddingOptions) {
    checkOptions(new.target.name, options, optionsFor(spatial, 'padding'));
    super(spatial, options);
    this.padding = bordersOf(this.constructor.name, 'padding', options.padding ?? 1, spatial);
  }

  protected override change(x: Tensor): Tensor {
    return pad(x, [[0, 0], ...this.padding, [0, 0]]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), padding: this.padding.map((pair) => [...pair]) };
  }
}

/**
 * Zeros before and after sequences [batch, width, channels].
 * @example
 * new tf.layers.ZeroPadding1D({ padding: [0, 2] }).apply(tf.ones([1, 1, 1])).dataSync(); // [1, 0, 0]
 */
export class ZeroPadding1D extends ZeroPadding {
  constructor(options: ZeroPaddingOptions = {}) {
    super(1, options);
  }
}

/**
 * Zeros around images [batch, height, width, channels].
 * @example
 * new tf.layers.ZeroPadding2D({ padding: [[1, 0], [2, 2]] }).apply(tf.ones([1, 3, 3, 1])).shape; // [1, 4, 7, 1]
 */
export class ZeroPadding2D extends ZeroPadding {
  constructor(options: ZeroPaddingOptions = {}) {
    super(2, options);
  }
}

/**
 * Zeros around volumes [batch, depth, height, width, channels].
 * @example
 * new tf.layers.ZeroPadding3D({ padding: [0, 1, 2] }).apply(tf.ones([1, 2, 2, 2, 1])).shape; // [1, 2, 4, 6, 1]
 */
export class ZeroPadding3D extends ZeroPadding {
  constructor(options: ZeroPaddingOptions = {}) {
    super(3, options);
  }
}

/** Options of a layer that cuts borders off. */
export interface CroppingOptions extends LayerOptions {
  /** As `padding` of ZeroPadding; of sequences 1 unless given, else 0. */
  cropping?: Borders;
  /** "channelsLast" unless given; not for sequences. */
  dataFormat?: DataFormat;
}

abstract class Cropping extends Spatial {
  readonly cropping: readonly (readonly [number, number])[];

  constructor(spatial: number, usual: number, options: CroppingOptions) {
    checkOptions(new.target.name, options, optionsFor(spatial, 'cropping'));
    super(spatial, options);
    this.cropping = bordersOf(this.constructor.name, 'cropping', options.cropping ?? usual, spatial);
  }

  protected override change(x: Tensor): Tensor {
    const size = this.cropping.map(([before, after], i) => x.shape[1 + i] - before - after);
    if (size.some((d) => d <= 0)) {
      throw new ShapeError(`${this.label}: cropping ${show(this.cropping)} leaves nothing of ${showShape(x.shape)}`);
    }
    return slice(x, [0, ...this.cropping.map(([before]) => before), 0], [x.shape[0], ...size, x.shape[x.rank - 1]]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), cropping: this.cropping.map((pair) => [...pair]) };
  }
}

/**
 * Sequences [batch, width, channels] without their ends.
 * @example
 * new tf.layers.Cropping1D().apply(tf.tensor([[[1], [2], [3]]])).arraySync(); // [[[2]]]
 */
export class Cropping1D extends Cropping {
  constructor(options: CroppingOptions = {}) {
    super(1, 1, options);
  }
}

/**
 * Images [batch, height, width, channels] without their borders.
 * @example
 * new tf.layers.Cropping2D({ cropping: [[1, 0], [2, 2]] }).apply(tf.ones([1, 4, 7, 1])).shape; // [1, 3, 3, 1]
 */
export class Cropping2D extends Cropping {
  constructor(options: CroppingOptions = {}) {
    super(2, 0, options);
  }
}

/**
 * Volumes [batch, depth, height, width, channels] without their borders.
 * @example
 * new tf.layers.Cropping3D({ cropping: 1 }).apply(tf.ones([1, 4, 5, 6, 1])).shape; // [1, 2, 3, 4, 1]
 */
export class Cropping3D extends Cropping {
  constructor(options: CroppingOptions = {}) {
    super(3, 1, options);
  }
}

/** Options of a layer that repeats pixels. */
export interface UpSamplingOptions extends LayerOptions {
  /** How often pixels are repeated along each axis; 2 unless given. */
  size?: PerAxis;
  /** "channelsLast" unless given; not for sequences. */
  dataFormat?: DataFormat;
}

abstract class UpSampling extends Spatial {
  readonly size: readonly number[];

  constructor(spatial: number, options: UpSamplingOptions, known: readonly string[] = []) {
    checkOptions(new.target.name, options, [...optionsFor(spatial, 'size'), ...known]);
    super(spatial, options);
    this.size = checkAxes(this.constructor.name, 'size', options.size ?? 2, spatial);
  }

  protected override change(x: Tensor): Tensor {
    const [batch, channels] = [x.shape[0], x.shape[x.rank - 1]];
    const sides = x.shape.slice(1, -1);
    const apart = reshape(x, [batch, ...sides.flatMap((d) => [d, 1]), channels]);
    const repeated = broadcastTo(apart, [batch, ...sides.flatMap((d, i) => [d, this.size[i]]), channels]);
    return reshape(repeated, [batch, ...sides.map((d, i) => d * this.size[i]), channels]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), size: [...this.size] };
  }
}

/**
 * Each step of sequences [batch, width, channels] `size` times.
 * @example
 * new tf.layers.UpSampling1D().apply(tf.tensor([[[1], [2]]])).arraySync(); // [[[1], [1], [2], [2]]]
 */
export class UpSampling1D extends UpSampling {
  constructor(options: UpSamplingOptions = {}) {
    super(1, options);
  }
}

/** Options of UpSampling2D. */
export interface UpSampling2DOptions extends UpSamplingOptions {
  /** How what lies between pixels is found; "nearest", which repeats them, unless given. */
  interpolation?: UpSamplingInterpolation;
}

const INTERPOLATIONS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const;

/** How UpSampling2D finds what lies between pixels. */
export type UpSamplingInterpolation = (typeof INTERPOLATIONS)[number];

/**
 * Each pixel of images [batch, height, width, channels] `size` times along both axes, or what lies between pixels as `tf.image.resize` finds it.
 * @example
 * new tf.layers.UpSampling2D({ size: [1, 2] }).apply(tf.tensor([[[[1], [2]]]])).arraySync(); // [[[[1], [1], [2], [2]]]]
 */
export class UpSampling2D extends UpSampling {
  readonly interpolation: UpSamplingInterpolation;

  constructor(options: UpSampling2DOptions = {}) {
    super(2, options, ['interpolation']);
    this.interpolation = options.interpolation ?? 'nearest';
    if (!INTERPOLATIONS.includes(this.interpolation)) {
      throw unknownWord('UpSampling2D', 'interpolation', String(options.interpolation), INTERPOLATIONS);
    }
  }

  protected override change(x: Tensor): Tensor {
    if (this.interpolation === 'nearest') return super.change(x);
    const size = [x.shape[1] * this.size[0], x.shape[2] * this.size[1]];
    return castTo(resize(x, size, { interpolation: this.interpolation }), x.dtype);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), interpolation: this.interpolation };
  }
}

/**
 * Each pixel of volumes [batch, depth, height, width, channels] `size` times along all three axes.
 * @example
 * new tf.layers.UpSampling3D().apply(tf.ones([1, 2, 3, 4, 1])).shape; // [1, 4, 6, 8, 1]
 */
export class UpSampling3D extends UpSampling {
  constructor(options: UpSamplingOptions = {}) {
    super(3, options);
  }
}
