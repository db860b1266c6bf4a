/** The gamma function's logarithm and derivatives, on numbers. */

/** Bernoulli numbers of even index, from the second on. */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330, 854513 / 138];
const EULER = 0.5772156649015329;
const HALF_LOG_TWO_PI = 0.9189385332046728;
/** From here on the asymptotic series give all digits. */
const FAR = 12;

/** The sum of `(q + i) ** -s` over i >= 0, for q > 0 and s > 1 (Euler and Maclaurin). */
function zetaAbove(s: number, q: number): number {
  // 1 to an infinite power is NaN in JavaScript.
  if (s === Infinity) return q < 1 ? s : q === 1 ? 1 : 0;
  let near = 0;
  let a = q;
  while (a < FAR + s) {
    const term = a ** -s;
    near += term;
    // Powers so high leave nothing for the others: they are less than their integral and the first of them.
    if (term * (1 + a / (s - 1)) <= 1e-18 * near) return near;
    a++;
  }
  const power = a ** -s;
  let far = (a * power) / (s - 1) + power / 2;
  let factor = (s * power) / a / 2;
  BERNOULLI.forEach((number, k) => {
    far += number * factor;
    const j = 2 * k + 2;
    factor *= ((s + j - 1) * (s + j)) / (a * a) / ((j + 1) * (j + 2));
  });
  return near + far;
}

/**
 * The Hurwitz zeta function of s > 1, infinite at 1; where q is negative, the sum still runs over all terms, for whole s, and at the poles 0, -1, -2, ... it is infinite.
 */
export function zeta(s: number, q: number): number {
  if (!(s > 1)) return s === 1 ? Infinity : Number.NaN;
  if (q < 0 && s !== Math.floor(s)) return q === Math.floor(q) ? Infinity : Number.NaN;
  if (q > 0) return q === Infinity ? 0 : zetaAbove(s, q);
  const rest = q - Math.floor(q);
  if (rest === 0) return s % 2 === 0 || q === 0 ? Infinity : Number.NaN;
  if (Number.isNaN(rest)) return rest;
  // The terms below 0 are those of 1 - rest, up to the sign, without the ones beyond q.
  const below = zetaAbove(s, 1 - rest) - zetaAbove(s, 1 - q);
  return zetaAbove(s, rest) + (s % 2 === 0 ? below : -below);
}

/** Of log gamma(2 + z): the coefficients of its powers of z from the second on, which fall by halves. */
const AT_TWO = Array.from({ length: 34 }, (_, i) => ((i % 2 === 0 ? 1 : -1) * zetaAbove(i + 2, 2)) / (i + 2));

/** log gamma(2 + z) for z from -1/2 to 1/2, without loss of digits near 0. */
function lgammaAtTwo(z: number): number {
  let sum = 0;
  for (let i = AT_TWO.length - 1; i >= 0; i--) sum = sum * z + AT_TWO[i];
  return z * (1 - EULER + z * sum);
}

/** log gamma(1 + z) for z from -1/2 to 1/2, without loss of digits near 0. */
export function lgammaAtOne(z: number): number {
  return lgammaAtTwo(z) - Math.log1p(z);
}

/** sin(pi x), whose zeros are exact. */
export function sinPi(x: number): number {
  const turns = Math.round(x);
  const sine = Math.sin(Math.PI * (x - turns));
  return turns % 2 === 0 ? sine : -sine;
}

/** The logarithm of |gamma(x)|; Infinity at 0, -1, -2, ... */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x <= 0) {
    if (x === Math.floor(x)) return Infinity;
    return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  if (x < 0.5) return lgammaAtOne(x) - Math.log(x);
  if (x < 1.5) return lgammaAtTwo(x - 1) - Math.log(x);
  if (x < FAR) {
    let factor = 1;
    let rest = x;
    while (rest > 2.5) {
      rest--;
      factor *= rest;
    }
    return Math.log(factor) + lgammaAtTwo(rest - 2);
  }
  if (x === Infinity) return x;
  let series = 0;
  let power = x;
  BERNOULLI.forEach((number, k) => {
    series += number / ((2 * k + 1) * (2 * k + 2) * power);
    power *= x * x;
  });
  // Before the product of the logarithm, so that it does not overflow.
  return (x - 0.5) * (Math.log(x) - 1) - 0.5 + HALF_LOG_TWO_PI + series;
}

/** The derivative of log gamma; NaN at -1, -2, ... */
export function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) return x === Math.floor(x) ? Number.NaN : digamma(1 - x) - (Math.PI * sinPi(x + 0.5)) / sinPi(x);
  let near = 0;
  let a = x;
  while (a < FAR) {
    near += 1 / a;
    a++;
  }
  let series = 0;
  let power = a * a;
  BERNOULLI.forEach((number, k) => {
    series += number / ((2 * k + 2) * power);
    power *= a * a;
  });
  return Math.log(a) - 0.5 / a - series - near;
}

/** The derivative of order n of digamma, n >= 1. */
export function polygamma(n: number, x: number): number {
  let factorial = n % 2 === 0 ? -1 : 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return factorial * zeta(n + 1, x);
}
