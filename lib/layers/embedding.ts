/** The embedding: a learned vector for each index. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { gather } from '../ops/indexing.ts';
import { configOf } from './config.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions, type WeightOptions } from './layer.ts';

/** Options of an Embedding layer. */
export interface EmbeddingOptions extends LayerOptions {
  /** How many indices there are: from 0 to one less. */
  inputDim: number;
  /** The size of each vector. */
  outputDim: number;
  /** "randomUniform", from -0.05 to 0.05, unless given. */
  embeddingsInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the vectors. */
  embeddingsRegularizer?: WeightOptions['regularizer'];
}

/**
 * The vectors of indices: a shape [...] gives [..., outputDim].
 * @throws ArgumentError for options that are no whole numbers >= 1, and for an index that there is not.
 * @example
 * const layer = new tf.layers.Embedding({ inputDim: 10, outputDim: 4 });
 * layer.apply(tf.tensor([[1, 2, 3]])).shape; // [1, 3, 4]
 */
export class Embedding extends Layer {
  readonly inputDim: number;
  readonly outputDim: number;
  embeddings?: Variable;
  readonly #options: EmbeddingOptions;

  constructor(options: EmbeddingOptions) {
    checkOptions('Embedding', options ?? {}, [...LAYER_OPTIONS, 'inputDim', 'outputDim', 'embeddingsInitializer', 'embeddingsRegularizer']);
    for (const name of ['inputDim', 'outputDim'] as const) {
      const value = options?.[name];
      if (!Number.isInteger(value) || value < 1)
        throw new ArgumentError(`Embedding: ${name} must be a whole number >= 1; received ${show(value)}`);
    }
    super(options);
    this.inputDim = options.inputDim;
    this.outputDim = options.outputDim;
    this.#options = options;
  }

  override build(): void {
    const { embeddingsInitializer = 'randomUniform', embeddingsRegularizer } = this.#options;
    this.embeddings = this.addWeight('embeddings', [this.inputDim, this.outputDim], {
      initializer: embeddingsInitializer,
      regularizer: embeddingsRegularizer ?? null,
    });
  }

  override call(x: Tensor): Tensor {
    return gather(this.embeddings as Variable, x);
  }

  override getConfig(): Record<string, unknown> {
    const { embeddingsInitializer = 'randomUniform', embeddingsRegularizer } = this.#options;
    const { inputDim, outputDim } = this;
    return {
      ...super.getConfig(),
      inputDim,
      outputDim,
      embeddingsInitializer: configOf(embeddingsInitializer),
      embeddingsRegularizer: configOf(embeddingsRegularizer),
    };
  }
}
