/** Random distributions against SciPy's quantiles and probabilities (test/fixtures/distributions.py), generators with a state, errors. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

interface Fixture {
  readonly levels: number[];
  readonly continuous: readonly (readonly [name: string, parameters: number[], quantiles: number[], mean: number, deviation: number])[];
  readonly discrete: readonly (readonly [
    name: string,
    parameters: number[],
    first: number,
    probabilities: number[],
    mean: number,
    deviation: number,
  ])[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/distributions.json', import.meta.url), 'utf8'));
const COUNT = 20000;
/** Deviations of a share or a mean that a fixed seed may show: one in 16000 draws shows more. */
const DEVIATIONS = 4;

const draws: Readonly<Record<string, (parameters: number[], dtype: tf.DType) => tf.Tensor>> = {
  gamma: ([alpha], dtype) => tf.randomGamma([COUNT], alpha, 1, dtype, 11),
  beta: ([alpha, beta], dtype) => tf.randomBeta([COUNT], alpha, beta, dtype, 12),
  exponential: ([rate], dtype) => tf.randomExponential([COUNT], rate, dtype, 13),
  poisson: ([mean], dtype) => tf.randomPoisson([COUNT], mean, dtype, 14),
  binomial: ([n, p], dtype) => tf.randomBinomial([COUNT], n, p, dtype, 15),
};

function expectShare(got: number, wanted: number, message: string): void {
  const deviation = Math.sqrt((wanted * (1 - wanted)) / COUNT);
  expect(Math.abs(got - wanted), message).toBeLessThan(DEVIATIONS * deviation);
}

function expectMean(values: ArrayLike<number>, mean: number, deviation: number): void {
  const got = Array.from(values).reduce((sum, x) => sum + x, 0) / COUNT;
  expect(Math.abs(got - mean)).toBeLessThan((DEVIATIONS * deviation) / Math.sqrt(COUNT));
}

describe('distributions', () => {
  it.each(fixture.continuous)('%s of %j has the quantiles and the mean', (name, parameters, quantiles, mean, deviation) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const drawn = draws[name](parameters, dtype);
      expect(drawn.dtype).toBe(dtype);
      const values = drawn.dataSync();
      quantiles.forEach((quantile, i) => {
        // Rounded to 0 or 1, a quantile does not part the numbers.
        if (quantile < 1e-30 || (quantile > 1 - 1e-7 && name === 'beta')) return;
        expectShare(values.filter((x) => x <= quantile).length / COUNT, fixture.levels[i], `${name} at ${quantile}`);
      });
      expectMean(values, mean, deviation);
    }
  });

  it.each(fixture.discrete)('%s of %j has the probabilities and the mean', (name, parameters, first, probabilities, mean, deviation) => {
    const drawn = draws[name](parameters, 'int32');
    expect(drawn.dtype).toBe('int32');
    const values = drawn.dataSync();
    probabilities.forEach((probability, i) => {
      expectShare(values.filter((x) => x === first + i).length / COUNT, probability, `${name} at ${first + i}`);
    });
    expectMean(values, mean, deviation);
    expect(draws[name](parameters, 'float64').arraySync()).toEqual(drawn.arraySync());
  });

  it('take parameters that broadcast, and extremes', () => {
    const x = tf.randomGamma([3, 20000], [[0.5], [2], [30]], 1, 'float64', 3);
    expect(tf.mean(x, 1).arraySync()).toEqual([0.5, 2, 30].map((mean) => expect.closeTo(mean, Math.log10(5 / mean))));
    expect(tf.randomBinomial([2, 3], [[4], [0]], [0, 1, 1], 'int32').arraySync()).toEqual([
      [0, 4, 4],
      [0, 0, 0],
    ]);
    expect(
      tf
        .randomBeta([100], 1e-3, 1e-3, 'float32', 1)
        .dataSync()
        .every((p) => p >= 0 && p <= 1),
    ).toBe(true);
    expect(tf.randomGamma([0], 2).shape).toEqual([0]);
    const { grads } = tf.valueAndGrads((beta) => tf.sum(tf.randomGamma([2], 3, beta, 'float32', 5)))([2]);
    expect(grads[0].item()).toBeCloseTo(-tf.sum(tf.randomGamma([2], 3, 2, 'float32', 5)).item() / 2, 5);
  });

  it('draw classes by their probabilities', () => {
    const wanted = [0.1, 0, 0.6, 0.3];
    for (const drawn of [tf.multinomial([wanted], COUNT, 8, true), tf.categorical([wanted.map(Math.log)], COUNT, 9)]) {
      expect([drawn.dtype, drawn.shape]).toEqual(['int32', [1, COUNT]]);
      const values = drawn.dataSync();
      wanted.forEach((probability, k) => {
        const share = values.filter((x) => x === k).length / COUNT;
        if (probability === 0) expect(share).toBe(0);
        else expectShare(share, probability, `class ${k}`);
      });
    }
    expect(tf.multinomial([1000, -1000], 3).arraySync()).toEqual([0, 0, 0]);
  });

  it('order every way alike', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = tf.randomPermutation(3, seed).dataSync().join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['0,1,2', '0,2,1', '1,0,2', '1,2,0', '2,0,1', '2,1,0']);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(DEVIATIONS * Math.sqrt((6000 * 5) / 36));
    expect(Array.from(tf.randomPermutation(1000, 1).dataSync()).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    const x = tf.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const order = tf.randomPermutation(3, 4);
    expect(tf.shuffle(x, 1, 4).arraySync()).toEqual(tf.gather(x, order, 1).arraySync());
    expect(
      tf
        .grad((y) => tf.sum(tf.mul(tf.shuffle(y, 0, 4), [1, 2, 3])))([7, 8, 9])
        .dataSync()
        .sort(),
    ).toEqual(new Float32Array([1, 2, 3]));
  });

  it('drop and scale', () => {
    const values = tf.dropout(tf.ones([COUNT]), 0.25, null, 6).dataSync();
    expect([...new Set(values)].sort()).toEqual([0, Math.fround(4 / 3)]);
    expectShare(values.filter((x) => x === 0).length / COUNT, 0.25, 'dropped');
    const rows = tf.dropout(tf.ones([50, 3]), 0.5, [50, 1], 6);
    expect(tf.all(tf.equal(rows, tf.slice(rows, [0, 0], [50, 1]))).item()).toBe(1);
    expect(
      tf
        .grad((x) => tf.sum(tf.dropout(x, 0.25, null, 6)))(tf.ones([COUNT]))
        .dataSync(),
    ).toEqual(values);
  });
});

describe('seeds', () => {
  it('give the same at every call and traced, and a shorter tensor begins a longer one', () => {
    for (const draw of Object.values(draws)) expect(draw([3, 0.5], 'float64').arraySync()).toEqual(draw([3, 0.5], 'float64').arraySync());
    expect(tf.randomGamma([7], 2, 1, 'float64', 1).dataSync()).toEqual(tf.randomGamma([9], 2, 1, 'float64', 1).dataSync().slice(0, 7));
    const traced = tf.function(() => [tf.randomPoisson([5], 12), tf.randomPermutation(6), tf.multinomial([0, 0, 0], 5)]);
    tf.setSeed(5);
    const first = traced().map((x) => x.arraySync());
    const second = traced().map((x) => x.arraySync());
    tf.setSeed(5);
    const eager = () => [tf.randomPoisson([5], 12), tf.randomPermutation(6), tf.multinomial([0, 0, 0], 5)].map((x) => x.arraySync());
    expect([eager(), eager()]).toEqual([first, second]);
    expect(first).not.toEqual(second);
  });
});

describe('a Generator', () => {
  it('draws what its seed says, whatever others draw', () => {
    const all = (generator: tf.random.Generator) =>
      [
        generator.uniform([3]),
        generator.uniformInt([3], 0, 100),
        generator.normal([3]),
        generator.truncatedNormal([3]),
        generator.gamma([3], 2),
        generator.beta([3], 2, 2),
        generator.poisson([3], 20),
        generator.binomial([3], 9, 0.5),
        generator.exponential([3]),
        generator.categorical([0, 0], 3),
        generator.permutation(5),
        generator.shuffle([1, 2, 3, 4, 5]),
        generator.dropout(tf.ones([9]), 0.5),
      ].map((x) => x.arraySync());
    const first = all(new tf.random.Generator({ seed: 7 }));
    tf.randomUniform([3]);
    expect(all(new tf.random.Generator({ seed: 7 }))).toEqual(first);
    expect(all(new tf.random.Generator({ seed: 8 }))).not.toEqual(first);
    expect(first[0]).toEqual(tf.randomUniform([3], 0, 1, 'float32', 7).arraySync());
    const generator = new tf.random.Generator({ seed: 7 });
    expect(generator.uniform([3]).arraySync()).not.toEqual(generator.uniform([3]).arraySync());
  });

  it('goes on from a kept state, and over the end of a counter word', () => {
    const generator = new tf.random.Generator({ seed: 1 });
    generator.normal([10]);
    const copy = new tf.random.Generator({ state: generator.state.value });
    expect(copy.normal([4]).arraySync()).toEqual(generator.normal([4]).arraySync());
    const late = new tf.random.Generator({ state: tf.tensor(new Int32Array([1, 0, -2, 0])) });
    const both = late.normal([8], 0, 1, 'float64').dataSync();
    expect(Array.from(late.state.dataSync())).toEqual([1, 0, 6, 1]);
    expect(new Set(both).size).toBe(8);
  });

  it('follows the seed of the thread where it has none, and differs from draw to draw', () => {
    tf.setSeed(3);
    const [a, b] = [new tf.random.Generator(), new tf.random.Generator()].map((g) => g.uniform([4]).arraySync());
    tf.setSeed(3);
    expect([new tf.random.Generator().uniform([4]).arraySync()]).toEqual([a]);
    expect(a).not.toEqual(b);
  });

  it('splits into others that repeat and have nothing in common', () => {
    const make = () => new tf.random.Generator({ seed: 5 });
    const [parts, again] = [make().split(3), make().split(3)];
    const numbers = parts.map((part) => part.uniform([200]));
    expect(again.map((part) => part.uniform([200]).arraySync())).toEqual(numbers.map((x) => x.arraySync()));
    const parent = make();
    const more = [...parent.split(3), ...parent.split(2), parent].map((part) => part.uniform([200]));
    for (const [i, a] of more.entries()) {
      for (const b of more.slice(i + 1)) {
        const product = tf.mean(tf.mul(tf.sub(a, 0.5), tf.sub(b, 0.5))).item();
        expect(Math.abs(product)).toBeLessThan((DEVIATIONS * (1 / 12)) / Math.sqrt(200));
      }
    }
    expect(make().split(0)).toEqual([]);
  });

  it('goes on in a traced function as it does outside', () => {
    const [one, two] = [new tf.random.Generator({ seed: 5 }), new tf.random.Generator({ seed: 5 })];
    const step = tf.function(() => tf.add(one.uniform([3]), one.normal([3])));
    const traced = [step(), step(), step()].map((x) => x.arraySync());
    expect([1, 2, 3].map(() => tf.add(two.uniform([3]), two.normal([3])).arraySync())).toEqual(traced);
    expect(one.state.arraySync()).toEqual(two.state.arraySync());
  });
});

describe('refuse', () => {
  const { NaN: nan } = Number;

  it.each([
    ['randomGamma: alpha must be a finite number above 0; received 0 at position 1', () => tf.randomGamma([2], [1, 0])],
    ['randomBeta: beta must be a finite number above 0; received NaN at position 0', () => tf.randomBeta([2], 1, nan)],
    ['randomPoisson: lam must be from 0 to below 2 ** 31; received -1 at position 0', () => tf.randomPoisson([1], -1)],
    [
      'randomBinomial: counts must be whole numbers from 0 to below 2 ** 31; received 0.5 at position 0',
      () => tf.randomBinomial([1], 0.5, 1),
    ],
    ['randomBinomial: probabilities must be from 0 to 1; received 1.5 at position 0', () => tf.randomBinomial([1], 1, 1.5)],
    ['randomGamma: needs a floating dtype; received int32', () => tf.randomGamma([1], 1, 1, 'int32')],
    ['randomPoisson: needs a floating dtype; received bool', () => tf.randomPoisson([1], 1, 'bool')],
    ['multinomial: row 1 has no distribution; its exponentials sum to NaN', () => tf.multinomial([[0], [nan]], 1)],
    ['multinomial: row 0 has no distribution; its probabilities sum to 1', () => tf.multinomial([[2, -1]], 1, 1, true)],
    ['multinomial: numSamples must be a whole number >= 0; received -1', () => tf.multinomial([[0]], -1)],
    ['randomPermutation: n must be a whole number from 0 to below 2 ** 31; received 0.5', () => tf.randomPermutation(0.5)],
    ['dropout: rate must be a number from 0 up to but not including 1; received 1', () => tf.dropout([1], 1)],
    ['Generator: a seed is a whole number; received 0.5', () => new tf.random.Generator({ seed: 0.5 })],
    ['Generator: takes a seed or a state, not both', () => new tf.random.Generator({ seed: 1, state: tf.zeros([4], 'int32') })],
    ['Generator: a state is int32 of shape [4]; received float32 of shape [4]', () => new tf.random.Generator({ state: tf.zeros([4]) })],
    ['Generator: split needs a whole number >= 0; received -1', () => new tf.random.Generator({ seed: 1 }).split(-1)],
    [
      'Generator: make it outside of the traced function, which then draws from it',
      () => tf.function(() => new tf.random.Generator({ seed: 1 }).uniform([1]))(),
    ],
    [
      'Generator: split it outside of the traced function',
      () => {
        const generator = new tf.random.Generator({ seed: 1 });
        return tf.function(() => generator.split(2)[0].uniform([1]))();
      },
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ArgumentError(message));
  });

  it('shapes that do not fit', () => {
    expect(() => tf.randomGamma([2], [1, 1, 1])).toThrow(tf.ShapeError);
    expect(() => tf.randomGamma([1], [1, 2])).toThrow('randomGamma: parameters of shape [2] do not broadcast to [1]');
    expect(() => tf.multinomial([[[0]]], 1)).toThrow('multinomial: needs logits of shape [classes] or [rows, classes]; received [1,1,1]');
    expect(() => tf.dropout([1], 0.5, [2])).toThrow('dropout: noiseShape [2] does not broadcast to [1]');
  });
});
