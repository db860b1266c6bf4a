/** Section 1 of the contract: tapes, the chain rule, function forms, and what looks for mistakes. */
import * as tf from 'gradtape';
import { describe, expect, expectTypeOf, it } from 'vitest';

describe('the first program', () => {
  it('applies the chain rule on a persistent tape', () => {
    const x = tf.scalar(1);
    const w1 = tf.scalar(2);
    const b1 = tf.scalar(1);
    const w2 = tf.scalar(2);
    const b2 = tf.scalar(1);

    const tape = new tf.GradientTape({ persistent: true });
    const [y1, y2] = tape.record(() => {
      tape.watch([w1, b1, w2, b2]);
      const y1 = x.mul(w1).add(b1);
      const y2 = y1.mul(w2).add(b2);
      return [y1, y2];
    });
    const [dy2_dy1] = tape.gradient(y2, [y1]);
    const [dy1_dw1] = tape.gradient(y1, [w1]);
    const [dy2_dw1] = tape.gradient(y2, [w1]);
    expect([dy2_dy1, dy1_dw1, dy2_dw1].map((gradient) => gradient?.item())).toEqual([2, 1, 2]);
  });

  it('reads like a block with `using`', () => {
    const v = new tf.Variable(tf.scalar(3));
    let gradient: tf.Tensor | null;
    {
      using tape = new tf.GradientTape().start();
      const y = v.square();
      gradient = tape.gradient(y, v);
    }
    expect(gradient?.item()).toBe(6);

    const tape = new tf.GradientTape().start();
    const y = v.mul(2);
    tape.stop();
    tape[Symbol.dispose]();
    expect(tape.gradient(y, v)?.item()).toBe(2);
  });
});

describe('gradient', () => {
  const x = tf.scalar(3);
  const v = new tf.Variable(tf.scalar(2), { name: 'v' });

  it('has the structure of the sources, which TypeScript knows', () => {
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => {
      tape.watch(x);
      return x.mul(v);
    });
    const one = tape.gradient(y, x);
    const list = tape.gradient(y, [x, v]);
    const record = tape.gradient(y, { x, inner: { v } });
    expectTypeOf(one).toEqualTypeOf<tf.Tensor | null>();
    expectTypeOf(list[0]).toEqualTypeOf<tf.Tensor | null>();
    expectTypeOf(record).toEqualTypeOf<{ x: tf.Tensor | null; inner: { v: tf.Tensor | null } }>();
    expect(one?.item()).toBe(2);
    expect(list.map((gradient) => gradient?.item())).toEqual([2, 3]);
    expect(record.inner.v?.item()).toBe(3);
  });

  it('is null, or zeros, where nothing connects; sums targets; takes output gradients', () => {
    const tape = new tf.GradientTape({ persistent: true });
    const other = tf.scalar(1);
    const [y, z] = tape.record(() => {
      tape.watch([x, other]);
      return [x.mul(2), x.mul(5)];
    });
    expect(tape.gradient(y, other)).toBeNull();
    expect(tape.gradient(y, other, { unconnectedGradients: 'zero' })?.item()).toBe(0);
    expect(tape.gradient(y, other, { unconnectedGradients: 'none' })).toBeNull();
    expect(tape.gradient([y, z], x)?.item()).toBe(7);
    expect(tape.gradient(y, x, { outputGradients: tf.scalar(10) })?.item()).toBe(20);
  });

  it('works once on a tape that is not persistent', () => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => v.square());
    tape.gradient(y, v);
    expect(() => tape.gradient(y, v)).toThrow(
      'GradientTape: gradient can be called once on a tape that is not persistent; use new GradientTape({ persistent: true })',
    );
  });

  it('watches what it is told to', () => {
    const tape = new tf.GradientTape({ watchAccessedVariables: false, persistent: true });
    const frozen = new tf.Variable(tf.scalar(1), { trainable: false });
    const y = tape.record(() => {
      tape.watch(x);
      const hidden = tape.stopRecording(() => x.mul(100));
      return x.mul(v).add(frozen).add(hidden);
    });
    expect(tape.watchedVariables()).toEqual([]);
    expect(tape.gradient(y, x)?.item()).toBe(2);
    tape.reset();
    expect(tape.gradient(y, x)).toBeNull();

    const watching = new tf.GradientTape();
    watching.record(() => v.mul(frozen));
    expect(watching.watchedVariables()).toEqual([v]);
  });

  it('nests to any depth', () => {
    const third = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad(tf.grad(tf.grad(f)));
    expect(third((x) => x.pow(4))(2).item()).toBeCloseTo(48, 4);

    const outer = new tf.GradientTape();
    const slope = outer.record(() => {
      outer.watch(x);
      const inner = new tf.GradientTape();
      const y = inner.record(() => {
        inner.watch(x);
        return x.mul(x).mul(x);
      });
      return inner.gradient(y, x) as tf.Tensor;
    });
    expect(outer.gradient(slope, x)?.item()).toBe(18);
  });
});

describe('function forms', () => {
  it('give gradients and values', () => {
    expect(
      tf
        .grad((x) => x.square())(3)
        .item(),
    ).toBe(6);
    expect(
      tf
        .grads((a, b) => a.mul(b))([2, 5])
        .map((gradient) => gradient.item()),
    ).toEqual([5, 2]);
    const one = tf.valueAndGrad((x) => x.square())(3);
    expect([one.value.item(), one.grad.item()]).toEqual([9, 6]);
    const two = tf.valueAndGrads((a, b) => a.mul(b))([2, 5]);
    expect([two.value, ...two.grads].map((tensor) => tensor.item())).toEqual([10, 5, 2]);
  });

  it('give the gradients of variables, ready for an optimizer', () => {
    const v = new tf.Variable(tf.scalar(3), { name: 'v' });
    const { value, grads } = tf.variableGrads(() => v.square());
    expect(value.item()).toBe(9);
    new tf.optimizers.SGD({ learningRate: 0.5 }).applyGradients(grads);
    expect(v.item()).toBe(0);
  });

  it('stop and replace gradients', () => {
    const half = tf.customGrad((x: tf.Tensor) => ({ value: x.square(), gradFunc: (dy) => dy.mul(x) }));
    expect(
      tf
        .grad((x) => half(x))(3)
        .item(),
    ).toBe(3);
    expect(
      tf
        .grad((x) => x.mul(tf.stopGradient(x)))(3)
        .item(),
    ).toBe(3);
  });

  it('give derivatives along a direction', () => {
    const { value, tangent } = tf.jvp((x) => x.square(), [[1, 2]], [[1, 10]]);
    expect([value.arraySync(), tangent.arraySync()]).toEqual([
      [1, 4],
      [2, 40],
    ]);
  });
});

describe('what looks for mistakes', () => {
  it('checkGradients says which input is wrong', () => {
    const wrong = tf.customGrad((a: tf.Tensor, b: tf.Tensor) => ({ value: a.mul(b), gradFunc: (dy) => [dy.mul(b), dy] }));
    expect(
      tf.checkGradients(
        (a, b) => a.mul(b),
        [
          [1, 2],
          [3, 4],
        ],
      ),
    ).toBeLessThan(1e-6);
    expect(() =>
      tf.checkGradients(
        (a, b) => wrong(a, b),
        [
          [1, 2],
          [3, 4],
        ],
      ),
    ).toThrow(/^checkGradients: input 1 of shape \[2\] at \[1\]/);
  });

  it('anomaly detection names the op and the line that called it', () => {
    tf.setAnomalyDetection(true);
    try {
      expect(() => tf.log(tf.scalar(-1))).toThrow(/^log: made NaN at \[\]; called at .*gradients\.test\.ts:\d+/);
    } finally {
      tf.setAnomalyDetection(false);
    }
  });
});
