/** What the bench runs on, and how busy others keep it meanwhile. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What figures depend on besides the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the cache next to each core. */
  readonly l2KiB: number;
  readonly system: string;
  readonly node: string;
  /** The load of the last minute when the bench began. */
  readonly load: number;
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    cpu: modelName(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    l2KiB: l2KiB(),
    system: `${process.platform}-${process.arch} ${release()}`,
    node: process.version,
    load: loadavg()[0],
  };
}

/** As Linux tells it; elsewhere what most cores have. */
function l2KiB(): number {
  const file = '/sys/devices/system/cpu/cpu0/cache/index2/size';
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 512;
}

function modelName(): string {
  const model = cpus()[0]?.model.trim() ?? '';
  if (process.platform !== 'linux') return model;
  // Virtual machines hide the name, but not the family and model by which kernels are chosen.
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*:\\s*(.+)$`, 'm').exec(text)?.[1];
  const [family, number] = [field('cpu family'), field('model')];
  return family === undefined ? model : `${model} (family ${family}, model ${number})`;
}

/** Processor time so far in milliseconds: of the whole machine, and of this process with the children it has waited for. */
interface Usage {
  readonly at: number;
  readonly busy: number;
  readonly own: number;
}

/** Linux counts in hundredths of a second. */
const TICK = 10;

function usage(): Usage {
  const busy = cpus().reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0);
  // Fields 14 to 17, counted after the name, which may hold spaces: own user and system time, then that of the children.
  const fields = process.platform === 'linux' ? readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').slice(11, 15) : [];
  return { at: performance.now(), busy, own: TICK * fields.reduce((total, field) => total + Number(field), 0) };
}

/** Begins to watch; the function returned gives the share of the machine, 0 to 1, that other processes have used since. 0 where that is not known. */
export function watchOthers(): () => number {
  const before = usage();
  return () => {
    const after = usage();
    if (after.own === 0) return 0;
    const others = after.busy - before.busy - (after.own - before.own);
    return Math.max(0, others / ((after.at - before.at) * cpus().length));
  };
}
