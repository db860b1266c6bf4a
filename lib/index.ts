/** The public API: re-exports, nothing else. */
/// <reference lib="esnext.disposable" preserve="true" />
import './ops/assign.ts';
import './ops/methods.ts';

export { setAnomalyDetection } from './autodiff/anomaly.ts';
export { type CheckGradientsOptions, checkGradients } from './autodiff/check.ts';
export { type CustomGradient, type CustomGradients, customGrad, type Save, stopGradient } from './autodiff/custom.ts';
export { recomputeGrad } from './autodiff/recompute.ts';
export {
  type GradientOptions,
  type GradientsOf,
  GradientTape,
  type GradientTapeOptions,
  type JacobianOptions,
  type Source,
} from './autodiff/tape.ts';
export {
  grad,
  grads,
  hvp,
  jvp,
  type ValueAndGrad,
  type ValueAndGrads,
  type ValueAndTangent,
  type ValueAndVariableGradients,
  type VariableGradient,
  valueAndGrad,
  valueAndGrads,
  variableGrads,
} from './autodiff/transforms.ts';
export { type BackendInfo, type BackendName, backend, getNumThreads, kernelCounts, setBackend, setNumThreads } from './backend/backend.ts';
export { type AssociativeScanOptions, associativeScan } from './control/associative.ts';
export { cond, switchCase } from './control/branches.ts';
export { foriLoop, type WhileLoopOptions, whileLoop } from './control/loops.ts';
export { foldl, foldr, map, type ScanOptions, scan, vectorize, vectorizedMap } from './control/scan.ts';
export type { DType, TypedArray } from './core/dtype.ts';
export { ArgumentError, ShapeError } from './core/errors.ts';
export type { Shape } from './core/shape.ts';
export type { Structure } from './core/structure.ts';
export { type NestedArray, type Spec, Tensor } from './core/tensor.ts';
export { keep, tidy } from './core/tidy.ts';
export { Variable, type VariableOptions } from './core/variable.ts';
export * as data from './data/index.ts';
export { type FunctionGraph, func as function, type TracedFunction } from './graph/function.ts';
export { type Profile, type ProfileOptions, type ProfileRow, profile, type TraceEvent } from './graph/profile.ts';
export type { PassName } from './graph/simplify.ts';
export type { FunctionOptions } from './graph/traceable.ts';
export * as initializers from './initializers/index.ts';
export type { ScatterMode } from './kernels/scatter.ts';
export * as layers from './layers/index.ts';
export { type InputOptions, input } from './layers/input.ts';
export type { BatchShape } from './layers/node.ts';
export { Reduction } from './losses/functions.ts';
export * as losses from './losses/index.ts';
export * as metrics from './metrics/index.ts';
export type { Batch, Batches, Rows } from './models/batches.ts';
export {
  Callback,
  EarlyStopping,
  type EarlyStoppingOptions,
  History,
  type NumberLogs,
  ProgressBar,
  type TrainingParameters,
} from './models/callbacks.ts';
export type { ClassWeight } from './models/classweights.ts';
export type { CompileOptions, Logs, LossFunction, LossOption } from './models/compile.ts';
export { type AnyModel, Model, type ModelOptions } from './models/model.ts';
export { Sequential, type SequentialOptions } from './models/sequential.ts';
export type { SummaryOptions } from './models/summary.ts';
export type { EvaluateOptions, FitOptions, PredictOptions } from './models/training.ts';
export * from './ops/activations.ts';
export { adaptiveAveragePool, adaptiveMaxPool } from './ops/adaptivepool.ts';
export * from './ops/arithmetic.ts';
export { dotProductAttention } from './ops/attention.ts';
export * from './ops/bessel.ts';
export * from './ops/bitwise.ts';
export { batchToSpaceND, depthToSpace, type ImageFormat, spaceToBatchND, spaceToDepth } from './ops/blocks.ts';
export { buffer, TensorBuffer } from './ops/buffer.ts';
export { logUniformCandidateSampler, nceLoss, type SampledCandidates, sampledSoftmaxLoss } from './ops/candidates.ts';
export { cast } from './ops/cast.ts';
export {
  biasAdd,
  confusionMatrix,
  crelu,
  embeddingLookup,
  l2Loss,
  localResponseNormalization,
  movingAverage,
  multiplyNoNan,
  normalizeMoments,
  polyval,
  reciprocalNoNan,
  type SufficientStatistics,
  sparseToDense,
  sufficientStatistics,
  truncateDiv,
} from './ops/classic.ts';
export { clipByAverageNorm, clipByGlobalNorm, clipByNorm, globalNorm } from './ops/clipping.ts';
export * from './ops/compare.ts';
export { angle, complex, conj, imag, polar, real, viewAsComplex, viewAsReal } from './ops/complex.ts';
export { conv1d, conv2d, conv3d, depthwiseConv2d, type FusedConv2dOptions, fusedConv2d } from './ops/conv.ts';
export type { AnyTypedArray, NestedValues, TensorLike } from './ops/convert.ts';
export { conv1dTranspose, conv2dTranspose, conv3dTranspose, separableConv2d } from './ops/convtranspose.ts';
export { fill, ones, onesLike, scalar, tensor, zeros, zerosLike } from './ops/creation.ts';
export { type CtcDecodeOptions, ctcDecode, ctcLoss } from './ops/ctc.ts';
export { bandPart, diag, diagflat, diagonal, diagPart, trace, tril, triu } from './ops/diagonal.ts';
export { dilation2d, erosion2d } from './ops/dilation.ts';
export {
  categorical,
  dropout,
  multinomial,
  randomBeta,
  randomBinomial,
  randomExponential,
  randomGamma,
  randomPermutation,
  randomPoisson,
  shuffle,
} from './ops/distributions.ts';
export { booleanMask, booleanMaskAsync, nonzero, setdiff1dAsync, unique, whereAsync } from './ops/dynamic.ts';
export { einsum } from './ops/einsum.ts';
export * as image from './ops/image/index.ts';
export { fold, unfold } from './ops/image/patches.ts';
export { betainc, erfcinv, igamma, igammac, lbeta, ndtri, zeta } from './ops/incomplete.ts';
export { gather, oneHot, unsortedSegmentSum } from './ops/indexing.ts';
export { dawsn, expint, fresnelCos, fresnelSin, spence } from './ops/integrals.ts';
export { concat, pad, slice, split, stack, tile, unstack } from './ops/join.ts';
export * as linalg from './ops/linalg/index.ts';
export { type NormOrder, norm } from './ops/linalg/norm.ts';
export { logPoissonLoss, sparseCategoricalCrossentropy, weightedCrossEntropyWithLogits } from './ops/logits.ts';
export * from './ops/math.ts';
export { type FusedMatMulOptions, fusedMatMul, matMul } from './ops/matmul.ts';
export {
  nanargmax,
  nanargmin,
  nancumprod,
  nancumsum,
  nanmax,
  nanmean,
  nanmin,
  nanprod,
  nanstd,
  nansum,
  nanToNum,
  nanvar,
} from './ops/nan.ts';
export {
  batchNorm,
  groupNormalization,
  l2Normalize,
  layerNormalization,
  rmsNormalization,
  unitNormalization,
} from './ops/normalization.ts';
export { average, cdist, corrcoef, countNonzero, euclideanNorm, logaddexp, moments, normalize, ptp, zeroFraction } from './ops/norms.ts';
export * from './ops/numbers.ts';
export { rearrange } from './ops/patterns.ts';
export * from './ops/piecewise.ts';
export { avgPool, avgPool3d, type MaxPoolWithArgmax, maxPool, maxPool3d, maxPoolWithArgmax, pool } from './ops/pool.ts';
export { correlate, cross, dot, inner, kron, outer, outerProduct, tensordot, vdot } from './ops/products.ts';
export { median, nanmedian, nanpercentile, nanquantile, percentile, type QuantileMethod, quantile } from './ops/quantiles.ts';
export { randomNormal, randomStandardNormal, randomUniform, randomUniformInt, setSeed, truncatedNormal } from './ops/random.ts';
export * as random from './ops/randomness.ts';
export { eye, geomspace, identity, linspace, logspace, type MeshgridOptions, meshgrid, range } from './ops/ranges.ts';
export * from './ops/ranked.ts';
export { broadcastArgs, ensureShape, flip, mirrorPad, moveaxis, repeat, roll, rot90, swapaxes } from './ops/rearrange.ts';
export { basicLSTMCell, type LSTMCellFunc, multiRNNCell } from './ops/recurrent.ts';
export { all, any, argMax, argMin, max, mean, min, sum, variance } from './ops/reduce.ts';
export { cumLogSumExp, cummax, cummin, cumprod, cumsum, diff } from './ops/scan.ts';
export {
  gatherND,
  putAlongAxis,
  scatterND,
  sliceUpdate,
  takeAlongAxis,
  tensorScatterAdd,
  tensorScatterMax,
  tensorScatterMin,
  tensorScatterSub,
  tensorScatterUpdate,
} from './ops/scatter.ts';
export {
  bincount,
  denseBincount,
  digitize,
  histogram,
  histogramFixedWidth,
  inTopK,
  inTopKAsync,
  lowerBound,
  searchSorted,
  upperBound,
} from './ops/search.ts';
export {
  segmentMax,
  segmentMean,
  segmentMin,
  segmentProd,
  segmentSum,
  unsortedSegmentMax,
  unsortedSegmentMean,
  unsortedSegmentMin,
  unsortedSegmentProd,
  unsortedSegmentSqrtN,
} from './ops/segment.ts';
export * from './ops/sequences.ts';
export { broadcastTo, reshape } from './ops/shape.ts';
export * as signal from './ops/signal/index.ts';
export { argpartition, argsort, type SortDirection, sort, topk } from './ops/sort.ts';
export * as sparse from './ops/sparse.ts';
export * from './ops/special.ts';
export { fft, fft2, fft3, ifft, ifft2, ifft3, irfft, irfft2, irfft3, rfft, rfft2, rfft3 } from './ops/spectral.ts';
export * from './ops/stacks.ts';
export { logSumExp, prod, std } from './ops/statistics.ts';
export { type AxisRange, at, type IndexEntry, newaxis, stridedSlice } from './ops/strided.ts';
export { expandDims, flatten, reverse, squeeze, transpose } from './ops/transpose.ts';
export type { Padding, PerAxis } from './ops/window.ts';
export * as optimizers from './optimizers/index.ts';
export * as regularizers from './regularizers/index.ts';
