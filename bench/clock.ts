/** What measurements of ours share: what they are told, what they print, the package, and the clock. */
import type { Operation } from './operations.ts';
import type { Workload } from './workloads.ts';

/** The package, which measurements load by themselves. */
export type Package = typeof import('gradtape');

/** What one process prints. */
export interface Figure {
  readonly value: number;
  /** What ran, for the reader. */
  readonly note?: string;
}

/** How operands of a product lie: T for one that is read transposed. */
export type Layout = 'NN' | 'NT' | 'TN';

/** What a measurement is told. */
export interface Settings {
  /** The sizes of a product; all are `n` unless given. */
  readonly m?: number;
  readonly n?: number;
  readonly k?: number;
  readonly layout?: Layout;
  readonly threads?: number;
  readonly backend?: 'typescript';
  readonly workload?: Workload;
  /** A single op on large tensors. */
  readonly operation?: Operation;
  readonly accuracy?: boolean;
  /** For ops in a chain: elementwise ones as they are run, the same one by one, or such that none can be fused with the next. */
  readonly chain?: 'elementwise' | 'unfused' | 'apart';
  /** Which of several figures is wanted. */
  readonly figure?: 'memory' | 'time' | 'p99' | 'lost';
  /** Where a server listens. */
  readonly port?: number;
}

/** The package, with so many threads and this backend. */
export async function load({ threads, backend }: Settings = {}): Promise<Package> {
  const tf = await import('gradtape');
  if (backend !== undefined) tf.setBackend(backend);
  if (threads !== undefined) tf.setNumThreads(threads);
  return tf;
}

/** The least time of one call in microseconds, over calls in batches long enough for the clock. */
export function bestOf(f: () => void, milliseconds = 400): number {
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

/** The middle one of several figures. */
export function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
