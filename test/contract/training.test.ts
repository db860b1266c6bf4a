/** Section 4 of the contract: compile, fit, evaluate, predict, and the loop by hand. */
import * as tf from 'gradtape';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';

beforeEach(() => tf.setSeed(7));

/** Points in the plane, and as one-hot rows the side of the diagonal that each lies on. */
function sides(count: number): [x: tf.Tensor, y: tf.Tensor] {
  const x = tf.randomUniform([count, 2], -1, 1);
  const [a, b] = x.unstack(1);
  return [x, tf.oneHot(a.greater(b).cast('int32'), 2)];
}

function datasetOf([x, y]: [tf.Tensor, tf.Tensor]) {
  return tf.data.Dataset.fromTensorSlices([x, y]).shuffle(10000, { seed: 1 }).batch(16).prefetch(2);
}

function makeNetwork(): tf.Sequential {
  return new tf.Sequential([new tf.layers.Dense({ units: 8, activation: 'relu' }), new tf.layers.Dense({ units: 2 })]);
}

describe('training', () => {
  it('runs the program of the contract', async () => {
    const [trainDb, valDb, testDb] = [datasetOf(sides(96)), datasetOf(sides(32)), datasetOf(sides(32))];
    const network = makeNetwork();
    network.compile({
      optimizer: new tf.optimizers.Adam({ learningRate: 0.05 }),
      loss: new tf.losses.CategoricalCrossentropy({ fromLogits: true }),
      metrics: ['accuracy'],
    });
    const history = await network.fit(trainDb, { epochs: 5, validationData: valDb, validationFreq: 2, verbose: 0 });
    const lengths = Object.fromEntries(Object.entries(history.history).map(([key, values]) => [key, values.length]));
    expect(lengths).toEqual({ loss: 5, accuracy: 5, valLoss: 2, valAccuracy: 2 });
    expect(history.history.loss[4]).toBeLessThan(history.history.loss[0]);
    const { loss, accuracy } = await network.evaluate(testDb);
    expectTypeOf(accuracy).toEqualTypeOf<number>();
    expect(loss).toBeLessThan(0.7);
    expect(accuracy).toBeGreaterThan(0.7);
    const logits = await network.predict(tf.ones([3, 2]));
    expectTypeOf(logits).toEqualTypeOf<tf.Tensor>();
    expect(logits.shape).toEqual([3, 2]);
  });

  it('takes x and y, metric objects, and runs eagerly where asked to', async () => {
    const [x, y] = sides(64);
    const network = makeNetwork();
    const loss = new tf.losses.CategoricalCrossentropy({ fromLogits: true });
    network.compile({ optimizer: 'sgd', loss, metrics: [new tf.metrics.CategoricalAccuracy(), 'mae'], runEagerly: true });
    const { history } = await network.fit(x, y, { epochs: 2, batchSize: 16, validationSplit: 0.25, verbose: 0 });
    expect(Object.keys(history)).toEqual(['loss', 'categoricalAccuracy', 'mae', 'valLoss', 'valCategoricalAccuracy', 'valMae']);
    const arrays = await network.fit(
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
      { verbose: 0 },
    );
    expect(arrays.history.loss.length).toBe(1);
  });

  it('lets timers fire, and stops for a signal', async () => {
    const network = makeNetwork();
    network.compile({ optimizer: 'sgd', loss: 'mse' });
    let ticks = 0;
    const controller = new AbortController();
    const timer = setInterval(() => {
      if (++ticks === 3) controller.abort();
    }, 1);
    const [x, y] = sides(64);
    await expect(network.fit(x, y, { epochs: 1e6, verbose: 0, signal: controller.signal })).rejects.toThrow(/abort/);
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(3);
  });
});

describe('the loop by hand', () => {
  it('trains as well', async () => {
    const loss = new tf.losses.CategoricalCrossentropy({ fromLogits: true });
    const network = makeNetwork();
    const trainDb = datasetOf(sides(96));
    const optimizer = new tf.optimizers.Adam({ learningRate: 0.01 });
    const values: number[] = [];
    network.build([null, 2]);
    for (let epoch = 0; epoch < 3; epoch++) {
      for await (const [x, y] of trainDb) {
        const { value, grads } = tf.variableGrads(() => loss(y, network.apply(x, { training: true })), network.trainableVariables);
        optimizer.applyGradients(grads);
        values.push(value.item());
      }
    }
    expect(values.length).toBe(18);
    expect(values[17]).toBeLessThan(values[0]);
  });

  it('finds the variables of a network that the first call builds', () => {
    const network = makeNetwork();
    const optimizer = new tf.optimizers.SGD({ learningRate: 0.1 });
    const x = tf.ones([4, 2]);
    const { grads } = tf.variableGrads(() => network.apply(x).square().mean());
    optimizer.applyGradients(grads);
    expect(grads.map(({ variable }) => variable)).toEqual(network.trainableVariables);
  });
});
