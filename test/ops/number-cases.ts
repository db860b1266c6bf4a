/** Situations of activations, roundings, divisions that round, and random numbers. */
import * as tf from 'gradtape';
import { binary, type Case, FLOATS, NUMBERS, unary, values } from './values.ts';

/** What cases of random numbers begin with. */
export const SEED = 987654321987;

const ALL: readonly tf.DType[] = [...NUMBERS, 'bool'];
const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 6, 7, -3, 3, -0.25, 1e-20];
/** Apart from the others, which are held to the same tolerance of the greatest. */
const LARGE = [1e6 + 0.5, -1e9, 86.5, -120, 9.75];

/** Numbers at which functions change their ways. */
function special(op: string, f: (x: tf.Tensor) => tf.Tensor): Case[] {
  return FLOATS.flatMap((dtype) => [
    { op, what: `${dtype} edges`, run: () => f(tf.tensor(SPECIAL, [SPECIAL.length], dtype)) },
    ...LARGE.map((x) => ({ op, what: `${dtype} ${x}`, run: () => f(tf.scalar(x, dtype)) })),
  ]);
}

function number(op: string, f: (x: tf.Tensor) => tf.Tensor, dtypes: readonly tf.DType[] = FLOATS): Case[] {
  return [...unary(op, f, dtypes), ...special(op, f)];
}

/** Every pair of the edges, and of integers the ones whose quotient overflows or has none. */
function pairs(op: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Case[] {
  const integers = [-2147483648, -7, -1, 0, 1, 3, 7, 2147483647];
  const grid = (list: readonly number[], dtype: tf.DType): (() => tf.Tensor) => {
    const n = list.length;
    return () => f(tf.tensor([...list], [n, 1], dtype), tf.tensor([...list], [n], dtype));
  };
  return [
    ...FLOATS.flatMap((dtype) => [
      { op, what: `${dtype} edges`, run: grid(SPECIAL.slice(0, -1), dtype) },
      { op, what: `${dtype} far apart`, run: grid([...SPECIAL, ...LARGE], dtype) },
    ]),
    { op, what: 'int32 edges', run: grid(integers, 'int32') },
    { op, what: 'uint8 edges', run: grid([0, 1, 2, 3, 254, 255], 'uint8') },
  ];
}

/** Whole numbers of both signs; times a float they are its multiples, or just beside. */
function multiples(): tf.Tensor {
  return tf.tensor(Array.from({ length: 20001 }, (_, i) => i - 10000));
}

/** A call after a seed of its own, so that both backends draw the same. */
export function drawn(op: string, what: string, run: () => tf.Tensor): Case {
  return {
    op,
    what,
    exact: true,
    run: () => {
      tf.setSeed(SEED);
      tf.randomUniform([1000]);
      return run();
    },
  };
}

/** The cases of this file. */
export const numberCases: readonly Case[] = [
  ...number('tan', tf.tan),
  ...number('sinh', tf.sinh),
  ...number('cosh', tf.cosh),
  ...number('asin', (x) => tf.asin(tf.mul(x, 0.37))),
  ...number('acos', (x) => tf.acos(tf.mul(x, 0.37))),
  ...number('atan', tf.atan),
  ...[0, 0.2, -0.5].flatMap((alpha) => number('leakyRelu', (x) => tf.leakyRelu(x, alpha))),
  ...[1, 0.3].flatMap((alpha) => number('elu', (x) => tf.elu(x, alpha))),
  ...number('gelu', (x) => tf.gelu(x)),
  ...number('gelu', (x) => tf.gelu(x, true)),
  ...number('gelu', (x) => tf.mul(tf.gelu(tf.sub(tf.neg(tf.abs(x)), 3)), 1e4)),
  ...number('erfc', tf.erfc),
  ...number('lgamma', tf.lgamma),
  ...number('lgamma', (x) => tf.lgamma(tf.mul(tf.abs(x), 4))),
  ...number('digamma', tf.digamma),
  ...number('digamma', (x) => tf.digamma(tf.mul(tf.abs(x), 4))),
  ...pairs('logaddexp', tf.logaddexp),
  ...number('relu6', tf.relu6, ALL),
  ...number('selu', tf.selu),
  ...number('silu', tf.silu),
  ...number('softplus', tf.softplus),
  ...number('softsign', tf.softsign),
  ...number('logSigmoid', tf.logSigmoid),
  ...number('hardSigmoid', tf.hardSigmoid),
  ...number('sign', tf.sign, ALL),
  ...number('floor', tf.floor, ALL),
  ...number('ceil', tf.ceil, ALL),
  ...number('round', tf.round, ALL),
  ...number('isNaN', tf.isNaN, ALL),
  ...number('isInf', tf.isInf, ALL),
  ...number('isFinite', tf.isFinite, ALL),
  ...number('clipByValue', (x) => tf.clipByValue(x, -1.25, 0.1), ALL),
  ...number('clipByValue', (x) => tf.clipByValue(x, -Infinity, Infinity), ALL),
  ...number('clipByValue', (x) => tf.clipByValue(x, 1e10, 1e11), FLOATS),
  ...number('clipByValue', (x) => tf.clipByValue(x, -1e11, -1e10), FLOATS),
  ...number('clipByValue', (x) => tf.clipByValue(x, -1000, 300), ALL),
  ...number('step', (x) => tf.step(x), ALL),
  ...number('step', (x) => tf.step(x, -2.5), FLOATS),
  ...number('step', (x) => tf.step(x, 2.5), ALL),
  ...binary('mod', tf.mod),
  ...binary('floorDiv', tf.floorDiv),
  ...binary('divNoNan', tf.divNoNan, FLOATS),
  ...pairs('mod', tf.mod),
  ...[0.3, -0.3, 0.1, 3].map((b) => ({ op: 'mod', what: `multiples of ${b}`, run: () => tf.mod(tf.mul(multiples(), b), b) })),
  ...pairs('floorDiv', tf.floorDiv),
  ...pairs('divNoNan', tf.divNoNan),
  ...binary('divNoNan', (a, b) => tf.divNoNan(a, tf.relu(b)), FLOATS),
  ...[[], [1], [3], [4], [1001], [70001], [0]].flatMap((shape) => [
    ...FLOATS.flatMap((dtype) => [
      drawn('randomUniform', `${dtype} [${shape}]`, () => tf.randomUniform(shape, 0, 1, dtype)),
      drawn('randomUniform', `${dtype} [${shape}] from -3 to 5.7`, () => tf.randomUniform(shape, -3, 5.7, dtype)),
      drawn('randomUniform', `${dtype} [${shape}] rounded to the end`, () => tf.randomUniform(shape, 1e8, 1e8 + 1, dtype)),
    ]),
    drawn('randomUniformInt', `[${shape}]`, () => tf.randomUniformInt(shape, -5, 11)),
    drawn('randomUniformInt', `[${shape}] of all`, () => tf.randomUniformInt(shape, -2147483648, 2147483648)),
  ]),
  { op: 'floorDiv', what: 'quotients just below a whole number', run: () => tf.floorDiv(values([4001], 'float32'), tf.scalar(0.1)) },
];
