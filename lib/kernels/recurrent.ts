/** Reference loops of whole sequences through LSTMs and GRUs, and of what flows back: a product for each step, and a pass over the gates. */
import type { TypedArray } from '../core/dtype.ts';
import type { View } from '../core/op.ts';
import { matMulKernel } from './matmul.ts';

/** Whether a sequence has a bias. */
export interface SequenceAttrs {
  readonly biased: boolean;
}

/** Which outputs of a sequence have a gradient: all states, the last one, the last cell state. */
export interface SequenceGradientAttrs extends SequenceAttrs {
  readonly ofAll: boolean;
  readonly ofLast: boolean;
  readonly ofCell: boolean;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const viewOf = (data: TypedArray, shape: readonly number[]): View => ({ data, size: data.length, shape, dtype: 'float64' });

/** Rows of `a`, as long as `b` needs them, times `b` or its transpose. */
function product(a: TypedArray, b: View, transposeB = false): Float64Array {
  const [k, n] = transposeB ? [b.shape[1], b.shape[0]] : [b.shape[0], b.shape[1]];
  const rows = k === 0 ? 0 : a.length / k;
  const c = new Float64Array(rows * n);
  matMulKernel([viewOf(a, [rows, k]), b], [viewOf(c, [rows, n])], { transposeA: false, transposeB });
  return c;
}

/** What gates get of the inputs of all steps. */
function projected(x: View, kernel: View, bias: View | undefined): Float64Array {
  const columns = kernel.shape[1];
  const z = x.shape[2] === 0 ? new Float64Array(x.shape[0] * x.shape[1] * columns) : product(x.data, kernel);
  if (bias !== undefined) for (let i = 0; i < z.length; i++) z[i] += bias.data[i % columns];
  return z;
}

/** The states of step `at`, of so many elements; those to begin with before the first. */
function stateAt(all: View, first: View, at: number): TypedArray {
  return at < 0 ? first.data : all.data.subarray(at * first.size, (at + 1) * first.size);
}

/** The inputs of a gradient behind `first` that are there, in the order of the flags. */
function flowsOf(inputs: readonly View[], first: number, flags: readonly boolean[]): (View | undefined)[] {
  let next = first;
  return flags.map((isThere) => (isThere ? inputs[next++] : undefined));
}

/**
 * An LSTM over a sequence. Inputs x [steps, batch, inputs], kernel, recurrent kernel, h and c to begin with, perhaps a bias. Outputs: hidden states of all steps, the last one, the last cell state, cell
 * states of all steps, and gates [steps, batch, 4 * units] after their activations: input, forget, content, output.
 */
export function lstmKernel(inputs: readonly View[], outputs: readonly View[], { biased }: SequenceAttrs): void {
  const [x, kernel, recurrent, h, c] = inputs;
  const [ys, last, lastCell, cells, gates] = outputs;
  const [[steps], [batch, units]] = [x.shape, h.shape];
  const z = projected(x, kernel, biased ? inputs[5] : undefined);
  for (let t = 0; t < steps; t++) {
    const fromState = product(stateAt(ys, h, t - 1), recurrent);
    const before = stateAt(cells, c, t - 1);
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < units; j++) {
        const [from, to, at] = [4 * row * units + j, 4 * (t * batch + row) * units + j, (t * batch + row) * units + j];
        const input = sigmoid(z[to] + fromState[from]);
        const forget = sigmoid(z[to + units] + fromState[from + units]);
        const content = Math.tanh(z[to + 2 * units] + fromState[from + 2 * units]);
        const output = sigmoid(z[to + 3 * units] + fromState[from + 3 * units]);
        const next = forget * before[row * units + j] + input * content;
        gates.data[to] = input;
        gates.data[to + units] = forget;
        gates.data[to + 2 * units] = content;
        gates.data[to + 3 * units] = output;
        cells.data[at] = next;
        ys.data[at] = output * Math.tanh(next);
      }
    }
  }
  last.data.set(stateAt(ys, h, steps - 1));
  lastCell.data.set(stateAt(cells, c, steps - 1));
}

/** What flows back through an LSTM. Inputs: its gates and cell states, its inputs, gradients of its first three outputs. Outputs: what flows to the gates before their activations, to h and to c. */
export function lstmGradientKernel(inputs: readonly View[], outputs: readonly View[], attrs: SequenceGradientAttrs): void {
  const [gates, cells, x, , recurrent, h, c] = inputs;
  const [dys, dLast, dCell] = flowsOf(inputs, attrs.biased ? 8 : 7, [attrs.ofAll, attrs.ofLast, attrs.ofCell]);
  const [dz, dh, dc] = outputs;
  const [[steps], [batch, units]] = [x.shape, h.shape];
  let flow: TypedArray = Float64Array.from(dLast?.data ?? new Float64Array(h.size));
  const cellFlow = Float64Array.from(dCell?.data ?? new Float64Array(h.size));
  for (let t = steps - 1; t >= 0; t--) {
    const before = stateAt(cells, c, t - 1);
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < units; j++) {
        const [i, gate, at] = [row * units + j, 4 * (t * batch + row) * units + j, (t * batch + row) * units + j];
        const [input, forget] = [gates.data[gate], gates.data[gate + units]];
        const [content, output] = [gates.data[gate + 2 * units], gates.data[gate + 3 * units]];
        const shown = Math.tanh(cells.data[at]);
        const dy = flow[i] + (dys === undefined ? 0 : dys.data[at]);
        const dNext = cellFlow[i] + dy * output * (1 - shown * shown);
        cellFlow[i] = dNext * forget;
        dz.data[gate] = dNext * content * input * (1 - input);
        dz.data[gate + units] = dNext * before[i] * forget * (1 - forget);
        dz.data[gate + 2 * units] = dNext * input * (1 - content * content);
        dz.data[gate + 3 * units] = dy * shown * output * (1 - output);
      }
    }
    flow = product(dz.data.subarray(4 * t * h.size, 4 * (t + 1) * h.size), recurrent, true);
  }
  dh.data.set(flow);
  dc.data.set(cellFlow);
}

/**
 * A GRU over a sequence, its reset gate behind the product. Inputs x [steps, batch, inputs], kernel, recurrent kernel, h to begin with, perhaps a bias for each product. Outputs: states of all steps,
 * the last one, and [steps, batch, 4 * units]: update and reset gate, content, and what the reset gate has multiplied.
 */
export function gruKernel(inputs: readonly View[], outputs: readonly View[], { biased }: SequenceAttrs): void {
  const [x, kernel, recurrent, h] = inputs;
  const [ys, last, gates] = outputs;
  const [[steps], [batch, units]] = [x.shape, h.shape];
  const z = projected(x, kernel, biased ? inputs[4] : undefined);
  const bias = biased ? inputs[5].data : new Float64Array(3 * units);
  for (let t = 0; t < steps; t++) {
    const before = stateAt(ys, h, t - 1);
    const fromState = product(before, recurrent);
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < units; j++) {
        const [from, of, at] = [3 * row * units + j, 3 * (t * batch + row) * units + j, (t * batch + row) * units + j];
        const update = sigmoid(z[of] + fromState[from] + bias[j]);
        const reset = sigmoid(z[of + units] + fromState[from + units] + bias[units + j]);
        const shown = fromState[from + 2 * units] + bias[2 * units + j];
        const content = Math.tanh(z[of + 2 * units] + reset * shown);
        const to = 4 * (t * batch + row) * units + j;
        gates.data[to] = update;
        gates.data[to + units] = reset;
        gates.data[to + 2 * units] = content;
        gates.data[to + 3 * units] = shown;
        ys.data[at] = content + update * (before[row * units + j] - content);
      }
    }
  }
  last.data.set(stateAt(ys, h, steps - 1));
}

/** What flows back through a GRU. Inputs: its states and gates, its inputs, gradients of its first two outputs. Outputs: what flows to the product with x, to the one with the state, and to h. */
export function gruGradientKernel(inputs: readonly View[], outputs: readonly View[], attrs: Omit<SequenceGradientAttrs, 'ofCell'>): void {
  const [ys, gates, x, , recurrent, h] = inputs;
  const [dys, dLast] = flowsOf(inputs, attrs.biased ? 8 : 6, [attrs.ofAll, attrs.ofLast]);
  const [dz, dState, dh] = outputs;
  const [[steps], [batch, units]] = [x.shape, h.shape];
  const flow = Float64Array.from(dLast?.data ?? new Float64Array(h.size));
  for (let t = steps - 1; t >= 0; t--) {
    const before = stateAt(ys, h, t - 1);
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < units; j++) {
        const [i, gate, at] = [row * units + j, 4 * (t * batch + row) * units + j, (t * batch + row) * units + j];
        const [update, reset] = [gates.data[gate], gates.data[gate + units]];
        const [content, shown] = [gates.data[gate + 2 * units], gates.data[gate + 3 * units]];
        const dy = flow[i] + (dys === undefined ? 0 : dys.data[at]);
        const dContent = dy * (1 - update) * (1 - content * content);
        const to = 3 * (t * batch + row) * units + j;
        dz.data[to] = dState.data[to] = dy * (before[i] - content) * update * (1 - update);
        dz.data[to + units] = dState.data[to + units] = dContent * shown * reset * (1 - reset);
        dz.data[to + 2 * units] = dContent;
        dState.data[to + 2 * units] = dContent * reset;
        flow[i] = dy * update;
      }
    }
    const back = product(dState.data.subarray(3 * t * h.size, 3 * (t + 1) * h.size), recurrent, true);
    for (let i = 0; i < flow.length; i++) flow[i] += back[i];
  }
  dh.data.set(flow);
}
