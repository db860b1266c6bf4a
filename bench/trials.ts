/** What the bench measures: each trial is a function that returns one figure. */
import * as tf from 'gradtape';

/** A figure and its unit. */
export interface Measured {
  readonly value: number;
  readonly unit: string;
}

/** The least time of one call, in microseconds, over about half a second of calls in batches. */
function bestOf(f: () => void, batch: number): number {
  for (let i = 0; i < 3 * batch; i++) f();
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 500;
  while (performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < batch; i++) f();
    best = Math.min(best, ((performance.now() - start) * 1000) / batch);
  }
  return best;
}

/** GFLOP/s of a square product in one of the three layouts that training needs. */
function product(n: number, layout: 'NN' | 'NT' | 'TN', threads: number): () => Measured {
  return () => {
    tf.setNumThreads(threads);
    const a = tf.fill([n, n], 0.5);
    const b = tf.fill([n, n], 0.25);
    const [transposeA, transposeB] = [layout === 'TN', layout === 'NT'];
    const run = (): void => tf.matMul(a, b, transposeA, transposeB).dispose();
    return { value: (2 * n ** 3) / bestOf(run, n < 256 ? 50 : 1) / 1000, unit: 'GFLOP/s' };
  };
}

function eagerAdd(): Measured {
  const [a, b] = [tf.ones([32, 64]), tf.ones([32, 64])];
  return { value: bestOf(() => void tf.add(a, b), 1000), unit: 'us' };
}

function eagerAddOnTape(): Measured {
  const [a, b] = [tf.ones([32, 64]), tf.ones([32, 64])];
  const step = (): void => {
    const tape = new tf.GradientTape();
    tape.record(() => {
      tape.watch(a);
      for (let i = 0; i < 100; i++) tf.add(a, b);
    });
  };
  return { value: bestOf(step, 10) / 100, unit: 'us' };
}

/** Growth of resident memory from step 1000 to step 1 000 000 of a two-layer tape, nothing disposed. */
function residentGrowth(): Measured {
  const x = tf.fill([8, 4], 0.5);
  const w1 = new tf.Variable(tf.fill([4, 8], 0.1));
  const w2 = new tf.Variable(tf.fill([8, 1], 0.1));
  const run = (steps: number): void => {
    for (let i = 0; i < steps; i++) {
      const tape = new tf.GradientTape();
      const loss = tape.record(() => tf.matMul(tf.matMul(x, w1).relu(), w2).square().mean());
      tape.gradient(loss, [w1, w2]);
    }
  };
  run(1000);
  const before = process.memoryUsage().rss;
  run(1_000_000);
  return { value: (process.memoryUsage().rss - before) / 1e6, unit: 'MB' };
}

const SIZES = [32, 64, 128, 256, 512, 1024, 2048];
const LAYOUTS = ['NN', 'NT', 'TN'] as const;

/** Every trial by name. */
export const trials: Readonly<Record<string, () => Measured>> = {
  'eager add [32,64]': eagerAdd,
  'eager add [32,64] on a tape': eagerAddOnTape,
  'resident growth over 10^6 tape steps': residentGrowth,
  ...Object.fromEntries(
    [1, 2].flatMap((threads) =>
      SIZES.flatMap((n) =>
        LAYOUTS.map((layout) => [`matMul ${n} ${layout} ${threads} thread${threads > 1 ? 's' : ''}`, product(n, layout, threads)]),
      ),
    ),
  ),
};
