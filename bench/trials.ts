/** The trials: who competes with whom in what, and what we want to reach. */
import { fileURLToPath } from 'node:url';
import type { Layout, Settings } from './clock.ts';
import { ATTENTION, CONVOLUTIONS, STREAMING, type Task } from './operations.ts';
import type { Measurement } from './ours.ts';
import type { Absent, Rivals, Side } from './rivals.ts';
import { costOf, titleOf, WORKLOADS, type Workload } from './workloads.ts';

/** What a trial should reach: our figure, our share of what nobody can exceed, or how many times the speed of a rival or of the best of them. */
export interface Wanted {
  readonly what: 'figure' | 'peak' | 'triad' | 'limit' | 'rivals' | 'OpenBLAS' | '1 thread';
  readonly bound: number;
}

/** One competition; the first side is ours. */
export interface Trial {
  readonly name: string;
  readonly unit: string;
  /** Whether more or less of it is better. */
  readonly better: 'more' | 'less';
  readonly sides: () => readonly [Side, ...(Side | Absent)[]];
  readonly wanted?: readonly Wanted[];
  /** Turns, where fewer must do. */
  readonly turns?: number;
}

const SIZES = [32, 64, 128, 256, 512, 1024, 2048];
const LAYOUTS: readonly Layout[] = ['NN', 'NT', 'TN'];

/** Our side, which runs in a process of its own. */
export function ours(measurement: Measurement, settings: Settings = {}, label = 'gradtape'): Side {
  const program = fileURLToPath(new URL('./ours.js', import.meta.url));
  return { label, command: process.execPath, args: ['--expose-gc', program, measurement, JSON.stringify(settings)] };
}

function products(rivals: Rivals, isa: string): Trial[] {
  return [1, 2].flatMap((threads) =>
    SIZES.flatMap((n) =>
      LAYOUTS.map(
        (layout): Trial => ({
          name: `matMul ${n} ${layout} ${threads} thread${threads > 1 ? 's' : ''}`,
          unit: 'GFLOP/s',
          better: 'more',
          sides: () => [ours('product', { n, layout, threads }), rivals.openblas([n, n, n], layout, threads), rivals.peak(isa, threads)],
          wanted: [
            ...(threads === 1 && n >= 256 ? [{ what: 'peak', bound: 0.85 } as const] : []),
            ...(n === 64 ? [{ what: 'OpenBLAS', bound: 1.1 } as const] : n > 64 ? [{ what: 'OpenBLAS', bound: 0.95 } as const] : []),
          ],
        }),
      ),
    ),
  );
}

function scaling(): Trial[] {
  return SIZES.filter((n) => n >= 128).map((n) => ({
    name: `matMul ${n} NN, 2 threads against 1`,
    unit: 'GFLOP/s',
    better: 'more',
    sides: () => [ours('product', { n, threads: 2 }, '2 threads'), ours('product', { n, threads: 1 }, '1 thread')],
    wanted: n >= 256 ? [{ what: '1 thread', bound: 1.6 }] : [],
  }));
}

/** Products inside of traced programs, on one thread. */
function tracedProducts(rivals: Rivals, isa: string): Trial[] {
  const shapes = [
    { sizes: [64, 64, 64], layouts: LAYOUTS, share: 0.7 },
    // Products in a row have the shape of the first only where it is not transposed.
    { sizes: [6, 512, 512], layouts: ['NN', 'NT'], share: 0.7 },
    ...[512, 1024, 2048].map((n) => ({ sizes: [n, n, n], layouts: LAYOUTS, share: 0.9 }) as const),
  ] as const;
  return shapes.flatMap(({ sizes, layouts, share }) =>
    layouts.map((layout): Trial => {
      const [m, n, k] = sizes;
      return {
        name: `traced matMul ${m}x${n}x${k} ${layout} 1 thread`,
        unit: 'GFLOP/s',
        better: 'more',
        sides: () => [ours('tracedProducts', { m, n, k, layout, threads: 1 }), rivals.openblas([m, n, k], layout, 1), rivals.peak(isa, 1)],
        wanted: [
          { what: 'peak', bound: share },
          { what: 'OpenBLAS', bound: 1 },
        ],
      };
    }),
  );
}

/** Training steps inside `fit`; `cache` is what the cores have next to them in all. */
function steps(rivals: Rivals, isa: string, threads: number, cache: number): Trial[] {
  const wanted: Readonly<Record<Workload, readonly Wanted[]>> = {
    mpg: [
      { what: 'figure', bound: 50 },
      { what: 'rivals', bound: 8 },
    ],
    mnist: [{ what: 'rivals', bound: 1.4 }],
    wide: [{ what: 'rivals', bound: 1.05 }],
    cnn: [
      { what: 'figure', bound: 9000 },
      { what: 'rivals', bound: 1.5 },
    ],
    gpt: [
      { what: 'figure', bound: 18_000 },
      { what: 'rivals', bound: 1.5 },
    ],
  };
  return (Object.keys(wanted) as Workload[]).map((workload) => ({
    name: `fit ${workload}: ${titleOf(workload)}`,
    unit: 'us/step',
    better: 'less',
    sides: () => [
      ours('fitStep', { workload, threads }),
      rivals.limit(isa, threads, costOf(workload, cache)),
      ...rivals.python(workload, threads),
      // tfjs has no gradients of convolutions where it is fast.
      ...(workload === 'cnn' || workload === 'gpt' ? [] : [rivals.tfjs(workload)]),
    ],
    wanted: wanted[workload],
  }));
}

/** Programs that stream through memory, against what memory can do. */
function streams(rivals: Rivals, threads: number): Trial[] {
  const stream = (name: string, measurement: Measurement, bound: number): Trial => ({
    name,
    unit: 'GB/s',
    better: 'more',
    sides: () => [ours(measurement, { threads }), rivals.triad(threads)],
    wanted: [{ what: 'triad', bound }],
  });
  return [
    stream('traced gelu(x*w + b), 1 M floats, both ways', 'geluBandwidth', 0.8),
    stream('traced Adam, 10 M parameters', 'adamBandwidth', 0.85),
  ];
}

/** Single ops on large tensors, on one thread and on two. */
function operations(rivals: Rivals, isa: string): Trial[] {
  const trial = ({ name, operation, flops = 0, bytes = 0 }: Task, threads: number, wanted: readonly Wanted[]): Trial => ({
    name: `${name} ${threads} thread${threads > 1 ? 's' : ''}`,
    unit: 'us',
    better: 'less',
    sides: () => [
      ours('operate', { operation, threads }),
      rivals.limit(isa, threads, { flops, bytes }),
      ...rivals.operation(operation, threads),
    ],
    wanted,
  });
  const groups: readonly (readonly [readonly Task[], readonly Wanted[]])[] = [
    [
      CONVOLUTIONS,
      [
        { what: 'limit', bound: 0.7 },
        { what: 'rivals', bound: 1 },
      ],
    ],
    [ATTENTION, [{ what: 'rivals', bound: 1.3 }]],
    [
      STREAMING,
      [
        { what: 'limit', bound: 0.8 },
        { what: 'rivals', bound: 1 },
      ],
    ],
  ];
  return groups.flatMap(([tasks, wanted]) => tasks.flatMap((task) => [1, 2].map((threads) => trial(task, threads, wanted))));
}

/** Every trial; `isa` and `threads` are what our backend uses here, `l2` the bytes of the cache next to each core. */
export function trialsOf(rivals: Rivals, isa: string, threads: number, l2: number): Trial[] {
  const alone = (name: string, unit: string, side: Side, bound?: number): Trial => ({
    name,
    unit,
    better: 'less',
    sides: () => [side],
    ...(bound === undefined ? {} : { wanted: [{ what: 'figure', bound }] }),
  });
  const once = (trial: Trial): Trial => ({ ...trial, turns: 1 });
  return [
    ...products(rivals, isa),
    ...scaling(),
    ...tracedProducts(rivals, isa),
    ...steps(rivals, isa, threads, l2 * threads),
    alone('fit mnist with accuracy', 'us/step', ours('fitStep', { workload: 'mnist', threads, accuracy: true })),
    {
      name: `fit mnist in TypeScript: ${WORKLOADS.mnist.title}`,
      unit: 'us/step',
      better: 'less',
      sides: () => [ours('fitStep', { workload: 'mnist', backend: 'typescript' }), rivals.tfjs('mnist', 'cpu')],
      wanted: [{ what: 'rivals', bound: 5 }],
    },
    alone('p99 of requests during fit wide', 'ms', ours('serving', { threads, figure: 'p99' }), 20),
    once(alone('requests lost during fit wide', 'requests', ours('serving', { threads, figure: 'lost' }), 0)),
    // 0.3 us and 30 ns for each op.
    alone('replay of 50 elementwise ops on 8 floats', 'us', ours('replay', { chain: 'elementwise' }), 1.8),
    alone('replay of 50 elementwise ops, not fused', 'us', ours('replay', { chain: 'unfused' }), 1.8),
    alone('replay of 50 ops that cannot be fused, 8 floats', 'us', ours('replay', { chain: 'apart' }), 1.8),
    ...streams(rivals, threads),
    ...operations(rivals, isa),
    alone('eager add [32,64]', 'us', ours('add'), 1.5),
    alone('eager add [32,64] on a tape', 'us', ours('addOnTape'), 2.5),
    alone("import 'gradtape'", 'ms', ours('importing'), 60),
    once(alone('resident growth over 10^6 tape steps', 'MB', ours('growth'), 40)),
    once(alone('resident growth, second 10^6 replayed steps', 'MB', ours('replays', { figure: 'memory' }), 20)),
    once(alone('2 10^6 replayed steps: last tenth over first', 'x', ours('replays', { figure: 'time' }), 1.1)),
    { ...alone('matMul 256 NN in TypeScript', 'GFLOP/s', ours('product', { n: 256, backend: 'typescript' }), 2), better: 'more' },
    once(alone('seeded fit, 1 and 2 threads: weights that differ', 'weights', ours('threadBits'), 0)),
  ];
}
