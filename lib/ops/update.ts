/** One step of each optimizer as one op: the new value of a variable and of its slots. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op, type View } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { castTo } from './cast.ts';

/** The constants of gradient descent. */
export interface SgdAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** The constants of RMSprop. */
export interface RmspropAttrs {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
}

/** The constants of Adam. */
export interface AdamAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
}

/** The outputs are the variable's value and its slots, which begin at input `firstSlot`. */
function inferUpdate(name: string, inputs: readonly Spec[], firstSlot: number): readonly Spec[] {
  const [value, gradient] = inputs;
  const slots = inputs.slice(firstSlot);
  if (!isFloat(value.dtype)) throw new ArgumentError(`${name}: a variable that moves needs a floating dtype; received ${value.dtype}`);
  for (const input of [gradient, ...slots]) {
    if (!sameShape(input.shape, value.shape)) {
      throw new ShapeError(
        `${name}: the variable's shape is ${showShape(value.shape)}; received a gradient or slot of ${showShape(input.shape)}`,
      );
    }
    if (input.dtype !== value.dtype) {
      throw new ArgumentError(`${name}: the variable's dtype is ${value.dtype}; received a gradient or slot of ${input.dtype}`);
    }
  }
  return [value, ...slots].map(({ shape, dtype }) => ({ shape, dtype }));
}

const sgdOp: Op<SgdAttrs> = declare<SgdAttrs>({
  name: 'sgdUpdate',
  attrs: ['momentum', 'nesterov'],
  traits: {
    flops: (inputs, outputs, attrs) =>
      flopsPerElement(inputs.length > 3 ? ((attrs as SgdAttrs).nesterov ? 6 : 4) : 2)(inputs, outputs, attrs),
  },
  // value, gradient, learning rate, and a velocity where there is momentum.
  infer: (inputs) => inferUpdate('sgdUpdate', inputs, 3),
  kernel([value, gradient, rate, velocity]: readonly View[], [next, nextVelocity]: readonly View[], { momentum, nesterov }) {
    const step = rate.data[0];
    for (let i = 0; i < next.size; i++) {
      const change = -step * gradient.data[i];
      if (velocity === undefined) next.data[i] = value.data[i] + change;
      else {
        const speed = momentum * velocity.data[i] + change;
        nextVelocity.data[i] = speed;
        next.data[i] = value.data[i] + (nesterov ? momentum * speed + change : speed);
      }
    }
  },
  saves: [],
  grad: 'none',
});

/** A variable's next value by gradient descent, then its next velocity if `velocity` is given; the learning rate is a scalar. */
export function sgdUpdate(
  value: Tensor,
  gradient: Tensor,
  learningRate: Tensor,
  velocity: readonly Tensor[],
  attrs: SgdAttrs,
): readonly Tensor[] {
  return apply(sgdOp, [value, castTo(gradient, value.dtype), learningRate, ...velocity], attrs);
}

const rmspropOp: Op<RmspropAttrs> = declare<RmspropAttrs>({
  name: 'rmspropUpdate',
  attrs: ['rho', 'momentum', 'epsilon', 'centered'],
  traits: {
    flops(inputs, outputs, attrs) {
      const { momentum, centered } = attrs as RmspropAttrs;
      return flopsPerElement(9 + (momentum > 0 ? 2 : 0) + (centered ? 5 : 0))(inputs, outputs, attrs);
    },
  },
  // value, gradient, learning rate, mean square, then a momentum if it is above 0, then the mean if centered.
  infer: (inputs) => inferUpdate('rmspropUpdate', inputs, 3),
  kernel([value, gradient, rate, square, ...rest]: readonly View[], [next, nextSquare, ...nextRest]: readonly View[], attrs) {
    const { rho, momentum, epsilon, centered } = attrs;
    const step = rate.data[0];
    const speeds = momentum > 0 ? [rest[0], nextRest[0]] : [];
    const means = centered ? [rest[rest.length - 1], nextRest[rest.length - 1]] : [];
    for (let i = 0; i < next.size; i++) {
      const g = gradient.data[i];
      const meanSquare = rho * square.data[i] + (1 - rho) * g * g;
      nextSquare.data[i] = meanSquare;
      let variance = meanSquare;
      if (centered) {
        const mean = rho * means[0].data[i] + (1 - rho) * g;
        means[1].data[i] = mean;
        variance -= mean * mean;
      }
      let change = (step * g) / Math.sqrt(variance + epsilon);
      if (momentum > 0) {
        change += momentum * speeds[0].data[i];
        speeds[1].data[i] = change;
      }
      next.data[i] = value.data[i] - change;
    }
  },
  saves: [],
  grad: 'none',
});

/** A variable's next value by RMSprop, then its next slots: the mean square, the momentum if it is above 0, the mean if centered. */
export function rmspropUpdate(
  value: Tensor,
  gradient: Tensor,
  learningRate: Tensor,
  slots: readonly Tensor[],
  attrs: RmspropAttrs,
): readonly Tensor[] {
  return apply(rmspropOp, [value, castTo(gradient, value.dtype), learningRate, ...slots], attrs);
}

const adamOp: Op<AdamAttrs> = declare<AdamAttrs>({
  name: 'adamUpdate',
  attrs: ['beta1', 'beta2', 'epsilon', 'amsgrad'],
  // 3 and 4 for the moments, 5 for the step.
  traits: { flops: (inputs, outputs, attrs) => flopsPerElement((attrs as AdamAttrs).amsgrad ? 13 : 12)(inputs, outputs, attrs) },
  // value, gradient, learning rate, steps taken before this one, first and second moment, and the greatest second moment for AMSGrad.
  infer: (inputs) => inferUpdate('adamUpdate', inputs, 4),
  kernel([value, gradient, rate, steps, first, second, greatest]: readonly View[], outputs: readonly View[], attrs) {
    const { beta1, beta2, epsilon, amsgrad } = attrs;
    const [next, nextFirst, nextSecond, nextGreatest] = outputs;
    const t = steps.data[0] + 1;
    const step = (rate.data[0] * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    for (let i = 0; i < next.size; i++) {
      const g = gradient.data[i];
      const m = first.data[i] + (g - first.data[i]) * (1 - beta1);
      const v = second.data[i] + (g * g - second.data[i]) * (1 - beta2);
      nextFirst.data[i] = m;
      nextSecond.data[i] = v;
      let scale = v;
      if (amsgrad) {
        scale = Math.max(greatest.data[i], v);
        nextGreatest.data[i] = scale;
      }
      next.data[i] = value.data[i] - (m * step) / (Math.sqrt(scale) + epsilon);
    }
  },
  saves: [],
  grad: 'none',
});

/**
 * A variable's next value by Adam (Kingma and Ba 2015, the form at the end of section 2, as in Keras), then its next slots: both moments, and
 * the greatest second moment for AMSGrad. `iterations` is the int32 count of steps before this one.
 */
export function adamUpdate(
  value: Tensor,
  gradient: Tensor,
  learningRate: Tensor,
  iterations: Tensor,
  slots: readonly Tensor[],
  attrs: AdamAttrs,
): readonly Tensor[] {
  return apply(adamOp, [value, castTo(gradient, value.dtype), learningRate, iterations, ...slots], attrs);
}
