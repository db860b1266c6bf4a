/** Learning rates that follow the count of steps: what `tf.optimizers.schedules` holds. All of them are written in ops, so they can be traced. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, div, maximum, minimum, mul, pow, sub } from '../ops/arithmetic.ts';
import { cast } from '../ops/cast.ts';
import { less, lessEqual, where } from '../ops/compare.ts';
import { scalar } from '../ops/creation.ts';
import { ceil, cos, floor } from '../ops/math.ts';
import { LearningRateSchedule } from './optimizer.ts';

/** Options of every schedule that decays from a first rate. */
export interface DecayOptions {
  /** The rate before the first step. */
  initialLearningRate: number;
  /** The steps that one decay takes. */
  decaySteps: number;
  /** What the schedule is called; its class unless given. */
  name?: string;
}

/** Options of ExponentialDecay and InverseTimeDecay. */
export interface RateDecayOptions extends DecayOptions {
  /** How much the rate decays in `decaySteps` steps. */
  decayRate: number;
  /** Whether it decays at once after each `decaySteps` steps instead of in every step; false unless given. */
  staircase?: boolean;
}

/** Options of PolynomialDecay. */
export interface PolynomialDecayOptions extends DecayOptions {
  /** The rate after `decaySteps` steps; 0.0001 unless given. */
  endLearningRate?: number;
  /** The power of what is left of the way; 1 unless given. */
  power?: number;
  /** Whether it goes up again at the end, to decay over one `decaySteps` more each time; false unless given. */
  cycle?: boolean;
}

/** Options of CosineDecay. */
export interface CosineDecayOptions extends DecayOptions {
  /** The part of the rate that is left at the end; 0 unless given. */
  alpha?: number;
  /** The rate to rise to before the decay; no such rise unless given. */
  warmupTarget?: number | null;
  /** The steps that the rise takes; 0 unless given. */
  warmupSteps?: number;
}

/** Options of PiecewiseConstantDecay. */
export interface PiecewiseConstantDecayOptions {
  /** The last step, counted from 0, of each rate but the last; they rise. */
  boundaries: readonly number[];
  /** The rates: one more than boundaries. */
  values: readonly number[];
  /** What the schedule is called; its class unless given. */
  name?: string;
}

/** Refuses options that are unknown, and settings that are no finite number where one is needed. */
function checkSchedule(owner: string, options: object, known: readonly string[], numbers: readonly string[], settings: object): void {
  checkOptions(owner, options, ['name', ...known]);
  const given: ReadonlyMap<string, unknown> = new Map(Object.entries(settings));
  for (const name of numbers) {
    const value = given.get(name);
    if (!Number.isFinite(value)) throw new ArgumentError(`${owner}: ${name} must be a number, received ${show(value)}`);
  }
  const steps = given.get('decaySteps');
  if (typeof steps === 'number' && steps <= 0) throw new ArgumentError(`${owner}: decaySteps must be above 0, received ${steps}`);
}

/** `steps` over what `length` steps take, in whole numbers for a staircase. */
function partOf(steps: Tensor, length: number, staircase: boolean): Tensor {
  const part = div(cast(steps, 'float64'), length);
  return staircase ? floor(part) : part;
}

const RATE_DECAY = ['initialLearningRate', 'decaySteps', 'decayRate'] as const;

/**
 * `initialLearningRate * decayRate ** (step / decaySteps)`.
 * @example
 * const rate = new tf.optimizers.schedules.ExponentialDecay({ initialLearningRate: 0.5, decaySteps: 10, decayRate: 0.25 });
 * rate.call(tf.scalar(5, 'int32')).item(); // 0.25
 */
export class ExponentialDecay extends LearningRateSchedule {
  readonly #settings: Required<RateDecayOptions>;

  constructor(options: RateDecayOptions) {
    super();
    this.#settings = { name: 'ExponentialDecay', staircase: false, ...options };
    checkSchedule('ExponentialDecay', options, [...RATE_DECAY, 'staircase'], RATE_DECAY, this.#settings);
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.#settings;
    return mul(pow(scalar(decayRate, 'float64'), partOf(step, decaySteps, staircase)), initialLearningRate);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.#settings };
  }
}

/**
 * `initialLearningRate / (1 + decayRate * step / decaySteps)`.
 * @example
 * const rate = new tf.optimizers.schedules.InverseTimeDecay({ initialLearningRate: 0.5, decaySteps: 10, decayRate: 1 });
 * rate.call(tf.scalar(10, 'int32')).item(); // 0.25
 */
export class InverseTimeDecay extends LearningRateSchedule {
  readonly #settings: Required<RateDecayOptions>;

  constructor(options: RateDecayOptions) {
    super();
    this.#settings = { name: 'InverseTimeDecay', staircase: false, ...options };
    checkSchedule('InverseTimeDecay', options, [...RATE_DECAY, 'staircase'], RATE_DECAY, this.#settings);
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.#settings;
    return div(initialLearningRate, add(mul(partOf(step, decaySteps, staircase), decayRate), 1));
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.#settings };
  }
}

/**
 * From `initialLearningRate` down to `endLearningRate` by `(1 - step / decaySteps) ** power`.
 * @example
 * const rate = new tf.optimizers.schedules.PolynomialDecay({ initialLearningRate: 0.5, decaySteps: 10, endLearningRate: 0.25 });
 * rate.call(tf.scalar(20, 'int32')).item(); // 0.25
 */
export class PolynomialDecay extends LearningRateSchedule {
  readonly #settings: Required<PolynomialDecayOptions>;

  constructor(options: PolynomialDecayOptions) {
    super();
    this.#settings = { name: 'PolynomialDecay', endLearningRate: 0.0001, power: 1, cycle: false, ...options };
    const numbers = ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power'];
    checkSchedule('PolynomialDecay', options, [...numbers, 'cycle'], numbers, this.#settings);
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle } = this.#settings;
    const part = partOf(step, decaySteps, false);
    // Within a cycle the decay stretches over all cycles so far, at least one.
    const done = cycle ? div(part, maximum(ceil(part), 1)) : minimum(part, 1);
    return add(mul(pow(sub(1, done), power), initialLearningRate - endLearningRate), endLearningRate);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.#settings };
  }
}

/**
 * From the rate down to `alpha` of it along half a cosine (Loshchilov and Hutter 2017), perhaps after rising in a straight line to `warmupTarget`.
 * @example
 * const rate = new tf.optimizers.schedules.CosineDecay({ initialLearningRate: 0.5, decaySteps: 10 });
 * rate.call(tf.scalar(5, 'int32')).item(); // 0.25
 */
export class CosineDecay extends LearningRateSchedule {
  readonly #settings: Required<CosineDecayOptions>;

  constructor(options: CosineDecayOptions) {
    super();
    this.#settings = { name: 'CosineDecay', alpha: 0, warmupTarget: null, warmupSteps: 0, ...options };
    const numbers = ['initialLearningRate', 'decaySteps', 'alpha', 'warmupSteps'];
    const checked = this.#settings.warmupTarget === null ? numbers : [...numbers, 'warmupTarget'];
    checkSchedule('CosineDecay', options, [...numbers, 'warmupTarget'], checked, this.#settings);
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, warmupTarget, warmupSteps } = this.#settings;
    if (warmupTarget === null) return this.#decayed(cast(step, 'float64'), initialLearningRate);
    const steps = cast(step, 'float64');
    const rising = add(mul(div(steps, Math.max(warmupSteps, 1)), warmupTarget - initialLearningRate), initialLearningRate);
    return where(less(steps, warmupSteps), rising, this.#decayed(sub(steps, warmupSteps), warmupTarget));
  }

  #decayed(steps: Tensor, from: number): Tensor {
    const { decaySteps, alpha } = this.#settings;
    const left = mul(add(cos(mul(minimum(div(steps, decaySteps), 1), Math.PI)), 1), 0.5);
    return mul(add(mul(left, 1 - alpha), alpha), from);
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.#settings };
  }
}

/**
 * `values[0]` up to and with step `boundaries[0]`, then `values[1]` up to `boundaries[1]`, and so on.
 * @example
 * const rate = new tf.optimizers.schedules.PiecewiseConstantDecay({ boundaries: [10], values: [0.5, 0.25] });
 * rate.call(tf.scalar(11, 'int32')).item(); // 0.25
 */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  readonly #settings: Required<PiecewiseConstantDecayOptions>;

  constructor(options: PiecewiseConstantDecayOptions) {
    super();
    checkOptions('PiecewiseConstantDecay', options, ['boundaries', 'values', 'name']);
    const { boundaries, values } = options;
    if (values.length !== boundaries.length + 1) {
      throw new ArgumentError(
        `PiecewiseConstantDecay: there must be one value more than boundaries; received ${values.length} and ${boundaries.length}`,
      );
    }
    this.#settings = { name: 'PiecewiseConstantDecay', ...options };
  }

  override call(step: Tensor): Tensor {
    const { boundaries, values } = this.#settings;
    let rate = scalar(values[boundaries.length], 'float64');
    for (let i = boundaries.length - 1; i >= 0; i--) rate = where(lessEqual(step, boundaries[i]), scalar(values[i], 'float64'), rate);
    return rate;
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.#settings };
  }
}
