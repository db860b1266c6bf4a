/** Numbers, patterns, norms and counts against NumPy, Keras and TensorFlow (test/fixtures/numerics.py), their gradients, traces and errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';
import { expectMade, fixturesOf } from '../support/fixtures.ts';

const made = fixturesOf('numerics');

/** An input of the script, by its name there. */
function given(name: string, dtype: tf.DType = 'float64'): tf.Tensor {
  const { shape, values } = made[name];
  return tf.tensor(values.map(Number), shape, dtype);
}

const [odd, other, points, others, line, kernel, even] = ['odd', 'other', 'points', 'others', 'line', 'kernel', 'even'].map((name) =>
  given(name),
);
const [whole, divisors, image] = ['whole', 'divisors', 'image'].map((name) => given(name, 'int32'));
const single = given('single', 'float32');
const int32 = (values: readonly number[]): tf.Tensor => tf.tensor(values, [values.length], 'int32');

type Call = (...xs: tf.Tensor[]) => tf.Tensor;
const calls: Readonly<Record<string, readonly [f: Call, inputs: readonly tf.Tensor[], tolerance?: number]>> = {
  deg2rad: [tf.deg2rad, [odd]],
  rad2deg: [tf.rad2deg, [odd]],
  trunc: [tf.trunc, [odd]],
  signbit: [tf.signbit, [odd]],
  isPosInf: [tf.isPosInf, [odd]],
  isNegInf: [tf.isNegInf, [odd]],
  fmax: [tf.fmax, [odd, other]],
  fmin: [tf.fmin, [odd, other]],
  heaviside: [tf.heaviside, [odd, other]],
  fmod: [tf.fmod, [odd, other]],
  gcd: [tf.gcd, [whole, divisors]],
  lcm: [tf.lcm, [whole, divisors]],
  ldexp: [tf.ldexp, [double([0.75, -3, 1e300, 1e-300, 0]), int32([3, -5, 20, 1500, 5000])]],
  logaddexp2: [
    (a, b) => tf.logaddexp2(a, b),
    [tf.slice(odd, [0], [10]), double([1, 2, -2, 0.25, 0, -1, Number.POSITIVE_INFINITY, 2.5, -1e30, 3])],
  ],
  nextafter: [tf.nextafter, [odd, other], 0],
  nextafterSingle: [(x) => tf.nextafter(x, 2), [single], 0],
  saturated: [(x) => tf.saturateCast(x, 'int32'), [double([-1e10, -2.7, 300.9, 2 ** 31, 1e10])]],
  saturatedBytes: [(x) => tf.saturateCast(x, 'uint8'), [tf.tensor([-1e10, -2.7, 200.9, 300])]],
  bitcastInts: [(x) => tf.bitcast(x, 'int32'), [single]],
  bitcastBytes: [(x) => tf.bitcast(x, 'uint8'), [single]],
  bitcastDoubles: [(x) => tf.bitcast(x, 'float64'), [tf.reshape(int32([1, 2, 3, 4]), [2, 2])], 0],
  cdist: [tf.cdist, [points, others]],
  normalize: [(x) => tf.normalize(x, 1, 3), [points]],
  zeroFraction: [tf.zeroFraction, [tf.tensor([0, 1, 0, 2, 3])]],
  space: [(x) => tf.rearrange(x, 'b (h h1) (w w1) c -> b h w (c h1 w1)', { h1: 3, w1: 2 }), [image]],
  merged: [(x) => tf.rearrange(x, 'b h w c -> h (b w) c'), [image]],
  apart: [(x) => tf.rearrange(x, 'b (h1 h) w c->(b h1) c h w', { h1: 2 }), [image]],
  polyval: [(x) => tf.polyval([0.5, -1, 2, 3], x), [line]],
  histogram: [(x) => tf.histogramFixedWidth(x, [-2, 2.5], 6), [line]],
  clipByNorm: [(x) => tf.clipByNorm(x, 2.5, 2), [points]],
  clipByAverageNorm: [(x) => tf.clipByAverageNorm(x, 0.1), [points], 1e-6],
  globalNorm: [(...xs) => tf.globalNorm(xs), [points, others, line]],
  clippedLine: [(...xs) => tf.clipByGlobalNorm(xs, 4)[0][2] as tf.Tensor, [points, others, line]],
  lbeta: [(x) => tf.lbeta(tf.add(tf.abs(x), 0.1)), [points]],
  batchMatrix: [
    tf.vectorize((m, v) => tf.linalg.matvec(m, v), '(m,n),(n)->(m)'),
    [points, tf.slice(others, [0, 0, 0], [1, 1, 4]).reshape([1, 4])],
  ],
};
const correlated: Readonly<Record<string, readonly [tf.Tensor, tf.Tensor]>> = {
  correlate: [line, kernel],
  'correlate even': [line, even],
  'correlate longer': [even, line],
  'correlate odd longer': [kernel, line],
};

describe('agree with NumPy, Keras and TensorFlow', () => {
  it.each(Object.keys(calls))('%s', (name) => {
    const [f, inputs, tolerance = 1e-13] = calls[name];
    const got = f(...inputs);
    expectMade(got, made[name], tolerance);
    expect(
      tf
        .function((xs: tf.Tensor[]) => f(...xs))([...inputs])
        .dataSync(),
    ).toEqual(got.dataSync());
  });

  it.each(Object.keys(correlated))('%s', (name) => {
    for (const mode of ['valid', 'same', 'full'] as const)
      expectMade(tf.correlate(...correlated[name], mode), made[`${name} ${mode}`], 1e-12);
  });

  it('and all of them are looked at', () => {
    const inputs = ['odd', 'other', 'whole', 'divisors', 'points', 'others', 'line', 'kernel', 'even', 'image', 'single'];
    const modes = Object.keys(correlated).flatMap((name) => ['valid', 'same', 'full'].map((mode) => `${name} ${mode}`));
    expect([...inputs, ...Object.keys(calls), ...modes].sort()).toEqual(
      Object.keys(made)
        .filter((name) => !name.startsWith('sparse '))
        .sort(),
    );
  });
});

describe('of other dtypes', () => {
  it('whole numbers stay or become floats', () => {
    const x = int32([-3, 0, 5]);
    expect(tf.trunc(x).dtype).toBe('int32');
    expect(
      [tf.deg2rad(x), tf.heaviside(x, 0), tf.correlate(x, x), tf.ldexp(x, 1), tf.cdist([[1]], [[2]])].map(({ dtype }) => dtype),
    ).toEqual(new Array(5).fill('float32'));
    expect(tf.signbit(x).arraySync()).toEqual([1, 0, 0]);
    expect([tf.isPosInf(x), tf.isNegInf(x)].map((y) => y.arraySync())).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(tf.fmax(x, 1).arraySync()).toEqual([1, 1, 5]);
    expect(tf.fmod(x, int32([2, 0, 3])).arraySync()).toEqual([-1, 0, 2]);
    expect(tf.gcd([true, false], [true, true]).arraySync()).toEqual([1, 1]);
    expect(tf.gcd(tf.tensor([12], [1], 'uint8'), tf.tensor([18], [1], 'uint8')).dtype).toBe('uint8');
    expect(tf.isReal(x).arraySync()).toEqual([1, 1, 1]);
    expect(tf.isReal(tf.complex([1, 1], [0, 2])).arraySync()).toEqual([1, 0]);
    expect(tf.saturateCast(tf.tensor([2 ** 31, -(2 ** 31), 2 ** 31 - 128]), 'int32').arraySync()).toEqual([
      2147483647, -2147483648, 2147483520,
    ]);
    expect(tf.saturateCast(int32([-5, 300]), 'uint8').arraySync()).toEqual([0, 255]);
    expect(tf.saturateCast(int32([-5, 0]), 'bool').arraySync()).toEqual([1, 0]);
    expect(tf.saturateCast(int32([7]), 'float64').dtype).toBe('float64');
  });

  it('single precision reaches its own limits', () => {
    expect(tf.ldexp(tf.tensor([1.5, 2 ** 100, 2 ** -100, 0]), int32([127, 27, -26, 4000])).arraySync()).toEqual([
      1.5 * 2 ** 127,
      2 ** 127,
      2 ** -126,
      0,
    ]);
    expect(tf.nextafter(0, -1).item()).toBe(-(2 ** -149));
    expect(tf.nextafter([1, 2], double([[0], [3]])).dtype).toBe('float64');
  });
});

it('parts, edits and order', () => {
  const table = tf.reshape(tf.range(0, 24), [2, 3, 4]);
  expect(tf.vsplit(table, 2).map(({ shape }) => shape)).toEqual([
    [1, 3, 4],
    [1, 3, 4],
  ]);
  expect(tf.hsplit(table, [1]).map(({ shape }) => shape)).toEqual([
    [2, 1, 4],
    [2, 2, 4],
  ]);
  expect(tf.hsplit([1, 2, 3, 4], 2).map((part) => part.arraySync())).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(tf.dsplit(table, 2).map((part) => part.at(1, 2).arraySync())).toEqual([
    [20, 21],
    [22, 23],
  ]);
  // kitten and sitting, and an empty truth.
  const [kitten, sitting] = ['kitten ', 'sitting'].map((word) => [...word].map((letter) => letter.charCodeAt(0)));
  expect(tf.editDistance(kitten, sitting, { hypothesisLengths: 6, normalize: false }).item()).toBe(3);
  expect(tf.editDistance([kitten, kitten], [sitting, sitting], { hypothesisLengths: [6, 0], truthLengths: [7, 0] }).arraySync()).toEqual([
    Math.fround(3 / 7),
    0,
  ]);
  expect(tf.editDistance([kitten], [sitting], { truthLengths: [0] }).arraySync()).toEqual([Number.POSITIVE_INFINITY]);
  expect([[1, 1, 2], [1, 0], [], [5]].map((x) => tf.isNonDecreasing(x).item())).toEqual([1, 0, 1, 1]);
  expect([[1, 1, 2], [1, 2, 3], []].map((x) => tf.isStrictlyIncreasing(x).item())).toEqual([0, 1, 1]);
  expect(tf.rearrange(table, 'a ... 1 -> ... 1 a'.replaceAll(' 1', '')).shape).toEqual([3, 4, 2]);
  expect(tf.rearrange(table, 'a ... -> 1 (... a)').shape).toEqual([1, 24]);
  expect(tf.rearrange(tf.zeros([2, 1, 3]), 'a 1 b -> b a').shape).toEqual([3, 2]);
  expect(tf.rearrange([5], 'a -> a').arraySync()).toEqual([5]);
  expect(tf.polyval([], [1, 2]).arraySync()).toEqual([0, 0]);
  let count = 0;
  expect(tf.rand([2, 2], () => count++, 'int32').arraySync()).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

it('clips nothing that is short, and passes over null', () => {
  const [clipped, norm] = tf.clipByGlobalNorm([[3], null, [[4]]], 10);
  expect([clipped[0]?.arraySync(), clipped[1], clipped[2]?.arraySync(), norm.item()]).toEqual([[3], null, [[4]], 5]);
  expect(tf.clipByGlobalNorm([[3], [4]], 1, 10)[0].map((x) => x?.item())).toEqual([Math.fround(0.3), Math.fround(0.4)]);
  expect(tf.clipByNorm([3, 4], 6).arraySync()).toEqual([3, 4]);
  expect(tf.globalNorm([[0, 0]]).item()).toBe(0);
  expect(
    tf
      .grad((x) => tf.globalNorm([x]))([0, 0])
      .arraySync(),
  ).toEqual([0, 0]);
  expect(
    tf
      .grad((x) => tf.cdist(x, [[1, 2]]))([[1, 2]])
      .arraySync(),
  ).toEqual([[0, 0]]);
});

const SPREAD = [-1.7, -0.6, 0.3, 1.2, 2.1];
const SHIFTED = [1.1, -0.4, 0.7, -2, 0.2];
it.each<[string, (...xs: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[], ...number[][]]>([
  ['deg2rad', (x) => tf.square(tf.deg2rad(x)), SPREAD],
  ['rad2deg', (x) => tf.square(tf.rad2deg(x)), SPREAD],
  ['fmax', (a, b) => tf.square(tf.fmax(a, b)), SPREAD, SHIFTED],
  ['fmin', (a, b) => tf.square(tf.fmin(a, b)), SPREAD, SHIFTED],
  ['fmod', (a, b) => tf.square(tf.fmod(a, b)), SPREAD, SHIFTED],
  ['heaviside', (x, h) => tf.square(tf.heaviside(tf.mul(x, 0), h)), SPREAD, SHIFTED],
  ['ldexp', (x) => tf.square(tf.ldexp(x, int32([1, -2, 3, 0, 5]))), SPREAD],
  ['logaddexp2', tf.logaddexp2, SPREAD, SHIFTED],
  ['cdist', (a, b) => tf.cdist(tf.expandDims(a, 1), tf.expandDims(b, 1).add(5)), SPREAD, SHIFTED],
  ['normalize', (x) => tf.normalize(x), SPREAD],
  ['correlate', (a, b) => tf.correlate(a, b, 'same'), SPREAD, [1.1, -0.4]],
  ['polyval', (c, x) => tf.polyval([c, 2, c], x), SPREAD, SHIFTED],
  ['clipByNorm', (x) => tf.clipByNorm(x, 1.5), SPREAD],
  ['clipByGlobalNorm', (a, b) => tf.clipByGlobalNorm([a, b], 1.5)[0] as tf.Tensor[], SPREAD, SHIFTED],
  ['rearrange', (x) => tf.square(tf.rearrange(tf.stack([x, x]), 'a b -> (b a)')), SPREAD],
  ['vectorize', tf.vectorize((a, b) => tf.mul(a, tf.square(b))), SPREAD, [0.5]],
])('%s has its first and second derivatives', (_name, f, ...inputs) => {
  checkTwice(f, inputs, 1e-5);
});

describe('refuses', () => {
  const { ArgumentError, ShapeError } = tf;
  it.each<[string, new (message: string) => Error, () => unknown]>([
    ['gcd: needs whole numbers; received dtype float32', ArgumentError, () => tf.gcd([1.5], [2])],
    ['lcm: needs whole numbers; received dtype float32', ArgumentError, () => tf.lcm([1.5], [2])],
    ['bitcast: bytes need not be truth values; compare with 0 instead', ArgumentError, () => tf.bitcast([1], 'bool')],
    [
      'bitcast: from uint8 to float32 the last axis must have size 4; received shape [3]',
      ShapeError,
      () => tf.bitcast(new Uint8Array(3), 'float32'),
    ],
    ['cdist: needs points of one dimension, with 2 axes or more; received [2] and [1,2]', ShapeError, () => tf.cdist([1, 2], [[1, 2]])],
    ['normalize: order must be a number >= 1; received 0', ArgumentError, () => tf.normalize([1], -1, 0)],
    ['normalize: epsilon must be a number above 0; received 0', ArgumentError, () => tf.normalize([1], -1, 2, 0)],
    ['clipByNorm: clipNorm must be a number above 0; received 0', ArgumentError, () => tf.clipByNorm([1], 0)],
    ['globalNorm: needs a list of tensors, one of them at least not null; received [null]', ArgumentError, () => tf.globalNorm([null])],
    ['clipByGlobalNorm: tensors must be a list; received 3', ArgumentError, () => tf.clipByGlobalNorm(3 as never, 1)],
    ['hsplit: axis 1 of [2,3] does not divide into 2 parts of one size', ShapeError, () => tf.hsplit(tf.zeros([2, 3]), 2)],
    ['vsplit: x needs 2 axes or more; received [3]', ShapeError, () => tf.vsplit([1, 2, 3], 3)],
    ['correlate: needs two vectors with elements; received [1] and [0]', ShapeError, () => tf.correlate([1], [])],
    ['correlate: unknown mode "ful"; did you mean "full"?', ArgumentError, () => tf.correlate([1], [1], 'ful' as never)],
    ['polyval: coeffs must be a list; received 3', ArgumentError, () => tf.polyval(3 as never, 1)],
    [
      'histogramFixedWidth: valueRange needs two finite numbers, the lesser first; received [2,1]',
      ArgumentError,
      () => tf.histogramFixedWidth([1], [2, 1]),
    ],
    ['rand: expected a function; received 3', ArgumentError, () => tf.rand([1], 3 as never)],
    ['batchNorm2d: needs 2 axes; received [1]', ShapeError, () => tf.batchNorm2d([1], 0, 1)],
    [
      'editDistance: needs as many sequences as truths, and a length for each; received [1,2] and [2,2], lengths [1] and [2]',
      ShapeError,
      () => tf.editDistance(tf.zeros([1, 2]), tf.zeros([2, 2])),
    ],
    ['rearrange: the pattern needs one arrow between two sides; received "a b"', ArgumentError, () => tf.rearrange([[1]], 'a b')],
    ['rearrange: "!" has no place in the pattern "a! -> a"', ArgumentError, () => tf.rearrange([1], 'a! -> a')],
    ['rearrange: a bracket is not closed in the pattern "(a -> a"', ArgumentError, () => tf.rearrange([1], '(a -> a')],
    ['rearrange: one side names "a" twice in the pattern "a a -> a"', ArgumentError, () => tf.rearrange([[1]], 'a a -> a')],
    ['rearrange: "b" stands on one side only of the pattern "a b -> a"', ArgumentError, () => tf.rearrange([[1]], 'a b -> a')],
    ['rearrange: the pattern "a b -> b a" does not fit 1 axes; shape [1]', ShapeError, () => tf.rearrange([1], 'a b -> b a')],
    ['rearrange: the sizes of a and b are not given in "(a b) -> a b"', ArgumentError, () => tf.rearrange([1], '(a b) -> a b')],
    ['rearrange: an axis of size 3 is not (a b) with sizes [2,"?"]', ShapeError, () => tf.rearrange([1, 2, 3], '(a b) -> a b', { a: 2 })],
    ['rearrange: an axis of size 1 is not (a) with sizes [2]', ShapeError, () => tf.rearrange([1], 'a -> a', { a: 2 })],
    ['rearrange: a size is given for "c", which "a -> a" does not name', ArgumentError, () => tf.rearrange([1], 'a -> a', { c: 1 })],
    ['rearrange: the size of a must be a whole number; received -1', ArgumentError, () => tf.rearrange([1], 'a -> a', { a: -1 })],
    ['rearrange: an axis of size 2 is not () with sizes []', ShapeError, () => tf.rearrange([[1, 2]], 'a 1 -> a')],
  ])('%s', (message, type, f) => {
    expect(f).toThrow(new type(message));
  });
});
