/** Our side of each trial, in a process of its own: `node ours.js MEASUREMENT JSON` prints one figure. The package is loaded by the measurement. */
import { WORKLOADS, type Workload } from './rivals.ts';

type Package = typeof import('gradtape');

/** What one process prints. */
export interface Figure {
  readonly value: number;
  /** What ran, for the reader. */
  readonly note?: string;
}

/** What a measurement is told. */
export interface Settings {
  readonly n?: number;
  readonly layout?: 'NN' | 'NT' | 'TN';
  readonly threads?: number;
  readonly workload?: Workload;
  readonly accuracy?: boolean;
}

/** How our side is measured, by name. */
export type Measurement = keyof typeof MEASUREMENTS;

/** The least time of one call in microseconds, over calls in batches long enough for the clock. */
function bestOf(f: () => void, milliseconds = 400): number {
  const run = (times: number): number => {
    const start = performance.now();
    for (let i = 0; i < times; i++) f();
    return ((performance.now() - start) * 1000) / times;
  };
  run(3);
  let batch = 1;
  while (batch < 1024 && run(batch) * batch < 200) batch *= 2;
  // The compiler takes some thousand calls to be done with what is small.
  const warm = performance.now() + milliseconds / 4;
  while (performance.now() < warm) run(batch);
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + milliseconds;
  for (let i = 0; i < 5 || performance.now() < end; i++) best = Math.min(best, run(batch));
  return best;
}

async function load(threads?: number): Promise<Package> {
  const tf = await import('gradtape');
  if (threads !== undefined) tf.setNumThreads(threads);
  return tf;
}

/** GFLOP/s of a square product. */
async function product({ n = 256, layout = 'NN', threads = 1 }: Settings): Promise<Figure> {
  const tf = await load(threads);
  const [a, b] = [tf.randomUniform([n, n], -0.5, 0.5), tf.randomUniform([n, n], -0.5, 0.5)];
  const [transposeA, transposeB] = [layout === 'TN', layout === 'NT'];
  return { value: (2 * n ** 3) / bestOf(() => tf.matMul(a, b, transposeA, transposeB).dispose()) / 1000 };
}

/** The same in TypeScript. */
async function typescriptProduct(settings: Settings): Promise<Figure> {
  const tf = await load();
  tf.setBackend('typescript');
  return product(settings);
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

function network(tf: Package, sizes: readonly number[], accuracy = false): InstanceType<Package['Sequential']> {
  const widths = sizes.slice(1);
  const model = new tf.Sequential(
    widths.map((units, i) => new tf.layers.Dense({ units, ...(i < widths.length - 1 ? { activation: 'relu' } : {}) })),
  );
  model.build([null, sizes[0]]);
  model.compile({
    optimizer: new tf.optimizers.Adam({ learningRate: 1e-3 }),
    loss: widths.at(-1) === 1 ? 'meanSquaredError' : new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: accuracy ? ['accuracy'] : [],
  });
  return model;
}

function examples(
  tf: Package,
  sizes: readonly number[],
  count: number,
): [InstanceType<Package['Tensor']>, InstanceType<Package['Tensor']>] {
  const classes = sizes.at(-1) ?? 1;
  const labels = tf.randomUniform([count], 0, classes);
  return [tf.randomNormal([count, sizes[0]]), classes === 1 ? tf.randomNormal([count, 1]) : labels.floor().cast('int32')];
}

const STEPS = 10;

/** Microseconds of a step inside `fit`, all that belongs to it included: the mean over an epoch of ten, the median of epochs. */
async function fitStep({ workload = 'mpg', threads = 1, accuracy = false }: Settings): Promise<Figure> {
  const tf = await load(threads);
  tf.setSeed(1);
  const { sizes, rows } = WORKLOADS[workload];
  const model = network(tf, sizes, accuracy);
  const [x, y] = examples(tf, sizes, rows * STEPS);
  const times: number[] = [];
  const begin = performance.now();
  let last = begin;
  class Clock extends tf.Callback {
    override onEpochEnd(): void {
      const now = performance.now();
      // The first half second is the compiler's.
      if (now - begin > 500) times.push(((now - last) * 1000) / STEPS);
      last = now;
      if (now - begin > 2500 && times.length >= 5) this.stopTraining();
    }
  }
  await model.fit(x, y, { batchSize: rows, epochs: 1_000_000, verbose: 0, callbacks: [new Clock()] });
  times.sort((a, b) => a - b);
  return { value: times[Math.floor(times.length / 2)] };
}

/** How many weights differ after the same seeded training on one thread and on two. */
async function threadBits(): Promise<Figure> {
  const tf = await load();
  const train = async (threads: number): Promise<Uint32Array> => {
    tf.setNumThreads(threads);
    tf.setSeed(7);
    const { sizes } = WORKLOADS.mnist;
    const model = network(tf, sizes, true);
    const [x, y] = examples(tf, sizes, 1000);
    await model.fit(x, y, { batchSize: 128, epochs: 3, verbose: 0 });
    const weights = model.variables.flatMap((variable) => [...variable.dataSync()]);
    return new Uint32Array(Float32Array.from(weights).buffer);
  };
  const [one, two] = [await train(1), await train(2)];
  return { value: one.reduce((count, bits, i) => count + (bits === two[i] ? 0 : 1), 0) };
}

/** What computes here, in words that the report quotes. */
async function backend(): Promise<Figure> {
  const tf = await load();
  tf.zeros([1]).add(1);
  const { name, ...rest } = tf.backend();
  return { value: tf.getNumThreads(), note: 'isa' in rest ? rest.isa : `${name}: ${rest.reason}` };
}

const MEASUREMENTS = { product, typescriptProduct, add, addOnTape, growth, importing, fitStep, threadBits, backend };

const [name, settings] = process.argv.slice(2);
const figure = await MEASUREMENTS[name as Measurement](JSON.parse(settings ?? '{}'));
console.log(JSON.stringify(figure));
