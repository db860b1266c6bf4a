/** tf.function: traced calls give what eager ones give. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

describe('a traced function', () => {
  it('gives what the function gives, and calls it once for each signature', () => {
    let calls = 0;
    const f = tf.function((x: tf.Tensor, scale: number) => {
      calls++;
      return x.mul(scale).add(1);
    });
    expect(f(tf.tensor([1, 2]), 2).arraySync()).toEqual([3, 5]);
    expect(f(tf.tensor([5, 6]), 2).arraySync()).toEqual([11, 13]);
    expect(calls).toBe(1);
    expect(f(tf.tensor([5, 6]), 3).arraySync()).toEqual([16, 19]);
    expect(f(tf.tensor([[5], [6]]), 3).arraySync()).toEqual([[16], [19]]);
    expect(calls).toBe(3);
  });

  it('trains as the eager step does', () => {
    const make = () => {
      tf.setSeed(1);
      const model = new tf.Sequential([
        new tf.layers.Dense({ units: 16, activation: 'relu' }),
        new tf.layers.Dropout({ rate: 0.25 }),
        new tf.layers.Dense({ units: 3 }),
      ]);
      const optimizer = new tf.optimizers.Adam({ learningRate: 0.01 });
      const loss = new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true });
      const step = (x: tf.Tensor, y: tf.Tensor) => {
        const tape = new tf.GradientTape();
        const value = tape.record(() => loss(y, model.apply(x, { training: true })));
        const variables = model.trainableVariables;
        const gradients = tape.gradient(value, variables);
        optimizer.applyGradients(variables.map((variable, i) => [gradients[i], variable]));
        return value;
      };
      return { model, optimizer, step };
    };
    const x = tf.randomNormal([8, 5]);
    const y = tf.tensor([0, 1, 2, 0, 1, 2, 0, 1], [8], 'int32');
    const run = (traced: boolean) => {
      const { model, optimizer, step } = make();
      const used = traced ? tf.function(step) : step;
      const losses = Array.from({ length: 5 }, () => used(x, y).item());
      return [losses, model.variables.map((v) => [...v.dataSync()]), optimizer.variables.map((v) => [...v.dataSync()])];
    };
    expect(run(true)).toEqual(run(false));
  });
});
