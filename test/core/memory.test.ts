/** What tensors share, who may free it and when: dispose, tidy, variables, tapes and the free list. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { freeListBytes, trim } from '../../lib/core/memory.ts';
import { storageOf } from '../../lib/core/tensor.ts';

/** Ops that may leave their argument as it is. */
const idle: Record<string, (x: tf.Tensor | tf.Variable) => tf.Tensor> = {
  tensor: (x) => tf.tensor(x),
  'tensor with a shape': (x) => tf.tensor(x, [2]),
  cast: (x) => x.cast('float32'),
  reshape: (x) => x.reshape([2]),
  flatten: (x) => x.flatten(),
  squeeze: (x) => x.squeeze(),
  broadcastTo: (x) => x.broadcastTo([2]),
  transpose: (x) => x.transpose(),
  pad: (x) => x.pad([[0, 0]]),
  tile: (x) => x.tile([1]),
  slice: (x) => x.slice(0),
  split: (x) => x.split(1)[0],
  concat: (x) => tf.concat([x]),
  addN: (x) => tf.addN([x]),
  stopGradient: (x) => tf.stopGradient(x),
  sum: (x) => x.sum([]),
};

describe.each(Object.entries(idle))('what %s returns', (_name, f) => {
  it('is the own of its caller, though its argument stays as it is', () => {
    const x = tf.tensor([1, 2]);
    f(x).dispose();
    expect(x.arraySync()).toEqual([1, 2]);
    const y = f(x);
    x.dispose();
    expect(y.arraySync()).toEqual([1, 2]);
  });

  it('outlives the value of the variable that it was made of', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    const y = f(v);
    v.assign(tf.tensor([3, 4]));
    tf.tensor([5, 6]);
    expect(y.arraySync()).toEqual([1, 2]);
  });
});

/** Fills memory that was freed with something else. */
function overwrite(): void {
  for (let i = 0; i < 50; i++) tf.fill([2], 1e9);
}

describe('dispose', () => {
  it('may be repeated, and frees nothing twice', () => {
    trim();
    const x = tf.tensor([1, 2]);
    x.dispose();
    x.dispose();
    x[Symbol.dispose]();
    expect(freeListBytes()).toBe(64);
    const [a, b] = [tf.tensor([1, 2]), tf.tensor([3, 4])];
    expect([a.arraySync(), b.arraySync()]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('makes every use an error that says so', () => {
    const x = tf.tensor([1, 2]);
    x.dispose();
    expect(x.isDisposed).toBe(true);
    const text = 'tensor: it was disposed and has no values; shape [2]';
    for (const use of [() => x.dataSync(), () => x.arraySync(), () => x.add(1), () => x.reshape([1, 2]), () => new tf.Variable(x)]) {
      expect(use).toThrow(text);
    }
    expect(String(x)).toBe('Tensor(disposed, shape=[2], dtype=float32)');
  });

  it('leaves alone what views share, whoever goes first', () => {
    const x = tf.tensor([
      [1, 2],
      [3, 4],
    ]);
    const [row, flat] = [x.slice(1), x.flatten()];
    x.dispose();
    overwrite();
    expect(row.arraySync()).toEqual([[3, 4]]);
    row.dispose();
    overwrite();
    expect(flat.arraySync()).toEqual([1, 2, 3, 4]);
  });

  it('frees one gradient and not the other, nor a seed', () => {
    const [a, b, seed] = [tf.tensor([1, 2]), tf.tensor([3, 4]), tf.tensor([5, 6])];
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => {
      tape.watch([a, b]);
      return a.add(b);
    });
    const [da, db] = tape.gradient(y, [a, b]);
    da?.dispose();
    expect(db?.arraySync()).toEqual([1, 1]);
    tape.gradient(y, y, { outputGradients: seed })?.dispose();
    expect(seed.arraySync()).toEqual([5, 6]);
  });
});

describe('a variable', () => {
  it('keeps what it was given, and its value from being disposed', () => {
    const x = tf.tensor([1, 2]);
    const v = new tf.Variable(x);
    x.dispose();
    v.value.dispose();
    overwrite();
    expect(v.arraySync()).toEqual([1, 2]);
  });

  it('leaves a value that was taken out of it as it was', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    const before = v.value;
    new tf.optimizers.SGD({ learningRate: 1 }).applyGradients([[tf.tensor([1, 1]), v]]);
    overwrite();
    expect(before.arraySync()).toEqual([1, 2]);
    expect(v.arraySync()).toEqual([0, 1]);
  });

  it('may be assigned to itself, to a view of itself and in tidy', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    v.assign(v)
      .assign(v.value)
      .assign(v.reshape([2]))
      .assign(v.reshape([2, 1]).reshape([2]));
    tf.tidy(() => v.assign(v.mul(10)));
    overwrite();
    expect(v.arraySync()).toEqual([10, 20]);
  });

  it('stays as it was where a value is refused', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    const gone = tf.tensor([3, 4]);
    gone.dispose();
    expect(() => v.assign(gone)).toThrow('tensor: it was disposed');
    expect(v.arraySync()).toEqual([1, 2]);
  });

  it('gives its old memory back, so that training does not need more and more', () => {
    const v = new tf.Variable(tf.zeros([1000]));
    trim();
    for (let i = 0; i < 10; i++) tf.tidy(() => v.assignAdd(1));
    expect(freeListBytes()).toBeLessThan(5 * 4096);
    expect(v.slice(0, 1).item()).toBe(10);
  });
});

describe('tidy', () => {
  it('keeps what can be reached from the result, in any container', () => {
    const found = tf.tidy(() => {
      const loop: Record<string, unknown> = { deep: [{ tensor: tf.scalar(1) }] };
      loop.self = loop;
      return { loop, map: new Map([['a', tf.scalar(2)]]), set: new Set([tf.scalar(3)]), view: tf.tensor([4, 5]).reshape([2, 1]) };
    });
    overwrite();
    expect((found.loop.deep as { tensor: tf.Tensor }[])[0].tensor.item()).toBe(1);
    expect(found.map.get('a')?.item()).toBe(2);
    expect([...found.set][0].item()).toBe(3);
    expect(found.view.arraySync()).toEqual([[4], [5]]);
  });

  it('hands what it returns to the tidy around it, and spares what is kept', () => {
    const made: tf.Tensor[] = [];
    const y = tf.tidy(() => {
      const inner = tf.tidy(() => {
        made.push(tf.scalar(1), tf.keep(tf.scalar(2)));
        return tf.scalar(3);
      });
      made.push(inner);
      return inner.add(1);
    });
    expect(made.map((x) => x.isDisposed)).toEqual([true, false, true]);
    expect(y.item()).toBe(4);
  });

  it('ends with an error, too', () => {
    expect(() =>
      tf.tidy(() => {
        tf.scalar(1);
        throw new Error('inside');
      }),
    ).toThrow('inside');
    const after = tf.scalar(2);
    tf.tidy(() => tf.scalar(3));
    expect(after.isDisposed).toBe(false);
  });

  it('refuses async functions, and survives that they fail', async () => {
    const failing = async () => {
      await null;
      throw new Error('after the tidy');
    };
    const text = 'needs a function that is not async; received one that returns a Promise';
    expect(() => tf.tidy(failing)).toThrow(`tidy: ${text}`);
    expect(() => new tf.GradientTape().record(failing)).toThrow(`GradientTape: record ${text}`);
    // An unhandled rejection would fail the suite now.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('leaves a layer what its build made', () => {
    class Offset extends tf.layers.Layer {
      offset: tf.Tensor | undefined;
      override build(): void {
        this.offset = tf.tensor([1, 2]);
      }
      override call(x: tf.Tensor): tf.Tensor {
        return x.add(this.offset as tf.Tensor);
      }
    }
    const layer = new Offset();
    const x = tf.zeros([1, 2]);
    for (let i = 0; i < 2; i++) expect(tf.tidy(() => layer.apply(x)).arraySync()).toEqual([[1, 2]]);
  });

  it('leaves the input of a layer that changes nothing', () => {
    const x = tf.tensor([[1, 2]]);
    for (const layer of [new tf.layers.Dropout({ rate: 0.5 }), new tf.layers.Activation({ activation: 'linear' })]) {
      layer.apply(x).dispose();
      expect(x.arraySync()).toEqual([[1, 2]]);
    }
  });
});

describe('memory', () => {
  it('that cannot be had is an error', () => {
    for (const ask of [
      () => tf.zeros([1e6, 1e6]),
      () => tf.ones([1e6, 1]).add(tf.ones([1, 1e6])),
      () => tf.matMul(tf.ones([1e6, 1]), tf.ones([1, 1e6])),
      () => tf.broadcastTo(1, [1e6, 1e6]),
      () => tf.randomNormal([1e6, 1e6]),
    ]) {
      expect(ask).toThrow('memory: a block of 4000000000000 bytes cannot be allocated');
    }
  });

  it('that one small tensor keeps is little, whatever was made around it', () => {
    const kept = Array.from({ length: 20 }, () => {
      for (let i = 0; i < 200; i++) tf.fill([1024], i);
      return storageOf(tf.scalar(1)).slab.buffer;
    });
    const bytes = [...new Set(kept)].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    expect(bytes).toBeLessThan(2 ** 19);
  });

  it('stays right through a change of the backend', () => {
    const before = tf.backend().name;
    const x = tf.tensor([1, 2]);
    tf.setBackend('typescript');
    const y = x.add(tf.tensor([1, 1], undefined, 'float64'));
    if (before === 'native') tf.setBackend('native');
    expect(y.mul(x).arraySync()).toEqual([2, 6]);
  });
});
