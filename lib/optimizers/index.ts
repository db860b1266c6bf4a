/** The optimizers by name: what `tf.optimizers` holds. */
import { unknownWord } from '../core/errors.ts';
import { Adadelta, Adagrad } from './adagrad.ts';
import { Adam } from './adam.ts';
import { Adamax, Nadam } from './adamax.ts';
import { AdamW } from './adamw.ts';
import { Ftrl } from './ftrl.ts';
import { Lion } from './lion.ts';
import { Optimizer } from './optimizer.ts';
import { RMSprop } from './rmsprop.ts';
import { SGD } from './sgd.ts';

export type { Moving, Step } from '../ops/update.ts';
export { Adadelta, type AdadeltaOptions, Adagrad, type AdagradOptions } from './adagrad.ts';
export { Adam, type AdamOptions } from './adam.ts';
export { Adamax, type MomentOptions, Nadam } from './adamax.ts';
export { AdamW } from './adamw.ts';
export type { Clipping } from './clipping.ts';
export { Ftrl, type FtrlOptions } from './ftrl.ts';
export { Lion, type LionOptions } from './lion.ts';
export {
  type DecayExclusion,
  type GradientPair,
  type GradientRecord,
  LearningRateSchedule,
  Optimizer,
  type OptimizerOptions,
} from './optimizer.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export * as schedules from './schedules.ts';
export { SGD, type SGDOptions } from './sgd.ts';

const BY_NAME: Readonly<Record<string, new () => Optimizer>> = {
  sgd: SGD,
  rmsprop: RMSprop,
  adam: Adam,
  adamw: AdamW,
  adagrad: Adagrad,
  adadelta: Adadelta,
  adamax: Adamax,
  nadam: Nadam,
  lion: Lion,
  ftrl: Ftrl,
};

/**
 * The optimizer of that name with its defaults ('sgd', 'adam', 'adamw', ...); an optimizer is returned as it is.
 * @example
 * tf.optimizers.get('adam').learningRate; // 0.001
 */
export function get(identifier: string | Optimizer): Optimizer {
  if (identifier instanceof Optimizer) return identifier;
  const name = String(identifier).toLowerCase();
  if (!Object.hasOwn(BY_NAME, name)) throw unknownWord('optimizers', 'optimizer', String(identifier), Object.keys(BY_NAME));
  return new BY_NAME[name]();
}
