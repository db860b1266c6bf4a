/** Situations of ops that pick, place and search by an index for each element. */
import * as tf from 'gradtape';
import { type Case, NUMBERS, values } from './values.ts';

const DTYPES: readonly tf.DType[] = [...NUMBERS, 'bool'];

/** Whole numbers from `least` on, `span` of them, in no order. */
export function whole(shape: readonly number[], least: number, span: number): tf.Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => least + ((i * 7919) % span)),
    shape,
    'int32',
  );
}

/** Lines along the last axis in ascending order, NaN last. */
function ascending(shape: readonly number[], dtype: tf.DType, withNaN: boolean): tf.Tensor {
  const length = shape[shape.length - 1];
  const data = Float64Array.from(values(shape, dtype).dataSync());
  if (withNaN) data.fill(Number.NaN, 0, 2);
  for (let i = 0; i < data.length; i += length) data.subarray(i, i + length).sort();
  return tf.tensor(data, shape, dtype);
}

const ALONG: readonly (readonly [shape: readonly number[], count: number, axis: number])[] = [
  [[7], 5, 0],
  [[4, 5, 6], 9, 0],
  [[4, 5, 6], 3, 1],
  [[4, 5, 6], 6, 2],
  [[40, 300], 700, 1],
  [[300, 500], 100, 0],
  [[2, 0, 3], 0, 1],
  [[3, 4], 0, 1],
];

function along(): Case[] {
  return ALONG.flatMap(([shape, count, axis]) =>
    DTYPES.flatMap((dtype) => {
      const wide = shape.with(axis, count);
      const least = -shape[axis];
      const what = `${dtype} [${shape}] ${count} along ${axis}`;
      return [
        { op: 'takeAlongAxis', what, run: () => tf.takeAlongAxis(values(shape, dtype), whole(wide, least, 2 * shape[axis]), axis) },
        ...(['update', 'add', 'max', 'min'] as const).map((mode) => ({
          op: 'putAlongAxis',
          what: `${what} ${mode}`,
          run: () => tf.putAlongAxis(values(shape, dtype), whole(wide, least, 2 * shape[axis]), values(wide, dtype, 2), axis, mode),
        })),
      ];
    }),
  );
}

/** The cases of this file. */
export const indexCases: readonly Case[] = [
  ...along(),
  ...DTYPES.flatMap((dtype) =>
    [3, 700].map((width) => ({
      op: 'putAlongAxis',
      what: `${dtype} rows of ${width}`,
      run: () => tf.tensorScatterMin(values([50, width], dtype), whole([200, 1], 0, 50), values([200, width], dtype, 2)),
    })),
  ),
  ...DTYPES.flatMap((dtype) => [
    { op: 'gather', what: `${dtype} of batches`, run: () => tf.gather(values([3, 2, 9, 5], dtype), whole([3, 7], 0, 9), 2, 1) },
    { op: 'gather', what: `${dtype} elements of batches`, run: () => tf.gather(values([30, 90], dtype), whole([30, 700], 0, 90), 1, 1) },
  ]),
  { op: 'flattenIndices', what: 'three numbers', run: () => tf.gatherND(values([4, 5, 6], 'float32'), whole([2, 9, 3], 0, 4)) },
  { op: 'flattenIndices', what: 'none', run: () => tf.gatherND(values([4, 5], 'float32'), whole([3, 0], 0, 4)) },
  ...NUMBERS.flatMap((dtype) =>
    (['left', 'right'] as const).flatMap((side) => [
      {
        op: 'searchSorted',
        what: `${dtype} ${side}`,
        run: () => tf.searchSorted(ascending([211], dtype, dtype.startsWith('float')), values([9, 700], dtype, 2), side),
      },
      {
        op: 'searchSorted',
        what: `${dtype} ${side} lines`,
        run: () => tf.searchSorted(ascending([5, 33], dtype, false), values([5, 70], dtype, 2), side),
      },
      {
        op: 'searchSorted',
        what: `${dtype} ${side} in nothing`,
        run: () => tf.searchSorted(tf.zeros([0], dtype), values([3], dtype), side),
      },
    ]),
  ),
];
