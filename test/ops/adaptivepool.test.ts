/** Adaptive pooling, ops and layers: values of PyTorch, gradients, traced results, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { context } from '../../lib/core/op.ts';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const pools = { avg: tf.adaptiveAveragePool, max: tf.adaptiveMaxPool };
const layers = {
  avg: [tf.layers.AdaptiveAveragePooling1D, tf.layers.AdaptiveAveragePooling2D, tf.layers.AdaptiveAveragePooling3D],
  max: [tf.layers.AdaptiveMaxPooling1D, tf.layers.AdaptiveMaxPooling2D, tf.layers.AdaptiveMaxPooling3D],
};

/** What a name in the fixtures says: kind, shape, size. */
function read(name: string): readonly [kind: 'avg' | 'max', shape: readonly number[], size: number | number[]] {
  const [, kind, shape, size] = /^(\w+) (\[.*?\]) (.*)$/.exec(name) ?? [];
  return [kind === 'max' ? 'max' : 'avg', JSON.parse(shape), JSON.parse(size)];
}

describe('values of PyTorch', () => {
  it.each(Object.entries(fixturesOf('adaptivepool')))('%s', (name, wanted) => {
    const [kind, shape, size] = read(name);
    const x = ramp(shape);
    expectMade(pools[kind](x, size), wanted);
    expectMade(pools[kind](x.cast('float32'), size), wanted, 1e-6);
    const turned = [0, shape.length - 1, ...shape.slice(2).map((_, i) => i + 1)];
    const back = [0, ...shape.slice(2).map((_, i) => i + 2), 1];
    expectMade(pools[kind](x.transpose(turned), size, 'channelsFirst').transpose(back), wanted);
    const layer = new layers[kind][shape.length - 3]({ outputSize: size });
    expectMade(layer.apply(x.cast('float32')), wanted, 1e-6);
    expect(layer.outputShape).toEqual([null, ...wanted.shape.slice(1)]);
    const again = new layers[kind][shape.length - 3](layer.getConfig() as { outputSize: number[] });
    expect(again.getConfig()).toEqual(layer.getConfig());
    const traced = tf.function((x: tf.Tensor) => pools[kind](x, size));
    expect(traced(x).dataSync()).toEqual(pools[kind](x, size).dataSync());
  });
});

describe('values', () => {
  it('that are not finite stay in their windows', () => {
    const x = tf.tensor([1, Infinity, 2, 3, Number.NaN], [1, 5, 1]);
    expect(tf.adaptiveAveragePool(x, 3).dataSync()).toEqual(new Float32Array([Infinity, Infinity, Number.NaN]));
    expect(tf.adaptiveMaxPool(x, 3).dataSync()).toEqual(new Float32Array([Infinity, Infinity, Number.NaN]));
    expect(tf.adaptiveMaxPool(tf.fill([1, 3, 1], -Infinity), 2).dataSync()).toEqual(new Float32Array([-Infinity, -Infinity]));
  });

  it('of whole windows are those of one op', () => {
    const image = tf.ones([2, 6, 4, 3]);
    const names: string[] = [];
    const before = context.listeners;
    context.listeners = [{ applied: ({ name }) => names.push(name) }];
    tf.adaptiveAveragePool(image, [3, 2]);
    context.listeners = before;
    expect(names).toEqual(['avgPool']);
  });
});

describe('gradients', () => {
  const x = ramp([1, 5, 4, 1]).div(5).add(0.013);
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['averages of windows that overlap', (x) => tf.adaptiveAveragePool(x, [3, 3])],
    ['averages of windows that repeat', (x) => tf.adaptiveAveragePool(x, [7, 4])],
    ['averages of whole windows', (x) => tf.adaptiveAveragePool(x, [1, 2])],
    ['greatest of windows that overlap', (x) => tf.adaptiveMaxPool(x, [3, 3])],
    ['greatest of windows that repeat', (x) => tf.adaptiveMaxPool(x, [7, 4])],
    ['greatest of channels first', (x) => tf.adaptiveMaxPool(x.reshape([1, 1, 5, 4]), [3, 2], 'channelsFirst')],
  ])('of the %s', (_, f) => checkGradients((x) => f(x).square(), [x]));
});

describe('errors', () => {
  const x = tf.zeros([1, 4, 4, 3]);
  it.each<[string, () => unknown]>([
    ['adaptiveAveragePool: x needs 3 to 5 axes; received [2]', () => tf.adaptiveAveragePool([1, 2], 1)],
    ['adaptiveAveragePool: outputSize must be one or 2 whole numbers >= 1; received 0', () => tf.adaptiveAveragePool(x, 0)],
    ['adaptiveMaxPool: unknown dataFormat "NHWC"; known are', () => tf.adaptiveMaxPool(x, 1, 'NHWC' as 'channelsLast')],
    ['adaptiveMaxPool: images of [0,4] have nothing to pool', () => tf.adaptiveMaxPool(tf.zeros([1, 0, 4, 3]), 1)],
    [
      'AdaptiveMaxPooling2D: outputSize must be one or 2 whole numbers >= 1; received undefined',
      () => Reflect.construct(tf.layers.AdaptiveMaxPooling2D, [{}]),
    ],
    [
      'AdaptiveMaxPooling2D "a": needs 4 axes (NCHW); received [1,2,3]',
      () => new tf.layers.AdaptiveMaxPooling2D({ name: 'a', outputSize: 1, dataFormat: 'channelsFirst' }).apply(tf.zeros([1, 2, 3])),
    ],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
