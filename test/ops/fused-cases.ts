/** Situations of the fused op: what training makes of activations, normalisation and losses. */
import * as tf from 'gradtape';
import { fuse, runFused } from './fusing.ts';
import { type Case, values } from './values.ts';

type Steps = (...inputs: tf.Tensor[]) => readonly tf.Tensor[];

/** `f` on tensors of these shapes, all its results one after the other. */
function chain(what: string, f: Steps, shapes: readonly (readonly number[])[], reduce = 0): Case {
  return {
    op: 'fused',
    what: `${what} ${JSON.stringify(shapes)}${reduce === 0 ? '' : ` summed over ${reduce}`}`,
    run: () => {
      const inputs = shapes.map((shape, i) => values(shape, 'float32', i + 1));
      const results = runFused(fuse(f, inputs, reduce));
      return tf.concat(results.map((y) => tf.reshape(y, [y.size])));
    },
  };
}

const affine: Steps = (x, w, b) => [tf.gelu(tf.add(tf.mul(x, w), b))];
const reluSlope: Steps = (y, dy) => [tf.where(tf.greater(y, 0), dy, 0)];
const geluSlope: Steps = (x, dy) => {
  const below = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return [tf.mul(dy, tf.add(below, tf.mul(x, density)))];
};
const normalised: Steps = (x, mean, variance, scale, shift) => {
  const slope = tf.mul(tf.rsqrt(tf.add(tf.abs(variance), 1e-3)), scale);
  return [tf.add(tf.mul(tf.sub(x, mean), slope), shift), tf.mul(x, slope)];
};
const everyKind: Steps = (a, b) => {
  const inside = tf.logicalAnd(tf.greater(a, -1), tf.logicalNot(tf.less(b, 0.3)));
  const chosen = tf.where(tf.logicalXor(inside, tf.equal(a, b)), tf.leakyRelu(a, 0.1), tf.clipByValue(b, -0.5, 0.5));
  return [tf.mul(chosen, tf.cast(tf.logicalOr(inside, tf.cast(a, 'bool')), 'float32')), tf.maximum(tf.minimum(a, b), tf.round(a))];
};

/** The cases of this file. */
export const fusedCases: readonly Case[] = [
  ...[[32], [128, 10], [7, 64], [130, 513], [3, 70000], [0, 5], []].flatMap((shape) => [
    chain('relu backwards', reluSlope, [shape, shape]),
    chain('gelu of an affine function', affine, [shape, shape.slice(-1), shape.slice(-1)]),
    chain('gelu backwards', geluSlope, [shape, shape]),
    chain('every kind', everyKind, [shape, shape.slice(-1)]),
  ]),
  chain('normalised', normalised, [[6, 9, 5], [5], [5], [5], [5]]),
  chain('normalised', normalised, [[6, 9, 5], [6, 1, 1], [6, 1, 1], [5], [5]]),
  chain('normalised', normalised, [[6, 9, 5], [6, 1, 5], [9, 1], [1, 9, 5], []]),
  chain('normalised', normalised, [[40, 900], [40, 1], [40, 1], [900], [900]]),
  ...[1, 2, 3, -1, -2].map((reduce) => chain('every kind', (a, b) => [everyKind(a, b)[0]], [[6, 9, 5], [5]], reduce)),
];
