/** Comparisons, logic on truth values, and the choice between two tensors. */
import { apply, declare, type Op, type Traits } from '../core/op.ts';
import { broadcastShapes } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { ternaryKernel } from '../kernels/elementwise.ts';
import { castTo } from './cast.ts';
import { complexEqual, complexNotEqual, complexWhere } from './complexmath.ts';
import { type TensorLike, toPair, toTensor } from './convert.ts';
import { type Binary, binary, NONE, type None, type Unary, unary } from './elementwise.ts';

/** Declares a comparison: truth values, no gradient. */
function comparison(name: string, holds: (a: number, b: number) => boolean, complex?: Traits['complex']): Binary {
  return binary(name, (a, b) => Number(holds(a, b)), [], 'none', { result: 'bool', complex });
}

/**
 * Element-wise `a == b`, as truth values; NaN equals nothing.
 * @example
 * tf.equal([1, 2], [1, 3]).arraySync(); // [1, 0]
 */
export const equal: Binary = comparison('equal', (a, b) => a === b, complexEqual);

/**
 * Element-wise `a != b`, as truth values.
 * @example
 * tf.notEqual([1, 2], [1, 3]).arraySync(); // [0, 1]
 */
export const notEqual: Binary = comparison('notEqual', (a, b) => a !== b, complexNotEqual);

/**
 * Element-wise `a < b`, as truth values.
 * @example
 * tf.less([1, 2, 3], 2).arraySync(); // [1, 0, 0]
 */
export const less: Binary = comparison('less', (a, b) => a < b);

/**
 * Element-wise `a <= b`, as truth values.
 * @example
 * tf.lessEqual([1, 2, 3], 2).arraySync(); // [1, 1, 0]
 */
export const lessEqual: Binary = comparison('lessEqual', (a, b) => a <= b);

/**
 * Element-wise `a > b`, as truth values.
 * @example
 * tf.greater([1, 2, 3], 2).arraySync(); // [0, 0, 1]
 */
export const greater: Binary = comparison('greater', (a, b) => a > b);

/**
 * Element-wise `a >= b`, as truth values.
 * @example
 * tf.greaterEqual([1, 2, 3], 2).arraySync(); // [0, 1, 1]
 */
export const greaterEqual: Binary = comparison('greaterEqual', (a, b) => a >= b);

/** `x` as truth values: whatever is not 0 is true. */
function toBool(owner: string, x: TensorLike): Tensor {
  return castTo(toTensor(owner, x), 'bool');
}

/** Declares an op on two truth values; other dtypes are made truth values first. */
function logical(name: string, f: (a: number, b: number) => number): Binary {
  const op = binary(name, f, [], 'none', { result: 'bool' });
  return (a, b) => op(toBool(name, a), toBool(name, b));
}

/**
 * Element-wise: true where both are; whatever is not 0 counts as true.
 * @example
 * tf.logicalAnd([true, true], [true, false]).arraySync(); // [1, 0]
 */
export const logicalAnd: Binary = logical('logicalAnd', (a, b) => a & b);

/**
 * Element-wise: true where at least one is; whatever is not 0 counts as true.
 * @example
 * tf.logicalOr([true, false], [false, false]).arraySync(); // [1, 0]
 */
export const logicalOr: Binary = logical('logicalOr', (a, b) => a | b);

/**
 * Element-wise: true where exactly one is; whatever is not 0 counts as true.
 * @example
 * tf.logicalXor([true, true], [true, false]).arraySync(); // [0, 1]
 */
export const logicalXor: Binary = logical('logicalXor', (a, b) => a ^ b);

const not: Unary = unary('logicalNot', (x) => 1 - x, [], 'none', 'bool');

/**
 * Element-wise: true where `x` is not; whatever is not 0 counts as true.
 * @example
 * tf.logicalNot([true, false]).arraySync(); // [0, 1]
 */
export function logicalNot(x: TensorLike): Tensor {
  return not(toBool('logicalNot', x));
}

const whereOp: Op<None, 'inputs'> = declare<None, 'inputs'>({
  name: 'where',
  attrs: [],
  traits: { elementwise: true, complex: complexWhere },
  infer: ([condition, a, b]) => [
    { shape: broadcastShapes('where', condition.shape, broadcastShapes('where', a.shape, b.shape)), dtype: a.dtype },
  ],
  kernel: ternaryKernel((condition, a, b) => (condition === 0 ? b : a)),
  saves: ['inputs'],
  grad: ({ dy, inputs: [condition] }) => [null, () => where(condition, dy, 0), () => where(condition, 0, dy)],
});

/**
 * `a` where `condition` is true (not 0) and `b` elsewhere; all three broadcast. The branch that is not taken gets a gradient of 0.
 * @example
 * tf.where([true, false], [1, 2], 7).arraySync(); // [1, 7]
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return apply(whereOp, [toBool('where', condition), ...toPair('where', a, b)], NONE)[0];
}
