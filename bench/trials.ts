/** The trials: who competes with whom in what, and what we want to reach. */
import { fileURLToPath } from 'node:url';
import type { Measurement, Settings } from './ours.ts';
import { type Absent, type Rivals, type Side, WORKLOADS, type Workload } from './rivals.ts';

/** What a trial should reach: our figure, our share of the peak, or how many times a rival's speed. */
export interface Wanted {
  readonly what: 'figure' | 'peak' | 'OpenBLAS' | 'PyTorch' | '1 thread';
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
const LAYOUTS = ['NN', 'NT', 'TN'] as const;

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
          sides: () => [ours('product', { n, layout, threads }), rivals.openblas(n, layout, threads), rivals.peak(isa, threads)],
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

function steps(rivals: Rivals, threads: number): Trial[] {
  const wanted: Readonly<Record<Workload, readonly Wanted[]>> = {
    mpg: [{ what: 'figure', bound: 300 }],
    mnist: [{ what: 'PyTorch', bound: 1 }],
    wide: [],
  };
  return (Object.keys(WORKLOADS) as Workload[]).map((workload) => ({
    name: `fit ${workload}: ${WORKLOADS[workload].title}`,
    unit: 'us/step',
    better: 'less',
    sides: () => [ours('fitStep', { workload, threads }), rivals.torch(workload, threads), rivals.tfjs(workload)],
    wanted: wanted[workload],
  }));
}

/** Every trial; `isa` and `threads` are what our backend uses here. */
export function trialsOf(rivals: Rivals, isa: string, threads: number): Trial[] {
  const alone = (name: string, unit: string, side: Side, bound?: number): Trial => ({
    name,
    unit,
    better: 'less',
    sides: () => [side],
    ...(bound === undefined ? {} : { wanted: [{ what: 'figure', bound }] }),
  });
  return [
    ...products(rivals, isa),
    ...scaling(),
    ...steps(rivals, threads),
    alone('fit mnist with accuracy', 'us/step', ours('fitStep', { workload: 'mnist', threads, accuracy: true })),
    alone('eager add [32,64]', 'us', ours('add'), 1.5),
    alone('eager add [32,64] on a tape', 'us', ours('addOnTape'), 2.5),
    alone("import 'gradtape'", 'ms', ours('importing'), 60),
    { ...alone('resident growth over 10^6 tape steps', 'MB', ours('growth'), 40), turns: 1 },
    { ...alone('matMul 256 NN in TypeScript', 'GFLOP/s', ours('typescriptProduct', { n: 256 }), 2), better: 'more' },
    { ...alone('seeded fit, 1 and 2 threads: weights that differ', 'weights', ours('threadBits'), 0), turns: 1 },
  ];
}
