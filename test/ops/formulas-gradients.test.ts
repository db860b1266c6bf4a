/** Segments, statistics and products of tensors: gradients of the first and second order, traced results, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const x = ramp([4, 3]).div(5).add(0.013);
const other = ramp([4, 3]).reverse().div(7).add(0.2);
const f64 = 'float64';
const IDS = [2, 0, -1, 2];

const FORMULAS: readonly (readonly [string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor])[] = [
  ['unsortedSegmentMean', (x) => tf.unsortedSegmentMean(x, IDS, 3)],
  ['unsortedSegmentSqrtN', (x) => tf.unsortedSegmentSqrtN(x, IDS, 3)],
  ['unsortedSegmentMax', (x) => tf.unsortedSegmentMax(x, IDS, 3).clipByValue(-9, 9)],
  ['unsortedSegmentMin', (x) => tf.unsortedSegmentMin(x, IDS, 3).clipByValue(-9, 9)],
  ['unsortedSegmentProd', (x) => tf.unsortedSegmentProd(x, IDS, 3)],
  ['segmentSum', (x) => tf.segmentSum(x, [0, 0, 2, 2], 3)],
  ['segmentMax', (x) => tf.segmentMax(x, [0, 0, 2, 2], 3)],
  ['segmentProd', (x) => tf.segmentProd(x, [0, 0, 0, 2], 3)],
  ['sparseSegmentMean', (x) => tf.sparse.sparseSegmentMean(x, [1, 1, 0], [0, 0, 1], 2)],
  ['median', (x) => tf.median(x, 0)],
  ['quantile', (x) => tf.quantile(x, [0.2, 0.7], 1)],
  ['average', (x, y) => tf.average(x, 0, y.abs())],
  ['moments', (x) => tf.moments(x, 0).variance],
  ['ptp', (x) => tf.ptp(x, 0)],
  ['corrcoef', (x) => tf.corrcoef(x)],
  ['logaddexp', (x, y) => tf.logaddexp(x, y)],
  ['nanvar', (x) => tf.nanvar(tf.where(x.greater(0.5), Number.NaN, x))],
  ['nanmax', (x) => tf.nanmax(tf.where(x.greater(0.5), Number.NaN, x), 1)],
  ['nanquantile', (x) => tf.nanquantile(tf.where(x.greater(0.5), Number.NaN, x), [0.2, 0.7], 1)],
  ['nanprod', (x) => tf.nanprod(x, 0)],
  ['euclideanNorm', (x) => tf.euclideanNorm(x, 1)],
  ['tensordot', (x, y) => tf.tensordot(x, y, [0, 0])],
  ['dot', (x, y) => tf.dot(x, y.transpose())],
  ['inner', (x, y) => tf.inner(x, y)],
  ['vdot', (x, y) => tf.vdot(x, y)],
  ['outer', (x, y) => tf.outer(x.at(0), y.at(1))],
  ['kron', (x, y) => tf.kron(x.at([0, 2]), y.at(0))],
  ['cross', (x, y) => tf.cross(x, y)],
  ['einsum product', (x, y) => tf.einsum('ij,kj->ki', x, y)],
  ['einsum diagonal', (x) => tf.einsum('ii->i', x.at([0, 3]))],
  ['einsum trace', (x, y) => tf.einsum('ii,kj->j', x.at([0, 3]), y)],
  ['einsum ellipsis', (x, y) => tf.einsum('...j,...j->...', x, y.at(0))],
  ['einsum of three', (x, y) => tf.einsum('ij,ik,k->ji', x, y, tf.tensor([0.5, 1, 2], [3], f64))],
  ['localResponseNormalization', (x) => tf.localResponseNormalization(x.reshape([1, 2, 2, 3]), 1, 1, 0.5, 0.75)],
  ['sparseToDense', (x) => tf.sparseToDense([2, 0, 2], x.at(1), [4])],
  ['movingAverage', (x, y) => tf.movingAverage(x, y, 0.9, 3)],
];

describe('gradients', () => {
  it.each(FORMULAS)('%s', (_, f) =>
    checkGradients(
      (x, y) => {
        const z = f(x, y);
        return z.mul(z);
      },
      [x, other],
      5e-6,
    ),
  );

  it('of products of segments are right where elements are 0', () => {
    const zeros = tf.tensor([0, 2, 0, 3, 0], [5], f64);
    checkGradients((x) => tf.unsortedSegmentProd(x, [0, 0, 1, 1, 1], 3), [zeros]);
  });

  it('of norms at 0 are 0', () => {
    expect(
      tf
        .grad((x) => tf.euclideanNorm(x))([0, 0])
        .arraySync(),
    ).toEqual([0, 0]);
  });
});

describe('traced', () => {
  it.each(FORMULAS)('%s', (_, f) => {
    const traced = tf.function((x: tf.Tensor, y: tf.Tensor) => f(x, y));
    expect(traced(x, other).dataSync()).toEqual(f(x, other).dataSync());
    expect(traced(x.add(0.5), other).dataSync()).toEqual(f(x.add(0.5), other).dataSync());
  });
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['unsortedSegmentMean: numSegments must be a whole number >= 0; received 1.5', () => tf.unsortedSegmentMean(x, IDS, 1.5)],
    ['unsortedSegmentMax: shape [4,3] does not begin with that of the segments, [1]', () => tf.unsortedSegmentMax(x, [0], 1)],
    ['unsortedSegment: segment 2 at position 0 is not below 2', () => tf.unsortedSegmentMax(x, IDS, 2)],
    ['unsortedSegmentSum: segment 2 at position 0 is not below 2', () => tf.unsortedSegmentProd(x, IDS, 2)],
    ['sparseSegmentSum: needs a segment for each index; received [2] and [1]', () => tf.sparse.sparseSegmentSum(x, [0, 1], [0])],
    ['quantile: q must be from 0 to 1; received 2', () => tf.quantile(x, 2)],
    ['argpartition: kth must be a whole number from -3 to 2; received 3', () => tf.argpartition(x, 3)],
    ['percentile: q must be from 0 to 100; received [101]', () => tf.percentile(x, [101])],
    [
      'quantile: method must be one of linear, lower, higher, midpoint, nearest; received "cubic"',
      () => tf.quantile(x, 0.5, null, 'cubic' as 'linear'),
    ],
    ['median: an axis of size 0 has no element to pick; shape [0]', () => tf.median(tf.zeros([0]))],
    ['average: weights of shape [2] are neither of shape [4,3] nor of the one axis averaged', () => tf.average(x, 0, [1, 2])],
    ['corrcoef: x needs 1 or 2 axes; received []', () => tf.corrcoef(1)],
    ['tensordot: axes must be a whole number from 0 to 2, or two lists; received 3', () => tf.tensordot(x, other, 3)],
    ['tensordot: axes must come in pairs; received [[0,1],[0]]', () => tf.tensordot(x, other, [[0, 1], [0]])],
    ['tensordot: axis 1 of [4,3] and axis 0 of [4,3] differ in size', () => tf.tensordot(x, other, 1)],
    ['outerProduct: needs two vectors; received [4,3] and [1]', () => tf.outerProduct(x, [1])],
    ['cross: needs size 3 along axis 0; received [4,3] and [4,3]', () => tf.cross(x, other, 0)],
    ['einsum: the equation comes first, as text; received 3', () => tf.einsum(3 as never)],
    ['einsum: "ij" is not an equation of 2 tensors', () => tf.einsum('ij', x, x)],
    ['einsum: "ij->i->j" is not an equation of 1 tensors', () => tf.einsum('ij->i->j', x)],
    ['einsum: a term is letters with at most one ellipsis; received "i1" in "i1->i"', () => tf.einsum('i1->i', x)],
    ['einsum: the term "ijk" of "ijk->i" does not fit 2 axes', () => tf.einsum('ijk->i', x)],
    ['einsum: "i" is 4 and 3 in shape [4,3]', () => tf.einsum('ii->i', x)],
    ['einsum: "j" is 3 in shape [4,3] and 4 in shape [4,3]', () => tf.einsum('ij,jk->ik', x, other)],
    ['einsum: the output of "ij->ik" names "k" twice, or no input does', () => tf.einsum('ij->ik', x)],
    ['confusionMatrix: labels and predictions must be lines of one length; received [1] and [2]', () => tf.confusionMatrix([0], [0, 1], 2)],
    ['localResponseNormalization: x needs 3 or 4 axes; received [4,3]', () => tf.localResponseNormalization(x)],
    [
      'localResponseNormalization: beta must be a number; received "1"',
      () => tf.localResponseNormalization(x.reshape([1, 4, 3]), 1, 1, 1, '1' as never),
    ],
    ['sparseToDense: index [7] at position 0 is not within [2]', () => tf.sparseToDense([7], 1, [2])],
    ['sparseToDense: indices have at most 2 axes; received [1,1,1]', () => tf.sparseToDense([[[0]]], 1, [2])],
    ['sparseToDense: indices of 1 numbers do not name places of shape [2,2]', () => tf.sparseToDense([0], 1, [2, 2])],
    ['sparseToDense: needs one value, or 1; received shape [2]', () => tf.sparseToDense([0], [1, 2], [2])],
    ['movingAverage: step must be given where zeroDebias is true', () => tf.movingAverage([1], [1], 0.5)],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
