/** Arithmetic of two tensors, with broadcasting. */
import { type Binary, binary, type Unary, unary } from './elementwise.ts';

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
  { result: 'float' },
);

/**
 * Element-wise `-x`.
 * @example
 * tf.neg([1, -2]).arraySync(); // [-1, 2]
 */
export const neg: Unary = unary(
  'neg',
  (x) => -x,
  [],
  ({ dy }) => [() => neg(dy)],
  'same',
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
);
