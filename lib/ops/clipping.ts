/** Tensors shortened where their norms are too great, alone and together: how gradients are kept from exploding. */
import { ArgumentError, checkList, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { div, maximum, mul } from './arithmetic.ts';
import { type TensorLike, toFloat, toTensors } from './convert.ts';
import { stack } from './join.ts';
import { euclideanNorm } from './norms.ts';

function checkNorm(owner: string, clipNorm: number): number {
  if (!(clipNorm > 0)) throw new ArgumentError(`${owner}: clipNorm must be a number above 0; received ${show(clipNorm)}`);
  return clipNorm;
}

/** `x` times the bound, divided by the norm or the bound, whichever is greater. */
function shortened(x: Tensor, norm: Tensor, bound: number): Tensor {
  return div(mul(x, bound), maximum(norm, bound));
}

/**
 * `x` times what makes its norm over `axes` (one, several, or all unless given) `clipNorm`, where that is greater; else as it is.
 * @throws ArgumentError for a bound that is no number above 0.
 * @example
 * tf.clipByNorm([3, 4], 1).arraySync(); // [0.6, 0.8]
 */
export function clipByNorm(x: TensorLike, clipNorm: number, axes: number | readonly number[] | null = null): Tensor {
  const input = toFloat('clipByNorm', x);
  return shortened(input, euclideanNorm(input, axes, true), checkNorm('clipByNorm', clipNorm));
}

/**
 * `x` times what makes its norm, divided by the number of its elements, `clipNorm`, where that is greater; else as it is.
 * @throws ArgumentError for a bound that is no number above 0.
 * @example
 * tf.clipByAverageNorm([3, 4], 1).arraySync(); // [1.2, 1.6]
 */
export function clipByAverageNorm(x: TensorLike, clipNorm: number): Tensor {
  const input = toFloat('clipByAverageNorm', x);
  return shortened(input, div(euclideanNorm(input), Math.max(1, input.size)), checkNorm('clipByAverageNorm', clipNorm));
}

function several(owner: string, tensors: readonly (TensorLike | null)[]): (Tensor | null)[] {
  if (checkList(owner, 'tensors', tensors).every((x) => x === null)) {
    throw new ArgumentError(`${owner}: needs a list of tensors, one of them at least not null; received ${show(tensors)}`);
  }
  const given = toTensors(
    owner,
    tensors.filter((x): x is TensorLike => x !== null),
  ).map((x) => toFloat(owner, x));
  return tensors.map((x) => (x === null ? null : (given.shift() ?? null)));
}

function normOfAll(tensors: readonly (Tensor | null)[]): Tensor {
  const norms = tensors.flatMap((x) => (x === null ? [] : [euclideanNorm(x)]));
  return norms.length === 1 ? norms[0] : euclideanNorm(stack(norms));
}

/**
 * The square root of the sum of squares of all elements of several tensors; null counts as none. Its gradient at 0 is 0.
 * @throws ArgumentError unless there is a tensor.
 * @example
 * tf.globalNorm([[3, 0], [[4]]]).item(); // 5
 */
export function globalNorm(tensors: readonly (TensorLike | null)[]): Tensor {
  return normOfAll(several('globalNorm', tensors));
}

/**
 * Several tensors, all times what makes their norm together `clipNorm`, where that is greater, and that norm (`useNorm` if it is known already); null stays.
 * @throws ArgumentError unless there is a tensor, and for a bound that is no number above 0.
 * @example
 * const [clipped, norm] = tf.clipByGlobalNorm([[3], [4]], 1);
 * clipped.map((x) => x?.arraySync()); // [[0.6], [0.8]]
 * norm.item(); // 5
 */
export function clipByGlobalNorm(
  tensors: readonly (TensorLike | null)[],
  clipNorm: number,
  useNorm: TensorLike | null = null,
): [clipped: (Tensor | null)[], norm: Tensor] {
  const list = several('clipByGlobalNorm', tensors);
  const bound = checkNorm('clipByGlobalNorm', clipNorm);
  const norm = useNorm === null ? normOfAll(list) : toFloat('clipByGlobalNorm', useNorm);
  return [list.map((x) => (x === null ? null : shortened(x, norm, bound))), norm];
}
