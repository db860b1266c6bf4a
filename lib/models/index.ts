/** Models and what belongs to their training: re-exported at the top of the package. */
export type { Batch, Batches, Rows } from './batches.ts';
export {
  Callback,
  EarlyStopping,
  type EarlyStoppingOptions,
  History,
  type NumberLogs,
  ProgressBar,
  type TrainingParameters,
} from './callbacks.ts';
export type { CompileOptions, Logs, LossFunction, LossOption } from './compile.ts';
export { type AnyModel, Model, type ModelOptions } from './model.ts';
export { Sequential, type SequentialOptions } from './sequential.ts';
export type { SummaryOptions } from './summary.ts';
export type { EvaluateOptions, FitOptions, PredictOptions } from './training.ts';
