/** Elementwise ops: their values by formula, their first and second derivatives by differences, and their edges. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

const float64 = (values: readonly number[]): tf.Tensor => tf.tensor(new Float64Array(values));
const values = (x: tf.Tensor): number[] => Array.from(x.dataSync());

/** Equal up to a relative error, NaN and infinities included. */
function expectClose(got: readonly number[], wanted: readonly number[], tolerance: number, message = ''): void {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    if (!Number.isFinite(wanted[i])) expect(value, message).toBe(wanted[i]);
    else
      expect(Math.abs(value - wanted[i]), `${message}: ${value} is not ${wanted[i]}`).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(wanted[i])),
      );
  });
}

/** The gradient of the sum of `f` with respect to its `n`th argument; zeros where none flows. */
function gradientOf(f: (...xs: tf.Tensor[]) => tf.Tensor, n: number): (...xs: tf.Tensor[]) => tf.Tensor {
  return (...xs) => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(xs[n]);
      return f(...xs);
    });
    const gradient = tape.gradient(y, xs[n], { unconnectedGradients: 'zero' });
    if (gradient === null) throw new Error('no gradient');
    return gradient;
  };
}

/** Compares the derivative of `f` in its `n`th argument with central differences, element for element. */
function checkSlope(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: readonly tf.Tensor[], n: number, message: string): void {
  const got = values(gradientOf(f, n)(...xs));
  const step = 1e-5;
  const at = values(xs[n]);
  const wanted = at.map((_, i) => {
    const moved = (by: number): number => tf.sum(f(...xs.with(n, float64(at.with(i, at[i] + by))))).item();
    return (moved(step) - moved(-step)) / (2 * step);
  });
  expectClose(got, wanted, 1e-7, message);
}

/** Weights the result, so that gradients that sum to 0 (softmax) show. */
function weighted(f: (...xs: tf.Tensor[]) => tf.Tensor): (...xs: tf.Tensor[]) => tf.Tensor {
  return (...xs) => {
    const y = f(...xs);
    return tf.mul(y, float64(Array.from({ length: y.size }, (_, i) => 1 + i / 2)));
  };
}

/** First and second derivatives in all arguments. */
function checkDerivatives(f: (...xs: tf.Tensor[]) => tf.Tensor, xs: readonly tf.Tensor[], message: string): void {
  const g = weighted(f);
  xs.forEach((_, n) => {
    checkSlope(g, xs, n, `${message}, argument ${n}`);
    xs.forEach((_, m) => {
      checkSlope(weighted(gradientOf(g, n)), xs, m, `${message}, arguments ${n} and ${m}`);
    });
  });
}

const NEAR_ZERO = [-1.7, -0.6, 0.3, 1.2, 2.1];
const POSITIVE = [0.2, 0.9, 1.5, 3.7];
const WITHIN_ONE = [-0.8, -0.3, 0.2, 0.7];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

type UnaryCase = readonly [name: string, f: (x: tf.Tensor) => tf.Tensor, formula: (x: number) => number, xs: readonly number[]];

const unaries: readonly UnaryCase[] = [
  ['neg', tf.neg, (x) => -x, NEAR_ZERO],
  ['square', tf.square, (x) => x * x, NEAR_ZERO],
  ['abs', tf.abs, Math.abs, NEAR_ZERO],
  ['sign', tf.sign, Math.sign, NEAR_ZERO],
  ['sqrt', tf.sqrt, Math.sqrt, POSITIVE],
  ['rsqrt', tf.rsqrt, (x) => x ** -0.5, POSITIVE],
  ['reciprocal', tf.reciprocal, (x) => 1 / x, NEAR_ZERO],
  ['exp', tf.exp, Math.exp, NEAR_ZERO],
  ['expm1', tf.expm1, Math.expm1, NEAR_ZERO],
  ['log', tf.log, Math.log, POSITIVE],
  ['log1p', tf.log1p, Math.log1p, POSITIVE],
  ['sin', tf.sin, Math.sin, NEAR_ZERO],
  ['cos', tf.cos, Math.cos, NEAR_ZERO],
  ['tan', tf.tan, Math.tan, WITHIN_ONE],
  ['sinh', tf.sinh, Math.sinh, NEAR_ZERO],
  ['cosh', tf.cosh, Math.cosh, NEAR_ZERO],
  ['asin', tf.asin, Math.asin, WITHIN_ONE],
  ['acos', tf.acos, Math.acos, WITHIN_ONE],
  ['atan', tf.atan, Math.atan, NEAR_ZERO],
  ['floor', tf.floor, Math.floor, NEAR_ZERO],
  ['ceil', tf.ceil, Math.ceil, NEAR_ZERO],
  ['clipByValue', (x) => tf.clipByValue(x, -1, 1), (x) => Math.min(Math.max(x, -1), 1), NEAR_ZERO],
  ['step', (x) => tf.step(x, 0.5), (x) => (x > 0 ? 1 : 0.5), NEAR_ZERO],
  ['relu', tf.relu, (x) => Math.max(x, 0), NEAR_ZERO],
  ['relu6', tf.relu6, (x) => Math.min(Math.max(x, 0), 6), [-1, 2, 5.9, 6.5]],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.1), (x) => (x > 0 ? x : 0.1 * x), NEAR_ZERO],
  ['elu', (x) => tf.elu(x, 0.7), (x) => (x > 0 ? x : 0.7 * (Math.exp(x) - 1)), NEAR_ZERO],
  ['selu', tf.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1)), NEAR_ZERO],
  ['gelu by tanh', (x) => tf.gelu(x, true), (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))), NEAR_ZERO],
  ['sigmoid', tf.sigmoid, sigmoid, NEAR_ZERO],
  ['silu', tf.silu, (x) => x * sigmoid(x), NEAR_ZERO],
  ['tanh', tf.tanh, Math.tanh, NEAR_ZERO],
  ['softplus', tf.softplus, (x) => Math.log(1 + Math.exp(x)), NEAR_ZERO],
  ['softsign', tf.softsign, (x) => x / (1 + Math.abs(x)), NEAR_ZERO],
  ['hardSigmoid', tf.hardSigmoid, (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1), [-4, -2, 0.5, 3.5]],
  ['logSigmoid', tf.logSigmoid, (x) => Math.log(sigmoid(x)), NEAR_ZERO],
];

const withoutFormula: readonly UnaryCase[] = [
  ['erf', tf.erf, Number, NEAR_ZERO],
  ['gelu', (x) => tf.gelu(x), Number, NEAR_ZERO],
];

type BinaryCase = readonly [name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, formula: (a: number, b: number) => number];

const binaries: readonly BinaryCase[] = [
  ['add', tf.add, (a, b) => a + b],
  ['sub', tf.sub, (a, b) => a - b],
  ['mul', tf.mul, (a, b) => a * b],
  ['div', tf.div, (a, b) => a / b],
  ['pow', tf.pow, (a, b) => a ** b],
  ['maximum', tf.maximum, Math.max],
  ['minimum', tf.minimum, Math.min],
  ['mod', tf.mod, (a, b) => a - b * Math.floor(a / b)],
  ['floorDiv', tf.floorDiv, (a, b) => Math.floor(a / b)],
  ['squaredDifference', tf.squaredDifference, (a, b) => (a - b) ** 2],
  ['divNoNan', tf.divNoNan, (a, b) => a / b],
  ['addN', (a, b) => tf.addN([a, b, a]), (a, b) => a + b + a],
  ['where', (a, b) => tf.where([true, false, true, false], a, b), (a, b) => (a === 0.7 || a === 2.9 ? a : b)],
];
const LEFT = [0.7, 1.3, 2.9, 4.1];
const RIGHT = [1.9, 0.8, -1.6, 2.3];

describe('values', () => {
  it.each(unaries)('of %s follow the formula in float64 and float32', (name, f, formula, xs) => {
    expectClose(values(f(float64(xs))), xs.map(formula), 1e-13, name);
    expectClose(
      values(f(tf.tensor(new Float32Array(xs)))),
      xs.map((x) => formula(Math.fround(x))),
      1e-6,
      name,
    );
  });

  it.each(binaries)('of %s follow the formula in float64 and float32', (name, f, formula) => {
    const wanted = LEFT.map((a, i) => formula(a, RIGHT[i]));
    expectClose(values(f(float64(LEFT), float64(RIGHT))), wanted, 1e-13, name);
    expectClose(values(f(tf.tensor(LEFT), tf.tensor(RIGHT))), wanted, 2e-6, name);
  });

  it('of erf and gelu are exact to double precision', () => {
    const xs = [-7, -3, -2.5, -0.5, 0, 1e-10, 0.5, 1, 2.4, 2.6, 4, Infinity, NaN];
    const wanted = [
      -1,
      -0.9999779095030014,
      -0.999593047982555,
      -0.5204998778130465,
      0,
      1.1283791670955126e-10,
      0.5204998778130465,
      0.8427007929497149,
      0.9993114861033549,
      0.9997639655834707,
      0.9999999845827421,
      1,
      NaN,
    ];
    expectClose(values(tf.erf(float64(xs))), wanted, 3e-15);
    // Far out on the left, 1 + erf(x) would have no digits left.
    expect(tf.gelu(tf.scalar(-10, 'float64')).item() / -7.619853024160526e-23).toBeCloseTo(1, 10);
    expect(tf.gelu(tf.scalar(1, 'float64')).item()).toBeCloseTo(0.8413447460685429, 14);
  });

  it('of round go to the even neighbour at halves', () => {
    expect(values(tf.round([-2.5, -1.5, -0.6, 0.5, 1.5, 2.5, 2.6]))).toEqual([-2, -2, -1, 0, 2, 2, 3]);
  });

  it('of softmax and logSoftmax sum to 1 along any axis and do not overflow', () => {
    const x = tf.tensor(
      [
        [1000, 1001],
        [1002, 1000],
      ],
      undefined,
      'float64',
    );
    const e = (d: number): number => 1 / (1 + Math.exp(d));
    expectClose(values(tf.softmax(x)), [e(1), e(-1), e(-2), e(2)], 1e-13);
    expectClose(values(tf.softmax(x, 0)), [e(2), e(-1), e(-2), e(1)], 1e-13);
    expectClose(values(tf.logSoftmax(x, -2)), [e(2), e(-1), e(-2), e(1)].map(Math.log), 1e-12);
    expect(values(tf.logSoftmax([0, -200]))).toEqual([0, -200]);
    expect(tf.softmax(tf.tensor([], [2, 0])).shape).toEqual([2, 0]);
  });
});

describe('derivatives', () => {
  it.each([...unaries, ...withoutFormula])('of %s agree with differences, the second too', (name, f, _, xs) => {
    checkDerivatives(f, [float64(xs)], name);
  });

  it.each(binaries.filter(([name]) => name !== 'mod' && name !== 'floorDiv'))('of %s agree with differences in both arguments', (name, f) =>
    checkDerivatives(f, [float64(LEFT), float64(RIGHT)], name),
  );

  it('of mod follow the dividend, and the divisor by the whole quotient', () => {
    const [a, b] = [float64(LEFT), float64(RIGHT)];
    checkSlope(tf.mod, [a, b], 0, 'mod');
    checkSlope(tf.mod, [a, b], 1, 'mod');
  });

  it.each([0, 1, -1])('of softmax and logSoftmax along axis %i agree with differences', (axis) => {
    const shaped = (f: typeof tf.softmax) => (x: tf.Tensor) => tf.reshape(f(tf.reshape(x, [2, 3]), axis), [6]);
    checkDerivatives(shaped(tf.softmax), [float64([0.3, -1, 2, 0.5, 1.1, -0.4])], 'softmax');
    checkDerivatives(shaped(tf.logSoftmax), [float64([0.3, -1, 2, 0.5, 1.1, -0.4])], 'logSoftmax');
  });

  it('sum over what was broadcast', () => {
    const row = float64([1, 2]);
    const grid = tf.tensor(
      [
        [1, 5],
        [3, 4],
      ],
      undefined,
      'float64',
    );
    expect(gradientOf(tf.maximum, 0)(row, grid).arraySync()).toEqual([1, 0]);
    expect(gradientOf((a, b) => tf.where([true, false], a, b), 0)(row, grid).arraySync()).toEqual([2, 0]);
    expect(gradientOf((a, b) => tf.pow(a, b), 1)(grid, tf.scalar(1, 'float64')).item()).toBeCloseTo(
      5 * Math.log(5) + 3 * Math.log(3) + 4 * Math.log(4),
      12,
    );
  });

  it('of maximum and minimum go to the first where both are equal', () => {
    const [a, b] = [float64([1]), float64([1])];
    for (const f of [tf.maximum, tf.minimum]) {
      expect(gradientOf(f, 0)(a, b).arraySync()).toEqual([1]);
      expect(gradientOf(f, 1)(a, b).arraySync()).toEqual([0]);
    }
  });

  it('of pow are finite at 0', () => {
    const zero = float64([0]);
    expect(gradientOf((x) => tf.pow(x, 0), 0)(zero).item()).toBe(0);
    expect(gradientOf((x) => tf.pow(x, 2), 0)(zero).item()).toBe(0);
    expect(
      gradientOf(
        gradientOf((x) => tf.pow(x, 2), 0),
        0,
      )(zero).item(),
    ).toBe(2);
    expect(gradientOf((x, n) => tf.pow(x, n), 1)(zero, float64([2])).item()).toBe(0);
  });

  it('of divNoNan are 0 where it is', () => {
    expect(gradientOf(tf.divNoNan, 0)(float64([3]), float64([0])).item()).toBe(0);
    expect(gradientOf(tf.divNoNan, 1)(float64([3]), float64([0])).item()).toBeCloseTo(0);
  });
});

describe('edges', () => {
  it('NaN passes through', () => {
    const nan = tf.tensor([NaN]);
    for (const f of [tf.relu, tf.relu6, tf.selu, tf.elu, tf.leakyRelu, tf.hardSigmoid, tf.softplus, tf.gelu, tf.sign, tf.abs, tf.step]) {
      expect(f(nan).item()).toBeNaN();
    }
    for (const f of [tf.maximum, tf.minimum]) {
      expect(values(f([NaN, 1], [1, NaN]))).toEqual([NaN, NaN]);
    }
    expect(tf.clipByValue(nan, 0, 1).item()).toBeNaN();
    expect(tf.softmax([NaN, 1]).arraySync()).toEqual([NaN, NaN]);
  });

  it('large arguments do not overflow', () => {
    expect(values(tf.softplus([1000, -1000]))).toEqual([1000, 0]);
    expect(values(tf.logSigmoid([1000, -1000])).map((x) => x + 0)).toEqual([0, -1000]);
    expect(values(tf.sigmoid([1000, -1000]))).toEqual([1, 0]);
    expect(values(tf.tanh([1000, -1000]))).toEqual([1, -1]);
  });

  it('truth values come from comparisons and tests of kind', () => {
    const [a, b] = [tf.tensor([1, 2, NaN]), tf.tensor([2, 2, NaN])];
    const table = [tf.equal, tf.notEqual, tf.less, tf.lessEqual, tf.greater, tf.greaterEqual];
    expect(table.map((f) => values(f(a, b)))).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
      [0, 1, 0],
    ]);
    for (const f of table) expect(f(a, b).dtype).toBe('bool');
    const kinds = tf.tensor([1, NaN, Infinity, -Infinity]);
    expect([tf.isNaN, tf.isInf, tf.isFinite].map((f) => values(f(kinds)))).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 1],
      [1, 0, 0, 0],
    ]);
  });

  it('logic takes whatever is not 0 as true', () => {
    const [a, b] = [tf.tensor([0, 0, 2, 3]), tf.tensor(new Int32Array([0, 5, 0, 7]))];
    expect([tf.logicalAnd, tf.logicalOr, tf.logicalXor].map((f) => values(f(a, b)))).toEqual([
      [0, 0, 0, 1],
      [0, 1, 1, 1],
      [0, 1, 1, 0],
    ]);
    expect(values(tf.logicalNot(a))).toEqual([1, 1, 0, 0]);
  });

  it('where broadcasts all three', () => {
    const picked = tf.where([[1], [0]], [1, 2, 3], 9);
    expect(picked.arraySync()).toEqual([
      [1, 2, 3],
      [9, 9, 9],
    ]);
  });

  it('integers stay integers, wrap, and give 0 where they cannot be divided', () => {
    const a = tf.tensor(new Int32Array([7, -7, 5, 65537]));
    const b = tf.tensor(new Int32Array([2, 2, 0, 2]));
    expect([tf.floorDiv(a, b), tf.mod(a, b), tf.pow(a, b), tf.squaredDifference(a, b)].map(values)).toEqual([
      [3, -4, 0, 32768],
      [1, 1, 0, 1],
      [49, 49, 1, 131073],
      [25, 81, 25, Math.imul(65535, 65535)],
    ]);
    expect(tf.pow(a, b).dtype).toBe('int32');
    expect(values(tf.pow(tf.tensor(new Int32Array([2, 1, -1, 0])), -3))).toEqual([0, 1, -1, 0]);
    expect(values(tf.pow(tf.tensor(new Uint8Array([3, 7])), tf.tensor(new Uint8Array([200, 99]))))).toEqual([
      Number(3n ** 200n % 256n),
      Number(7n ** 99n % 256n),
    ]);
    expect(tf.abs(a).dtype).toBe('int32');
    expect(tf.exp(a).dtype).toBe('float32');
    expect(values(tf.clipByValue(a, -2.5, 6.5))).toEqual([6, -2, 5, 6]);
    expect(
      tf
        .addN([
          [true, true],
          [true, false],
        ])
        .arraySync(),
    ).toEqual([2, 1]);
  });

  it('squares of int32 keep the low bits', () => {
    const x = 123456789;
    expect(tf.square(tf.tensor(new Int32Array([x]))).item()).toBe(Math.imul(x, x));
  });

  it('pow at 1 and -1 is 1 for powers that do not matter', () => {
    expect(values(tf.pow([1, 1, -1, 2], [NaN, Infinity, -Infinity, 0]))).toEqual([1, 1, 1, 1]);
  });
});

describe('refusals', () => {
  it('name the op and the values', () => {
    expect(() => tf.clipByValue([1], 2, 1)).toThrow('clipByValue: min must not be above max; received 2 and 1');
    expect(() => tf.clipByValue([1], NaN, 1)).toThrow('clipByValue: min must be a number; received NaN');
    expect(() => tf.addN([])).toThrow('addN: needs a list of tensors; received []');
    expect(() => tf.addN([[1, 2], [[1, 2]]])).toThrow('addN: all tensors must have one shape; received [2] and [1,2]');
    expect(() => tf.leakyRelu([1], NaN)).toThrow('leakyRelu: alpha must be a number; received NaN');
    expect(() => tf.softmax([1], 1)).toThrow('softmax: axis must be a whole number from -1 to 0 for rank 1; received 1');
    expect(() => tf.where([true, false], [1, 2, 3], 0)).toThrow('where: shapes [2] and [3] do not broadcast; axis -1 is 2 and 3');
  });
});
