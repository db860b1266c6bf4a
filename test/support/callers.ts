/** Which public functions apply which ops, found by running the examples of their documentation with somebody listening. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from 'gradtape';
import { type AnyOp, context } from '../../lib/core/op.ts';
import { trace } from '../../lib/graph/trace.ts';
import { examplesOf, moduleOf } from './examples.ts';
import { filesOf, root } from './project.ts';

/** Calls of public functions that are going on, the innermost last. */
const calls: string[] = [];
/** For each op the functions that applied it, and for each function its ops. */
const [callersOf, opsOf] = [new Map<AnyOp, Set<string>>(), new Map<string, Set<AnyOp>>()];

function into<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  map.set(key, (map.get(key) ?? new Set<V>()).add(value));
}

function note(op: AnyOp): void {
  const caller = calls.at(-1);
  if (caller === undefined) return;
  into(callersOf, op, caller);
  into(opsOf, caller, op);
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

function during<T>(path: string, takesFunctions: boolean, run: () => T): T {
  calls.push(path);
  try {
    if (takesFunctions && context.tracer === undefined) noteTraced(run);
    return run();
  } finally {
    calls.pop();
  }
}

/** `value`, public under the name `path`, such that calls of it are known. */
function watched(path: string, value: unknown): unknown {
  if (typeof value === 'function') {
    const takesFunctions = (args: readonly unknown[]): boolean => args.flat().some((arg) => typeof arg === 'function');
    return new Proxy(value, {
      apply: (f, self, args) => during(path, takesFunctions(args), () => Reflect.apply(f, self, args)),
      construct: (f, args, target) => during(path, false, () => Reflect.construct(f, args, target)),
    });
  }
  const isGroup =
    typeof value === 'object' && value !== null && ['Object', 'Module'].includes(Object.prototype.toString.call(value).slice(8, -1));
  if (!isGroup) return value;
  return new Proxy({}, { get: (_, name) => watched(path === '' ? String(name) : `${path}.${String(name)}`, Reflect.get(value, name)) });
}

/** The package as the examples see it. */
export const watchedPackage: unknown = watched('', tf);

/** What examples are found to call. */
export interface Callers {
  /** Public functions that apply an op, those of fewest ops first. */
  functions(op: AnyOp): string[];
  /** Classes in whose examples an op is applied outside of any function. */
  readonly failed: readonly string[];
}

/** Runs every example of the documentation of ops, and of what is built around them. */
export async function runExamples(): Promise<Callers> {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/callers-'));
  const rooms = ['ops', 'control', 'autodiff', 'optimizers', 'random'];
  const examples = rooms.flatMap((room) => filesOf(`lib/${room}`, /\.ts$/)).flatMap(examplesOf);
  const failed: string[] = [];
  const { listeners } = context;
  context.listeners = [{ applied: note }];
  try {
    for (const [i, { code, place }] of examples.entries()) {
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
    context.listeners = listeners;
    rmSync(folder, { recursive: true, force: true });
  }
  const breadth = (name: string): number => opsOf.get(name)?.size ?? 0;
  return {
    functions: (op) => [...(callersOf.get(op) ?? [])].sort((a, b) => breadth(a) - breadth(b) || (a < b ? -1 : 1)),
    failed,
  };
}
