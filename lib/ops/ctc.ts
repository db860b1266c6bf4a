/** Connectionist temporal classification: the loss of labels without alignment, and labels read from logits. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show, unknownWord } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type BeamAttrs, bandRecurrenceKernel, ctcArrivalsKernel, ctcBeamSearchKernel } from '../kernels/ctc.ts';
import { logSoftmax } from './activations.ts';
import { add, mul, neg, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { greater, less, logicalAnd, notEqual, where } from './compare.ts';
import { type TensorLike, toFloat } from './convert.ts';
import { fill } from './creation.ts';
import { NONE, type None } from './elementwise.ts';
import { gather, toIndices } from './indexing.ts';
import { pad, slice, split, stack } from './join.ts';
import { logaddexp } from './norms.ts';
import { checkCount, range } from './ranges.ts';
import { argMax, max, sum } from './reduce.ts';
import { cumsum, shareOf } from './scan.ts';
import { putAlongAxis, takeAlong } from './scatter.ts';
import { reshape } from './shape.ts';
import { expandDims } from './transpose.ts';

/** From how many states a state is reached: itself, the one before, the one before that. */
const REACH = 3;

/** `x` [batch, time, states] one step later and `k` states on, with `value` where nothing comes from. */
function later(x: Tensor, k: number, value: number): Tensor {
  const [batch, time, states] = x.shape;
  const kept = Math.max(0, states - k);
  const none = [0, 0] as const;
  return pad(slice(x, [0, 0, 0], [batch, time - 1, kept]), [none, [1, 0], [states - kept, 0]], value);
}

/** Of all that arrives at a state the shares of those that it comes from, one after the other along a first axis. */
function sharesOfArrivals(emissions: Tensor, skips: Tensor, arrivals: Tensor): Tensor {
  const ways = add(emissions, arrivals);
  const shares = Array.from({ length: REACH }, (_, k) => shareOf(later(ways, k, -Infinity), arrivals));
  return stack([shares[0], shares[1], mul(shares[2], expandDims(skips, 1))]);
}

/** Inputs: logarithms of what each state emits at each time, and which states may be reached by skipping one. */
const ctcArrivalsOp: Op<None, 'inputs' | 'outputs'> = declare<None, 'inputs' | 'outputs'>({
  name: 'ctcArrivals',
  attrs: [],
  traits: { flops: flopsPerElement(10) },
  infer([emissions, skips]) {
    const [batch, , states] = emissions.shape;
    const doubles = emissions.dtype === 'float64' && skips.dtype === 'float64';
    if (!doubles || emissions.shape.length !== 3 || !sameShape(skips.shape, [batch, states])) {
      throw new ShapeError(
        `ctcArrivals: needs float64 [batch,time,states] and [batch,states]; received ${emissions.dtype} ${showShape(emissions.shape)} and ${skips.dtype} ${showShape(skips.shape)}`,
      );
    }
    return [emissions];
  },
  kernel: ctcArrivalsKernel,
  saves: ['inputs', 'outputs'],
  // What reaches a state goes on to those that it comes from, by their shares: a linear recurrence from the last time to the first.
  grad: ({ dy, inputs: [emissions, skips], outputs: [arrivals] }) => [
    () => sub(bandRecurrence(sharesOfArrivals(emissions, skips, arrivals), dy, true), dy),
    null,
  ],
});

const bandRecurrenceOp: Op<{ reverse: boolean }, 'inputs' | 'outputs'> = declare<{ reverse: boolean }, 'inputs' | 'outputs'>({
  name: 'bandRecurrence',
  attrs: ['reverse'],
  traits: { flops: ([weights]) => flopsPerElement(2)([weights], [], NONE) },
  infer([weights, d]) {
    const doubles = weights.dtype === 'float64' && d.dtype === 'float64';
    if (!doubles || d.shape.length !== 3 || !sameShape(weights.shape, [REACH, ...d.shape])) {
      throw new ShapeError(
        `bandRecurrence: needs float64 [3,batch,time,states] and [batch,time,states]; received ${weights.dtype} ${showShape(weights.shape)} and ${d.dtype} ${showShape(d.shape)}`,
      );
    }
    return [d];
  },
  kernel: bandRecurrenceKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [weights], outputs: [y], attrs: { reverse } }) {
    const total = (): Tensor => bandRecurrence(weights, dy, !reverse);
    // Each weight takes what was one step earlier to where the other is now.
    const earlier = (k: number): Tensor => (reverse ? mul(later(total(), k, 0), y) : mul(total(), later(y, k, 0)));
    return [() => stack(Array.from({ length: REACH }, (_, k) => earlier(k))), total];
  },
});

/**
 * For logarithms of what each state emits [batch, time, states] and which states may be reached by skipping one [batch, states], float64: the logarithm of
 * the probability of all ways to be about to emit each.
 */
export function ctcArrivals(emissions: Tensor, skips: Tensor): Tensor {
  return apply(ctcArrivalsOp, [emissions, skips], NONE)[0];
}

/** The solution of linear equations in which each state at a time depends on up to three states at the time before, or in reverse after; float64. */
export function bandRecurrence(weights: Tensor, d: Tensor, reverse: boolean): Tensor {
  return apply(bandRecurrenceOp, [weights, d], { reverse })[0];
}

/** Logits [batch, time, classes], and the class that stands for no label. */
function checkLogits(owner: string, output: TensorLike, maskIndex: number): { logits: Tensor; mask: number } {
  const logits = toFloat(owner, output);
  if (logits.rank !== 3 || logits.shape[1] === 0 || logits.shape[2] === 0) {
    throw new ShapeError(`${owner}: logits need shape [batch,time,classes], none of the last two 0; received ${showShape(logits.shape)}`);
  }
  const classes = logits.shape[2];
  if (!Number.isInteger(maskIndex) || maskIndex < -classes || maskIndex >= classes) {
    throw new ArgumentError(`${owner}: maskIndex must be one of ${classes} classes; received ${show(maskIndex)}`);
  }
  return { logits, mask: maskIndex < 0 ? maskIndex + classes : maskIndex };
}

/** A length for each entry of the batch. */
function checkLengths(owner: string, name: string, lengths: TensorLike, batch: number): Tensor {
  const given = toIndices(owner, lengths);
  if (!sameShape(given.shape, [batch]))
    throw new ShapeError(`${owner}: ${name} needs shape [${batch}]; received ${showShape(given.shape)}`);
  return given;
}

/**
 * The negative logarithm of the probability that logits [batch, time, classes] spell the labels `target` [batch, labels], whatever their alignment (Graves et
 * al. 2006): of each row of labels the first `targetLength` count, of the times the first `outputLength`. `maskIndex` is the class of no label. Infinity,
 * with a gradient of 0, where the time is too short. Computed in double precision.
 * @throws ShapeError for shapes that do not fit; ArgumentError for lengths and labels beyond what is there.
 * @example
 * tf.ctcLoss([[1]], tf.zeros([1, 2, 2]), [1], [2]).arraySync(); // [0.2876...]
 */
export function ctcLoss(target: TensorLike, output: TensorLike, targetLength: TensorLike, outputLength: TensorLike, maskIndex = 0): Tensor {
  const owner = 'ctcLoss';
  const { logits, mask } = checkLogits(owner, output, maskIndex);
  const labels = toIndices(owner, target);
  const batch = logits.shape[0];
  if (labels.rank !== 2 || labels.shape[0] !== batch) {
    throw new ShapeError(`${owner}: target needs shape [${batch},labels]; received ${showShape(labels.shape)}`);
  }
  const [count, times] = [
    checkLengths(owner, 'targetLength', targetLength, batch),
    checkLengths(owner, 'outputLength', outputLength, batch),
  ];
  const most = labels.shape[1];
  // What lies beyond a length may be anything.
  const known = where(less(range(0, most, 1, 'int32'), expandDims(count, 1)), labels, mask);
  // A mask before each label and after the last.
  const pairs = reshape(stack([fill(known.shape, mask, 'int32'), known], 2), [batch, 2 * most]);
  const states = pad(
    pairs,
    [
      [0, 0],
      [0, 1],
    ],
    mask,
  );
  const two = Math.min(2, states.shape[1]);
  const beforeLast = pad(
    slice(states, [0, 0], [batch, states.shape[1] - two]),
    [
      [0, 0],
      [two, 0],
    ],
    mask,
  );
  const skips = castTo(logicalAnd(notEqual(states, mask), notEqual(states, beforeLast)), 'float64');
  const emissions = gather(logSoftmax(castTo(logits, 'float64')), states, 2, 1);
  const ways = add(emissions, ctcArrivals(emissions, skips));
  const ends = reshape(gather(ways, expandDims(sub(times, 1), 1), 1, 1), [batch, states.shape[1]]);
  const last = mul(count, 2);
  const [masked, labelled] = split(takeAlong(ends, stack([last, sub(last, 1)], 1), 1), 2, 1);
  const either = logaddexp(masked, where(expandDims(greater(count, 0), 1), labelled, -Infinity));
  return castTo(neg(reshape(either, [batch])), logits.dtype);
}

const ctcBeamSearchOp: Op<BeamAttrs> = declare<BeamAttrs>({
  name: 'ctcBeamSearch',
  attrs: ['beamWidth', 'topPaths', 'maskIndex'],
  infer: ([{ shape, dtype }], { topPaths }) => [
    { shape: [topPaths, shape[0], shape[1]], dtype: 'int32' },
    { shape: [shape[0], topPaths], dtype },
  ],
  kernel: ctcBeamSearchKernel,
  saves: [],
  grad: 'none',
});

/** How `ctcDecode` reads. */
export interface CtcDecodeOptions {
  /** 'greedy' (the default) takes the best class at each time; 'beamSearch' sums over the alignments of the best labels so far. */
  strategy?: 'greedy' | 'beamSearch';
  /** How many beginnings 'beamSearch' keeps; 100 unless given. */
  beamWidth?: number;
  /** How many results 'beamSearch' gives; 1 unless given. */
  topPaths?: number;
  /** Whether 'greedy' reads a class that stays the best as one label; true unless given. */
  mergeRepeated?: boolean;
  /** The class of no label; 0 unless given. */
  maskIndex?: number;
}

/** The best class at each time, without masks and repeats, and the negative sum of its logits. */
function decodeGreedily(logits: Tensor, lengths: Tensor, mask: number, mergeRepeated: boolean): [Tensor, Tensor] {
  const [batch, time] = logits.shape;
  const best = argMax(logits, 2);
  const within = less(range(0, time, 1, 'int32'), expandDims(lengths, 1));
  const before = pad(
    slice(best, [0, 0], [batch, time - 1]),
    [
      [0, 0],
      [1, 0],
    ],
    -1,
  );
  const changes = mergeRepeated ? notEqual(best, before) : within;
  const kept = logicalAnd(logicalAnd(within, notEqual(best, mask)), changes);
  // What is kept moves up; the rest goes to a place beyond the end.
  const places = where(kept, sub(cumsum(kept, 1), 1), time);
  const table = putAlongAxis(fill([batch, time + 1], -1, 'int32'), places, best, 1);
  const scores = neg(sum(where(within, max(logits, 2), 0), 1, true));
  return [reshape(slice(table, [0, 0], [batch, time]), [1, batch, time]), scores];
}

/**
 * Labels (int32 [paths, batch, time], filled up with -1) read from logits [batch, time, classes] of which the first `sequenceLengths` times count, and their
 * scores: of 'greedy' [batch, 1] the negative sum of the best logits, of 'beamSearch' [batch, paths] the logarithms of probabilities, the best first,
 * -Infinity where there are no more.
 * @throws ShapeError for shapes that do not fit; ArgumentError for options that are none.
 * @example
 * const logits = tf.oneHot([[1, 1, 0, 2]], 3);
 * const [labels, scores] = tf.ctcDecode(logits, [4]);
 * labels.arraySync(); // [[[1, 2, -1, -1]]]
 * scores.arraySync(); // [[-4]]
 */
export function ctcDecode(
  inputs: TensorLike,
  sequenceLengths: TensorLike,
  options: CtcDecodeOptions = {},
): [decoded: Tensor, scores: Tensor] {
  const owner = 'ctcDecode';
  checkOptions(owner, options, ['strategy', 'beamWidth', 'topPaths', 'mergeRepeated', 'maskIndex']);
  const { strategy = 'greedy', beamWidth = 100, topPaths = 1, mergeRepeated = true, maskIndex = 0 } = options;
  const { logits, mask } = checkLogits(owner, inputs, maskIndex);
  const lengths = checkLengths(owner, 'sequenceLengths', sequenceLengths, logits.shape[0]);
  checkFlag(owner, 'mergeRepeated', mergeRepeated);
  if (strategy === 'greedy') return decodeGreedily(logits, lengths, mask, mergeRepeated);
  if (strategy !== 'beamSearch') throw unknownWord(owner, 'strategy', String(strategy), ['greedy', 'beamSearch']);
  checkCount(owner, 'topPaths', topPaths, 1);
  if (checkCount(owner, 'beamWidth', beamWidth, 1) < topPaths) {
    throw new ArgumentError(`${owner}: topPaths must be at most the beamWidth; received ${topPaths} and ${beamWidth}`);
  }
  const [decoded, scores] = apply(ctcBeamSearchOp, [logits, lengths], { beamWidth, topPaths, maskIndex: mask });
  return [decoded, scores];
}
