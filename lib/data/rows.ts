/** Elements as rows of tensors: what is one tensor in a structure, rows picked out of tensors, and single elements stacked into batches. */
import { numbersOf, type TypedArray } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { MAX_RANK, sameShape, showShape } from '../core/shape.ts';
import { mapStructure } from '../core/structure.ts';
import { aliasOf, emptyTensor, hold, Tensor, valuesOf } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import { isTypedArray, type TensorLike, toTensor } from '../ops/convert.ts';

/** The structure `S` with a tensor in place of everything that can be made one. */
export type Tensors<S> = S extends TensorLike
  ? Tensor
  : S extends readonly unknown[]
    ? { -readonly [K in keyof S]: Tensors<S[K]> }
    : S extends object
      ? { -readonly [K in keyof S]: Tensors<S[K]> }
      : never;

/** Tensors with the same first axis, in a structure; `row` and `gather` build elements and batches of that structure. */
export interface Rows {
  readonly count: number;
  /** The element at `index`; it shares the tensors' memory. */
  row(index: number): unknown;
  /** The rows at `indices`, stacked. */
  gather(indices: readonly number[]): unknown;
}

/** True for what `tf.tensor` takes: a tensor, a variable, a number, numbers nested in arrays. */
function isLeaf(value: unknown, depth = 0): boolean {
  // Deeper than any tensor, perhaps within itself: what makes it a tensor says so.
  if (depth > MAX_RANK) return true;
  if (Array.isArray(value))
    return value.every((entry) => !(entry instanceof Tensor) && !(entry instanceof Variable) && isLeaf(entry, depth + 1));
  return (
    value instanceof Tensor || value instanceof Variable || typeof value === 'number' || typeof value === 'boolean' || isTypedArray(value)
  );
}

/** `value` with every leaf replaced by `f`; arrays of numbers are leaves, arrays of tensors are not. */
function mapLeaves(owner: string, value: unknown, f: (leaf: TensorLike) => unknown): unknown {
  if (isLeaf(value)) return f(value as TensorLike);
  if (Array.isArray(value)) return value.map((entry) => mapLeaves(owner, entry, f));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapLeaves(owner, entry, f)]));
  }
  throw new ArgumentError(`${owner}: expected tensors or numbers, in arrays or records; received ${show(value)}`);
}

/** The rows of the tensors in `structure`. */
export function rowsOf(owner: string, structure: unknown): Rows {
  const tensors: Tensor[] = [];
  // Each leaf becomes its place in `tensors`.
  const places = mapLeaves(owner, structure, (leaf) => tensors.push(toTensor(owner, leaf)) - 1);
  if (tensors.length === 0) throw new ArgumentError(`${owner}: there is no tensor in the structure; received ${show(structure)}`);
  const scalar = tensors.find(({ rank }) => rank === 0);
  if (scalar !== undefined) throw new ShapeError(`${owner}: a scalar has no rows; received shapes ${shapesOf(tensors)}`);
  const count = tensors[0].shape[0];
  if (tensors.some(({ shape }) => shape[0] !== count)) {
    throw new ShapeError(`${owner}: the first axes differ; received shapes ${shapesOf(tensors)}`);
  }
  // The dataset outlives a `tidy` around its making.
  for (const tensor of tensors) hold(tensor);
  const build = (pick: (tensor: Tensor) => Tensor): unknown => mapStructure(places, (place) => pick(tensors[place as number]));
  return {
    count,
    row: (index) => build((tensor) => rowRange(tensor, index, null)),
    gather: (indices) =>
      build(isRun(indices) ? (tensor) => rowRange(tensor, indices[0], indices.length) : (tensor) => gatherRows(tensor, indices)),
  };
}

function shapesOf(tensors: readonly Tensor[]): string {
  return tensors.map(({ shape }) => showShape(shape)).join(' and ');
}

/** True if the rows lie one behind the other, as in a batch that was not shuffled. */
function isRun(indices: readonly number[]): boolean {
  for (let k = 1; k < indices.length; k++) if (indices[k] !== indices[0] + k) return false;
  return true;
}

/** `count` rows from `index` on, or that one without its first axis where `count` is null; nothing is copied. */
function rowRange(tensor: Tensor, index: number, count: number | null): Tensor {
  const shape = tensor.shape.slice(1);
  const size = shape.reduce((product, d) => product * d, 1);
  return aliasOf(tensor, count === null ? shape : [count, ...shape], index * size);
}

function gatherRows(tensor: Tensor, indices: readonly number[]): Tensor {
  const shape = tensor.shape.slice(1);
  const size = numbersOf(tensor.dtype) * shape.reduce((product, d) => product * d, 1);
  const out = emptyTensor([indices.length, ...shape], tensor.dtype);
  const [from, to] = [valuesOf(tensor), valuesOf(out)];
  for (let k = 0; k < indices.length; k++) copyRow(from, indices[k] * size, to, k * size, size);
  return out;
}

/** Copies `size` values; short rows in a loop, because a view of them would cost more. */
function copyRow(from: TypedArray, start: number, to: TypedArray, target: number, size: number): void {
  if (size > 32) to.set(from.subarray(start, start + size), target);
  else for (let i = 0; i < size; i++) to[target + i] = from[start + i];
}

/** Elements of one structure as one element with a new first axis. */
export function stackElements(elements: readonly unknown[]): unknown {
  const first: Tensor[] = [];
  const places = mapLeaves('batch', elements[0], (leaf) => first.push(toTensor('batch', leaf)) - 1);
  const form = JSON.stringify(places);
  const stacked = first.map(({ shape, dtype }) => emptyTensor([elements.length, ...shape], dtype));
  const values = stacked.map(valuesOf);
  elements.forEach((element, k) => {
    let place = 0;
    const found = mapLeaves('batch', element, (leaf) => {
      const expected = first[place];
      if (expected !== undefined) {
        const tensor = toTensor('batch', leaf);
        if (!sameShape(tensor.shape, expected.shape) || tensor.dtype !== expected.dtype) {
          throw new ShapeError(
            `batch: elements differ; ${showShape(expected.shape)} ${expected.dtype} first and ${showShape(tensor.shape)} ${tensor.dtype} at position ${k}`,
          );
        }
        const size = numbersOf(tensor.dtype) * tensor.size;
        copyRow(valuesOf(tensor), 0, values[place], k * size, size);
      }
      return place++;
    });
    if (JSON.stringify(found) !== form)
      throw new ArgumentError(`batch: elements differ in structure; the one at position ${k} from the first`);
  });
  return mapStructure(places, (place) => stacked[place as number]);
}
