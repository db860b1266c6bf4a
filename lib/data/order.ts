/** Sequences of row numbers: what shuffle, take, skip and repeat do to a dataset whose rows lie in tensors, before any row is copied. */
import { type Below, ShuffleBuffer } from './random.ts';

/** The row numbers of one pass, begun anew by each call. */
export type Order = () => Iterable<number>;

/** 0 to `count - 1`. */
export function inOrder(count: number): Order {
  return function* () {
    for (let i = 0; i < count; i++) yield i;
  };
}

/** The row numbers of `order`, exchanged at random within a buffer; `start` begins the random stream of one pass. */
export function shuffledOrder(order: Order, bufferSize: number, start: () => Below): Order {
  return () => {
    const below = start();
    return (function* () {
      const buffer = new ShuffleBuffer<number>(bufferSize, below);
      for (const i of order()) {
        if (buffer.isFull) yield buffer.exchange(i);
        else buffer.add(i);
      }
      yield* buffer.drain();
    })();
  };
}

/** The first `count` of `order`. */
export function takenOrder(order: Order, count: number): Order {
  return function* () {
    let left = count;
    if (left === 0) return;
    for (const i of order()) {
      yield i;
      if (--left === 0) return;
    }
  };
}

/** All but the first `count` of `order`. */
export function skippedOrder(order: Order, count: number): Order {
  return function* () {
    let left = count;
    for (const i of order()) {
      if (left > 0) left--;
      else yield i;
    }
  };
}

/** `order` run through `times` times; an empty one ends at once. */
export function repeatedOrder(order: Order, times: number): Order {
  return function* () {
    for (let pass = 0; pass < times; pass++) {
      let isEmpty = true;
      for (const i of order()) {
        isEmpty = false;
        yield i;
      }
      if (isEmpty) return;
    }
  };
}

/** `order` in lists of `count`; the last one may be shorter. */
export function* batchedOrder(order: Iterable<number>, count: number): Generator<number[]> {
  let batch: number[] = [];
  for (const i of order) {
    batch.push(i);
    if (batch.length === count) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
