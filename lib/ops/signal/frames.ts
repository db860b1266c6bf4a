/** Frames of signals, and Fourier transforms over short times: part of `tf.signal`. */
import { ShapeError } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { divNoNan, mul, square } from '../arithmetic.ts';
import { type TensorLike, toFloat, toTensor } from '../convert.ts';
import { ones } from '../creation.ts';
import { gather, unsortedSegmentSum } from '../indexing.ts';
import { pad, slice } from '../join.ts';
import { reshape } from '../shape.ts';
import { irfft, rfft } from '../spectral.ts';
import { transpose } from '../transpose.ts';
import { checkCount, enclosingPowerOfTwo, hannWindow, type WindowFunction, windowOf } from './windows.ts';

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
