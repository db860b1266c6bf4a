/** Normalization layers against Keras's own, and what they refuse. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

interface Fixture {
  readonly layer: 'LayerNormalization' | 'RMSNormalization' | 'GroupNormalization' | 'UnitNormalization' | 'BatchNormalization';
  readonly options: Record<string, never>;
  readonly shape: number[];
  readonly x: number[];
  readonly weights: number[][];
  readonly dy: number[];
  readonly y: number[];
  readonly gradients: number[][];
  readonly moved: number[][];
  readonly after: number[];
}

const fixtures: readonly Fixture[] = JSON.parse(readFileSync(new URL('../fixtures/normalization.json', import.meta.url), 'utf8'));
const wrong = (value: unknown) => value as never;

function expectClose(got: tf.Tensor | null, wanted: readonly number[], tolerance = 2e-5): void {
  const values = Array.from(got?.dataSync() ?? []);
  expect(values.length).toBe(wanted.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i])), `element ${i}: ${value} and ${wanted[i]}`).toBeLessThan(
      tolerance,
    );
  });
}

describe('normalization layers compute what Keras does', () => {
  it.each(fixtures.map((fixture) => [fixture.layer, JSON.stringify(fixture.options), fixture] as const))(
    '%s %s',
    (_name, _options, fixture) => {
      const x = tf.tensor(fixture.x, fixture.shape);
      const layer = new tf.layers[fixture.layer](fixture.options);
      layer.build([null, ...fixture.shape.slice(1)]);
      const weights = layer.trainableVariables;
      expect(weights.length).toBe(fixture.weights.length);
      weights.forEach((weight, i) => {
        weight.assign(tf.tensor(fixture.weights[i], weight.shape));
      });
      const tape = new tf.GradientTape();
      const [y, loss] = tape.record(() => {
        tape.watch(x);
        const y = layer.apply(x, { training: true });
        return [y, y.mul(tf.tensor(fixture.dy, fixture.shape)).sum()];
      });
      expectClose(y, fixture.y);
      tape.gradient(loss, [x, ...weights]).forEach((gradient, i) => {
        expectClose(gradient, fixture.gradients[i], 5e-5);
      });
      layer.nonTrainableVariables.forEach((average, i) => {
        expectClose(average.value, fixture.moved[i]);
      });
      if (fixture.after.length > 0) expectClose(layer.apply(x), fixture.after);
    },
  );
});

describe('normalization layers', () => {
  it('write down their options', () => {
    const { LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization } = tf.layers;
    expect(new LayerNormalization({ name: 'a', axis: [1, 2], epsilon: 0.5 }).getConfig()).toMatchObject({
      axis: [1, 2],
      epsilon: 0.5,
      center: true,
    });
    expect(new GroupNormalization({ groups: 4 }).getConfig()).toMatchObject({ groups: 4, axis: -1, gammaInitializer: 'ones' });
    expect(new RMSNormalization({}).getConfig()).toMatchObject({ axis: -1, epsilon: 1e-6 });
    expect(new UnitNormalization({ axis: 1 }).getConfig()).toMatchObject({ axis: 1 });
  });

  it('regularize and initialize what is learned', () => {
    const layer = new tf.layers.LayerNormalization({ gammaInitializer: 'zeros', betaInitializer: 'ones', betaRegularizer: 'l2' });
    expect(layer.apply(tf.tensor([[1, 3]])).arraySync()).toEqual([[1, 1]]);
    expect(layer.losses.length).toBe(1);
  });

  it('take part in models of any batch', async () => {
    const model = new tf.Sequential([
      new tf.layers.Dense({ units: 4, inputShape: [3] }),
      new tf.layers.LayerNormalization(),
      new tf.layers.GroupNormalization({ groups: 2 }),
      new tf.layers.RMSNormalization(),
      new tf.layers.BatchNormalization(),
      new tf.layers.UnitNormalization(),
    ]);
    const lengths = (await model.predict(tf.randomNormal([5, 3]))).square().sum(1).dataSync();
    lengths.forEach((length) => {
      expect(length).toBeCloseTo(1, 4);
    });
    expect(model.outputShape).toEqual([null, 4]);
  });

  it('refuse what makes no sense', () => {
    const { LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization } = tf.layers;
    expect(() => new LayerNormalization({ epsilon: -1 })).toThrow('LayerNormalization: epsilon must be a number >= 0; received -1');
    expect(() => new LayerNormalization({ axis: [] })).toThrow('LayerNormalization: axis must be a whole number or several; received []');
    expect(() => new LayerNormalization(wrong({ eps: 1 }))).toThrow('LayerNormalization: unknown option "eps"');
    expect(() => new LayerNormalization({ axis: 0, name: 'n' }).build([null, 2])).toThrow(
      'LayerNormalization "n": axis 0 must have a known size; received [null,2]',
    );
    expect(() => new GroupNormalization({ groups: 0 })).toThrow(
      'GroupNormalization: groups must be a whole number >= 1, or -1; received 0',
    );
    expect(() => new GroupNormalization({ axis: wrong([1]) })).toThrow('GroupNormalization: axis must be one whole number; received [1]');
    expect(() => new GroupNormalization({ groups: 3, name: 'g' }).build([null, 4])).toThrow(
      'GroupNormalization "g": 4 channels do not divide into 3 groups; received [null,4]',
    );
    expect(() => new RMSNormalization({ epsilon: Number.NaN })).toThrow('RMSNormalization: epsilon must be a number >= 0; received NaN');
    expect(() => new UnitNormalization({ axis: 0.5 })).toThrow('UnitNormalization: axis must be a whole number or several; received 0.5');
  });
});
