/** Where every differentiable op is differentiated twice: what its cases apply it to, in float64, and some more. */
import * as tf from 'gradtape';
import { type AnyOp, context, ops } from '../../lib/core/op.ts';
import { cases } from './cases.ts';
import { values } from './values.ts';

/** An op with attributes, at a point. */
export interface Point {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly tf.Tensor[];
}

/** Differences take two evaluations for each element, twice. */
const MOST_ELEMENTS = 24;
/** Different attributes of one op that are looked at. */
const MOST_USES = 4;

const allFinite = (x: tf.Tensor): boolean => x.dataSync().every(Number.isFinite);
/** Constants beyond which differences drown in rounding. */
const isTame = (attrs: unknown): boolean => !/\d{6}\.|\d{7}/.test(JSON.stringify(attrs));

const x = (shape: readonly number[], seed = 1): tf.Tensor => values(shape, 'float64', seed);
/** Uses that no case has on few elements. */
const MORE: readonly (() => unknown)[] = [
  () => [tf.cast(x([3]), 'float64'), tf.sum(x([3, 4]), 0), tf.mean(x([3, 4]), 1), tf.transpose(x([2, 3])), tf.reverse(x([2, 3]), 1)],
  () => [tf.slice(x([4, 3]), [1, 0], [2, 2]), tf.stridedSlice(x([5, 3]), [4, 0], [0, 3], [-2, 2])],
  () => tf.fusedMatMul({ a: x([2, 3]), b: x([3, 2], 2), bias: x([2], 3), activation: 'tanh' }),
  () => tf.fusedMatMul({ a: x([2, 3]), b: x([3, 2], 2), activation: 'gelu' }),
  () => tf.dilation2d(x([1, 3, 3, 1]), x([2, 2, 1], 2), 1, 'valid'),
  () => tf.maxPool(x([1, 3, 4, 1]), 2, 1, 'valid'),
  () => [
    tf.cumLogSumExp(x([2, 4]), 1),
    tf.sparsemax(x([2, 4])),
    tf.erfc(x([4])),
    tf.erfinv(x([4]).mul(0.1)),
    tf.lgamma(x([4]).abs()),
    tf.digamma(x([4]).abs()),
  ],
  () => [
    tf.polygamma(1, x([4]).abs()),
    tf.i0(x([4])),
    tf.i1(x([4])),
    tf.i0e(x([4])),
    tf.i1e(x([4])),
    tf.sinc(x([4])),
    tf.log2(x([4]).abs()),
  ],
  () => [
    tf.log10(x([4]).abs()),
    tf.exp2(x([4])),
    tf.logit(x([4]).sigmoid()),
    tf.cbrt(x([4])),
    tf.asinh(x([4])),
    tf.acosh(x([4]).abs().add(1.5)),
  ],
  () => [tf.atanh(x([4]).mul(0.2)), tf.atan2(x([4]), x([4], 2)), tf.hypot(x([4]), x([4], 2)), tf.xlogy(x([4]), x([4], 2).abs())],
  () => [tf.xlog1py(x([4]), x([4], 2).abs()), tf.xdivy(x([4]), x([4], 2)), tf.multiplyNoNan(x([4]), x([4], 2)), tf.fmod(x([4]), x([4], 2))],
  () => [tf.dawsn(x([4])), tf.expint(x([4])), tf.spence(x([4]).abs()), tf.fresnelSin(x([4])), tf.fresnelCos(x([4]))],
  () => [tf.besselJ0(x([4])), tf.besselJ1(x([4])), tf.besselY1(x([4]).abs()), tf.besselK0(x([4]).abs()), tf.besselK1e(x([4]).abs())],
  () => [tf.erfcinv(x([4]).abs().mul(0.5)), tf.igamma(x([4]).abs(), x([4], 2).abs()), tf.igammac(x([4]).abs(), x([4], 2).abs())],
  // Gradients of these use ops of their own.
  () =>
    tf.grad((m) =>
      tf
        .grad((m) => tf.ctcLoss([[1]], m, [1], [2]).sum())(m)
        .square()
        .sum(),
    )(x([1, 2, 2])),
  () => [tf.grad((m) => tf.stridedSlice(m, [4, 0], [0, 3], [-2, 2]))(x([5, 3])), tf.linalg.bandPart(x([3, 3]), 1, 0)],
];

/**
 * Ops whose own tests differentiate them twice: in programs, which they hold; on matrices, of which one element alone must not move; and with what a pass forward
 * has found out about the other inputs, which moves with them; on probabilities, of which some are 0; on complex numbers, whose parts are of single precision; and
 * those with gradients by the last input alone.
 */
export const ELSEWHERE: readonly string[] = [
  ...['again', 'switchCase', 'whileLoop', 'whileLoopGradient', 'scan'],
  ...[
    'cholesky',
    'triangularSolve',
    'solve',
    'inv',
    'cofactor',
    'det',
    'slogdet',
    'exchangeRows',
    'luFactor',
    'qr',
    'inverseGaps',
    'eigh',
    'svd',
  ],
  ...['sqrtm', 'sylvester', 'logm', 'eig'],
  ...['pinv', 'expm', 'normalization', 'normalizationGradient', 'attention', 'attentionGradient'],
  ...['ctcArrivals', 'viewAsReal', 'viewAsComplex', 'dft'],
  ...['betainc', 'zeta'],
  ...['lstm', 'lstmGradient', 'gru', 'gruGradient'],
];

/** Uses of differentiable ops on few float64 elements, at points without kinks: those that are differentiated twice. */
export function pointsOf(): Map<AnyOp, Point[]> {
  const runs = [...cases.filter(({ what }) => what.includes('float64') && !/\d{4}/.test(what)).map(({ run }) => run), ...MORE];
  const found = new Map<AnyOp, Point[]>();
  const seen = new Set<string>();
  const before = context.listeners;
  const look = (op: AnyOp, inputs: readonly tf.Tensor[], outputs: readonly tf.Tensor[], attrs: unknown): void => {
    if (op.grad === 'none' || ELSEWHERE.includes(op.name) || ops.get(op.name) !== op) return;
    const floats = inputs.filter(({ dtype }) => dtype === 'float32' || dtype === 'float64');
    const size = floats.reduce((total, x) => total + x.size, 0);
    if (size === 0 || size > MOST_ELEMENTS || floats.some(({ dtype }) => dtype !== 'float64')) return;
    if (!isTame(attrs) || ![...floats, ...outputs].every(allFinite)) return;
    const key = `${op.name} ${JSON.stringify(attrs)} ${inputs.map(({ rank }) => rank)}`;
    const uses = found.get(op) ?? [];
    if (seen.has(key) || uses.length === MOST_USES) return;
    seen.add(key);
    // Moved a little, so that no two elements are equal: extremes and remainders have kinks there.
    const moved = inputs.map((input, n) => {
      if (input.dtype !== 'float64') return input;
      const data = input.dataSync().map((value, i) => value + 2e-5 * (1 + ((37 * i + 53 * n) % 97)));
      return tf.tensor(data, input.shape, 'float64');
    });
    found.set(op, [...uses, { op, attrs, inputs: moved }]);
  };
  context.listeners = [{ applied: look }];
  try {
    for (const run of runs) run();
  } finally {
    context.listeners = before;
  }
  return found;
}
