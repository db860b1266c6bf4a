/** Recurrent networks over whole sequences: gradients to second order of everything, the same bits on any number of threads, and what they refuse. */
import * as tf from 'gradtape';
import { afterEach, describe, expect, it } from 'vitest';
import { gruSequence } from '../../lib/control/gru.ts';
import { lstmSequence } from '../../lib/control/lstm.ts';
import { ops } from '../../lib/core/op.ts';
import { gruInputs, lstmInputs, runGRU, runLSTM } from '../ops/sequence-cases.ts';
import { checkGradients } from '../support/gradients.ts';

const KINDS = [
  ['lstm', runLSTM, lstmInputs],
  ['gru', runGRU, gruInputs],
] as const;

describe.each(KINDS)('%s', (_, run, inputsOf) => {
  const threads = tf.getNumThreads();
  afterEach(() => tf.setNumThreads(threads));

  it.each([[[0, 1, 2]], [[0]], [[1]], [[1, 2]]])('has right gradients of both orders with respect to all inputs, from results %j', (of) => {
    for (const biased of [true, false]) {
      const f = (...inputs: tf.Tensor[]): tf.Tensor => {
        const results = run(inputs);
        return tf.concat(of.filter((i) => i < results.length).map((i) => results[i].reshape([-1])));
      };
      checkGradients(f, inputsOf('float64', [2, 2, 1, 2], biased), 1e-5);
    }
  });

  it('has the same second gradients in a traced program, also where that is one op for many steps', () => {
    for (const steps of [3, 300]) {
      const inputs = inputsOf('float64', [steps, 1, 2, 2], true).map((x) => x.mul(0.5));
      const slope = (...inputs: tf.Tensor[]): tf.Tensor[] => {
        const inner = (...inputs: tf.Tensor[]): tf.Tensor =>
          tf
            .grads((...inputs: tf.Tensor[]) => run(inputs)[0].square().sum())(inputs)
            .map((g) => g.square().sum())
            .reduce((a, b) => a.add(b));
        return tf.grads(inner)(inputs);
      };
      const [eager, traced] = [slope(...inputs), tf.function(slope)(...(inputs as [tf.Tensor]))];
      eager.forEach((wanted, i) => {
        expect(traced[i].sub(wanted).abs().max().item()).toBeLessThan(1e-9 * Math.max(1, wanted.abs().max().item()));
      });
    }
  }, 120_000);

  it('gives the same bits on any number of threads', () => {
    const inputs = inputsOf('float32', [5, 61, 20, 48], true);
    const all = (): number[][] => {
      const loss = (...inputs: tf.Tensor[]): tf.Tensor => run(inputs)[0].square().sum();
      return [...run(inputs), ...tf.grads(loss)(inputs)].map((x) => Array.from(x.dataSync()));
    };
    tf.setNumThreads(1);
    const one = all();
    for (const count of [2, 3, 7]) {
      tf.setNumThreads(count);
      expect(all()).toEqual(one);
    }
  });
});

it('shapes that do not fit are refused', () => {
  const [x, kernel, recurrent, h, c, bias] = lstmInputs('float32', [2, 3, 4, 5], true);
  const needs = (owner: string, gates: number): string =>
    `${owner}: needs x [steps, batch, features], kernels [features, ${gates} * units] and [units, ${gates} * units], a state [batch, units] and biases [${gates} * units]; received`;
  expect(() => lstmSequence(x, recurrent, recurrent, bias, [h, c])).toThrow(`${needs('lstm', 4)} [2,3,4], [5,20], [5,20], [3,5], [20]`);
  expect(() => lstmSequence(x, kernel, recurrent, undefined, [h, x])).toThrow('lstm: the cell state needs shape [3,5]; received [2,3,4]');
  expect(() => gruSequence(x, kernel, recurrent, [bias, bias], h)).toThrow(`${needs('gru', 3)} [2,3,4], [4,20], [5,20], [3,5], [20], [20]`);
  expect(() => lstmSequence(x, kernel, recurrent, bias, [h, c.cast('float64')])).toThrow(
    'lstm: needs one floating dtype; received float32 and float64',
  );
  const infer = (name: string, inputs: readonly tf.Tensor[]) => () =>
    ops.get(name)?.infer(inputs, { biased: true, ofAll: true, ofLast: false, ofCell: false });
  const gates = tf.zeros([2, 3, 20]);
  expect(infer('lstmGradient', [gates, gates, x, kernel, recurrent, h, c, bias, gates])).toThrow(
    'lstmGradient: needs shapes [2,3,20], [2,3,5], [2,3,4], [4,20], [5,20], [3,5], [3,5], [20], [2,3,5]; received [2,3,20], [2,3,20], [2,3,4], [4,20], [5,20], [3,5], [3,5], [20], [2,3,20]',
  );
  const [sequence, ...rest] = gruInputs('float32', [2, 3, 4, 5], true);
  expect(infer('gruGradient', [gates, gates, sequence, ...rest, gates])).toThrow('gruGradient: needs shapes [2,3,5], [2,3,20], [2,3,4]');
});
