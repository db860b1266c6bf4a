/** Jacobians, Hessians times vectors, recomputed gradients, and custom gradients of variables. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

const wrong = (value: unknown) => value as never;
const numbers = (x: tf.Tensor | null) => x?.arraySync() ?? null;
const w = tf.tensor(
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [2, 3],
  'float64',
);

/** The Jacobian of `f` at `x` by central differences, each row one element of the result. */
function differences(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): number[][] {
  const values = Array.from(x.dataSync());
  const at = (i: number, by: number) => Array.from(f(tf.tensor(values.with(i, values[i] + by), x.shape, 'float64')).dataSync());
  const columns = values.map((_, i) => at(i, 1e-5).map((above, row) => (above - at(i, -1e-5)[row]) / 2e-5));
  return columns[0].map((_, row) => columns.map((column) => column[row]));
}

function jacobianOf(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  const tape = new tf.GradientTape();
  const y = tape.record(() => {
    tape.watch(x);
    return f(x);
  });
  return tape.jacobian(y, x) as tf.Tensor;
}

describe('jacobian', () => {
  const x = tf.tensor([0.5, -1, 2], [3], 'float64');
  const f = (x: tf.Tensor) =>
    tf
      .matMul(w, x.reshape([3, 1]))
      .mul(x.sin().sum())
      .reshape([2]);

  it('is what differences give, of shape target by source', () => {
    const found = jacobianOf(f, x);
    expect(found.shape).toEqual([2, 3]);
    differences(f, x).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(Math.abs((found.arraySync() as number[][])[i][j] - value)).toBeLessThan(1e-8);
      });
    });
    expect(jacobianOf((x) => x.reshape([3, 1]).mul(x), x).shape).toEqual([3, 3, 3]);
    expect(numbers(jacobianOf((x) => x.square(), tf.scalar(3)))).toBe(6);
  });

  it('has the structure of the sources, with variables, null or zeros', () => {
    const v = new tf.Variable(tf.tensor([1, 2]));
    const none = new tf.Variable(tf.tensor([[7]]));
    const tape = new tf.GradientTape({ persistent: true });
    const y = tape.record(() => v.mul([[3], [4]]));
    const { a, rest } = tape.jacobian(y, { a: v, rest: [none] });
    expect([a?.shape, rest[0]]).toEqual([[2, 2, 2], null]);
    expect(numbers(a)).toEqual([
      [
        [3, 0],
        [0, 3],
      ],
      [
        [4, 0],
        [0, 4],
      ],
    ]);
    expect(tape.jacobian(y, none, { unconnectedGradients: 'zero' })?.shape).toEqual([2, 2, 1, 1]);
    expect(tape.jacobian(tf.scalar(1, 'int32'), v)).toBeNull();
    expect(tape.jacobian(v, v)?.arraySync()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('of a gradient is the Hessian, and can be differentiated again', () => {
    const cube = (x: tf.Tensor) => x.pow(3).sum();
    const hessian = (x: tf.Tensor) => jacobianOf((x) => tf.grad(cube)(x), x);
    expect(numbers(hessian(tf.tensor([1, 2], [2], 'float64')))).toEqual([
      [6, 0],
      [0, 12],
    ]);
    expect(numbers(tf.grad((x) => hessian(x).sum())([1, 2]))).toEqual([6, 6]);
  });

  it('of nothing, or by nothing, is empty', () => {
    expect(jacobianOf((x) => x.mul(2), tf.zeros([0])).shape).toEqual([0, 0]);
    expect(jacobianOf((x) => x.sum().mul([1, 2]), tf.zeros([0, 3])).shape).toEqual([2, 0, 3]);
  });

  it('is the same on a persistent tape that still records, and in a traced function', () => {
    const tape = new tf.GradientTape({ persistent: true }).start();
    tape.watch(x);
    const inside = tape.jacobian(f(x), x);
    tape.stop();
    expect(numbers(inside)).toEqual(numbers(jacobianOf(f, x)));
    const traced = tf.function((x: tf.Tensor) => jacobianOf(f, x));
    traced(x);
    expect(numbers(traced(x))).toEqual(numbers(jacobianOf(f, x)));
  });
});

describe('batchJacobian', () => {
  const rows = tf.tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [1, 0, 1],
    ],
    [4, 3],
    'float64',
  );
  const f = (x: tf.Tensor) => tf.matMul(x.square(), w, false, true).reshape([-1, 2, 1]);
  const of = (x: tf.Tensor, g: (x: tf.Tensor) => tf.Tensor, options?: tf.JacobianOptions) => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return g(x);
    });
    return tape.batchJacobian(y, x, options);
  };

  it('is the diagonal of the Jacobian', () => {
    const found = of(rows, f);
    expect(found?.shape).toEqual([4, 2, 1, 3]);
    const all = jacobianOf(f, rows).arraySync() as number[][][][][];
    expect(numbers(found)).toEqual(all.map((row, i) => row.map((column) => column.map((source) => source[i]))));
  });

  it('may be empty, null or zero', () => {
    expect(of(tf.zeros([0, 3], 'float64'), f)?.shape).toEqual([0, 2, 1, 3]);
    expect(of(rows, () => tf.ones([4, 2]))).toBeNull();
    expect(of(rows, () => tf.ones([4, 2]), { unconnectedGradients: 'zero' })?.shape).toEqual([4, 2, 3]);
  });
});

describe('hvp', () => {
  it('is the Hessian times the vector', () => {
    const f = (x: tf.Tensor) => x.pow(3).sum().mul(x.sin().sum());
    const x = tf.tensor([0.3, 1.1, -0.7], [3], 'float64');
    const v = tf.tensor([1, -2, 0.5], [3], 'float64');
    const hessian = jacobianOf((x) => tf.grad(f)(x), x);
    const wanted = tf.matMul(hessian, v.reshape([3, 1])).dataSync();
    tf.hvp(f, x, v)
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 10);
      });
    expect(numbers(tf.hvp((x) => x.mul(2), [1, 2], [1, 1]))).toEqual([0, 0]);
    expect(
      tf
        .grad((x) => tf.hvp((x) => x.pow(4), x, 1))(tf.scalar(2, 'float64'))
        .item(),
    ).toBeCloseTo(48, 8);
  });

  it('refuses vectors that do not fit', () => {
    expect(() => tf.hvp(wrong(1), 1, 1)).toThrow('hvp: expected a function; received 1');
    expect(() => tf.hvp((x) => x, [1, 2], 1)).toThrow('hvp: the vector has shape []; x has [2]');
    expect(() => tf.hvp((x) => x, 1, tf.scalar(1, 'float64'))).toThrow('hvp: the vector is float64; x is float32');
  });
});

describe('customGrad with variables', () => {
  const v = new tf.Variable(tf.scalar(4), { name: 'v' });
  const product = (gradients: (dy: tf.Tensor, x: tf.Tensor, variables: tf.Variable[]) => tf.CustomGradients) =>
    tf.customGrad((x: tf.Tensor) => ({ value: x.square().mul(v), gradFunc: (dy, _saved, variables) => gradients(dy, x, variables) }));
  const both = (f: (x: tf.Tensor) => tf.Tensor) => {
    const x = tf.scalar(3);
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return f(x);
    });
    return tape.gradient(y, [x, v]).map(numbers);
  };

  it('gives the gradients that gradFunc names for them', () => {
    const seen: string[] = [];
    const f = product((dy, x, variables) => {
      seen.push(...variables.map(({ name }) => name));
      return [[dy.mul(x)], [dy.mul(100)]];
    });
    expect(both((x) => f(x))).toEqual([3, 100]);
    expect(seen).toEqual(['v']);
    expect(both((x) => f(x).add(v))).toEqual([3, 101]);
  });

  it('needs none where none is asked for, and says so where one is', () => {
    const f = product((dy) => dy);
    expect(
      tf
        .grad((x) => f(x))(3)
        .item(),
    ).toBe(1);
    expect(() => both((x) => f(x))).toThrow(
      'customGrad: the function reads the variable "v", so gradFunc must return [gradients of inputs, gradients of variables]',
    );
    expect(() => both((x) => product((dy) => [[dy], []])(x))).toThrow('customGrad: gradFunc gave 0 gradients for 1 variables');
    expect(() => both((x) => product((dy) => [[dy], [tf.tensor([1])]])(x))).toThrow(
      'customGrad: gradFunc gave shape [1] for variable 0 of shape []',
    );
  });
});

describe('recomputeGrad', () => {
  const slopes = (f: (x: tf.Tensor) => tf.Tensor, sources: tf.Variable[] = []) => {
    const x = tf.tensor([0.5, 2], [2], 'float64');
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return f(x);
    });
    return [y, ...tape.gradient(y, [x, ...sources])].map(numbers);
  };

  it('gives the values and gradients of the function, also of variables, and calls it once more', () => {
    const v = new tf.Variable(tf.tensor([3, 4], [2], 'float64'));
    let calls = 0;
    const f = (x: tf.Tensor) => {
      calls++;
      return x.mul(v).sin().mul(v);
    };
    const plain = slopes(f, [v]);
    calls = 0;
    const block = tf.recomputeGrad(f);
    expect(slopes((x) => block(x), [v])).toEqual(plain);
    expect(calls).toBe(2);
    expect(tf.grad((x) => block(x))(tf.tensor([1, 2], [2], 'float64')).dtype).toBe('float64');
  });

  it('is right in higher orders', () => {
    const block = tf.recomputeGrad((x: tf.Tensor) => x.pow(4));
    const third = tf.grad(tf.grad(tf.grad((x) => block(x))));
    expect(third(tf.scalar(2, 'float64')).item()).toBeCloseTo(48, 8);
    const v = new tf.Variable(tf.scalar(3, 'float64'));
    const cube = tf.recomputeGrad((x: tf.Tensor) => x.mul(v).pow(3));
    const outer = new tf.GradientTape();
    const y = outer.record(() => tf.grad((x) => cube(x))(tf.scalar(2, 'float64')));
    // d/dv of 3 v^3 x^2
    expect(outer.gradient(y, v)?.item()).toBeCloseTo(9 * 9 * 4, 8);
  });

  it('keeps less: what happens inside is not on the tape', () => {
    const x = tf.tensor([0.5]);
    const tape = new tf.GradientTape();
    let inside: tf.Tensor | undefined;
    const block = tf.recomputeGrad((x: tf.Tensor) => {
      inside ??= x.exp();
      return inside.mul(1).mul(x.exp());
    });
    const y = tape.record(() => {
      tape.watch(x);
      return block(x);
    });
    inside?.dispose();
    expect(inside?.isDisposed).toBe(true);
    expect(y.item()).toBeCloseTo(Math.E, 5);
  });

  it('finds the variables as they were, and does not assign twice', () => {
    const v = new tf.Variable(tf.scalar(3, 'float64'));
    const count = new tf.Variable(tf.scalar(0, 'float64'), { trainable: false });
    const block = tf.recomputeGrad((x: tf.Tensor) => {
      const before = x.mul(count.add(1));
      count.assign(count.add(1));
      return before.add(count.mul(x).mul(10)).mul(v);
    });
    const x = tf.scalar(2, 'float64');
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      return block(x);
    });
    v.assign(tf.scalar(100, 'float64'));
    expect([y, ...tape.gradient(y, [x, v])].map(numbers)).toEqual([66, 33, 22]);
    expect(count.item()).toBe(1);
  });

  it('draws the same random numbers again, eager and traced', () => {
    const mask = tf.recomputeGrad((x: tf.Tensor) => x.mul(tf.randomUniform([2])).mul(tf.randomUniform([2])));
    const ratio = (x: tf.Tensor) => {
      const { value, grad } = tf.valueAndGrad((x) => mask(x).mul(1))(x);
      return value.sub(grad.mul(x)).abs().sum();
    };
    expect(ratio(tf.tensor([2, 4])).item()).toBeLessThan(1e-6);
    const traced = tf.function(ratio);
    for (let i = 0; i < 3; i++) expect(traced(tf.tensor([2, 4])).item()).toBeLessThan(1e-6);
  });

  it('nests, and computes again in a traced function too', () => {
    const inner = tf.recomputeGrad((x: tf.Tensor) => x.sin().exp());
    const outer = tf.recomputeGrad((x: tf.Tensor) => inner(inner(x)).mul(tf.randomUniform([])));
    tf.setSeed(3);
    const eager = slopes((x) => outer(x))[1];
    const traced = tf.function(() => tf.grad((x) => outer(x))(tf.tensor([0.5, 2], [2], 'float64')), { without: ['fold', 'fuse'] });
    traced();
    tf.setSeed(3);
    expect(numbers(traced())).toEqual(eager);
    // Each of the two is computed in the first pass, when the outer begins again, and when itself does.
    expect(String(traced.graph()).match(/sin\(/g)?.length).toBeGreaterThan(2);
  });

  it('keeps the structure of the result', () => {
    const block = tf.recomputeGrad((x: tf.Tensor, y: tf.Tensor) => ({ sum: x.add(y), rest: [x.mul(y)] }));
    const [a, b] = [tf.scalar(2), tf.scalar(5)];
    const tape = new tf.GradientTape({ persistent: true });
    const { sum, rest } = tape.record(() => {
      tape.watch([a, b]);
      return block(a, b);
    });
    expect(tape.gradient(rest, [a, b]).map(numbers)).toEqual([5, 2]);
    expect(tape.gradient([sum, rest[0]], [a, b]).map(numbers)).toEqual([6, 3]);
  });

  it('refuses what it cannot call', () => {
    expect(() => tf.recomputeGrad(wrong(1))).toThrow('recomputeGrad: expected a function; received 1');
    expect(() => tf.recomputeGrad(() => wrong(3))()).toThrow('recomputeGrad: the function must return tensors; received 3');
    expect(() => tf.recomputeGrad(wrong(async () => tf.scalar(1)))()).toThrow('recomputeGrad: needs a function that is not async');
  });
});
