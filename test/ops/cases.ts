/** Situations of ops that have a native row: what is called on which inputs. */
import * as tf from 'gradtape';

/** One situation: an op by name, and a call of it. */
export interface Case {
  readonly op: string;
  readonly what: string;
  readonly run: () => tf.Tensor;
}

/** Values that differ from place to place, of both signs, none of them zero. */
function values(shape: readonly number[], dtype: tf.DType, seed = 1): tf.Tensor {
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
const NUMBERS: readonly tf.DType[] = ['float32', 'float64', 'int32', 'uint8'];

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Unary = (x: tf.Tensor) => tf.Tensor;

function binary(op: string, f: Binary, dtypes = NUMBERS): Case[] {
  return dtypes.flatMap((dtype) =>
    SHAPES.flatMap(([a, b]) => [
      { op, what: `${dtype} [${a}] [${b}]`, run: () => f(values(a, dtype), values(b, dtype, 2)) },
      { op, what: `${dtype} [${b}] [${a}]`, run: () => f(values(b, dtype), values(a, dtype, 2)) },
    ]),
  );
}

function unary(op: string, f: Unary, dtypes: readonly tf.DType[] = ['float32', 'float64']): Case[] {
  return dtypes.flatMap((dtype) =>
    [[], [5], [3, 7], [0], [70001]].map((shape) => ({ op, what: `${dtype} [${shape}]`, run: () => f(values(shape, dtype)) })),
  );
}

function product(op: string, m: number, k: number, n: number): Case[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      (['float32', 'float64', 'int32'] as const).map((dtype) => ({
        op,
        what: `${dtype} ${m}x${k}x${n}${transposeA ? ' T' : ' N'}${transposeB ? 'T' : 'N'}`,
        run: () => {
          const a = values(transposeA ? [k, m] : [m, k], dtype);
          const b = values(transposeB ? [n, k] : [k, n], dtype, 2);
          return tf.matMul(a, b, transposeA, transposeB);
        },
      })),
    ),
  );
}

/** Every case; test/ops/native.test.ts holds both backends against each other on them, and asserts that the native row ran. */
export const cases: readonly Case[] = [
  ...binary('add', tf.add),
  ...binary('sub', tf.sub),
  ...binary('mul', tf.mul),
  ...binary('div', tf.div, ['float32', 'float64']),
  ...binary('maximum', tf.maximum),
  ...binary('minimum', tf.minimum),
  ...binary('squaredDifference', tf.squaredDifference),
  ...binary('pow', (a, b) => tf.pow(a.abs(), b), ['float32', 'float64']),
  ...unary('neg', tf.neg, NUMBERS),
  ...unary('square', tf.square, NUMBERS),
  ...unary('abs', tf.abs, NUMBERS),
  ...unary('relu', tf.relu),
  ...unary('sigmoid', tf.sigmoid),
  ...unary('tanh', tf.tanh),
  ...unary('exp', tf.exp),
  ...unary('log', (x) => tf.log(x.abs())),
  ...unary('sqrt', (x) => tf.sqrt(x.abs())),
  ...unary('rsqrt', (x) => tf.rsqrt(x.abs())),
  ...unary('reciprocal', tf.reciprocal),
  ...unary('expm1', tf.expm1),
  ...unary('log1p', (x) => tf.log1p(x.abs())),
  ...unary('sin', tf.sin),
  ...unary('cos', tf.cos),
  ...unary('erf', tf.erf),
  ...binary('equal', tf.equal),
  ...binary('notEqual', tf.notEqual),
  ...binary('less', tf.less),
  ...binary('lessEqual', tf.lessEqual),
  ...binary('greater', tf.greater),
  ...binary('greaterEqual', tf.greaterEqual),
  ...binary('logicalAnd', tf.logicalAnd, ['bool']),
  ...binary('logicalOr', tf.logicalOr, ['bool']),
  ...binary('logicalXor', tf.logicalXor, ['bool']),
  ...unary('logicalNot', tf.logicalNot, ['bool']),
  ...binary('where', (a, b) => tf.where(tf.greater(a, 0), a, b)),
  ...(['float32', 'float64', 'int32', 'uint8'] as const).flatMap((dtype) =>
    [null, 0, 1, [0, 2]].map((axis) => ({
      op: 'sum',
      what: `${dtype} over ${JSON.stringify(axis)}`,
      run: () => tf.sum(values([5, 33, 17], dtype), axis),
    })),
  ),
  ...(['float32', 'float64'] as const).flatMap((dtype) =>
    [null, 0, 1, [0, 2]].map((axis) => ({
      op: 'mean',
      what: `${dtype} over ${JSON.stringify(axis)}`,
      run: () => tf.mean(values([5, 33, 17], dtype), axis),
    })),
  ),
  ...NUMBERS.flatMap((from) =>
    (['float32', 'float64', 'int32', 'uint8', 'bool'] as const)
      .filter((to) => to !== from)
      .map((to) => ({
        op: 'cast',
        what: `${from} to ${to}`,
        run: () => tf.cast(to === 'uint8' ? values([33, 7], from).abs() : values([33, 7], from), to),
      })),
  ),
  ...NUMBERS.map((dtype) => ({ op: 'fill', what: dtype, run: () => tf.fill([3, 5], 7, dtype) })),
  ...NUMBERS.map((dtype) => ({ op: 'broadcastTo', what: dtype, run: () => tf.broadcastTo(values([3, 1], dtype), [2, 3, 4]) })),
  ...product('matMul', 1, 1, 1),
  ...product('matMul', 5, 7, 3),
  ...product('matMul', 33, 65, 47),
  { op: 'matMul', what: 'batched', run: () => tf.matMul(values([2, 1, 3, 5], 'float32'), values([4, 5, 6], 'float32', 2)) },
  { op: 'matMul', what: 'inner size 0', run: () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])) },
];
