/** The layer that runs a recurrent cell over a sequence, and cells on top of each other as one. */
import { runSteps } from '../control/rows.ts';
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { outsideTrace } from '../core/op.ts';
import { showShape } from '../core/shape.ts';
import { isSymbolic, isTraced, type Tensor } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { mul } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { zeros } from '../ops/creation.ts';
import { slice } from '../ops/join.ts';
import { reshape } from '../ops/shape.ts';
import { reverse, transpose } from '../ops/transpose.ts';
import { firstShape, KernelCell, type Passage, type RecurrentCell } from './cell.ts';
import { configOf } from './config.ts';
import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions, withinLayer } from './layer.ts';
import type { BatchShape } from './node.ts';

/** Options of StackedRNNCells. */
export interface StackedRNNCellsOptions extends LayerOptions {
  /** From the bottom to the top. */
  cells: readonly RecurrentCell[];
}

/** What a layer over sequences is told beside its cell. */
export interface SequenceOptions<R extends boolean = boolean> extends LayerOptions {
  /** Whether the outputs of all steps come back instead of the last; false unless given. */
  returnSequences?: boolean;
  /** Whether a list comes back: the output, then the states after the last step; false unless given. */
  returnState?: R;
  /** Whether the last step comes first, also in what comes back; false unless given. */
  goBackwards?: boolean;
  /** Whether a batch begins with the states in which the one before has ended; false unless given. */
  stateful?: boolean;
  /** Whether steps are ops of their own instead of one op for the sequence where there is one; false unless given. */
  unroll?: boolean;
}

/** Options of RNN. */
export interface RNNOptions<R extends boolean = boolean> extends SequenceOptions<R> {
  /** What makes a step; a list of cells is stacked. */
  cell: RecurrentCell | readonly RecurrentCell[];
}

/** What a layer over sequences gives: the output, or a list of it and the states. */
export type SequenceOutput<R extends boolean> = R extends true ? Tensor[] : Tensor;

/** The names of `SequenceOptions`. */
export const SEQUENCE_OPTIONS: readonly string[] = [
  ...LAYER_OPTIONS,
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'unroll',
];

/** The sizes of a cell's states. */
function sizesOf(cell: RecurrentCell): readonly number[] {
  const { stateSize } = cell;
  return typeof stateSize === 'number' ? [stateSize] : stateSize;
}

/** The dtypes of a cell's states. */
function dtypesOf(cell: RecurrentCell): readonly DType[] {
  return cell instanceof StackedRNNCells ? cell.cells.flatMap(dtypesOf) : sizesOf(cell).map(() => cell.dtype);
}

function checkCell(owner: string, cell: unknown): RecurrentCell {
  if (!(cell instanceof Layer)) throw new ArgumentError(`${owner}: a cell must be a layer; received ${show(cell)}`);
  const size: unknown = 'stateSize' in cell ? cell.stateSize : undefined;
  const sizes = Array.isArray(size) ? size : [size];
  if (sizes.length > 0 && sizes.every((d) => Number.isInteger(d) && d >= 0)) return cell as RecurrentCell;
  throw new ArgumentError(`${owner}: a cell needs a stateSize, a whole number or a list of such; received ${show(size)}`);
}

/** Builds a cell for inputs of this shape. */
function buildCell(cell: RecurrentCell, shape: BatchShape): void {
  const states = sizesOf(cell).map((size) => [null, size]);
  cell.build([shape, ...states] as never);
}

/**
 * Cells on top of each other as one: each takes the output of the one below. The states are those of all cells, the lowest first.
 * @throws ArgumentError for what is not a list of cells.
 * @example
 * const cells = [new tf.layers.LSTMCell({ units: 4 }), new tf.layers.GRUCell({ units: 2 })];
 * const cell = new tf.layers.StackedRNNCells({ cells });
 * cell.stateSize; // [4, 4, 2]
 * new tf.layers.RNN({ cell }).apply(tf.zeros([3, 5, 6])).shape; // [3, 2]
 */
export class StackedRNNCells extends Layer<readonly Tensor[], Tensor[]> implements RecurrentCell {
  readonly cells: readonly RecurrentCell[];

  constructor(options: StackedRNNCellsOptions) {
    checkOptions('StackedRNNCells', options ?? {}, [...LAYER_OPTIONS, 'cells']);
    const cells: unknown = options?.cells;
    if (!Array.isArray(cells) || cells.length === 0) {
      throw new ArgumentError(`StackedRNNCells: needs a list of cells; received ${show(cells)}`);
    }
    super(options);
    this.cells = cells.map((cell) => checkCell('StackedRNNCells', cell));
  }

  get stateSize(): readonly number[] {
    return this.cells.flatMap(sizesOf);
  }

  override build(inputShape: BatchShape | BatchShape[]): void {
    withinLayer(this.name, () => {
      let shape = firstShape(inputShape);
      for (const cell of this.cells) {
        buildCell(cell, shape);
        shape = [null, sizesOf(cell)[0]];
      }
    });
  }

  override call([x, ...states]: readonly Tensor[], options: CallOptions): Tensor[] {
    return eachCell(this, x, states, (cell, input, own) => {
      const [output, ...next] = cell.apply([input, ...own], options);
      return [output, next];
    });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), cells: this.cells.map(configOf) };
  }
}

/** What stacked cells make of x, one after the other: the output, then all states. */
function eachCell(
  stacked: StackedRNNCells,
  x: Tensor,
  states: readonly Tensor[],
  run: (cell: RecurrentCell, input: Tensor, own: readonly Tensor[]) => readonly [Tensor, readonly Tensor[]],
): Tensor[] {
  let [input, from] = [x, 0];
  const all: Tensor[] = [];
  for (const cell of stacked.cells) {
    const count = sizesOf(cell).length;
    const [output, next] = run(cell, input, states.slice(from, from + count));
    all.push(...next);
    from += count;
    input = output;
  }
  return [input, ...all];
}

/** How a sequence is gone through. */
interface Way {
  readonly training: boolean;
  /** Whether the outputs of all steps are wanted. */
  readonly all: boolean;
  readonly unroll: boolean;
}

/** A cell over a sequence [steps, batch, ...features]. */
function runCell(owner: string, cell: RecurrentCell, xs: Tensor, states: readonly Tensor[], way: Way): Passage {
  if (cell instanceof StackedRNNCells) {
    // Cell by cell instead of step by step: the same numbers, and one product for the inputs of each.
    let passage: Passage | undefined;
    const top = cell.cells[cell.cells.length - 1];
    const [, ...ends] = eachCell(cell, xs, states, (one, input, own) => {
      passage = runCell(owner, one, input, own, one === top ? way : { ...way, all: true });
      return [passage.outputs ?? passage.last, passage.states];
    });
    return { ...(passage as Passage), states: ends };
  }
  const { training, all } = way;
  const [length] = xs.shape;
  const noise = cell instanceof KernelCell ? cell.noise(rowOf(xs, 0), states[0], training) : {};
  if (cell instanceof KernelCell && !way.unroll && noise.state === undefined) {
    const passage = cell.pass(noise.input === undefined ? xs : mul(xs, noise.input), states);
    if (passage !== undefined) return passage;
  }
  const inputs = cell instanceof KernelCell ? cell.project(noise.input === undefined ? xs : mul(xs, noise.input)) : xs;
  // What built-in cells give is their first state, so that nothing has to be kept of the steps before.
  const keeps = all || !(cell instanceof KernelCell);
  const { carry, ys } = runSteps(owner, length, states, [inputs], false, (before, [x]) => {
    const [output, ...next] = cell instanceof KernelCell ? cell.advance(x, before, noise) : cell.apply([x, ...before], { training });
    return { carry: next, ys: keeps ? [output] : [] };
  });
  const [outputs] = ys;
  return { last: keeps ? rowOf(outputs, length - 1) : carry[0], ...(all ? { outputs } : {}), states: carry };
}

/** Row `at` of the first axis. */
function rowOf(x: Tensor, at: number): Tensor {
  return reshape(slice(x, [at], [1]), x.shape.slice(1));
}

/** Steps to the front, or back behind the batch. */
function swapFirst(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);
}

/**
 * A recurrent cell over sequences [batch, steps, ...features]: the last output [batch, units], or all of them. The input is the sequence, or a list of it and the states to begin with, which are
 * zeros else. A cell is a layer that takes `[x, ...states]` of one step, gives `[output, ...states]` and has a `stateSize`; of the cells that are built in, the products with the inputs of all
 * steps are one, and LSTM and GRU go through a sequence in one op.
 * @throws ArgumentError for a cell without `stateSize`; ShapeError for inputs that are no sequences, and for a batch of another size where states stay.
 * @example
 * class Sum extends tf.layers.Layer<readonly tf.Tensor[], tf.Tensor[]> {
 *   readonly stateSize = 1;
 *   override call([x, total]: readonly tf.Tensor[]): tf.Tensor[] {
 *     const next = x.add(total);
 *     return [next, next];
 *   }
 * }
 * new tf.layers.RNN({ cell: new Sum(), returnSequences: true }).apply(tf.tensor([[[1], [2], [3]]])).arraySync(); // [[[1], [3], [6]]]
 */
export class RNN<R extends boolean = false> extends Layer<Tensor | readonly Tensor[], SequenceOutput<R>> {
  readonly cell: RecurrentCell;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly unroll: boolean;
  /** Where the last batch has ended, for layers whose states stay. */
  states: Variable[] = [];

  constructor(options: RNNOptions<R>, owner = 'RNN') {
    const { cell, ...rest } = options ?? {};
    checkOptions(owner, rest, SEQUENCE_OPTIONS);
    super(rest);
    this.cell = Array.isArray(cell) ? new StackedRNNCells({ cells: cell }) : checkCell(owner, cell);
    this.returnSequences = checkFlag(owner, 'returnSequences', options.returnSequences ?? false);
    this.returnState = checkFlag(owner, 'returnState', options.returnState ?? false);
    this.goBackwards = checkFlag(owner, 'goBackwards', options.goBackwards ?? false);
    this.stateful = checkFlag(owner, 'stateful', options.stateful ?? false);
    this.unroll = checkFlag(owner, 'unroll', options.unroll ?? false);
  }

  override build(inputShape: BatchShape | BatchShape[]): void {
    const shape = firstShape(inputShape);
    if (shape.length < 3) throw new ShapeError(`${this.label}: needs sequences [batch, steps, ...features]; received ${showShape(shape)}`);
    withinLayer(this.name, () => buildCell(this.cell, [null, ...shape.slice(2)]));
    this.inputSpec = { rank: shape.length, ...(typeof shape.at(-1) === 'number' ? { axes: { [-1]: shape.at(-1) as number } } : {}) };
  }

  override call(inputs: Tensor | readonly Tensor[], { training = false }: CallOptions): SequenceOutput<R> {
    const [x, ...given] = Array.isArray(inputs) ? (inputs as readonly Tensor[]) : [inputs as Tensor];
    if (x.rank < 3 || x.shape[1] === 0) {
      throw new ShapeError(`${this.label}: needs sequences [batch, steps, ...features] of a step or more; received ${showShape(x.shape)}`);
    }
    const begin = this.#begin(x, given);
    const ordered = swapFirst(x);
    const way = { training, all: this.returnSequences, unroll: this.unroll };
    const passage = runCell(this.label, this.cell, this.goBackwards ? reverse(ordered, 0) : ordered, begin, way);
    if (this.stateful && !isUnknown(x)) {
      this.states.forEach((state, i) => {
        state.assign(passage.states[i]);
      });
    }
    const output = this.returnSequences ? swapFirst(passage.outputs as Tensor) : passage.last;
    return (this.returnState ? [output, ...passage.states] : output) as SequenceOutput<R>;
  }

  /** The states to begin with: those given, those that stayed, or zeros. */
  #begin(x: Tensor, given: readonly Tensor[]): Tensor[] {
    const [batch] = x.shape;
    const sizes = sizesOf(this.cell);
    const dtypes = dtypesOf(this.cell);
    if (given.length > 0) {
      if (
        given.length === sizes.length &&
        given.every(({ shape }, i) => shape.length === 2 && shape[0] === batch && shape[1] === sizes[i])
      ) {
        return given.map((state, i) => castTo(state, dtypes[i]));
      }
      const wanted = sizes.map((size) => showShape([batch, size])).join(', ');
      throw new ShapeError(`${this.label}: needs states ${wanted}; received ${given.map(({ shape }) => showShape(shape)).join(', ')}`);
    }
    if (!this.stateful || isUnknown(x)) return sizes.map((size, i) => zeros([batch, size], dtypes[i]));
    if (this.states.length === 0) {
      this.states = outsideTrace(() =>
        sizes.map((size, i) => new Variable(zeros([batch, size], dtypes[i]), { name: `${this.name}/rnn_state_${i}:0`, trainable: false })),
      );
    }
    const [kept] = this.states[0].shape;
    if (kept === batch) return this.states.map(readValue);
    throw new ShapeError(`${this.label}: its states are those of a batch of ${kept}; received a batch of ${batch}`);
  }

  /** Sets the states that stay to zeros. */
  resetState(): void {
    for (const state of this.states) state.assign(zeros(state.shape, state.dtype));
  }

  override getConfig(): Record<string, unknown> {
    const { returnSequences, returnState, goBackwards, stateful, unroll } = this;
    return { ...super.getConfig(), cell: configOf(this.cell), returnSequences, returnState, goBackwards, stateful, unroll };
  }
}

/** True for a stand-in of a model that is being drawn, whose batch has no size. */
function isUnknown(x: Tensor): boolean {
  return isSymbolic(x) && !isTraced(x);
}
