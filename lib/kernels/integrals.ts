/** Functions that are integrals of elementary ones, on numbers: Dawson's, Fresnel's, the exponential integral and Spence's. */

const EULER = 0.5772156649015329;
/** The distance of the sampling points of Dawson's integral: the error, exp(-(pi / (2 step)) ** 2), is below rounding. */
const STEP = 0.2;

/** `exp(-x * x)` times the integral of `exp(t * t)` from 0 to `x` (Rybicki 1989). */
export function dawsn(x: number): number {
  const size = Math.abs(x);
  if (!(size < Infinity)) return Number.isNaN(x) ? x : 0;
  if (size < 0.5) {
    let [term, sum] = [x, x];
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
      term *= (-2 * x * x) / (2 * k + 1);
      sum += term;
    }
    return sum;
  }
  if (size > 1e7) return (0.5 / x) * (1 + 0.5 / (x * x));
  // Far out the points are as good as the ones next to them.
  const nearest = 2 * Math.round((size / STEP - 1) / 2) + 1;
  const beside = size - nearest * STEP;
  let sum = 0;
  for (let k = -34; k <= 34; k += 2) sum += Math.exp(-((beside - k * STEP) ** 2)) / (nearest + k);
  return (Math.sign(x) * sum) / Math.sqrt(Math.PI);
}

/** The principal value of the integral of `exp(t) / t` from -Infinity to `x`; -Infinity at 0. */
export function expint(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === 0 || x === -Infinity) return x === 0 ? -Infinity : 0;
  if (x < -1) {
    // A continued fraction from the front (Lentz).
    let b = 1 - x;
    let c = 1e300;
    let d = 1 / b;
    let h = d;
    for (let k = 1; k < 1e4; k++) {
      b += 2;
      d = 1 / (b - k * k * d);
      c = b - (k * k) / c;
      h *= c * d;
      if (Math.abs(c * d - 1) < 1e-16) break;
    }
    return -h * Math.exp(x);
  }
  if (x > 40) {
    let [term, sum] = [1, 1];
    for (let k = 1; k < x && term > 1e-17; k++) {
      term *= k / x;
      sum += term;
    }
    return (Math.exp(x) / x) * sum;
  }
  let [term, sum] = [1, 0];
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum) || k <= Math.abs(x); k++) {
    term *= x / k;
    sum += term / k;
  }
  return EULER + Math.log(Math.abs(x)) + sum;
}

/** The integral of `log(t) / (1 - t)` from 1 to `x`: a dilogarithm of `1 - x`. NaN below 0. */
export function spence(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x === 0) return Math.PI ** 2 / 6;
  if (x === Infinity) return -Infinity;
  if (x < 0.5) return Math.PI ** 2 / 6 - Math.log(x) * Math.log1p(-x) - spence(1 - x);
  if (x > 1.5) return -(Math.log(x) ** 2) / 2 - spence(1 / x);
  const z = 1 - x;
  let [power, sum] = [z, 0];
  for (let k = 1; Math.abs(power) > 1e-18 * Math.abs(sum); k++) {
    sum += power / (k * k);
    power *= z;
  }
  return sum;
}

/** The integrals of the cosine and the sine of `pi t * t / 2` from 0 to `x`. */
export function fresnel(x: number): [cosine: number, sine: number] {
  const size = Math.abs(x);
  const sign = Math.sign(x);
  if (Number.isNaN(x)) return [x, x];
  if (size > 1e8) return [sign / 2, sign / 2];
  const angle = (Math.PI / 2) * size * size;
  if (size < 1.5) {
    // The powers of the angle by turns, over their factorials.
    let term = size;
    const sums: [number, number] = [0, 0];
    for (let k = 0; Math.abs(term) > 1e-20 || k < 2; k++) {
      sums[k % 2] += ((k % 4 < 2 ? 1 : -1) * term) / (2 * k + 1);
      term *= angle / (k + 1);
      if (term === 0) break;
    }
    return [sign * sums[0], sign * sums[1]];
  }
  // The complementary error function of a complex number, by its continued fraction (Lentz), parts side by side.
  const inverse = (re: number, im: number): [number, number] => [re / (re * re + im * im), -im / (re * re + im * im)];
  let [br, bi] = [1, -2 * angle];
  let [dr, di] = inverse(br, bi);
  let [cr, ci] = [1e150, 0];
  let [hr, hi] = [dr, di];
  for (let k = 1; k < 1e4; k++) {
    const a = -(2 * k - 1) * (2 * k);
    br += 4;
    [dr, di] = inverse(a * dr + br, a * di + bi);
    const [er, ei] = inverse(cr, ci);
    [cr, ci] = [br + a * er, bi + a * ei];
    const [fr, fi] = [cr * dr - ci * di, cr * di + ci * dr];
    [hr, hi] = [hr * fr - hi * fi, hr * fi + hi * fr];
    if (Math.abs(fr - 1) + Math.abs(fi) < 1e-16) break;
  }
  const [pr, pi] = [size * (hr + hi), size * (hi - hr)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [ur, ui] = [1 - (cos * pr - sin * pi), -(cos * pi + sin * pr)];
  return [(sign * (ur - ui)) / 2, (sign * (ur + ui)) / 2];
}
