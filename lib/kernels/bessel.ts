/** Modified Bessel functions and the derivatives of sinc, on numbers. */
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
