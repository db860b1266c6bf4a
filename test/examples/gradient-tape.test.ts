/** The example of the chain rule and a fitted line. */
import { expect, it } from 'vitest';
import { linesOf } from '../support/programs.ts';

it('gradient-tape prints the derivatives and the line', async () => {
  const lines = await linesOf(() => import('../../examples/gradient-tape.ts'));
  expect(lines[0]).toBe('dy2/dy1 2, dy1/dw1 1, dy2/dw1 2');
  expect(lines[1]).toMatch(/^y = 2\.000 x \+ 1\.000, on the (native|typescript) backend$/);
});
