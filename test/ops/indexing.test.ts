/** Ops that move, join, pick and place elements: values, gradients of the first and second order, errors. */
import { ArgumentError, ShapeError, type Tensor, tensor } from 'gradtape';
import { describe, expect, it } from 'vitest';
import { gather, oneHot, unsortedSegmentSum } from '../../lib/ops/indexing.ts';
import { concat, pad, slice, split, stack, tile, unstack } from '../../lib/ops/join.ts';
import { expandDims, flatten, reverse, squeeze, transpose } from '../../lib/ops/transpose.ts';
import { checkGradients } from '../support/gradients.ts';

const counted = (shape: readonly number[]): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i),
    shape,
    'float64',
  );
const m = counted([2, 3]);
const cube = counted([2, 3, 4]);

describe('axes', () => {
  it('go in any order', () => {
    expect(transpose(m).arraySync()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    const moved = transpose(cube, [1, -1, 0]);
    expect(moved.shape).toEqual([3, 4, 2]);
    expect(slice(moved, [2, 1, 1], [1, 1, 1]).item()).toBe(12 + 8 + 1);
    expect(transpose(m, [0, 1]).arraySync()).toEqual(m.arraySync());
  });

  it('are read backwards, put in and taken out', () => {
    expect(reverse(m, 1).arraySync()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]);
    expect(reverse(m).dataSync()).toEqual(new Float64Array([5, 4, 3, 2, 1, 0]));
    expect(expandDims(m, -1).shape).toEqual([2, 3, 1]);
    expect(squeeze(expandDims(expandDims(m, 1))).shape).toEqual([2, 3]);
    expect(squeeze(counted([1, 2, 1]), 0).shape).toEqual([2, 1]);
    expect(flatten(m).shape).toEqual([6]);
  });

  it('refuse what is not there', () => {
    expect(() => transpose(m, [0])).toThrow(new ArgumentError('transpose: perm must name each of 2 axes; received [0]'));
    expect(() => transpose(m, [0, 0])).toThrow('transpose: an axis is named twice; received [0,0]');
    expect(() => squeeze(m, 0)).toThrow(new ShapeError('squeeze: axis 0 has size 2, not 1; shape [2,3]'));
  });
});

describe('joining and cutting', () => {
  it('concatenates and stacks', () => {
    expect(concat([m, [[7], [8]]], 1).arraySync()).toEqual([
      [0, 1, 2, 7],
      [3, 4, 5, 8],
    ]);
    expect(concat([cube, cube], -2).shape).toEqual([2, 6, 4]);
    expect(
      stack(
        [
          [1, 2],
          [3, 4],
        ],
        -1,
      ).arraySync(),
    ).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  it('slices, as a view where the block is in one piece', () => {
    expect(slice(m, [0, 1], [-1, 2]).arraySync()).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(slice(m, 1).arraySync()).toEqual([[3, 4, 5]]);
    expect(slice(cube, [1, 1], [1, 2]).dataSync()).toEqual(new Float64Array([16, 17, 18, 19, 20, 21, 22, 23]));
    expect(slice(m, [0, 3]).shape).toEqual([2, 0]);
  });

  it('splits and unstacks', () => {
    expect(split(m, 3, 1).map((part) => part.dataSync()[1])).toEqual([3, 4, 5]);
    expect(split([1, 2, 3], [1, 2]).map((part) => part.shape)).toEqual([[1], [2]]);
    expect(unstack(cube, 1)[2].dataSync()).toEqual(new Float64Array([8, 9, 10, 11, 20, 21, 22, 23]));
    expect(unstack(counted([0, 2]))).toEqual([]);
  });

  it('pads and tiles', () => {
    expect(
      pad(
        m,
        [
          [0, 1],
          [1, 0],
        ],
        9,
      ).arraySync(),
    ).toEqual([
      [9, 0, 1, 2],
      [9, 3, 4, 5],
      [9, 9, 9, 9],
    ]);
    expect(tile([[1, 2]], [2, 2]).arraySync()).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
    expect(tile([1], [0]).shape).toEqual([0]);
  });

  it('refuses what does not fit', () => {
    expect(() => concat([])).toThrow('concat: needs a list of tensors; received []');
    expect(() => stack([])).toThrow('stack: needs a list of tensors; received []');
    expect(() => concat([m, cube])).toThrow('concat: shapes [2,3] and [2,3,4] differ elsewhere than in axis 0');
    expect(() => stack([m, [1]])).toThrow('stack: shapes differ: [2,3] and [1]');
    expect(() => slice(m, [1], [2])).toThrow('slice: from [1,0], size [2,3] reaches beyond shape [2,3]');
    expect(() => slice(m, [-1])).toThrow('slice: needs a whole number >= 0 for each of 2 axes; received [-1] and []');
    expect(() => split(m, 2, 1)).toThrow('split: axis 1 of size 3 cannot be cut into 2');
    expect(() => pad(m, [[1, 1]])).toThrow('pad: needs [before, after] >= 0 for each of 2 axes; received [[1,1]]');
    expect(() => tile(m, [1])).toThrow('tile: needs a whole number >= 0 for each of 2 axes; received [1]');
  });
});

describe('indices', () => {
  it('pick along an axis', () => {
    expect(gather(m, [1, 1, 0]).dataSync()).toEqual(new Float64Array([3, 4, 5, 3, 4, 5, 0, 1, 2]));
    expect(gather(m, [[2], [0]], 1).arraySync()).toEqual([
      [[2], [0]],
      [[5], [3]],
    ]);
  });

  it('sum by segment and mark by position', () => {
    expect(unsortedSegmentSum(m, [1, 1], 3).arraySync()).toEqual([
      [0, 0, 0],
      [3, 5, 7],
      [0, 0, 0],
    ]);
    expect(unsortedSegmentSum([1, 2, 4], [0, -1, 0], 1).arraySync()).toEqual([5]);
    expect(oneHot([1, 3, -1], 2, 5, 1, 'int32').arraySync()).toEqual([
      [1, 5],
      [1, 1],
      [1, 1],
    ]);
  });

  it('refuse what is out of range', () => {
    expect(() => gather(m, [0, 2])).toThrow('gather: index 2 at position 1 is not from 0 to 1');
    expect(() => gather(m, [-1])).toThrow('gather: index -1 at position 0 is not from 0 to 1');
    expect(() => gather(m, [true])).toThrow('gather: indices must be numbers; received dtype bool');
    expect(() => unsortedSegmentSum(m, [0, 2], 2)).toThrow('unsortedSegmentSum: segment 2 at position 1 is not below 2');
    expect(() => unsortedSegmentSum(m, [0], 2)).toThrow('unsortedSegmentSum: shape [2,3] does not begin with that of the segments, [1]');
    expect(() => unsortedSegmentSum(m, [0, 1], -1)).toThrow('unsortedSegmentSum: numSegments must be a whole number >= 0; received -1');
    expect(() => oneHot([1], 0)).toThrow('oneHot: depth must be a whole number >= 1; received 0');
  });
});

describe('gradients', () => {
  const other = counted([2, 2]).add(0.5);
  it.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
    ['transpose', (x) => transpose(x)],
    ['reverse', (x) => reverse(x, 1)],
    ['concat', (x, y) => concat([x, y], 1)],
    ['stack', (x) => stack([x, x.mul(x)], 1)],
    ['slice', (x) => slice(x, [0, 1], [2, 1])],
    ['slice as a view', (x) => slice(x, [1, 1], [1, 2])],
    ['split', (x) => split(x, [1, 2], 1)[1]],
    ['unstack', (x) => unstack(x, 1)[2]],
    [
      'pad',
      (x) =>
        pad(
          x,
          [
            [1, 0],
            [0, 2],
          ],
          3,
        ),
    ],
    ['tile', (x) => tile(x, [2, 3])],
    ['gather rows', (x) => gather(x, [1, 0, 1])],
    [
      'gather columns',
      (x) =>
        gather(
          x,
          [
            [2, 0],
            [2, 1],
          ],
          1,
        ),
    ],
    ['segment sum', (x) => unsortedSegmentSum(transpose(x), [1, -1, 1], 2)],
    ['expandDims', (x) => squeeze(expandDims(x, 1))],
  ])('%s', (_, f) =>
    checkGradients(
      (x, y) => {
        const z = f(x, y);
        return z.mul(z);
      },
      [m.add(0.25), other],
    ),
  );
});
