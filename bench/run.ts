/** The bench: each figure from a fresh process, ours and the rivals' in turn. `npm run bench -- [WORDS] [--json FILE]`, `--help` tells the rest. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Figure } from './clock.ts';
import { describeMachine, watchOthers } from './machine.ts';
import { judge, lineOf, type Result, ratioOf, type SideResult, spreadOf, summaryOf } from './report.ts';
import { type Absent, Rivals, type Side } from './rivals.ts';
import { ours, type Trial, trialsOf } from './trials.ts';

const HELP = `npm run bench -- [WORDS] [OPTIONS]
Runs the trials whose names hold every word of one argument, such as "matMul 256 NN" or "fit"; all without one.
  --json FILE      writes every figure to FILE
  --repeats N      turns of each trial (5)
  --retries N      a figure is taken again, at most so often, if other processes had more than 5 % of the machine meanwhile (3)
  --python PATH    a Python that has PyTorch and TensorFlow (GRADTAPE_BENCH_PYTHON, else python3)
  --list           names the trials`;

/** The share of the machine that others may have during a figure. */
const QUIET = 0.05;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    repeats: { type: 'string', default: '5' },
    retries: { type: 'string', default: '3' },
    python: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** A whole number that an option gives. */
function count(name: 'repeats' | 'retries', least: number): number {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`bench: --${name} needs a whole number >= ${least}; received ${options[name]}`);
  return value;
}

/** The environment of every side: rivals choose by themselves. */
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, OPENBLAS_NUM_THREADS, OMP_NUM_THREADS, MKL_NUM_THREADS, ...environment } = process.env;

/** One figure from a process of its own. */
function runSide({ label, command, args }: Side): Figure | Absent {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: environment, timeout: 600_000 });
  if (error !== undefined || status !== 0) {
    throw new Error(`bench: ${label} failed: ${command} ${args.join(' ')}\n${error?.message ?? stderr}`);
  }
  const printed: Figure | { absent: string } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return 'absent' in printed ? { label, absent: printed.absent } : printed;
}

/** The figure of the quietest of several tries, and the share that others had. */
function figureOf(side: Side, retries: number): { figure: Figure | Absent; others: number } {
  let quietest: { figure: Figure | Absent; others: number } | undefined;
  for (let i = 0; i <= retries && (quietest === undefined || quietest.others > QUIET); i++) {
    const watched = watchOthers();
    const figure = runSide(side);
    const others = watched();
    if (quietest === undefined || others < quietest.others) quietest = { figure, others };
  }
  return quietest as { figure: Figure | Absent; others: number };
}

/** Runs the sides of a trial in turn. */
function compete(trial: Trial, repeats: number, retries: number): Result {
  const turns = Math.min(repeats, trial.turns ?? repeats);
  const all = trial.sides();
  const absent: Absent[] = all.filter((side) => 'absent' in side);
  const present = all.filter((side): side is Side => !('absent' in side));
  const figures = new Map<Side, Figure[]>(present.map((side) => [side, []]));
  let others = 0;
  for (let turn = 0; turn < turns; turn++) {
    for (const [side, list] of figures) {
      if (turn >= (side.turns ?? turns)) continue;
      const { figure, others: share } = figureOf(side, retries);
      others = Math.max(others, share);
      if ('absent' in figure) {
        absent.push(figure);
        figures.delete(side);
      } else list.push(figure);
    }
  }
  const own = (figures.get(present[0]) ?? []).map(({ value }) => value);
  const sides = [...figures].map(([{ label }, list], i): SideResult => {
    const values = list.map(({ value }) => value);
    const note = list.at(-1)?.note;
    return {
      label,
      values,
      ...spreadOf(values),
      ...(note === undefined ? {} : { note }),
      ...(i === 0 ? {} : { ratio: ratioOf(trial.better, own, values) }),
    };
  });
  return { name: trial.name, unit: trial.unit, better: trial.better, sides, absent, wanted: judge(trial, sides), others };
}

/** What multiply-adds each instruction set can do, and what memory can stream, in lines. */
function ceilingLines(rivals: Rivals, threads: number): string[] {
  const line = (name: string, unit: string, sideFor: (threads: number) => Side | Absent): string => {
    const figures = [...new Set([1, threads])].map((used) => {
      const side = sideFor(used);
      const figure = 'absent' in side ? side : runSide(side);
      return 'absent' in figure ? figure.absent : `${figure.value.toPrecision(3)} ${unit} on ${used}`;
    });
    return `${name}: ${[...new Set(figures)].join(', ')}`;
  };
  return [
    ...(process.arch === 'x64' ? ['sse2', 'avx2', 'avx512'] : ['neon']).map((isa) =>
      line(`peak of ${isa}`, 'GFLOP/s', (used) => rivals.peak(isa, used)),
    ),
    line('triad', 'GB/s', (used) => rivals.triad(used)),
  ];
}

function main(): void {
  if (options.help) {
    console.log(HELP);
    return;
  }
  const [repeats, retries] = [count('repeats', 1), count('retries', 0)];
  const machine = describeMachine();
  const rivals = new Rivals(options.python);
  const computes = runSide(ours('backend')) as Figure;
  const [isa, threads] = [computes.note ?? '', computes.value];
  const trials = trialsOf(rivals, isa, threads, machine.l2KiB * 1024).filter(
    ({ name }) => positionals.length === 0 || positionals.some((words) => words.split(/\s+/).every((part) => name.includes(part))),
  );
  if (trials.length === 0) throw new Error(`bench: no trial is called ${positionals.join(' or ')}; --list names them`);
  if (options.list) {
    for (const { name } of trials) console.log(name);
    return;
  }
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}, load ${machine.load.toFixed(2)}`,
  );
  console.log(`gradtape: ${isa}, ${threads} threads; medians of ${repeats} turns, in brackets the least and the most`);
  for (const line of ceilingLines(rivals, threads)) console.log(line);
  const results: Result[] = [];
  const write = (): void => {
    if (options.json === undefined) return;
    writeFileSync(options.json, `${JSON.stringify({ machine, isa, threads, repeats, results }, null, 2)}\n`);
  };
  for (const trial of trials) {
    const result = compete(trial, repeats, retries);
    results.push(result);
    console.log(lineOf(result));
    write();
  }
  for (const line of summaryOf(results)) console.log(line);
}

main();
