/** Situations of every op: what is called on which inputs. */
import * as tf from 'gradtape';
import { ACTIVATIONS } from '../../lib/ops/ending.ts';
import { attentionCases } from './attention-cases.ts';
import { convCases } from './conv-cases.ts';
import { discreteCases } from './discrete-cases.ts';
import { fusedCases } from './fused-cases.ts';
import { indexCases } from './index-cases.ts';
import { moveCases } from './move-cases.ts';
import { normalizationCases } from './normalization-cases.ts';
import { numberCases } from './number-cases.ts';
import { reductionCases } from './reduction-cases.ts';
import { referenceCases } from './reference-cases.ts';
import { resampleCases } from './resample-cases.ts';
import { scanCases } from './scan-cases.ts';
import { sequenceCases } from './sequence-cases.ts';
import { updateCases } from './update-cases.ts';
import { binary, type Case, FLOATS, NUMBERS, unary, values } from './values.ts';

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

function fused(): Case[] {
  return ACTIVATIONS.flatMap((activation) =>
    FLOATS.flatMap((dtype) =>
      [false, true].map((biased) => ({
        op: 'fusedMatMul',
        what: `${dtype} ${activation}${biased ? ' with a bias' : ''}`,
        run: () => {
          const [a, b] = [values([9, 35], dtype), values([17, 35], dtype, 2)];
          return tf.fusedMatMul({ a, b, transposeB: true, activation, ...(biased ? { bias: values([17], dtype, 3) } : {}) });
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
  ...binary('logaddexp', tf.logaddexp, FLOATS),
  ...binary('bitwiseAnd', tf.bitwiseAnd, ['int32', 'uint8']),
  ...binary('bitwiseOr', tf.bitwiseOr, ['int32', 'uint8']),
  ...binary('bitwiseXor', tf.bitwiseXor, ['int32', 'uint8']),
  ...binary('bitwiseLeftShift', tf.bitwiseLeftShift, ['int32', 'uint8']),
  ...binary('bitwiseRightShift', tf.bitwiseRightShift, ['int32', 'uint8']),
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
  ...fused(),
  ...updateCases,
  ...fusedCases,
  ...convCases,
  ...moveCases,
  ...indexCases,
  ...resampleCases,
  ...scanCases,
  ...sequenceCases,
  ...normalizationCases,
  ...attentionCases,
  ...numberCases,
  ...reductionCases,
  ...discreteCases,
  ...referenceCases,
  { op: 'matMul', what: 'inner size 0', run: () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])) },
];
