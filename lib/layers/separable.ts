/** Convolution layers that keep channels apart: depthwise ones, and separable ones, which mix channels in a second step. */
import { checkOptions } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { readValue, type Variable } from '../core/variable.ts';
import { convolve, grouped } from '../ops/conv.ts';
import { configOf } from './config.ts';
import { CONVOLUTION_OPTIONS, Convolution, type ConvolutionOptions } from './convolution.ts';
import type { WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';
import { checkCount, checkPadding, opFormat } from './window.ts';

/** Options of a layer that convolves each channel by itself. */
export interface DepthwiseConvOptions extends ConvolutionOptions {
  /** The number of results for each channel; 1 unless given. */
  depthMultiplier?: number;
  /** "glorotUniform" unless given. */
  depthwiseInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the depthwise kernel. */
  depthwiseRegularizer?: WeightOptions['regularizer'];
}

/** Options of a layer that convolves each channel by itself, then mixes them. */
export interface SeparableConvOptions extends DepthwiseConvOptions {
  /** The number of results, in the axis of channels. */
  filters: number;
  /** "glorotUniform" unless given. */
  pointwiseInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the pointwise kernel. */
  pointwiseRegularizer?: WeightOptions['regularizer'];
}

const DEPTHWISE_OPTIONS = [...CONVOLUTION_OPTIONS, 'depthMultiplier', 'depthwiseInitializer', 'depthwiseRegularizer'];
const SEPARABLE_OPTIONS = [...DEPTHWISE_OPTIONS, 'filters', 'pointwiseInitializer', 'pointwiseRegularizer'];

/** The step that both kinds of layers begin with. */
abstract class Channelwise extends Convolution {
  readonly depthMultiplier: number;
  readonly padding: 'valid' | 'same';
  depthwiseKernel?: Variable;
  readonly #weights: Pick<DepthwiseConvOptions, 'depthwiseInitializer' | 'depthwiseRegularizer'>;

  constructor(spatial: number, options: DepthwiseConvOptions) {
    super(spatial, options);
    const owner = this.constructor.name;
    this.depthMultiplier = checkCount(owner, 'depthMultiplier', options.depthMultiplier ?? 1);
    this.padding = checkPadding(owner, options.padding ?? 'valid', ['valid', 'same']);
    this.#weights = options;
  }

  /** Makes the kernel for so many channels, and gives the number of results. */
  protected addDepthwise(channels: number, name: string): number {
    const { depthwiseInitializer: initializer, depthwiseRegularizer: regularizer } = this.#weights;
    this.depthwiseKernel = this.addWeight(name, [...this.kernelSize, channels, this.depthMultiplier], { initializer, regularizer });
    return channels * this.depthMultiplier;
  }

  /** The kernel as groups of one channel each. */
  protected filter(): Tensor {
    return grouped(this.label, readValue(this.depthwiseKernel as Variable), this.spatial);
  }

  override getConfig(): Record<string, unknown> {
    const { depthMultiplier, padding } = this;
    const { depthwiseInitializer = 'glorotUniform', depthwiseRegularizer } = this.#weights;
    return {
      ...super.getConfig(),
      depthMultiplier,
      padding,
      depthwiseInitializer: configOf(depthwiseInitializer),
      depthwiseRegularizer: configOf(depthwiseRegularizer),
    };
  }
}

abstract class DepthwiseConv extends Channelwise {
  constructor(spatial: number, options: DepthwiseConvOptions) {
    checkOptions(new.target.name, options ?? {}, DEPTHWISE_OPTIONS);
    super(spatial, options ?? {});
  }

  override build(inputShape: BatchShape): void {
    this.addBias(this.addDepthwise(this.channelsOf(inputShape), 'kernel'));
  }

  override call(x: Tensor): Tensor {
    return this.convolveAll(x, this.filter(), this.padding);
  }
}

/**
 * Each channel of sequences [batch, width, channels] by itself, with `depthMultiplier` filters each.
 * @example
 * new tf.layers.DepthwiseConv1D({ kernelSize: 3, depthMultiplier: 2 }).apply(tf.zeros([2, 5, 4])).shape; // [2, 3, 8]
 */
export class DepthwiseConv1D extends DepthwiseConv {
  constructor(options: DepthwiseConvOptions) {
    super(1, options);
  }
}

/**
 * Each channel of images [batch, height, width, channels] by itself, with `depthMultiplier` filters each.
 * @example
 * new tf.layers.DepthwiseConv2D({ kernelSize: 3, padding: 'same' }).apply(tf.zeros([2, 5, 5, 4])).shape; // [2, 5, 5, 4]
 */
export class DepthwiseConv2D extends DepthwiseConv {
  constructor(options: DepthwiseConvOptions) {
    super(2, options);
  }
}

abstract class SeparableConv extends Channelwise {
  readonly filters: number;
  pointwiseKernel?: Variable;
  readonly #weights: Pick<SeparableConvOptions, 'pointwiseInitializer' | 'pointwiseRegularizer'>;

  constructor(spatial: number, options: SeparableConvOptions) {
    checkOptions(new.target.name, options ?? {}, SEPARABLE_OPTIONS);
    super(spatial, options ?? {});
    this.filters = checkCount(this.constructor.name, 'filters', options.filters);
    this.#weights = options;
  }

  override build(inputShape: BatchShape): void {
    const results = this.addDepthwise(this.channelsOf(inputShape), 'depthwise_kernel');
    const { pointwiseInitializer: initializer, pointwiseRegularizer: regularizer } = this.#weights;
    const shape = [...this.kernelSize.map(() => 1), results, this.filters];
    this.pointwiseKernel = this.addWeight('pointwise_kernel', shape, { initializer, regularizer });
    this.addBias(this.filters);
  }

  override call(x: Tensor): Tensor {
    const { strides, dilationRate: dilations, padding, bias } = this;
    const dataFormat = opFormat(this.dataFormat, this.spatial);
    const apart = convolve(this.label, this.spatial, x, this.filter(), { strides, pad: padding, dataFormat, dilations });
    const pointwise = this.pointwiseKernel as Variable;
    return this.activate(
      convolve(this.label, this.spatial, apart, pointwise, { strides: 1, pad: 'valid', dataFormat, dilations: 1, bias }),
    );
  }

  override getConfig(): Record<string, unknown> {
    const { pointwiseInitializer = 'glorotUniform', pointwiseRegularizer } = this.#weights;
    return {
      ...super.getConfig(),
      filters: this.filters,
      pointwiseInitializer: configOf(pointwiseInitializer),
      pointwiseRegularizer: configOf(pointwiseRegularizer),
    };
  }
}

/**
 * Each channel of sequences [batch, width, channels] by itself, then `filters` sums over them.
 * @example
 * new tf.layers.SeparableConv1D({ filters: 6, kernelSize: 3 }).apply(tf.zeros([2, 5, 4])).shape; // [2, 3, 6]
 */
export class SeparableConv1D extends SeparableConv {
  constructor(options: SeparableConvOptions) {
    super(1, options);
  }
}

/**
 * Each channel of images [batch, height, width, channels] by itself, then `filters` sums over them.
 * @example
 * new tf.layers.SeparableConv2D({ filters: 6, kernelSize: 3, padding: 'same' }).apply(tf.zeros([2, 5, 5, 4])).shape; // [2, 5, 5, 6]
 */
export class SeparableConv2D extends SeparableConv {
  constructor(options: SeparableConvOptions) {
    super(2, options);
  }
}
