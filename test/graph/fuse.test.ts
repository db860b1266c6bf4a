/** The pass that fuses elementwise ops: what it makes of programs, and that no bit changes. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

const native = tf.backend().name === 'native';

function bits(tensors: readonly tf.Tensor[]): string[] {
  return tensors.map((x) => {
    const data = x.dataSync();
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  });
}

/** How often an op stands in the program of a function. */
function countOf(op: string, f: { graph(): { toString(): string } }): number {
  // Behind the shape of its result: steps of fused ops have none.
  return String(f.graph()).split(`] = ${op}(`).length - 1;
}

/** The results with and without the pass must be the same; returns the function with it. */
function same(f: (...inputs: tf.Tensor[]) => tf.Tensor[], ...inputs: tf.Tensor[]) {
  const fused = tf.function(f);
  const plain = tf.function(f, { without: ['fuse'] });
  expect(bits(fused(...inputs))).toEqual(bits(plain(...inputs)));
  expect(countOf('fused', plain)).toBe(0);
  return fused;
}

const x = tf.randomNormal([64, 48]);
const y = tf.randomNormal([64, 48]);
const row = tf.randomNormal([48]);

describe.runIf(native)('fused', () => {
  it('a chain becomes one op', () => {
    const f = same((a, b) => [a.mul(b).add(1).tanh().sub(b).square()], x, y);
    expect(countOf('fused', f)).toBe(1);
    expect(countOf('tanh', f)).toBe(0);
  });

  it('rows and scalars broadcast into it', () => {
    const f = same((a, b) => [a.mul(b).add(b).sigmoid().mul(a.max()).add(2)], x, row);
    expect(countOf('fused', f)).toBe(1);
  });

  it('what others use becomes a result of its own', () => {
    const f = same(
      (a, b) => {
        const product = a.mul(b);
        return [product, product.add(a).exp().mul(0.5).sub(b), product.sum(0)];
      },
      x,
      y,
    );
    expect(countOf('fused', f)).toBe(1);
  });

  it('ends where an op that cannot be fused needs what it makes', () => {
    // The sum needs the square before what follows can be known.
    const f = same((a) => {
      const square = a.mul(2).add(1).exp().square();
      return [square.sub(square.sum()).mul(3).add(a).tanh()];
    }, x);
    expect(countOf('fused', f)).toBe(2);
  });

  it('truth values are made anew within each', () => {
    const f = same(
      (a, b) => {
        const above = a.greater(b);
        const first = tf.where(above, a, b).mul(2).add(1).tanh();
        const scaled = first.div(first.sum());
        return [tf.where(above, scaled, a).add(b).mul(3).square(), above.cast('int32').sum()];
      },
      x,
      y,
    );
    expect(countOf('fused', f)).toBe(2);
    expect(countOf('greater', f)).toBe(1);
  });

  it('few steps over little memory stay as they are', () => {
    const f = same((a, b) => [a.mul(b).add(1)], x, y);
    expect(countOf('fused', f)).toBe(0);
  });

  it('gradients fuse, too', () => {
    const f = same(
      (a, b) => {
        const tape = new tf.GradientTape();
        const loss = tape.record(() => {
          tape.watch([a, b]);
          return a.mul(b).add(b).gelu().sum();
        });
        return tape.gradient(loss, [a, b]) as tf.Tensor[];
      },
      x,
      row,
    );
    expect(countOf('fused', f)).toBeGreaterThan(0);
  });

  it('zero-sized tensors and other dtypes', () => {
    const empty = tf.zeros([0, 48]);
    same((a, b) => [a.mul(b).add(1).tanh().sub(b).square()], empty, row);
    const wide = x.cast('float64');
    const f = same((a) => [a.mul(2).add(1).tanh().sub(a).square()], wide);
    expect(countOf('fused', f)).toBe(0);
    const mixed = same((a) => [a.mul(2).add(1).cast('float32').tanh().mul(3).sub(1).square()], wide);
    expect(countOf('fused', mixed)).toBe(1);
  });

  it('a long chain is cut into parts that the kernel can hold', () => {
    const long = same(
      (a, b) => [Array.from({ length: 300 }).reduce<tf.Tensor>((sum, _, i) => (i % 2 === 0 ? sum.mul(0.5) : sum.add(b)), a)],
      x,
      y,
    );
    expect(countOf('fused', long)).toBeGreaterThan(3);
    expect(countOf('mul', long)).toBe(0);
    const many = Array.from({ length: 40 }, () => tf.randomNormal([64, 48]));
    const wide = same((...all) => [all.reduce((sum, each) => sum.mul(0.5).add(each))], ...many);
    expect(countOf('fused', wide)).toBe(3);
  });
});
