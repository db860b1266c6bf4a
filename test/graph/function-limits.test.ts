/** What a traced function cannot hold is refused, and an error leaves everything as it was. */
import * as tf from 'gradtape';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { context } from '../../lib/core/op.ts';

afterEach(() => {
  expect(context.tracer).toBeUndefined();
  expect(context.listeners).toEqual([]);
  vi.restoreAllMocks();
});

describe('reading values while traced', () => {
  it('is an error that names the op and the line', async () => {
    const where = /it is the result of mul of "f", and is asked for at .*function-limits\.test\.ts:\d+:\d+; shape \[2\]/;
    const x = tf.tensor([1, 2]);
    for (const read of ['dataSync', 'arraySync'] as const) {
      const f = tf.function((x: tf.Tensor) => x.mul(2)[read](), { name: 'f' });
      expect(() => f(x)).toThrow(where);
    }
    const branching = tf.function((x: tf.Tensor) => (x.sum().item() > 0 ? x : x.neg()), { name: 'f' });
    expect(() => branching(x)).toThrow(/it is the result of sum of "f".*shape \[\]/);
    // A comparison asks for a number, too.
    const comparing = tf.function((x: tf.Tensor) => (Number(x.sum()) > 0 ? x : x.neg()), { name: 'f' });
    expect(() => comparing(x)).toThrow(/it is the result of sum of "f".*shape \[\]/);
    expect(Number(tf.scalar(3)) + Math.abs(Number(tf.scalar(-2)))).toBe(5);
    expect(`${tf.scalar(3)}`).toBe(tf.scalar(3).toString());
    let pending: Promise<unknown> | undefined;
    tf.function(
      (x: tf.Tensor) => {
        pending = x.mul(2).data();
        return x;
      },
      { name: 'f' },
    )(x);
    await expect(pending).rejects.toThrow(where);
    const late = tf.function(async (x: tf.Tensor) => x.data());
    expect(() => late(x)).toThrow('needs a function that is not async');
  });

  it('does not print values that are not there', () => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
    tf.function((x: tf.Tensor) => {
      x.print();
      return x;
    })(tf.zeros([2]));
    expect(printed).toHaveBeenCalledWith('Tensor(traced, shape=[2], dtype=float32)');
  });

  it('refuses a tensor that leaked from an earlier trace, eagerly and in another', () => {
    let leaked: tf.Tensor | undefined;
    const f = tf.function((x: tf.Tensor) => {
      leaked = x.mul(2);
      return leaked;
    });
    f(tf.scalar(3));
    const kept = leaked as tf.Tensor;
    expect(() => kept.add(1)).toThrow('it has no values while a function is traced, nor after that; it is the result of mul of');
    expect(() => tf.function((x: tf.Tensor) => x.add(kept), { name: 'g' })(tf.scalar(1))).toThrow(
      'function "g": it uses a tensor that was traced elsewhere; it is the result of mul of',
    );
  });
});

describe('an error in the middle of a trace', () => {
  it('leaves variables, the generator and the context as they were', () => {
    const v = new tf.Variable(tf.scalar(1), { name: 'v' });
    const { evaluator } = context;
    const f = tf.function((x: tf.Tensor) => {
      v.assign(x);
      tf.randomUniform([3]);
      new tf.GradientTape().record(() => {
        x.mul(v).dataSync();
      });
    });
    tf.setSeed(1);
    const wanted = tf.randomUniform([2]).arraySync();
    tf.setSeed(1);
    expect(() => f(tf.scalar(2))).toThrow('it has no values');
    expect(context.evaluator).toBe(evaluator);
    expect(v.item()).toBe(1);
    expect(tf.randomUniform([2]).arraySync()).toEqual(wanted);
    expect(() => f(tf.scalar(2))).toThrow('it has no values');
  });

  it('is what a Variable made inside is, and one that begins as an outer value is not', () => {
    const f = tf.function((x: tf.Tensor) => new tf.Variable(x.mul(2)).value);
    expect(() => f(tf.scalar(1))).toThrow('Variable: it cannot begin with what a traced function computes');
  });

  it('is what switching the backend is', () => {
    const f = tf.function((x: tf.Tensor) => {
      tf.setBackend('typescript');
      return x;
    });
    const { name } = tf.backend();
    expect(() => f(tf.scalar(1))).toThrow('setBackend: a function is being traced; switch before it is called; received "typescript"');
    expect(tf.backend().name).toBe(name);
    expect(tf.scalar(2).mul(2).item()).toBe(4);
  });
});

describe('an error at run time', () => {
  it('leaves all variables unchanged, wherever it happens', () => {
    const [a, b] = [1, 2].map((n) => new tf.Variable(tf.tensor([n, n, n]), { name: `v${n}` }));
    const f = tf.function((rows: tf.Tensor) => {
      a.assignAdd(tf.ones([3]));
      const picked = tf.gather(b.value, rows);
      b.assign(a.mul(picked));
      return picked;
    });
    expect(f(tf.tensor([0, 1, 2], [3], 'int32')).arraySync()).toEqual([2, 2, 2]);
    expect([a.arraySync(), b.arraySync()]).toEqual([
      [2, 2, 2],
      [4, 4, 4],
    ]);
    expect(() => f(tf.tensor([0, 3, 2], [3], 'int32'))).toThrow('gather: index 3 at position 1 is not from 0 to 2');
    expect([a.arraySync(), b.arraySync()]).toEqual([
      [2, 2, 2],
      [4, 4, 4],
    ]);
    expect(f(tf.tensor([0, 1, 2], [3], 'int32')).arraySync()).toEqual([4, 4, 4]);
    expect(() => f(tf.tensor([0, 1, 2], [3], 'int32').reshape([3, 1]))).toThrow();
  });

  it('is what an arena beyond all memory is, before anything changes', () => {
    const v = new tf.Variable(tf.scalar(1));
    const f = tf.function(
      (x: tf.Tensor) => {
        v.assignAdd(1);
        tf.randomUniform([1]);
        return x.add(tf.randomUniform([1 << 20, 1 << 20])).sum();
      },
      { name: 'huge' },
    );
    tf.setSeed(1);
    const wanted = tf.randomUniform([2]).arraySync();
    tf.setSeed(1);
    expect(() => f(tf.scalar(1))).toThrow('function "huge": its arena of 4398046511104 bytes cannot be allocated');
    expect(v.item()).toBe(1);
    expect(tf.randomUniform([2]).arraySync()).toEqual(wanted);
  });
});

describe('calls that look alike', () => {
  it('are told apart: records from lists, negative zero from zero, nested from flat', () => {
    const f = tf.function((given: unknown): tf.Tensor => {
      if (Array.isArray(given)) return (given[1] as tf.Tensor).mul(2);
      return (given as { a: tf.Tensor }).a;
    });
    expect(f({ a: tf.scalar(1) }).item()).toBe(1);
    expect(f(['a', tf.scalar(1)]).item()).toBe(2);
    const divided = tf.function((x: tf.Tensor, y: number) => x.div(y));
    expect([divided(tf.scalar(1), 0).item(), divided(tf.scalar(1), -0).item()]).toEqual([Infinity, -Infinity]);
  });

  it('share no result for attributes that JSON does not tell apart', () => {
    const f = (x: tf.Tensor) => [
      tf.clipByValue(x, Number.NEGATIVE_INFINITY, 0),
      tf.clipByValue(x, -0, Number.POSITIVE_INFINITY),
      tf.clipByValue(x, 0, Number.POSITIVE_INFINITY),
      tf.clipByValue(x, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY),
      tf.clipByValue(x, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    ];
    const x = tf.tensor([3, -4, -0]);
    expect(
      tf
        .function(f)(x)
        .map((y) => [...y.dataSync()]),
    ).toEqual(f(x).map((y) => [...y.dataSync()]));
  });

  it('warn once, with the reason, when there are many', () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const f = tf.function((x: tf.Tensor) => x.neg(), { name: 'f' });
    for (let n = 1; n <= 20; n++) expect(f(tf.ones([n])).shape).toEqual([n]);
    expect(warned.mock.calls).toEqual([
      [
        'gradtape: function "f" was traced 8 times; each trace costs more than many runs. The last time tensor 0 of the arguments is float32[8] where it was float32[7].',
      ],
    ]);
  });
});

describe('a traced function among others', () => {
  it('becomes ops of a model that is being drawn', () => {
    const f = tf.function((x: tf.Tensor) => x.mul(2));
    const x = tf.input({ shape: [2] });
    const model = new tf.Model({ inputs: x, outputs: f(x) });
    expect(model.apply(tf.tensor([[1, 2]])).arraySync()).toEqual([[2, 4]]);
  });

  it('can be looked at while another is traced', () => {
    const g = tf.function((x: tf.Tensor) => x.mul(2), { name: 'g' });
    let text = '';
    const f = tf.function((x: tf.Tensor) => {
      text = String(g.graph(tf.scalar(1)));
      return g(x).add(1);
    });
    expect(f(tf.scalar(1)).item()).toBe(3);
    expect(text).toMatch(/^g\(%0: float32\[\]\)\n {2}%1: float32\[\] = mul\(%0, float32 2\)/);
    expect(g(tf.scalar(4)).item()).toBe(8);
  });

  it('runs long chains of ops', () => {
    const f = tf.function((x: tf.Tensor) => {
      let y = x;
      for (let i = 0; i < 20000; i++) y = y.add(x);
      return y;
    });
    expect(f(tf.tensor([1, 2])).arraySync()).toEqual([20001, 40002]);
  });
});
