/** The pass that drops what nobody uses. */
import type { Graph, Node, Value } from './graph.ts';

/** The graph without nodes that neither a result nor an assignment depends on. */
export function dropDead(graph: Graph): Graph {
  const needed = new Set<Value>([...graph.results, ...graph.assignments.map(({ value }) => value)]);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return nodes.length === graph.nodes.length ? graph : { ...graph, nodes: nodes.reverse() };
}
