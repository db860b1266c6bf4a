/** Reductions: values, errors, and gradients of the first and second order against central differences. */
import { GradientTape, ShapeError, type Tensor, tensor } from 'gradtape';
import { describe, expect, it } from 'vitest';
import { all, any, argMax, argMin, max, mean, min, sum, variance } from '../../lib/ops/reduce.ts';
import { checkGradients } from '../support/gradients.ts';

const x = tensor([3, -1, 2, 0.5, 4, -2, 1, 7, 2.5, -3, 6, 5], [2, 3, 2], 'float64');

describe('values', () => {
  it('reduces one, several or all axes, and keeps them if asked to', () => {
    expect(max(x, 1).arraySync()).toEqual([
      [4, 0.5],
      [6, 7],
    ]);
    expect(min(x, [0, 2]).arraySync()).toEqual([-1, -3, -2]);
    expect(mean(x).item()).toBeCloseTo(25 / 12, 14);
    expect(mean(x, -1, true).arraySync()).toEqual([
      [[1], [1.25], [1]],
      [[4], [-0.25], [5.5]],
    ]);
    expect(sum(x, [1, 2]).arraySync()).toEqual([6.5, 18.5]);
    expect(variance([1, 2, 3, 6]).item()).toBe(3.5);
  });

  it('finds positions, the first of equals', () => {
    expect(argMax(x, 1).arraySync()).toEqual([
      [2, 1],
      [2, 0],
    ]);
    expect(argMin(x, -1).dtype).toBe('int32');
    expect(argMin(x, -1).arraySync()).toEqual([
      [1, 1, 1],
      [0, 1, 1],
    ]);
    expect(argMax([2, 5, 5]).item()).toBe(1);
    expect(argMin([5, 2, 2]).item()).toBe(1);
  });

  it('lets NaN win', () => {
    expect(max([1, Number.NaN, 3]).item()).toBeNaN();
    expect(min([Number.NaN, 1]).item()).toBeNaN();
    expect(argMax([1, Number.NaN, 3, Number.NaN]).item()).toBe(1);
    expect(argMin([Number.NaN, -3]).item()).toBe(0);
  });

  it('tells truths apart, of nothing too', () => {
    expect(
      any(
        [
          [0, 2],
          [0, 0],
        ],
        1,
      ).arraySync(),
    ).toEqual([1, 0]);
    expect(
      all(
        [
          [0, 2],
          [1, 3],
        ],
        1,
      ).arraySync(),
    ).toEqual([0, 1]);
    expect(any(tensor([], [0])).item()).toBe(0);
    expect(all(tensor([], [0])).item()).toBe(1);
    expect(all([1, 2]).dtype).toBe('bool');
  });

  it('keeps integers where it can', () => {
    const counts = tensor([3, 1, 2], [3], 'int32');
    expect(max(counts).dtype).toBe('int32');
    expect(mean(counts)).toMatchObject({ dtype: 'float32' });
    expect(mean(counts).item()).toBe(2);
    expect(mean(tensor([], [0])).item()).toBeNaN();
    expect(max([-Infinity, -Infinity]).item()).toBe(-Infinity);
  });
});

describe('gradients', () => {
  const square = (y: Tensor): Tensor => y.mul(y);
  it.each<[string, (x: Tensor) => Tensor]>([
    ['sum', (v) => square(sum(v, [0, 2]))],
    ['mean', (v) => square(mean(v, 1, true))],
    ['max', (v) => square(max(v, [1]))],
    ['max of all', (v) => square(max(v))],
    ['min', (v) => square(min(v, [0, 2], true))],
    ['variance', (v) => square(variance(v, 1))],
  ])('%s', (_, f) => checkGradients(f, [x]));

  it('shares among equals', () => {
    const tied = tensor([1, 4, 4, 2]);
    const tape = new GradientTape();
    const y = tape.record(() => {
      tape.watch(tied);
      return max(tied);
    });
    expect(tape.gradient(y, tied)?.arraySync()).toEqual([0, 0.5, 0.5, 0]);
  });
});

describe('errors', () => {
  it('names the op, the trouble and the values', () => {
    const empty = tensor([], [2, 0]);
    expect(() => max(empty, 1)).toThrow(new ShapeError('max: an axis of size 0 has no element to pick; shape [2,0]'));
    expect(() => argMin(empty, 1)).toThrow('argMin: an axis of size 0 has no element to pick; shape [2,0]');
    expect(max(empty, 0).shape).toEqual([0]);
    expect(() => mean(x, 3)).toThrow('mean: axis must be a whole number from -3 to 2 for rank 3; received 3');
    expect(() => min(x, [1, -2])).toThrow('min: an axis is named twice; received [1,-2]');
  });
});
