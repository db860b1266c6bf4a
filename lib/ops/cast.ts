/** Conversion between dtypes. */
import { checkDType, codeOf, type DType, dtypes, isComplex, isFloat } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import type { Tensor } from '../core/tensor.ts';
import { toComplex } from './complex.ts';
import { type TensorLike, toTensor } from './convert.ts';

/** `x` as another dtype. Floats become integers towards zero; NaN and values outside the range are refused. */
export const castOp: Op<{ dtype: number }> = declare<{ dtype: number }>({
  name: 'cast',
  attrs: ['dtype'],
  traits: { elementwise: true, refuses: ([x], [y]) => isFloat(x.dtype) && !isFloat(y.dtype) && y.dtype !== 'bool' },
  infer: ([x], { dtype }) => [{ shape: x.shape, dtype: dtypes[dtype] }],
  alias: ([x], { dtype }) => (codeOf(x.dtype) === dtype ? 0 : undefined),
  kernel([x], [y]) {
    const toInteger = isFloat(x.dtype) && (y.dtype === 'int32' || y.dtype === 'uint8');
    const [low, high] = y.dtype === 'uint8' ? [-1, 256] : [-2147483649, 2147483648];
    for (let i = 0; i < y.size; i++) {
      const value = x.data[i];
      if (y.dtype === 'bool') y.data[i] = value === 0 ? 0 : 1;
      else if (toInteger && !(value > low && value < high))
        throw new ArgumentError(`cast: ${value} at position ${i} has no ${y.dtype} value`);
      else y.data[i] = value;
    }
  },
  saves: [],
  grad: ({ dy, specs: [x] }) => [isFloat(x.dtype) ? () => castTo(dy, x.dtype) : null],
});

/** The same op where a view of its input will not do. */
export const copyOp: Op<{ dtype: number }> = { ...castOp, alias: () => undefined };

/** `x` itself if it has `dtype` already, else converted: for operands, not for results. */
export function castTo(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  if (isComplex(dtype)) return toComplex(x, dtype);
  return apply(castOp, [x], { dtype: codeOf(dtype) })[0];
}

/**
 * `x` with another dtype. Floats become integers towards zero; NaN and values outside an integer's range are refused, and complex numbers as real ones.
 * @example
 * tf.cast([1.7, -1.7], 'int32').arraySync(); // [1, -1]
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  if (isComplex(dtype)) return toComplex(toTensor('cast', x), dtype);
  return apply(castOp, [toTensor('cast', x)], { dtype: codeOf(checkDType('cast', dtype)) })[0];
}
