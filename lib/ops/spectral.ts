/** Fourier transforms along the last axes. */
import { floatOf, isComplex } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { normalizeAxes, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { dftKernel } from '../kernels/fft.ts';
import { div } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { asComplex, conj, real, viewAsComplex, viewAsReal } from './complex.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { concat, pad, slice } from './join.ts';
import { roll } from './rearrange.ts';
import { view } from './shape.ts';
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
      `${owner}: needs ${['a last axis', 'two last axes', 'three last axes'][axes - 1]} with elements; received shape ${showShape(input.shape)}`,
    );
  }
  return input;
}

/** The transform along the last axis. */
function transform(x: Tensor, inverse: boolean): Tensor {
  const sums = viewAsComplex(apply(dftOp, [viewAsReal(x)], { inverse })[0]);
  return inverse ? div(sums, x.shape[x.rank - 1]) : sums;
}

/** The transform along one axis. */
function transformAlong(x: Tensor, axis: number, inverse: boolean): Tensor {
  if (axis === x.rank - 1) return transform(x, inverse);
  const turn = x.shape.map((_, at) => (at === axis ? x.rank - 1 : at === x.rank - 1 ? axis : at));
  return transpose(transform(transpose(x, turn), inverse), turn);
}

/** The transform along so many last axes, from the last one on. */
function transformLast(x: Tensor, axes: number, inverse: boolean): Tensor {
  let y = x;
  for (let i = 1; i <= axes; i++) y = transformAlong(y, x.rank - i, inverse);
  return y;
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
  return transformLast(checkAxes('fft2', x, 2), 2, false);
}

/**
 * The inverse of `fft2`.
 * @throws ShapeError for empty last axes, or fewer than two.
 * @example
 * tf.real(tf.ifft2(tf.fft2([[1, 2], [3, 4]]))).arraySync(); // [[1, 2], [3, 4]]
 */
export function ifft2(x: TensorLike): Tensor {
  return transformLast(checkAxes('ifft2', x, 2), 2, true);
}

/**
 * The discrete Fourier transform along the last three axes.
 * @throws ShapeError for empty last axes, or fewer than three.
 * @example
 * tf.real(tf.fft3([[[1, 0]]])).arraySync(); // [[[1, 1]]]
 */
export function fft3(x: TensorLike): Tensor {
  return transformLast(checkAxes('fft3', x, 3), 3, false);
}

/**
 * The inverse of `fft3`.
 * @throws ShapeError for empty last axes, or fewer than three.
 * @example
 * tf.real(tf.ifft3(tf.fft3([[[1, 2]]]))).arraySync(); // [[[1, 2]]]
 */
export function ifft3(x: TensorLike): Tensor {
  return transformLast(checkAxes('ifft3', x, 3), 3, true);
}

/** An axis, the last one unless given, cut to `length` or filled up with zeros. */
export function resized(x: Tensor, length: number, axis = x.rank - 1): Tensor {
  const size = x.shape[axis];
  if (length === size) return x;
  if (length < size)
    return slice(
      x,
      x.shape.map(() => 0),
      x.shape.with(axis, length),
    );
  return pad(
    x,
    x.shape.map((_, at) => [0, at === axis ? length - size : 0] as const),
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

/** The lengths of so many last axes. */
function checkLengths(owner: string, fftLength: readonly number[] | null, shape: Shape, axes: number): readonly number[] {
  if (fftLength === null) return shape.slice(-axes);
  if (!Array.isArray(fftLength) || fftLength.length !== axes) {
    throw new ArgumentError(`${owner}: fftLength must be ${axes} whole numbers >= 1; received ${show(fftLength)}`);
  }
  return fftLength.map((length: number) => checkLength(owner, length));
}

/** Half the transform along the last axes. */
function halfTransform(owner: string, x: TensorLike, fftLength: readonly number[] | null, axes: number): Tensor {
  const input = toTensor(owner, x);
  if (isComplex(input.dtype)) throw new ArgumentError(`${owner}: needs a real tensor; received ${input.dtype}`);
  checkAxes(owner, input, axes);
  const lengths = checkLengths(owner, fftLength, input.shape, axes);
  let y = rfft(input, lengths[axes - 1]);
  for (let i = 2; i <= axes; i++) {
    const axis = y.rank - i;
    y = transformAlong(resized(y, lengths[axes - i], axis), axis, false);
  }
  return y;
}

/** What half a transform along the last axes was made of. */
function halfInverse(owner: string, x: TensorLike, fftLength: readonly number[] | null, axes: number): Tensor {
  let y = checkAxes(owner, x, axes);
  const whole = y.shape.with(-1, 2 * (y.shape[y.rank - 1] - 1));
  const lengths = checkLengths(owner, fftLength, whole, axes);
  for (let i = axes; i >= 2; i--) {
    const axis = y.rank - i;
    y = transformAlong(resized(y, lengths[axes - i], axis), axis, true);
  }
  return irfft(y, lengths[axes - 1]);
}

/**
 * The Fourier transform of a real tensor along the last two axes, which are cut or filled up with zeros to `fftLength`; of the last one only the first half, as in `rfft`.
 * @throws ArgumentError for a complex tensor or lengths that are no two whole numbers >= 1; ShapeError for empty last axes, or fewer than two.
 * @example
 * tf.real(tf.rfft2([[1, 2, 3], [4, 5, 6]])).shape; // [2, 2]
 */
export function rfft2(x: TensorLike, fftLength: readonly [number, number] | null = null): Tensor {
  return halfTransform('rfft2', x, fftLength, 2);
}

/**
 * The inverse of `rfft2`: the real tensor whose last two axes have `fftLength`, by default as many as there are and `2 (n - 1)`.
 * @throws ArgumentError for lengths that are no two whole numbers >= 1; ShapeError for empty last axes, or fewer than two.
 * @example
 * tf.irfft2(tf.rfft2([[1, 2, 3, 4], [5, 6, 7, 8]])).arraySync(); // [[1, 2, 3, 4], [5, 6, 7, 8]]
 */
export function irfft2(x: TensorLike, fftLength: readonly [number, number] | null = null): Tensor {
  return halfInverse('irfft2', x, fftLength, 2);
}

/**
 * The Fourier transform of a real tensor along the last three axes; otherwise as `rfft2`.
 * @throws ArgumentError, ShapeError as `rfft2` does.
 * @example
 * tf.rfft3(tf.ones([2, 2, 4])).shape; // [2, 2, 3]
 */
export function rfft3(x: TensorLike, fftLength: readonly [number, number, number] | null = null): Tensor {
  return halfTransform('rfft3', x, fftLength, 3);
}

/**
 * The inverse of `rfft3`; otherwise as `irfft2`.
 * @throws ArgumentError, ShapeError as `irfft2` does.
 * @example
 * tf.irfft3(tf.rfft3(tf.ones([1, 2, 4]))).arraySync(); // [[[1, 1, 1, 1], [1, 1, 1, 1]]]
 */
export function irfft3(x: TensorLike, fftLength: readonly [number, number, number] | null = null): Tensor {
  return halfInverse('irfft3', x, fftLength, 3);
}

function shifted(owner: string, x: TensorLike, axes: number | readonly number[] | null, by: (size: number) => number): Tensor {
  const input = toTensor(owner, x);
  return normalizeAxes(owner, axes, input.rank).reduce((y, axis) => roll(y, by(y.shape[axis]), axis), view(input));
}

/**
 * `x` with the frequency 0 moved to the middle of `axes` (one, several, or all unless given): half of each goes to the other end.
 * @example
 * tf.signal.fftshift([0, 1, 2, -2, -1]).arraySync(); // [-2, -1, 0, 1, 2]
 */
export function fftshift(x: TensorLike, axes: number | readonly number[] | null = null): Tensor {
  return shifted('fftshift', x, axes, (size) => Math.floor(size / 2));
}

/**
 * What `fftshift` made its result of.
 * @example
 * tf.signal.ifftshift([-2, -1, 0, 1, 2]).arraySync(); // [0, 1, 2, -2, -1]
 */
export function ifftshift(x: TensorLike, axes: number | readonly number[] | null = null): Tensor {
  return shifted('ifftshift', x, axes, (size) => -Math.floor(size / 2));
}
