/** The public API: re-exports, nothing else. */
/// <reference lib="esnext.disposable" preserve="true" />
import './ops/assign.ts';
import './ops/methods.ts';

export { type GradientOptions, GradientTape, type GradientTapeOptions } from './autodiff/tape.ts';
export { type BackendInfo, type BackendName, backend, getNumThreads, kernelCounts, setBackend, setNumThreads } from './backend/backend.ts';
export type { DType, TypedArray } from './core/dtype.ts';
export { ArgumentError, ShapeError } from './core/errors.ts';
export type { Shape } from './core/shape.ts';
export { type NestedArray, type Spec, Tensor } from './core/tensor.ts';
export { keep, tidy } from './core/tidy.ts';
export { Variable, type VariableOptions } from './core/variable.ts';
export { add, div, mul, neg, square, sub } from './ops/arithmetic.ts';
export type { NestedValues, TensorLike } from './ops/convert.ts';
export { fill, ones, onesLike, scalar, tensor, zeros, zerosLike } from './ops/creation.ts';
export { sum } from './ops/reduce.ts';
export { broadcastTo, reshape } from './ops/shape.ts';
