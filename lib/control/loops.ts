/** `whileLoop`: steps until a condition fails. */
import { ArgumentError, checkOptions, refusePromise, show } from '../core/errors.ts';
import { apply, context, declare, type GradContext, type Gradients, type Op, type View } from '../core/op.ts';
import { checkTensors, type Structure } from '../core/structure.ts';
import { isDifferentiable, isSymbolic, isTraced, type Spec, Tensor, valuesOf } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import type { Value } from '../graph/graph.ts';
import { Subgraph, tensorOfView, writeView } from '../graph/subgraph.ts';
import { add, sub } from '../ops/arithmetic.ts';
import { castTo } from '../ops/cast.ts';
import { greaterEqual, less } from '../ops/compare.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { scalar, zerosLike } from '../ops/creation.ts';
import { view } from '../ops/shape.ts';
import { checkSame, functionOf, Part, restructure, slopesOf, tensorFor } from './parts.ts';

/** Options of `whileLoop`. */
export interface WhileLoopOptions {
  /** The most steps that it takes; any number unless given. */
  maximumIterations?: number;
}

type Condition = (...vars: Tensor[]) => Tensor | Variable | boolean;
type Body = (...vars: Tensor[]) => Tensor | readonly (Tensor | Variable)[];

interface LoopAttrs {
  readonly condition: Subgraph;
  readonly body: Subgraph;
  /** How many tensors go from step to step, and how many around them the body reads. */
  readonly carries: number;
  readonly captured: number;
  readonly maximum: number;
}

interface LoopGradientAttrs extends LoopAttrs {
  /** From what is carried, what is captured and the gradients of what comes out, those of what went in. */
  readonly slopes: Subgraph;
}

/** Inputs: what is carried, what the body captures, what the condition captures. */
function parted<T>(inputs: readonly T[], { carries, captured }: LoopAttrs): { carry: T[]; around: T[]; seen: T[]; rest: T[] } {
  const end = carries + captured;
  return { carry: inputs.slice(0, carries), around: inputs.slice(carries, end), seen: inputs.slice(end), rest: [] };
}

/** Runs the loop and hands over what was carried into each step. */
function runLoop(inputs: readonly View[], seenCount: number, attrs: LoopAttrs, each: (state: readonly Tensor[]) => void): Tensor[] {
  const { condition, body, maximum } = attrs;
  const parts = parted(inputs, attrs);
  const [around, seen] = [parts.around.map(tensorOfView), parts.seen.slice(0, seenCount).map(tensorOfView)];
  let state = parts.carry.map(tensorOfView);
  for (let step = 0; step < maximum; step++) {
    if (condition.run([...state, ...seen])[0].item() === 0) break;
    each(state);
    state = body.run([...state, ...around]);
  }
  return state;
}

const seenBy = ({ condition, carries }: LoopAttrs): number => condition.graph.inputs.length - carries;

/** Outputs: what is carried at the end, and the number of steps. */
const loopOp: Op<LoopAttrs, 'inputs'> = declare<LoopAttrs, 'inputs'>({
  name: 'whileLoop',
  attrs: [],
  traits: { refuses: () => true },
  infer: (inputs, { carries }) => [
    ...inputs.slice(0, carries).map(({ shape, dtype }) => ({ shape, dtype })),
    { shape: [], dtype: 'int32' },
  ],
  kernel(inputs, outputs, attrs) {
    let steps = 0;
    let last: readonly Tensor[] = [];
    const state = runLoop(inputs, seenBy(attrs), attrs, (now) => {
      for (const tensor of last) tensor.dispose();
      last = now;
      steps++;
    });
    state.forEach((tensor, i) => {
      writeView(outputs[i], tensor);
    });
    outputs[attrs.carries].data[0] = steps;
  },
  saves: ['inputs'],
  grad: (seen) => loopGradient(seen),
});

/** The inputs of a loop that gradients flow to: what is carried, and what the body captures. */
function flowing(inputs: readonly Spec[], { carries, captured }: LoopAttrs): { carried: number[]; around: number[] } {
  const floating = inputs.map((_, i) => i).filter((i) => isDifferentiable(inputs[i]));
  return { carried: floating.filter((i) => i < carries), around: floating.filter((i) => i >= carries && i < carries + captured) };
}

/** Inputs: those of the loop, then the gradients of what is carried at the end. Outputs: the gradients of the inputs that have one. */
const loopGradientOp: Op<LoopGradientAttrs, 'inputs'> = declare<LoopGradientAttrs, 'inputs'>({
  name: 'whileLoopGradient',
  attrs: [],
  traits: { refuses: () => true },
  infer(inputs, attrs) {
    const { carried, around } = flowing(inputs, attrs);
    return [...carried, ...around].map((i) => ({ shape: inputs[i].shape, dtype: inputs[i].dtype }));
  },
  kernel(inputs, outputs, attrs) {
    const { carried } = flowing(inputs, attrs);
    const seen = seenBy(attrs);
    const states: (readonly Tensor[])[] = [];
    runLoop(inputs, seen, attrs, (state) => states.push(state));
    const around = parted(inputs, attrs).around.map(tensorOfView);
    let dys = inputs.slice(attrs.carries + attrs.captured + seen).map(tensorOfView);
    const sums = outputs.slice(carried.length);
    for (const { data } of sums) data.fill(0);
    for (const state of states.reverse()) {
      const found = attrs.slopes.run([...state, ...around, ...dys]);
      dys = found.slice(0, carried.length);
      sums.forEach(({ data }, n) => {
        const part = valuesOf(found[carried.length + n]);
        for (let i = 0; i < data.length; i++) data[i] += part[i];
      });
    }
    dys.forEach((dy, i) => {
      writeView(outputs[i], dy);
    });
  },
  saves: ['inputs'],
  grad({ dys, inputs, attrs }) {
    let slopes: readonly Tensor[] | undefined;
    const slope = (i: number) => (): Tensor => {
      slopes ??= slopesOf((sources) => slowGradient(sources, attrs), inputs, dys);
      return slopes[i];
    };
    return inputs.map((input, i) => (isDifferentiable(input) ? slope(i) : null));
  },
});

/** The loop from here to the gradient of what went in: the body's gradient is traced, and an op goes through the states from the end. */
function loopGradient({ dys, inputs, attrs }: GradContext<LoopAttrs, 'inputs'>): Gradients {
  const { body, carries, captured } = attrs;
  const { carried, around } = flowing(inputs, attrs);
  const into = inputs.slice(0, carries + captured);
  let slopes: readonly Tensor[] | undefined;
  const compute = (): readonly Tensor[] => {
    const part = new Part('whileLoop', [...into, ...carried.map((i) => inputs[i])], (given) => {
      const dResults = body.graph.results.map((_, i) => given[into.length + carried.indexOf(i)] ?? null);
      const wanted = dResults.map((dy, i) => (carried.includes(i) ? dy : null));
      const found = slopesOf(functionOf(body.graph), given.slice(0, into.length), wanted);
      return [...carried, ...around].map((i) => found[i]);
    });
    const given = carried.map((i) => dys[i] ?? zerosLike(inputs[i]));
    return apply(loopGradientOp, [...inputs, ...given], { ...attrs, slopes: new Subgraph(part.graph) });
  };
  return inputs.map((_, i) => {
    const place = [...carried, ...around].indexOf(i);
    if (place < 0) return null;
    return () => {
      slopes ??= compute();
      return slopes[place];
    };
  });
}

/** What `loopGradientOp` computes, in loops that can be differentiated: each state is found by going there from the beginning. */
function slowGradient(inputs: readonly Tensor[], attrs: LoopGradientAttrs): readonly Tensor[] {
  const seen = seenBy(attrs);
  const { carry, around, seen: others } = parted(inputs, attrs);
  const [watched, dys] = [others.slice(0, seen), others.slice(seen)];
  const { carried, around: flows } = flowing(inputs, attrs);
  const [condition, body] = [functionOf(attrs.condition.graph), functionOf(attrs.body.graph)];
  const count = traceLoop(
    (...state) => condition([...state, ...watched])[0],
    (...state) => body([...state, ...around]),
    carry,
    attrs.maximum,
  ).count;
  const start = [sub(count, scalar(1, 'int32')), ...dys, ...flows.map((i) => zerosLike(inputs[i]))];
  const { vars } = traceLoop(
    (step) => greaterEqual(step, 0),
    (step, ...sums) => {
      const [, ...state] = traceLoop(
        (done) => less(done, step),
        (done, ...state) => [add(done, 1), ...body([...state, ...around])],
        [scalar(0, 'int32'), ...carry],
        attrs.maximum,
      ).vars;
      const dResults = state.map((_, i) => (carried.includes(i) ? sums[carried.indexOf(i)] : null));
      const found = slopesOf(body, [...state, ...around], dResults);
      return [sub(step, 1), ...carried.map((i) => found[i]), ...flows.map((i, n) => add(sums[carried.length + n], found[i]))];
    },
    start,
    Number.POSITIVE_INFINITY,
  );
  return vars.slice(1);
}

/** The op that runs the loop, in a program that is being traced. */
function traceLoop(condition: Condition, body: Body, vars: readonly Tensor[], maximum: number): { vars: readonly Tensor[]; count: Tensor } {
  const owner = 'whileLoop';
  const test = new Part(owner, vars, (inputs) => {
    const truth = condition(...inputs);
    if (typeof truth === 'boolean') throw new ArgumentError(`whileLoop: the condition gave a tensor before, and now ${truth}`);
    return truth;
  });
  const step = new Part(owner, vars, (inputs) => listOf(body(...inputs)));
  if (test.assigned.length > 0) {
    throw new ArgumentError(`whileLoop: only the body may assign; the condition assigns to the variable "${test.assigned[0].name}"`);
  }
  if (test.draws || step.draws) {
    throw new ArgumentError(
      'whileLoop: in a traced function it cannot draw random numbers, of which each step would need its own; draw them before it, or use scan',
    );
  }
  checkTruth(test.graph.results[0]);
  checkSame(owner, 'the body must keep shapes and dtypes', vars, step.graph.results);
  const variables = step.assigned;
  const subgraph = (part: Part, results: readonly Value[]): Subgraph => {
    const inputs = [...part.given, ...variables.map((variable) => part.inputOf(variable))];
    const captured = part.capturedWithout(variables).map(({ value }) => value);
    return new Subgraph({ ...part.graph, inputs: [...inputs, ...captured], results, assignments: [] });
  };
  const attrs: LoopAttrs = {
    condition: subgraph(test, test.graph.results),
    body: subgraph(step, [...step.graph.results, ...variables.map((variable) => step.resultOf(variable))]),
    carries: vars.length + variables.length,
    captured: step.capturedWithout(variables).length,
    maximum,
  };
  const captured = [step, test].flatMap((part) => part.capturedWithout(variables).map(({ capture }) => tensorFor(capture)));
  const made = apply(loopOp, [...vars, ...variables.map(readValue), ...captured], attrs);
  variables.forEach((variable, i) => {
    variable.assign(made[vars.length + i]);
  });
  return { vars: made.slice(0, vars.length), count: made[attrs.carries] };
}

function listOf(result: Tensor | readonly (Tensor | Variable)[]): readonly Tensor[] {
  const list: unknown = result instanceof Tensor || result instanceof Variable ? [result] : result;
  if (!Array.isArray(list)) throw new ArgumentError(`whileLoop: the body must return tensors; received ${show(list)}`);
  return list.map((entry) => {
    if (entry instanceof Variable) return readValue(entry);
    if (entry instanceof Tensor) return entry;
    throw new ArgumentError(`whileLoop: the body must return tensors; received ${show(entry)}`);
  });
}

function checkTruth({ shape }: Spec): void {
  if (shape.some((d) => d !== 1))
    throw new ArgumentError(`whileLoop: the condition must give one truth value; received shape ${show(shape)}`);
}

/** True if the condition holds; undefined where its value is not known yet. */
function truthOf(truth: Tensor | Variable | boolean): boolean | undefined {
  if (typeof truth === 'boolean') return truth;
  if (!(truth instanceof Tensor || truth instanceof Variable))
    throw new ArgumentError(`whileLoop: the condition must give one truth value; received ${show(truth)}`);
  checkTruth(truth);
  if (truth instanceof Tensor && (isTraced(truth) || isSymbolic(truth))) return undefined;
  return truth.item() !== 0;
}

/**
 * `loopVars` after `body`, which returns the next ones, of the same shapes and dtypes, for as long as `condition` gives true (not 0). In a traced function both are
 * traced, and the steps run between native parts of the program; random numbers cannot be drawn inside then. Its gradient runs the loop once more and keeps the state of each step; a
 * gradient of that gradient, in a traced function, takes a number of steps that grows with the square.
 * @throws ArgumentError for a condition that does not give one truth value; ShapeError where the body changes a shape.
 * @example
 * const power = (x: tf.Tensor) => tf.whileLoop((_, i) => i.less(3), (y, i) => [y.mul(x), i.add(1)], [1, 0])[0];
 * power(tf.scalar(2)).item(); // 8
 * tf.grad(power)(2).item(); // 12
 */
export function whileLoop(condition: Condition, body: Body, loopVars: readonly TensorLike[], options: WhileLoopOptions = {}): Tensor[] {
  for (const f of [condition, body]) {
    if (typeof f !== 'function') throw new ArgumentError(`whileLoop: expected two functions; received ${show(f)}`);
  }
  if (!Array.isArray(loopVars)) throw new ArgumentError(`whileLoop: the loop variables come as a list; received ${show(loopVars)}`);
  checkOptions('whileLoop', options, ['maximumIterations']);
  const { maximumIterations = Number.POSITIVE_INFINITY } = options;
  if (!(maximumIterations >= 0)) {
    throw new ArgumentError(`whileLoop: maximumIterations must be a number >= 0; received ${show(maximumIterations)}`);
  }
  const start = loopVars.map((value: TensorLike) => toTensor('whileLoop', value));
  let vars: readonly Tensor[] = start;
  for (let step = 0; step < maximumIterations; step++) {
    const goesOn = truthOf(condition(...vars));
    if (goesOn === undefined && context.tracer !== undefined) return [...traceLoop(condition, body, vars, maximumIterations - step).vars];
    if (goesOn === false) break;
    const next = body(...vars);
    refusePromise('whileLoop:', next);
    const list = listOf(next);
    checkSame('whileLoop', 'the body must keep shapes and dtypes', vars, list);
    vars = list;
    // A model that is being drawn asks for shapes only.
    if (goesOn === undefined) break;
  }
  return vars.map((tensor) => (start.includes(tensor) ? view(tensor) : tensor));
}

/**
 * What `body` makes of `initial`, called with each whole number (int32) from `lower` to below `upper` and what it gave for the one before, of the same shapes and dtypes. Tensors come in
 * any nesting of lists and records. In a traced function as `whileLoop`.
 * @throws ArgumentError for bounds that are not one number each; ShapeError where the body changes a shape.
 * @example
 * tf.foriLoop(1, 5, (i: tf.Tensor, product: tf.Tensor) => product.mul(i), tf.scalar(1)).item(); // 24
 */
export function foriLoop<S extends Structure<Tensor>>(
  lower: TensorLike,
  upper: TensorLike,
  body: (i: Tensor, value: S) => S,
  initial: S,
): S {
  if (typeof body !== 'function') throw new ArgumentError(`foriLoop: expected a function; received ${show(body)}`);
  const tensorsIn = (structure: unknown): Tensor[] =>
    checkTensors('foriLoop', structure).map((leaf) => (leaf instanceof Variable ? readValue(leaf) : leaf));
  const [from, to] = [lower, upper].map((bound) => {
    const x = toTensor('foriLoop', bound);
    if (x.rank !== 0 || x.dtype === 'bool')
      throw new ArgumentError(`foriLoop: bounds are one number each; received ${show(x.shape)} of ${x.dtype}`);
    return castTo(x, 'int32');
  });
  const [, ...results] = whileLoop(
    (i) => less(i, to),
    (i, ...state) => {
      const next = body(i, restructure(initial, state) as S);
      refusePromise('foriLoop:', next);
      return [add(i, 1), ...tensorsIn(next)];
    },
    [from, ...tensorsIn(initial)],
  );
  return restructure(initial, results) as S;
}
