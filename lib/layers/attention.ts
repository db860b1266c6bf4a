/** Attention of several heads, each with projections of its own. */
import { ArgumentError, checkFlag, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { fusedMatMul } from '../ops/matmul.ts';
import { reshape } from '../ops/shape.ts';
import { configOf } from './config.ts';
import { type AttentionInputs, attend, attendedOf, builtFor, checkDropout } from './dotattention.ts';
import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';

/** Options that attention layers with projections share. */
export interface ProjectedAttentionOptions extends LayerOptions {
  /** The share of weights that is dropped while training; 0 unless given. */
  dropout?: number;
  /** Whether projections add a bias; true unless given. */
  useBias?: boolean;
  /** Whether query t sees only the keys up to t; false unless given. Keras takes it with each call. */
  useCausalMask?: boolean;
  /** "glorotUniform" unless given. */
  kernelInitializer?: WeightOptions['initializer'];
  /** "zeros" unless given. */
  biasInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of each kernel. */
  kernelRegularizer?: WeightOptions['regularizer'];
  /** What to add to the loss for the size of each bias. */
  biasRegularizer?: WeightOptions['regularizer'];
}

const SHARED = ['dropout', 'useBias', 'useCausalMask', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer'];

/** Options of a MultiHeadAttention layer. */
export interface MultiHeadAttentionOptions extends ProjectedAttentionOptions {
  /** How many heads there are. */
  numHeads: number;
  /** The size of each query and key of a head. */
  keyDim: number;
  /** The size of each value of a head; that of a key unless given. */
  valueDim?: number;
  /** The features of the output; those of the query unless given. */
  outputShape?: number;
}

/** Options of a GroupedQueryAttention layer. */
export interface GroupedQueryAttentionOptions extends ProjectedAttentionOptions {
  /** The size of each query, key and value of a head. */
  headDim: number;
  /** How many heads queries have. */
  numQueryHeads: number;
  /** How many heads keys and values have: as many neighbouring heads of queries as fit share each. */
  numKeyValueHeads: number;
}

/** Features to heads, or back: a kernel and perhaps a bias. */
interface Projection {
  kernel: Variable;
  bias?: Variable;
}

/** The sizes of heads. */
interface Heads {
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly depth: number;
}

function checkCount(owner: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw new ArgumentError(`${owner}: ${name} must be a whole number >= 1; received ${show(value)}`);
}

/** What attention layers with projections have in common. */
abstract class ProjectedAttention extends Layer<AttentionInputs, Tensor> {
  readonly dropout: number;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;
  query?: Projection;
  key?: Projection;
  value?: Projection;
  attentionOutput?: Projection;
  readonly #heads: Heads;
  readonly #features: number | undefined;
  readonly #options: ProjectedAttentionOptions;

  constructor(owner: string, options: ProjectedAttentionOptions, own: readonly string[], heads: Heads, features?: number) {
    checkOptions(owner, options, [...LAYER_OPTIONS, ...SHARED, ...own]);
    super(options);
    const { dropout = 0, useBias = true, useCausalMask = false } = options;
    this.dropout = checkDropout(owner, dropout);
    this.useBias = checkFlag(owner, 'useBias', useBias);
    this.useCausalMask = checkFlag(owner, 'useCausalMask', useCausalMask);
    this.#heads = heads;
    this.#features = features;
    this.#options = options;
  }

  override build(inputShape: BatchShape | BatchShape[]): void {
    const { query, key, value } = builtFor(this.label, inputShape);
    const { queries, keys, width, depth } = this.#heads;
    const features = query[2] as number;
    this.query = this.#project('query', [features, queries, width], [queries, width]);
    this.key = this.#project('key', [key[2] as number, keys, width], [keys, width]);
    this.value = this.#project('value', [value[2] as number, keys, depth], [keys, depth]);
    const outputs = this.#features ?? features;
    this.attentionOutput = this.#project('attention_output', [queries, depth, outputs], [outputs]);
  }

  #project(name: string, kernel: number[], bias: number[]): Projection {
    const { kernelInitializer, biasInitializer = 'zeros', kernelRegularizer, biasRegularizer } = this.#options;
    return {
      kernel: this.addWeight(`${name}/kernel`, kernel, { initializer: kernelInitializer, regularizer: kernelRegularizer }),
      ...(this.useBias
        ? { bias: this.addWeight(`${name}/bias`, bias, { initializer: biasInitializer, regularizer: biasRegularizer }) }
        : {}),
    };
  }

  override call(inputs: AttentionInputs, { training = false }: CallOptions): Tensor {
    const { query, key, value, mask } = attendedOf(this.label, inputs);
    const { queries, keys, width, depth } = this.#heads;
    const split = (x: Tensor, projection: Projection | undefined, heads: number, size: number): Tensor =>
      reshape(project(x, projection as Projection, heads * size), [x.shape[0], x.shape[1], heads, size]);
    const q = split(query, this.query, queries, width);
    const k = split(key, this.key, keys, width);
    const v = split(value, this.value, keys, depth);
    const options = { scale: 1 / Math.sqrt(width), causal: this.useCausalMask, dropout: this.dropout, training };
    const y = attend(this.label, q, k, v, mask, options);
    const output = this.attentionOutput as Projection;
    return project(reshape(y, [y.shape[0], y.shape[1], queries * depth]), output, output.kernel.shape[2]);
  }

  override getConfig(): Record<string, unknown> {
    const { kernelInitializer = 'glorotUniform', biasInitializer = 'zeros', kernelRegularizer, biasRegularizer } = this.#options;
    const { dropout, useBias, useCausalMask } = this;
    return {
      ...super.getConfig(),
      dropout,
      useBias,
      useCausalMask,
      kernelInitializer: configOf(kernelInitializer),
      biasInitializer: configOf(biasInitializer),
      kernelRegularizer: configOf(kernelRegularizer),
      biasRegularizer: configOf(biasRegularizer),
    };
  }
}

/** `x` [b, t, features] times a kernel as a matrix of so many columns, plus its bias. */
function project(x: Tensor, { kernel, bias }: Projection, columns: number): Tensor {
  return fusedMatMul({
    a: x,
    b: reshape(kernel, [kernel.size / columns, columns]),
    ...(bias === undefined ? {} : { bias: reshape(bias, [columns]) }),
  });
}

/**
 * Attention of several heads at once, each on its own projections of queries, keys and values, joined by one more projection (Vaswani et al. 2017): of one tensor on itself, or of [query, value], perhaps
 * with a key and a mask of truth values [b, t, s].
 * @throws ArgumentError for options that make no sense; ShapeError for inputs that are not [batch, length, features].
 * @example
 * const layer = new tf.layers.MultiHeadAttention({ numHeads: 2, keyDim: 4 });
 * layer.apply(tf.ones([1, 5, 8])).shape; // [1, 5, 8]
 * layer.apply([tf.ones([1, 3, 8]), tf.ones([1, 5, 8])]).shape; // [1, 3, 8]
 */
export class MultiHeadAttention extends ProjectedAttention {
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly #outputs: number | undefined;

  constructor(options: MultiHeadAttentionOptions) {
    const owner = 'MultiHeadAttention';
    const numHeads = checkCount(owner, 'numHeads', options?.numHeads);
    const keyDim = checkCount(owner, 'keyDim', options.keyDim);
    const valueDim = checkCount(owner, 'valueDim', options.valueDim ?? keyDim);
    const outputs = options.outputShape === undefined ? undefined : checkCount(owner, 'outputShape', options.outputShape);
    const heads = { queries: numHeads, keys: numHeads, width: keyDim, depth: valueDim };
    super(owner, options, ['numHeads', 'keyDim', 'valueDim', 'outputShape'], heads, outputs);
    this.numHeads = numHeads;
    this.keyDim = keyDim;
    this.valueDim = valueDim;
    this.#outputs = outputs;
  }

  override getConfig(): Record<string, unknown> {
    const { numHeads, keyDim, valueDim } = this;
    return { ...super.getConfig(), numHeads, keyDim, valueDim, ...(this.#outputs === undefined ? {} : { outputShape: this.#outputs }) };
  }
}

/**
 * Attention of several heads of queries, of which neighbouring ones share a head of keys and values (Ainslie et al. 2023). Inputs as of MultiHeadAttention; Keras exports it as GroupQueryAttention.
 * @throws ArgumentError for options that make no sense; ShapeError for inputs that are not [batch, length, features].
 * @example
 * const layer = new tf.layers.GroupedQueryAttention({ headDim: 4, numQueryHeads: 4, numKeyValueHeads: 2 });
 * layer.apply(tf.ones([1, 5, 8])).shape; // [1, 5, 8]
 */
export class GroupedQueryAttention extends ProjectedAttention {
  readonly headDim: number;
  readonly numQueryHeads: number;
  readonly numKeyValueHeads: number;

  constructor(options: GroupedQueryAttentionOptions) {
    const owner = 'GroupedQueryAttention';
    const headDim = checkCount(owner, 'headDim', options?.headDim);
    const numQueryHeads = checkCount(owner, 'numQueryHeads', options.numQueryHeads);
    const numKeyValueHeads = checkCount(owner, 'numKeyValueHeads', options.numKeyValueHeads);
    if (numQueryHeads % numKeyValueHeads !== 0) {
      throw new ArgumentError(`${owner}: numKeyValueHeads must divide numQueryHeads; received ${numKeyValueHeads} and ${numQueryHeads}`);
    }
    const heads = { queries: numQueryHeads, keys: numKeyValueHeads, width: headDim, depth: headDim };
    super(owner, options, ['headDim', 'numQueryHeads', 'numKeyValueHeads'], heads);
    this.headDim = headDim;
    this.numQueryHeads = numQueryHeads;
    this.numKeyValueHeads = numKeyValueHeads;
  }

  override getConfig(): Record<string, unknown> {
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    return { ...super.getConfig(), headDim, numQueryHeads, numKeyValueHeads };
  }
}
