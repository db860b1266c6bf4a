/** Attention layers and the embedding against Keras's own, and what they refuse. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

interface Values {
  readonly shape: number[];
  readonly values: number[];
}

interface Fixture {
  readonly layer: 'MultiHeadAttention' | 'GroupedQueryAttention' | 'Attention';
  readonly options: Record<string, never>;
  readonly call: Record<string, never>;
  readonly query: Values;
  readonly value: Values | null;
  readonly weights: (Values & { readonly name: string })[];
  readonly y: Values;
  readonly gradients: number[][];
}

const { layers }: { layers: readonly Fixture[] } = JSON.parse(readFileSync(new URL('../fixtures/attention.json', import.meta.url), 'utf8'));
const wrong = (value: unknown) => value as never;
const tensorOf = ({ values, shape }: Values) => tf.tensor(values, shape);

function expectClose(got: tf.Tensor | null, wanted: readonly number[], tolerance = 5e-5): void {
  const found = Array.from(got?.dataSync() ?? []);
  expect(found.length).toBe(wanted.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i])), `element ${i}: ${value} and ${wanted[i]}`).toBeLessThan(
      tolerance,
    );
  });
}

describe('attention layers compute what Keras does', () => {
  it.each(layers.map((fixture) => [fixture.layer, JSON.stringify({ ...fixture.options, ...fixture.call }), fixture] as const))(
    '%s %s',
    (_n, _o, fixture) => {
      const layer = new tf.layers[fixture.layer]({ ...fixture.options, ...fixture.call } as never);
      const query = tensorOf(fixture.query);
      const inputs = fixture.value === null ? query : ([query, tensorOf(fixture.value)] as const);
      layer.apply(inputs);
      const weights = layer.trainableVariables;
      expect(weights.map(({ name }) => name.slice(name.indexOf('/') + 1, -2))).toEqual(fixture.weights.map(({ name }) => name));
      weights.forEach((weight, i) => {
        weight.assign(tensorOf(fixture.weights[i]));
      });
      const tape = new tf.GradientTape();
      const [y, loss] = tape.record(() => {
        const y = layer.apply(inputs);
        return [y, y.square().sum()];
      });
      expect(y.shape).toEqual(fixture.y.shape);
      expectClose(y, fixture.y.values);
      // The slope of the keys' bias is zero but for rounding, of sums as large as the other slopes.
      const largest = Math.max(1, ...fixture.gradients.flat().map(Math.abs));
      tape.gradient(loss, weights).forEach((gradient, i) => {
        expectClose(
          gradient?.div(largest) ?? null,
          fixture.gradients[i].map((value) => value / largest),
          2e-5,
        );
      });
    },
  );
});

describe('attention layers', () => {
  const x = tf.randomNormal([2, 4, 5]);

  it('mask what is not to be seen', () => {
    const layer = new tf.layers.Attention();
    const mask = tf.tensor([[[true, false, false, false]]], [1, 1, 4]);
    const y = layer.apply([x, x, x, mask]);
    const first = x.slice([0, 0, 0], [2, 1, 5]);
    expectClose(y, Array.from(tf.broadcastTo(first, [2, 4, 5]).dataSync()));
    const concat = new tf.layers.Attention({ scoreMode: 'concat' });
    expectClose(concat.apply([x, x, x, mask]), Array.from(y.dataSync()));
    expect(() => layer.apply([x, x, x, tf.ones([1, 1, 4])])).toThrow(
      'dotProductAttention: the mask must hold truth values; received float32',
    );
  });

  it('drop weights while training only, scaled so that the mean stays', () => {
    const ones = tf.ones([1, 400, 3]);
    for (const layer of [new tf.layers.Attention({ dropout: 0.5 }), new tf.layers.Attention({ dropout: 0.5, scoreMode: 'concat' })]) {
      expectClose(layer.apply(ones), new Array(1200).fill(1));
      const trained = layer.apply(ones, { training: true });
      expect(trained.mean().item()).toBeCloseTo(1, 1);
      expect(tf.std(trained).item()).toBeGreaterThan(0.01);
    }
    const shared = new tf.layers.GroupedQueryAttention({ headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2, dropout: 0.5 });
    expect(shared.apply(x, { training: true }).shape).toEqual([2, 4, 5]);
  });

  it('take part in models, with an embedding, and learn', async () => {
    tf.setSeed(4);
    const ids = tf.input({ shape: [6] });
    const embedded = new tf.layers.Embedding({ inputDim: 8, outputDim: 8 }).apply(ids);
    const attended = new tf.layers.MultiHeadAttention({ numHeads: 2, keyDim: 4, useCausalMask: true }).apply(embedded);
    const normal = new tf.layers.LayerNormalization().apply(attended.add(embedded));
    const model = new tf.Model({ inputs: ids, outputs: new tf.layers.Dense({ units: 8, activation: 'softmax' }).apply(normal) });
    expect(model.outputShape).toEqual([null, 6, 8]);
    model.compile({ optimizer: new tf.optimizers.Adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
    const x = tf.randomUniformInt([64, 6], 0, 8);
    const history = await model.fit(x, x, { epochs: 20, verbose: 0 });
    const { loss } = history.history;
    expect(loss[loss.length - 1]).toBeLessThan(loss[0] / 4);
  });

  it('write down their options', () => {
    const { MultiHeadAttention, GroupedQueryAttention, Attention, Embedding } = tf.layers;
    expect(new MultiHeadAttention({ numHeads: 2, keyDim: 3, outputShape: 7 }).getConfig()).toMatchObject({
      numHeads: 2,
      valueDim: 3,
      outputShape: 7,
    });
    expect(new GroupedQueryAttention({ headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2 }).getConfig()).toMatchObject({
      headDim: 2,
      useBias: true,
    });
    expect(new Attention({ useScale: true }).getConfig()).toMatchObject({ useScale: true, scoreMode: 'dot', dropout: 0 });
    expect(new Embedding({ inputDim: 3, outputDim: 2 }).getConfig()).toMatchObject({ inputDim: 3, embeddingsInitializer: 'randomUniform' });
  });

  it('refuse what makes no sense', () => {
    const { MultiHeadAttention, GroupedQueryAttention, Attention, Embedding } = tf.layers;
    expect(() => new MultiHeadAttention({ numHeads: 0, keyDim: 3 })).toThrow(
      'MultiHeadAttention: numHeads must be a whole number >= 1; received 0',
    );
    expect(() => new MultiHeadAttention({ numHeads: 1, keyDim: 3, dropout: 1 })).toThrow(
      'MultiHeadAttention: dropout must be a number from 0 up to but not including 1; received 1',
    );
    expect(() => new GroupedQueryAttention({ headDim: 2, numQueryHeads: 3, numKeyValueHeads: 2 })).toThrow(
      'GroupedQueryAttention: numKeyValueHeads must divide numQueryHeads; received 2 and 3',
    );
    expect(() => new Attention({ scoreMode: wrong('dots') })).toThrow('Attention: unknown scoreMode "dots"; did you mean "dot"?');
    expect(() => new Attention({ name: 'a' }).apply(tf.ones([2, 3]))).toThrow(
      'Attention "a": needs inputs [batch, length, features] with known features; received [null,3]',
    );
    expect(() => new Attention({ name: 'a' }).apply(wrong([x]))).toThrow(
      'needs a tensor, or [query, value], perhaps with a key and a mask; received [a Tensor]',
    );
    expect(() => new Embedding({ inputDim: 0, outputDim: 1 })).toThrow('Embedding: inputDim must be a whole number >= 1; received 0');
    expect(() => new Embedding({ inputDim: 2, outputDim: 1 }).apply(tf.tensor([2]))).toThrow('gather: index 2');
  });
});

describe('Embedding', () => {
  it('gives rows, and their gradients to the rows that were read', () => {
    const layer = new tf.layers.Embedding({ inputDim: 3, outputDim: 2, embeddingsInitializer: 'ones' });
    const tape = new tf.GradientTape();
    const y = tape.record(() => layer.apply(tf.tensor([[2, 0, 2]])));
    expect(y.shape).toEqual([1, 3, 2]);
    expect(tape.gradient(y, layer.trainableVariables)[0]?.arraySync()).toEqual([
      [1, 1],
      [0, 0],
      [2, 2],
    ]);
  });
});
