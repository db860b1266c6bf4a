/** Windows that frames of signals are weighed by: part of `tf.signal`. */
import { partOf } from '../../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { besselI } from '../../kernels/bessel.ts';
import { div, square } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { toFloat } from '../convert.ts';
import { ones } from '../creation.ts';
import { pad, slice, tile } from '../join.ts';
import { sum } from '../reduce.ts';
import { reshape } from '../shape.ts';

/** What makes a window of so many numbers. */
export type WindowFunction = (length: number) => Tensor;

/** `value` itself; an error where it is no whole number >= 1. */
export function checkCount(owner: string, name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${owner}: ${name} must be a whole number >= 1; received ${show(value)}`);
  return value;
}

/** `a - b cos`, one period over the window; an odd length counts both ends, as in TensorFlow. */
function cosines(owner: string, length: number, a: number, b: number): Tensor {
  const n = checkCount(owner, 'windowLength', length);
  const period = n % 2 === 0 ? n : n - 1;
  if (n === 1) return ones([1]);
  return tensorOf(
    Array.from({ length: n }, (_, i) => a - b * Math.cos((2 * Math.PI * i) / period)),
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
  return cosines('hannWindow', windowLength, 0.5, 0.5);
}

/**
 * The Hamming window, a cosine that rises from 0.08 to 1 and falls back.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.hammingWindow(4).arraySync(); // [0.08, 0.54, 1, 0.54]
 */
export function hammingWindow(windowLength: number): Tensor {
  return cosines('hammingWindow', windowLength, 0.54, 0.46);
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

/** The Kaiser window at places from 0 to 1. */
function kaiserAt(beta: number): (t: number) => number {
  const top = besselI(0, beta, true);
  return (t) => {
    const inner = beta * Math.sqrt(Math.max(0, 1 - (2 * t - 1) ** 2));
    return (besselI(0, inner, true) / top) * Math.exp(Math.abs(inner) - Math.abs(beta));
  };
}

/**
 * The Kaiser window, by Bessel functions: the narrower the greater `beta`.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1 and `beta` a number.
 * @example
 * tf.signal.kaiserWindow(3, 0).arraySync(); // [1, 1, 1]
 */
export function kaiserWindow(windowLength: number, beta = 12): Tensor {
  if (!Number.isFinite(beta)) throw new ArgumentError(`kaiserWindow: beta must be a number; received ${show(beta)}`);
  return windowBetween('kaiserWindow', windowLength, kaiserAt(beta));
}

/**
 * A cosine window of one period, `a - b cos(2 pi i / n)`; an odd length counts both ends.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.cosineWindow(4, 0.5, 0.5).arraySync(); // [0, 0.5, 1, 0.5]
 */
export function cosineWindow(windowLength: number, a: number, b: number): Tensor {
  return cosines('cosineWindow', windowLength, a, b);
}

/**
 * The Vorbis window, whose squares and those of the other half sum to 1: a sine of a squared sine.
 * @throws ArgumentError unless `windowLength` is a whole number >= 1.
 * @example
 * tf.signal.vorbisWindow(4).square().arraySync(); // [0.05199, 0.94801, 0.94801, 0.05199]
 */
export function vorbisWindow(windowLength: number): Tensor {
  const n = checkCount('vorbisWindow', 'windowLength', windowLength);
  return tensorOf(
    Array.from({ length: n }, (_, i) => Math.sin((Math.PI / 2) * Math.sin((Math.PI * (i + 0.5)) / n) ** 2)),
    [n],
    'float32',
  );
}

/**
 * The Kaiser-Bessel-derived window, of two halves: roots of the sums of a Kaiser window up to each place.
 * @throws ArgumentError unless `windowLength` is an even whole number >= 2 and `beta` a number.
 * @example
 * tf.signal.kaiserBesselDerivedWindow(2).square().arraySync(); // [0.5, 0.5]
 */
export function kaiserBesselDerivedWindow(windowLength: number, beta = 12): Tensor {
  const n = checkCount('kaiserBesselDerivedWindow', 'windowLength', windowLength);
  if (n % 2 !== 0) throw new ArgumentError(`kaiserBesselDerivedWindow: windowLength must be even; received ${n}`);
  if (!Number.isFinite(beta)) throw new ArgumentError(`kaiserBesselDerivedWindow: beta must be a number; received ${show(beta)}`);
  const at = kaiserAt(beta);
  let total = 0;
  const sums = Array.from({ length: n / 2 + 1 }, (_, i) => {
    total += at((2 * i) / n);
    return total;
  });
  const rising = sums.slice(0, -1).map((value) => Math.sqrt(value / total));
  return tensorOf([...rising, ...rising.toReversed()], [n], 'float32');
}

/**
 * A window function for `istft` frames `frameStep` apart, that gives back what was weighed by `forwardWindowFn`: the window divided by the sum of the squares of all that overlap.
 * @throws ArgumentError for a step that is no whole number >= 1.
 * @example
 * tf.signal.inverseStftWindowFn(1, (n) => tf.ones([n]))(2).arraySync(); // [0.5, 0.5]
 */
export function inverseStftWindowFn(frameStep: number, forwardWindowFn: WindowFunction = hannWindow): WindowFunction {
  checkCount('inverseStftWindowFn', 'frameStep', frameStep);
  return (frameLength) => {
    const window = toFloat('inverseStftWindowFn', forwardWindowFn(checkCount('inverseStftWindowFn', 'frameLength', frameLength)));
    const overlaps = Math.ceil(frameLength / frameStep);
    const rows = reshape(pad(square(window), [[0, overlaps * frameStep - frameLength]]), [overlaps, frameStep]);
    return div(window, slice(tile(sum(rows, 0), [overlaps]), [0], [frameLength]));
  };
}

/**
 * The least power of two that is not below `value`.
 * @throws ArgumentError unless `value` is a whole number >= 1.
 * @example
 * tf.signal.enclosingPowerOfTwo(5); // 8
 */
export function enclosingPowerOfTwo(value: number): number {
  checkCount('enclosingPowerOfTwo', 'value', value);
  return 2 ** Math.ceil(Math.log2(value));
}

/** The window of a function, which must have the length it was asked for. */
export function windowOf(owner: string, make: WindowFunction | null, length: number, like: Tensor): Tensor | undefined {
  if (make === null) return undefined;
  if (typeof make !== 'function') throw new ArgumentError(`${owner}: windowFn must be a function or null; received ${show(make)}`);
  const window = toFloat(owner, make(length));
  if (window.rank !== 1 || window.shape[0] !== length) {
    throw new ShapeError(`${owner}: windowFn must give [${length}]; received ${showShape(window.shape)}`);
  }
  return castTo(window, partOf(like.dtype));
}
