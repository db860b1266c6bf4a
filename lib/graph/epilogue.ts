/** The pass that lets an op do what follows it, where that costs less than another pass over its result. */
import { sameShape } from '../core/shape.ts';
import { countUses, type Graph, type Node, rewrite, type Value } from './graph.ts';

/** The graph with followers absorbed by the ops that offer to: a product takes a bias and an activation along. */
export function absorbFollowers(graph: Graph): Graph {
  const uses = countUses(graph);
  const makers = new Map<Value, Node>();
  return rewrite(graph, (node) => {
    const replaced = absorb(node, (value) => (uses.get(value) === 1 ? makers.get(value) : undefined));
    for (const output of node.outputs) makers.set(output, replaced ?? node);
    return replaced;
  });
}

/** The node that does both `node` and what made one of its inputs, for it alone. */
function absorb(node: Node, makerOf: (value: Value) => Node | undefined): Node | undefined {
  for (let i = 0; i < node.inputs.length; i++) {
    const maker = makerOf(node.inputs[i]);
    if (maker?.op.traits.absorb === undefined || !sameShape(node.inputs[i].shape, node.outputs[0].shape)) continue;
    const others = node.inputs.filter((_, k) => k !== i);
    const both = maker.op.traits.absorb(maker, { ...node, position: i }, others);
    if (both !== undefined) return { ...both, inputs: [...maker.inputs, ...others], outputs: node.outputs };
  }
  return undefined;
}
