/** Single steps of recurrent networks: values, gradients, traces, and what they refuse. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { expect, it } from 'vitest';
import { expectMade } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

interface Values {
  readonly shape: number[];
  readonly values: number[];
}

const { basic } = JSON.parse(readFileSync(new URL('../fixtures/recurrent.json', import.meta.url), 'utf8'));
const tensorOf = ({ values, shape }: Values): tf.Tensor => tf.tensor(values, shape, 'float64');
const [x, h, c, kernel, bias] = [basic.x, basic.h, basic.c, basic.kernel, basic.bias].map(tensorOf);

it('basicLSTMCell makes the step that Keras makes with its gates in another order, op by op and traced', () => {
  const step = (x: tf.Tensor, c: tf.Tensor, h: tf.Tensor) => tf.basicLSTMCell(0.5, kernel, bias, x, c, h);
  for (const run of [step, tf.function(step)]) {
    run(x, c, h).forEach((y, i) => {
      expectMade(y, basic.next[i], 1e-6);
    });
  }
});

it('cells on top of each other have right gradients of both orders', () => {
  const of = (shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float64', 5);
  const cells = (first: tf.Tensor, second: tf.Tensor, bias: tf.Tensor): tf.LSTMCellFunc[] =>
    [first, second].map((kernel) => (data, c, h) => tf.basicLSTMCell(1, kernel, bias, data, c, h));
  const f = (data: tf.Tensor, c: tf.Tensor, h: tf.Tensor, first: tf.Tensor, second: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
    const [nextC, nextH] = tf.multiRNNCell(cells(first, second, bias), data, [c, h], [h, c]);
    return tf.stack([...nextC, ...nextH]);
  };
  const inputs: [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] = [
    of([2, 1]),
    of([2, 2]),
    of([2, 2]),
    of([3, 8]),
    of([4, 8]),
    of([8]),
  ];
  checkGradients(f, inputs, 1e-5);
  expect(
    tf
      .function(f)(...inputs)
      .arraySync(),
  ).toEqual(f(...inputs).arraySync());
});

it('what does not fit is refused', () => {
  expect(() => tf.basicLSTMCell(1, tf.zeros([6, 12]), bias, x, c, h)).toThrow(
    'basicLSTMCell: needs a kernel [inputs + units, 4 * units], data [batch, inputs], and c and h [batch, units]; received [6,12], [3,2], [3,4], [3,4]',
  );
  const cell: tf.LSTMCellFunc = (data, c, h) => tf.basicLSTMCell(1, kernel, bias, data, c, h);
  expect(() => tf.multiRNNCell([cell], x, [c, c], [h])).toThrow(
    'multiRNNCell: needs a list of cells, and of c and h one state for each; received 1, 2, 1',
  );
});
