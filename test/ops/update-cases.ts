/** Situations of the steps that optimizers take: rules and their slots, sizes and numbers of variables, scales, cuts and decay. */
import * as tf from 'gradtape';
import { adadeltaUpdate, adagradUpdate, adamaxUpdate, ftrlUpdate, lionUpdate, nadamUpdate } from '../../lib/ops/adaptive.ts';
import { adamUpdate, rmspropUpdate, type Step, sgdUpdate } from '../../lib/ops/update.ts';
import { type Case, FLOATS, values } from './values.ts';

type Shapes = readonly (readonly number[])[];

/** One variable of every kind of size, and several in a step: small ones, and such that pieces begin and end inside of them. */
const SETS: readonly Shapes[] = [[[]], [[5]], [[0]], [[40001]], [[7, 19], [], [3], [0], [64]], [[16380], [5], [16384], [33], [20000], [1]]];

/** A slot: values of both signs, values from 0 on, or values from 1 on. */
export type SlotKind = 'signed' | 'positive' | 'large';

const SLOTS: Readonly<Record<SlotKind, (x: tf.Tensor) => tf.Tensor>> = {
  signed: (x) => tf.mul(x, 0.1),
  positive: (x) => x.square(),
  large: (x) => tf.add(x.square(), 1),
};

type Apply = (step: Step) => readonly tf.Tensor[];

/** All outputs of a step, one after the other. */
function stepOf(shapes: Shapes, dtype: tf.DType, slots: readonly SlotKind[], apply: Apply, changes: Partial<Step> = {}): tf.Tensor {
  const results = apply({
    learningRate: tf.scalar(0.01, 'float64'),
    iterations: tf.scalar(6, 'int32'),
    variables: shapes.map((shape, k) => ({
      value: values(shape, dtype, 10 * k + 1),
      gradient: values(shape, dtype, 10 * k + 2),
      slots: slots.map((kind, j) => SLOTS[kind](values(shape, dtype, 10 * k + 3 + j))),
    })),
    scales: null,
    clipValue: 0,
    weightDecay: shapes.map(() => 0),
    ...changes,
  });
  return tf.concat(results.map((x) => tf.reshape(x, [x.size])));
}

/** Gradients that are some rows, in some order, of variables with rows of several widths; beside one that has all. */
function someRows(dtype: tf.DType, slots: readonly SlotKind[]): Partial<Step> {
  const shapes = [[700, 33], [5], [40, 2, 3], [90]];
  return {
    variables: shapes.map((shape, k) => {
      const [count, ...row] = shape;
      const places = Int32Array.from({ length: count }, (_, i) => (i % 9 === 4 || i % 9 === 5 ? (7 * i) % count : count));
      return {
        value: values(shape, dtype, 10 * k + 1),
        gradient: values(k === 1 ? shape : [count, ...row], dtype, 10 * k + 2),
        places: k === 1 ? null : tf.tensor(places, [count], 'int32'),
        slots: slots.map((kind, j) => SLOTS[kind](values(shape, dtype, 10 * k + 3 + j))),
      };
    }),
    weightDecay: shapes.map((_, k) => (k === 2 ? 0.5 : 0)),
  };
}

/** The situations of one rule. */
export function ruleCases(op: string, what: string, slots: readonly SlotKind[], apply: Apply): Case[] {
  const made = (how: string, dtype: tf.DType, shapes: Shapes, changes: () => Partial<Step>): Case => ({
    op,
    what: `${what}${how} ${dtype} [${shapes.map((shape) => `[${shape}]`)}]`,
    run: () => stepOf(shapes, dtype, slots, apply, changes()),
  });
  return FLOATS.flatMap((dtype) => [
    ...SETS.map((shapes) => made('', dtype, shapes, () => ({}))),
    made(', some rows', dtype, [], () => someRows(dtype, slots)),
    made(', some rows, scaled and cut', dtype, [], () => ({ ...someRows(dtype, slots), scales: tf.scalar(0.3), clipValue: 0.2 })),
    ...SETS.slice(-2).flatMap((shapes) => [
      made(', scaled', dtype, shapes, () => ({ scales: tf.scalar(0.3, 'float64') })),
      made(', each scaled', dtype, shapes, () => ({ scales: values([shapes.length], dtype, 77) })),
      made(', cut', dtype, shapes, () => ({ clipValue: 0.7 })),
      made(', decaying', dtype, shapes, () => ({ weightDecay: shapes.map((_, k) => (k % 2 === 0 ? 0.5 : 0)) })),
    ]),
  ]);
}

/** The cases of gradient descent, RMSprop and Adam, with and without each slot. */
export const updateCases: readonly Case[] = [
  ...ruleCases('sgdUpdate', 'plain', [], (step) => sgdUpdate(step, { momentum: 0, nesterov: false })),
  ...[false, true].flatMap((nesterov) =>
    ruleCases('sgdUpdate', nesterov ? 'Nesterov' : 'momentum', ['signed'], (step) => sgdUpdate(step, { momentum: 0.9, nesterov })),
  ),
  ...[0, 0.9].flatMap((momentum) =>
    [false, true].flatMap((centered) =>
      // A mean square is at least the square of the mean.
      ruleCases(
        'rmspropUpdate',
        `momentum ${momentum}${centered ? ' centered' : ''}`,
        ['large', ...(momentum > 0 ? (['signed'] as const) : []), ...(centered ? (['signed'] as const) : [])],
        (step) => rmspropUpdate(step, { rho: 0.9, momentum, epsilon: 1e-7, centered }),
      ),
    ),
  ),
  ...[false, true].flatMap((amsgrad) =>
    ruleCases('adamUpdate', amsgrad ? 'AMSGrad' : 'plain', ['signed', 'positive', ...(amsgrad ? (['positive'] as const) : [])], (step) =>
      adamUpdate(step, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad }),
    ),
  ),
  ...ruleCases('adagradUpdate', 'plain', ['large'], (step) => adagradUpdate(step, { epsilon: 1e-7 })),
  ...ruleCases('adadeltaUpdate', 'plain', ['positive', 'positive'], (step) => adadeltaUpdate(step, { rho: 0.9, epsilon: 1e-3 })),
  ...ruleCases('adamaxUpdate', 'plain', ['signed', 'large'], (step) => adamaxUpdate(step, { beta1: 0.9, beta2: 0.9, epsilon: 1e-7 })),
  ...ruleCases('nadamUpdate', 'plain', ['signed', 'large'], (step) =>
    nadamUpdate(step, tf.scalar(0.2, 'float64'), { beta1: 0.9, beta2: 0.9, epsilon: 1e-7 }),
  ),
  ...ruleCases('lionUpdate', 'plain', ['signed'], (step) => lionUpdate(step, { beta1: 0.4137, beta2: 0.9 })),
  ...[-0.5, -0.7].flatMap((learningRatePower) =>
    ruleCases('ftrlUpdate', `power ${learningRatePower}`, ['large', 'signed'], (step) =>
      ftrlUpdate(
        { ...step, learningRate: tf.scalar(0.5) },
        {
          learningRatePower,
          l1RegularizationStrength: 0.1,
          l2RegularizationStrength: 0.2,
          l2ShrinkageRegularizationStrength: 0.3,
          beta: 0.4,
        },
      ),
    ),
  ),
  {
    op: 'adamUpdate',
    what: 'a rate in float32 and a gradient of another dtype',
    run: () =>
      stepOf([[3]], 'float32', ['signed', 'positive'], (step) => {
        const [{ value, slots }] = step.variables;
        const variables = [{ value, gradient: values([3], 'float64'), slots }];
        return adamUpdate(
          { ...step, learningRate: tf.scalar(0.5), variables },
          { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false },
        );
      }),
  },
  {
    op: 'sgdUpdate',
    what: 'NaN, infinity and zeros, cut, scaled and decaying',
    run: () => {
      const value = tf.tensor([1, Number.POSITIVE_INFINITY, Number.NaN, 0, -0, 2]);
      const gradient = tf.tensor([Number.NaN, 1, 1, Number.NEGATIVE_INFINITY, 0, 5]);
      const [learningRate, iterations] = [tf.scalar(0.1), tf.scalar(0, 'int32')];
      const variables = [1, 2].map(() => ({ value, gradient, slots: [] }));
      const step = { learningRate, iterations, variables, scales: tf.tensor([2, 3]), clipValue: 4, weightDecay: [0, 0.5] };
      return tf.concat([...sgdUpdate(step, { momentum: 0, nesterov: false })]);
    },
  },
];
