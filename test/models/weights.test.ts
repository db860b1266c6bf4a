/** Weights of rows and of classes: what they do to the loss and the metrics of fit and evaluate. */
import { describe, expect, it } from 'vitest';
import '../../lib/backend/backend.ts';
import { Dense } from '../../lib/layers/index.ts';
import type { CompileOptions } from '../../lib/models/compile.ts';
import { Sequential } from '../../lib/models/sequential.ts';
import type { FitOptions } from '../../lib/models/training.ts';
import { tensor, zeros } from '../../lib/ops/creation.ts';
import { SGD } from '../../lib/optimizers/index.ts';

const x = tensor([[1], [2], [3], [4]]);
/** Squared errors of a model that says 0: 0, 1, 4, 4. */
const y = tensor([[0], [1], [2], [2]]);

function zero(options: CompileOptions = {}): Sequential {
  const model = new Sequential([new Dense({ units: 1, kernelInitializer: 'zeros' })]);
  model.compile({ optimizer: new SGD({ learningRate: 1e-30 }), loss: 'mse', ...options });
  return model;
}

async function lossOf(options: FitOptions, labels = y): Promise<number> {
  const { history } = await zero().fit(x, labels, { verbose: 0, ...options });
  return history.loss[0];
}

describe('sampleWeight', () => {
  it('multiplies the loss of each row', async () => {
    expect(await lossOf({ sampleWeight: [1, 2, 3, 0] })).toBeCloseTo((0 + 2 + 12 + 0) / 4, 5);
    expect(await lossOf({ sampleWeight: [[1], [2], [3], [0]], batchSize: 3 })).toBeCloseTo(14 / 4, 5);
    expect((await zero().evaluate(x, y, { sampleWeight: [0, 0, 0, 1] })).loss).toBeCloseTo(1, 5);
  });

  it('stays with its rows when they are shuffled and split', async () => {
    const { history } = await zero().fit(x, y, { sampleWeight: [5, 1, 2, 3], validationSplit: 0.5, epochs: 3, batchSize: 1, verbose: 0 });
    for (const loss of history.loss) expect(loss).toBeCloseTo((0 + 1) / 2, 5);
    for (const loss of history.valLoss) expect(loss).toBeCloseTo((8 + 12) / 2, 5);
  });

  it('comes along with validation data and batches', async () => {
    const { history } = await zero().fit(x, y, { validationData: [x, y, [0, 0, 1, 1]], verbose: 0 });
    expect([history.loss[0], history.valLoss[0]]).toEqual([expect.closeTo(9 / 4, 5), expect.closeTo(8 / 4, 5)]);
    const batches = { [Symbol.iterator]: () => [[x, y, tensor([0, 0, 1, 1])]][Symbol.iterator]() };
    expect((await zero().fit(batches, { verbose: 0 })).history.loss[0]).toBeCloseTo(8 / 4, 5);
    expect((await zero().evaluate(batches)).loss).toBeCloseTo(8 / 4, 5);
  });

  it('counts in weightedMetrics, not in metrics', async () => {
    const model = zero({ metrics: ['mae'], weightedMetrics: ['mae', 'mse'] });
    const { history } = await model.fit(x, y, { sampleWeight: [0, 0, 0, 1], verbose: 0 });
    expect(history).toEqual({
      loss: [expect.closeTo(1, 5)],
      mae: [expect.closeTo(5 / 4, 5)],
      weightedMae: [expect.closeTo(2, 5)],
      mse: [expect.closeTo(4, 5)],
    });
    expect(await model.evaluate(x, y)).toMatchObject({ mae: expect.closeTo(5 / 4, 5), weightedMae: expect.closeTo(5 / 4, 5) });
    expect(() => model.compile({ weightedMetrics: 'mae' as never })).toThrow('compile: weightedMetrics must be a list; received "mae"');
  });

  it('is refused where it does not fit', async () => {
    const model = zero();
    await expect(model.fit(x, y, { sampleWeight: [1, 2] })).rejects.toThrow(
      'fit: all tensors need the same number of rows; received [4,4,2]',
    );
    await expect(model.evaluate(x, y, { sampleWeight: [1, 2] })).rejects.toThrow(
      'evaluate: all tensors need the same number of rows; received [4,4,2]',
    );
    await expect(model.fit([[x, y]][Symbol.iterator](), { sampleWeight: [1] })).rejects.toThrow(
      'fit: sampleWeight goes with rows; batches bring theirs as [x, y, sampleWeight]',
    );
    expect(model.built).toBe(false);
  });
});

describe('classWeight', () => {
  const classWeight = { 1: 2, 2: 0.5 };

  it('weighs rows by class, those not named as 1', async () => {
    const weighted = (0 + 2 * 1 + 0.5 * 4 + 0.5 * 4) / 4;
    expect(await lossOf({ classWeight })).toBeCloseTo(weighted, 5);
    expect(await lossOf({ classWeight }, tensor([0, 1, 2, 2]))).toBeCloseTo(weighted, 5);
    const batches = { [Symbol.iterator]: () => [[x, y]][Symbol.iterator]() };
    expect((await zero().fit(batches, { classWeight, verbose: 0 })).history.loss[0]).toBeCloseTo(weighted, 5);
  });

  it('reads the classes of one value per class', async () => {
    const model = new Sequential([new Dense({ units: 3, kernelInitializer: 'zeros' })]);
    model.compile({ optimizer: new SGD({ learningRate: 1e-30 }), loss: 'mae' });
    const classes = tensor([0, 1, 2, 2].map((label) => [0, 1, 2].map((i) => (i === label ? 1 : 0))));
    const { history } = await model.fit(x, classes, { classWeight, verbose: 0 });
    expect(history.loss[0]).toBeCloseTo((1 + 2 + 0.5 + 0.5) / 12, 5);
  });

  it('leaves validation alone', async () => {
    const { history } = await zero().fit(x, y, { classWeight: { 0: 9, 1: 3, 2: 7 }, validationSplit: 0.5, verbose: 0 });
    expect([history.loss[0], history.valLoss[0]]).toEqual([expect.closeTo(3 / 2, 5), expect.closeTo(8 / 2, 5)]);
  });

  it('moves the decision to the class that counts more', async () => {
    const labels = tensor([0, 1, 0, 1]);
    const probability = async (weights?: Record<number, number>): Promise<number> => {
      const model = new Sequential([new Dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'zeros' })]);
      model.compile({ optimizer: new SGD({ learningRate: 1 }), loss: 'binaryCrossentropy' });
      await model.fit(zeros([4, 1]), labels, { epochs: 200, verbose: 0, ...(weights === undefined ? {} : { classWeight: weights }) });
      return (await model.predict(zeros([1, 1]))).item();
    };
    expect(await probability()).toBeCloseTo(0.5, 3);
    expect(await probability({ 1: 3 })).toBeCloseTo(0.75, 3);
  });

  it('is refused where it makes no sense', async () => {
    const model = zero();
    const refused = (options: FitOptions): Promise<unknown> => model.fit(x, y, options);
    await expect(refused({ classWeight: [1, 2] as never })).rejects.toThrow(
      'fit: classWeight must be a record of weights by class, such as { 0: 1, 1: 5 }; received [1,2]',
    );
    await expect(refused({ classWeight: { cat: 1 } as never })).rejects.toThrow(
      'fit: classWeight must be by number of class; received "cat"',
    );
    await expect(refused({ classWeight: { 1: -1 } })).rejects.toThrow('fit: the classWeight of 1 must be a number >= 0; received -1');
    await expect(refused({ classWeight, sampleWeight: [1, 1, 1, 1] })).rejects.toThrow(
      'fit: sampleWeight and classWeight exclude each other; received both',
    );
    await expect(model.fit(x, { a: y, b: y }, { classWeight })).rejects.toThrow('fit: classWeight needs a model of one output');
    await expect(model.fit(x, zeros([4, 2, 2]), { classWeight })).rejects.toThrow(
      'fit: classWeight needs labels of shape [n], [n,1] or [n,classes]; received [4,2,2]',
    );
    await expect(model.fit([[x, y, y]][Symbol.iterator](), { classWeight, verbose: 0 })).rejects.toThrow(
      'fit: batches with weights of their own take no classWeight',
    );
    expect(model.built).toBe(false);
  });
});
