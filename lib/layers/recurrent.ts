/** The recurrent layers: LSTM, GRU and SimpleRNN over sequences. */
import { checkOptions } from '../core/errors.ts';
import { CELL_OPTIONS, type KernelCell, type SimpleRNNCellOptions } from './cell.ts';
import { GRUCell, type GRUCellOptions, LSTMCell, type LSTMCellOptions, SimpleRNNCell } from './cells.ts';
import { RNN, SEQUENCE_OPTIONS, type SequenceOptions } from './rnn.ts';

/** Options of SimpleRNN. */
export interface SimpleRNNOptions<R extends boolean = boolean> extends SimpleRNNCellOptions, SequenceOptions<R> {}

/** Options of LSTM. */
export interface LSTMOptions<R extends boolean = boolean> extends LSTMCellOptions, SequenceOptions<R> {}

/** Options of GRU. */
export interface GRUOptions<R extends boolean = boolean> extends GRUCellOptions, SequenceOptions<R> {}

type AllOptions<R extends boolean> = SimpleRNNOptions<R> | LSTMOptions<R> | GRUOptions<R>;

/** The options that go to the cell, which is named as in Keras, and those that stay. */
function divide<R extends boolean>(
  options: AllOptions<R>,
  name: string,
  own: readonly string[],
): { cell: never; rest: SequenceOptions<R> } {
  const entries = Object.entries(options ?? {});
  const isOfCell = ([key]: [string, unknown]): boolean => CELL_OPTIONS.includes(key) || own.includes(key);
  const { dtype } = options ?? {};
  const cell = { ...Object.fromEntries(entries.filter(isOfCell)), name, ...(dtype === undefined ? {} : { dtype }) };
  return { cell: cell as never, rest: Object.fromEntries(entries.filter((entry) => !isOfCell(entry))) };
}

/** A layer over sequences with a cell of its own, whose options it takes. */
abstract class KernelRNN<C extends KernelCell, R extends boolean> extends RNN<R> {
  declare readonly cell: C;

  constructor(owner: string, make: (options: never) => C, name: string, options: AllOptions<R>, own: readonly string[]) {
    checkOptions(owner, options ?? {}, [...SEQUENCE_OPTIONS, ...CELL_OPTIONS, ...own]);
    const { cell, rest } = divide(options, name, own);
    super({ ...rest, cell: make(cell) }, owner);
  }

  /** The size of the state. */
  get units(): number {
    return this.cell.units;
  }

  override getConfig(): Record<string, unknown> {
    const { cell: _, ...own } = super.getConfig();
    return { ...this.cell.getConfig(), ...own };
  }
}

/**
 * A network whose output is its state, over sequences [batch, steps, features]: [batch, units], or [batch, steps, units] with `returnSequences`. Inputs and results as of RNN.
 * @example
 * new tf.layers.SimpleRNN({ units: 4 }).apply(tf.zeros([2, 5, 3])).shape; // [2, 4]
 */
export class SimpleRNN<R extends boolean = false> extends KernelRNN<SimpleRNNCell, R> {
  constructor(options: SimpleRNNOptions<R>) {
    super('SimpleRNN', (cell) => new SimpleRNNCell(cell), 'simple_rnn_cell', options, []);
  }
}

/**
 * An LSTM (Hochreiter and Schmidhuber 1997) over sequences [batch, steps, features]: [batch, units], or [batch, steps, units] with `returnSequences`. Inputs and results as of RNN; the states
 * are the hidden one and the cell's. With the activations 'tanh' and 'sigmoid' a sequence is one op.
 * @example
 * const layer = new tf.layers.LSTM({ units: 4, returnSequences: true, returnState: true });
 * layer.apply(tf.zeros([2, 5, 3])).map((x) => x.shape); // [[2, 5, 4], [2, 4], [2, 4]]
 * layer.weights.map((weight) => weight.shape); // [[3, 16], [4, 16], [16]]
 */
export class LSTM<R extends boolean = false> extends KernelRNN<LSTMCell, R> {
  constructor(options: LSTMOptions<R>) {
    super('LSTM', (cell) => new LSTMCell(cell), 'lstm_cell', options, ['recurrentActivation', 'unitForgetBias']);
  }
}

/**
 * A GRU (Cho et al. 2014) over sequences [batch, steps, features]: [batch, units], or [batch, steps, units] with `returnSequences`. Inputs and results as of RNN.
 * @example
 * const [encoder, decoder] = [new tf.layers.GRU({ units: 4, returnState: true }), new tf.layers.GRU({ units: 4 })];
 * const [, state] = encoder.apply(tf.zeros([2, 5, 3]));
 * decoder.apply([tf.zeros([2, 7, 3]), state]).shape; // [2, 4]
 */
export class GRU<R extends boolean = false> extends KernelRNN<GRUCell, R> {
  constructor(options: GRUOptions<R>) {
    super('GRU', (cell) => new GRUCell(cell), 'gru_cell', options, ['recurrentActivation', 'resetAfter']);
  }
}
