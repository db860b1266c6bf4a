/** What a product or a convolution can end in within the same pass: a bias and an activation. */

import { isFloat } from '../core/dtype.ts';
import { ArgumentError, show, unknownWord } from '../core/errors.ts';
import { type AnyOp, type Applied, ops, type Traits, type View } from '../core/op.ts';
import { sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import './activations.ts';

/** What a product can end in, by name; the position of each is its code in the native addon (native/gemm/gemm.h). */
export const ACTIVATIONS = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
  'elu',
  'gelu',
  'silu',
  'relu6',
  'softplus',
  'leakyRelu',
  'selu',
  'geluTanh',
] as const;

/** The name of an activation that a product can end in. */
export type FusedActivation = (typeof ACTIVATIONS)[number];

/** The code of an activation, and the slope of 'leakyRelu' below 0. */
export interface EndingAttrs {
  readonly activation: number;
  readonly leakyReluAlpha: number;
}

/** The attributes for an activation's name; an error for an unknown one. */
export function endingAttrs(owner: string, activation: FusedActivation, leakyReluAlpha: number): EndingAttrs {
  if (typeof leakyReluAlpha !== 'number') {
    throw new ArgumentError(`${owner}: leakyReluAlpha must be a number; received ${show(leakyReluAlpha)}`);
  }
  const code = ACTIVATIONS.indexOf(activation);
  if (code < 0) throw unknownWord(owner, 'activation', String(activation), ACTIVATIONS);
  return { activation: code, leakyReluAlpha };
}

/** The op behind an activation's code, and its attributes; undefined for linear. */
function activationOf({ activation, leakyReluAlpha }: EndingAttrs): { op: AnyOp; attrs: object } | undefined {
  const name = ACTIVATIONS[activation];
  if (name === 'linear') return undefined;
  const op = ops.get(name === 'geluTanh' ? 'gelu' : name) as AnyOp;
  if (name === 'leakyRelu') return { op, attrs: { alpha: leakyReluAlpha } };
  if (name === 'elu') return { op, attrs: { alpha: 1 } };
  return { op, attrs: name === 'gelu' || name === 'geluTanh' ? { approximate: name === 'geluTanh' } : {} };
}

/** The arithmetic of an ending whose bias, if there is one, is the third input. */
export function endingFlops(inputs: readonly Spec[], outputs: readonly Spec[], attrs: EndingAttrs): number {
  const each = (inputs.length > 2 ? 1 : 0) + (activationOf(attrs) === undefined ? 0 : 1);
  return each * sizeOfShape(outputs[0].shape);
}

/** Adds the bias along the last axis, then applies the activation, in place. */
export function endKernel(y: View, bias: View | undefined, attrs: EndingAttrs): void {
  if (bias !== undefined) for (let i = 0; i < y.size; i++) y.data[i] += bias.data[i % bias.size];
  const activation = activationOf(attrs);
  activation?.op.kernel([y], [y], activation.attrs);
}

/** `dy` through the activation: from its output `y` where its own gradient needs no more, else from the sum, computed again. */
export function activationGradient(dy: Tensor, y: Tensor, attrs: EndingAttrs, sum: () => Tensor): Tensor {
  const activation = activationOf(attrs);
  if (activation === undefined) return dy;
  const { op, attrs: own } = activation;
  const grad = op.grad as Exclude<AnyOp['grad'], 'none'>;
  const inputs = op.saves.includes('inputs') ? [sum()] : [];
  const [gradient] = grad({ dy, dys: [dy], specs: [y], attrs: own, inputs, outputs: [y] });
  return (gradient as () => Tensor)();
}

/**
 * The trait of an op, and of the one that `fused` gives, which does the same and ends in a bias and an activation: a program's bias of `columns` numbers, then
 * an activation, become its ending.
 */
export function endingAbsorber(
  fused: () => AnyOp,
  columns: (inputs: readonly Spec[], attrs: unknown) => number | undefined,
): NonNullable<Traits['absorb']> {
  return ({ attrs, inputs }: Applied, next: Applied, others: readonly Spec[]): Applied | undefined => {
    const own: EndingAttrs = { activation: 0, leakyReluAlpha: 0.2, ...(attrs as object) };
    const [{ dtype }] = inputs;
    if (own.activation !== 0 || !isFloat(dtype)) return undefined;
    if (next.op.name === 'add') {
      const [bias] = others;
      const isBias = inputs.length === 2 && others.length === 1 && bias.shape.length === 1 && bias.dtype === dtype;
      return isBias && bias.shape[0] === columns(inputs, attrs) ? { op: fused(), attrs: own, inputs } : undefined;
    }
    if (others.length > 0) return undefined;
    const { alpha, approximate } = next.attrs as { alpha?: number; approximate?: boolean };
    const activation = ACTIVATIONS.indexOf((next.op.name === 'gelu' && approximate ? 'geluTanh' : next.op.name) as FusedActivation);
    if (activation <= 0 || (next.op.name === 'elu' && alpha !== 1)) return undefined;
    return { op: fused(), attrs: { ...own, activation, ...(next.op.name === 'leakyRelu' ? { leakyReluAlpha: alpha } : {}) }, inputs };
  };
}
