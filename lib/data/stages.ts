/** The steps of a dataset whose elements come one by one: each takes a sequence and returns one. */
import { type Below, ShuffleBuffer } from './random.ts';

/** The elements of `source`, exchanged at random within a buffer. */
export async function* shuffled<E>(source: AsyncIterable<E>, bufferSize: number, below: Below): AsyncGenerator<E> {
  const buffer = new ShuffleBuffer<E>(bufferSize, below);
  for await (const element of source) {
    if (buffer.isFull) yield buffer.exchange(element);
    else buffer.add(element);
  }
  yield* buffer.drain();
}

/** The elements of `source` in lists of `size`; the last one may be shorter. */
export async function* batched<E>(source: AsyncIterable<E>, size: number): AsyncGenerator<E[]> {
  let batch: E[] = [];
  for await (const element of source) {
    batch.push(element);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** `f` of each element of `source`. */
export async function* mapped<E, U>(source: AsyncIterable<E>, f: (element: E) => U | Promise<U>): AsyncGenerator<U> {
  for await (const element of source) yield await f(element);
}

/** `source` run through `times` times; an empty one ends at once. */
export async function* repeated<E>(source: AsyncIterable<E>, times: number): AsyncGenerator<E> {
  for (let pass = 0; pass < times; pass++) {
    let isEmpty = true;
    for await (const element of source) {
      isEmpty = false;
      yield element;
    }
    if (isEmpty) return;
  }
}

/** The first `count` elements of `source`; no further one is asked for. */
export async function* taken<E>(source: AsyncIterable<E>, count: number): AsyncGenerator<E> {
  let left = count;
  if (left === 0) return;
  for await (const element of source) {
    yield element;
    if (--left === 0) return;
  }
}

/** All but the first `count` elements of `source`. */
export async function* skipped<E>(source: AsyncIterable<E>, count: number): AsyncGenerator<E> {
  let left = count;
  for await (const element of source) {
    if (left > 0) left--;
    else yield element;
  }
}

/** The elements of `source`, with `count` more asked for before the caller wants them. */
export async function* prefetched<E>(source: AsyncIterable<E>, count: number): AsyncGenerator<E> {
  const iterator = source[Symbol.asyncIterator]();
  const waiting: Promise<IteratorResult<E>>[] = [];
  const ask = (): void => {
    const result = iterator.next();
    // A failure is raised where its turn comes; until then it is nobody's.
    result.catch(() => undefined);
    waiting.push(result);
  };
  try {
    for (;;) {
      while (waiting.length <= count) ask();
      const result = await waiting.shift()!;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
