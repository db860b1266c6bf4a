/** What a pass back begins with: one seed for each target, or for each row of a Jacobian, whose rows are put together here. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import { flatten, type Structure, tensorsIn } from '../core/structure.ts';
import { isDifferentiable, Tensor } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { add } from '../ops/arithmetic.ts';
import { onesLike, zeros } from '../ops/creation.ts';
import { oneHot } from '../ops/indexing.ts';
import { stack } from '../ops/join.ts';
import { broadcastTo, reshape } from '../ops/shape.ts';

/** Throws where `outputGradients` do not fit the targets. */
export function checkSeeds(targets: readonly (Tensor | Variable)[], outputGradients: Structure<Tensor> | undefined): void {
  if (outputGradients === undefined) return;
  const given = flatten(outputGradients);
  if (given.length !== targets.length) {
    throw new ArgumentError(`gradient: ${targets.length} targets need as many outputGradients; received ${given.length}`);
  }
  targets.forEach((target, i) => {
    const seed = given[i];
    if (!(seed instanceof Tensor)) throw new ArgumentError(`gradient: outputGradients must be tensors; received ${show(seed)}`);
    if (!sameShape(seed.shape, target.shape)) {
      throw new ShapeError(
        `gradient: outputGradients must have the shapes of the targets; ${showShape(seed.shape)} and ${showShape(target.shape)}`,
      );
    }
    if (isDifferentiable(target) && seed.dtype !== target.dtype) {
      throw new ArgumentError(`gradient: outputGradients must have the dtypes of the targets; ${seed.dtype} and ${target.dtype}`);
    }
  });
}

/** The gradients to begin with, by tensor id. */
export function seedsOf(targets: readonly (Tensor | Variable)[], outputGradients: Structure<Tensor> | undefined): Map<number, Tensor> {
  const given = outputGradients === undefined ? undefined : tensorsIn(outputGradients);
  const seeds = new Map<number, Tensor>();
  targets.forEach((target, i) => {
    if (!isDifferentiable(target)) return;
    const { id } = target instanceof Variable ? peekValue(target) : target;
    const seed = given === undefined ? onesLike(target) : given[i];
    const present = seeds.get(id);
    seeds.set(id, present === undefined ? seed : add(present, seed));
  });
  return seeds;
}

/** The only target or source of a Jacobian. */
export function checkOne(owner: string, value: Tensor | Variable): Tensor | Variable {
  if (value instanceof Tensor || value instanceof Variable) return value;
  throw new ArgumentError(`${owner}: expected one tensor or variable; received ${show(value)}`);
}

/** Seeds that are 1 at one element and 0 at all others, made when they are wanted: in order, one for each element. */
export function elementSeeds(shape: Shape, dtype: DType): (() => Tensor)[] {
  const size = sizeOfShape(shape);
  return Array.from({ length: size }, (_, i) => () => reshape(oneHot(i, size, 1, 0, dtype), shape));
}

/** Seeds that are 1 at one place of every row and 0 at all others, one for each place. */
export function batchSeeds(shape: Shape, dtype: DType): (() => Tensor)[] {
  const [, ...row] = shape;
  return elementSeeds(row, dtype).map((seed) => () => broadcastTo(seed(), shape));
}

/** Throws unless a target and a source can be taken row by row. */
export function checkBatches(target: Shape, source: Shape): void {
  if (target.length < 2 || source.length < 2 || target[0] !== source[0]) {
    throw new ShapeError(
      `batchJacobian: target and source need two axes or more, the first of one size; received ${showShape(target)} and ${showShape(source)}`,
    );
  }
}

/** Gradients of elements in order as a Jacobian of `shape`; zeros where there are none. */
export function joinRows(rows: readonly Tensor[], shape: Shape, dtype: DType): Tensor {
  return rows.length === 0 || sizeOfShape(shape) === 0 ? zeros(shape, dtype) : reshape(stack(rows), shape);
}

/** Gradients of places in order, each of shape `source`, as Jacobians of the rows. */
export function joinBatches(rows: readonly Tensor[], target: Shape, source: Shape, dtype: DType): Tensor {
  const shape = [...target, ...source.slice(1)];
  return rows.length === 0 || sizeOfShape(shape) === 0 ? zeros(shape, dtype) : reshape(stack(rows, 1), shape);
}
