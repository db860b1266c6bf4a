/** The layers: what `tf.layers` holds. */
export { Activation, type ActivationFunction, type ActivationName, type ActivationOptions } from './activation.ts';
export {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling3D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
  type AdaptivePoolingOptions,
} from './adaptivepooling.ts';
export {
  GroupedQueryAttention,
  type GroupedQueryAttentionOptions,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from './attention.ts';
export type { GatedCellOptions, RecurrentCell, SimpleRNNCellOptions } from './cell.ts';
export { GRUCell, type GRUCellOptions, LSTMCell, type LSTMCellOptions, SimpleRNNCell } from './cells.ts';
export { Conv1D, Conv2D, Conv3D, type ConvOptions, type ConvolutionOptions } from './convolution.ts';
export { Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, type ConvTransposeOptions } from './convtranspose.ts';
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
export {
  type Borders,
  Cropping1D,
  Cropping2D,
  Cropping3D,
  type CroppingOptions,
  UpSampling1D,
  UpSampling2D,
  type UpSampling2DOptions,
  UpSampling3D,
  type UpSamplingInterpolation,
  type UpSamplingOptions,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
  type ZeroPaddingOptions,
} from './padding.ts';
export {
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  type GlobalPoolingOptions,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
  type PoolingOptions,
} from './pooling.ts';
export { GRU, type GRUOptions, LSTM, type LSTMOptions, SimpleRNN, type SimpleRNNOptions } from './recurrent.ts';
export { Flatten, Reshape, type ReshapeOptions } from './reshape.ts';
export { CenterCrop, type CenterCropOptions, Resizing, type ResizingOptions } from './resizing.ts';
export { RNN, type RNNOptions, type SequenceOptions, type SequenceOutput, StackedRNNCells, type StackedRNNCellsOptions } from './rnn.ts';
export {
  DepthwiseConv1D,
  DepthwiseConv2D,
  type DepthwiseConvOptions,
  SeparableConv1D,
  SeparableConv2D,
  type SeparableConvOptions,
} from './separable.ts';
export type { DataFormat } from './window.ts';
export {
  Bidirectional,
  type BidirectionalOptions,
  type BidirectionalOutput,
  type MergeMode,
  TimeDistributed,
  type TimeDistributedOptions,
} from './wrapper.ts';
