/** Training off the main thread: what this thread may do meanwhile, and how it ends. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../lib/core/tensor.ts';
import { isLent } from '../../lib/core/variable.ts';

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

describe.runIf(tf.backend().name === 'native')('while an epoch is counted off this thread', () => {
  it('nobody else may count, and the numbers of the epoch stay right', async () => {
    const [rows, targets] = [x(20_000), tf.ones([20_000, 1])];
    const alone = await network().fit(rows, targets, { shuffle: false, verbose: 0 });
    const model = network();
    const training = model.fit(rows, targets, { shuffle: false, verbose: 0 });
    // The end of the epoch is heard of when the event loop turns, which it does not here.
    while (!model.variables.some(isLent)) await Promise.resolve();
    const busy = 'the model is in the middle of an epoch of fit or evaluate; wait for that to end, or for a callback';
    await expect(model.evaluate(rows, targets)).rejects.toThrow(`evaluate: ${busy}`);
    expect(() => model.trainOnBatch(rows, targets)).toThrow(`trainOnBatch: ${busy}`);
    await expect(model.fit(rows, targets, { verbose: 0 })).rejects.toThrow(`fit: ${busy}`);
    expect((await training).history).toEqual(alone.history);
    expect((await model.evaluate(rows, targets)).loss).toBeLessThan(1);
  });
});

describe('an end in the middle', () => {
  it('of an epoch leaves whole steps, and another fit goes on', async () => {
    const rows = x(40_000);
    const model = network();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 60);
    await expect(model.fit(rows, tf.zeros([40_000, 1]), { epochs: 1000, shuffle: false, verbose: 0, signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    const steps = model.optimizer.iterations.item();
    expect(steps).toBeGreaterThan(0);
    const ran = bitsOf(model.variables);
    await later(5);
    expect(bitsOf(model.variables)).toEqual(ran);
    // As many steps from the beginning, one by one, give the same weights.
    const again = network();
    await again.fit(rows, tf.zeros([40_000, 1]), { stepsPerEpoch: steps, shuffle: false, verbose: 0 });
    expect(bitsOf(again.variables)).toEqual(ran);
    const { history } = await model.fit(rows, tf.zeros([40_000, 1]), { verbose: 0 });
    expect(history.loss[0]).toBeLessThan(1);
  });

  it('by a callback between executions of several steps stops before the next', async () => {
    const model = network(16, { stepsPerExecution: 2 });
    const stop = new AbortController();
    const told: number[] = [];
    class Stop extends tf.Callback {
      override onBatchEnd(step: number): void {
        told.push(step);
        if (step === 3) stop.abort(new Error('enough'));
      }
    }
    await expect(model.fit(x(320), tf.zeros([320, 1]), { callbacks: [new Stop()], verbose: 0, signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    expect(told).toEqual([1, 3]);
    expect(model.optimizer.iterations.item()).toBe(4);
  });

  it('during validation is heard at once', async () => {
    const model = network();
    const stop = new AbortController();
    let given = 0;
    const endless = {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          if (++given === 3) stop.abort(new Error('enough'));
          await later(0);
          yield [x(4), tf.zeros([4, 1])];
        }
      },
    };
    await expect(model.fit(x(64), tf.zeros([64, 1]), { validationData: endless, verbose: 0, signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    expect(given).toBeLessThan(6);
  });

  it('by a callback that only glances is an error of fit', async () => {
    class Glance extends tf.Callback {
      override get glances(): boolean {
        return true;
      }
      override onBatchEnd(): void {
        throw new Error('no more');
      }
    }
    const model = network();
    await expect(model.fit(x(60_000), tf.zeros([60_000, 1]), { epochs: 3, callbacks: [new Glance()], verbose: 0 })).rejects.toThrow(
      'no more',
    );
  });

  it('by data that fails while a step is under way is that error', async () => {
    const model = network(512);
    const batches = {
      *[Symbol.iterator]() {
        for (let i = 0; i < 4; i++) yield [x(2048), tf.zeros([2048, 1])];
        throw new Error('no more data');
      },
    };
    await expect(model.fit(batches, { verbose: 0 })).rejects.toThrow('no more data');
    expect(model.optimizer.iterations.item()).toBe(4);
  });

  it('by a label out of range leaves the weights of the steps before', async () => {
    const make = (): tf.Sequential => {
      tf.setSeed(3);
      const model = new tf.Sequential([new tf.layers.Dense({ units: 3 })], { name: 'classes' });
      model.compile({ optimizer: 'sgd', loss: new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }) });
      return model;
    };
    const rows = x(320);
    const labels = new Int32Array(320).fill(1);
    labels[7 * 32 + 5] = 3;
    const bad = tf.tensor(labels, [320], 'int32');
    const options = { shuffle: false, verbose: 0 } as const;
    const failed = make();
    await expect(failed.fit(rows, bad, options)).rejects.toThrow(
      'labels: they must be whole numbers from 0 to 2; received 3 at position 5',
    );
    const good = make();
    await good.fit(rows.slice([0, 0], [224, 8]), bad.slice([0], [224]), options);
    expect(bitsOf(failed.variables)).toEqual(bitsOf(good.variables));
    expect(failed.optimizer.iterations.item()).toBe(7);
    labels[7 * 32 + 5] = 2;
    expect((await failed.fit(rows, tf.tensor(labels, [320], 'int32'), options)).history.loss.length).toBe(1);
  });
});

describe('a step gives the same bits', () => {
  /** The weights, logs of epochs and logs of batches after two epochs. */
  async function trained(compile: Partial<tf.CompileOptions>, watch: boolean, options: tf.FitOptions): Promise<unknown[]> {
    tf.setSeed(11);
    const model = new tf.Sequential([
      new tf.layers.Dense({ units: 12, activation: 'relu', kernelRegularizer: 'l2' }),
      new tf.layers.BatchNormalization(),
      new tf.layers.Dropout({ rate: 0.3 }),
      new tf.layers.Dense({ units: 1 }),
    ]);
    model.compile({
      optimizer: new tf.optimizers.Adam({ learningRate: 0.01 }),
      loss: 'mse',
      metrics: ['mae'],
      weightedMetrics: ['mse'],
      ...compile,
    });
    const [rows, targets] = [x(90), tf.randomNormal([90, 1])];
    model.build([null, 8]);
    const logs: unknown[] = [];
    class Watch extends tf.Callback {
      override onBatchEnd(step: number, values: Readonly<Record<string, number>>): void {
        logs.push([step, { ...values }]);
        if (step === 1) model.optimizer.learningRate = 0.02;
      }
    }
    const { history } = await model.fit(rows, targets, { epochs: 2, verbose: 0, callbacks: watch ? [new Watch()] : [], ...options });
    return [bitsOf(model.variables), bitsOf(model.optimizer.variables), history, logs, bitsOf([await model.predict(rows)])];
  }

  const weights = Array.from({ length: 90 }, (_, i) => 0.5 + (i % 3));
  for (const [name, options] of Object.entries<tf.FitOptions>({
    plain: {},
    weighed: { sampleWeight: weights },
    validated: { validationSplit: 0.2 },
    counted: { stepsPerEpoch: 2 },
  })) {
    it(`eagerly, traced, told of batches or not: ${name}`, async () => {
      expect(await trained({}, false, options)).toEqual(await trained({ runEagerly: true }, false, options));
      expect(await trained({}, true, options)).toEqual(await trained({ runEagerly: true }, true, options));
      expect(await trained({ stepsPerExecution: 2 }, true, options)).toEqual(
        await trained({ runEagerly: true, stepsPerExecution: 2 }, true, options),
      );
      const threads = tf.getNumThreads();
      const before = await trained({}, false, options);
      tf.setNumThreads(threads === 1 ? 2 : 1);
      expect(await trained({}, false, options)).toEqual(before);
      tf.setNumThreads(threads);
    });
  }
});

describe('predict', () => {
  /** A model that gives what `f` makes of a batch. */
  function giving(f: (x: tf.Tensor) => tf.Tensor): tf.Model {
    class Giving extends tf.Model {
      override call(x: tf.Tensor): tf.Tensor {
        return f(x);
      }
    }
    return new Giving({ name: 'giving' });
  }

  it('joins what is not rows of the input, the last part of the rows included', async () => {
    const rows = x(70);
    const twice = giving((x) => tf.concat([x, x], 0));
    expect((await twice.predict(rows)).shape).toEqual([140, 8]);
    const sums = giving((x) => x.sum(0, true));
    const wanted = [0, 32, 64].flatMap((begin) =>
      rows
        .slice([begin, 0], [Math.min(32, 70 - begin), 8])
        .sum(0, true)
        .arraySync(),
    );
    expect((await sums.predict(rows)).arraySync()).toEqual(wanted);
  });

  it('refuses to join what has no rows, or rows of other shapes', async () => {
    const scalars = giving((x) => x.sum());
    await expect(scalars.predict(x(70))).rejects.toThrow('predict: what batches give cannot be joined row by row; received [] and []');
    expect((await scalars.predict(x(7))).shape).toEqual([]);
    const turned = giving((x) => x.transpose());
    await expect(turned.predict(x(70))).rejects.toThrow(
      'predict: what batches give cannot be joined row by row; received [8,32] and [8,6]',
    );
  });
});
