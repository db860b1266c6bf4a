/** Branches and bodies traced by themselves: what they take from around them, what they assign to, and their gradients. */
import { stopGradientOp } from '../autodiff/custom.ts';
import { GradientTape } from '../autodiff/tape.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { type AnyOp, context } from '../core/op.ts';
import { sameShape } from '../core/shape.ts';
import { checkTensors, mapStructure } from '../core/structure.ts';
import { isDifferentiable, type Spec, Tensor } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { type Graph, newValue, showSpec, type Value } from '../graph/graph.ts';
import { replayGraph } from '../graph/subgraph.ts';
import { type Capture, tracePart } from '../graph/trace.ts';
import { view } from '../ops/shape.ts';

/** A traced part: its graph, of which the inputs are those given and those captured. */
export class Part {
  readonly graph: Graph;
  /** What the function returned; each tensor or variable in it stands for the next result. */
  readonly structure: unknown;
  /** The inputs that it was given. */
  readonly given: readonly Value[];
  readonly #captured: { value: Value; capture: Capture }[];

  constructor(owner: string, specs: readonly Spec[], f: (inputs: readonly Tensor[]) => unknown) {
    const checked = (inputs: readonly Tensor[]): unknown => {
      const structure = f(inputs);
      checkTensors(`${owner}: the result`, structure);
      return structure;
    };
    const { graph, structure, captured } = tracePart(owner, specs, checked, stopGradientOp as AnyOp);
    this.graph = graph;
    this.structure = structure;
    this.given = graph.inputs.slice(0, specs.length);
    this.#captured = [...captured];
  }

  /** The variables that it assigns to. */
  get assigned(): Variable[] {
    return this.graph.assignments.map(({ variable }) => variable);
  }

  /** True if it draws random numbers. */
  get draws(): boolean {
    return this.#captured.some(({ capture }) => capture.kind === 'draw');
  }

  /** The input that stands for a variable, also for one that is not read. */
  inputOf(variable: Variable): Value {
    const isIt = ({ capture }: { capture: Capture }): boolean => capture.kind === 'variable' && capture.variable === variable;
    const known = this.#captured.find(isIt);
    if (known !== undefined) return known.value;
    const value: Value = { ...newValue(variable), source: { kind: 'input', position: -1 } };
    this.#captured.push({ value, capture: { kind: 'variable', variable } });
    return value;
  }

  /** What a variable holds at the end. */
  resultOf(variable: Variable): Value {
    return this.graph.assignments.find((assignment) => assignment.variable === variable)?.value ?? this.inputOf(variable);
  }

  /** What it takes from around it, except for these variables. */
  capturedWithout(variables: readonly Variable[]): { value: Value; capture: Capture }[] {
    return this.#captured.filter(({ capture }) => capture.kind !== 'variable' || !variables.includes(capture.variable));
  }
}

/** A captured thing as the tensor that stands for it here. */
export function tensorFor(capture: Capture): Tensor {
  if (capture.kind === 'tensor') return capture.tensor;
  if (capture.kind === 'variable') return readValue(capture.variable);
  if (context.tracer === undefined) throw new Error('control: a part was traced, and nothing is traced now');
  return context.tracer.draw(capture.blocks);
}

/** `structure` with its tensors and variables replaced by the next of `tensors`. */
export function restructure(structure: unknown, tensors: readonly Tensor[]): unknown {
  let position = 0;
  return mapStructure(structure, (leaf) => (leaf instanceof Tensor || leaf instanceof Variable ? tensors[position++] : leaf));
}

/** Throws where what should stay as it is has become something else. */
export function checkSame(owner: string, what: string, before: readonly Spec[], after: readonly Spec[]): void {
  if (before.length !== after.length) throw new ArgumentError(`${owner}: ${what}: there are ${before.length} and ${after.length} tensors`);
  before.forEach((spec, i) => {
    if (spec.dtype === after[i].dtype && sameShape(spec.shape, after[i].shape)) return;
    throw new ShapeError(`${owner}: ${what}: tensor ${i} is ${showSpec(spec)} and ${showSpec(after[i])}`);
  });
}

/** The gradients of `f` of these inputs for those of its results; zeros where nothing connects. */
export function slopesOf(
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  dys: readonly (Tensor | null)[],
): Tensor[] {
  // Tensors of their own: one that comes in twice has two gradients.
  const sources = inputs.map(view);
  const tape = new GradientTape({ watchAccessedVariables: false });
  const results = tape.record(() => {
    tape.watch(sources.filter(isDifferentiable));
    return f(sources);
  });
  const wanted = results.flatMap((target, i) => {
    const dy = dys[i] ?? null;
    return dy === null || !isDifferentiable(target) ? [] : [{ target, dy }];
  });
  return tape.gradient(
    wanted.map(({ target }) => target),
    sources,
    { outputGradients: wanted.map(({ dy }) => dy), unconnectedGradients: 'zero' },
  ) as Tensor[];
}

/** A graph of inputs alone as a function whose ops tapes see. */
export function functionOf(graph: Graph): (inputs: readonly Tensor[]) => Tensor[] {
  return (inputs) => replayGraph(graph, inputs);
}
