/** Reductions made of other ops: products, deviations, logarithms of sums. */
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { reducedShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { logSumExpKernel } from '../kernels/reduce.ts';
import { mul, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { ones } from './creation.ts';
import { concat, slice } from './join.ts';
import { exp, sqrt } from './math.ts';
import { type ReduceAttrs, reduceAttrs, variance } from './reduce.ts';
import { expandReduced, reshape } from './shape.ts';
import { transpose } from './transpose.ts';

/**
 * The square root of `variance(x, axis, keepDims)`.
 * @example
 * tf.std([1, 1, 5, 5]).item(); // 2
 */
export function std(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  return sqrt(variance(x, axis, keepDims));
}

const logSumExpOp: Op<ReduceAttrs, 'inputs' | 'outputs'> = declare<ReduceAttrs, 'inputs' | 'outputs'>({
  name: 'logSumExp',
  attrs: ['axes', 'keepDims'],
  // The greatest element, a difference, its exponential and their sum.
  traits: { flops: flopsPerElement(4) },
  infer: ([x], { axes, keepDims }) => [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }],
  kernel: logSumExpKernel,
  saves: ['inputs', 'outputs'],
  grad: ({ dy, inputs: [x], outputs: [y], attrs }) => [
    () => mul(expandReduced(dy, x.shape, attrs), exp(sub(x, expandReduced(y, x.shape, attrs)))),
  ],
});

/**
 * The logarithm of the sum of `exp(x)` over `axis` (one, several, or all unless given), without overflow; of nothing -Infinity.
 * @example
 * tf.logSumExp([1000, -1000]).item(); // 1000
 */
export function logSumExp(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const input = toFloat('logSumExp', x);
  return apply(logSumExpOp, [input], reduceAttrs('logSumExp', axis, keepDims, input.rank))[0];
}

/**
 * The product over `axis` (one, several, or all unless given), by halves, so that gradients are right where elements are 0. Integers wrap around;
 * truth values count as int32; of nothing 1.
 * @example
 * tf.prod([[1, 2], [3, 4]], 1).arraySync(); // [2, 12]
 */
export function prod(x: TensorLike, axis: number | readonly number[] | null = null, keepDims = false): Tensor {
  const given = toTensor('prod', x);
  const input = given.dtype === 'bool' ? castTo(given, 'int32') : given;
  const { axes } = reduceAttrs('prod', axis, keepDims, input.rank);
  const shape = reducedShape(input.shape, axes, keepDims);
  const kept = input.shape.map((_, at) => at).filter((at) => !axes.includes(at));
  let length = sizeOfShape(axes.map((at) => input.shape[at]));
  if (length === 0) return ones(shape, input.dtype);
  // The reduced axes first, as one: each half is then in one piece.
  const rest = sizeOfShape(shape);
  let product = reshape(transpose(input, [...axes, ...kept]), [length, rest]);
  while (length > 1) {
    const half = length >> 1;
    const pairs = mul(slice(product, [0, 0], [half, rest]), slice(product, [half, 0], [half, rest]));
    if (length % 2 === 1) {
      const [first, others] = [slice(pairs, [0, 0], [1, rest]), slice(pairs, [1, 0])];
      const odd = mul(first, slice(product, [length - 1, 0]));
      product = half === 1 ? odd : concat([odd, others]);
    } else product = pairs;
    length = half;
  }
  return reshape(product, shape);
}
