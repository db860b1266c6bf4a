/** How calls of a traced function are told apart: by shapes and dtypes of tensors, by other values as they are. */
import { sameShape } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { showSpec } from './graph.ts';

/** Stands in `values` for a tensor. */
const TENSOR = Symbol('tensor');
const OPEN = Symbol('[');
const OPEN_RECORD = Symbol('{');
const CLOSE = Symbol(']');

/** The arguments of a call, taken apart. */
export interface Signature {
  readonly tensors: Tensor[];
  /** Everything else in order, with marks for tensors and for where lists and records begin and end. */
  readonly values: unknown[];
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function collect(value: unknown, found: Signature): void {
  const { tensors, values } = found;
  if (value instanceof Tensor) {
    tensors.push(value);
    values.push(TENSOR);
  } else if (Array.isArray(value)) {
    values.push(OPEN);
    for (const entry of value) collect(entry, found);
    values.push(CLOSE);
  } else if (typeof value === 'object' && value !== null && isPlain(value)) {
    values.push(OPEN_RECORD);
    for (const [key, entry] of Object.entries(value)) {
      values.push(key);
      collect(entry, found);
    }
    values.push(CLOSE);
  } else values.push(value);
}

/** Tensors and other values of the arguments; lists and plain records are taken apart, other objects stand for themselves. */
export function signatureOf(args: readonly unknown[]): Signature {
  const found: Signature = { tensors: [], values: [] };
  for (let i = 0; i < args.length; i++) collect(args[i], found);
  return found;
}

/** True if one program serves both calls. */
export function sameSignature(a: Signature, b: Signature): boolean {
  if (a.tensors.length !== b.tensors.length || a.values.length !== b.values.length) return false;
  for (let i = 0; i < a.tensors.length; i++) {
    const [x, y] = [a.tensors[i], b.tensors[i]];
    if (x.dtype !== y.dtype || !sameShape(x.shape, y.shape)) return false;
  }
  for (let i = 0; i < a.values.length; i++) if (!Object.is(a.values[i], b.values[i])) return false;
  return true;
}

/** `args` with each tensor replaced by the next of `tensors`. */
export function substitute<A extends readonly unknown[]>(args: A, tensors: readonly Tensor[]): A {
  let position = 0;
  const visit = (value: unknown): unknown => {
    if (value instanceof Tensor) return tensors[position++];
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value === 'object' && value !== null && isPlain(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visit(entry)]));
    }
    return value;
  };
  const replaced: readonly unknown[] = args.map(visit);
  return replaced as A;
}

/** The first thing in which two calls differ, in words. */
export function difference(a: Signature, b: Signature): string {
  for (let i = 0; i < Math.min(a.tensors.length, b.tensors.length); i++) {
    const [x, y] = [a.tensors[i], b.tensors[i]].map(showSpec);
    if (x !== y) return `tensor ${i} of the arguments is ${y} where it was ${x}`;
  }
  const at = b.values.findIndex((value, i) => !Object.is(value, a.values[i]));
  const show = (value: unknown): string =>
    typeof value === 'symbol' ? 'a tensor or list' : typeof value === 'object' ? 'another object' : String(value);
  return at < 0 ? 'there are fewer arguments' : `an argument that is no tensor is ${show(b.values[at])} where it was ${show(a.values[at])}`;
}
