/** Drawn models: ops between layers, several inputs and outputs, shared layers, models in models, and what cannot be drawn. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

const ones = { kernelInitializer: 'ones' } as const;

/** What a model of one input of `shape` gives, where `draw` lies between input and output, for batches of 1 and 5. */
function shapesFor(shape: (number | null)[], draw: (x: tf.Tensor) => tf.Tensor, sizes = [1, 5]): tf.Shape[] {
  const x = tf.input({ shape });
  const model = new tf.Model({ inputs: x, outputs: draw(x) });
  return sizes.map((size) => model.apply(tf.ones([size, ...shape.map((d) => d ?? size + 2)])).shape);
}

describe('ops between layers', () => {
  it('are part of the model: methods, functions, constants, several inputs', () => {
    const a = tf.input({ shape: [2] });
    const b = tf.input({ shape: [2] });
    const joined = tf.concat([a.mul(tf.tensor([1, 10])), b.square()], 1);
    const y = new tf.layers.Dense({ units: 1, ...ones }).apply(joined).add(a.sum(1, true)).sub(1);
    const model = new tf.Model({ inputs: [a, b], outputs: y });
    expect(model.apply([tf.tensor([[1, 2]]), tf.tensor([[3, 4]])]).arraySync()).toEqual([[48]]);
    expect(model.outputShape).toEqual([null, 1]);
    expect(model.layers.length).toBe(1);
  });

  it('have gradients', () => {
    const x = tf.input({ shape: [3] });
    const hidden = new tf.layers.Dense({ units: 3, ...ones }).apply(x);
    const model = new tf.Model({ inputs: x, outputs: tf.relu(hidden).add(x).sum(1) });
    const value = tf.tensor([[1, 2, 3]]);
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(value);
      return model.apply(value);
    });
    const [dx, kernel] = tape.gradient(y, [value, model.trainableVariables[0]]);
    expect(dx?.arraySync()).toEqual([[4, 4, 4]]);
    expect(kernel?.arraySync()).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ]);
  });

  it('read variables anew in each run, and the model trains them', async () => {
    const scale = new tf.Variable(tf.scalar(1), { name: 'scale' });
    const x = tf.input({ shape: [1] });
    const model = new tf.Model({ inputs: x, outputs: x.mul(scale).add(0) });
    expect(model.trainableVariables).toEqual([scale]);
    scale.assign(tf.scalar(3));
    expect(model.apply(tf.tensor([[2]])).arraySync()).toEqual([[6]]);
    model.compile({ optimizer: new tf.optimizers.SGD({ learningRate: 0.1 }), loss: 'mse' });
    await model.fit(tf.ones([8, 1]), tf.ones([8, 1]), { epochs: 30, verbose: 0 });
    expect(scale.item()).toBeCloseTo(1, 2);
  });

  it('fit any size of batch, where their arguments were found out from one', () => {
    const any = [
      [1, 6],
      [5, 6],
    ];
    expect(shapesFor([2, 3], (x) => x.reshape([-1, 6]))).toEqual(any);
    expect(shapesFor([2, 3], (x) => x.reshape([x.shape[0], 6]))).toEqual(any);
    expect(shapesFor([2, 3], (x) => x.transpose([1, 0, 2]).reshape([2, -1]))).toEqual([
      [2, 3],
      [2, 15],
    ]);
    expect(shapesFor([4], (x) => x.expandDims(0).squeeze(0).expandDims(2))).toEqual([
      [1, 4, 1],
      [5, 4, 1],
    ]);
    expect(shapesFor([4], (x) => x.tile([2, 3]))).toEqual([
      [2, 12],
      [10, 12],
    ]);
    expect(shapesFor([4], (x) => x.slice([0, 1], [-1, 2]))).toEqual([
      [1, 2],
      [5, 2],
    ]);
    expect(shapesFor([4], (x) => tf.stack(x.unstack(1).reverse(), 1))).toEqual([
      [1, 4],
      [5, 4],
    ]);
    expect(shapesFor([1], (x) => tf.broadcastTo(x, [x.shape[0], 7]))).toEqual([
      [1, 7],
      [5, 7],
    ]);
    // An unknown number of steps, of which the last is taken, and merged with the batch.
    expect(shapesFor([null, 3], (x) => x.slice([0, x.shape[1] - 1, 0], [-1, 1, -1]).reshape([-1, 3]))).toEqual([
      [1, 3],
      [5, 3],
    ]);
    expect(shapesFor([null, 3], (x) => x.reshape([-1, 3]))).toEqual([
      [3, 3],
      [35, 3],
    ]);
  });

  it('are refused where they hold the size of the batch', () => {
    const x = tf.input({ shape: [3] });
    const hint = 'fits one size of the batch only, which a drawn model does not know; let a layer do it in its call; received';
    expect(() => x.add(tf.onesLike(x))).toThrow(`add: ${hint} [null,3] and [31,3]`);
    expect(() => x.reshape([3, 31])).toThrow(`reshape: ${hint} [null,3]`);
    expect(() => x.dataSync()).toThrow('tensor: it has a shape but no values, because it stands for an input that is not there yet');
    const own = tf.customGrad((a: tf.Tensor) => ({ value: a.square(), gradFunc: (dy) => dy }));
    expect(() => own(x)).toThrow('customGrad: a drawn model cannot hold it; let a layer do it in its call');
  });

  it('of a layer see the real size in its call', () => {
    class Noise extends tf.layers.Layer {
      override call(x: tf.Tensor): tf.Tensor {
        return x.add(tf.onesLike(x)).reshape([x.shape[0], 3]);
      }
    }
    expect(shapesFor([3], (x) => new Noise().apply(x))).toEqual([
      [1, 3],
      [5, 3],
    ]);
  });
});

describe('structures', () => {
  it('several outputs train with a loss each', async () => {
    const x = tf.input({ shape: [2] });
    const shared = new tf.layers.Dense({ units: 4, activation: 'relu' }).apply(x);
    const outputs = [new tf.layers.Dense({ units: 1 }).apply(shared), new tf.layers.Dense({ units: 3 }).apply(shared)];
    const model = new tf.Model({ inputs: x, outputs });
    model.compile({ optimizer: 'adam', loss: ['mse', new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true })] });
    const [rows, labels] = [tf.ones([6, 2]), [tf.ones([6, 1]), tf.zeros([6])]];
    const { history } = await model.fit(rows, labels, { epochs: 20, verbose: 0 });
    expect(history.loss[19]).toBeLessThan(history.loss[0]);
    const [first, second] = await model.predict(rows);
    expect([first.shape, second.shape]).toEqual([
      [6, 1],
      [6, 3],
    ]);
  });

  it('inputs in a record go by name, in any order', async () => {
    const inputs = { a: tf.input({ shape: [1] }), b: tf.input({ shape: [1] }) };
    const model = new tf.Model({ inputs, outputs: inputs.a.sub(inputs.b), name: 'named' });
    const [three, one] = [tf.tensor([[3]]), tf.tensor([[1]])];
    expect(model.apply({ b: one, a: three }).arraySync()).toEqual([[2]]);
    expect((await model.predict({ b: one, a: three })).arraySync()).toEqual([[2]]);
    expect(() => model.apply({ a: one } as never)).toThrow('Model "named": the input "b" is missing; received a');
    expect(() => model.apply({ a: one, b: one, bb: one } as never)).toThrow('Model "named": unknown input "bb"; did you mean "b"?');
    expect(() => model.apply(one as never)).toThrow('Model "named": needs a record of a, b; received ');
  });

  it('shared layers and models in models have their weights once', () => {
    const tower = (() => {
      const x = tf.input({ shape: [2] });
      return new tf.Model({ inputs: x, outputs: new tf.layers.Dense({ units: 2, ...ones }).apply(x).mul(2) });
    })();
    const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const model = new tf.Model({ inputs: [a, b], outputs: tower.apply(a).sub(tower.apply(b)) });
    expect(model.trainableVariables.length).toBe(2);
    expect(model.apply([tf.tensor([[1, 2]]), tf.tensor([[0, 1]])]).arraySync()).toEqual([[4, 4]]);
    const lines: string[] = [];
    model.summary({ printFn: (line) => lines.push(line) });
    expect(lines.join('\n')).toContain('[null, 2]');
  });

  it('a model can end in the middle of another', () => {
    const x = tf.input({ shape: [2] });
    const hidden = new tf.layers.Dense({ units: 3, ...ones }).apply(x);
    const whole = new tf.Model({ inputs: x, outputs: new tf.layers.Dense({ units: 1, ...ones }).apply(hidden) });
    const half = new tf.Model({ inputs: x, outputs: hidden });
    const rest = new tf.Model({ inputs: hidden, outputs: whole.layers[1].apply(hidden) });
    const row = tf.tensor([[1, 2]]);
    expect(half.apply(row).arraySync()).toEqual([[3, 3, 3]]);
    expect(rest.apply(half.apply(row)).arraySync()).toEqual(whole.apply(row).arraySync());
  });

  it('inputs are held against the drawing: dtypes are converted, shapes refused', () => {
    const x = tf.input({ shape: [2] });
    const model = new tf.Model({ inputs: x, outputs: x.mul(0.5), name: 'half' });
    expect(model.apply(tf.tensor([[1, 2]], undefined, 'int32')).arraySync()).toEqual([[0.5, 1]]);
    expect(() => model.apply(tf.ones([3, 4]))).toThrow('Model "half": expected an input of [null,2], as it was drawn; received [3,4]');
    expect(() => model.apply(tf.ones([2]))).toThrow('Model "half": expected an input of [null,2], as it was drawn; received [2]');
    expect(() => new tf.Model({ inputs: [x, x], outputs: x })).toThrow('Model: an input is given twice; received 2 inputs');
    expect(() => new tf.Model({ inputs: [], outputs: x } as never)).toThrow('Model: there must be at least one tensor among inputs');
    class Ragged extends tf.layers.Layer {
      override call(x: tf.Tensor): tf.Tensor {
        return x.shape[0] === 31 ? x : x.expandDims(0);
      }
    }
    expect(() => new Ragged({ name: 'r' }).apply(x)).toThrow(
      'Ragged "r": its output has 2 axes for one size of the batch and 3 for another',
    );
  });
});
