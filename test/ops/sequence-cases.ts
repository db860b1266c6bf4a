/** Situations of recurrent networks over whole sequences, and of their gradients. */
import * as tf from 'gradtape';
import { gruSequence } from '../../lib/control/gru.ts';
import { lstmSequence } from '../../lib/control/lstm.ts';
import { type Case, FLOATS, values } from './values.ts';

interface Situation {
  readonly what: string;
  /** Steps, batch, features, units. */
  readonly sizes: readonly [number, number, number, number];
  readonly biased?: true;
  /** Which results have a gradient: all states, the last one, the last cell state. */
  readonly of?: readonly number[];
}

const SITUATIONS: readonly Situation[] = [
  { what: 'plain', sizes: [3, 2, 4, 5] },
  { what: 'of one', sizes: [1, 1, 1, 1], biased: true },
  { what: 'biased', sizes: [4, 3, 2, 17], biased: true, of: [1] },
  { what: 'of many rows', sizes: [3, 45, 7, 33], biased: true, of: [0, 2] },
  { what: 'of a unit', sizes: [3, 33, 1, 1], of: [2, 1] },
  { what: 'wide', sizes: [2, 5, 3, 130], biased: true },
  { what: 'without features', sizes: [2, 2, 0, 3], biased: true },
  { what: 'without batch', sizes: [2, 0, 3, 3] },
];

/** Tensors of these shapes, small enough that gates stay apart from 0 and 1. */
function inputsOf(dtype: tf.DType, shapes: readonly (readonly number[])[]): tf.Tensor[] {
  return shapes.map((shape, i) => values(shape, dtype, i + 1).mul(0.3));
}

/** The inputs of an LSTM, then the bias if there is one. */
export function lstmInputs(dtype: tf.DType, [steps, batch, features, units]: Situation['sizes'], biased: boolean): tf.Tensor[] {
  const all = [[steps, batch, features], [features, 4 * units], [units, 4 * units], [batch, units], [batch, units], [4 * units]];
  return inputsOf(dtype, biased ? all : all.slice(0, 5));
}

/** The inputs of a GRU, then the biases if there are any. */
export function gruInputs(dtype: tf.DType, [steps, batch, features, units]: Situation['sizes'], biased: boolean): tf.Tensor[] {
  const all = [[steps, batch, features], [features, 3 * units], [units, 3 * units], [batch, units], [3 * units], [3 * units]];
  return inputsOf(dtype, biased ? all : all.slice(0, 4));
}

/** An LSTM of its inputs in one list. */
export const runLSTM = ([x, kernel, recurrent, h, c, bias]: readonly tf.Tensor[]): tf.Tensor[] =>
  lstmSequence(x, kernel, recurrent, bias, [h, c]);

/** A GRU of its inputs in one list. */
export const runGRU = ([x, kernel, recurrent, h, bias, stateBias]: readonly tf.Tensor[]): tf.Tensor[] =>
  gruSequence(x, kernel, recurrent, bias === undefined ? undefined : [bias, stateBias], h);

const joined = (tensors: readonly tf.Tensor[]): tf.Tensor => tf.concat(tensors.map((x) => x.reshape([x.size])));

/** The gradients of all inputs for some of the results. */
function slopes(run: (inputs: readonly tf.Tensor[]) => tf.Tensor[], inputs: tf.Tensor[], of: readonly number[]): tf.Tensor {
  const loss = (...inputs: tf.Tensor[]): tf.Tensor => {
    const results = run(inputs);
    const parts = of.filter((i) => i < results.length).map((i) => results[i].mul(values(results[i].shape, results[i].dtype, 9)).sum());
    return parts.reduce((a, b) => a.add(b));
  };
  return joined(tf.grads(loss)(inputs));
}

/** The cases of this file. */
export const sequenceCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  SITUATIONS.flatMap(({ what, sizes, biased = false, of = [0] }): Case[] => {
    const [lstm, gru] = [() => lstmInputs(dtype, sizes, biased), () => gruInputs(dtype, sizes, biased)];
    return [
      { op: 'lstm', what: `${dtype} ${what}`, run: () => joined(runLSTM(lstm())) },
      { op: 'lstmGradient', what: `${dtype} ${what}`, run: () => slopes(runLSTM, lstm(), of) },
      { op: 'gru', what: `${dtype} ${what}`, run: () => joined(runGRU(gru())) },
      { op: 'gruGradient', what: `${dtype} ${what}`, run: () => slopes(runGRU, gru(), of) },
    ];
  }),
);
