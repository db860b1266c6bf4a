/** Random tensors: the generator against its published vectors, distributions, seeds, errors. */
import { ArgumentError, type Tensor } from 'gradtape';
import { describe, expect, it } from 'vitest';
import { philox } from '../../lib/kernels/philox.ts';
import { randomNormal, randomUniform, randomUniformInt, setSeed, truncatedNormal } from '../../lib/ops/random.ts';
import { mean, variance } from '../../lib/ops/reduce.ts';

/** From kat_vectors of Random123 (Salmon et al. 2011), philox4x32 with 10 rounds: counter, key, result. */
const published = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const;

const words = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16));

it.each(published)('Philox of %s under %s', (counter, key, wanted) => {
  const [c0, c1, c2, c3] = words(counter);
  const [k0, k1] = words(key);
  expect(philox([c0, c1, c2, c3], k0, k1)).toEqual(words(wanted));
});

describe('distributions', () => {
  const size = [20000];
  const moments = (x: Tensor): [number, number] => [mean(x).item(), variance(x).item()];

  it.each(['float32', 'float64'] as const)('are spread as they say, %s', (dtype) => {
    const even = randomUniform(size, -1, 3, dtype, 7);
    expect(even.dtype).toBe(dtype);
    expect(moments(even)[0]).toBeCloseTo(1, 1);
    expect(moments(even)[1]).toBeCloseTo(16 / 12, 1);
    expect(even.dataSync().every((x) => x >= -1 && x < 3)).toBe(true);
    const bell = randomNormal(size, 2, 0.5, dtype, 7);
    expect(moments(bell)[0]).toBeCloseTo(2, 1);
    expect(moments(bell)[1]).toBeCloseTo(0.25, 1);
    const cut = truncatedNormal(size, 0, 1, dtype, 7);
    expect(moments(cut)[0]).toBeCloseTo(0, 1);
    expect(moments(cut)[1]).toBeCloseTo(0.774, 1);
    expect(cut.dataSync().every((x) => Math.abs(x) < 2)).toBe(true);
  });

  it('draws every whole number of a range, and none beyond', () => {
    const dice = randomUniformInt([600], 1, 7, 3);
    expect(dice.dtype).toBe('int32');
    expect([...new Set(dice.dataSync())].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(randomUniform([2], 5, 5).arraySync()).toEqual([5, 5]);
  });
});

describe('seeds', () => {
  it('repeat what they began, and go on differently', () => {
    setSeed(42);
    const first = [randomUniform([5]).arraySync(), randomNormal([5]).arraySync(), randomUniform([5]).arraySync()];
    setSeed(42);
    expect([randomUniform([5]).arraySync(), randomNormal([5]).arraySync(), randomUniform([5]).arraySync()]).toEqual(first);
    expect(first[0]).not.toEqual(first[2]);
    setSeed(43);
    expect(randomUniform([5]).arraySync()).not.toEqual(first[0]);
  });

  it('of a call do not depend on other calls, and a shorter tensor begins a longer one', () => {
    const ten = randomUniform([10], 0, 1, 'float32', 9).dataSync();
    randomNormal([3]);
    expect(randomUniform([7], 0, 1, 'float32', 9).dataSync()).toEqual(ten.slice(0, 7));
    expect(randomUniform([7], 0, 1, 'float32', -9).dataSync()).not.toEqual(ten.slice(0, 7));
  });
});

it('refuses what it cannot draw from', () => {
  expect(() => setSeed(0.5)).toThrow(new ArgumentError('setSeed: a seed is a whole number; received 0.5'));
  expect(() => randomUniform([1], 0, 1, 'float32', Number.NaN)).toThrow('randomUniform: a seed is a whole number; received NaN');
  expect(() => randomUniform([1], 2, 1)).toThrow('randomUniform: needs finite min <= max; received 2 and 1');
  expect(() => randomUniform([1], 0, 1, 'int32')).toThrow('randomUniform: needs a floating dtype; received int32');
  expect(() => randomUniformInt([1], 1, 1)).toThrow(
    'randomUniformInt: needs whole numbers min < max in the range of int32; received 1 and 1',
  );
  expect(() => randomNormal([1], 0, -1)).toThrow('randomNormal: needs a finite mean and stddev >= 0; received 0 and -1');
  expect(() => truncatedNormal([1], 0, Number.NaN)).toThrow('truncatedNormal: needs a finite mean and stddev >= 0; received 0 and NaN');
});
