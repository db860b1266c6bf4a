/** What recurrent cells have in common: a product with the input, one with the state, and noise for both. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { isSymbolic, type Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { mul } from '../ops/arithmetic.ts';
import { onesLike } from '../ops/creation.ts';
import { dropout } from '../ops/distributions.ts';
import { fusedMatMul } from '../ops/matmul.ts';
import { type ActivationFunction, type ActivationName, activationConfig, getActivation } from './activation.ts';
import { configOf } from './config.ts';

import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';

/** Options of a cell of one activation. */
export interface SimpleRNNCellOptions extends LayerOptions {
  /** The size of the state. */
  units: number;
  /** What the state goes through, by name or as a function; 'tanh' unless given. */
  activation?: ActivationName | ActivationFunction | null;
  /** Whether a bias is added; true unless given. */
  useBias?: boolean;
  /** "glorotUniform" unless given. */
  kernelInitializer?: WeightOptions['initializer'];
  /** "orthogonal" unless given. */
  recurrentInitializer?: WeightOptions['initializer'];
  /** "zeros" unless given. */
  biasInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the kernel. */
  kernelRegularizer?: WeightOptions['regularizer'];
  /** What to add to the loss for the size of the recurrent kernel. */
  recurrentRegularizer?: WeightOptions['regularizer'];
  /** What to add to the loss for the size of the bias. */
  biasRegularizer?: WeightOptions['regularizer'];
  /** The share of inputs that is dropped while training, the same ones in all steps of a sequence; 0 unless given. */
  dropout?: number;
  /** The share of the state that is dropped while training before its product, the same in all steps; 0 unless given. */
  recurrentDropout?: number;
}

/** Options of a cell with gates. */
export interface GatedCellOptions extends SimpleRNNCellOptions {
  /** What gates go through, by name or as a function; 'sigmoid' unless given. */
  recurrentActivation?: ActivationName | ActivationFunction | null;
}

/** The options of every cell. */
export const CELL_OPTIONS: readonly string[] = [
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'recurrentInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'recurrentRegularizer',
  'biasRegularizer',
  'dropout',
  'recurrentDropout',
];

/** A layer that takes `[x, ...states]` of one step and gives `[output, ...states]` of the next: what RNN runs over a sequence. */
export interface RecurrentCell extends Layer<readonly Tensor[], Tensor[]> {
  /** The size of the state, or of each state. */
  readonly stateSize: number | readonly number[];
}

/** Noise for a sequence; undefined where nothing is dropped. */
export interface CellNoise {
  readonly input?: Tensor;
  readonly state?: Tensor;
}

/** A sequence, steps first, after a cell has run over it. */
export interface Passage {
  /** The output of the last step. */
  readonly last: Tensor;
  /** The outputs of all steps; undefined where nobody asked for them. */
  readonly outputs?: Tensor;
  readonly states: readonly Tensor[];
}

/** A function for an activation that may be none. */
export const toFunction = (activation: ActivationFunction | null): ActivationFunction => activation ?? ((x) => x);

function checkRate(owner: string, name: string, rate: number): number {
  if (typeof rate === 'number' && rate >= 0 && rate < 1) return rate;
  throw new ArgumentError(`${owner}: ${name} must be a number from 0 up to but not including 1; received ${show(rate)}`);
}

/** The shape of x, where a layer takes it alone or before states. */
export function firstShape(shapes: BatchShape | readonly BatchShape[]): BatchShape {
  const [first] = shapes;
  return Array.isArray(first) ? first : (shapes as BatchShape);
}

/** The base of the cells that are built in. */
export abstract class KernelCell extends Layer<readonly Tensor[], Tensor[]> implements RecurrentCell {
  readonly units: number;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  kernel?: Variable;
  recurrentKernel?: Variable;
  bias?: Variable;
  protected readonly activation: ActivationFunction;
  protected readonly options: SimpleRNNCellOptions;

  constructor(owner: string, options: SimpleRNNCellOptions, own: readonly string[]) {
    checkOptions(owner, options ?? {}, [...LAYER_OPTIONS, ...CELL_OPTIONS, ...own]);
    const units = options?.units;
    if (!Number.isInteger(units) || units < 1) {
      throw new ArgumentError(`${owner}: units must be a whole number >= 1; received ${show(units)}`);
    }
    super(options);
    this.units = units;
    this.useBias = checkFlag(owner, 'useBias', options.useBias ?? true);
    this.dropout = checkRate(owner, 'dropout', options.dropout ?? 0);
    this.recurrentDropout = checkRate(owner, 'recurrentDropout', options.recurrentDropout ?? 0);
    this.options = options;
    this.activation = toFunction(getActivation(owner, options.activation === undefined ? 'tanh' : options.activation));
  }

  /** The size of the state, or of each state. */
  abstract get stateSize(): number | readonly number[];

  /** The shape of the bias, and its initializer. */
  protected abstract biasOf(initializer: WeightOptions['initializer']): [number[], WeightOptions['initializer']];

  /** How many products of `units` columns there are. */
  protected abstract readonly gates: number;

  override build(inputShape: BatchShape | BatchShape[]): void {
    const shape = firstShape(inputShape);
    const inputs = shape.at(-1);
    if (shape.length < 2 || typeof inputs !== 'number') {
      throw new ShapeError(`${this.label}: needs inputs [batch, features] of known features; received ${showShape(shape)}`);
    }
    const { kernelInitializer, recurrentInitializer = 'orthogonal', biasInitializer = 'zeros' } = this.options;
    const { kernelRegularizer, recurrentRegularizer, biasRegularizer } = this.options;
    const columns = this.gates * this.units;
    this.kernel = this.addWeight('kernel', [inputs, columns], { initializer: kernelInitializer, regularizer: kernelRegularizer });
    this.recurrentKernel = this.addWeight('recurrent_kernel', [this.units, columns], {
      initializer: recurrentInitializer,
      regularizer: recurrentRegularizer,
    });
    if (!this.useBias) return;
    const [size, initializer] = this.biasOf(biasInitializer);
    this.bias = this.addWeight('bias', size, { initializer, regularizer: biasRegularizer });
  }

  override call([x, ...states]: readonly Tensor[], { training = false }: CallOptions): Tensor[] {
    const noise = this.noise(x, states[0], training);
    return this.advance(this.project(noise.input === undefined ? x : mul(x, noise.input)), states, noise);
  }

  /** What a step needs of the input alone: for all steps of a sequence it is one product. */
  project(x: Tensor): Tensor {
    const bias = this.inputBias();
    return fusedMatMul({ a: x, b: this.kernel as Variable, ...(bias === undefined ? {} : { bias }) });
  }

  /** Output and states after a step, from what `project` gives. */
  abstract advance(z: Tensor, states: readonly Tensor[], noise: CellNoise): Tensor[];

  /** The bias of the product with the input. */
  protected inputBias(): Variable | Tensor | undefined {
    return this.bias;
  }

  /** A whole sequence [steps, batch, features] in one pass; undefined where the cell has none for what it computes. */
  pass(_xs: Tensor, _states: readonly Tensor[]): Passage | undefined {
    return undefined;
  }

  /** Noise for inputs like x [batch, features] and for the state. */
  noise(x: Tensor, state: Tensor, training: boolean): CellNoise {
    const of = (like: Tensor, rate: number): Tensor | undefined =>
      training && rate > 0 && !isSymbolic(like) ? dropout(onesLike(like), rate) : undefined;
    const [input, kept] = [of(x, this.dropout), of(state, this.recurrentDropout)];
    return { ...(input === undefined ? {} : { input }), ...(kept === undefined ? {} : { state: kept }) };
  }

  override getConfig(): Record<string, unknown> {
    const {
      activation,
      kernelInitializer = 'glorotUniform',
      recurrentInitializer = 'orthogonal',
      biasInitializer = 'zeros',
    } = this.options;
    const { kernelRegularizer, recurrentRegularizer, biasRegularizer } = this.options;
    return {
      ...super.getConfig(),
      units: this.units,
      activation: activationConfig(activation === undefined ? 'tanh' : activation),
      useBias: this.useBias,
      kernelInitializer: configOf(kernelInitializer),
      recurrentInitializer: configOf(recurrentInitializer),
      biasInitializer: configOf(biasInitializer),
      kernelRegularizer: configOf(kernelRegularizer),
      recurrentRegularizer: configOf(recurrentRegularizer),
      biasRegularizer: configOf(biasRegularizer),
      dropout: this.dropout,
      recurrentDropout: this.recurrentDropout,
    };
  }
}

/** A cell whose gates have an activation of their own. */
export abstract class GatedCell extends KernelCell {
  protected readonly gate: ActivationFunction;
  /** Whether the activations are those that whole sequences are fast for. */
  protected readonly isPlain: boolean;
  readonly #gate: GatedCellOptions['recurrentActivation'];

  constructor(owner: string, options: GatedCellOptions, own: readonly string[]) {
    super(owner, options, ['recurrentActivation', ...own]);
    const { activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
    this.#gate = recurrentActivation;
    this.gate = toFunction(getActivation(owner, recurrentActivation));
    this.isPlain = activation === 'tanh' && recurrentActivation === 'sigmoid';
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), recurrentActivation: activationConfig(this.#gate) };
  }
}
