/** Situations of the ops of images: an axis made anew, rows of a table summed; channels of every number, few and many weights, indices in and out of order. */
import * as tf from 'gradtape';
import { interpolate } from '../../lib/ops/image/interpolate.ts';
import { type Entries, resampleAxis } from '../../lib/ops/image/resample.ts';
import { type Case, FLOATS, values } from './values.ts';

/** Every element of the result from some of the axis; in no order if `scattered`, and then some elements get nothing. */
function entries(length: number, size: number, taps: number, scattered: boolean): Entries {
  const count = size * taps;
  const at = (i: number): number => (scattered ? (i * 7919) % count : i);
  const from = Array.from({ length: count }, (_, i) => (at(i) * 31) % length);
  const to = Array.from({ length: count }, (_, i) => Math.floor(at(i) / taps) % (scattered ? Math.max(1, size - 2) : size));
  return { from, to, weights: from.map((_, i) => ((i * 37) % 19) / 7 - 1), size };
}

const AXES: readonly (readonly [shape: readonly number[], axis: number, size: number, taps: number])[] = [
  [[5], 0, 3, 2],
  [[3, 40], 1, 70, 2],
  [[3, 40, 2], 1, 21, 3],
  [[2, 9, 30, 3], 2, 45, 2],
  [[2, 9, 30, 3], 1, 4, 6],
  [[2, 12, 4], 1, 7, 1],
  [[2, 12, 7], 1, 7, 2],
  [[2, 12, 16], 1, 30, 2],
  [[2, 12, 33], 1, 30, 2],
  [[30, 700], 0, 50, 3],
  [[1, 300, 5, 4], 1, 2, 200],
  [[2, 4, 0], 1, 3, 2],
  [[0, 4, 3], 1, 3, 2],
  [[2, 4, 3], 1, 0, 2],
];

/** Indices of which some are negative. */
function indices(shape: readonly number[], rows: number): tf.Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  return tf.tensor(
    Int32Array.from({ length: size }, (_, i) => ((i * 7919) % (rows + 1)) - 1),
    shape,
    'int32',
  );
}

const TABLES: readonly (readonly [rows: number, channels: number, corners: number, points: readonly number[], weights?: number])[] = [
  [4, 1, 2, [1, 3]],
  [4, 1, 2, [2, 3], 1],
  [30, 2, 4, [2, 5, 7]],
  [300, 3, 4, [2, 50, 70]],
  [9, 4, 1, [1, 11]],
  [300, 3, 4, [3, 500], 1],
  [50, 7, 8, [4, 10]],
  [700, 16, 4, [300, 10]],
  [50, 33, 3, [200, 1]],
  [5, 0, 4, [1, 3]],
  [5, 3, 4, [0, 2]],
  [5, 3, 0, [1, 2]],
];

function rowSums(): Case[] {
  return FLOATS.flatMap((dtype) =>
    TABLES.flatMap(([rows, channels, corners, points, weights = points[0]]) =>
      // Indices of each grid, and those of the first for all.
      [...new Set([points[0], 1])].flatMap((own) => {
        const table = (): tf.Tensor => values([points[0], rows, channels], dtype);
        const index = indices([corners, own, ...points.slice(1)], rows);
        const weight = (): tf.Tensor => values([corners, weights, ...points.slice(1)], dtype, 2);
        const slopes = (): tf.Tensor[] =>
          tf.grads((table, weight) => tf.square(interpolate(table, index, weight, 1.5)))([table(), weight()]);
        const what = `${dtype} [${rows},${channels}] by ${corners} at [${points}], ${own} of indices, ${weights} of weights`;
        return [
          { op: 'interpolate', what, run: () => interpolate(table(), index, weight(), 1.5) },
          { op: 'interpolateTable', what, run: () => slopes()[0] },
          { op: 'interpolateWeight', what, run: () => slopes()[1] },
        ];
      }),
    ),
  );
}

/** The cases of this file. */
export const resampleCases: readonly Case[] = [
  ...rowSums(),
  ...FLOATS.flatMap((dtype) => [
    ...AXES.flatMap(([shape, axis, size, taps]) =>
      [false, true].map((scattered) => ({
        op: 'resample',
        what: `${dtype} [${shape}] along ${axis} to ${size} by ${taps}${scattered ? ' scattered' : ''}`,
        run: () => resampleAxis(values(shape, dtype), entries(shape[axis], size, taps, scattered), axis),
      })),
    ),
    {
      op: 'resample',
      what: `${dtype} without entries`,
      run: () => resampleAxis(values([2, 3, 4], dtype), { from: [], to: [], weights: [], size: 5 }, 1),
    },
    { op: 'resample', what: `${dtype} small image`, run: () => tf.image.resizeBilinear(values([2, 3, 1], dtype), [3, 2]) },
    { op: 'resample', what: `${dtype} image larger`, run: () => tf.image.resizeBilinear(values([2, 20, 31, 3], dtype), [45, 64]) },
    {
      op: 'resample',
      what: `${dtype} image smaller`,
      run: () => tf.image.resize(values([2, 50, 41, 3], dtype), [13, 12], { interpolation: 'lanczos3', antialias: true }),
    },
    {
      op: 'resample',
      what: `${dtype} gradient`,
      run: () => tf.grad((x) => tf.image.resize(x, [13, 52], { interpolation: 'bicubic' }))(values([2, 50, 41, 3], dtype)),
    },
  ]),
];
