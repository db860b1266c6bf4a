/** Runs ops by their reference kernels. */
import { type AnyOp, context, type Evaluator, type View } from '../core/op.ts';
import { aliasOf, emptyTensor, isSymbolic, type Spec, type Tensor, valuesOf } from '../core/tensor.ts';

/** An operand as reference kernels take it. */
export function viewTensor(tensor: Tensor): View {
  return { data: valuesOf(tensor), shape: tensor.shape, dtype: tensor.dtype, size: tensor.size };
}

/** The output of an op that is a view of its first input; undefined where it must be computed. */
export function evaluateAlias(
  op: AnyOp,
  inputs: readonly Tensor[],
  outputs: readonly Spec[],
  attrs: unknown,
): readonly Tensor[] | undefined {
  const offset = op.alias?.(inputs, attrs);
  return offset === undefined ? undefined : [aliasOf(inputs[0], outputs[0].shape, offset)];
}

/** Evaluates by the op's reference kernel. */
export const typescriptEvaluator: Evaluator = {
  evaluate(op, inputs, outputs, attrs) {
    if (inputs.some(isSymbolic)) return context.symbolic.evaluate(op, inputs, outputs, attrs);
    const alias = evaluateAlias(op, inputs, outputs, attrs);
    if (alias !== undefined) return alias;
    const results = outputs.map((spec) => emptyTensor(spec.shape, spec.dtype));
    op.kernel(inputs.map(viewTensor), results.map(viewTensor), attrs);
    return results;
  },
};
