/** The base of optimizers: the learning rate, the step count, the slots of each variable, and who gets which gradient. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from '../core/errors.ts';
import { outsideTrace } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { add } from '../ops/arithmetic.ts';
import { scalar, zeros } from '../ops/creation.ts';

/** A learning rate that depends on the steps taken; extend it and write `call` in ops. */
export abstract class LearningRateSchedule {
  /** The learning rate, a scalar, after `step` steps (an int32 scalar). */
  abstract call(step: Tensor): Tensor;
  /** What the schedule was made with. */
  abstract getConfig(): Record<string, unknown>;
}

/** Options that every optimizer takes. */
export interface OptimizerOptions {
  /** A positive number, or a schedule. */
  learningRate?: number | LearningRateSchedule;
  /** What errors and the optimizer's variables are called. */
  name?: string;
}

/** A gradient and the variable it is for; null where nothing connects them. */
export type GradientPair = readonly [gradient: Tensor | null, variable: Variable] | GradientRecord;

/** A gradient and the variable it is for, by name. */
export interface GradientRecord {
  readonly variable: Variable;
  readonly gradient: Tensor | null;
}

/** What options every optimizer knows. */
export const OPTIMIZER_OPTIONS: readonly string[] = ['learningRate', 'name'];

/** Refuses a number of `options` outside of [low, high). */
export function checkRange(owner: string, name: string, value: number, low: number, high: number): number {
  if (typeof value === 'number' && value >= low && value < high) return value;
  const range = high === Number.POSITIVE_INFINITY ? `a number >= ${low}` : `a number from ${low} to below ${high}`;
  throw new ArgumentError(`${owner}: ${name} must be ${range}, received ${show(value)}`);
}

function checkRate(owner: string, rate: unknown): void {
  if (typeof rate === 'number' && rate > 0 && Number.isFinite(rate)) return;
  throw new ArgumentError(`${owner}: learningRate must be a positive number or a schedule, received ${show(rate)}`);
}

/** What turns gradients into new values of variables; subclasses say how in `slotNames` and `update`. */
export abstract class Optimizer {
  readonly name: string;
  /** The steps taken so far: an int32 scalar. */
  readonly iterations: Variable;
  readonly #class: string;
  readonly #schedule: LearningRateSchedule | null;
  /** A float64 scalar, so that 0.01 is 0.01; null where a schedule decides. */
  readonly #rate: Variable | null;
  readonly #slots = new Map<Variable, readonly Variable[]>();

  /** `className` is what errors call the optimizer; `known` are the options of the subclass. */
  constructor(className: string, options: OptimizerOptions, defaults: { learningRate: number }, known: readonly string[]) {
    checkOptions(className, options, [...OPTIMIZER_OPTIONS, ...known]);
    const rate = options.learningRate ?? defaults.learningRate;
    const isSchedule = rate instanceof LearningRateSchedule;
    if (!isSchedule) checkRate(className, rate);
    this.#class = className;
    this.name = options.name ?? className.toLowerCase();
    this.iterations = new Variable(scalar(0, 'int32'), { name: `${this.name}/iterations`, trainable: false });
    this.#schedule = isSchedule ? rate : null;
    this.#rate = isSchedule ? null : new Variable(scalar(rate, 'float64'), { name: `${this.name}/learningRate`, trainable: false });
  }

  /** The names of the slots that each variable has; all of them begin as zeros. */
  protected abstract readonly slotNames: readonly string[];

  /** The next value of a variable, then its next slots. */
  protected abstract update(value: Tensor, gradient: Tensor, learningRate: Tensor, slots: readonly Tensor[]): readonly Tensor[];

  /** The learning rate of the next step. */
  get learningRate(): number {
    return this.#currentRate().item();
  }

  set learningRate(rate: number) {
    checkRate(this.#class, rate);
    if (this.#rate === null)
      throw new ArgumentError(`${this.#class}: learningRate follows a schedule and cannot be set, received ${show(rate)}`);
    this.#rate.assign(scalar(rate, 'float64'));
  }

  /** Every variable of the optimizer's own, in the order of files: the step count, the learning rate, each variable's slots. */
  get variables(): Variable[] {
    return [this.iterations, ...(this.#rate === null ? [] : [this.#rate]), ...[...this.#slots.values()].flat()];
  }

  /** True once `build` knows the variables. */
  get built(): boolean {
    return this.#slots.size > 0;
  }

  /** Makes the slots of `variables`; those it knows already stay as they are. */
  build(variables: readonly Variable[]): void {
    for (const variable of variables) {
      if (!(variable instanceof Variable)) throw new ArgumentError(`${this.#class}: build needs variables; received ${show(variable)}`);
    }
    for (const variable of variables) {
      if (this.#slots.has(variable)) continue;
      const slots = outsideTrace(() =>
        this.slotNames.map(
          (slot) =>
            new Variable(zeros(variable.shape, variable.dtype), { name: `${this.name}/${variable.name}/${slot}`, trainable: false }),
        ),
      );
      this.#slots.set(variable, slots);
    }
  }

  /**
   * Takes one step: every variable moves by its gradient. Variables whose gradient is null stay; if all are null, that is refused.
   * @throws ArgumentError for what is no gradient and variable, or for a variable that was not there when the optimizer was built; ShapeError
   * for a gradient of another shape. Nothing has changed then.
   */
  applyGradients(gradients: readonly GradientPair[]): void {
    const pairs = this.#checkPairs(gradients);
    if (!this.built) this.build(pairs.map(({ variable }) => variable));
    for (const { variable } of pairs) {
      if (!this.#slots.has(variable)) {
        throw new ArgumentError(
          `${this.#class}: it was built without the variable "${variable.name}"; call build with every variable first`,
        );
      }
    }
    const rate = this.#currentRate();
    for (const { variable, gradient } of pairs) {
      if (gradient === null) continue;
      const slots = this.#slots.get(variable) ?? [];
      const [value, ...nextSlots] = this.update(peekValue(variable), gradient, rate, slots.map(peekValue));
      variable.assign(value);
      slots.forEach((slot, i) => {
        slot.assign(nextSlots[i]);
      });
    }
    this.iterations.assign(add(peekValue(this.iterations), 1));
  }

  /** The options that make the same optimizer again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name, learningRate: this.#schedule ?? this.learningRate };
  }

  #currentRate(): Tensor {
    const step = peekValue(this.iterations);
    return this.#rate === null ? (this.#schedule as LearningRateSchedule).call(step) : peekValue(this.#rate);
  }

  #checkPairs(gradients: readonly GradientPair[]): GradientRecord[] {
    if (!Array.isArray(gradients)) {
      throw new ArgumentError(`${this.#class}: applyGradients needs a list of [gradient, variable]; received ${show(gradients)}`);
    }
    const pairs = gradients.map((entry: GradientPair): GradientRecord => {
      const [gradient, variable] = 'variable' in entry ? [entry.gradient, entry.variable] : entry;
      if (!(variable instanceof Variable) || !(gradient === null || gradient instanceof Tensor)) {
        throw new ArgumentError(
          `${this.#class}: applyGradients needs [gradient, variable]; received [${show(gradient)},${show(variable)}]`,
        );
      }
      if (gradient !== null && !sameShape(gradient.shape, variable.shape)) {
        throw new ShapeError(
          `${this.#class}: the gradient of "${variable.name}" has shape ${showShape(gradient.shape)}; the variable has ${showShape(variable.shape)}`,
        );
      }
      if (gradient !== null && !isFloat(variable.dtype)) {
        throw new ArgumentError(`${this.#class}: a variable that moves needs a floating dtype; "${variable.name}" is ${variable.dtype}`);
      }
      if (gradient?.isDisposed) throw new ArgumentError(`${this.#class}: the gradient of "${variable.name}" was disposed`);
      return { gradient, variable };
    });
    if (pairs.every(({ gradient }) => gradient === null)) {
      throw new ArgumentError(
        `${this.#class}: no variable has a gradient; received null for [${pairs.map(({ variable }) => variable.name).join(',')}]`,
      );
    }
    return pairs;
  }
}
