/** Philox4x32-10 (Salmon et al. 2011), a generator that is a function of a key and a counter, and the loops that fill tensors from it. */
import type { View } from '../core/op.ts';

/** The four words of a block, as unsigned numbers. */
export type Block = [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the product of two unsigned words. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return (aHigh * bHigh + Math.floor(middle / 65536) + ((middle % 65536) + aLow * bHigh) / 65536) >>> 0;
}

/** The block of a counter of four words under a key of two. */
export function philox([c0, c1, c2, c3]: Readonly<Block>, key0: number, key1: number): Block {
  let [k0, k1] = [key0, key1];
  let [x0, x1, x2, x3] = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0);
    const low0 = Math.imul(MULTIPLIER_0, x0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, x2);
    const low1 = Math.imul(MULTIPLIER_1, x2) >>> 0;
    [x0, x1, x2, x3] = [(high1 ^ x1 ^ k0) >>> 0, low1, (high0 ^ x3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [x0, x1, x2, x3];
}

/** Block `index` after the state `[seedLow, seedHigh, counterLow, counterHigh]`; `attempt` tells retries apart, `stream` the numbers of one element. */
export function blockAt({ data }: View, index: number, attempt = 0, stream = 0): Block {
  const low = (data[2] >>> 0) + index;
  const high = (data[3] >>> 0) + Math.floor(low / 4294967296);
  return philox([low % 4294967296, high, attempt, stream], data[0], data[1]);
}

/** From 0 to below 1, with 24 bits. */
function single(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/** From 0 to below 1, with 53 bits. */
export function double(high: number, low: number): number {
  return ((high >>> 5) * 67108864 + (low >>> 6)) * 2 ** -53;
}

/** Two independent standard normal numbers from a block (Box and Muller 1958). */
export function normals([w0, w1, w2, w3]: Block): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - double(w0, w1)));
  const angle = 2 * Math.PI * double(w2, w3);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** From `min` to below `max`: four numbers a block as float32, two as float64. */
export function randomUniformKernel([state]: readonly View[], [y]: readonly View[], { min, max }: { min: number; max: number }): void {
  const span = max - min;
  const narrow = y.dtype === 'float32';
  const perBlock = narrow ? 4 : 2;
  // Rounding must not reach the excluded end.
  const put = (i: number, u: number): void => {
    y.data[i] = min + span * u;
    if (y.data[i] >= max && span > 0) y.data[i] = min;
  };
  for (let i = 0, block = 0; i < y.size; i += perBlock, block++) {
    const words = blockAt(state, block);
    const numbers = narrow ? words.map(single) : [double(words[0], words[1]), double(words[2], words[3])];
    for (let j = 0; j < perBlock && i + j < y.size; j++) put(i + j, numbers[j]);
  }
}

/** Whole numbers from `min` to below `max`, four a block; no number is favoured by more than the range's 2^-32. */
export function randomUniformIntKernel([state]: readonly View[], [y]: readonly View[], { min, max }: { min: number; max: number }): void {
  for (let i = 0; i < y.size; i += 4) {
    const words = blockAt(state, i / 4);
    for (let j = 0; j < 4 && i + j < y.size; j++) y.data[i + j] = min + Math.floor((words[j] / 4294967296) * (max - min));
  }
}

/** Normal numbers, two a block. */
export function randomNormalKernel([state]: readonly View[], [y]: readonly View[], attrs: { mean: number; stddev: number }): void {
  for (let i = 0; i < y.size; i += 2) {
    const pair = normals(blockAt(state, i / 2));
    for (let j = 0; j < 2 && i + j < y.size; j++) y.data[i + j] = attrs.mean + attrs.stddev * pair[j];
  }
}

/** Normal numbers less than two deviations from the mean, one a block: others are drawn again. */
export function truncatedNormalKernel([state]: readonly View[], [y]: readonly View[], attrs: { mean: number; stddev: number }): void {
  for (let i = 0; i < y.size; i++) {
    let found: number | undefined;
    for (let attempt = 0; found === undefined; attempt++) found = normals(blockAt(state, i, attempt)).find((z) => Math.abs(z) < 2);
    y.data[i] = attrs.mean + attrs.stddev * found;
  }
}
