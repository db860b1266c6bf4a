/** The base of metrics, and the mean over everything they were shown. */
import { ArgumentError, checkOptions, ShapeError, show } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { add, divNoNan, mul } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { scalar } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { broadcastTo, reshape } from '../ops/shape.ts';

/** Options that every metric takes. */
export interface MetricOptions {
  /** What logs call the metric. */
  name?: string;
}

/** Something measured over many batches: its state is exact over all of them, not a mean of means. */
export abstract class Metric {
  readonly name: string;

  /** `className` is what errors call the metric; `known` are the options of the subclass. */
  constructor(className: string, options: MetricOptions = {}, known: readonly string[] = []) {
    checkOptions(className, options, ['name', ...known]);
    const name = options.name ?? className.charAt(0).toLowerCase() + className.slice(1);
    if (typeof name !== 'string') throw new ArgumentError(`${className}: name must be a string, received ${show(name)}`);
    this.name = name;
  }

  /** Takes in the truth and the predictions of a batch; `sampleWeight` says how much each sample counts. */
  abstract updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void;

  /** What the metric is over all that it was shown since it was reset: a float64 scalar. */
  abstract result(): Tensor;

  /** Forgets what it was shown. */
  abstract resetState(): void;

  /** Where the state is kept. */
  abstract get variables(): Variable[];

  /** The options that make the same metric again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name };
  }
}

/** A sum and a count in float64, and their quotient. */
class Average {
  readonly total: Variable;
  readonly count: Variable;

  constructor(name: string) {
    this.total = new Variable(scalar(0, 'float64'), { name: `${name}/total`, trainable: false });
    this.count = new Variable(scalar(0, 'float64'), { name: `${name}/count`, trainable: false });
  }

  add(owner: string, values: Tensor, sampleWeight: TensorLike | undefined): void {
    const exact = castTo(values, 'float64');
    const weights = sampleWeight === undefined ? undefined : weightsOf(owner, exact, sampleWeight);
    const total = sum(weights === undefined ? exact : mul(exact, weights));
    const count = weights === undefined ? scalar(exact.size, 'float64') : sum(weights);
    this.total.assign(add(peekValue(this.total), total));
    this.count.assign(add(peekValue(this.count), count));
  }

  result(): Tensor {
    // Nothing shown: 0, as in Keras.
    return divNoNan(peekValue(this.total), peekValue(this.count));
  }

  reset(): void {
    this.total.assign(scalar(0, 'float64'));
    this.count.assign(scalar(0, 'float64'));
  }
}

/** The weight of every value; weights may have fewer axes, or one more of size 1. */
function weightsOf(owner: string, values: Tensor, sampleWeight: TensorLike): Tensor {
  let weights = castTo(toTensor(owner, sampleWeight), 'float64');
  if (weights.rank === values.rank + 1 && weights.shape[weights.rank - 1] === 1) weights = reshape(weights, weights.shape.slice(0, -1));
  const fits = weights.rank <= values.rank && weights.shape.every((size, i) => size === values.shape[i] || size === 1);
  if (!fits) {
    throw new ShapeError(
      `${owner}: sampleWeight has shape ${showShape(weights.shape)}, which does not fit values of ${showShape(values.shape)}`,
    );
  }
  return broadcastTo(reshape(weights, [...weights.shape, ...values.shape.slice(weights.rank).map(() => 1)]), values.shape);
}

/** The mean of all values of a comparison; subclasses write `values`. */
export abstract class MeanMetric extends Metric {
  readonly #average: Average;

  constructor(className: string, options: MetricOptions = {}, known: readonly string[] = []) {
    super(className, options, known);
    this.#average = new Average(this.name);
  }

  /** What is averaged over: one value for each sample, or several. */
  protected abstract values(yTrue: Tensor, yPred: Tensor): Tensor;

  override updateState(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): void {
    this.#average.add(this.name, this.values(toTensor(this.name, yTrue), toTensor(this.name, yPred)), sampleWeight);
  }

  override result(): Tensor {
    return this.#average.result();
  }

  override resetState(): void {
    this.#average.reset();
  }

  override get variables(): Variable[] {
    return [this.#average.total, this.#average.count];
  }
}

/**
 * The mean of all values it is shown, such as losses.
 * @example
 * const mean = new tf.metrics.Mean();
 * mean.updateState([1, 2, 6]);
 * mean.result().item(); // 3
 */
export class Mean {
  readonly name: string;
  readonly #average: Average;

  constructor(options: MetricOptions = {}) {
    checkOptions('Mean', options, ['name']);
    this.name = options.name ?? 'mean';
    this.#average = new Average(this.name);
  }

  /** Takes in values; `sampleWeight` says how much each counts. */
  updateState(values: TensorLike, sampleWeight?: TensorLike): void {
    this.#average.add(this.name, toTensor(this.name, values), sampleWeight);
  }

  /** The mean since it was reset: a float64 scalar, 0 if nothing was shown. */
  result(): Tensor {
    return this.#average.result();
  }

  /** Forgets what it was shown. */
  resetState(): void {
    this.#average.reset();
  }

  /** Where the state is kept. */
  get variables(): Variable[] {
    return [this.#average.total, this.#average.count];
  }

  /** The options that make the same metric again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name };
  }
}

/** The truth and predictions in one shape; where only one has a last axis of size 1, the other gets one. */
export function alignShapes(owner: string, yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const expand = (x: Tensor, beside: Tensor): Tensor =>
    beside.rank === x.rank + 1 && beside.shape[x.rank] === 1 ? reshape(x, [...x.shape, 1]) : x;
  const pair: [Tensor, Tensor] = [expand(yTrue, yPred), expand(yPred, yTrue)];
  if (!sameShape(pair[0].shape, pair[1].shape)) {
    throw new ShapeError(`${owner}: yTrue has shape ${showShape(yTrue.shape)}, yPred ${showShape(yPred.shape)}`);
  }
  return pair;
}
