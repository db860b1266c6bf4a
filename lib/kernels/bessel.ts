/** Bessel functions, modified ones too, and the derivatives of sinc, on numbers. */
import { sinPi } from './gamma.ts';

/** Beyond this, more for higher orders, the asymptotic series gives all digits. */
const FAR = 20;

/** The modified Bessel function of the first kind of whole order >= 0; times exp(-|x|) if `scaled`. */
export function besselI(order: number, x: number, scaled: boolean): number {
  const size = Math.abs(x);
  const sign = order % 2 === 1 && x < 0 ? -1 : 1;
  if (Number.isNaN(x)) return x;
  if (size === Infinity) return scaled ? 0 : sign * Infinity;
  if (size <= FAR + order * order) {
    // Positive terms from (x / 2) ** order / order! on.
    const quarter = (size * size) / 4;
    let term = 1;
    for (let k = 1; k <= order; k++) term *= size / 2 / k;
    let sum = term;
    for (let k = 1; term > 1e-17 * sum; k++) {
      term *= quarter / (k * (k + order));
      sum += term;
    }
    return sign * (scaled ? sum * Math.exp(-size) : sum);
  }
  // Terms that shrink until they pass below rounding.
  let term = 1;
  let sum = 1;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * size);
    sum += term;
  }
  const value = sum / Math.sqrt(2 * Math.PI * size);
  // By halves, since the exponential overflows before the product.
  const half = Math.exp(size / 2);
  return sign * (scaled ? value : value * half * half);
}

const EULER = 0.5772156649015329;

/** `(x / 2) ** order / order!` times alternating terms: no loss of digits while x is small. */
function seriesJ(order: number, x: number): number {
  let term = 1;
  for (let k = 1; k <= order; k++) term *= x / 2 / k;
  let sum = term;
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
    term *= (-x * x) / 4 / (k * (k + order));
    sum += term;
  }
  return sum;
}

/** The functions of the first kind of the orders 0, 1, 2, ... at x > 0, up to where they vanish, and to `least`: by their recurrence from above (Miller). */
function orders(x: number, least: number): number[] {
  if (x < 2) return Array.from({ length: Math.max(least + 1, 24) }, (_, order) => seriesJ(order, x));
  const last = 2 * Math.ceil((Math.max(x + 12 * Math.cbrt(x), least) + 20) / 2);
  const values = new Array<number>(last + 1).fill(0);
  values[last] = 1e-300;
  let total = values[last];
  for (let k = last; k > 0; k--) {
    values[k - 1] = ((2 * k) / x) * values[k] - (values[k + 1] ?? 0);
    if (k % 2 === 1) total += k === 1 ? values[0] / 2 : values[k - 1];
  }
  // The sum of the even ones, each twice but for the first, is 1.
  return values.map((value) => value / (2 * total));
}

/** The parts of the asymptotic series for large x: what stands before the cosine and the sine of the angle, and these. */
function farParts(order: number, x: number): { p: number; q: number; cos: number; sin: number } {
  let term = 1;
  let [p, q] = [1, 0];
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    const next = (term * (4 * order * order - (2 * k - 1) ** 2)) / (8 * k * x);
    if (Math.abs(next) > Math.abs(term) && k > order) break;
    term = next;
    if (k % 2 === 1) q += k % 4 === 1 ? term : -term;
    else p += k % 4 === 2 ? -term : term;
  }
  // Of x less an eighth of a turn, then less as many quarters as the order.
  let [cos, sin] = [(Math.cos(x) + Math.sin(x)) * Math.SQRT1_2, (Math.sin(x) - Math.cos(x)) * Math.SQRT1_2];
  for (let k = 0; k < order % 4; k++) [cos, sin] = [sin, -cos];
  return { p, q, cos, sin };
}

function isFar(order: number, x: number): boolean {
  return x > 25 + (order * order) / 2;
}

/** The Bessel function of the first kind of whole order >= 0. */
export function besselJ(order: number, x: number): number {
  const size = Math.abs(x);
  const sign = order % 2 === 1 && x < 0 ? -1 : 1;
  if (Number.isNaN(x)) return x;
  if (size === Infinity) return 0;
  if (isFar(order, size)) {
    const { p, q, cos, sin } = farParts(order, size);
    return sign * Math.sqrt(2 / (Math.PI * size)) * (p * cos - q * sin);
  }
  return sign * (size < 2 ? seriesJ(order, size) : orders(size, order)[order]);
}

/** The Bessel function of the second kind of whole order >= 0: -Infinity at 0, NaN below. */
export function besselY(order: number, x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return 0;
  if (isFar(order, x)) {
    const { p, q, cos, sin } = farParts(order, x);
    return Math.sqrt(2 / (Math.PI * x)) * (p * sin + q * cos);
  }
  // Sums over those of the first kind (Abramowitz and Stegun 9.1.88), and the recurrence upwards.
  const j = orders(x, 2);
  const log = Math.log(x / 2) + EULER;
  let first = (log * j[0]) / 2;
  let second = ((log - 1) * j[1]) / 2 - j[0] / (2 * x);
  for (let k = 1; 2 * k + 1 < j.length; k++) {
    const sign = k % 2 === 0 ? 1 : -1;
    first -= (sign * j[2 * k]) / k;
    second -= (sign * (k + 0.5) * j[2 * k + 1]) / (k * (k + 1));
  }
  let [below, value] = [first * (4 / Math.PI), second * (4 / Math.PI)];
  if (order === 0) return below;
  for (let k = 1; k < order; k++) [below, value] = [value, ((2 * k) / x) * value - below];
  return value;
}

/** The step of the trapezoidal rule for K: its error, exp(x - pi ** 2 / step) or that of a bell curve for large x, is below rounding. */
function stepOf(x: number): number {
  return x < 110 ? Math.PI ** 2 / (x + 50) : 0.6 / Math.sqrt(x);
}

/** K of the order 0 or 1, times exp(x): the integral of exp(-x cosh(t)) cosh(order t), as far as it matters. */
function integralK(order: 0 | 1, x: number): number {
  const step = stepOf(x);
  let sum = 0.5;
  for (let k = 1; ; k++) {
    const t = k * step;
    const half = Math.sinh(t / 2);
    const term = Math.exp(-2 * (x * half) * half) * (order === 0 ? 1 : Math.cosh(t));
    sum += term;
    if (x * Math.sinh(t) > order && term < 1e-17 * sum) return step * sum;
  }
}

/** The modified Bessel function of the second kind of whole order >= 0, times exp(x) if `scaled`: Infinity at 0, NaN below. */
export function besselK(order: number, x: number, scaled: boolean): number {
  if (!(x > 0)) return x === 0 ? Infinity : Number.NaN;
  if (x === Infinity) return 0;
  const scale = scaled ? 1 : Math.exp(-x);
  let below = integralK(0, x);
  if (order === 0) return scale * below;
  // Near 0 from those of the first kind, by the Wronskian; then the recurrence upwards.
  let value = x < 1 ? (Math.exp(x) / x - besselI(1, x, false) * below) / besselI(0, x, false) : integralK(1, x);
  for (let k = 1; k < order; k++) [below, value] = [value, ((2 * k) / x) * value + below];
  return scale * value;
}

/** The derivative of some order of `sin(pi x) / (pi x)`. */
export function sinc(order: number, x: number): number {
  const t = Math.PI * x;
  const scale = Math.PI ** order;
  if (Math.abs(t) < 2 + order) {
    // The series of sin(t) / t, each power differentiated.
    let sum = 0;
    const first = Math.ceil(order / 2);
    let term = first % 2 === 0 ? 1 : -1;
    // t ** (2 k - order) / (2 k - order)!
    if (order % 2 === 1) term *= t;
    for (let k = first; ; k++) {
      const next = term / (2 * k + 1);
      sum += next;
      if (Math.abs(next) <= 1e-18 * Math.abs(sum)) return scale * sum;
      const power = 2 * k - order;
      term *= (-t * t) / ((power + 1) * (power + 2));
    }
  }
  if (Math.abs(t) === Infinity) return 0;
  let value = sinPi(x) / t;
  for (let n = 1; n <= order; n++) value = (sinPi(x + n / 2) - n * value) / t;
  return scale * value;
}
