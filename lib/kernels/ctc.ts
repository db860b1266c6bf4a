/** Reference loops of connectionist temporal classification (Graves et al. 2006): sums over alignments, and the search for the best labels. */
import type { View } from '../core/op.ts';

/** The logarithm of `exp(a) + exp(b)`. */
function logAdd(a: number, b: number): number {
  const most = a >= b ? a : b;
  const least = a >= b ? b : a;
  return least === -Infinity ? most : most + Math.log1p(Math.exp(least - most));
}

/** The logarithm of `exp(a) + exp(b) + exp(c)`: of the greatest, what the others add to 1. */
function logAddAll(a: number, b: number, c: number): number {
  const greater = a >= b ? a : b;
  const lesser = a >= b ? b : a;
  const most = greater >= c ? greater : c;
  const middle = greater >= c ? c : greater;
  return most === -Infinity ? most : most + Math.log1p(Math.exp(lesser - most) + Math.exp(middle - most));
}

/**
 * For emissions [batch, time, states] and whether a state may be reached by skipping one [batch, states]: the logarithm of the probability of all ways to be
 * about to emit each state, which come from the state itself, the one before, or the one before that. What emits first is state 0 or 1.
 */
export function ctcArrivalsKernel([emissions, skips]: readonly View[], [arrivals]: readonly View[]): void {
  const [batch, time, states] = emissions.shape;
  const [x, y] = [emissions.data, arrivals.data];
  // Two places ahead of the first state, from which nothing comes.
  let [before, now] = [new Float64Array(states + 2).fill(-Infinity), new Float64Array(states + 2).fill(-Infinity)];
  for (let n = 0; n < batch; n++) {
    const allowed = skips.data.subarray(n * states, (n + 1) * states);
    for (let t = 0; t < time; t++) {
      const row = (n * time + t) * states;
      for (let s = 0; s < states; s++) {
        const skipped = allowed[s] === 0 ? -Infinity : before[s];
        const start = s < 2 ? 0 : -Infinity;
        const sum = t === 0 ? start : logAddAll(before[s + 2], before[s + 1], skipped);
        y[row + s] = sum;
        now[s + 2] = sum + x[row + s];
      }
      [before, now] = [now, before];
    }
  }
}

/**
 * For weights [3, batch, time, states] and inputs `d` [batch, time, states] the solution of `y[t][s] = d[t][s] + sum over k of w[k][t][s] y[t - 1][s - k]`;
 * in reverse that of the transposed equations, from the last time to the first.
 */
export function bandRecurrenceKernel(
  [weights, inputs]: readonly View[],
  [outputs]: readonly View[],
  { reverse }: { reverse: boolean },
): void {
  const [batch, time, states] = inputs.shape;
  const plane = inputs.size;
  const [w, d, y] = [weights.data, inputs.data, outputs.data];
  const by = reverse ? 1 : -1;
  for (let n = 0; n < batch; n++) {
    for (let step = 0; step < time; step++) {
      const row = (n * time + (reverse ? time - 1 - step : step)) * states;
      const other = row + by * states;
      for (let s = 0; s < states; s++) {
        let sum = d[row + s];
        // How many states there are to come from.
        const reach = step === 0 ? 0 : Math.min(3, reverse ? states - s : s + 1);
        for (let k = 0; k < reach; k++) {
          const from = other + s + by * k;
          sum += w[k * plane + (reverse ? from : row + s)] * y[from];
        }
        y[row + s] = sum;
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
