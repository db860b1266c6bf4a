/** Every differentiable op, differentiated twice: gradients of the first and second order against differences in float64, on what its cases apply it to. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { apply, ops } from '../../lib/core/op.ts';
import { checkGradients } from '../support/gradients.ts';
import { ELSEWHERE, pointsOf } from './points.ts';

const found = pointsOf();

describe.each(
  [...found.values()]
    .flat()
    .map((point) => [`${point.op.name} ${JSON.stringify(point.attrs)} ${point.inputs.map(({ shape }) => `[${shape}]`)}`, point] as const),
)('%s', (_, { op, attrs, inputs }) => {
  it('has right gradients of both orders', () => {
    const places = inputs.flatMap(({ dtype }, i) => (dtype === 'float64' ? [i] : []));
    const f = (...floats: tf.Tensor[]): tf.Tensor => {
      const given = inputs.map((input, i) => (places.includes(i) ? floats[places.indexOf(i)] : input));
      return tf.concat(
        apply(op, given, attrs)
          .filter(({ dtype }) => dtype === 'float64')
          .map((y) => y.reshape([-1])),
      );
    };
    checkGradients(
      f,
      places.map((i) => inputs[i]),
      2e-5,
    );
  });
});

it('those that are tested elsewhere are differentiable ops', () => {
  expect(ELSEWHERE.filter((name) => (ops.get(name)?.grad ?? 'none') === 'none')).toEqual([]);
});

it('all differentiable ops are among them', () => {
  const missing = [...ops.values()]
    .filter((op) => op.grad !== 'none' && !found.has(op) && !ELSEWHERE.includes(op.name))
    .map(({ name }) => name);
  expect(missing).toEqual([]);
});
