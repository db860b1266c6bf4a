/** Layers that bring images to one size. */
import { isFloat, rangeOf } from '../core/dtype.ts';
import { checkFlag, checkOptions, unknownWord } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { castTo } from '../ops/cast.ts';
import { toFloat } from '../ops/convert.ts';
import { cropImages } from '../ops/image/crop.ts';
import { INTERPOLATIONS, type Interpolation, resize } from '../ops/image/resize.ts';
import { sidesOf, toExactFloats } from '../ops/image/sides.ts';
import { clipByValue, round } from '../ops/math.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import { checkCount, checkDataFormat, type DataFormat } from './window.ts';

/** Options of layers that bring images to one size. */
export interface CenterCropOptions extends LayerOptions {
  /** The rows of the result. */
  height: number;
  /** The columns of the result. */
  width: number;
  /** "channelsLast" unless given. */
  dataFormat?: DataFormat;
}

/** What both layers are told: images [batch, height, width, channels], or one without a batch. */
abstract class OneSize extends Layer {
  readonly height: number;
  readonly width: number;
  readonly dataFormat: DataFormat;

  constructor(options: CenterCropOptions, known: readonly string[]) {
    checkOptions(new.target.name, options, [...LAYER_OPTIONS, 'height', 'width', 'dataFormat', ...known]);
    super(options);
    this.height = checkCount(new.target.name, 'height', options.height);
    this.width = checkCount(new.target.name, 'width', options.width);
    this.dataFormat = checkDataFormat(new.target.name, options.dataFormat ?? 'channelsLast');
  }

  /** What ops call the format. */
  protected get format(): 'NHWC' | 'NCHW' {
    return this.dataFormat === 'channelsFirst' ? 'NCHW' : 'NHWC';
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), height: this.height, width: this.width, dataFormat: this.dataFormat };
  }
}

/**
 * The middle of images; images smaller than that along an axis are made larger instead, so that they fill it. Integers become float32.
 * @example
 * new tf.layers.CenterCrop({ height: 1, width: 2 }).apply(tf.tensor([[[[1], [2], [3], [4]]]])).dataSync(); // [2, 3]
 */
export class CenterCrop extends OneSize {
  constructor(options: CenterCropOptions) {
    super(options, []);
  }

  override call(x: Tensor): Tensor {
    const images = toFloat(this.label, x);
    const { height, width } = sidesOf(this.label, images, this.format);
    if (height < this.height || width < this.width) {
      return resize(images, [this.height, this.width], { cropToAspectRatio: true, dataFormat: this.format });
    }
    return cropImages(images, {
      topCropping: Math.floor((height - this.height) / 2),
      leftCropping: Math.floor((width - this.width) / 2),
      targetHeight: this.height,
      targetWidth: this.width,
      dataFormat: this.format,
    });
  }
}

/** Options of Resizing. */
export interface ResizingOptions extends CenterCropOptions {
  /** How what lies between pixels is found; "bilinear" unless given. */
  interpolation?: Interpolation;
  /** Whether images are cut to the form of the result first, around their middle; false unless given. */
  cropToAspectRatio?: boolean;
  /** Whether images are padded to the form of the result first, around their middle; false unless given. */
  padToAspectRatio?: boolean;
  /** "constant". */
  fillMode?: 'constant';
  /** What images are padded with; 0 unless given. */
  fillValue?: number;
  /** Whether filters are widened where images become smaller; false unless given. */
  antialias?: boolean;
}

/**
 * Images of another height and width, as `tf.image.resize` makes them; integers are rounded back to what they were.
 * @example
 * new tf.layers.Resizing({ height: 1, width: 4 }).apply(tf.tensor([[[[0], [4]]]])).dataSync(); // [0, 1, 3, 4]
 */
export class Resizing extends OneSize {
  readonly interpolation: Interpolation;
  readonly cropToAspectRatio: boolean;
  readonly padToAspectRatio: boolean;
  readonly fillMode: 'constant';
  readonly fillValue: number;
  readonly antialias: boolean;

  constructor(options: ResizingOptions) {
    super(options, ['interpolation', 'cropToAspectRatio', 'padToAspectRatio', 'fillMode', 'fillValue', 'antialias']);
    this.interpolation = options.interpolation ?? 'bilinear';
    if (!INTERPOLATIONS.includes(this.interpolation)) {
      throw unknownWord('Resizing', 'interpolation', String(this.interpolation), INTERPOLATIONS);
    }
    this.cropToAspectRatio = checkFlag('Resizing', 'cropToAspectRatio', options.cropToAspectRatio ?? false);
    this.padToAspectRatio = checkFlag('Resizing', 'padToAspectRatio', options.padToAspectRatio ?? false);
    this.fillMode = options.fillMode ?? 'constant';
    if (this.fillMode !== 'constant') throw unknownWord('Resizing', 'fillMode', String(this.fillMode), ['constant']);
    this.fillValue = options.fillValue ?? 0;
    this.antialias = checkFlag('Resizing', 'antialias', options.antialias ?? false);
  }

  override call(x: Tensor): Tensor {
    const { interpolation, cropToAspectRatio, padToAspectRatio, fillValue, antialias } = this;
    const y = resize(interpolation === 'nearest' ? x : toExactFloats(x), [this.height, this.width], {
      interpolation,
      cropToAspectRatio,
      padToAspectRatio,
      fillValue,
      antialias,
      dataFormat: this.format,
    });
    if (y.dtype === x.dtype || isFloat(x.dtype)) return castTo(y, x.dtype);
    const [low, high] = rangeOf(x.dtype);
    return castTo(clipByValue(round(y), low, high), x.dtype);
  }

  override getConfig(): Record<string, unknown> {
    const { interpolation, cropToAspectRatio, padToAspectRatio, fillMode, fillValue, antialias } = this;
    return { ...super.getConfig(), interpolation, cropToAspectRatio, padToAspectRatio, fillMode, fillValue, antialias };
  }
}
