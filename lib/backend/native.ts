/** Runs ops on the native addon: writes one instruction to a shared buffer, then makes an empty call. */
import { codeOf } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import { addresses } from '../core/memory.ts';
import { type AnyOp, type Attribute, context, type Evaluator } from '../core/op.ts';
import { byteOffsetOf, emptyTensor, isSymbolic, storageOf, type Tensor } from '../core/tensor.ts';
import type { Addon } from './addon.ts';
import { evaluateAlias, typescriptEvaluator } from './typescript.ts';

/** Words of the instruction buffer to begin with; it grows for ops with very many operands. */
const INITIAL_WORDS = 4096;
/** Row, and the numbers of inputs, outputs and attribute words. */
const HEADER_WORDS = 4;

/** The evaluator that runs an op's native row, or its reference kernel where the table has none. */
export function nativeEvaluator(addon: Addon): Evaluator {
  const rows = new Map<string, number>(addon.kernels.map((name, row) => [name, row]));
  let words: Float64Array<ArrayBuffer> = new Float64Array(INITIAL_WORDS);
  addon.bind(words.buffer);
  addresses.of = (buffer) => addon.address(buffer);

  /** Layout as in native/program/instruction.h. */
  function writeOperand(tensor: Tensor, position: number): number {
    const { slab, byteLength, byteOffset: start } = storageOf(tensor);
    if (slab.address === 0) slab.address = addon.address(slab.buffer);
    const offset = byteOffsetOf(tensor);
    const { shape } = tensor;
    const rank = shape.length;
    words[position] = slab.address + offset;
    words[position + 1] = tensor.size;
    words[position + 2] = byteLength - (offset - start);
    words[position + 3] = codeOf(tensor.dtype);
    words[position + 4] = rank;
    for (let i = 0; i < rank; i++) words[position + 5 + i] = shape[i];
    return position + 5 + rank;
  }

  function writeAttribute(value: Attribute, position: number): number {
    if (typeof value === 'number') {
      words[position] = value;
      return position + 1;
    }
    if (typeof value === 'boolean') {
      words[position] = value ? 1 : 0;
      return position + 1;
    }
    words[position] = value.length;
    for (let i = 0; i < value.length; i++) words[position + 1 + i] = value[i];
    return position + 1 + value.length;
  }

  function reserve(count: number): void {
    if (count <= words.length) return;
    words = new Float64Array(count * 2);
    addon.bind(words.buffer);
  }

  function wordsNeeded(op: AnyOp, operands: number, attrs: Record<string, Attribute>): number {
    let count = HEADER_WORDS + operands * 13;
    for (const name of op.attrs) {
      const value = attrs[name];
      count += typeof value === 'object' ? value.length + 1 : 1;
    }
    return count;
  }

  return {
    evaluate(op, inputs, specs, attributes) {
      for (const input of inputs) if (isSymbolic(input)) return context.symbolic.evaluate(op, inputs, specs, attributes);
      const alias = evaluateAlias(op, inputs, specs, attributes);
      if (alias !== undefined) return alias;
      const row = rows.get(op.name);
      if (row === undefined) return typescriptEvaluator.evaluate(op, inputs, specs, attributes);
      const attrs = attributes as Record<string, Attribute>;
      reserve(wordsNeeded(op, inputs.length + specs.length, attrs));
      const outputs = specs.map((spec) => emptyTensor(spec.shape, spec.dtype));
      let position = HEADER_WORDS;
      for (const input of inputs) position = writeOperand(input, position);
      for (const output of outputs) position = writeOperand(output, position);
      const attrsStart = position;
      for (const name of op.attrs) position = writeAttribute(attrs[name], position);
      words[0] = row;
      words[1] = inputs.length;
      words[2] = outputs.length;
      words[3] = position - attrsStart;
      if (addon.run() !== 0) throw new ArgumentError(addon.error());
      return outputs;
    },
  };
}
