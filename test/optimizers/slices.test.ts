/** Gradients of tables of which few rows are read: the same steps as with the whole gradient, which nobody makes. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { isDeferred, type Tensor } from '../../lib/core/tensor.ts';

const ROWS = 60;
const IDS = [3, 59, 3, 0, 17, 3, 59];

const table = (seed = 5): tf.Variable => new tf.Variable(tf.randomNormal([ROWS, 9], 0, 1, 'float32', seed), { name: 'table' });
const weights = tf.randomNormal([IDS.length, 9], 0, 1, 'float32', 7);

/** The gradient of a loss that looks up rows. */
function lookedUp(variable: tf.Variable, f: (variable: tf.Variable) => Tensor): Tensor {
  const tape = new tf.GradientTape();
  const loss = tape.record(() => f(variable));
  return tape.gradient(loss, variable) as Tensor;
}

const once = (variable: tf.Variable): Tensor => tf.gather(variable, IDS).mul(weights).square().sum();
const twice = (variable: tf.Variable): Tensor =>
  once(variable).add(
    tf
      .gather(variable, [[59], [20]])
      .exp()
      .sum(),
  );
const whole = (gradient: Tensor): Tensor => tf.tensor(gradient.dataSync(), gradient.shape);

const OPTIMIZERS: [string, () => tf.optimizers.Optimizer][] = [
  ['SGD', () => new tf.optimizers.SGD({ learningRate: 0.1 })],
  ['SGD that decays', () => new tf.optimizers.SGD({ learningRate: 0.1, weightDecay: 0.1 })],
  ['SGD with momentum', () => new tf.optimizers.SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ['SGD clipped by value', () => new tf.optimizers.SGD({ learningRate: 0.1, clipValue: 0.2 })],
  ['RMSprop', () => new tf.optimizers.RMSprop({ centered: true, momentum: 0.5 })],
  ['Adam', () => new tf.optimizers.Adam({ learningRate: 0.1 })],
  ['AMSGrad', () => new tf.optimizers.Adam({ learningRate: 0.1, amsgrad: true })],
  ['Adagrad', () => new tf.optimizers.Adagrad({ learningRate: 0.1 })],
  ['Adadelta', () => new tf.optimizers.Adadelta({ learningRate: 0.1 })],
  ['Adamax', () => new tf.optimizers.Adamax({ learningRate: 0.1 })],
  ['Nadam', () => new tf.optimizers.Nadam({ learningRate: 0.1 })],
  ['Lion', () => new tf.optimizers.Lion({ learningRate: 0.1 })],
  ['Ftrl', () => new tf.optimizers.Ftrl({ learningRate: 0.1, l1RegularizationStrength: 0.01 })],
];

/** Three steps on a new table, with gradients as they are or looked at first. */
function afterSteps(make: () => tf.optimizers.Optimizer, of: (gradient: Tensor) => Tensor, f = once): Float32Array {
  const variable = table();
  const optimizer = make();
  for (let step = 0; step < 3; step++) optimizer.applyGradients([[of(lookedUp(variable, f)), variable]]);
  return variable.dataSync() as Float32Array;
}

/** The same steps by a traced function. */
function afterTraced(make: () => tf.optimizers.Optimizer, f = once): Float32Array {
  const variable = table();
  const optimizer = make();
  const step = tf.function(() => optimizer.applyGradients([[lookedUp(variable, f), variable]]));
  for (let i = 0; i < 3; i++) step();
  return variable.dataSync() as Float32Array;
}

describe('steps by few rows', () => {
  it.each(OPTIMIZERS)('%s', (_, make) => {
    const expected = afterSteps(make, whole);
    expect(afterSteps(make, (gradient) => gradient)).toEqual(expected);
    expect(afterTraced(make)).toEqual(expected);
  });

  it.each([
    ['by norm', { clipNorm: 0.5 }],
    ['by the norm of all', { globalClipNorm: 0.5 }],
  ])('clipped %s', (_, options) => {
    const make = (): tf.optimizers.Optimizer => new tf.optimizers.SGD({ learningRate: 0.1, ...options });
    const expected = [...afterSteps(make, whole)];
    for (const found of [afterSteps(make, (gradient) => gradient), afterTraced(make)])
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 6);
      });
  });

  it('are those of a NaN or infinite gradient too', () => {
    const broken = (variable: tf.Variable): Tensor =>
      tf
        .gather(variable, [4, 5])
        .mul(tf.tensor([[Number.NaN], [Infinity]]))
        .sum();
    for (const options of [{}, { globalClipNorm: 1 }, { clipValue: 1 }]) {
      const make = (): tf.optimizers.Optimizer => new tf.optimizers.SGD({ learningRate: 0.1, ...options });
      const expected = afterSteps(make, whole, broken);
      expect(afterSteps(make, (gradient) => gradient, broken)).toEqual(expected);
      expect(afterTraced(make, broken)).toEqual(expected);
    }
  });

  it('hold where a table is looked up twice', () => {
    const make = OPTIMIZERS[5][1];
    const expected = afterSteps(make, whole, twice);
    expect(afterTraced(make, twice)).toEqual(afterSteps(make, (gradient) => gradient, twice));
    afterTraced(make, twice).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5);
    });
  });

  it('hold where a table is also used whole', () => {
    const tied = (variable: tf.Variable): Tensor => once(variable).add(tf.tanh(variable).sum());
    const make = OPTIMIZERS[5][1];
    const expected = afterSteps(make, whole, tied);
    expect(afterTraced(make, tied)).toEqual(expected);
  });

  it('hold beside variables with whole gradients, for layers inside of fit', async () => {
    const trained = async (inputDim: number): Promise<{ losses: number[]; moved: number }> => {
      tf.setSeed(3);
      const model = new tf.Sequential([
        new tf.layers.Embedding({ inputDim, outputDim: 8, embeddingsInitializer: 'ones' }),
        new tf.layers.Flatten(),
        new tf.layers.Dense({ units: 1, kernelInitializer: 'ones' }),
      ]);
      model.compile({ optimizer: new tf.optimizers.Adam({ learningRate: 0.05 }), loss: 'mse' });
      const x = tf.tensor(
        Array.from({ length: 32 }, (_, i) => [i % 10, (3 * i) % 10]),
        [32, 2],
        'int32',
      );
      const y = tf.tensor(Array.from({ length: 32 }, (_, i) => [(i % 10) / 10]));
      const history = await model.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 });
      const [embeddings] = model.weights;
      const moved = Array.from(embeddings.dataSync()).filter((value) => value !== 1).length;
      return { losses: history.history.loss as number[], moved };
    };
    // Of 4000 rows few are read, of 10 all.
    const [few, all] = [await trained(4000), await trained(10)];
    expect(few.losses.at(-1)).toBeLessThan(few.losses[0]);
    few.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(all.losses[i], 5);
    });
    expect(few.moved).toBe(80);
  });
});

describe('the gradient of a table', () => {
  it('is made when it is looked at, and not by a step', () => {
    const variable = table();
    const gradient = lookedUp(variable, once);
    expect(gradient.shape).toEqual([ROWS, 9]);
    new tf.optimizers.Adam().applyGradients([[gradient, variable]]);
    expect(isDeferred(gradient)).toBe(true);
    const sums = tf.unsortedSegmentSum(tf.gather(table(), IDS).mul(weights).mul(weights).mul(2), IDS, ROWS);
    expect(gradient.dataSync()).toEqual(sums.dataSync());
    expect(isDeferred(gradient)).toBe(false);
  });

  it('is no part of a traced step', () => {
    const variable = new tf.Variable(tf.ones([ROWS, 9], 'float64'), { name: 'table' });
    const optimizer = new tf.optimizers.SGD();
    const step = tf.function(() => optimizer.applyGradients([[lookedUp(variable, (v) => tf.gather(v, IDS).sum()), variable]]));
    step();
    const made = String(step.graph()).match(/float64\[60,9\] = .*/g) ?? [];
    expect(made.length).toBe(1);
    expect(made[0]).toContain('sgdUpdate');
  });

  it('takes part in ops, as each of their operands and more than once', () => {
    const gradient = (): Tensor => lookedUp(table(), once);
    const expected = whole(gradient());
    expect(gradient().add(gradient()).dataSync()).toEqual(expected.add(expected).dataSync());
    const same = gradient();
    expect(tf.concat([tf.ones([1, 9]), same, same]).dataSync()).toEqual(tf.concat([tf.ones([1, 9]), expected, expected]).dataSync());
    expect(gradient().reshape([-1]).dataSync()).toEqual(expected.dataSync());
    expect(tf.sum(gradient()).item()).toBe(tf.sum(expected).item());
    expect(String(gradient())).toBe(String(expected));
    expect(new tf.Variable(gradient()).dataSync()).toEqual(expected.dataSync());
  });

  it('goes into traced functions as an argument and as a constant', () => {
    const gradient = (): Tensor => lookedUp(table(), once);
    const expected = gradient().add(1).dataSync();
    const plusOne = tf.function((x: Tensor) => x.add(1));
    expect(plusOne(gradient()).dataSync()).toEqual(expected);
    expect(plusOne(gradient()).dataSync()).toEqual(expected);
    const constant = gradient();
    expect(
      tf
        .function(() => constant.add(1))()
        .dataSync(),
    ).toEqual(expected);
  });

  it('outlives tidy, and can be disposed before it was made', () => {
    const variable = table();
    const expected = lookedUp(variable, once).dataSync();
    const kept = tf.tidy(() => lookedUp(variable, once));
    tf.tidy(() => tf.ones([ROWS, 9]).mul(3));
    expect(kept.dataSync()).toEqual(expected);
    const gone = lookedUp(variable, once);
    gone.dispose();
    expect(gone.isDisposed).toBe(true);
    expect(() => gone.dataSync()).toThrow('tensor: it was disposed and has no values; shape [60,9]');
  });

  it('is differentiated again by a tape around it', () => {
    const variable = table();
    const outer = new tf.GradientTape();
    const gradient = outer.record(() => lookedUp(variable, (v) => tf.gather(v, IDS).pow(3).sum()));
    const second = outer.gradient(gradient, variable) as Tensor;
    const counts = tf.unsortedSegmentSum(tf.ones([IDS.length, 1]), IDS, ROWS);
    const expected = variable.value.mul(6).mul(counts).dataSync();
    second.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 4);
    });
  });
});
