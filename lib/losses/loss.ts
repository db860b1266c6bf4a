/** The base of losses: an object that is called like a function, and how the values of samples become one number. */
import { ArgumentError, checkOptions, ShapeError, show, unknownWord } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, mul } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { type TensorLike, toFloat } from '../ops/convert.ts';
import { sum } from '../ops/reduce.ts';
import { reshape } from '../ops/shape.ts';

/** How the values of the samples are put together: their mean, their sum, or not at all. */
export type Reduction = 'sumOverBatchSize' | 'sum' | 'none';

/** Options that every loss takes. */
export interface LossOptions {
  /** 'sumOverBatchSize' (the mean) unless given. */
  reduction?: Reduction;
  /** What logs call the loss. */
  name?: string;
}

const REDUCTIONS: readonly Reduction[] = ['sumOverBatchSize', 'sum', 'none'];

/** A loss is called like a function: `loss(yTrue, yPred)`; `loss.call` is the same. */
export interface Loss {
  (yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): Tensor;
  /** What logs call the loss. */
  readonly name: string;
  readonly reduction: Reduction;
}

/** What compares predictions with the truth; subclasses write `perSample`. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor returns a function, which is what the interface says.
export abstract class Loss {
  /** `className` is what errors call the loss; `known` are the options of the subclass. */
  constructor(className: string, options: LossOptions = {}, known: readonly string[] = []) {
    checkOptions(className, options, ['reduction', 'name', ...known]);
    const reduction = options.reduction ?? 'sumOverBatchSize';
    if (!REDUCTIONS.includes(reduction)) throw unknownWord(className, 'reduction', String(reduction), REDUCTIONS);
    const name = options.name ?? className.charAt(0).toLowerCase() + className.slice(1);
    const self = (yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): Tensor => loss.call(yTrue, yPred, sampleWeight);
    const loss: Loss = Object.setPrototypeOf(self, new.target.prototype);
    // A function's own name cannot be assigned, only defined.
    Object.defineProperty(loss, 'name', { value: name, enumerable: true });
    Object.defineProperty(loss, 'reduction', { value: reduction, enumerable: true });
    // biome-ignore lint/correctness/noConstructorReturn: it is how an instance can be called.
    return loss;
  }

  /** The loss of each sample: of the shape of the predictions without its last axis. Both have a floating dtype and suit each other. */
  protected abstract perSample(yTrue: Tensor, yPred: Tensor): Tensor;

  /** The loss, reduced to a scalar unless the reduction is 'none'; `sampleWeight` multiplies the loss of each sample. */
  call(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike): Tensor {
    const predicted = toFloat(this.name, yPred);
    const values = this.perSample(castTo(toFloat(this.name, yTrue), predicted.dtype), predicted);
    const weighted = sampleWeight === undefined ? values : weigh(this.name, values, sampleWeight);
    if (this.reduction === 'none') return weighted;
    const total = sum(weighted);
    return this.reduction === 'sum' || values.size === 0 ? total : div(total, values.size);
  }

  /** The options that make the same loss again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name, reduction: this.reduction };
  }
}

/** Values of samples times their weights, which may have fewer axes or one more of size 1. */
export function weigh(owner: string, values: Tensor, sampleWeight: TensorLike): Tensor {
  let weights = castTo(toFloat(owner, sampleWeight), values.dtype);
  if (weights.rank === values.rank + 1 && weights.shape[weights.rank - 1] === 1) weights = reshape(weights, weights.shape.slice(0, -1));
  const fits = weights.rank <= values.rank && weights.shape.every((size, i) => size === values.shape[i] || size === 1);
  if (!fits) {
    throw new ShapeError(
      `${owner}: sampleWeight has shape ${showShape(weights.shape)}, which does not fit values of samples of ${showShape(values.shape)}`,
    );
  }
  // One weight for each sample counts for all that is further in.
  const padded = [...weights.shape, ...values.shape.slice(weights.rank).map(() => 1)];
  return mul(values, reshape(weights, padded));
}

/** Labels and predictions of one shape; where only one has a last axis of size 1, the other gets one. */
export function alignShapes(owner: string, yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const expand = (x: Tensor, beside: Tensor): Tensor =>
    beside.rank === x.rank + 1 && beside.shape[x.rank] === 1 ? reshape(x, [...x.shape, 1]) : x;
  const pair: [Tensor, Tensor] = [expand(yTrue, yPred), expand(yPred, yTrue)];
  if (!sameShape(pair[0].shape, pair[1].shape)) {
    throw new ShapeError(`${owner}: yTrue has shape ${showShape(yTrue.shape)}, yPred ${showShape(yPred.shape)}`);
  }
  return pair;
}

/** Checks a label smoothing that came from a user. */
export function checkSmoothing(owner: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new ArgumentError(`${owner}: labelSmoothing must be a number from 0 to 1, received ${show(value)}`);
}
