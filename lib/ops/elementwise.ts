/** The makers of elementwise ops: a shape rule, a loop and a gradient from one function on numbers. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError, show } from '../core/errors.ts';
import { apply, declare, type GradContext, type Gradients, type Op, type Saved, type Traits } from '../core/op.ts';
import { broadcastShapes } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { binaryKernel, unaryKernel } from '../kernels/elementwise.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toFloat, toPair, toTensor } from './convert.ts';

/** An op of one tensor. */
export type Unary = (x: TensorLike) => Tensor;

/** An op of two tensors that broadcast. */
export type Binary = (a: TensorLike, b: TensorLike) => Tensor;

/** Attributes of an op that has none. */
export type None = Record<never, never>;

/** The attributes of ops that have none. */
export const NONE: None = Object.freeze({});

/** The gradient of an op without attributes. */
export type Grad<S extends Saved> = 'none' | ((context: GradContext<None, S>) => Gradients);

/** What a unary op does with integers: `float` computes in float32, `same` keeps the dtype, `count` does too but makes truth values int32, `bool` yields truth values. */
export type UnaryResult = 'float' | 'same' | 'count' | 'bool';

/** The traits of an elementwise op, which may take complex inputs. */
function traitsWith(complex: Traits['complex']): Traits {
  return complex === undefined ? { elementwise: true } : { elementwise: true, complex };
}

/** Declares an elementwise op of one input; `exact` is `f` on integers where doubles would lose bits. */
export function unary<S extends Saved = never>(
  name: string,
  f: (x: number) => number,
  saves: readonly S[],
  grad: Grad<S>,
  result: UnaryResult = 'float',
  exact: (x: number) => number = f,
  complex?: Traits['complex'],
): Unary {
  const op: Op<None, S> = declare<None, S>({
    name,
    attrs: [],
    traits: traitsWith(complex),
    infer: ([x]) => [result === 'bool' ? { shape: x.shape, dtype: 'bool' } : x],
    kernel: unaryKernel(f, exact),
    saves,
    grad,
  });
  if (result === 'float') return (x) => apply(op, [toFloat(name, x)], NONE)[0];
  return (x) => {
    const input = toTensor(name, x);
    return apply(op, [result === 'count' && input.dtype === 'bool' ? castTo(input, 'int32') : input], NONE)[0];
  };
}

/** Declares an elementwise op of one input with attributes, in the order and of the types of `example`; a wrong one is refused by name. */
export function unaryWith<A extends Readonly<Record<string, number | boolean>>, S extends Saved = never>(
  name: string,
  example: A,
  f: (x: number, attrs: A) => number,
  saves: readonly S[],
  grad: (context: GradContext<A, S>) => Gradients,
  result: 'float' | 'same' = 'float',
): (x: TensorLike, attrs: A) => Tensor {
  const op: Op<A, S> = declare<A, S>({
    name,
    attrs: Object.keys(example),
    traits: { elementwise: true },
    infer: ([x]) => [x],
    kernel: unaryKernel(f),
    saves,
    grad,
  });
  return (x, attrs) => {
    for (const [key, value] of Object.entries(attrs)) {
      if (typeof value !== typeof example[key] || Number.isNaN(value)) {
        throw new ArgumentError(`${name}: ${key} must be a ${typeof example[key]}; received ${show(value)}`);
      }
    }
    return apply(op, [result === 'float' ? toFloat(name, x) : toTensor(name, x)], attrs)[0];
  };
}

/** What a binary op yields: `same` the promoted dtype, `float` at least float32, `bool` truth values. */
export type BinaryResult = 'same' | 'float' | 'bool';

/** Declares an elementwise op of two broadcast inputs; `exact` is `f` on int32 where doubles would lose bits. */
export function binary<S extends Saved = never>(
  name: string,
  f: (a: number, b: number) => number,
  saves: readonly S[],
  grad: Grad<S>,
  {
    result = 'same',
    exact = f,
    complex,
  }: { result?: BinaryResult; exact?: (a: number, b: number) => number; complex?: Traits['complex'] } = {},
): Binary {
  const op: Op<None, S> = declare<None, S>({
    name,
    attrs: [],
    traits: traitsWith(complex),
    infer: ([a, b]) => [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: result === 'bool' ? 'bool' : a.dtype }],
    kernel: binaryKernel(f, exact),
    saves,
    grad,
  });
  if (result === 'float') {
    return (a, b) => {
      const [left, right] = toPair(name, a, b);
      return apply(op, isFloat(left.dtype) ? [left, right] : [toFloat(name, left), toFloat(name, right)], NONE)[0];
    };
  }
  if (result === 'bool') return (a, b) => apply(op, toPair(name, a, b), NONE)[0];
  return (a, b) => {
    const pair = toPair(name, a, b);
    // Sums of truth values are counts.
    return apply(op, pair[0].dtype === 'bool' ? [castTo(pair[0], 'int32'), castTo(pair[1], 'int32')] : pair, NONE)[0];
  };
}
