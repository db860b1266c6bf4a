/** Special functions against mpmath (test/fixtures/special.py) in units of the last place, their derivatives, and their edges. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';

interface Fixture {
  readonly unary: Readonly<Record<string, readonly [xs: number[], wanted: number[]]>>;
  readonly binary: Readonly<Record<string, readonly [pairs: [number, number][], wanted: number[]]>>;
  readonly several: Readonly<Record<string, readonly [rows: number[][], wanted: number[]]>>;
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/special.json', import.meta.url), 'utf8'));

type Unary = (x: tf.TensorLike) => tf.Tensor;
type Binary = (a: tf.TensorLike, b: tf.TensorLike) => tf.Tensor;

const unary: Readonly<Record<string, Unary>> = {
  erf: tf.erf,
  erfc: tf.erfc,
  erfinv: tf.erfinv,
  lgamma: tf.lgamma,
  digamma: tf.digamma,
  trigamma: (x) => tf.polygamma(1, x),
  tetragamma: (x) => tf.polygamma(2, x),
  i0: tf.i0,
  i1: tf.i1,
  i0e: tf.i0e,
  i1e: tf.i1e,
  sinc: tf.sinc,
  log2: tf.log2,
  log10: tf.log10,
  exp2: tf.exp2,
  logit: tf.logit,
  cbrt: tf.cbrt,
  asinh: tf.asinh,
  acosh: tf.acosh,
  atanh: tf.atanh,
  dawsn: tf.dawsn,
  expint: tf.expint,
  spence: tf.spence,
  fresnelSin: tf.fresnelSin,
  fresnelCos: tf.fresnelCos,
  besselJ0: tf.besselJ0,
  besselJ1: tf.besselJ1,
  besselY0: tf.besselY0,
  besselY1: tf.besselY1,
  besselK0: tf.besselK0,
  besselK1: tf.besselK1,
  besselK0e: tf.besselK0e,
  besselK1e: tf.besselK1e,
  erfcinv: tf.erfcinv,
  ndtri: tf.ndtri,
};

const binary: Readonly<Record<string, Binary>> = {
  atan2: tf.atan2,
  hypot: tf.hypot,
  xlogy: tf.xlogy,
  xlog1py: tf.xlog1py,
  xdivy: tf.xdivy,
};

/** The derivative by the first argument. */
const byA =
  (f: Binary): Binary =>
  (a, x) =>
    tf.grads((first: tf.Tensor, second: tf.Tensor) => f(first, second))([a, x])[0];
const several: Readonly<Record<string, (...xs: tf.Tensor[]) => tf.Tensor>> = {
  igamma: tf.igamma,
  igammac: tf.igammac,
  igammaByA: byA(tf.igamma),
  igammaByAA: byA(byA(tf.igamma)),
  igammaOfMany: tf.igamma,
  betainc: tf.betainc,
  zeta: tf.zeta,
};

/** Where a function crosses 0 only the absolute error is small, against terms of size 1. */
const CROSSING: Readonly<Record<string, number>> = {
  lgamma: 2,
  digamma: 2,
  expint: 1,
  fresnelSin: 1,
  fresnelCos: 1,
  besselJ0: 1,
  besselJ1: 1,
  besselY0: 1,
  besselY1: 1,
};

/** The places where the result is more than so many units of the last place off. */
function inexact(
  name: string,
  xs: readonly unknown[],
  got: ArrayLike<number>,
  wanted: readonly number[],
  units: number,
  epsilon: number,
): string[] {
  return wanted.flatMap((value, i) => {
    const unit = epsilon * Math.max(Math.abs(value), CROSSING[name] ?? 0);
    return Math.abs(got[i] - value) <= units * unit
      ? []
      : [`${name}(${String(xs[i])}) is ${got[i]}, not ${value}: ${(Math.abs(got[i] - value) / unit).toFixed(1)} units`];
  });
}

describe('agree with mpmath', () => {
  it.each(Object.keys(fixture.unary))('%s', (name) => {
    const [xs, wanted] = fixture.unary[name];
    expect(inexact(name, xs, unary[name](double(xs)).dataSync(), wanted, 6, 2 ** -52)).toEqual([]);
    const within = wanted.map((value, i) => [Math.fround(xs[i]) === xs[i] ? xs[i] : 0, value] as const).filter(([x]) => x !== 0);
    const single = unary[name](within.map(([x]) => x));
    expect(single.dtype).toBe('float32');
    const representable = within.map(([, value]) => (Math.abs(value) > 1e-37 && Math.abs(value) < 3e38 ? value : 0));
    const got = Array.from(single.dataSync(), (value, i) => (representable[i] === 0 ? 0 : value));
    expect(inexact(name, within, got, representable, 2, 2 ** -23)).toEqual([]);
  });

  it.each(Object.keys(fixture.binary))('%s', (name) => {
    const [pairs, wanted] = fixture.binary[name];
    const [a, b] = [double(pairs.map(([x]) => x)), double(pairs.map(([, x]) => x))];
    expect(inexact(name, pairs, binary[name](a, b).dataSync(), wanted, 2, 2 ** -52)).toEqual([]);
  });

  it.each(Object.keys(fixture.several))('%s', (name) => {
    const [rows, wanted] = fixture.several[name];
    const columns = rows[0].map((_, n) => double(rows.map((row) => row[n])));
    const got = several[name](...columns).dataSync();
    // Powers of such exponents lose digits, and derivatives cross 0.
    const [relative, absolute] = name.startsWith('igammaBy') ? [1e-13, 1e-14] : [3e-14, name === 'igammaOfMany' ? 1e-12 : 0];
    const off = wanted.flatMap((value, i) =>
      Math.abs(got[i] - value) <= relative * Math.abs(value) + absolute ? [] : [`${name}(${rows[i]}) is ${got[i]}, not ${value}`],
    );
    expect(off).toEqual([]);
    const single = several[name](...columns.map((column) => tf.cast(column, 'float32')));
    expect(single.dtype).toBe('float32');
    const traced = tf.function((...xs: tf.Tensor[]) => several[name](...xs))(...columns);
    expect(traced.dataSync()).toEqual(got);
  });

  it('and each case is called', () => {
    expect([unary, binary, several].map(Object.keys)).toEqual([fixture.unary, fixture.binary, fixture.several].map(Object.keys));
  });
});

const SPREAD = [-1.7, -0.6, 0.3, 1.2, 2.1];
const derivatives: readonly (readonly [name: string, f: (...xs: tf.Tensor[]) => tf.Tensor, ...inputs: number[][]])[] = [
  ['erfc', tf.erfc, SPREAD],
  ['erfinv', tf.erfinv, [-0.8, -0.3, 0.2, 0.6]],
  ['lgamma', tf.lgamma, [-1.4, 0.4, 1.2, 5.5]],
  ['digamma', tf.digamma, [-1.4, 0.7, 1.2, 5.5]],
  ['polygamma', (x) => tf.polygamma(2, x), [-1.4, 0.8, 1.2, 5.5]],
  ['i0', tf.i0, [...SPREAD, 0]],
  ['i0e', tf.i0e, SPREAD],
  ['i1', tf.i1, [...SPREAD, 0]],
  ['i1e', tf.i1e, SPREAD],
  ['sinc', tf.sinc, [...SPREAD, 0, 1, 5.2]],
  ['log2', tf.log2, [0.4, 1.2, 5]],
  ['log10', tf.log10, [0.4, 1.2, 5]],
  ['exp2', tf.exp2, SPREAD],
  ['logit', tf.logit, [0.2, 0.5, 0.7]],
  ['cbrt', tf.cbrt, SPREAD],
  ['asinh', tf.asinh, SPREAD],
  ['acosh', tf.acosh, [1.4, 2, 5]],
  ['atanh', tf.atanh, [-0.8, 0.1, 0.6]],
  ['atan2', tf.atan2, SPREAD, [1.1, -0.4, 0.7, -2, 0.2]],
  ['hypot', tf.hypot, SPREAD, [1.1, -0.4, 0.7, -2, 0.2]],
  ['xlogy', tf.xlogy, SPREAD, [1.1, 0.4, 0.7, 2, 0.2]],
  ['xlog1py', tf.xlog1py, SPREAD, [1.1, -0.4, 0.7, 2, -0.2]],
  ['xdivy', tf.xdivy, SPREAD, [1.1, -0.4, 0.7, 2, -0.6]],
  ['hardTanh', tf.hardTanh, SPREAD],
  ['hardSilu', tf.hardSilu, [...SPREAD, -4, 4]],
  ['mish', tf.mish, SPREAD],
  ['celu', (x) => tf.celu(x, 1.5), SPREAD],
  ['glu', (x) => tf.glu(x), [...SPREAD, 0.9]],
  ['squareplus', (x) => tf.squareplus(x, 2), SPREAD],
  ['threshold', (x) => tf.square(tf.threshold(x, 0.5, 7)), SPREAD],
  ['tanhShrink', tf.tanhShrink, SPREAD],
  ['softShrink', (x) => tf.square(tf.softShrink(x)), SPREAD],
  ['hardShrink', (x) => tf.square(tf.hardShrink(x)), SPREAD],
  ['sparsePlus', tf.sparsePlus, SPREAD],
  ['sparseSigmoid', (x) => tf.square(tf.sparseSigmoid(x)), SPREAD],
  ['prelu', tf.prelu, SPREAD, [0.3]],
  ['dawsn', tf.dawsn, [...SPREAD, 0, 7]],
  ['expint', tf.expint, [-2.5, -0.6, 0.3, 1.2, 2.1]],
  ['spence', tf.spence, [0.3, 0.7, 1.3, 2.5, 9]],
  ['fresnelSin', tf.fresnelSin, [...SPREAD, 0]],
  ['fresnelCos', tf.fresnelCos, [...SPREAD, 0]],
  ['besselJ0', tf.besselJ0, [...SPREAD, 0, 7, 30]],
  ['besselJ1', tf.besselJ1, [...SPREAD, 0, 7, 30]],
  ['besselY0', tf.besselY0, [0.5, 1.2, 7, 30]],
  ['besselY1', tf.besselY1, [0.5, 1.2, 7, 30]],
  ['besselK0', tf.besselK0, [0.5, 1.2, 7]],
  ['besselK1', tf.besselK1, [0.5, 1.2, 7]],
  ['besselK0e', tf.besselK0e, [0.5, 1.2, 7]],
  ['besselK1e', tf.besselK1e, [0.5, 1.2, 7]],
  ['erfcinv', tf.erfcinv, [0.1, 0.6, 1.3]],
  ['ndtri', tf.ndtri, [0.1, 0.45, 0.8]],
  ['igamma', tf.igamma, [0.7, 2.5, 4, 1.5], [0.4, 3.1, 3.9, 5]],
  ['igammac', tf.igammac, [0.7, 2.5, 4, 1.5], [0.4, 3.1, 3.9, 5]],
  ['betainc by x', (x) => tf.betainc(double([0.7, 2.5, 4]), 1.5, x), [0.2, 0.5, 0.8]],
  ['zeta by q', (q) => tf.zeta(double([1.5, 2.5, 4]), q), [0.4, 1.1, 3]],
  ['lbeta', tf.lbeta, [0.4, 1.1, 3]],
  ['multiplyNoNan', tf.multiplyNoNan, SPREAD, [1.1, 0, 0.7, 2, -0.6]],
  ['reciprocalNoNan', tf.reciprocalNoNan, SPREAD],
  ['sparsemax', (x) => tf.square(tf.sparsemax(x)), [0.3, 0.5, 0.7, -2]],
];

it.each(derivatives.map(([name, ...rest]) => [name, rest] as const))('%s has its first and second derivatives', (_name, [f, ...inputs]) => {
  checkTwice(f, inputs, 1e-5);
});

describe('at edges', () => {
  const values = (f: Unary, xs: readonly number[]): number[] => Array.from(f(double(xs)).dataSync());
  const { NaN: nan } = Number;

  it('give the limits', () => {
    expect(values(tf.erfc, [-Infinity, Infinity, nan, 30])).toEqual([2, 0, nan, 0]);
    expect(values(tf.erfinv, [-1, 1, 2, nan, 0, -0])).toEqual([-Infinity, Infinity, nan, nan, 0, -0]);
    expect(values(tf.lgamma, [0, -3, Infinity, -Infinity, nan, 1, 2])).toEqual([Infinity, Infinity, Infinity, Infinity, nan, 0, 0]);
    expect(values(tf.digamma, [0, -0, -3, Infinity, -Infinity, nan])).toEqual([-Infinity, Infinity, nan, Infinity, nan, nan]);
    expect(values((x) => tf.polygamma(1, x), [0, -3, Infinity, -Infinity, nan])).toEqual([Infinity, Infinity, 0, nan, nan]);
    expect(values((x) => tf.polygamma(2, x), [-3, Infinity])).toEqual([nan, -0]);
    expect(values(tf.i0, [0, Infinity, -Infinity, nan, 800])).toEqual([1, Infinity, Infinity, nan, Infinity]);
    expect(values(tf.i1, [0, -Infinity])).toEqual([0, -Infinity]);
    expect(values(tf.i0e, [Infinity])).toEqual([0]);
    expect(values(tf.sinc, [0, 4, Infinity, nan])).toEqual([1, 0, 0, nan]);
    expect(values(tf.logit, [0, 1, 2])).toEqual([-Infinity, Infinity, nan]);
    expect(values(tf.acosh, [1, 0.5])).toEqual([0, nan]);
    expect(values(tf.dawsn, [0, Infinity, -Infinity, nan])).toEqual([0, 0, 0, nan]);
    expect(values(tf.expint, [0, Infinity, -Infinity, nan])).toEqual([-Infinity, Infinity, 0, nan]);
    expect(values(tf.spence, [1, Infinity, -1, nan])).toEqual([0, -Infinity, nan, nan]);
    expect(
      tf
        .grad((x) => tf.spence(x))(1)
        .item(),
    ).toBe(-1);
    expect([tf.fresnelSin, tf.fresnelCos].map((f) => values(f, [0, Infinity, -Infinity, nan, 1e200]))).toEqual([
      [0, 0.5, -0.5, nan, 0.5],
      [0, 0.5, -0.5, nan, 0.5],
    ]);
    expect([tf.besselJ0, tf.besselJ1].map((f) => values(f, [0, Infinity, -Infinity, nan]))).toEqual([
      [1, 0, 0, nan],
      [0, 0, 0, nan],
    ]);
    expect([tf.besselY0, tf.besselY1].map((f) => values(f, [0, Infinity, -1, nan]))).toEqual([
      [-Infinity, 0, nan, nan],
      [-Infinity, 0, nan, nan],
    ]);
    expect([tf.besselK0, tf.besselK1e].map((f) => values(f, [0, Infinity, -1, nan]))).toEqual([
      [Infinity, 0, nan, nan],
      [Infinity, 0, nan, nan],
    ]);
    expect(values(tf.erfcinv, [0, 2, 1, -1, nan])).toEqual([Infinity, -Infinity, 0, nan, nan]);
    expect(values(tf.ndtri, [0, 1, 0.5, 2]).map(Math.abs)).toEqual([Infinity, Infinity, 0, nan]);
    const [as, xs] = [double([1, 1, 0, -1, 2, 1, Infinity, nan]), double([0, Infinity, 1, 1, -1, nan, 5, 1])];
    expect(Array.from(tf.igamma(as, xs).dataSync())).toEqual([0, 1, nan, nan, nan, nan, 0, nan]);
    expect(Array.from(tf.igammac(as, xs).dataSync())).toEqual([1, 0, nan, nan, nan, nan, 1, nan]);
    expect(tf.betainc([1, 1, 0, 1, 1, nan], 2, [0, 1, 0.5, 1.5, -1, 0.5]).arraySync()).toEqual([0, 1, nan, nan, nan, nan]);
    expect(tf.zeta([1, 0.5, 2, 3, 2.5, nan, 2], [2, 1, 0, -1, -0.5, 1, Infinity]).arraySync()).toEqual([
      Infinity,
      nan,
      Infinity,
      nan,
      nan,
      nan,
      0,
    ]);
    expect(tf.multiplyNoNan([nan, Infinity, 2], [0, 0, 3]).arraySync()).toEqual([0, 0, 6]);
    expect(tf.reciprocalNoNan([0, 2]).arraySync()).toEqual([0, 0.5]);
    expect(tf.xlogy([0, 0, 1], [0, nan, 0]).arraySync()).toEqual([0, nan, -Infinity]);
    expect(tf.xlog1py([0, 0], [-1, nan]).arraySync()).toEqual([0, nan]);
    expect(tf.xdivy([0, 0, 1], [0, nan, 0]).arraySync()).toEqual([0, nan, Infinity]);
  });

  it('end soon for arguments beyond any use', () => {
    expect(tf.zeta(double([1e9, 1e15, 1e300, 40]), double([1.5, 1, 1e8, 1e-3])).arraySync()).toEqual([
      0,
      1,
      0,
      expect.closeTo(1e120, -108),
    ]);
    const far = double([1e9, 1e18, 1e300]);
    expect(tf.igamma(far, far).arraySync()).toEqual([0.5, 0.5, 0.5].map((half) => expect.closeTo(half, 4)));
    expect(byA(tf.igamma)(far, far).arraySync()).toEqual([nan, nan, nan]);
    expect(byA(tf.igamma)(far, tf.mul(far, 2)).arraySync()).toEqual([0, 0, 0].map(() => expect.closeTo(0, 20)));
    expect(tf.betainc(double([1e6, 1e300]), double([1e6, 1e300]), double([0.5, 0.4])).arraySync()).toEqual([
      expect.closeTo(0.5, 9),
      expect.toSatisfy((y) => y === 0 || Number.isNaN(y)),
    ]);
    expect(values(tf.besselK0, [5e-324, 1e300])).toEqual([expect.closeTo(744.56, 1), 0]);
    expect(values(tf.dawsn, [1e300, -1e8])).toEqual([5e-301, expect.closeTo(-5e-9, 22)]);
    expect(values(tf.expint, [-1e300, 1e300, 800])).toEqual([-0, Infinity, Infinity]);
    expect(values(tf.spence, [1e300])[0]).toBeCloseTo(-238587.0599, 3);
    expect(values(tf.besselJ0, [1e300])[0]).toBeCloseTo(0, 20);
  });

  it('have gradients that are numbers', () => {
    expect(
      tf
        .grads((a, b) => tf.hypot(a, b))([0, 0])
        .map((g) => g.item()),
    ).toEqual([0, 0]);
    expect(
      tf
        .grads((a, b) => tf.xlogy(a, b))([0, 0])
        .map((g) => g.item()),
    ).toEqual([0, 0]);
  });

  it('count integers as float32, and take other axes', () => {
    expect(tf.hypot(tf.tensor(new Int32Array([3])), tf.tensor(new Int32Array([4]))).dtype).toBe('float32');
    expect(tf.mish(tf.tensor(new Int32Array([3]))).dtype).toBe('float32');
    expect(
      tf
        .sparsemax(
          [
            [1, 5],
            [1.5, 5],
            [-2, 5],
          ],
          0,
        )
        .arraySync(),
    ).toEqual([
      [0.25, Math.fround(1 / 3)],
      [0.75, Math.fround(1 / 3)],
      [0, Math.fround(1 / 3)],
    ]);
    expect(tf.sparsemax([1, nan]).arraySync()).toEqual([nan, nan]);
    expect(
      tf
        .glu(
          [
            [2, 4],
            [0, 0],
          ],
          0,
        )
        .arraySync(),
    ).toEqual([[1, 2]]);
    expect(tf.tensor([0.5]).erfinv().item()).toBeCloseTo(0.4769363, 6);
  });

  it('refuse what they cannot take', () => {
    expect(() => tf.polygamma(-1, [1])).toThrow(new tf.ArgumentError('polygamma: n must be a whole number from 0 to 169; received -1'));
    expect(() => tf.celu([1], 0)).toThrow(new tf.ArgumentError('celu: alpha must be a number above 0; received 0'));
    expect(() => tf.glu([1, 2, 3])).toThrow(new tf.ShapeError('glu: axis 0 must have an even size; received shape [3]'));
    expect(() => tf.softShrink([1], -1)).toThrow(new tf.ArgumentError('softShrink: threshold must be a number >= 0; received -1'));
    expect(() => tf.threshold([1], Number.NaN, 0)).toThrow(new tf.ArgumentError('threshold: threshold must be a number; received NaN'));
  });
});

it('prelu has a gradient by alpha where x is infinite', () => {
  const alpha = tf.scalar(0.5);
  const x = tf.tensor([Infinity, -2, 3]);
  expect(
    tf
      .grad((a) => tf.prelu(x, a).slice(1).sum())(alpha)
      .item(),
  ).toBe(-2);
  expect(
    tf
      .grad((a) => tf.prelu(x, a).sum())(alpha)
      .item(),
  ).toBe(-2);
});

it('zeta ends at once for an infinite power', () => {
  expect(tf.zeta(Infinity, [0.5, 1, 1.5]).arraySync()).toEqual([Infinity, 1, 0]);
});
