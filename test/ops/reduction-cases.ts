/** Situations of ops along axes: softmax, labels, and reductions. */
import * as tf from 'gradtape';
import { softmaxCrossEntropy } from '../../lib/ops/crossentropy.ts';
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

function alongAxis(op: string, f: (x: tf.Tensor, axis: number) => tf.Tensor, dtypes = FLOATS, ofNothing = true): Case[] {
  return dtypes.flatMap((dtype) => [
    ...[[7], [64, 10], [5, 33, 17], [3, 0], [0, 3], [2, 3000], [1, 1]].flatMap((shape) =>
      (ofNothing || !shape.includes(0) ? shape : []).map((_, axis) => ({
        op,
        what: `${dtype} [${shape}] along ${axis}`,
        run: () => f(values(shape, dtype), axis),
      })),
    ),
    ...(dtype === 'float32' || dtype === 'float64' ? [0, 1] : []).map((axis) => ({
      op,
      what: `${dtype} edges along ${axis}`,
      run: () => f(axis === 1 ? edges(dtype) : tf.transpose(edges(dtype)), axis),
    })),
  ]);
}

const SHAPES = [[], [7], [5, 33, 17], [2, 3, 4, 5], [3, 70001], [70001, 3], [2, 0], [1, 1]] as const;
const WHOLE: readonly tf.DType[] = ['int32', 'uint8', 'bool'];

/** A reduction over all axes, the first, the last, and the outer ones of three; of nothing only where that has a value. */
function overAxes(
  op: string,
  f: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
  dtypes: readonly tf.DType[],
  ofNothing: boolean,
): Case[] {
  return dtypes.flatMap((dtype) =>
    SHAPES.filter((shape) => ofNothing || shape.every((d) => d > 0)).flatMap((shape) => {
      const last = shape.length - 1;
      const lists = [shape.map((_, i) => i), ...(last > 0 ? [[0], [last]] : []), ...(last > 1 ? [[0, 2]] : [])];
      return lists.map((axes) => ({
        op,
        what: `${dtype} [${shape}] over [${axes}]`,
        run: () => f(values(shape, dtype), axes, axes.length === 1),
      }));
    }),
  );
}

function withEdges(op: string, f: (x: tf.Tensor, axis: number) => tf.Tensor): Case[] {
  return FLOATS.flatMap((dtype) => [
    { op, what: `${dtype} edges along 1`, run: () => f(edges(dtype), 1) },
    { op, what: `${dtype} edges along 0`, run: () => f(tf.transpose(edges(dtype)), 0) },
    ...[0, 7, 299].map((place) => ({
      op,
      what: `${dtype} NaN at ${place}`,
      run: () => f(tf.tensor([Array.from({ length: 300 }, (_, i) => (i === place ? Number.NaN : i % 50))], [1, 300], dtype), 1),
    })),
  ]);
}

function shareOfMax(x: tf.Tensor, axis: number | number[]): tf.Tensor {
  return tf.grad((v) => tf.max(v, axis))(x);
}

function slopeOfSoftmax(x: tf.Tensor, axis: number): tf.Tensor {
  return tf.grad((v) => tf.square(tf.softmax(v, axis)))(x);
}

/** Cross-entropies of rows, and their slopes. */
function crossentropies(): Case[] {
  const both = (labels: tf.Tensor, logits: tf.Tensor): tf.Tensor => {
    const loss = softmaxCrossEntropy(labels, logits);
    const slope = tf.grad((x) => softmaxCrossEntropy(labels, x))(logits);
    return tf.concat([tf.reshape(loss, [loss.size]), tf.reshape(slope, [slope.size])]);
  };
  return FLOATS.flatMap((dtype) => [
    ...[[3], [64, 10], [2, 3, 4], [3, 1000], [0, 3], [3, 0], [2000, 16]].map((shape) => ({
      op: 'softmaxCrossEntropy',
      what: `${dtype} [${shape}]`,
      run: () => both(values(shape, dtype, 2), values(shape, dtype)),
    })),
    ...[0, 1].map((label) => ({
      op: 'softmaxCrossEntropy',
      what: `${dtype} edges, class ${label}`,
      run: () => both(tf.broadcastTo(tf.oneHot([label], 3, 1, 0, dtype), [8, 3]), edges(dtype)),
    })),
  ]);
}

/** The cases of this file. */
export const reductionCases: readonly Case[] = [
  ...alongAxis('softmax', tf.softmax),
  ...alongAxis('softmaxGradient', slopeOfSoftmax),
  ...alongAxis('logSoftmax', tf.logSoftmax),
  ...crossentropies(),
  ...(['float32', 'float64', 'int32', 'uint8'] as const).flatMap((dtype) => [
    { op: 'labelRows', what: `${dtype} labels`, run: () => labelRows(tf.tensor([[2, 0, 3]], [1, 3], dtype), 4, 'float32') },
    { op: 'labelRows', what: `as ${dtype}`, run: () => labelRows(tf.tensor([2, 0, 3], [3], 'float32'), 4, dtype) },
  ]),
  ...overAxes('max', tf.max, [...FLOATS, ...WHOLE], false),
  ...overAxes('min', tf.min, [...FLOATS, ...WHOLE], false),
  ...overAxes('any', tf.any, ['bool'], true),
  ...overAxes('all', tf.all, ['bool'], true),
  ...overAxes('any', (x, axes) => tf.any(tf.zerosLike(x), axes), ['bool'], true),
  ...overAxes('all', (x, axes) => tf.all(tf.onesLike(x), axes), ['bool'], true),
  ...overAxes('logSumExp', tf.logSumExp, FLOATS, true),
  ...overAxes('extremeShare', shareOfMax, FLOATS, false),
  ...withEdges('max', tf.max),
  ...withEdges('min', tf.min),
  ...withEdges('argMax', tf.argMax),
  ...withEdges('argMin', tf.argMin),
  ...withEdges('logSumExp', tf.logSumExp),
  ...withEdges('extremeShare', shareOfMax),
  ...alongAxis('argMax', tf.argMax, [...FLOATS, ...WHOLE], false),
  ...alongAxis('argMin', tf.argMin, [...FLOATS, ...WHOLE], false),
  { op: 'labelRows', what: 'many', run: () => labelRows(tf.tensor(Array.from({ length: 7001 }, (_, i) => i % 10)), 10, 'float32') },
];
