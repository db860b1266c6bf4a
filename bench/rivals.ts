/** The rivals, made ready when a trial first asks: compiled, found or installed outside of the repository, or absent with the reason. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Layout } from './clock.ts';
import type { Operation } from './operations.ts';
import type { Cost, Perceptrons, Workload } from './workloads.ts';

/** A program that prints one figure. */
export interface Side {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  /** In how many turns it takes part; all unless given. */
  readonly turns?: number;
}

/** A rival that is not here, and why. */
export interface Absent {
  readonly label: string;
  readonly absent: string;
}

const TFJS = '4.22.0';
const STEP_SECONDS = '2';

const root = join(createRequire(import.meta.url).resolve('gradtape/package.json'), '..');
const sources = join(root, 'bench/compare');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gradtape-bench');

/** How a program ended: its output, or why there is none. */
type Outcome = { readonly output: string } | { readonly failure: string };

function tryRun(command: string, args: readonly string[]): Outcome {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000 });
  if (error !== undefined) return { failure: `${command} cannot be started` };
  if (status !== 0) return { failure: stderr.trim().split('\n').at(-1) ?? `${command} failed` };
  return { output: stdout.trim() };
}

/** A function that asks once and remembers. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The path of a compiled program of bench/compare. */
function compiled(name: string): () => Outcome {
  return once(() => {
    mkdirSync(cache, { recursive: true });
    const program = join(cache, name);
    const compiler = process.env.CXX ?? 'g++';
    const built = tryRun(compiler, ['-O3', '-std=c++20', '-pthread', join(sources, `${name}.cc`), '-o', program, '-ldl']);
    return 'failure' in built ? { failure: `not compiled: ${built.failure}` } : { output: program };
  });
}

/** What `program` of bench/compare trains with in Python, and the package that it needs there. */
const PYTHON = {
  PyTorch: { program: 'torch_step.py', way: 'eager', needs: 'torch' },
  'torch.compile': { program: 'torch_step.py', way: 'compile', needs: 'torch' },
  'tf.function': { program: 'tensorflow_step.py', way: 'function', needs: 'tensorflow' },
  XLA: { program: 'tensorflow_step.py', way: 'xla', needs: 'tensorflow' },
} as const;

/** Rivals, those in Python in this one if it has them. */
export class Rivals {
  readonly #ceilings = compiled('peak');
  readonly #openblas = compiled('openblas');
  readonly #packages: Readonly<Record<'torch' | 'tensorflow', () => Outcome>>;
  readonly #tfjs = once(installTfjs);

  constructor(python: string | undefined) {
    const interpreter = python ?? process.env.GRADTAPE_BENCH_PYTHON ?? 'python3';
    const has = (name: string): (() => Outcome) =>
      once(() => {
        const found = tryRun(interpreter, ['-c', `import ${name}`]);
        return 'failure' in found ? { failure: `${found.failure} (--python PATH names a Python that has it)` } : { output: interpreter };
      });
    this.#packages = { torch: has('torch'), tensorflow: has('tensorflow') };
  }

  /** The multiply-adds that an instruction set can do, in GFLOP/s. */
  peak(isa: string, threads: number): Side | Absent {
    return side('peak', this.#ceilings(), (command) => ({ command, args: ['fma', isa, String(threads)] }));
  }

  /** What memory can stream, in GB/s. */
  triad(threads: number): Side | Absent {
    return side('triad', this.#ceilings(), (command) => ({ command, args: ['triad', String(threads)] }));
  }

  /** The microseconds that so much arithmetic takes at the peak, and so much traffic at the triad. */
  limit(isa: string, threads: number, { flops, bytes }: Cost): Side | Absent {
    return side('limit', this.#ceilings(), (command) => ({ command, args: ['limit', isa, ...[threads, flops, bytes].map(String)] }));
  }

  /** OpenBLAS's product of [m, k] and [k, n]. */
  openblas([m, n, k]: readonly [number, number, number], layout: Layout, threads: number): Side | Absent {
    return side('OpenBLAS', this.#openblas(), (command) => ({ command, args: [...[m, n, k].map(String), layout, String(threads)] }));
  }

  /** The training steps in Python. Those that compile take long to begin, so two turns must do. */
  python(workload: Workload, threads: number): (Side | Absent)[] {
    // TensorFlow has no attention for processors that would be a rival to PyTorch's.
    const able = Object.entries(PYTHON).filter(([, { needs }]) => workload !== 'gpt' || needs === 'torch');
    return able.map(([label, { program, way, needs }]) =>
      side(label, this.#packages[needs](), (command) => ({
        command,
        args: [join(sources, program), workload, String(threads), STEP_SECONDS, way],
        ...(way === 'eager' ? {} : { turns: 2 }),
      })),
    );
  }

  /** A single op in Python, on images in TensorFlow, too. */
  operation(operation: Operation, threads: number): (Side | Absent)[] {
    const args = [JSON.stringify(operation), String(threads)];
    const own = (label: string, program: string, needs: 'torch' | 'tensorflow'): Side | Absent =>
      side(label, this.#packages[needs](), (command) => ({ command, args: [join(sources, program), ...args] }));
    return [
      own('PyTorch', 'torch_op.py', 'torch'),
      ...(['conv2d', 'depthwiseConv2d', 'maxPool'].includes(operation.kind) ? [own('TensorFlow', 'tensorflow_op.py', 'tensorflow')] : []),
    ];
  }

  /** The training step of tfjs; it can take seconds, so two turns must do. */
  tfjs(workload: Perceptrons, backend: 'wasm' | 'cpu' = 'wasm'): Side | Absent {
    return side(`tfjs ${backend}`, this.#tfjs(), (folder) => ({
      command: process.execPath,
      args: [join(sources, 'tfjs-step.mjs'), folder, workload, STEP_SECONDS, backend],
      turns: 2,
    }));
  }
}

function side(label: string, found: Outcome, make: (found: string) => Omit<Side, 'label'>): Side | Absent {
  return 'failure' in found ? { label, absent: found.failure } : { label, ...make(found.output) };
}

/** The folder that tfjs is installed in. */
function installTfjs(): Outcome {
  const folder = join(cache, `tfjs-${TFJS}`);
  if (existsSync(join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/package.json'))) return { output: folder };
  console.log(`installing tfjs ${TFJS} into ${folder}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const packages = [`@tensorflow/tfjs@${TFJS}`, `@tensorflow/tfjs-backend-wasm@${TFJS}`];
  const installed = tryRun('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
  return 'failure' in installed ? { failure: `not installed: ${installed.failure}` } : { output: folder };
}
