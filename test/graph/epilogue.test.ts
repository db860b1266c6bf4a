/** Products that take along a bias and an activation give the bits of the three ops one by one. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

const ACTIVATIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  elu: (x) => tf.elu(x),
  'elu of another slope': (x) => tf.elu(x, 0.5),
  selu: tf.selu,
  gelu: (x) => tf.gelu(x),
  'gelu by tanh': (x) => tf.gelu(x, true),
  silu: tf.silu,
  softplus: tf.softplus,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
};

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  it.each(Object.entries(ACTIVATIONS))('%s', (_, activation) => {
    const [a, b, bias] = [
      tf.randomNormal([37, 700], 0, 1, dtype),
      tf.randomNormal([700, 45], 0, 0.1, dtype),
      tf.randomNormal([45], 0, 1, dtype),
    ];
    const layer = (x: tf.Tensor, w: tf.Tensor, c: tf.Tensor) => activation(x.matMul(w).add(c));
    const traced = tf.function(layer);
    expect(traced(a, b, bias).dataSync()).toEqual(layer(a, b, bias).dataSync());
    expect(String(traced.graph())).toContain('fusedMatMul');
  });
});
