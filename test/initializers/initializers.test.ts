/** Initializers: their spread, their names, what they refuse. */
import { eye, type Tensor } from 'gradtape';
import { describe, expect, it } from 'vitest';
import * as initializers from '../../lib/initializers/index.ts';

/** The least, the greatest and the standard deviation of a tensor. */
function spread(x: Tensor): { low: number; high: number; deviation: number } {
  const values = [...x.dataSync()];
  const average = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - average) ** 2, 0) / values.length;
  return { low: Math.min(...values), high: Math.max(...values), deviation: Math.sqrt(variance) };
}

describe('initializers', () => {
  it('fill with a constant', () => {
    expect(new initializers.Zeros().call([2]).arraySync()).toEqual([0, 0]);
    expect(new initializers.Ones().call([2], 'int32').dtype).toBe('int32');
    expect(new initializers.Constant({ value: 2.5 }).call([1, 2]).arraySync()).toEqual([[2.5, 2.5]]);
  });

  const shape = [3, 3, 20, 30];
  const [inputs, outputs] = [180, 270];
  const cases: [string, number, boolean][] = [
    ['glorotUniform', 2 / (inputs + outputs), true],
    ['glorotNormal', 2 / (inputs + outputs), false],
    ['heUniform', 2 / inputs, true],
    ['heNormal', 2 / inputs, false],
    ['lecunUniform', 1 / inputs, true],
    ['lecunNormal', 1 / inputs, false],
    ['randomNormal', 0.05 ** 2, false],
  ];
  it.each(cases)('%s has the variance that its name says', (name, variance, uniform) => {
    const { low, high, deviation } = spread(initializers.get(name).call(shape));
    expect(deviation / Math.sqrt(variance)).toBeGreaterThan(0.95);
    expect(deviation / Math.sqrt(variance)).toBeLessThan(1.05);
    if (uniform) expect(Math.max(-low, high)).toBeLessThanOrEqual(Math.sqrt(3 * variance) * (1 + 1e-6));
  });

  it('keep within their bounds', () => {
    const even = spread(new initializers.RandomUniform({ minval: 1, maxval: 3 }).call([1000]));
    expect([even.low >= 1, even.high <= 3, even.high - even.low > 1.8]).toEqual([true, true, true]);
    const cut = spread(new initializers.TruncatedNormal({ mean: 1, stddev: 0.5 }).call([1000]));
    expect([cut.low >= 0, cut.high <= 2]).toEqual([true, true]);
  });

  it('repeat with a seed', () => {
    for (const initializer of [new initializers.HeNormal({ seed: 3 }), new initializers.GlorotUniform({ seed: 3 })]) {
      expect(initializer.call([5]).arraySync()).toEqual(initializer.call([5]).arraySync());
    }
    const free = new initializers.RandomNormal();
    expect(free.call([5]).arraySync()).not.toEqual(free.call([5]).arraySync());
  });

  it('take the fans of vectors and scalars', () => {
    expect(initializers.get('glorotUniform').call([7]).shape).toEqual([7]);
    expect(initializers.get('heNormal').call([]).shape).toEqual([]);
  });

  it('are found by name and configured again', () => {
    expect(initializers.get('GlorotUniform')).toBeInstanceOf(initializers.GlorotUniform);
    const zeros = new initializers.Zeros();
    expect(initializers.get(zeros)).toBe(zeros);
    expect(zeros.getConfig()).toEqual({});
    expect(new initializers.HeUniform({ seed: 1 }).getConfig()).toEqual({ seed: 1 });
    expect(new initializers.RandomNormal(new initializers.RandomNormal().getConfig()).stddev).toBe(0.05);
    expect(new initializers.TruncatedNormal().getConfig()).toEqual({ mean: 0, stddev: 0.05, seed: null });
    expect(new initializers.RandomUniform().getConfig()).toEqual({ minval: -0.05, maxval: 0.05, seed: null });
    expect(new initializers.Constant({ value: 2 }).getConfig()).toEqual({ value: 2 });
    expect(
      initializers
        .get({ className: 'Constant', config: { value: 2 } })
        .call([2])
        .arraySync(),
    ).toEqual([2, 2]);
    expect(initializers.get({ className: 'Ones', config: {} }).call([1]).arraySync()).toEqual([1]);
    expect(() => initializers.get({ className: 'Constant', config: { valeu: 2 } })).toThrow('Constant: unknown option "valeu"');
  });

  it('make orthogonal matrices of any form', () => {
    for (const shape of [
      [4, 4],
      [2, 5],
      [5, 2],
      [2, 3, 4],
    ]) {
      const matrix = new initializers.Orthogonal({ gain: 2, seed: 1 }).call(shape, 'float64').reshape([-1, shape.at(-1) as number]);
      const isWide = matrix.shape[0] < matrix.shape[1];
      const products = matrix.matMul(matrix, !isWide, isWide);
      expect(products.sub(eye(products.shape[0]).mul(4)).abs().max().item()).toBeLessThan(1e-12);
    }
    expect(new initializers.Orthogonal(new initializers.Orthogonal({ gain: 3 }).getConfig()).gain).toBe(3);
    expect(() => initializers.get('orthogonal').call([3])).toThrow('Orthogonal: needs two axes or more; received [3]');
    expect(() => Reflect.construct(initializers.Orthogonal, [{ gain: 'x' }])).toThrow('Orthogonal: gain must be a number, received "x"');
  });

  it('refuse what they cannot use', () => {
    expect(() => initializers.get('glorotuniform')).toThrow(
      'initializers: unknown initializer "glorotuniform"; did you mean "glorotUniform"?',
    );
    expect(() => Reflect.apply(initializers.get, null, [3])).toThrow('initializers: expected a name or an initializer; received 3');
    expect(() => Reflect.construct(initializers.Constant, [{ value: 'x' }])).toThrow('Constant: value must be a number, received "x"');
    expect(() => new initializers.HeNormal({ seed: 0.5 })).toThrow('HeNormal: seed must be a whole number >= 0, received 0.5');
    expect(() => new initializers.RandomNormal({ stddev: -1 })).toThrow('RandomNormal: stddev must be a number >= 0, received -1');
    expect(() => new initializers.RandomUniform({ minval: Number.NaN })).toThrow('RandomUniform: minval must be a number, received NaN');
    expect(() => Reflect.construct(initializers.HeUniform, [{ sed: 1 }])).toThrow('HeUniform: unknown option "sed"; did you mean "seed"?');
  });
});
