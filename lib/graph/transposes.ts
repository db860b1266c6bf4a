/** The pass that lets matrix products read their operands transposed, so that nobody transposes them, and takes out what is transposed there and back. */
import { type Graph, type Node, rewrite, type Value } from './graph.ts';

/** True for an order of axes that swaps the last two and leaves the others. */
function swapsLast(order: readonly number[]): boolean {
  const rank = order.length;
  return rank >= 2 && order.every((from, to) => from === (to === rank - 1 ? rank - 2 : to === rank - 2 ? rank - 1 : to));
}

/** True if axes in the first order and then in the second are where they were. */
function cancel(first: readonly number[], second: readonly number[]): boolean {
  return second.every((from, to) => first[from] === to);
}

/** The graph with transposed operands of products read where they lie, and without transposes that undo others. */
export function absorbTransposes(graph: Graph): Graph {
  const makers = new Map<Value, Node>();
  return rewrite(graph, (node) => {
    for (const output of node.outputs) makers.set(output, node);
    const { product, orderOfAxes } = node.op.traits;
    if (orderOfAxes !== undefined) {
      const maker = makers.get(node.inputs[0]);
      const before = maker?.op.traits.orderOfAxes?.(maker.attrs);
      if (maker !== undefined && before !== undefined && cancel(before, orderOfAxes(node.attrs))) return [maker.inputs[0]];
    }
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
