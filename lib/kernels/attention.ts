/** Reference loops of attention: queries by keys, their softmax, and that by values. */
import type { View } from '../core/op.ts';
import { type Shape, stridesOf } from '../core/shape.ts';

/** How attention is computed, and which inputs there are beside queries, keys and values. */
export interface AttentionAttrs {
  /** What the products of queries and keys are multiplied by. */
  readonly scale: number;
  /** Whether query t sees only the keys up to t. */
  readonly causal: boolean;
  readonly biased: boolean;
  readonly masked: boolean;
}

/** Where the element of a [b, n, t, s] that broadcasts lies. */
function placeIn(shape: Shape): (b: number, n: number, t: number, s: number) => number {
  const strides = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
  return (b, n, t, s) => b * strides[0] + n * strides[1] + t * strides[2] + s * strides[3];
}

/** Calls `visit` for each query of each head with the positions of the keys that it sees and the logits there. */
function forEachQuery(
  q: View,
  k: View,
  bias: View | undefined,
  mask: View | undefined,
  { scale, causal }: AttentionAttrs,
  visit: (b: number, n: number, t: number, seen: readonly number[], logits: readonly number[]) => void,
): void {
  const [batch, queries, heads, width] = q.shape;
  const keys = k.shape[1];
  const [ofBias, ofMask] = [bias, mask].map((view) => (view === undefined ? undefined : placeIn(view.shape)));
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      for (let t = 0; t < queries; t++) {
        const seen: number[] = [];
        const logits: number[] = [];
        for (let s = 0; s < (causal ? Math.min(t + 1, keys) : keys); s++) {
          if (mask !== undefined && ofMask !== undefined && mask.data[ofMask(b, n, t, s)] === 0) continue;
          const [from, to] = [((b * queries + t) * heads + n) * width, ((b * keys + s) * heads + n) * width];
          let product = 0;
          for (let h = 0; h < width; h++) product += q.data[from + h] * k.data[to + h];
          seen.push(s);
          logits.push(product * scale + (bias !== undefined && ofBias !== undefined ? bias.data[ofBias(b, n, t, s)] : 0));
        }
        visit(b, n, t, seen, logits);
      }
    }
  }
}

function besides(
  inputs: readonly View[],
  first: number,
  { biased, masked }: AttentionAttrs,
): { bias: View | undefined; mask: View | undefined } {
  return { bias: biased ? inputs[first] : undefined, mask: masked ? inputs[first + (biased ? 1 : 0)] : undefined };
}

/** The weighted means of values, and the logarithm of the sum of exponentials of each query's logits; zeros and -Infinity where a query sees no key. */
export function attentionKernel(inputs: readonly View[], [y, sums]: readonly View[], attrs: AttentionAttrs): void {
  const [q, k, v] = inputs;
  const { bias, mask } = besides(inputs, 3, attrs);
  const [, queries, heads] = q.shape;
  const [keys, width] = [k.shape[1], v.shape[3]];
  y.data.fill(0);
  forEachQuery(q, k, bias, mask, attrs, (b, n, t, seen, logits) => {
    const top = logits.reduce((a, c) => Math.max(a, c), -Infinity);
    const powers = logits.map((logit) => Math.exp(logit - top));
    const total = powers.reduce((a, c) => a + c, 0);
    sums.data[(b * heads + n) * queries + t] = seen.length === 0 ? -Infinity : top + Math.log(total);
    const means = new Float64Array(width);
    seen.forEach((s, i) => {
      const from = ((b * keys + s) * heads + n) * width;
      for (let h = 0; h < width; h++) means[h] += (powers[i] / total) * v.data[from + h];
    });
    y.data.set(means, ((b * queries + t) * heads + n) * width);
  });
}

/** What flows to queries, keys and values. Inputs dy, then those of attention, then its outputs. */
export function attentionGradientKernel(inputs: readonly View[], outputs: readonly View[], attrs: AttentionAttrs): void {
  const [dy, y, sums, q, k, v] = inputs;
  const { bias, mask } = besides(inputs, 6, attrs);
  const [, queries, heads, width] = q.shape;
  const [keys, depth] = [k.shape[1], v.shape[3]];
  const [dq, dk, dv] = outputs.map(({ size }) => new Float64Array(size));
  forEachQuery(q, k, bias, mask, attrs, (b, n, t, seen, logits) => {
    const [row, sum] = [(b * queries + t) * heads + n, sums.data[(b * heads + n) * queries + t]];
    // It has seen nothing, so nothing flows.
    if (sum === -Infinity) return;
    let flow = 0;
    for (let h = 0; h < depth; h++) flow += dy.data[row * depth + h] * y.data[row * depth + h];
    seen.forEach((s, i) => {
      const key = (b * keys + s) * heads + n;
      const weight = Math.exp(logits[i] - sum);
      let slope = -flow;
      for (let h = 0; h < depth; h++) {
        slope += dy.data[row * depth + h] * v.data[key * depth + h];
        dv[key * depth + h] += weight * dy.data[row * depth + h];
      }
      const change = weight * slope * attrs.scale;
      for (let h = 0; h < width; h++) {
        dq[row * width + h] += change * k.data[key * width + h];
        dk[key * width + h] += change * q.data[row * width + h];
      }
    });
  });
  [dq, dk, dv].forEach((values, i) => {
    outputs[i].data.set(values);
  });
}
