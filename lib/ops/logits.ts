/** Losses of logits and rates, one value for each element or row. */
import { ArgumentError, checkFlag, ShapeError, show } from '../core/errors.ts';
import { normalizeAxis, sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { softplus } from './activations.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { greaterEqual, lessEqual, logicalAnd, where } from './compare.ts';
import { type TensorLike, toFloat, toPair, toTensor } from './convert.ts';
import { softmaxCrossEntropy } from './crossentropy.ts';
import { labelRows } from './labels.ts';
import { clipByValue, exp, log } from './math.ts';
import { moveaxis } from './rearrange.ts';
import { sum } from './reduce.ts';
import { reshape } from './shape.ts';

/** Two floating tensors of one shape. */
function pairOf(owner: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [first, second] = toPair(owner, a, b).map((x) => toFloat(owner, x));
  if (!sameShape(first.shape, second.shape)) {
    throw new ShapeError(`${owner}: needs two tensors of one shape; received ${showShape(first.shape)} and ${showShape(second.shape)}`);
  }
  return [first, second];
}

/**
 * Element-wise the cross-entropy of independent yes-or-no labels and logits in which a yes counts `posWeight` times as much: above 1 it finds more, below 1
 * it errs less.
 * @throws ShapeError for shapes that differ.
 * @example
 * tf.weightedCrossEntropyWithLogits([1, 0], [0, 0], 2).arraySync(); // [1.3862..., 0.6931...]
 */
export function weightedCrossEntropyWithLogits(labels: TensorLike, logits: TensorLike, posWeight: TensorLike): Tensor {
  const owner = 'weightedCrossEntropyWithLogits';
  const [truth, x] = pairOf(owner, labels, logits);
  const weight = castTo(toFloat(owner, posWeight), x.dtype);
  // log(1 + exp(-x)) counts 1 for a no and the weight for a yes; no exponential can overflow.
  return add(mul(sub(1, truth), x), mul(add(1, mul(sub(weight, 1), truth)), softplus(neg(x))));
}

/**
 * Element-wise the negative logarithm of the Poisson probability of the counts `targets` where the logarithm of the rate is `logInput`:
 * `exp(logInput) - targets * logInput`. What the rate does not change is left out, unless `computeFullLoss` adds Stirling's approximation of it for counts above 1.
 * @throws ShapeError for shapes that differ.
 * @example
 * tf.logPoissonLoss([2], [0]).arraySync(); // [1]
 */
export function logPoissonLoss(targets: TensorLike, logInput: TensorLike, computeFullLoss = false): Tensor {
  const [z, c] = pairOf('logPoissonLoss', targets, logInput);
  const loss = sub(exp(c), mul(z, c));
  if (!checkFlag('logPoissonLoss', 'computeFullLoss', computeFullLoss)) return loss;
  const few = logicalAnd(greaterEqual(z, 0), lessEqual(z, 1));
  const many = where(few, 2, z);
  const logarithm = log(many);
  const stirling = add(sub(mul(many, logarithm), many), mul(add(logarithm, Math.log(2 * Math.PI)), 0.5));
  return add(loss, where(few, 0, stirling));
}

/** Probabilities are kept this far from 0 and 1, as in Keras. */
const EPSILON = 1e-7;

/**
 * The cross-entropy of the class numbers `target` and `output`, which holds along `axis` the probability of each class in any proportion, or with
 * `fromLogits` its logit. The axis of classes is dropped; `target` may have it with size 1. Class numbers out of range are refused.
 * @throws ShapeError for shapes that do not fit; ArgumentError for labels that are no classes.
 * @example
 * tf.sparseCategoricalCrossentropy([1], [[0, 0]], true).arraySync(); // [0.6931...]
 */
export function sparseCategoricalCrossentropy(target: TensorLike, output: TensorLike, fromLogits = false, axis = -1): Tensor {
  const owner = 'sparseCategoricalCrossentropy';
  checkFlag(owner, 'fromLogits', fromLogits);
  const given = toFloat(owner, output);
  if (given.rank === 0) throw new ArgumentError(`${owner}: output needs an axis of classes; received ${show(given.shape)}`);
  const along = normalizeAxis(owner, axis, given.rank);
  const rows = along === given.rank - 1 ? given : moveaxis(given, along, -1);
  const samples = rows.shape.slice(0, -1);
  const labels = toTensor(owner, target);
  if (!sameShape(labels.shape, samples) && !sameShape(labels.shape, given.shape.with(along, 1))) {
    throw new ShapeError(
      `${owner}: target needs one label for each row, shape ${showShape(samples)}; received ${showShape(labels.shape)}, output ${showShape(given.shape)}`,
    );
  }
  const truth = labelRows(reshape(labels, samples), rows.shape[samples.length], rows.dtype);
  if (fromLogits) return softmaxCrossEntropy(truth, rows);
  const shares = clipByValue(div(rows, sum(rows, -1, true)), EPSILON, 1 - EPSILON);
  return neg(sum(mul(truth, log(shares)), -1));
}
