/** Complex tensors: values by formulas of their parts, gradients in TensorFlow's convention, traced functions, and what is refused. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';

/** A complex tensor of doubles from parts along the last axis. */
const z = (values: tf.NestedArray): tf.Tensor => tf.viewAsComplex(double(values));
const a = z([
  [1, 2],
  [-0.5, 0.25],
  [3, -1],
]);
const b = z([
  [0.5, -1],
  [2, 1.5],
  [-1, 0.75],
]);

type Pair = readonly [number, number];
const parts = (x: tf.Tensor): Pair[] => x.arraySync() as [number, number][];
const close = (got: tf.Tensor, wanted: readonly Pair[]): void => {
  expect(parts(got).map(([re, im]) => [re, im])).toEqual(wanted.map((pair) => pair.map((value) => expect.closeTo(value, 12))));
};
const product = ([p, q]: Pair, [r, s]: Pair): Pair => [p * r - q * s, p * s + q * r];
const quotient = (x: Pair, [r, s]: Pair): Pair => {
  const [re, im] = product(x, [r, -s]);
  return [re / (r * r + s * s), im / (r * r + s * s)];
};

describe('matrices', () => {
  const p = z([
    [
      [1, 2],
      [-0.5, 0.25],
      [3, -1],
    ],
    [
      [0.5, -1],
      [2, 1.5],
      [-1, 0.75],
    ],
  ]);
  const q = z([
    [
      [2, 0.5],
      [1, -1],
    ],
    [
      [0.3, 1],
      [-2, 0],
    ],
    [
      [1, 1],
      [0.5, -0.25],
    ],
  ]);
  /** The product by its definition. */
  const wanted = [0, 1].map((i) =>
    [0, 1].map((j) =>
      [0, 1, 2].reduce<Pair>(
        ([re, im], k) => {
          const [a, b] = product(parts(p)[i][k] as never, parts(q)[k][j] as never);
          return [re + a, im + b];
        },
        [0, 0],
      ),
    ),
  );

  it('have products, transposed ones and those of einsum, dot and matvec too', () => {
    const turn = (x: tf.Tensor): tf.Tensor => tf.transpose(x);
    const near = (x: tf.Tensor, scale = 1e-14): void => {
      const error = tf.sub(tf.viewAsReal(x), double(wanted as never));
      expect(tf.max(tf.abs(error)).item()).toBeLessThan(scale * 10);
    };
    near(tf.matMul(p, q));
    near(tf.matMul(turn(p), q, true));
    near(tf.matMul(p, turn(q), false, true));
    near(tf.einsum('ij,jk->ik', p, q));
    near(tf.dot(p, q));
    near(tf.tensordot(p, q, 1));
    near(tf.function((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y))(p, q));
    near(
      tf.stack([tf.linalg.matvec(p, q.slice([0, 0], [3, 1]).reshape([3])), tf.linalg.matvec(p, q.slice([0, 1], [3, 1]).reshape([3]))], 1),
    );
    const single = tf.matMul(tf.cast(p, 'complex64'), q.cast('complex64'));
    expect(single.dtype).toBe('complex64');
    expect(tf.matMul(tf.cast(p, 'complex64'), tf.ones([3, 1])).shape).toEqual([2, 1]);
    expect(tf.linalg.adjoint(p).arraySync()).toEqual(tf.conj(turn(p)).arraySync());
    expect(tf.abs(tf.vdot(p, p)).item()).toBeCloseTo(tf.sum(tf.square(tf.viewAsReal(p))).item(), 12);
  });

  it('have products with gradients', () => {
    const join = (x: tf.Tensor): tf.Tensor => tf.viewAsComplex(x);
    checkTwice((x, y) => tf.square(tf.viewAsReal(tf.matMul(join(x), join(y)))), [tf.viewAsReal(p), tf.viewAsReal(q)], 1e-5);
    checkTwice((x, y) => tf.square(tf.abs(tf.einsum('ij,jk->ik', join(x), join(y)))), [tf.viewAsReal(p), tf.viewAsReal(q)], 1e-5);
  });
});

describe('values', () => {
  it('are made, taken apart and shown', () => {
    const x = tf.complex([[1, 2]], [[0.5, -1]]);
    expect([x.dtype, x.shape, x.size]).toEqual(['complex64', [1, 2], 2]);
    expect(x.arraySync()).toEqual([
      [
        [1, 0.5],
        [2, -1],
      ],
    ]);
    expect(x.dataSync()).toEqual(new Float32Array([1, 0.5, 2, -1]));
    expect(String(x)).toBe('Tensor([[1+0.5i,   2-1i]], shape=[1,2], dtype=complex64)');
    expect([tf.real(x).arraySync(), tf.imag(x).arraySync()]).toEqual([[[1, 2]], [[0.5, -1]]]);
    expect(tf.conj(x).arraySync()).toEqual([
      [
        [1, -0.5],
        [2, 1],
      ],
    ]);
    expect(tf.complex(double([1]), [2]).dtype).toBe('complex128');
    expect(tf.complex(tf.tensor([1], [1], 'int32'), 3).arraySync()).toEqual([[1, 3]]);
    expect(tf.abs(tf.complex(3, 4)).item()).toBe(5);
    expect(tf.angle(tf.complex([0, -1], [2, 0])).arraySync()).toEqual([Math.PI / 2, Math.PI].map(Math.fround));
    expect([tf.real([1]), tf.imag([1]), tf.conj([1]), tf.angle([-1])].map((y) => y.item())).toEqual([1, 0, 1, Math.fround(Math.PI)]);
    expect(tf.abs(tf.polar([2, 3], double([0.5, 1]))).arraySync()).toEqual([expect.closeTo(2, 12), expect.closeTo(3, 12)]);
    expect(tf.angle(tf.polar(2, double([0.5]))).arraySync()).toEqual([expect.closeTo(0.5, 12)]);
    expect(tf.cast([2], 'complex64').arraySync()).toEqual([[2, 0]]);
    expect(tf.cast(x, 'complex128').arraySync()).toEqual(x.arraySync());
    expect(tf.fill([1], 2, 'complex64').arraySync()).toEqual([[2, 0]]);
    expect(tf.zerosLike(x).arraySync()).toEqual([
      [
        [0, 0],
        [0, 0],
      ],
    ]);
    expect(tf.onesLike(x).arraySync()).toEqual([
      [
        [1, 0],
        [1, 0],
      ],
    ]);
  });

  it('of arithmetic', () => {
    const [p, q] = [parts(a), parts(b)];
    close(
      tf.add(a, b),
      p.map(([re, im], i) => [re + q[i][0], im + q[i][1]]),
    );
    close(
      tf.sub(a, b),
      p.map(([re, im], i) => [re - q[i][0], im - q[i][1]]),
    );
    close(
      tf.neg(a),
      p.map(([re, im]) => [-re, -im]),
    );
    close(
      tf.mul(a, b),
      p.map((x, i) => product(x, q[i])),
    );
    close(
      tf.div(a, b),
      p.map((x, i) => quotient(x, q[i])),
    );
    close(
      tf.square(a),
      p.map((x) => product(x, x)),
    );
    close(
      tf.exp(a),
      p.map(([re, im]) => [Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im)]),
    );
    close(
      tf.mul(a, 2),
      p.map(([re, im]) => [2 * re, 2 * im]),
    );
    close(
      tf.sub(0.5, a),
      p.map(([re, im]) => [0.5 - re, -im]),
    );
    close(
      tf.add(a, double([1, 2, 3])),
      p.map(([re, im], i) => [re + i + 1, im]),
    );
    close(tf.reshape(tf.sum(a), [1]), [[3.5, 1.25]]);
    close(tf.mean(tf.stack([a, a]), 0), p);
    expect(tf.add(tf.complex([1], [1]), double([1])).dtype).toBe('complex128');
    expect(tf.mul(tf.complex([[1], [2]], 0), tf.complex([0, 0], [1, 2])).arraySync()).toEqual([
      [
        [0, 1],
        [0, 2],
      ],
      [
        [0, 2],
        [0, 4],
      ],
    ]);
  });

  it('are compared and chosen as a whole', () => {
    const [x, y] = [tf.complex([1, 1, 2], [2, 3, 2]), tf.complex([1, 1, 1], [2, 2, 2])];
    expect(tf.equal(x, y).arraySync()).toEqual([1, 0, 0]);
    expect(tf.notEqual(x, y).arraySync()).toEqual([0, 1, 1]);
    expect(tf.where([true, false, true], x, 0).arraySync()).toEqual([
      [1, 2],
      [0, 0],
      [2, 2],
    ]);
    expect(tf.where([[true], [false]], tf.complex(1, 2), y).arraySync()).toEqual([
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      y.arraySync(),
    ]);
  });

  it('are moved as a whole', () => {
    const x = tf.viewAsComplex(tf.reshape(tf.tensor(Array.from({ length: 12 }, (_, i) => i)), [2, 3, 2]));
    const moved = (y: tf.Tensor) => [tf.real(y).arraySync(), tf.imag(y).arraySync()];
    const same = (f: (x: tf.Tensor) => tf.Tensor) => expect(moved(f(x))).toEqual([f(tf.real(x)), f(tf.imag(x))].map((y) => y.arraySync()));
    same((y) => tf.reshape(y, [3, 2]));
    same((y) => tf.transpose(y));
    same((y) => tf.concat([y, y], 1));
    same((y) => tf.stack([y, y], -1));
    same((y) => tf.slice(y, [0, 1], [2, 2]));
    same((y) => tf.split(y, 3, 1)[1]);
    same((y) =>
      tf.pad(y, [
        [1, 0],
        [0, 2],
      ]),
    );
    same((y) => tf.tile(y, [2, 1]));
    same((y) => tf.reverse(y, 1));
    same((y) => tf.gather(y, [2, 0], 1));
    same((y) => tf.broadcastTo(y, [2, 2, 3]));
    same((y) => tf.expandDims(y, 1));
    same((y) => tf.stopGradient(y));
  });

  it('lie in variables, and in memory that parts share', () => {
    const v = new tf.Variable(tf.complex([1], [2]));
    v.assign(tf.mul(v, v));
    expect(v.arraySync()).toEqual([[-3, 4]]);
    expect(tf.abs(v).arraySync()).toEqual([5]);
  });
});

describe('gradients', () => {
  const both = (f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor) => (p: tf.Tensor, q: tf.Tensor) =>
    tf.viewAsReal(f(tf.viewAsComplex(p), tf.viewAsComplex(q)));

  it.each<[string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor]>([
    ['add', (x, y) => tf.add(x, tf.square(y))],
    ['mul', tf.mul],
    ['div', tf.div],
    ['exp', (x, y) => tf.exp(tf.sub(x, tf.conj(y)))],
    ['abs and angle', (x, y) => tf.complex(tf.abs(x), tf.angle(y))],
  ])('of %s, to second order', (_name, f) => {
    checkTwice(both(f), [tf.viewAsReal(a), tf.viewAsReal(b)], 1e-5);
  });

  it('are those of both parts, so that of a product is conjugate', () => {
    const [da, db] = tf.grads((x, y) => tf.real(tf.sum(tf.mul(x, y))))([a, b]);
    expect(da.dtype).toBe('complex128');
    close(da, parts(tf.conj(b)));
    close(db, parts(tf.conj(a)));
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(a);
      return tf.add(tf.mul(a, a), a);
    });
    close(tape.gradient(y, a) as tf.Tensor, parts(tf.conj(tf.add(tf.mul(a, 2), 1))));
  });
});

it('runs in traced functions, with results, inputs and variables', () => {
  const v = new tf.Variable(tf.complex([1, 1, 1], [0, 0, 1]));
  const f = (x: tf.Tensor, y: tf.Tensor) => {
    const product = tf.mul(x, tf.conj(y));
    v.assign(tf.add(v, product));
    return [product, tf.viewAsComplex(tf.viewAsReal(x)), tf.abs(v), x];
  };
  const [p, q] = [tf.cast(a, 'complex64'), tf.cast(b, 'complex64')];
  const eager = f(p, q).map((x) => x.arraySync());
  const after = v.arraySync();
  v.assign(tf.complex([1, 1, 1], [0, 0, 1]));
  const traced = tf.function(f);
  expect(traced(p, q).map((x) => x.arraySync())).toEqual(eager);
  expect(v.arraySync()).toEqual(after);
  v.assign(tf.complex([1, 1, 1], [0, 0, 1]));
  expect(traced(p, q).map((x) => x.dtype)).toEqual(['complex64', 'complex64', 'float32', 'complex64']);
  expect(v.arraySync()).toEqual(after);
});

it('goes through datasets and models as rows', async () => {
  const x = tf.complex(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [
      [0.5, 0],
      [0, -1],
      [2, 2],
    ],
  );
  const rows = x.arraySync() as tf.NestedArray[];
  const got: tf.NestedArray[] = [];
  for await (const batch of tf.data.Dataset.fromTensorSlices(x).shuffle(3, { seed: 1 }).batch(2)) {
    got.push(...(batch.arraySync() as tf.NestedArray[]));
  }
  expect(got.map((row) => JSON.stringify(row)).sort()).toEqual(rows.map((row) => JSON.stringify(row)).sort());
  const model = new Spectrometer();
  expect((await model.predict(x, { batchSize: 2 })).arraySync()).toEqual(tf.mul(x, 2).arraySync());
});

/** Gives complex numbers back, times 2. */
class Spectrometer extends tf.Model {
  override call(x: tf.Tensor): tf.Tensor {
    return tf.mul(x, 2);
  }
}

describe('refuse', () => {
  const x = tf.complex([1], [2]);

  it.each([
    ['tanh: does not take complex64; take its tf.real, tf.imag, tf.abs or tf.angle', () => tf.tanh(x)],
    ['minimum: does not take complex128; take its tf.real, tf.imag, tf.abs or tf.angle', () => tf.minimum(z([[[1, 2]]]), z([[[1, 2]]]))],
    ['max: does not take complex64; take its tf.real, tf.imag, tf.abs or tf.angle', () => tf.max(x)],
    ['cast: does not take complex64; take its tf.real, tf.imag, tf.abs or tf.angle', () => tf.cast(x, 'float32')],
    ['inv: does not take complex64; take its tf.real, tf.imag, tf.abs or tf.angle', () => tf.linalg.inv(tf.reshape(x, [1, 1]))],
    ['less: does not take complex64; take its tf.real, tf.imag, tf.abs or tf.angle', () => tf.less(x, 1)],
    ['tensor: makes no complex64 tensors; tf.complex, tf.viewAsComplex, tf.cast and tf.fill do', () => tf.tensor([1], [1], 'complex64')],
    ['item: a complex number is a pair; take its tf.real and tf.imag', () => x.item()],
    ['viewAsReal: needs a complex tensor; received float32', () => tf.viewAsReal([1])],
    ['viewAsComplex: needs a floating tensor; received int32', () => tf.viewAsComplex(tf.tensor([1, 2], [2], 'int32'))],
    ['complex: takes real parts; received complex64', () => tf.complex(x, 1)],
    ['pad: fills complex tensors with 0 only; received 3', () => tf.pad(x, [[1, 1]], 3)],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ArgumentError(message));
  });

  it('another size than 2, and parts that do not broadcast', () => {
    expect(() => tf.viewAsComplex([1, 2, 3])).toThrow(
      new tf.ShapeError('viewAsComplex: needs a last axis of size 2, the parts; received shape [3]'),
    );
    expect(() => tf.complex([1, 2], [1, 2, 3])).toThrow(tf.ShapeError);
  });
});
