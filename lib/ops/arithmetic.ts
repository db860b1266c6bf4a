/** Arithmetic of two tensors, with broadcasting. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { floorMod, floorQuotient, integerPower, power } from '../kernels/special.ts';
import { castTo } from './cast.ts';
import { equal, greater, greaterEqual, lessEqual, logicalAnd, where } from './compare.ts';
import { onParts } from './complex.ts';
import { complexProduct, complexQuotient, complexSquare } from './complexmath.ts';
import { type TensorLike, toTensors } from './convert.ts';
import { type Binary, binary, type Unary, unary } from './elementwise.ts';
import { log } from './math.ts';
import { view } from './shape.ts';

/**
 * Element-wise `a + b`.
 * @example
 * tf.add([1, 2], 3).arraySync(); // [4, 5]
 */
export const add: Binary = binary(
  'add',
  (a, b) => a + b,
  [],
  ({ dy }) => [() => dy, () => dy],
  { complex: onParts() },
);

/**
 * Element-wise `a - b`.
 * @example
 * tf.sub([1, 2], 3).arraySync(); // [-2, -1]
 */
export const sub: Binary = binary(
  'sub',
  (a, b) => a - b,
  [],
  ({ dy }) => [() => dy, () => neg(dy)],
  { complex: onParts() },
);

/**
 * Element-wise `a * b`.
 * @example
 * tf.mul([1, 2], 3).arraySync(); // [3, 6]
 */
export const mul: Binary = binary(
  'mul',
  (a, b) => a * b,
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => mul(dy, b), () => mul(dy, a)],
  {
    exact: Math.imul,
    complex: complexProduct,
  },
);

/**
 * Element-wise `a / b`; integers divide as float32.
 * @example
 * tf.div([1, 2], 4).arraySync(); // [0.25, 0.5]
 */
export const div: Binary = binary(
  'div',
  (a, b) => a / b,
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => div(dy, b), () => neg(div(mul(dy, a), mul(b, b)))],
  { result: 'float', complex: complexQuotient },
);

/**
 * Element-wise `-x`; truth values count as int32.
 * @example
 * tf.neg([1, -2]).arraySync(); // [-1, 2]
 */
export const neg: Unary = unary(
  'neg',
  (x) => -x,
  [],
  ({ dy }) => [() => neg(dy)],
  'count',
  (x) => -x,
  onParts(),
);

/**
 * Element-wise `x * x`.
 * @example
 * tf.square([1, -2]).arraySync(); // [1, 4]
 */
export const square: Unary = unary(
  'square',
  (x) => x * x,
  ['inputs'],
  ({ dy, inputs: [x] }) => [() => mul(dy, mul(x, 2))],
  'same',
  (x) => Math.imul(x, x),
  complexSquare,
);

/**
 * Element-wise `a ** b`; integers wrap around, and their negative powers are rounded towards 0. With respect to `b` the gradient is 0 where `a` is not positive.
 * @example
 * tf.pow([2, 3], 2).arraySync(); // [4, 9]
 */
export const pow: Binary = binary(
  'pow',
  power,
  ['inputs', 'outputs'],
  ({ dy, inputs: [a, b], outputs: [y] }) => [
    // At 0 ** 0 the slope is 0 * 0 ** -1: without the replaced base that would be NaN.
    () => mul(dy, mul(b, pow(where(logicalAnd(equal(a, 0), equal(b, 0)), 1, a), sub(b, 1)))),
    () => mul(dy, mul(y, log(where(greater(a, 0), a, 1)))),
  ],
  { exact: integerPower },
);

/**
 * Element-wise greater of `a` and `b`, NaN where either is. Where they are equal the gradient goes to `a`.
 * @example
 * tf.maximum([1, 4], [3, 2]).arraySync(); // [3, 4]
 */
export const maximum: Binary = binary('maximum', Math.max, ['inputs'], ({ dy, inputs: [a, b] }) => [
  () => where(greaterEqual(a, b), dy, 0),
  () => where(greaterEqual(a, b), 0, dy),
]);

/**
 * Element-wise lesser of `a` and `b`, NaN where either is. Where they are equal the gradient goes to `a`.
 * @example
 * tf.minimum([1, 4], [3, 2]).arraySync(); // [1, 2]
 */
export const minimum: Binary = binary('minimum', Math.min, ['inputs'], ({ dy, inputs: [a, b] }) => [
  () => where(lessEqual(a, b), dy, 0),
  () => where(lessEqual(a, b), 0, dy),
]);

/**
 * Element-wise remainder of `a / b` with the sign of `b`; for integers 0 where `b` is 0.
 * @example
 * tf.mod([5, -5], 3).arraySync(); // [2, 1]
 */
export const mod: Binary = binary('mod', floorMod, ['inputs'], ({ dy, inputs: [a, b] }) => [() => dy, () => neg(mul(dy, floorDiv(a, b)))]);

/**
 * Element-wise `floor(a / b)`; for integers 0 where `b` is 0. No gradient flows.
 * @example
 * tf.floorDiv([5, -5], 3).arraySync(); // [1, -2]
 */
export const floorDiv: Binary = binary('floorDiv', floorQuotient, [], 'none');

/**
 * Element-wise `(a - b) ** 2`.
 * @example
 * tf.squaredDifference([1, 5], 2).arraySync(); // [1, 9]
 */
export const squaredDifference: Binary = binary(
  'squaredDifference',
  (a, b) => (a - b) * (a - b),
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => mul(mul(dy, 2), sub(a, b)), () => mul(mul(dy, 2), sub(b, a))],
  { exact: (a, b) => Math.imul(a - b, a - b) },
);

/**
 * Element-wise `a / b`, and 0 where `b` is 0; integers divide as float32.
 * @example
 * tf.divNoNan([1, 2], [0, 4]).arraySync(); // [0, 0.5]
 */
export const divNoNan: Binary = binary(
  'divNoNan',
  (a, b) => (b === 0 ? 0 : a / b),
  ['inputs'],
  ({ dy, inputs: [a, b] }) => [() => divNoNan(dy, b), () => neg(divNoNan(mul(dy, divNoNan(a, b)), b))],
  { result: 'float' },
);

/**
 * The sum of several tensors of one shape.
 * @throws ArgumentError for an empty list; ShapeError for different shapes.
 * @example
 * tf.addN([[1, 2], [3, 4], [5, 6]]).arraySync(); // [9, 12]
 */
export function addN(tensors: readonly TensorLike[]): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) throw new ArgumentError(`addN: needs a list of tensors; received ${show(tensors)}`);
  const terms = toTensors('addN', tensors).map((x) => (x.dtype === 'bool' ? castTo(x, 'int32') : x));
  for (const { shape } of terms) {
    if (!sameShape(shape, terms[0].shape)) {
      throw new ShapeError(`addN: all tensors must have one shape; received ${showShape(terms[0].shape)} and ${showShape(shape)}`);
    }
  }
  return terms.length === 1 ? view(terms[0]) : terms.reduce((total, x) => add(total, x));
}
