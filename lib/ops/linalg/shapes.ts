/** What ops of linear algebra take: shapes of batches of matrices, and the small forms their gradients share. */
import { ShapeError } from '../../core/errors.ts';
import { broadcastShapes, type Shape, showShape } from '../../core/shape.ts';
import type { Spec, Tensor } from '../../core/tensor.ts';
import { add, mul } from '../arithmetic.ts';
import { type TensorLike, toFloat, toPair } from '../convert.ts';
import { transpose } from '../transpose.ts';

/** The batch, rows and columns of matrices; an error for fewer than 2 axes. */
export function matrixShape(owner: string, { shape }: Spec): { batch: Shape; rows: number; columns: number } {
  if (shape.length < 2) throw new ShapeError(`${owner}: needs matrices, with 2 axes or more; received ${showShape(shape)}`);
  const [rows, columns] = shape.slice(-2);
  return { batch: shape.slice(0, -2), rows, columns };
}

/** The batch and size of square matrices; an error for others. */
export function squareShape(owner: string, spec: Spec): { batch: Shape; n: number } {
  const { batch, rows, columns } = matrixShape(owner, spec);
  if (rows !== columns) throw new ShapeError(`${owner}: needs square matrices; received ${showShape(spec.shape)}`);
  return { batch, n: rows };
}

/** The shape of the solutions of systems of square matrices. */
export function solutionShape(owner: string, a: Spec, b: Spec): Shape {
  const { batch, n } = squareShape(owner, a);
  const right = matrixShape(owner, b);
  if (right.rows !== n) {
    throw new ShapeError(`${owner}: the right side needs ${n} rows; received ${showShape(a.shape)} and ${showShape(b.shape)}`);
  }
  return [...broadcastShapes(owner, batch, right.batch), n, right.columns];
}

/** Two operands as floating tensors of one dtype. */
export function toFloats(owner: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [left, right] = toPair(owner, a, b);
  return [toFloat(owner, left), toFloat(owner, right)];
}

/** Matrices with rows and columns exchanged. */
export function turned(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** Half of a matrix and its transpose together. */
export function symmetric(x: Tensor): Tensor {
  return mul(add(x, turned(x)), 0.5);
}
