/** What a traced function becomes: instructions over blocks of memory that are laid out once. Backends make it run. */
import type { AnyOp } from './op.ts';
import type { Spec, Tensor } from './tensor.ts';

/** Where a value of a program lies: in which block, and how many bytes from its beginning. */
export interface Slot extends Spec {
  readonly block: number;
  readonly byteOffset: number;
}

/** One op applied to slots. */
export interface Instruction {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
}

/** A list of instructions, and how many blocks of memory each run must lend it. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly blockCount: number;
}

/** A counter in random states: `[seedLow, seedHigh, counterLow, counterHigh]` as int32, one state after the other in one block. */
export interface Draws {
  /** The block of the states. */
  readonly block: number;
  /** For each state, how many blocks of random numbers come before it in a run. */
  readonly before: readonly number[];
  /** How many blocks of random numbers a run draws in all. */
  readonly perRun: number;
}

/** One way to run a program again and again: what it is lent, and which of its blocks move from run to run. */
export interface LoopBody {
  readonly executable: Executable;
  /** The tensor behind each block, by number. */
  readonly blocks: readonly Tensor[];
  /** For each of the loop's `rows`, the block that takes it. */
  readonly rowBlocks: readonly number[];
  readonly draws: Draws | undefined;
  /** The blocks whose only element is written down after each run, in float32, float64 or int32. */
  readonly logBlocks: readonly number[];
}

/** Rows that are handed to a program part by part, or filled by it. */
export interface LoopRows {
  /** The tensor whose rows are meant, cut along its first axis. */
  readonly tensor: Tensor;
  /** Where the rows that `order` names are copied to; without it, runs read and write the rows where they lie. */
  readonly gathered: Tensor | undefined;
}

/** A program run once for every so many rows, by nobody but the backend. */
export interface Loop {
  readonly body: LoopBody;
  /** What runs on the rows that are left at the end, if they are fewer. */
  readonly tail: LoopBody | undefined;
  readonly rows: readonly LoopRows[];
  /** How many rows there are, and how many a run takes. */
  readonly rowCount: number;
  readonly batchSize: number;
  /** The order in which rows are gathered, int32; in theirs unless given. */
  readonly order: Tensor | undefined;
  /** The first and the number of runs. */
  readonly start: number;
  readonly runs: number;
  /** The seed and the count of random blocks that the first run begins with. */
  readonly seed: number;
  readonly drawn: number;
  /** A float64 tensor [runs, logs] that is filled as runs are done. */
  readonly log: Tensor;
}

/** A loop under way. */
export interface Running {
  /** Resolves with the number of runs done; rejects with the error of the run that failed, which has changed nothing. */
  readonly done: Promise<number>;
  /** The number of runs done so far. */
  progress(): number;
  /** Ends the loop after the run at hand. */
  stop(): void;
  /** Waits for the run at hand to end; no other begins before `resume`. */
  pause(): void;
  resume(): void;
}

/** A program made ready by a backend. */
export interface Executable {
  /** Runs the program on these blocks. */
  run(blocks: readonly Tensor[]): void;
  /** Runs like `run`, and gives the microseconds of each instruction. */
  time(blocks: readonly Tensor[]): Float64Array;
  /** Starts a loop off this thread; undefined where the backend cannot. */
  readonly startLoop: ((loop: Loop) => Running) | undefined;
}
