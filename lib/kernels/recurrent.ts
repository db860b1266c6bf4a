/** Reference loops of whole sequences through LSTMs and GRUs, and of what flows back. */
import type { TypedArray } from '../core/dtype.ts';
import type { View } from '../core/op.ts';

/** Whether a sequence has a bias. */
export interface SequenceAttrs {
  readonly biased: boolean;
}

/** The sizes of a sequence. */
interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly units: number;
}

function sizesOf(x: View, h: View): Sizes {
  const [steps, batch, inputs] = x.shape;
  return { steps, batch, inputs, units: h.shape[1] };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Adds a row times a matrix of so many columns to `sums`. */
function addProduct(row: TypedArray, from: number, size: number, matrix: TypedArray, sums: Float64Array): void {
  const columns = sums.length;
  for (let k = 0; k < size; k++) {
    const factor = row[from + k];
    for (let j = 0, at = k * columns; j < columns; j++, at++) sums[j] += factor * matrix[at];
  }
}

/** Adds a row times a transposed matrix of so many columns to `sums`. */
function addTransposed(row: TypedArray, from: number, columns: number, matrix: TypedArray, sums: Float64Array): void {
  for (let k = 0; k < sums.length; k++) {
    let total = 0;
    for (let j = 0, at = k * columns; j < columns; j++, at++) total += row[from + j] * matrix[at];
    sums[k] += total;
  }
}

/**
 * An LSTM over a sequence. Inputs x [steps, batch, inputs], kernel, recurrent kernel, h and c to begin with, perhaps a bias. Outputs: hidden states of all steps, the last one, the last cell state, cell
 * states of all steps, and gates [steps, batch, 4 * units] after their activations: input, forget, content, output.
 */
export function lstmKernel(inputs: readonly View[], outputs: readonly View[], { biased }: SequenceAttrs): void {
  const [x, kernel, recurrent, h, c] = inputs;
  const bias = biased ? inputs[5].data : undefined;
  const [ys, last, lastCell, cells, gates] = outputs;
  const { steps, batch, inputs: features, units } = sizesOf(x, h);
  const sums = new Float64Array(4 * units);
  for (let row = 0; row < batch; row++) {
    let [hidden, hiddenAt, cell, cellAt] = [h.data, row * units, c.data, row * units];
    for (let t = 0; t < steps; t++) {
      const at = t * batch + row;
      if (bias === undefined) sums.fill(0);
      else sums.set(bias);
      addProduct(x.data, at * features, features, kernel.data, sums);
      addProduct(hidden, hiddenAt, units, recurrent.data, sums);
      for (let j = 0; j < units; j++) {
        const [input, forget, content, output] = [0, 1, 2, 3].map((gate) => {
          const z = sums[gate * units + j];
          const value = gate === 2 ? Math.tanh(z) : sigmoid(z);
          gates.data[(4 * at + gate) * units + j] = value;
          return value;
        });
        const next = forget * cell[cellAt + j] + input * content;
        cells.data[at * units + j] = next;
        ys.data[at * units + j] = output * Math.tanh(next);
      }
      [hidden, hiddenAt, cell, cellAt] = [ys.data, at * units, cells.data, at * units];
    }
    for (let j = 0; j < units; j++) {
      last.data[row * units + j] = hidden[hiddenAt + j];
      lastCell.data[row * units + j] = cell[cellAt + j];
    }
  }
}

/** Which outputs have a gradient: all states, the last one, the last cell state. */
export interface SequenceGradientAttrs extends SequenceAttrs {
  readonly ofAll: boolean;
  readonly ofLast: boolean;
  readonly ofCell: boolean;
}

/** The inputs of a gradient behind `first` that are there, in the order of the attributes. */
function flowsOf(inputs: readonly View[], first: number, flags: readonly boolean[]): (TypedArray | undefined)[] {
  let next = first;
  return flags.map((isThere) => (isThere ? inputs[next++].data : undefined));
}

/** What flows back through an LSTM. Inputs: its gates and cell states, its inputs, gradients of its first three outputs. Outputs: what flows to the gates before their activations, to h and to c. */
export function lstmGradientKernel(inputs: readonly View[], outputs: readonly View[], attrs: SequenceGradientAttrs): void {
  const [gates, cells, x, , recurrent, h, c] = inputs;
  const [dys, dLast, dCell] = flowsOf(inputs, attrs.biased ? 8 : 7, [attrs.ofAll, attrs.ofLast, attrs.ofCell]);
  const [dz, dh, dc] = outputs;
  const { steps, batch, units } = sizesOf(x, h);
  const flow = new Float64Array(units);
  const cellFlow = new Float64Array(units);
  for (let row = 0; row < batch; row++) {
    for (let j = 0; j < units; j++) {
      flow[j] = dLast?.[row * units + j] ?? 0;
      cellFlow[j] = dCell?.[row * units + j] ?? 0;
    }
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * batch + row;
      for (let j = 0; j < units; j++) {
        const [input, forget, content, output] = [0, 1, 2, 3].map((gate) => gates.data[(4 * at + gate) * units + j]);
        const before = t > 0 ? cells.data[(at - batch) * units + j] : c.data[row * units + j];
        const shown = Math.tanh(cells.data[at * units + j]);
        const dy = flow[j] + (dys?.[at * units + j] ?? 0);
        const dNext = cellFlow[j] + dy * output * (1 - shown * shown);
        cellFlow[j] = dNext * forget;
        const slopes = [
          dNext * content * input * (1 - input),
          dNext * before * forget * (1 - forget),
          dNext * input * (1 - content * content),
          dy * shown * output * (1 - output),
        ];
        slopes.forEach((slope, gate) => {
          dz.data[(4 * at + gate) * units + j] = slope;
        });
      }
      flow.fill(0);
      addTransposed(dz.data, 4 * at * units, 4 * units, recurrent.data, flow);
    }
    for (let j = 0; j < units; j++) {
      dh.data[row * units + j] = flow[j];
      dc.data[row * units + j] = cellFlow[j];
    }
  }
}

/**
 * A GRU over a sequence, its reset gate behind the product. Inputs x [steps, batch, inputs], kernel, recurrent kernel, h to begin with, perhaps a bias for each product. Outputs: states of all steps,
 * the last one, and [steps, batch, 4 * units]: update and reset gate, content, and what the reset gate has multiplied.
 */
export function gruKernel(inputs: readonly View[], outputs: readonly View[], { biased }: SequenceAttrs): void {
  const [x, kernel, recurrent, h, bias, stateBias] = inputs;
  const [ys, last, gates] = outputs;
  const { steps, batch, inputs: features, units } = sizesOf(x, h);
  const [sums, others] = [new Float64Array(3 * units), new Float64Array(3 * units)];
  for (let row = 0; row < batch; row++) {
    let [state, stateAt] = [h.data, row * units];
    for (let t = 0; t < steps; t++) {
      const at = t * batch + row;
      sums.set(biased ? bias.data : new Float64Array(3 * units));
      others.set(biased ? stateBias.data : new Float64Array(3 * units));
      addProduct(x.data, at * features, features, kernel.data, sums);
      addProduct(state, stateAt, units, recurrent.data, others);
      for (let j = 0; j < units; j++) {
        const [update, reset] = [0, 1].map((gate) => sigmoid(sums[gate * units + j] + others[gate * units + j]));
        const shown = others[2 * units + j];
        const content = Math.tanh(sums[2 * units + j] + reset * shown);
        [update, reset, content, shown].forEach((value, part) => {
          gates.data[(4 * at + part) * units + j] = value;
        });
        ys.data[at * units + j] = content + update * (state[stateAt + j] - content);
      }
      [state, stateAt] = [ys.data, at * units];
    }
    for (let j = 0; j < units; j++) last.data[row * units + j] = state[stateAt + j];
  }
}

/** What flows back through a GRU. Inputs: its states and gates, its inputs, gradients of its first two outputs. Outputs: what flows to the product with x, to the one with the state, and to h. */
export function gruGradientKernel(inputs: readonly View[], outputs: readonly View[], attrs: Omit<SequenceGradientAttrs, 'ofCell'>): void {
  const [ys, gates, x, , recurrent, h] = inputs;
  const [dys, dLast] = flowsOf(inputs, attrs.biased ? 8 : 6, [attrs.ofAll, attrs.ofLast]);
  const [dz, dState, dh] = outputs;
  const { steps, batch, units } = sizesOf(x, h);
  const flow = new Float64Array(units);
  for (let row = 0; row < batch; row++) {
    for (let j = 0; j < units; j++) flow[j] = dLast?.[row * units + j] ?? 0;
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * batch + row;
      for (let j = 0; j < units; j++) {
        const [update, reset, content, shown] = [0, 1, 2, 3].map((part) => gates.data[(4 * at + part) * units + j]);
        const before = t > 0 ? ys.data[(at - batch) * units + j] : h.data[row * units + j];
        const dy = flow[j] + (dys?.[at * units + j] ?? 0);
        const dContent = dy * (1 - update) * (1 - content * content);
        const slopes = [dy * (before - content) * update * (1 - update), dContent * shown * reset * (1 - reset)];
        [...slopes, dContent].forEach((slope, part) => {
          dz.data[(3 * at + part) * units + j] = slope;
        });
        [...slopes, dContent * reset].forEach((slope, part) => {
          dState.data[(3 * at + part) * units + j] = slope;
        });
        flow[j] = dy * update;
      }
      addTransposed(dState.data, 3 * at * units, 3 * units, recurrent.data, flow);
    }
    dh.data.set(flow, row * units);
  }
}
