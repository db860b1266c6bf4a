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
