/** Turns a function into a graph: it is called once, on tensors without values, and what it does is written down. */
import { ArgumentError, refusePromise } from '../core/errors.ts';
import { type AnyOp, context, type Evaluator, type Tracer } from '../core/op.ts';
import { userLine } from '../core/place.ts';
import type { Executable } from '../core/program.ts';
import { showShape } from '../core/shape.ts';
import { flatten } from '../core/structure.ts';
import { hold, isDifferentiable, isSymbolic, isTraced, type Spec, Tensor, tracedTensor, tracing } from '../core/tensor.ts';
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

/** What a part of a function takes from around it. */
export type Capture =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  /** What the variable holds by then. */
  | { readonly kind: 'variable'; readonly variable: Variable }
  /** A state of the random generator with so many blocks ahead. */
  | { readonly kind: 'draw'; readonly blocks: number };

/** One input of a part, and what it stands for. */
export interface Captured {
  readonly value: Value;
  readonly capture: Capture;
}

/** One call that is being written down. */
class Trace implements Evaluator, Tracer {
  readonly name: string;
  /** The op that lets no gradient through, for a part of a function, which takes what is around it as further inputs; undefined for a whole. */
  readonly #cut: AnyOp | undefined;
  readonly captured: Captured[] = [];
  readonly #nodes: Node[] = [];
  readonly #variables = new Map<Variable, Held>();
  readonly #constants = new Map<Tensor, Value>();
  readonly #draws: number[] = [];
  /** Tensors with lower ids are older than this trace. */
  readonly #firstId: number;
  #outer: Pick<typeof context, 'evaluator' | 'listeners' | 'tracer'>;

  constructor(name: string, cut: AnyOp | undefined) {
    this.name = name;
    this.#cut = cut;
    this.#firstId = tracedTensor([], 'float32').id;
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
    const held = this.#hold(variable);
    // A tensor of its own: gradients do not flow through an assignment.
    held.now = this.#tensor(this.#withoutGradient(this.#valueOf(value)), `the value of the variable "${variable.name}"`);
  }

  draw(blocks: number): Tensor {
    if (this.#cut !== undefined) {
      const value = this.#capture({ kind: 'draw', blocks }, { shape: [4], dtype: 'int32' });
      return this.#tensor(value, 'a state of the random generator');
    }
    const index = this.#draws.push(blocks) - 1;
    return this.#tensor({ shape: [4], dtype: 'int32', source: { kind: 'draw', index } }, 'a state of the random generator');
  }

  outside<T>(f: () => T): T {
    const { evaluator, listeners, tracer } = context;
    Object.assign(context, this.#outer);
    try {
      return this.#outer.tracer === undefined ? f() : this.#outer.tracer.outside(f);
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
      const before: Value =
        this.#cut === undefined
          ? { shape, dtype, source: { kind: 'variable', variable } }
          : this.#capture({ kind: 'variable', variable }, variable);
      held = { before, now: this.#tensor(before, `the value of the variable "${variable.name}"`) };
      this.#variables.set(variable, held);
    }
    return held;
  }

  /** A new input that stands for something around this part. */
  #capture(capture: Capture, { shape, dtype }: Spec): Value {
    const value: Value = { shape, dtype, source: { kind: 'input', position: -1 } };
    this.captured.push({ value, capture });
    return value;
  }

  /** The same value for those who read it, when the nodes of a part are differentiated. */
  #withoutGradient(value: Value): Value {
    if (this.#cut === undefined) return value;
    const output = newValue(value);
    this.#nodes.push({ op: this.#cut, attrs: {}, inputs: [value], outputs: [output] });
    return output;
  }

  /** True if `other` is still being written down, and this a part of it. */
  #isWithin(other: Trace): boolean {
    const { evaluator } = this.#outer;
    return evaluator === other || (evaluator instanceof Trace && evaluator.#isWithin(other));
  }

  /** True for a tensor from around this part that gradients may be asked for: a tape that records the whole watches it, perhaps. */
  #mayBeWatched(tensor: Tensor): boolean {
    return tensor.id < this.#firstId && isDifferentiable(tensor) && this.#isRecorded();
  }

  #isRecorded(): boolean {
    const { evaluator, listeners } = this.#outer;
    return this.#cut !== undefined && (listeners.length > 0 || (evaluator instanceof Trace && evaluator.#isRecorded()));
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
      if (this.#cut !== undefined && meaning !== undefined && this.#isWithin(meaning.trace)) {
        const known = this.#constants.get(tensor) ?? this.#capture({ kind: 'tensor', tensor }, tensor);
        this.#constants.set(tensor, known);
        return known;
      }
      throw new ArgumentError(
        `function "${this.name}": it uses a tensor that was traced elsewhere${tracing.describe(tensor)}; shape ${showShape(tensor.shape)}`,
      );
    }
    let value = this.#constants.get(tensor);
    if (value === undefined) {
      // What the function made or found while it was traced must outlive every `tidy`.
      hold(tensor);
      value = this.#mayBeWatched(tensor)
        ? this.#capture({ kind: 'tensor', tensor }, tensor)
        : { shape: tensor.shape, dtype: tensor.dtype, source: { kind: 'constant', tensor } };
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

/** A part of a function that was traced by itself. Its graph has neither variables nor draws: after the inputs that it was given come those that it captured. */
export interface Part extends Traced {
  readonly captured: readonly Captured[];
}

function write(tracer: Trace, specs: readonly Spec[], f: (inputs: readonly Tensor[]) => unknown): Traced {
  const inputs = specs.map((spec, position) => tracer.input(spec, position));
  return tracer.run(() => {
    const structure = f(inputs.map(({ tensor }) => tensor));
    refusePromise(`function "${tracer.name}":`, structure);
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

/** `f` called on traced tensors in place of `specs`; nothing has changed when it throws. */
export function trace(name: string, specs: readonly Spec[], f: (inputs: readonly Tensor[]) => unknown): Traced {
  return write(new Trace(name, undefined), specs, f);
}

/** The same for a part of a function that is being traced; `cut` is the op that lets no gradient through. */
export function tracePart(name: string, specs: readonly Spec[], f: (inputs: readonly Tensor[]) => unknown, cut: AnyOp): Part {
  const tracer = new Trace(name, cut);
  const { graph, structure } = write(tracer, specs, f);
  return {
    graph: { ...graph, inputs: [...graph.inputs, ...tracer.captured.map(({ value }) => value)] },
    structure,
    captured: tracer.captured,
  };
}
