/** What `compile` was told, and the loss and metrics of the epoch so far. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import { flatten } from '../core/structure.ts';
import type { Tensor } from '../core/tensor.ts';
import * as losses from '../losses/index.ts';
import * as metrics from '../metrics/index.ts';
import '../ops/assign.ts';
import { isLent, peekValue, Variable } from '../core/variable.ts';
import { add, divNoNan, mul } from '../ops/arithmetic.ts';
import { cast } from '../ops/cast.ts';
import { scalar } from '../ops/creation.ts';
import * as optimizers from '../optimizers/index.ts';
import type { AnyModel } from './model.ts';
import { Step, type StepKind } from './step.ts';

/** Numbers by name; a step of one's own may give scalars. */
export type Logs = Readonly<Record<string, number | Tensor>>;

/** A scalar of labels and predictions; loss objects are such functions, too. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor) => Tensor;

/** A loss by name, as an object, or as a function. */
export type LossOption = string | LossFunction;

/** How a model is trained. */
export interface CompileOptions {
  /** By name or object; "rmsprop" unless given. */
  optimizer?: string | optimizers.Optimizer;
  /** One loss, or one for each output. */
  loss?: LossOption | readonly LossOption[];
  /** By name or object; 'accuracy' is the one that fits the loss and shapes. */
  metrics?: readonly (string | metrics.Metric)[];
  /** Metrics that count each row by its weight; `metrics` count rows alike. One of a name that `metrics` has becomes "weightedAccuracy". */
  weightedMetrics?: readonly (string | metrics.Metric)[];
  /** Whether each step runs op by op, for a debugger; false unless given. */
  runEagerly?: boolean;
  /** Steps between two calls of callbacks that hear of batches; 1 unless given. */
  stepsPerExecution?: number;
}

/** A metric under the name that logs have it, and whether it goes by the weights of rows. */
interface Tracked {
  readonly name: string;
  readonly metric: metrics.Metric;
  readonly isWeighted: boolean;
}

/** What a compiled model trains with. */
export class Compiled {
  readonly optimizer: optimizers.Optimizer;
  readonly stepsPerExecution: number;
  readonly #runsEagerly: boolean;
  readonly #steps = new Map<StepKind, Step>();
  readonly #losses: readonly LossFunction[];
  readonly #metricOptions: readonly { readonly metric: string | metrics.Metric; readonly isWeighted: boolean }[];
  #metrics: readonly Tracked[] | undefined;
  /** The losses of rows so far: their sum, and how many. */
  readonly #lossTotal = new Variable(scalar(0, 'float64'), { name: 'loss/total', trainable: false });
  readonly #rows = new Variable(scalar(0, 'float64'), { name: 'loss/count', trainable: false });

  constructor(options: CompileOptions) {
    checkOptions('compile', options, ['optimizer', 'loss', 'metrics', 'weightedMetrics', 'runEagerly', 'stepsPerExecution']);
    const { loss, metrics: alike = [], weightedMetrics: weighted = [], runEagerly = false, stepsPerExecution = 1 } = options;
    if (typeof runEagerly !== 'boolean') throw new ArgumentError(`compile: runEagerly must be true or false; received ${show(runEagerly)}`);
    if (!Number.isInteger(stepsPerExecution) || stepsPerExecution < 1)
      throw new ArgumentError(`compile: stepsPerExecution must be a whole number >= 1; received ${show(stepsPerExecution)}`);
    this.#runsEagerly = runEagerly;
    this.stepsPerExecution = stepsPerExecution;
    this.optimizer = optimizers.get(options.optimizer ?? 'rmsprop');
    const list: readonly LossOption[] = loss === undefined ? [] : Array.isArray(loss) ? loss : [loss];
    this.#losses = list.map((entry) => (typeof entry === 'function' ? entry : losses.get(entry)));
    for (const [name, list] of Object.entries({ metrics: alike, weightedMetrics: weighted }))
      if (!Array.isArray(list)) throw new ArgumentError(`compile: ${name} must be a list; received ${show(list)}`);
    this.#metricOptions = [
      ...alike.map((metric) => ({ metric, isWeighted: false })),
      ...weighted.map((metric) => ({ metric, isWeighted: true })),
    ];
    // Unknown names are refused now; which accuracy is meant, only the first batch tells.
    for (const { metric } of this.#metricOptions) if (metric !== 'accuracy' && metric !== 'acc') metrics.get(metric);
  }

  /** One kind of step of the model that was compiled. */
  step(model: AnyModel, kind: StepKind): Step {
    let step = this.#steps.get(kind);
    if (step === undefined || !step.isCurrent) {
      step = new Step(model, kind, this.#runsEagerly);
      this.#steps.set(kind, step);
    }
    return step;
  }

  /** The loss of a batch: the sum over outputs. */
  loss(y: unknown, prediction: unknown, sampleWeight?: Tensor): Tensor {
    const truths = flatten(y);
    const guesses = flatten(prediction);
    if (this.#losses.length === 0) throw new ArgumentError('compile: no loss was given');
    if (truths.length !== guesses.length || (this.#losses.length !== 1 && this.#losses.length !== guesses.length)) {
      throw new ArgumentError(
        `compile: ${guesses.length} outputs need as many labels and losses; received ${truths.length} and ${this.#losses.length}`,
      );
    }
    return guesses
      .map((guess, i) => {
        const loss = this.#losses.length === 1 ? this.#losses[0] : this.#losses[i];
        return loss(truths[i] as Tensor, guess as Tensor, sampleWeight);
      })
      .reduce((a, b) => add(a, b));
  }

  /** Takes a batch into the loss and the metrics; returns them as they stand. */
  track(loss: Tensor, rows: number, y: unknown, prediction: unknown, sampleWeight?: Tensor): Record<string, Tensor> {
    this.#lossTotal.assignAdd(mul(cast(loss, 'float64'), rows));
    this.#rows.assignAdd(rows);
    const [truth, guess] = [flatten(y)[0] as Tensor, flatten(prediction)[0] as Tensor];
    this.#metrics ??= this.#track(truth, guess);
    for (const { metric, isWeighted } of this.#metrics) metric.updateState(truth, guess, isWeighted ? sampleWeight : undefined);
    return this.results();
  }

  /** The loss and metrics so far. */
  results(): Record<string, Tensor> {
    const found: Record<string, Tensor> = { loss: divNoNan(peekValue(this.#lossTotal), peekValue(this.#rows)) };
    for (const { name, metric } of this.#metrics ?? []) found[name] = metric.result();
    return found;
  }

  /** Begins a new epoch; refused while another counts off this thread. */
  reset(owner: string): void {
    if (isLent(this.#lossTotal))
      throw new ArgumentError(
        `${owner}: the model is in the middle of an epoch of fit or evaluate; wait for that to end, or for a callback`,
      );
    for (const state of [this.#lossTotal, this.#rows]) state.assign(scalar(0, 'float64'));
    for (const { metric } of this.#metrics ?? []) metric.resetState();
  }

  /** The metrics that suit the shapes of labels and predictions. */
  #track(truth: Tensor, guess: Tensor): Tracked[] {
    const [first] = this.#losses;
    const lossName = first instanceof losses.Loss ? first.constructor.name : undefined;
    const names = new Set<string>();
    return this.#metricOptions.map(({ metric: option, isWeighted }) => {
      const isAccuracy = option === 'accuracy' || option === 'acc';
      const metric = isAccuracy ? metrics.accuracyFor(lossName, truth.shape, guess.shape) : metrics.get(option);
      const { name } = metric;
      const isTaken = isWeighted && names.has(name);
      names.add(name);
      return { name: isTaken ? `weighted${name[0].toUpperCase()}${name.slice(1)}` : name, metric, isWeighted };
    });
  }
}
