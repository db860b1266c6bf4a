/** Branches and loops: their values, gradients and errors, by JavaScript and in traced functions. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../support/gradients.ts';

const wrong = (value: unknown) => value as never;
const f64 = (values: tf.TensorLike): tf.Tensor => tf.cast(tf.tensor(values), 'float64');
const numbers = (x: tf.Tensor | null | undefined) => x?.arraySync() ?? null;

/** What `f` gives eagerly and from its program, and its gradient both ways; both must agree. */
function bothWays(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): { value: unknown; slope: unknown } {
  const eager = { value: numbers(f(x)), slope: numbers(tf.grad(f)(x)) };
  const traced = tf.function((x: tf.Tensor) => {
    const { value, grad } = tf.valueAndGrad(f)(x);
    return [value, grad];
  });
  for (let run = 0; run < 2; run++) {
    const [value, slope] = traced(x);
    expect({ value: numbers(value), slope: numbers(slope) }).toEqual(eager);
  }
  return eager;
}

/** Gradients of first and second order against differences, eager and traced. */
function check(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): void {
  checkGradients(f, [x]);
  const second = (x: tf.Tensor) => tf.grad((x) => tf.grad(f)(x).mul(x.add(2)))(x);
  const traced = tf.function(second);
  traced(x);
  const [got, wanted] = [traced(x).dataSync(), second(x).dataSync()];
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 8);
  });
}

describe('cond', () => {
  const f = (x: tf.Tensor) =>
    tf.cond(
      x.sum().greater(0),
      () => x.square(),
      () => x.mul(-3),
    );

  it('takes the branch that the predicate names, and its gradient', () => {
    expect(bothWays(f, f64([1, 2]))).toEqual({ value: [1, 4], slope: [2, 4] });
    expect(bothWays(f, f64([-1, -2]))).toEqual({ value: [3, 6], slope: [-3, -3] });
    expect(
      numbers(
        tf.cond(
          true,
          () => tf.scalar(1),
          wrong(() => wrong(0)),
        ),
      ),
    ).toBe(1);
    expect(
      numbers(
        tf.cond(
          0.5,
          () => tf.scalar(1),
          () => tf.scalar(2),
        ),
      ),
    ).toBe(1);
  });

  it('is right to the second order', () => {
    const g = (x: tf.Tensor) =>
      tf.cond(
        x.sum().greater(0),
        () => x.pow(3).sin(),
        () => x.exp().mul(x),
      );
    check(g, f64([0.5, 1.2]));
    check(g, f64([-0.5, -1.2]));
  });

  it('nests, takes structures, and reads and assigns variables', () => {
    const v = new tf.Variable(f64(2));
    const count = new tf.Variable(f64(0), { trainable: false });
    const step = (x: tf.Tensor) =>
      tf.cond(
        x.greater(0),
        () => {
          count.assign(count.add(1));
          const inner = tf.cond(
            x.greater(10),
            () => x.mul(v).mul(100),
            () => x.mul(v),
          );
          return { a: inner, b: [x] };
        },
        () => ({ a: x, b: [x.neg()] }),
      );
    const slopes = (x: tf.Tensor) => {
      const tape = new tf.GradientTape();
      const { a, b } = tape.record(() => {
        tape.watch(x);
        return step(x);
      });
      return [a, b[0], ...tape.gradient([a, b[0]], [x, v], { unconnectedGradients: 'zero' })] as tf.Tensor[];
    };
    const traced = tf.function(slopes);
    for (const x of [3, 20, -4, 5]) expect(traced(f64(x)).map(numbers)).toEqual(slopes(f64(x)).map(numbers));
    expect(count.item()).toBe(6);
    expect(String(traced.graph())).toMatch(/switchCase\(/);
  });

  it('draws for both branches when traced', () => {
    const noisy = tf.function((x: tf.Tensor) =>
      tf.cond(
        x.greater(0),
        () => tf.randomUniform([2]),
        () => tf.randomUniform([2], 5, 6),
      ),
    );
    const drawn = [noisy(tf.scalar(1)), noisy(tf.scalar(1)), noisy(tf.scalar(-1))].map((x) => Array.from(x.dataSync()));
    expect(drawn[0]).not.toEqual(drawn[1]);
    expect(drawn[0].every((x) => x < 1) && drawn[2].every((x) => x >= 5)).toBe(true);
  });

  it('keeps custom and recomputed gradients', () => {
    const clipped = tf.customGrad((x: tf.Tensor, save: tf.Save) => {
      save([x]);
      return { value: x.square(), gradFunc: (dy, [x]) => dy.mul(x).mul(10) };
    });
    const block = tf.recomputeGrad((x: tf.Tensor) => x.sin().mul(x));
    const g = (x: tf.Tensor) =>
      tf.cond(
        x.greater(0),
        () => clipped(x),
        () => block(x),
      );
    expect(bothWays(g, f64(3))).toEqual({ value: 9, slope: 30 });
    bothWays(g, f64(-0.5));
  });

  it('refuses what it cannot choose by or between', () => {
    const one = () => tf.scalar(1);
    expect(() => tf.cond(true, wrong(1), one)).toThrow('cond: expected two functions; received 1');
    expect(() => tf.cond([1, 0], one, one)).toThrow('cond: the predicate must have one element; received shape [2]');
    expect(() =>
      tf.cond(
        true,
        wrong(async () => 1),
        one,
      ),
    ).toThrow('cond: needs a function that is not async');
    const traced = (a: () => unknown, b: () => unknown) =>
      tf.function((x: tf.Tensor) => tf.cond(x.greater(0), wrong(a), wrong(b)))(tf.scalar(1));
    expect(() => traced(one, () => tf.zeros([2]))).toThrow(
      'cond: every branch must give the same shapes and dtypes: tensor 0 is float32[2] and float32[]',
    );
    expect(() => traced(one, () => [])).toThrow('cond: every branch must give the same shapes and dtypes: there are 0 and 1 tensors');
    expect(() => traced(one, () => 3)).toThrow('cond: the result: expected tensors or variables; received 3');
  });
});

describe('switchCase', () => {
  const f = (index: tf.TensorLike, x: tf.Tensor) => tf.switchCase(index, [() => x.mul(2), () => x.square(), () => x.pow(3)]);

  it('takes the branch at the index, the last one for any outside', () => {
    const traced = tf.function((index: tf.Tensor, x: tf.Tensor) => [f(index, x), tf.grad((x) => f(index, x))(x)]);
    for (const [index, value, slope] of [
      [0, 6, 2],
      [1, 9, 6],
      [2, 27, 27],
      [7, 27, 27],
      [-1, 27, 27],
    ]) {
      expect(f(index, f64(3)).item()).toBeCloseTo(value, 9);
      const [got, gradient] = traced(tf.scalar(index, 'int32'), f64(3)).map((x) => x.item());
      expect(got).toBeCloseTo(value, 9);
      expect(gradient).toBeCloseTo(slope, 9);
    }
  });

  it('refuses what names no branch', () => {
    expect(() => tf.switchCase(0, [])).toThrow('switchCase: the branches come as a list of functions; received []');
    expect(() => tf.switchCase([0, 1], [() => tf.scalar(1)])).toThrow('switchCase: the index must have one element; received shape [2]');
    expect(() => tf.switchCase(true, [() => tf.scalar(1)])).toThrow('switchCase: the index must be a number; received dtype bool');
  });
});

describe('whileLoop', () => {
  /** x doubled, and multiplied by its sine, until it is above 10. */
  const grow = (x: tf.Tensor) =>
    tf.whileLoop(
      (y) => y.abs().sum().less(10),
      (y, n) => [y.mul(x).add(y), n.add(1)],
      [x, 0],
    )[0];

  it('steps until the condition fails, and flows back', () => {
    expect(bothWays(grow, f64(1))).toEqual({ value: 16, slope: 48 });
    expect(bothWays(grow, f64(20))).toEqual({ value: 20, slope: 1 });
    check(grow, f64([0.9, 1.3]));
  });

  it('captures what is around it, to the third order in a traced function', () => {
    const power = (x: tf.Tensor) =>
      tf.whileLoop(
        (i) => i.less(4),
        (i, y) => [i.add(1), y.mul(x)],
        [0, tf.onesLike(x)],
      )[1];
    const third = tf.function((x: tf.Tensor) => tf.grad(tf.grad(tf.grad(power)))(x));
    expect(
      tf
        .grad(tf.grad(tf.grad(power)))(f64(3))
        .item(),
    ).toBe(72);
    expect(third(f64(3)).item()).toBe(72);
  });

  it('ends after maximumIterations', () => {
    const f = (x: tf.Tensor) =>
      tf.whileLoop(
        () => x.greater(-1000),
        (y) => y.mul(x),
        [x],
        { maximumIterations: 3 },
      )[0];
    expect(bothWays(f, f64(2))).toEqual({ value: 16, slope: 32 });
    expect(
      numbers(
        tf.whileLoop(
          () => true,
          (y) => y.add(1),
          [1],
          { maximumIterations: 0 },
        )[0],
      ),
    ).toBe(1);
  });

  it('reads and assigns variables from step to step', () => {
    const v = new tf.Variable(f64(1), { trainable: false });
    const run = (x: tf.Tensor) =>
      tf.whileLoop(
        () => v.less(50),
        (y) => {
          v.assign(v.mul(2));
          return y.add(v);
        },
        [x],
      )[0];
    const traced = tf.function(run);
    for (const f of [run, traced, traced]) {
      v.assign(f64(1));
      expect([f(f64(0)).item(), v.item()]).toEqual([126, 64]);
    }
  });

  it('of a JavaScript condition is written down step by step', () => {
    const f = tf.function((x: tf.Tensor) => {
      let left = 3;
      return tf.whileLoop(
        () => left-- > 0,
        (y) => y.mul(x),
        [x],
      )[0];
    });
    expect([f(tf.scalar(2)).item(), String(f.graph()).includes('whileLoop')]).toEqual([16, false]);
  });

  it('refuses what cannot go on', () => {
    const id = (x: tf.Tensor) => x;
    const yes = () => true;
    expect(() => tf.whileLoop(wrong(1), id, [1])).toThrow('whileLoop: expected two functions; received 1');
    expect(() => tf.whileLoop(yes, id, wrong(1))).toThrow('whileLoop: the loop variables come as a list; received 1');
    expect(() => tf.whileLoop(yes, id, [1], { maximumIterations: -1 })).toThrow(
      'whileLoop: maximumIterations must be a number >= 0; received -1',
    );
    expect(() =>
      tf.whileLoop(
        wrong(() => 'x'),
        id,
        [1],
      ),
    ).toThrow('whileLoop: the condition must give one truth value; received "x"');
    expect(() => tf.whileLoop(() => tf.ones([2]), id, [1])).toThrow(
      'whileLoop: the condition must give one truth value; received shape [2]',
    );
    expect(() => tf.whileLoop(yes, () => tf.ones([2]), [1])).toThrow(
      'whileLoop: the body must keep shapes and dtypes: tensor 0 is float32[] and float32[2]',
    );
    expect(() => tf.whileLoop(yes, () => wrong(1), [1])).toThrow('whileLoop: the body must return tensors; received 1');
    expect(() => tf.whileLoop(yes, () => [wrong(1)], [1])).toThrow('whileLoop: the body must return tensors; received 1');
    expect(() =>
      tf.whileLoop(
        yes,
        wrong(async () => 1),
        [1],
      ),
    ).toThrow('whileLoop: needs a function that is not async');
    const traced = (condition: (x: tf.Tensor) => unknown, body: (x: tf.Tensor) => tf.Tensor) =>
      tf.function((x: tf.Tensor) => tf.whileLoop(wrong(condition), body, [x]))(tf.scalar(1));
    const v = new tf.Variable(tf.scalar(1), { name: 'v' });
    expect(() =>
      traced(
        (x) => x.less(5),
        (x) => x.add(tf.randomUniform([])),
      ),
    ).toThrow(
      'whileLoop: in a traced function it cannot draw random numbers, of which each step would need its own; draw them before it, or use scan',
    );
    expect(() =>
      traced(
        (x) => v.assign(x).less(5),
        (x) => x,
      ),
    ).toThrow('whileLoop: only the body may assign; the condition assigns to the variable "v"');
    let calls = 0;
    expect(() =>
      traced(
        (x) => (calls++ > 0 ? true : x.less(5)),
        (x) => x,
      ),
    ).toThrow('whileLoop: the condition gave a tensor before, and now true');
  });
});

describe('inside of models', () => {
  class Gate extends tf.layers.Layer {
    override call(x: tf.Tensor): tf.Tensor {
      return tf.cond(
        x.mean().greater(0),
        () => x.mul(2),
        () => x.mul(-0.5),
      );
    }
  }

  it('branches train as they do op by op', async () => {
    const layers = [new tf.layers.Dense({ units: 1, inputShape: [2], useBias: false, kernelInitializer: 'ones' }), new Gate({})];
    const model = new tf.Sequential(layers);
    model.compile({ optimizer: new tf.optimizers.SGD({ learningRate: 0.05 }), loss: 'meanSquaredError' });
    const x = tf.tensor([
      [1, 2],
      [3, 1],
      [-2, -4],
      [-1, -1],
    ]);
    const y = tf.tensor([[1], [2], [3], [4]]);
    let kernel = tf.ones([2, 1]);
    for (const at of [0, 2, 0, 2]) {
      const [rows, wanted] = [x.slice([at], [2]), y.slice([at], [2])];
      const slope = tf.grad((kernel) => {
        const z = tf.matMul(rows, kernel);
        return z
          .mul(z.mean().item() > 0 ? 2 : -0.5)
          .sub(wanted)
          .square()
          .mean();
      });
      kernel = kernel.sub(slope(kernel).mul(0.05));
    }
    await model.fit(x, y, { epochs: 2, verbose: 0, batchSize: 2, shuffle: false });
    const found = model.trainableVariables[0].dataSync();
    kernel.dataSync().forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 4);
    });
  });
});
