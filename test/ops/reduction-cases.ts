/** Situations of ops along axes: softmax, labels, and reductions. */
import * as tf from 'gradtape';
import { labelRows } from '../../lib/ops/labels.ts';
import { type Case, FLOATS, values } from './values.ts';

/** Values with what overflows, what vanishes and what is no number, each in lines of their own. */
function edges(dtype: tf.DType): tf.Tensor {
  const rows = [
    [1e30, -1e30, 3],
    [-Infinity, 0, 1],
    [Infinity, 0, 1],
    [-Infinity, -Infinity, -Infinity],
    [Number.NaN, 0, 1],
    [0, 1, Number.NaN],
    [-0, 0, -0],
    [-1000, -1001, -1002],
  ];
  return tf.tensor(rows, [8, 3], dtype);
}

function alongAxis(op: string, f: (x: tf.Tensor, axis: number) => tf.Tensor, dtypes = FLOATS): Case[] {
  return dtypes.flatMap((dtype) => [
    ...[[7], [64, 10], [5, 33, 17], [3, 0], [0, 3], [2, 3000], [1, 1]].flatMap((shape) =>
      shape.map((_, axis) => ({ op, what: `${dtype} [${shape}] along ${axis}`, run: () => f(values(shape, dtype), axis) })),
    ),
    ...(dtype === 'float32' || dtype === 'float64' ? [0, 1] : []).map((axis) => ({
      op,
      what: `${dtype} edges along ${axis}`,
      run: () => f(axis === 1 ? edges(dtype) : tf.transpose(edges(dtype)), axis),
    })),
  ]);
}

/** The cases of this file. */
export const reductionCases: readonly Case[] = [
  ...alongAxis('softmax', tf.softmax),
  ...alongAxis('logSoftmax', tf.logSoftmax),
  ...(['float32', 'float64', 'int32', 'uint8'] as const).flatMap((dtype) => [
    { op: 'labelRows', what: `${dtype} labels`, run: () => labelRows(tf.tensor([[2, 0, 3]], [1, 3], dtype), 4, 'float32') },
    { op: 'labelRows', what: `as ${dtype}`, run: () => labelRows(tf.tensor([2, 0, 3], [3], 'float32'), 4, dtype) },
  ]),
  { op: 'labelRows', what: 'many', run: () => labelRows(tf.tensor(Array.from({ length: 7001 }, (_, i) => i % 10)), 10, 'float32') },
];
