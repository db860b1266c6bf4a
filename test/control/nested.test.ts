/** Branches and loops within one another, within recomputed parts, on either backend, and timed. */
import * as tf from 'gradtape';
import { afterAll, describe, expect, it } from 'vitest';

const f64 = (values: tf.TensorLike): tf.Tensor => tf.cast(tf.tensor(values), 'float64');
const many = f64(Array.from({ length: 300 }, (_, i) => Math.sin(i)));

/** Values, gradients and products with the Hessian, op by op and from a program, which must agree. */
function expectSame(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.TypedArray {
  const all = (x: tf.Tensor) => [f(x), tf.grad(f)(x), tf.hvp(f, x, x)];
  const traced = tf.function(all);
  traced(x);
  const [got, wanted] = [traced(x), all(x)].map((tensors) => tensors.flatMap((tensor) => Array.from(tensor.dataSync())));
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 8);
  });
  return traced(x)[1].dataSync();
}

const absolute = (x: tf.Tensor) =>
  tf.cond(
    x.greater(0),
    () => x.square(),
    () => x.mul(-2),
  );

describe('nested', () => {
  it('a branch in many rows', () => {
    const slope = expectSame((x) => tf.map(absolute, x), many);
    expect(slope[1]).toBeCloseTo(2 * Math.sin(1), 6);
    expect(slope[4]).toBe(-2);
  });

  it('a loop in a branch in a loop', () => {
    const f = (x: tf.Tensor) =>
      tf.whileLoop(
        (y) => y.abs().less(20),
        (y) =>
          tf.cond(
            y.greater(5),
            () =>
              tf.whileLoop(
                (_, n) => n.less(2),
                (z, n) => [z.mul(x), n.add(1)],
                [y, 0],
              )[0],
            () => y.mul(2),
          ),
        [x],
      )[0];
    expectSame(f, f64(1.7));
    expectSame(f, f64(3));
  });

  it('a recomputed part in many rows, and many rows in a recomputed part', () => {
    const block = tf.recomputeGrad((h: tf.Tensor, x: tf.Tensor) => h.mul(0.5).add(x).sin());
    expectSame((x) => tf.scan((h: tf.Tensor, row: tf.Tensor) => block(h, row), x, x.mean()), many);
    const whole = tf.recomputeGrad((x: tf.Tensor) => tf.scan((h: tf.Tensor, row: tf.Tensor) => h.mul(0.5).add(row).sin(), x));
    expectSame((x) => whole(x), many);
  });

  it('rows in rows', () => {
    const matrix = tf.reshape(many, [300, 1]).mul(f64([[1, 0.5, -0.3]]));
    expectSame(
      (x) => tf.map((row: tf.Tensor) => tf.scan((h: tf.Tensor, element: tf.Tensor) => h.mul(element).add(element), row), x),
      matrix,
    );
  });

  it('a Jacobian of a branch', () => {
    const jacobian = (x: tf.Tensor) => {
      const tape = new tf.GradientTape();
      const y = tape.record(() => {
        tape.watch(x);
        return tf.cond(
          x.sum().greater(0),
          () => x.square(),
          () => x.neg(),
        );
      });
      return tape.jacobian(y, x) as tf.Tensor;
    };
    const traced = tf.function(jacobian);
    for (const x of [f64([1, 2]), f64([-1, -2])]) expect(traced(x).arraySync()).toEqual(jacobian(x).arraySync());
  });
});

describe('a program with branches', () => {
  const { name } = tf.backend();
  afterAll(() => tf.setBackend(name));

  it('runs on the backend that is chosen by then', () => {
    const f = tf.function((x: tf.Tensor) => absolute(x.sum()));
    const results = (['typescript', name] as const).map((backend) => {
      tf.setBackend(backend);
      return [f(f64([1, 2])).item(), f(f64([-1, -2])).item()];
    });
    expect(results).toEqual([
      [9, 6],
      [9, 6],
    ]);
  });

  it('is timed, and shows what it holds', () => {
    const f = tf.function((x: tf.Tensor) => absolute(x.sum()));
    const { rows } = tf.profile(f, [f64([1, 2])], { runs: 2 });
    expect(rows.map((row) => row.name)).toContain('switchCase');
    expect(String(f.graph(f64([1, 2])))).toMatch(/switchCase[\s\S]*square/);
  });

  it('says what a branch refuses, and leaves variables as they were', () => {
    const v = new tf.Variable(tf.scalar(1));
    const f = tf.function((x: tf.Tensor) => {
      v.assign(v.add(1));
      return tf.cond(
        x.sum().greater(0),
        () => tf.gather(x, [7]),
        () => tf.gather(x, [0]),
      );
    });
    expect(() => f(tf.tensor([1, 2]))).toThrow('gather: index 7');
    expect(v.item()).toBe(1);
    expect(f(tf.tensor([-1, -2])).arraySync()).toEqual([-1]);
    expect(v.item()).toBe(2);
  });
});
