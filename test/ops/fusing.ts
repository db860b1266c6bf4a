/** Writes what a function of tensors does as one fused op, as passes over traced programs do. */
import type * as tf from 'gradtape';
import { apply, context } from '../../lib/core/op.ts';
import { sameShape } from '../../lib/core/shape.ts';
import { type FusedAttrs, fusedOp, STEP_WORDS, stepsOf } from '../../lib/ops/fused.ts';

/** A function as a fused op: its inputs and attributes, and what the ops one by one gave. */
export interface Fused {
  readonly inputs: readonly tf.Tensor[];
  readonly attrs: FusedAttrs;
  readonly unfused: readonly tf.Tensor[];
}

/** `steps` with each register replaced. */
export function relocate(steps: readonly number[], to: (register: number) => number): number[] {
  return steps.map((word, i) => ([1, 2, 3].includes(i % STEP_WORDS) && word >= 0 ? to(word) : word));
}

/** Runs `f` on `inputs` and writes down what it applied. Numbers in it become constants. */
export function fuse(f: (...inputs: tf.Tensor[]) => readonly tf.Tensor[], inputs: readonly tf.Tensor[], reduce = 0): Fused {
  const registers = new Map<tf.Tensor, number>(inputs.map((x, i) => [x, i]));
  const steps: number[] = [];
  const next = () => inputs.length + steps.length / STEP_WORDS;
  const before = context.listeners;
  context.listeners = [
    {
      applied(op, operands, [y], attrs) {
        for (const x of operands) {
          if (registers.has(x)) continue;
          registers.set(x, next());
          steps.push(0, -1, -1, -1, x.item());
        }
        const own = stepsOf(
          op,
          attrs,
          operands.map(({ dtype }) => dtype),
          y.dtype,
        );
        if (own === undefined) throw new Error(`${op.name} does not fuse`);
        const first = next();
        const at = operands.map((x) => registers.get(x) as number);
        steps.push(...relocate(own, (register) => at[register] ?? first + register - operands.length));
        registers.set(y, next() - 1);
      },
    },
  ];
  try {
    const unfused = f(...inputs);
    const attrs = { shape: unfused[0].shape, steps, results: unfused.map((y) => registers.get(y) as number), reduce };
    return { inputs, attrs, unfused };
  } finally {
    context.listeners = before;
  }
}

/** The results of a fused op. */
export function runFused({ inputs, attrs }: Pick<Fused, 'inputs' | 'attrs'>): readonly tf.Tensor[] {
  return apply(fusedOp, inputs, attrs);
}

/** Where two tensors differ, bit for bit except for what NaN is made of. */
export function differences(got: tf.Tensor, wanted: tf.Tensor): unknown[] {
  if (!sameShape(got.shape, wanted.shape)) return [{ got: got.shape, wanted: wanted.shape }];
  const want = wanted.dataSync();
  return Array.from(got.dataSync(), (value, i) => ({ i, value, wanted: want[i] }))
    .filter(({ value, wanted }) => !Object.is(value, wanted))
    .slice(0, 3);
}
