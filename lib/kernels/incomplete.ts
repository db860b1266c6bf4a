/** Incomplete gamma functions with their derivatives by the first argument, and the incomplete beta function, on numbers. */
import { digamma, lgamma, lgammaAtOne, polygamma } from './gamma.ts';
import { erfc } from './special.ts';

/** Coefficients of a Taylor series in `a`, the value first. */
type Series = Float64Array;

function times(x: Series, y: Series): Series {
  return x.map((_, n) => {
    let sum = 0;
    for (let k = 0; k <= n; k++) sum += x[k] * y[n - k];
    return sum;
  });
}

function quotient(x: Series, y: Series): Series {
  const z = new Float64Array(x.length);
  for (let n = 0; n < x.length; n++) {
    let rest = x[n];
    for (let k = 0; k < n; k++) rest -= z[k] * y[n - k];
    z[n] = rest / y[0];
  }
  return z;
}

/** `scale * exp(x)`, where `scale * exp(x[0])` is given. */
function exponential(x: Series, value: number): Series {
  const y = new Float64Array(x.length);
  y[0] = value;
  for (let n = 1; n < x.length; n++) {
    for (let k = 1; k <= n; k++) y[n] += (k / n) * x[k] * y[n - k];
  }
  return y;
}

/** `x + by`. */
function shifted(x: Series, by: number): Series {
  const y = x.slice();
  y[0] += by;
  return y;
}

/** A fraction takes as many terms as a few times the root of its greatest argument. */
const MOST_TERMS = 1e6;

/** log(1 + m) - m, without loss of digits near 0. */
function logSlack(m: number): number {
  if (Math.abs(m) > 0.3) return Math.log1p(m) - m;
  // By r = m / (2 + m): log(1 + m) = 2 (r + r^3 / 3 + ...), and m = 2 r / (1 - r).
  const r = m / (2 + m);
  let [power, sum] = [r * r * r, 0];
  for (let k = 3; Math.abs(power) > 1e-18 * Math.abs(sum); k += 2) {
    sum += power / k;
    power *= r * r;
  }
  return 2 * sum - m * r;
}

/** What is added to Stirling's formula for log gamma(a), a >= 10. */
function stirlingRest(a: number): number {
  const q = 1 / (a * a);
  return (1 / 12 + q * (-1 / 360 + q * (1 / 1260 + q * (-1 / 1680 + q * (1 / 1188 + q * (-691 / 360360 + q / 156)))))) / a;
}

/** `x ** a * exp(-x) / gamma(a + 1)`. */
function density(a: number, x: number): number {
  if (a < 10) return Math.exp(a * Math.log(x) - x - lgamma(a + 1));
  return Math.exp(a * logSlack((x - a) / a) - stirlingRest(a)) / Math.sqrt(2 * Math.PI * a);
}

/** `density` as a Taylor series in `a`. */
function densitySeries(a: number, x: number, order: number): Series {
  const exponent = new Float64Array(order + 1);
  let factorial = 1;
  for (let n = 1; n <= order; n++) {
    factorial *= n;
    exponent[n] = (n === 1 ? Math.log(x) - digamma(a + 1) : -polygamma(n - 1, a + 1)) / factorial;
  }
  return exponential(exponent, density(a, x));
}

/** From here on what is uniform in both arguments gives all digits. */
const LARGE = 1e6;
/** From here on a series near the middle, of as many terms as the root of `a` times 9, is too long. */
const TOO_LARGE = 1e8;

/** The lower or upper function of large `a`: an error function and the first terms of what is left (Temme 1979). */
function uniform(a: number, x: number, upper: boolean): number {
  const m = (x - a) / a;
  const eta = Math.sign(m) * Math.sqrt(-2 * logSlack(m));
  const half = 0.5 * erfc((upper ? eta : -eta) * Math.sqrt(a / 2));
  const first = -1 / 3 + eta * (1 / 12 + eta * (-2 / 135 + eta * (1 / 864 + eta / 2835)));
  const second = -1 / 540 + eta * (-1 / 288 + eta * (1 / 378));
  const rest = (Math.exp(a * logSlack(m)) / Math.sqrt(2 * Math.PI * a)) * (first + second / a);
  return upper ? half + rest : half - rest;
}

/** The lower function by its series, the terms with their derivatives. */
function lowerSeries(a: number, x: number, order: number): Series {
  const one = new Float64Array(order + 1);
  one[0] = 1;
  const along = one.slice();
  along[0] = a;
  if (order > 0) along[1] = 1;
  const sum = one.slice();
  let term: Series = one;
  for (let k = 1; k < MOST_TERMS; k++) {
    term = quotient(term, shifted(along, k)).map((value) => value * x);
    for (let n = 0; n <= order; n++) sum[n] += term[n];
    if (a + k > x && term.every((value, n) => Math.abs(value) <= 1e-17 * Math.abs(sum[n]))) break;
  }
  return times(densitySeries(a, x, order), sum);
}

/** The upper function where both arguments are small and the lower one is nearly 1: what is missing, summed by itself. */
function upperNearZero(a: number, x: number): number {
  const exponent = a * Math.log(x) - lgammaAtOne(a);
  let [term, sum] = [1, 0];
  for (let k = 1; Math.abs(term) > 1e-18; k++) {
    term *= -x / k;
    sum += term / (a + k);
  }
  return -Math.expm1(exponent) - Math.exp(exponent) * a * sum;
}

/** The upper function by its continued fraction, the partial quotients with their derivatives. */
function upperFraction(a: number, x: number, order: number): Series {
  const along = new Float64Array(order + 1);
  along[0] = a;
  if (order > 0) along[1] = 1;
  const minus = along.map((value) => -value);
  const one = along.map((_, n) => (n === 0 ? 1 : 0));
  // x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...), from the front (Lentz).
  let b = shifted(minus, x + 1);
  let d = quotient(one, b);
  let c = b.map((_, n) => (n === 0 ? 1e300 : 0));
  let h: Series = d;
  for (let k = 1; k < MOST_TERMS; k++) {
    const numerator = shifted(along, -k).map((value) => value * k);
    b = shifted(b, 2);
    const under = times(numerator, d).map((value, n) => value + b[n]);
    d = quotient(one, under);
    c = quotient(numerator, c).map((value, n) => value + b[n]);
    const factor = times(c, d);
    h = times(h, factor);
    if (Math.abs(factor[0] - 1) < 1e-16 && factor.every((value, n) => n === 0 || Math.abs(value) < 1e-16)) break;
  }
  return times(times(densitySeries(a, x, order), along), h);
}

/**
 * The regularized lower (or upper) incomplete gamma function, or its derivative of some order by `a`. NaN unless a > 0 and x >= 0; derivatives where `a` is above 1e8
 * and `x` near it.
 */
export function incompleteGamma(a: number, x: number, order: number, upper: boolean): number {
  if (!(a > 0 && x >= 0) || a === Infinity) return a === Infinity && x >= 0 && x < Infinity && order === 0 ? Number(upper) : Number.NaN;
  if (x === 0 || x === Infinity) return order > 0 ? 0 : Number((x === 0) === upper);
  const isMiddle = Math.abs(x - a) < 0.05 * a;
  if (order === 0 && a > LARGE && isMiddle) return uniform(a, x, upper);
  if (order > 0 && a > TOO_LARGE && isMiddle) return Number.NaN;
  if (order === 0 && upper && a < 0.5 && x < 1.5) return upperNearZero(a, x);
  const fromBelow = x < a + 1 || x < 1;
  const series = fromBelow ? lowerSeries(a, x, order) : upperFraction(a, x, order);
  let value = series[order];
  for (let n = 2; n <= order; n++) value *= n;
  if (upper !== fromBelow) return value;
  return order === 0 ? 1 - value : -value;
}

/** The continued fraction of the incomplete beta function, for x below its mean; NaN for arguments beyond any use. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || 1e-300);
  let h = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || 1e-300);
    c = 1 + even / c || 1e-300;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || 1e-300);
    c = 1 + odd / c || 1e-300;
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) return h;
  }
  return Number.NaN;
}

/** `x ** a * (1 - x) ** b / beta(a, b)`, where neither power is lost beside the other. */
function betaDensity(a: number, b: number, x: number, rest: number): number {
  if (a < 10 || b < 10) return Math.exp(a * Math.log(x) + b * Math.log(rest) + lgamma(a + b) - lgamma(a) - lgamma(b));
  const mean = a / (a + b);
  const m = (x - mean) / mean;
  const n = (rest - b / (a + b)) / (b / (a + b));
  const exponent = a * logSlack(m) + b * logSlack(n) + stirlingRest(a + b) - stirlingRest(a) - stirlingRest(b);
  return Math.exp(exponent) * Math.sqrt((a * b) / (2 * Math.PI * (a + b)));
}

/** The regularized incomplete beta function; NaN unless a > 0, b > 0 and 0 <= x <= 1. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1) || a === Infinity || b === Infinity) return Number.NaN;
  if (x === 0 || x === 1) return x;
  const rest = 1 - x;
  const front = betaDensity(a, b, x, rest);
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(a, b, x)) / a;
  return 1 - (front * betaFraction(b, a, rest)) / b;
}
