/** Holds gradients of the first and second order against central differences. */
import { GradientTape, sum, type Tensor, tensor } from 'gradtape';
import { expect } from 'vitest';

/** A scalar function's gradients with respect to its float64 inputs. */
function gradientsOf(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor[] {
  const tape = new GradientTape();
  const y = tape.record(() => {
    tape.watch([...inputs]);
    return f(...inputs);
  });
  return tape.gradient(y, [...inputs], { unconnectedGradients: 'zero' }) as Tensor[];
}

/** Fixed weights, different for each element, so that no two elements can stand in for each other. */
function weighted(y: Tensor): Tensor {
  return sum(
    y.mul(
      tensor(
        Array.from({ length: y.size }, (_, i) => 0.5 + Math.sin(i + 1)),
        y.shape,
        'float64',
      ),
    ),
  );
}

/** For each input the central differences of a scalar function. */
function differences(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], step: number): number[][] {
  return inputs.map((input, n) => {
    const values = Array.from(input.dataSync());
    const at = (i: number, by: number): number => {
      const moved = tensor(values.with(i, values[i] + by), input.shape, 'float64');
      return f(...inputs.map((other, m) => (m === n ? moved : other))).item();
    };
    return values.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step));
  });
}

function expectClose(got: readonly Tensor[], wanted: readonly number[][], tolerance: number): void {
  got.forEach((gradient, n) => {
    const values = Array.from(gradient.dataSync());
    values.forEach((value, i) => {
      const scale = Math.max(1, Math.abs(wanted[n][i]));
      expect(Math.abs(value - wanted[n][i]) / scale, `input ${n}, element ${i}: ${value} and ${wanted[n][i]}`).toBeLessThan(tolerance);
    });
  });
}

/** Checks the gradients of `f` and the gradients of its gradients at float64 `inputs`, away from its kinks. */
export function checkGradients(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], tolerance = 1e-6): void {
  const loss = (...args: Tensor[]): Tensor => weighted(f(...args));
  expectClose(gradientsOf(loss, inputs), differences(loss, inputs, 1e-5), tolerance);
  const slope = (...args: Tensor[]): Tensor =>
    gradientsOf(loss, args)
      .map(weighted)
      .reduce((a, b) => a.add(b));
  expectClose(gradientsOf(slope, inputs), differences(slope, inputs, 1e-5), tolerance);
}
