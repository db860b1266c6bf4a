/** Regularizers: penalties on weights that are added to the loss. */
import { ArgumentError, checkOptions, show, unknownWord } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, mul, square } from '../ops/arithmetic.ts';
import { type TensorLike, toFloat } from '../ops/convert.ts';
import { abs } from '../ops/math.ts';
import { sum } from '../ops/reduce.ts';

/** What a weight costs. */
export abstract class Regularizer {
  /** The penalty of a weight: a scalar to add to the loss. */
  abstract call(x: TensorLike): Tensor;
  /** The options that make the same regularizer again. */
  abstract getConfig(): Record<string, unknown>;
}

/** Options of `L1`. */
export interface L1Options {
  /** What the sum of absolute values is multiplied by; 0.01 unless given. */
  l1?: number;
}

/** Options of `L2`. */
export interface L2Options {
  /** What the sum of squares is multiplied by; 0.01 unless given. */
  l2?: number;
}

function checkFactor(owner: string, name: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new ArgumentError(`${owner}: ${name} must be a number >= 0, received ${show(value)}`);
}

/**
 * `l1` times the sum of absolute values plus `l2` times the sum of squares; both are 0 unless given.
 * @example
 * new tf.regularizers.L1L2({ l1: 1, l2: 2 }).call([1, -2]).item(); // 13
 */
export class L1L2 extends Regularizer {
  readonly l1: number;
  readonly l2: number;

  constructor(options: L1Options & L2Options = {}) {
    super();
    checkOptions('L1L2', options, ['l1', 'l2']);
    this.l1 = checkFactor('L1L2', 'l1', options.l1 ?? 0);
    this.l2 = checkFactor('L1L2', 'l2', options.l2 ?? 0);
  }

  override call(x: TensorLike): Tensor {
    const weight = toFloat('L1L2', x);
    return add(mul(sum(abs(weight)), this.l1), mul(sum(square(weight)), this.l2));
  }

  override getConfig(): Record<string, unknown> {
    return { l1: this.l1, l2: this.l2 };
  }
}

/**
 * `l1` times the sum of absolute values.
 * @example
 * new tf.regularizers.L1({ l1: 1 }).call([1, -2]).item(); // 3
 */
export class L1 extends Regularizer {
  readonly l1: number;

  constructor(options: L1Options = {}) {
    super();
    checkOptions('L1', options, ['l1']);
    this.l1 = checkFactor('L1', 'l1', options.l1 ?? 0.01);
  }

  override call(x: TensorLike): Tensor {
    return mul(sum(abs(toFloat('L1', x))), this.l1);
  }

  override getConfig(): Record<string, unknown> {
    return { l1: this.l1 };
  }
}

/**
 * `l2` times the sum of squares.
 * @example
 * new tf.regularizers.L2({ l2: 1 }).call([1, -2]).item(); // 5
 */
export class L2 extends Regularizer {
  readonly l2: number;

  constructor(options: L2Options = {}) {
    super();
    checkOptions('L2', options, ['l2']);
    this.l2 = checkFactor('L2', 'l2', options.l2 ?? 0.01);
  }

  override call(x: TensorLike): Tensor {
    return mul(sum(square(toFloat('L2', x))), this.l2);
  }

  override getConfig(): Record<string, unknown> {
    return { l2: this.l2 };
  }
}

/** A regularizer as a layer's `getConfig` writes it: its class and its own config. */
export interface RegularizerConfig {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const BY_NAME: Readonly<Record<string, (config?: object) => Regularizer>> = {
  l1: (config) => new L1(config),
  l2: (config) => new L2(config),
  // By name, both factors are 0.01, as in Keras.
  l1l2: (config) => new L1L2(config ?? { l1: 0.01, l2: 0.01 }),
};

/**
 * The regularizer of that name ('l1', 'l2', 'l1l2') with its defaults, or of that class and config; a regularizer or null is returned as it is.
 * @example
 * tf.regularizers.get('l2').call([10]).item(); // 1
 */
export function get(identifier: string | Regularizer | RegularizerConfig): Regularizer;
export function get(identifier: string | Regularizer | RegularizerConfig | null): Regularizer | null;
export function get(identifier: string | Regularizer | RegularizerConfig | null): Regularizer | null {
  if (identifier === null || identifier instanceof Regularizer) return identifier;
  const isConfig = typeof identifier === 'object' && typeof identifier.className === 'string';
  const className = isConfig ? identifier.className : identifier;
  if (typeof className !== 'string')
    throw new ArgumentError(`regularizers: expected a name or a regularizer; received ${show(identifier)}`);
  const name = className.toLowerCase();
  if (!Object.hasOwn(BY_NAME, name)) throw unknownWord('regularizers', 'regularizer', className, Object.keys(BY_NAME));
  return BY_NAME[name](isConfig ? identifier.config : undefined);
}
