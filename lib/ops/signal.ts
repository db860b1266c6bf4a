/** `tf.signal`: windows, frames, and Fourier transforms over short times. */
import { partOf } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { besselI } from '../kernels/bessel.ts';
import { divNoNan, mul, square } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { ones } from './creation.ts';
import { gather, unsortedSegmentSum } from './indexing.ts';
import { pad, slice } from './join.ts';
import { reshape } from './shape.ts';
import { irfft, rfft } from './spectral.ts';
import { transpose } from './transpose.ts';

/** What makes a window of so many numbers. */
export type WindowFunction = (length: number) => Tensor;

function checkCount(owner: string, name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${owner}: ${name} must be a whole number >= 1; received ${show(value)}`);
  return value;
}

/** `a - (1 - a) cos`, one period over the window; an odd length counts both ends, as in TensorFlow. */
function cosineWindow(owner: string, length: number, a: number): Tensor {
  const n = checkCount(owner, 'windowLength', length);
  const period = n % 2 === 0 ? n : n - 1;
  if (n === 1) return ones([1]);
  return tensorOf(
    Array.from({ length: n }, (_, i) => a - (1 - a) * Math.cos((2 * Math.PI * i) / period)),
    [n],
    'float32',
  );
}

/**
 * The Hann window, a cosine that rises from 0 to 1 and falls back.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.hannWindow(4).arraySync(); // [0, 0.5, 1, 0.5]
 */
export function hannWindow(windowLength: number): Tensor {
  return cosineWindow('hannWindow', windowLength, 0.5);
}

/**
 * The Hamming window, a cosine that rises from 0.08 to 1 and falls back.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.hammingWindow(4).arraySync(); // [0.08, 0.54, 1, 0.54]
 */
export function hammingWindow(windowLength: number): Tensor {
  return cosineWindow('hammingWindow', windowLength, 0.54);
}

/** A window of numbers from 0 to 1 in steps, both ends counted, as in NumPy. */
function windowBetween(owner: string, length: number, f: (t: number) => number): Tensor {
  const n = checkCount(owner, 'windowLength', length);
  return tensorOf(
    Array.from({ length: n }, (_, i) => (n === 1 ? 1 : f(i / (n - 1)))),
    [n],
    'float32',
  );
}

/**
 * The Bartlett window, a triangle between zeros at both ends.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.bartlettWindow(5).arraySync(); // [0, 0.5, 1, 0.5, 0]
 */
export function bartlettWindow(windowLength: number): Tensor {
  return windowBetween('bartlettWindow', windowLength, (t) => 1 - Math.abs(2 * t - 1));
}

/**
 * The Blackman window, a sum of two cosines that is 0 at both ends.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.blackmanWindow(3).arraySync(); // [0, 1, 0]
 */
export function blackmanWindow(windowLength: number): Tensor {
  // The sum of three rounded numbers that cancel at the ends.
  return windowBetween('blackmanWindow', windowLength, (t) =>
    Math.max(0, 0.42 - 0.5 * Math.cos(2 * Math.PI * t) + 0.08 * Math.cos(4 * Math.PI * t)),
  );
}

/**
 * The Kaiser window, by Bessel functions: the narrower the greater `beta`.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1 and `beta` a number.
 * @example
 * tf.signal.kaiserWindow(3, 0).arraySync(); // [1, 1, 1]
 */
export function kaiserWindow(windowLength: number, beta = 12): Tensor {
  if (!Number.isFinite(beta)) throw new ArgumentError(`kaiserWindow: beta must be a number; received ${show(beta)}`);
  const top = besselI(0, beta, true);
  return windowBetween('kaiserWindow', windowLength, (t) => {
    const inner = beta * Math.sqrt(Math.max(0, 1 - (2 * t - 1) ** 2));
    return (besselI(0, inner, true) / top) * Math.exp(Math.abs(inner) - Math.abs(beta));
  });
}

/** The last axis moved to the front, or back. */
function lastToFront(x: Tensor): Tensor {
  return transpose(x, [x.rank - 1, ...x.shape.slice(0, -1).map((_, axis) => axis)]);
}

/**
 * Pieces `[..., frames, frameLength]` of the last axis of `signal`, each beginning `frameStep` after the one before. What is left at the end is dropped, or filled up with
 * `padValue` if `padEnd`.
 * @throws ShapeError for no axis; ArgumentError for lengths that are no whole numbers >= 1.
 * @example
 * tf.signal.frame([1, 2, 3, 4, 5], 3, 2).arraySync(); // [[1, 2, 3], [3, 4, 5]]
 */
export function frame(signal: TensorLike, frameLength: number, frameStep: number, padEnd = false, padValue = 0): Tensor {
  const input = toTensor('frame', signal);
  if (input.rank === 0) throw new ShapeError('frame: needs an axis to cut; received shape []');
  checkCount('frame', 'frameLength', frameLength);
  checkCount('frame', 'frameStep', frameStep);
  const size = input.shape[input.rank - 1];
  const count = padEnd ? Math.ceil(size / frameStep) : Math.max(0, Math.floor((size - frameLength) / frameStep) + 1);
  const missing = Math.max(0, (count - 1) * frameStep + frameLength - size);
  const whole =
    padEnd && count > 0 && missing > 0
      ? pad(
          input,
          input.shape.map((_, axis) => [0, axis === input.rank - 1 ? missing : 0] as const),
          padValue,
        )
      : input;
  const places = Int32Array.from({ length: count * frameLength }, (_, i) => Math.floor(i / frameLength) * frameStep + (i % frameLength));
  return gather(whole, tensorOf(places, [count, frameLength], 'int32'), input.rank - 1);
}

/**
 * The signals `[..., length]` that frames `[..., frames, frameLength]` add up to, each beginning `frameStep` after the one before.
 * @throws ShapeError for fewer than 2 axes; ArgumentError for a step that is no whole number >= 1.
 * @example
 * tf.signal.overlapAndAdd([[1, 2], [3, 4]], 1).arraySync(); // [1, 5, 4]
 */
export function overlapAndAdd(frames: TensorLike, frameStep: number): Tensor {
  const input = toTensor('overlapAndAdd', frames);
  if (input.rank < 2) throw new ShapeError(`overlapAndAdd: needs frames, with 2 axes or more; received ${showShape(input.shape)}`);
  checkCount('overlapAndAdd', 'frameStep', frameStep);
  const [count, length] = input.shape.slice(-2);
  const total = count === 0 ? 0 : (count - 1) * frameStep + length;
  const places = Int32Array.from({ length: count * length }, (_, i) => Math.floor(i / length) * frameStep + (i % length));
  const values = lastToFront(reshape(input, [...input.shape.slice(0, -2), count * length]));
  const sums = unsortedSegmentSum(values, tensorOf(places, [count * length], 'int32'), total);
  return transpose(sums, [...sums.shape.slice(1).map((_, axis) => axis + 1), 0]);
}

/** The least power of two that is not below `value`. */
function enclosingPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

/** The window of a function, which must have the length it was asked for. */
function windowOf(owner: string, make: WindowFunction | null, length: number, like: Tensor): Tensor | undefined {
  if (make === null) return undefined;
  if (typeof make !== 'function') throw new ArgumentError(`${owner}: windowFn must be a function or null; received ${show(make)}`);
  const window = toFloat(owner, make(length));
  if (window.rank !== 1 || window.shape[0] !== length) {
    throw new ShapeError(`${owner}: windowFn must give [${length}]; received ${showShape(window.shape)}`);
  }
  return castTo(window, partOf(like.dtype));
}

/**
 * The spectra `[..., frames, fftLength / 2 + 1]` (complex) of the frames of real signals, each times a window (Hann's unless given, none if null). `fftLength` is the least power of
 * two that holds a frame unless given.
 * @throws ArgumentError for lengths that are no whole numbers >= 1; ShapeError for signals without an axis.
 * @example
 * tf.signal.stft(tf.ones([8]), 4, 2).shape; // [3, 3]
 */
export function stft(
  signal: TensorLike,
  frameLength: number,
  frameStep: number,
  fftLength: number | null = null,
  windowFn: WindowFunction | null = hannWindow,
): Tensor {
  const frames = frame(toFloat('stft', signal), frameLength, frameStep);
  const window = windowOf('stft', windowFn, frameLength, frames);
  return rfft(window === undefined ? frames : mul(frames, window), fftLength ?? enclosingPowerOfTwo(frameLength));
}

/**
 * The signals whose `stft` with the same lengths and window comes closest to `stfts`: frames are weighed by the window again, added up and divided by the sum of its squares. Where no
 * window reaches, they are 0.
 * @throws ArgumentError for lengths that are no whole numbers >= 1; ShapeError for fewer than 2 axes.
 * @example
 * const spectra = tf.signal.stft([1, 2, 3, 4, 5, 6], 4, 1, 4, tf.signal.hammingWindow);
 * tf.signal.istft(spectra, 4, 1, 4, tf.signal.hammingWindow).arraySync(); // [1, 2, 3, 4, 5, 6]
 */
export function istft(
  stfts: TensorLike,
  frameLength: number,
  frameStep: number,
  fftLength: number | null = null,
  windowFn: WindowFunction | null = hannWindow,
): Tensor {
  checkCount('istft', 'frameLength', frameLength);
  const lines = irfft(stfts, fftLength ?? enclosingPowerOfTwo(frameLength));
  if (lines.rank < 2) throw new ShapeError(`istft: needs spectra of frames, with 2 axes or more; received ${showShape(lines.shape)}`);
  const size = lines.shape[lines.rank - 1];
  const held = Math.min(size, frameLength);
  const cut = slice(
    lines,
    lines.shape.map(() => 0),
    lines.shape.with(-1, held),
  );
  const frames =
    held === frameLength
      ? cut
      : pad(
          cut,
          cut.shape.map((_, axis) => [0, axis === cut.rank - 1 ? frameLength - held : 0] as const),
        );
  const window = windowOf('istft', windowFn, frameLength, frames) ?? ones([frameLength], frames.dtype);
  const weights = mul(ones([frames.shape[frames.rank - 2], 1], frames.dtype), square(window));
  return divNoNan(overlapAndAdd(mul(frames, window), frameStep), overlapAndAdd(weights, frameStep));
}
