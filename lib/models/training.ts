/** The loops: fit, evaluate, predict and one batch, which keep the event loop turning. */
import { numbersOf } from '../core/dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { flatten, mapStructure } from '../core/structure.ts';
import { emptyTensor, type Tensor, valuesOf } from '../core/tensor.ts';
import type { TensorLike } from '../ops/convert.ts';
import { tensor } from '../ops/creation.ts';
import {
  type Batch,
  type Batches,
  type BatchSource,
  batchesOf,
  batchesOfRows,
  countRows,
  isBatches,
  isRowSource,
  type Rows,
  sliceRows,
  toRows,
} from './batches.ts';
import { Callback, History, ProgressBar } from './callbacks.ts';
import { type ClassWeight, checkClassWeight, weighBatches, weightsOfRows } from './classweights.ts';
import { runBatches, runRows, turn } from './epochs.ts';
import type { AnyModel } from './model.ts';
import type { StepLogs } from './step.ts';

/** Options of `fit`; as Keras has them. */
export interface FitOptions {
  /** Rows in a step; 32 unless given. Not for batches that come as such. */
  batchSize?: number;
  /** Passes over the data; 1 unless given. */
  epochs?: number;
  /** 0 prints nothing, 1 a progress bar, 2 a line per epoch; a bar on a terminal and else lines, unless given. */
  verbose?: 0 | 1 | 2;
  /** The share of rows, from the end, that are held out; 0 unless given. */
  validationSplit?: number;
  /** Rows `[x, y]` or `[x, y, sampleWeight]`, or batches, to evaluate after epochs. */
  validationData?: readonly [Rows, Rows] | readonly [Rows, Rows, TensorLike] | Batches;
  /** Evaluate every so many epochs; 1 unless given. */
  validationFreq?: number;
  /** Rows in a step of evaluation; as many as in one of training unless given. */
  validationBatchSize?: number;
  /** Steps that make an evaluation; all batches unless given. */
  validationSteps?: number;
  /** Whether rows are shuffled before each epoch; true unless given. */
  shuffle?: boolean;
  callbacks?: readonly Callback[];
  /** Stops training after the step at hand; `fit` then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** The epoch to begin with, to go on where training was left; 0 unless given. */
  initialEpoch?: number;
  /** Steps that make an epoch; all batches unless given. */
  stepsPerEpoch?: number;
  /** How much each row counts in the loss and in `weightedMetrics`: one number per row. Batches bring theirs along. */
  sampleWeight?: TensorLike;
  /** How much the rows of a class count in training, by the number of the class, in place of `sampleWeight`. */
  classWeight?: ClassWeight;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** 32 unless given. */
  batchSize?: number;
  /** 0 prints nothing, 2 a line; 0 unless given. */
  verbose?: 0 | 1 | 2;
  /** Stops before all batches are done. */
  steps?: number;
  /** How much each row counts: one number per row. */
  sampleWeight?: TensorLike;
}

/** Options of `predict`. */
export interface PredictOptions {
  /** 32 unless given. */
  batchSize?: number;
}

const FIT_OPTIONS = [
  ...['batchSize', 'epochs', 'verbose', 'validationSplit', 'validationData', 'validationFreq', 'shuffle', 'callbacks'],
  ...['signal', 'initialEpoch', 'stepsPerEpoch', 'sampleWeight', 'classWeight', 'validationBatchSize', 'validationSteps'],
];

function checkCount(owner: string, name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new ArgumentError(`${owner}: ${name} must be a whole number >= ${least}; received ${show(value)}`);
}

/** The batches that the arguments of `fit` and `evaluate` mean. */
function sourceOf(owner: string, x: unknown, y: unknown, batchSize = 32, shuffle = false, sampleWeight?: TensorLike): BatchSource {
  checkCount(owner, 'batchSize', batchSize, 1);
  if (isBatches(x)) {
    if (sampleWeight === undefined) return batchesOf(owner, x);
    throw new ArgumentError(`${owner}: sampleWeight goes with rows; batches bring theirs as [x, y, sampleWeight]`);
  }
  const rows = [toRows(`${owner}: x`, x), toRows(`${owner}: y`, y)] as const;
  return batchesOfRows(owner, sampleWeight === undefined ? rows : [...rows, tensor(sampleWeight)], batchSize, shuffle);
}

/** Batches of pass after pass, until one gives none. */
async function* passes(source: BatchSource): AsyncGenerator<Batch> {
  for (let count = -1; count !== 0; ) {
    count = 0;
    for await (const batch of source.pass()) {
      count++;
      yield batch;
    }
  }
}

/** Refuses a `verbose` that there is not. */
function checkVerbose(owner: string, verbose: 0 | 1 | 2 | undefined): 0 | 1 | 2 | undefined {
  if (verbose === undefined || [0, 1, 2].includes(verbose)) return verbose;
  throw new ArgumentError(`${owner}: verbose must be 0, 1 or 2; received ${show(verbose)}`);
}

/** Trains; see `Model.fit`. */
export async function fitModel(model: AnyModel, x: unknown, y: unknown, given: FitOptions | undefined): Promise<History> {
  const compiled = model.compiled('fit');
  const fromBatches = isBatches(x);
  const options = (fromBatches ? (y as FitOptions | undefined) : given) ?? {};
  checkOptions('fit', options, FIT_OPTIONS);
  const { epochs = 1, initialEpoch = 0, validationFreq = 1, validationSplit = 0, validationSteps, stepsPerEpoch, signal } = options;
  checkCount('fit', 'epochs', epochs, 1);
  checkCount('fit', 'initialEpoch', initialEpoch, 0);
  checkCount('fit', 'validationFreq', validationFreq, 1);
  checkCount('fit', 'stepsPerEpoch', stepsPerEpoch, 1);
  checkCount('fit', 'validationSteps', validationSteps, 1);
  checkCount('fit', 'validationBatchSize', options.validationBatchSize, 1);
  for (const callback of options.callbacks ?? []) {
    if (!(callback instanceof Callback)) throw new ArgumentError(`fit: callbacks must be Callback objects; received ${show(callback)}`);
  }
  const { train, validation } = split(x, y, validationSplit, options);
  const history = new History();
  const verbose = checkVerbose('fit', options.verbose) ?? (process.stdout.isTTY ? 1 : 2);
  const callbacks = [history, ...(options.callbacks ?? []), ...(verbose === 0 ? [] : [new ProgressBar(verbose)])];
  for (const callback of callbacks) callback.begin(model, { epochs, steps: stepsPerEpoch ?? train.steps });
  const tell = async (call: (callback: Callback) => unknown): Promise<void> => {
    for (const callback of callbacks) await call(callback);
  };

  await tell((callback) => callback.onTrainBegin());
  const step = compiled.step(model, 'trainStep');
  // An epoch of counted steps goes on in the data where the last one stopped.
  const endless = stepsPerEpoch === undefined ? undefined : passes(train);
  const watching = callbacks.filter((callback) => callback.onBatchEnd !== Callback.prototype.onBatchEnd);
  let batches: AsyncGenerator<Batch> | Generator<Batch> | undefined;
  try {
    for (let epoch = initialEpoch; epoch < epochs && !callbacks.some((callback) => callback.stopped); epoch++) {
      await tell((callback) => callback.onEpochBegin(epoch));
      compiled.reset('fit');
      let logs: StepLogs | undefined;
      const watch = { every: compiled.stepsPerExecution, callbacks: watching, signal };
      if (endless === undefined && isRowSource(train)) logs = await runRows(step, train, watch);
      else {
        batches = endless ?? train.pass();
        logs = await runBatches(step, batches, stepsPerEpoch, watch);
      }
      if (logs === undefined) throw new ArgumentError(`fit: the data gave no batches; epoch ${epoch + 1} of ${epochs}`);
      if (validation !== undefined && (epoch + 1) % validationFreq === 0) {
        const found = await evaluateSource(model, validation, validationSteps, signal);
        for (const [key, value] of Object.entries(found)) logs = { ...logs, [`val${key[0].toUpperCase()}${key.slice(1)}`]: value };
      }
      await tell((callback) => callback.onEpochEnd(epoch, logs as StepLogs));
    }
  } finally {
    // However training ends, the source may close what it has open.
    await batches?.return(undefined);
  }
  await tell((callback) => callback.onTrainEnd());
  return history;
}

/** What to train on and what to validate on. */
function split(x: unknown, y: unknown, share: number, options: FitOptions): { train: BatchSource; validation: BatchSource | undefined } {
  const { batchSize, validationBatchSize = batchSize, validationData, sampleWeight } = options;
  if (!(typeof share === 'number' && share >= 0 && share < 1)) {
    throw new ArgumentError(`fit: validationSplit must be a number from 0 up to but not including 1; received ${show(share)}`);
  }
  let validation: BatchSource | undefined;
  if (validationData !== undefined) {
    const [testX, testY, weights] = Array.isArray(validationData) ? validationData : [validationData];
    validation = sourceOf('fit: validationData', testX, testY, validationBatchSize, false, weights);
  }
  if (share === 0 || validation !== undefined) return { train: trainSource(x, y, sampleWeight, options), validation };
  if (isBatches(x)) throw new ArgumentError('fit: validationSplit needs rows; received batches');
  const rows = [toRows('fit: x', x), toRows('fit: y', y), ...(sampleWeight === undefined ? [] : [tensor(sampleWeight)])] as const;
  const count = countRows('fit', ...rows);
  const kept = Math.floor(count * (1 - share));
  if (kept === 0 || kept === count) throw new ArgumentError(`fit: validationSplit ${share} of ${count} rows leaves one side empty`);
  const [trainX, trainY, trainWeights] = sliceRows(rows, 0, kept);
  const [testX, testY, testWeights] = sliceRows(rows, kept, count);
  return {
    train: trainSource(trainX, trainY, trainWeights, options),
    validation: sourceOf('fit', testX, testY, validationBatchSize, false, testWeights),
  };
}

/** What to train on, with the weights of rows or of their classes. */
function trainSource(x: unknown, y: unknown, sampleWeight: TensorLike | undefined, options: FitOptions): BatchSource {
  const { batchSize, shuffle = true, classWeight } = options;
  if (classWeight === undefined) return sourceOf('fit', x, y, batchSize, shuffle, sampleWeight);
  checkClassWeight(classWeight);
  if (sampleWeight !== undefined) throw new ArgumentError('fit: sampleWeight and classWeight exclude each other; received both');
  if (isBatches(x)) return weighBatches(sourceOf('fit', x, y, batchSize), classWeight);
  return sourceOf('fit', x, y, batchSize, shuffle, weightsOfRows(toRows('fit: y', y), classWeight));
}

async function evaluateSource(model: AnyModel, source: BatchSource, steps?: number, signal?: AbortSignal): Promise<StepLogs> {
  const compiled = model.compiled('evaluate');
  compiled.reset('evaluate');
  const step = compiled.step(model, 'testStep');
  const watch = { every: 1, callbacks: [], signal };
  const logs = isRowSource(source) ? await runRows(step, source, watch, steps) : await runBatches(step, source.pass(), steps, watch, true);
  if (logs === undefined) throw new ArgumentError('evaluate: the data gave no batches');
  return logs;
}

/** Evaluates; see `Model.evaluate`. */
export async function evaluateModel(model: AnyModel, x: unknown, y: unknown, given?: EvaluateOptions): Promise<Record<string, number>> {
  model.compiled('evaluate');
  const options = (isBatches(x) ? (y as EvaluateOptions | undefined) : given) ?? {};
  checkOptions('evaluate', options, ['batchSize', 'verbose', 'steps', 'sampleWeight']);
  checkCount('evaluate', 'steps', options.steps, 1);
  const verbose = checkVerbose('evaluate', options.verbose) ?? 0;
  const found = await evaluateSource(model, sourceOf('evaluate', x, y, options.batchSize, false, options.sampleWeight), options.steps);
  if (verbose > 0) console.log(formatLogs(found));
  return found;
}

/** Logs as one line prints them. */
export function formatLogs(logs: Readonly<Record<string, number>>): string {
  return Object.entries(logs)
    .map(([key, value]) => `${key}: ${Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(4)}`)
    .join(' - ');
}

/** Predicts; see `Model.predict`. */
export async function predictModel(model: AnyModel, x: unknown, options: PredictOptions): Promise<unknown> {
  checkOptions('predict', options, ['batchSize']);
  const { batchSize = 32 } = options;
  checkCount('predict', 'batchSize', batchSize, 1);
  const source = isBatches(x) ? batchesOf('predict', x, true) : batchesOfRows('predict', [toRows('predict: x', x)], batchSize, false);
  const step = model.predicting;
  const whole = isRowSource(source) ? await step.predict(source) : undefined;
  if (whole !== undefined) return whole;
  const parts: unknown[] = [];
  for await (const batch of source.pass()) {
    parts.push(step.outputs(batch));
    await turn();
  }
  if (parts.length === 0) throw new ArgumentError('predict: the data gave no batches');
  const leaves = parts.map(flatten);
  let position = 0;
  return mapStructure(parts[0], () => {
    const mine = leaves.map((list) => list[position] as Tensor);
    position++;
    return joinRows(mine);
  });
}

/** The rows of all parts, one below the other. */
function joinRows(parts: readonly Tensor[]): Tensor {
  if (parts.length === 1) return parts[0];
  const [first, ...others] = parts;
  const odd = others.find(({ shape }) => shape.length === 0 || !sameShape(shape.slice(1), first.shape.slice(1)));
  if (first.rank === 0 || odd !== undefined) {
    const shapes = [first, odd ?? first].map(({ shape }) => showShape(shape));
    throw new ShapeError(`predict: what batches give cannot be joined row by row; received ${shapes.join(' and ')}`);
  }
  const rows = parts.reduce((total, part) => total + part.shape[0], 0);
  const result = emptyTensor([rows, ...parts[0].shape.slice(1)], parts[0].dtype);
  const values = valuesOf(result);
  let offset = 0;
  for (const part of parts) {
    values.set(valuesOf(part), offset);
    offset += numbersOf(part.dtype) * part.size;
  }
  return result;
}

/** One step; see `Model.trainOnBatch`. */
export function trainOnce(model: AnyModel, x: unknown, y: unknown): Record<string, number> {
  const compiled = model.compiled('trainOnBatch');
  const batch: Batch = [toRows('trainOnBatch: x', x), toRows('trainOnBatch: y', y)];
  countRows('trainOnBatch', ...batch);
  compiled.reset('trainOnBatch');
  return compiled.step(model, 'trainStep').logs(batch);
}
