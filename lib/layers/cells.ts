/** The recurrent cells: LSTM, GRU and the one of a single product, each a layer of one step. */
import { gruSequence } from '../control/gru.ts';
import { lstmSequence } from '../control/lstm.ts';
import type { DType } from '../core/dtype.ts';
import { checkFlag } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { readValue, type Variable } from '../core/variable.ts';
import { Initializer } from '../initializers/constants.ts';
import * as initializers from '../initializers/index.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { ones } from '../ops/creation.ts';
import { concat, slice, split } from '../ops/join.ts';
import { fusedMatMul, matMul } from '../ops/matmul.ts';
import { gruStep, lstmStep } from '../ops/recurrent.ts';
import { reshape } from '../ops/shape.ts';
import { type CellNoise, GatedCell, type GatedCellOptions, KernelCell, type Passage, type SimpleRNNCellOptions } from './cell.ts';
import type { WeightOptions } from './layer.ts';

/** The state as its product sees it. */
const noisy = (h: Tensor, { state }: CellNoise): Tensor => (state === undefined ? h : mul(h, state));

/**
 * One step of a network whose output is its state: `activation(x @ kernel + h @ recurrentKernel + bias)`, from `[x, h]` to `[h, h]`.
 * @example
 * const [h] = new tf.layers.SimpleRNNCell({ units: 4 }).apply([tf.zeros([2, 3]), tf.zeros([2, 4])]);
 * h.shape; // [2, 4]
 */
export class SimpleRNNCell extends KernelCell {
  protected readonly gates = 1;

  constructor(options: SimpleRNNCellOptions) {
    super('SimpleRNNCell', options, []);
  }

  get stateSize(): number {
    return this.units;
  }

  protected override biasOf(initializer: WeightOptions['initializer']): [number[], WeightOptions['initializer']] {
    return [[this.units], initializer];
  }

  override advance(z: Tensor, [h]: readonly Tensor[], noise: CellNoise): Tensor[] {
    const next = this.activation(add(z, matMul(noisy(h, noise), this.recurrentKernel as Variable)));
    return [next, next];
  }
}

/** Options of an LSTM cell. */
export interface LSTMCellOptions extends GatedCellOptions {
  /** Whether the bias of the forget gate begins as ones (Jozefowicz et al. 2015); true unless given. */
  unitForgetBias?: boolean;
}

/** The bias of an LSTM: ones for the forget gate. */
class UnitForget extends Initializer {
  readonly #others: Initializer;

  constructor(others: Initializer) {
    super();
    this.#others = others;
  }

  override call([size]: Shape, dtype?: DType): Tensor {
    const units = size / 4;
    return concat([this.#others.call([units], dtype), ones([units], dtype), this.#others.call([2 * units], dtype)]);
  }
}

/**
 * One step of an LSTM (Hochreiter and Schmidhuber 1997): from `[x, h, c]` to `[h, h, c]`. Columns of the kernels hold the gates in the order input, forget, content, output.
 * @example
 * const cell = new tf.layers.LSTMCell({ units: 4 });
 * cell.apply([tf.zeros([2, 3]), tf.zeros([2, 4]), tf.zeros([2, 4])]).length; // 3
 * cell.bias?.arraySync(); // [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
 */
export class LSTMCell extends GatedCell {
  readonly unitForgetBias: boolean;
  protected readonly gates = 4;

  constructor(options: LSTMCellOptions) {
    super('LSTMCell', options, ['unitForgetBias']);
    this.unitForgetBias = checkFlag('LSTMCell', 'unitForgetBias', options.unitForgetBias ?? true);
  }

  get stateSize(): readonly number[] {
    return [this.units, this.units];
  }

  protected override biasOf(initializer: WeightOptions['initializer']): [number[], WeightOptions['initializer']] {
    const others = initializers.get(initializer ?? 'zeros');
    return [[4 * this.units], this.unitForgetBias ? new UnitForget(others) : others];
  }

  override advance(z: Tensor, [h, c]: readonly Tensor[], noise: CellNoise): Tensor[] {
    const gates = add(z, matMul(noisy(h, noise), this.recurrentKernel as Variable));
    const [hidden, cell] = lstmStep(gates, c, this.activation, this.gate);
    return [hidden, hidden, cell];
  }

  override pass(xs: Tensor, states: readonly Tensor[]): Passage | undefined {
    if (!this.isPlain) return undefined;
    const [kernel, recurrent, bias] = [this.kernel, this.recurrentKernel, this.bias].map((weight) => weight && readValue(weight));
    const [outputs, h, c] = lstmSequence(castTo(xs, this.dtype), kernel as Tensor, recurrent as Tensor, bias, states);
    return { last: h, outputs, states: [h, c] };
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), unitForgetBias: this.unitForgetBias };
  }
}

/** Options of a GRU cell. */
export interface GRUCellOptions extends GatedCellOptions {
  /** Whether the reset gate acts after the product with the state instead of before it; true unless given. The bias then has a row for each of both products. */
  resetAfter?: boolean;
}

/**
 * One step of a GRU (Cho et al. 2014): from `[x, h]` to `[h, h]`. Columns of the kernels hold the gates in the order update, reset, content.
 * @example
 * const cell = new tf.layers.GRUCell({ units: 4 });
 * cell.apply([tf.zeros([2, 3]), tf.zeros([2, 4])])[0].shape; // [2, 4]
 * cell.bias?.shape; // [2, 12]
 */
export class GRUCell extends GatedCell {
  readonly resetAfter: boolean;
  protected readonly gates = 3;

  constructor(options: GRUCellOptions) {
    super('GRUCell', options, ['resetAfter']);
    this.resetAfter = checkFlag('GRUCell', 'resetAfter', options.resetAfter ?? true);
  }

  get stateSize(): number {
    return this.units;
  }

  protected override biasOf(initializer: WeightOptions['initializer']): [number[], WeightOptions['initializer']] {
    return [this.resetAfter ? [2, 3 * this.units] : [3 * this.units], initializer];
  }

  protected override inputBias(): Variable | Tensor | undefined {
    return this.bias === undefined || !this.resetAfter ? this.bias : this.#biasRow(0);
  }

  #biasRow(row: number): Tensor {
    return reshape(slice(this.bias as Variable, [row, 0], [1, 3 * this.units]), [3 * this.units]);
  }

  override advance(z: Tensor, [h]: readonly Tensor[], noise: CellNoise): Tensor[] {
    const kernel = this.recurrentKernel as Variable;
    const state = noisy(h, noise);
    if (this.resetAfter) {
      const bias = this.bias === undefined ? {} : { bias: this.#biasRow(1) };
      const next = gruStep(z, fusedMatMul({ a: state, b: kernel, ...bias }), h, this.activation, this.gate);
      return [next, next];
    }
    const { units } = this;
    const [ofGates, ofContent] = split(kernel, [2 * units, units], 1);
    const [fromGates, content] = split(z, [2 * units, units], 1);
    const [update, reset] = split(this.gate(add(fromGates, matMul(state, ofGates))), 2, 1);
    const fresh = this.activation(add(content, matMul(mul(reset, state), ofContent)));
    const next = add(fresh, mul(update, sub(h, fresh)));
    return [next, next];
  }

  override pass(xs: Tensor, [state]: readonly Tensor[]): Passage | undefined {
    if (!this.isPlain || !this.resetAfter) return undefined;
    const [kernel, recurrent] = [this.kernel as Variable, this.recurrentKernel as Variable].map(readValue);
    const biases = this.bias === undefined ? undefined : ([this.#biasRow(0), this.#biasRow(1)] as const);
    const [outputs, last] = gruSequence(castTo(xs, this.dtype), kernel, recurrent, biases, state);
    return { last, outputs, states: [last] };
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), resetAfter: this.resetAfter };
  }
}
