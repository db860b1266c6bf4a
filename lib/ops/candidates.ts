/** Losses over so many classes that only a sample of them is looked at, and the sampler. */
import { ArgumentError, checkFlag, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { type CandidateAttrs, logUniformCandidatesKernel } from '../kernels/candidates.ts';
import { softplus } from './activations.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, where } from './compare.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { softmaxCrossEntropy } from './crossentropy.ts';
import { gather, toIndices } from './indexing.ts';
import { concat, slice } from './join.ts';
import { expm1, log, log1p } from './math.ts';
import { matMul } from './matmul.ts';
import { drawsOf } from './random.ts';
import { checkCount } from './ranges.ts';
import { any, sum } from './reduce.ts';
import { broadcastTo, reshape } from './shape.ts';
import { expandDims } from './transpose.ts';

/** Outputs classes, and how many draws it took to find them. */
const candidatesOp: Op<CandidateAttrs> = declare<CandidateAttrs>({
  name: 'logUniformCandidates',
  attrs: ['count', 'rangeMax', 'unique'],
  traits: { random: true },
  infer: (_, { count }) => [
    { shape: [count], dtype: 'int32' },
    { shape: [], dtype: 'float64' },
  ],
  kernel: logUniformCandidatesKernel,
  saves: [],
  grad: 'none',
});

/** Sampled classes, and how often each class was to be expected among them. */
export interface SampledCandidates {
  /** Classes (int32) [sampled]. */
  readonly sampledCandidates: Tensor;
  /** Expected counts (float32) of the true classes, in their shape. */
  readonly trueExpectedCount: Tensor;
  /** Expected counts (float32) [sampled]. */
  readonly sampledExpectedCount: Tensor;
}

/** How often classes are to be expected in so many draws; each counts once if they are unique. */
function expectedCounts(classes: Tensor, tries: Tensor, { count, rangeMax, unique }: CandidateAttrs): Tensor {
  const k = castTo(classes, 'float64');
  const share = div(log1p(div(1, add(k, 1))), Math.log(rangeMax + 1));
  return castTo(unique ? neg(expm1(mul(tries, log1p(neg(share))))) : mul(share, count), 'float32');
}

/**
 * `numSampled` of the classes 0 to `rangeMax - 1`, of which the first are drawn most often: class k with the probability
 * `log((k + 2) / (k + 1)) / log(rangeMax + 1)`, as words sorted by how common they are. If `unique`, each at most once. With a seed, the same ones at every call.
 * @throws ShapeError unless there are `numTrue` true classes in each row; ArgumentError for numbers that are none, and for more unique classes than there are.
 * @example
 * const { sampledCandidates } = tf.logUniformCandidateSampler([[0]], 1, 3, true, 3);
 * tf.sort(sampledCandidates).arraySync(); // [0, 1, 2]
 */
export function logUniformCandidateSampler(
  trueClasses: TensorLike,
  numTrue: number,
  numSampled: number,
  unique: boolean,
  rangeMax: number,
  seed?: number,
): SampledCandidates {
  const owner = 'logUniformCandidateSampler';
  const attrs: CandidateAttrs = {
    count: checkCount(owner, 'numSampled', numSampled, 1),
    rangeMax: checkCount(owner, 'rangeMax', rangeMax, 1),
    unique: checkFlag(owner, 'unique', unique),
  };
  if (attrs.unique && attrs.count > attrs.rangeMax) {
    throw new ArgumentError(`${owner}: ${attrs.rangeMax} classes have no ${show(attrs.count)} different ones`);
  }
  const truth = checkTrue(owner, trueClasses, numTrue);
  const [sampledCandidates, tries] = apply(candidatesOp, [drawsOf(seed)(owner, attrs.count)], attrs);
  return {
    sampledCandidates,
    trueExpectedCount: expectedCounts(truth, tries, attrs),
    sampledExpectedCount: expectedCounts(sampledCandidates, tries, attrs),
  };
}

/** True classes [batch, numTrue]. */
function checkTrue(owner: string, labels: TensorLike, numTrue: number): Tensor {
  const truth = toIndices(owner, labels);
  checkCount(owner, 'numTrue', numTrue, 1);
  if (truth.rank !== 2 || truth.shape[1] !== numTrue) {
    throw new ShapeError(`${owner}: true classes need shape [batch,${numTrue}]; received ${showShape(truth.shape)}`);
  }
  return truth;
}

/** What both losses take. */
interface Sampling {
  weights: TensorLike;
  biases: TensorLike;
  labels: TensorLike;
  inputs: TensorLike;
  numSampled: number;
  numClasses: number;
  numTrue: number;
  sampledValues: SampledCandidates | null;
  removeAccidentalHits: boolean;
  seed: number | undefined;
}

/** So far below all logits that nothing is left of a class; finite, so that it may be multiplied by 0. */
const BELOW = -1e30;

/** Logits [batch, numTrue + sampled] of the true and the sampled classes, less the logarithms of how often they were to be expected, and their labels. */
function sampledLogits(owner: string, given: Sampling): [labels: Tensor, logits: Tensor] {
  const inputs = toFloat(owner, given.inputs);
  const [weights, biases] = [given.weights, given.biases].map((x) => castTo(toFloat(owner, x), inputs.dtype));
  const classes = checkCount(owner, 'numClasses', given.numClasses, 1);
  const [batch, width] = inputs.shape;
  if (inputs.rank !== 2 || !sameShape(weights.shape, [classes, width]) || !sameShape(biases.shape, [classes])) {
    throw new ShapeError(
      `${owner}: inputs [batch,width] need weights [${classes},width] and biases [${classes}]; received ${[inputs, weights, biases].map(({ shape }) => showShape(shape)).join(', ')}`,
    );
  }
  checkFlag(owner, 'removeAccidentalHits', given.removeAccidentalHits);
  const truth = checkTrue(owner, given.labels, given.numTrue);
  if (truth.shape[0] !== batch)
    throw new ShapeError(`${owner}: ${batch} rows of inputs need as many labels; received ${showShape(truth.shape)}`);
  const { sampledCandidates, trueExpectedCount, sampledExpectedCount } =
    given.sampledValues ?? logUniformCandidateSampler(truth, given.numTrue, given.numSampled, true, classes, given.seed);
  const sampled = sampledCandidates.shape[0];
  // Both kinds in one go: rows of a large table are what takes time.
  const all = concat([reshape(truth, [batch * given.numTrue]), sampledCandidates]);
  const [rows, offsets] = [gather(weights, all), gather(biases, all)];
  const trueCount = batch * given.numTrue;
  const trueRows = reshape(slice(rows, [0, 0], [trueCount, width]), [batch, given.numTrue, width]);
  const trueLogits = add(sum(mul(expandDims(inputs, 1), trueRows), 2), reshape(slice(offsets, 0, trueCount), [batch, given.numTrue]));
  const others = add(matMul(inputs, slice(rows, [trueCount, 0], [sampled, width]), false, true), slice(offsets, trueCount, sampled));
  const hits = any(equal(expandDims(truth, 2), sampledCandidates), 1);
  const expected = (logits: Tensor, counts: Tensor): Tensor => sub(logits, castTo(log(counts), inputs.dtype));
  const otherLogits = expected(given.removeAccidentalHits ? where(hits, BELOW, others) : others, sampledExpectedCount);
  const label = tensorOf(
    Array.from({ length: given.numTrue + sampled }, (_, i) => (i < given.numTrue ? 1 / given.numTrue : 0)),
    [1, given.numTrue + sampled],
    inputs.dtype,
  );
  const logits = concat([expected(trueLogits, trueExpectedCount), otherLogits], 1);
  return [broadcastTo(label, logits.shape), logits];
}

/**
 * The cross-entropy of each row of `inputs` [batch, width] over the true classes `labels` [batch, numTrue] and `numSampled` others instead of all
 * `numClasses` (Jean et al. 2014), for weights [classes, width] and biases [classes]: an estimate to train with, not to compare with. The sample is that of
 * `logUniformCandidateSampler` unless `sampledValues` are given; sampled classes that are true ones do not count.
 * @throws ShapeError for shapes that do not fit; ArgumentError for numbers that are none.
 * @example
 * const [weights, biases] = [tf.randomNormal([1000, 16]), tf.zeros([1000])];
 * tf.sampledSoftmaxLoss(weights, biases, [[3], [7]], tf.ones([2, 16]), 20, 1000).shape; // [2]
 */
export function sampledSoftmaxLoss(
  weights: TensorLike,
  biases: TensorLike,
  labels: TensorLike,
  inputs: TensorLike,
  numSampled: number,
  numClasses: number,
  numTrue = 1,
  sampledValues: SampledCandidates | null = null,
  removeAccidentalHits = true,
  seed?: number,
): Tensor {
  const given = { weights, biases, labels, inputs, numSampled, numClasses, numTrue, sampledValues, removeAccidentalHits, seed };
  return softmaxCrossEntropy(...sampledLogits('sampledSoftmaxLoss', given));
}

/**
 * Noise-contrastive estimation (Gutmann & Hyvärinen 2010): of each row of `inputs` the sum of yes-or-no cross-entropies of its true classes and of
 * `numSampled` others. Arguments are those of `sampledSoftmaxLoss`, but sampled classes that are true ones count unless `removeAccidentalHits`.
 * @throws ShapeError for shapes that do not fit; ArgumentError for numbers that are none.
 * @example
 * const [weights, biases] = [tf.randomNormal([1000, 16]), tf.zeros([1000])];
 * tf.nceLoss(weights, biases, [[3], [7]], tf.ones([2, 16]), 20, 1000).shape; // [2]
 */
export function nceLoss(
  weights: TensorLike,
  biases: TensorLike,
  labels: TensorLike,
  inputs: TensorLike,
  numSampled: number,
  numClasses: number,
  numTrue = 1,
  sampledValues: SampledCandidates | null = null,
  removeAccidentalHits = false,
  seed?: number,
): Tensor {
  const given = { weights, biases, labels, inputs, numSampled, numClasses, numTrue, sampledValues, removeAccidentalHits, seed };
  const [truth, logits] = sampledLogits('nceLoss', given);
  return sum(sub(softplus(logits), mul(truth, logits)), 1);
}
