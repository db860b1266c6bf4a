/** Gradients with respect to tensors that are older than the trace they are used in: parts of a traced function take them as inputs, not as constants. */
import * as tf from 'gradtape';
import { expect, it } from 'vitest';

const x = tf.tensor([0.5, -1.5], [2], 'float64');
const forms: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  cond: (x) =>
    tf.cond(
      x.sum().less(0),
      () => x.square().mul(x),
      () => x,
    ),
  whileLoop: (x) =>
    tf.whileLoop(
      (i) => i.less(3),
      (i, y) => [i.add(1), y.mul(x).add(1)],
      [tf.scalar(0, 'int32'), x],
    )[1],
  nested: (x) =>
    tf.cond(
      x.sum().less(0),
      () =>
        tf.cond(
          x.sum().less(1),
          () => x.square().mul(x),
          () => x.mul(4),
        ),
      () => x,
    ),
  scan: (x) => tf.scan((s: tf.Tensor, e: tf.Tensor) => s.mul(x).add(e), tf.ones([300, 2], 'float64')),
  map: (x) => tf.map((e: tf.Tensor) => e.mul(x), tf.ones([300, 2], 'float64')),
};
it.each(Object.entries(forms))('gradients reach what was there before %s was traced', (_, f) => {
  const traced = tf.function(() => tf.grad(f)(x));
  traced();
  expect(Array.from(traced().dataSync())).toEqual(Array.from(tf.grad(f)(x).dataSync()));
  const twice = (x: tf.Tensor) => tf.grad((y) => tf.grad(f)(y).square())(x);
  const [got, wanted] = [
    tf
      .function(() => twice(x))()
      .dataSync(),
    twice(x).dataSync(),
  ];
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 6);
  });
});
