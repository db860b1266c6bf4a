/** Generators of random numbers with a state of their own, which can be split, kept and restored. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import { apply, context, declare, type Op } from '../core/op.ts';
import type { Shape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import { advanceStateKernel, splitStateKernel } from '../kernels/distributions.ts';
import type { TensorLike } from './convert.ts';
import * as distributions from './distributions.ts';
import { unstack } from './join.ts';
import * as random from './random.ts';

const advanceOp: Op<{ blocks: number }> = declare<{ blocks: number }>({
  name: 'advanceState',
  attrs: ['blocks'],
  infer([state]) {
    random.checkState('advanceState', state);
    return [state];
  },
  kernel: advanceStateKernel,
  saves: [],
  grad: 'none',
});

const splitOp: Op<{ count: number }> = declare<{ count: number }>({
  name: 'splitState',
  attrs: ['count'],
  infer([state], { count }) {
    random.checkState('splitState', state);
    return [{ shape: [count, 4], dtype: 'int32' }];
  },
  kernel: splitStateKernel,
  saves: [],
  grad: 'none',
});

/** Options of a generator: one of the two. */
export interface GeneratorOptions {
  /** A whole number that everything follows from; drawn from this thread's generator unless given. */
  seed?: number;
  /** A state to go on from, as `generator.state.value` gives it. */
  state?: Tensor;
}

/**
 * A generator of random numbers whose state is a variable: a traced function goes on drawing from it, and a checkpoint keeps it. What it draws
 * depends on nothing but the seed and the draws before. `split` makes generators that have nothing in common with it or with one another.
 * @example
 * const generator = new tf.random.Generator({ seed: 1 });
 * const first = generator.uniform([2]).arraySync();
 * const [forWeights, forNoise] = generator.split(2);
 * forNoise.normal([3]).shape; // [3]
 */
export class Generator {
  /** int32 `[seedLow, seedHigh, counterLow, counterHigh]`: the key, and how many blocks were drawn. */
  readonly state: Variable;

  constructor(options: GeneratorOptions = {}) {
    checkOptions('Generator', options, ['seed', 'state']);
    const { seed, state } = options;
    if (seed !== undefined && state !== undefined) throw new ArgumentError('Generator: takes a seed or a state, not both');
    if (context.tracer !== undefined)
      throw new ArgumentError('Generator: make it outside of the traced function, which then draws from it');
    if (state !== undefined && (state.dtype !== 'int32' || state.shape.length !== 1 || state.shape[0] !== 4)) {
      throw new ArgumentError(`Generator: a state is int32 of shape [4]; received ${state.dtype} of shape [${state.shape.join(',')}]`);
    }
    // Two words of this thread's generator make a seed of their own for each generator.
    const fresh = (): Tensor => unstack(apply(splitOp, [random.drawState('Generator', 1)], { count: 1 })[0])[0];
    const begin = seed === undefined ? undefined : tensorOf(random.stateWords(random.checkSeed('Generator', seed), 0), [4], 'int32');
    this.state = new Variable(state ?? begin ?? fresh(), { name: 'generator', trainable: false });
  }

  /** The present state, before so many blocks that are drawn now. */
  readonly #draw: random.Draw = (_owner, blocks) => {
    // Kept by `value`: the assignment would give its memory back.
    const state = this.state.value;
    this.state.assign(apply(advanceOp, [state], { blocks })[0]);
    return state;
  };

  /**
   * Generators with seeds drawn from this one, independent of it and of one another.
   * @throws ArgumentError unless `count` is a whole number >= 0, and in a traced function.
   */
  split(count: number): Generator[] {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new ArgumentError(`Generator: split needs a whole number >= 0; received ${show(count)}`);
    if (context.tracer !== undefined) throw new ArgumentError('Generator: split it outside of the traced function');
    if (count === 0) return [];
    const states = apply(splitOp, [this.#draw('split', count)], { count })[0];
    return unstack(states).map((state) => new Generator({ state }));
  }

  /** As `tf.randomUniform`. */
  uniform(shape: Shape, min = 0, max = 1, dtype: DType = 'float32'): Tensor {
    return random.sampleUniform(this.#draw, shape, min, max, dtype);
  }

  /** As `tf.randomUniformInt`. */
  uniformInt(shape: Shape, min: number, max: number): Tensor {
    return random.sampleUniformInt(this.#draw, shape, min, max);
  }

  /** As `tf.randomNormal`. */
  normal(shape: Shape, mean = 0, stddev = 1, dtype: DType = 'float32'): Tensor {
    return random.sampleNormal(this.#draw, shape, mean, stddev, dtype);
  }

  /** As `tf.truncatedNormal`. */
  truncatedNormal(shape: Shape, mean = 0, stddev = 1, dtype: DType = 'float32'): Tensor {
    return random.sampleTruncated(this.#draw, shape, mean, stddev, dtype);
  }

  /** As `tf.randomGamma`. */
  gamma(shape: Shape, alpha: TensorLike, beta: TensorLike = 1, dtype: DType = 'float32'): Tensor {
    return distributions.sampleGamma(this.#draw, shape, alpha, beta, dtype);
  }

  /** As `tf.randomBeta`. */
  beta(shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType = 'float32'): Tensor {
    return distributions.sampleBeta(this.#draw, shape, alpha, beta, dtype);
  }

  /** As `tf.randomPoisson`. */
  poisson(shape: Shape, lam: TensorLike, dtype: DType = 'float32'): Tensor {
    return distributions.samplePoisson(this.#draw, shape, lam, dtype);
  }

  /** As `tf.randomBinomial`. */
  binomial(shape: Shape, counts: TensorLike, probabilities: TensorLike, dtype: DType = 'float32'): Tensor {
    return distributions.sampleBinomial(this.#draw, shape, counts, probabilities, dtype);
  }

  /** As `tf.randomExponential`. */
  exponential(shape: Shape, rate: TensorLike = 1, dtype: DType = 'float32'): Tensor {
    return distributions.sampleExponential(this.#draw, shape, rate, dtype);
  }

  /** As `tf.categorical`. */
  categorical(logits: TensorLike, numSamples: number): Tensor {
    return distributions.sampleClasses(this.#draw, logits, numSamples, false);
  }

  /** As `tf.randomPermutation`. */
  permutation(n: number): Tensor {
    return distributions.samplePermutation(this.#draw, n);
  }

  /** As `tf.shuffle`. */
  shuffle(x: TensorLike, axis = 0): Tensor {
    return distributions.sampleOrder(this.#draw, x, axis);
  }

  /** As `tf.dropout`. */
  dropout(x: TensorLike, rate: number, noiseShape: Shape | null = null): Tensor {
    return distributions.sampleDropout(this.#draw, x, rate, noiseShape);
  }
}
