/** Random tensors of more distributions, random order, and dropout. */
import { checkDType, codeOf, type DType } from '../core/dtype.ts';
import { ArgumentError, checkFlag, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op, type View } from '../core/op.ts';
import { broadcastShapes, checkShape, normalizeAxis, type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import * as kernels from '../kernels/distributions.ts';
import { div, mul, neg } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { greaterEqual, where } from './compare.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { gather } from './indexing.ts';
import { log1p } from './math.ts';
import { type Draw, declareRandom, drawsOf, floatCode, sampleUniform } from './random.ts';
import { view } from './shape.ts';

interface SampleAttrs {
  readonly shape: Shape;
  readonly dtype: number;
}

type SampleKernel = (inputs: readonly View[], outputs: readonly View[]) => void;

/** Declares an op that draws by parameters; it refuses those of no distribution. */
function declareSamples(name: string, kernel: SampleKernel): Op<SampleAttrs> {
  return declareRandom<SampleAttrs>(name, ['shape', 'dtype'], kernel, () => true);
}

const gammaOp = declareSamples('randomGamma', kernels.randomGammaKernel);
const betaOp = declareSamples('randomBeta', kernels.randomBetaKernel);
const poissonOp = declareSamples('randomPoisson', kernels.randomPoissonKernel);
const binomialOp = declareSamples('randomBinomial', kernels.randomBinomialKernel);

/** Parameters, as doubles: rounding them would change the distribution. */
function parametersOf(owner: string, shape: Shape, parameters: readonly TensorLike[]): Tensor[] {
  return parameters.map((value) => {
    const parameter = castTo(toTensor(owner, value, 'float64'), 'float64');
    if (!sameShape(broadcastShapes(owner, parameter.shape, shape), shape)) {
      throw new ShapeError(`${owner}: parameters of shape ${showShape(parameter.shape)} do not broadcast to ${showShape(shape)}`);
    }
    return parameter;
  });
}

function sample(op: Op<SampleAttrs>, draw: Draw, shape: Shape, parameters: readonly TensorLike[], dtype: number): Tensor {
  const checked = checkShape(op.name, shape);
  const inputs = parametersOf(op.name, checked, parameters);
  return apply(op, [draw(op.name, sizeOfShape(checked)), ...inputs], { shape: checked, dtype })[0];
}

/** The code of the dtype of counts, floating or int32; an error for others. */
function countCode(owner: string, dtype: DType): number {
  return checkDType(owner, dtype) === 'int32' ? codeOf(dtype) : floatCode(owner, dtype);
}

/** `randomGamma` from anywhere. */
export function sampleGamma(draw: Draw, shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType): Tensor {
  const unit = sample(gammaOp, draw, shape, [alpha], floatCode('randomGamma', dtype));
  return beta === 1 ? unit : div(unit, castTo(toFloat('randomGamma', beta), unit.dtype));
}

/** `randomBeta` from anywhere. */
export function sampleBeta(draw: Draw, shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType): Tensor {
  return sample(betaOp, draw, shape, [alpha, beta], floatCode('randomBeta', dtype));
}

/** `randomPoisson` from anywhere. */
export function samplePoisson(draw: Draw, shape: Shape, lam: TensorLike, dtype: DType): Tensor {
  return sample(poissonOp, draw, shape, [lam], countCode('randomPoisson', dtype));
}

/** `randomBinomial` from anywhere. */
export function sampleBinomial(draw: Draw, shape: Shape, counts: TensorLike, probabilities: TensorLike, dtype: DType): Tensor {
  return sample(binomialOp, draw, shape, [counts, probabilities], countCode('randomBinomial', dtype));
}

/** `randomExponential` from anywhere. */
export function sampleExponential(draw: Draw, shape: Shape, rate: TensorLike, dtype: DType): Tensor {
  const unit = neg(log1p(neg(sampleUniform(draw, shape, 0, 1, dtype))));
  return rate === 1 ? unit : div(unit, castTo(toFloat('randomExponential', rate), unit.dtype));
}

/**
 * Numbers of the gamma distribution of shape parameter `alpha` and rate `beta`, each a number or a tensor that broadcasts to `shape`. A gradient flows to `beta`, none to
 * `alpha`. With a seed, the same ones at every call.
 * @throws ArgumentError for an alpha that is not above 0, a dtype that is not floating, a seed that is no whole number.
 * @example
 * tf.randomGamma([2, 3], 2).shape; // [2, 3]
 */
export function randomGamma(shape: Shape, alpha: TensorLike, beta: TensorLike = 1, dtype: DType = 'float32', seed?: number): Tensor {
  return sampleGamma(drawsOf(seed), shape, alpha, beta, dtype);
}

/**
 * Numbers of the beta distribution, from 0 to 1, with parameters that broadcast to `shape`. With a seed, the same ones at every call.
 * @throws ArgumentError for parameters that are not above 0, a dtype that is not floating, a seed that is no whole number.
 * @example
 * tf.randomBeta([2, 3], 2, 5).shape; // [2, 3]
 */
export function randomBeta(shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType = 'float32', seed?: number): Tensor {
  return sampleBeta(drawsOf(seed), shape, alpha, beta, dtype);
}

/**
 * Counts of the Poisson distribution of mean `lam`, which broadcasts to `shape`, floating or int32. With a seed, the same ones at every call.
 * @throws ArgumentError for a mean below 0, a dtype that is neither floating nor int32, a seed that is no whole number.
 * @example
 * tf.randomPoisson([3], 0).arraySync(); // [0, 0, 0]
 */
export function randomPoisson(shape: Shape, lam: TensorLike, dtype: DType = 'float32', seed?: number): Tensor {
  return samplePoisson(drawsOf(seed), shape, lam, dtype);
}

/**
 * How many of `counts` trials succeed, each with one of `probabilities`; both broadcast to `shape`. Floating or int32. With a seed, the same ones at every call.
 * @throws ArgumentError for counts that are no whole numbers >= 0, probabilities outside of 0 to 1, a dtype that is neither floating nor int32, a seed that is no whole
 * number.
 * @example
 * tf.randomBinomial([2], 10, [0, 1]).arraySync(); // [0, 10]
 */
export function randomBinomial(
  shape: Shape,
  counts: TensorLike,
  probabilities: TensorLike,
  dtype: DType = 'float32',
  seed?: number,
): Tensor {
  return sampleBinomial(drawsOf(seed), shape, counts, probabilities, dtype);
}

/**
 * Numbers of the exponential distribution of mean `1 / rate`, which broadcasts and gets a gradient. With a seed, the same ones at every call.
 * @throws ArgumentError for a dtype that is not floating, a seed that is no whole number.
 * @example
 * tf.randomExponential([2, 3]).shape; // [2, 3]
 */
export function randomExponential(shape: Shape, rate: TensorLike = 1, dtype: DType = 'float32', seed?: number): Tensor {
  return sampleExponential(drawsOf(seed), shape, rate, dtype);
}

const multinomialOp: Op<{ samples: number; normalized: boolean }> = declare<{ samples: number; normalized: boolean }>({
  name: 'multinomial',
  attrs: ['samples', 'normalized'],
  traits: { random: true, refuses: () => true },
  infer([, logits], { samples }) {
    const { shape } = logits;
    if (shape.length < 1 || shape.length > 2 || shape[shape.length - 1] === 0) {
      throw new ShapeError(`multinomial: needs logits of shape [classes] or [rows, classes]; received ${showShape(shape)}`);
    }
    return [{ shape: [...shape.slice(0, -1), samples], dtype: 'int32' }];
  },
  kernel: kernels.multinomialKernel,
  saves: [],
  grad: 'none',
});

/** `multinomial` from anywhere. */
export function sampleClasses(draw: Draw, logits: TensorLike, numSamples: number, normalized: boolean): Tensor {
  const input = toFloat('multinomial', logits);
  if (!Number.isSafeInteger(numSamples) || numSamples < 0) {
    throw new ArgumentError(`multinomial: numSamples must be a whole number >= 0; received ${show(numSamples)}`);
  }
  const attrs = { samples: numSamples, normalized: checkFlag('multinomial', 'normalized', normalized) };
  const rows = input.rank === 2 ? input.shape[0] : 1;
  return apply(multinomialOp, [draw('multinomial', rows * numSamples), input], attrs)[0];
}

/**
 * Classes (int32 `[rows, numSamples]`) drawn for each row of logits, of any sum, or of probabilities if `normalized`. With a seed, the same ones at every call.
 * @throws ShapeError for other ranks than 1 and 2; ArgumentError for a row of no distribution, such as one of NaN.
 * @example
 * tf.multinomial([[0, 1], [1, 0]], 3, undefined, true).arraySync(); // [[1, 1, 1], [0, 0, 0]]
 */
export function multinomial(logits: TensorLike, numSamples: number, seed?: number, normalized = false): Tensor {
  return sampleClasses(drawsOf(seed), logits, numSamples, normalized);
}

/**
 * Classes (int32 `[rows, numSamples]`) drawn for each row of logits: `multinomial` under Keras's name.
 * @throws as `multinomial` does.
 * @example
 * tf.categorical([[0, -Infinity]], 2).arraySync(); // [[0, 0]]
 */
export function categorical(logits: TensorLike, numSamples: number, seed?: number): Tensor {
  return sampleClasses(drawsOf(seed), logits, numSamples, false);
}

const permutationOp: Op<SampleAttrs> = declareRandom<SampleAttrs>('randomPermutation', ['shape', 'dtype'], kernels.randomPermutationKernel);

/** `randomPermutation` from anywhere. */
export function samplePermutation(draw: Draw, n: number): Tensor {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31) {
    throw new ArgumentError(`randomPermutation: n must be a whole number from 0 to below 2 ** 31; received ${show(n)}`);
  }
  return apply(permutationOp, [draw('randomPermutation', n)], { shape: [n], dtype: codeOf('int32') })[0];
}

/**
 * The whole numbers (int32) from 0 to below `n` in random order. With a seed, the same one at every call.
 * @throws ArgumentError unless `n` is a whole number >= 0.
 * @example
 * tf.randomPermutation(1).arraySync(); // [0]
 */
export function randomPermutation(n: number, seed?: number): Tensor {
  return samplePermutation(drawsOf(seed), n);
}

/** `shuffle` from anywhere. */
export function sampleOrder(draw: Draw, x: TensorLike, axis: number): Tensor {
  const input = toTensor('shuffle', x);
  const at = normalizeAxis('shuffle', axis, input.rank);
  return gather(input, samplePermutation(draw, input.shape[at]), at);
}

/**
 * The slices of `x` along `axis` in random order. With a seed, the same one at every call.
 * @throws ArgumentError for an axis that there is not.
 * @example
 * tf.shuffle([7, 7]).arraySync(); // [7, 7]
 */
export function shuffle(x: TensorLike, axis = 0, seed?: number): Tensor {
  return sampleOrder(drawsOf(seed), x, axis);
}

/** `dropout` from anywhere. */
export function sampleDropout(draw: Draw, x: TensorLike, rate: number, noiseShape: Shape | null): Tensor {
  const input = toFloat('dropout', x);
  if (typeof rate !== 'number' || !(rate >= 0 && rate < 1)) {
    throw new ArgumentError(`dropout: rate must be a number from 0 up to but not including 1; received ${show(rate)}`);
  }
  const shape = noiseShape === null ? input.shape : checkShape('dropout', noiseShape);
  if (!sameShape(broadcastShapes('dropout', input.shape, shape), input.shape)) {
    throw new ShapeError(`dropout: noiseShape ${showShape(shape)} does not broadcast to ${showShape(input.shape)}`);
  }
  if (rate === 0) return view(input);
  const kept = greaterEqual(sampleUniform(draw, shape, 0, 1, 'float32'), rate);
  return mul(where(kept, input, 0), 1 / (1 - rate));
}

/**
 * `x` with a share `rate` of its values set to 0 and the others scaled by `1 / (1 - rate)`; along axes where `noiseShape` is 1, all or none. With a seed, the same
 * ones at every call.
 * @throws ArgumentError for a rate outside of 0 to below 1; ShapeError for a noiseShape that does not broadcast to `x`.
 * @example
 * tf.dropout([1, 2], 0).arraySync(); // [1, 2]
 */
export function dropout(x: TensorLike, rate: number, noiseShape: Shape | null = null, seed?: number): Tensor {
  return sampleDropout(drawsOf(seed), x, rate, noiseShape);
}
