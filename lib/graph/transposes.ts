/** The pass that lets matrix products read their operands transposed, so that nobody transposes them. */
import { type Graph, type Node, rewrite, type Value } from './graph.ts';

/** True for an order of axes that swaps the last two and leaves the others. */
function swapsLast(order: readonly number[]): boolean {
  const rank = order.length;
  return rank >= 2 && order.every((from, to) => from === (to === rank - 1 ? rank - 2 : to === rank - 2 ? rank - 1 : to));
}

/** The graph with transposed operands of products read where they lie. */
export function absorbTransposes(graph: Graph): Graph {
  const makers = new Map<Value, Node>();
  return rewrite(graph, (node) => {
    for (const output of node.outputs) makers.set(output, node);
    const { product } = node.op.traits;
    if (product === undefined) return undefined;
    const attrs = { ...(node.attrs as Record<string, boolean>) };
    const inputs = [...node.inputs];
    let changed = false;
    product.forEach((flag, i) => {
      const maker = makers.get(inputs[i]);
      const order = maker?.op.traits.orderOfAxes?.(maker.attrs);
      if (maker === undefined || order === undefined || !swapsLast(order)) return;
      inputs[i] = maker.inputs[0];
      attrs[flag] = !attrs[flag];
      changed = true;
    });
    if (!changed) return undefined;
    const replaced = { ...node, attrs, inputs };
    for (const output of node.outputs) makers.set(output, replaced);
    return replaced;
  });
}
