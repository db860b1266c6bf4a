/** A function applied to one row after the other: written down step by step, or, where that would be long, as one op. */
import { recordAs } from '../autodiff/custom.ts';
import { ArgumentError } from '../core/errors.ts';
import { apply, context, declare, type Op } from '../core/op.ts';
import { emptyTensor, isDifferentiable, isTraced, symbolicTensor, type Tensor, valuesOf } from '../core/tensor.ts';
import { readValue } from '../core/variable.ts';
import { Subgraph, tensorOfView, writeView } from '../graph/subgraph.ts';
import { add } from '../ops/arithmetic.ts';
import { zeros, zerosLike } from '../ops/creation.ts';
import { stack, unstack } from '../ops/join.ts';
import { checkSame, functionOf, Part, slopesOf, tensorFor } from './parts.ts';

/** Up to so many steps a trace writes down one after the other. */
const MOST_STEPS = 256;

/** What a step passes on, and what it gives for its row. */
export interface Step {
  readonly carry: readonly Tensor[];
  readonly ys: readonly Tensor[];
}

/** One step: what is carried, and a row of each element. */
export type StepFunction = (carry: readonly Tensor[], xs: readonly Tensor[]) => Step;

interface ScanAttrs {
  readonly body: Subgraph;
  readonly carries: number;
  readonly elements: number;
  readonly length: number;
  readonly reverse: boolean;
}

/** Inputs: what is carried, the elements, what the body captures. Outputs: what is carried at the end, and rows of what the body gives. */
const scanOp: Op<ScanAttrs, 'inputs'> = declare<ScanAttrs, 'inputs'>({
  name: 'scan',
  attrs: [],
  traits: { refuses: () => true },
  infer: (_, { body, carries, length }) =>
    body.graph.results.map(({ shape, dtype }, i) => ({ shape: i < carries ? shape : [length, ...shape], dtype })),
  kernel(inputs, outputs, { body, carries, elements, length, reverse }) {
    let carry = inputs.slice(0, carries).map(tensorOfView);
    const sources = inputs.slice(carries, carries + elements);
    const captured = inputs.slice(carries + elements).map(tensorOfView);
    const rows = sources.map(({ shape, dtype }) => emptyTensor(shape.slice(1), dtype));
    for (let step = 0; step < length; step++) {
      const at = reverse ? length - 1 - step : step;
      rows.forEach((row, i) => {
        valuesOf(row).set(sources[i].data.subarray(at * row.size, (at + 1) * row.size));
      });
      const results = body.run([...carry, ...rows, ...captured]);
      for (const tensor of carry) tensor.dispose();
      carry = results.slice(0, carries);
      results.slice(carries).forEach((y, i) => {
        writeView(outputs[carries + i], y, at * y.size);
        y.dispose();
      });
    }
    carry.forEach((tensor, i) => {
      writeView(outputs[i], tensor);
    });
  },
  saves: ['inputs'],
  grad: ({ dys, inputs, attrs }) => scanGradient(dys, inputs, attrs),
});

/** The gradients of a scan: a scan from its end, over what was carried into each step, which another scan finds again. */
function scanGradient(dys: readonly (Tensor | null)[], inputs: readonly Tensor[], attrs: ScanAttrs): ((() => Tensor) | null)[] {
  const { body, carries, elements, length, reverse } = attrs;
  const xs = inputs.slice(carries, carries + elements);
  const captured = inputs.slice(carries + elements);
  const run = functionOf(body.graph);
  const flows = inputs.map(isDifferentiable);
  let slopes: ReadonlyMap<number, Tensor> | undefined;
  const compute = (): ReadonlyMap<number, Tensor> => {
    const states = traceSteps('scan', length, inputs.slice(0, carries), xs, reverse, (carry, rows) => ({
      carry: run([...carry, ...rows, ...captured]).slice(0, carries),
      ys: carry,
    })).ys;
    // What flows: gradients of what is carried, then sums of those of what was captured.
    const floating = (from: number, to: number): number[] => inputs.map((_, i) => i).filter((i) => i >= from && i < to && flows[i]);
    const [carried, rows, around] = [
      floating(0, carries),
      floating(carries, carries + elements),
      floating(carries + elements, inputs.length),
    ];
    const results = body.graph.results;
    const outward = results.map((_, i) => i).filter((i) => i >= carries && isDifferentiable(results[i]));
    const dRows = outward.map((i) => dys[i] ?? zeros([length, ...results[i].shape], results[i].dtype));
    const start = [...carried.map((i) => dys[i] ?? zerosLike(inputs[i])), ...around.map((i) => zerosLike(inputs[i]))];
    const back = traceSteps('scan', length, start, [...states, ...xs, ...dRows], !reverse, (flowing, at) => {
      const dResults = results.map((_, i): Tensor | null => {
        const place = i < carries ? carried.indexOf(i) : outward.indexOf(i);
        if (place < 0) return null;
        return i < carries ? flowing[place] : at[carries + elements + place];
      });
      const found = slopesOf(run, [...at.slice(0, carries + elements), ...captured], dResults);
      return {
        carry: [...carried.map((i) => found[i]), ...around.map((i, n) => add(flowing[carried.length + n], found[i]))],
        ys: rows.map((i) => found[i]),
      };
    });
    const order = [...carried, ...around, ...rows];
    return new Map([...back.carry, ...back.ys].map((tensor, n) => [order[n], tensor]));
  };
  return inputs.map((_, i) => {
    if (!flows[i]) return null;
    return () => {
      slopes ??= compute();
      return slopes.get(i) as Tensor;
    };
  });
}

/** The op over all rows, in a program that is being traced; step by step where it draws random numbers, which differ from step to step. */
function traceSteps(
  owner: string,
  length: number,
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  reverse: boolean,
  step: StepFunction,
): Step {
  const specs = [...carry, ...xs.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }))];
  const part = new Part(owner, specs, (inputs) => {
    const made = step(inputs.slice(0, carry.length), inputs.slice(carry.length));
    return [...made.carry, ...made.ys];
  });
  if (part.draws) return eachStep(length, carry, xs, reverse, step);
  const { results } = part.graph;
  checkSame(owner, 'what is carried must keep its shapes and dtypes', carry, results.slice(0, carry.length));
  const variables = part.assigned;
  const captured = part.capturedWithout(variables);
  const body = new Subgraph({
    ...part.graph,
    inputs: [
      ...part.given.slice(0, carry.length),
      ...variables.map((variable) => part.inputOf(variable)),
      ...part.given.slice(carry.length),
      ...captured.map(({ value }) => value),
    ],
    results: [...results.slice(0, carry.length), ...variables.map((variable) => part.resultOf(variable)), ...results.slice(carry.length)],
    assignments: [],
  });
  const carries = carry.length + variables.length;
  const inputs = [...carry, ...variables.map(readValue), ...xs, ...captured.map(({ capture }) => tensorFor(capture))];
  const made = apply(scanOp, inputs, { body, carries, elements: xs.length, length, reverse });
  variables.forEach((variable, i) => {
    variable.assign(made[carry.length + i]);
  });
  return { carry: made.slice(0, carry.length), ys: made.slice(carries) };
}

/** The rows of `x`, whose gradients are put together at once. */
function rowsOf(x: Tensor): Tensor[] {
  const { listeners } = context;
  context.listeners = [];
  let rows: Tensor[];
  try {
    rows = unstack(x);
  } finally {
    context.listeners = listeners;
  }
  return recordAs('rows', [x], rows, ({ dys }) => [() => stack(dys.map((dy, i) => dy ?? zerosLike(rows[i])))]);
}

function eachStep(length: number, carry: readonly Tensor[], xs: readonly Tensor[], reverse: boolean, step: StepFunction): Step {
  const rows = xs.map(rowsOf);
  const ys: (readonly Tensor[])[] = [];
  let now = carry;
  for (let i = 0; i < length; i++) {
    const at = reverse ? length - 1 - i : i;
    const made = step(
      now,
      rows.map((row) => row[at]),
    );
    now = made.carry;
    ys[at] = made.ys;
  }
  return { carry: now, ys: ys.length === 0 ? [] : ys[0].map((_, n) => stack(ys.map((row) => row[n]))) };
}

/** `step` for each of `length` rows of `xs`, in order or from the end. Without rows it is called once on tensors without values, to see what it gives. */
export function runSteps(
  owner: string,
  length: number,
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  reverse: boolean,
  step: StepFunction,
): Step {
  if (length === 0) {
    const symbolic = xs.map(({ shape, dtype }) => symbolicTensor(shape.slice(1), dtype));
    return { carry, ys: step(carry, symbolic).ys.map(({ shape, dtype }) => zeros([0, ...shape], dtype)) };
  }
  const isLong = context.tracer !== undefined && length > MOST_STEPS && [...carry, ...xs].some(isTraced);
  return isLong ? traceSteps(owner, length, carry, xs, reverse, step) : eachStep(length, carry, xs, reverse, step);
}

/** The size of the first axis, which all elements share. */
export function lengthOf(owner: string, xs: readonly Tensor[]): number {
  const [first] = xs;
  if (first === undefined || xs.some((x) => x.rank === 0 || x.shape[0] !== first.shape[0])) {
    throw new ArgumentError(
      `${owner}: the elements need a first axis of one size; received shapes ${xs.map(({ shape }) => `[${shape.join(',')}]`).join(' and ')}`,
    );
  }
  return first.shape[0];
}
