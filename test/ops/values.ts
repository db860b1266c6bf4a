/** The values that situations of ops are made of, and the makers of situations that ops of one kind share. */
import * as tf from 'gradtape';

/** One situation: an op by name, and a call of it. */
export interface Case {
  readonly op: string;
  readonly what: string;
  readonly run: () => tf.Tensor;
  /** Whether both backends must give the same bits, in floats too. */
  readonly exact?: true;
}

/** Values that differ from place to place, of both signs, none of them zero. */
export function values(shape: readonly number[], dtype: tf.DType, seed = 1): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: size }, (_, i) => (((i * 7919 + seed * 104729) % 211) - 105.5) / 40);
  if (dtype === 'float32' || dtype === 'float64') return tf.tensor(data, shape, dtype);
  if (dtype === 'int32')
    return tf.tensor(
      data.map((v) => Math.round(v * 1000)),
      shape,
      dtype,
    );
  if (dtype === 'uint8')
    return tf.tensor(
      data.map((v) => Math.round(Math.abs(v) * 50) % 256),
      shape,
      dtype,
    );
  return tf.tensor(
    data.map((v) => v > 0),
    shape,
    dtype,
  );
}

const SHAPES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[7], [7]],
  [[3, 5], [5]],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [[0, 3], [3]],
  [[130, 33], [33]],
  [[70000], []],
];
/** The dtypes that arithmetic takes as they are. */
export const NUMBERS: readonly tf.DType[] = ['float32', 'float64', 'int32', 'uint8'];

/** The dtypes of what is computed in fractions. */
export const FLOATS: readonly tf.DType[] = ['float32', 'float64'];

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Unary = (x: tf.Tensor) => tf.Tensor;

/** An op of two tensors, on pairs of shapes that broadcast. */
export function binary(op: string, f: Binary, dtypes = NUMBERS): Case[] {
  return dtypes.flatMap((dtype) =>
    SHAPES.flatMap(([a, b]) => [
      { op, what: `${dtype} [${a}] [${b}]`, run: () => f(values(a, dtype), values(b, dtype, 2)) },
      { op, what: `${dtype} [${b}] [${a}]`, run: () => f(values(b, dtype), values(a, dtype, 2)) },
    ]),
  );
}

/** An op of one tensor, on shapes of every kind of size. */
export function unary(op: string, f: Unary, dtypes: readonly tf.DType[] = FLOATS): Case[] {
  return dtypes.flatMap((dtype) =>
    [[], [5], [3, 7], [0], [70001]].map((shape) => ({ op, what: `${dtype} [${shape}]`, run: () => f(values(shape, dtype)) })),
  );
}
