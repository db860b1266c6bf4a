/** Bessel functions of the first and second kind, and modified ones of the second, of the orders 0 and 1; their derivatives are those of other orders. */
import type { Tensor } from '../core/tensor.ts';
import { besselJ, besselK, besselY } from '../kernels/bessel.ts';
import { add, mul, neg, sub } from './arithmetic.ts';
import type { TensorLike } from './convert.ts';
import { unaryWith } from './elementwise.ts';

type OfOrder = (x: TensorLike, attrs: { order: number }) => Tensor;

/** Declares a function whose derivative is half the difference of its neighbours. */
function ofOrder(name: string, f: (order: number, x: number) => number): OfOrder {
  const op: OfOrder = unaryWith<{ order: number }, 'inputs'>(
    name,
    { order: 0 },
    (x, { order }) => f(order, x),
    ['inputs'],
    ({ dy, inputs: [x], attrs: { order } }) => [
      () => {
        if (order === 0) return neg(mul(dy, op(x, { order: 1 })));
        return mul(dy, mul(sub(op(x, { order: order - 1 }), op(x, { order: order + 1 })), 0.5));
      },
    ],
  );
  return op;
}

const firstKind = ofOrder('besselJ', besselJ);
const secondKind = ofOrder('besselY', besselY);

const modified: (x: TensorLike, attrs: { order: number; scaled: boolean }) => Tensor = unaryWith<
  { order: number; scaled: boolean },
  'inputs' | 'outputs'
>(
  'besselK',
  { order: 0, scaled: false },
  (x, { order, scaled }) => besselK(order, x, scaled),
  ['inputs', 'outputs'],
  ({ dy, inputs: [x], outputs: [y], attrs: { order, scaled } }) => [
    () => {
      const above = modified(x, { order: order + 1, scaled });
      const slope = neg(order === 0 ? above : mul(add(modified(x, { order: order - 1, scaled }), above), 0.5));
      return mul(dy, scaled ? add(slope, y) : slope);
    },
  ],
);

/**
 * Element-wise Bessel function of the first kind of order 0.
 * @example
 * tf.besselJ0([0, 1]).arraySync(); // [1, 0.7652]
 */
export function besselJ0(x: TensorLike): Tensor {
  return firstKind(x, { order: 0 });
}

/**
 * Element-wise Bessel function of the first kind of order 1.
 * @example
 * tf.besselJ1([0, 1]).arraySync(); // [0, 0.44005]
 */
export function besselJ1(x: TensorLike): Tensor {
  return firstKind(x, { order: 1 });
}

/**
 * Element-wise Bessel function of the second kind of order 0; -Infinity at 0, NaN below.
 * @example
 * tf.besselY0([1, 2]).arraySync(); // [0.08826, 0.51038]
 */
export function besselY0(x: TensorLike): Tensor {
  return secondKind(x, { order: 0 });
}

/**
 * Element-wise Bessel function of the second kind of order 1; -Infinity at 0, NaN below.
 * @example
 * tf.besselY1([1, 2]).arraySync(); // [-0.78121, -0.10703]
 */
export function besselY1(x: TensorLike): Tensor {
  return secondKind(x, { order: 1 });
}

/**
 * Element-wise modified Bessel function of the second kind of order 0; Infinity at 0, NaN below.
 * @example
 * tf.besselK0([1, 2]).arraySync(); // [0.42102, 0.11389]
 */
export function besselK0(x: TensorLike): Tensor {
  return modified(x, { order: 0, scaled: false });
}

/**
 * Element-wise `besselK0(x) * exp(x)`, which does not vanish so soon.
 * @example
 * tf.besselK0e([1, 2]).arraySync(); // [1.14446, 0.84157]
 */
export function besselK0e(x: TensorLike): Tensor {
  return modified(x, { order: 0, scaled: true });
}

/**
 * Element-wise modified Bessel function of the second kind of order 1; Infinity at 0, NaN below.
 * @example
 * tf.besselK1([1, 2]).arraySync(); // [0.60191, 0.13987]
 */
export function besselK1(x: TensorLike): Tensor {
  return modified(x, { order: 1, scaled: false });
}

/**
 * Element-wise `besselK1(x) * exp(x)`, which does not vanish so soon.
 * @example
 * tf.besselK1e([1, 2]).arraySync(); // [1.63615, 1.03348]
 */
export function besselK1e(x: TensorLike): Tensor {
  return modified(x, { order: 1, scaled: true });
}
