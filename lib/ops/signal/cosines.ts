/** Cosine transforms, of whole signals and of overlapping frames: part of `tf.signal`. */
import { ArgumentError, ShapeError, show } from '../../core/errors.ts';
import { normalizeAxis, showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { add, mul, neg, sub } from '../arithmetic.ts';
import { partsOf, viewAsComplex } from '../complex.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { concat, slice, split, stack } from '../join.ts';
import { moveaxis } from '../rearrange.ts';
import { fft, irfft, resized, rfft } from '../spectral.ts';
import { stridedBlock } from '../strided.ts';
import { reverse } from '../transpose.ts';
import { frame, overlapAndAdd } from './frames.ts';
import { checkCount, vorbisWindow, type WindowFunction, windowOf } from './windows.ts';

/** Which cosine transform. */
export type DctType = 1 | 2 | 3 | 4;

/** How a cosine transform is scaled: so that it is orthogonal, or not at all. */
export type DctNorm = 'ortho' | null;

/** `x` times numbers of a rule along its last axis. */
function scaled(x: Tensor, f: (i: number) => number): Tensor {
  const n = x.shape[x.rank - 1];
  return mul(
    x,
    tensorOf(
      Float64Array.from({ length: n }, (_, i) => f(i)),
      [n],
      x.dtype,
    ),
  );
}

/** Every second element of the last axis from `begin` on. */
function everySecond(x: Tensor, begin: number): Tensor {
  const last = x.rank - 1;
  const from = x.shape.map((_, axis) => (axis === last ? begin : 0));
  return stridedBlock(
    x,
    from,
    from.map((_, axis) => (axis === last ? 2 : 1)),
    x.shape.with(last, Math.ceil((x.shape[last] - begin) / 2)),
  );
}

/** Type I: `x[0] + (-1) ** k x[n - 1] + 2 sum x[i] cos(pi i k / (n - 1))`, of the signal and its mirror image. */
function firstType(x: Tensor): Tensor {
  const [last, n] = [x.rank - 1, x.shape[x.rank - 1]];
  const inner = slice(
    x,
    x.shape.map((_, axis) => (axis === last ? 1 : 0)),
    x.shape.with(last, n - 2),
  );
  return partsOf(rfft(concat([x, reverse(inner, last)], last)))[0];
}

/** Type II: `2 sum x[i] cos(pi k (2 i + 1) / (2 n))`, from the transform of the even places and then the odd ones from the end (Makhoul 1980). */
function secondType(x: Tensor): Tensor {
  const [last, n] = [x.rank - 1, x.shape[x.rank - 1]];
  const [re, im] = partsOf(fft(n === 1 ? x : concat([everySecond(x, 0), reverse(everySecond(x, 1), last)], last)));
  return add(
    scaled(re, (k) => 2 * Math.cos((Math.PI * k) / (2 * n))),
    scaled(im, (k) => 2 * Math.sin((Math.PI * k) / (2 * n))),
  );
}

/** Type III: `x[0] + 2 sum x[i] cos(pi i (2 k + 1) / (2 n))`. */
function thirdType(x: Tensor): Tensor {
  const n = x.shape[x.rank - 1];
  const turned = [Math.cos, Math.sin].map((f) => scaled(x, (i) => 2 * n * f((Math.PI * i) / (2 * n))));
  return resized(irfft(viewAsComplex(stack(turned, -1)), 2 * n), n);
}

/** Type IV: `2 sum x[i] cos(pi (2 i + 1) (2 k + 1) / (4 n))`, the odd places of type II of twice the length. */
function fourthType(x: Tensor): Tensor {
  return everySecond(secondType(resized(x, 2 * x.shape[x.rank - 1])), 1);
}

function transformed(x: Tensor, type: DctType, norm: DctNorm): Tensor {
  const n = x.shape[x.rank - 1];
  const all = Math.sqrt(1 / (2 * n));
  const first = (k: number): number => (k === 0 ? Math.SQRT1_2 : 1) * all;
  switch (type) {
    case 1:
      return firstType(x);
    case 2:
      return norm === null ? secondType(x) : scaled(secondType(x), first);
    case 3:
      return norm === null ? thirdType(x) : thirdType(scaled(x, (i) => (i === 0 ? Math.SQRT2 : 1) * all));
    default:
      return norm === null ? fourthType(x) : mul(fourthType(x), all);
  }
}

function cosineTransform(
  owner: string,
  x: TensorLike,
  type: DctType,
  n: number | null,
  axis: number,
  norm: DctNorm,
  inverse: boolean,
): Tensor {
  const input = toFloat(owner, x);
  if (![1, 2, 3, 4].includes(type)) throw new ArgumentError(`${owner}: type must be 1, 2, 3 or 4; received ${show(type)}`);
  if (norm !== null && norm !== 'ortho') throw new ArgumentError(`${owner}: norm must be "ortho" or null; received ${show(norm)}`);
  if (type === 1 && norm !== null) throw new ArgumentError(`${owner}: type 1 has no norm; received ${show(norm)}`);
  const along = normalizeAxis(owner, axis, input.rank);
  const length = n === null ? input.shape[along] : checkCount(owner, 'n', n);
  if (length < (type === 1 ? 2 : 1)) {
    throw new ShapeError(
      `${owner}: type ${type} needs an axis of size ${type === 1 ? 2 : 1} or more; received shape ${showShape(input.shape)}`,
    );
  }
  const isLast = along === input.rank - 1;
  const line = resized(isLast ? input : moveaxis(input, along, -1), length);
  const y = transformed(line, inverse && type === 2 ? 3 : inverse && type === 3 ? 2 : type, norm);
  return isLast ? y : moveaxis(y, -1, along);
}

/**
 * The discrete cosine transform of some type, from 1 to 4, along `axis`, which is cut or filled up with zeros to `n`; without a norm as in SciPy and TensorFlow, type 2 is
 * `2 sum x[i] cos(pi k (2 i + 1) / (2 n))`.
 * @throws ArgumentError for another type or norm, and a norm of type 1; ShapeError for an empty axis, of type 1 for one of size 1 too.
 * @example
 * tf.signal.dct([1, 1, 1, 1]).arraySync(); // [8, 0, 0, 0]
 */
export function dct(x: TensorLike, type: DctType = 2, n: number | null = null, axis = -1, norm: DctNorm = null): Tensor {
  return cosineTransform('dct', x, type, n, axis, norm, false);
}

/**
 * The inverse of `dct` of the same type and norm; without a norm it has to be divided by `2 n`, of type 1 by `2 (n - 1)`, as in TensorFlow.
 * @throws ArgumentError, ShapeError as `dct` does.
 * @example
 * tf.signal.idct(tf.signal.dct([1, 2, 3], 2, null, -1, 'ortho'), 2, null, -1, 'ortho').arraySync(); // [1, 2, 3]
 */
export function idct(x: TensorLike, type: DctType = 2, n: number | null = null, axis = -1, norm: DctNorm = null): Tensor {
  return cosineTransform('idct', x, type, n, axis, norm, true);
}

/** Frames times a window, or without one a number that has its effect on both ways. */
function weighed(owner: string, frames: Tensor, windowFn: WindowFunction | null): Tensor {
  const window = windowOf(owner, windowFn, frames.shape[frames.rank - 1], frames);
  return mul(frames, window ?? Math.SQRT1_2);
}

/**
 * The modified discrete cosine transform of signals: frames of `frameLength` that overlap by half, each times a window and folded to half as many numbers `[..., frames, frameLength / 2]`.
 * What is left at the end is dropped, or filled up with zeros if `padEnd`.
 * @throws ArgumentError for a length that is no multiple of 4 and another norm; ShapeError for no axis.
 * @example
 * tf.signal.mdct(tf.ones([16]), 8).shape; // [3, 4]
 */
export function mdct(
  signals: TensorLike,
  frameLength: number,
  windowFn: WindowFunction | null = vorbisWindow,
  padEnd = false,
  norm: DctNorm = null,
): Tensor {
  if (checkCount('mdct', 'frameLength', frameLength) % 4 !== 0) {
    throw new ArgumentError(`mdct: frameLength must be a multiple of 4; received ${frameLength}`);
  }
  const frames = weighed('mdct', frame(toFloat('mdct', signals), frameLength, frameLength / 2, padEnd), windowFn);
  const last = frames.rank - 1;
  const [a, b, c, d] = split(frames, 4, last);
  const folded = concat([sub(neg(reverse(c, last)), d), sub(a, reverse(b, last))], last);
  return dct(folded, 4, null, -1, norm);
}

/**
 * The signals that `mdct` with the same window and norm made `[..., frames, n]` of, but for half a frame at both ends.
 * @throws ArgumentError for another norm; ShapeError for fewer than 2 axes, and an odd last one.
 * @example
 * const back = tf.signal.inverseMdct(tf.signal.mdct([1, 2, 3, 4, 5, 6], 4));
 * back.slice([2], [2]).arraySync(); // [3, 4]
 */
export function inverseMdct(mdcts: TensorLike, windowFn: WindowFunction | null = vorbisWindow, norm: DctNorm = null): Tensor {
  const input = toFloat('inverseMdct', mdcts);
  const last = input.rank - 1;
  const half = input.shape[last];
  if (input.rank < 2 || half % 2 !== 0) {
    throw new ShapeError(`inverseMdct: needs 2 axes or more, the last of an even size; received ${showShape(input.shape)}`);
  }
  const y = norm === null ? mul(dct(input, 4), 0.5 / half) : dct(input, 4, null, -1, norm);
  const [first, second] = split(y, 2, last);
  const frames = concat([second, neg(reverse(second, last)), neg(reverse(first, last)), neg(first)], last);
  return overlapAndAdd(weighed('inverseMdct', frames, windowFn), half);
}
