/** The generator behind seeded shuffles, and the buffer that shuffles a stream with it. */

/** A stream of whole numbers below a bound, the same for the same seed on every machine. */
export type Below = (bound: number) => number;

const RANGE = 2 ** 32;

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/**
 * The numbers of one pass over a dataset: xoshiro128** (Blackman and Vigna 2018), its state filled from `seed` and `pass` by a
 * Weyl sequence under the finalizer of MurmurHash3, so that neighbouring seeds and passes have nothing in common.
 */
export function randomBelow(seed: number, pass: number): Below {
  let weyl = 0;
  const mix = (word: number): number => {
    weyl = (weyl + 0x9e3779b9) | 0;
    let z = word ^ weyl;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let key = mix(seed | 0);
  key = mix(key ^ Math.floor(seed / RANGE));
  key = mix(key ^ pass);
  let [a, b, c, d] = [mix(key), mix(key), mix(key), mix(key)];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  return (bound) => {
    // Numbers above the last whole multiple of the bound are drawn again, so that none is likelier than another.
    const limit = RANGE - (RANGE % bound);
    let drawn = next();
    while (drawn >= limit) drawn = next();
    return drawn % bound;
  };
}

/** Holds up to `capacity` items and gives each back in exchange for a later one, at random. */
export class ShuffleBuffer<T> {
  readonly #capacity: number;
  readonly #below: Below;
  readonly #items: T[] = [];

  constructor(capacity: number, below: Below) {
    this.#capacity = capacity;
    this.#below = below;
  }

  /** True when the next item has to be exchanged for one held here. */
  get isFull(): boolean {
    return this.#items.length >= this.#capacity;
  }

  /** Keeps `item`; call only while the buffer is not full. */
  add(item: T): void {
    this.#items.push(item);
  }

  /** Keeps `item` and gives back another one, or the same where only one is held. */
  exchange(item: T): T {
    const i = this.#below(this.#items.length);
    const out = this.#items[i];
    this.#items[i] = item;
    return out;
  }

  /** What is left, in random order. */
  *drain(): Generator<T> {
    const items = this.#items;
    while (items.length > 0) {
      const i = this.#below(items.length);
      const out = items[i];
      items[i] = items[items.length - 1];
      items.length--;
      yield out;
    }
  }
}
