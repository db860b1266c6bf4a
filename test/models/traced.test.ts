/** Steps that are traced against the same steps op by op: logs and weights to the bit, for models of many kinds. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

type Fitted = { history: Record<string, number[]>; weights: string[] };

/** What training leaves, in an order that two equal trainings share. */
function left(model: { variables: tf.Variable[] }, { history }: tf.History): Fitted {
  return {
    history,
    weights: model.variables.map((variable) => {
      const data = variable.dataSync();
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    }),
  };
}

/** Runs the same training traced and eagerly. */
async function both(train: (runEagerly: boolean) => Promise<Fitted>): Promise<void> {
  const runs: Fitted[] = [];
  for (const runEagerly of [false, true]) {
    tf.setSeed(5);
    runs.push(await train(runEagerly));
  }
  expect(runs[0]).toEqual(runs[1]);
}

const x = () => tf.randomNormal([70, 6]);
const classes = () => tf.randomUniformInt([70], 0, 3);

function classifier(runEagerly: boolean, layers: tf.layers.Layer[] = []): tf.Sequential {
  const model = new tf.Sequential([
    new tf.layers.Dense({ units: 8, activation: 'relu' }),
    ...layers,
    new tf.layers.Dense({ units: 3, kernelRegularizer: 'l2' }),
  ]);
  model.compile({
    optimizer: new tf.optimizers.Adam({ learningRate: 0.01 }),
    loss: new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
    runEagerly,
  });
  return model;
}

describe('traced and eager training are the same', () => {
  it('with several inputs and outputs', () =>
    both(async (runEagerly) => {
      const [a, b] = [tf.input({ shape: [4] }), tf.input({ shape: [2] })];
      const shared = new tf.layers.Dense({ units: 5, activation: 'tanh' }).apply(a).add(new tf.layers.Dense({ units: 5 }).apply(b));
      const outputs = [new tf.layers.Dense({ units: 1 }).apply(shared), new tf.layers.Dense({ units: 2 }).apply(shared)];
      const model = new tf.Model({ inputs: [a, b], outputs });
      model.compile({ optimizer: 'sgd', loss: ['mse', 'mae'], runEagerly });
      const rows = [tf.randomNormal([50, 4]), tf.randomNormal([50, 2])];
      const targets = [tf.randomNormal([50, 1]), tf.randomNormal([50, 2])];
      return left(model, await model.fit(rows, targets, { epochs: 3, batchSize: 16, verbose: 0 }));
    }));

  it('with weights of classes, validation and normalization', () =>
    both(async (runEagerly) => {
      const model = classifier(runEagerly, [new tf.layers.BatchNormalization(), new tf.layers.Dropout({ rate: 0.3 })]);
      const classWeight = { 0: 1, 1: 2, 2: 0.5 };
      return left(model, await model.fit(x(), classes(), { epochs: 3, batchSize: 16, classWeight, validationSplit: 0.2, verbose: 0 }));
    }));

  it('with early stopping that brings the best weights back', () =>
    both(async (runEagerly) => {
      const model = classifier(runEagerly);
      const stop = new tf.EarlyStopping({ monitor: 'valLoss', patience: 1, restoreBestWeights: true });
      return left(model, await model.fit(x(), classes(), { epochs: 40, validationSplit: 0.4, callbacks: [stop], verbose: 0 }));
    }));

  it('with layers that are frozen between two fits', () =>
    both(async (runEagerly) => {
      const model = classifier(runEagerly);
      const [rows, labels] = [x(), classes()];
      await model.fit(rows, labels, { verbose: 0 });
      model.layers[0].trainable = false;
      const frozen = model.variables[0].dataSync();
      const history = await model.fit(rows, labels, { epochs: 2, verbose: 0 });
      expect(model.variables[0].dataSync()).toEqual(frozen);
      return left(model, history);
    }));

  it('with batches of changing size from a dataset', () =>
    both(async (runEagerly) => {
      const model = classifier(runEagerly);
      const [rows, labels] = [x(), classes()];
      const sizes = [3, 7, 3, 1, 20];
      const batches = {
        *[Symbol.iterator]() {
          let begin = 0;
          for (const size of sizes) {
            yield [rows.slice([begin, 0], [size, 6]), labels.slice([begin], [size])];
            begin += size;
          }
        },
      };
      return left(model, await model.fit(batches, { epochs: 3, verbose: 0 }));
    }));

  it('by trainOnBatch', () =>
    both(async (runEagerly) => {
      const model = classifier(runEagerly);
      const [rows, labels] = [x(), classes()];
      const losses = Array.from({ length: 5 }, () => model.trainOnBatch(rows, labels).loss);
      return { history: { losses }, weights: left(model, new tf.History()).weights };
    }));
});

describe('two models', () => {
  it('train at once in one thread as they do alone', async () => {
    const train = async (seed: number, rows: tf.Tensor, labels: tf.Tensor): Promise<Fitted> => {
      tf.setSeed(seed);
      const model = classifier(false);
      model.build([null, 6]);
      return left(model, await model.fit(rows, labels, { epochs: 30, shuffle: false, verbose: 0 }));
    };
    const [rows, labels] = [x(), classes()];
    const alone = [await train(1, rows, labels), await train(2, rows, labels)];
    expect(await Promise.all([train(1, rows, labels), train(2, rows, labels)])).toEqual(alone);
  });
});
