/** Regularizers: their formulas, their gradients, and what they refuse. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { get, L1, L1L2, L2 } from '../../lib/regularizers/index.ts';

describe('regularizers', () => {
  it('are sums of absolute values and of squares', () => {
    const x = tf.tensor(
      [
        [1, -2],
        [3, 0],
      ].map((row) => row.map(Number)),
    );
    expect(new L1().call(x).item()).toBeCloseTo(0.06, 6);
    expect(new L2().call(x).item()).toBeCloseTo(0.14, 6);
    expect(new L1L2({ l1: 0.5, l2: 2 }).call(x).item()).toBeCloseTo(31, 5);
    expect(new L1L2().call(x).item()).toBe(0);
  });

  it('have gradients', () => {
    const w = new tf.Variable(tf.tensor([1, -2]));
    const tape = new tf.GradientTape();
    const y = tape.record(() => new L1L2({ l1: 1, l2: 1 }).call(w));
    expect(tape.gradient(y, w)?.arraySync()).toEqual([3, -5]);
  });

  it('are found by name and configured again', () => {
    expect(get('L2')).toBeInstanceOf(L2);
    expect(get('l1l2').getConfig()).toEqual({ l1: 0.01, l2: 0.01 });
    expect(new L1(get('l1').getConfig()).l1).toBe(0.01);
    expect(get('l2').getConfig()).toEqual({ l2: 0.01 });
    expect(get({ className: 'L1L2', config: { l2: 3 } }).getConfig()).toEqual({ l1: 0, l2: 3 });
    expect(get(null)).toBe(null);
  });

  it('refuse what they cannot use', () => {
    expect(() => get('l3')).toThrow('regularizers: unknown regularizer "l3"; did you mean "l1"?');
    expect(() => Reflect.apply(get, null, [3])).toThrow('regularizers: expected a name or a regularizer; received 3');
    expect(() => new L2({ l2: -1 })).toThrow('L2: l2 must be a number >= 0, received -1');
    expect(() => Reflect.construct(L1, [{ l2: 1 }])).toThrow('L1: unknown option "l2"; did you mean "l1"?');
  });
});
