/** Models: lists, drawings and subclasses; building, shapes, the summary. */
import { describe, expect, it } from 'vitest';
import '../../lib/backend/backend.ts';
import type { Tensor } from '../../lib/core/tensor.ts';
import { Variable } from '../../lib/core/variable.ts';
import { Dense, Dropout, Flatten, Input, Layer } from '../../lib/layers/index.ts';
import { input } from '../../lib/layers/input.ts';
import type { Batch } from '../../lib/models/batches.ts';
import { Model } from '../../lib/models/model.ts';
import { Sequential } from '../../lib/models/sequential.ts';
import { add } from '../../lib/ops/arithmetic.ts';
import { ones, scalar, tensor, zeros } from '../../lib/ops/creation.ts';

class Sum extends Layer<Tensor[]> {
  override call(xs: Tensor[]): Tensor {
    return xs.reduce((a, b) => add(a, b));
  }
}

describe('Sequential', () => {
  it('builds for a shape, and names variables by layer', () => {
    const network = new Sequential([new Dense({ units: 64, name: 'dense' }), new Dense({ units: 1, name: 'dense_1' })]);
    network.build([null, 9]);
    expect(network.trainableVariables.map(({ name, shape }) => `${name} [${shape.join(', ')}]`)).toEqual([
      'dense/kernel:0 [9, 64]',
      'dense/bias:0 [64]',
      'dense_1/kernel:0 [64, 1]',
      'dense_1/bias:0 [1]',
    ]);
    expect(network.outputShape).toEqual([null, 1]);
    expect(network.apply(zeros([5, 9])).shape).toEqual([5, 1]);
    expect(network.call(zeros([5, 9]), { training: false }).shape).toEqual([5, 1]);
  });

  it('builds at once where it knows the input', () => {
    expect(new Sequential([new Input({ shape: [3] }), new Dense({ units: 2 })]).countParams()).toBe(8);
    const network = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
    network.add(new Dense({ units: 5 }));
    expect(network.countParams()).toBe(23);
  });

  it('refuses what is no layer', () => {
    expect(() => new Sequential([3 as never], { name: 's' })).toThrow('Sequential "s": needs layers; received 3');
    expect(() => new Sequential(3 as never)).toThrow('Sequential: needs a list of layers; received 3');
    const inner = new Sequential([], { name: 'inner' });
    expect(() => inner.add(inner)).toThrow('Sequential "inner": it cannot be a layer of itself');
    const outer = new Sequential([inner]);
    expect(() => inner.add(outer)).toThrow('Sequential "inner": it cannot be a layer of itself');
  });

  it('prints a table', () => {
    const network = new Sequential(
      [new Flatten({ name: 'flatten' }), new Dropout({ rate: 0.5, name: 'dropout' }), new Dense({ units: 10, name: 'dense' })],
      {
        name: 'digits',
      },
    );
    expect(() => network.summary()).toThrow('summary: Sequential "digits" is not built; call build([null, ...]) or apply it first');
    network.build([null, 28, 28]);
    const lines: string[] = [];
    network.summary({ printFn: (line) => lines.push(line) });
    expect(lines).toEqual([
      'Model: "digits"',
      '┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓',
      '┃ Layer (type)      ┃ Output Shape ┃ Param # ┃',
      '┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩',
      '│ flatten (Flatten) │ [null, 784]  │       0 │',
      '├───────────────────┼──────────────┼─────────┤',
      '│ dropout (Dropout) │ [null, 784]  │       0 │',
      '├───────────────────┼──────────────┼─────────┤',
      '│ dense (Dense)     │ [null, 10]   │   7,850 │',
      '└───────────────────┴──────────────┴─────────┘',
      ' Total params: 7,850 (30.66 KB)',
      ' Trainable params: 7,850 (30.66 KB)',
      ' Non-trainable params: 0 (0.00 B)',
    ]);
  });
});

describe('a drawn model', () => {
  it('runs the layers between inputs and outputs, shared ones too', () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const shared = new Dense({ units: 1, kernelInitializer: 'ones' });
    const model = new Model({ inputs: [a, b], outputs: new Sum().apply([shared.apply(a), shared.apply(b)]) });
    expect(model.apply([tensor([[1, 2]]), tensor([[3, 4]])]).arraySync()).toEqual([[10]]);
    expect(model.trainableVariables.length).toBe(2);
    expect(model.layers.length).toBe(2);
    expect(shared.outputShape).toEqual([null, 1]);
  });

  it('holds models as layers, and layers that give back their input', () => {
    const x = input({ shape: [2, 2] });
    const inner = new Sequential([new Flatten(), new Dropout({ rate: 0.5 })]);
    const model = new Model({ inputs: x, outputs: new Dropout({ rate: 0.5 }).apply(inner.apply(x)) });
    expect(model.apply(ones([1, 2, 2])).arraySync()).toEqual([[1, 1, 1, 1]]);
  });

  it('refuses what was not drawn', () => {
    const x = input({ shape: [2] });
    const y = new Flatten().apply(x);
    expect(() => new Model({ inputs: zeros([1]), outputs: y })).toThrow(
      'Model: inputs must be tensors of tf.input, or of layers applied to such',
    );
    expect(() => new Model({ inputs: input({ shape: [2] }), outputs: y })).toThrow(
      'Model: an output depends on a tensor that is not among the inputs',
    );
    expect(() => new Model({ inputs: [x], outputs: y }).apply([zeros([1, 2]), zeros([1, 2])])).toThrow(
      'needs as many inputs as it was drawn with: 1; received 2',
    );
    expect(() => new Model({ name: 'm' }).apply(zeros([1]))).toThrow('Model "m": it has neither inputs and outputs nor a call of its own');
  });
});

describe('a model of one’s own', () => {
  class Net extends Model {
    readonly first = new Dense({ units: 3, activation: 'relu' });
    readonly last = new Dense({ units: 1 });
    readonly steps = new Variable(scalar(0), { name: 'steps', trainable: false });
    traces = 0;

    override call(x: Tensor): Tensor {
      return this.last.apply(this.first.apply(x));
    }

    override trainStep(batch: Batch): ReturnType<Model['trainStep']> {
      this.traces++;
      return { ...super.trainStep(batch), steps: this.steps.assignAdd(1).value };
    }
  }

  it('finds its layers, and trains by its own step', async () => {
    const net = new Net();
    net.compile({ optimizer: 'adam', loss: 'mse' });
    const { history } = await net.fit(ones([64, 2]), ones([64, 1]), { epochs: 2, verbose: 0 });
    expect(net.trainableVariables.length).toBe(4);
    expect(history.steps).toEqual([2, 4]);
    // What is traced runs without JavaScript; what runs eagerly does not.
    expect(net.traces).toBe(1);
    net.compile({ optimizer: 'adam', loss: 'mse', runEagerly: true });
    await net.fit(ones([64, 2]), ones([64, 1]), { verbose: 0 });
    expect(net.traces).toBe(3);
  });
});
