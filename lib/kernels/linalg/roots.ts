/** Square roots and logarithms of matrices, and Sylvester's equation, by Schur forms. */
import type { View } from '../../core/op.ts';
import { forEachMatrix, type Matrix, matrixError, type Place } from './matrices.ts';
import { type Complex, complexProduct, complexQuotient, complexRoot, schur } from './schur.ts';

const EPSILON = 2 ** -52;
/** Roots taken until a matrix is near the identity; each halves the exponents of its eigenvalues. */
const MOST_ROOTS = 1200;
/** How near: there eight nodes give all digits. */
const NEAR = 0.25;
/** Gauss and Legendre's rule on [-1, 1], one half. */
const NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

/** The greatest sum of magnitudes of a column. */
function normOf({ n, re, im }: Complex): number {
  let most = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.hypot(re[i * n + j], im[i * n + j]);
    most = Math.max(most, sum);
  }
  return most;
}

/** A Schur form whose eigenvalues are not negative numbers, as a real function needs them; those that are so only by rounding are 0. */
function principalForm(owner: string, what: string, a: Matrix, place: Place): { t: Complex; turn: Complex } {
  const form = schur(owner, a, place);
  const { n, re, im } = form.t;
  const rounding = 10 * n * EPSILON * normOf(form.t);
  for (let i = 0; i < n; i++) {
    const at = i * n + i;
    if (re[at] >= 0 || Math.abs(im[at]) > rounding) continue;
    if (re[at] >= -rounding) {
      re[at] = 0;
      im[at] = 0;
    } else {
      throw matrixError(owner, place, `has a negative eigenvalue, ${Number(re[at].toPrecision(6))}, so its ${what} is not real`);
    }
  }
  return form;
}

/** The square root of an upper triangular matrix, column by column (Björck and Hammarling 1983); undefined where there is none. */
function triangularRoot({ n, re, im }: Complex): Complex | undefined {
  const root: Complex = { n, re: new Float64Array(n * n), im: new Float64Array(n * n) };
  for (let j = 0; j < n; j++) {
    const d = j * n + j;
    [root.re[d], root.im[d]] = complexRoot(re[d], im[d]);
    for (let i = j - 1; i >= 0; i--) {
      let [sr, si] = [re[i * n + j], im[i * n + j]];
      for (let k = i + 1; k < j; k++) {
        const [a, b, c, e] = [root.re[i * n + k], root.im[i * n + k], root.re[k * n + j], root.im[k * n + j]];
        sr -= a * c - b * e;
        si -= a * e + b * c;
      }
      if (sr === 0 && si === 0) continue;
      const [ur, ui] = [root.re[i * n + i] + root.re[d], root.im[i * n + i] + root.im[d]];
      if (ur === 0 && ui === 0) return undefined;
      [root.re[i * n + j], root.im[i * n + j]] = complexQuotient(sr, si, ur, ui);
    }
  }
  return root;
}

/** The real part of `turn x turn*`. */
function turnedBack(turn: Complex, x: Complex): Float64Array {
  return complexProduct(complexProduct(turn, x), turn, false, true).re;
}

/** The principal square root of each matrix; throws where it is not real, or there is none. */
export function sqrtmKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a], place) => {
    const { t, turn } = principalForm('sqrtm', 'square root', a, place);
    const root = triangularRoot(t);
    if (root === undefined) throw matrixError('sqrtm', place, 'is singular and has no square root');
    return [turnedBack(turn, root)];
  });
}

/** Adds `weight x (1 + node x)^-1` of an upper triangular x to `sum`. */
function addTerm(sum: Complex, { n, re, im }: Complex, node: number, weight: number): void {
  // Column j of y in y (1 + node x) = x, from the first on.
  const [yr, yi] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let [sr, si] = [re[i * n + j], im[i * n + j]];
      for (let k = i; k < j; k++) {
        const [a, b, c, d] = [yr[i * n + k], yi[i * n + k], node * re[k * n + j], node * im[k * n + j]];
        sr -= a * c - b * d;
        si -= a * d + b * c;
      }
      const at = i * n + j;
      [yr[at], yi[at]] = complexQuotient(sr, si, 1 + node * re[j * n + j], node * im[j * n + j]);
      sum.re[at] += weight * yr[at];
      sum.im[at] += weight * yi[at];
    }
  }
}

/** The principal logarithm of each matrix by square roots and a quadrature (Higham 2008, 11.4); throws where it is not real, or there is none. */
export function logmKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a], place) => {
    const { t, turn } = principalForm('logm', 'logarithm', a, place);
    const { n } = t;
    let root = t;
    let scale = 1;
    for (let steps = 0; ; steps++) {
      const rest: Complex = { n, re: root.re.slice(), im: root.im };
      for (let i = 0; i < n; i++) rest.re[i * n + i] -= 1;
      if (normOf(rest) <= NEAR) {
        root = rest;
        break;
      }
      const next = steps < MOST_ROOTS ? triangularRoot(root) : undefined;
      if (next === undefined) throw matrixError('logm', place, 'is singular and has no logarithm');
      root = next;
      scale *= 2;
    }
    const sum: Complex = { n, re: new Float64Array(n * n), im: new Float64Array(n * n) };
    NODES.forEach((node, i) => {
      addTerm(sum, root, (1 + node) / 2, (scale * WEIGHTS[i]) / 2);
      addTerm(sum, root, (1 - node) / 2, (scale * WEIGHTS[i]) / 2);
    });
    // Logarithms of numbers are known better than that.
    for (let i = 0; i < n; i++) {
      const at = i * n + i;
      sum.re[at] = Math.log(Math.hypot(t.re[at], t.im[at]));
      sum.im[at] = Math.atan2(t.im[at], t.re[at]);
    }
    return [turnedBack(turn, sum)];
  });
}

/** The solution x of `a x + x b = c` for each triple of square matrices; throws where an eigenvalue of `a` is one of `-b`. */
export function sylvesterKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a, b, c], place) => {
    const [left, right] = [schur('sylvester', a, place), schur('sylvester', b, place)];
    const { n } = left.t;
    const side: Complex = { n, re: c.data, im: new Float64Array(n * n) };
    const y = complexProduct(complexProduct(left.turn, side, true), right.turn);
    const least = EPSILON * (normOf(left.t) + normOf(right.t));
    for (let k = 0; k < n; k++) {
      for (let i = n - 1; i >= 0; i--) {
        const at = i * n + k;
        let [sr, si] = [y.re[at], y.im[at]];
        for (let j = i + 1; j < n; j++) {
          const [p, q, r, s] = [left.t.re[i * n + j], left.t.im[i * n + j], y.re[j * n + k], y.im[j * n + k]];
          sr -= p * r - q * s;
          si -= p * s + q * r;
        }
        for (let j = 0; j < k; j++) {
          const [p, q, r, s] = [y.re[i * n + j], y.im[i * n + j], right.t.re[j * n + k], right.t.im[j * n + k]];
          sr -= p * r - q * s;
          si -= p * s + q * r;
        }
        const [ur, ui] = [left.t.re[i * n + i] + right.t.re[k * n + k], left.t.im[i * n + i] + right.t.im[k * n + k]];
        if (Math.hypot(ur, ui) <= least) {
          throw matrixError(
            'sylvester',
            place,
            'has an eigenvalue that is one of the other side with its sign changed, so there is no single solution',
          );
        }
        [y.re[at], y.im[at]] = complexQuotient(sr, si, ur, ui);
      }
    }
    return [complexProduct(complexProduct(left.turn, y), right.turn, false, true).re];
  });
}
