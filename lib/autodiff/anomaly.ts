/** Finds where the first NaN or Inf came from. */
import { isFloat } from '../core/dtype.ts';
import { ArgumentError, show } from '../core/errors.ts';
import { context, type Listener } from '../core/op.ts';
import { userLine } from '../core/place.ts';
import { showShape, stridesOf } from '../core/shape.ts';
import { isSymbolic, isTraced, type Tensor, valuesOf } from '../core/tensor.ts';

/** The position of the first element that is not finite, or -1. */
function firstAnomaly(tensor: Tensor): number {
  // What is complex is a view of floats that were looked at when they were made.
  if (!isFloat(tensor.dtype) || isSymbolic(tensor) || isTraced(tensor)) return -1;
  const values = valuesOf(tensor);
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** The op whose gradient is being computed, in words; empty outside of gradients. */
let within = '';

/** Where user code calls the op that is being applied, while anomalies are looked for; else undefined. */
export function anomalySite(): string | undefined {
  return context.listeners.includes(listener) ? userLine() : undefined;
}

/** The result of `f`, which computes the gradient of the op `name` called at `site`; anomalies inside say so. */
export function inGradientOf<T>(name: string, site: string, f: () => T): T {
  const outer = within;
  within = `; in the gradient of ${name}, called at ${site}`;
  try {
    return f();
  } finally {
    within = outer;
  }
}

const listener: Listener = {
  applied(op, inputs, outputs) {
    for (const output of outputs) {
      const position = firstAnomaly(output);
      if (position < 0) continue;
      const place = showShape(stridesOf(output.shape).map((stride, axis) => Math.floor(position / stride) % output.shape[axis]));
      const shapes = inputs.length === 0 ? '' : `; inputs ${inputs.map(({ shape }) => showShape(shape)).join(', ')}`;
      throw new ArgumentError(`${op.name}: made ${valuesOf(output)[position]} at ${place}; called at ${userLine()}${shapes}${within}`);
    }
  },
};

/**
 * Switches on or off that the first op whose result holds NaN or Inf throws, in this thread, naming itself and the line that called it; in a gradient, also the op
 * that it is the gradient of, and where that was called. Reads every
 * result, so it is for searching only. Programs of `tf.function` are looked into while they are traced, not when they run.
 * @throws ArgumentError unless `enabled` is true or false.
 * @example
 * tf.setAnomalyDetection(true);
 * // tf.div(0, 0) now throws: div: made NaN at []; called at ...
 * tf.setAnomalyDetection(false);
 */
export function setAnomalyDetection(enabled: boolean): void {
  if (typeof enabled !== 'boolean') throw new ArgumentError(`setAnomalyDetection: needs true or false; received ${show(enabled)}`);
  const others = context.listeners.filter((other) => other !== listener);
  // First, so that it speaks before a tape records the result.
  context.listeners = enabled ? [listener, ...others] : others;
}
