/** Results so large that kernels write them past the caches, and ask for what comes next: they are those of their parts, and the same on any number of threads. */
import * as tf from 'gradtape';
import { afterEach, describe, expect, it } from 'vitest';
import { values } from './values.ts';

const native = tf.backend().name === 'native';
const threads = tf.getNumThreads();

/** Elements that differ. */
function differences(a: tf.Tensor, b: tf.Tensor): number {
  const [one, other] = [a, b].map((x) => new Uint32Array(Float32Array.from(x.dataSync()).buffer));
  return one.reduce((count, bits, i) => count + (bits === other[i] ? 0 : 1), 0);
}

/** As values, but cheap for millions. */
function wave(shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => ((i * 37) % 1009) / 500 - 1),
    shape,
  );
}

describe.runIf(native)('results of 16 MB', () => {
  afterEach(() => tf.setNumThreads(threads));

  const [scale, offset] = [values([64], 'float32', 2), values([64], 'float32', 3)];
  const filter = values([3, 3, 64, 1], 'float32', 4);
  const images = wave([128, 16, 32, 64]);
  const rows = tf.reshape(images, [-1, 64]);
  const slopeOf = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.grad((v) => tf.square(f(v)))(x);
  const depthwise = (x: tf.Tensor): tf.Tensor => tf.depthwiseConv2d(x, filter, 1, 'same');

  it.each<[string, (x: tf.Tensor) => tf.Tensor, tf.Tensor]>([
    ['softmax', tf.softmax, rows],
    ['the slope of softmax', slopeOf(tf.softmax), rows],
    ['layerNormalization', (x) => tf.layerNormalization(x, scale, offset), rows],
    ['the slope of layerNormalization', slopeOf((x) => tf.layerNormalization(x, scale, offset)), rows],
    ['depthwiseConv2d', depthwise, images],
    ['the slope of depthwiseConv2d', slopeOf(depthwise), images],
    ['maxPool', (x) => tf.maxPool(x, 2, 2, 'valid'), images],
    ['transpose', (x) => tf.transpose(x, [0, 3, 1, 2]), images],
    ['transpose of rows', (x) => tf.transpose(x, [0, 2, 1, 3]), images],
    ['transpose of rows on pages of their own', (x) => tf.transpose(x, [0, 2, 1]), tf.reshape(images, [8, 256, 2048])],
  ])('%s is that of its parts', (_, f, x) => {
    const whole = f(x);
    const parts = tf.concat(
      tf.split(x, 8).map((part) => f(part)),
      0,
    );
    expect(differences(whole, parts)).toBe(0);
  });

  it.each<[string, () => tf.Tensor]>([
    ['the slope of batch normalization', () => tf.grad((v) => tf.square(normalized(v)))(rows)],
    ['the slope of depthwiseConv2d by the filter', () => tf.grad((w) => tf.square(tf.depthwiseConv2d(images, w, 1, 'same')))(filter)],
    ['a sum over the first axis', () => tf.sum(rows, 0)],
  ])('%s has the same bits on one thread and on two', (_, f) => {
    const [one, two] = [1, 2].map((count) => {
      tf.setNumThreads(count);
      return f();
    });
    expect(differences(one, two)).toBe(0);
  });

  it('the slope of batch normalization is that of the formula', () => {
    const found = tf.grad(normalized)(rows, rows);
    const { mean, variance } = tf.moments(rows, 0, true);
    const inverse = tf.rsqrt(variance.add(1e-3));
    const normal = rows.sub(mean).mul(inverse);
    const expected = inverse.mul(rows.sub(tf.mean(rows, 0, true)).sub(normal.mul(tf.mean(rows.mul(normal), 0, true))));
    expect(tf.max(tf.abs(found.sub(expected))).item()).toBeLessThan(2e-5);
  });

  function normalized(x: tf.Tensor): tf.Tensor {
    return new tf.layers.BatchNormalization().apply(x, { training: true });
  }
});
