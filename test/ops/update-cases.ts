/** Situations of the steps that optimizers take. */
import * as tf from 'gradtape';
import { adamUpdate, rmspropUpdate, sgdUpdate } from '../../lib/ops/update.ts';
import { type Case, FLOATS, values } from './values.ts';

const SHAPES = [[], [5], [7, 19], [0], [40001]] as const;

/** Every output of a step, one after the other. */
function step(op: string, what: string, run: (numbers: (seed: number) => tf.Tensor) => readonly tf.Tensor[]): Case[] {
  return FLOATS.flatMap((dtype) =>
    SHAPES.map((shape) => ({
      op,
      what: `${what} ${dtype} [${shape}]`,
      run: () => tf.concat(run((seed) => values(shape, dtype, seed)).map((x) => tf.reshape(x, [x.size]))),
    })),
  );
}

const rate = () => tf.scalar(0.01, 'float64');

/** The cases of gradient descent, RMSprop and Adam, with and without each slot. */
export const updateCases: readonly Case[] = [
  ...step('sgdUpdate', 'plain', (x) => sgdUpdate(x(1), x(2), rate(), [], { momentum: 0, nesterov: false })),
  ...[false, true].flatMap((nesterov) =>
    step('sgdUpdate', nesterov ? 'Nesterov' : 'momentum', (x) => sgdUpdate(x(1), x(2), rate(), [x(3)], { momentum: 0.9, nesterov })),
  ),
  ...[0, 0.9].flatMap((momentum) =>
    [false, true].flatMap((centered) =>
      step('rmspropUpdate', `momentum ${momentum}${centered ? ' centered' : ''}`, (x) => {
        const mean = tf.mul(x(5), 0.1);
        // A mean square is at least the square of the mean.
        const square = tf.add(x(3).square(), 1);
        const slots = [square, ...(momentum > 0 ? [x(4)] : []), ...(centered ? [mean] : [])];
        return rmspropUpdate(x(1), x(2), rate(), slots, { rho: 0.9, momentum, epsilon: 1e-7, centered });
      }),
    ),
  ),
  ...[false, true].flatMap((amsgrad) =>
    step('adamUpdate', amsgrad ? 'AMSGrad' : 'plain', (x) => {
      const slots = [x(3), x(4).square(), ...(amsgrad ? [x(5).square()] : [])];
      return adamUpdate(x(1), x(2), rate(), tf.scalar(6, 'int32'), slots, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad });
    }),
  ),
  {
    op: 'adamUpdate',
    what: 'a rate in float32 and a gradient of another dtype',
    run: () =>
      adamUpdate(tf.ones([3]), values([3], 'float64'), tf.scalar(0.5), tf.scalar(0, 'int32'), [tf.zeros([3]), tf.zeros([3])], {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-7,
        amsgrad: false,
      })[0],
  },
];
