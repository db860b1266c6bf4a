/** Products of matrices, alone and with a bias and an activation in the same pass. */
import { ShapeError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { broadcastShapes, type Shape, showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { matMulKernel, type ProductAttrs } from '../kernels/matmul.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toPair } from './convert.ts';

/** The shape of the product; throws where the operands do not fit. */
function productShape(owner: string, a: Spec, b: Spec, { transposeA, transposeB }: ProductAttrs): Shape {
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new ShapeError(`${owner}: a and b need 2 axes or more; received ${showShape(a.shape)} and ${showShape(b.shape)}`);
  }
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [m, left] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [right, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (left !== right) {
    const named = (name: string, transposed: boolean, shape: Shape) => `${transposed ? 'transposed ' : ''}${name} ${showShape(shape)}`;
    throw new ShapeError(
      `${owner}: inner sizes differ: ${left} in ${named('a', transposeA, a.shape)} and ${right} in ${named('b', transposeB, b.shape)}`,
    );
  }
  return [...broadcastShapes(owner, a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n];
}

const matMulOp: Op<ProductAttrs, 'inputs'> = declare<ProductAttrs, 'inputs'>({
  name: 'matMul',
  attrs: ['transposeA', 'transposeB'],
  infer: ([a, b], attrs) => [{ shape: productShape('matMul', a, b, attrs), dtype: a.dtype }],
  kernel: matMulKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [a, b], attrs }) => productGradients(dy, a, b, attrs),
});

/** The gradients of a product, as products. */
function productGradients(dy: Tensor, a: Tensor, b: Tensor, { transposeA, transposeB }: ProductAttrs): readonly (() => Tensor)[] {
  return [
    () => (transposeA ? matMul(b, dy, transposeB, true) : matMul(dy, b, false, !transposeB)),
    () => (transposeB ? matMul(dy, a, true, transposeA) : matMul(a, dy, !transposeA, false)),
  ];
}

/**
 * The matrix product over the last two axes, `[..., m, k]` times `[..., k, n]`; leading axes broadcast. `transposeA` and `transposeB` swap the last two
 * axes of an operand first. Integers multiply as int32 and wrap around.
 * @throws ShapeError for fewer than 2 axes, for inner sizes that differ and leading axes that do not broadcast.
 * @example
 * tf.matMul([[1, 2], [3, 4]], [[1], [1]]).arraySync(); // [[3], [7]]
 */
export function matMul(a: TensorLike, b: TensorLike, transposeA = false, transposeB = false): Tensor {
  const pair = toPair('matMul', a, b);
  const small = pair[0].dtype === 'bool' || pair[0].dtype === 'uint8';
  return apply(matMulOp, small ? pair.map((x) => castTo(x, 'int32')) : pair, { transposeA, transposeB })[0];
}
