/** `tf.profile`: where the time of a traced function goes, instruction by instruction. */
import { writeFile } from 'node:fs/promises';
import { sizeOf } from '../core/dtype.ts';
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import { context } from '../core/op.ts';
import type { Instruction, Slot } from '../core/program.ts';
import { sizeOfShape } from '../core/shape.ts';
import { traceableOf } from './function.ts';
import { showSpec } from './graph.ts';
import { signatureOf } from './signature.ts';

/** Options of `tf.profile`. */
export interface ProfileOptions {
  /** How often the program runs; 10 unless given. */
  runs?: number;
}

/** What one instruction of a program costs. */
export interface ProfileRow {
  /** The op. */
  readonly name: string;
  /** What it reads and writes: `float32[2,3], float32[3] -> float32[2,3]`. */
  readonly shapes: string;
  /** The median over the runs. */
  readonly microseconds: number;
  /** Arithmetic: each addition, product, comparison or function of a number counts 1. */
  readonly flops: number;
  /** Sizes of what it reads and writes; the caches may spare a part of them. */
  readonly bytes: number;
}

/** One entry of a Chrome trace: an instruction, or the name of the row that they are in. */
export interface TraceEvent {
  readonly name: string;
  /** `X` for what has a beginning and a duration, `M` for a name. */
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  /** Microseconds from the beginning of the run. */
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/** Rows of one op and one set of shapes, taken together. */
interface Group extends ProfileRow {
  readonly count: number;
}

/** What a run of a traced function costs; `String(profile)` is a table of it, the greatest share of time first. */
export class Profile {
  /** What the function is called. */
  readonly name: string;
  readonly runs: number;
  /** The instructions, in the order in which they run. */
  readonly rows: readonly ProfileRow[];

  /** @internal */
  constructor(name: string, runs: number, rows: readonly ProfileRow[]) {
    this.name = name;
    this.runs = runs;
    this.rows = rows;
  }

  /** The microseconds of all instructions. */
  get microseconds(): number {
    return total(this.rows, 'microseconds');
  }

  /** The arithmetic of all instructions. */
  get flops(): number {
    return total(this.rows, 'flops');
  }

  /** What all instructions read and write. */
  get bytes(): number {
    return total(this.rows, 'bytes');
  }

  /** A table: instructions of the same op and shapes in one line, the greatest share of time first, then the sum. */
  toString(): string {
    const groups = groupRows(this.rows).sort((a, b) => b.microseconds - a.microseconds);
    const { microseconds, flops, bytes } = this;
    const sum: Group = { name: 'all', shapes: '', microseconds, flops, bytes, count: this.rows.length };
    const cells = [
      ['op', 'count', 'us', 'share', 'MFLOP', 'MB', 'GFLOP/s', 'GB/s', 'shapes'],
      ...[...groups, sum].map((group) => cellsOf(group, microseconds)),
    ];
    const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
    const lines = cells.map((line) =>
      line
        .map((cell, column) => (column === 0 || column === line.length - 1 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    );
    return [`${this.name}: medians of ${this.runs} runs`, ...lines].join('\n');
  }

  /** The instructions one after the other, each as long as its median, as Chrome's trace viewers take them. */
  traceEvents(): TraceEvent[] {
    const place = { pid: 1, tid: 1 };
    let ts = 0;
    const events = this.rows.map(({ name, shapes, microseconds, flops, bytes }): TraceEvent => {
      const event: TraceEvent = { name, ph: 'X', ...place, cat: 'op', ts, dur: microseconds, args: { shapes, flops, bytes } };
      ts += microseconds;
      return event;
    });
    return [{ name: 'process_name', ph: 'M', ...place, args: { name: this.name } }, ...events];
  }

  /** Writes `traceEvents` to a file that chrome://tracing and Perfetto open. */
  async saveTrace(path: string): Promise<void> {
    await writeFile(path, JSON.stringify({ traceEvents: this.traceEvents(), displayTimeUnit: 'ns' }));
  }
}

function total(rows: readonly ProfileRow[], what: 'microseconds' | 'flops' | 'bytes'): number {
  return rows.reduce((sum, row) => sum + row[what], 0);
}

function groupRows(rows: readonly ProfileRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const key = `${row.name} ${row.shapes}`;
    const so = groups.get(key) ?? { ...row, microseconds: 0, flops: 0, bytes: 0, count: 0 };
    groups.set(key, {
      ...so,
      microseconds: so.microseconds + row.microseconds,
      flops: so.flops + row.flops,
      bytes: so.bytes + row.bytes,
      count: so.count + 1,
    });
  }
  return [...groups.values()];
}

function cellsOf({ name, count, microseconds, flops, bytes, shapes }: Group, all: number): string[] {
  const rate = (amount: number): string => (microseconds > 0 ? (amount / microseconds / 1000).toFixed(2) : '-');
  const share = all > 0 ? `${((100 * microseconds) / all).toFixed(1)} %` : '-';
  const amounts = [(flops / 1e6).toFixed(3), (bytes / 1e6).toFixed(3)];
  return [name, String(count), microseconds.toFixed(2), share, ...amounts, rate(flops), rate(bytes), shapes];
}

function flopsOf({ op, attrs, inputs, outputs }: Instruction): number {
  const { flops, elementwise } = op.traits;
  if (flops !== undefined) return flops(inputs, outputs, attrs);
  return elementwise === undefined ? 0 : outputs.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0);
}

/** An operand that is there twice is read once. */
function bytesOf({ inputs, outputs }: Instruction): number {
  const size = (slots: readonly Slot[]): number =>
    [...new Set(slots)].reduce((sum, { shape, dtype }) => sum + sizeOfShape(shape) * sizeOf(dtype), 0);
  return size(inputs) + size(outputs);
}

function shapesOf({ inputs, outputs }: Instruction): string {
  const list = (slots: readonly Slot[]): string => slots.map(showSpec).join(', ');
  return `${list(inputs)}${inputs.length > 0 ? ' ' : ''}-> ${list(outputs)}`;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs the program that `tf.function` makes of `f` for such arguments, and tells what each instruction costs: time, arithmetic, and bytes read and
 * written. `f` is a result of `tf.function`, or a function that could be given to it. Every run counts: variables that `f` assigns to move. A training step is
 * profiled as it is written down: a function that takes a batch, records the loss on a tape and applies the gradients.
 * @throws ArgumentError while a function is traced, for arguments that are no array, and for unknown options.
 * @example
 * const w = new tf.Variable(tf.ones([64, 8]), { name: 'w' });
 * const step = tf.function((x: tf.Tensor) => {
 *   const tape = new tf.GradientTape();
 *   const loss = tape.record(() => x.matMul(w).square().mean());
 *   const [slope] = tape.gradient(loss, [w]);
 *   if (slope !== null) w.assignSub(slope.mul(0.1));
 *   return loss;
 * });
 * const profile = tf.profile(step, [tf.ones([32, 64])], { runs: 5 });
 * console.log(String(profile)); // a line for each op and set of shapes: time, share, FLOPs, bytes
 * profile.rows[0].name; // 'matMul'
 * profile.rows[0].flops; // 32768
 * await profile.saveTrace('step.json'); // for chrome://tracing or Perfetto
 */
export function profile<R>(f: () => R): Profile;
export function profile<A extends readonly unknown[]>(f: (...args: A) => unknown, args: NoInfer<A>, options?: ProfileOptions): Profile;
export function profile<A extends readonly unknown[]>(f: (...args: A) => unknown, args?: A, options: ProfileOptions = {}): Profile {
  if (typeof f !== 'function') throw new ArgumentError(`profile: expected a function; received ${show(f)}`);
  if (args !== undefined && !Array.isArray(args)) throw new ArgumentError(`profile: args must be an array; received ${show(args)}`);
  checkOptions('profile', options, ['runs']);
  const { runs = 10 } = options;
  if (!Number.isInteger(runs) || runs < 1) throw new ArgumentError(`profile: runs must be a whole number >= 1; received ${show(runs)}`);
  if (context.tracer !== undefined)
    throw new ArgumentError('profile: a program is timed by itself; received a call while a function is traced');
  const traceable = traceableOf(f);
  const given: readonly unknown[] = args ?? [];
  const { compilation } = traceable.entry(given as A).concrete;
  const { tensors } = signatureOf(given);
  const times = Array.from({ length: runs }, () => compilation.time(tensors));
  const rows = compilation.plan.program.instructions.map((instruction, i) => ({
    name: instruction.op.name,
    shapes: shapesOf(instruction),
    microseconds: medianOf(times.map((run) => run[i])),
    flops: flopsOf(instruction),
    bytes: bytesOf(instruction),
  }));
  return new Profile(traceable.name, runs, rows);
}
