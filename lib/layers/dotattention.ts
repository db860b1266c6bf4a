/** Attention on vectors as they come: a layer without projections, and what attention layers share. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show, unknownWord } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { isSymbolic, Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { softmax, tanh } from '../ops/activations.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { attentionMask, attentionWeights, dotProductAttention, repeatHeads, swapHeads, withFourAxes } from '../ops/attention.ts';
import { where } from '../ops/compare.ts';
import { dropout } from '../ops/distributions.ts';
import { matMul } from '../ops/matmul.ts';
import { sum } from '../ops/reduce.ts';
import { expandDims, squeeze } from '../ops/transpose.ts';
import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import type { BatchShape } from './node.ts';

/** What attention looks at: one tensor for all, or queries, values, keys (the values unless given), and a mask of truth values [b, t, s]. */
export type AttentionInputs =
  | Tensor
  | readonly [Tensor, Tensor]
  | readonly [Tensor, Tensor, Tensor]
  | readonly [Tensor, Tensor, Tensor, Tensor];

/** Queries, keys, values and a mask by name. */
export interface Attended {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly mask: Tensor | null;
}

/** The inputs of an attention layer by name. */
export function attendedOf(owner: string, inputs: AttentionInputs): Attended {
  if (inputs instanceof Tensor) return { query: inputs, key: inputs, value: inputs, mask: null };
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
  if (list.length < 2 || list.length > 4 || !list.every((x) => x instanceof Tensor)) {
    throw new ArgumentError(`${owner}: needs a tensor, or [query, value], perhaps with a key and a mask; received ${show(inputs)}`);
  }
  const [query, value, key = inputs[1], mask = null] = inputs;
  return { query, key, value, mask };
}

/** The shapes of queries, values and keys that a layer is built for. */
export function builtFor(owner: string, shapes: BatchShape | BatchShape[]): { query: BatchShape; key: BatchShape; value: BatchShape } {
  const list = (Array.isArray(shapes[0]) ? shapes : [shapes]) as readonly BatchShape[];
  const [query, value = query, key = value] = list;
  for (const shape of [query, value, key]) {
    if (shape.length !== 3 || typeof shape[2] !== 'number') {
      throw new ShapeError(`${owner}: needs inputs [batch, length, features] with known features; received ${showShape(shape)}`);
    }
  }
  return { query, key, value };
}

/** A share of weights that is dropped, checked. */
export function checkDropout(owner: string, rate: number): number {
  if (typeof rate === 'number' && rate >= 0 && rate < 1) return rate;
  throw new ArgumentError(`${owner}: dropout must be a number from 0 up to but not including 1; received ${show(rate)}`);
}

/** How `attend` goes about it. */
interface AttendOptions {
  readonly scale: number;
  readonly causal: boolean;
  readonly dropout: number;
  readonly training: boolean;
}

/** Heads of queries [b, t, n, h] on keys and values; weights are in memory as a whole only where some are dropped. */
export function attend(
  owner: string,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | null,
  { scale, causal, dropout: rate, training }: AttendOptions,
): Tensor {
  const shown = mask === null ? null : expandDims(mask, 1);
  if (!training || rate === 0 || isSymbolic(q)) return dotProductAttention(q, k, v, null, shown, scale, causal);
  const heads = q.shape[2];
  const [keys, values] = [k, v].map((x) => repeatHeads(owner, x, heads));
  const weights = attentionWeights(q, keys, null, shown === null ? null : withFourAxes(owner, 'mask', shown), { scale, causal });
  return swapHeads(matMul(dropout(weights, rate), swapHeads(values)));
}

/** Options of an Attention layer. */
export interface AttentionOptions extends LayerOptions {
  /** Whether scores are multiplied by a learned number; false unless given. */
  useScale?: boolean;
  /** How a query and a key are compared: 'dot', their product, or 'concat', a learned number times the sum of tanh of their sums; 'dot' unless given. */
  scoreMode?: 'dot' | 'concat';
  /** The share of weights that is dropped while training; 0 unless given. */
  dropout?: number;
  /** Whether query t sees only the keys up to t; false unless given. Keras takes it with each call. */
  useCausalMask?: boolean;
}

/**
 * For each query the mean of the values, weighted by the softmax of its scores with the keys (Luong et al. 2015): [query, value], perhaps with a key and a mask of truth values [b, t, s].
 * @throws ArgumentError for options that make no sense; ShapeError for inputs that are not [batch, length, features].
 * @example
 * const [query, value] = [tf.tensor([[[0]]]), tf.tensor([[[1], [3]]])];
 * new tf.layers.Attention().apply([query, value]).arraySync(); // [[[2]]]
 */
export class Attention extends Layer<AttentionInputs, Tensor> {
  readonly useScale: boolean;
  readonly scoreMode: 'dot' | 'concat';
  readonly dropout: number;
  readonly useCausalMask: boolean;
  scale?: Variable;
  concatScoreWeight?: Variable;

  constructor(options: AttentionOptions = {}) {
    checkOptions('Attention', options, [...LAYER_OPTIONS, 'useScale', 'scoreMode', 'dropout', 'useCausalMask']);
    super(options);
    const { useScale = false, scoreMode = 'dot', dropout = 0, useCausalMask = false } = options;
    if (scoreMode !== 'dot' && scoreMode !== 'concat') throw unknownWord('Attention', 'scoreMode', String(scoreMode), ['dot', 'concat']);
    this.useScale = checkFlag('Attention', 'useScale', useScale);
    this.useCausalMask = checkFlag('Attention', 'useCausalMask', useCausalMask);
    this.scoreMode = scoreMode;
    this.dropout = checkDropout('Attention', dropout);
  }

  override build(inputShape: BatchShape | BatchShape[]): void {
    builtFor(this.label, inputShape);
    if (this.useScale) this.scale = this.addWeight('scale', [], { initializer: 'ones' });
    if (this.scoreMode === 'concat') this.concatScoreWeight = this.addWeight('concat_score_weight', [], { initializer: 'ones' });
  }

  override call(inputs: AttentionInputs, { training = false }: CallOptions): Tensor {
    const { query, key, value, mask } = attendedOf(this.label, inputs);
    const scaled = (x: Tensor): Tensor => (this.scale === undefined ? x : mul(x, this.scale));
    if (this.scoreMode === 'dot') {
      const [q, k, v] = [scaled(query), key, value].map((x) => expandDims(x, 2));
      return squeeze(attend(this.label, q, k, v, mask, { scale: 1, causal: this.useCausalMask, dropout: this.dropout, training }), 2);
    }
    const sums = tanh(scaled(add(expandDims(query, 2), expandDims(key, 1))));
    const scores = mul(sum(sums, -1), this.concatScoreWeight as Variable);
    const visible = attentionMask(mask, this.useCausalMask, query.shape[1], key.shape[1]);
    const weights = softmax(visible === null ? scores : where(visible, scores, -1e9));
    const kept = training && this.dropout > 0 && !isSymbolic(weights) ? dropout(weights, this.dropout) : weights;
    return matMul(kept, value);
  }

  override getConfig(): Record<string, unknown> {
    const { useScale, scoreMode, dropout, useCausalMask } = this;
    return { ...super.getConfig(), useScale, scoreMode, dropout, useCausalMask };
  }
}
