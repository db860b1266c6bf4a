/** Ops that run along an axis: sums, products, extremes and logarithms of what came so far, and differences of neighbours. */
import { checkFlag, ShapeError } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { normalizeAxis, sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  cumExtremeIndexKernel,
  cumLogSumExpKernel,
  cumprodKernel,
  cumsumKernel,
  linearRecurrenceKernel,
  type ScanAttrs,
} from '../kernels/scan.ts';
import { mul, sub } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, where } from './compare.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { pad, slice } from './join.ts';
import { exp } from './math.ts';
import { checkCount } from './ranges.ts';
import { takeAlong } from './scatter.ts';

function scanAttrs(owner: string, x: Tensor, axis: number, reverse: boolean): ScanAttrs {
  return { axis: normalizeAxis(owner, axis, x.rank), reverse: checkFlag(owner, 'reverse', reverse) };
}

/** What a scan counts: truth values as int32. */
function counted(x: Tensor): Tensor {
  return x.dtype === 'bool' ? castTo(x, 'int32') : x;
}

/** `x` one place further in the direction of the scan, and `value` in the place that becomes free; backwards with `back`. */
function shifted(x: Tensor, { axis, reverse }: ScanAttrs, value: number, back = false): Tensor {
  const length = x.shape[axis];
  if (length === 0) return x;
  const onwards = reverse === back;
  const kept = slice(
    x,
    x.shape.map((_, i) => (i === axis && !onwards ? 1 : 0)),
    x.shape.with(axis, length - 1),
  );
  return pad(
    kept,
    x.shape.map((_, i): [number, number] => (i === axis ? (onwards ? [1, 0] : [0, 1]) : [0, 0])),
    value,
  );
}

const cumsumOp: Op<ScanAttrs & { exclusive: boolean }> = declare<ScanAttrs & { exclusive: boolean }>({
  name: 'cumsum',
  attrs: ['axis', 'reverse', 'exclusive'],
  traits: { flops: flopsPerElement(1) },
  infer: ([x]) => [x],
  kernel: cumsumKernel,
  saves: [],
  grad: ({ dy, attrs: { axis, exclusive, reverse } }) => [() => cumsum(dy, axis, exclusive, !reverse)],
});

/**
 * The sum of the elements so far along `axis`; with `exclusive`, of those before; with `reverse`, from the end. Truth values count as int32.
 * @example
 * tf.cumsum([1, 2, 3]).arraySync(); // [1, 3, 6]
 * tf.cumsum([1, 2, 3], 0, true, true).arraySync(); // [5, 3, 0]
 */
export function cumsum(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  const input = counted(toTensor('cumsum', x));
  const attrs = { ...scanAttrs('cumsum', input, axis, reverse), exclusive: checkFlag('cumsum', 'exclusive', exclusive) };
  return apply(cumsumOp, [input], attrs)[0];
}

const linearRecurrenceOp: Op<ScanAttrs, 'inputs' | 'outputs'> = declare<ScanAttrs, 'inputs' | 'outputs'>({
  name: 'linearRecurrence',
  attrs: ['axis', 'reverse'],
  traits: { flops: flopsPerElement(2) },
  infer([a, b]) {
    if (!sameShape(a.shape, b.shape)) {
      throw new ShapeError(`linearRecurrence: shapes differ: ${showShape(a.shape)} and ${showShape(b.shape)}`);
    }
    return [b];
  },
  kernel: linearRecurrenceKernel,
  saves: ['inputs', 'outputs'],
  // What reaches a place goes on, by the factor of the next place, to the one before it: the same recurrence from the other end.
  grad({ dy, inputs: [a], outputs: [y], attrs }) {
    const total = (): Tensor => linearRecurrence(shifted(a, attrs, 0, true), dy, { ...attrs, reverse: !attrs.reverse });
    return [() => mul(total(), shifted(y, attrs, 0)), total];
  },
});

/** `y = a * (y before) + b` along an axis, where 0 comes before the first place. */
export function linearRecurrence(a: Tensor, b: Tensor, attrs: ScanAttrs): Tensor {
  return apply(linearRecurrenceOp, [a, b], attrs)[0];
}

const cumprodOp: Op<ScanAttrs, 'inputs' | 'outputs'> = declare<ScanAttrs, 'inputs' | 'outputs'>({
  name: 'cumprod',
  attrs: ['axis', 'reverse'],
  traits: { flops: flopsPerElement(1) },
  infer: ([x]) => [x],
  kernel: cumprodKernel,
  saves: ['inputs', 'outputs'],
  // The same as of y = x * (y before), so that nothing is divided by an element that may be 0.
  grad: ({ dy, inputs: [x], outputs: [y], attrs }) => [
    () => {
      const total = linearRecurrence(shifted(x, attrs, 0, true), dy, { ...attrs, reverse: !attrs.reverse });
      return mul(total, shifted(y, attrs, 1));
    },
  ],
});

/**
 * The product of the elements so far along `axis`; with `exclusive`, of those before; with `reverse`, from the end. Truth values count as int32. Gradients are
 * right where elements are 0.
 * @example
 * tf.cumprod([2, 3, 4]).arraySync(); // [2, 6, 24]
 * tf.cumprod([2, 3, 4], 0, true).arraySync(); // [1, 2, 6]
 */
export function cumprod(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  const input = counted(toTensor('cumprod', x));
  const attrs = scanAttrs('cumprod', input, axis, reverse);
  const y = apply(cumprodOp, [input], attrs)[0];
  return checkFlag('cumprod', 'exclusive', exclusive) ? shifted(y, attrs, 1) : y;
}

const cumExtremeIndexOp: Op<ScanAttrs & { greatest: boolean }> = declare<ScanAttrs & { greatest: boolean }>({
  name: 'cumExtremeIndex',
  attrs: ['axis', 'reverse', 'greatest'],
  traits: { flops: flopsPerElement(1) },
  infer: ([x]) => [{ shape: x.shape, dtype: 'int32' }],
  kernel: cumExtremeIndexKernel,
  saves: [],
  grad: 'none',
});

function cumExtreme(owner: string, x: TensorLike, axis: number, reverse: boolean, greatest: boolean): Tensor {
  const input = toTensor(owner, x);
  const attrs = { ...scanAttrs(owner, input, axis, reverse), greatest };
  return takeAlong(input, apply(cumExtremeIndexOp, [input], attrs)[0], attrs.axis);
}

/**
 * The greatest element so far along `axis`; with `reverse`, from the end. NaN once there is one. The gradient goes to the latest of equal ones.
 * @example
 * tf.cummax([1, 3, 2, 5]).arraySync(); // [1, 3, 3, 5]
 */
export function cummax(x: TensorLike, axis = 0, reverse = false): Tensor {
  return cumExtreme('cummax', x, axis, reverse, true);
}

/**
 * The least element so far along `axis`; with `reverse`, from the end. NaN once there is one. The gradient goes to the latest of equal ones.
 * @example
 * tf.cummin([4, 5, 2, 3]).arraySync(); // [4, 4, 2, 2]
 */
export function cummin(x: TensorLike, axis = 0, reverse = false): Tensor {
  return cumExtreme('cummin', x, axis, reverse, false);
}

const cumLogSumExpOp: Op<ScanAttrs, 'inputs' | 'outputs'> = declare<ScanAttrs, 'inputs' | 'outputs'>({
  name: 'cumLogSumExp',
  attrs: ['axis', 'reverse'],
  traits: { flops: flopsPerElement(4) },
  infer: ([x]) => [x],
  kernel: cumLogSumExpKernel,
  saves: ['inputs', 'outputs'],
  // Of each result the share of the new element and that of the one before, neither above 1.
  grad: ({ dy, inputs: [x], outputs: [y], attrs }) => [
    () => {
      const next = shifted(y, attrs, Number.POSITIVE_INFINITY, true);
      const total = linearRecurrence(shareOf(y, next), dy, { ...attrs, reverse: !attrs.reverse });
      return mul(total, shareOf(x, y));
    },
  ],
});

/** `exp(part - whole)`; of a whole of -Infinity nothing is a share. */
export function shareOf(part: Tensor, whole: Tensor): Tensor {
  const nothing = equal(whole, Number.NEGATIVE_INFINITY);
  return where(nothing, 0, exp(sub(part, where(nothing, 0, whole))));
}

/**
 * The logarithm of the sum of `exp(x)` so far along `axis`, without overflow; with `exclusive`, of those before, where the first is -Infinity; with
 * `reverse`, from the end.
 * @example
 * tf.cumLogSumExp([1000, -1000, 1000]).sub(1000).arraySync(); // [0, 0, 0.6931...]
 */
export function cumLogSumExp(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  const input = toFloat('cumLogSumExp', x);
  const attrs = scanAttrs('cumLogSumExp', input, axis, reverse);
  const y = apply(cumLogSumExpOp, [input], attrs)[0];
  return checkFlag('cumLogSumExp', 'exclusive', exclusive) ? shifted(y, attrs, Number.NEGATIVE_INFINITY) : y;
}

/**
 * The difference of each element and the one before it along `axis`, `n` times over; the axis becomes shorter by 1 each time.
 * @throws ArgumentError for an `n` that is no whole number >= 0.
 * @example
 * tf.diff([1, 4, 9, 16]).arraySync(); // [3, 5, 7]
 */
export function diff(x: TensorLike, n = 1, axis = -1): Tensor {
  let y = counted(toTensor('diff', x));
  const along = normalizeAxis('diff', axis, y.rank);
  for (let left = checkCount('diff', 'n', n); left > 0; left--) {
    const shape = y.shape.with(along, Math.max(0, y.shape[along] - 1));
    const nothing = shape.map(() => 0);
    const after = y.shape[along] === 0 ? y : slice(y, nothing.with(along, 1), shape);
    y = sub(after, slice(y, nothing, shape));
  }
  return y;
}
