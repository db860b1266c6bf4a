/** Rows filled up and shapes changed of tensors given by places, against TensorFlow (test/fixtures/numerics.py), gradients and errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, double } from '../support/derivatives.ts';
import { expectMade, fixturesOf } from '../support/fixtures.ts';

const made = fixturesOf('numerics');
const { sparse } = tf;
const PLACES = [
  [0, 1],
  [0, 3],
  [2, 0],
  [4, 0],
  [4, 2],
];
/** The same in another order, as a script has them that changes shapes. */
const UNSORTED = [3, 0, 1, 2, 4].map((i) => PLACES[i]);

describe('agrees with TensorFlow', () => {
  it('rows filled up', () => {
    const filled = sparse.sparseFillEmptyRows(PLACES, double([1.5, 2.5, 3.5, 4.5, 5.5]), [6, 4], -1);
    const { outputIndices, outputValues, emptyRowIndicator, reverseIndexMap } = filled;
    [outputIndices, outputValues, emptyRowIndicator, reverseIndexMap].forEach((part, i) => {
      expectMade(part, made[`sparse filled ${i}`], 0);
    });
    expect([outputIndices, outputValues, emptyRowIndicator, reverseIndexMap].map(({ dtype }) => dtype)).toEqual([
      'int32',
      'float64',
      'bool',
      'int32',
    ]);
  });

  it('shapes changed', () => {
    for (const [name, shape] of [
      ['one', [24]],
      ['three', [2, -1, 3]],
    ] as const) {
      const { outputIndices, outputShape } = sparse.sparseReshape(UNSORTED, [6, 4], shape);
      expectMade(outputIndices, made[`sparse reshaped to ${name}`], 0);
      expectMade(outputShape, made[`sparse shape of ${name}`], 0);
      const traced = tf.function((places: tf.Tensor) => sparse.sparseReshape(places, [6, 4], shape).outputIndices);
      expect(traced(tf.tensor(UNSORTED, [5, 2], 'int32')).arraySync()).toEqual(outputIndices.arraySync());
    }
  });
});

it('rows come in order, and nothing is a row too', () => {
  const { outputIndices, outputValues, reverseIndexMap } = sparse.sparseFillEmptyRows(UNSORTED, [4, 1, 2, 3, 5], [5, 4], 9);
  expect(outputValues.arraySync()).toEqual([1, 2, 9, 3, 9, 4, 5]);
  expect(outputIndices.at({ begin: 2, end: 5 }).arraySync()).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
  ]);
  expect(reverseIndexMap.arraySync()).toEqual([5, 0, 1, 3, 6]);
  const nothing = sparse.sparseFillEmptyRows(tf.zeros([0, 2], 'int32'), tf.zeros([0]), [2, 3], 7);
  expect(nothing.outputValues.arraySync()).toEqual([7, 7]);
  expect(sparse.sparseReshape(tf.zeros([0, 2], 'int32'), [0, 3], [3, -1]).outputShape.arraySync()).toEqual([3, 0]);
  expect(sparse.sparseReshape([[0, 0]], [1, 1], []).outputIndices.shape).toEqual([1, 0]);
});

it('gradients flow to values and the default', () => {
  checkTwice((x, d) => tf.square(sparse.sparseFillEmptyRows(PLACES, x, [6, 4], d).outputValues), [[1, -2, 0.5, 3, 1.5], 0.7]);
});

describe('refuses', () => {
  const { ArgumentError, ShapeError } = tf;
  it.each<[string, new (message: string) => Error, () => unknown]>([
    [
      'sparseFillEmptyRows: needs a row of 3 numbers for each place; received [5,2], sizes of [3]',
      ShapeError,
      () => sparse.sparseFillEmptyRows(PLACES, [1, 2, 3, 4, 5], [6, 4, 1], 0),
    ],
    [
      'sparseFillEmptyRows: needs a value for each place and one default; received [5,2], [2] and []',
      ShapeError,
      () => sparse.sparseFillEmptyRows(PLACES, [1, 2], [6, 4], 0),
    ],
    [
      'sparseFillEmptyRows: place 3 is in row 4, outside of 4 rows',
      ArgumentError,
      () => sparse.sparseFillEmptyRows(PLACES, [1, 2, 3, 4, 5], [4, 4], 0),
    ],
    [
      'sparseFillEmptyRows: the shape of its result depends on values, which are not there while a function is traced or a model is drawn; shape [5,2]',
      ArgumentError,
      () =>
        tf.function((x: tf.Tensor) => sparse.sparseFillEmptyRows(x, [1, 2, 3, 4, 5], [6, 4], 0).outputValues)(
          tf.tensor(PLACES, [5, 2], 'int32'),
        ),
    ],
    ['sparseReshape: cannot make shape [5,-1] out of [6,4]', ShapeError, () => sparse.sparseReshape(PLACES, [6, 4], [5, -1])],
    ['sparseReshape: cannot make shape [-1,-1] out of [6,4]', ShapeError, () => sparse.sparseReshape(PLACES, [6, 4], [-1, -1])],
    [
      'sparseReshape: int32 does not count 10000000000 elements; shape [100000,100000]',
      ArgumentError,
      () => sparse.sparseReshape([[0, 0]], [100000, 100000], [-1]),
    ],
  ])('%s', (message, type, f) => {
    expect(f).toThrow(new type(message));
  });
});
