/** Operations on the bits of whole numbers. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { type TensorLike, toPair, toTensor } from './convert.ts';
import { type Binary, binary } from './elementwise.ts';

/** Declares an op on the bits of two whole numbers; truth values count as int32. */
function bitwise(name: string, f: (a: number, b: number) => number): Binary {
  const op = binary(name, f, [], 'none');
  return (a, b) => {
    const pair = toPair(name, a, b);
    checkWhole(name, pair[0]);
    return op(...pair);
  };
}

function checkWhole(owner: string, x: Tensor): void {
  if (isFloat(x.dtype)) throw new ArgumentError(`${owner}: needs whole numbers; received dtype ${x.dtype}`);
}

/**
 * Element-wise the bits that are set in both.
 * @throws ArgumentError for floats.
 * @example
 * tf.bitwiseAnd(tf.tensor([6], [1], 'int32'), 3).arraySync(); // [2]
 */
export const bitwiseAnd: Binary = bitwise('bitwiseAnd', (a, b) => a & b);

/**
 * Element-wise the bits that are set in at least one.
 * @throws ArgumentError for floats.
 * @example
 * tf.bitwiseOr(tf.tensor([6], [1], 'int32'), 3).arraySync(); // [7]
 */
export const bitwiseOr: Binary = bitwise('bitwiseOr', (a, b) => a | b);

/**
 * Element-wise the bits that are set in exactly one.
 * @throws ArgumentError for floats.
 * @example
 * tf.bitwiseXor(tf.tensor([6], [1], 'int32'), 3).arraySync(); // [5]
 */
export const bitwiseXor: Binary = bitwise('bitwiseXor', (a, b) => a ^ b);

/**
 * Element-wise `a` with its bits moved up by `b` places, which counts from 0 to 31.
 * @throws ArgumentError for floats.
 * @example
 * tf.bitwiseLeftShift(tf.tensor([3], [1], 'int32'), 2).arraySync(); // [12]
 */
export const bitwiseLeftShift: Binary = bitwise('bitwiseLeftShift', (a, b) => a << b);

/**
 * Element-wise `a` with its bits moved down by `b` places, which counts from 0 to 31; the sign stays.
 * @throws ArgumentError for floats.
 * @example
 * tf.bitwiseRightShift(tf.tensor([-8], [1], 'int32'), 2).arraySync(); // [-2]
 */
export const bitwiseRightShift: Binary = bitwise('bitwiseRightShift', (a, b) => a >> b);

/**
 * Element-wise the bits that are not set.
 * @throws ArgumentError for floats.
 * @example
 * tf.bitwiseNot(tf.tensor([0, 5], [2], 'int32')).arraySync(); // [-1, -6]
 */
export function bitwiseNot(x: TensorLike): Tensor {
  const input = toTensor('bitwiseNot', x);
  checkWhole('bitwiseNot', input);
  return bitwiseXor(input, input.dtype === 'uint8' ? 255 : -1);
}

/**
 * `bitwiseNot` by its other name.
 * @example
 * tf.bitwiseInvert(tf.tensor([1], [1], 'int32')).arraySync(); // [-2]
 */
export const bitwiseInvert: (x: TensorLike) => Tensor = bitwiseNot;
