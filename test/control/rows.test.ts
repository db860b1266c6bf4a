/** Functions over rows: their values, gradients and errors, step by step and as one op. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../support/gradients.ts';

const wrong = (value: unknown) => value as never;
const f64 = (values: tf.TensorLike): tf.Tensor => tf.cast(tf.tensor(values), 'float64');
const numbers = (x: tf.Tensor | null | undefined) => x?.arraySync() ?? null;

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

describe('over rows', () => {
  const x = f64([0.5, -1, 2]);
  const rows = f64([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

  it('scan gives all that foldl ends with', () => {
    const f = (a: tf.Tensor, b: tf.Tensor) => a.mul(b).add(b);
    expect(numbers(tf.scan(f, x, f64(1)))).toEqual([1, -2, -2]);
    expect(numbers(tf.scan(f, x))).toEqual([0.5, -1.5, -1]);
    expect(numbers(tf.foldl(f, x))).toBe(-1);
    expect(numbers(tf.foldr((a: tf.Tensor, b: tf.Tensor) => b.sub(a), x))).toBe(3.5);
    expect(numbers(tf.scan((a: tf.Tensor, b: tf.Tensor) => b.sub(a), x, undefined, { reverse: true }))).toEqual([3.5, -3, 2]);
    expect(numbers(tf.scan(f, x.slice([0], [1])))).toEqual([0.5]);
    expect(numbers(tf.foldl(f, x.slice([0], [1])))).toBe(0.5);
    expect(numbers(tf.scan(f, tf.zeros([0], 'float64'), f64(1)))).toEqual([]);
  });

  it('take structures, and variables as elements', () => {
    const v = new tf.Variable(rows);
    const { total, last } = tf.foldl(
      ({ total }: { total: tf.Tensor; last: tf.Tensor }, [a, b]: tf.Tensor[]) => ({ total: total.add(a.mul(b)), last: a }),
      [v.value, rows.mul(2)],
      { total: tf.zeros([2], 'float64'), last: tf.zeros([2], 'float64') },
    );
    expect([total, last].map(numbers)).toEqual([
      [70, 112],
      [5, 6],
    ]);
    const mapped = tf.map(({ a }: { a: tf.Tensor }) => [a.sum(), a], { a: rows });
    expect(mapped.map(numbers)).toEqual([[3, 7, 11], numbers(rows)]);
    expect(tf.map((row: tf.Tensor) => row.expandDims(0), tf.zeros([0, 2])).shape).toEqual([0, 1, 2]);
    expect(numbers(tf.vectorizedMap((row: tf.Tensor) => row.mean(), rows))).toEqual([1.5, 3.5, 5.5]);
  });

  it('flow back to rows, initializer and what is around, to the second order', () => {
    const w = f64([0.3, 0.7]);
    const f = (x: tf.Tensor) => tf.scan((h: tf.Tensor, row: tf.Tensor) => h.mul(w).add(row).sin(), x, w.mul(x.sum()));
    check(f, rows.mul(0.1));
    check((x) => tf.map((row: tf.Tensor) => row.pow(3).mul(x.sum()), x), rows.mul(0.1));
    const around = new tf.GradientTape();
    const y = around.record(() => {
      around.watch(w);
      return f(rows);
    });
    expect(around.gradient(y, w)?.shape).toEqual([2]);
  });

  it('draw new numbers each step, also where there are many', () => {
    const noisy = tf.function((x: tf.Tensor) => tf.map((_: tf.Tensor) => tf.randomUniform([]), x));
    for (const count of [3, 300]) expect(new Set(noisy(tf.zeros([count])).dataSync()).size).toBeGreaterThan(count * 0.9);
  });

  it('refuse what has no rows, and accumulators that change', () => {
    const f = (a: tf.Tensor) => a;
    expect(() => tf.scan(wrong(1), x)).toThrow('scan: expected a function; received 1');
    expect(() => tf.foldl(f, [x, rows.slice([0], [2])] as never)).toThrow(
      'foldl: the elements need a first axis of one size; received shapes [3] and [2,2]',
    );
    expect(() => tf.map(f, tf.scalar(1))).toThrow('map: the elements need a first axis of one size; received shapes []');
    expect(() => tf.map(f, wrong([1, 2]))).toThrow('map: the elements: expected tensors or variables; received 1');
    expect(() => tf.scan(f, tf.zeros([0]))).toThrow('scan: without an initializer it needs at least one row; received shape [0]');
    expect(() => tf.scan((_a: tf.Tensor, b: tf.Tensor) => b.expandDims(0), x)).toThrow(
      'scan: what is accumulated must keep its shapes and dtypes: tensor 0 is float64[] and float64[1]',
    );
    expect(() =>
      tf.map(
        wrong(async () => 1),
        x,
      ),
    ).toThrow('map: needs a function that is not async');
    expect(() => tf.scan(f, x, x, wrong({ backwards: true }))).toThrow('scan: unknown option "backwards"');
  });
});

describe('many rows in a traced function are one op', () => {
  const many = f64(Array.from({ length: 300 }, (_, i) => Math.sin(i) / 3));
  const w = new tf.Variable(f64(0.4));
  const f = (x: tf.Tensor) => tf.scan((h: tf.Tensor, row: tf.Tensor) => h.mul(w).add(row).sin(), x, x.mean());

  it('with the values and gradients of the steps', () => {
    const slopes = (x: tf.Tensor) => {
      const tape = new tf.GradientTape();
      const y = tape.record(() => {
        tape.watch(x);
        return f(x);
      });
      return [y, ...(tape.gradient(y, [x, w]) as tf.Tensor[])];
    };
    const traced = tf.function(slopes);
    const [got, wanted] = [traced(many), slopes(many)].map((tensors) => tensors.flatMap((tensor) => Array.from(tensor.dataSync())));
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 10);
    });
    expect(String(traced.graph()).match(/= scan\(/g)?.length).toBe(3);
  });

  it('to the second order, from either end', () => {
    const g = (x: tf.Tensor) =>
      tf
        .scan((h: tf.Tensor, row: tf.Tensor) => h.mul(row).cos(), x, x.mean(), { reverse: true })
        .mul(tf.foldl((a: tf.Tensor, b: tf.Tensor) => a.mul(0.5).add(b.square()), x));
    const second = (x: tf.Tensor) => tf.hvp(g, x, x.mul(2));
    const traced = tf.function(second);
    traced(many);
    const [got, wanted] = [traced(many).dataSync(), second(many).dataSync()];
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 8);
    });
  });

  it('with variables assigned from step to step', () => {
    const v = new tf.Variable(f64(0), { trainable: false });
    const count = tf.function((x: tf.Tensor) =>
      tf.map((row: tf.Tensor) => {
        v.assign(v.add(row));
        return v.mul(2);
      }, x),
    );
    const totals = count(tf.ones([300], 'float64')).dataSync();
    expect([totals[0], totals[299], v.item()]).toEqual([2, 600, 300]);
  });
});
