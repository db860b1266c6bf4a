/** Dataset: elements in sequence, with the steps that turn them into batches. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import { drawState } from '../ops/random.ts';
import { batchedOrder, inOrder, type Order, repeatedOrder, shuffledOrder, skippedOrder, takenOrder } from './order.ts';
import { randomBelow } from './random.ts';
import { type Rows, rowsOf, stackElements, type Tensors } from './rows.ts';
import { batched, mapped, prefetched, repeated, shuffled, skipped, taken } from './stages.ts';

/** How `shuffle` draws. */
export interface ShuffleOptions {
  /** A whole number; the same seed gives the same orders. By default each dataset draws one from the generator of `tf.setSeed`. */
  readonly seed?: number;
  /** A new order for each pass over the dataset; true by default. */
  readonly reshuffleEachIteration?: boolean;
}

/** How `batch` ends. */
export interface BatchOptions {
  /** Leaves out a last batch that is not full; false by default. */
  readonly dropRemainder?: boolean;
}

/** `[x, y]` as a pair, not a list: what TypeScript infers as read-only, made writable again. */
type Writable<U> = U extends readonly [unknown, ...unknown[]] ? { -readonly [K in keyof U]: U[K] } : U;

/** What a dataset is made of: one way to run through it, and the tensors that its elements are rows of, where they are. */
interface Source<E> {
  readonly open: () => AsyncIterable<E>;
  readonly size: number | null;
  readonly rows?: { readonly table: Rows; readonly order: Order };
}

/**
 * A sequence of elements that can be run through any number of times with `for await`. Steps such as `shuffle` and `batch` return a new dataset and
 * compute nothing until it is run through.
 * @example
 * const dataset = tf.data.Dataset.fromTensorSlices([1, 2, 3, 4, 5]).batch(2);
 * const batches = await dataset.toArray();
 * batches.map((batch) => batch.shape[0]); // [2, 2, 1]
 */
export class Dataset<E> implements AsyncIterable<E> {
  /** The number of elements: Infinity for an endless repetition, null where it is not known before the end. */
  readonly size: number | null;
  readonly #source: Source<E>;

  /** Made by `fromTensorSlices` and `fromGenerator`, not by hand. */
  constructor(source: Source<E>) {
    this.#source = source;
    this.size = source.size;
  }

  /**
   * A dataset of the rows of tensors: element `i` has the structure of `structure`, with row `i` of each tensor. Arrays of numbers count as one tensor.
   * @throws ShapeError for scalars and for first axes that differ; ArgumentError for what cannot be a tensor.
   * @example
   * const pairs = tf.data.Dataset.fromTensorSlices({ x: tf.ones([3, 2]), y: [0, 1, 2] });
   * pairs.size; // 3
   */
  static fromTensorSlices<const S>(structure: S): Dataset<Tensors<S>> {
    const table = rowsOf('fromTensorSlices', structure);
    return ofRows<Tensors<S>>(table, inOrder(table.count), table.count);
  }

  /**
   * A dataset of what `generate()` yields; it is called once for each pass, and may be asynchronous.
   * @example
   * const squares = tf.data.Dataset.fromGenerator(function* () {
   *   for (let i = 0; i < 3; i++) yield i * i;
   * });
   * const values = await squares.toArray();
   * values; // [0, 1, 4]
   */
  static fromGenerator<E>(generate: () => Iterable<E> | AsyncIterable<E>): Dataset<E> {
    checkFunction('fromGenerator', generate);
    const open = async function* (): AsyncGenerator<E> {
      const made: unknown = generate();
      if (typeof made !== 'object' || made === null || !(Symbol.iterator in made || Symbol.asyncIterator in made)) {
        throw new ArgumentError(`fromGenerator: the function must return something to iterate over; received ${show(made)}`);
      }
      yield* made as AsyncIterable<E>;
    };
    return new Dataset({ open, size: null });
  }

  /** The elements in random order: each is drawn from the next `bufferSize` ones, so a buffer of the dataset's size shuffles it uniformly. */
  shuffle(bufferSize: number, options: ShuffleOptions = {}): Dataset<E> {
    checkCount('shuffle', 'bufferSize', bufferSize, 1);
    checkOptions('shuffle', options, ['seed', 'reshuffleEachIteration']);
    const { seed = drawnSeed(), reshuffleEachIteration = true } = options;
    if (!Number.isSafeInteger(seed)) throw new ArgumentError(`shuffle: seed must be a whole number; received ${show(seed)}`);
    let passes = 0;
    const start = () => randomBelow(seed, reshuffleEachIteration ? passes++ : 0);
    return this.#next(
      this.size,
      (order) => shuffledOrder(order, bufferSize, start),
      () => shuffled(this, bufferSize, start()),
    );
  }

  /**
   * Batches of `size` elements, each tensor with a new first axis; numbers become tensors.
   * @throws ShapeError while running where elements differ in shape or dtype; ArgumentError where they differ in structure.
   */
  batch(size: number, options: BatchOptions = {}): Dataset<Tensors<E>> {
    checkCount('batch', 'size', size, 1);
    checkOptions('batch', options, ['dropRemainder']);
    const { dropRemainder = false } = options;
    const batches = this.size === null ? null : dropRemainder ? Math.floor(this.size / size) : Math.ceil(this.size / size);
    const { rows } = this.#source;
    const isKept = (length: number): boolean => length === size || !dropRemainder;
    const open = async function* (this: Dataset<E>): AsyncGenerator<Tensors<E>> {
      if (rows === undefined) {
        for await (const batch of batched(this, size)) if (isKept(batch.length)) yield stackElements(batch) as Tensors<E>;
      } else {
        for (const indices of batchedOrder(rows.order(), size)) {
          if (isKept(indices.length)) yield rows.table.gather(indices) as Tensors<E>;
        }
      }
    };
    return new Dataset({ open: open.bind(this), size: batches });
  }

  /**
   * The dataset of `f(element)`; `f` may be asynchronous.
   * @example
   * const doubled = tf.data.Dataset.fromTensorSlices([1, 2]).map((x) => x.mul(2).item());
   * await doubled.toArray(); // [2, 4]
   */
  map<const U>(f: (element: E) => U | Promise<U>): Dataset<Writable<U>> {
    checkFunction('map', f);
    return new Dataset({ open: () => mapped(this, f) as AsyncIterable<Writable<U>>, size: this.size });
  }

  /** The dataset `times` times over, without end by default. */
  repeat(times = Number.POSITIVE_INFINITY): Dataset<E> {
    if (times !== Number.POSITIVE_INFINITY) checkCount('repeat', 'times', times, 0);
    const size = this.size === null ? null : this.size === 0 || times === 0 ? 0 : this.size * times;
    return this.#next(
      size,
      (order) => repeatedOrder(order, times),
      () => repeated(this, times),
    );
  }

  /** The first `count` elements, or all where there are fewer. */
  take(count: number): Dataset<E> {
    checkCount('take', 'count', count, 0);
    return this.#next(
      this.size === null ? null : Math.min(this.size, count),
      (order) => takenOrder(order, count),
      () => taken(this, count),
    );
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<E> {
    checkCount('skip', 'count', count, 0);
    return this.#next(
      this.size === null ? null : Math.max(0, this.size - count),
      (order) => skippedOrder(order, count),
      () => skipped(this, count),
    );
  }

  /** The same elements, up to `count` of which are made ready while the caller is busy with earlier ones. */
  prefetch(count: number): Dataset<E> {
    checkCount('prefetch', 'count', count, 1);
    return new Dataset({ open: () => prefetched(this, count), size: this.size });
  }

  /** All elements, in an array. */
  async toArray(): Promise<E[]> {
    if (this.size === Number.POSITIVE_INFINITY) throw new ArgumentError('toArray: the dataset has no end; limit it with take');
    const elements: E[] = [];
    for await (const element of this) elements.push(element);
    return elements;
  }

  [Symbol.asyncIterator](): AsyncIterator<E> {
    return this.#source.open()[Symbol.asyncIterator]();
  }

  /** The dataset after a step that only picks and orders: on row numbers while there are rows, else on elements. */
  #next(size: number | null, reorder: (order: Order) => Order, open: () => AsyncIterable<E>): Dataset<E> {
    const { rows } = this.#source;
    return rows === undefined ? new Dataset({ open, size }) : ofRows(rows.table, reorder(rows.order), size);
  }
}

function ofRows<E>(table: Rows, order: Order, size: number | null): Dataset<E> {
  const open = async function* (): AsyncGenerator<E> {
    for (const index of order()) yield table.row(index) as E;
  };
  return new Dataset<E>({ open, size, rows: { table, order } });
}

/** A seed that follows from `tf.setSeed` and from what was drawn since. */
function drawnSeed(): number {
  const [low, high, counter] = drawState('shuffle', 1).dataSync();
  return randomBelow(high * 2 ** 32 + (low >>> 0), counter)(2 ** 32);
}

function checkCount(owner: string, name: string, count: unknown, least: number): void {
  if (!Number.isSafeInteger(count) || (count as number) < least) {
    throw new ArgumentError(`${owner}: ${name} must be a whole number >= ${least}; received ${show(count)}`);
  }
}

function checkFunction(owner: string, f: unknown): void {
  if (typeof f !== 'function') throw new ArgumentError(`${owner}: expected a function; received ${show(f)}`);
}
