/** The model: a layer that can be compiled, trained, evaluated and asked. */
import { GradientTape } from '../autodiff/tape.ts';
import { ArgumentError, checkOptions } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { type AnyLayer, type CallOptions, Layer } from '../layers/layer.ts';
import type { BatchShape } from '../layers/node.ts';
import { add } from '../ops/arithmetic.ts';
import type { Optimizer } from '../optimizers/index.ts';
import type { Batch, Batches, Rows } from './batches.ts';
import type { History } from './callbacks.ts';
import { Compiled, type CompileOptions, type Logs } from './compile.ts';
import { type Graph, graphOf, layersOf, outputShapeOf, runGraph, variablesOf } from './functional.ts';
import { rowsOf, Step } from './step.ts';
import { printSummary, type SummaryOptions } from './summary.ts';
import {
  type EvaluateOptions,
  evaluateModel,
  type FitOptions,
  fitModel,
  type PredictOptions,
  predictModel,
  trainOnce,
} from './training.ts';

/** Options of a model. */
export interface ModelOptions<I = Tensor, O = Tensor> {
  /** The class in snake case, numbered, unless given. */
  name?: string;
  /** Tensors of `tf.input`. */
  inputs?: I;
  /** What layers made of `inputs`. */
  outputs?: O;
}

/** A model of any inputs and outputs. */
// biome-ignore lint/suspicious/noExplicitAny: training hands on what it is given.
export type AnyModel = Model<any, any>;

/**
 * A layer that can be trained. Give it `inputs` and `outputs` drawn with `tf.input`, or extend it and write `call`.
 * @example
 * const x = tf.input({ shape: [2] });
 * const y = new tf.layers.Dense({ units: 1, kernelInitializer: 'ones' }).apply(x);
 * const model = new tf.Model({ inputs: x, outputs: y });
 * model.apply(tf.tensor([[1, 2]])).arraySync(); // [[3]]
 */
export class Model<I = Tensor, O = Tensor> extends Layer<I, O> {
  /** The layers of a list or a drawing; a subclass has its own in fields. */
  protected readonly members: AnyLayer[] = [];
  /** The variables that ops of a drawing take. */
  protected readonly drawn: Variable[] = [];
  readonly #graph: Graph | undefined;
  #compiled: Compiled | undefined;
  #predicting: Step | undefined;

  constructor(options: ModelOptions<I, O> = {}) {
    checkOptions('Model', options, ['name', 'inputs', 'outputs']);
    super(options.name === undefined ? {} : { name: options.name });
    if (options.inputs === undefined && options.outputs === undefined) return;
    this.#graph = graphOf(options.inputs, options.outputs);
    this.members.push(...layersOf(this.#graph));
    this.drawn.push(...variablesOf(this.#graph));
    this.build([]);
  }

  override call(inputs: I, options: CallOptions = {}): O {
    if (this.#graph === undefined) throw new ArgumentError(`${this.label}: it has neither inputs and outputs nor a call of its own`);
    return runGraph(this.label, this.#graph, inputs, options) as O;
  }

  /** The shape of the output, null where it differs from batch to batch; undefined where there are several, or before the first call. */
  override get outputShape(): BatchShape | undefined {
    return this.#graph === undefined ? super.outputShape : outputShapeOf(this.#graph);
  }

  /**
   * Says how to train: the optimizer, the loss and the metrics, by name or object.
   * @throws ArgumentError for unknown names and options.
   */
  compile(options: CompileOptions): void {
    this.#compiled = new Compiled(options);
  }

  /** What `compile` was told; an error before it, in the name of the method that needs it. */
  compiled(owner: string): Compiled {
    if (this.#compiled === undefined)
      throw new ArgumentError(`${owner}: ${this.label} is not compiled; call compile({ optimizer, loss }) first`);
    return this.#compiled;
  }

  /** How the model predicts. */
  get predicting(): Step {
    if (this.#compiled !== undefined) return this.#compiled.step(this, 'predictStep');
    if (this.#predicting === undefined || !this.#predicting.isCurrent) this.#predicting = new Step(this, 'predictStep', false);
    return this.#predicting;
  }

  /** The optimizer that `compile` was given. */
  get optimizer(): Optimizer {
    return this.compiled('optimizer').optimizer;
  }

  /** The loss of one batch, with what regularizers add: a scalar. */
  computeLoss(y: unknown, prediction: unknown, sampleWeight?: Tensor): Tensor {
    return this.losses.reduce((total, loss) => add(total, loss), this.compiled('computeLoss').loss(y, prediction, sampleWeight));
  }

  /** One step of training: gradients, update, and the metrics of the epoch so far. Override it to train in another way. */
  trainStep([x, y, sampleWeight]: Batch): Logs {
    const compiled = this.compiled('trainStep');
    const tape = new GradientTape();
    const [prediction, loss] = tape.record(() => {
      const prediction = this.apply(x as I, { training: true });
      return [prediction, this.computeLoss(y, prediction, sampleWeight)] as const;
    });
    const variables = this.trainableVariables;
    const gradients = tape.gradient(loss, variables);
    compiled.optimizer.applyGradients(variables.map((variable, i) => [gradients[i], variable]));
    return compiled.track(loss, rowsOf(x), y, prediction, sampleWeight);
  }

  /** One step of evaluation: the loss and metrics so far. */
  testStep([x, y, sampleWeight]: Batch): Logs {
    const prediction = this.apply(x as I, { training: false });
    const loss = this.computeLoss(y, prediction, sampleWeight);
    return this.compiled('testStep').track(loss, rowsOf(x), y, prediction, sampleWeight);
  }

  /** One step of prediction. */
  predictStep([x]: Batch): O {
    return this.apply(x as I, { training: false });
  }

  /**
   * The history of training on rows `x` and `y`, or on batches `[x, y]` from a Dataset or any iterable. Never holds up the event loop for longer than a
   * step.
   * @throws ArgumentError before `compile`, and for unknown options.
   */
  fit(x: Rows, y: Rows, options?: FitOptions): Promise<History>;
  fit(batches: Batches, options?: FitOptions): Promise<History>;
  fit(x: Rows | Batches, y?: Rows | FitOptions, options?: FitOptions): Promise<History> {
    return fitModel(this, x, y, options);
  }

  /** The loss and metrics on rows `x` and `y`, or on batches. */
  evaluate(x: Rows, y: Rows, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(batches: Batches, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(x: Rows | Batches, y?: Rows | EvaluateOptions, options?: EvaluateOptions): Promise<Record<string, number>> {
    return evaluateModel(this, x, y, options);
  }

  /** What the model makes of all rows of `x`, in batches. */
  async predict(x: Rows | Batches, options: PredictOptions = {}): Promise<O> {
    return (await predictModel(this, x, options)) as O;
  }

  /** The loss and metrics of one step of training on these rows alone. */
  trainOnBatch(x: Rows, y: Rows): Record<string, number> {
    return trainOnce(this, x, y);
  }

  /** Prints a table of layers, output shapes and numbers of weights. */
  summary(options: SummaryOptions = {}): void {
    printSummary(this, options);
  }
}
