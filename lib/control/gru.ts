/** A GRU over a whole sequence as one op, and what flows back through it as another. */
import { apply, declare, type Op } from '../core/op.ts';
import { sizeOfShape } from '../core/shape.ts';
import { isDifferentiable, type Spec, type Tensor } from '../core/tensor.ts';
import { gruGradientKernel, gruKernel, type SequenceAttrs, type SequenceGradientAttrs } from '../kernels/recurrent.ts';
import { add } from '../ops/arithmetic.ts';
import { zerosLike } from '../ops/creation.ts';
import { fusedMatMul } from '../ops/matmul.ts';
import { gruStep } from '../ops/recurrent.ts';
import { sum } from '../ops/reduce.ts';
import { slopesOf } from './parts.ts';
import { runSteps } from './rows.ts';
import { checkFlows, checkSequence, recurrentGradient, sequenceFlops, sequenceGradients } from './sequence.ts';

type GradientAttrs = Omit<SequenceGradientAttrs, 'ofCell'>;

/** Inputs: states and gates of a sequence, its inputs, and the gradients that there are of its first two outputs. */
const gradientOp: Op<GradientAttrs, 'inputs'> = declare<GradientAttrs, 'inputs'>({
  name: 'gruGradient',
  attrs: ['biased', 'ofAll', 'ofLast'],
  traits: { flops: ([ys, gates, , , recurrent]) => 2 * sizeOfShape(ys.shape) * recurrent.shape[1] + 4 * sizeOfShape(gates.shape) },
  infer(inputs, { biased, ofAll, ofLast }) {
    const [{ dtype }, , ...rest] = inputs;
    const { steps, batch, units } = checkSequence('gruGradient', 3, rest, biased ? rest.slice(4, 6) : []);
    const [state, all] = [
      [batch, units],
      [steps, batch, units],
    ];
    const own = rest.slice(0, biased ? 6 : 4).map(({ shape }) => shape);
    const flows = [...(ofAll ? [all] : []), ...(ofLast ? [state] : [])];
    checkFlows('gruGradient', inputs, [all, [steps, batch, 4 * units], ...own, ...flows]);
    const flow: Spec = { shape: [steps, batch, 3 * units], dtype };
    return [flow, flow, { shape: state, dtype }];
  },
  kernel: gruGradientKernel,
  saves: ['inputs'],
  // Step by step: states and gates are functions of the other inputs.
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
function flowBack(inputs: readonly Tensor[], { biased, ofAll, ofLast }: GradientAttrs): readonly Tensor[] {
  const [x, kernel, recurrent, h, bias, stateBias] = inputs;
  const flows = inputs.slice(biased ? 6 : 4);
  const wanted = [ofAll, ofLast].map((isThere) => (isThere ? (flows.shift() as Tensor) : null));
  const z = fusedMatMul({ a: x, b: kernel, ...(biased ? { bias } : {}) });
  // Zeros beside the product with the state, so that what flows to it can be asked for.
  const steps = ([z, beside, h]: readonly Tensor[]): Tensor[] => {
    const { carry, ys } = runSteps('gru', x.shape[0], [h], [z, beside], false, ([h], [row, nothing]) => {
      const product = fusedMatMul({ a: h, b: recurrent, ...(biased ? { bias: stateBias } : {}) });
      const next = gruStep(row, add(product, nothing), h);
      return { carry: [next], ys: [next] };
    });
    return [ys[0], ...carry];
  };
  return slopesOf(steps, [z, zerosLike(z), h], wanted);
}

/** Inputs x [steps, batch, features], kernel, recurrent kernel, h to begin with, perhaps a bias for each product. Outputs: states, the last one; gates for the gradient. */
const gruOp: Op<SequenceAttrs, 'inputs' | 'outputs'> = declare<SequenceAttrs, 'inputs' | 'outputs'>({
  name: 'gru',
  attrs: ['biased'],
  traits: { flops: sequenceFlops(3) },
  infer(inputs, { biased }) {
    const [x] = inputs;
    const { steps, batch, units } = checkSequence('gru', 3, inputs, biased ? inputs.slice(4, 6) : []);
    const of = (...shape: number[]): Spec => ({ shape, dtype: x.dtype });
    return [of(steps, batch, units), of(batch, units), of(steps, batch, 4 * units)];
  },
  kernel: gruKernel,
  saves: ['inputs', 'outputs'],
  grad({ dys, inputs, outputs, attrs }) {
    const [ys, , gates] = outputs;
    const [ofAll, ofLast] = dys.map((dy) => dy !== null);
    let found: readonly Tensor[] | undefined;
    const flows = (): readonly Tensor[] => {
      const given = dys.slice(0, 2).filter((dy): dy is Tensor => dy !== null);
      found ??= apply(gradientOp, [ys, gates, ...inputs, ...given], { ...attrs, ofAll, ofLast });
      return found;
    };
    const [dx, dKernel, , dBias] = sequenceGradients(inputs, ys, () => flows()[0], attrs.biased);
    const dRecurrent = (): Tensor => recurrentGradient(inputs[3], ys, flows()[1]);
    return [dx, dKernel, dRecurrent, () => flows()[2], ...(attrs.biased ? [dBias, () => sum(flows()[1], [0, 1])] : [])];
  },
});

/** States of all steps and the last one of a GRU over `x` [steps, batch, features], whose gates come in Keras's order and whose reset gate acts behind the product. */
export function gruSequence(
  x: Tensor,
  kernel: Tensor,
  recurrent: Tensor,
  biases: readonly [Tensor, Tensor] | undefined,
  h: Tensor,
): [Tensor, Tensor] {
  const [ys, last] = apply(gruOp, [x, kernel, recurrent, h, ...(biases ?? [])], { biased: biases !== undefined });
  return [ys, last];
}
