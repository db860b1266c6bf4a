/** Random tensors from one counter-based generator. */
import { checkDType, codeOf, type DType, dtypes, isFloat } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { apply, context, declare, type Op, type Traits, type View } from '../core/op.ts';
import { checkShape, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Spec, type Tensor, tensorOf, valuesOf } from '../core/tensor.ts';
import { randomNormalKernel, randomUniformIntKernel, randomUniformKernel, truncatedNormalKernel } from '../kernels/philox.ts';

const WORD = 4294967296;

/** The generator of this thread: a seed, and how many blocks were drawn. */
const generator = { seed: Math.floor(Math.random() * Number.MAX_SAFE_INTEGER), drawn: 0 };

/** A seed itself; an error unless it is a whole number. */
export function checkSeed(owner: string, seed: number): number {
  if (!Number.isSafeInteger(seed)) throw new ArgumentError(`${owner}: a seed is a whole number; received ${show(seed)}`);
  return seed;
}

/**
 * Nothing; from here on, random numbers of this thread follow from `seed`, whatever the backend and the number of threads.
 * @throws ArgumentError for a seed that is no whole number.
 * @example
 * tf.setSeed(1);
 * const first = tf.randomUniform([3]).arraySync();
 * tf.setSeed(1);
 * const second = tf.randomUniform([3]).arraySync();
 */
export function setSeed(seed: number): void {
  generator.seed = checkSeed('setSeed', seed);
  generator.drawn = 0;
}

/** A state `[seedLow, seedHigh, counterLow, counterHigh]`, to be kept as int32. */
export function stateWords(seed: number, drawn: number): number[] {
  return [(seed % WORD) | 0, Math.floor(seed / WORD) | 0, (drawn % WORD) | 0, Math.floor(drawn / WORD) | 0];
}

/** A state `[seedLow, seedHigh, counterLow, counterHigh]` (int32) with `blocks` blocks ahead that nobody else draws; with a seed, always that seed's first. */
export function drawState(owner: string, blocks: number, seed?: number): Tensor {
  if (seed !== undefined) return tensorOf(stateWords(checkSeed(owner, seed), 0), [4], 'int32');
  if (context.tracer !== undefined) return context.tracer.draw(blocks);
  return tensorOf(stateWords(generator.seed, skipDraws(blocks).drawn), [4], 'int32');
}

/** Takes `blocks` blocks out of the generator for a program that makes the states itself; returns the seed, and how many were drawn before. */
export function skipDraws(blocks: number): { readonly seed: number; readonly drawn: number } {
  const { seed, drawn } = generator;
  generator.drawn += blocks;
  return { seed, drawn };
}

/** Writes into `states` (int32 [n, 4]) the states that follow `drawn` blocks by those of `before`. */
export function writeStates(states: Tensor, seed: number, drawn: number, before: readonly number[]): void {
  valuesOf(states).set(before.flatMap((blocks) => stateWords(seed, drawn + blocks)));
}

/** Where numbers come from: a state with so many blocks ahead that nobody else draws, for the op of that name. */
export type Draw = (owner: string, blocks: number) => Tensor;

/** Draws from the generator of this thread; with a seed, always that seed's first numbers. */
export function drawsOf(seed: number | undefined): Draw {
  return (owner, blocks) => drawState(owner, blocks, seed);
}

/** Refuses what is no state of the generator. */
export function checkState(owner: string, { shape, dtype }: Spec): void {
  if (dtype !== 'int32' || sizeOfShape(shape) !== 4)
    throw new ShapeError(`${owner}: a state is four int32; received ${dtype} ${showShape(shape)}`);
}

/** Declares an op whose first input is a state of the generator. */
export function declareRandom<A extends { shape: Shape; dtype: number }>(
  name: string,
  attrs: readonly (keyof A & string)[],
  kernel: (inputs: readonly View[], outputs: readonly View[], attrs: A) => void,
  refuses?: Traits['refuses'],
): Op<A> {
  return declare<A>({
    name,
    attrs,
    traits: refuses === undefined ? { random: true } : { random: true, refuses },
    infer([state], { shape, dtype }) {
      checkState(name, state);
      return [{ shape, dtype: dtypes[dtype] }];
    },
    kernel,
    saves: [],
    grad: 'none',
  });
}

interface UniformAttrs {
  readonly shape: Shape;
  readonly min: number;
  readonly max: number;
  readonly dtype: number;
}

interface NormalAttrs {
  readonly shape: Shape;
  readonly mean: number;
  readonly stddev: number;
  readonly dtype: number;
}

const uniformOp = declareRandom<UniformAttrs>('randomUniform', ['shape', 'min', 'max', 'dtype'], randomUniformKernel);
const uniformIntOp = declareRandom<UniformAttrs>('randomUniformInt', ['shape', 'min', 'max', 'dtype'], randomUniformIntKernel);
const normalOp = declareRandom<NormalAttrs>('randomNormal', ['shape', 'mean', 'stddev', 'dtype'], randomNormalKernel);
const truncatedOp = declareRandom<NormalAttrs>('truncatedNormal', ['shape', 'mean', 'stddev', 'dtype'], truncatedNormalKernel);

/** The code of a floating dtype; an error for others. */
export function floatCode(owner: string, dtype: DType): number {
  if (!isFloat(checkDType(owner, dtype))) throw new ArgumentError(`${owner}: needs a floating dtype; received ${dtype}`);
  return codeOf(dtype);
}

function checkRange(owner: string, min: number, max: number): void {
  if (!(Number.isFinite(min) && Number.isFinite(max) && min <= max)) {
    throw new ArgumentError(`${owner}: needs finite min <= max; received ${show(min)} and ${show(max)}`);
  }
}

/** `randomUniform` from anywhere. */
export function sampleUniform(draw: Draw, shape: Shape, min: number, max: number, dtype: DType): Tensor {
  const checked = checkShape('randomUniform', shape);
  checkRange('randomUniform', min, max);
  const attrs = { shape: checked, min, max, dtype: floatCode('randomUniform', dtype) };
  return apply(uniformOp, [draw('randomUniform', sizeOfShape(checked))], attrs)[0];
}

/**
 * Numbers spread evenly from `min` to below `max`. With a seed, the same ones at every call.
 * @throws ArgumentError unless min <= max, for a dtype that is not floating, for a seed that is no whole number.
 * @example
 * tf.randomUniform([2, 3]).shape; // [2, 3]
 */
export function randomUniform(shape: Shape, min = 0, max = 1, dtype: DType = 'float32', seed?: number): Tensor {
  return sampleUniform(drawsOf(seed), shape, min, max, dtype);
}

/** `randomUniformInt` from anywhere. */
export function sampleUniformInt(draw: Draw, shape: Shape, min: number, max: number): Tensor {
  const checked = checkShape('randomUniformInt', shape);
  if (!Number.isInteger(min) || !Number.isInteger(max) || !(min < max) || min < -2147483648 || max > 2147483648) {
    throw new ArgumentError(
      `randomUniformInt: needs whole numbers min < max in the range of int32; received ${show(min)} and ${show(max)}`,
    );
  }
  const attrs = { shape: checked, min, max, dtype: codeOf('int32') };
  return apply(uniformIntOp, [draw('randomUniformInt', sizeOfShape(checked))], attrs)[0];
}

/**
 * Whole numbers (int32) spread evenly from `min` to below `max`. With a seed, the same ones at every call.
 * @throws ArgumentError unless min < max are int32, for a seed that is no whole number.
 * @example
 * tf.randomUniformInt([2], 5, 6).arraySync(); // [5, 5]
 */
export function randomUniformInt(shape: Shape, min: number, max: number, seed?: number): Tensor {
  return sampleUniformInt(drawsOf(seed), shape, min, max);
}

function normal(op: Op<NormalAttrs>, draw: Draw, shape: Shape, mean: number, stddev: number, dtype: DType): Tensor {
  const checked = checkShape(op.name, shape);
  if (!(stddev >= 0) || !Number.isFinite(mean))
    throw new ArgumentError(`${op.name}: needs a finite mean and stddev >= 0; received ${show(mean)} and ${show(stddev)}`);
  const attrs = { shape: checked, mean, stddev, dtype: floatCode(op.name, dtype) };
  return apply(op, [draw(op.name, sizeOfShape(checked))], attrs)[0];
}

/** `randomNormal` from anywhere. */
export function sampleNormal(draw: Draw, shape: Shape, mean: number, stddev: number, dtype: DType): Tensor {
  return normal(normalOp, draw, shape, mean, stddev, dtype);
}

/** `truncatedNormal` from anywhere. */
export function sampleTruncated(draw: Draw, shape: Shape, mean: number, stddev: number, dtype: DType): Tensor {
  return normal(truncatedOp, draw, shape, mean, stddev, dtype);
}

/**
 * Numbers of the normal distribution. With a seed, the same ones at every call.
 * @throws ArgumentError for a negative deviation, a dtype that is not floating, a seed that is no whole number.
 * @example
 * tf.randomNormal([2, 3]).shape; // [2, 3]
 */
export function randomNormal(shape: Shape, mean = 0, stddev = 1, dtype: DType = 'float32', seed?: number): Tensor {
  return sampleNormal(drawsOf(seed), shape, mean, stddev, dtype);
}

/**
 * Numbers of the normal distribution of mean 0 and deviation 1. With a seed, the same ones at every call.
 * @throws ArgumentError for a dtype that is not floating, a seed that is no whole number.
 * @example
 * tf.randomStandardNormal([2, 3]).shape; // [2, 3]
 */
export function randomStandardNormal(shape: Shape, dtype: DType = 'float32', seed?: number): Tensor {
  return randomNormal(shape, 0, 1, dtype, seed);
}

/**
 * Numbers of the normal distribution, drawn again where they are two deviations or more from the mean. With a seed, the same ones at every call.
 * @throws ArgumentError for a negative deviation, a dtype that is not floating, a seed that is no whole number.
 * @example
 * tf.truncatedNormal([2, 3]).shape; // [2, 3]
 */
export function truncatedNormal(shape: Shape, mean = 0, stddev = 1, dtype: DType = 'float32', seed?: number): Tensor {
  return sampleTruncated(drawsOf(seed), shape, mean, stddev, dtype);
}
