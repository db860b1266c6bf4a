/** Ops as methods of tensors and variables: one list that types and installs `x.mul(y)`. */
import { Tensor } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import * as activations from './activations.ts';
import * as arithmetic from './arithmetic.ts';
import { batchToSpaceND, depthToSpace, spaceToBatchND, spaceToDepth } from './blocks.ts';
import { cast } from './cast.ts';
import { localResponseNormalization, truncateDiv } from './classic.ts';
import * as compare from './compare.ts';
import { conv1d, conv2d, depthwiseConv2d } from './conv.ts';
import type { TensorLike } from './convert.ts';
import { bandPart, diag, diagonal, diagPart, trace, tril, triu } from './diagonal.ts';
import { unique } from './dynamic.ts';
import { resizeBilinear, resizeNearestNeighbor } from './image/resize.ts';
import { gather } from './indexing.ts';
import { pad, slice, split, tile, unstack } from './join.ts';
import { norm } from './linalg/norm.ts';
import * as math from './math.ts';
import { matMul } from './matmul.ts';
import { euclideanNorm } from './norms.ts';
import * as piecewise from './piecewise.ts';
import { avgPool, maxPool, pool } from './pool.ts';
import { dot } from './products.ts';
import { clone } from './ranked.ts';
import { ensureShape, flip, mirrorPad, moveaxis, repeat, roll, rot90, swapaxes } from './rearrange.ts';
import { all, any, argMax, argMin, max, mean, min, sum, variance } from './reduce.ts';
import { cumprod, cumsum } from './scan.ts';
import { putAlongAxis, takeAlongAxis } from './scatter.ts';
import { broadcastTo, reshape } from './shape.ts';
import { topk } from './sort.ts';
import * as special from './special.ts';
import { fft, ifft, irfft, rfft } from './spectral.ts';
import { logSumExp, prod, std } from './statistics.ts';
import { at, stridedSlice } from './strided.ts';
import { expandDims, flatten, reverse, squeeze, transpose } from './transpose.ts';

const { addN: _addN, ...binary } = arithmetic;
const { where: _where, ...comparisons } = compare;
const { polygamma: _polygamma, ...specials } = special;

const methods = {
  ...binary,
  ...math,
  ...activations,
  ...piecewise,
  ...specials,
  ...comparisons,
  cast,
  matMul,
  sum,
  mean,
  max,
  min,
  argMax,
  argMin,
  any,
  all,
  variance,
  reshape,
  broadcastTo,
  gather,
  pad,
  slice,
  split,
  tile,
  unstack,
  avgPool,
  conv1d,
  conv2d,
  depthwiseConv2d,
  maxPool,
  pool,
  logSumExp,
  prod,
  std,
  expandDims,
  flatten,
  reverse,
  squeeze,
  transpose,
  batchToSpaceND,
  depthToSpace,
  spaceToBatchND,
  spaceToDepth,
  bandPart,
  diag,
  diagonal,
  diagPart,
  trace,
  tril,
  triu,
  ensureShape,
  flip,
  mirrorPad,
  moveaxis,
  repeat,
  roll,
  resizeBilinear,
  resizeNearestNeighbor,
  rot90,
  swapaxes,
  localResponseNormalization,
  truncateDiv,
  euclideanNorm,
  dot,
  cumprod,
  cumsum,
  topk,
  clone,
  at,
  stridedSlice,
  unique,
  putAlongAxis,
  takeAlongAxis,
  norm,
  fft,
  ifft,
  rfft,
  irfft,
} as const;

/** An op without its first argument, which is the object it is called on. */
type Method<F> = F extends (x: TensorLike, ...rest: infer Rest) => infer R ? (...rest: Rest) => R : never;

/** Every op that is also a method. */
export type Methods = { [K in keyof typeof methods]: Method<(typeof methods)[K]> };

declare module '../core/tensor.ts' {
  interface Tensor extends Methods {}
}

declare module '../core/variable.ts' {
  interface Variable extends Methods {}
}

for (const [name, op] of Object.entries(methods)) {
  const call = op as (x: TensorLike, ...rest: unknown[]) => Tensor;
  const method = {
    value(this: Tensor | Variable, ...rest: unknown[]): Tensor {
      return call(this, ...rest);
    },
    writable: true,
    configurable: true,
  };
  Object.defineProperty(Tensor.prototype, name, method);
  Object.defineProperty(Variable.prototype, name, method);
}
