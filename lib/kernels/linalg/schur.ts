/** Complex Schur forms of real matrices, by Householder's Hessenberg form and QR steps with shifts, and their eigenvalues and eigenvectors. */
import type { View } from '../../core/op.ts';
import { forEachMatrix, identityMatrix, isFiniteMatrix, lengthOf, type Matrix, matrixError, type Place } from './matrices.ts';

const EPSILON = 2 ** -52;
/** QR steps for one eigenvalue; it takes two or three on average. */
const MOST_STEPS = 300;

/** A square matrix of complex doubles in row-major order. */
export interface Complex {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A real matrix as complex numbers. */
export function complexOf({ rows: n, data }: Matrix): Complex {
  return { n, re: data.slice(), im: new Float64Array(n * n) };
}

/** The product `a b`, of conjugate transposes where that is said. */
export function complexProduct(a: Complex, b: Complex, adjointA = false, adjointB = false): Complex {
  const { n } = a;
  const [re, im] = [new Float64Array(n * n), new Float64Array(n * n)];
  const [signA, signB] = [adjointA ? -1 : 1, adjointB ? -1 : 1];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const at = adjointA ? k * n + i : i * n + k;
      const [p, q] = [a.re[at], signA * a.im[at]];
      if (p === 0 && q === 0) continue;
      for (let j = 0; j < n; j++) {
        const from = adjointB ? j * n + k : k * n + j;
        const [r, s] = [b.re[from], signB * b.im[from]];
        re[i * n + j] += p * r - q * s;
        im[i * n + j] += p * s + q * r;
      }
    }
  }
  return { n, re, im };
}

/** The principal square root of a complex number: of the two that with a real part >= 0. */
export function complexRoot(re: number, im: number): [number, number] {
  const size = Math.hypot(re, im);
  if (size === 0) return [0, 0];
  const large = Math.sqrt((size + Math.abs(re)) / 2);
  const small = Math.abs(im) / (2 * large);
  const sign = im < 0 ? -1 : 1;
  return re >= 0 ? [large, sign * small] : [small, sign * large];
}

/** `(a + b i) / (c + d i)`, without overflow. */
export function complexQuotient(a: number, b: number, c: number, d: number): [number, number] {
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const under = c + d * ratio;
    return [(a + b * ratio) / under, (b - a * ratio) / under];
  }
  const ratio = c / d;
  const under = c * ratio + d;
  return [(a * ratio + b) / under, (b * ratio - a) / under];
}

/** Zeros below the first diagonal under the main one, by reflections on both sides: `turn h turn'` is the matrix, which is overwritten by h. */
function hessenberg(a: Matrix): { h: Matrix; turn: Matrix } {
  const { rows: n, data } = a;
  const turn = identityMatrix(n);
  for (let k = 0; k < n - 2; k++) {
    const v = new Float64Array(n);
    for (let i = k + 1; i < n; i++) v[i] = data[i * n + k];
    const below = lengthOf(v.subarray(k + 2));
    if (below === 0) continue;
    const alpha = v[k + 1];
    const beta = alpha > 0 ? -Math.hypot(alpha, below) : Math.hypot(alpha, below);
    v[k + 1] = alpha - beta;
    // The reflection is I - scale v v'.
    const scale = 1 / (beta * (beta - alpha));
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let i = k + 1; i < n; i++) sum += v[i] * data[i * n + j];
      for (let i = k + 1; i < n; i++) data[i * n + j] -= scale * sum * v[i];
    }
    for (const { data: rows } of [a, turn]) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = k + 1; j < n; j++) sum += rows[i * n + j] * v[j];
        for (let j = k + 1; j < n; j++) rows[i * n + j] -= scale * sum * v[j];
      }
    }
    for (let i = k + 2; i < n; i++) data[i * n + k] = 0;
  }
  return { h: a, turn };
}

/** Of the last two rows and columns of an active part, the eigenvalue nearer to its last element. */
function shiftOf({ n, re, im }: Complex, last: number): [number, number] {
  const [a, b, c, d] = [(last - 1) * n + last - 1, (last - 1) * n + last, last * n + last - 1, last * n + last];
  const [hr, hi] = [(re[a] - re[d]) / 2, (im[a] - im[d]) / 2];
  const [br, bi] = [re[b] * re[c] - im[b] * im[c], re[b] * im[c] + im[b] * re[c]];
  let [rr, ri] = complexRoot(hr * hr - hi * hi + br, 2 * hr * hi + bi);
  // Away from cancellation: d - b c / (half the difference + root).
  if (hr * rr + hi * ri < 0) [rr, ri] = [-rr, -ri];
  const [ur, ui] = [hr + rr, hi + ri];
  if (ur === 0 && ui === 0) return [re[d], im[d]];
  const [qr, qi] = complexQuotient(br, bi, ur, ui);
  return [re[d] - qr, im[d] - qi];
}

/** Replaces elements p and q by `c p + s q` and `c q - conj(s) p`. */
function rotate(x: Complex, p: number, q: number, c: number, sr: number, si: number): void {
  const { re, im } = x;
  const [a, b, d, e] = [re[p], im[p], re[q], im[q]];
  re[p] = c * a + sr * d - si * e;
  im[p] = c * b + sr * e + si * d;
  re[q] = c * d - sr * a - si * b;
  im[q] = c * e - sr * b + si * a;
}

/** One QR step with a shift on rows and columns from `first` to `last`; the rest of the matrix turns along. */
function step(t: Complex, turn: Complex, first: number, last: number, shift: readonly [number, number]): void {
  const { n, re, im } = t;
  for (let i = first; i <= last; i++) {
    re[i * n + i] -= shift[0];
    im[i * n + i] -= shift[1];
  }
  const turns: [number, number, number][] = [];
  for (let k = first; k < last; k++) {
    const [p, q] = [k * n + k, (k + 1) * n + k];
    const [sizeP, sizeQ] = [Math.hypot(re[p], im[p]), Math.hypot(re[q], im[q])];
    const size = Math.hypot(sizeP, sizeQ);
    let [c, sr, si] = [1, 0, 0];
    if (sizeQ > 0) {
      c = sizeP / size;
      // s = (p / |p|) conj(q) / size.
      const [ur, ui] = sizeP > 0 ? [re[p] / sizeP, im[p] / sizeP] : [1, 0];
      sr = (ur * re[q] + ui * im[q]) / size;
      si = (ui * re[q] - ur * im[q]) / size;
    }
    for (let j = k; j < n; j++) rotate(t, k * n + j, (k + 1) * n + j, c, sr, si);
    re[q] = 0;
    im[q] = 0;
    turns.push([c, sr, si]);
  }
  turns.forEach(([c, sr, si], i) => {
    const k = first + i;
    // From the right by the conjugate transpose.
    for (let row = 0; row <= Math.min(k + 1, last); row++) rotate(t, row * n + k, row * n + k + 1, c, sr, -si);
    for (let row = 0; row < n; row++) rotate(turn, row * n + k, row * n + k + 1, c, sr, -si);
  });
  for (let i = first; i <= last; i++) {
    re[i * n + i] += shift[0];
    im[i * n + i] += shift[1];
  }
}

/** An upper triangular `t` and a unitary `turn` with `turn t turn*` the matrix, which is overwritten. Throws where it is not finite. */
export function schur(owner: string, a: Matrix, place: Place): { t: Complex; turn: Complex } {
  if (!isFiniteMatrix(a)) throw matrixError(owner, place, 'has elements that are no finite numbers');
  const { h, turn: reflected } = hessenberg(a);
  const [t, turn] = [complexOf(h), complexOf(reflected)];
  const { n, re, im } = t;
  const size = (at: number): number => Math.abs(re[at]) + Math.abs(im[at]);
  let last = n - 1;
  let steps = 0;
  while (last > 0) {
    let first = last;
    for (; first > 0; first--) {
      const at = first * n + first - 1;
      const beside = size(at - n) + size(at + 1);
      if (size(at) <= EPSILON * (beside === 0 ? 1e-290 : beside)) {
        re[at] = 0;
        im[at] = 0;
        break;
      }
    }
    if (first === last) {
      last--;
      steps = 0;
      continue;
    }
    if (++steps > MOST_STEPS) throw matrixError(owner, place, 'has eigenvalues that were not found');
    const below = last * n + last - 1;
    // Now and then another shift, so that no circle is walked for ever.
    step(t, turn, first, last, steps % 10 === 0 ? [size(below) + re[last * n + last], size(below)] : shiftOf(t, last));
  }
  return { t, turn };
}

/** The eigenvectors of an upper triangular matrix as columns of an upper triangular one. */
function triangularVectors({ n, re, im }: Complex): Complex {
  const [vr, vi] = [new Float64Array(n * n), new Float64Array(n * n)];
  let norm = 0;
  for (let i = 0; i < n * n; i++) norm = Math.max(norm, Math.abs(re[i]) + Math.abs(im[i]));
  const least = Math.max(EPSILON * norm, 1e-290);
  for (let k = 0; k < n; k++) {
    vr[k * n + k] = 1;
    for (let i = k - 1; i >= 0; i--) {
      let [sr, si] = [0, 0];
      for (let j = i + 1; j <= k; j++) {
        const [a, b, c, d] = [re[i * n + j], im[i * n + j], vr[j * n + k], vi[j * n + k]];
        sr -= a * c - b * d;
        si -= a * d + b * c;
      }
      let [dr, di] = [re[i * n + i] - re[k * n + k], im[i * n + i] - im[k * n + k]];
      // Equal eigenvalues: any vector near the one there is.
      if (Math.hypot(dr, di) < least) [dr, di] = [least, 0];
      [vr[i * n + k], vi[i * n + k]] = complexQuotient(sr, si, dr, di);
    }
  }
  return { n, re: vr, im: vi };
}

/** Columns of length 1 whose greatest element is real, as they lie side by side, part beside part. */
function normalized({ n, re, im }: Complex): Float64Array {
  const result = new Float64Array(2 * n * n);
  for (let k = 0; k < n; k++) {
    let [most, at] = [-1, 0];
    const sizes = Float64Array.from({ length: n }, (_, i) => Math.hypot(re[i * n + k], im[i * n + k]));
    sizes.forEach((size, i) => {
      if (size > most) [most, at] = [size, i];
    });
    const length = lengthOf(sizes);
    const [ur, ui] = [re[at * n + k] / most, im[at * n + k] / most];
    for (let i = 0; i < n; i++) {
      const [a, b] = [re[i * n + k] / length, im[i * n + k] / length];
      result[2 * (i * n + k)] = a * ur + b * ui;
      result[2 * (i * n + k) + 1] = i === at ? 0 : b * ur - a * ui;
    }
  }
  return result;
}

/** The eigenvalues of each matrix, and its eigenvectors as columns: pairs of parts. */
export function eigKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a], place) => {
    const { t, turn } = schur('eig', a, place);
    const values = Float64Array.from({ length: 2 * t.n }, (_, i) => (i % 2 === 0 ? t.re : t.im)[(i >> 1) * (t.n + 1)]);
    return [values, normalized(complexProduct(turn, triangularVectors(t)))];
  });
}
