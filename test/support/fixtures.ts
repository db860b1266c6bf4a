/** Values that other libraries made, and the inputs that they made them of. */
import { readFileSync } from 'node:fs';
import { type DType, type Tensor, tensor } from 'gradtape';
import { expect } from 'vitest';

/** A tensor as the scripts in test/fixtures write it. */
interface Made {
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

/** The numbers that the scripts call ramp: of both signs, none twice in a row, some more than once. */
export function ramp(shape: readonly number[], dtype: DType = 'float64'): Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  return tensor(
    Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 10 - 5),
    shape,
    dtype,
  );
}

/** The results that test/fixtures holds under a name, by their own names. */
export function fixturesOf(name: string): Readonly<Record<string, Made>> {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

/** Holds a tensor against what another library made. */
export function expectMade(got: Tensor, { shape, values }: Made, tolerance = 1e-9): void {
  expect(got.shape).toEqual(shape);
  const wrong = Array.from(got.dataSync(), (value, i) => ({ i, value, wanted: Number(values[i]) })).filter(
    ({ value, wanted }) =>
      !(Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted))),
  );
  expect(wrong.slice(0, 3)).toEqual([]);
}
