/** Ops on the symbolic tensors of a drawing, such as `x.add(y)` between layers: found out for any size of batch, and remembered. */
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { type AnyOp, apply, context, ops } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { type Spec, symbolicTensor, type Tensor, variableOf } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { drawnTensor, isDrawn, type OpNode, recordNode, seenShape, twinOf } from './node.ts';

/** Attributes of an op for inputs of other sizes than it was drawn with. */
function refit(op: AnyOp, attrs: unknown, from: readonly Spec[], to: readonly Spec[]): unknown {
  if (op.refit === undefined || from.every(({ shape }, i) => sameShape(shape, to[i].shape))) return attrs;
  return op.refit(attrs, from, to);
}

function tooFixed(op: AnyOp, inputs: readonly Tensor[]): ShapeError {
  const shapes = inputs.map((input) => showShape(isDrawn(input) ? seenShape(input) : input.shape));
  return new ShapeError(
    `${op.name}: fits one size of the batch only, which a drawn model does not know; let a layer do it in its call; received ${shapes.join(' and ')}`,
  );
}

/** What the op gives for the second probe; throws if that is no use, because an attribute or a constant holds the first one. */
function twinSpecs(op: AnyOp, inputs: readonly Tensor[], attrs: unknown): readonly Spec[] {
  const twins = inputs.map(twinOf);
  try {
    return op.infer(twins, refit(op, attrs, inputs, twins));
  } catch {
    throw tooFixed(op, inputs);
  }
}

/** The evaluator of symbolic tensors from here on: those of drawings are remembered, others go to `plain`. */
function drawingEvaluator(plain: typeof context.symbolic): typeof context.symbolic {
  return {
    evaluate(op, inputs, outputs, attrs) {
      if (!inputs.some(isDrawn)) return plain.evaluate(op, inputs, outputs, attrs);
      if (ops.get(op.name) !== op) throw new ArgumentError(`${op.name}: a drawn model cannot hold it; let a layer do it in its call`);
      const others = twinSpecs(op, inputs, attrs);
      const drawn = outputs.map(({ shape, dtype }, i) => {
        const tensor = drawnTensor(symbolicTensor(shape, dtype), symbolicTensor(others[i].shape, dtype));
        if (tensor === undefined) throw tooFixed(op, inputs);
        return tensor;
      });
      // A variable is read anew by each run of the model.
      const sources = inputs.map((input) => variableOf(input) ?? input);
      recordNode({ kind: 'op', op, attrs, inputs: sources, outputs: drawn }, drawn);
      return drawn;
    },
  };
}

let isAttached = false;

/** Has ops on symbolic tensors of drawings remembered in this thread from now on. */
export function attachDrawing(): void {
  if (isAttached) return;
  isAttached = true;
  context.symbolic = drawingEvaluator(context.symbolic);
}

/** What the op of a node makes of `values`, which stand for its inputs. */
export function runOp({ op, attrs, inputs }: OpNode, values: readonly (Tensor | Variable)[]): readonly Tensor[] {
  const tensors = values.map((value) => (value instanceof Variable ? readValue(value) : value));
  return apply(op, tensors, refit(op, attrs, inputs, tensors));
}
