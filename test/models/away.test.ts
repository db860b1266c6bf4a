/** Training off the main thread: what this thread may do meanwhile, and how it ends. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../lib/core/tensor.ts';

/** Made before anything has chosen the backend. */
const early = tensorOf(new Float32Array(300_000).fill(0.5), [3000, 100], 'float32');

const bitsOf = (values: readonly (tf.Tensor | tf.Variable)[]): unknown => values.map((value) => [...value.dataSync()]);

function network(units = 16, options: Partial<tf.CompileOptions> = {}): tf.Sequential {
  tf.setSeed(3);
  const model = new tf.Sequential([new tf.layers.Dense({ units, activation: 'tanh' }), new tf.layers.Dense({ units: 1 })], { name: 'net' });
  model.compile({ optimizer: new tf.optimizers.Adam({ learningRate: 0.01 }), loss: 'mse', metrics: ['mae'], ...options });
  return model;
}

const x = (rows: number): tf.Tensor => tf.randomNormal([rows, 8]);
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('rows', () => {
  it('may be older than the choice of the backend', async () => {
    const model = network();
    const { history } = await model.fit(early, tensorOf(new Float32Array(3000), [3000, 1], 'float32'), {
      epochs: 1,
      shuffle: false,
      verbose: 0,
    });
    expect(Number.isFinite(history.loss[0])).toBe(true);
    expect((await model.predict(early)).shape).toEqual([3000, 1]);
  });
});

/** Trains until `during` is done with it. */
async function whileTraining(model: tf.Sequential, rows: tf.Tensor, targets: tf.Tensor, during: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  let ended = false;
  const training = model.fit(rows, targets, { epochs: 100_000, verbose: 0, signal: stop.signal }).finally(() => {
    ended = true;
  });
  await later(5);
  await during();
  expect(ended).toBe(false);
  stop.abort(new Error('enough'));
  await expect(training).rejects.toThrow('enough');
}

describe('while a model trains', () => {
  const still = () => ({ optimizer: new tf.optimizers.SGD({ learningRate: 1e-30 }) });

  it('what is assigned, or done by a program in place, is what training goes on from', async () => {
    const model = network(16, still());
    const bump = tf.function(() => {
      model.variables[0].assignAdd(tf.ones([8, 16]));
    });
    let old: tf.Tensor | undefined;
    await whileTraining(model, x(2000), tf.zeros([2000, 1]), async () => {
      const [kernel] = model.variables;
      kernel.assign(tf.zeros([8, 16]));
      for (let i = 0; i < 20; i++) {
        bump();
        expect(kernel.dataSync()[0]).toBe(i + 1);
        if (i === 3) old = kernel.value;
        if (i % 2 === 0) await later(1);
      }
    });
    expect(model.variables[0].dataSync()[0]).toBe(20);
    expect(old?.dataSync()[0]).toBe(4);
  });

  it('predict gives what the weights were when it was called', async () => {
    const model = network(64, still());
    const rows = x(30_000);
    const before = await model.predict(rows);
    await whileTraining(model, rows, before, async () => {
      const answer = model.predict(rows);
      // Memory that was given back too early would be taken by these.
      const others: tf.Tensor[] = [];
      for (let i = 0; i < 40; i++) {
        await Promise.resolve();
        for (const variable of model.variables) others.push(tf.fill(variable.shape as number[], 7));
      }
      expect(Buffer.compare(Buffer.from((await answer).dataSync().buffer), Buffer.from(before.dataSync().buffer))).toBe(0);
      expect(others.length).toBe(160);
    });
  });

  // The TypeScript backend computes on this thread, batch by batch, with the weights of that moment.
  it.runIf(tf.backend().name === 'native')('predict reads weights that are replaced meanwhile', async () => {
    const model = network(64);
    const rows = x(60_000);
    const before = bitsOf([await model.predict(rows)]);
    const answer = model.predict(rows);
    for (const variable of model.variables) variable.assign(tf.fill(variable.shape as number[], 7));
    for (const variable of model.variables) variable.assign(tf.fill(variable.shape as number[], 9));
    expect(bitsOf([await answer])).toEqual(before);
  });
});
