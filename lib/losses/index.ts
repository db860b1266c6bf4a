/** The losses by name: what `tf.losses` holds. */
import { unknownWord } from '../core/errors.ts';
import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './crossentropy.ts';
import { CTC } from './ctc.ts';
import { Loss } from './loss.ts';
import { MeanAbsoluteError, MeanSquaredError } from './regression.ts';

export {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  type CrossentropyOptions,
  SparseCategoricalCrossentropy,
  type SparseCategoricalCrossentropyOptions,
} from './crossentropy.ts';
export { CTC } from './ctc.ts';
export {
  absoluteDifference,
  computeWeightedLoss,
  cosineDistance,
  hingeLoss,
  huberLoss,
  logLoss,
  meanSquaredError,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from './functions.ts';
export { Loss, type LossOptions, type Reduction } from './loss.ts';
export { MeanAbsoluteError, MeanSquaredError } from './regression.ts';

const BY_NAME: Readonly<Record<string, new () => Loss>> = {
  mse: MeanSquaredError,
  meanSquaredError: MeanSquaredError,
  mae: MeanAbsoluteError,
  meanAbsoluteError: MeanAbsoluteError,
  binaryCrossentropy: BinaryCrossentropy,
  categoricalCrossentropy: CategoricalCrossentropy,
  sparseCategoricalCrossentropy: SparseCategoricalCrossentropy,
  ctc: CTC,
};

/**
 * The loss of that name with its defaults, such as 'mse' or 'categoricalCrossentropy'; a loss is returned as it is.
 * @example
 * tf.losses.get('mse')([[1]], [[3]]).item(); // 4
 */
export function get(identifier: string | Loss): Loss {
  if (identifier instanceof Loss) return identifier;
  const text = String(identifier);
  // Class names do as well: 'MeanSquaredError'; so do 'MSE' and 'MAE'.
  const name = /^[A-Z]+$/.test(text) ? text.toLowerCase() : text.charAt(0).toLowerCase() + text.slice(1);
  if (!Object.hasOwn(BY_NAME, name)) throw unknownWord('losses', 'loss', text, Object.keys(BY_NAME));
  return new BY_NAME[name]();
}
