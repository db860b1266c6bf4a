/** The fused cross-entropy against its parts, its gradients, and what it refuses. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropy } from '../../lib/ops/crossentropy.ts';
import { checkGradients } from '../support/gradients.ts';

const LABELS = tf.tensor([0, 1, 0, 0.25, 0.5, 0.75], [2, 3], 'float64');
const LOGITS = tf.tensor([1, -2, 0.5, 0.3, 3, -1], [2, 3], 'float64');

describe('softmaxCrossEntropy', () => {
  it('is minus the sum of labels times logarithms of probabilities, whatever the labels add up to', () => {
    const parts = tf.neg(tf.sum(tf.mul(LABELS, tf.logSoftmax(LOGITS)), -1)).dataSync();
    softmaxCrossEntropy(LABELS, LOGITS)
      .dataSync()
      .forEach((loss, i) => {
        expect(loss).toBeCloseTo(parts[i], 12);
      });
  });

  it('has gradients of the first and second order, of labels and of logits', () => {
    checkGradients(softmaxCrossEntropy, [LABELS, LOGITS]);
    checkGradients((z) => softmaxCrossEntropy(LABELS, z), [LOGITS]);
  });

  it('lets classes be ruled out by a logit of -Infinity', () => {
    const [labels, logits] = [tf.tensor([[0, 1, 0]]), tf.tensor([[-Infinity, 0, 0]])];
    expect(softmaxCrossEntropy(labels, logits).arraySync()).toEqual([expect.closeTo(Math.log(2), 6)]);
    expect(
      tf
        .grad((z) => softmaxCrossEntropy(labels, z))(logits)
        .arraySync(),
    ).toEqual([[0, -0.5, 0.5]]);
  });

  it('refuses labels of another shape', () => {
    const refusal = 'softmaxCrossEntropy: labels and logits need one shape with an axis of classes; received';
    expect(() => softmaxCrossEntropy(tf.zeros([2]), LOGITS)).toThrow(`${refusal} [2] and [2,3]`);
    expect(() => softmaxCrossEntropy(tf.scalar(1), tf.scalar(1))).toThrow(`${refusal} [] and []`);
  });
});

it('labels are not compared with complex numbers', () => {
  const x = tf.complex(tf.ones([1, 4]), tf.ones([1, 4]));
  expect(() => tf.sparseCategoricalCrossentropy([1], x, true)).toThrow(
    'labels: they are compared with real numbers; received complex64, of which take tf.real or tf.abs',
  );
  expect(tf.abs([1, -2]).arraySync()).toEqual([1, 2]);
});
