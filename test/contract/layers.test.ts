/** Section 3 of the contract: layers, Sequential, summary, layers of one's own, drawn and subclassed models. */
import * as tf from 'gradtape';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';

describe('the network of the contract', () => {
  it('is built, printed and called, with variables named as in the seed', async () => {
    // Names count from the first layer of a thread.
    vi.resetModules();
    const tf = await import('gradtape');
    const network = new tf.Sequential([
      new tf.layers.Dense({ units: 64, activation: 'relu' }),
      new tf.layers.Dense({ units: 64, activation: 'relu' }),
      new tf.layers.Dense({ units: 1 }),
    ]);
    network.build([null, 9]);
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => {
      lines.push(line);
    });
    network.summary();
    log.mockRestore();
    expect(lines[0]).toBe('Model: "sequential"');
    expect(lines).toContain(' Total params: 4,865 (19.00 KB)');
    const named: string[] = [];
    for (const p of network.trainableVariables) named.push(`${p.name} [${p.shape.join(', ')}]`);
    expect(named).toEqual([
      'dense/kernel:0 [9, 64]',
      'dense/bias:0 [64]',
      'dense_1/kernel:0 [64, 64]',
      'dense_1/bias:0 [64]',
      'dense_2/kernel:0 [64, 1]',
      'dense_2/bias:0 [1]',
    ]);
    const x = tf.ones([5, 9]);
    expect(network.call(x, { training: false }).shape).toEqual([5, 1]);
    expect(network.apply(x).arraySync()).toEqual(network.call(x, { training: false }).arraySync());
  });

  it('is built by its first use', () => {
    const network = new tf.Sequential([new tf.layers.Dense({ units: 2 })]);
    expect(network.built).toBe(false);
    expect(network.apply(tf.ones([3, 4])).shape).toEqual([3, 2]);
    expect(network.countParams()).toBe(10);
  });
});

class Linear extends tf.layers.Layer {
  readonly units: number;
  kernel!: tf.Variable;
  constructor(units: number) {
    super();
    this.units = units;
  }
  override build([, inputs]: tf.Shape) {
    this.kernel = this.addWeight('kernel', [inputs, this.units]);
  }
  override call(x: tf.Tensor) {
    return tf.relu(x.matMul(this.kernel));
  }
}

describe('a layer of one’s own', () => {
  it('has its weights found in its fields', () => {
    const layer = new Linear(3);
    expectTypeOf(layer.apply).returns.toEqualTypeOf<tf.Tensor>();
    expect(layer.apply(tf.ones([2, 4])).shape).toEqual([2, 3]);
    expect(layer.trainableVariables).toEqual([layer.kernel]);
    expect(layer.kernel.name).toBe(`${layer.name}/kernel:0`);
  });

  it('needs no declared fields in plain JavaScript', () => {
    const body = `return class Linear extends tf.layers.Layer {
      constructor(units) { super(); this.units = units; }
      build([, inputs]) { this.kernel = this.addWeight('kernel', [inputs, this.units]); }
      call(x) { return tf.relu(x.matMul(this.kernel)); }
    }`;
    const Plain = new Function('tf', body)(tf) as typeof Linear;
    const network = new tf.Sequential([new Plain(3), new Plain(1)]);
    network.build([null, 4]);
    expect(network.trainableVariables.map(({ shape }) => shape)).toEqual([
      [4, 3],
      [3, 1],
    ]);
  });
});

describe('models', () => {
  it('are drawn from an input', () => {
    const x = tf.input({ shape: [28, 28, 1] });
    const flat = new tf.layers.Flatten().apply(x);
    const y = new tf.layers.Dense({ units: 10 }).apply(flat);
    const model = new tf.Model({ inputs: x, outputs: y });
    expect(model.apply(tf.zeros([2, 28, 28, 1])).shape).toEqual([2, 10]);
    expect(model.countParams()).toBe(7850);
  });

  it('are subclassed, with steps open to override', async () => {
    const steps: string[] = [];
    class Net extends tf.Model {
      readonly hidden = new tf.layers.Dense({ units: 4, activation: 'relu' });
      readonly dropout = new tf.layers.Dropout({ rate: 0.5 });
      readonly last = new tf.layers.Dense({ units: 1 });

      override call(x: tf.Tensor, { training }: tf.layers.CallOptions = {}): tf.Tensor {
        return this.last.apply(this.dropout.apply(this.hidden.apply(x), { training }));
      }
      override trainStep(batch: tf.Batch): tf.Logs {
        steps.push('train');
        return super.trainStep(batch);
      }
      override testStep(batch: tf.Batch): tf.Logs {
        steps.push('test');
        return super.testStep(batch);
      }
      override predictStep(batch: tf.Batch): tf.Tensor {
        steps.push('predict');
        return super.predictStep(batch);
      }
    }
    const net = new Net();
    net.compile({ optimizer: 'adam', loss: 'mse' });
    const [x, y] = [tf.ones([4, 2]), tf.ones([4, 1])];
    await net.fit(x, y, { verbose: 0 });
    await net.evaluate(x, y);
    await net.predict(x);
    expect(steps).toEqual(['train', 'test', 'predict']);
    expect(net.trainableVariables.length).toBe(4);
  });
});
