/** The suite runs on what it says it runs on: a native addon that fails to load must not pass as TypeScript. */
import * as tf from 'gradtape';
import { expect, it } from 'vitest';

it('computes on the backend and the instruction set that this part of the suite is for', () => {
  const { GRADTAPE_BACKEND: name, GRADTAPE_ISA: isa } = process.env;
  expect(name).toMatch(/^(native|typescript)$/);
  expect(tf.backend()).toMatchObject(isa === undefined ? { name } : { name, isa });
});
