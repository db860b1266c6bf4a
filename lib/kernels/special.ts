/** Functions on numbers that `Math` lacks, or has with other edge cases than the ops promise. */

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
/** Where the series of erf gives way to the integral of erfc. */
const SERIES_LIMIT = 0.5;
/** From here on erfc is 0 in double precision. */
const ERFC_VANISHES = 27.3;
/** The step of the trapezoidal rule: its error, exp(-(pi / step) ** 2), is below rounding. */
const STEP = 0.5;
const SQUARES = Array.from({ length: 12 }, (_, k) => ((k + 1) * STEP) ** 2);
const WEIGHTS = SQUARES.map((square) => Math.exp(-square));

/** erf near 0: a series of positive terms (Abramowitz and Stegun 7.1.6). */
function erfSeries(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * total;
}

/** exp(-x * x), whose exponent is not rounded: the square of the upper bits of x is exact. */
function gauss(x: number): number {
  const upper = Math.fround(x);
  return Math.exp(-upper * upper) * Math.exp((upper - x) * (upper + x));
}

/** erfc away from 0, x >= 1/2: an integral by the trapezoidal rule, and the residue that it leaves (Matta and Reichel 1971). */
function erfcIntegral(x: number): number {
  if (x > ERFC_VANISHES) return 0;
  let sum = 0.5 / (x * x);
  for (let k = 0; k < SQUARES.length; k++) sum += WEIGHTS[k] / (SQUARES[k] + x * x);
  const value = ((2 * STEP * x) / Math.PI) * gauss(x) * sum;
  return x < Math.PI / STEP ? value - 2 / Math.expm1((2 * Math.PI * x) / STEP) : value;
}

/** The error function. */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (Math.abs(x) < SERIES_LIMIT) return erfSeries(x);
  return x > 0 ? 1 - erfcIntegral(x) : erfcIntegral(-x) - 1;
}

/** 1 - erf(x), without the loss of digits for large x. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) < SERIES_LIMIT) return 1 - erfSeries(x);
  return x > 0 ? erfcIntegral(x) : 2 - erfcIntegral(-x);
}

/** Where erf is `size` and erfc is `rest`, both from 0 to 1: Winitzki's formula, to three digits, and steps of Halley's method. */
function whereErf(size: number, rest: number): number {
  const log = Math.log(rest * (1 + size));
  const half = 2 / (Math.PI * 0.147) + log / 2;
  let x = Math.sqrt(Math.max(0, Math.sqrt(half * half - log / 0.147) - half));
  if (size < 0.1) x = size / TWO_OVER_ROOT_PI;
  // Far out three digits are not enough to begin with.
  const steps = rest < 1e-6 ? 5 : 3;
  for (let i = 0; i < steps; i++) {
    const error = size < 0.5 ? erf(x) - size : rest - erfc(x);
    const step = error / (TWO_OVER_ROOT_PI * gauss(x));
    x -= step / (1 + x * step);
  }
  return x;
}

/** The inverse of erf. */
export function erfinv(y: number): number {
  const size = Math.abs(y);
  if (!(size < 1)) return size === 1 ? y * Infinity : Number.NaN;
  if (size < 1e-150) return y / TWO_OVER_ROOT_PI;
  const x = whereErf(size, 1 - size);
  return y < 0 ? -x : x;
}

/** The inverse of erfc, without the loss of digits near 0. */
export function erfcinv(y: number): number {
  if (!(y > 0 && y < 2)) return y === 0 ? Infinity : y === 2 ? -Infinity : Number.NaN;
  return y > 0.25 ? erfinv(1 - y) : whereErf(1 - y, y);
}

/** The logarithm of `x / (1 - x)`, without loss of digits near 1/2. */
export function logit(x: number): number {
  return Math.abs(x - 0.5) < 0.25 ? Math.log1p((2 * x - 1) / (1 - x)) : Math.log(x / (1 - x));
}

/** The nearest whole number, halves to the even one. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}

/** `a` to the power `b` by IEEE 754: 1 to any power, and -1 to an infinite one, is 1. */
export function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

/** `a` to the power `b` in wrapping 32-bit integers; negative powers are rounded towards 0. */
export function integerPower(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let factor = a;
  for (let rest = b; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, factor);
    factor = Math.imul(factor, factor);
  }
  return result;
}

/** `floor(a / b)`, which is -1 below 0 however small the quotient. */
export function floorQuotient(a: number, b: number): number {
  const quotient = Math.floor(a / b);
  return quotient === 0 && a !== 0 && a < 0 !== b < 0 && Number.isFinite(b) ? -1 : quotient;
}

/** The remainder of `a / b` with the sign of `b`. */
export function floorMod(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + e^x), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
