/** First and second derivatives held against differences. */
import * as tf from 'gradtape';

/** A function whose results, all floating, are checked. */
export type Differentiable = (...xs: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[];

/** Weights of the elements of results, no two alike: gradients that sum to 0 show. */
function weigh(y: tf.Tensor, n: number): tf.Tensor {
  const weights = Float64Array.from({ length: y.size }, (_, i) => 1 + 0.7 * Math.sin(1 + 2.3 * i + n));
  return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
}

/** The gradients of a weighted sum of all results of `f`. */
function gradientOf(f: Differentiable): Differentiable {
  return (...xs) => {
    const tape = new tf.GradientTape();
    const total = tape.record(() => {
      tape.watch(xs);
      const y = f(...xs);
      return [y].flat().reduce<tf.Tensor>((sum, part, n) => tf.add(sum, weigh(part as tf.Tensor, n)), tf.scalar(0, 'float64'));
    });
    return tape.gradient(total, xs, { unconnectedGradients: 'zero' }) as tf.Tensor[];
  };
}

/** Throws where the first or second derivatives of `f` at `inputs` are not those that differences give. */
export function checkTwice(f: Differentiable, inputs: readonly tf.TensorLike[], tolerance = 1e-6): void {
  const structured =
    (g: Differentiable) =>
    (...xs: tf.Tensor[]) =>
      g(...xs) as tf.Structure<tf.Tensor>;
  tf.checkGradients(structured(f), inputs, { tolerance });
  tf.checkGradients(structured(gradientOf(f)), inputs, { tolerance });
}

/** A float64 tensor of nested numbers. */
export function double(values: tf.TensorLike): tf.Tensor {
  return tf.tensor(values, undefined, 'float64');
}
