/** Models drawn with symbolic tensors: which layers lie between inputs and outputs, and how they run in order. */
import { ArgumentError } from '../core/errors.ts';
import { flatten, mapStructure } from '../core/structure.ts';
import { Tensor } from '../core/tensor.ts';
import type { AnyLayer, CallOptions } from '../layers/layer.ts';
import { type Node, nodeOf, PROBES, probeTensor, seenShape } from '../layers/node.ts';

/** The layers between symbolic inputs and outputs. */
export interface Graph {
  readonly inputs: unknown;
  readonly outputs: unknown;
  /** In an order in which every layer follows those that feed it. */
  readonly nodes: readonly Node[];
}

function checkDrawn(which: string, structure: unknown): Tensor[] {
  return flatten(structure).map((leaf) => {
    if (leaf instanceof Tensor && nodeOf(leaf) !== undefined) return leaf;
    throw new ArgumentError(`Model: ${which} must be tensors of tf.input, or of layers applied to such; received ${String(leaf)}`);
  });
}

/** The graph between `inputs` and `outputs`; refuses outputs that depend on other inputs. */
export function graphOf(inputs: unknown, outputs: unknown): Graph {
  const begins = new Set(checkDrawn('inputs', inputs));
  const nodes: Node[] = [];
  const visited = new Set<Node>();
  const visit = (tensor: Tensor): void => {
    if (begins.has(tensor)) return;
    const node = nodeOf(tensor);
    if (node === undefined || node.layer === null)
      throw new ArgumentError('Model: an output depends on a tensor that is not among the inputs');
    if (visited.has(node)) return;
    visited.add(node);
    for (const leaf of flatten(node.inputs)) if (leaf instanceof Tensor) visit(leaf);
    nodes.push(node);
  };
  for (const tensor of checkDrawn('outputs', outputs)) visit(tensor);
  return { inputs, outputs, nodes };
}

/** The layers of a graph, none twice. */
export function layersOf({ nodes }: Graph): AnyLayer[] {
  return [...new Set(nodes.flatMap(({ layer }) => layer ?? []))];
}

/** What the graph makes of `values`, which stand for its inputs one by one. */
export function runGraph({ inputs, outputs, nodes }: Graph, values: unknown, options: CallOptions): unknown {
  const symbols = flatten(inputs);
  const given = flatten(values);
  if (given.length !== symbols.length)
    throw new ArgumentError(`Model: needs as many inputs as it was drawn with: ${symbols.length}; received ${given.length}`);
  const known = new Map<unknown, unknown>(symbols.map((symbol, i) => [symbol, given[i]]));
  const lookUp = (structure: unknown): unknown => mapStructure(structure, (leaf) => (known.has(leaf) ? known.get(leaf) : leaf));
  for (const node of nodes) {
    const results = flatten(node.layer?.apply(lookUp(node.inputs), { ...options, ...node.options }));
    flatten(node.outputs).forEach((symbol, i) => {
      known.set(symbol, results[i]);
    });
  }
  return lookUp(outputs);
}

/** Runs the graph on another size of batch, so that layers learn which axes of their outputs depend on it. */
export function probeGraph(graph: Graph): void {
  const probe = (leaf: unknown): unknown => (leaf instanceof Tensor ? probeTensor(seenShape(leaf), PROBES[1], leaf.dtype) : leaf);
  runGraph(graph, mapStructure(graph.inputs, probe), {});
}
