/** Cross-entropies of predicted classes, from probabilities or from logits. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { softplus } from '../ops/activations.ts';
import { add, div, mul, neg, sub } from '../ops/arithmetic.ts';
import { softmaxCrossEntropy } from '../ops/crossentropy.ts';
import { labelRows } from '../ops/labels.ts';
import { clipByValue, log } from '../ops/math.ts';
import { mean, sum } from '../ops/reduce.ts';
import { reshape } from '../ops/shape.ts';
import { alignShapes, checkSmoothing, Loss, type LossOptions } from './loss.ts';

/** Probabilities are kept this far from 0 and 1, as in Keras. */
const EPSILON = 1e-7;

/** Options of cross-entropies of class labels. */
export interface SparseCategoricalCrossentropyOptions extends LossOptions {
  /** Whether predictions are logits, not probabilities; false unless given. */
  fromLogits?: boolean;
}

/** Options of cross-entropies. */
export interface CrossentropyOptions extends SparseCategoricalCrossentropyOptions {
  /** How far labels are drawn towards even odds, from 0 to 1; 0 unless given. */
  labelSmoothing?: number;
}

function checkFromLogits(owner: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ArgumentError(`${owner}: fromLogits must be true or false, received ${show(value)}`);
}

/** The cross-entropy of each row of classes, from logits or from probabilities in any proportion. */
function rowLosses(truth: Tensor, yPred: Tensor, fromLogits: boolean): Tensor {
  if (fromLogits) return softmaxCrossEntropy(truth, yPred);
  const shares = clipByValue(div(yPred, sum(yPred, -1, true)), EPSILON, 1 - EPSILON);
  return neg(sum(mul(truth, log(shares)), -1));
}

function checkClasses(owner: string, yPred: Tensor): void {
  if (yPred.rank === 0) throw new ShapeError(`${owner}: yPred needs an axis of classes; received shape []`);
}

/**
 * The cross-entropy of independent yes-or-no answers; its mean over the last axis is a sample's loss.
 * @example
 * const loss = new tf.losses.BinaryCrossentropy({ fromLogits: true });
 * loss([[1], [0]], [[0], [0]]).item(); // 0.6931
 */
export class BinaryCrossentropy extends Loss {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  constructor(options: CrossentropyOptions = {}) {
    super('BinaryCrossentropy', options, ['fromLogits', 'labelSmoothing']);
    this.fromLogits = checkFromLogits('BinaryCrossentropy', options.fromLogits ?? false);
    this.labelSmoothing = checkSmoothing('BinaryCrossentropy', options.labelSmoothing ?? 0);
  }

  protected override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predicted] = alignShapes(this.name, yTrue, yPred);
    const s = this.labelSmoothing;
    const truth = s === 0 ? labels : add(mul(labels, 1 - s), 0.5 * s);
    // -log(sigmoid(z)) * y - log(1 - sigmoid(z)) * (1 - y), without overflow.
    if (this.fromLogits) return mean(sub(softplus(predicted), mul(truth, predicted)), -1);
    const p = clipByValue(predicted, EPSILON, 1 - EPSILON);
    return mean(neg(add(mul(truth, log(p)), mul(sub(1, truth), log(sub(1, p))))), -1);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits, labelSmoothing: this.labelSmoothing };
  }
}

/**
 * The cross-entropy of one class of several, the truth given as one probability per class.
 * @example
 * const loss = new tf.losses.CategoricalCrossentropy({ fromLogits: true });
 * loss([[0, 1]], [[0, 0]]).item(); // 0.6931
 */
export class CategoricalCrossentropy extends Loss {
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  constructor(options: CrossentropyOptions = {}) {
    super('CategoricalCrossentropy', options, ['fromLogits', 'labelSmoothing']);
    this.fromLogits = checkFromLogits('CategoricalCrossentropy', options.fromLogits ?? false);
    this.labelSmoothing = checkSmoothing('CategoricalCrossentropy', options.labelSmoothing ?? 0);
  }

  protected override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    checkClasses(this.name, yPred);
    if (!sameShape(yTrue.shape, yPred.shape)) {
      throw new ShapeError(`${this.name}: yTrue has shape ${showShape(yTrue.shape)}, yPred ${showShape(yPred.shape)}`);
    }
    const s = this.labelSmoothing;
    const truth = s === 0 ? yTrue : add(mul(yTrue, 1 - s), s / yPred.shape[yPred.rank - 1]);
    return rowLosses(truth, yPred, this.fromLogits);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits, labelSmoothing: this.labelSmoothing };
  }
}

/**
 * The cross-entropy of one class of several, the truth given as the number of the class; numbers out of range are refused.
 * @example
 * const loss = new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true });
 * loss([1], [[0, 0]]).item(); // 0.6931
 */
export class SparseCategoricalCrossentropy extends Loss {
  readonly fromLogits: boolean;

  constructor(options: SparseCategoricalCrossentropyOptions = {}) {
    super('SparseCategoricalCrossentropy', options, ['fromLogits']);
    this.fromLogits = checkFromLogits('SparseCategoricalCrossentropy', options.fromLogits ?? false);
  }

  protected override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    checkClasses(this.name, yPred);
    const samples = yPred.shape.slice(0, -1);
    if (!sameShape(yTrue.shape, samples) && !sameShape(yTrue.shape, [...samples, 1])) {
      throw new ShapeError(
        `${this.name}: yTrue needs one label per sample, shape ${showShape(samples)}; received ${showShape(yTrue.shape)}, yPred ${showShape(yPred.shape)}`,
      );
    }
    const rows = labelRows(reshape(yTrue, samples), yPred.shape[yPred.rank - 1], yPred.dtype);
    return rowLosses(rows, yPred, this.fromLogits);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), fromLogits: this.fromLogits };
  }
}
