/** Convolution, pooling, padding and sampling layers against Keras (test/fixtures/vision.py), their configs, shapes in summaries, and errors. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { values } from '../ops/values.ts';

interface Fixture {
  readonly layer: string;
  readonly options: tf.layers.LayerOptions & { readonly dataFormat?: tf.layers.DataFormat };
  readonly input: readonly number[];
  readonly weights: readonly (readonly [string, readonly number[]])[];
  readonly shape: readonly number[];
  readonly computed: readonly (number | null)[];
  readonly y: readonly number[];
}
const fixture: readonly Fixture[] = JSON.parse(readFileSync(new URL('../fixtures/vision.json', import.meta.url), 'utf8'));

function made(name: string, options: object): tf.layers.Layer {
  const layer: unknown = Reflect.construct(Reflect.get(tf.layers, name), [options]);
  if (!(layer instanceof tf.layers.Layer)) throw new Error(`${name} is no layer`);
  return layer;
}

/** The result for given inputs, with weights that differ. */
function run(layer: tf.layers.Layer, input: readonly number[]): tf.Tensor {
  layer.build([null, ...input.slice(1)]);
  for (const [i, weight] of layer.weights.entries()) weight.assign(values(weight.shape, 'float32', i + 2));
  return layer.apply(values(input, 'float32'));
}

const turned = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
const back = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

describe('as in Keras', () => {
  it.each(fixture)('$layer $options', ({ layer: name, options, input, weights, shape, computed, y }) => {
    const layer = made(name, options);
    const result = run(layer, input);
    expect(layer.weights.map((weight) => [weight.name.replace(/^.*\/|:0$/g, ''), weight.shape])).toEqual(weights);
    expect(result.shape).toEqual(shape);
    expect(layer.outputShape).toEqual(computed);
    const wrong = Array.from(result.dataSync()).filter((v, i) => !(Math.abs(v - y[i]) <= 1e-4 * Math.max(1, Math.abs(y[i]))));
    expect(wrong).toEqual([]);
    // Its own config makes the same layer again.
    const again = made(name, layer.getConfig());
    expect(run(again, input).dataSync()).toEqual(result.dataSync());
    expect(again.getConfig()).toEqual(layer.getConfig());
    // An input of the functional kind gives the same shape.
    const drawn = made(name, options).apply(tf.input({ shape: input.slice(1) }));
    expect(drawn.shape.slice(1)).toEqual(shape.slice(1));
  });

  it.each(fixture.filter(({ layer, options }) => options.dataFormat === undefined && !/(Padding|Cropping|Sampling)1D/.test(layer)))(
    '$layer $options with channels first',
    ({ layer: name, options, input }) => {
      const wanted = run(made(name, options), input);
      const layer = made(name, { ...options, dataFormat: 'channelsFirst' });
      layer.build([null, input[input.length - 1], ...input.slice(1, -1)]);
      for (const [i, weight] of layer.weights.entries()) weight.assign(values(weight.shape, 'float32', i + 2));
      // A softmax over the last axis is another one.
      if ('activation' in options && options.activation === 'softmax') return;
      const y = layer.apply(tf.transpose(values(input, 'float32'), turned(input.length)));
      const same = wanted.rank === input.length ? tf.transpose(y, back(y.rank)) : y;
      expect(same.shape).toEqual(wanted.shape);
      const data = wanted.dataSync();
      expect(Array.from(same.dataSync()).filter((v, i) => Math.abs(v - data[i]) > 1e-5 * Math.max(1, Math.abs(data[i])))).toEqual([]);
    },
  );
});

const pixel = { height: 1, width: 1 };

describe('layers that bring images to one size', () => {
  it('round integers back to what they were, and take one image alone', () => {
    const bytes = tf.tensor([[[0], [255]]], [1, 2, 1], 'uint8');
    const larger = new tf.layers.Resizing({ height: 1, width: 4, interpolation: 'bicubic' }).apply(bytes);
    expect([larger.dtype, ...larger.dataSync()]).toEqual(['uint8', 0, 53, 202, 255]);
    const ends = new tf.layers.Resizing({ height: 1, width: 2 }).apply(tf.tensor([2147483647, -2147483648], [1, 1, 2, 1], 'int32'));
    expect([...ends.dataSync()]).toEqual([2147483647, -2147483648]);
    const middle = new tf.layers.CenterCrop({ height: 1, width: 1 }).apply(bytes);
    expect([middle.dtype, ...middle.dataSync()]).toEqual(['float32', 0]);
  });

  it('take batches of any size in a model', () => {
    const image = tf.input({ shape: [4, 6, 1] });
    const small = new tf.layers.Resizing({ height: 2, width: 3 }).apply(image);
    const model = new tf.Model({ inputs: image, outputs: new tf.layers.CenterCrop({ height: 2, width: 2 }).apply(small) });
    const x = values([3, 4, 6, 1], 'float32');
    const wanted = tf.slice(tf.image.resize(x, [2, 3]), [0, 0, 0, 0], [3, 2, 2, 1]);
    expect(model.apply(x).arraySync()).toEqual(wanted.arraySync());
  });
});

describe('groups', () => {
  it('share the channels and the filters', () => {
    const layer = new tf.layers.Conv2D({ filters: 4, kernelSize: 1, groups: 2, useBias: false });
    layer.apply(tf.zeros([1, 2, 2, 6]));
    expect(layer.kernel?.shape).toEqual([1, 1, 3, 4]);
    layer.kernel?.assign(tf.ones([1, 1, 3, 4]));
    expect(layer.apply(tf.tensor([1, 2, 3, 10, 20, 30], [1, 1, 1, 6])).dataSync()).toEqual(new Float32Array([6, 6, 60, 60]));
  });
});

describe('a network of them', () => {
  it('has Keras shapes in its summary, and learns', async () => {
    tf.setSeed(3);
    const network = new tf.Sequential([
      new tf.layers.Conv2D({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
      new tf.layers.MaxPooling2D(),
      new tf.layers.SeparableConv2D({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu' }),
      new tf.layers.GlobalAveragePooling2D(),
      new tf.layers.Dense({ units: 2 }),
    ]);
    const lines: string[] = [];
    network.summary({ printFn: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(
      /\[null, 6, 6, 4\][\s\S]*\[null, 3, 3, 4\][\s\S]*\[null, 3, 3, 6\][\s\S]*\[null, 6\][\s\S]*\[null, 2\]/,
    );
    // Bars: upright or lying.
    const images = Array.from({ length: 64 }, (_, n) =>
      Array.from({ length: 8 }, (_, h) => Array.from({ length: 8 }, (_, w) => [(n % 2 === 0 ? h : w) === 1 + (n % 6) ? 1 : 0])),
    );
    const labels = images.map((_, n) => n % 2);
    network.compile({
      optimizer: new tf.optimizers.Adam({ learningRate: 0.02 }),
      loss: new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
      metrics: ['accuracy'],
    });
    await network.fit(tf.tensor(images), tf.tensor(labels, [64], 'int32'), { batchSize: 16, epochs: 30, verbose: 0 });
    const { accuracy } = await network.evaluate(tf.tensor(images), tf.tensor(labels, [64], 'int32'), { verbose: 0 });
    expect(accuracy).toBe(1);
  });
});

describe('refused', () => {
  const { layers } = tf;
  const image = tf.zeros([1, 4, 4, 3]);
  it.each<[string, () => unknown]>([
    ['Conv2D: filters must be a whole number >= 1; received undefined', () => made('Conv2D', { kernelSize: 3 })],
    ['Conv2D: kernelSize must be one or 2 whole numbers >= 1; received undefined', () => made('Conv2D', { filters: 3 })],
    [
      'Conv2D: kernelSize must be one or 2 whole numbers >= 1; received [3,3,3]',
      () => new layers.Conv2D({ filters: 3, kernelSize: [3, 3, 3] }),
    ],
    ['Conv2D: unknown option "kernel"; did you mean "kernelSize"?', () => made('Conv2D', { filters: 3, kernel: 3 })],
    ['Conv2D: unknown padding "causal"; known are valid, same', () => new layers.Conv2D({ filters: 3, kernelSize: 3, padding: 'causal' })],
    [
      'Conv2D: unknown dataFormat "NHWC"; known are channelsLast, channelsFirst',
      () => made('Conv2D', { filters: 3, kernelSize: 3, dataFormat: 'NHWC' }),
    ],
    ['Conv2D: filters must be a multiple of groups; received 3 and 2', () => new layers.Conv2D({ filters: 3, kernelSize: 3, groups: 2 })],
    [
      'Conv2D "c": channels must be a multiple of groups; received 3 and 2',
      () => new layers.Conv2D({ name: 'c', filters: 2, kernelSize: 3, groups: 2 }).apply(image),
    ],
    [
      'Conv2D "c": needs 4 axes (NHWC) and known channels; received [null,4,3]',
      () => new layers.Conv2D({ name: 'c', filters: 2, kernelSize: 3 }).apply(tf.zeros([1, 4, 3])),
    ],
    [
      'Conv2D "c": windows of [5,5] do not fit into images of [4,4]',
      () => new layers.Conv2D({ name: 'c', filters: 2, kernelSize: 5 }).apply(image),
    ],
    [
      'Conv2DTranspose: outputPadding must be less than strides; received [1,1] and [1,2]',
      () => new layers.Conv2DTranspose({ filters: 2, kernelSize: 3, strides: [1, 2], outputPadding: 1 }),
    ],
    [
      'DepthwiseConv2D: depthMultiplier must be a whole number >= 1; received 0',
      () => new layers.DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 0 }),
    ],
    ['SeparableConv2D: filters must be a whole number >= 1; received undefined', () => made('SeparableConv2D', { kernelSize: 3 })],
    ['MaxPooling2D: unknown padding "full"', () => made('MaxPooling2D', { padding: 'full' })],
    ['MaxPooling2D: poolSize must be one or 2 whole numbers >= 1; received [2,0]', () => new layers.MaxPooling2D({ poolSize: [2, 0] })],
    [
      'GlobalMaxPooling2D "g": needs 4 axes (NHWC); received [2,3]',
      () => new layers.GlobalMaxPooling2D({ name: 'g' }).apply(tf.zeros([2, 3])),
    ],
    ['GlobalMaxPooling2D: keepDims must be true or false; received 1', () => made('GlobalMaxPooling2D', { keepDims: 1 })],
    [
      'ZeroPadding2D: padding must be a whole number >= 0, or 1 or 2 for each of 2 axes; received [1,2,3]',
      () => new layers.ZeroPadding2D({ padding: [1, 2, 3] }),
    ],
    ['ZeroPadding1D: unknown option "dataFormat"', () => new layers.ZeroPadding1D({ dataFormat: 'channelsLast' })],
    ['ZeroPadding2D "z": needs 4 axes (NHWC); received [2,3]', () => new layers.ZeroPadding2D({ name: 'z' }).apply(tf.zeros([2, 3]))],
    [
      'Cropping2D "c": cropping [[2,2],[2,2]] leaves nothing of [1,4,4,3]',
      () => new layers.Cropping2D({ name: 'c', cropping: 2 }).apply(image),
    ],
    ['UpSampling2D: unknown interpolation "cubic"; did you mean "bicubic"?', () => made('UpSampling2D', { interpolation: 'cubic' })],
    ['Resizing: unknown interpolation "linear"; did you mean "bilinear"?', () => made('Resizing', { ...pixel, interpolation: 'linear' })],
    ['Resizing: unknown fillMode "reflect"; known are constant', () => made('Resizing', { ...pixel, fillMode: 'reflect' })],
    ['Resizing: height must be a whole number >= 1; received 0', () => made('Resizing', { height: 0, width: 1 })],
    ['CenterCrop: width must be a whole number >= 1; received undefined', () => made('CenterCrop', { height: 1 })],
    ['CenterCrop "c": images need 4 axes (NHWC), or 3', () => made('CenterCrop', { ...pixel, name: 'c' }).apply(tf.zeros([2, 3]))],
  ])('%s', (message, f) => {
    expect(f).toThrow(message);
  });
});
