/** The tape: what it records, what it forgets, how it nests, what it refuses. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { apply, declare } from '../../lib/core/op.ts';
import { castTo } from '../../lib/ops/cast.ts';

/** The gradient of `f` at `x` by a tape of its own. */
function slope(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  const tape = new tf.GradientTape();
  const y = tape.record(() => {
    tape.watch(x);
    return f(x);
  });
  return tape.gradient(y, x) as tf.Tensor;
}

describe('gradient', () => {
  it('runs the first program: a persistent tape and the chain rule', () => {
    const x = tf.scalar(1);
    const [w1, b1, w2, b2] = [2, 1, 2, 1].map((value) => tf.scalar(value));
    const tape = new tf.GradientTape({ persistent: true });
    const [y1, y2] = tape.record(() => {
      tape.watch([w1, b1, w2, b2]);
      const y1 = x.mul(w1).add(b1);
      const y2 = y1.mul(w2).add(b2);
      return [y1, y2];
    });
    const [dy2dy1] = tape.gradient(y2, [y1]);
    const [dy1dw1] = tape.gradient(y1, [w1]);
    const [dy2dw1] = tape.gradient(y2, [w1]);
    expect([dy2dy1?.item(), dy1dw1?.item(), dy2dw1?.item()]).toEqual([2, 1, 2]);
  });

  it('nests to the third order and beyond', () => {
    const fourth = (x: tf.Tensor) => x.mul(x).mul(x).mul(x);
    const squares = (x: tf.Tensor) => x.square().square();
    for (const f of [fourth, squares]) {
      const first = (x: tf.Tensor) => slope(f, x);
      const second = (x: tf.Tensor) => slope(first, x);
      const third = (x: tf.Tensor) => slope(second, x);
      const x = tf.scalar(3);
      expect([f, first, second, third, (x: tf.Tensor) => slope(third, x)].map((g) => g(x).item())).toEqual([81, 108, 108, 72, 24]);
    }
  });

  it('differentiates twice by two tapes that record side by side', () => {
    const x = tf.scalar(2);
    const outer = new tf.GradientTape().start();
    const inner = new tf.GradientTape().start();
    outer.watch(x);
    inner.watch(x);
    const first = inner.gradient(tf.div(1, x), x) as tf.Tensor;
    outer.stop();
    expect(first.item()).toBe(-0.25);
    expect(outer.gradient(first, x)?.item()).toBe(0.25);
  });

  it('sums several targets, and one given twice counts twice', () => {
    const x = tf.scalar(3);
    const tape = new tf.GradientTape({ persistent: true });
    const [a, b] = tape.record(() => {
      tape.watch(x);
      return [x.square(), x.mul(5)];
    });
    expect(tape.gradient([a, b], x)?.item()).toBe(11);
    expect(tape.gradient({ a, b: [b] }, x)?.item()).toBe(11);
    expect(tape.gradient([a, a], x)?.item()).toBe(12);
  });

  it('weighs targets by outputGradients', () => {
    const x = tf.tensor([1, 2]);
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => {
      tape.watch(x);
      return x.square();
    });
    expect(tape.gradient(y, x, { outputGradients: tf.tensor([10, 100]) })?.arraySync()).toEqual([20, 400]);
    expect(tape.gradient([y, x], x, { outputGradients: [tf.tensor([1, 1]), tf.tensor([7, 8])] })?.arraySync()).toEqual([9, 12]);
  });

  it('has the structure of the sources', () => {
    const [a, b, c] = [2, 3, 4].map((value) => tf.scalar(value));
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch({ a, rest: [b, c] });
      return a.mul(b).mul(c);
    });
    const gradients = tape.gradient(y, { a, rest: [b, c] });
    expect(gradients.a?.item()).toBe(12);
    expect(gradients.rest.map((gradient) => gradient?.item())).toEqual([8, 6]);
  });

  it('is total for a source that lies between other sources and the target', () => {
    const x = tf.scalar(3);
    const tape = new tf.GradientTape();
    const [y, z] = tape.record(() => {
      tape.watch(x);
      const y = x.square();
      return [y, y.mul(x)];
    });
    expect(tape.gradient(z, [x, y, z]).map((gradient) => gradient?.item())).toEqual([27, 3, 1]);
  });

  it('of a target with respect to itself is one, recorded or not', () => {
    const x = tf.tensor([3, 4]);
    expect(new tf.GradientTape().gradient(x, x)?.arraySync()).toEqual([1, 1]);
    const v = new tf.Variable(x);
    expect(new tf.GradientTape().gradient(v, v)?.arraySync()).toEqual([1, 1]);
  });

  it('sums what was broadcast', () => {
    const column = tf.tensor([[1], [2]]);
    const row = tf.tensor([1, 2, 3]);
    const one = tf.scalar(2);
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch([column, row, one]);
      return column.mul(row).div(one);
    });
    expect(tape.gradient(y, [column, row, one]).map((gradient) => gradient?.arraySync())).toEqual([[[3], [3]], [1.5, 1.5, 1.5], -4.5]);
  });

  it('gives null where nothing connects, or zeros', () => {
    const x = tf.tensor([1, 2]);
    const other = tf.tensor([[3]]);
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => {
      tape.watch([x, other]);
      return x.square();
    });
    expect(tape.gradient(y, [x, other])[1]).toBeNull();
    expect(tape.gradient(y, [x, other], { unconnectedGradients: 'zero' })[1]?.arraySync()).toEqual([[0]]);
    expect(tape.gradient(tf.scalar(1), x)).toBeNull();
  });

  it('goes neither through integers nor to them', () => {
    const x = tf.tensor([1.5, 2.5]);
    const counts = tf.tensor([1, 2], [2], 'int32');
    const tape = new tf.GradientTape({ persistent: true });
    const [through, beside, whole] = tape.record(() => {
      tape.watch(x);
      const whole = castTo(x, 'int32');
      return [castTo(whole, 'float32').mul(2), x.mul(counts), whole];
    });
    expect(tape.gradient(through, x)).toBeNull();
    expect(tape.gradient(whole, x)).toBeNull();
    expect(tape.gradient(beside, [x, counts]).map((gradient) => gradient?.arraySync())).toEqual([[1, 2], undefined]);
    expect(tape.gradient(beside, counts, { unconnectedGradients: 'zero' })?.dtype).toBe('int32');
  });

  it('returns to the dtype of the source', () => {
    const x = tf.scalar(3);
    const gradient = slope((x) => castTo(x, 'float64').square(), x);
    expect([gradient.dtype, gradient.item()]).toEqual(['float32', 6]);
  });
});

describe('variables', () => {
  it('are watched when read, unless they are not trainable or the tape is told not to', () => {
    const v = new tf.Variable(tf.scalar(3));
    const frozen = new tf.Variable(tf.scalar(5), { trainable: false });
    const tape = new tf.GradientTape();
    const y = tape.record(() => v.mul(frozen).mul(v));
    expect(tape.watchedVariables()).toEqual([v]);
    expect(tape.gradient(y, [v, frozen]).map((gradient) => gradient?.item())).toEqual([30, undefined]);
    const blind = new tf.GradientTape({ watchAccessedVariables: false });
    expect(
      blind.gradient(
        blind.record(() => v.square()),
        v,
      ),
    ).toBeNull();
    expect(blind.watchedVariables()).toEqual([]);
  });

  it('and tensors that are not watched have no gradient, though a recorded op took them', () => {
    const [x, other] = [tf.scalar(3), tf.scalar(5)];
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return x.mul(other).add(other.square());
    });
    expect(tape.gradient(y, [x, other]).map((gradient) => gradient?.item())).toEqual([5, undefined]);
  });

  it('watched by hand stay so when they are assigned to', () => {
    const v = new tf.Variable(tf.scalar(3), { trainable: false });
    const tape = new tf.GradientTape({ watchAccessedVariables: false });
    const y = tape.record(() => {
      tape.watch(v);
      v.assign(tf.scalar(4));
      return v.square();
    });
    expect(tape.gradient(y, v)?.item()).toBe(8);
  });

  it('assigned in between count with each value they had', () => {
    const v = new tf.Variable(tf.scalar(3));
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      const before = v.square();
      v.assign(tf.scalar(10));
      return before.add(v.square());
    });
    v.assign(tf.scalar(0));
    expect(y.item()).toBe(109);
    expect(tape.gradient(y, v)?.item()).toBe(26);
  });

  it('never read have no gradient', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => tf.scalar(2).square());
    expect(tape.gradient(y, v)).toBeNull();
    expect(tape.gradient(y, v, { unconnectedGradients: 'zero' })?.arraySync()).toEqual([0, 0]);
  });
});

describe('recording', () => {
  it('can pause', () => {
    const x = tf.scalar(3);
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      const factor = tape.stopRecording(() => x.square());
      return factor.mul(x);
    });
    expect(tape.gradient(y, x)?.item()).toBe(9);
  });

  it('ends with the block of a tape that is used', () => {
    const x = tf.scalar(3);
    const gradients: (number | undefined)[] = [];
    {
      using tape = new tf.GradientTape({ persistent: true }).start();
      tape.watch(x);
      gradients.push(tape.gradient(x.square(), x)?.item());
    }
    const tape = new tf.GradientTape();
    expect(() =>
      tape.record(() => {
        throw new Error('out');
      }),
    ).toThrow('out');
    expect(() => tape.stop()).toThrow('GradientTape: it is not recording');
    expect(gradients).toEqual([6]);
  });

  it('goes on where it stopped', () => {
    const x = tf.scalar(3);
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return x.square();
    });
    const missed = y.mul(2);
    const z = tape.record(() => y.square());
    expect(tape.gradient([z, missed], x)?.item()).toBe(108);
  });

  it('is forgotten by reset', () => {
    const v = new tf.Variable(tf.scalar(3));
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => v.square());
    tape.reset();
    expect(tape.watchedVariables()).toEqual([]);
    expect(tape.gradient(y, v)).toBeNull();
    const z = tape.record(() => v.mul(5));
    expect(tape.gradient(z, v)?.item()).toBe(5);
  });

  it('begins anew on a spent tape', () => {
    const v = new tf.Variable(tf.scalar(3));
    const tape = new tf.GradientTape();
    for (const factor of [2, 7]) {
      const y = tape.record(() => v.mul(factor));
      expect(tape.gradient(y, v)?.item()).toBe(factor);
    }
  });

  it('holds what tidy and dispose would free', () => {
    const x = tf.scalar(3);
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return tf.tidy(() => {
        const inner = x.square();
        const y = inner.mul(inner);
        inner.dispose();
        return y;
      });
    });
    y.dispose();
    for (let i = 0; i < 100; i++) tf.scalar(i);
    expect(tape.gradient(y, x)?.item()).toBe(108);
  });

  it('is the same inside tidy, and the gradients survive it', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    const gradient = tf.tidy(() => {
      const tape = new tf.GradientTape();
      return tape.gradient(
        tape.record(() => v.square().mul(v)),
        v,
      );
    });
    expect(gradient?.arraySync()).toEqual([3, 12]);
  });
});

describe('a tape refuses', () => {
  const x = tf.scalar(3);
  const recorded = (options?: tf.GradientTapeOptions) => {
    const tape = new tf.GradientTape(options);
    const y = tape.record(() => {
      tape.watch(x);
      return x.square();
    });
    return { tape, y };
  };

  it('a second gradient, unless it is persistent', () => {
    const { tape, y } = recorded();
    tape.gradient(y, x);
    expect(() => tape.gradient(y, x)).toThrow(
      'GradientTape: gradient can be called once on a tape that is not persistent; use new GradientTape({ persistent: true })',
    );
  });

  it('arguments that it does not know, and is not spent by them', () => {
    const { tape, y } = recorded();
    const wrong = (value: unknown) => value as never;
    expect(() => new tf.GradientTape(wrong({ persist: true }))).toThrow(
      'GradientTape: unknown option "persist"; did you mean "persistent"?',
    );
    expect(() => tape.gradient(y, x, wrong({ outputGradient: y }))).toThrow(
      'gradient: unknown option "outputGradient"; did you mean "outputGradients"?',
    );
    expect(() => tape.gradient(y, x, wrong({ unconnectedGradients: 'zeros' }))).toThrow(
      'gradient: unknown unconnectedGradients "zeros"; did you mean "zero"?',
    );
    expect(() => tape.gradient(wrong(4), x)).toThrow('gradient: target: expected tensors or variables; received 4');
    expect(() => tape.gradient(y, wrong(['x']))).toThrow('gradient: sources: expected tensors or variables; received "x"');
    expect(() => tape.gradient(y, x, { outputGradients: [y, y] })).toThrow('gradient: 1 targets need as many outputGradients; received 2');
    expect(() => tape.gradient(y, x, { outputGradients: wrong(1) })).toThrow('gradient: outputGradients must be tensors; received 1');
    expect(() => tape.gradient(y, x, { outputGradients: tf.tensor([1]) })).toThrow(
      'gradient: outputGradients must have the shapes of the targets; [1] and []',
    );
    expect(() => tape.gradient(y, x, { outputGradients: tf.scalar(1, 'float64') })).toThrow(
      'gradient: outputGradients must have the dtypes of the targets; float64 and float32',
    );
    expect(tape.gradient(y, x)?.item()).toBe(6);
  });

  it('to watch what has no gradient', () => {
    const tape = new tf.GradientTape();
    expect(() => tape.watch(tf.scalar(1, 'int32'))).toThrow('GradientTape: watch needs floating tensors; received int32');
    expect(() => tape.watch(1 as never)).toThrow('GradientTape: watch: expected tensors or variables; received 1');
  });

  it('to start twice, to stop twice, to pause what does not run, and async functions', () => {
    const tape = new tf.GradientTape();
    expect(() => tape.stop()).toThrow('GradientTape: it is not recording');
    expect(() => tape.stopRecording(() => 0)).toThrow('GradientTape: stopRecording on a tape that is not recording');
    tape.start();
    expect(() => tape.start()).toThrow('GradientTape: it is recording already');
    tape.stop();
    expect(() => tape.record(async () => 0)).toThrow(
      'GradientTape: record needs a function that is not async; received one that returns a Promise',
    );
  });

  it('an op whose gradient does not match its inputs', () => {
    const broken = declare<Record<never, never>>({
      name: 'brokenForTapeTest',
      attrs: [],
      infer: ([x]) => [x],
      alias: () => 0,
      kernel() {},
      saves: [],
      grad: () => [],
    });
    expect(() => slope((x) => apply(broken, [x], {})[0], x)).toThrow('brokenForTapeTest: its gradient gives 0 results for 1 inputs');
  });
});
