/** Initializers that draw from a given distribution. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { randomNormal, randomUniform, truncatedNormal } from '../ops/random.ts';
import { Initializer } from './constants.ts';

/** Options of normal initializers. */
export interface NormalOptions {
  /** The mean; 0 unless given. */
  mean?: number;
  /** The standard deviation; 0.05 unless given. */
  stddev?: number;
  /** A number that makes every call give the same values; else they follow `tf.setSeed`. */
  seed?: number | null;
}

/** Options of uniform initializers. */
export interface UniformOptions {
  /** The least value; -0.05 unless given. */
  minval?: number;
  /** Above the greatest value; 0.05 unless given. */
  maxval?: number;
  /** A number that makes every call give the same values; else they follow `tf.setSeed`. */
  seed?: number | null;
}

/** Checks a seed that came from a user; undefined where none is given. */
export function checkSeed(owner: string, seed: number | null | undefined): number | undefined {
  if (seed === null || seed === undefined) return undefined;
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new ArgumentError(`${owner}: seed must be a whole number >= 0, received ${show(seed)}`);
}

function checkNumber(owner: string, name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ArgumentError(`${owner}: ${name} must be a number, received ${show(value)}`);
}

function checkDeviation(owner: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new ArgumentError(`${owner}: stddev must be a number >= 0, received ${show(value)}`);
}

/**
 * Values of a normal distribution.
 * @example
 * new tf.initializers.RandomNormal({ stddev: 1 }).call([2, 3]).shape; // [2, 3]
 */
export class RandomNormal extends Initializer {
  readonly mean: number;
  readonly stddev: number;
  readonly seed: number | undefined;

  constructor(options: NormalOptions = {}) {
    super();
    checkOptions('RandomNormal', options, ['mean', 'stddev', 'seed']);
    this.mean = checkNumber('RandomNormal', 'mean', options.mean ?? 0);
    this.stddev = checkDeviation('RandomNormal', options.stddev ?? 0.05);
    this.seed = checkSeed('RandomNormal', options.seed);
  }

  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return randomNormal(shape, this.mean, this.stddev, dtype, this.seed);
  }

  override getConfig(): Record<string, unknown> {
    return { mean: this.mean, stddev: this.stddev, seed: this.seed ?? null };
  }
}

/**
 * Values of a normal distribution, drawn again where they are more than two standard deviations from the mean.
 * @example
 * new tf.initializers.TruncatedNormal({ stddev: 1 }).call([2, 3]).shape; // [2, 3]
 */
export class TruncatedNormal extends Initializer {
  readonly mean: number;
  readonly stddev: number;
  readonly seed: number | undefined;

  constructor(options: NormalOptions = {}) {
    super();
    checkOptions('TruncatedNormal', options, ['mean', 'stddev', 'seed']);
    this.mean = checkNumber('TruncatedNormal', 'mean', options.mean ?? 0);
    this.stddev = checkDeviation('TruncatedNormal', options.stddev ?? 0.05);
    this.seed = checkSeed('TruncatedNormal', options.seed);
  }

  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return truncatedNormal(shape, this.mean, this.stddev, dtype, this.seed);
  }

  override getConfig(): Record<string, unknown> {
    return { mean: this.mean, stddev: this.stddev, seed: this.seed ?? null };
  }
}

/**
 * Values spread evenly.
 * @example
 * new tf.initializers.RandomUniform({ minval: 0, maxval: 1 }).call([2, 3]).shape; // [2, 3]
 */
export class RandomUniform extends Initializer {
  readonly minval: number;
  readonly maxval: number;
  readonly seed: number | undefined;

  constructor(options: UniformOptions = {}) {
    super();
    checkOptions('RandomUniform', options, ['minval', 'maxval', 'seed']);
    this.minval = checkNumber('RandomUniform', 'minval', options.minval ?? -0.05);
    this.maxval = checkNumber('RandomUniform', 'maxval', options.maxval ?? 0.05);
    this.seed = checkSeed('RandomUniform', options.seed);
  }

  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return randomUniform(shape, this.minval, this.maxval, dtype, this.seed);
  }

  override getConfig(): Record<string, unknown> {
    return { minval: this.minval, maxval: this.maxval, seed: this.seed ?? null };
  }
}
