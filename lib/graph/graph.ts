/** What a traced function is: values, and the ops between them, in order. */
import type { AnyOp } from '../core/op.ts';
import { showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'input'; readonly position: number }
  /** What the variable holds when a run begins. */
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  /** A state of the random generator, of those that a run draws in order. */
  | { readonly kind: 'draw'; readonly index: number }
  | { readonly kind: 'node' };

/** A tensor of each run. */
export interface Value extends Spec {
  readonly source: Source;
}

/** One op applied to values. */
export interface Node {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** The last value that a run assigns to a variable. */
export interface Assignment {
  readonly variable: Variable;
  readonly value: Value;
}

/** A function as a list of ops; each value is made before it is used. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly results: readonly Value[];
  readonly assignments: readonly Assignment[];
  /** How many blocks of random numbers each state has ahead, in the order of drawing. */
  readonly draws: readonly number[];
}

/** A value that a node makes. */
export function newValue({ shape, dtype }: Spec): Value {
  return { shape, dtype, source: { kind: 'node' } };
}

/** The graph with each node that `replace` gives values for taken out, and those values used instead. `replace` sees inputs as they are by then. */
export function rewrite(graph: Graph, replace: (node: Node) => readonly Value[] | Node | undefined): Graph {
  const stand = new Map<Value, Value>();
  const now = (value: Value): Value => stand.get(value) ?? value;
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const changed = original.inputs.some((input) => stand.has(input));
    const node = changed ? { ...original, inputs: original.inputs.map(now) } : original;
    const replaced = replace(node);
    if (replaced === undefined) nodes.push(node);
    else if ('op' in replaced) nodes.push(replaced);
    else {
      node.outputs.forEach((output, i) => {
        stand.set(output, replaced[i]);
      });
    }
  }
  return {
    ...graph,
    nodes,
    results: graph.results.map(now),
    assignments: graph.assignments.map(({ variable, value }) => ({ variable, value: now(value) })),
  };
}

/** How often each value is used, results and assignments included. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const use = (value: Value): void => {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const { inputs } of graph.nodes) inputs.forEach(use);
  graph.results.forEach(use);
  for (const { value } of graph.assignments) use(value);
  return uses;
}

/** `float32[2,3]` */
export function showSpec({ shape, dtype }: Spec): string {
  return `${dtype}${showShape(shape)}`;
}

/** Attributes, but for those that say nothing: flags that are not set. */
function showAttributes(attrs: object): string {
  return Object.entries(attrs)
    .filter(([, value]) => value !== false)
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.join(',')}]` : value}`)
    .join(', ');
}

/** A graph as text: a line for each op. */
export function showGraph(graph: Graph): string {
  const names = new Map<Value, string>();
  let count = 0;
  const name = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const { source } = value;
    let made: string;
    if (source.kind === 'variable') made = source.variable.name;
    else if (source.kind === 'constant')
      made = value.shape.length === 0 ? `${value.dtype} ${source.tensor.item()}` : `constant ${showSpec(value)}`;
    else if (source.kind === 'draw') made = `draw ${source.index}`;
    else made = `%${count++}`;
    names.set(value, made);
    return made;
  };
  const inputs = graph.inputs.map((value) => `${name(value)}: ${showSpec(value)}`);
  const lines = graph.nodes.map(({ op, attrs, inputs, outputs }) => {
    const operands = inputs.map(name);
    const own = op.traits.show?.(operands, attrs) ?? showAttributes(attrs as object);
    const made = outputs.map((value) => `${name(value)}: ${showSpec(value)}`);
    return `  ${made.join(', ')} = ${op.name}(${operands.join(', ')})${own === '' ? '' : ` { ${own} }`}`;
  });
  const assigned = graph.assignments.map(({ variable, value }) => `  ${variable.name} <- ${name(value)}`);
  return [`${graph.name}(${inputs.join(', ')})`, ...lines, ...assigned, `  return ${graph.results.map(name).join(', ')}`].join('\n');
}
