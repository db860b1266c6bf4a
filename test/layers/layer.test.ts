/** Layers: weights on first use, state found in fields, names, input checks, configs. */
import { describe, expect, it } from 'vitest';
import '../../lib/backend/backend.ts';
import type { Tensor } from '../../lib/core/tensor.ts';
import { Variable } from '../../lib/core/variable.ts';
import * as initializers from '../../lib/initializers/index.ts';
import { Activation, BatchNormalization, Dense, Dropout, Flatten, Input, Layer, Reshape } from '../../lib/layers/index.ts';
import { mul } from '../../lib/ops/arithmetic.ts';
import { ones, scalar, tensor, zeros } from '../../lib/ops/creation.ts';
import * as regularizers from '../../lib/regularizers/index.ts';

class Twice extends Layer {
  readonly inner = [new Dense({ units: 2, name: 'a' }), new Dense({ units: 1, name: 'b' })];
  readonly record = { scale: new Variable(scalar(2), { name: 'scale' }) };

  override call(x: Tensor): Tensor {
    return mul(this.inner[1].apply(this.inner[0].apply(x)), this.record.scale);
  }
}

describe('a layer', () => {
  it('builds its weights on first use, named by layer and weight', () => {
    const layer = new Dense({ units: 3, name: 'dense_3' });
    expect(layer.built).toBe(false);
    layer.apply(zeros([2, 9]));
    expect(layer.variables.map(({ name, shape }) => [name, shape])).toEqual([
      ['dense_3/kernel:0', [9, 3]],
      ['dense_3/bias:0', [3]],
    ]);
    expect(layer.outputShape).toEqual([null, 3]);
    expect(layer.countParams()).toBe(30);
  });

  it('builds once, whoever asks', () => {
    const layer = new Dense({ units: 3 });
    layer.build([null, 2]);
    const { kernel } = layer;
    layer.build([null, 2]);
    layer.apply(zeros([1, 2]));
    expect(layer.kernel).toBe(kernel);
  });

  it('is named by its class, numbered', () => {
    class OddLayer extends Flatten {}
    expect([new OddLayer().name, new OddLayer().name]).toEqual(['odd_layer', 'odd_layer_1']);
  });

  it('finds the state of its fields', () => {
    const layer = new Twice();
    layer.apply(zeros([1, 4]));
    expect(layer.variables.map(({ name }) => name)).toEqual(['a/kernel:0', 'a/bias:0', 'b/kernel:0', 'b/bias:0', 'scale']);
    layer.inner[0].trainable = false;
    expect(layer.trainableVariables.map(({ name }) => name)).toEqual(['b/kernel:0', 'b/bias:0', 'scale']);
    expect(layer.nonTrainableVariables.map(({ name }) => name)).toEqual(['a/kernel:0', 'a/bias:0']);
    layer.trainable = false;
    expect(layer.trainableVariables).toEqual([]);
    expect(layer.layers).toEqual(layer.inner);
  });

  it('refuses inputs unlike those it was built for', () => {
    const layer = new Dense({ units: 1, name: 'dense_2' });
    layer.apply(zeros([2, 9]));
    expect(() => layer.apply(zeros([32, 8]))).toThrow('Dense "dense_2": expected a last axis of 9, as when it was built; received [32,8]');
    layer.inputSpec = { rank: 3 };
    expect(() => layer.apply(zeros([32, 9]))).toThrow('expected 3 axes, as when it was built; received [32,9]');
    layer.inputSpec = { axes: { 1: 7 } };
    expect(() => layer.apply(zeros([32, 9]))).toThrow('expected 7 along axis 1, as when it was built; received [32,9]');
  });

  it('adds what regularizers ask for', () => {
    const layer = new Dense({ units: 2, kernelInitializer: 'ones', kernelRegularizer: 'l2' });
    layer.apply(ones([1, 3]));
    expect(layer.losses.map((loss) => loss.item())).toEqual([expect.closeTo(0.06, 6)]);
  });

  it('is made again by its config', () => {
    const layer = new Dense({ units: 2, activation: 'relu', useBias: false, kernelInitializer: 'ones' });
    const again = Dense.fromConfig(layer.getConfig());
    expect(again.getConfig()).toEqual(layer.getConfig());
    expect(again.apply(tensor([[1, 2]])).arraySync()).toEqual([[3, 3]]);
  });

  it('is made again with its initializers and regularizers, by way of JSON as well', () => {
    const layer = new Dense({
      units: 2,
      kernelInitializer: new initializers.Constant({ value: 3 }),
      biasInitializer: new initializers.RandomNormal({ mean: 5, stddev: 0, seed: 1 }),
      kernelRegularizer: new regularizers.L1L2({ l1: 1, l2: 2 }),
      biasRegularizer: 'l2',
    });
    const config = JSON.parse(JSON.stringify(layer.getConfig()));
    expect(config.kernelInitializer).toEqual({ className: 'Constant', config: { value: 3 } });
    const again = Dense.fromConfig(config);
    expect(again.getConfig()).toEqual(layer.getConfig());
    expect(again.apply(tensor([[1]])).arraySync()).toEqual([[8, 8]]);
    expect(again.losses.map((loss) => loss.item())).toEqual([2 * 3 + 2 * 18, expect.closeTo(0.01 * 50, 5)]);
    expect(() => Dense.fromConfig({ units: 1, kernelInitializer: { className: 'Constent', config: {} } }).build([null, 1])).toThrow(
      'initializers: unknown initializer "Constent"; did you mean "constant"?',
    );
    expect(() => Dense.fromConfig({ units: 1, kernelRegularizer: { className: 'L3', config: {} } }).build([null, 1])).toThrow(
      'regularizers: unknown regularizer "L3"; did you mean',
    );
  });

  it('refuses what it cannot be told', () => {
    expect(() => new Dense({ units: 0 })).toThrow('Dense: units must be a whole number >= 1; received 0');
    expect(() => new Dense({ units: 1, unit: 2 } as never)).toThrow('Dense: unknown option "unit"; did you mean "units"?');
    expect(() => new Dense({ units: 1, activation: 'rellu' as never })).toThrow('Dense: unknown activation "rellu"; did you mean "relu"?');
    expect(() => new Dense({ units: 1, activation: 3 as never })).toThrow('Dense: activation must be a name or a function; received 3');
    expect(() => new Dense({ units: 1, name: 3 as never })).toThrow('Dense: name must be a string; received 3');
    expect(() => new Flatten(null as never)).toThrow();
    expect(() => new Dense({ units: 1, name: 'd' }).apply(zeros([3]))).toThrow(
      'Dense "d": needs at least 2 axes and a known last one; received [null]',
    );
  });
});

it.each([
  [() => new Dense({ units: 1, trainable: 'no' as never }), 'Dense: trainable must be true or false; received "no"'],
  [() => new Dense({ units: 1, useBias: 0 as never }), 'Dense: useBias must be true or false; received 0'],
  [() => new Flatten({ inputShape: 5 as never }), 'Flatten: inputShape must list whole numbers >= 0, or null where unknown; received 5'],
  [() => new Flatten({ inputShape: [2, -1] }), 'Flatten: inputShape must list whole numbers >= 0, or null where unknown; received [2,-1]'],
  [() => new BatchNormalization({ axis: 1.5 }), 'BatchNormalization: axis must be a whole number; received 1.5'],
  [() => new BatchNormalization({ center: 1 as never }), 'BatchNormalization: center must be true or false; received 1'],
  [() => new BatchNormalization({ scale: null as never }), 'BatchNormalization: scale must be true or false; received null'],
  [
    () => {
      new Flatten({ name: 'flat' }).trainable = 1 as never;
    },
    'Flatten "flat": trainable must be true or false; received 1',
  ],
])('what no layer can be is refused when it is made: %#', (f, message) => {
  expect(f).toThrow(message);
});

describe('layers whose fields lead back', () => {
  class Child extends Layer {
    parent: Layer | undefined;
    readonly dense = new Dense({ units: 1, kernelRegularizer: new regularizers.L2({ l2: 1 }) });
    override call(x: Tensor): Tensor {
      return this.dense.apply(x);
    }
  }
  class Parent extends Layer {
    readonly child = new Child();
    readonly again = this.child;
    constructor() {
      super();
      this.child.parent = this;
    }
    override call(x: Tensor): Tensor {
      return this.child.apply(x);
    }
  }

  it('have each variable, freeze, and pay for each weight once', () => {
    const parent = new Parent();
    parent.apply(ones([1, 2]));
    expect(parent.variables.map(({ shape }) => shape)).toEqual([[2, 1], [1]]);
    expect(parent.child.variables).toHaveLength(2);
    expect(parent.losses).toHaveLength(1);
    parent.trainable = false;
    expect([parent.trainableVariables, parent.child.dense.trainable]).toEqual([[], false]);
    parent.child.trainable = true;
    expect(parent.child.trainableVariables).toHaveLength(2);
  });
});

describe('Dense', () => {
  it('computes activation(x kernel + bias)', () => {
    const options = { units: 2, kernelInitializer: 'ones', biasInitializer: 'ones' };
    expect(
      new Dense({ ...options, activation: 'relu' })
        .apply(
          tensor([
            [-4, 1],
            [1, 2],
          ]),
        )
        .arraySync(),
    ).toEqual([
      [0, 0],
      [4, 4],
    ]);
    expect(new Dense({ ...options, activation: (x) => mul(x, 2) }).apply(tensor([[1, 2]])).arraySync()).toEqual([[8, 8]]);
    expect(new Dense(options).apply(ones([2, 3, 4])).shape).toEqual([2, 3, 2]);
  });
});

describe('other layers', () => {
  it('Activation', () => {
    expect(new Activation({ activation: 'relu' }).apply(tensor([-1, 2])).arraySync()).toEqual([0, 2]);
    expect(() => new Activation({} as never)).toThrow('Activation: activation must be a name or a function; received undefined');
  });

  it('Dropout drops in training only, and keeps the mean', () => {
    const layer = new Dropout({ rate: 0.25 });
    const x = ones([10000]);
    expect(layer.apply(x).dataSync()).toEqual(x.dataSync());
    const y = [...layer.apply(x, { training: true }).dataSync()];
    expect(new Set(y.map((value) => value.toFixed(4)))).toEqual(new Set(['0.0000', '1.3333']));
    expect(y.reduce((a, b) => a + b) / y.length).toBeCloseTo(1, 1);
    expect(() => new Dropout({ rate: 1 })).toThrow('Dropout: rate must be a number from 0 up to but not including 1; received 1');
  });

  it('Flatten and Reshape', () => {
    expect(new Flatten().apply(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new Flatten().apply(zeros([2])).shape).toEqual([2, 1]);
    expect(() => new Flatten({ name: 'f' }).apply(scalar(1))).toThrow('Flatten "f": needs at least the batch axis; received []');
    expect(new Reshape({ targetShape: [3, -1] }).apply(zeros([2, 6])).shape).toEqual([2, 3, 2]);
    expect(() => new Reshape({ targetShape: [4], name: 'r' }).apply(zeros([2, 6]))).toThrow(
      'Reshape "r": cannot make [4] out of each input of [2,6]',
    );
    expect(() => new Reshape({ targetShape: [-1, -1] })).toThrow(
      'Reshape: targetShape must list whole numbers, at most one of them -1; received [-1,-1]',
    );
  });

  it('Input', () => {
    expect(new Input({ shape: [3] }).inputShape).toEqual([3]);
    expect(() => new Input({ shape: [0.5] })).toThrow('Input: shape must list whole numbers >= 0, or null where unknown; received [0.5]');
  });
});
