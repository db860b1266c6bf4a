/** The suite runs on the backend it says it runs on: a native addon that fails to load must not pass as TypeScript. */
import * as tf from 'gradtape';
import { expect, it } from 'vitest';

it('computes on the backend that this part of the suite is for', () => {
  expect(process.env.GRADTAPE_BACKEND).toMatch(/^(native|typescript)$/);
  expect(tf.backend().name).toBe(process.env.GRADTAPE_BACKEND);
});
