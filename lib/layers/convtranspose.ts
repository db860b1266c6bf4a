/** Transposed convolution layers over one to three spatial axes. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { add } from '../ops/arithmetic.ts';
import { convolveTransposed } from '../ops/convtranspose.ts';
import { reshape } from '../ops/shape.ts';
import type { PerAxis } from '../ops/window.ts';
import { configOf } from './config.ts';
import { CONVOLUTION_OPTIONS, Convolution, type ConvolutionOptions } from './convolution.ts';
import type { WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';
import { checkAxes, checkCount, checkPadding, opFormat } from './window.ts';

/** Options of a transposed convolution layer. */
export interface ConvTransposeOptions extends ConvolutionOptions {
  /** The number of results, in the axis of channels. */
  filters: number;
  /** What is added to the size of the output along each axis, below the stride; the size is as large as can be where the stride allows several unless given. */
  outputPadding?: PerAxis | null;
  /** "glorotUniform" unless given. */
  kernelInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the kernel. */
  kernelRegularizer?: WeightOptions['regularizer'];
}

const OPTIONS = [...CONVOLUTION_OPTIONS, 'filters', 'outputPadding', 'kernelInitializer', 'kernelRegularizer'];

abstract class ConvTranspose extends Convolution {
  readonly filters: number;
  readonly padding: 'valid' | 'same';
  readonly outputPadding: readonly number[] | null;
  kernel?: Variable;
  readonly #weights: Pick<ConvTransposeOptions, 'kernelInitializer' | 'kernelRegularizer'>;

  constructor(spatial: number, options: ConvTransposeOptions) {
    checkOptions(new.target.name, options ?? {}, OPTIONS);
    super(spatial, options ?? {});
    const owner = this.constructor.name;
    this.filters = checkCount(owner, 'filters', options.filters);
    this.padding = checkPadding(owner, options.padding ?? 'valid', ['valid', 'same']);
    this.outputPadding = this.#checkOutputPadding(options.outputPadding ?? null);
    this.#weights = options;
  }

  override build(inputShape: BatchShape): void {
    const channels = this.channelsOf(inputShape);
    const { kernelInitializer, kernelRegularizer } = this.#weights;
    const shape = [...this.kernelSize, this.filters, channels];
    this.kernel = this.addWeight('kernel', shape, { initializer: kernelInitializer, regularizer: kernelRegularizer });
    this.addBias(this.filters);
  }

  override call(x: Tensor): Tensor {
    const first = this.dataFormat === 'channelsFirst';
    const size = x.shape.slice(first ? 2 : 1, first ? undefined : -1).map((d, axis) => this.#sizeOf(d, axis));
    const y = convolveTransposed(this.label, size, x, this.kernel as Variable, {
      strides: this.strides,
      pad: this.padding,
      dataFormat: opFormat(this.dataFormat, this.spatial),
      dilations: this.dilationRate,
    });
    if (this.bias === undefined) return this.activate(y);
    const bias = first ? reshape(this.bias, [this.filters, ...size.map(() => 1)]) : this.bias;
    return this.activate(add(y, bias));
  }

  override getConfig(): Record<string, unknown> {
    const { filters, padding, outputPadding } = this;
    const { kernelInitializer = 'glorotUniform', kernelRegularizer } = this.#weights;
    return {
      ...super.getConfig(),
      filters,
      padding,
      outputPadding: outputPadding === null ? null : [...outputPadding],
      kernelInitializer: configOf(kernelInitializer),
      kernelRegularizer: configOf(kernelRegularizer),
    };
  }

  #checkOutputPadding(value: PerAxis | null): readonly number[] | null {
    if (value === null) return null;
    const owner = this.constructor.name;
    const list = Array.isArray(value) ? value : [value];
    // Zero is no count, but it is a padding.
    const counts = checkAxes(
      owner,
      'outputPadding',
      list.map((d) => (d === 0 ? 1 : d)),
      this.spatial,
    );
    const padding = counts.map((d, axis) => ((list.length === 1 ? list[0] : list[axis]) === 0 ? 0 : d));
    if (padding.some((d, axis) => d >= this.strides[axis])) {
      throw new ArgumentError(`${owner}: outputPadding must be less than strides; received ${show(padding)} and ${show(this.strides)}`);
    }
    return padding;
  }

  /** The size of the output along an axis: the one that Keras chooses among those that a convolution with such strides takes to `d`. */
  #sizeOf(d: number, axis: number): number {
    const [stride, kernel] = [this.strides[axis], this.kernelSize[axis]];
    const reach = (kernel - 1) * this.dilationRate[axis] + 1;
    if (this.outputPadding === null) return d * stride + (this.padding === 'valid' ? Math.max(reach - stride, 0) : 0);
    const around = this.padding === 'same' ? 2 * Math.floor(reach / 2) : 0;
    return (d - 1) * stride + reach - around + this.outputPadding[axis];
  }
}

/**
 * The transposed convolution of sequences [batch, width, channels], which makes them longer by the stride.
 * @example
 * new tf.layers.Conv1DTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }).apply(tf.zeros([2, 5, 8])).shape; // [2, 10, 4]
 */
export class Conv1DTranspose extends ConvTranspose {
  constructor(options: ConvTransposeOptions) {
    super(1, options);
  }
}

/**
 * The transposed convolution of images [batch, height, width, channels], which makes them larger by the stride.
 * @example
 * new tf.layers.Conv2DTranspose({ filters: 4, kernelSize: 3, strides: 2 }).apply(tf.zeros([2, 5, 5, 8])).shape; // [2, 11, 11, 4]
 */
export class Conv2DTranspose extends ConvTranspose {
  constructor(options: ConvTransposeOptions) {
    super(2, options);
  }
}

/**
 * The transposed convolution of volumes [batch, depth, height, width, channels], which makes them larger by the stride.
 * @example
 * new tf.layers.Conv3DTranspose({ filters: 2, kernelSize: 2, strides: 2 }).apply(tf.zeros([1, 2, 3, 4, 1])).shape; // [1, 4, 6, 8, 2]
 */
export class Conv3DTranspose extends ConvTranspose {
  constructor(options: ConvTransposeOptions) {
    super(3, options);
  }
}
