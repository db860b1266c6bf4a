/** Training: fit, evaluate, predict and their options, on data small enough to know the answer. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import '../../lib/backend/backend.ts';
import { Tensor } from '../../lib/core/tensor.ts';
import { Dense, Dropout } from '../../lib/layers/index.ts';
import { CategoricalCrossentropy } from '../../lib/losses/index.ts';
import { Callback, EarlyStopping } from '../../lib/models/callbacks.ts';
import { Sequential } from '../../lib/models/sequential.ts';
import { square, sub } from '../../lib/ops/arithmetic.ts';
import { tensor, zeros } from '../../lib/ops/creation.ts';
import { sum } from '../../lib/ops/reduce.ts';
import { SGD } from '../../lib/optimizers/index.ts';

const x = tensor([[-1], [0], [1], [2], [3], [4]]);
const y = tensor([[-1], [1], [3], [5], [7], [9]]);

function line(learningRate = 0.1): Sequential {
  const model = new Sequential([new Dense({ units: 1, kernelInitializer: 'zeros' })], { name: 'line' });
  model.compile({ optimizer: new SGD({ learningRate }), loss: 'mse' });
  return model;
}

describe('fit', () => {
  it('learns y = 2x + 1', async () => {
    const model = line();
    const { history, epoch } = await model.fit(x, y, { epochs: 200, verbose: 0 });
    expect(epoch.length).toBe(200);
    expect(history.loss[0]).toBeGreaterThan(1);
    expect(history.loss[199]).toBeLessThan(1e-3);
    const [[answer]] = (await model.predict(tensor([[10]]))).arraySync() as number[][];
    expect(answer).toBeCloseTo(21, 0);
  });

  it('takes one step as plain gradient descent would', async () => {
    const model = line(0.5);
    await model.fit(tensor([[1], [2]]), tensor([[1], [2]]), { verbose: 0, shuffle: false });
    // d/dw mean((wx - y)^2) = -mean(2 x y) = -5; d/db = -3.
    expect(model.variables.map((variable) => variable.dataSync()[0])).toEqual([2.5, 1.5]);
  });

  it('weighs the loss of an epoch by rows', async () => {
    const model = line(1e-30);
    const { history } = await model.fit(x, y, { batchSize: 4, verbose: 0 });
    expect(history.loss[0]).toBeCloseTo((1 + 1 + 9 + 25 + 49 + 81) / 6, 4);
  });

  it('validates on a share of the rows, or on data of its own, every so often', async () => {
    const split = await line().fit(x, y, { epochs: 4, validationSplit: 0.34, validationFreq: 2, verbose: 0 });
    expect(split.history.loss.length).toBe(4);
    expect(split.history.valLoss.length).toBe(2);
    const own = await line(1e-30).fit(x, y, { validationData: [tensor([[0]]), tensor([[2]])], verbose: 0 });
    expect(own.history.valLoss).toEqual([4]);
  });

  it('takes batches of any iterable', async () => {
    const batches = {
      async *[Symbol.asyncIterator]() {
        for (let i = 0; i < 3; i++) yield [x, y];
      },
    };
    const model = line();
    const steps: number[] = [];
    class Count extends Callback {
      override onBatchEnd(step: number): void {
        steps.push(step);
      }
    }
    await model.fit(batches, { epochs: 2, callbacks: [new Count()], verbose: 0 });
    expect(steps).toEqual([0, 1, 2, 0, 1, 2]);
    steps.length = 0;
    await model.fit(batches, { epochs: 2, stepsPerEpoch: 2, callbacks: [new Count()], verbose: 0 });
    expect(steps).toEqual([0, 1, 0, 1]);
    steps.length = 0;
    // The end of the data may be the end of an epoch, or lie within one.
    await model.fit(batches, { epochs: 3, stepsPerEpoch: 3, callbacks: [new Count()], verbose: 0 });
    await model.fit(batches, { epochs: 1, stepsPerEpoch: 4, callbacks: [new Count()], verbose: 0 });
    expect(steps).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 3]);
    steps.length = 0;
    await model.fit(batches[Symbol.asyncIterator](), { epochs: 1, stepsPerEpoch: 5, callbacks: [new Count()], verbose: 0 });
    expect(steps).toEqual([0, 1, 2]);
    await expect(model.fit([][Symbol.iterator](), { verbose: 0 })).rejects.toThrow('fit: the data gave no batches; epoch 1 of 1');
    await expect(model.fit([[x]][Symbol.iterator](), { verbose: 0 })).rejects.toThrow(
      'fit: each batch must be [x, y] or [x, y, sampleWeight]',
    );
  });

  it('closes what it reads from, however it ends', async () => {
    const closed: string[] = [];
    const endless = (name: string) => ({
      *[Symbol.iterator]() {
        try {
          for (;;) yield [x, y];
        } finally {
          closed.push(name);
        }
      },
    });
    class Failing extends Callback {
      override onBatchEnd(): void {
        throw new Error('enough');
      }
    }
    const model = line();
    await model.fit(endless('done'), { stepsPerEpoch: 2, verbose: 0 });
    await expect(model.fit(endless('failed'), { callbacks: [new Failing()], verbose: 0 })).rejects.toThrow('enough');
    await model.evaluate(endless('evaluated'), { steps: 1 });
    expect(closed).toEqual(['done', 'failed', 'evaluated']);
  });

  it('refuses steps that are async', async () => {
    class Late extends Sequential {
      override trainStep(): never {
        return Promise.reject(new Error('late')) as never;
      }
    }
    const model = new Late([new Dense({ units: 1 })], { name: 'late' });
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow('function "late.trainStep": needs a function that is not async');
  });

  it('lets the event loop turn', async () => {
    const model = line();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await model.fit(x, y, { epochs: 3000, verbose: 0 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('stops for a signal', async () => {
    const controller = new AbortController();
    class Abort extends Callback {
      override onEpochEnd(epoch: number): void {
        if (epoch === 1) controller.abort(new Error('enough'));
      }
    }
    await expect(line().fit(x, y, { epochs: 9, signal: controller.signal, callbacks: [new Abort()], verbose: 0 })).rejects.toThrow(
      'enough',
    );
  });

  it('refuses what it cannot do, before anything changes', async () => {
    const model = line();
    await expect(new Sequential([], { name: 's' }).fit(x, y)).rejects.toThrow(
      'fit: Sequential "s" is not compiled; call compile({ optimizer, loss }) first',
    );
    await expect(model.fit(x, y, { validationFrequency: 2 } as never)).rejects.toThrow(
      'fit: unknown option "validationFrequency"; did you mean "validationFreq"?',
    );
    await expect(model.fit(x, y, { epochs: 0.5 })).rejects.toThrow('fit: epochs must be a whole number >= 1; received 0.5');
    await expect(model.fit(x, y, { validationSplit: 1 })).rejects.toThrow(
      'fit: validationSplit must be a number from 0 up to but not including 1',
    );
    await expect(model.fit(x, y, { validationSplit: 0.99 })).rejects.toThrow('fit: validationSplit 0.99 of 6 rows leaves one side empty');
    await expect(model.fit([[x, y]][Symbol.iterator](), { validationSplit: 0.5 })).rejects.toThrow(
      'fit: validationSplit needs rows; received batches',
    );
    await expect(model.fit(x, zeros([3, 1]))).rejects.toThrow('fit: all tensors need the same number of rows; received [6,3]');
    await expect(model.fit(zeros([0, 1]), zeros([0, 1]))).rejects.toThrow('fit: the data is empty; received 0 rows');
    await expect(model.fit(x, undefined as never)).rejects.toThrow('fit: y: needs tensors or batches; received undefined');
    await expect(model.fit(x, y, { callbacks: [{} as never] })).rejects.toThrow(
      'fit: callbacks must be Callback objects; received a Object',
    );
    expect(model.built).toBe(false);
  });
});

describe('compile', () => {
  it('takes a function as the loss', async () => {
    const model = line();
    model.compile({ optimizer: 'sgd', loss: (truth, guess) => sum(square(sub(truth, guess))) });
    expect((await model.evaluate(tensor([[1], [1]]), tensor([[1], [2]]))).loss).toBe(5);
  });

  it('refuses a verbose that there is not', async () => {
    await expect(line(2).fit(x, y, { verbose: 7 as never })).rejects.toThrow('fit: verbose must be 0, 1 or 2; received 7');
    await expect(line(2).evaluate(x, y, { verbose: true as never })).rejects.toThrow('evaluate: verbose must be 0, 1 or 2; received true');
  });

  it('refuses unknown words', () => {
    const model = line();
    expect(() => model.compile({ loss: 'mze' })).toThrow('unknown loss "mze"');
    expect(() => model.compile({ optimiser: 'sgd' } as never)).toThrow('compile: unknown option "optimiser"; did you mean "optimizer"?');
    expect(() => model.compile({ metrics: 'mae' as never })).toThrow('compile: metrics must be a list; received "mae"');
    model.compile({});
    expect(() => model.trainOnBatch(x, y)).toThrow('compile: no loss was given');
  });
});

describe('metrics', () => {
  it('are exact over the epoch, under names of their own, for training and validation', async () => {
    const model = new Sequential([new Dense({ units: 2, kernelInitializer: 'ones' })]);
    model.compile({
      optimizer: new SGD({ learningRate: 0.1 }),
      loss: new CategoricalCrossentropy({ fromLogits: true }),
      metrics: ['accuracy', 'mae'],
    });
    const rows = tensor([[-2], [-1], [1], [2]]);
    const classes = tensor([
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
    const { history } = await model.fit(rows, classes, { epochs: 20, batchSize: 3, validationData: [rows, classes], verbose: 0 });
    expect(Object.keys(history)).toEqual(['loss', 'accuracy', 'mae', 'valLoss', 'valAccuracy', 'valMae']);
    expect(history.valAccuracy[19]).toBe(1);
    expect(history.accuracy[19]).toBe(1);
    expect((await model.evaluate(rows, classes)).accuracy).toBe(1);
  });
});

describe('evaluate, predict and trainOnBatch', () => {
  it('evaluate gives the loss over all rows', async () => {
    const model = line();
    expect(await model.evaluate(x, y, { batchSize: 4 })).toEqual({ loss: expect.closeTo(166 / 6, 4) });
    expect(await model.evaluate([[x, y]][Symbol.iterator]())).toEqual({ loss: expect.closeTo(166 / 6, 4) });
    await expect(model.evaluate([][Symbol.iterator]())).rejects.toThrow('evaluate: the data gave no batches');
  });

  it('predict joins batches, and does not train', async () => {
    const model = new Sequential([new Dropout({ rate: 0.9 })]);
    const result = await model.predict(x, { batchSize: 4 });
    expect(result).toBeInstanceOf(Tensor);
    expect(result.arraySync()).toEqual(x.arraySync());
    await expect(model.predict([][Symbol.iterator]())).rejects.toThrow('predict: the data gave no batches');
  });

  it('trainOnBatch takes one step', () => {
    const model = line();
    const first = model.trainOnBatch(x, y).loss;
    expect(model.trainOnBatch(x, y).loss).toBeLessThan(first);
  });
});

describe('EarlyStopping', () => {
  it('stops when nothing gets better, and brings the best weights back', async () => {
    const model = line(2);
    const stop = new EarlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true });
    const seen: number[] = [];
    class Watch extends Callback {
      override onEpochEnd(): void {
        seen.push(model.variables[0].dataSync()[0]);
      }
    }
    const { history } = await model.fit(x, y, { epochs: 50, callbacks: [new Watch(), stop], verbose: 0 });
    expect(history.loss.length).toBe(3);
    expect(stop.stoppedEpoch).toBe(2);
    expect(model.variables[0].dataSync()[0]).toBe(seen[0]);
  });

  it('warns where no epoch has what it watches', async () => {
    const warned = once(process, 'warning');
    await line(2).fit(x, y, { epochs: 1, callbacks: [new EarlyStopping()], verbose: 0 });
    const [{ message }] = await warned;
    expect(message).toBe('EarlyStopping: no epoch logged "valLoss", so nothing was stopped; there is loss');
  });

  it('refuses what makes no sense', () => {
    expect(() => new EarlyStopping({ patience: -1 })).toThrow('EarlyStopping: patience must be a whole number >= 0; received -1');
    expect(() => new EarlyStopping({ mode: 'most' as never })).toThrow('EarlyStopping: mode must be auto, min or max; received "most"');
    expect(() => new Callback().model).toThrow('Callback: it has no model before fit begins');
  });
});
