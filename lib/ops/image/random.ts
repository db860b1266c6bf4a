/** Images whose colours are changed by chance, one amount for all that is given: for each image by itself, map over them. */
import { ArgumentError, show } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { TensorLike } from '../convert.ts';
import { randomUniform } from '../random.ts';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './color.ts';

/** One number from -most to most. */
function between(owner: string, most: number, limit: number, seed: number | undefined): Tensor {
  if (typeof most !== 'number' || !(most >= 0 && most <= limit)) {
    throw new ArgumentError(`${owner}: maxDelta must be from 0 to ${limit}; received ${show(most)}`);
  }
  return randomUniform([], -most, most, 'float32', seed);
}

/** One factor from `lower` to `upper`. */
function factor(owner: string, lower: number, upper: number, seed: number | undefined): Tensor {
  if (!(lower >= 0 && lower < upper)) {
    throw new ArgumentError(`${owner}: needs 0 <= lower < upper; received ${show(lower)} and ${show(upper)}`);
  }
  return randomUniform([], lower, upper, 'float32', seed);
}

/**
 * `adjustBrightness` by a delta from `-maxDelta` to `maxDelta`. With a seed, the same one at every call.
 * @throws ArgumentError for a maxDelta that is negative.
 * @example
 * tf.image.randomBrightness(tf.ones([2, 2, 3]), 0.2).shape; // [2, 2, 3]
 */
export function randomBrightness(image: TensorLike, maxDelta: number, seed?: number): Tensor {
  return adjustBrightness(image, between('randomBrightness', maxDelta, Number.MAX_VALUE, seed));
}

/**
 * `adjustContrast` by a factor from `lower` to `upper`. With a seed, the same one at every call.
 * @throws ArgumentError unless 0 <= lower < upper.
 * @example
 * tf.image.randomContrast(tf.ones([2, 2, 3]), 0.5, 1.5).shape; // [2, 2, 3]
 */
export function randomContrast(image: TensorLike, lower: number, upper: number, seed?: number): Tensor {
  return adjustContrast(image, factor('randomContrast', lower, upper, seed));
}

/**
 * `adjustHue` by a delta from `-maxDelta` to `maxDelta`, at most half of the circle. With a seed, the same one at every call.
 * @throws ArgumentError for a maxDelta that is not from 0 to 0.5; ShapeError unless the last axis has size 3.
 * @example
 * tf.image.randomHue(tf.ones([2, 2, 3]), 0.1).shape; // [2, 2, 3]
 */
export function randomHue(image: TensorLike, maxDelta: number, seed?: number): Tensor {
  return adjustHue(image, between('randomHue', maxDelta, 0.5, seed));
}

/**
 * `adjustSaturation` by a factor from `lower` to `upper`. With a seed, the same one at every call.
 * @throws ArgumentError unless 0 <= lower < upper; ShapeError unless the last axis has size 3.
 * @example
 * tf.image.randomSaturation(tf.ones([2, 2, 3]), 0.5, 1.5).shape; // [2, 2, 3]
 */
export function randomSaturation(image: TensorLike, lower: number, upper: number, seed?: number): Tensor {
  return adjustSaturation(image, factor('randomSaturation', lower, upper, seed));
}
