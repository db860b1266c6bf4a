/** Runs a traced function once for every batch of rows, off this thread. */
import { ArgumentError } from '../core/errors.ts';
import type { LoopBody, LoopRows, Running } from '../core/program.ts';
import { copyOf, emptyTensor, hold, type Tensor, tensorOf, unhold, valuesOf } from '../core/tensor.ts';
import { type Borrower, isLent, lendTo, ownValue, peekValue, putValue, type Variable } from '../core/variable.ts';
import { skipDraws } from '../ops/random.ts';
import type { Concrete } from './concrete.ts';

/** What is to be run, and on what. */
export interface RowLoop {
  /** The function for a whole batch, whose arguments are rows of `inputs`. */
  readonly body: Concrete;
  /** The same for the rows that are left at the end; undefined if there are none. */
  readonly tail: Concrete | undefined;
  /** All rows of each argument; or the arguments themselves, if `batchSize` is 0. */
  readonly inputs: readonly Tensor[];
  /** Tensors whose rows the results fill; without them, the results are scalars that are written down. */
  readonly outputs?: readonly Tensor[];
  /** Rows in a batch; 0 for one run on whole tensors. */
  readonly batchSize: number;
  /** The order of the rows, int32; as they are unless given. */
  readonly order: Tensor | undefined;
  readonly start: number;
  readonly runs: number;
}

/** A loop that was started. */
export interface RunningLoop {
  /** Resolves with the number of runs done, when the variables have their new values. */
  readonly done: Promise<number>;
  progress(): number;
  stop(): void;
  /** The results of one run that is done, as numbers. */
  numbers(run: number): number[];
}

/** Variables that a loop writes to, and how this thread gets at them meanwhile. */
class Loan implements Borrower {
  readonly #variables: readonly Variable[];
  /** The memory that the loop writes to. */
  readonly #lent: readonly Tensor[];
  #running: Running | undefined;
  /** What stands in for the lent memory while the loop pauses. */
  #copies: readonly Tensor[] | undefined;

  constructor(variables: readonly Variable[]) {
    this.#variables = variables;
    this.#lent = variables.map(peekValue);
    for (const tensor of this.#lent) hold(tensor);
  }

  begin(start: () => Running): Running {
    try {
      this.#running = start();
    } catch (error) {
      for (const tensor of this.#lent) unhold(tensor);
      throw error;
    }
    for (const variable of this.#variables) lendTo(variable, this);
    return this.#running;
  }

  settle(): void {
    if (this.#copies !== undefined || this.#running === undefined) return;
    this.#running.pause();
    this.#copies = this.#lent.map(copyOf);
    this.#variables.forEach((variable, i) => {
      putValue(variable, (this.#copies as readonly Tensor[])[i]);
    });
    queueMicrotask(() => this.#goOn());
  }

  /** The loop has ended: the variables are this thread's alone. */
  end(): void {
    this.#goOn();
    this.#running = undefined;
    this.#variables.forEach((variable, i) => {
      lendTo(variable, undefined);
      unhold(this.#lent[i]);
    });
  }

  #goOn(): void {
    const copies = this.#copies;
    if (copies === undefined) return;
    this.#variables.forEach((variable, i) => {
      const now = peekValue(variable);
      // Assigned to meanwhile, or written to in place by a program: the loop goes on from there.
      valuesOf(this.#lent[i]).set(valuesOf(now));
      putValue(variable, this.#lent[i]);
    });
    this.#copies = undefined;
    this.#running?.resume();
  }
}

/** Blocks, rows and logs of one side of a loop. */
function bodyOf({ compilation }: Concrete, { inputs, outputs, batchSize }: RowLoop, results: readonly Tensor[]): LoopBody {
  const { variableBlock, resultBlock } = compilation.plan;
  const blocks = compilation.blocks();
  compilation.lendVariables(blocks);
  inputs.forEach((tensor, i) => {
    blocks[1 + i] = tensor;
  });
  results.forEach((tensor, i) => {
    blocks[resultBlock + i] = tensor;
  });
  const inputBlocks = inputs.map((_, i) => variableBlock - inputs.length + i);
  const resultBlocks = results.map((_, i) => resultBlock + i);
  const rowBlocks = batchSize === 0 ? [] : [...inputBlocks, ...(outputs === undefined ? [] : resultBlocks)];
  return {
    executable: compilation.executable,
    blocks,
    rowBlocks,
    draws: compilation.plan.draws,
    logBlocks: outputs === undefined ? resultBlocks : [],
  };
}

/** The loop under way; undefined where the backend runs programs on this thread only, or the results are not what is wanted. */
export function startRowLoop(loop: RowLoop): RunningLoop | undefined {
  const { body, tail, inputs, outputs, batchSize, order, start, runs } = loop;
  const { executable, plan } = body.compilation;
  const { startLoop } = executable;
  if (startLoop === undefined || (tail !== undefined && tail.compilation.executable.startLoop === undefined)) return undefined;
  const assigned = new Set([body, ...(tail === undefined ? [] : [tail])].flatMap(({ assigned }) => assigned));
  for (const variable of assigned) {
    if (isLent(variable)) throw new ArgumentError(`Variable "${variable.name}": another loop is writing to it; wait for that to end`);
  }
  // Each has its memory to itself before any side is told where that is.
  for (const variable of assigned) ownValue(variable);
  const results = outputs ?? plan.results.map(({ shape, dtype }) => emptyTensor(shape, dtype));
  const sides = [body, ...(tail === undefined ? [] : [tail])].map((side) => bodyOf(side, loop, results));
  const logs = outputs === undefined ? results.length : 0;
  const log = emptyTensor([runs, logs], 'float64');
  const gathered = (tensor: Tensor): Tensor | undefined =>
    order === undefined ? undefined : emptyTensor([batchSize, ...tensor.shape.slice(1)], tensor.dtype);
  const rows: LoopRows[] =
    batchSize === 0
      ? []
      : [
          ...inputs.map((tensor) => ({ tensor, gathered: gathered(tensor) })),
          ...(outputs ?? []).map((tensor) => ({ tensor, gathered: undefined })),
        ];
  const rowCount = batchSize === 0 ? 0 : inputs[0].shape[0];
  const drawnBy = (done: number): number => {
    const tails = tail !== undefined && start + done > Math.floor(rowCount / batchSize) ? 1 : 0;
    return (done - tails) * (sides[0].draws?.perRun ?? 0) + tails * (sides[1]?.draws?.perRun ?? 0);
  };
  // All that the loop may draw is taken at once.
  const wanted = drawnBy(runs);
  const { seed, drawn } = skipDraws(0);
  const loan = new Loan([...assigned]);
  const running = loan.begin(() =>
    startLoop({ body: sides[0], tail: sides[1], rows, rowCount, batchSize: Math.max(1, batchSize), order, start, runs, seed, drawn, log }),
  );
  skipDraws(wanted);
  // What the loop reads and writes, kept from the collector, and from being disposed or replaced, until it has ended.
  const kept = [...inputs, ...(outputs ?? []), ...sides.flatMap(({ blocks }) => blocks)];
  const uncollected: unknown[] = [sides, rows, order, log];
  for (const tensor of kept) hold(tensor);
  const ended = (): void => {
    for (const tensor of kept) unhold(tensor);
    kept.length = 0;
    uncollected.length = 0;
    loan.end();
    const unused = wanted - drawnBy(running.progress());
    // Given back unless somebody else has drawn meanwhile.
    if (skipDraws(0).drawn === drawn + wanted) skipDraws(-unused);
  };
  const done = running.done.then(
    (count) => {
      ended();
      return count;
    },
    (error: Error) => {
      ended();
      throw new ArgumentError(error.message);
    },
  );
  const values = valuesOf(log);
  return {
    done,
    progress: () => running.progress(),
    stop: () => running.stop(),
    numbers: (run) => Array.from(values.subarray(run * logs, (run + 1) * logs)),
  };
}

/** An order of rows as loops take it. */
export function orderOf(order: Int32Array): Tensor {
  return tensorOf(order, [order.length], 'int32');
}
