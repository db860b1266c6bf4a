/** Scans, sorting and the greatest elements: values and slopes of TensorFlow, PyTorch and NumPy, gradients of the first and second order, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { linearRecurrence } from '../../lib/ops/scan.ts';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const cube = ramp([3, 4, 5]);
const zeros = tf.tensor([2, 0, 3, -1, 0, 4], [6], 'float64');
const ties = tf.tensor([1, 3, 3, 2, 5, 5, -1], [7], 'float64');
const NAN = Number.NaN;

/** The gradient of the elements of `f(x)` weighted by 1, 2, 3, ... */
function slope(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.grad((x) => {
    const y = f(x);
    return y.mul(tf.range(1, y.size + 1, 1, 'float64').reshape(y.shape)).sum();
  })(x);
}

const steps = cube.div(3).round();
const made: Readonly<Record<string, () => tf.Tensor>> = {
  cumsum: () => cube.cumsum(1),
  'cumsum exclusive': () => cube.cumsum(2, true),
  'cumsum reverse': () => tf.cumsum(cube, 0, false, true),
  'cumsum both': () => tf.cumsum(cube, -1, true, true),
  cumprod: () => cube.cumprod(1),
  'cumprod exclusive': () => cube.cumprod(2, true),
  'cumprod reverse': () => tf.cumprod(cube, 0, false, true),
  'cumprod both': () => tf.cumprod(cube, -1, true, true),
  cumLogSumExp: () => tf.cumLogSumExp(cube, 1),
  'cumLogSumExp reverse': () => tf.cumLogSumExp(cube, 2, false, true),
  cummax: () => tf.cummax(cube, 1),
  cummin: () => tf.cummin(cube, 2),
  'cummax reverse': () => tf.cummax(cube, 0, true),
  diff: () => tf.diff(cube, 2, 1),
  'diff beyond': () => tf.diff(cube, 5, 1),
  'cumprod slope': () => slope((x) => tf.cumprod(x), zeros),
  'cumprod exclusive slope': () => slope((x) => tf.cumprod(x, 0, true), zeros),
  'cummax slope': () => slope((x) => tf.cummax(x), ties),
  'cummin slope': () => slope((x) => tf.cummin(x), ties),
  'cumLogSumExp slope': () => slope((x) => tf.cumLogSumExp(x), zeros.mul(300)),
  sort: () => tf.sort(cube, 1),
  'sort descending': () => tf.sort(cube, -1, 'DESCENDING'),
  argsort: () => tf.argsort(steps, 1),
  'argsort descending': () => tf.argsort(steps, -1, 'DESCENDING'),
  topk: () => steps.topk(3).values,
  'topk indices': () => steps.topk(3).indices,
  'sort slope': () => slope((x) => tf.sort(x, 0), cube),
  'topk slope': () => slope((x) => tf.topk(x, 2).values, cube),
};

describe('values of other libraries', () => {
  const fixtures = fixturesOf('scan');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', (name, run) => expectMade(run(), fixtures[name]));
});

describe('values', () => {
  it('of integers wrap around, truth values are counted', () => {
    expect(tf.cumsum(tf.tensor([2147483647, 1], [2], 'int32')).arraySync()).toEqual([2147483647, -2147483648]);
    expect(tf.cumprod(tf.tensor([65537, 65537, 3], [3], 'int32')).arraySync()).toEqual([65537, 131073, 393219]);
    expect(tf.cumsum([true, false, true]).dtype).toBe('int32');
    expect(tf.diff([true, false]).arraySync()).toEqual([-1]);
  });

  it('of nothing are nothing', () => {
    expect(tf.cumprod(tf.zeros([0]), 0, true).shape).toEqual([0]);
    expect(tf.diff(tf.zeros([0])).shape).toEqual([0]);
    expect(tf.sort(tf.zeros([2, 0])).shape).toEqual([2, 0]);
    expect(tf.topk([1, 2], 0).values.shape).toEqual([0]);
  });

  it('with infinities and NaN', () => {
    expect(tf.cumLogSumExp([-Infinity, 0, Infinity]).arraySync()).toEqual([-Infinity, 0, Infinity]);
    expect(tf.cumLogSumExp([0, 0], 0, true).arraySync()).toEqual([-Infinity, 0]);
    expect(tf.cummax([1, NAN, 3]).arraySync()).toEqual([1, NAN, NAN]);
    expect(tf.sort([NAN, 2, -Infinity, Infinity, -0, 0]).dataSync()).toEqual(new Float32Array([-Infinity, -0, 0, 2, Infinity, NAN]));
    expect(tf.argsort([NAN, 2, NAN, 3], 0, 'DESCENDING').arraySync()).toEqual([3, 1, 0, 2]);
    expect(tf.topk([NAN, 2, -Infinity], 3).values.arraySync()).toEqual([2, -Infinity, NAN]);
    expect(
      tf
        .grad((x) => tf.cumLogSumExp(x))([-Infinity, 0])
        .arraySync(),
    ).toEqual([0, 1]);
  });

  it('of long lines are in order', () => {
    const x = tf.randomNormal([20000], 0, 1, 'float64', 3);
    const [values, indices] = [Array.from(tf.sort(x).dataSync()), tf.argsort(x)];
    expect(values).toEqual(Array.from(x.dataSync()).sort((a, b) => a - b));
    expect(tf.gather(x, indices).dataSync()).toEqual(new Float64Array(values));
    expect(Array.from(tf.topk(x, 100).values.dataSync())).toEqual(values.slice(-100).reverse());
  });
});

describe('gradients', () => {
  const x = ramp([3, 4]).div(5).add(0.01);
  const withZeros = tf.tensor(
    [
      [2, 0, 3],
      [0, 1.5, 0],
    ],
    [2, 3],
    'float64',
  );
  const squared =
    (f: (...xs: tf.Tensor[]) => tf.Tensor) =>
    (...xs: tf.Tensor[]) => {
      const y = f(...xs);
      return y.mul(y);
    };
  it.each<[string, tf.Tensor, (x: tf.Tensor) => tf.Tensor]>([
    ['cumsum', x, (x) => tf.cumsum(x, 1, true, true)],
    ['cumprod', x, (x) => tf.cumprod(x, 1)],
    ['cumprod with zeros', withZeros, (x) => tf.cumprod(x, 1, false, true)],
    ['cumprod exclusive with zeros', withZeros, (x) => tf.cumprod(x, 1, true)],
    ['cummax', x, (x) => tf.cummax(x, 1)],
    ['cummin', x, (x) => tf.cummin(x, 0, true)],
    ['cumLogSumExp', x, (x) => tf.cumLogSumExp(x, 1)],
    ['cumLogSumExp reverse', x, (x) => tf.cumLogSumExp(x, 0, false, true)],
    ['diff', x, (x) => tf.diff(x, 2)],
    ['sort', x, (x) => tf.sort(x, 0, 'DESCENDING')],
    ['topk', x, (x) => tf.topk(x, 2).values],
  ])('%s', (_, at, f) => checkGradients(squared(f), [at]));

  it.each([false, true])('linearRecurrence, reverse %s', (reverse) =>
    checkGradients(
      squared((a, b) => linearRecurrence(a, b, { axis: 1, reverse })),
      [x, ramp([3, 4]).div(3).sub(0.2)],
    ),
  );

  it('cumprod with zeros, third order', () => {
    const third = tf.grad((x) =>
      tf
        .grad((x) =>
          tf
            .grad((x) => tf.cumprod(x).at(-1))(x)
            .sum(),
        )(x)
        .sum(),
    );
    expect(third(tf.tensor([0, 0, 0, 5], [4], 'float64')).arraySync()).toEqual([10, 10, 10, 0]);
  });
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['cumsum: axis must be a whole number from -3 to 2 for rank 3; received 3', () => tf.cumsum(cube, 3)],
    ['cumprod: exclusive must be true or false; received 1', () => tf.cumprod([1], 0, 1 as never)],
    ['diff: n must be a whole number >= 0; received -1', () => tf.diff([1], -1)],
    ['linearRecurrence: shapes differ: [3,4,5] and [6]', () => linearRecurrence(cube, zeros, { axis: 0, reverse: false })],
    ['sort: direction must be "ASCENDING" or "DESCENDING"; received "UP"', () => tf.sort([1], 0, 'UP' as 'ASCENDING')],
    ['argsort: axis must be a whole number from 0 to -1 for rank 0; received -1', () => tf.argsort(1)],
    ['topk: k must be at most the size of the last axis; received 3 for shape [2]', () => tf.topk([1, 2], 3)],
    ['topk: k must be a whole number >= 0; received -1', () => tf.topk([1, 2], -1)],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
