/** Section 8 of the contract: the errors, word for word. */
import * as tf from 'gradtape';
import { expect, it } from 'vitest';

/** The error that `f` throws or rejects with. */
async function errorOf(f: () => unknown): Promise<Error> {
  try {
    await f();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

it('matMul names both inner sizes', async () => {
  const error = await errorOf(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3])));
  expect(error).toBeInstanceOf(tf.ShapeError);
  expect(error.message).toBe('matMul: inner sizes differ: 3 in a [2,3] and 2 in b [2,3]');
});

it('Dense names the axis it was built for', async () => {
  const layer = new tf.layers.Dense({ units: 1, name: 'dense_2' });
  layer.build([null, 9]);
  const error = await errorOf(() => layer.apply(tf.zeros([32, 8])));
  expect(error).toBeInstanceOf(tf.ShapeError);
  expect(error.message).toBe('Dense "dense_2": expected a last axis of 9, as when it was built; received [32,8]');
});

it('Adam names the learning rate it cannot take', async () => {
  const error = await errorOf(() => new tf.optimizers.Adam({ learningRate: 'fast' as never }));
  expect(error).toBeInstanceOf(tf.ArgumentError);
  expect(error.message).toBe('Adam: learningRate must be a positive number or a schedule, received "fast"');
});

it('fit names the option that was meant', async () => {
  const network = new tf.Sequential([new tf.layers.Dense({ units: 1 })]);
  network.compile({ optimizer: 'sgd', loss: 'mse' });
  const error = await errorOf(() => network.fit(tf.ones([2, 1]), tf.ones([2, 1]), { validationFrequency: 2 } as tf.FitOptions));
  expect(error).toBeInstanceOf(tf.ArgumentError);
  expect(error.message).toBe('fit: unknown option "validationFrequency"; did you mean "validationFreq"?');
});

it('both kinds extend Error, with names and codes of their own', () => {
  const [shape, argument] = [new tf.ShapeError('a: b'), new tf.ArgumentError('a: b')];
  expect(shape).toBeInstanceOf(Error);
  expect(argument).toBeInstanceOf(Error);
  expect([shape.name, shape.code, argument.name, argument.code]).toEqual([
    'ShapeError',
    'ERR_GRADTAPE_SHAPE',
    'ArgumentError',
    'ERR_GRADTAPE_ARGUMENT',
  ]);
});
