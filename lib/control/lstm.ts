/** An LSTM over a whole sequence as one op, and what flows back through it as another. */
import { ShapeError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { showShape, sizeOfShape } from '../core/shape.ts';
import { isDifferentiable, type Spec, type Tensor } from '../core/tensor.ts';
import { lstmGradientKernel, lstmKernel, type SequenceAttrs, type SequenceGradientAttrs } from '../kernels/recurrent.ts';
import { add } from '../ops/arithmetic.ts';
import { fusedMatMul, matMul } from '../ops/matmul.ts';
import { lstmStep } from '../ops/recurrent.ts';
import { slopesOf } from './parts.ts';
import { runSteps } from './rows.ts';
import { checkFlows, checkSequence, sequenceFlops, sequenceGradients } from './sequence.ts';

/** Inputs: gates and cell states of a sequence, its inputs, and the gradients that there are of its first three outputs. */
const gradientOp: Op<SequenceGradientAttrs, 'inputs'> = declare<SequenceGradientAttrs, 'inputs'>({
  name: 'lstmGradient',
  attrs: ['biased', 'ofAll', 'ofLast', 'ofCell'],
  traits: { flops: ([gates, , , , recurrent]) => 2 * sizeOfShape(gates.shape) * recurrent.shape[0] + 6 * sizeOfShape(gates.shape) },
  infer(inputs, { biased, ofAll, ofLast, ofCell }) {
    const [gates, , ...rest] = inputs;
    const { steps, batch, units } = checkSequence('lstmGradient', 4, rest, biased ? [rest[5]] : []);
    const [state, all] = [
      [batch, units],
      [steps, batch, units],
    ];
    const own = rest.slice(0, biased ? 6 : 5).map(({ shape }) => shape);
    const flows = [...(ofAll ? [all] : []), ...(ofLast ? [state] : []), ...(ofCell ? [state] : [])];
    checkFlows('lstmGradient', inputs, [[steps, batch, 4 * units], all, ...own.with(4, state), ...flows]);
    return [gates.shape, state, state].map((shape) => ({ shape, dtype: gates.dtype }));
  },
  kernel: lstmGradientKernel,
  saves: ['inputs'],
  // Step by step: gates and cell states are functions of the other inputs.
  grad({ dys, inputs, attrs }) {
    let slopes: readonly Tensor[] | undefined;
    const slope = (i: number) => (): Tensor => {
      slopes ??= slopesOf((sources) => flowBack(sources, attrs), inputs.slice(2), dys);
      return slopes[i - 2];
    };
    return inputs.map((input, i) => (i >= 2 && isDifferentiable(input) ? slope(i) : null));
  },
});

/** What `gradientOp` computes, of ops for each step; `inputs` are its own from the third on. */
function flowBack(inputs: readonly Tensor[], { biased, ofAll, ofLast, ofCell }: SequenceGradientAttrs): readonly Tensor[] {
  const [x, kernel, recurrent, h, c] = inputs;
  const flows = inputs.slice(biased ? 6 : 5);
  const wanted = [ofAll, ofLast, ofCell].map((isThere) => (isThere ? (flows.shift() as Tensor) : null));
  const z = fusedMatMul({ a: x, b: kernel, ...(biased ? { bias: inputs[5] } : {}) });
  const steps = ([z, h, c]: readonly Tensor[]): Tensor[] => {
    const { carry, ys } = runSteps('lstm', x.shape[0], [h, c], [z], false, ([h, c], [row]) => {
      const next = lstmStep(add(row, matMul(h, recurrent)), c);
      return { carry: next, ys: [next[0]] };
    });
    return [ys[0], ...carry];
  };
  return slopesOf(steps, [z, h, c], wanted);
}

/** Inputs x [steps, batch, features], kernel, recurrent kernel, h and c to begin with, perhaps a bias. Outputs: hidden states, the last one, the last cell state; cell states and gates for the gradient. */
const lstmOp: Op<SequenceAttrs, 'inputs' | 'outputs'> = declare<SequenceAttrs, 'inputs' | 'outputs'>({
  name: 'lstm',
  attrs: ['biased'],
  traits: { flops: sequenceFlops(4) },
  infer(inputs, { biased }) {
    const [x, , , h, c] = inputs;
    const { steps, batch, units } = checkSequence('lstm', 4, inputs, biased ? [inputs[5]] : []);
    if (c.shape.length !== 2 || c.shape[0] !== batch || c.shape[1] !== units) {
      throw new ShapeError(`lstm: the cell state needs shape ${showShape(h.shape)}; received ${showShape(c.shape)}`);
    }
    const of = (...shape: number[]): Spec => ({ shape, dtype: x.dtype });
    return [of(steps, batch, units), of(batch, units), of(batch, units), of(steps, batch, units), of(steps, batch, 4 * units)];
  },
  kernel: lstmKernel,
  saves: ['inputs', 'outputs'],
  grad({ dys, inputs, outputs, attrs }) {
    const [ys, , , cells, gates] = outputs;
    const [ofAll, ofLast, ofCell] = dys.map((dy) => dy !== null);
    let found: readonly Tensor[] | undefined;
    const flows = (): readonly Tensor[] => {
      const given = dys.slice(0, 3).filter((dy): dy is Tensor => dy !== null);
      found ??= apply(gradientOp, [gates, cells, ...inputs, ...given], { ...attrs, ofAll, ofLast, ofCell });
      return found;
    };
    const [dx, dKernel, dRecurrent, dBias] = sequenceGradients(inputs, ys, () => flows()[0], attrs.biased);
    return [dx, dKernel, dRecurrent, () => flows()[1], () => flows()[2], ...(attrs.biased ? [dBias] : [])];
  },
});

/** Hidden states of all steps, the last one and the last cell state of an LSTM over `x` [steps, batch, features], whose gates come in Keras's order. */
export function lstmSequence(
  x: Tensor,
  kernel: Tensor,
  recurrent: Tensor,
  bias: Tensor | undefined,
  [h, c]: readonly Tensor[],
): [Tensor, Tensor, Tensor] {
  const biased = bias !== undefined;
  const [ys, last, cell] = apply(lstmOp, [x, kernel, recurrent, h, c, ...(biased ? [bias] : [])], { biased });
  return [ys, last, cell];
}
