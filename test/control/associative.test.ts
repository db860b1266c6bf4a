/** `foriLoop`, `associativeScan` and `vectorize`: values, gradients, traces and errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';

describe('foriLoop', () => {
  it('counts, over structures, eager and traced', () => {
    const power = (x: tf.Tensor, n: tf.Tensor): { y: tf.Tensor; sum: tf.Tensor } =>
      tf.foriLoop(0, n, (i, { y, sum }) => ({ y: y.mul(x), sum: sum.add(i.cast('float64')) }), {
        y: tf.onesLike(x),
        sum: tf.scalar(0, 'float64'),
      });
    const three = tf.scalar(3, 'int32');
    const { y, sum } = power(double([2, 3]), three);
    expect([y.arraySync(), sum.item()]).toEqual([[8, 27], 3]);
    const traced = tf.function(power);
    expect(traced(double([2, 3]), three).y.arraySync()).toEqual([8, 27]);
    expect(traced(double([2, 3]), tf.scalar(0, 'int32')).y.arraySync()).toEqual([1, 1]);
    expect(tf.foriLoop(5, 2, (_, value: tf.Tensor) => value.add(1), tf.scalar(7)).item()).toBe(7);
    checkTwice((x) => power(x, three).y, [[0.5, -1.2]]);
  });

  it('refuses what is no loop', () => {
    expect(() => tf.foriLoop(0, 1, 3 as never, tf.scalar(1))).toThrow(new tf.ArgumentError('foriLoop: expected a function; received 3'));
    expect(() => tf.foriLoop([0, 1], 1, (_, x: tf.Tensor) => x, tf.scalar(1))).toThrow(
      new tf.ArgumentError('foriLoop: bounds are one number each; received [2] of float32'),
    );
  });
});

describe('associativeScan', () => {
  const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b);

  it.each([1, 2, 3, 4, 5, 8, 13])('of %s elements is what a scan gives', (n) => {
    const x = tf.randomNormal([n, 2, 2], 0, 1, 'float64', 3);
    const near = (got: tf.Tensor, wanted: tf.Tensor): void => {
      expect(got.shape).toEqual(wanted.shape);
      expect(tf.max(tf.abs(tf.sub(got, wanted))).item()).toBeLessThan(1e-12);
    };
    const wanted = tf.scan(product, x);
    near(tf.associativeScan(product, x), wanted);
    near(tf.function((y: tf.Tensor) => tf.associativeScan(product, y))(x), wanted);
    const turned = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(b, a);
    near(
      tf.associativeScan(turned, x, { reverse: true }),
      tf.scan((sum: tf.Tensor, row: tf.Tensor) => turned(sum, row), x, undefined, { reverse: true }),
    );
  });

  it('goes along an axis over structures, and has gradients', () => {
    const table = double([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tf.associativeScan((a: tf.Tensor, b: tf.Tensor) => a.add(b), table, { axis: -1 }).arraySync()).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    // A recurrence y = a y + b as pairs.
    type Pair = { a: tf.Tensor; b: tf.Tensor };
    const join = (p: Pair, q: Pair): Pair => ({ a: p.a.mul(q.a), b: q.a.mul(p.b).add(q.b) });
    const run = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.associativeScan(join, { a, b }).b;
    expect(run(double([0.5, 2, 3]), double([1, 1, 1])).arraySync()).toEqual([1, 3, 10]);
    checkTwice(run, [
      [0.5, -1.2, 2, 0.3, 1.1],
      [1, 0.4, -0.7, 2, 0.1],
    ]);
  });

  it('refuses what does not fit', () => {
    const add = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.add(b);
    expect(() => tf.associativeScan(3 as never, tf.tensor([1]))).toThrow(
      new tf.ArgumentError('associativeScan: expected a function; received 3'),
    );
    expect(() => tf.associativeScan((a: tf.Tensor[]) => a, [])).toThrow(
      new tf.ArgumentError('associativeScan: needs a tensor at least; received none'),
    );
    expect(() => tf.associativeScan((a: tf.Tensor[]) => a, [tf.zeros([2]), tf.zeros([3])])).toThrow(
      new tf.ShapeError('associativeScan: sizes along axis 0 differ; received [2] and [3]'),
    );
    expect(() => tf.associativeScan((a: tf.Tensor, b: tf.Tensor) => add(a, b).sum(), tf.tensor([1, 2, 3, 4]))).toThrow(
      new tf.ShapeError('associativeScan: the function must keep shapes and dtypes: tensor 0 is float32[2] and float32[]'),
    );
  });
});

describe('vectorize', () => {
  it('broadcasts what is not of one call', () => {
    const clipped = tf.vectorize((x, low) => tf.maximum(x, low));
    expect(
      clipped(
        [
          [1, 5],
          [3, 0],
        ],
        [2, 1],
      ).arraySync(),
    ).toEqual([
      [2, 5],
      [3, 1],
    ]);
    const outer = tf.vectorize((a, b) => tf.outer(a, b), '(m), (n) -> (m, n)');
    expect(
      outer(
        [
          [1, 2],
          [3, 4],
        ],
        [1, 10, 100],
      ).shape,
    ).toEqual([2, 2, 3]);
    expect(
      tf
        .vectorize(
          (x) => tf.sum(x),
          '(n)->()',
        )([1, 2, 3])
        .item(),
    ).toBe(6);
  });

  it('refuses what does not fit the signature', () => {
    const dot = tf.vectorize((a, b) => tf.dot(a, b), '(n),(n)->()');
    expect(() => dot([1, 2], [1, 2, 3])).toThrow(
      new tf.ShapeError('vectorize: argument 1 of shape [3] does not fit the signature "(n),(n)->()"'),
    );
    expect(() => dot(1, [1])).toThrow(new tf.ShapeError('vectorize: argument 0 of shape [] does not fit the signature "(n),(n)->()"'));
    expect(() => dot([1])).toThrow(new tf.ArgumentError('vectorize: needs 2 arguments; received 1'));
    expect(() => tf.vectorize((x) => x)()).toThrow(new tf.ArgumentError('vectorize: needs an argument at least; received 0'));
    for (const wrong of ['n->n', '(n)', '(n)->(n)->(n)', '(n)->m']) {
      expect(() => tf.vectorize((x) => x, wrong)).toThrow(
        new tf.ArgumentError(`vectorize: a signature reads like "(m,n),(n)->(m)"; received ${JSON.stringify(wrong)}`),
      );
    }
  });
});
