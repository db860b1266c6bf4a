/** What ops are applied to in a run of code: harvested once, then varied by tests and shown by the table of ops. */
import * as tf from 'gradtape';
import { type AnyOp, context, type Evaluator } from '../../lib/core/op.ts';
import { emptyTensor, isSymbolic, valuesOf } from '../../lib/core/tensor.ts';

/** What an input of a use is: its values too, unless a program was compiled before it had any. */
export interface Operand {
  readonly shape: readonly number[];
  readonly dtype: tf.DType;
  readonly values: ArrayLike<number> | undefined;
}

/** An op with attributes and inputs. */
export interface Use {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly Operand[];
}

/** Attributes as text; programs in attributes tell themselves apart. */
export function textOf(attrs: unknown): string {
  return JSON.stringify(attrs, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value));
}

function operandOf(x: tf.Tensor): Operand {
  return { shape: x.shape, dtype: x.dtype, values: isSymbolic(x) ? undefined : x.dataSync() };
}

/** An operand as a tensor, its values as often as there is room; zeros if it has none. */
export function tensorOf({ shape, dtype, values }: Operand): tf.Tensor {
  const tensor = emptyTensor(shape, dtype);
  const data = valuesOf(tensor);
  for (let i = 0; i < data.length; i++) data[i] = values === undefined || values.length === 0 ? 0 : values[i % values.length];
  return tensor;
}

/**
 * The uses of ops in `runs`, each with other attributes, dtypes and ranks or shapes than the others of its op, on at most `mostElements`; ops in programs too, with the shapes that
 * they were compiled for.
 */
export function usesIn(runs: readonly (() => unknown)[], mostElements: number, apart: 'ranks' | 'shapes' = 'ranks'): Map<AnyOp, Use[]> {
  const found = new Map<AnyOp, Use[]>();
  const seen = new Set<string>();
  const note = (op: AnyOp, attrs: unknown, inputs: readonly { shape: readonly number[]; dtype: tf.DType }[], take: () => Use): void => {
    if (inputs.reduce((total, { shape }) => total + shape.reduce((product, d) => product * d, 1), 0) > mostElements) return;
    const key = `${op.name} ${textOf(attrs)} ${inputs.map(({ shape, dtype }) => `${dtype}[${apart === 'ranks' ? shape.length : shape}]`)}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.set(op, [...(found.get(op) ?? []), take()]);
  };
  tf.backend();
  const { evaluator } = context;
  const watching: Evaluator = {
    evaluate(op, inputs, outputs, attrs) {
      if (!inputs.some(isSymbolic)) note(op, attrs, inputs, () => ({ op, attrs, inputs: inputs.map(operandOf) }));
      return evaluator.evaluate(op, inputs, outputs, attrs);
    },
    compile(program) {
      for (const { op, attrs, inputs } of program.instructions) {
        const operands = inputs.map(({ shape, dtype }) => ({ shape, dtype, values: undefined }));
        note(op, attrs, operands, () => ({ op, attrs, inputs: operands }));
      }
      return evaluator.compile(program);
    },
    fuses: (op) => evaluator.fuses(op),
  };
  context.evaluator = watching;
  try {
    for (const run of runs) run();
  } finally {
    context.evaluator = evaluator;
  }
  return found;
}

/** `most` of a list, from all over it. */
export function spread<T>(list: readonly T[], most: number): T[] {
  return list.length <= most ? [...list] : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]);
}
