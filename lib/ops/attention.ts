/** Attention without the matrix of all scores in memory. */
import { ArgumentError, checkFlag, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { type Shape, sameShape, showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { type AttentionAttrs, attentionGradientKernel, attentionKernel } from '../kernels/attention.ts';
import { softmax } from './activations.ts';
import { add, mul, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { lessEqual, logicalAnd, where } from './compare.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { tensor, zerosLike } from './creation.ts';
import { matMul } from './matmul.ts';
import { sum } from './reduce.ts';
import { broadcastTo, reshape } from './shape.ts';
import { transpose } from './transpose.ts';

const ATTRS = ['scale', 'causal', 'biased', 'masked'] as const;
/** Below every logit, and far enough from -Infinity that differences are no NaN. */
const LOW = -1e30;

/** Products of all queries and keys, of the exponentials and of the values. */
function flopsOf(factor: number, at: number) {
  return (inputs: readonly Spec[]): number => {
    const [q, , v] = inputs.slice(at);
    const [batch, queries, heads, width] = q.shape;
    return factor * batch * queries * heads * v.shape[1] * (width + v.shape[3]);
  };
}

/** [b, t, n, h] as [b, n, t, h], or back. */
export const swapHeads = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);

/** Softmax weights [b, n, t, s] of queries [b, t, n, h] and keys [b, s, n, h] as one tensor, zero where nothing may be seen: what gradients of higher order are made of. */
export function attentionWeights(
  q: Tensor,
  k: Tensor,
  bias: Tensor | null,
  mask: Tensor | null,
  { scale, causal }: Pick<AttentionAttrs, 'scale' | 'causal'>,
): Tensor {
  const logits = mul(matMul(swapHeads(q), swapHeads(k), false, true), scale);
  const shifted = bias === null ? logits : add(logits, bias);
  const visible = attentionMask(mask, causal, q.shape[1], k.shape[1]);
  if (visible === null) return softmax(shifted);
  return where(visible, softmax(where(visible, shifted, LOW)), 0);
}

/** Where a query may see a key: a mask, the keys up to the query's own position, both or null for everywhere. */
export function attentionMask(mask: Tensor | null, causal: boolean, queries: number, keys: number): Tensor | null {
  const seen = causal ? causalMask(queries, keys) : null;
  return mask === null ? seen : seen === null ? mask : logicalAnd(mask, seen);
}

function causalMask(queries: number, keys: number): Tensor {
  const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
  return lessEqual(tensor(range(keys), [1, keys], 'int32'), tensor(range(queries), [queries, 1], 'int32'));
}

/** What flows to the scores from what flows to the weights. */
const throughSoftmax = (weights: Tensor, flow: Tensor): Tensor => mul(weights, sub(flow, sum(mul(weights, flow), -1, true)));

/** Optional inputs behind `first`. */
function besides(inputs: readonly Tensor[], first: number, { biased, masked }: AttentionAttrs): [Tensor | null, Tensor | null] {
  return [biased ? inputs[first] : null, masked ? inputs[first + (biased ? 1 : 0)] : null];
}

/** The means of values, and the sums. */
function inferAttention([q, k, v, ...rest]: readonly Spec[], { biased }: Pick<AttentionAttrs, 'biased'>): readonly Spec[] {
  const [batch, queries, heads, width] = q.shape;
  const fits = (x: Spec): boolean => x.shape.length === 4 && x.shape[0] === batch && x.shape[2] === heads;
  if (q.shape.length !== 4 || !fits(k) || !fits(v) || k.shape[3] !== width || k.shape[1] !== v.shape[1]) {
    throw new ShapeError(
      `dotProductAttention: needs queries [b,t,n,h], keys [b,s,n,h] and values [b,s,n,d]; received ${[q, k, v].map(({ shape }) => showShape(shape)).join(', ')}`,
    );
  }
  const scores = [batch, heads, queries, k.shape[1]];
  rest.forEach(({ shape }, i) => {
    if (shape.length === 4 && shape.every((d, axis) => d === 1 || d === scores[axis])) return;
    throw new ShapeError(
      `dotProductAttention: ${biased && i === 0 ? 'bias' : 'mask'} of shape ${showShape(shape)} does not broadcast to scores of shape ${showShape(scores)}`,
    );
  });
  return [
    { shape: [batch, queries, heads, v.shape[3]], dtype: q.dtype },
    { shape: [batch, heads, queries], dtype: q.dtype },
  ];
}

/** Inputs dy, y and sums, then those of attention; outputs what flows to queries, keys and values. */
const gradientOp: Op<AttentionAttrs, 'inputs'> = declare<AttentionAttrs, 'inputs'>({
  name: 'attentionGradient',
  attrs: ATTRS,
  traits: { flops: flopsOf(5, 3) },
  infer(inputs, attrs) {
    const [y, sums] = inferAttention(inputs.slice(3), attrs);
    [y, y, sums].forEach(({ shape }, i) => {
      if (sameShape(inputs[i].shape, shape)) return;
      throw new ShapeError(
        `attentionGradient: needs ${['dy', 'y', 'sums'][i]} of shape ${showShape(shape)}; received ${showShape(inputs[i].shape)}`,
      );
    });
    return inputs.slice(3, 6).map(({ shape, dtype }) => ({ shape, dtype }));
  },
  kernel: attentionGradientKernel,
  saves: ['inputs'],
  // Over the whole matrix of weights: y and sums are functions of the other inputs.
  grad({ dys, inputs, attrs }) {
    const [a, b, c] = dys.map((dy) => (dy === null ? null : swapHeads(dy)));
    const { scale } = attrs;
    const [bias, mask] = besides(inputs, 6, attrs);
    const [q, k, v] = [inputs[3], inputs[4], inputs[5]].map(swapHeads);
    const flow = swapHeads(inputs[0]);
    let parts: ReturnType<typeof compute> | undefined;
    const plus = (x: Tensor | null, y: Tensor | null): Tensor | null => (x === null ? y : y === null ? x : add(x, y));
    const compute = () => {
      const weights = attentionWeights(inputs[3], inputs[4], bias, mask, attrs);
      const dWeights = matMul(flow, v, false, true);
      const dScores = throughSoftmax(weights, dWeights);
      // What the loss changes by with dScores, and from there with the weights.
      const outer = plus(a === null ? null : matMul(a, k, false, true), b === null ? null : matMul(q, b, false, true));
      const g = outer === null ? null : mul(outer, scale);
      const m = g === null ? null : throughSoftmax(weights, g);
      const along = sum(mul(weights, dWeights), -1, true);
      const fromScores = g === null ? null : sub(mul(g, sub(dWeights, along)), mul(dWeights, sum(mul(g, weights), -1, true)));
      const fromValues = c === null ? null : matMul(flow, c, false, true);
      const e = plus(fromScores, fromValues);
      const second = e === null ? null : throughSoftmax(weights, e);
      return { weights, dScores, m, second };
    };
    const total =
      (pick: (parts: ReturnType<typeof compute>) => Tensor | null, like: Tensor, swaps = true) =>
      (): Tensor => {
        parts ??= compute();
        const found = pick(parts);
        if (found === null) return zerosLike(like);
        return swaps ? swapHeads(found) : found;
      };
    return [
      total(({ weights, m }) => plus(m === null ? null : matMul(m, v), c === null ? null : matMul(weights, c)), inputs[0]),
      null,
      null,
      total(({ dScores, second }) => {
        const ofKeys = b === null ? null : matMul(dScores, b);
        const sums = plus(ofKeys, second === null ? null : matMul(second, k));
        return sums === null ? null : mul(sums, scale);
      }, inputs[3]),
      total(({ dScores, second }) => {
        const ofQueries = a === null ? null : matMul(dScores, a, true);
        const sums = plus(ofQueries, second === null ? null : matMul(second, q, true));
        return sums === null ? null : mul(sums, scale);
      }, inputs[4]),
      total(({ m }) => (m === null ? null : matMul(m, flow, true)), inputs[5]),
      ...(bias === null ? [] : [total(({ second }) => second, bias, false)]),
      ...(mask === null ? [] : [null]),
    ];
  },
});

/** Outputs: the means of values, and of each query the logarithm of the sum of exponentials, with which the pass back finds the weights again. */
const attentionOp: Op<AttentionAttrs, 'inputs' | 'outputs'> = declare<AttentionAttrs, 'inputs' | 'outputs'>({
  name: 'attention',
  attrs: ATTRS,
  traits: { flops: flopsOf(2, 0) },
  infer: inferAttention,
  kernel: attentionKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs, outputs, attrs }) {
    const [bias, mask] = besides(inputs, 3, attrs);
    let slopes: readonly Tensor[] | undefined;
    const slope = (i: number) => (): Tensor => {
      slopes ??= apply(gradientOp, [dy, ...outputs, ...inputs], attrs);
      return slopes[i];
    };
    const ofBias = (): Tensor => {
      const weights = attentionWeights(inputs[0], inputs[1], bias, mask, attrs);
      return throughSoftmax(weights, matMul(swapHeads(dy), swapHeads(inputs[2]), false, true));
    };
    return [slope(0), slope(1), slope(2), ...(bias === null ? [] : [ofBias]), ...(mask === null ? [] : [null])];
  },
});

/** A bias or mask with four axes, of which missing ones at the front have size 1. */
export function withFourAxes(owner: string, name: string, x: Tensor): Tensor {
  if (x.rank > 4) throw new ShapeError(`${owner}: ${name} must have at most four axes; received ${showShape(x.shape)}`);
  return x.rank === 4 ? x : reshape(x, [...new Array<number>(4 - x.rank).fill(1), ...x.shape]);
}

/** Keys or values [b, s, k, h] with each head as often as `heads` queries share it. */
export function repeatHeads(owner: string, x: Tensor, heads: number): Tensor {
  const [batch, length, own, width] = x.shape;
  if (x.rank !== 4 || own === heads) return x;
  if (own === 0 || heads % own !== 0) {
    throw new ShapeError(`${owner}: ${heads} heads of queries do not share ${own} heads of keys and values; shape ${showShape(x.shape)}`);
  }
  const shape: Shape = [batch, length, own, heads / own, width];
  const spread = broadcastTo(reshape(x, [batch, length, own, 1, width]), shape);
  return reshape(spread, [batch, length, heads, width]);
}

/**
 * For each query of `query` [b, t, n, h] the mean of `value` [b, s, n, d], weighted by the softmax of its products with `key` [b, s, n, h] times `scale` (1 / sqrt(h) unless given) plus `bias`
 * (Vaswani et al. 2017): [b, t, n, d]. Keys count where `mask` is true and, if `isCausal`, up to the query's own position; `bias` and `mask` broadcast to [b, n, t, s]. With fewer heads
 * of keys and values than of queries, as many neighbouring ones share each. The scores are never in memory as a whole (Dao et al. 2022), except for the gradient of `bias` and those of higher
 * order. A query that may see no key gives zeros, where Keras gives the mean of all values.
 * @throws ShapeError for shapes that do not fit together; ArgumentError for a mask that is not of truth values.
 * @example
 * const [query, key, value] = [[1, 0], [50, 0], [3, 4]].map((row) => tf.reshape(row, [1, 2, 1, 1]));
 * tf.dotProductAttention(query, key, value).reshape([2]).arraySync(); // [3, 3.5]
 */
export function dotProductAttention(
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  bias: TensorLike | null = null,
  mask: TensorLike | null = null,
  scale: number | null = null,
  isCausal = false,
): Tensor {
  const owner = 'dotProductAttention';
  const q = toFloat(owner, query);
  const [keys, values] = [key, value].map((x) => castTo(toTensor(owner, x), q.dtype));
  const heads = q.rank === 4 ? q.shape[2] : 0;
  const [k, v] = [keys, values].map((x) => repeatHeads(owner, x, heads));
  const causal = checkFlag(owner, 'isCausal', isCausal);
  if (scale !== null && !Number.isFinite(scale)) throw new ArgumentError(`${owner}: scale must be a number; received ${show(scale)}`);
  const width = q.shape.at(-1) ?? 1;
  const rest: Tensor[] = [];
  if (bias !== null) rest.push(withFourAxes(owner, 'bias', castTo(toTensor(owner, bias), q.dtype)));
  if (mask !== null) {
    const truths = withFourAxes(owner, 'mask', toTensor(owner, mask));
    if (truths.dtype !== 'bool') throw new ArgumentError(`${owner}: the mask must hold truth values; received ${truths.dtype}`);
    rest.push(truths);
  }
  const attrs = { scale: scale ?? 1 / Math.sqrt(width), causal, biased: bias !== null, masked: mask !== null };
  return apply(attentionOp, [q, k, v, ...rest], attrs)[0];
}
