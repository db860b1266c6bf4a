/** Turns a function into a graph: it is called once, on tensors without values, and what it does is written down. */
import { ArgumentError, refusePromise } from '../core/errors.ts';
import { type AnyOp, context, type Evaluator, type Tracer } from '../core/op.ts';
import { userLine } from '../core/place.ts';
import type { Executable } from '../core/program.ts';
import { showShape } from '../core/shape.ts';
import { flatten } from '../core/structure.ts';
import { hold, isSymbolic, isTraced, type Spec, Tensor, tracedTensor, tracing } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { type Graph, type Node, newValue, type Value } from './graph.ts';

/** What a traced tensor stands for, and the op that made it. */
interface Meaning {
  readonly trace: Trace;
  readonly value: Value;
  readonly maker: string;
}

const meanings = new WeakMap<Tensor, Meaning>();

tracing.describe = (tensor) => {
  const meaning = meanings.get(tensor);
  return meaning === undefined ? '' : `; it is ${meaning.maker} of "${meaning.trace.name}", and is asked for at ${userLine()}`;
};

/** A variable as the trace has it by now. */
interface Held {
  /** What it holds when a run begins. */
  readonly before: Value;
  now: Tensor;
}

/** One call that is being written down. */
class Trace implements Evaluator, Tracer {
  readonly name: string;
  readonly #nodes: Node[] = [];
  readonly #variables = new Map<Variable, Held>();
  readonly #constants = new Map<Tensor, Value>();
  readonly #draws: number[] = [];
  #outer: Pick<typeof context, 'evaluator' | 'listeners' | 'tracer'>;

  constructor(name: string) {
    this.name = name;
    this.#outer = { evaluator: context.evaluator, listeners: context.listeners, tracer: context.tracer };
  }

  evaluate(op: AnyOp, inputs: readonly Tensor[], outputs: readonly Spec[], attrs: unknown): readonly Tensor[] {
    if (inputs.some(isSymbolic)) return context.symbolic.evaluate(op, inputs, outputs, attrs);
    const values = outputs.map(newValue);
    this.#nodes.push({ op, attrs, inputs: inputs.map((input) => this.#valueOf(input)), outputs: values });
    return values.map((value) => this.#tensor(value, `the result of ${op.name}`));
  }

  compile(): Executable {
    throw new Error('trace: a program is compiled when its trace has ended');
  }

  fuses(): boolean {
    return false;
  }

  read(variable: Variable): Tensor {
    return this.#hold(variable).now;
  }

  assign(variable: Variable, value: Tensor): void {
    // A tensor of its own: gradients do not flow through an assignment.
    this.#hold(variable).now = this.#tensor(this.#valueOf(value), `the value of the variable "${variable.name}"`);
  }

  draw(blocks: number): Tensor {
    const index = this.#draws.push(blocks) - 1;
    return this.#tensor({ shape: [4], dtype: 'int32', source: { kind: 'draw', index } }, 'a state of the random generator');
  }

  outside<T>(f: () => T): T {
    const { evaluator, listeners, tracer } = context;
    Object.assign(context, this.#outer);
    try {
      return f();
    } finally {
      // The first op that really ran may have chosen the backend.
      this.#outer = { ...this.#outer, evaluator: context.evaluator };
      Object.assign(context, { evaluator, listeners, tracer });
    }
  }

  /** What `f` returns, with ops coming here. */
  run<T>(f: () => T): T {
    Object.assign(context, { evaluator: this, listeners: [], tracer: this });
    try {
      return f();
    } finally {
      Object.assign(context, this.#outer);
    }
  }

  input({ shape, dtype }: Spec, position: number): { value: Value; tensor: Tensor } {
    const value: Value = { shape, dtype, source: { kind: 'input', position } };
    return { value, tensor: this.#tensor(value, `argument ${position}`) };
  }

  /** Everything that was written down, for these inputs and results. */
  graph(inputs: readonly Value[], results: readonly Tensor[]): Graph {
    const assignments = [...this.#variables].flatMap(([variable, { before, now }]) => {
      const value = this.#valueOf(now);
      return value === before ? [] : [{ variable, value }];
    });
    return {
      name: this.name,
      inputs,
      nodes: this.#nodes,
      results: results.map((result) => this.#valueOf(result)),
      assignments,
      draws: this.#draws,
    };
  }

  #hold(variable: Variable): Held {
    let held = this.#variables.get(variable);
    if (held === undefined) {
      const { shape, dtype } = variable;
      const before: Value = { shape, dtype, source: { kind: 'variable', variable } };
      held = { before, now: this.#tensor(before, `the value of the variable "${variable.name}"`) };
      this.#variables.set(variable, held);
    }
    return held;
  }

  #tensor(value: Value, maker: string): Tensor {
    const tensor = tracedTensor(value.shape, value.dtype);
    meanings.set(tensor, { trace: this, value, maker });
    return tensor;
  }

  #valueOf(tensor: Tensor): Value {
    if (isTraced(tensor)) {
      const meaning = meanings.get(tensor);
      if (meaning !== undefined && meaning.trace === this) return meaning.value;
      throw new ArgumentError(
        `function "${this.name}": it uses a tensor that was traced elsewhere${tracing.describe(tensor)}; shape ${showShape(tensor.shape)}`,
      );
    }
    let value = this.#constants.get(tensor);
    if (value === undefined) {
      // What the function made or found while it was traced must outlive every `tidy`.
      hold(tensor);
      value = { shape: tensor.shape, dtype: tensor.dtype, source: { kind: 'constant', tensor } };
      this.#constants.set(tensor, value);
    }
    return value;
  }
}

/** A function that was traced, and the structure of what it returns. */
export interface Traced {
  readonly graph: Graph;
  /** What the function returned; each leaf that is a tensor stands for the next of the graph's results. */
  readonly structure: unknown;
}

/** `f` called on traced tensors in place of `specs`; nothing has changed when it throws. */
export function trace(name: string, specs: readonly Spec[], f: (inputs: readonly Tensor[]) => unknown): Traced {
  const tracer = new Trace(name);
  const inputs = specs.map((spec, position) => tracer.input(spec, position));
  return tracer.run(() => {
    const structure = f(inputs.map(({ tensor }) => tensor));
    refusePromise(`function "${name}":`, structure);
    const results = flatten(structure).flatMap((leaf) =>
      leaf instanceof Tensor ? [leaf] : leaf instanceof Variable ? [readValue(leaf)] : [],
    );
    const graph = tracer.graph(
      inputs.map(({ value }) => value),
      results,
    );
    return { graph, structure };
  });
}
