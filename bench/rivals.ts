/** The rivals, made ready when a trial first asks: compiled, found or installed outside of the repository, or absent with the reason. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

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

/** The three networks of perceptrons: inputs, widths and outputs, and rows of a batch. */
export const WORKLOADS = {
  mpg: { title: '9-64-64-1, batch 32', sizes: [9, 64, 64, 1], rows: 32 },
  mnist: { title: '784-256-128-10, batch 128', sizes: [784, 256, 128, 10], rows: 128 },
  wide: { title: '1024-1024-1024-10, batch 256', sizes: [1024, 1024, 1024, 10], rows: 256 },
} as const;

/** A network by name. */
export type Workload = keyof typeof WORKLOADS;

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

/** Rivals that use this Python, if it has PyTorch. */
export class Rivals {
  readonly #peak = compiled('peak');
  readonly #openblas = compiled('openblas');
  readonly #torch: () => Outcome;
  readonly #tfjs = once(installTfjs);

  constructor(python: string | undefined) {
    const interpreter = python ?? process.env.GRADTAPE_BENCH_PYTHON ?? 'python3';
    this.#torch = once(() => {
      const found = tryRun(interpreter, ['-c', 'import torch']);
      return 'failure' in found ? { failure: `${found.failure} (--python PATH names a Python that has PyTorch)` } : { output: interpreter };
    });
  }

  /** The multiply-adds that an instruction set can do. */
  peak(isa: string, threads: number): Side | Absent {
    return side('peak', this.#peak(), (command) => ({ command, args: [isa, String(threads)] }));
  }

  /** OpenBLAS's square product. */
  openblas(n: number, layout: string, threads: number): Side | Absent {
    return side('OpenBLAS', this.#openblas(), (command) => ({ command, args: [String(n), layout, String(threads)] }));
  }

  /** PyTorch's eager training step. */
  torch(workload: Workload, threads: number): Side | Absent {
    const args = [join(sources, 'torch_step.py'), workload, String(threads), STEP_SECONDS];
    return side('PyTorch', this.#torch(), (command) => ({ command, args }));
  }

  /** The training step of tfjs on wasm; it can take seconds, so two turns must do. */
  tfjs(workload: Workload): Side | Absent {
    return side('tfjs wasm', this.#tfjs(), (folder) => ({
      command: process.execPath,
      args: [join(sources, 'tfjs-step.mjs'), folder, workload, STEP_SECONDS],
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
