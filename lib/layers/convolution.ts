/** Convolution layers over one to three spatial axes. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { convolve } from '../ops/conv.ts';
import { endingAttrs, type FusedActivation } from '../ops/ending.ts';
import { pad } from '../ops/join.ts';
import type { PerAxis } from '../ops/window.ts';
import { type ActivationFunction, type ActivationName, activationConfig, FUSED, getActivation } from './activation.ts';
import { configOf } from './config.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';
import { channelAxis, checkAxes, checkCount, checkDataFormat, checkPadding, type DataFormat, opFormat } from './window.ts';

/** Options that all convolution layers share. */
export interface ConvolutionOptions extends LayerOptions {
  /** The size of the filter: one number for each spatial axis, or one for all. */
  kernelSize: PerAxis;
  /** 1 unless given. */
  strides?: PerAxis;
  /** "valid" unless given; "same" keeps the size where the stride is 1. */
  padding?: 'valid' | 'same';
  /** "channelsLast" unless given. */
  dataFormat?: DataFormat;
  /** 1 unless given. */
  dilationRate?: PerAxis;
  /** What follows the convolution, by name or as a function; nothing unless given. */
  activation?: ActivationName | ActivationFunction | null;
  /** Whether a bias is added; true unless given. */
  useBias?: boolean;
  /** "zeros" unless given. */
  biasInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the bias. */
  biasRegularizer?: WeightOptions['regularizer'];
}

/** Options of a convolution layer. */
export interface ConvOptions extends Omit<ConvolutionOptions, 'padding'> {
  /** The number of results, in the axis of channels. */
  filters: number;
  /** "valid" unless given; "same" keeps the size where the stride is 1; "causal", for sequences, does so without looking ahead. */
  padding?: 'valid' | 'same' | 'causal';
  /** How many groups channels and filters are cut into; 1 unless given. */
  groups?: number;
  /** "glorotUniform" unless given. */
  kernelInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the kernel. */
  kernelRegularizer?: WeightOptions['regularizer'];
}

/** The names of the options that all convolution layers share. */
export const CONVOLUTION_OPTIONS: readonly string[] = [
  ...LAYER_OPTIONS,
  'kernelSize',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  'activation',
  'useBias',
  'biasInitializer',
  'biasRegularizer',
];

/** What all convolution layers do alike: options, the channels of the input, bias and activation. */
export abstract class Convolution extends Layer {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly dataFormat: DataFormat;
  readonly useBias: boolean;
  // Not there before it is made: weights are listed in the order of fields, and kernels come first.
  declare bias?: Variable;
  protected readonly spatial: number;
  readonly #options: Omit<ConvolutionOptions, 'padding'>;
  readonly #activation: ActivationFunction | null;

  constructor(spatial: number, options: Omit<ConvolutionOptions, 'padding'>) {
    super(options);
    const owner = this.constructor.name;
    this.spatial = spatial;
    this.kernelSize = checkAxes(owner, 'kernelSize', options.kernelSize, spatial);
    this.strides = checkAxes(owner, 'strides', options.strides ?? 1, spatial);
    this.dilationRate = checkAxes(owner, 'dilationRate', options.dilationRate ?? 1, spatial);
    this.dataFormat = checkDataFormat(owner, options.dataFormat ?? 'channelsLast');
    this.useBias = checkFlag(owner, 'useBias', options.useBias ?? true);
    this.#options = options;
    this.#activation = getActivation(owner, options.activation);
  }

  /** The channels of inputs of this shape; later ones must have as many. */
  protected channelsOf(inputShape: BatchShape): number {
    const axis = channelAxis(this.dataFormat);
    const channels = inputShape.at(axis);
    if (inputShape.length !== this.spatial + 2 || typeof channels !== 'number') {
      const format = opFormat(this.dataFormat, this.spatial);
      throw new ShapeError(
        `${this.label}: needs ${this.spatial + 2} axes (${format}) and known channels; received ${showShape(inputShape)}`,
      );
    }
    this.inputSpec = { rank: this.spatial + 2, axes: { [axis]: channels } };
    return channels;
  }

  /** Makes the bias, one number for each result, if there is one. */
  protected addBias(results: number): void {
    const { biasInitializer = 'zeros', biasRegularizer } = this.#options;
    if (this.useBias) this.bias = this.addWeight('bias', [results], { initializer: biasInitializer, regularizer: biasRegularizer });
  }

  /** The convolution of `x` with `filter`, bias and activation; in one pass where the activation can be part of it. */
  protected convolveAll(x: Tensor, filter: Tensor | Variable, padding: 'valid' | 'same'): Tensor {
    const { activation } = this.#options;
    const fused = typeof activation === 'string' && FUSED.includes(activation);
    const y = convolve(this.label, this.spatial, x, filter, {
      strides: this.strides,
      pad: padding,
      dataFormat: opFormat(this.dataFormat, this.spatial),
      dilations: this.dilationRate,
      bias: this.bias,
      ending: endingAttrs(this.label, fused ? (activation as FusedActivation) : 'linear', 0.2),
    });
    return fused ? y : this.activate(y);
  }

  /** The activation of `y`. */
  protected activate(y: Tensor): Tensor {
    return this.#activation === null ? y : this.#activation(y);
  }

  override getConfig(): Record<string, unknown> {
    const { kernelSize, strides, dilationRate, dataFormat, useBias } = this;
    const { activation, biasInitializer = 'zeros', biasRegularizer } = this.#options;
    return {
      ...super.getConfig(),
      kernelSize: [...kernelSize],
      strides: [...strides],
      dilationRate: [...dilationRate],
      dataFormat,
      useBias,
      activation: activationConfig(activation),
      biasInitializer: configOf(biasInitializer),
      biasRegularizer: configOf(biasRegularizer),
    };
  }
}

/** A convolution over so many spatial axes. */
abstract class Conv extends Convolution {
  readonly filters: number;
  readonly groups: number;
  readonly padding: 'valid' | 'same' | 'causal';
  kernel?: Variable;
  readonly #weights: Pick<ConvOptions, 'kernelInitializer' | 'kernelRegularizer'>;

  constructor(spatial: number, options: ConvOptions) {
    checkOptions(new.target.name, options ?? {}, [...CONVOLUTION_OPTIONS, 'filters', 'groups', 'kernelInitializer', 'kernelRegularizer']);
    super(spatial, options ?? {});
    const owner = this.constructor.name;
    this.filters = checkCount(owner, 'filters', options.filters);
    this.groups = checkCount(owner, 'groups', options.groups ?? 1);
    this.padding = checkPadding(owner, options.padding ?? 'valid', spatial === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']);
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError(`${owner}: filters must be a multiple of groups; received ${show(this.filters)} and ${show(this.groups)}`);
    }
    this.#weights = options;
  }

  override build(inputShape: BatchShape): void {
    const channels = this.channelsOf(inputShape);
    const { groups, filters } = this;
    if (channels % groups !== 0) {
      throw new ShapeError(`${this.label}: channels must be a multiple of groups; received ${channels} and ${groups}`);
    }
    const { kernelInitializer, kernelRegularizer } = this.#weights;
    const shape = [...this.kernelSize, channels / groups, filters];
    this.kernel = this.addWeight('kernel', shape, { initializer: kernelInitializer, regularizer: kernelRegularizer });
    this.addBias(filters);
  }

  override call(x: Tensor): Tensor {
    const kernel = this.kernel as Variable;
    if (this.padding !== 'causal') return this.convolveAll(x, kernel, this.padding);
    const ahead = this.dilationRate[0] * (this.kernelSize[0] - 1);
    const width = this.dataFormat === 'channelsFirst' ? 2 : 1;
    const shifted = pad(
      x,
      x.shape.map((_, axis) => [axis === width ? ahead : 0, 0] as const),
    );
    return this.convolveAll(shifted, kernel, 'valid');
  }

  override getConfig(): Record<string, unknown> {
    const { filters, groups, padding } = this;
    const { kernelInitializer = 'glorotUniform', kernelRegularizer } = this.#weights;
    return {
      ...super.getConfig(),
      filters,
      groups,
      padding,
      kernelInitializer: configOf(kernelInitializer),
      kernelRegularizer: configOf(kernelRegularizer),
    };
  }
}

/**
 * The convolution of sequences [batch, width, channels] with `filters` filters, plus a bias, through an activation.
 * @example
 * const layer = new tf.layers.Conv1D({ filters: 8, kernelSize: 3, padding: 'causal' });
 * layer.apply(tf.zeros([2, 10, 4])).shape; // [2, 10, 8]
 */
export class Conv1D extends Conv {
  constructor(options: ConvOptions) {
    super(1, options);
  }
}

/**
 * The convolution of images [batch, height, width, channels] with `filters` filters, plus a bias, through an activation.
 * @example
 * const layer = new tf.layers.Conv2D({ filters: 32, kernelSize: 3, activation: 'relu' });
 * layer.apply(tf.zeros([2, 28, 28, 1])).shape; // [2, 26, 26, 32]
 */
export class Conv2D extends Conv {
  constructor(options: ConvOptions) {
    super(2, options);
  }
}

/**
 * The convolution of volumes [batch, depth, height, width, channels] with `filters` filters, plus a bias, through an activation.
 * @example
 * const layer = new tf.layers.Conv3D({ filters: 4, kernelSize: [1, 3, 3], strides: 2, padding: 'same' });
 * layer.apply(tf.zeros([1, 4, 8, 8, 2])).shape; // [1, 2, 4, 4, 4]
 */
export class Conv3D extends Conv {
  constructor(options: ConvOptions) {
    super(3, options);
  }
}
