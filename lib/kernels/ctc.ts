/** Reference loops of connectionist temporal classification (Graves et al. 2006): sums over alignments, and the search for the best labels. */
import type { View } from '../core/op.ts';

/** The logarithm of `exp(a) + exp(b)`. */
function logAdd(a: number, b: number): number {
  const [most, least] = a >= b ? [a, b] : [b, a];
  return least === -Infinity ? most : most + Math.log1p(Math.exp(least - most));
}

/**
 * For emissions [batch, time, states] and whether a state may be reached by skipping one [batch, states]: the logarithm of the probability of all ways to be about to emit
 * each state, which come from the state itself, the one before, or the one before that. What emits first is state 0 or 1.
 */
export function ctcArrivalsKernel([emissions, skips]: readonly View[], [arrivals]: readonly View[]): void {
  const [batch, time, states] = emissions.shape;
  let [before, now] = [new Float64Array(states), new Float64Array(states)];
  for (let n = 0; n < batch; n++) {
    for (let t = 0; t < time; t++) {
      const row = (n * time + t) * states;
      for (let s = 0; s < states; s++) {
        let sum = -Infinity;
        if (t === 0) sum = s < 2 ? 0 : -Infinity;
        else {
          sum = before[s];
          if (s >= 1) sum = logAdd(sum, before[s - 1]);
          if (s >= 2 && skips.data[n * states + s] !== 0) sum = logAdd(sum, before[s - 2]);
        }
        arrivals.data[row + s] = sum;
        now[s] = sum + emissions.data[row + s];
      }
      [before, now] = [now, before];
    }
  }
}

/**
 * For weights [3, batch, time, states] and inputs `d` [batch, time, states] the solution of `y[t][s] = d[t][s] + sum over k of w[k][t][s] y[t - 1][s - k]`; in reverse that
 * of the transposed equations, from the last time to the first.
 */
export function bandRecurrenceKernel([weights, d]: readonly View[], [y]: readonly View[], { reverse }: { reverse: boolean }): void {
  const [batch, time, states] = d.shape;
  const plane = d.size;
  for (let n = 0; n < batch; n++) {
    for (let step = 0; step < time; step++) {
      const t = reverse ? time - 1 - step : step;
      const row = (n * time + t) * states;
      const other = reverse ? row + states : row - states;
      for (let s = 0; s < states; s++) {
        let sum = d.data[row + s];
        for (let k = 0; k < 3 && step > 0; k++) {
          const from = reverse ? s + k : s - k;
          if (from < 0 || from >= states) continue;
          sum += weights.data[k * plane + (reverse ? other + from : row + s)] * y.data[other + from];
        }
        y.data[row + s] = sum;
      }
    }
  }
}

/** Labels so far as a node of a tree, with the logarithms of the probabilities that they end in a mask, or in their last label. */
interface Prefix {
  readonly parent: Prefix | null;
  readonly label: number;
  readonly children: Map<number, Prefix>;
  masked: number;
  labelled: number;
  alive: boolean;
}

function totalOf({ masked, labelled }: { masked: number; labelled: number }): number {
  return logAdd(masked, labelled);
}

/** A prefix after one more step: one that was there, or one that grows out of `from`. */
interface Step {
  readonly from: Prefix;
  readonly label: number | null;
  readonly masked: number;
  readonly labelled: number;
  readonly total: number;
}

/** Logarithms of the probabilities of one row of logits. */
function logSoftmaxOf(data: ArrayLike<number>, at: number, classes: number): Float64Array {
  let [most, sum] = [-Infinity, 0];
  for (let c = 0; c < classes; c++) most = Math.max(most, data[at + c]);
  for (let c = 0; c < classes; c++) sum += Math.exp(data[at + c] - most);
  const whole = most + Math.log(sum);
  return Float64Array.from({ length: classes }, (_, c) => data[at + c] - whole);
}

/** What a new label follows: of the label itself again only prefixes that end in a mask. */
function probabilityBefore(prefix: Prefix, label: number): number {
  return prefix.label === label ? prefix.masked : totalOf(prefix);
}

/** All that the prefixes become in one step. */
function stepsOf(beams: readonly Prefix[], share: Float64Array, mask: number): Step[] {
  const steps: Step[] = [];
  const put = (from: Prefix, label: number | null, masked: number, labelled: number): void => {
    const total = logAdd(masked, labelled);
    if (total > -Infinity) steps.push({ from, label, masked, labelled, total });
  };
  for (const prefix of beams) {
    let labelled = -Infinity;
    if (prefix.parent !== null) {
      const arriving = prefix.parent.alive ? probabilityBefore(prefix.parent, prefix.label) : -Infinity;
      labelled = logAdd(prefix.labelled, arriving) + share[prefix.label];
    }
    put(prefix, null, totalOf(prefix) + share[mask], labelled);
    for (let c = 0; c < share.length; c++) {
      if (c === mask || prefix.children.get(c)?.alive === true) continue;
      put(prefix, c, -Infinity, probabilityBefore(prefix, c) + share[c]);
    }
  }
  return steps;
}

/** The prefixes that the best steps lead to. */
function take(beams: readonly Prefix[], steps: readonly Step[]): Prefix[] {
  for (const prefix of beams) prefix.alive = false;
  const kept = steps.map(({ from, label, masked, labelled }): Prefix => {
    if (label === null) return Object.assign(from, { masked, labelled, alive: true });
    // It may have been there before, and others may have grown out of it.
    const known = from.children.get(label);
    const grown: Prefix = known ?? { parent: from, label, children: new Map(), masked, labelled, alive: true };
    from.children.set(label, grown);
    return Object.assign(grown, { masked, labelled, alive: true });
  });
  // What has died and leads nowhere is forgotten.
  for (const prefix of beams) if (!prefix.alive && prefix.children.size === 0) prefix.parent?.children.delete(prefix.label);
  return kept;
}

/** How many prefixes are kept, and which class stands for no label. */
export interface BeamAttrs {
  readonly beamWidth: number;
  readonly topPaths: number;
  readonly maskIndex: number;
}

/** For logits [batch, time, classes] and lengths the best labels [paths, batch, time], filled up with -1, and the logarithms of their probabilities [batch, paths]. */
export function ctcBeamSearchKernel(
  [logits, lengths]: readonly View[],
  [paths, scores]: readonly View[],
  { beamWidth, topPaths, maskIndex }: BeamAttrs,
): void {
  const [batch, time, classes] = logits.shape;
  paths.data.fill(-1);
  scores.data.fill(-Infinity);
  for (let n = 0; n < batch; n++) {
    let beams: Prefix[] = [{ parent: null, label: -1, children: new Map(), masked: 0, labelled: -Infinity, alive: true }];
    for (let t = 0; t < Math.min(time, lengths.data[n]); t++) {
      const steps = stepsOf(beams, logSoftmaxOf(logits.data, (n * time + t) * classes, classes), maskIndex);
      steps.sort((a, b) => b.total - a.total);
      beams = take(beams, steps.slice(0, beamWidth));
    }
    beams.slice(0, topPaths).forEach((prefix, i) => {
      const labels: number[] = [];
      for (let at = prefix; at.parent !== null; at = at.parent) labels.push(at.label);
      labels.reverse().forEach((label, t) => {
        paths.data[(i * batch + n) * time + t] = label;
      });
      scores.data[n * topPaths + i] = totalOf(prefix);
    });
  }
}
