/** Attention: values against Keras, gradients to the second order, edges and errors. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../support/gradients.ts';
import { values } from './values.ts';

interface Fixture {
  readonly sizes: [number, number, number, number, number];
  readonly isCausal?: boolean;
  readonly scale?: number;
  readonly bias?: number[];
  readonly mask?: number[];
  readonly inputs: number[][];
  readonly biasValues: number[] | null;
  readonly maskValues: boolean[] | null;
  readonly dy: number[];
  readonly y: number[];
  readonly gradients: number[][];
}

const { functions }: { functions: readonly Fixture[] } = JSON.parse(
  readFileSync(new URL('../fixtures/attention.json', import.meta.url), 'utf8'),
);

function expectClose(got: tf.Tensor, wanted: ArrayLike<number>, tolerance = 2e-5): void {
  const found = Array.from(got.dataSync());
  expect(found.length).toBe(wanted.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i])), `element ${i}: ${value} and ${wanted[i]}`).toBeLessThan(
      tolerance,
    );
  });
}

const f64 = (shape: readonly number[], seed: number) => values(shape, 'float64', seed).mul(0.4);
const truths = (shape: readonly number[]) => values(shape, 'bool', 5);

describe('dotProductAttention', () => {
  it.each(functions.map((fixture, i) => [i, fixture] as const))('gives what Keras gives, case %s', (_i, fixture) => {
    const [b, t, s, n, h] = fixture.sizes;
    const [q, k, v] = fixture.inputs.map((list, i) => tf.tensor(list, [b, i === 0 ? t : s, n, h]));
    const bias = fixture.biasValues === null ? null : tf.tensor(fixture.biasValues, fixture.bias);
    const mask = fixture.maskValues === null ? null : tf.tensor(fixture.maskValues, fixture.mask);
    const f = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
      tf.dotProductAttention(q, k, v, bias, mask, fixture.scale ?? null, fixture.isCausal);
    const { value, grads } = tf.valueAndGrads(f)([q, k, v], tf.tensor(fixture.dy, [b, t, n, h]));
    expectClose(value, fixture.y);
    grads.forEach((gradient, i) => {
      expectClose(gradient, fixture.gradients[i]);
    });
  });

  it('has gradients to the second order', () => {
    const [q, k, v] = [f64([2, 3, 2, 2], 1), f64([2, 4, 2, 2], 2), f64([2, 4, 2, 3], 3)];
    checkGradients((q, k, v) => tf.dotProductAttention(q, k, v), [q, k, v]);
    checkGradients((q, k, v) => tf.dotProductAttention(q, k, v, null, null, 0.8, true), [q, k, v]);
    checkGradients((q, k, v, bias) => tf.dotProductAttention(q, k, v, bias), [q, k, v, f64([2, 1, 3, 4], 4)]);
    checkGradients((q, k, v, bias) => tf.dotProductAttention(q, k, v, bias, truths([2, 1, 1, 4]), null, true), [q, k, v, f64([3, 1], 4)]);
  });

  it('and to the third', () => {
    const [k, v] = [f64([1, 3, 1, 2], 2), f64([1, 3, 1, 2], 3)];
    const f = (q: tf.Tensor) => tf.dotProductAttention(q, k, v, null, null, null, true).square();
    expect(tf.checkGradients((q) => tf.hvp(f, q, q.mul(2)), [f64([1, 2, 1, 2], 1)])).toBeLessThan(1e-6);
  });

  it('shares heads of keys and values between neighbouring queries', () => {
    const [q, k, v] = [f64([2, 3, 4, 2], 1), f64([2, 5, 2, 2], 2), f64([2, 5, 2, 2], 3)];
    const repeated = (x: tf.Tensor) => tf.gather(x, [0, 0, 1, 1], 2);
    expectClose(tf.dotProductAttention(q, k, v), tf.dotProductAttention(q, repeated(k), repeated(v)).dataSync(), 1e-12);
    checkGradients((q, k, v) => tf.dotProductAttention(q, k, v), [f64([1, 2, 2, 2], 1), f64([1, 3, 1, 2], 2), f64([1, 3, 1, 2], 3)]);
  });

  it('gives zeros for a query that may see no key, and passes nothing back', () => {
    const [q, k, v] = [1, 2, 3].map((seed) => f64([1, 2, 1, 2], seed));
    const mask = tf.tensor([
      [false, false],
      [true, true],
    ]);
    const f = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => tf.dotProductAttention(q, k, v, null, mask);
    expect(Array.from(f(q, k, v).dataSync()).slice(0, 2)).toEqual([0, 0]);
    expect(Array.from(tf.grads(f)([q, k, v])[0].dataSync()).slice(0, 2)).toEqual([0, 0]);
    checkGradients(f, [q, k, v]);
  });

  it('is exact for large scores', () => {
    const x = tf.tensor([100, -100], [1, 2, 1, 1]);
    expectClose(tf.dotProductAttention(x, x, x), [100, -100]);
  });

  it('gives the same bits for any number of threads, and traced', () => {
    const threads = tf.getNumThreads();
    const [q, k, v] = [1, 2, 3].map((seed) => values([2, 150, 3, 16], 'float32', seed));
    const all = () =>
      tf
        .grads((q, k, v) => tf.dotProductAttention(q, k, v, null, null, null, true).square())([q, k, v])
        .map((x) => Array.from(x.dataSync()));
    tf.setNumThreads(1);
    const one = all();
    tf.setNumThreads(3);
    expect(all()).toEqual(one);
    tf.setNumThreads(threads);
  });

  it('refuses shapes that do not fit', () => {
    const x = tf.ones([1, 2, 4, 3]);
    const f =
      (...rest: unknown[]) =>
      () =>
        tf.dotProductAttention(x, ...(rest as [never, never]));
    expect(f(tf.ones([1, 2, 4, 2]), x)).toThrow(
      'dotProductAttention: needs queries [b,t,n,h], keys [b,s,n,h] and values [b,s,n,d]; received [1,2,4,3], [1,2,4,2], [1,2,4,3]',
    );
    expect(f(tf.ones([2, 4, 3]), x)).toThrow('dotProductAttention: needs queries [b,t,n,h]');
    expect(f(tf.ones([1, 2, 3, 3]), x)).toThrow(
      'dotProductAttention: 4 heads of queries do not share 3 heads of keys and values; shape [1,2,3,3]',
    );
    expect(f(x, x, tf.ones([3, 2]))).toThrow(
      'dotProductAttention: bias of shape [1,1,3,2] does not broadcast to scores of shape [1,4,2,2]',
    );
    expect(f(x, x, null, tf.cast(tf.ones([3, 2]), 'bool'))).toThrow('dotProductAttention: mask of shape [1,1,3,2] does not broadcast');
    expect(f(x, x, tf.ones([1, 1, 1, 1, 1]))).toThrow('dotProductAttention: bias must have at most four axes; received [1,1,1,1,1]');
    expect(f(x, x, null, tf.ones([2, 2]))).toThrow('dotProductAttention: the mask must hold truth values; received float32');
    expect(f(x, x, null, null, Number.NaN)).toThrow('dotProductAttention: scale must be a number; received NaN');
    expect(f(x, x, null, null, null, 1)).toThrow('dotProductAttention: isCausal must be true or false; received 1');
  });
});
