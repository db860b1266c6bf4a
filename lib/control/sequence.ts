/** What recurrent networks over whole sequences share: their shapes, their arithmetic, and the gradients of their weights as one product each. */
import { ShapeError } from '../core/errors.ts';
import { showShape, sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { add } from '../ops/arithmetic.ts';
import { slice } from '../ops/join.ts';
import { matMul } from '../ops/matmul.ts';
import { sum } from '../ops/reduce.ts';
import { reshape } from '../ops/shape.ts';

/** The sizes of a sequence; throws where x [steps, batch, features], kernel, recurrent kernel, the first state and the bias do not fit together. */
export function checkSequence(
  owner: string,
  gates: number,
  [x, kernel, recurrent, h]: readonly Spec[],
  bias: Spec | undefined,
): { steps: number; batch: number; units: number } {
  const [steps, batch, features] = x.shape;
  const units = h.shape[1];
  const wanted: readonly (readonly [Spec | undefined, readonly number[]])[] = [
    [kernel, [features, gates * units]],
    [recurrent, [units, gates * units]],
    [h, [batch, units]],
    [bias, [gates * units]],
  ];
  const fits = wanted.every(([spec, shape]) => spec === undefined || showShape(spec.shape) === showShape(shape));
  if (x.shape.length === 3 && fits) return { steps, batch, units };
  const shapes = [x, kernel, recurrent, h, ...(bias === undefined ? [] : [bias])].map(({ shape }) => showShape(shape)).join(', ');
  throw new ShapeError(
    `${owner}: needs x [steps, batch, features], kernels [features, ${gates} * units] and [units, ${gates} * units], a state [batch, units] and a bias [${gates} * units]; received ${shapes}`,
  );
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

/** The gradients of x, both kernels and the bias, from what flows to the gates of all steps. */
export function sequenceGradients([x, kernel, , h]: readonly Tensor[], ys: Tensor, dz: () => Tensor): (() => Tensor)[] {
  return [
    () => reshape(matMul(rowsOf(dz()), kernel, false, true), x.shape),
    () => matMul(rowsOf(x), rowsOf(dz()), true),
    () => recurrentGradient(h, ys, dz()),
    () => sum(dz(), [0, 1]),
  ];
}
