/** Single steps of recurrent networks: TensorFlow's LSTM cell, and cells on top of each other. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { sigmoid, tanh } from './activations.ts';
import { add, mul, sub } from './arithmetic.ts';
import { type TensorLike, toFloat, toTensor } from './convert.ts';
import { concat, split } from './join.ts';
import { fusedMatMul } from './matmul.ts';

/** A step that takes data, cell state and hidden state, and gives the next cell state and hidden state. */
export type LSTMCellFunc = (data: Tensor, c: Tensor, h: Tensor) => [Tensor, Tensor];

/**
 * The next cell state and hidden state of an LSTM (Hochreiter and Schmidhuber 1997) after `data` [batch, inputs], from `c` and `h` [batch, units]. `lstmKernel` [inputs + units, 4 * units] and
 * `lstmBias` [4 * units] hold the input gate, the new content, the forget gate and the output gate in this order; `forgetBias` is added to the third.
 * @throws ShapeError for shapes that do not fit together.
 * @example
 * const [c, h] = tf.basicLSTMCell(1, tf.zeros([3, 4]), tf.zeros([4]), [[1, 2]], [[2]], [[0]]);
 * c.item().toFixed(4); // '1.4621'
 * h.item().toFixed(4); // '0.4490'
 */
export function basicLSTMCell(
  forgetBias: TensorLike,
  lstmKernel: TensorLike,
  lstmBias: TensorLike,
  data: TensorLike,
  c: TensorLike,
  h: TensorLike,
): [Tensor, Tensor] {
  const owner = 'basicLSTMCell';
  const [kernel, bias, x, cell, hidden] = [lstmKernel, lstmBias, data, c, h].map((value) => toFloat(owner, value));
  const units = cell.shape[1];
  if (x.rank !== 2 || hidden.rank !== 2 || cell.rank !== 2 || kernel.rank !== 2 || kernel.shape[1] !== 4 * units) {
    const shapes = [kernel, x, cell, hidden].map(({ shape }) => showShape(shape)).join(', ');
    throw new ShapeError(
      `${owner}: needs a kernel [inputs + units, 4 * units], data [batch, inputs], and c and h [batch, units]; received ${shapes}`,
    );
  }
  const [input, content, forget, output] = split(fusedMatMul({ a: concat([x, hidden], 1), b: kernel, bias }), 4, 1);
  const next = add(mul(sigmoid(input), tanh(content)), mul(cell, sigmoid(add(toTensor(owner, forgetBias), forget))));
  return [next, mul(tanh(next), sigmoid(output))];
}

/**
 * The next cell states and hidden states of cells on top of each other: the first takes `data`, each other one the hidden state of the one below. `c` and `h` hold a state for each.
 * @throws ArgumentError where there are not as many states as cells.
 * @example
 * const cell: tf.LSTMCellFunc = (data, c, h) => tf.basicLSTMCell(1, tf.zeros([2, 4]), tf.zeros([4]), data, c, h);
 * const [c, h] = tf.multiRNNCell([cell, cell], [[1]], [[[2]], [[0]]], [[[0]], [[0]]]);
 * c.map((x) => x.item().toFixed(4)); // ['1.4621', '0.0000']
 */
export function multiRNNCell(
  lstmCells: readonly LSTMCellFunc[],
  data: TensorLike,
  c: readonly TensorLike[],
  h: readonly TensorLike[],
): [Tensor[], Tensor[]] {
  const owner = 'multiRNNCell';
  const lists: readonly unknown[] = [lstmCells, c, h];
  if (!lists.every(Array.isArray) || lstmCells.length !== c.length || lstmCells.length !== h.length) {
    const counts = lists.map((list) => (Array.isArray(list) ? list.length : show(list))).join(', ');
    throw new ArgumentError(`${owner}: needs a list of cells, and of c and h one state for each; received ${counts}`);
  }
  let input = toFloat(owner, data);
  const [cells, hiddens]: [Tensor[], Tensor[]] = [[], []];
  lstmCells.forEach((cell, i) => {
    const [next, hidden] = cell(input, toFloat(owner, c[i]), toFloat(owner, h[i]));
    cells.push(next);
    hiddens.push(hidden);
    input = hidden;
  });
  return [cells, hiddens];
}

/** A function of one tensor that keeps its shape. */
type Elementwise = (x: Tensor) => Tensor;

/** Hidden state and cell state of an LSTM after a step whose gates, before their activations, are `z` [batch, 4 * units]: input, forget, content, output, in Keras's order. */
export function lstmStep(z: Tensor, c: Tensor, activation: Elementwise = tanh, gate: Elementwise = sigmoid): [Tensor, Tensor] {
  const [input, forget, content, output] = split(z, 4, 1);
  const next = add(mul(gate(forget), c), mul(gate(input), activation(content)));
  return [mul(gate(output), activation(next)), next];
}

/** The state of a GRU after a step, from what the gates get of the input and of the state, both [batch, 3 * units]: update, reset, content; the reset gate acts on the latter. */
export function gruStep(z: Tensor, recurrent: Tensor, h: Tensor, activation: Elementwise = tanh, gate: Elementwise = sigmoid): Tensor {
  const [[update, reset, content], [fromUpdate, fromReset, fromContent]] = [split(z, 3, 1), split(recurrent, 3, 1)];
  const keep = gate(add(update, fromUpdate));
  const fresh = activation(add(content, mul(gate(add(reset, fromReset)), fromContent)));
  return add(fresh, mul(keep, sub(h, fresh)));
}
