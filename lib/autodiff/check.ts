/** Gradients held against differences. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import { type Shape, showShape, stridesOf } from '../core/shape.ts';
import { checkTensors, type Structure } from '../core/structure.ts';
import { isDifferentiable, type Tensor, tensorOf, valuesOf } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { castTo } from '../ops/cast.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { GradientTape } from './tape.ts';

/** Options of `checkGradients`. */
export interface CheckGradientsOptions {
  /** The step of the differences, relative to elements above 1; 6e-6 unless given. */
  epsilon?: number;
  /** The largest error, relative to gradients above 1; 1e-6 unless given. */
  tolerance?: number;
}

/** The cube root of the rounding error of doubles: where the two errors of a central difference are equal. */
const EPSILON = 6e-6;
const TOLERANCE = 1e-6;

/** Weights of the elements of the results: no two alike, so that mistakes do not cancel in the sum. */
function weightOf(position: number): number {
  return 1 + 0.5 * Math.sin(1 + 1.7 * position);
}

/** The results of `f` as tensors, all float64. */
function evaluate(f: (...xs: Tensor[]) => Structure<Tensor>, inputs: readonly Tensor[]): Tensor[] {
  return checkTensors('checkGradients: the result', f(...inputs)).map((leaf) => {
    if (leaf.dtype !== 'float64')
      throw new ArgumentError(`checkGradients: the function must compute in float64, as its inputs are; its result is ${leaf.dtype}`);
    return leaf instanceof Variable ? peekValue(leaf) : leaf;
  });
}

/** The sum of what separates two evaluations, each element times its weight. */
function weightedDifference(above: readonly Tensor[], below: readonly Tensor[]): number {
  let position = 0;
  let total = 0;
  above.forEach((result, n) => {
    const other = valuesOf(below[n]);
    for (const [i, value] of valuesOf(result).entries()) total += weightOf(position++) * (value - other[i]);
  });
  return total;
}

function weightsLike(results: readonly Tensor[]): Tensor[] {
  let position = 0;
  return results.map(({ shape, size }) => {
    const weights = Float64Array.from({ length: size }, () => weightOf(position++));
    return tensorOf(weights, shape, 'float64');
  });
}

function placeOf(position: number, shape: Shape): string {
  return showShape(stridesOf(shape).map((stride, axis) => Math.floor(position / stride) % shape[axis]));
}

/**
 * The largest relative error of the gradients of `f`, which gets `inputs` as float64 tensors, against central differences. `f` must be smooth there and
 * give the same for the same.
 * @throws ArgumentError that names the input, the element and both values, where the error is above the tolerance.
 * @example
 * tf.checkGradients((a, b) => a.mul(b), [[1, 2], [3, 4]]) < 1e-6; // true
 */
export function checkGradients(
  f: (...xs: Tensor[]) => Structure<Tensor>,
  inputs: readonly TensorLike[],
  options: CheckGradientsOptions = {},
): number {
  if (typeof f !== 'function') throw new ArgumentError(`checkGradients: expected a function; received ${show(f)}`);
  if (!Array.isArray(inputs)) throw new ArgumentError(`checkGradients: the inputs come as a list; received ${show(inputs)}`);
  checkOptions('checkGradients', options, ['epsilon', 'tolerance']);
  const { epsilon = EPSILON, tolerance = TOLERANCE } = options;
  for (const [name, value] of Object.entries({ epsilon, tolerance })) {
    if (!(value > 0)) throw new ArgumentError(`checkGradients: ${name} must be a positive number; received ${show(value)}`);
  }
  const points = inputs.map((input, i) => {
    const x = toTensor('checkGradients', input);
    if (!isDifferentiable(x)) throw new ArgumentError(`checkGradients: input ${i} must be a floating tensor; received ${x.dtype}`);
    // Copies, so that one tensor given twice is two inputs.
    return tensorOf(valuesOf(castTo(x, 'float64')), x.shape, 'float64');
  });
  const tape = new GradientTape({ watchAccessedVariables: false });
  const results = tape.record(() => {
    tape.watch(points);
    return evaluate(f, points);
  });
  const gradients = tape.gradient(results, points, { outputGradients: weightsLike(results), unconnectedGradients: 'zero' }) as Tensor[];

  let worst = 0;
  points.forEach((point, i) => {
    const computed = valuesOf(gradients[i]);
    const at = (position: number, value: number): Tensor[] => {
      const moved = point.dataSync();
      moved[position] = value;
      return evaluate(f, points.with(i, tensorOf(moved, point.shape, 'float64')));
    };
    for (const [position, x] of valuesOf(point).entries()) {
      const step = epsilon * Math.max(1, Math.abs(x));
      const difference = weightedDifference(at(position, x + step), at(position, x - step)) / (x + step - (x - step));
      const error = Math.abs(computed[position] - difference) / Math.max(1, Math.abs(computed[position]), Math.abs(difference));
      if (!(error <= tolerance)) {
        const place = `input ${i} of shape ${showShape(point.shape)} at ${placeOf(position, point.shape)}`;
        throw new ArgumentError(`checkGradients: ${place}: the gradient is ${computed[position]}, differences give ${difference}`);
      }
      worst = Math.max(worst, error);
    }
  });
  return worst;
}
