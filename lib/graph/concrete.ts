/** A traced function for arguments of certain shapes: the graph made small, laid out, compiled, and run. */
import { ArgumentError } from '../core/errors.ts';
import { context, type Evaluator, outsideTrace } from '../core/op.ts';
import type { Draws, Executable, LoopBody } from '../core/program.ts';
import { emptyTensor, hold, type Spec, type Tensor } from '../core/tensor.ts';
import { ownValue, peekValue, type Variable } from '../core/variable.ts';
import { skipDraws, writeStates } from '../ops/random.ts';
import { type Graph, showGraph } from './graph.ts';
import { type Plan, planGraph } from './plan.ts';
import { simplify } from './simplify.ts';

/** A graph as one backend runs it. */
export class Compilation {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly executable: Executable;
  #blocks: Tensor[] | undefined;

  constructor(traced: Graph, without: readonly string[]) {
    this.graph = simplify(traced, without);
    this.plan = planGraph(this.graph);
    this.executable = context.evaluator.compile(this.plan.program);
  }

  /** New memory for a run: what is fixed from run to run is in place, the rest is to be set. */
  blocks(): Tensor[] {
    const { arenaBytes, program, constants, constantBlock, draws } = this.plan;
    // Every block is some tensor, so that those to be set have a value until then.
    const arena = this.#arena(arenaBytes);
    const states = draws !== undefined && draws.block >= 0 ? emptyTensor([draws.before.length, 4], 'int32') : undefined;
    // A `tidy` around the first run must not take what the next ones need.
    for (const tensor of [arena, ...(states === undefined ? [] : [states])]) hold(tensor);
    const blocks = new Array<Tensor>(program.blockCount).fill(arena);
    constants.forEach((tensor, i) => {
      blocks[constantBlock + i] = tensor;
    });
    if (draws !== undefined && states !== undefined) blocks[draws.block] = states;
    return blocks;
  }

  #arena(bytes: number): Tensor {
    try {
      return emptyTensor([bytes], 'uint8');
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw new ArgumentError(`function "${this.graph.name}": its arena of ${bytes} bytes cannot be allocated`);
    }
  }

  /** Puts the variables where the program finds them: those that it assigns to in memory of their own. */
  lendVariables(blocks: Tensor[]): void {
    const { variables, variableBlock } = this.plan;
    for (let i = 0; i < variables.length; i++) {
      const { variable, isAssigned } = variables[i];
      blocks[variableBlock + i] = isAssigned ? ownValue(variable) : peekValue(variable);
    }
  }

  /** The results of one run. */
  run(inputs: readonly Tensor[]): Tensor[] {
    return this.#run(inputs, (blocks) => this.executable.run(blocks));
  }

  /** Runs, and gives the microseconds of each instruction. */
  time(inputs: readonly Tensor[]): Float64Array {
    let times = new Float64Array();
    const results = this.#run(inputs, (blocks) => {
      times = Float64Array.from(this.executable.time(blocks));
    });
    // Nobody sees them: given back, so that the next run is not timed on memory that was never touched.
    for (const result of results) result.dispose();
    return times;
  }

  #run(inputs: readonly Tensor[], execute: (blocks: readonly Tensor[]) => void): Tensor[] {
    this.#blocks ??= this.blocks();
    const blocks = this.#blocks;
    const { draws, results, resultBlock } = this.plan;
    const made = new Array<Tensor>(results.length);
    for (let i = 0; i < results.length; i++) made[i] = emptyTensor(results[i].shape, results[i].dtype);
    try {
      for (let i = 0; i < inputs.length; i++) blocks[1 + i] = inputs[i];
      for (let i = 0; i < results.length; i++) blocks[resultBlock + i] = made[i];
      this.lendVariables(blocks);
      if (draws !== undefined) advance(draws, blocks);
      execute(blocks);
    } finally {
      // What a run was lent is not kept from the collector.
      for (let i = 0; i < inputs.length; i++) blocks[1 + i] = blocks[0];
      blocks.fill(blocks[0], resultBlock);
    }
    return made;
  }

  /** What a loop needs to run this: `rowBlocks` and `logBlocks` are blocks of inputs and results. */
  loopBody(blocks: readonly Tensor[], rowBlocks: readonly number[], logBlocks: readonly number[]): LoopBody {
    return { executable: this.executable, blocks, rowBlocks, draws: this.plan.draws, logBlocks };
  }
}

/** Takes the random numbers of one run out of the generator. */
function advance({ block, before, perRun }: Draws, blocks: readonly Tensor[]): void {
  const { seed, drawn } = skipDraws(perRun);
  if (block >= 0) writeStates(blocks[block], seed, drawn, before);
}

/** A graph, and how each backend that ran it does so. */
export class Concrete {
  readonly traced: Graph;
  readonly #without: readonly string[];
  #compiled: { readonly evaluator: Evaluator; readonly compilation: Compilation } | undefined;

  constructor(traced: Graph, without: readonly string[]) {
    this.traced = traced;
    this.#without = without;
  }

  /** The compilation for the backend that computes now. */
  get compilation(): Compilation {
    if (this.#compiled === undefined || this.#compiled.evaluator !== context.evaluator) {
      // Read last: compiling is what makes an undecided backend decide.
      this.#compiled = outsideTrace(() => {
        const compilation = new Compilation(this.traced, this.#without);
        return { evaluator: context.evaluator, compilation };
      });
    }
    return this.#compiled.compilation;
  }

  /** What the arguments must look like. */
  get inputs(): readonly Spec[] {
    return this.traced.inputs;
  }

  /** The variables that a run assigns to. */
  get assigned(): Variable[] {
    return this.compilation.plan.variables.flatMap(({ variable, isAssigned }) => (isAssigned ? [variable] : []));
  }

  /** The program as text: a line for each op, then the memory it needs beside inputs, variables and results. */
  toString(): string {
    const { graph, plan } = this.compilation;
    return `${showGraph(graph)}\n  arena: ${plan.arenaBytes} bytes`;
  }
}
