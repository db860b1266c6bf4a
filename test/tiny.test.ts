/** The library in a few lines: what must work before anything else is looked at. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

describe('tiny', () => {
  it('runs the first program: a persistent tape and the chain rule', () => {
    const x = tf.scalar(1);
    const w1 = tf.scalar(2);
    const b1 = tf.scalar(1);
    const w2 = tf.scalar(2);
    const b2 = tf.scalar(1);
    const tape = new tf.GradientTape({ persistent: true });
    const [y1, y2] = tape.record(() => {
      tape.watch([w1, b1, w2, b2]);
      const first = x.mul(w1).add(b1);
      const second = first.mul(w2).add(b2);
      return [first, second];
    });
    const [dy2dy1] = tape.gradient(y2, [y1]);
    const [dy1dw1] = tape.gradient(y1, [w1]);
    const [dy2dw1] = tape.gradient(y2, [w1]);
    expect([dy2dy1, dy1dw1, dy2dw1].map((g) => g?.item())).toEqual([2, 1, 2]);
  });

  it('fits a line by hand', () => {
    const xs = tf.tensor([0, 1, 2, 3]);
    const ys = xs.mul(2).add(1);
    const w = new tf.Variable(tf.scalar(0), { name: 'w' });
    const b = new tf.Variable(tf.scalar(0), { name: 'b' });
    for (let step = 0; step < 400; step++) {
      const tape = new tf.GradientTape();
      const loss = tape.record(() => xs.mul(w).add(b).sub(ys).square().sum().div(4));
      const grads = tape.gradient(loss, { w, b });
      if (grads.w === null || grads.b === null) throw new Error('no gradient');
      w.assignSub(grads.w.mul(0.1));
      b.assignSub(grads.b.mul(0.1));
    }
    expect(w.item()).toBeCloseTo(2, 3);
    expect(b.item()).toBeCloseTo(1, 3);
  });

  it('keeps memory flat in a loop that never yields', () => {
    const x = tf.ones([64, 64]);
    const resident = (): number => process.memoryUsage().rss / 2 ** 20;
    const run = (steps: number): void => {
      for (let i = 0; i < steps; i++) x.mul(2).add(1);
    };
    run(20_000);
    const before = resident();
    run(40_000);
    // 40 000 steps make 1.3 GB of results.
    expect(resident() - before).toBeLessThan(150);
  });
});
