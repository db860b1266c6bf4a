/** Every op case as a traced program: the same bits as op by op, on either backend, and by the native row where there is one. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { cases } from '../ops/cases.ts';
import { SEED } from '../ops/number-cases.ts';

const rows = tf.kernelCounts();
const native = tf.backend().name === 'native';

/** The elements as they lie in memory, so that NaN is NaN and -0 is not 0. */
function bitsOf(x: tf.Tensor): { shape: tf.Shape; dtype: tf.DType; bytes: string } {
  const data = x.dataSync();
  return { shape: x.shape, dtype: x.dtype, bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
}

/** Runs of the op's native row, or of the one for fused ops that it may be a part of. */
function runsOf(op: string): number {
  const counts = tf.kernelCounts();
  return counts[op] + counts.fused;
}

describe('traced', () => {
  it.each(cases.map(({ op, what, run }) => [op, what, run] as const))('%s %s', (op, _what, run) => {
    const eager = run();
    // Everything here is constant, and would be computed while it is traced.
    const traced = tf.function(run, { without: ['fold'] });
    traced();
    const before = runsOf(op);
    // The trace has seeded, which a run does not.
    tf.setSeed(SEED);
    expect(bitsOf(traced())).toEqual(bitsOf(eager));
    if (native && op in rows) expect(runsOf(op)).toBeGreaterThan(before);
  });
});
