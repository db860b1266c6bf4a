/** Sections 2 and 7 of the contract: tensors, variables, the backend, threads and seeds. */
import * as tf from 'gradtape';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

const first = tf.backend();

afterEach(() => {
  tf.setBackend(first.name);
  vi.restoreAllMocks();
});

describe('tensors', () => {
  const a = tf.tensor([
    [1, 2],
    [3, 4],
  ]);

  it('know their shape, dtype, rank and size, and give their values', async () => {
    expect([a.shape, a.dtype, a.rank, a.size]).toEqual([[2, 2], 'float32', 2, 4]);
    expect(await a.data()).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(a.dataSync()).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await a.array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(a.arraySync()).toEqual(await a.array());
    expect(tf.scalar(7).item()).toBe(7);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    a.print();
    expect(log).toHaveBeenCalledWith(String(a));
    expect(String(a)).toBe('Tensor([[1, 2],\n        [3, 4]], shape=[2,2], dtype=float32)');
  });

  it('are made of nested arrays, or of any typed array and a shape', () => {
    expect(tf.tensor(new Int32Array([1, 2, 3, 4]), [2, 2]).dtype).toBe('int32');
    expect(tf.tensor(new Float64Array([1, 2]), [2, 1]).dtype).toBe('float64');
    expect(tf.tensor(new Uint8Array([1, 2])).dtype).toBe('uint8');
    expect(tf.tensor([true, false]).dtype).toBe('bool');
    for (const dtype of ['float32', 'float64', 'int32', 'uint8', 'bool'] as const) expect(tf.zeros([2], dtype).dtype).toBe(dtype);
  });

  it('have every op as a method, typed from the same list', () => {
    expectTypeOf(a.matMul).parameter(0).toEqualTypeOf<tf.TensorLike>();
    expectTypeOf(a.matMul(a)).toEqualTypeOf<tf.Tensor>();
    expect(a.matMul(a).arraySync()).toEqual(tf.matMul(a, a).arraySync());
    expect(a.add(1).sum().item()).toBe(14);
  });

  it('can be given back early', () => {
    const kept = tf.tidy(() => {
      using gone = a.add(1);
      return gone.mul(2);
    });
    expect(kept.arraySync()).toEqual([
      [4, 6],
      [8, 10],
    ]);
    kept.dispose();
    expect(() => kept.dataSync()).toThrow('tensor: it was disposed and has no values');
  });
});

describe('variables', () => {
  it('are assigned to', () => {
    const a = tf.tensor([
      [1, 2],
      [3, 4],
    ]);
    const v = new tf.Variable(tf.zeros([2, 2]), { name: 'v', trainable: true });
    v.assign(a);
    v.assignAdd(a);
    v.assignSub(a);
    expect(v.arraySync()).toEqual(a.arraySync());
    expect([v.name, v.trainable, v.shape]).toEqual(['v', true, [2, 2]]);
    expect(v.matMul(a).arraySync()).toEqual(a.matMul(a).arraySync());
  });
});

describe('the backend', () => {
  it('says what computes, and why', () => {
    if (first.name === 'native') expect(first).toEqual({ name: 'native', isa: expect.any(String), threads: expect.any(Number) });
    else expect(first).toEqual({ name: 'typescript', reason: 'chosen by GRADTAPE_BACKEND' });
    tf.setBackend('typescript');
    expect(tf.backend()).toEqual({ name: 'typescript', reason: 'chosen by setBackend' });
    expect(() => tf.setBackend('typescrip' as never)).toThrow('setBackend: unknown backend "typescrip"; did you mean "typescript"?');
  });

  it('uses as many threads as it is told to', () => {
    const before = tf.getNumThreads();
    tf.setNumThreads(1);
    expect(tf.getNumThreads()).toBe(1);
    tf.setNumThreads(before);
    expect(() => tf.setNumThreads(0)).toThrow('setNumThreads: needs a whole number >= 1; received 0');
  });

  it('draws everything from one seed', async () => {
    const run = async () => {
      tf.setSeed(42);
      const weights = new tf.Sequential([new tf.layers.Dense({ units: 3 })]);
      weights.build([null, 2]);
      const order = await tf.data.Dataset.fromTensorSlices(tf.tensor([1, 2, 3, 4, 5]))
        .shuffle(5)
        .batch(5)
        .toArray();
      const dropped = new tf.layers.Dropout({ rate: 0.5 }).apply(tf.ones([8]), { training: true });
      return [weights.variables[0].dataSync(), order[0].dataSync(), dropped.dataSync()];
    };
    expect(await run()).toEqual(await run());
  });
});
