/** Functions of each element that are integrals of elementary ones: Dawson's, Fresnel's, the exponential integral and Spence's. */
import * as integrals from '../kernels/integrals.ts';
import { div, mul, square, sub } from './arithmetic.ts';
import { equal, where } from './compare.ts';
import { type Unary, unary } from './elementwise.ts';
import { cos, exp, log, sin } from './math.ts';

/**
 * Element-wise Dawson's integral: `exp(-x * x)` times the integral of `exp(t * t)` from 0 to `x`.
 * @example
 * tf.dawsn([0, 1]).arraySync(); // [0, 0.53808]
 */
export const dawsn: Unary = unary('dawsn', integrals.dawsn, ['inputs', 'outputs'], ({ dy, inputs: [x], outputs: [y] }) => [
  () => mul(dy, sub(1, mul(mul(x, 2), y))),
]);

/**
 * Element-wise exponential integral: that of `exp(t) / t` from -Infinity to `x`, as a principal value; -Infinity at 0.
 * @example
 * tf.expint([1, -1]).arraySync(); // [1.89512, -0.21938]
 */
export const expint: Unary = unary('expint', integrals.expint, ['inputs'], ({ dy, inputs: [x] }) => [() => mul(dy, div(exp(x), x))]);

/**
 * Element-wise Spence's integral: that of `log(t) / (1 - t)` from 1 to `x`; NaN below 0.
 * @example
 * tf.spence([0, 1, 2]).arraySync(); // [1.64493, 0, -0.82247]
 */
export const spence: Unary = unary('spence', integrals.spence, ['inputs'], ({ dy, inputs: [x] }) => [
  () => mul(dy, where(equal(x, 1), -1, div(log(x), sub(1, x)))),
]);

/**
 * Element-wise Fresnel's sine integral: that of `sin(pi * t * t / 2)` from 0 to `x`.
 * @example
 * tf.fresnelSin([0, 1]).arraySync(); // [0, 0.43826]
 */
export const fresnelSin: Unary = unary(
  'fresnelSin',
  (x) => integrals.fresnel(x)[1],
  ['inputs'],
  ({ dy, inputs: [x] }) => [() => mul(dy, sin(mul(square(x), Math.PI / 2)))],
);

/**
 * Element-wise Fresnel's cosine integral: that of `cos(pi * t * t / 2)` from 0 to `x`.
 * @example
 * tf.fresnelCos([0, 1]).arraySync(); // [0, 0.77989]
 */
export const fresnelCos: Unary = unary(
  'fresnelCos',
  (x) => integrals.fresnel(x)[0],
  ['inputs'],
  ({ dy, inputs: [x] }) => [() => mul(dy, cos(mul(square(x), Math.PI / 2)))],
);
