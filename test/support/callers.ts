/** Which public functions apply which ops, found by running the examples of their documentation with somebody listening. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from 'gradtape';
import { dtypes } from '../../lib/core/dtype.ts';
import { type AnyOp, context } from '../../lib/core/op.ts';
import { trace } from '../../lib/graph/trace.ts';
import { examplesOf, moduleOf } from './examples.ts';
import { filesOf, root } from './project.ts';

/** Calls of public functions that are going on, the innermost last. */
const calls: string[] = [];
/** Classes that the example at hand has made something of. */
let made = new Set<string>();
/** True while a call is repeated on other dtypes. */
let repeating = false;

/** For each op the functions that applied it, for each function its ops, and for each op the classes that were there when nobody called. */
const [callersOf, opsOf, classesOf] = [new Map<AnyOp, Set<string>>(), new Map<string, Set<AnyOp>>(), new Map<AnyOp, Set<string>>()];
/** For each op and each of its inputs the dtypes that came; of an op without inputs, those that it made. */
const dtypesOf = new Map<AnyOp, Set<tf.DType>[]>();

function into<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  map.set(key, (map.get(key) ?? new Set<V>()).add(value));
}

function note(op: AnyOp): void {
  const caller = calls.at(-1);
  if (caller === undefined) {
    for (const name of made) into(classesOf, op, name);
    return;
  }
  into(callersOf, op, caller);
  into(opsOf, caller, op);
}

/** Takes down what an op was given. */
export function noteDtypes(op: AnyOp, inputs: readonly { dtype: tf.DType }[], outputs: readonly { dtype: tf.DType }[]): void {
  const places = dtypesOf.get(op) ?? [];
  // A state of the random generator tells nothing.
  const shown = inputs.length === 0 || op.traits.random ? outputs.slice(0, 1) : inputs;
  shown.forEach(({ dtype }, i) => {
    places[i] = (places[i] ?? new Set()).add(dtype);
  });
  dtypesOf.set(op, places);
}

/** Ops that hold programs are in traces alone: those of what a call traces to. */
function noteTraced(run: () => unknown): void {
  let nodes: readonly { readonly op: AnyOp }[] = [];
  try {
    nodes = trace('example', [], run).graph.nodes;
  } catch {
    // What reads values cannot be traced; its ops are known already.
  }
  for (const { op } of nodes) if (!callersOf.has(op)) note(op);
}

const isNumbers = (x: unknown): boolean =>
  Array.isArray(x) && x.length > 0 && x.every((item) => typeof item === 'number' || isNumbers(item));
const isTensorLike = (x: unknown): boolean => (x instanceof tf.Tensor && !x.dtype.startsWith('complex')) || isNumbers(x);

/** Calls `f` once more with tensors of each dtype: all of them, and the first alone. What refuses them is not noted. */
function repeat(f: (...args: unknown[]) => unknown, args: readonly unknown[]): void {
  const places = args.flatMap((arg, i) => (isTensorLike(arg) ? [i] : []));
  if (places.length === 0) return;
  repeating = true;
  for (const dtype of dtypes) {
    for (const changed of [places, places.slice(0, 1)]) {
      try {
        const result = f(...args.map((arg, i) => (changed.includes(i) ? tf.cast(tf.tensor(arg as tf.TensorLike), dtype) : arg)));
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // It takes no such tensors.
      }
    }
  }
  repeating = false;
}

/** A call of a public function in an example. */
export interface Call {
  readonly path: string;
  readonly args: readonly unknown[];
  readonly run: (...args: readonly unknown[]) => unknown;
}

const recorded: Call[] = [];

function during<T>(path: string, args: readonly unknown[], run: (...args: readonly unknown[]) => T): T {
  if (calls.length === 0) recorded.push({ path, args, run });
  calls.push(path);
  try {
    const takesFunctions = args.flat().some((arg) => typeof arg === 'function');
    if (takesFunctions && context.tracer === undefined) noteTraced(() => run(...args));
    if (calls.length === 1 && !takesFunctions && context.tracer === undefined) repeat(run, args);
    return run(...args);
  } finally {
    calls.pop();
  }
}

/** `value`, public under the name `path`, such that calls of it are known. */
function watched(path: string, value: unknown): unknown {
  if (typeof value === 'function') {
    return new Proxy(value, {
      apply: (f, self, args) => during(path, args, (...given) => Reflect.apply(f, self, given)),
      construct(f, args, target) {
        if (path !== 'Variable') made.add(path);
        return Reflect.construct(f, args, target);
      },
    });
  }
  const isGroup =
    typeof value === 'object' && value !== null && ['Object', 'Module'].includes(Object.prototype.toString.call(value).slice(8, -1));
  if (!isGroup) return value;
  return new Proxy({}, { get: (_, name) => watched(path === '' ? String(name) : `${path}.${String(name)}`, Reflect.get(value, name)) });
}

/** The package as the examples see it. */
export const watchedPackage: unknown = watched('', tf);

/** What the examples of the documentation apply. */
export interface Callers {
  /** Public functions that apply an op, those of fewest ops first; classes where there are none. */
  of(op: AnyOp): string[];
  /** The dtypes of each input, in examples and where their calls were repeated with other dtypes. */
  dtypes(op: AnyOp): readonly ReadonlySet<tf.DType>[];
  /** What the examples call. */
  readonly calls: readonly Call[];
  /** Examples that could not be run. */
  readonly failed: readonly string[];
}

/** Runs every example of the documentation of ops, and of what is built around them. */
export async function runExamples(rooms = ['ops', 'control', 'autodiff', 'losses', 'optimizers']): Promise<Callers> {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/callers-'));
  const examples = rooms.flatMap((room) => filesOf(`lib/${room}`, /\.ts$/)).flatMap(examplesOf);
  const failed: string[] = [];
  const { listeners } = context;
  context.listeners = [
    {
      applied(op, inputs, outputs) {
        noteDtypes(op, inputs, outputs);
        if (!repeating) note(op);
      },
    },
  ];
  const log = console.log;
  console.log = () => {};
  try {
    for (const [i, { code, place }] of examples.entries()) {
      made = new Set();
      const file = join(folder, `${i}.ts`);
      const source = "import { watchedPackage as tf } from '../../test/support/callers.ts';";
      writeFileSync(file, moduleOf(code).replace(/import \* as tf from 'gradtape';?/, source));
      try {
        await import(file);
      } catch (error) {
        failed.push(`${place}: ${(error as Error).message}`);
      }
    }
  } finally {
    console.log = log;
    context.listeners = listeners;
    rmSync(folder, { recursive: true, force: true });
  }
  const breadth = (name: string): number => opsOf.get(name)?.size ?? 0;
  const byBreadth = (names: Iterable<string>): string[] => [...names].sort((a, b) => breadth(a) - breadth(b) || (a < b ? -1 : 1));
  return {
    of: (op) => byBreadth(callersOf.get(op) ?? classesOf.get(op) ?? []),
    dtypes: (op) => dtypesOf.get(op) ?? [],
    calls: recorded,
    failed,
  };
}
