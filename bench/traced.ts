/** Our traced programs: what a replay costs, what their kernels reach, and whether a million replays leave anything behind. */
import { bestOf, type Figure, load, middleOf, type Settings } from './clock.ts';
import { ADAM_BYTES } from './workloads.ts';

/** GFLOP/s of products in one traced program: so many in a row, each taking the last one's result, that JavaScript has no share in the time. */
export async function tracedProducts(settings: Settings): Promise<Figure> {
  const { n = 256, m = n, k = n, layout = 'NN' } = settings;
  const tf = await load(settings);
  const count = Math.min(16, Math.max(1, Math.round(2 ** 27 / (m * n * k))));
  // Products of such numbers are as large as their factors.
  const most = Math.sqrt(3 / k);
  const [a, b] = [tf.randomUniform([m, k], -1, 1), tf.randomUniform([k, n], -most, most)];
  const chain = tf.function((from: typeof a, by: typeof b) => {
    let product = from;
    for (let i = 0; i < count; i++) product = tf.matMul(product, by, layout === 'TN', layout === 'NT');
    return product;
  });
  return { value: (2 * m * n * k * count) / bestOf(() => chain(a, b).dispose()) / 1000 };
}

const OPS = 50;

/** Microseconds of a call of a program of 50 ops on 8 floats. */
export async function replay(settings: Settings): Promise<Figure> {
  const { chain = 'elementwise' } = settings;
  const tf = await load(settings);
  const x = tf.randomUniform([8], 0, 1);
  const [scale, shift] = [tf.fill([8], 0.5), tf.fill([8], 0.25)];
  const steps = (from: typeof x): typeof x => {
    let y = from;
    for (let i = 0; i < OPS; i++) {
      if (i % 2 === 0) y = y.mul(scale);
      else y = chain === 'apart' ? tf.reverse(y) : y.add(shift);
    }
    return y;
  };
  const program = tf.function(steps, chain === 'unfused' ? { without: ['fuse'] } : {});
  return { value: bestOf(() => void program(x)) };
}

/** GB/s of `gelu(x * w + b)` on rows of 1024, forward in one program and backward in another: x is read, y written; x and dy are read, dx is written; and rows w and b. */
export async function geluBandwidth(settings: Settings): Promise<Figure> {
  const tf = await load(settings);
  const [rows, columns] = [1024, 1024];
  const [x, dy] = [tf.randomNormal([rows, columns]), tf.randomNormal([rows, columns])];
  const [w, b] = [tf.randomNormal([columns]), tf.randomNormal([columns])];
  const layer = (from: typeof x): typeof x => tf.gelu(from.mul(w).add(b));
  const forward = tf.function(layer);
  const backward = tf.function((from: typeof x, slope: typeof dy) => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(from);
      return layer(from);
    });
    return tape.gradient(y, from, { outputGradients: slope });
  });
  const time = bestOf(() => {
    forward(x).dispose();
    backward(x, dy)?.dispose();
  });
  return { value: (4 * (5 * rows * columns + 4 * columns)) / time / 1000 };
}

/** GB/s of Adam on ten million parameters in one variable. */
export async function adamBandwidth(settings: Settings): Promise<Figure> {
  const tf = await load(settings);
  const size = 10_000_000;
  const w = new tf.Variable(tf.randomNormal([size]));
  const slope = tf.randomNormal([size]);
  const optimizer = new tf.optimizers.Adam({ learningRate: 1e-3 });
  const step = tf.function((g: typeof slope) => {
    optimizer.applyGradients([[g, w]]);
  });
  return { value: (ADAM_BYTES * size) / bestOf(() => step(slope)) / 1000 };
}

/** Of each half. The first is also what the collector takes to find its pace. */
const REPLAYS = 1_000_000;

/**
 * Twice a million replayed training steps of a 4-8-1 network, synchronous, nothing disposed: megabytes by which the most resident memory of the second million is above that
 * of the first, or the time of a step in the last tenth over that in the first.
 */
export async function replays(settings: Settings): Promise<Figure> {
  const tf = await load(settings);
  const model = new tf.Sequential([new tf.layers.Dense({ units: 8, activation: 'relu' }), new tf.layers.Dense({ units: 1 })]);
  model.build([null, 4]);
  const optimizer = new tf.optimizers.Adam({ learningRate: 1e-3 });
  const loss = new tf.losses.MeanSquaredError();
  const [x, y] = [tf.randomNormal([8, 4]), tf.randomNormal([8, 1])];
  const step = tf.function((input: typeof x, target: typeof y) => {
    const { value, grads } = tf.variableGrads(() => loss(target, model.apply(input, { training: true })), model.trainableVariables);
    optimizer.applyGradients(grads);
    return value;
  });
  const chunk = 1000;
  for (let i = 0; i < 5 * chunk; i++) step(x, y);
  const times: number[] = [];
  const most = [0, 0];
  for (let done = 0; done < 2 * REPLAYS; done += chunk) {
    const half = done < REPLAYS ? 0 : 1;
    most[half] = Math.max(most[half], process.memoryUsage.rss());
    const start = performance.now();
    for (let i = 0; i < chunk; i++) step(x, y);
    times.push(performance.now() - start);
  }
  if (settings.figure === 'memory') return { value: (most[1] - most[0]) / 1e6 };
  const tenth = times.length / 10;
  return { value: middleOf(times.slice(-tenth)) / middleOf(times.slice(0, tenth)) };
}
