/** `tf.function`: a function that is traced once and from then on runs as one program. */
import { type FunctionOptions, Traceable } from './traceable.ts';

/** A program that can be looked at: `String(graph)` has a line for each op. */
export interface FunctionGraph {
  toString(): string;
}

/** What `tf.function` makes of a function. */
export interface TracedFunction<A extends readonly unknown[], R> {
  (...args: A): R;
  /** The program that ran last, or the one for calls with such arguments. */
  graph(...args: A | []): FunctionGraph;
}

const traceables = new WeakMap<object, Traceable<never, unknown>>();

/** What is behind a result of `tf.function`; another function as it would be behind that. */
export function traceableOf<A extends readonly unknown[]>(f: (...args: A) => unknown): Traceable<A, unknown> {
  const known = traceables.get(f) as Traceable<A, unknown> | undefined;
  return known ?? new Traceable(f);
}

/**
 * `f` as a function that runs as one program: the first call with new shapes, dtypes or other values calls `f` on tensors without values and writes down its
 * ops; later calls run what was written down, without calling `f`. Tensors go in and come out in any nesting of arrays and records; variables that `f` reads
 * and assigns to are found by themselves, and random numbers are those that `f` would draw. Under a tape, and while anomalies are looked for, `f`
 * itself is called; inside of another such function it becomes a part of that one.
 * @throws ArgumentError where `f` reads the values of a tensor, or keeps a tensor of an earlier call; the message names the op and the line.
 * @example
 * const w = new tf.Variable(tf.scalar(2));
 * const line = tf.function((x: tf.Tensor) => x.mul(w).add(1));
 * line(tf.tensor([1, 2])).arraySync(); // [3, 5]
 * String(line.graph()).includes('mul'); // true
 */
export function func<A extends readonly unknown[], R>(f: (...args: A) => R, options: FunctionOptions = {}): TracedFunction<A, R> {
  const traceable = new Traceable(f, options);
  const traced = Object.assign((...args: A): R => traceable.call(args), {
    graph: (...args: A | []): FunctionGraph => traceable.graph(args),
  });
  traceables.set(traced, traceable);
  return traced;
}
