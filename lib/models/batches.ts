/** Where batches come from: tensors cut into rows, or anything that can be iterated. */
import { numbersOf } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { flatten, mapStructure, type Structure } from '../core/structure.ts';
import { aliasOf, emptyTensor, Tensor, valuesOf } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import type { TensorLike } from '../ops/convert.ts';
import { tensor } from '../ops/creation.ts';
import { randomUniform } from '../ops/random.ts';

/** Tensors, nested numbers, or arrays and records of them, with the same number of rows. */
export type Rows = Structure<Tensor> | TensorLike;

/** What one step is given; `y` and `sampleWeight` may be missing. */
export type Batch = readonly [x: Structure<Tensor>, y?: Structure<Tensor>, sampleWeight?: Tensor];

/** Batches that come by themselves, such as a Dataset. */
export type Batches = AsyncIterable<unknown> | Iterable<unknown>;

/** Batches of one pass over the data. */
export interface BatchSource {
  /** The number of batches of a pass, where it is known. */
  readonly steps: number | undefined;
  /** One pass. */
  pass(): AsyncGenerator<Batch> | Generator<Batch>;
}

/** Batches that are rows of tensors, cut in order or in one that each pass draws. */
export interface RowSource extends BatchSource {
  readonly rows: Batch;
  readonly count: number;
  readonly batchSize: number;
  readonly steps: number;
  /** The order of one pass; undefined for the rows' own. */
  drawOrder(): Int32Array | undefined;
  /** The batches of a pass in that order, from one of them on. */
  batches(order: Int32Array | undefined, first?: number): Generator<Batch>;
}

/** True for batches that are rows of tensors. */
export function isRowSource(source: BatchSource): source is RowSource {
  return 'drawOrder' in source;
}

/** True for what gives batches by itself: it can be iterated, and is neither tensor nor array. */
export function isBatches(value: unknown): value is Batches {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Tensor || ArrayBuffer.isView(value))
    return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** Rows as a structure of tensors; nested numbers become one tensor. */
export function toRows(owner: string, value: unknown): Structure<Tensor> {
  if (value === undefined || value === null) throw new ArgumentError(`${owner}: needs tensors or batches; received ${show(value)}`);
  const leaves = flatten(value);
  if (leaves.length > 0 && leaves.every((leaf) => leaf instanceof Tensor || leaf instanceof Variable)) {
    return mapStructure(value, (leaf) => (leaf instanceof Variable ? leaf.value : leaf)) as Structure<Tensor>;
  }
  return tensor(value as TensorLike);
}

/** The number of rows that all tensors share. */
export function countRows(owner: string, ...structures: readonly unknown[]): number {
  const sizes = structures.flatMap(flatten).flatMap((leaf) => (leaf instanceof Tensor ? [leaf.shape[0]] : []));
  if (sizes.some((size) => size !== sizes[0] || size === undefined)) {
    throw new ShapeError(`${owner}: all tensors need the same number of rows; received ${show(sizes.map((size) => size ?? 'none'))}`);
  }
  if (sizes[0] === 0) throw new ArgumentError(`${owner}: the data is empty; received 0 rows`);
  return sizes[0];
}

/** Rows `begin` to `end`, without a copy. */
export function sliceRows<S>(structure: S, begin: number, end: number): S {
  return mapStructure(structure, (leaf) => {
    if (!(leaf instanceof Tensor)) return leaf;
    const row = leaf.size / leaf.shape[0];
    return aliasOf(leaf, [end - begin, ...leaf.shape.slice(1)], begin * row);
  }) as S;
}

/** The rows that `order` names, copied. */
function gatherRows(source: Tensor, order: Int32Array): Tensor {
  const row = (numbersOf(source.dtype) * source.size) / source.shape[0];
  const result = emptyTensor([order.length, ...source.shape.slice(1)], source.dtype);
  const from = valuesOf(source);
  const to = valuesOf(result);
  for (let i = 0; i < order.length; i++) {
    if (row === 1) to[i] = from[order[i]];
    else to.set(from.subarray(order[i] * row, (order[i] + 1) * row), i * row);
  }
  return result;
}

/** The numbers below `count` in an order drawn from the library's generator (Fisher and Yates). */
function shuffled(count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const draws = randomUniform([count]).dataSync();
  for (let i = count - 1; i > 0; i--) {
    const j = Math.min(i, Math.floor(draws[i] * (i + 1)));
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

/** Batches of `batchSize` rows; those of a shuffled pass give their memory back after the step. */
export function batchesOfRows(owner: string, rows: Batch, batchSize: number, shuffle: boolean): RowSource {
  const count = countRows(owner, ...rows);
  const drawOrder = (): Int32Array | undefined => (shuffle ? shuffled(count) : undefined);
  function* batches(order: Int32Array | undefined, first = 0): Generator<Batch> {
    for (let begin = first * batchSize; begin < count; begin += batchSize) {
      const end = Math.min(count, begin + batchSize);
      if (order === undefined) {
        yield sliceRows(rows, begin, end);
        continue;
      }
      const part = order.subarray(begin, end);
      const batch = mapStructure(rows, (leaf) => (leaf instanceof Tensor ? gatherRows(leaf, part) : leaf)) as Batch;
      yield batch;
      for (const leaf of flatten(batch)) if (leaf instanceof Tensor) leaf.dispose();
    }
  }
  return { rows, count, batchSize, steps: Math.ceil(count / batchSize), drawOrder, batches, pass: () => batches(drawOrder()) };
}

/** Batches that an iterable gives: `[x, y]`, `[x, y, sampleWeight]` or x alone. */
export function batchesOf(owner: string, batches: Batches, xOnly = false): BatchSource {
  return {
    steps: undefined,
    async *pass() {
      for await (const batch of batches) {
        const parts = Array.isArray(batch) ? batch : [batch];
        if (!xOnly && (parts.length < 2 || parts.length > 3)) {
          throw new ArgumentError(`${owner}: each batch must be [x, y] or [x, y, sampleWeight]; received ${show(batch)}`);
        }
        const checked = parts.map((part) => toRows(owner, part)) as [Structure<Tensor>];
        countRows(owner, ...checked);
        yield checked;
      }
    },
  };
}
