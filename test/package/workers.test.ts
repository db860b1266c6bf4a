/** Worker threads on the built package: many at once, some ended in the middle, and a process that exits while kernels run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/project.ts';

let folder: string;

/** What each worker does: products on every core, and a few steps of training; its answer is a sum that all must share. */
const WORK = `
import * as tf from ${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)};
export async function work(rounds) {
  tf.setSeed(3);
  const a = tf.randomUniform([160, 160]);
  let total = 0;
  for (let i = 0; i < rounds; i++) total += tf.matMul(a, a.add(i)).sum().item();
  const network = new tf.Sequential([new tf.layers.Dense({ units: 32, activation: 'relu' }), new tf.layers.Dense({ units: 1 })]);
  network.compile({ optimizer: new tf.optimizers.SGD({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  const { history } = await network.fit(a, a.sum(1, true), { epochs: 2, verbose: 0 });
  return { backend: tf.backend().name, total, loss: history.loss };
}
`;

/** A worker that trains two models at once for ever, on rows and on batches, while it reads, assigns and predicts. */
const TRAINER = `
import * as tf from ${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)};
import { parentPort } from 'node:worker_threads';
const make = (units) => {
  const model = new tf.Sequential([new tf.layers.Dense({ units, activation: 'relu' }), new tf.layers.Dense({ units: 1 })]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  return model;
};
const x = tf.randomNormal([8000, 32]);
const y = tf.randomNormal([8000, 1]);
const [a, b] = [make(64), make(512)];
const batches = {
  async *[Symbol.asyncIterator]() {
    for (;;) yield [x.slice([0, 0], [1024, 32]), y.slice([0, 0], [1024, 1])];
  },
};
const meddle = async () => {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    a.variables[0].assign(a.variables[0].value.mul(0.5));
    await a.predict(x);
  }
};
parentPort.postMessage('ready');
await Promise.all([a.fit(x, y, { epochs: 1e6, verbose: 0 }), b.fit(batches, { epochs: 1e6, verbose: 0 }), meddle()]);
`;

const WORKER = `
import { parentPort, workerData } from 'node:worker_threads';
import { work } from './work.mjs';
parentPort.postMessage(await work(workerData));
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradtape-workers-'));
  writeFileSync(join(folder, 'work.mjs'), WORK);
  writeFileSync(join(folder, 'worker.mjs'), WORKER);
  writeFileSync(join(folder, 'trainer.mjs'), TRAINER);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program beside the worker; its output must be one line of JSON. */
function runProgram(program: string): { status: number | null; signal: string | null; stdout: string; stderr: string } {
  const file = join(folder, 'main.mjs');
  writeFileSync(
    file,
    `import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { work } from './work.mjs';
const start = (rounds) => new Worker(new URL('./worker.mjs', import.meta.url), { workerData: rounds });
${program}`,
  );
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 120_000 });
  return { status, signal, stdout, stderr };
}

describe('worker threads', () => {
  it('compute at once with the main thread, and all get the same bits', () => {
    const { status, stderr, stdout } = runProgram(`
const answers = await Promise.all([work(20), ...Array.from({ length: 6 }, async () => (await once(start(20), 'message'))[0])]);
console.log(JSON.stringify(answers));`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const answers: unknown[] = JSON.parse(stdout);
    expect(answers).toHaveLength(7);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('can be ended in the middle, again and again, without harm to the others', () => {
    const { status, stderr, stdout } = runProgram(`
for (let i = 0; i < 8; i++) {
  const worker = start(1e6);
  await once(worker, 'online');
  await new Promise((resolve) => setTimeout(resolve, 40 + 20 * i));
  await worker.terminate();
}
console.log(JSON.stringify(await work(5)));`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout).total).toBeGreaterThan(0);
  });

  it('can be ended while they train off their threads', () => {
    const { status, stderr, stdout } = runProgram(`
for (let i = 0; i < 12; i++) {
  const trainers = [0, 1].map(() => new Worker(new URL('./trainer.mjs', import.meta.url)));
  await Promise.all(trainers.map((trainer) => once(trainer, 'message')));
  await new Promise((resolve) => setTimeout(resolve, 9 * i));
  await Promise.all(trainers.map((trainer) => trainer.terminate()));
}
console.log(JSON.stringify(await work(5)));`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout).total).toBeGreaterThan(0);
  });

  it('and a process that trains can exit in the middle of a step', () => {
    const { status, signal, stderr } = runProgram(`
setTimeout(() => process.exit(7), 400);
new Worker(new URL('./trainer.mjs', import.meta.url));
const tf = await import(${JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href)});
const model = new tf.Sequential([new tf.layers.Dense({ units: 64 }), new tf.layers.Dense({ units: 1 })]);
model.compile({ optimizer: 'adam', loss: 'mse' });
await model.fit(tf.randomNormal([8000, 32]), tf.randomNormal([8000, 1]), { epochs: 1e6, verbose: 0 });`);
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
  });

  it('do not keep a process from exiting while they compute', () => {
    const { status, signal, stderr } = runProgram(`
const workers = Array.from({ length: 3 }, () => start(1e6));
await Promise.all(workers.map((worker) => once(worker, 'online')));
setTimeout(() => process.exit(7), 300);`);
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
  });
});
