/** The pass that computes now what is the same in every run. */
import { sizeOf } from '../core/dtype.ts';
import { context } from '../core/op.ts';
import { sizeOfShape } from '../core/shape.ts';
import { hold, type Tensor } from '../core/tensor.ts';
import { type Graph, rewrite, type Value } from './graph.ts';

/** Results above this are cheaper to compute again than to keep and read. */
const MOST_BYTES = 1 << 16;

function constantOf(tensor: Tensor): Value {
  hold(tensor);
  return { shape: tensor.shape, dtype: tensor.dtype, source: { kind: 'constant', tensor } };
}

/** The graph with nodes of constants replaced by what they give. An op that refuses its inputs is left to refuse them when it runs. */
export function foldConstants(graph: Graph): Graph {
  return rewrite(graph, ({ op, attrs, inputs, outputs }) => {
    const tensors = inputs.flatMap(({ source }) => (source.kind === 'constant' ? [source.tensor] : []));
    const bytes = outputs.reduce((total, { shape, dtype }) => total + sizeOfShape(shape) * sizeOf(dtype), 0);
    if (tensors.length < inputs.length || bytes > MOST_BYTES || op.traits.refuses?.(inputs, outputs)) return undefined;
    return context.evaluator.evaluate(op, tensors, outputs, attrs).map(constantOf);
  });
}
