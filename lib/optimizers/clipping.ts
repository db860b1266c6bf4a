/** Clipping of gradients: which way was asked for, and the factors that bring norms within their bounds. */
import { ArgumentError, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, addN, div, maximum, square, sub } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { stack } from '../ops/join.ts';
import { sqrt } from '../ops/math.ts';
import { sum } from '../ops/reduce.ts';

/** How gradients are kept small: in one of three ways, or not at all. */
export interface Clipping {
  /** The greatest norm that the gradient of a variable may have. */
  readonly clipNorm: number | null;
  /** The greatest magnitude that an element of a gradient may have. */
  readonly clipValue: number | null;
  /** The greatest norm that all gradients may have together. */
  readonly globalClipNorm: number | null;
}

const WAYS = ['clipNorm', 'clipValue', 'globalClipNorm'] as const;

/** The clipping that `options` ask for; refuses more than one way, and what is no positive number. */
export function checkClipping(owner: string, options: Partial<Clipping>): Clipping {
  const { clipNorm = null, clipValue = null, globalClipNorm = null } = options;
  const clipping = { clipNorm, clipValue, globalClipNorm };
  const given = WAYS.filter((way) => clipping[way] !== null);
  if (given.length > 1) {
    throw new ArgumentError(
      `${owner}: at most one of clipNorm, clipValue and globalClipNorm can be set; received ${given.map((way) => `${way} ${show(clipping[way])}`).join(', ')}`,
    );
  }
  for (const way of given) {
    const bound: unknown = clipping[way];
    if (!(typeof bound === 'number' && bound > 0)) {
      throw new ArgumentError(`${owner}: ${way} must be a positive number, received ${show(bound)}`);
    }
  }
  return clipping;
}

/** Sums of squares of the gradients, each a scalar; all in float64 if any gradient is. */
function squaredNorms(gradients: readonly Tensor[]): Tensor[] {
  const dtype = gradients.some((gradient) => gradient.dtype === 'float64') ? 'float64' : 'float32';
  return gradients.map((gradient) => castTo(sum(square(gradient)), dtype));
}

/**
 * What gradients are multiplied by so that their norms stay within bounds: one number for all, or one for each, or null where norms are free. As in
 * Keras, a norm that all gradients share makes all of them NaN when it is infinite or NaN.
 */
export function scalesOf({ clipNorm, globalClipNorm }: Clipping, gradients: readonly Tensor[]): Tensor | null {
  if (clipNorm !== null) return div(clipNorm, maximum(sqrt(stack(squaredNorms(gradients))), clipNorm));
  if (globalClipNorm === null) return null;
  const norm = sqrt(addN(squaredNorms(gradients)));
  return add(div(globalClipNorm, maximum(norm, globalClipNorm)), sub(norm, norm));
}
