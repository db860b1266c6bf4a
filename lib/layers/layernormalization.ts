/** Normalization of each example by itself: over axes, over groups of channels, and to length 1. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { normalizeAxes, normalizeAxis, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { groupNormalization, layerNormalization, rmsNormalization, unitNormalization } from '../ops/normalization.ts';
import { configOf } from './config.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';

/** Options that normalization layers with a learned factor and offset share. */
export interface LearnedOptions extends LayerOptions {
  /** What is added to the variance; 0.001 unless given. */
  epsilon?: number;
  /** Whether a learned offset is added; true unless given. */
  center?: boolean;
  /** Whether a learned factor is applied; true unless given. */
  scale?: boolean;
  /** "zeros" unless given. */
  betaInitializer?: WeightOptions['initializer'];
  /** "ones" unless given. */
  gammaInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the offset. */
  betaRegularizer?: WeightOptions['regularizer'];
  /** What to add to the loss for the size of the factor. */
  gammaRegularizer?: WeightOptions['regularizer'];
}

const LEARNED = ['epsilon', 'center', 'scale', 'betaInitializer', 'gammaInitializer', 'betaRegularizer', 'gammaRegularizer'];

/** Options of a LayerNormalization layer. */
export interface LayerNormalizationOptions extends LearnedOptions {
  /** The axis or axes that are normalized together; the last unless given. */
  axis?: number | readonly number[];
}

/** Options of a GroupNormalization layer. */
export interface GroupNormalizationOptions extends LearnedOptions {
  /** How many groups the channels are cut into, -1 for one each; 32 unless given. */
  groups?: number;
  /** The axis of the channels; the last unless given. */
  axis?: number;
}

/** Options of an RMSNormalization layer. */
export interface RMSNormalizationOptions extends LayerOptions {
  /** The axis or axes that are normalized together; the last unless given. */
  axis?: number | readonly number[];
  /** What is added to the mean of squares; 0.000001 unless given. */
  epsilon?: number;
}

/** Options of a UnitNormalization layer. */
export interface UnitNormalizationOptions extends LayerOptions {
  /** The axis or axes along which the length is 1; the last unless given. */
  axis?: number | readonly number[];
}

function checkEpsilon(owner: string, epsilon: number): number {
  if (!(epsilon >= 0)) throw new ArgumentError(`${owner}: epsilon must be a number >= 0; received ${show(epsilon)}`);
  return epsilon;
}

function checkAxis<T extends number | readonly number[]>(owner: string, axis: T): T {
  const list: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  if (list.length === 0 || !list.every(Number.isInteger)) {
    throw new ArgumentError(`${owner}: axis must be a whole number or several; received ${show(axis)}`);
  }
  return axis;
}

/** The sizes of `axes` in `shape`, which must be known. */
function sizesOf(owner: string, shape: BatchShape, axis: number | readonly number[]): number[] {
  const axes = [...normalizeAxes(owner, axis, shape.length)].sort((a, b) => a - b);
  return axes.map((i) => {
    const size = shape[i];
    if (size === null) throw new ShapeError(`${owner}: axis ${i} must have a known size; received ${showShape(shape)}`);
    return size;
  });
}

/** What layers with a learned factor and offset have in common. */
abstract class LearnedNormalization extends Layer {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  gamma?: Variable;
  beta?: Variable;
  readonly #options: LearnedOptions;

  constructor(owner: string, options: LearnedOptions, own: readonly string[]) {
    checkOptions(owner, options, [...LAYER_OPTIONS, ...LEARNED, ...own]);
    super(options);
    const { epsilon = 1e-3, center = true, scale = true } = options;
    this.epsilon = checkEpsilon(owner, epsilon);
    this.center = checkFlag(owner, 'center', center);
    this.scale = checkFlag(owner, 'scale', scale);
    this.#options = options;
  }

  /** Makes the factor and the offset, where there are any. */
  protected addLearned(sizes: readonly number[]): void {
    const { gammaInitializer = 'ones', betaInitializer = 'zeros', gammaRegularizer, betaRegularizer } = this.#options;
    if (this.scale)
      this.gamma = this.addWeight('gamma', [...sizes], { initializer: gammaInitializer, regularizer: gammaRegularizer ?? null });
    if (this.center) this.beta = this.addWeight('beta', [...sizes], { initializer: betaInitializer, regularizer: betaRegularizer ?? null });
  }

  override getConfig(): Record<string, unknown> {
    const { gammaInitializer = 'ones', betaInitializer = 'zeros', gammaRegularizer, betaRegularizer } = this.#options;
    const { epsilon, center, scale } = this;
    return {
      ...super.getConfig(),
      epsilon,
      center,
      scale,
      gammaInitializer: configOf(gammaInitializer),
      betaInitializer: configOf(betaInitializer),
      gammaRegularizer: configOf(gammaRegularizer),
      betaRegularizer: configOf(betaRegularizer),
    };
  }
}

/**
 * Each example with mean 0 and variance 1 over `axis`, then scaled and shifted by what is learned (Ba et al. 2016).
 * @throws ShapeError where the size of an axis is not known; ArgumentError for options that make no sense.
 * @example
 * const layer = new tf.layers.LayerNormalization({ epsilon: 0 });
 * layer.apply(tf.tensor([[1, 3], [2, 6]])).arraySync(); // [[-1, 1], [-1, 1]]
 */
export class LayerNormalization extends LearnedNormalization {
  readonly axis: number | readonly number[];

  constructor(options: LayerNormalizationOptions = {}) {
    super('LayerNormalization', options, ['axis']);
    this.axis = checkAxis('LayerNormalization', options.axis ?? -1);
  }

  override build(inputShape: BatchShape): void {
    this.addLearned(sizesOf(this.label, inputShape, this.axis));
    this.inputSpec = { rank: inputShape.length };
  }

  override call(x: Tensor): Tensor {
    return layerNormalization(x, this.gamma ?? null, this.beta ?? null, this.axis, this.epsilon);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/**
 * Each example with mean 0 and variance 1 over each group of channels, then scaled and shifted by what is learned for each channel (Wu and He 2018).
 * @throws ShapeError where the channels are not known or do not divide into the groups; ArgumentError for options that make no sense.
 * @example
 * const layer = new tf.layers.GroupNormalization({ groups: 2, epsilon: 0 });
 * layer.apply(tf.tensor([[1, 3, 2, 6]])).arraySync(); // [[-1, 1, -1, 1]]
 */
export class GroupNormalization extends LearnedNormalization {
  readonly groups: number;
  readonly axis: number;

  constructor(options: GroupNormalizationOptions = {}) {
    super('GroupNormalization', options, ['groups', 'axis']);
    const { groups = 32, axis = -1 } = options;
    if (!Number.isInteger(groups) || (groups < 1 && groups !== -1)) {
      throw new ArgumentError(`GroupNormalization: groups must be a whole number >= 1, or -1; received ${show(groups)}`);
    }
    if (Array.isArray(axis)) throw new ArgumentError(`GroupNormalization: axis must be one whole number; received ${show(axis)}`);
    this.groups = groups;
    this.axis = checkAxis('GroupNormalization', axis);
  }

  override build(inputShape: BatchShape): void {
    const [channels] = sizesOf(this.label, inputShape, this.axis);
    if (this.groups !== -1 && channels % this.groups !== 0) {
      throw new ShapeError(
        `${this.label}: ${channels} channels do not divide into ${this.groups} groups; received ${showShape(inputShape)}`,
      );
    }
    this.addLearned([channels]);
    this.inputSpec = { rank: inputShape.length, axes: { [this.axis]: channels } };
  }

  override call(x: Tensor): Tensor {
    const groups = this.groups === -1 ? x.shape[normalizeAxis(this.label, this.axis, x.rank)] : this.groups;
    return groupNormalization(x, groups, this.gamma ?? null, this.beta ?? null, this.axis, this.epsilon);
  }

  override getConfig(): Record<string, unknown> {
    const { groups, axis } = this;
    return { ...super.getConfig(), groups, axis };
  }
}

/**
 * Each example divided by the root of the mean of its squares over `axis`, then scaled by what is learned (Zhang and Sennrich 2019).
 * @throws ShapeError where the size of an axis is not known; ArgumentError for options that make no sense.
 * @example
 * const layer = new tf.layers.RMSNormalization({ epsilon: 0 });
 * layer.apply(tf.tensor([[3, 4, 0, 0]])).arraySync(); // [[1.2, 1.6, 0, 0]]
 */
export class RMSNormalization extends Layer {
  readonly axis: number | readonly number[];
  readonly epsilon: number;
  scale?: Variable;

  constructor(options: RMSNormalizationOptions = {}) {
    checkOptions('RMSNormalization', options, [...LAYER_OPTIONS, 'axis', 'epsilon']);
    super(options);
    this.axis = checkAxis('RMSNormalization', options.axis ?? -1);
    this.epsilon = checkEpsilon('RMSNormalization', options.epsilon ?? 1e-6);
  }

  override build(inputShape: BatchShape): void {
    this.scale = this.addWeight('scale', sizesOf(this.label, inputShape, this.axis), { initializer: 'ones' });
    this.inputSpec = { rank: inputShape.length };
  }

  override call(x: Tensor): Tensor {
    return rmsNormalization(x, this.scale ?? null, this.axis, this.epsilon);
  }

  override getConfig(): Record<string, unknown> {
    const { axis, epsilon } = this;
    return { ...super.getConfig(), axis, epsilon };
  }
}

/**
 * Each example divided by its length over `axis`.
 * @throws ArgumentError for an axis that is no whole number.
 * @example
 * new tf.layers.UnitNormalization().apply(tf.tensor([[3, 4]])).arraySync(); // [[0.6, 0.8]]
 */
export class UnitNormalization extends Layer {
  readonly axis: number | readonly number[];

  constructor(options: UnitNormalizationOptions = {}) {
    checkOptions('UnitNormalization', options, [...LAYER_OPTIONS, 'axis']);
    super(options);
    this.axis = checkAxis('UnitNormalization', options.axis ?? -1);
  }

  override call(x: Tensor): Tensor {
    return unitNormalization(x, this.axis);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis };
  }
}
