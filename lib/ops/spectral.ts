/** Fourier transforms along the last axes. */
import { floatOf, isComplex } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { dftKernel } from '../kernels/fft.ts';
import { div } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { asComplex, conj, real, viewAsComplex, viewAsReal } from './complex.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { concat, pad, slice } from './join.ts';
import { reverse, transpose } from './transpose.ts';

/** Transforms `[..., n, 2]`, pairs of parts; nothing is divided, so that the gradient is the transform with the other sign. */
const dftOp: Op<{ inverse: boolean }> = declare<{ inverse: boolean }>({
  name: 'dft',
  attrs: ['inverse'],
  traits: { flops: ([{ shape }]) => 5 * (sizeOfShape(shape) / 2) * Math.log2(Math.max(1, shape[shape.length - 2])) },
  infer: ([x]) => [x],
  kernel: dftKernel,
  saves: [],
  grad: ({ dy, attrs: { inverse } }) => [() => apply(dftOp, [dy], { inverse: !inverse })[0]],
});

/** A complex tensor with at least so many axes, whose last ones are not empty. */
function checkAxes(owner: string, x: TensorLike, axes: number): Tensor {
  const input = asComplex(owner, x);
  const last = input.shape.slice(-axes);
  if (last.length < axes || last.includes(0)) {
    throw new ShapeError(
      `${owner}: needs ${axes === 1 ? 'a last axis' : 'two last axes'} with elements; received shape ${showShape(input.shape)}`,
    );
  }
  return input;
}

/** The transform along the last axis. */
function transform(x: Tensor, inverse: boolean): Tensor {
  const sums = viewAsComplex(apply(dftOp, [viewAsReal(x)], { inverse })[0]);
  return inverse ? div(sums, x.shape[x.rank - 1]) : sums;
}

/** The transform along the last two axes. */
function transformBoth(x: Tensor, inverse: boolean): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const turn = [...axes.slice(0, -2), x.rank - 1, x.rank - 2];
  return transpose(transform(transpose(transform(x, inverse), turn), inverse), turn);
}

/**
 * The discrete Fourier transform along the last axis, of any size: the sums of `x[j] exp(-2 pi i j k / n)`. Real tensors become complex ones.
 * @throws ShapeError for an empty last axis, or none.
 * @example
 * tf.real(tf.fft([1, 0, 0, 0])).arraySync(); // [1, 1, 1, 1]
 */
export function fft(x: TensorLike): Tensor {
  return transform(checkAxes('fft', x, 1), false);
}

/**
 * The inverse of `fft`: the sums of `x[j] exp(2 pi i j k / n)`, divided by n.
 * @throws ShapeError for an empty last axis, or none.
 * @example
 * tf.real(tf.ifft(tf.fft([1, 2, 3]))).arraySync(); // [1, 2, 3]
 */
export function ifft(x: TensorLike): Tensor {
  return transform(checkAxes('ifft', x, 1), true);
}

/**
 * The discrete Fourier transform along the last two axes.
 * @throws ShapeError for empty last axes, or fewer than two.
 * @example
 * tf.real(tf.fft2([[1, 0], [0, 0]])).arraySync(); // [[1, 1], [1, 1]]
 */
export function fft2(x: TensorLike): Tensor {
  return transformBoth(checkAxes('fft2', x, 2), false);
}

/**
 * The inverse of `fft2`.
 * @throws ShapeError for empty last axes, or fewer than two.
 * @example
 * tf.real(tf.ifft2(tf.fft2([[1, 2], [3, 4]]))).arraySync(); // [[1, 2], [3, 4]]
 */
export function ifft2(x: TensorLike): Tensor {
  return transformBoth(checkAxes('ifft2', x, 2), true);
}

/** The last axis cut to `length`, or filled up with zeros. */
function resized(x: Tensor, length: number): Tensor {
  const size = x.shape[x.rank - 1];
  if (length === size) return x;
  if (length < size)
    return slice(
      x,
      x.shape.map(() => 0),
      x.shape.with(-1, length),
    );
  return pad(
    x,
    x.shape.map((_, axis) => [0, axis === x.rank - 1 ? length - size : 0] as const),
  );
}

function checkLength(owner: string, length: number): number {
  if (!Number.isSafeInteger(length) || length < 1)
    throw new ArgumentError(`${owner}: fftLength must be a whole number >= 1; received ${show(length)}`);
  return length;
}

/**
 * The first half of the Fourier transform of a real tensor along the last axis, which is cut or filled up with zeros to `fftLength`: its `fftLength / 2 + 1` sums determine
 * the others.
 * @throws ArgumentError for a complex tensor or a length that is no whole number >= 1; ShapeError for an empty last axis.
 * @example
 * tf.real(tf.rfft([1, 2, 3, 4])).arraySync(); // [10, -2, -2]
 */
export function rfft(x: TensorLike, fftLength: number | null = null): Tensor {
  const input = toTensor('rfft', x);
  if (isComplex(input.dtype)) throw new ArgumentError(`rfft: needs a real tensor; received ${input.dtype}`);
  if (input.rank === 0) throw new ShapeError('rfft: needs a last axis with elements; received shape []');
  const floats = castTo(input, floatOf(input.dtype));
  const length = checkLength('rfft', fftLength ?? input.shape[input.rank - 1]);
  const line = transform(checkAxes('rfft', resized(floats, length), 1), false);
  return resized(line, Math.floor(length / 2) + 1);
}

/**
 * The inverse of `rfft`: the real tensor of a last axis of `fftLength` whose transform begins with `x`, by default `2 (n - 1)` for n sums, which are cut or filled up with
 * zeros to `fftLength / 2 + 1`.
 * @throws ArgumentError for a length that is no whole number >= 1; ShapeError for an empty last axis.
 * @example
 * tf.irfft(tf.rfft([1, 2, 3, 4])).arraySync(); // [1, 2, 3, 4]
 */
export function irfft(x: TensorLike, fftLength: number | null = null): Tensor {
  const input = checkAxes('irfft', x, 1);
  const length = checkLength('irfft', fftLength ?? 2 * (input.shape[input.rank - 1] - 1));
  const half = resized(input, Math.floor(length / 2) + 1);
  // The other half is the mirror image, conjugate.
  const mirrored = Math.ceil(length / 2) - 1;
  if (mirrored <= 0) return real(transform(resized(half, length), true));
  const begin = half.shape.map((_, axis) => (axis === half.rank - 1 ? 1 : 0));
  const others = conj(reverse(slice(half, begin, half.shape.with(-1, mirrored)), -1));
  return real(transform(concat([half, others], half.rank - 1), true));
}
