/** The layers: what `tf.layers` holds. */
export { Activation, type ActivationFunction, type ActivationName, type ActivationOptions } from './activation.ts';
export {
  GroupedQueryAttention,
  type GroupedQueryAttentionOptions,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from './attention.ts';
export { Dense, type DenseOptions } from './dense.ts';
export { Attention, type AttentionInputs, type AttentionOptions } from './dotattention.ts';
export { Dropout, type DropoutOptions } from './dropout.ts';
export { Embedding, type EmbeddingOptions } from './embedding.ts';
export { Input, type InputLayerOptions } from './input.ts';
export { type AnyLayer, type CallOptions, type InputSpec, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
export {
  GroupNormalization,
  type GroupNormalizationOptions,
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  type RMSNormalizationOptions,
  UnitNormalization,
  type UnitNormalizationOptions,
} from './layernormalization.ts';
export { BatchNormalization, type BatchNormalizationOptions } from './normalization.ts';
export { Flatten, Reshape, type ReshapeOptions } from './reshape.ts';
