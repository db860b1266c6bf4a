/** What recurrent networks over whole sequences share: their shapes, their arithmetic, and the gradients of their weights as one product each. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { add } from '../ops/arithmetic.ts';
import { ones } from '../ops/creation.ts';
import { concat, slice } from '../ops/join.ts';
import { matMul } from '../ops/matmul.ts';
import { sum } from '../ops/reduce.ts';
import { reshape } from '../ops/shape.ts';

/** Throws unless all inputs have one floating dtype. */
function checkDTypes(owner: string, inputs: readonly Spec[]): void {
  const [{ dtype }] = inputs;
  if (isFloat(dtype) && inputs.every((input) => input.dtype === dtype)) return;
  throw new ArgumentError(`${owner}: needs one floating dtype; received ${[...new Set(inputs.map((input) => input.dtype))].join(' and ')}`);
}

/** The sizes of a sequence; throws where x [steps, batch, features], kernel, recurrent kernel, the first state and the biases do not fit together. */
export function checkSequence(
  owner: string,
  gates: number,
  inputs: readonly Spec[],
  biases: readonly Spec[],
): { steps: number; batch: number; units: number } {
  const [x, kernel, recurrent, h] = inputs;
  const [steps, batch, features] = x.shape;
  const units = h.shape[1];
  const columns = gates * units;
  const wanted = [[features, columns], [units, columns], [batch, units], ...biases.map(() => [columns])];
  const given = [kernel, recurrent, h, ...biases];
  if (x.shape.length !== 3 || !wanted.every((shape, i) => sameShape(shape, given[i].shape))) {
    const shapes = [x, ...given].map(({ shape }) => showShape(shape)).join(', ');
    throw new ShapeError(
      `${owner}: needs x [steps, batch, features], kernels [features, ${gates} * units] and [units, ${gates} * units], a state [batch, units] and biases [${gates} * units]; received ${shapes}`,
    );
  }
  checkDTypes(owner, inputs);
  return { steps, batch, units };
}

/** Throws unless the inputs of a gradient have these shapes and one dtype. */
export function checkFlows(owner: string, inputs: readonly Spec[], wanted: readonly Shape[]): void {
  if (inputs.length !== wanted.length || !wanted.every((shape, i) => sameShape(shape, inputs[i].shape))) {
    const [needed, given] = [wanted, inputs.map(({ shape }) => shape)].map((shapes) => shapes.map(showShape).join(', '));
    throw new ShapeError(`${owner}: needs shapes ${needed}; received ${given}`);
  }
  checkDTypes(owner, inputs);
}

/** Two products for each step, and the activations of the gates. */
export function sequenceFlops(gates: number) {
  return ([x, kernel, recurrent]: readonly Spec[]): number => {
    const [steps, batch] = x.shape;
    return steps * batch * (2 * (sizeOfShape(kernel.shape) + sizeOfShape(recurrent.shape)) + (gates + 4) * recurrent.shape[0]);
  };
}

/** All steps as rows of one matrix. */
const rowsOf = (x: Tensor): Tensor => reshape(x, [x.shape[0] * x.shape[1], x.shape[2]]);

/** The gradient of a matrix that every step has multiplied its state with: `ys` are the states after each step, `dz` what flows to the products. */
export function recurrentGradient(h: Tensor, ys: Tensor, dz: Tensor): Tensor {
  const [steps] = ys.shape;
  const first = matMul(h, reshape(slice(dz, [0], [1]), dz.shape.slice(1)), true);
  if (steps === 1) return first;
  return add(matMul(rowsOf(slice(ys, [0], [steps - 1])), rowsOf(slice(dz, [1], [steps - 1])), true), first);
}

/** The gradients of x, both kernels and a bias, from what flows to the gates of all steps. */
export function sequenceGradients([x, kernel, , h]: readonly Tensor[], ys: Tensor, dz: () => Tensor, biased: boolean): (() => Tensor)[] {
  const [, , features] = x.shape;
  const columns = kernel.shape[1];
  // With ones beside x the product has the sums of all rows, too: less to read than a pass of their own over what is much wider than x.
  const isNarrow = biased && features < columns;
  let found: Tensor | undefined;
  const both = (): Tensor => {
    const rows = rowsOf(x);
    found ??= matMul(concat([rows, ones([rows.shape[0], 1], x.dtype)], 1), rowsOf(dz()), true);
    return found;
  };
  return [
    () => reshape(matMul(rowsOf(dz()), kernel, false, true), x.shape),
    () => (isNarrow ? slice(both(), [0, 0], [features, columns]) : matMul(rowsOf(x), rowsOf(dz()), true)),
    () => recurrentGradient(h, ys, dz()),
    () => (isNarrow ? reshape(slice(both(), [features, 0], [1, columns]), [columns]) : sum(dz(), [0, 1])),
  ];
}
