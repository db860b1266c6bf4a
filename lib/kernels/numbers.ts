/** Reference loops on the bits of numbers: neighbours, reinterpreted bytes, common divisors. */
import type { View } from '../core/op.ts';
import { forEachBroadcast } from './elementwise.ts';

/** The greatest whole number that divides both; of two zeros 0. */
export function greatestDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

const wide = new Float64Array(1);
const wideBits = new BigInt64Array(wide.buffer);
const narrow = new Float32Array(1);
const narrowBits = new Int32Array(narrow.buffer);

/** The next double after `a` on the way to `b`. */
function nextDouble(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  if (a === b) return b;
  if (a === 0) return b > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  wide[0] = a;
  wideBits[0] += b > a === a > 0 ? 1n : -1n;
  return wide[0];
}

/** The next float of single precision after `a` on the way to `b`. */
function nextSingle(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  if (a === b) return b;
  if (a === 0) return b > 0 ? 2 ** -149 : -(2 ** -149);
  narrow[0] = a;
  narrowBits[0] += b > a === a > 0 ? 1 : -1;
  return narrow[0];
}

/** The next number of the dtype after each of `a` on the way to `b`, with broadcasting. */
export function nextAfterKernel([a, b]: readonly View[], [y]: readonly View[]): void {
  const next = y.dtype === 'float32' ? nextSingle : nextDouble;
  forEachBroadcast(y.shape, [a.shape, b.shape], (o, [i, j]) => {
    y.data[o] = next(a.data[i], b.data[j]);
  });
}

/** The same bytes under another dtype. */
export function bitcastKernel([x]: readonly View[], [y]: readonly View[]): void {
  const bytes = ({ data }: View): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  bytes(y).set(bytes(x));
}

/** The fewest insertions, deletions and substitutions that make one sequence of another (Levenshtein 1966). */
function editsBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const kept = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(kept, above[j] + 1, row[j - 1] + 1));
    }
    above = row;
  }
  return above[b.length];
}

/** For each pair of lines, of which the first so many elements count, the edits between them; of the second's length if `normalize`. */
export function editDistanceKernel(
  [a, b, aLengths, bLengths]: readonly View[],
  [y]: readonly View[],
  { normalize }: { normalize: boolean },
): void {
  const [m, n] = [a, b].map(({ shape }) => shape[shape.length - 1]);
  for (let line = 0; line < y.size; line++) {
    const first = a.data.subarray(line * m, line * m + Math.min(m, Math.max(0, aLengths.data[line])));
    const second = b.data.subarray(line * n, line * n + Math.min(n, Math.max(0, bLengths.data[line])));
    const edits = editsBetween(first, second);
    y.data[line] = normalize && edits > 0 ? edits / second.length : edits;
  }
}
