/** The optimizers by name: what `tf.optimizers` holds. */
import { unknownWord } from '../core/errors.ts';
import { Adam } from './adam.ts';
import { Optimizer } from './optimizer.ts';
import { RMSprop } from './rmsprop.ts';
import { SGD } from './sgd.ts';

export type { Moving, Step } from '../ops/update.ts';
export { Adam, type AdamOptions } from './adam.ts';
export type { Clipping } from './clipping.ts';
export {
  type DecayExclusion,
  type GradientPair,
  type GradientRecord,
  LearningRateSchedule,
  Optimizer,
  type OptimizerOptions,
} from './optimizer.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export { SGD, type SGDOptions } from './sgd.ts';

const BY_NAME: Readonly<Record<string, new () => Optimizer>> = { sgd: SGD, rmsprop: RMSprop, adam: Adam };

/**
 * The optimizer of that name with its defaults ('sgd', 'rmsprop', 'adam'); an optimizer is returned as it is.
 * @example
 * tf.optimizers.get('adam').learningRate; // 0.001
 */
export function get(identifier: string | Optimizer): Optimizer {
  if (identifier instanceof Optimizer) return identifier;
  const name = String(identifier).toLowerCase();
  if (!Object.hasOwn(BY_NAME, name)) throw unknownWord('optimizers', 'optimizer', String(identifier), Object.keys(BY_NAME));
  return new BY_NAME[name]();
}
