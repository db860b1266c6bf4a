/** Normalization: by batch statistics, over axes, over groups of channels, and to length 1. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { normalizeAxes, normalizeAxis, type Shape, sameShape, showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { type NormalizationAttrs, normalizationGradientKernel, normalizationKernel } from '../kernels/normalization.ts';
import { add, div, maximum, mul, neg, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { zerosLike } from './creation.ts';
import { rsqrt } from './math.ts';
import { mean, sum } from './reduce.ts';
import { broadcastTo, reshape } from './shape.ts';
import { expandDims, transpose } from './transpose.ts';

/** Epsilon of Keras's ops unless given. */
const EPSILON = 1e-7;

const ATTRS = ['axis', 'epsilon', 'centered', 'scaled', 'shifted'] as const;

/** Refuses statistics, scales and offsets that are not one for each row or column. */
function checkParts(owner: string, x: Spec, parts: readonly Spec[], lengths: readonly number[]): void {
  parts.forEach(({ shape }, i) => {
    if (!sameShape(shape, [lengths[i]])) {
      throw new ShapeError(`${owner}: needs ${lengths[i]} numbers beside ${showShape(x.shape)}; received ${showShape(shape)}`);
    }
  });
}

/** Inputs dy, x, means, variances and perhaps the scale; outputs what flows to x, and to scale and offset of each column. */
const gradientOp: Op<NormalizationAttrs, 'inputs'> = declare<NormalizationAttrs, 'inputs'>({
  name: 'normalizationGradient',
  attrs: ATTRS,
  traits: { flops: flopsPerElement(14) },
  infer([dy, x, ...parts], { axis }) {
    const { shape, dtype } = x;
    if (!sameShape(dy.shape, shape)) {
      throw new ShapeError(`normalizationGradient: needs dy of shape ${showShape(shape)}; received ${showShape(dy.shape)}`);
    }
    checkParts('normalizationGradient', x, parts, [shape[1 - axis], shape[1 - axis], shape[1]]);
    const columns = { shape: [shape[1]], dtype };
    return [{ shape, dtype }, columns, columns];
  },
  kernel: normalizationGradientKernel,
  saves: ['inputs'],
  // With P(t) for what flows to x from t: P is symmetric and linear in t, and means and variances are functions of x.
  grad({ dys: [u, v, w], inputs: [dy, x, , , scale], attrs: { axis, epsilon, centered, scaled } }) {
    const along = (t: Tensor): Tensor => mean(t, axis, true);
    const away = centered ? sub(x, along(x)) : x;
    const inverse = rsqrt(add(along(square(away)), epsilon));
    const normal = mul(away, inverse);
    const project = (t: Tensor): Tensor => {
      const flow = centered ? sub(t, along(t)) : t;
      return mul(inverse, sub(flow, mul(normal, along(mul(t, normal)))));
    };
    const scaledBy = (t: Tensor): Tensor => (scaled ? mul(t, scale) : t);
    const total = (parts: readonly (Tensor | null)[]): Tensor =>
      parts.reduce<Tensor | null>((a, b) => (a === null ? b : b === null ? a : add(a, b)), null) ?? zerosLike(x);
    const ofX = (): Tensor => {
      const b = scaledBy(dy);
      const fromScale = v === null ? null : mul(dy, v);
      if (u === null) return total([fromScale === null ? null : project(fromScale)]);
      const turned = neg(mul(inverse, add(mul(u, along(mul(b, normal))), mul(b, along(mul(u, normal))))));
      const stretched = neg(mul(along(mul(u, project(b))), mul(inverse, normal)));
      return add(project(total([turned, fromScale])), stretched);
    };
    const thunks = [
      () =>
        total([u === null ? null : scaledBy(project(u)), v === null ? null : mul(normal, v), w === null ? null : broadcastTo(w, x.shape)]),
      ofX,
      null,
      null,
    ];
    return scaled ? [...thunks, () => (u === null ? zerosLike(scale) : sum(mul(dy, project(u)), 0))] : thunks;
  },
});

/** Inputs x [rows, columns] and perhaps a scale and an offset of each column; outputs y, and a mean and a variance of each row or column. */
const normalizationOp: Op<NormalizationAttrs, 'inputs' | 'outputs'> = declare<NormalizationAttrs, 'inputs' | 'outputs'>({
  name: 'normalization',
  attrs: ATTRS,
  traits: { flops: flopsPerElement(8) },
  infer([x, ...parts], { axis }) {
    const { shape, dtype } = x;
    checkParts('normalization', x, parts, [shape[1], shape[1]]);
    const statistics = { shape: [shape[1 - axis]], dtype };
    return [{ shape, dtype }, statistics, statistics];
  },
  kernel: normalizationKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, dys: [, dMean, dVariance], inputs: [x, ...learned], outputs: [, means, variances], attrs }) {
    const { axis, scaled, shifted, centered } = attrs;
    let slopes: readonly Tensor[] | undefined;
    const slope = (i: number) => (): Tensor => {
      slopes ??= apply(gradientOp, [dy, x, means, variances, ...(scaled ? [learned[0]] : [])], attrs);
      return slopes[i];
    };
    const count = x.shape[axis];
    const across = (t: Tensor): Tensor => div(expandDims(t, axis), count);
    const ofX = (): Tensor => {
      let dx = slope(0)();
      if (dMean !== null && centered) dx = add(dx, across(dMean));
      if (dVariance !== null) dx = add(dx, mul(mul(across(dVariance), 2), centered ? sub(x, mean(x, axis, true)) : x));
      return dx;
    };
    return [ofX, ...(scaled ? [slope(1)] : []), ...(shifted ? [slope(2)] : [])];
  },
});

/** A matrix with the statistics of its rows (axis 1) or columns (axis 0) taken out, and a mean and a variance for each. */
export function normalizeMatrix(
  x: Tensor,
  scale: Tensor | null,
  offset: Tensor | null,
  { axis, epsilon, centered }: Pick<NormalizationAttrs, 'axis' | 'epsilon' | 'centered'>,
): { readonly y: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const learned = [scale, offset].filter((t) => t !== null);
  const [y, means, variances] = apply(normalizationOp, [x, ...learned], {
    axis,
    epsilon,
    centered,
    scaled: scale !== null,
    shifted: offset !== null,
  });
  return { y, mean: means, variance: variances };
}

function checkEpsilon(owner: string, epsilon: number): number {
  if (!(epsilon >= 0)) throw new ArgumentError(`${owner}: epsilon must be a number >= 0; received ${show(epsilon)}`);
  return epsilon;
}

/** A factor or an offset as a tensor of `dtype` and one axis; null where there is none. */
function learnedOf(owner: string, name: string, value: TensorLike | null, like: Tensor, shape: Shape): Tensor | null {
  if (value === null) return null;
  const tensor = castTo(toTensor(owner, value), like.dtype);
  if (!sameShape(tensor.shape, shape)) {
    throw new ShapeError(
      `${owner}: ${name} must have shape ${showShape(shape)}, as what is normalized; received ${showShape(tensor.shape)}`,
    );
  }
  return reshape(tensor, [tensor.size]);
}

interface Learned {
  readonly scaleName: string;
  readonly scale: TensorLike | null;
  readonly offset: TensorLike | null;
}

/** `x` normalized over axes, brought to the end for it. */
function normalizeOver(
  owner: string,
  x: TensorLike,
  { scaleName, scale, offset }: Learned,
  axis: number | readonly number[],
  epsilon: number,
  centered: boolean,
): Tensor {
  const input = toFloat(owner, x);
  const axes = [...normalizeAxes(owner, axis, input.rank)].sort((a, b) => a - b);
  const sizes = axes.map((i) => input.shape[i]);
  const factors = learnedOf(owner, scaleName, scale, input, sizes);
  const offsets = learnedOf(owner, 'beta', offset, input, sizes);
  const others = input.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...others, ...axes];
  const isLast = order.every((from, to) => from === to);
  const turned = isLast ? input : transpose(input, order);
  const columns = sizes.reduce((product, size) => product * size, 1);
  const rows = others.reduce((product, i) => product * input.shape[i], 1);
  const matrix = reshape(turned, [rows, columns]);
  const { y } = normalizeMatrix(matrix, factors, offsets, { axis: 1, epsilon: checkEpsilon(owner, epsilon), centered });
  const result = reshape(y, turned.shape);
  if (isLast) return result;
  return transpose(
    result,
    order.map((_, to) => order.indexOf(to)),
  );
}

/**
 * `x` with mean 0 and variance 1 over `axis` (one or several), times `gamma` plus `beta`, which have the sizes of those axes (Ba et al. 2016).
 * @throws ShapeError for a `gamma` or `beta` of another shape; ArgumentError for a negative `epsilon`.
 * @example
 * tf.layerNormalization([[1, 3], [2, 6]], null, [0, 10]).arraySync(); // [[-1, 11], [-1, 11]]
 */
export function layerNormalization(
  x: TensorLike,
  gamma: TensorLike | null = null,
  beta: TensorLike | null = null,
  axis: number | readonly number[] = -1,
  epsilon = EPSILON,
): Tensor {
  return normalizeOver('layerNormalization', x, { scaleName: 'gamma', scale: gamma, offset: beta }, axis, epsilon, true);
}

/**
 * `x` divided by the root of the mean of its squares over `axis` (one or several), times `scale`, which has the sizes of those axes (Zhang and Sennrich 2019).
 * @throws ShapeError for a `scale` of another shape; ArgumentError for a negative `epsilon`.
 * @example
 * tf.rmsNormalization([[3, 4, 0, 0]]).arraySync(); // [[1.2, 1.6, 0, 0]]
 */
export function rmsNormalization(
  x: TensorLike,
  scale: TensorLike | null = null,
  axis: number | readonly number[] = -1,
  epsilon = EPSILON,
): Tensor {
  return normalizeOver('rmsNormalization', x, { scaleName: 'scale', scale, offset: null }, axis, epsilon, false);
}

/**
 * `x` with mean 0 and variance 1 over each of `groups` groups of neighbouring channels and all axes but the first, times `gamma` plus `beta` of each channel (Wu and He 2018).
 * @throws ShapeError unless the channels divide into the groups; ArgumentError for a negative `epsilon`.
 * @example
 * tf.groupNormalization([[1, 3, 2, 6]], 2, null, null, -1, 0).arraySync(); // [[-1, 1, -1, 1]]
 */
export function groupNormalization(
  x: TensorLike,
  groups: number,
  gamma: TensorLike | null = null,
  beta: TensorLike | null = null,
  axis = -1,
  epsilon = 1e-3,
): Tensor {
  const owner = 'groupNormalization';
  const input = toFloat(owner, x);
  const at = normalizeAxis(owner, axis, input.rank);
  const channels = input.shape[at];
  if (input.rank < 2 || at === 0)
    throw new ShapeError(`${owner}: needs a batch and an axis of channels behind it; received shape ${showShape(input.shape)}`);
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ShapeError(`${owner}: ${channels} channels do not divide into groups; received ${show(groups)}`);
  }
  const across = input.shape.map((d, i) => (i === at ? d : 1));
  const [factors, offsets] = (
    [
      ['gamma', gamma],
      ['beta', beta],
    ] as const
  ).map(([name, value]) => learnedOf(owner, name, value, input, [channels]));
  // The channels beside the batch, cut into groups: each group is a row.
  const others = input.shape.map((_, i) => i).filter((i) => i !== 0 && i !== at);
  const order = [0, at, ...others];
  const isTurned = order.some((from, to) => from !== to);
  const turned = isTurned ? transpose(input, order) : input;
  const rows = input.shape[0] * groups;
  const matrix = reshape(turned, [rows, rows === 0 ? 0 : input.size / rows]);
  const { y } = normalizeMatrix(matrix, null, null, { axis: 1, epsilon: checkEpsilon(owner, epsilon), centered: true });
  const normal = reshape(y, turned.shape);
  let result = isTurned
    ? transpose(
        normal,
        order.map((_, to) => order.indexOf(to)),
      )
    : normal;
  if (factors !== null) result = mul(result, reshape(factors, across));
  return offsets === null ? result : add(result, reshape(offsets, across));
}

/**
 * `x` divided by its length over `axis` (one, several, or all if null); a square of the length below `epsilon` counts as that.
 * @throws ArgumentError for a negative `epsilon`.
 * @example
 * tf.l2Normalize([3, 4]).arraySync(); // [0.6, 0.8]
 */
export function l2Normalize(x: TensorLike, axis: number | readonly number[] | null = null, epsilon = 1e-12): Tensor {
  const input = toFloat('l2Normalize', x);
  const squares = sum(square(input), axis, true);
  return mul(input, rsqrt(maximum(squares, checkEpsilon('l2Normalize', epsilon))));
}

/**
 * `x` divided by its length over `axis`, so that each has length 1; of zeros, zeros.
 * @example
 * tf.unitNormalization([[3, 4], [0, 2]]).arraySync(); // [[0.6, 0.8], [0, 1]]
 */
export function unitNormalization(x: TensorLike, axis: number | readonly number[] = -1): Tensor {
  return l2Normalize(x, axis, 1e-24);
}

/**
 * `(x - mean) / sqrt(variance + varianceEpsilon) * scale + offset`, where the statistics and what is learned broadcast against `x`.
 * @throws ArgumentError for a negative `varianceEpsilon`.
 * @example
 * tf.batchNorm([[1, 10], [3, 30]], [2, 20], [1, 100], null, null, 0).arraySync(); // [[-1, -1], [1, 1]]
 */
export function batchNorm(
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  offset: TensorLike | null = null,
  scale: TensorLike | null = null,
  varianceEpsilon = 1e-3,
): Tensor {
  const input = toFloat('batchNorm', x);
  const inverse = rsqrt(add(variance, checkEpsilon('batchNorm', varianceEpsilon)));
  const y = mul(sub(input, mean), scale === null ? inverse : mul(inverse, scale));
  return offset === null ? y : add(y, offset);
}
