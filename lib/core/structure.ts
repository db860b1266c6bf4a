/** Nested arrays and records of tensors: the shape that arguments and results of user functions have. */
import { ArgumentError, show } from './errors.ts';
import { Tensor } from './tensor.ts';
import { Variable } from './variable.ts';

/** Leaves of type `T`, alone or in arrays and records of any depth. */
export type Structure<T> = T | readonly Structure<T>[] | { readonly [key: string]: Structure<T> };

/** A structure of the same form with other leaves. */
export type Mapped<S, From, To> = S extends From
  ? To
  : S extends readonly unknown[]
    ? { -readonly [K in keyof S]: Mapped<S[K], From, To> }
    : S extends object
      ? { -readonly [K in keyof S]: Mapped<S[K], From, To> }
      : To;

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Tensor) && !(value instanceof Variable) && !ArrayBuffer.isView(value)
  );
}

/** All leaves of a structure in order; what is neither array nor record is a leaf. */
export function flatten(structure: unknown): unknown[] {
  return leavesOf(structure, []);
}

function leavesOf(structure: unknown, around: readonly unknown[]): unknown[] {
  const entries = Array.isArray(structure) ? structure : isRecord(structure) ? Object.values(structure) : undefined;
  if (entries === undefined) return [structure];
  if (around.includes(structure)) throw new ArgumentError(`structure: an array or record lies within itself; ${around.length} levels down`);
  const path = [...around, structure];
  return entries.flatMap((entry) => leavesOf(entry, path));
}

/** A structure of the same form, each leaf replaced by `f(leaf)`. */
export function mapStructure(structure: unknown, f: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(structure)) return structure.map((entry) => mapStructure(entry, f));
  if (isRecord(structure)) return Object.fromEntries(Object.entries(structure).map(([key, entry]) => [key, mapStructure(entry, f)]));
  return f(structure);
}

/** The tensors among the leaves of a structure. */
export function tensorsIn(structure: unknown): Tensor[] {
  return flatten(structure).filter((leaf): leaf is Tensor => leaf instanceof Tensor);
}

/** Checks that every leaf is a tensor or a variable, and returns them in order. */
export function checkTensors(owner: string, structure: unknown): (Tensor | Variable)[] {
  return flatten(structure).map((leaf) => {
    if (leaf instanceof Tensor || leaf instanceof Variable) return leaf;
    throw new ArgumentError(`${owner}: expected tensors or variables; received ${show(leaf)}`);
  });
}
