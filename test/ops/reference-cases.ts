/** Situations of ops without a native row: on either backend the reference kernel computes them, alone and in programs. */
import * as tf from 'gradtape';
import { type AnyOp, apply, ops } from '../../lib/core/op.ts';
import { drawn } from './number-cases.ts';
import { binary, type Case, FLOATS, NUMBERS, unary, values } from './values.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;

/** Positive numbers of any size. */
const positive =
  (f: Unary): Unary =>
  (x) =>
    f(x.abs().add(0.1));

/** Matrices with a heavy diagonal, the same upside down, in batches. */
function matrices(n: number, dtype: tf.DType): tf.Tensor {
  const x = values([2, n, n], dtype);
  return x.add(x.transpose([0, 2, 1])).add(tf.eye(n, n, [], dtype).mul(6 * n));
}

/** All results one after the other, as doubles. */
function joined(...tensors: readonly tf.Tensor[]): tf.Tensor {
  return tf.concat(tensors.map((x) => x.cast('float64').reshape([x.size])));
}

/** An op on matrices, alone or with its gradient. */
function onMatrices(op: string, f: Unary, sizes: readonly number[] = [1, 2, 3, 9]): Case[] {
  return FLOATS.flatMap((dtype) => sizes.map((n) => ({ op, what: `${dtype} ${n}x${n}`, run: () => f(matrices(n, dtype)) })));
}

/** An op that only gradients apply. */
function inGradient(op: string, what: string, f: Unary): Case[] {
  return FLOATS.map((dtype) => ({ op, what: `${dtype} ${what}`, run: () => tf.grad((x) => f(x).square())(matrices(3, dtype)) }));
}

/** An op of several results, as one tensor. */
const whole = (f: (x: tf.Tensor) => object): Unary => {
  return (x) => joined(...(Object.values(f(x)) as tf.Tensor[]));
};

const LINALG: readonly Case[] = [
  ...onMatrices('cholesky', tf.linalg.cholesky),
  ...onMatrices('solve', (x) => tf.linalg.solve(x, x.slice([0, 0, 0], [2, x.shape[1], 1]))),
  ...onMatrices('triangularSolve', (x) => tf.linalg.triangularSolve(x, x, false, true)),
  ...onMatrices('inv', tf.linalg.inv),
  ...onMatrices('det', tf.linalg.det),
  ...onMatrices('slogdet', whole(tf.linalg.slogdet)),
  ...onMatrices('luFactor', whole(tf.linalg.luFactor)),
  ...onMatrices('qr', whole(tf.linalg.qr)),
  ...onMatrices('eigh', whole(tf.linalg.eigh)),
  ...onMatrices('svd', whole(tf.linalg.svd)),
  ...onMatrices('pinv', (x) => tf.linalg.pinv(x)),
  ...onMatrices('expm', (x) => tf.linalg.expm(x.div(40))),
  ...onMatrices('sqrtm', tf.linalg.sqrtm),
  ...onMatrices('logm', tf.linalg.logm),
  ...onMatrices('eig', (x) => {
    const { eigenvalues, eigenvectors } = tf.linalg.eig(x);
    return joined(tf.viewAsReal(eigenvalues), tf.viewAsReal(eigenvectors).abs());
  }),
  ...inGradient('sylvester', 'a gradient of sqrtm', tf.linalg.sqrtm),
  ...inGradient('cofactor', 'a gradient of det', tf.linalg.det),
  ...inGradient('exchangeRows', 'a gradient of luFactor', (x) => tf.linalg.luFactor(x).lu),
  ...inGradient('inverseGaps', 'a gradient of eigh', (x) => tf.linalg.eigh(x).eigenvectors),
];

/** Without those of many elements: there is no native loop whose pieces would meet. */
const few = (cases: readonly Case[]): Case[] => cases.filter(({ what }) => !/7000/.test(what));

const SPECIAL: readonly Case[] = few([
  ...unary('erfc', tf.erfc),
  ...unary('erfinv', (x) => tf.erfinv(x.mul(0.3))),
  ...unary('digamma', tf.digamma),
  ...unary('lgamma', tf.lgamma),
  ...[1, 4].flatMap((n) => unary('polygamma', (x) => tf.polygamma(n, x))),
  ...[tf.i0, tf.i1, tf.i0e, tf.i1e].flatMap((f) => unary('besselI', f)),
  ...unary('sinc', tf.sinc),
  ...unary('log2', positive(tf.log2)),
  ...unary('log10', positive(tf.log10)),
  ...unary('exp2', tf.exp2),
  ...unary('logit', (x) => tf.logit(tf.sigmoid(x))),
  ...unary('cbrt', tf.cbrt),
  ...unary('asinh', tf.asinh),
  ...unary('acosh', (x) => tf.acosh(x.abs().add(1))),
  ...unary('atanh', (x) => tf.atanh(x.mul(0.3))),
  ...binary('atan2', tf.atan2, FLOATS),
  ...binary('hypot', tf.hypot, FLOATS),
  ...binary('xlogy', (a, b) => tf.xlogy(a, b.abs()), FLOATS),
  ...binary('xlog1py', (a, b) => tf.xlog1py(a, b.abs()), FLOATS),
  ...binary('xdivy', tf.xdivy, FLOATS),
  ...binary('truncateDiv', tf.truncateDiv),
  ...[tf.besselJ0, tf.besselJ1].flatMap((f) => unary('besselJ', f)),
  ...[tf.besselY0, tf.besselY1].flatMap((f) => unary('besselY', positive(f))),
  ...[tf.besselK0, tf.besselK1, tf.besselK0e, tf.besselK1e].flatMap((f) => unary('besselK', positive(f))),
  ...unary('dawsn', tf.dawsn),
  ...unary('expint', tf.expint),
  ...unary('spence', positive(tf.spence)),
  ...unary('fresnelSin', tf.fresnelSin),
  ...unary('fresnelCos', tf.fresnelCos),
  ...binary('fmod', tf.fmod),
  ...unary('erfcinv', (x) => tf.erfcinv(x.abs().mul(0.5).add(0.01))),
  ...binary('igamma', (a, x) => tf.igamma(a.abs(), x.abs()), FLOATS),
  ...binary('igamma', (a, x) => tf.igammac(a.abs(), x.abs()), FLOATS),
  ...binary('zeta', (x, q) => tf.zeta(x.abs().add(1.1), q.abs()), FLOATS),
  ...binary('betainc', (a, b) => tf.betainc(a.abs(), b.abs(), tf.sigmoid(a)), FLOATS),
  ...[
    ['bitwiseAnd', tf.bitwiseAnd] as const,
    ['bitwiseOr', tf.bitwiseOr] as const,
    ['bitwiseXor', tf.bitwiseXor] as const,
    ['bitwiseLeftShift', tf.bitwiseLeftShift] as const,
    ['bitwiseRightShift', tf.bitwiseRightShift] as const,
  ].flatMap(([op, f]) => binary(op, f, ['int32', 'uint8'])),
]);

/** Of a state that each case sets. */
const generator = new tf.random.Generator({ seed: 3 });

const SAMPLES: readonly Case[] = [
  ...[[], [7], [33, 9], [0]].flatMap((shape) => [
    ...FLOATS.flatMap((dtype) => [
      drawn('randomNormal', `${dtype} [${shape}]`, () => tf.randomNormal(shape, 1, 2, dtype)),
      drawn('truncatedNormal', `${dtype} [${shape}]`, () => tf.truncatedNormal(shape, 1, 2, dtype)),
      drawn('randomGamma', `${dtype} [${shape}]`, () => tf.randomGamma(shape, 0.7, 1, dtype)),
      drawn('randomBeta', `${dtype} [${shape}]`, () => tf.randomBeta(shape, 2, 0.5, dtype)),
      drawn('randomPoisson', `${dtype} [${shape}]`, () => tf.randomPoisson(shape, 3.5, dtype)),
      drawn('randomBinomial', `${dtype} [${shape}]`, () => tf.randomBinomial(shape, 9, 0.3, dtype)),
    ]),
    drawn('randomPoisson', `int32 [${shape}]`, () => tf.randomPoisson(shape, 40, 'int32')),
    drawn('randomBinomial', `int32 [${shape}]`, () => tf.randomBinomial(shape, 90, 0.6, 'int32')),
  ]),
  ...FLOATS.flatMap((dtype) => [
    drawn('multinomial', `${dtype} logits`, () => tf.multinomial(values([3, 5], dtype), 7)),
    drawn('multinomial', `${dtype} probabilities`, () => tf.multinomial(tf.softmax(values([5], dtype)), 4, undefined, true)),
  ]),
  ...[0, 1, 40].map((n) => drawn('randomPermutation', `${n}`, () => tf.randomPermutation(n))),
  {
    op: 'advanceState',
    what: 'of a generator',
    run: () => {
      generator.state.assign(tf.tensor([1, 2, 3, 4], [4], 'int32'));
      return joined(generator.uniform([5]), generator.normal([2]));
    },
  },
  {
    op: 'splitState',
    what: 'of a state',
    // Generators are not split while a function is traced.
    run: () => apply(ops.get('splitState') as AnyOp, [tf.tensor([1, 2, 3, 4], [4], 'int32')], { count: 3 })[0],
  },
];

/** Ops that hold programs stand in traces only. */
function traced(op: string, what: string, f: Unary, x: () => tf.Tensor): Case {
  return { op, what, run: () => tf.function(f)(x()) };
}

const looped = (x: tf.Tensor): tf.Tensor =>
  tf.whileLoop(
    (i, y) => i.less(4).logicalAnd(y.sum().less(50)),
    (i, y) => [i.add(1), y.mul(x).add(1)],
    [tf.scalar(0, 'int32'), x],
  )[1];
const scanned = (x: tf.Tensor): tf.Tensor => tf.scan((sum: tf.Tensor, row: tf.Tensor) => sum.mul(0.5).add(row), x);

const PROGRAMS: readonly Case[] = FLOATS.flatMap((dtype) => [
  traced(
    'switchCase',
    `${dtype} of two`,
    (x) =>
      tf.cond(
        x.sum().greater(0),
        () => x.square(),
        () => x.mul(-3),
      ),
    () => values([5], dtype),
  ),
  traced('whileLoop', `${dtype} of four steps`, looped, () => values([5], dtype)),
  traced('whileLoopGradient', `${dtype} of four steps`, tf.grad(looped), () => values([5], dtype)),
  traced('scan', `${dtype} of many rows`, scanned, () => values([300, 2], dtype)),
  {
    op: 'again',
    what: `${dtype} of a recomputed block`,
    run: () => tf.grad(tf.recomputeGrad((x: tf.Tensor) => x.sin().exp()))(values([5], dtype)),
  },
]);

const complexOf = (shape: readonly number[], dtype: tf.DType): tf.Tensor => tf.complex(values(shape, dtype), values(shape, dtype, 2));

/** The cases of this file. */
export const referenceCases: readonly Case[] = [
  ...SPECIAL,
  ...LINALG,
  ...SAMPLES,
  ...PROGRAMS,
  ...([...NUMBERS, 'bool'] as const).flatMap((dtype) => [
    ...[[12], [3, 4], [2, 1, 6]].map((shape) => ({
      op: 'reshape',
      what: `${dtype} [${shape}]`,
      run: () => tf.reshape(values(shape, dtype), [4, 3]),
    })),
    { op: 'stopGradient', what: dtype, run: () => tf.stopGradient(values([3, 4], dtype)) },
  ]),
  ...FLOATS.flatMap((dtype) => [
    ...[[], [7], [3, 5], [2, 0]].flatMap((shape) => [
      { op: 'viewAsComplex', what: `${dtype} [${shape}]`, run: () => tf.viewAsReal(tf.viewAsComplex(values([...shape, 2], dtype))) },
      { op: 'viewAsReal', what: `${dtype} [${shape}]`, run: () => tf.viewAsReal(complexOf(shape, dtype)) },
    ]),
    ...[1, 2, 7, 16, 45].map((n) => ({
      op: 'dft',
      what: `${dtype} ${n}`,
      run: () => tf.viewAsReal(tf.fft(complexOf([3, n], dtype))),
    })),
    ...[[5], [3, 7], [2, 3, 4]].flatMap((shape) => [
      ...shape.map((_, axis) => ({
        op: 'cumLogSumExp',
        what: `${dtype} [${shape}] along ${axis}`,
        run: () => tf.cumLogSumExp(values(shape, dtype), axis, axis === 0, axis === 1),
      })),
      ...shape.map((_, axis) => ({
        op: 'sparsemax',
        what: `${dtype} [${shape}] along ${axis}`,
        run: () => tf.sparsemax(values(shape, dtype), axis),
      })),
    ]),
    {
      op: 'dilation',
      what: `${dtype} with steps`,
      run: () => tf.dilation2d(values([2, 7, 6, 3], dtype), values([3, 2, 3], dtype, 2), [2, 1], 'same'),
    },
  ]),
  { op: 'broadcastArgs', what: 'of two shapes', run: () => tf.broadcastArgs([3, 1, 4], [5, 1]) },
  {
    op: 'binSegments',
    what: 'counts',
    run: () =>
      tf.denseBincount(
        [
          [1, 1, 2],
          [0, 5, 3],
        ],
        null,
        6,
      ),
  },
];
