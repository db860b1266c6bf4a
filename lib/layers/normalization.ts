/** Batch normalization. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { normalizeAxis, showShape } from '../core/shape.ts';
import { isSymbolic, type Tensor } from '../core/tensor.ts';
import { peekValue, type Variable } from '../core/variable.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { batchNorm, normalizeMatrix } from '../ops/normalization.ts';
import { reshape } from '../ops/shape.ts';
import { transpose } from '../ops/transpose.ts';
import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import type { BatchShape } from './node.ts';

/** Options of a BatchNormalization layer. */
export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the features; the last unless given. */
  axis?: number;
  /** How much of the moving statistics a batch leaves; 0.99 unless given. */
  momentum?: number;
  /** What is added to the variance; 0.001 unless given. */
  epsilon?: number;
  /** Whether a learned offset is added; true unless given. */
  center?: boolean;
  /** Whether a learned factor is applied; true unless given. */
  scale?: boolean;
}

/**
 * Each feature with mean 0 and variance 1 over the batch while training, by the moving averages of both else; then scaled and shifted by what
 * is learned (Ioffe and Szegedy 2015). A frozen layer always goes by the moving averages.
 * @example
 * const layer = new tf.layers.BatchNormalization({ epsilon: 0 });
 * layer.apply(tf.tensor([[1], [3]]), { training: true }).arraySync(); // [[-1], [1]]
 */
export class BatchNormalization extends Layer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  gamma?: Variable;
  beta?: Variable;
  movingMean?: Variable;
  movingVariance?: Variable;

  constructor(options: BatchNormalizationOptions = {}) {
    checkOptions('BatchNormalization', options, [...LAYER_OPTIONS, 'axis', 'momentum', 'epsilon', 'center', 'scale']);
    const { axis = -1, momentum = 0.99, epsilon = 1e-3, center = true, scale = true } = options;
    if (!(momentum >= 0 && momentum <= 1))
      throw new ArgumentError(`BatchNormalization: momentum must be from 0 to 1; received ${show(momentum)}`);
    if (!(epsilon >= 0)) throw new ArgumentError(`BatchNormalization: epsilon must be a number >= 0; received ${show(epsilon)}`);
    if (!Number.isInteger(axis)) throw new ArgumentError(`BatchNormalization: axis must be a whole number; received ${show(axis)}`);
    super(options);
    this.axis = axis;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.center = checkFlag('BatchNormalization', 'center', center);
    this.scale = checkFlag('BatchNormalization', 'scale', scale);
  }

  override build(inputShape: BatchShape): void {
    const axis = normalizeAxis(this.label, this.axis, inputShape.length);
    const features = inputShape[axis];
    if (features === null)
      throw new ShapeError(`${this.label}: axis ${this.axis} must have a known size; received ${showShape(inputShape)}`);
    if (this.scale) this.gamma = this.addWeight('gamma', [features], { initializer: 'ones' });
    if (this.center) this.beta = this.addWeight('beta', [features], { initializer: 'zeros' });
    this.movingMean = this.addWeight('moving_mean', [features], { initializer: 'zeros', trainable: false });
    this.movingVariance = this.addWeight('moving_variance', [features], { initializer: 'ones', trainable: false });
    this.inputSpec = { rank: inputShape.length, axes: { [this.axis]: features } };
  }

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    const axis = normalizeAxis(this.label, this.axis, x.rank);
    const [movingMean, movingVariance] = [this.movingMean as Variable, this.movingVariance as Variable];
    const [center, spread] = [peekValue(movingMean), peekValue(movingVariance)];
    const across = x.shape.map((d, i) => (i === axis ? d : 1));
    const [offset, scale] = [this.beta, this.gamma].map((weight) => (weight === undefined ? null : reshape(weight, across)));
    if (!training || !this.trainable || isSymbolic(x)) {
      return batchNorm(x, reshape(center, across), reshape(spread, across), offset, scale, this.epsilon);
    }
    // The features come last, so that the rest makes rows.
    const order = [...x.shape.map((_, i) => i).filter((i) => i !== axis), axis];
    const turned = axis === x.rank - 1 ? x : transpose(x, order);
    const features = x.shape[axis];
    const matrix = castTo(reshape(turned, [features === 0 ? 0 : x.size / features, features]), this.dtype);
    const learned = [scale, offset].map((weight) => (weight === null ? null : reshape(weight, [features])));
    const { y, mean, variance } = normalizeMatrix(matrix, learned[0], learned[1], { axis: 0, epsilon: this.epsilon, centered: true });
    this.#follow(movingMean, center, mean);
    this.#follow(movingVariance, spread, variance);
    const result = reshape(y, turned.shape);
    if (turned === x) return result;
    return transpose(
      result,
      order.map((_, to) => order.indexOf(to)),
    );
  }

  override getConfig(): Record<string, unknown> {
    const { axis, momentum, epsilon, center, scale } = this;
    return { ...super.getConfig(), axis, momentum, epsilon, center, scale };
  }

  #follow(average: Variable, before: Tensor, batch: Tensor): void {
    average.assign(add(mul(before, this.momentum), mul(batch, 1 - this.momentum)));
  }
}
