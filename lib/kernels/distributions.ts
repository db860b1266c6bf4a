/** Random numbers that are drawn until they fit: each element has counters of its own, so that nothing depends on the order of computing. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';
import { forEachBroadcast } from './elementwise.ts';
import { lgamma } from './gamma.ts';
import { blockAt, double, normals } from './philox.ts';

/** Two independent numbers from 0 to below 1. */
function pair(state: View, index: number, attempt: number, stream: number): [number, number] {
  const words = blockAt(state, index, attempt, stream);
  return [double(words[0], words[1]), double(words[2], words[3])];
}

/** The logarithm of a number of the gamma distribution (Marsaglia and Tsang 2000); takes three streams from `stream` on. */
function logGamma(state: View, index: number, alpha: number, stream: number): number {
  // Below 1 the density has a pole: a power of a uniform number moves there from alpha + 1.
  const boost = alpha < 1 ? Math.log1p(-pair(state, index, 0, stream + 2)[0]) / alpha : 0;
  const d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let attempt = 0; ; attempt++) {
    const [z] = normals(blockAt(state, index, attempt, stream));
    const root = 1 + c * z;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - pair(state, index, attempt, stream + 1)[0];
    if (Math.log(u) < (z * z) / 2 + d * (1 - v + Math.log(v))) return Math.log(d * v) + boost;
  }
}

/** Below this mean, counts are found by adding up their probabilities. */
const FEW = 10;
/** Probabilities below this are less than the rounding of the sum before them. */
const SMALL = 2 ** -60;

/** A number of the Poisson distribution: by adding up, or by transformed rejection (Hoermann 1993, PTRS). */
function poisson(state: View, index: number, mean: number): number {
  if (mean < FEW) {
    let [u] = pair(state, index, 0, 0);
    let probability = Math.exp(-mean);
    let count = 0;
    while (u >= probability && probability > SMALL) {
      u -= probability;
      count++;
      probability *= mean / count;
    }
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const scale = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (let attempt = 0; ; attempt++) {
    const [first, second] = pair(state, index, attempt, 0);
    const [u, v] = [first - 0.5, 1 - second];
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return count;
    if (!(count >= 0) || (edge < 0.013 && v > edge)) continue;
    if (Math.log((v * scale) / (a / (edge * edge) + b)) <= count * Math.log(mean) - mean - lgamma(count + 1)) return count;
  }
}

/** How many of `n` trials of probability `p` <= 1/2 succeed: by adding up, or by transformed rejection (Hoermann 1993, BTRS). */
function successes(state: View, index: number, n: number, p: number): number {
  const q = 1 - p;
  if (n * p < FEW) {
    let [u] = pair(state, index, 0, 0);
    let probability = Math.exp(n * Math.log1p(-p));
    let count = 0;
    while (u >= probability && probability > SMALL && count < n) {
      u -= probability;
      probability *= ((n - count) / (count + 1)) * (p / q);
      count++;
    }
    return count;
  }
  const deviation = Math.sqrt(n * p * q);
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const squeeze = 0.92 - 4.2 / b;
  const scale = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((n + 1) * p);
  const top = lgamma(mode + 1) + lgamma(n - mode + 1);
  for (let attempt = 0; ; attempt++) {
    const [first, second] = pair(state, index, attempt, 0);
    const [u, v] = [first - 0.5, 1 - second];
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / edge + b) * u + n * p + 0.5);
    if (edge >= 0.07 && v <= squeeze) return count;
    if (!(count >= 0 && count <= n)) continue;
    const height = Math.log((v * scale) / (a / (edge * edge) + b));
    if (height <= top - lgamma(count + 1) - lgamma(n - count + 1) + (count - mode) * Math.log(p / q)) return count;
  }
}

/** A kernel that draws each element by its parameters, which broadcast; `check` says what is wrong with them. */
function drawing(
  draw: (state: View, index: number, parameters: readonly number[]) => number,
  check: (parameters: readonly number[]) => string | undefined,
): (inputs: readonly View[], outputs: readonly View[]) => void {
  return ([state, ...parameters], [y]) => {
    forEachBroadcast(
      y.shape,
      parameters.map(({ shape }) => shape),
      (index, positions) => {
        const values = parameters.map(({ data }, n) => data[positions[n]]);
        const wrong = check(values);
        if (wrong !== undefined) throw new ArgumentError(`${wrong} at position ${index}`);
        y.data[index] = draw(state, index, values);
      },
    );
  };
}

function checkPositive(owner: string, name: string, value: number): string | undefined {
  return value > 0 && value < Infinity ? undefined : `${owner}: ${name} must be a finite number above 0; received ${value}`;
}

/** Numbers of the gamma distribution of scale 1. */
export const randomGammaKernel = drawing(
  (state, index, [alpha]) => Math.exp(logGamma(state, index, alpha, 0)),
  ([alpha]) => checkPositive('randomGamma', 'alpha', alpha),
);

/** Numbers of the beta distribution: quotients of two of the gamma distribution, by logarithms, which do not vanish. */
export const randomBetaKernel = drawing(
  (state, index, [alpha, beta]) => 1 / (1 + Math.exp(logGamma(state, index, beta, 3) - logGamma(state, index, alpha, 0))),
  ([alpha, beta]) => checkPositive('randomBeta', 'alpha', alpha) ?? checkPositive('randomBeta', 'beta', beta),
);

/** Numbers of the Poisson distribution. */
export const randomPoissonKernel = drawing(
  (state, index, [mean]) => poisson(state, index, mean),
  ([mean]) => (mean >= 0 && mean < 2 ** 31 ? undefined : `randomPoisson: lam must be from 0 to below 2 ** 31; received ${mean}`),
);

/** Numbers of the binomial distribution. */
export const randomBinomialKernel = drawing(
  (state, index, [n, p]) => (p > 0.5 ? n - successes(state, index, n, 1 - p) : successes(state, index, n, p)),
  ([n, p]) => {
    if (!(Number.isInteger(n) && n >= 0 && n < 2 ** 31)) {
      return `randomBinomial: counts must be whole numbers from 0 to below 2 ** 31; received ${n}`;
    }
    return p >= 0 && p <= 1 ? undefined : `randomBinomial: probabilities must be from 0 to 1; received ${p}`;
  },
);

/** Classes drawn from each row of logits, or of probabilities if `normalized`. */
export function multinomialKernel([state, logits]: readonly View[], [y]: readonly View[], { normalized }: { normalized: boolean }): void {
  const classes = logits.shape[logits.shape.length - 1];
  const samples = y.shape[y.shape.length - 1];
  for (let row = 0; row * classes < logits.size; row++) {
    const line = Array.from(logits.data.subarray(row * classes, (row + 1) * classes));
    const top = line.reduce((most, value) => Math.max(most, value), -Infinity);
    const sums = new Float64Array(classes);
    let total = 0;
    line.forEach((value, k) => {
      total += normalized ? value : Math.exp(value - top);
      sums[k] = total;
    });
    if (!(total > 0 && total < Infinity) || (normalized && line.some((value) => value < 0))) {
      throw new ArgumentError(
        `multinomial: row ${row} has no distribution; its ${normalized ? 'probabilities' : 'exponentials'} sum to ${total}`,
      );
    }
    for (let j = 0; j < samples; j++) {
      const index = row * samples + j;
      const wanted = pair(state, index, 0, 0)[0] * total;
      // The first sum above it: a class of probability 0 is never it.
      let [low, high] = [0, classes - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sums[middle] > wanted) high = middle;
        else low = middle + 1;
      }
      y.data[index] = low;
    }
  }
}

/** The whole numbers below the size of the output in random order (Fisher and Yates). */
export function randomPermutationKernel([state]: readonly View[], [y]: readonly View[]): void {
  for (let i = 0; i < y.size; i++) y.data[i] = i;
  for (let i = y.size - 1; i > 0; i--) {
    const bound = i + 1;
    // Words above the last whole multiple of the bound are drawn again, so that no place is likelier than another.
    const limit = 4294967296 - (4294967296 % bound);
    let word: number | undefined;
    for (let attempt = 0; word === undefined; attempt++) word = blockAt(state, i, attempt).find((drawn) => drawn < limit);
    const j = word % bound;
    const last = y.data[i];
    y.data[i] = y.data[j];
    y.data[j] = last;
  }
}

/** The state that follows `blocks` blocks. */
export function advanceStateKernel([state]: readonly View[], [y]: readonly View[], { blocks }: { blocks: number }): void {
  const low = (state.data[2] >>> 0) + (blocks % 4294967296);
  y.data[0] = state.data[0];
  y.data[1] = state.data[1];
  y.data[2] = low | 0;
  y.data[3] = ((state.data[3] >>> 0) + Math.floor(blocks / 4294967296) + (low >= 4294967296 ? 1 : 0)) | 0;
}

/** A stream that no distribution takes numbers from. */
const KEYS = 0xffffffff;

/** New states, one a row: their seeds are blocks of this one, their counters begin at 0. */
export function splitStateKernel([state]: readonly View[], [y]: readonly View[]): void {
  for (let i = 0; i * 4 < y.size; i++) {
    const [low, high] = blockAt(state, i, 0, KEYS);
    y.data.set([low | 0, high | 0, 0, 0], i * 4);
  }
}
