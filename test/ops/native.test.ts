/** Native rows against the TypeScript kernels, which are the specification; and that the native ones really ran. */
import * as tf from 'gradtape';
import { afterAll, describe, expect, it } from 'vitest';
import { ops } from '../../lib/core/op.ts';
import { cases } from './cases.ts';

const native = tf.backend().name === 'native';

afterAll(() => {
  if (native) tf.setBackend('native');
});

/** Both results, and how often the native row of `op` ran for the first. */
function both(op: string, run: () => tf.Tensor): { fast: tf.Tensor; reference: tf.Tensor; ran: number } {
  tf.setBackend('native');
  const before = tf.kernelCounts()[op];
  const fast = run();
  const ran = tf.kernelCounts()[op] - before;
  tf.setBackend('typescript');
  const reference = run();
  return { fast, reference, ran };
}

describe.runIf(native)('native rows', () => {
  const rows = Object.keys(tf.kernelCounts());
  const covered = cases.filter(({ op }) => rows.includes(op));

  it.each(covered.map((each) => [each.op, each.what, each] as const))('%s %s', (op, _what, { run, exact: isExact }) => {
    const { fast, reference, ran } = both(op, run);
    expect(ran).toBeGreaterThan(0);
    expect(fast.shape).toEqual(reference.shape);
    expect(fast.dtype).toBe(reference.dtype);
    const [got, want] = [fast.dataSync(), reference.dataSync()];
    const tolerance = fast.dtype === 'float32' ? 4e-5 : 1e-9;
    const exact = isExact || (fast.dtype !== 'float32' && fast.dtype !== 'float64');
    const scale = Array.from(want).reduce((most, v) => Math.max(most, Number.isFinite(v) ? Math.abs(v) : 0), 1);
    const wrong = Array.from(got, (value, i) => ({ i, value, wanted: want[i] })).filter(
      ({ value, wanted }) => !(Object.is(value, wanted) || (exact ? value === wanted : Math.abs(value - wanted) <= tolerance * scale)),
    );
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it('all belong to ops', () => {
    expect(rows.filter((row) => !ops.has(row))).toEqual([]);
  });
});

it('all ops have cases', () => {
  const tested = new Set(cases.map(({ op }) => op));
  expect([...ops.keys()].filter((name) => !tested.has(name))).toEqual([]);
});
