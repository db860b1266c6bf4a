/** Normalization ops: values, gradients to the third order, edges and errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { normalizeMatrix } from '../../lib/ops/normalization.ts';
import { checkGradients } from '../support/gradients.ts';
import { values } from './values.ts';

const f64 = (shape: readonly number[], seed = 1) => values(shape, 'float64', seed);
const close = (x: tf.Tensor, wanted: readonly number[], digits = 5) => {
  const found = Array.from(x.dataSync());
  expect(found.length).toBe(wanted.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], digits);
  });
};

describe('gradients to the second order', () => {
  it.each([0, 1].flatMap((axis) => [true, false].map((centered) => [axis, centered] as const)))(
    'axis %s, centered %s',
    (axis, centered) => {
      const options = { axis, epsilon: 0.01, centered };
      const f = (x: tf.Tensor, scale: tf.Tensor | null, offset: tf.Tensor | null) => normalizeMatrix(x, scale, offset, options).y;
      checkGradients((x, scale, offset) => f(x, scale, offset), [f64([4, 3]), f64([3], 2), f64([3], 3)]);
      checkGradients((x) => f(x, null, null), [f64([4, 3])]);
      // The statistics, too.
      checkGradients(
        (x) => {
          const { y, mean, variance } = normalizeMatrix(x, null, null, options);
          return tf.concat([y.sum(1), mean, variance.sin()]);
        },
        [f64([4, 3])],
      );
    },
  );

  it('and to the third', () => {
    const f = (x: tf.Tensor) => tf.layerNormalization(x, [1, 2, 3], null, -1, 0.1);
    const second = (x: tf.Tensor) => tf.hvp((x) => f(x).pow(3), x, [[1, -1, 0.5]]);
    expect(tf.checkGradients(second, [[[0.3, 1.2, -0.4]]])).toBeLessThan(1e-6);
  });

  it('of the functions', () => {
    const x = f64([2, 4, 3]);
    checkGradients((x, gamma, beta) => tf.layerNormalization(x, gamma, beta, [1, 2]), [x, f64([4, 3], 2), f64([4, 3], 3)]);
    checkGradients((x, gamma) => tf.layerNormalization(x, gamma, null, 1, 0.1), [x, f64([4], 2)]);
    checkGradients((x, scale) => tf.rmsNormalization(x, scale), [x, f64([3], 2)]);
    checkGradients((x, gamma, beta) => tf.groupNormalization(x, 2, gamma, beta, 1), [x, f64([4], 2), f64([4], 3)]);
    checkGradients((x) => tf.unitNormalization(x), [x]);
    checkGradients((x) => tf.l2Normalize(x), [x]);
    checkGradients(
      (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance.square(), offset, scale),
      [x, ...[1, 2, 3, 4].map((i) => f64([3], i))],
    );
  });
});

describe('values', () => {
  it('follow the definitions', () => {
    close(tf.layerNormalization([[1, 3]], [2, 2], [1, 1], -1, 0), [-1, 3]);
    close(tf.rmsNormalization([[3, 4, 0, 0]], [1, 10, 1, 1]), [1.2, 16, 0, 0]);
    close(tf.groupNormalization([[1, 3, 2, 6]], 2, [1, 1, 2, 2], [0, 0, 5, 5], -1, 0), [-1, 1, 3, 7]);
    close(tf.batchNorm([[1, 10]], [1, 5], [1, 25], [3, 4], [10, 100], 0), [3, 104]);
    close(tf.l2Normalize([[3, 4]], 1), [0.6, 0.8]);
    close(tf.l2Normalize([1e-7, 0]), [0.1, 0]);
    close(tf.unitNormalization([[0, 0]]), [0, 0]);
    close(tf.layerNormalization(tf.tensor([[1, 3]], [1, 2], 'int32'), null, null, -1, 0), [-1, 1]);
  });

  it('are exact far from zero', () => {
    const x = tf.tensor([[10000, 10001, 10002, 10003]]);
    close(tf.layerNormalization(x), [-1.341641, -0.447214, 0.447214, 1.341641], 3);
    const columns = normalizeMatrix(x.transpose(), null, null, { axis: 0, epsilon: 0, centered: true });
    close(columns.variance, [1.25], 3);
  });

  it('keep NaN in its row, and of nothing are empty', () => {
    const [[bad], [good]] = tf
      .layerNormalization([
        [Number.NaN, 1],
        [1, 3],
      ])
      .arraySync() as number[][];
    expect([bad, good]).toEqual([Number.NaN, expect.closeTo(-1, 4)]);
    expect(tf.layerNormalization(tf.zeros([0, 3])).shape).toEqual([0, 3]);
    expect(tf.groupNormalization(tf.zeros([0, 4]), 2).shape).toEqual([0, 4]);
  });

  it('are the same bits for any number of threads', () => {
    const threads = tf.getNumThreads();
    const [x, scale] = [values([3000, 40], 'float32'), values([40], 'float32', 2)];
    const all = () =>
      [0, 1].flatMap((axis) =>
        tf
          .grads((x, scale) => normalizeMatrix(x, scale, scale, { axis, epsilon: 1e-3, centered: true }).y.square())([x, scale])
          .map((t) => Array.from(t.dataSync())),
      );
    tf.setNumThreads(1);
    const one = all();
    tf.setNumThreads(3);
    expect(all()).toEqual(one);
    tf.setNumThreads(threads);
  });
});

describe('normalization refuses', () => {
  it('shapes and numbers that do not fit', () => {
    const x = tf.ones([2, 4]);
    expect(() => tf.layerNormalization(x, [1, 2])).toThrow(
      'layerNormalization: gamma must have shape [4], as what is normalized; received [2]',
    );
    expect(() => tf.layerNormalization(x, null, [1])).toThrow(
      'layerNormalization: beta must have shape [4], as what is normalized; received [1]',
    );
    expect(() => tf.rmsNormalization(x, [1])).toThrow('rmsNormalization: scale must have shape [4], as what is normalized; received [1]');
    expect(() => tf.layerNormalization(x, null, null, -1, -1)).toThrow('layerNormalization: epsilon must be a number >= 0; received -1');
    expect(() => tf.batchNorm(x, 0, 1, 0, 1, Number.NaN)).toThrow('batchNorm: epsilon must be a number >= 0; received NaN');
    expect(() => tf.l2Normalize(x, 0, -1)).toThrow('l2Normalize: epsilon must be a number >= 0; received -1');
    expect(() => tf.groupNormalization(x, 3)).toThrow('groupNormalization: 4 channels do not divide into groups; received 3');
    expect(() => tf.groupNormalization(x, 1, null, null, 0)).toThrow(
      'groupNormalization: needs a batch and an axis of channels behind it; received shape [2,4]',
    );
  });
});
