/** Runs ops, and programs of them, by their reference kernels. */
import { type TypedArray, viewOf } from '../core/dtype.ts';
import { type AnyOp, context, type Evaluator, type View } from '../core/op.ts';
import type { Executable, Program, Slot } from '../core/program.ts';
import { sizeOfShape } from '../core/shape.ts';
import { aliasOf, byteOffsetOf, emptyTensor, isSymbolic, type Spec, storageOf, type Tensor, valuesOf } from '../core/tensor.ts';

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
  return offset === undefined ? undefined : [aliasOf(inputs[0], outputs[0].shape, offset, outputs[0].dtype)];
}

/** A slot as reference kernels take it; its values are those of the block that was lent last. */
class SlotView implements View {
  readonly shape: View['shape'];
  readonly dtype: View['dtype'];
  readonly size: number;
  readonly slot: Slot;
  data: TypedArray;

  constructor(slot: Slot) {
    this.slot = slot;
    this.shape = slot.shape;
    this.dtype = slot.dtype;
    this.size = sizeOfShape(slot.shape);
    this.data = viewOf(slot.dtype, new ArrayBuffer(0), 0, 0);
  }
}

/** `program` made ready to run by reference kernels. */
export function compileTypescript({ instructions, blockCount }: Program): Executable {
  const views = new Map<Slot, SlotView>();
  const inBlock: SlotView[][] = Array.from({ length: blockCount }, () => []);
  const viewSlot = (slot: Slot): SlotView => {
    let view = views.get(slot);
    if (view === undefined) {
      view = new SlotView(slot);
      views.set(slot, view);
      inBlock[slot.block].push(view);
    }
    return view;
  };
  const calls = instructions.map(({ op, attrs, inputs, outputs }) => {
    const [from, to] = [inputs.map(viewSlot), outputs.map(viewSlot)];
    return () => op.kernel(from, to, attrs);
  });
  const lent: (Tensor | undefined)[] = [];
  const lend = (blocks: readonly Tensor[]): void => {
    blocks.forEach((tensor, block) => {
      if (lent[block] === tensor) return;
      lent[block] = tensor;
      const { buffer } = storageOf(tensor).slab;
      for (const view of inBlock[block]) view.data = viewOf(view.dtype, buffer, byteOffsetOf(tensor) + view.slot.byteOffset, view.size);
    });
  };
  return {
    run(blocks) {
      lend(blocks);
      for (const call of calls) call();
    },
    time(blocks) {
      lend(blocks);
      return Float64Array.from(calls, (call) => {
        const start = performance.now();
        call();
        return (performance.now() - start) * 1000;
      });
    },
    startLoop: undefined,
  };
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
  compile: compileTypescript,
  fuses: () => false,
};
