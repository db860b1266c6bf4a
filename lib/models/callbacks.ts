/** What happens around epochs and steps: history, early stopping, progress. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { AnyModel } from './model.ts';
import { formatLogs } from './training.ts';

/** The numbers of an epoch or a step so far. */
export type NumberLogs = Readonly<Record<string, number>>;

/** What a callback may know of the training it is part of. */
export interface TrainingParameters {
  readonly epochs: number;
  /** The steps of an epoch, where they are known. */
  readonly steps: number | undefined;
}

/**
 * Something that `fit` tells what it is doing; extend it and override what you want to hear.
 * @example
 * class Quiet extends tf.Callback {
 *   override onEpochEnd(_epoch: number, logs: Readonly<Record<string, number>>): void {
 *     if (logs.loss < 0.1) this.stopTraining();
 *   }
 * }
 * new Quiet().stopped; // false
 */
export class Callback {
  #model: AnyModel | undefined;
  #parameters: TrainingParameters = { epochs: 0, steps: undefined };
  #stopped = false;

  /** Called by `fit` before anything else. */
  begin(model: AnyModel, parameters: TrainingParameters): void {
    this.#model = model;
    this.#parameters = parameters;
    this.#stopped = false;
  }

  /** The model in training. */
  get model(): AnyModel {
    if (this.#model === undefined) throw new ArgumentError(`${this.constructor.name}: it has no model before fit begins`);
    return this.#model;
  }

  /** The epochs and steps of this training. */
  get parameters(): TrainingParameters {
    return this.#parameters;
  }

  /** True after `stopTraining`. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether it is enough to hear of batches now and then. Callbacks that are told of every one, in order, hold up training between steps. */
  get glances(): boolean {
    return false;
  }

  /** Ends training after this epoch. */
  stopTraining(): void {
    this.#stopped = true;
  }

  onTrainBegin(): void | Promise<void> {}
  onTrainEnd(): void | Promise<void> {}
  onEpochBegin(_epoch: number): void | Promise<void> {}
  onEpochEnd(_epoch: number, _logs: NumberLogs): void | Promise<void> {}
  onBatchEnd(_step: number, _logs: NumberLogs): void | Promise<void> {}
}

/** What `fit` gives back: the numbers of every epoch. */
export class History extends Callback {
  /** The epochs that were trained, from 0. */
  readonly epoch: number[] = [];
  /** By name, one number for each epoch that had it. */
  readonly history: Record<string, number[]> = {};

  override onEpochEnd(epoch: number, logs: NumberLogs): void {
    this.epoch.push(epoch);
    for (const [key, value] of Object.entries(logs)) {
      this.history[key] ??= [];
      this.history[key].push(value);
    }
  }
}

/** Options of EarlyStopping. */
export interface EarlyStoppingOptions {
  /** The number to watch; "valLoss" unless given. */
  monitor?: string;
  /** Changes smaller than this are none; 0 unless given. */
  minDelta?: number;
  /** Epochs to wait for something better; 0 unless given. */
  patience?: number;
  /** Whether smaller or larger is better; "auto" goes by the name (accuracies want to be large). */
  mode?: 'auto' | 'min' | 'max';
  /** Whether the weights of the best epoch come back at the end; false unless given. */
  restoreBestWeights?: boolean;
}

/**
 * Ends training when a number has stopped getting better.
 * @example
 * const stop = new tf.EarlyStopping({ monitor: 'loss', patience: 2 });
 * stop.stopped; // false
 */
export class EarlyStopping extends Callback {
  readonly monitor: string;
  readonly #minDelta: number;
  readonly #patience: number;
  readonly #sign: 1 | -1;
  readonly #restores: boolean;
  #best = Number.POSITIVE_INFINITY;
  #waited = 0;
  #isWatching = false;
  #logged: readonly string[] = [];
  #weights: readonly Tensor[] | undefined;
  /** The epoch after which training stopped; undefined if it ran to its end. */
  stoppedEpoch: number | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    checkOptions('EarlyStopping', options, ['monitor', 'minDelta', 'patience', 'mode', 'restoreBestWeights']);
    const { monitor = 'valLoss', minDelta = 0, patience = 0, mode = 'auto', restoreBestWeights = false } = options;
    if (!Number.isInteger(patience) || patience < 0)
      throw new ArgumentError(`EarlyStopping: patience must be a whole number >= 0; received ${show(patience)}`);
    if (!['auto', 'min', 'max'].includes(mode))
      throw new ArgumentError(`EarlyStopping: mode must be auto, min or max; received ${show(mode)}`);
    super();
    this.monitor = monitor;
    this.#minDelta = Math.abs(minDelta);
    this.#patience = patience;
    this.#sign = mode === 'max' || (mode === 'auto' && /acc|auc|precision|recall/i.test(monitor)) ? -1 : 1;
    this.#restores = restoreBestWeights;
  }

  override onTrainBegin(): void {
    this.#best = Number.POSITIVE_INFINITY;
    this.#waited = 0;
    this.#isWatching = false;
    this.#weights = undefined;
    this.stoppedEpoch = undefined;
  }

  override onEpochEnd(epoch: number, logs: NumberLogs): void {
    // An epoch without validation says nothing about a validation loss.
    this.#logged = Object.keys(logs);
    if (!(this.monitor in logs)) return;
    this.#isWatching = true;
    const value = logs[this.monitor] * this.#sign;
    if (value < this.#best - this.#minDelta) {
      this.#best = value;
      this.#waited = 0;
      if (this.#restores) this.#weights = this.model.variables.map((variable) => variable.value);
      return;
    }
    if (++this.#waited < this.#patience) return;
    this.stoppedEpoch = epoch;
    this.stopTraining();
  }

  override onTrainEnd(): void {
    if (!this.#isWatching && this.#logged.length > 0)
      process.emitWarning(`EarlyStopping: no epoch logged "${this.monitor}", so nothing was stopped; there is ${this.#logged.join(', ')}`);
    const weights = this.#weights;
    if (weights === undefined) return;
    this.model.variables.forEach((variable, i) => {
      variable.assign(weights[i]);
    });
  }
}

/** The progress of training on the console: a bar that is redrawn, or a line per epoch. */
export class ProgressBar extends Callback {
  readonly #verbose: 1 | 2;
  #began = 0;
  #drawn = 0;
  #done = 0;
  /** Where nobody knows the steps of an epoch, the first one tells. */
  #steps: number | undefined;

  constructor(verbose: 1 | 2) {
    super();
    this.#verbose = verbose;
  }

  override get glances(): boolean {
    return true;
  }

  override onTrainBegin(): void {
    this.#steps = this.parameters.steps;
  }

  override onEpochBegin(epoch: number): void {
    this.#began = performance.now();
    if (this.#verbose === 1) console.log(`Epoch ${epoch + 1}/${this.parameters.epochs}`);
  }

  override onBatchEnd(step: number, logs: NumberLogs): void {
    const now = performance.now();
    this.#done = step + 1;
    if (this.#verbose !== 1 || now - this.#drawn < 50) return;
    this.#drawn = now;
    process.stdout.write(`\r\x1b[2K${this.#line(step + 1, logs)}`);
  }

  override onEpochEnd(epoch: number, logs: NumberLogs): void {
    const seconds = `${((performance.now() - this.#began) / 1000).toFixed(1)}s`;
    if (this.#verbose === 2) console.log(`Epoch ${epoch + 1}/${this.parameters.epochs} - ${seconds} - ${formatLogs(logs)}`);
    else process.stdout.write(`\r\x1b[2K${this.#line(this.#done, logs)} - ${seconds}\n`);
    this.#steps ??= this.#done;
  }

  #line(step: number, logs: NumberLogs): string {
    const steps = this.#steps;
    if (steps === undefined) return `${step} ${formatLogs(logs)}`;
    const filled = Math.min(20, Math.round((20 * step) / steps));
    return `${String(step).padStart(String(steps).length)}/${steps} ${'━'.repeat(filled)}${'─'.repeat(20 - filled)} ${formatLogs(logs)}`;
  }
}
