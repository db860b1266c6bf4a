/** Reductions made of other ops: values, and gradients of the first and second order, where elements are 0 too. */
import { type Tensor, tensor } from 'gradtape';
import { describe, expect, it } from 'vitest';
import { logSumExp, prod, std } from '../../lib/ops/statistics.ts';
import { checkGradients } from '../support/gradients.ts';

const x = tensor([3, -1, 2, 0.5, 4, -2, 1, 7, 2.5, -3], [2, 5], 'float64');

describe('values', () => {
  it('multiplies any number of elements', () => {
    expect(prod(x, 1).arraySync()).toEqual([-12, 105]);
    expect(prod(x, 0, true).arraySync()).toEqual([[-6, -1, 14, 1.25, -12]]);
    expect(prod(x).item()).toBe(-1260);
    for (const n of [1, 2, 3, 5, 6, 7])
      expect(prod(Array.from({ length: n }, (_, i) => i + 1)).item()).toBe([1, 1, 2, 6, 24, 120, 720, 5040][n]);
    expect(prod(tensor([], [0, 2]), 0).arraySync()).toEqual([1, 1]);
    expect(prod(tensor([65536, 65537], [2], 'int32')).item()).toBe(65536);
    expect(prod([true, true])).toMatchObject({ dtype: 'int32' });
  });

  it('sums exponentials without overflow', () => {
    expect(
      logSumExp(
        [
          [0, 0],
          [1000, 1000],
        ],
        1,
      ).dataSync()[1],
    ).toBeCloseTo(1000 + Math.LN2, 3);
    expect(logSumExp([-Infinity, -Infinity]).item()).toBe(-Infinity);
    expect(logSumExp([0, Infinity]).item()).toBe(Infinity);
    expect(logSumExp([0, Number.NaN]).item()).toBeNaN();
  });

  it('takes deviations', () => {
    expect(std([1, 1, 5, 5]).item()).toBe(2);
    expect(
      std(
        [
          [1, 3],
          [2, 2],
        ],
        1,
      ).arraySync(),
    ).toEqual([1, 0]);
  });
});

it.each<[string, (x: Tensor) => Tensor]>([
  ['prod', (v) => prod(v, 1)],
  ['prod of all but a 0', (v) => prod(v.mul(tensor([1, 0, 1, 1, 1], [5], 'float64')), 1)],
  ['logSumExp', (v) => logSumExp(v, 0)],
  ['std', (v) => std(v, 1, true)],
])('gradient of %s', (_, f) => checkGradients((v) => f(v.mul(0.5)), [x]));

it('names the op in its errors', () => {
  expect(() => prod(x, 2)).toThrow('prod: axis must be a whole number from -2 to 1 for rank 2; received 2');
  expect(() => logSumExp(x, [0, 0])).toThrow('logSumExp: an axis is named twice; received [0,0]');
});
