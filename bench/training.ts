/** Our training steps: inside `fit`, beside a server, and how they come out on more threads. */
import { execFile } from 'node:child_process';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Figure, load, middleOf, type Settings } from './clock.ts';
import { subjectOf } from './networks.ts';

const STEPS = 10;

/** Microseconds of a step inside `fit`, all that belongs to it included: the mean over an epoch of ten, the median of epochs. */
export async function fitStep(settings: Settings): Promise<Figure> {
  const { workload = 'mpg', accuracy = false } = settings;
  const tf = await load(settings);
  tf.setSeed(1);
  const { model, x, y, rows } = subjectOf(tf, workload, STEPS, accuracy);
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
  return { value: middleOf(times) };
}

/** How many weights differ after the same seeded training on one thread and on two. */
export async function threadBits(): Promise<Figure> {
  const tf = await load();
  const train = async (threads: number): Promise<Uint32Array> => {
    tf.setNumThreads(threads);
    tf.setSeed(7);
    const { model, x, y } = subjectOf(tf, 'mnist', 8, true);
    await model.fit(x, y, { batchSize: 128, epochs: 3, verbose: 0 });
    const weights = model.variables.flatMap((variable) => [...variable.dataSync()]);
    return new Uint32Array(Float32Array.from(weights).buffer);
  };
  const [one, two] = [await train(1), await train(2)];
  return { value: one.reduce((count, bits, i) => count + (bits === two[i] ? 0 : 1), 0) };
}

/** Requests that are sent while a network trains: enough for a 99th percentile, few enough for some seconds. */
const REQUESTS = 400;

/** What a client of the server saw. */
interface Answers {
  readonly p99: number;
  readonly lost: number;
}

/** A client in a process of its own: one trivial request after the other, 5 ms apart, and how long each took in milliseconds. */
export async function requests({ port = 0 }: Settings): Promise<Figure & Answers> {
  const agent = new Agent({ keepAlive: true });
  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      const request = get({ host: '127.0.0.1', port, agent, timeout: 5000 }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve(response.statusCode === 200 && text === 'here'));
        response.on('error', () => resolve(false));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  const times: number[] = [];
  let lost = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const start = performance.now();
    if (!(await ask())) lost++;
    times.push(performance.now() - start);
    await sleep(5);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  const p99 = times[Math.ceil(0.99 * REQUESTS) - 1];
  return { value: p99, p99, lost };
}

/** How a server in this process answers another one while the wide network trains: the 99th percentile in milliseconds, or the requests that were lost. */
export async function serving(settings: Settings): Promise<Figure> {
  const { figure = 'p99' } = settings;
  const tf = await load(settings);
  const { model, x, y, rows } = subjectOf(tf, 'wide', STEPS);
  const server = createServer((_, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = async (): Promise<void> => {
    const { stdout } = await promisify(execFile)(process.execPath, [process.argv[1], 'requests', JSON.stringify({ port })]);
    answers = JSON.parse(stdout);
  };
  let answers: Answers | undefined;
  let asking: Promise<void> | undefined;
  class Watch extends tf.Callback {
    override onEpochEnd(): void {
      // The first epoch is the compiler's.
      asking ??= ask().finally(() => this.stopTraining());
    }
  }
  await model.fit(x, y, { batchSize: rows, epochs: 1000, verbose: 0, callbacks: [new Watch()] });
  if (answers === undefined) {
    await asking;
    throw new Error(`serving: a thousand epochs have ended before ${REQUESTS} requests`);
  }
  server.close();
  return { value: answers[figure === 'lost' ? 'lost' : 'p99'] };
}
