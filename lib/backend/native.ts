/** Runs ops on the native addon: writes one instruction to a shared buffer, then makes an empty call. */
import { ArgumentError } from '../core/errors.ts';
import { addresses } from '../core/memory.ts';
import { context, type Evaluator } from '../core/op.ts';
import { emptyTensor, isSymbolic } from '../core/tensor.ts';
import type { Addon } from './addon.ts';
import { Words } from './instructions.ts';
import { compileNative } from './program.ts';
import { evaluateAlias, typescriptEvaluator } from './typescript.ts';

/** The evaluator that runs an op's native row, or its reference kernel where the table has none. */
export function nativeEvaluator(addon: Addon): Evaluator {
  const rows = new Map<string, number>(addon.kernels.map((name, row) => [name, row]));
  const words = new Words(addon);
  addresses.of = (buffer) => addon.address(buffer);

  return {
    evaluate(op, inputs, specs, attrs) {
      for (const input of inputs) if (isSymbolic(input)) return context.symbolic.evaluate(op, inputs, specs, attrs);
      const alias = evaluateAlias(op, inputs, specs, attrs);
      if (alias !== undefined) return alias;
      const row = rows.get(op.name);
      if (row === undefined) return typescriptEvaluator.evaluate(op, inputs, specs, attrs);
      const outputs = specs.map((spec) => emptyTensor(spec.shape, spec.dtype));
      words.clear();
      words.push(row);
      words.push(inputs.length);
      words.push(outputs.length);
      words.push(0);
      for (const input of inputs) words.pushOperand(input);
      for (const output of outputs) words.pushOperand(output);
      words.set(3, words.pushAttributes(op, attrs));
      if (addon.run() !== 0) throw new ArgumentError(addon.error());
      return outputs;
    },
    compile: (program) => compileNative(addon, words, rows, program),
    fuses: (op) => rows.has(op.name),
  };
}
