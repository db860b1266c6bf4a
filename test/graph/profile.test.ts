/** tf.profile: a row for each instruction, counted arithmetic and bytes, a table and a trace file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

/** Nothing is left out, so that the rows are those of the function as written. */
const without = ['dead', 'fold', 'repeats', 'transposes', 'epilogue', 'fuse'] as const;

function costs(f: () => tf.Tensor): { name: string; flops: number; bytes: number }[] {
  return tf.profile(tf.function(f, { without })).rows.map(({ name, flops, bytes }) => ({ name, flops, bytes }));
}

describe('tf.profile', () => {
  it('has a row for each instruction, in order', () => {
    const dense = tf.function(
      (x: tf.Tensor, { w, b }: { w: tf.Tensor; b: tf.Tensor }) => {
        const product = x.matMul(w, true);
        return product.add(b).sum();
      },
      { name: 'dense', without },
    );
    const profile = tf.profile(dense, [tf.ones([4, 3]), { w: tf.ones([4, 5]), b: tf.ones([5]) }], { runs: 3 });
    expect(profile.name).toBe('dense');
    expect(profile.runs).toBe(3);
    expect(profile.rows.map(({ microseconds, ...rest }) => rest)).toEqual([
      { name: 'matMul', shapes: 'float32[4,3], float32[4,5] -> float32[3,5]', flops: 2 * 3 * 4 * 5, bytes: 4 * (12 + 20 + 15) },
      { name: 'add', shapes: 'float32[3,5], float32[5] -> float32[3,5]', flops: 15, bytes: 4 * (15 + 5 + 15) },
      { name: 'sum', shapes: 'float32[3,5] -> float32[]', flops: 15, bytes: 4 * 16 },
    ]);
    for (const { microseconds } of profile.rows) expect(microseconds).toBeGreaterThanOrEqual(0);
    expect(profile.microseconds).toBeGreaterThan(0);
    expect(profile.flops).toBe(120 + 15 + 15);
    expect(profile.bytes).toBe(4 * (47 + 35 + 16));
  });

  it('counts arithmetic by op', () => {
    const x = tf.ones([2, 6]);
    expect(costs(() => tf.relu(x))).toEqual([{ name: 'relu', flops: 12, bytes: 96 }]);
    expect(costs(() => tf.softmax(x))).toEqual([{ name: 'softmax', flops: 60, bytes: 96 }]);
    expect(costs(() => tf.logSumExp(x, 1))).toEqual([{ name: 'logSumExp', flops: 48, bytes: 56 }]);
    expect(costs(() => tf.argMax(x, 1))).toEqual([{ name: 'argMax', flops: 12, bytes: 56 }]);
    expect(costs(() => tf.transpose(x))).toEqual([{ name: 'transpose', flops: 0, bytes: 96 }]);
    const fused = { a: x, b: tf.ones([6, 3]), bias: tf.ones([3]), activation: 'relu' } as const;
    expect(costs(() => tf.fusedMatMul(fused))).toEqual([
      { name: 'fusedMatMul', flops: 2 * 2 * 6 * 3 + 6 + 6, bytes: 4 * (12 + 18 + 3 + 6) },
    ]);
    // One operand that is there twice is read once.
    expect(costs(() => tf.mul(x, x))).toEqual([{ name: 'mul', flops: 12, bytes: 96 }]);
    const [none, some] = [tf.ones([0, 3]), tf.ones([3, 2])];
    expect(costs(() => tf.matMul(none, some))).toEqual([{ name: 'matMul', flops: 0, bytes: 24 }]);
  });

  it('counts what optimizers do', () => {
    const flopsWith = (optimizer: tf.optimizers.Optimizer): number => {
      const w = new tf.Variable(tf.ones([10]));
      const step = (): void => optimizer.applyGradients([[tf.ones([10]), w]]);
      const { rows } = tf.profile(step);
      return rows.filter(({ name }) => name.endsWith('Update')).reduce((sum, { flops }) => sum + flops, 0);
    };
    // Two for each element of the value, and five for each of a slot.
    expect(flopsWith(new tf.optimizers.SGD())).toBe(20);
    expect(flopsWith(new tf.optimizers.SGD({ momentum: 0.9 }))).toBe(70);
    expect(flopsWith(new tf.optimizers.RMSprop({ momentum: 0.9, centered: true }))).toBe(170);
    expect(flopsWith(new tf.optimizers.Adam())).toBe(120);
  });

  it('counts the same however ops are fused', () => {
    const [x, row] = [tf.ones([6, 4]), tf.ones([4])];
    const f = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.mul(b).add(1).relu().sum(0);
    const apart = tf.profile(tf.function(f, { without }), [x, row]);
    const fused = tf.profile(tf.function(f), [x, row]);
    expect(apart.rows.map(({ name }) => name)).toEqual(['mul', 'add', 'relu', 'sum']);
    expect(fused.flops).toBe(4 * 24);
    expect(apart.flops).toBe(4 * 24);
    expect(fused.bytes).toBeLessThanOrEqual(apart.bytes);
  });

  it('runs the program: variables move, and a plain function is traced', () => {
    const count = new tf.Variable(tf.scalar(0));
    tf.profile(() => count.assignAdd(tf.scalar(1)), [], { runs: 4 });
    expect(count.item()).toBe(4);
    expect(tf.profile(() => tf.scalar(3)).rows.map(({ name }) => name)).toEqual(['cast']);
  });

  it('leaves the function as it was, traced once', () => {
    let calls = 0;
    const double = tf.function((x: tf.Tensor) => {
      calls++;
      return x.mul(2);
    });
    tf.profile(double, [tf.tensor([1])]);
    expect(double(tf.tensor([4])).arraySync()).toEqual([8]);
    expect(calls).toBe(1);
  });

  it('prints a table with the sum, equal instructions in one line', () => {
    const x = tf.ones([8]);
    const profile = tf.profile(
      tf.function(() => tf.exp(tf.exp(tf.exp(x))).neg(), { name: 'tower', without }),
      [],
      { runs: 2 },
    );
    const [title, head, ...lines] = String(profile).split('\n');
    expect(title).toBe('tower: medians of 2 runs');
    expect(head.trim().split(/\s+/)).toEqual(['op', 'count', 'us', 'share', 'MFLOP', 'MB', 'GFLOP/s', 'GB/s', 'shapes']);
    expect(lines).toHaveLength(3);
    expect(lines.find((line) => line.startsWith('exp '))).toMatch(/^exp +3 .* float32\[8\] -> float32\[8\]$/);
    expect(lines[2]).toMatch(/^all +4 +\d+\.\d\d +(100\.0 %|-) +0\.000 +0\.000 /);
    const [first, second] = lines.map((line) => Number(line.split(/\s+/)[2]));
    expect(first).toBeGreaterThanOrEqual(second);
  });

  it('writes a Chrome trace of the instructions one after the other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradtape-profile-'));
    try {
      const profile = tf.profile(
        tf.function((x: tf.Tensor) => tf.exp(x).sum(), { name: 'area', without }),
        [tf.ones([100])],
      );
      await profile.saveTrace(join(folder, 'trace.json'));
      const { traceEvents } = JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8'));
      expect(traceEvents).toEqual(profile.traceEvents());
      const [name, exp, sum] = traceEvents;
      expect(traceEvents).toHaveLength(3);
      expect(name).toMatchObject({ name: 'process_name', ph: 'M', args: { name: 'area' } });
      expect(exp).toMatchObject({ name: 'exp', ph: 'X', ts: 0, dur: profile.rows[0].microseconds, args: { flops: 100, bytes: 800 } });
      expect(sum).toMatchObject({ name: 'sum', ph: 'X', ts: exp.dur, dur: profile.rows[1].microseconds });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses what it cannot profile', () => {
    const f = tf.function((x: tf.Tensor) => x.neg());
    expect(() => tf.profile(3 as never)).toThrow('profile: expected a function; received 3');
    expect(() => tf.profile(f, tf.scalar(1) as never)).toThrow('profile: args must be an array; received');
    expect(() => tf.profile(f, [tf.scalar(1)], { run: 3 } as never)).toThrow('profile: unknown option "run"; did you mean "runs"?');
    expect(() => tf.profile(f, [tf.scalar(1)], { runs: 0 })).toThrow('profile: runs must be a whole number >= 1; received 0');
    const nested = tf.function((x: tf.Tensor) => {
      tf.profile(f, [x]);
      return x;
    });
    expect(() => nested(tf.scalar(1))).toThrow('profile: a program is timed by itself; received a call while a function is traced');
  });
});
