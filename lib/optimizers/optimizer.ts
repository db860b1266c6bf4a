/** The base of optimizers: the learning rate, the step count, the slots of each variable, weight decay, and who gets which gradient. */
import { type DType, isFloat } from '../core/dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from '../core/errors.ts';
import { outsideTrace } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { add } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { fill, scalar, tensor } from '../ops/creation.ts';
import { gather, unsortedSegmentSum } from '../ops/indexing.ts';
import { range } from '../ops/ranges.ts';
import { putAlongAxis } from '../ops/scatter.ts';
import { slicesOf } from '../ops/slices.ts';
import type { Moving, Step } from '../ops/update.ts';
import { type Clipping, checkClipping, scalesOf } from './clipping.ts';

/** A learning rate that depends on the steps taken; extend it and write `call` in ops. */
export abstract class LearningRateSchedule {
  /** The learning rate, a scalar, after `step` steps (an int32 scalar). */
  abstract call(step: Tensor): Tensor;
  /** What the schedule was made with. */
  abstract getConfig(): Record<string, unknown>;
}

/** Options that every optimizer takes. */
export interface OptimizerOptions extends Partial<Clipping> {
  /** A positive number, or a schedule. */
  learningRate?: number | LearningRateSchedule;
  /** How much of itself a variable loses in each step before it moves, times the learning rate (Loshchilov and Hutter 2019); none unless given. */
  weightDecay?: number | null;
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
export const OPTIMIZER_OPTIONS: readonly string[] = ['learningRate', 'name', 'weightDecay', 'clipNorm', 'clipValue', 'globalClipNorm'];

/** Variables to leave out of weight decay. */
export interface DecayExclusion {
  /** These. */
  varList?: readonly Variable[];
  /** Those whose name contains one of these. */
  varNames?: readonly string[];
}

/** A gradient as steps take it. */
type Given = Pick<Moving, 'gradient' | 'places'>;

/** A gradient of few rows of a table as the sums of what each of them gets, at the place of the first that was read; any other as it is. */
function givenOf(gradient: Tensor): Given {
  const slices = slicesOf(gradient);
  if (slices === undefined) return { gradient, places: null };
  const { rows, indices } = slices;
  const count = indices.size;
  const places = putAlongAxis(fill([gradient.shape[0]], count, 'int32'), indices, range(0, count, 1, 'int32'), 0, 'min');
  return { gradient: unsortedSegmentSum(rows, gather(places, indices), count), places };
}

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
  readonly #weightDecay: number | null;
  readonly #clipping: Clipping;
  #undecayed: Required<DecayExclusion> = { varList: [], varNames: [] };

  /** `className` is what errors call the optimizer; `known` are the options of the subclass. */
  constructor(className: string, options: OptimizerOptions, defaults: { learningRate: number }, known: readonly string[]) {
    checkOptions(className, options, [...OPTIMIZER_OPTIONS, ...known]);
    const rate = options.learningRate ?? defaults.learningRate;
    const isSchedule = rate instanceof LearningRateSchedule;
    if (!isSchedule) checkRate(className, rate);
    this.#weightDecay = options.weightDecay ?? null;
    if (this.#weightDecay !== null) checkRange(className, 'weightDecay', this.#weightDecay, 0, Number.POSITIVE_INFINITY);
    this.#clipping = checkClipping(className, options);
    this.#class = className;
    this.name = options.name ?? className.toLowerCase();
    this.iterations = new Variable(scalar(0, 'int32'), { name: `${this.name}/iterations`, trainable: false });
    this.#schedule = isSchedule ? rate : null;
    this.#rate = isSchedule ? null : new Variable(scalar(rate, 'float64'), { name: `${this.name}/learningRate`, trainable: false });
  }

  /** The names of the slots that each variable has. */
  protected abstract readonly slotNames: readonly string[];

  /** What every element of every slot begins as. */
  protected slotStart(_slot: string): number {
    return 0;
  }

  /** For each variable of the step its next value, then its next slots: new tensors, which the optimizer disposes of. */
  protected abstract update(step: Step): readonly Tensor[];

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
            new Variable(fill(variable.shape, this.slotStart(slot), variable.dtype), {
              name: `${this.name}/${variable.name}/${slot}`,
              trainable: false,
            }),
        ),
      );
      this.#slots.set(variable, slots);
    }
  }

  /**
   * Leaves variables out of weight decay, instead of those of the call before. It must come before the first step.
   * @example
   * const optimizer = new tf.optimizers.SGD({ learningRate: 0.5, weightDecay: 0.5 });
   * optimizer.excludeFromWeightDecay({ varNames: ['bias'] });
   * const kernel = new tf.Variable(tf.scalar(1), { name: 'dense/kernel' });
   * const bias = new tf.Variable(tf.scalar(1), { name: 'dense/bias' });
   * optimizer.applyGradients([[tf.scalar(0), kernel], [tf.scalar(0), bias]]);
   * [kernel.item(), bias.item()]; // [0.75, 1]
   */
  excludeFromWeightDecay(which: DecayExclusion): void {
    checkOptions(`${this.#class}: excludeFromWeightDecay`, which, ['varList', 'varNames']);
    if (this.built) throw new ArgumentError(`${this.#class}: excludeFromWeightDecay must come before build and the first step`);
    this.#undecayed = { varList: which.varList ?? [], varNames: which.varNames ?? [] };
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
    const moving = pairs.flatMap(({ variable, gradient }) =>
      gradient === null ? [] : [{ variable, ...givenOf(castTo(gradient, variable.dtype)) }],
    );
    const scales = scalesOf(
      this.#clipping,
      moving.map(({ gradient }) => gradient),
    );
    for (const dtype of new Set(moving.map(({ variable }) => variable.dtype))) this.#step(rate, moving, scales, dtype);
    this.iterations.assign(add(peekValue(this.iterations), 1));
  }

  /** One application of the optimizer's op: to all variables of a dtype. */
  #step(rate: Tensor, all: readonly ({ variable: Variable } & Given)[], scales: Tensor | null, dtype: DType): void {
    const places = all.flatMap(({ variable }, i) => (variable.dtype === dtype ? [i] : []));
    const variables = places.map((i) => all[i].variable);
    const slots = variables.map((variable) => this.#slots.get(variable) ?? []);
    const results = this.update({
      learningRate: rate,
      iterations: peekValue(this.iterations),
      variables: places.map(
        (i, k): Moving => ({
          value: peekValue(variables[k]),
          gradient: all[i].gradient,
          places: all[i].places,
          slots: slots[k].map(peekValue),
        }),
      ),
      scales:
        scales === null || scales.rank === 0 || places.length === all.length
          ? scales
          : gather(scales, tensor(places, [places.length], 'int32')),
      clipValue: this.#clipping.clipValue ?? 0,
      weightDecay: variables.map((variable) => this.#decayOf(variable)),
    });
    let next = 0;
    variables.forEach((variable, k) => {
      for (const target of [variable, ...slots[k]]) {
        target.assign(results[next]);
        // The variable has its own share of the memory. This one would keep it from being used again once the variable moves on.
        results[next++].dispose();
      }
    });
  }

  #decayOf(variable: Variable): number {
    if (this.#weightDecay === null) return 0;
    const { varList, varNames } = this.#undecayed;
    return varList.includes(variable) || varNames.some((name) => variable.name.includes(name)) ? 0 : this.#weightDecay;
  }

  /** The options that make the same optimizer again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name, learningRate: this.#schedule ?? this.learningRate, weightDecay: this.#weightDecay, ...this.#clipping };
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
