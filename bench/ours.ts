/** Our side of each trial, in a process of its own: `node ours.js MEASUREMENT JSON` prints one figure. The package is loaded by the measurement. */
import { bestOf, type Figure, load, type Settings } from './clock.ts';
import { operate } from './operations.ts';
import { adamBandwidth, geluBandwidth, replay, replays, tracedProducts } from './traced.ts';
import { fitStep, requests, serving, threadBits } from './training.ts';

/** How our side is measured, by name. */
export type Measurement = keyof typeof MEASUREMENTS;

/** GFLOP/s of a square product, called for itself. */
async function product(settings: Settings): Promise<Figure> {
  const { n = 256, layout = 'NN', threads = 1 } = settings;
  const tf = await load({ ...settings, threads });
  const [a, b] = [tf.randomUniform([n, n], -0.5, 0.5), tf.randomUniform([n, n], -0.5, 0.5)];
  const [transposeA, transposeB] = [layout === 'TN', layout === 'NT'];
  return { value: (2 * n ** 3) / bestOf(() => tf.matMul(a, b, transposeA, transposeB).dispose()) / 1000 };
}

async function add(): Promise<Figure> {
  const tf = await load();
  const [a, b] = [tf.ones([32, 64]), tf.ones([32, 64])];
  return { value: bestOf(() => void tf.add(a, b)) };
}

async function addOnTape(): Promise<Figure> {
  const tf = await load();
  const [a, b] = [tf.ones([32, 64]), tf.ones([32, 64])];
  const step = (): void => {
    const tape = new tf.GradientTape();
    tape.record(() => {
      tape.watch(a);
      for (let i = 0; i < 100; i++) tf.add(a, b);
    });
  };
  return { value: bestOf(step) / 100 };
}

/** Megabytes by which resident memory grows from step 1000 to step 1 000 000 of a two-layer tape, synchronous, nothing disposed. */
async function growth(): Promise<Figure> {
  const tf = await load();
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
  run(999_000);
  return { value: (process.memoryUsage().rss - before) / 1e6 };
}

/** Milliseconds that a program waits for its import. */
async function importing(): Promise<Figure> {
  const start = performance.now();
  await load();
  return { value: performance.now() - start };
}

/** What computes here, in words that the report quotes. */
async function backend(): Promise<Figure> {
  const tf = await load();
  tf.zeros([1]).add(1);
  const { name, ...rest } = tf.backend();
  return { value: tf.getNumThreads(), note: 'isa' in rest ? rest.isa : `${name}: ${rest.reason}` };
}

const MEASUREMENTS = {
  product,
  tracedProducts,
  operate,
  replay,
  geluBandwidth,
  adamBandwidth,
  replays,
  add,
  addOnTape,
  growth,
  importing,
  fitStep,
  serving,
  requests,
  threadBits,
  backend,
};

const [name, settings] = process.argv.slice(2);
const figure = await MEASUREMENTS[name as Measurement](JSON.parse(settings ?? '{}'));
console.log(JSON.stringify(figure));
