/** `recomputeGrad`: less memory between forward and backward, for a second forward. */
import { ArgumentError, refusePromise, show } from '../core/errors.ts';
import { apply, context, declare, type Listener, type Op, type Tracer } from '../core/op.ts';
import { mapStructure, type Structure, tensorsIn } from '../core/structure.ts';
import { emptyTensor, hold, isDifferentiable, Tensor, unhold } from '../core/tensor.ts';
import { peekValue, type Variable } from '../core/variable.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { skipDraws, writeStates } from '../ops/random.ts';
import { recordAs } from './custom.ts';
import { GradientTape } from './tape.ts';

type None = Record<never, never>;
const NONE: None = Object.freeze({});

/** The same values as a tensor of its own, so that a trace does not take what is computed from it for what was computed before. */
const againOp: Op<None> = declare<None>({
  name: 'again',
  attrs: [],
  infer: ([x]) => [x],
  alias: () => 0,
  kernel([x], [y]) {
    y.data.set(x.data);
  },
  saves: [],
  grad: ({ dy }) => [() => dy],
});

/** What a call has read and drawn: what a replay must find again. */
class Past {
  /** The values under which each variable was read, in order. */
  readonly reads = new Map<Variable, Tensor[]>();
  /** States of the random generator that a trace has handed out. */
  readonly states: Tensor[] = [];
  readonly generator = skipDraws(0);

  /** The result of `f`, whose ops no tape records, though they see which variables it reads. */
  call<T>(f: () => T): T {
    const { listeners, tracer } = context;
    const blind = listeners.map((listener) => (listener.read === undefined ? listener : blindOf(listener)));
    const reader: Listener = {
      applied() {},
      read: (variable, value) => {
        const values = this.reads.get(variable) ?? [];
        if (values.at(-1) === value) return;
        // An assignment further on must not take it before tapes have it.
        hold(value);
        this.reads.set(variable, [...values, value]);
      },
    };
    context.listeners = [...blind, reader];
    if (tracer !== undefined) {
      context.tracer = {
        read: (variable) => tracer.read(variable),
        assign: (variable, value) => tracer.assign(variable, value),
        draw: (blocks) => {
          const state = tracer.draw(blocks);
          this.states.push(state);
          return state;
        },
        outside: (inner) => tracer.outside(inner),
      };
    }
    try {
      return f();
    } finally {
      context.listeners = listeners;
      context.tracer = tracer;
    }
  }

  /** The result of `f` once more: it reads `reads` and draws what it drew, and what it assigns is let go. */
  replay<T>(reads: ReadonlyMap<Variable, readonly Tensor[]>, f: () => T): T {
    const { listeners, tracer } = context;
    // Tapes know these variables from the first call; a second reading would count twice.
    context.listeners = listeners.map((listener) => (listener.read === undefined ? listener : deafOf(listener)));
    context.tracer = this.#again(reads, tracer);
    try {
      return f();
    } finally {
      context.listeners = listeners;
      context.tracer = tracer;
    }
  }

  #again(reads: ReadonlyMap<Variable, readonly Tensor[]>, outer: Tracer | undefined): Tracer {
    const versions = new Map<Variable, number>();
    const outside = <T>(inner: () => T): T => {
      const present = context.tracer;
      context.tracer = outer;
      try {
        return outer === undefined ? inner() : outer.outside(inner);
      } finally {
        context.tracer = present;
      }
    };
    let drawn = 0;
    let draws = 0;
    return {
      read: (variable) => {
        const values = reads.get(variable);
        if (values === undefined) return outer === undefined ? outside(() => peekValue(variable)) : outer.read(variable);
        return values[Math.min(versions.get(variable) ?? 0, values.length - 1)];
      },
      assign: (variable) => {
        versions.set(variable, (versions.get(variable) ?? 0) + 1);
      },
      draw: (blocks) => {
        const known = this.states.at(draws++);
        if (known !== undefined) return apply(againOp, [known], NONE)[0];
        const state = emptyTensor([4], 'int32');
        writeStates(state, this.generator.seed, this.generator.drawn, [drawn]);
        drawn += blocks;
        return state;
      },
      outside,
    };
  }
}

/** A tape that hears of reads and not of ops. */
function blindOf(listener: Listener): Listener {
  return {
    applied() {},
    read: (variable, value) => listener.read?.(variable, value),
    assigned: (variable, value) => listener.assigned?.(variable, value),
  };
}

/** A tape that hears of ops and not of reads. */
function deafOf(listener: Listener): Listener {
  return { applied: (op, inputs, outputs, attrs) => listener.applied(op, inputs, outputs, attrs) };
}

/**
 * `f` with less to keep for its gradient: only the inputs and the variables that it reads stay, and the pass back calls `f` again (Chen et al. 2016). It finds the
 * same variables and random numbers then, and what it assigns to is not assigned twice. `f` must compute the same for the same inputs.
 * @throws ArgumentError where `f` is no function, or returns something else than tensors.
 * @example
 * const block = tf.recomputeGrad((x: tf.Tensor) => x.sin().exp());
 * tf.grad((x) => block(x))(0).item(); // 1
 */
export function recomputeGrad<A extends TensorLike[], R extends Structure<Tensor>>(
  f: (...inputs: { [K in keyof A]: Tensor }) => R,
): (...inputs: { [K in keyof A]: TensorLike }) => R {
  if (typeof f !== 'function') throw new ArgumentError(`recomputeGrad: expected a function; received ${show(f)}`);
  const call = f as (...inputs: Tensor[]) => R;
  return (...values) => {
    const inputs = values.map((value) => toTensor('recomputeGrad', value));
    const past = new Past();
    const result = past.call(() => call(...inputs));
    refusePromise('recomputeGrad:', result);
    const results = tensorsIn(result);
    if (results.length === 0) throw new ArgumentError(`recomputeGrad: the function must return tensors; received ${show(result)}`);
    const variables = [...past.reads];
    const kept = [...inputs, ...variables.flatMap(([, read]) => read)];
    const outputs = recordAs('recomputeGrad', kept, results, ({ dys, inputs: before }) => {
      let slopes: readonly Tensor[] | undefined;
      const compute = (): readonly Tensor[] => {
        const sources = before.map((x) => apply(againOp, [x], NONE)[0]);
        let position = inputs.length;
        const reads = new Map(
          variables.map(([variable, { length }]) => {
            position += length;
            return [variable, sources.slice(position - length, position)];
          }),
        );
        const tape = new GradientTape({ watchAccessedVariables: false });
        const again = past.replay(reads, () =>
          tape.record(() => {
            tape.watch(sources.filter(isDifferentiable));
            return tensorsIn(call(...sources.slice(0, inputs.length)));
          }),
        );
        const wanted = again.flatMap((target, i) => (dys[i] === null ? [] : [{ target, dy: dys[i] as Tensor }]));
        return tape.gradient(
          wanted.map(({ target }) => target),
          sources,
          { outputGradients: wanted.map(({ dy }) => dy), unconnectedGradients: 'zero' },
        ) as Tensor[];
      };
      return before.map((x, i) => {
        if (!isDifferentiable(x)) return null;
        return () => {
          slopes ??= compute();
          return slopes[i];
        };
      });
    });
    for (const [, read] of variables) read.forEach(unhold);
    let position = 0;
    return mapStructure(result, (leaf) => (leaf instanceof Tensor ? outputs[position++] : leaf)) as R;
  };
}
