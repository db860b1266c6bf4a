/** Situations of attention and of its gradient. */
import * as tf from 'gradtape';
import { type Case, FLOATS, values } from './values.ts';

interface Situation {
  readonly what: string;
  /** Batch, queries, keys, heads, width, depth. */
  readonly sizes: readonly [number, number, number, number, number, number];
  readonly bias?: readonly number[];
  readonly mask?: readonly number[];
  readonly causal?: true;
  readonly scale?: number;
}

const SITUATIONS: readonly Situation[] = [
  { what: 'plain', sizes: [2, 5, 7, 3, 4, 6] },
  { what: 'of one', sizes: [1, 1, 1, 1, 1, 1] },
  { what: 'causal', sizes: [2, 70, 70, 2, 8, 8], causal: true },
  { what: 'causal with more keys', sizes: [1, 5, 300, 2, 16, 4], causal: true },
  { what: 'causal with more queries', sizes: [1, 130, 9, 2, 4, 4], causal: true },
  { what: 'many keys', sizes: [1, 66, 530, 2, 12, 12] },
  { what: 'biased', sizes: [2, 5, 7, 3, 4, 6], bias: [2, 3, 5, 7] },
  { what: 'biased by head', sizes: [2, 5, 7, 3, 4, 6], bias: [1, 3, 1, 1] },
  { what: 'masked', sizes: [2, 5, 7, 3, 4, 6], mask: [2, 1, 5, 7] },
  { what: 'masked by key', sizes: [2, 5, 270, 3, 4, 6], mask: [2, 1, 1, 270] },
  { what: 'with all', sizes: [2, 9, 9, 2, 8, 8], bias: [1, 1, 9, 9], mask: [2, 2, 1, 9], causal: true, scale: 0.3 },
  { what: 'without queries', sizes: [2, 0, 3, 2, 4, 4] },
  { what: 'without keys', sizes: [2, 3, 0, 2, 4, 4] },
  { what: 'without width', sizes: [1, 3, 2, 2, 0, 4] },
  { what: 'without batch', sizes: [0, 3, 2, 2, 4, 4] },
];

/** The result, or the gradients of queries, keys and values. */
function attended(dtype: tf.DType, { sizes, bias, mask, causal, scale }: Situation, gradient: boolean): tf.Tensor {
  const [batch, queries, keys, heads, width, depth] = sizes;
  const q = values([batch, queries, heads, width], dtype);
  const k = values([batch, keys, heads, width], dtype, 2);
  const v = values([batch, keys, heads, depth], dtype, 3);
  const [b, m] = [bias === undefined ? null : values(bias, dtype, 4), mask === undefined ? null : values(mask, 'bool', 5)];
  const f = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => tf.dotProductAttention(q, k, v, b, m, scale ?? null, causal ?? false);
  if (!gradient) return f(q, k, v);
  const slopes = tf.grads(f)([q, k, v], values([batch, queries, heads, depth], dtype, 6));
  return tf.concat(slopes.map((slope) => slope.reshape([slope.size])));
}

/** The cases of this file. */
export const attentionCases: readonly Case[] = (['attention', 'attentionGradient'] as const).flatMap((op) =>
  FLOATS.flatMap((dtype) =>
    SITUATIONS.map((situation) => ({
      op,
      what: `${dtype} ${situation.what}`,
      run: () => attended(dtype, situation, op === 'attentionGradient'),
    })),
  ),
);
