/** What the ops of optimizer steps refuse, and that variables of a step do not touch one another. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { adamUpdate, type Moving, type Step, sgdUpdate } from '../../lib/ops/update.ts';

const PLAIN = { momentum: 0, nesterov: false };

/** A step of variables of no decay, at a rate of 0.5. */
function step(variables: readonly Moving[], changes: Partial<Step> = {}): Step {
  return {
    learningRate: tf.scalar(0.5),
    iterations: tf.scalar(0, 'int32'),
    variables,
    scales: null,
    clipValue: 0,
    weightDecay: variables.map(() => 0),
    ...changes,
  };
}

describe('a step', () => {
  it('moves each variable by its own gradient, scale and decay, and each cut', () => {
    const moving = (value: number, gradient: number): Moving => ({ value: tf.tensor([value]), gradient: tf.tensor([gradient]), slots: [] });
    const changes = { scales: tf.tensor([1, 0.5, 3]), clipValue: 4, weightDecay: [0, 0.5, 0] };
    const results = sgdUpdate(step([moving(1, 2), moving(8, -4), moving(0, 2)], changes), PLAIN);
    // 1 - 0.5 * 2, then 8 * (1 - 0.25) + 0.5 * 2, then -0.5 * 4.
    expect(results.map((x) => x.item())).toEqual([0, 7, -2]);
  });

  it('gives values and slots in the order of its variables', () => {
    const moving = (size: number): Moving => ({
      value: tf.zeros([size]),
      gradient: tf.ones([size]),
      slots: [tf.zeros([size]), tf.zeros([size])],
    });
    const results = adamUpdate(step([moving(2), moving(3)]), { beta1: 0.5, beta2: 0.75, epsilon: 0, amsgrad: false });
    expect(results.map((x) => x.arraySync())).toEqual([
      [-0.5, -0.5],
      [0.5, 0.5],
      [0.25, 0.25],
      [-0.5, -0.5, -0.5],
      [0.5, 0.5, 0.5],
      [0.25, 0.25, 0.25],
    ]);
  });

  it('refuses what does not belong together', () => {
    const x = tf.zeros([2]);
    const plain: Moving = { value: x, gradient: x, slots: [] };
    const whole = tf.zeros([2], 'int32');
    expect(() => sgdUpdate(step([{ value: whole, gradient: whole, slots: [] }]), PLAIN)).toThrow(
      'sgdUpdate: a variable that moves needs a floating dtype; received int32',
    );
    const wide = { ...plain, slots: [tf.zeros([2], 'float64')] };
    expect(() => sgdUpdate(step([wide]), { momentum: 0.5, nesterov: false })).toThrow(
      "sgdUpdate: the variable's dtype is float32; received a gradient or slot of float64",
    );
    expect(() => sgdUpdate(step([{ ...plain, gradient: tf.zeros([3]) }]), PLAIN)).toThrow(
      "sgdUpdate: the variable's shape is [2]; received a gradient or slot of [3]",
    );
    expect(() => sgdUpdate(step([plain], { learningRate: x }), PLAIN)).toThrow(
      'sgdUpdate: what comes before the variables is a scalar each; received [2]',
    );
    expect(() => sgdUpdate(step([plain], { scales: x }), PLAIN)).toThrow(
      'sgdUpdate: scales are one number or one for each of 1 variables; received [2]',
    );
    expect(() => adamUpdate(step([plain]), { beta1: 0.5, beta2: 0.75, epsilon: 0, amsgrad: false })).toThrow(
      'adamUpdate: 1 variables of 2 slots need 6 tensors, and one more for scales; received 4',
    );
    const rows = { value: tf.zeros([5, 2]), gradient: tf.zeros([3, 3]), places: tf.zeros([5], 'int32'), slots: [] };
    expect(() => sgdUpdate(step([rows]), PLAIN)).toThrow(
      "sgdUpdate: the variable's shape is [5,2]; received rows of [3,3] and their places, [5] of int32",
    );
    expect(() => sgdUpdate(step([{ ...rows, gradient: tf.zeros([3, 2]), places: tf.zeros([3], 'int32') }]), PLAIN)).toThrow(
      "sgdUpdate: the variable's shape is [5,2]; received rows of [3,2] and their places, [3] of int32",
    );
    expect(() => sgdUpdate(step([]), PLAIN)).toThrow(
      'sgdUpdate: 0 variables of 0 slots need 1 tensors, and one more for scales; received 1',
    );
  });
});
