/** Arithmetic of complex numbers, as formulas of their parts: the `complex` traits of ops. */
import { type AnyOp, apply } from '../core/op.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, div, mul, square, sub } from './arithmetic.ts';
import { logicalAnd, logicalOr } from './compare.ts';
import { ofParts, partsOf, viewAsComplex, viewAsReal } from './complex.ts';
import { cos, exp, sin } from './math.ts';
import { hypot } from './special.ts';
import { expandDims } from './transpose.ts';

/** `(a + b i) (c + d i)`. */
export function complexProduct(_op: AnyOp, [x, y]: readonly Tensor[]): Tensor[] {
  const [a, b] = partsOf(x);
  const [c, d] = partsOf(y);
  return [ofParts(sub(mul(a, c), mul(b, d)), add(mul(a, d), mul(b, c)))];
}

/** `(a + b i) / (c + d i)`. */
export function complexQuotient(_op: AnyOp, [x, y]: readonly Tensor[]): Tensor[] {
  const [a, b] = partsOf(x);
  const [c, d] = partsOf(y);
  const squared = add(square(c), square(d));
  return [ofParts(div(add(mul(a, c), mul(b, d)), squared), div(sub(mul(b, c), mul(a, d)), squared))];
}

/** `(a + b i) ** 2`. */
export function complexSquare(op: AnyOp, [x]: readonly Tensor[]): Tensor[] {
  return complexProduct(op, [x, x]);
}

/** `|a + b i|`, a real number. */
export function complexMagnitude(_op: AnyOp, [x]: readonly Tensor[]): Tensor[] {
  const [a, b] = partsOf(x);
  return [hypot(a, b)];
}

/** `exp(a + b i)`. */
export function complexExp(_op: AnyOp, [x]: readonly Tensor[]): Tensor[] {
  const [a, b] = partsOf(x);
  const size = exp(a);
  return [ofParts(mul(size, cos(b)), mul(size, sin(b)))];
}

/** Whether both parts are equal. */
export function complexEqual(op: AnyOp, [x, y]: readonly Tensor[], attrs: unknown): Tensor[] {
  const [re, im] = comparedParts(op, x, y, attrs);
  return [logicalAnd(re, im)];
}

/** Whether a part differs. */
export function complexNotEqual(op: AnyOp, [x, y]: readonly Tensor[], attrs: unknown): Tensor[] {
  const [re, im] = comparedParts(op, x, y, attrs);
  return [logicalOr(re, im)];
}

/** A comparison of the real parts, and of the imaginary ones. */
function comparedParts(op: AnyOp, x: Tensor, y: Tensor, attrs: unknown): [Tensor, Tensor] {
  const [a, b] = partsOf(x);
  const [c, d] = partsOf(y);
  return [apply(op, [a, c], attrs)[0], apply(op, [b, d], attrs)[0]];
}

/** The choice between complex numbers. */
export function complexWhere(op: AnyOp, [condition, x, y]: readonly Tensor[], attrs: unknown): Tensor[] {
  return [viewAsComplex(apply(op, [expandDims(condition, -1), viewAsReal(x), viewAsReal(y)], attrs)[0])];
}

/** The product of matrices, as four products of their parts. */
export function complexMatMul(op: AnyOp, [x, y]: readonly Tensor[], attrs: unknown): Tensor[] {
  const [a, b] = partsOf(x);
  const [c, d] = partsOf(y);
  const product = (p: Tensor, q: Tensor): Tensor => apply(op, [p, q], attrs)[0];
  return [ofParts(sub(product(a, c), product(b, d)), add(product(a, d), product(b, c)))];
}
