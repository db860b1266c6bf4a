// tfjs's training step: tfjs-step.mjs FOLDER WORKLOAD SECONDS wasm|cpu prints {"value": microseconds, "note": version}.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, workload, limit, backend] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');

const WORKLOADS = {
  mpg: { sizes: [9, 64, 64, 1], rows: 32 },
  mnist: { sizes: [784, 256, 128, 10], rows: 128 },
  wide: { sizes: [1024, 1024, 1024, 10], rows: 256 },
};

wasm.setWasmPaths(join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
await tf.setBackend(backend);
await tf.ready();

const { sizes, rows } = WORKLOADS[workload];
const classes = sizes.at(-1);
const weights = sizes
  .slice(1)
  .map((outputs, i) => [
    tf.variable(tf.randomUniform([sizes[i], outputs], -Math.sqrt(6 / (sizes[i] + outputs)), Math.sqrt(6 / (sizes[i] + outputs)))),
    tf.variable(tf.zeros([outputs])),
  ]);
const x = tf.randomNormal([rows, sizes[0]]);
const y =
  classes === 1
    ? tf.randomNormal([rows, 1])
    : tf
        .oneHot(
          Array.from({ length: rows }, (_, i) => i % classes),
          classes,
        )
        .toFloat();
const optimizer = tf.train.adam(1e-3);

function forward() {
  const last = weights.length - 1;
  return weights.reduce((h, [kernel, bias], i) => {
    const sum = h.matMul(kernel).add(bias);
    return i === last ? sum : sum.relu();
  }, x);
}

function step() {
  optimizer.minimize(() => (classes === 1 ? tf.losses.meanSquaredError(y, forward()) : tf.losses.softmaxCrossEntropy(y, forward())));
}

step();
const times = [];
const begin = performance.now();
while (performance.now() - begin < 1000 * Number(limit) || times.length < 2) {
  const start = performance.now();
  step();
  times.push((performance.now() - start) * 1000);
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    value: times[Math.floor(times.length / 2)],
    best: times[0],
    note: `tfjs ${tf.version_core} ${backend}${backend === 'wasm' ? `, simd ${await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')}` : ''}`,
  }),
);
