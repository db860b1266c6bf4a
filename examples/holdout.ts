/** Splits data at random into rows to train on and rows held out. */
import * as tf from 'gradtape';

/** Inputs and what they should give, row by row. */
export type Pair = [x: tf.Tensor, y: tf.Tensor];

/** All rows but `held`, and those; which ones is drawn after `tf.setSeed`, as a file's last rows may be unlike its first. */
export function holdOut(x: tf.Tensor, y: tf.Tensor, held: number): { train: Pair; test: Pair } {
  const [count] = x.shape;
  const draws = tf.randomUniform([count]).dataSync();
  const order = tf.tensor(Int32Array.from(draws.keys()).sort((a, b) => draws[a] - draws[b]));
  const [xTrain, xTest] = tf.split(tf.gather(x, order), [count - held, held]);
  const [yTrain, yTest] = tf.split(tf.gather(y, order), [count - held, held]);
  return { train: [xTrain, yTrain], test: [xTest, yTest] };
}
