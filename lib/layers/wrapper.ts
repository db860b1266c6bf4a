/** Layers around another one: at each step of a sequence, and from both ends of it. */
import { ArgumentError, checkOptions, ShapeError, show, unknownWord } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { concat } from '../ops/join.ts';
import { reshape } from '../ops/shape.ts';
import { reverse } from '../ops/transpose.ts';
import { firstShape, type RecurrentCell } from './cell.ts';
import { configOf } from './config.ts';
import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions, withinLayer } from './layer.ts';
import type { BatchShape } from './node.ts';
import { RNN, type SequenceOutput, StackedRNNCells } from './rnn.ts';

/** Options of TimeDistributed. */
export interface TimeDistributedOptions extends LayerOptions {
  /** What each step goes through. */
  layer: Layer;
}

/**
 * A layer at each step of sequences [batch, steps, ...]: all steps are one batch for it.
 * @throws ArgumentError for what is no layer; ShapeError for fewer than three axes.
 * @example
 * const layer = new tf.layers.TimeDistributed({ layer: new tf.layers.Dense({ units: 2 }) });
 * layer.apply(tf.zeros([4, 5, 3])).shape; // [4, 5, 2]
 */
export class TimeDistributed extends Layer {
  readonly layer: Layer;

  constructor(options: TimeDistributedOptions) {
    const { layer, ...rest } = options ?? {};
    checkOptions('TimeDistributed', rest, LAYER_OPTIONS);
    if (!(layer instanceof Layer)) throw new ArgumentError(`TimeDistributed: needs a layer; received ${show(layer)}`);
    super(rest);
    this.layer = layer;
  }

  override build(shape: BatchShape): void {
    if (shape.length < 3) throw new ShapeError(`${this.label}: needs sequences [batch, steps, ...]; received ${showShape(shape)}`);
    withinLayer(this.name, () => this.layer.build([null, ...shape.slice(2)]));
  }

  override call(x: Tensor, options: CallOptions): Tensor {
    const [batch, steps, ...features] = x.shape;
    const y = this.layer.apply(reshape(x, [batch * steps, ...features]), options);
    return reshape(y, [batch, steps, ...y.shape.slice(1)]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), layer: configOf(this.layer) };
  }
}

const MERGES = ['concat', 'sum', 'ave', 'mul'] as const;

/** How the outputs of both directions become one. */
export type MergeMode = (typeof MERGES)[number];

/** Options of Bidirectional. */
export interface BidirectionalOptions<R extends boolean, M extends MergeMode | null> extends LayerOptions {
  /** What goes forwards; the layer itself stays as it is, a copy is used. */
  layer: RNN<R>;
  /** What goes backwards; a copy of `layer` in the other direction unless given. */
  backwardLayer?: RNN<R>;
  /** How the outputs of both become one; null for a list of both; 'concat' unless given. */
  mergeMode?: M;
}

/** What both directions give: one output, or the list of both, and behind it the states of both. */
export type BidirectionalOutput<R extends boolean, M extends MergeMode | null> = M extends null ? Tensor[] : SequenceOutput<R>;

/** A cell with the options of another, and weights of its own. */
function copyCell(cell: RecurrentCell): RecurrentCell {
  const make = cell.constructor as new (config: object) => RecurrentCell;
  if (cell instanceof StackedRNNCells) return new StackedRNNCells({ ...cell.getConfig(), cells: cell.cells.map(copyCell) });
  return new make(cell.getConfig());
}

/** A layer with the options of another but for these, and weights of its own. */
function copyLayer<R extends boolean>(layer: RNN<R>, changes: { name: string; goBackwards: boolean }): RNN<R> {
  const make = layer.constructor as new (config: object) => RNN<R>;
  const config = { ...layer.getConfig(), ...changes };
  return new make('cell' in config ? { ...config, cell: copyCell(layer.cell) } : config);
}

/**
 * A recurrent layer over a sequence from both ends (Schuster and Paliwal 1997): outputs of the same steps are joined. Initial states come behind the sequence, those of the forward layer first, as do
 * the states that come back.
 * @throws ArgumentError for what is no recurrent layer, and for two that go in the same direction or return different things.
 * @example
 * const layer = new tf.layers.Bidirectional({ layer: new tf.layers.LSTM({ units: 4, returnSequences: true }) });
 * layer.apply(tf.zeros([2, 5, 3])).shape; // [2, 5, 8]
 */
export class Bidirectional<R extends boolean = false, M extends MergeMode | null = 'concat'> extends Layer<
  Tensor | readonly Tensor[],
  BidirectionalOutput<R, M>
> {
  readonly mergeMode: MergeMode | null;
  readonly forwardLayer: RNN<R>;
  readonly backwardLayer: RNN<R>;

  constructor(options: BidirectionalOptions<R, M>) {
    const { layer, backwardLayer, mergeMode = 'concat', ...rest } = options ?? {};
    checkOptions('Bidirectional', rest, LAYER_OPTIONS);
    for (const one of [layer, ...(backwardLayer === undefined ? [] : [backwardLayer])]) {
      if (!(one instanceof RNN)) throw new ArgumentError(`Bidirectional: needs a recurrent layer; received ${show(one)}`);
    }
    if (mergeMode !== null && !MERGES.includes(mergeMode)) throw unknownWord('Bidirectional', 'mergeMode', String(mergeMode), MERGES);
    super(rest);
    this.mergeMode = mergeMode;
    this.forwardLayer = copyLayer(layer, { name: `forward_${layer.name}`, goBackwards: layer.goBackwards });
    this.backwardLayer = backwardLayer ?? copyLayer(layer, { name: `backward_${layer.name}`, goBackwards: !layer.goBackwards });
    const [a, b] = [this.forwardLayer, this.backwardLayer];
    if (a.goBackwards === b.goBackwards) {
      throw new ArgumentError(`Bidirectional: the layers must go in different directions; received goBackwards ${a.goBackwards} for both`);
    }
    for (const name of ['returnSequences', 'returnState', 'stateful'] as const) {
      if (a[name] !== b[name])
        throw new ArgumentError(`Bidirectional: both layers need the same ${name}; received ${a[name]} and ${b[name]}`);
    }
  }

  override build(inputShape: BatchShape | BatchShape[]): void {
    const shape = firstShape(inputShape);
    withinLayer(this.name, () => {
      this.forwardLayer.build(shape);
      this.backwardLayer.build(shape);
    });
  }

  override call(inputs: Tensor | readonly Tensor[], options: CallOptions): BidirectionalOutput<R, M> {
    const [x, ...states] = Array.isArray(inputs) ? (inputs as readonly Tensor[]) : [inputs as Tensor];
    const half = states.length / 2;
    const run = (layer: RNN<R>, given: readonly Tensor[]): Tensor[] => {
      const result: Tensor | Tensor[] = layer.apply(given.length === 0 ? x : [x, ...given], options);
      return Array.isArray(result) ? result : [result];
    };
    const [y, ...forward] = run(this.forwardLayer, states.slice(0, half));
    const [other, ...backward] = run(this.backwardLayer, states.slice(half));
    const back = this.forwardLayer.returnSequences ? reverse(other, 1) : other;
    const output = this.#merge(y, back);
    const all = [...(Array.isArray(output) ? output : [output]), ...forward, ...backward];
    return (this.mergeMode === null || this.forwardLayer.returnState ? all : output) as BidirectionalOutput<R, M>;
  }

  #merge(y: Tensor, back: Tensor): Tensor | Tensor[] {
    if (this.mergeMode === null) return [y, back];
    if (this.mergeMode === 'concat') return concat([y, back], -1);
    if (this.mergeMode === 'mul') return mul(y, back);
    return this.mergeMode === 'sum' ? add(y, back) : mul(add(y, back), 0.5);
  }

  /** Sets states that stay to zeros, in both directions. */
  resetState(): void {
    this.forwardLayer.resetState();
    this.backwardLayer.resetState();
  }

  override getConfig(): Record<string, unknown> {
    const { mergeMode, forwardLayer, backwardLayer } = this;
    return { ...super.getConfig(), mergeMode, layer: configOf(forwardLayer), backwardLayer: configOf(backwardLayer) };
  }
}
