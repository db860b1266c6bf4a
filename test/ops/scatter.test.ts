/** Ops that pick, place, search and count by index: values of TensorFlow and NumPy, gradients of the first and second order, errors. */
import * as tf from 'gradtape';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const cube = ramp([3, 4, 5]);
const PAIRS = [
  [0, 1],
  [2, 3],
  [0, 1],
  [1, 0],
];
const EDGES = [-3, -1, -1, 0.5, 2, 2, 2, 4];

function places(bound: number, shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => (i * 7) % bound),
    shape,
    'int32',
  );
}

/** Each line in ascending order. */
function lines(): tf.Tensor {
  const rows = ramp([3, 6]).arraySync() as number[][];
  return tf.tensor(
    rows.map((row) => row.toSorted((a, b) => a - b)),
    [3, 6],
    'float64',
  );
}

const made: Readonly<Record<string, () => tf.Tensor | Promise<tf.Tensor>>> = {
  'gather of batches': () => tf.gather(cube, places(4, [3, 2]), 1, 1),
  'gather of batches, later': () => tf.gather(ramp([2, 3, 4, 5]), places(4, [2, 3]), 2, 1),
  'gather of pairs of batches': () => tf.gather(ramp([2, 3, 4, 5]), places(4, [2, 3, 2]), 2, -1),
  takeAlongAxis: () => tf.takeAlongAxis(cube, places(4, [3, 2, 5]).sub(2), 1),
  'takeAlongAxis broadcast': () => cube.takeAlongAxis(places(5, [1, 4, 3]), 2),
  'takeAlongAxis flat': () => tf.takeAlongAxis(cube, places(60, [7])),
  putAlongAxis: () => tf.putAlongAxis(cube, places(4, [3, 2, 5]), ramp([3, 2, 5]), 1),
  gatherND: () => tf.gatherND(cube, PAIRS),
  'gatherND whole': () => tf.gatherND(cube, [[[2, 3, 4]], [[0, 0, 1]]]),
  'gatherND nothing named': () => tf.gatherND(cube, tf.zeros([2, 0], 'int32')),
  scatterND: () => tf.scatterND(PAIRS, ramp([4, 5]), [3, 4, 5]),
  tensorScatterUpdate: () => tf.tensorScatterUpdate(cube, PAIRS.slice(1), ramp([3, 5])),
  tensorScatterAdd: () => tf.tensorScatterAdd(cube, PAIRS, ramp([4, 5])),
  tensorScatterSub: () => tf.tensorScatterSub(cube, PAIRS, ramp([4, 5])),
  tensorScatterMax: () => tf.tensorScatterMax(cube, PAIRS, ramp([4, 5])),
  tensorScatterMin: () => tf.tensorScatterMin(cube, PAIRS, ramp([4, 5])),
  'searchSorted left': () => tf.searchSorted(EDGES, cube),
  'searchSorted right': () => tf.searchSorted(EDGES, cube, 'right'),
  'searchSorted lines': () => tf.upperBound(lines(), ramp([3, 9])),
  digitize: () => tf.digitize(cube, EDGES),
  bincount: () => tf.bincount(places(6, [20]), null, 9),
  'bincount weights': () => tf.bincount(places(6, [20]), ramp([20]), 4),
  denseBincount: () => tf.denseBincount(places(6, [3, 7]), null, 8),
  'denseBincount weights': () => tf.denseBincount(places(6, [3, 7]), ramp([3, 7]), 5),
  'denseBincount binary': () => tf.denseBincount(places(6, [3, 7]), [], 8, true),
  histogram: () => tf.histogram(cube, 7)[0],
  'histogram edges': () => tf.histogram(cube, 7)[1],
  'histogram range': () => tf.histogram(cube, 4, [-2, 3])[0],
  'histogram of one number': () => tf.histogram(tf.fill([2], 2, 'float64'), 3)[1],
  inTopK: () => tf.inTopKAsync(ramp([3, 5]), places(4, [3]), 2),
  unique: () => tf.unique(places(6, [20]).mod(4)).values,
  'unique indices': () => places(6, [20]).mod(4).unique().indices,
  booleanMask: () => tf.booleanMaskAsync(cube, ramp([4, 5]).greater(0), 1),
  nonzero: () => tf.stack(tf.nonzero(cube.greater(3))),
  whereAsync: () => tf.whereAsync(cube.greater(3)),
};

describe('values of other libraries', () => {
  const fixtures = fixturesOf('indexing');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', async (name, run) => expectMade(await run(), fixtures[name]));
});

describe('values', () => {
  it('put in one place follow one another', () => {
    expect(tf.putAlongAxis([0, 0, 0], [1, -2, 1], [4, 5, 6], 0).arraySync()).toEqual([0, 6, 0]);
    expect(tf.putAlongAxis([0, 0, 0], [1, 1], [4, 5], 0, 'max').arraySync()).toEqual([0, 5, 0]);
    expect(tf.putAlongAxis([0, 0, 0], [2], [-1], 0, 'min').arraySync()).toEqual([0, 0, -1]);
    expect(tf.putAlongAxis([[1, 2]], [0, 1], 7).arraySync()).toEqual([[7, 7]]);
    expect(tf.putAlongAxis([true, false], [1, 1], [true, true], 0, 'add').arraySync()).toEqual([1, 2]);
    expect(tf.tensorScatterMax([1, 1], [[0]], [Number.NaN]).arraySync()).toEqual([Number.NaN, 1]);
    expect(tf.tensorScatterAdd(tf.tensor([2147483647], [1], 'int32'), [[0]], tf.ones([1], 'int32')).item()).toBe(-2147483648);
  });

  it('are searched with NaN as the last', () => {
    expect(tf.searchSorted([1, 2, Number.NaN], [Number.NaN, 5]).arraySync()).toEqual([2, 2]);
    expect(tf.searchSorted([1, 2, Number.NaN], [Number.NaN, 5], 'right').arraySync()).toEqual([3, 2]);
    expect(tf.searchSorted([], [1]).arraySync()).toEqual([0]);
    expect(tf.lowerBound([1, 1], 1).item()).toBe(0);
  });

  it('are counted', () => {
    expect(tf.bincount([2, 0, 2]).arraySync()).toEqual([1, 0, 2]);
    expect(tf.bincount(tf.zeros([0], 'int32')).shape).toEqual([0]);
    expect(tf.histogram([1, Number.NaN, 9], 2, [0, 4])[0].arraySync()).toEqual([1, 0]);
    expect(tf.histogram(tf.zeros([0]), 2)[0].arraySync()).toEqual([0, 0]);
    expect(
      tf
        .inTopK(
          [
            [1, 2],
            [1, Infinity],
            [3, 1],
          ],
          [5, 1, -1],
          2,
        )
        .arraySync(),
    ).toEqual([0, 0, 0]);
  });

  it('of unknown number', async () => {
    const rows = tf.unique([
      [1, 2],
      [0, 2],
      [1, 2],
    ]);
    expect(rows.values.arraySync()).toEqual([
      [1, 2],
      [0, 2],
    ]);
    expect(
      tf.unique(
        [
          [1, 1, -0],
          [1, 1, 0],
        ],
        1,
      ).values.shape,
    ).toEqual([2, 2]);
    expect(rows.indices.arraySync()).toEqual([0, 1, 0]);
    expect((await tf.whereAsync(true)).shape).toEqual([1, 0]);
    const [kept, where] = await tf.setdiff1dAsync([5, 1, 5], [1, 2]);
    expect([kept.arraySync(), where.arraySync()]).toEqual([
      [5, 5],
      [0, 2],
    ]);
  });

  it('put in a block', () => {
    expect(tf.sliceUpdate([1, 2, 3], [1], [9]).arraySync()).toEqual([1, 9, 3]);
  });
});

describe('gradients', () => {
  let x: tf.Tensor;
  let other: tf.Tensor;
  beforeAll(() => {
    x = ramp([3, 4]).div(5).add(0.01);
    other = ramp([2, 4]).div(7).add(0.3);
  });
  it.each<[string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor]>([
    [
      'gather of batches',
      (x) =>
        tf.gather(
          x,
          [
            [1, 1, 3],
            [0, 2, 0],
            [3, 3, 3],
          ],
          1,
          1,
        ),
    ],
    [
      'gather within batches',
      (x) =>
        tf.gather(
          x.reshape([2, 2, 3]),
          [
            [1, 1, 2],
            [0, 2, 0],
          ],
          2,
          1,
        ),
    ],
    [
      'takeAlongAxis',
      (x) =>
        tf.takeAlongAxis(
          x,
          [
            [0, -1, 2, 1],
            [0, 2, 2, 1],
          ],
          0,
        ),
    ],
    [
      'putAlongAxis update',
      (x, y) =>
        tf.putAlongAxis(
          x,
          [
            [0, 0, 2, 1],
            [0, 2, 1, -2],
          ],
          y,
          0,
        ),
    ],
    [
      'putAlongAxis add',
      (x, y) =>
        tf.putAlongAxis(
          x,
          [
            [0, 0, 2, 1],
            [0, 2, 1, -2],
          ],
          y,
          0,
          'add',
        ),
    ],
    [
      'putAlongAxis max',
      (x, y) =>
        tf.putAlongAxis(
          x,
          [
            [0, 0, 2, 1],
            [0, 2, 1, -2],
          ],
          y,
          0,
          'max',
        ),
    ],
    [
      'putAlongAxis min',
      (x, y) =>
        tf.putAlongAxis(
          x,
          [
            [0, 0, 2, 1],
            [0, 2, 1, -2],
          ],
          y,
          0,
          'min',
        ),
    ],
    [
      'gatherND',
      (x) =>
        tf.gatherND(x, [
          [0, 1],
          [2, 3],
          [0, 1],
        ]),
    ],
    ['scatterND', (_, y) => tf.scatterND([[3], [3]], y, [5, 4])],
    ['tensorScatterUpdate', (x, y) => tf.tensorScatterUpdate(x, [[1], [1]], y)],
    ['tensorScatterAdd', (x, y) => tf.tensorScatterAdd(x, [[1], [1]], y)],
    ['tensorScatterSub', (x, y) => tf.tensorScatterSub(x, [[1], [2]], y)],
    ['tensorScatterMax', (x, y) => tf.tensorScatterMax(x, [[1], [1]], y)],
    ['tensorScatterMin', (x, y) => tf.tensorScatterMin(x, [[1], [0]], y)],
    ['sliceUpdate', (x, y) => tf.sliceUpdate(x, [1, 0], y)],
    ['booleanMask', (x) => tf.booleanMask(x, [true, false, true])],
    ['unique', (x) => tf.unique(x, 1).values],
    ['bincount', (x) => tf.bincount([3, 0, 3, 1], x.at(0), 3)],
  ])('%s', (_, f) =>
    checkGradients(
      (x, y) => {
        const z = f(x, y);
        return z.mul(z);
      },
      [x, other],
    ),
  );

  it('are shared by equal extremes', () => {
    const [dx, dy] = tf.grads((x, y) => tf.tensorScatterMax(x, [[0], [0], [1]], y))([
      [2, 2],
      [2, 1, 5],
    ]);
    expect(dx.arraySync()).toEqual([0.5, 0]);
    expect(dy.arraySync()).toEqual([0.5, 0, 1]);
  });
});

describe('while a function is traced', () => {
  it.each<[string, (x: tf.Tensor) => unknown]>([
    ['nonzero', (x) => tf.nonzero(x)],
    ['booleanMask', (x) => tf.booleanMask(x, x)],
    ['unique', (x) => tf.unique(x).values],
  ])('%s is refused', (name, f) => {
    const traced = tf.function((x: tf.Tensor) => f(x) as tf.Tensor);
    expect(() => traced(tf.tensor([1, 0]))).toThrow(
      `${name}: the shape of its result depends on values, which are not there while a function is traced or a model is drawn; shape [2]`,
    );
  });
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    [
      'gather: batchDims must be a whole number of at most the axis, 0, and the axes of the indices, 1; received 1',
      () => tf.gather(cube, [0], 0, 1),
    ],
    ['gather: shapes [3,4,5] and [2,1] differ in the first 1 axes, those of the batch', () => tf.gather(cube, [[0], [1]], 1, 1)],
    ['gather: index 4 at position 1 is not from 0 to 3', () => tf.gather(cube, [[0], [4], [1]], 1, 1)],
    ['takeAlongAxis: index 3 at position 1 is not from -3 to 2', () => tf.takeAlongAxis([1, 2, 3], [-3, 3], 0)],
    ['takeAlongAxis: needs as many axes everywhere; received [3,4,5] and [1]', () => tf.takeAlongAxis(cube, [0], 0)],
    [
      'takeAlongAxis: shapes [3,4,5] and [1,2,5] do not broadcast; axis -2 is 4 and 2',
      () => tf.takeAlongAxis(cube, tf.zeros([1, 2, 4]), 2),
    ],
    ['putAlongAxis: index -4 at position 0 is not from -3 to 2', () => tf.putAlongAxis([1, 2, 3], [-4], [0], 0)],
    ['putAlongAxis: mode must be one of update, add, max, min; received "mul"', () => tf.putAlongAxis([1], [0], [1], 0, 'mul' as 'add')],
    [
      'gatherND: index [2,4] at position 1 is not within [3,4]',
      () =>
        tf.gatherND(cube, [
          [0, 0],
          [2, 4],
        ]),
    ],
    ['gatherND: the last axis of the indices needs at most 1 numbers; received shape [2]', () => tf.gatherND([1, 2], [0, 1])],
    ['scatterND: index [-1] at position 0 is not within [4]', () => tf.scatterND([[-1]], [1], [4])],
    ['scatterND: updates need shape [1,5]; received [1]', () => tf.scatterND([[0]], [1], [4, 5])],
    ['tensorScatter: index [9] at position 0 is not within [2]', () => tf.tensorScatterAdd([1, 2], [[9]], [1])],
    ['scatterND: too many places for int32; received [65536,65536]', () => tf.scatterND([[0, 0]], [1], [65536, 65536])],
    ['sliceUpdate: a block of shape [2] at [2] does not lie in shape [3]', () => tf.sliceUpdate([1, 2, 3], [2], [1, 1])],
    ['searchSorted: needs one sorted line, or one for each line of values; received [3,4,5] and [1]', () => tf.searchSorted(cube, [1])],
    ['searchSorted: side must be "left" or "right"; received "middle"', () => tf.searchSorted([1], [1], 'middle' as 'left')],
    ['digitize: bins must ascend; received [2,1]', () => tf.digitize([1], [2, 1])],
    ['bincount: x must not be negative; received -1 at position 1', () => tf.bincount([1, -1], null, 3)],
    ['bincount: x needs 1 axis; received [1,1]', () => tf.bincount([[1]])],
    ['bincount: weights need shape [1]; received [2]', () => tf.bincount([1], [1, 2], 2)],
    ['denseBincount: x needs 1 or 2 axes; received []', () => tf.denseBincount(1, null, 2)],
    ['histogram: bins must be a whole number >= 1; received 0', () => tf.histogram([1], 0)],
    ['histogram: the range needs two finite numbers, the lesser first; received [2,1]', () => tf.histogram([1], 1, [2, 1])],
    ['inTopK: k must be a whole number >= 1; received 0', () => tf.inTopK([[1]], [0], 0)],
    ['inTopK: needs a target for each row of classes; received [1,1] and [2]', () => tf.inTopK([[1]], [0, 0])],
    ['booleanMask: a mask of shape [2] does not fit shape [3,4,5] from axis 0 on', () => tf.booleanMask(cube, [true, true])],
  ])('%s', (text, f) => expect(f).toThrow(text));

  it('of promises', async () => {
    await expect(tf.setdiff1dAsync(cube, [1])).rejects.toThrow('setdiff1dAsync: x and y need 1 axis; received [3,4,5] and [1]');
  });
});
