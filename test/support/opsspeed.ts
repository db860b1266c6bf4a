/** Measures every op on one case, on both backends: the figures in the table of ops. */
import { availableParallelism, cpus } from 'node:os';
import * as tf from 'gradtape';
import { type AnyOp, apply, ops } from '../../lib/core/op.ts';
import { cases } from '../ops/cases.ts';
import { tensorOf, type Use, usesIn } from './uses.ts';

/** One op's figures: what `native` and `typescript` are in. */
export interface Speed {
  readonly case: string;
  readonly unit: 'GB/s' | 'GFLOP/s';
  readonly native?: number;
  readonly typescript: number;
}

/** All figures, and where and when they were taken. */
export interface Speeds {
  readonly cpu: string;
  readonly threads: number;
  readonly node: string;
  readonly date: string;
  readonly ops: Readonly<Record<string, Speed>>;
}

/** Elements of each input of an elementwise op: too many for the cache next to a core. */
const ELEMENTS = 2 ** 18;
/** Of other ops the largest use in the cases is taken, up to this. */
const MOST_ELEMENTS = 600_000;
const MOST_FLOPS = 3e7;
/** An op that does more than this for a byte is measured by its arithmetic. */
const FLOPS_PER_BYTE = 2;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);
const BYTES: Readonly<Record<tf.DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1, complex64: 8, complex128: 16 };

/** Work of a use, by which the largest is found. */
function workOf({ op, attrs, inputs }: Use): { elements: number; bytes: number; flops: number } {
  const outputs = op.infer(inputs, attrs);
  const all = [...inputs, ...outputs];
  return {
    elements: all.reduce((total, { shape }) => total + sizeOf(shape), 0),
    bytes: all.reduce((total, { shape, dtype }) => total + sizeOf(shape) * BYTES[dtype], 0),
    flops: op.traits.flops?.(inputs, outputs, attrs) ?? 0,
  };
}

/** Single precision first, then what is the most work. */
function standard(op: AnyOp): Use | undefined {
  const own = cases.filter((each) => each.op === op.name);
  const uses = usesIn(
    own.map(({ run }) => run),
    MOST_ELEMENTS,
    'shapes',
  ).get(op);
  const rank = (use: Use): number => {
    const { elements, flops } = workOf(use);
    const dtypes = use.inputs.map(({ dtype }) => dtype);
    const single = dtypes.includes('float32') ? 2e12 : dtypes.includes('float64') ? 0 : 1e12;
    return flops > MOST_FLOPS ? -1 : single + elements + flops;
  };
  const best = uses?.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  if (best === undefined || !op.traits.elementwise || op.alias !== undefined) return best;
  return { ...best, inputs: best.inputs.map((input) => ({ ...input, shape: [ELEMENTS] })) };
}

/** Seconds of one run: the least of several batches. */
function secondsOf(run: () => readonly tf.Tensor[], budget: number): number {
  const batch = (times: number): number => {
    const start = performance.now();
    for (let i = 0; i < times; i++) for (const result of run()) result.dispose();
    return (performance.now() - start) / 1000 / times;
  };
  let times = 1;
  let least = batch(1);
  while (times < 4096 && least * times < 0.0005) {
    times *= 2;
    least = Math.min(least, batch(times));
  }
  const end = performance.now() + budget;
  while (performance.now() < end) least = Math.min(least, batch(times));
  return least;
}

function speedOf(op: AnyOp, use: Use, native: boolean): Speed {
  const inputs = use.inputs.map(tensorOf);
  const { bytes, flops } = workOf(use);
  const unit = flops > FLOPS_PER_BYTE * bytes ? 'GFLOP/s' : 'GB/s';
  const work = (unit === 'GFLOP/s' ? flops : bytes) / 1e9;
  const measure = (backend: 'native' | 'typescript', budget: number): number => {
    tf.setBackend(backend);
    return Number((work / secondsOf(() => apply(op, inputs, use.attrs), budget)).toPrecision(3));
  };
  const made = use.inputs.length === 0 || op.traits.random ? op.infer(use.inputs, use.attrs).slice(0, 1) : [];
  const shapes = [...use.inputs, ...made].map(({ shape, dtype }) => `${dtype}[${shape}]`);
  const shown = shapes.length > 3 ? [...shapes.slice(0, 3), '...'] : shapes;
  return {
    case: shown.join(' '),
    unit,
    ...(native ? { native: measure('native', 150) } : {}),
    typescript: measure('typescript', 200),
  };
}

/** The figures of all ops that have native rows; `report` hears of each. */
export function measureAll(rows: ReadonlySet<string>, date: string, report: (line: string) => void): Speeds {
  const found: Record<string, Speed> = {};
  for (const op of [...ops.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    tf.setBackend('native');
    const use = standard(op);
    // A view takes no time.
    if (use === undefined || op.alias?.(use.inputs, use.attrs) !== undefined) continue;
    const speed = speedOf(op, use, rows.has(op.name));
    found[op.name] = speed;
    report(`${op.name}: ${speed.native ?? '-'} and ${speed.typescript} ${speed.unit}, ${speed.case}`);
  }
  tf.setBackend('native');
  return {
    cpu: cpus()[0].model.trim(),
    threads: Math.min(tf.getNumThreads(), availableParallelism()),
    node: process.versions.node,
    date,
    ops: found,
  };
}
