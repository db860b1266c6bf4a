/** The loss functions of TensorFlow.js: labels, predictions, weights, and how they become one number. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { broadcastShapes, normalizeAxis, sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { relu, softplus } from '../ops/activations.ts';
import { add, divNoNan, mul, neg, square, squaredDifference, sub } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { notEqual } from '../ops/compare.ts';
import { type TensorLike, toFloat, toPair } from '../ops/convert.ts';
import { softmaxCrossEntropy as crossEntropyOfRows } from '../ops/crossentropy.ts';
import { abs, clipByValue, log } from '../ops/math.ts';
import { sum } from '../ops/reduce.ts';
import { broadcastTo } from '../ops/shape.ts';
import { checkSmoothing } from './loss.ts';

/**
 * How the loss functions of `tf.losses` put values together: not at all, the sum over the sum of the weights, the sum, or the sum over the number of weights
 * that are not 0.
 * @example
 * tf.losses.meanSquaredError([1, 2], [1, 4], [1, 0.5], tf.Reduction.SUM).item(); // 2
 */
export const Reduction = Object.freeze({ NONE: 0, MEAN: 1, SUM: 2, SUM_BY_NONZERO_WEIGHTS: 3 } as const);

/** One of the ways that `Reduction` names. */
export type Reduction = (typeof Reduction)[keyof typeof Reduction];

const { SUM_BY_NONZERO_WEIGHTS } = Reduction;

function reduced(owner: string, losses: Tensor, weights: TensorLike | null | undefined, reduction: Reduction): Tensor {
  if (!Object.values(Reduction).includes(reduction)) {
    throw new ArgumentError(`${owner}: reduction must be one of tf.Reduction; received ${show(reduction)}`);
  }
  const alike = weights === null || weights === undefined;
  const given = castTo(toFloat(owner, alike ? 1 : weights), losses.dtype);
  if (given.rank > losses.rank || !sameShape(broadcastShapes(owner, losses.shape, given.shape), losses.shape)) {
    throw new ShapeError(`${owner}: weights of shape ${showShape(given.shape)} do not fit losses of shape ${showShape(losses.shape)}`);
  }
  const weighted = alike ? losses : mul(losses, given);
  if (reduction === Reduction.NONE) return weighted;
  const total = sum(weighted);
  if (reduction === Reduction.SUM) return total;
  if (alike) return divNoNan(total, losses.size);
  const all = broadcastTo(given, losses.shape);
  return divNoNan(total, sum(reduction === Reduction.MEAN ? all : castTo(notEqual(all, 0), losses.dtype)));
}

/** Labels and predictions as floating tensors of one shape. */
function pairOf(owner: string, labels: TensorLike, predictions: TensorLike): [Tensor, Tensor] {
  const [truth, predicted] = toPair(owner, labels, predictions).map((x) => toFloat(owner, x));
  if (!sameShape(truth.shape, predicted.shape)) {
    throw new ShapeError(
      `${owner}: labels and predictions need one shape; received ${showShape(truth.shape)} and ${showShape(predicted.shape)}`,
    );
  }
  return [truth, predicted];
}

/** `value` itself; an error where it is no number above 0. */
function checkAbove0(owner: string, name: string, value: number): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new ArgumentError(`${owner}: ${name} must be a number above 0; received ${show(value)}`);
}

/**
 * Losses times their weights (which broadcast to them), put together as `reduction` says; of weights that sum to 0 the result is 0.
 * @throws ShapeError for weights that do not fit; ArgumentError for a reduction that is none.
 * @example
 * tf.losses.computeWeightedLoss([1, 2, 6], [1, 1, 0]).item(); // 1.5
 * tf.losses.computeWeightedLoss([1, 2, 6], [1, 1, 2], tf.Reduction.MEAN).item(); // 3.75
 */
export function computeWeightedLoss(
  losses: TensorLike,
  weights?: TensorLike | null,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  return reduced('computeWeightedLoss', toFloat('computeWeightedLoss', losses), weights, reduction);
}

/**
 * The absolute differences of labels and predictions.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a reduction that is none.
 * @example
 * tf.losses.absoluteDifference([1, 2], [2, 5]).item(); // 2
 */
export function absoluteDifference(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: TensorLike | null,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [truth, predicted] = pairOf('absoluteDifference', labels, predictions);
  return reduced('absoluteDifference', abs(sub(truth, predicted)), weights, reduction);
}

/**
 * One less the product of labels and predictions along `axis`, both of which have length 1 there.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a reduction that is none.
 * @example
 * tf.losses.cosineDistance([[1, 0]], [[0.6, 0.8]], 1).item(); // 0.4
 */
export function cosineDistance(
  labels: TensorLike,
  predictions: TensorLike,
  axis: number,
  weights?: TensorLike | null,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [truth, predicted] = pairOf('cosineDistance', labels, predictions);
  const along = normalizeAxis('cosineDistance', axis, truth.rank);
  return reduced('cosineDistance', sub(1, sum(mul(truth, predicted), along, true)), weights, reduction);
}

/**
 * How far predictions fall short of 1 for labels of 1, and of -1 for labels of 0.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a reduction that is none.
 * @example
 * tf.losses.hingeLoss([1, 0], [0.5, -2]).item(); // 0.25
 */
export function hingeLoss(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: TensorLike | null,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [truth, predicted] = pairOf('hingeLoss', labels, predictions);
  const side = sub(mul(truth, 2), 1);
  return reduced('hingeLoss', relu(sub(1, mul(side, predicted))), weights, reduction);
}

/**
 * Half of squared differences up to `delta`, and beyond it what grows by `delta` for each 1.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a delta that is not above 0, and a reduction that is none.
 * @example
 * tf.losses.huberLoss([0, 0], [1, 3]).item(); // 1.5
 */
export function huberLoss(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: TensorLike | null,
  delta = 1,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [truth, predicted] = pairOf('huberLoss', labels, predictions);
  checkAbove0('huberLoss', 'delta', delta);
  const error = abs(sub(predicted, truth));
  const near = clipByValue(error, 0, delta);
  return reduced('huberLoss', add(mul(square(near), 0.5), mul(sub(error, near), delta)), weights, reduction);
}

/**
 * The cross-entropy of yes-or-no labels and predicted probabilities, to which `epsilon` is added before the logarithm.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for an epsilon that is no number, and a reduction that is none.
 * @example
 * tf.losses.logLoss([1, 0], [0.5, 0.5]).item(); // 0.6931
 */
export function logLoss(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: TensorLike | null,
  epsilon = 1e-7,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [truth, predicted] = pairOf('logLoss', labels, predictions);
  if (typeof epsilon !== 'number' || !(epsilon >= 0)) {
    throw new ArgumentError(`logLoss: epsilon must be a number >= 0; received ${show(epsilon)}`);
  }
  const yes = mul(truth, log(add(predicted, epsilon)));
  const no = mul(sub(1, truth), log(add(sub(1, predicted), epsilon)));
  return reduced('logLoss', neg(add(yes, no)), weights, reduction);
}

/**
 * The squared differences of labels and predictions.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a reduction that is none.
 * @example
 * tf.losses.meanSquaredError([1, 2], [2, 5]).item(); // 5
 */
export function meanSquaredError(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: TensorLike | null,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [truth, predicted] = pairOf('meanSquaredError', labels, predictions);
  return reduced('meanSquaredError', squaredDifference(truth, predicted), weights, reduction);
}

/**
 * The cross-entropy of independent yes-or-no labels and logits; `labelSmoothing` draws labels towards one half.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a smoothing that is not from 0 to 1, and a reduction that is none.
 * @example
 * tf.losses.sigmoidCrossEntropy([1, 0], [0, 0]).item(); // 0.6931
 */
export function sigmoidCrossEntropy(
  multiClassLabels: TensorLike,
  logits: TensorLike,
  weights?: TensorLike | null,
  labelSmoothing = 0,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [labels, predicted] = pairOf('sigmoidCrossEntropy', multiClassLabels, logits);
  const s = checkSmoothing('sigmoidCrossEntropy', labelSmoothing);
  const truth = s === 0 ? labels : add(mul(labels, 1 - s), 0.5 * s);
  return reduced('sigmoidCrossEntropy', sub(softplus(predicted), mul(truth, predicted)), weights, reduction);
}

/**
 * The cross-entropy of rows of one-hot labels and logits, one loss for each row; `labelSmoothing` draws labels towards even odds.
 * @throws ShapeError for shapes that differ and weights that do not fit; ArgumentError for a smoothing that is not from 0 to 1, and a reduction that is none.
 * @example
 * tf.losses.softmaxCrossEntropy([[0, 1]], [[0, 0]]).item(); // 0.6931
 */
export function softmaxCrossEntropy(
  onehotLabels: TensorLike,
  logits: TensorLike,
  weights?: TensorLike | null,
  labelSmoothing = 0,
  reduction: Reduction = SUM_BY_NONZERO_WEIGHTS,
): Tensor {
  const [labels, predicted] = pairOf('softmaxCrossEntropy', onehotLabels, logits);
  const s = checkSmoothing('softmaxCrossEntropy', labelSmoothing);
  const truth = s === 0 ? labels : add(mul(labels, 1 - s), s / (labels.shape.at(-1) ?? 1));
  return reduced('softmaxCrossEntropy', crossEntropyOfRows(truth, predicted), weights, reduction);
}
