/** Discrete Fourier transforms of any size: mixed radices by Stockham's order, and Bluestein's convolution for large prime factors. */
import type { View } from '../core/op.ts';

/** Sizes with a greater prime factor are convolved. */
const GREATEST_FACTOR = 31;

/** Real and imaginary parts of one line. */
interface Line {
  re: Float64Array;
  im: Float64Array;
}

function newLine(n: number): Line {
  return { re: new Float64Array(n), im: new Float64Array(n) };
}

/** The factors of n by which lines are split: fours first, then primes. */
function factorsOf(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  for (let p = 4; rest > 1; ) {
    if (rest % p === 0) {
      factors.push(p);
      rest /= p;
    } else if (p === 4) p = 2;
    else if (p * p > rest) p = rest;
    else p += p === 2 ? 1 : 2;
  }
  return factors;
}

/** The roots of unity exp(-2 pi i k / n). */
function rootsOf(n: number): Line {
  const roots = newLine(n);
  for (let k = 0; k < n; k++) {
    // By eighths of the circle, where sine and cosine are exact at the ends.
    const eighth = Math.floor((8 * k) / n);
    const angle = (2 * Math.PI * k) / n;
    const straight = [0, 2, 4, 6].find((quarter) => 8 * k === quarter * n);
    roots.re[k] = straight === undefined ? Math.cos(angle) : [1, 0, -1, 0][straight / 2];
    roots.im[k] = straight === undefined ? -Math.sin(angle) : [0, -1, 0, 1][straight / 2];
    // A diagonal has equal parts.
    if (8 * k === eighth * n && eighth % 2 === 1) {
      roots.re[k] = Math.sign(roots.re[k]) * Math.SQRT1_2;
      roots.im[k] = Math.sign(roots.im[k]) * Math.SQRT1_2;
    }
  }
  return roots;
}

/** One splitting by `p` of lines of length `p * m` that lie `s` apart. */
function split(x: Line, y: Line, roots: Line, p: number, m: number, s: number): void {
  const n = p * m * s;
  const [re, im] = [new Float64Array(p), new Float64Array(p)];
  for (let k = 0; k < m; k++) {
    for (let q = 0; q < s; q++) {
      for (let t = 0; t < p; t++) {
        const from = q + s * (k + m * t);
        re[t] = x.re[from];
        im[t] = x.im[from];
      }
      for (let r = 0; r < p; r++) {
        let sumRe = re[0];
        let sumIm = im[0];
        for (let t = 1; t < p; t++) {
          const root = ((t * r) % p) * m * s;
          sumRe += re[t] * roots.re[root] - im[t] * roots.im[root];
          sumIm += re[t] * roots.im[root] + im[t] * roots.re[root];
        }
        const twist = (k * r * s) % n;
        const to = q + s * (p * k + r);
        y.re[to] = sumRe * roots.re[twist] - sumIm * roots.im[twist];
        y.im[to] = sumRe * roots.im[twist] + sumIm * roots.re[twist];
      }
    }
  }
}

/** The same for p = 2 and p = 4, whose roots are 1, -1, i and -i. */
function splitByFour(x: Line, y: Line, roots: Line, m: number, s: number): void {
  for (let k = 0; k < m; k++) {
    const [one, two, three] = [k * s, 2 * k * s, 3 * k * s];
    const [re1, im1] = [roots.re[one], roots.im[one]];
    const [re2, im2] = [roots.re[two], roots.im[two]];
    const [re3, im3] = [roots.re[three], roots.im[three]];
    for (let q = 0; q < s; q++) {
      const a = q + s * k;
      const b = a + s * m;
      const c = b + s * m;
      const d = c + s * m;
      const sumRe = x.re[a] + x.re[c];
      const sumIm = x.im[a] + x.im[c];
      const leftRe = x.re[a] - x.re[c];
      const leftIm = x.im[a] - x.im[c];
      const otherRe = x.re[b] + x.re[d];
      const otherIm = x.im[b] + x.im[d];
      const turnRe = x.im[b] - x.im[d];
      const turnIm = x.re[d] - x.re[b];
      const to = q + 4 * s * k;
      y.re[to] = sumRe + otherRe;
      y.im[to] = sumIm + otherIm;
      const firstRe = leftRe + turnRe;
      const firstIm = leftIm + turnIm;
      y.re[to + s] = firstRe * re1 - firstIm * im1;
      y.im[to + s] = firstRe * im1 + firstIm * re1;
      const secondRe = sumRe - otherRe;
      const secondIm = sumIm - otherIm;
      y.re[to + 2 * s] = secondRe * re2 - secondIm * im2;
      y.im[to + 2 * s] = secondRe * im2 + secondIm * re2;
      const thirdRe = leftRe - turnRe;
      const thirdIm = leftIm - turnIm;
      y.re[to + 3 * s] = thirdRe * re3 - thirdIm * im3;
      y.im[to + 3 * s] = thirdRe * im3 + thirdIm * re3;
    }
  }
}

/** What transforms a line of one size; the result is a line of its own, good until the next. */
type Transform = (x: Line) => Line;

/** The transform of a size without large prime factors. */
function mixedTransform(n: number, factors: readonly number[]): Transform {
  const roots = rootsOf(n);
  const lines = [newLine(n), newLine(n)];
  return (x) => {
    let from = x;
    let [m, s] = [n, 1];
    factors.forEach((p, stage) => {
      m /= p;
      const to = lines[stage % 2];
      if (p === 4) splitByFour(from, to, roots, m, s);
      else split(from, to, roots, p, m, s);
      s *= p;
      from = to;
    });
    return from;
  };
}

/** The transform of any size, as a convolution with a chirp (Bluestein 1970). */
function chirpTransform(n: number): Transform {
  let size = 1;
  while (size < 2 * n - 1) size *= 2;
  const inner = mixedTransform(size, factorsOf(size));
  const roots = rootsOf(2 * n);
  const chirp = newLine(n);
  const filter = newLine(size);
  for (let k = 0; k < n; k++) {
    // The square modulo 2 n, so that the angle is exact.
    const at = (k * k) % (2 * n);
    chirp.re[k] = roots.re[at];
    chirp.im[k] = roots.im[at];
    for (const place of k === 0 ? [0] : [k, size - k]) {
      filter.re[place] = roots.re[at];
      filter.im[place] = -roots.im[at];
    }
  }
  const spectrum = inner(filter);
  const [wantedRe, wantedIm] = [spectrum.re.slice(), spectrum.im.slice()];
  const padded = newLine(size);
  const result = newLine(n);
  return (x) => {
    padded.re.fill(0);
    padded.im.fill(0);
    for (let k = 0; k < n; k++) {
      padded.re[k] = x.re[k] * chirp.re[k] - x.im[k] * chirp.im[k];
      padded.im[k] = x.re[k] * chirp.im[k] + x.im[k] * chirp.re[k];
    }
    const forward = inner(padded);
    // Backwards is forwards of the conjugate.
    for (let k = 0; k < size; k++) {
      const re = forward.re[k] * wantedRe[k] - forward.im[k] * wantedIm[k];
      padded.im[k] = -(forward.re[k] * wantedIm[k] + forward.im[k] * wantedRe[k]);
      padded.re[k] = re;
    }
    const back = inner(padded);
    for (let k = 0; k < n; k++) {
      const [re, im] = [back.re[k] / size, -back.im[k] / size];
      result.re[k] = re * chirp.re[k] - im * chirp.im[k];
      result.im[k] = re * chirp.im[k] + im * chirp.re[k];
    }
    return result;
  };
}

/** The transforms of lines of pairs, `[..., n, 2]`: with exp(-2 pi i j k / n), or without the minus if `inverse`; nothing is divided. */
export function dftKernel([x]: readonly View[], [y]: readonly View[], { inverse }: { inverse: boolean }): void {
  const n = x.shape[x.shape.length - 2];
  if (x.size === 0) return;
  const factors = factorsOf(n);
  const transform = factors.every((p) => p <= GREATEST_FACTOR) ? mixedTransform(n, factors) : chirpTransform(n);
  const line = newLine(n);
  // Exchanging the parts before and after turns the sign of the exponent.
  const [first, second] = inverse ? [1, 0] : [0, 1];
  for (let start = 0; start < x.size; start += 2 * n) {
    for (let k = 0; k < n; k++) {
      line.re[k] = x.data[start + 2 * k + first];
      line.im[k] = x.data[start + 2 * k + second];
    }
    const { re, im } = transform(line);
    for (let k = 0; k < n; k++) {
      y.data[start + 2 * k + first] = re[k];
      y.data[start + 2 * k + second] = im[k];
    }
  }
}
