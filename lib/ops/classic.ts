/** Ops of TensorFlow that are formulas of others: confusion matrices, local responses, sparse values, polynomials, products without NaN. */
import { ArgumentError, checkList, ShapeError, show, unknownWord } from '../core/errors.ts';
import { checkShape, normalizeAxes, normalizeAxis, type Shape, sameShape, showShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { relu } from './activations.ts';
import { add, div, divNoNan, maximum, mul, neg, pow, square, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { checkValue, constant, type TensorLike, toFloat, toPair, toTensor, toTensors } from './convert.ts';
import { fill, ones, zerosLike } from './creation.ts';
import { type Binary, binary } from './elementwise.ts';
import { gather, toIndices } from './indexing.ts';
import { concat, stack } from './join.ts';
import { matMul } from './matmul.ts';
import { euclideanNorm } from './norms.ts';
import { checkCount } from './ranges.ts';
import { sum } from './reduce.ts';
import { flattenIndices, scatter, scatterND } from './scatter.ts';
import { broadcastTo, reshape } from './shape.ts';
import { flatten } from './transpose.ts';

/**
 * Element-wise `a / b` without its fraction, towards zero.
 * @example
 * tf.truncateDiv([7, -7], 2).arraySync(); // [3, -3]
 */
export const truncateDiv: Binary = binary('truncateDiv', (a, b) => Math.trunc(a / b), [], 'none');

/**
 * Element-wise `a * b`, and 0 where `b` is 0, also beside what is infinite or NaN.
 * @example
 * tf.multiplyNoNan([2, NaN], [3, 0]).arraySync(); // [6, 0]
 */
export const multiplyNoNan: Binary = binary(
  'multiplyNoNan',
  (a, b) => (b === 0 ? 0 : a * b),
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => multiplyNoNan(dy, b), () => multiplyNoNan(a, dy)],
  { result: 'float' },
);

/**
 * Element-wise `1 / x`, and 0 where `x` is 0.
 * @example
 * tf.reciprocalNoNan([0, 4]).arraySync(); // [0, 0.25]
 */
export function reciprocalNoNan(x: TensorLike): Tensor {
  return divNoNan(1, toFloat('reciprocalNoNan', x));
}

/**
 * The polynomial with these coefficients, that of the highest power first, at each element of `x`; coefficients may be tensors that broadcast.
 * @throws ArgumentError for what is no list.
 * @example
 * tf.polyval([2, 0, 1], [1, 3]).arraySync(); // [3, 19]
 */
export function polyval(coeffs: readonly TensorLike[], x: TensorLike): Tensor {
  const [point, ...list] = toTensors('polyval', [x, ...checkList('polyval', 'coeffs', coeffs)]);
  return list.reduce<Tensor>((y, coefficient) => add(mul(y, point), coefficient), zerosLike(point));
}

/**
 * How often each class (row) was taken for each class (column), as int32.
 * @throws ShapeError unless labels and predictions are two lines of one length; ArgumentError for a class that is not below `numClasses`.
 * @example
 * tf.confusionMatrix([0, 1, 1], [0, 1, 0], 2).arraySync(); // [[1, 0], [1, 1]]
 */
export function confusionMatrix(labels: TensorLike, predictions: TensorLike, numClasses: number): Tensor {
  const [rows, columns] = [toIndices('confusionMatrix', labels), toIndices('confusionMatrix', predictions)];
  checkCount('confusionMatrix', 'numClasses', numClasses, 1);
  if (rows.rank !== 1 || !sameShape(rows.shape, columns.shape)) {
    throw new ShapeError(
      `confusionMatrix: labels and predictions must be lines of one length; received ${showShape(rows.shape)} and ${showShape(columns.shape)}`,
    );
  }
  return scatterND(stack([rows, columns], 1), ones([rows.size], 'int32'), [numClasses, numClasses]);
}

/**
 * Each element divided by `(bias + alpha * s) ** beta`, where `s` is the sum of the squares of up to `depthRadius` neighbours on each side along the last
 * axis, and its own.
 * @throws ShapeError unless there are 3 or 4 axes; ArgumentError for a radius that is no whole number >= 0.
 * @example
 * tf.localResponseNormalization([[[[1, 2]]]], 1, 1, 1, 1).arraySync(); // [[[[0.1666..., 0.3333...]]]]
 */
export function localResponseNormalization(x: TensorLike, depthRadius = 5, bias = 1, alpha = 1, beta = 0.5): Tensor {
  const input = toFloat('localResponseNormalization', x);
  checkCount('localResponseNormalization', 'depthRadius', depthRadius);
  if (input.rank !== 3 && input.rank !== 4) {
    throw new ShapeError(`localResponseNormalization: x needs 3 or 4 axes; received ${showShape(input.shape)}`);
  }
  for (const [name, value] of Object.entries({ bias, alpha, beta })) {
    if (typeof value !== 'number') throw new ArgumentError(`localResponseNormalization: ${name} must be a number; received ${show(value)}`);
  }
  // A sum of neighbours is a product with a matrix that has ones near its diagonal: one pass, and no differences of large sums.
  const channels = input.shape[input.rank - 1];
  const near = Float32Array.from({ length: channels * channels }, (_, i) =>
    Number(Math.abs((i % channels) - Math.floor(i / channels)) <= depthRadius),
  );
  const band = tensorOf(near, [channels, channels], input.dtype);
  const rows = reshape(square(input), [input.size / Math.max(1, channels), channels]);
  const sums = reshape(matMul(rows, band), input.shape);
  return div(input, pow(add(bias, mul(alpha, sums)), beta));
}

/**
 * A tensor of `defaultValue` with `sparseValues` (one for each index, or one for all) at the places that the rows of `sparseIndices` name; an index of one axis
 * names places of a vector. Of several values for one place the last one stays.
 * @throws ArgumentError for a place outside of the shape; ShapeError for indices or values that do not fit.
 * @example
 * tf.sparseToDense([0, 3], [5, 7], [5]).arraySync(); // [5, 0, 0, 7, 0]
 */
export function sparseToDense(
  sparseIndices: TensorLike,
  sparseValues: TensorLike,
  outputShape: Shape,
  defaultValue: number | boolean = 0,
): Tensor {
  const shape = checkShape('sparseToDense', outputShape);
  const [given, values] = [toIndices('sparseToDense', sparseIndices), toTensor('sparseToDense', sparseValues)];
  if (given.rank > 2) throw new ShapeError(`sparseToDense: indices have at most 2 axes; received ${showShape(given.shape)}`);
  const rows = given.rank === 2 ? given : reshape(given, [given.size, 1]);
  const count = rows.shape[0];
  if (rows.shape[1] !== shape.length) {
    throw new ShapeError(`sparseToDense: indices of ${rows.shape[1]} numbers do not name places of shape ${showShape(shape)}`);
  }
  if (values.rank !== 0 && !sameShape(values.shape, [count])) {
    throw new ShapeError(`sparseToDense: needs one value, or ${count}; received shape ${showShape(values.shape)}`);
  }
  const { flat, count: size } = flattenIndices('sparseToDense', rows, shape);
  const nothing = fill([size], checkValue('sparseToDense', 'defaultValue', defaultValue, values.dtype), values.dtype);
  return reshape(scatter(nothing, flatten(flat), broadcastTo(values, [count]), { axis: 0, mode: 0, drops: false }), shape);
}

/**
 * The moving average `v` one step on: `v + (1 - decay) * (x - v)`; with `zeroDebias` (the default) the difference is divided by `1 - decay ** step`, which
 * undoes a start at 0.
 * @throws ArgumentError unless `step` is given where `zeroDebias` asks for it.
 * @example
 * tf.movingAverage([0], [10], 0.75, 1, false).arraySync(); // [2.5]
 */
export function movingAverage(v: TensorLike, x: TensorLike, decay: number, step: number | null = null, zeroDebias = true): Tensor {
  const before = toFloat('movingAverage', v);
  if (zeroDebias && step === null) throw new ArgumentError('movingAverage: step must be given where zeroDebias is true');
  const share = (1 - decay) / (zeroDebias && step !== null ? 1 - decay ** step : 1);
  return add(before, mul(sub(x, before), share));
}

/**
 * Half of the sum of squares.
 * @example
 * tf.l2Loss([3, 4]).item(); // 12.5
 */
export function l2Loss(x: TensorLike): Tensor {
  return mul(sum(square(toFloat('l2Loss', x))), 0.5);
}

/**
 * `value` with a number of `bias` added to each channel, which is the last axis, or with 'channelsFirst' the one behind the batch.
 * @throws ShapeError unless `bias` has one number for each channel.
 * @example
 * tf.biasAdd([[1, 2], [3, 4]], [10, 20]).arraySync(); // [[11, 22], [13, 24]]
 */
export function biasAdd(value: TensorLike, bias: TensorLike, dataFormat: 'channelsLast' | 'channelsFirst' = 'channelsLast'): Tensor {
  const formats = ['channelsLast', 'channelsFirst'];
  if (!formats.includes(dataFormat)) throw unknownWord('biasAdd', 'dataFormat', String(dataFormat), formats);
  const [x, b] = toPair('biasAdd', value, bias);
  const channels = dataFormat === 'channelsFirst' ? x.shape[1] : x.shape.at(-1);
  if (x.rank < 2 || !sameShape(b.shape, [channels ?? 0])) {
    throw new ShapeError(
      `biasAdd: needs 2 axes or more and a number for each channel; received ${showShape(x.shape)} and ${showShape(b.shape)}`,
    );
  }
  return add(x, dataFormat === 'channelsLast' ? b : reshape(b, [b.size, ...x.shape.slice(2).map(() => 1)]));
}

/**
 * What of `x` is above 0, and how far the rest is below, side by side along `axis`: the concatenation of `relu(x)` and `relu(-x)` (Shang et al. 2016).
 * @example
 * tf.crelu([1, -2]).arraySync(); // [1, 0, 0, 2]
 */
export function crelu(x: TensorLike, axis = -1): Tensor {
  const input = toTensor('crelu', x);
  return relu(concat([input, neg(input)], normalizeAxis('crelu', axis, input.rank)));
}

/** Sums that mean and variance follow from, and that may be added up over parts. */
export interface SufficientStatistics {
  /** How many elements were summed. */
  readonly count: Tensor;
  /** The sum of the elements less the shift. */
  readonly meanSs: Tensor;
  /** The sum of their squares. */
  readonly varianceSs: Tensor;
  readonly shift: Tensor | null;
}

/**
 * The number of elements along `axes`, the sum of them less `shift`, and of their squares: what `normalizeMoments` takes. A shift near the mean keeps digits.
 * @example
 * const { count, meanSs, varianceSs } = tf.sufficientStatistics([1, 2, 3], 0);
 * [count.item(), meanSs.item(), varianceSs.item()]; // [3, 6, 14]
 */
export function sufficientStatistics(
  x: TensorLike,
  axes: number | readonly number[],
  shift: TensorLike | null = null,
  keepDims = false,
): SufficientStatistics {
  const input = toFloat('sufficientStatistics', x);
  const along = normalizeAxes('sufficientStatistics', axes, input.rank);
  const count = along.reduce((product, axis) => product * input.shape[axis], 1);
  const offset = shift === null ? null : castTo(toFloat('sufficientStatistics', shift), input.dtype);
  const moved = offset === null ? input : sub(input, offset);
  return {
    count: constant(count, input.dtype),
    meanSs: sum(moved, along, keepDims),
    varianceSs: sum(square(moved), along, keepDims),
    shift: offset,
  };
}

/**
 * The mean and the variance of elements of which `sufficientStatistics` were taken.
 * @example
 * const { mean, variance } = tf.normalizeMoments(3, 6, 14);
 * [mean.item(), variance.item()]; // [2, 0.6666...]
 */
export function normalizeMoments(
  counts: TensorLike,
  meanSs: TensorLike,
  varianceSs: TensorLike,
  shift: TensorLike | null = null,
): { mean: Tensor; variance: Tensor } {
  const [sums, squares] = toPair('normalizeMoments', meanSs, varianceSs).map((x) => toFloat('normalizeMoments', x));
  const count = castTo(toFloat('normalizeMoments', counts), sums.dtype);
  const moved = div(sums, count);
  return {
    mean: shift === null ? moved : add(moved, castTo(toFloat('normalizeMoments', shift), sums.dtype)),
    variance: sub(div(squares, count), square(moved)),
  };
}

/**
 * The rows of the table `params` that `ids` name, with `maxNorm` none longer than that.
 * @throws ArgumentError for an id that names no row, and a maxNorm that is not above 0.
 * @example
 * tf.embeddingLookup([[3, 4], [0, 1]], [0, 1], 2).arraySync(); // [[1.2, 1.6], [0, 1]]
 */
export function embeddingLookup(params: TensorLike, ids: TensorLike, maxNorm: number | null = null): Tensor {
  const [table, places] = [toTensor('embeddingLookup', params), toIndices('embeddingLookup', ids)];
  const rows = gather(table, places);
  if (maxNorm === null) return rows;
  if (typeof maxNorm !== 'number' || !(maxNorm > 0)) {
    throw new ArgumentError(`embeddingLookup: maxNorm must be a number above 0; received ${show(maxNorm)}`);
  }
  const axes = rows.shape.map((_, axis) => axis).slice(places.rank);
  return div(mul(rows, maxNorm), maximum(euclideanNorm(rows, axes, true), maxNorm));
}
