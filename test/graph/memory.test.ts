/** Where a program's values lie: nothing that is needed at the same time overlaps, and what can be made in place is. */
import fc from 'fast-check';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../lib/core/dtype.ts';
import { sizeOfShape } from '../../lib/core/shape.ts';
import { placeAll, type Region } from '../../lib/graph/arena.ts';
import { Concrete } from '../../lib/graph/concrete.ts';
import type { Plan } from '../../lib/graph/plan.ts';
import { trace } from '../../lib/graph/trace.ts';

const regions = fc.array(
  fc
    .record({ bytes: fc.nat(400), begin: fc.nat(30), length: fc.nat(10) })
    .map(({ bytes, begin, length }): Region => ({ bytes, begin, end: begin + length })),
  { maxLength: 40 },
);

/** The bytes of all regions that are needed at `at`, each rounded to a cache line. */
const needed = (list: readonly Region[], at: number): number =>
  list.reduce((total, { bytes, begin, end }) => total + (begin <= at && at <= end ? Math.ceil(bytes / 64) * 64 : 0), 0);

describe('the arena', () => {
  it('keeps apart what is needed at the same time, and no more than all of it', () => {
    fc.assert(
      fc.property(regions, (list) => {
        const { bytes, offsets } = placeAll(list);
        list.forEach((a, i) => {
          expect(offsets[i] % 64).toBe(0);
          expect(offsets[i] + a.bytes).toBeLessThanOrEqual(bytes);
          list.slice(0, i).forEach((b, j) => {
            const together = a.begin <= b.end && b.begin <= a.end;
            const overlap = offsets[i] < offsets[j] + b.bytes && offsets[j] < offsets[i] + a.bytes;
            if (a.bytes > 0 && b.bytes > 0) expect(together && overlap).toBe(false);
          });
        });
        const most = Math.max(0, ...Array.from({ length: 41 }, (_, at) => needed(list, at)));
        expect(bytes).toBeGreaterThanOrEqual(most);
        expect(bytes).toBeLessThanOrEqual(list.reduce((total, region) => total + Math.ceil(region.bytes / 64) * 64, 0));
      }),
      { numRuns: 500 },
    );
  });

  it('puts what is needed one after the other in one place', () => {
    const list = Array.from({ length: 5 }, (_, i) => ({ bytes: 100, begin: 2 * i, end: 2 * i + 1 }));
    expect(placeAll(list)).toEqual({ bytes: 128, offsets: [0, 0, 0, 0, 0] });
    expect(placeAll([])).toEqual({ bytes: 0, offsets: [] });
  });
});

/** The plan of `f` on one float32 tensor of 16 elements, each op by itself. */
function planOf(f: (x: tf.Tensor) => unknown): Plan {
  const { graph } = trace('f', [{ shape: [16], dtype: 'float32' }], ([x]) => f(x));
  return new Concrete(graph, ['fuse']).compilation.plan;
}

describe('the plan', () => {
  it('needs no arena for one op, and makes chains in place', () => {
    expect(planOf((x) => x.neg()).arenaBytes).toBe(0);
    expect(planOf((x) => x.neg().exp().abs().sqrt().tanh()).arenaBytes).toBe(64);
    // The first value is still read at the end.
    expect(
      planOf((x) => {
        const y = x.neg();
        return y.exp().abs().add(y);
      }).arenaBytes,
    ).toBe(128);
  });

  it('never writes to inputs or constants', () => {
    const constant = tf.ones([16]);
    const { program, constantBlock } = planOf((x) => [x.exp().add(constant), constant.mul(x), x.reshape([4, 4]).neg()]);
    for (const { outputs } of program.instructions) for (const { block } of outputs) expect([1, constantBlock]).not.toContain(block);
  });

  it('keeps every slot within its block', () => {
    const v = new tf.Variable(tf.zeros([16]));
    const { program, arenaBytes } = planOf((x) => {
      v.assign(x.reshape([4, 4]).slice([1], [2]).sum(0).reshape([2, 2]).mul(2).sum().add(v.value));
      return v.value.reshape([2, 8]).slice([1], [1]);
    });
    for (const { inputs, outputs } of program.instructions)
      for (const { block, byteOffset, shape, dtype } of [...inputs, ...outputs])
        expect(byteOffset + sizeOfShape(shape) * sizeOf(dtype)).toBeLessThanOrEqual(block === 0 ? arenaBytes : 64);
  });

  it('updates a variable where it lies, and copies where somebody still needs the old value', () => {
    const v = new tf.Variable(tf.zeros([16]));
    const names = ({ program }: Plan): string[] => program.instructions.map(({ op }) => op.name);
    expect(names(planOf((x) => void v.assign(v.value.add(x))))).toEqual(['add']);
    const keeps = planOf((x) => {
      const old = v.value;
      v.assign(old.add(x));
      return old;
    });
    expect(names(keeps)).toHaveLength(3);
    const w = new tf.Variable(tf.zeros([16]));
    // A swap goes through a copy.
    expect(
      names(
        planOf(() => {
          const [a, b] = [v.value, w.value];
          v.assign(b);
          w.assign(a);
        }),
      ),
    ).toHaveLength(4);
    expect(planOf((x) => void v.assign(v.value.add(x))).variables).toEqual([{ variable: v, isAssigned: true }]);
  });
});
