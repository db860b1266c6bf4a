/** Pooling layers of a given output size over one to three spatial axes. */
import { checkOptions, ShapeError } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { pooledInto } from '../ops/adaptivepool.ts';
import type { PerAxis } from '../ops/window.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import { checkAxes, checkDataFormat, type DataFormat, opFormat } from './window.ts';

/** Options of a pooling layer of a given output size. */
export interface AdaptivePoolingOptions extends LayerOptions {
  /** The number of windows: one, or one for each spatial axis. */
  outputSize: PerAxis;
  /** "channelsLast" unless given. */
  dataFormat?: DataFormat;
}

abstract class AdaptivePooling extends Layer {
  readonly outputSize: readonly number[];
  readonly dataFormat: DataFormat;
  readonly #kind: 'max' | 'avg';

  constructor(kind: 'max' | 'avg', spatial: number, options: AdaptivePoolingOptions) {
    const owner = new.target.name;
    checkOptions(owner, options, [...LAYER_OPTIONS, 'outputSize', 'dataFormat']);
    super(options);
    this.outputSize = checkAxes(owner, 'outputSize', options.outputSize, spatial);
    this.dataFormat = checkDataFormat(owner, options.dataFormat ?? 'channelsLast');
    this.#kind = kind;
  }

  override call(x: Tensor): Tensor {
    const spatial = this.outputSize.length;
    if (x.rank !== spatial + 2) {
      const format = opFormat(this.dataFormat, spatial);
      throw new ShapeError(`${this.label}: needs ${spatial + 2} axes (${format}); received ${showShape(x.shape)}`);
    }
    return pooledInto(this.label, this.#kind, x, this.outputSize, this.dataFormat);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), outputSize: [...this.outputSize], dataFormat: this.dataFormat };
  }
}

/**
 * The means of `outputSize` windows that cover sequences [batch, width, channels].
 * @example
 * new tf.layers.AdaptiveAveragePooling1D({ outputSize: 2 }).apply(tf.tensor([[[1], [2], [6]]])).arraySync(); // [[[1.5], [4]]]
 */
export class AdaptiveAveragePooling1D extends AdaptivePooling {
  constructor(options: AdaptivePoolingOptions) {
    super('avg', 1, options);
  }
}

/**
 * The means of `outputSize` windows that cover images [batch, height, width, channels].
 * @example
 * new tf.layers.AdaptiveAveragePooling2D({ outputSize: [7, 5] }).apply(tf.zeros([2, 30, 31, 8])).shape; // [2, 7, 5, 8]
 */
export class AdaptiveAveragePooling2D extends AdaptivePooling {
  constructor(options: AdaptivePoolingOptions) {
    super('avg', 2, options);
  }
}

/**
 * The means of `outputSize` windows that cover volumes [batch, depth, height, width, channels].
 * @example
 * new tf.layers.AdaptiveAveragePooling3D({ outputSize: 2 }).apply(tf.zeros([1, 5, 5, 5, 4])).shape; // [1, 2, 2, 2, 4]
 */
export class AdaptiveAveragePooling3D extends AdaptivePooling {
  constructor(options: AdaptivePoolingOptions) {
    super('avg', 3, options);
  }
}

/**
 * The greatest of each of `outputSize` windows that cover sequences [batch, width, channels].
 * @example
 * new tf.layers.AdaptiveMaxPooling1D({ outputSize: 2 }).apply(tf.tensor([[[3], [2], [1]]])).arraySync(); // [[[3], [2]]]
 */
export class AdaptiveMaxPooling1D extends AdaptivePooling {
  constructor(options: AdaptivePoolingOptions) {
    super('max', 1, options);
  }
}

/**
 * The greatest of each of `outputSize` windows that cover images [batch, height, width, channels].
 * @example
 * new tf.layers.AdaptiveMaxPooling2D({ outputSize: 3 }).apply(tf.zeros([2, 7, 8, 4])).shape; // [2, 3, 3, 4]
 */
export class AdaptiveMaxPooling2D extends AdaptivePooling {
  constructor(options: AdaptivePoolingOptions) {
    super('max', 2, options);
  }
}

/**
 * The greatest of each of `outputSize` windows that cover volumes [batch, depth, height, width, channels].
 * @example
 * new tf.layers.AdaptiveMaxPooling3D({ outputSize: 2 }).apply(tf.zeros([1, 5, 5, 5, 4])).shape; // [1, 2, 2, 2, 4]
 */
export class AdaptiveMaxPooling3D extends AdaptivePooling {
  constructor(options: AdaptivePoolingOptions) {
    super('max', 3, options);
  }
}
