/** Complex tensors: pairs of floats side by side, which ops see as an axis of size 2 behind the others, without a copy. */
import { type ComplexDType, complexOf, isComplex, isFloat, partOf } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { apply, declare, type Op, type Traits } from '../core/op.ts';
import { broadcastShapes, checkRank, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, neg } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toPair, toTensor } from './convert.ts';
import { zerosLike } from './creation.ts';
import { NONE, type None } from './elementwise.ts';
import { slice, stack } from './join.ts';
import { cos, sin } from './math.ts';
import { broadcastTo, reshape, view } from './shape.ts';
import { atan2 } from './special.ts';

const viewAsRealOp: Op<None> = declare<None>({
  name: 'viewAsReal',
  attrs: [],
  traits: { complex: true },
  infer: ([x]) => [{ shape: checkRank('viewAsReal', [...x.shape, 2]), dtype: partOf(x.dtype) }],
  alias: () => 0,
  kernel([x], [y]) {
    y.data.set(x.data);
  },
  saves: [],
  grad: ({ dy }) => [() => viewAsComplex(dy)],
});

/**
 * The parts of a complex tensor along a new last axis of size 2, without a copy.
 * @throws ArgumentError for another dtype.
 * @example
 * tf.viewAsReal(tf.complex([1], [2])).arraySync(); // [[1, 2]]
 */
export function viewAsReal(x: TensorLike): Tensor {
  const input = toTensor('viewAsReal', x);
  if (!isComplex(input.dtype)) throw new ArgumentError(`viewAsReal: needs a complex tensor; received ${input.dtype}`);
  return apply(viewAsRealOp, [input], NONE)[0];
}

const viewAsComplexOp: Op<None> = declare<None>({
  name: 'viewAsComplex',
  attrs: [],
  infer([x]) {
    if (!isFloat(x.dtype)) throw new ArgumentError(`viewAsComplex: needs a floating tensor; received ${x.dtype}`);
    if (x.shape[x.shape.length - 1] !== 2) {
      throw new ShapeError(`viewAsComplex: needs a last axis of size 2, the parts; received shape ${showShape(x.shape)}`);
    }
    return [{ shape: x.shape.slice(0, -1), dtype: complexOf(x.dtype) }];
  },
  alias: () => 0,
  kernel([x], [y]) {
    y.data.set(x.data);
  },
  saves: [],
  grad: ({ dy }) => [() => viewAsReal(dy)],
});

/**
 * The complex tensor whose parts lie along the last axis of `x`, without a copy.
 * @throws ShapeError for a last axis of another size than 2; ArgumentError for a dtype that is not floating.
 * @example
 * tf.viewAsComplex([[1, 2]]).toString(); // 'Tensor([1+2i], shape=[1], dtype=complex64)'
 */
export function viewAsComplex(x: TensorLike): Tensor {
  return apply(viewAsComplexOp, [toTensor('viewAsComplex', x)], NONE)[0];
}

/** The `complex` trait of an op that treats both parts alike: it runs on them as they lie, with attributes for the axis behind the others. */
export function onParts<A>(adjust: (attrs: A) => A = (attrs) => attrs): NonNullable<Traits['complex']> {
  return (op, inputs, attrs) => {
    const parts = inputs.map((input) => (isComplex(input.dtype) ? viewAsReal(input) : input));
    return apply(op, parts, adjust(attrs as A)).map(viewAsComplex);
  };
}

/** One part of a complex tensor: 0 the real, 1 the imaginary one. */
function part(x: Tensor, which: 0 | 1): Tensor {
  const begin = [...x.shape.map(() => 0), which];
  return reshape(slice(viewAsReal(x), begin, [...x.shape, 1]), x.shape);
}

/** Both parts of a complex tensor. */
export function partsOf(x: Tensor): [Tensor, Tensor] {
  return [part(x, 0), part(x, 1)];
}

/** A complex tensor of two parts of one shape and floating dtype. */
export function ofParts(real: Tensor, imag: Tensor): Tensor {
  return viewAsComplex(stack([real, imag], -1));
}

/** A tensor as one of a complex dtype. */
export function toComplex(x: Tensor, dtype: ComplexDType): Tensor {
  if (isComplex(x.dtype)) return viewAsComplex(castTo(viewAsReal(x), partOf(dtype)));
  const real = castTo(x, partOf(dtype));
  return ofParts(real, zerosLike(real));
}

/** `value` as a complex tensor: of doubles if it holds doubles. */
export function asComplex(owner: string, value: TensorLike): Tensor {
  const x = toTensor(owner, value);
  return isComplex(x.dtype) ? x : toComplex(x, complexOf(x.dtype));
}

/**
 * The complex tensor `real + imag i`: complex64, or complex128 of doubles. Its gradient, and that of all complex tensors, is the one of the real part plus i times the one of
 * the imaginary part, as in TensorFlow.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * tf.complex([1, 2], [0, -1]).arraySync(); // [[1, 0], [2, -1]]
 */
export function complex(real: TensorLike, imag: TensorLike): Tensor {
  const pair = toPair('complex', real, imag);
  if (isComplex(pair[0].dtype)) throw new ArgumentError(`complex: takes real parts; received ${pair[0].dtype}`);
  const [a, b] = pair.map((x) => (isFloat(x.dtype) ? x : castTo(x, 'float32')));
  const shape = broadcastShapes('complex', a.shape, b.shape);
  return ofParts(broadcastTo(a, shape), broadcastTo(b, shape));
}

/**
 * The real parts of `x`; `x` itself if it is real.
 * @example
 * tf.real(tf.complex([1], [2])).arraySync(); // [1]
 */
export function real(x: TensorLike): Tensor {
  const input = toTensor('real', x);
  return isComplex(input.dtype) ? part(input, 0) : view(input);
}

/**
 * The imaginary parts of `x`; zeros if it is real.
 * @example
 * tf.imag(tf.complex([1], [2])).arraySync(); // [2]
 */
export function imag(x: TensorLike): Tensor {
  const input = toTensor('imag', x);
  return isComplex(input.dtype) ? part(input, 1) : zerosLike(input);
}

/**
 * `x` with the sign of its imaginary parts changed; `x` itself if it is real.
 * @example
 * tf.conj(tf.complex([1], [2])).arraySync(); // [[1, -2]]
 */
export function conj(x: TensorLike): Tensor {
  const input = toTensor('conj', x);
  if (!isComplex(input.dtype)) return view(input);
  const [re, im] = partsOf(input);
  return ofParts(re, neg(im));
}

/**
 * The complex numbers of these magnitudes and angles in radians.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * tf.polar(2, Math.PI).arraySync(); // [-2, 0]
 */
export function polar(magnitude: TensorLike, angle: TensorLike): Tensor {
  const [size, turn] = toPair('polar', magnitude, angle);
  return complex(mul(size, cos(turn)), mul(size, sin(turn)));
}

/**
 * The angles of complex numbers in radians, from -pi to pi; of real ones 0 or pi.
 * @example
 * tf.angle(tf.complex([0, -1], [1, 0])).arraySync(); // [1.5708, 3.14159]
 */
export function angle(x: TensorLike): Tensor {
  const input = toTensor('angle', x);
  const [re, im] = isComplex(input.dtype) ? partsOf(input) : [input, zerosLike(input)];
  return atan2(im, re);
}
