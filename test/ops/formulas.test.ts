/** Segments, statistics and products of tensors: values of TensorFlow, Keras and NumPy, and what lies at their edges. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';

const cube = ramp([3, 4, 5]);
const rows = ramp([6, 5]);
const IDS = [2, 0, -1, 2, 4, 0];
const ASCENDING = [0, 0, 1, 3, 3, 3];
const PLACES = [5, 0, 0, 3, 1, 2];
const LABELS = [0, 1, 2, 2, 1, 0];
const f64 = 'float64';

/** The cube with NaN wherever the script has it. */
function withHoles(): tf.Tensor {
  const row = tf.range(0, 4).equal(2).reshape([1, 4, 1]);
  const table = tf.range(0, 3).equal(1).reshape([3, 1, 1]);
  return tf.where(cube.greater(3).logicalOr(row.logicalAnd(table)), Number.NaN, cube);
}

const holes = withHoles();

function einsum(equation: string): () => tf.Tensor {
  return () => tf.einsum(equation, ...(SHAPES[equation] ?? []).map((shape) => ramp(shape)));
}

const SHAPES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'ij,jk->ik': [
    [3, 4],
    [4, 5],
  ],
  'ij,kj': [
    [3, 4],
    [5, 4],
  ],
  ba: [[3, 4]],
  ii: [[4, 4]],
  'ii->i': [[4, 4]],
  'iji->j': [[3, 4, 3]],
  'iij,jki->ik': [
    [3, 3, 4],
    [4, 5, 3],
  ],
  '...ij,...jk->...ik': [
    [2, 1, 3, 4],
    [5, 4, 3],
  ],
  'i...,...->i...': [
    [3, 1, 2],
    [4, 2],
  ],
  'bqhd,bkhd->bhqk': [
    [2, 3, 4, 5],
    [2, 6, 4, 5],
  ],
  'bhqk,bkhd->bqhd': [
    [2, 4, 3, 6],
    [2, 6, 4, 5],
  ],
  'i,i->i': [[4], [4]],
  'i,j,k->kji': [[2], [3], [4]],
  'ij,jk,kl->il': [
    [2, 3],
    [3, 4],
    [4, 5],
  ],
  'ij,ik,i->': [[3, 4], [3, 5], [3]],
  'abc,cd,def->ebf': [
    [2, 3, 4],
    [4, 5],
    [5, 2, 3],
  ],
  'ijk->': [[2, 3, 4]],
  '...->...': [[2, 3]],
  ',ij->ji': [[], [2, 3]],
};

const made: Readonly<Record<string, () => tf.Tensor>> = {
  unsortedSegmentMean: () => tf.unsortedSegmentMean(rows, IDS, 6),
  unsortedSegmentSqrtN: () => tf.unsortedSegmentSqrtN(rows, IDS, 6),
  unsortedSegmentMax: () => tf.unsortedSegmentMax(rows, IDS, 6),
  unsortedSegmentMin: () => tf.unsortedSegmentMin(rows.cast('float32'), IDS, 6),
  'unsortedSegmentMax of whole numbers': () => tf.unsortedSegmentMax(rows.cast('int32'), IDS, 6),
  unsortedSegmentProd: () => tf.unsortedSegmentProd(rows, IDS, 6),
  segmentSum: () => tf.segmentSum(rows, ASCENDING),
  segmentMean: () => tf.segmentMean(rows, ASCENDING),
  segmentMax: () => tf.segmentMax(rows, ASCENDING),
  segmentMin: () => tf.segmentMin(rows, ASCENDING),
  segmentProd: () => tf.segmentProd(rows, ASCENDING),
  sparseSegmentSum: () => tf.sparse.sparseSegmentSum(rows, PLACES, ASCENDING),
  sparseSegmentMean: () => tf.sparse.sparseSegmentMean(rows, PLACES, ASCENDING),
  median: () => tf.median(cube, 1),
  'median of all': () => tf.median(cube),
  quantile: () => tf.quantile(cube, [0.1, 0.5, 0.93], [0, 2]),
  'quantile lower': () => tf.quantile(cube, 0.37, 2, 'lower'),
  'quantile higher': () => tf.quantile(cube, 0.37, 2, 'higher'),
  'quantile midpoint': () => tf.quantile(cube, 0.37, 2, 'midpoint'),
  'quantile nearest': () => tf.quantile(cube, [0.125, 0.375, 0.6], 2, 'nearest'),
  percentile: () => tf.percentile(cube, 80, 0, 'linear', true),
  average: () => tf.average(cube, 1, [1, 2, 3, 4]),
  'average of all': () => tf.average(cube, null, cube.abs()),
  moments: () => tf.stack(Object.values(tf.moments(cube, [0, 1]))),
  countNonzero: () => tf.countNonzero(cube.div(4).round(), 1),
  ptp: () => tf.ptp(cube, 1),
  corrcoef: () => tf.corrcoef(rows),
  'corrcoef of columns': () => tf.corrcoef(rows, false),
  logaddexp: () => tf.logaddexp(cube.mul(100), 20),
  nansum: () => tf.nansum(holes, 1),
  nanprod: () => tf.nanprod(holes, 2),
  nanmean: () => tf.nanmean(holes, 0),
  nanvar: () => tf.nanvar(holes, 0),
  nanstd: () => tf.nanstd(holes, [0, 1]),
  nanmax: () => tf.nanmax(holes, 0),
  nanmin: () => tf.nanmin(holes, 0),
  nanargmax: () => tf.nanargmax(holes, 0),
  nanargmin: () => tf.nanargmin(holes, 0),
  nancumsum: () => tf.nancumsum(holes, 2),
  nancumprod: () => tf.nancumprod(holes, 1),
  nanquantile: () => tf.nanquantile(holes, [0.1, 0.5, 0.93], [0, 2]),
  'nanquantile midpoint': () => tf.nanquantile(holes, 0.37, 2, 'midpoint'),
  'nanquantile nearest': () => tf.nanquantile(holes, [0.125, 0.375, 0.6], 2, 'nearest'),
  'nanquantile higher': () => tf.nanquantile(holes, 0.37, 1, 'higher', true),
  nanmedian: () => tf.nanmedian(holes, 0),
  nanpercentile: () => tf.nanpercentile(holes, 80),
  nanToNum: () => tf.nanToNum(tf.tensor([Number.NaN, Infinity, -Infinity, 2], [4], f64)),
  euclideanNorm: () => cube.euclideanNorm([0, 2]),
  tensordot: () => tf.tensordot(cube, ramp([4, 5, 2])),
  'tensordot pairs': () =>
    tf.tensordot(cube, ramp([5, 3, 2]), [
      [0, 2],
      [1, 0],
    ]),
  'tensordot last': () => tf.tensordot(cube, ramp([2, 5]), [2, 1]),
  'tensordot outer': () => tf.tensordot(rows, ramp([2]), 0),
  dot: () => cube.dot(ramp([2, 5, 3])),
  'dot of vectors': () => tf.dot(ramp([5]), ramp([5])),
  inner: () => tf.inner(cube, ramp([2, 5])),
  vdot: () => tf.vdot(cube, ramp([60])),
  outer: () => tf.outer(rows, ramp([3])),
  kron: () => tf.kron(cube, ramp([2, 3])),
  cross: () => tf.cross(ramp([4, 3]), ramp([3])),
  'cross axis': () => tf.cross(cube, cube.reverse(0), 0),
  confusionMatrix: () => tf.confusionMatrix(LABELS, [0, 2, 2, 1, 1, 0], 4),
  localResponseNormalization: () => ramp([1, 2, 3, 7], 'float32').localResponseNormalization(2, 1.5, 0.7, 0.75),
  sparseToDense: () =>
    tf.sparseToDense(
      [
        [0, 1],
        [2, 3],
      ],
      tf.tensor([5, 7], [2], f64),
      [3, 4],
    ),
  truncateDiv: () => tf.truncateDiv([7, -7, 9], [2, 2, -4]),
  ...Object.fromEntries(Object.keys(SHAPES).map((equation) => [`einsum ${equation}`, einsum(equation)])),
};

describe('values of other libraries', () => {
  const fixtures = fixturesOf('statistics');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', (name, run) => {
    const got = run();
    expectMade(got, fixtures[name], got.dtype === 'float32' ? 2e-6 : 1e-9);
  });
});

describe('values', () => {
  it('of segments', () => {
    expect(
      tf
        .unsortedSegmentMax(
          [
            [1, 5],
            [2, 3],
          ],
          [
            [0, 1],
            [1, -1],
          ],
          2,
        )
        .arraySync(),
    ).toEqual([1, 5]);
    expect(tf.unsortedSegmentMax([true, false], [0, 1], 2).arraySync()).toEqual([1, 0]);
    expect(tf.unsortedSegmentProd(tf.tensor([65537, 65537], [2], 'int32'), [0, 0], 1).arraySync()).toEqual([131073]);
    expect(tf.unsortedSegmentProd(tf.zeros([0, 2]), tf.zeros([0], 'int32'), 2).arraySync()).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(tf.unsortedSegmentProd([3, Number.NaN], [0, 1], 2).arraySync()).toEqual([3, Number.NaN]);
    expect(tf.segmentSum(tf.zeros([0, 3]), tf.zeros([0], 'int32')).shape).toEqual([0, 3]);
    expect(tf.segmentMean(tf.tensor([1, 2], [2], 'int32'), [0, 0]).arraySync()).toEqual([1.5]);
  });

  it('with NaN and infinities', () => {
    expect(tf.median([1, Number.NaN, 3]).item()).toBeNaN();
    expect(tf.quantile([-Infinity, 0, Infinity], [0, 0.5, 1]).arraySync()).toEqual([-Infinity, 0, Infinity]);
    expect(tf.logaddexp([-Infinity, Infinity, -Infinity], [-Infinity, 1, 2]).arraySync()).toEqual([-Infinity, Infinity, 2]);
    expect(tf.nanmax([Number.NaN, Number.NaN]).item()).toBeNaN();
    expect(tf.nanmedian([Number.NaN, Number.NaN]).item()).toBeNaN();
    expect(tf.nanquantile([Infinity, 1, Number.NaN], 1).item()).toBe(Infinity);
    expect(tf.nanmax([-Infinity, Number.NaN]).item()).toBe(-Infinity);
    expect(tf.nanargmin([Number.NaN]).item()).toBe(-1);
    expect(tf.nanmin(tf.tensor([2, 1], [2], 'int32')).item()).toBe(1);
    expect(tf.nanToNum(tf.tensor([2], [1], 'int32')).dtype).toBe('int32');
    expect(tf.nanToNum([Infinity]).item()).toBe(3.4028234663852886e38);
  });

  it('of whole numbers', () => {
    const [a, b] = [tf.tensor([[1, 2]], [1, 2], 'int32'), tf.tensor([[3], [4]], [2, 1], 'int32')];
    expect(tf.einsum('ij,jk->ik', a, b).dtype).toBe('int32');
    expect(tf.einsum('i,i->', [true, true], [true, false]).item()).toBe(1);
    expect(tf.sparseToDense([0, 0], [1, 2], [2], 9).arraySync()).toEqual([2, 9]);
    expect(tf.sparseToDense(1, 3, [2]).arraySync()).toEqual([0, 3]);
    expect(tf.movingAverage([2], [4], 0.5, 2).arraySync()[0 as never]).toBeCloseTo(2 + 1 / 0.75, 6);
  });

  it('of an equation of one tensor belong to the caller', () => {
    const x = tf.tensor([1, 2]);
    const same = tf.einsum('i->i', x);
    expect(same).not.toBe(x);
    same.dispose();
    expect(x.arraySync()).toEqual([1, 2]);
  });

  it('of an equation whose product lies ready need no transposing', () => {
    const before = tf.kernelCounts().transpose;
    tf.einsum('ij,kj->ik', ramp([3, 4]), ramp([5, 4]));
    tf.einsum('bji,bjk->bik', ramp([2, 4, 3]), ramp([2, 4, 5]));
    tf.tensordot(ramp([4, 3]), ramp([5, 4]), [0, 1]);
    expect(tf.kernelCounts().transpose).toBe(before);
  });
});
