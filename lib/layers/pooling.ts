/** Pooling layers over one to three spatial axes, by windows and over whole images. */
import { checkFlag, checkOptions, ShapeError } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { pooled } from '../ops/pool.ts';
import { max, mean } from '../ops/reduce.ts';
import type { PerAxis } from '../ops/window.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import { checkAxes, checkDataFormat, checkPadding, type DataFormat, opFormat } from './window.ts';

/** Options of a pooling layer. */
export interface PoolingOptions extends LayerOptions {
  /** The size of the windows; 2 unless given. */
  poolSize?: PerAxis;
  /** `poolSize` unless given. */
  strides?: PerAxis | null;
  /** "valid" unless given. */
  padding?: 'valid' | 'same';
  /** "channelsLast" unless given. */
  dataFormat?: DataFormat;
}

abstract class Pooling extends Layer {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: DataFormat;
  readonly #kind: 'max' | 'avg';

  constructor(kind: 'max' | 'avg', spatial: number, options: PoolingOptions) {
    const owner = new.target.name;
    checkOptions(owner, options, [...LAYER_OPTIONS, 'poolSize', 'strides', 'padding', 'dataFormat']);
    super(options);
    this.poolSize = checkAxes(owner, 'poolSize', options.poolSize ?? 2, spatial);
    this.strides = checkAxes(owner, 'strides', options.strides ?? this.poolSize, spatial);
    this.padding = checkPadding(owner, options.padding ?? 'valid', ['valid', 'same']);
    this.dataFormat = checkDataFormat(owner, options.dataFormat ?? 'channelsLast');
    this.#kind = kind;
  }

  override call(x: Tensor): Tensor {
    const { poolSize, strides, padding, dataFormat } = this;
    const format = opFormat(dataFormat, poolSize.length);
    return pooled(this.label, this.#kind, poolSize.length, x, { size: poolSize, strides, pad: padding, dataFormat: format });
  }

  override getConfig(): Record<string, unknown> {
    const { poolSize, strides, padding, dataFormat } = this;
    return { ...super.getConfig(), poolSize: [...poolSize], strides: [...strides], padding, dataFormat };
  }
}

/**
 * The greatest of each window of sequences [batch, width, channels].
 * @example
 * new tf.layers.MaxPooling1D().apply(tf.tensor([[[1], [5], [2], [3]]])).arraySync(); // [[[5], [3]]]
 */
export class MaxPooling1D extends Pooling {
  constructor(options: PoolingOptions = {}) {
    super('max', 1, options);
  }
}

/**
 * The greatest of each window of images [batch, height, width, channels].
 * @example
 * new tf.layers.MaxPooling2D({ poolSize: [2, 3] }).apply(tf.zeros([1, 4, 9, 8])).shape; // [1, 2, 3, 8]
 */
export class MaxPooling2D extends Pooling {
  constructor(options: PoolingOptions = {}) {
    super('max', 2, options);
  }
}

/**
 * The greatest of each window of volumes [batch, depth, height, width, channels].
 * @example
 * new tf.layers.MaxPooling3D().apply(tf.zeros([1, 4, 4, 4, 8])).shape; // [1, 2, 2, 2, 8]
 */
export class MaxPooling3D extends Pooling {
  constructor(options: PoolingOptions = {}) {
    super('max', 3, options);
  }
}

/**
 * The mean of each window of sequences [batch, width, channels].
 * @example
 * new tf.layers.AveragePooling1D().apply(tf.tensor([[[1], [5], [2], [3]]])).arraySync(); // [[[3], [2.5]]]
 */
export class AveragePooling1D extends Pooling {
  constructor(options: PoolingOptions = {}) {
    super('avg', 1, options);
  }
}

/**
 * The mean of each window of images [batch, height, width, channels]; what is around the image does not count.
 * @example
 * new tf.layers.AveragePooling2D({ strides: 1, padding: 'same' }).apply(tf.ones([1, 3, 3, 8])).shape; // [1, 3, 3, 8]
 */
export class AveragePooling2D extends Pooling {
  constructor(options: PoolingOptions = {}) {
    super('avg', 2, options);
  }
}

/**
 * The mean of each window of volumes [batch, depth, height, width, channels].
 * @example
 * new tf.layers.AveragePooling3D().apply(tf.zeros([1, 4, 4, 4, 8])).shape; // [1, 2, 2, 2, 8]
 */
export class AveragePooling3D extends Pooling {
  constructor(options: PoolingOptions = {}) {
    super('avg', 3, options);
  }
}

/** Options of a layer that pools whole images. */
export interface GlobalPoolingOptions extends LayerOptions {
  /** "channelsLast" unless given. */
  dataFormat?: DataFormat;
  /** Whether the spatial axes stay, with size 1; false unless given. */
  keepDims?: boolean;
}

abstract class GlobalPooling extends Layer {
  readonly dataFormat: DataFormat;
  readonly keepDims: boolean;
  readonly #reduce: typeof max;
  readonly #spatial: number;

  constructor(reduce: typeof max, spatial: number, options: GlobalPoolingOptions) {
    const owner = new.target.name;
    checkOptions(owner, options, [...LAYER_OPTIONS, 'dataFormat', 'keepDims']);
    super(options);
    this.dataFormat = checkDataFormat(owner, options.dataFormat ?? 'channelsLast');
    this.keepDims = checkFlag(owner, 'keepDims', options.keepDims ?? false);
    this.#reduce = reduce;
    this.#spatial = spatial;
  }

  override call(x: Tensor): Tensor {
    if (x.rank !== this.#spatial + 2) {
      const format = opFormat(this.dataFormat, this.#spatial);
      throw new ShapeError(`${this.label}: needs ${this.#spatial + 2} axes (${format}); received ${showShape(x.shape)}`);
    }
    const first = this.dataFormat === 'channelsFirst' ? 2 : 1;
    const axes = Array.from({ length: this.#spatial }, (_, i) => first + i);
    return this.#reduce(x, axes, this.keepDims);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.dataFormat, keepDims: this.keepDims };
  }
}

/**
 * The greatest of each channel of a sequence: [batch, width, channels] gives [batch, channels].
 * @example
 * new tf.layers.GlobalMaxPooling1D().apply(tf.tensor([[[1], [5], [2]]])).arraySync(); // [[5]]
 */
export class GlobalMaxPooling1D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(max, 1, options);
  }
}

/**
 * The greatest of each channel of an image: [batch, height, width, channels] gives [batch, channels].
 * @example
 * new tf.layers.GlobalMaxPooling2D({ keepDims: true }).apply(tf.zeros([2, 4, 4, 8])).shape; // [2, 1, 1, 8]
 */
export class GlobalMaxPooling2D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(max, 2, options);
  }
}

/**
 * The greatest of each channel of a volume: [batch, depth, height, width, channels] gives [batch, channels].
 * @example
 * new tf.layers.GlobalMaxPooling3D().apply(tf.zeros([2, 4, 4, 4, 8])).shape; // [2, 8]
 */
export class GlobalMaxPooling3D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(max, 3, options);
  }
}

/**
 * The mean of each channel of a sequence: [batch, width, channels] gives [batch, channels].
 * @example
 * new tf.layers.GlobalAveragePooling1D().apply(tf.tensor([[[1], [5], [3]]])).arraySync(); // [[3]]
 */
export class GlobalAveragePooling1D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(mean, 1, options);
  }
}

/**
 * The mean of each channel of an image: [batch, height, width, channels] gives [batch, channels].
 * @example
 * new tf.layers.GlobalAveragePooling2D().apply(tf.zeros([2, 4, 4, 8])).shape; // [2, 8]
 */
export class GlobalAveragePooling2D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(mean, 2, options);
  }
}

/**
 * The mean of each channel of a volume: [batch, depth, height, width, channels] gives [batch, channels].
 * @example
 * new tf.layers.GlobalAveragePooling3D().apply(tf.zeros([2, 4, 4, 4, 8])).shape; // [2, 8]
 */
export class GlobalAveragePooling3D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super(mean, 3, options);
  }
}
