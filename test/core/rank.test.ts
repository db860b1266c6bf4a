/** The most axes a tensor may have, and that nothing gets past it. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

const eight = [1, 1, 1, 1, 1, 1, 1, 1];

describe('ranks', () => {
  it('from 0 to 8 work', () => {
    for (let rank = 0; rank <= 8; rank++) {
      const shape = eight.slice(0, rank).map((_, axis) => (axis % 3) + 1);
      const x = tf.ones(shape);
      const tape = new tf.GradientTape();
      const y = tape.record(() => {
        tape.watch(x);
        return x.add(x.transpose().transpose()).sum();
      });
      expect(y.item()).toBe(2 * x.size);
      expect(tape.gradient(y, x)?.shape).toEqual(shape);
    }
  });

  it('above 8 are refused by the op that would make them', () => {
    const x = tf.zeros(eight);
    const nested = [[[[[[[[[1]]]]]]]]];
    const refused: [string, () => unknown][] = [
      ['add', () => tf.add(nested, 1)],
      ['tensor', () => tf.tensor(nested)],
      ['fill', () => tf.zeros([...eight, 1])],
      ['reshape', () => tf.expandDims(x)],
      ['reshape', () => tf.stack([x])],
      ['broadcastTo', () => tf.broadcastTo(x, [2, ...eight])],
      ['gather', () => tf.gather(x, [[0]])],
      ['oneHot', () => tf.oneHot(x, 2)],
      ['unsortedSegmentSum', () => tf.unsortedSegmentSum(x, tf.scalar(0, 'int32'), 1)],
    ];
    for (const [owner, f] of refused) expect(f).toThrow(`${owner}: at most 8 axes; received [`);
  });
});

describe('a tensor', () => {
  it('cannot be made or changed by hand, since native code trusts it', () => {
    const block = { slab: { buffer: new ArrayBuffer(8), address: 4096 }, byteOffset: 0, byteLength: 2 ** 40, shares: 1 };
    expect(() => Reflect.construct(tf.Tensor, [[2 ** 30], 'float32', block, 0])).toThrow(
      'tensor: tensors are made by ops and tf.tensor, not by hand',
    );
    const x = tf.tensor([1, 2]);
    for (const [key, value] of Object.entries({ shape: [9], size: 9, dtype: 'float64' })) {
      expect(Reflect.set(x, key, value)).toBe(false);
    }
    expect(Reflect.set(x.shape, 0, 9)).toBe(false);
    expect(x.add(1).arraySync()).toEqual([2, 3]);
  });

  it('is not what a clone, a proxy or an empty object of its class is', () => {
    const x = tf.tensor([1]);
    expect(() => tf.add(structuredClone(x), 1)).toThrow('add: expected a tensor, variable, number or nested array');
    for (const impostor of [new Proxy(x, {}), Object.create(tf.Tensor.prototype), Object.create(tf.Variable.prototype)]) {
      expect(() => tf.add(impostor, 1)).toThrow(TypeError);
    }
  });
});
