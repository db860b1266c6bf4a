/** `cond` and `switchCase`: one of several functions, chosen by a value. */
import { ArgumentError, refusePromise, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import type { Structure } from '../core/structure.ts';
import { isDifferentiable, isSymbolic, isTraced, type Tensor } from '../core/tensor.ts';
import { Subgraph, tensorOfView, writeView } from '../graph/subgraph.ts';
import type { Capture } from '../graph/trace.ts';
import { castTo } from '../ops/cast.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { zerosLike } from '../ops/creation.ts';
import { reshape } from '../ops/shape.ts';
import { checkSame, functionOf, Part, restructure, slopesOf, tensorFor } from './parts.ts';

interface SwitchAttrs {
  readonly branches: readonly Subgraph[];
  /** For each branch, which of the inputs behind the index it takes. */
  readonly picks: readonly (readonly number[])[];
}

/** Which branch an index names: one outside of them names the last, as in TensorFlow. */
function clampIndex(index: number, count: number): number {
  return index >= 0 && index < count ? Math.trunc(index) : count - 1;
}

const switchOp: Op<SwitchAttrs, 'inputs'> = declare<SwitchAttrs, 'inputs'>({
  name: 'switchCase',
  attrs: [],
  traits: { refuses: () => true },
  infer: (_, { branches }) => branches[0].graph.results.map(({ shape, dtype }) => ({ shape, dtype })),
  kernel([index, ...inputs], outputs, { branches, picks }) {
    const chosen = clampIndex(index.data[0], branches.length);
    const results = branches[chosen].run(picks[chosen].map((i) => tensorOfView(inputs[i])));
    results.forEach((result, i) => {
      writeView(outputs[i], result);
    });
  },
  saves: ['inputs'],
  grad({ dys, inputs: [index, ...inputs], attrs: { branches, picks } }) {
    let slopes: readonly Tensor[] | undefined;
    const compute = (): readonly Tensor[] =>
      choose(
        'switchCase',
        index,
        branches.map(({ graph }, branch) => () => {
          const pick = picks[branch];
          const found = slopesOf(
            functionOf(graph),
            pick.map((i) => inputs[i]),
            dys,
          );
          return inputs.map((input, i) => (pick.includes(i) ? found[pick.indexOf(i)] : zerosLike(input)));
        }),
      );
    const slope = (i: number) => (): Tensor => {
      slopes ??= compute();
      return slopes[i];
    };
    return [null, ...inputs.map((input, i) => (isDifferentiable(input) ? slope(i) : null))];
  },
});

/** The op that runs one of the branches, in a program that is being traced. */
function traceBranches(owner: string, index: Tensor, branches: readonly (() => unknown)[]): unknown {
  const parts = branches.map((branch) => new Part(owner, [], branch));
  const [first, ...others] = parts;
  for (const other of others)
    checkSame(owner, 'every branch must give the same shapes and dtypes', first.graph.results, other.graph.results);
  const variables = [...new Set(parts.flatMap(({ assigned }) => assigned))];
  const captures: Capture[] = [];
  const placeOf = (capture: Capture): number => {
    const known = captures.findIndex(
      (other) =>
        (capture.kind === 'tensor' && other.kind === 'tensor' && capture.tensor === other.tensor) ||
        (capture.kind === 'variable' && other.kind === 'variable' && capture.variable === other.variable),
    );
    return known >= 0 ? known : captures.push(capture) - 1;
  };
  const made = parts.map((part) => {
    const results = [...part.graph.results, ...variables.map((variable) => part.resultOf(variable))];
    const captured = part.capturedWithout([]);
    const graph = { ...part.graph, inputs: captured.map(({ value }) => value), results, assignments: [] };
    return { branch: new Subgraph(graph), pick: captured.map(({ capture }) => placeOf(capture)) };
  });
  const attrs = { branches: made.map(({ branch }) => branch), picks: made.map(({ pick }) => pick) };
  const results = apply(switchOp, [index, ...captures.map(tensorFor)], attrs);
  const count = first.graph.results.length;
  variables.forEach((variable, i) => {
    variable.assign(results[count + i]);
  });
  return restructure(first.structure, results.slice(0, count));
}

function choose<R>(owner: string, index: Tensor, branches: readonly (() => R)[]): R {
  if (isTraced(index)) return traceBranches(owner, index, branches) as R;
  // A model that is being drawn asks for shapes only.
  const result = branches[isSymbolic(index) ? 0 : clampIndex(index.item(), branches.length)]();
  refusePromise(`${owner}:`, result);
  return result;
}

/** The only element of a predicate or an index. */
function checkScalar(owner: string, what: string, value: TensorLike): Tensor {
  const x = toTensor(owner, value);
  if (x.size === 1) return reshape(x, []);
  throw new ArgumentError(`${owner}: ${what} must have one element; received shape ${show(x.shape)}`);
}

/**
 * What `trueFn` gives where `pred` is true (not 0), else what `falseFn` gives; only that one is called. In a traced function, where the value of `pred` is known only when it runs,
 * both are traced, must give tensors of the same shapes and dtypes, and one of them runs, between native parts of the program; random numbers are then drawn for both.
 * A variable that a traced branch assigns to has no gradient from there on.
 * @throws ArgumentError for a `pred` of more than one element; ShapeError for traced branches that differ.
 * @example
 * const slope = (x: tf.TensorLike) => tf.grad((x) => tf.cond(x.greater(0), () => x.square(), () => x.mul(-3)))(x).item();
 * slope(2); // 4
 * slope(-1); // -3
 */
export function cond<R extends Structure<Tensor>>(pred: TensorLike, trueFn: () => R, falseFn: () => R): R {
  for (const f of [trueFn, falseFn]) {
    if (typeof f !== 'function') throw new ArgumentError(`cond: expected two functions; received ${show(f)}`);
  }
  const truth = castTo(castTo(checkScalar('cond', 'the predicate', pred), 'bool'), 'int32');
  return choose('cond', truth, [falseFn, trueFn]);
}

/**
 * What the function at position `index` of `branches` gives, or the last one for an index outside; only that one is called. In a traced function as `cond`.
 * @throws ArgumentError for an index of more than one element or of truth values, or without branches.
 * @example
 * tf.switchCase(1, [() => tf.scalar(10), () => tf.scalar(20)]).item(); // 20
 */
export function switchCase<R extends Structure<Tensor>>(index: TensorLike, branches: readonly (() => R)[]): R {
  if (!Array.isArray(branches) || branches.length === 0 || branches.some((branch) => typeof branch !== 'function')) {
    throw new ArgumentError(`switchCase: the branches come as a list of functions; received ${show(branches)}`);
  }
  const place = checkScalar('switchCase', 'the index', index);
  if (place.dtype === 'bool') throw new ArgumentError('switchCase: the index must be a number; received dtype bool');
  return choose('switchCase', castTo(place, 'int32'), branches);
}
