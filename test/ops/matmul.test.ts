/** Matrix products: values against a plain triple loop, gradients of the first and second order, errors. */
import { ShapeError, type Tensor, tensor } from 'gradtape';
import { describe, expect, it } from 'vitest';
import * as activations from '../../lib/ops/activations.ts';
import { add } from '../../lib/ops/arithmetic.ts';
import { type FusedActivation, fusedMatMul, matMul } from '../../lib/ops/matmul.ts';
import { checkGradients } from '../support/gradients.ts';

/** Values that differ from element to element. */
function wave(shape: readonly number[], phase = 0): Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  return tensor(
    Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
    'float64',
  );
}

/** One product by definition. */
function plain(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  k: number,
  n: number,
  transposeA: boolean,
  transposeB: boolean,
): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let total = 0;
    for (let q = 0; q < k; q++) total += a[transposeA ? q * m + i : i * k + q] * b[transposeB ? j * k + q : q * n + j];
    return total;
  });
}

const flags = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe('values', () => {
  it.each(flags)('agrees with the definition in any size; transposed %s and %s', (transposeA, transposeB) => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [3, 5, 7],
      [4, 8, 4],
      [17, 9, 33],
    ]) {
      const a = wave(transposeA ? [k, m] : [m, k]);
      const b = wave(transposeB ? [n, k] : [k, n], 0.3);
      const wanted = plain(a.dataSync(), b.dataSync(), m, k, n, transposeA, transposeB);
      const got = matMul(a, b, transposeA, transposeB);
      expect(got.shape).toEqual([m, n]);
      got.dataSync().forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 12);
      });
      const single = matMul(tensor(a.dataSync(), a.shape, 'float32'), tensor(b.dataSync(), b.shape, 'float32'), transposeA, transposeB);
      expect(single.dtype).toBe('float32');
      single.dataSync().forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 4);
      });
    }
  });

  it('broadcasts leading axes', () => {
    const a = wave([2, 1, 3, 4]);
    const b = wave([5, 4, 2], 1);
    const product = matMul(a, b);
    expect(product.shape).toEqual([2, 5, 3, 2]);
    const wanted = plain(a.dataSync().slice(12, 24), b.dataSync().slice(24, 32), 3, 4, 2, false, false);
    product
      .dataSync()
      .slice((5 + 3) * 6, (5 + 4) * 6)
      .forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 12);
      });
    expect(matMul(a, wave([4, 2])).shape).toEqual([2, 1, 3, 2]);
  });

  it('gives zeros for a sum of nothing, and nothing for no rows', () => {
    expect(matMul(tensor([], [2, 0]), tensor([], [0, 1])).arraySync()).toEqual([[0], [0]]);
    expect(matMul(tensor([], [0, 2]), [[1], [2]]).shape).toEqual([0, 1]);
  });

  it('multiplies integers exactly and wraps around', () => {
    const big = tensor([65537, 3, 2, 65535], [2, 2], 'int32');
    expect(matMul(big, big).dataSync()).toEqual(new Int32Array([Math.imul(65537, 65537) + 6, 393216, 262144, Math.imul(65535, 65535) + 6]));
    expect(matMul([[true, true]], [[true], [true]])).toMatchObject({ dtype: 'int32' });
    expect(matMul([[true, true]], [[true], [true]]).item()).toBe(2);
    expect(matMul(big, [[0.5], [1]]).dtype).toBe('float32');
  });

  it('lets NaN and infinity through', () => {
    expect(matMul([[0, 1]], [[Number.POSITIVE_INFINITY], [1]]).item()).toBeNaN();
    expect(matMul([[1, 1]], [[Number.POSITIVE_INFINITY], [1]]).item()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('gradients', () => {
  it.each(flags)('flow to both operands; transposed %s and %s', (transposeA, transposeB) => {
    const a = wave(transposeA ? [2, 3, 2] : [2, 2, 3]);
    const b = wave(transposeB ? [4, 3] : [3, 4], 2);
    checkGradients(
      (x, y) => {
        const product = matMul(x, y, transposeA, transposeB);
        return product.mul(product);
      },
      [a, b],
    );
  });
});

describe('errors', () => {
  it('names the op, the trouble and the shapes', () => {
    const a = wave([2, 3]);
    expect(() => matMul(a, wave([2, 3]))).toThrow(new ShapeError('matMul: inner sizes differ: 3 in a [2,3] and 2 in b [2,3]'));
    expect(() => matMul(a, wave([3, 2]), true)).toThrow('matMul: inner sizes differ: 2 in transposed a [2,3] and 3 in b [3,2]');
    expect(() => matMul(a, [1, 2, 3])).toThrow('matMul: a and b need 2 axes or more; received [2,3] and [3]');
    expect(() => matMul(wave([2, 2, 3]), wave([3, 3, 1]))).toThrow('matMul: shapes [2] and [3] do not broadcast; axis -1 is 2 and 3');
  });
});

describe('fusedMatMul', () => {
  const a = wave([2, 3, 4]);
  const b = wave([4, 5], 1);
  const bias = wave([5], 2);
  const { elu, gelu, leakyRelu, relu, relu6, selu, sigmoid, silu, softplus, tanh } = activations;
  const cases: [FusedActivation, (x: Tensor) => Tensor][] = [
    ['linear', (x) => x],
    ['relu', relu],
    ['sigmoid', sigmoid],
    ['tanh', tanh],
    ['elu', (x) => elu(x)],
    ['gelu', (x) => gelu(x)],
    ['silu', silu],
    ['relu6', relu6],
    ['softplus', softplus],
    ['leakyRelu', (x) => leakyRelu(x, 0.25)],
    ['selu', selu],
    ['geluTanh', (x) => gelu(x, true)],
  ];

  it.each(cases)('%s: the product, the sum and the activation in one', (activation, apart) => {
    const wanted = apart(add(matMul(a, b), bias)).dataSync();
    for (const [dtype, digits] of [
      ['float64', 12],
      ['float32', 5],
    ] as const) {
      const [x, y, z] = [a, b, bias].map((t) => tensor(t.dataSync(), t.shape, dtype));
      const got = fusedMatMul({ a: x, b: y, bias: z, activation, leakyReluAlpha: 0.25 });
      expect(got).toMatchObject({ dtype, shape: [2, 3, 5] });
      got.dataSync().forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], digits);
      });
    }
    checkGradients((x, y, z) => fusedMatMul({ a: x, b: y, bias: z, activation, leakyReluAlpha: 0.25 }), [a, b, bias]);
  });

  it('works transposed and without a bias', () => {
    const left = wave([4, 3]);
    const right = wave([5, 4]);
    expect(fusedMatMul({ a: left, b: right, transposeA: true, transposeB: true }).arraySync()).toEqual(
      matMul(left, right, true, true).arraySync(),
    );
    checkGradients((x, y) => fusedMatMul({ a: x, b: y, transposeA: true, transposeB: true, activation: 'tanh' }), [left, right]);
    expect(fusedMatMul({ a: tensor([2], [1, 1], 'int32'), b: tensor([3], [1, 1], 'int32') })).toMatchObject({ dtype: 'float32' });
  });

  it('refuses what does not fit', () => {
    expect(() => fusedMatMul({ a, b, bias: [1, 2] })).toThrow(new ShapeError('fusedMatMul: bias needs shape [5]; received [2]'));
    expect(() => fusedMatMul({ a, b: a })).toThrow('fusedMatMul: inner sizes differ: 4 in a [2,3,4] and 3 in b [2,3,4]');
    // @ts-expect-error: not an activation.
    expect(() => fusedMatMul({ a, b, activation: 'rely' })).toThrow('fusedMatMul: unknown activation "rely"; did you mean "relu"?');
    // @ts-expect-error: not an option.
    expect(() => fusedMatMul({ a, b, transposeC: true })).toThrow('fusedMatMul: unknown option "transposeC"; did you mean "transposeA"?');
  });
});
