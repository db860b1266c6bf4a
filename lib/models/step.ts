/** A step of a model: a program that is traced once, run here or off this thread; or op by op where that is wanted. */
import { ArgumentError, refusePromise, show } from '../core/errors.ts';
import { context } from '../core/op.ts';
import { flatten, mapStructure } from '../core/structure.ts';
import { emptyTensor, Tensor } from '../core/tensor.ts';
import { tidy } from '../core/tidy.ts';
import { Variable } from '../core/variable.ts';
import { orderOf, type RunningLoop, startRowLoop } from '../graph/loop.ts';
import { signatureOf } from '../graph/signature.ts';
import { type Entry, Traceable } from '../graph/traceable.ts';
import { type Batch, type RowSource, sliceRows } from './batches.ts';
import type { Logs } from './compile.ts';
import type { AnyModel } from './model.ts';

/** What a step is for: the method that it runs. */
export type StepKind = 'trainStep' | 'testStep' | 'predictStep';

/** Numbers of a step, by name. */
export type StepLogs = Record<string, number>;

/** Steps that run off this thread. */
export interface RunningSteps {
  /** Resolves with the number of steps done. */
  readonly done: Promise<number>;
  progress(): number;
  stop(): void;
  /** The logs of a step that is done, counted from the first of these. */
  logs(step: number): StepLogs;
}

/** A step shorter than this, in milliseconds, costs less on this thread than the way to another. */
const SHORT = 0.5;

function numbersOf(logs: Logs): StepLogs {
  refusePromise('trainStep, testStep:', logs);
  return Object.fromEntries(Object.entries(logs).map(([key, value]) => [key, isValue(value) ? value.item() : value]));
}

/** One kind of step of a model. */
export class Step {
  readonly #model: AnyModel;
  readonly #kind: StepKind;
  readonly #traceable: Traceable<readonly [Batch], unknown>;
  readonly #runsEagerly: boolean;
  /** What training changed when the step was traced: a program holds on to it. */
  #trainable: readonly Variable[] | undefined;
  /** How long a step took here, in milliseconds: the least so far, by signature. */
  readonly #shortest = new Map<Entry, number>();

  constructor(model: AnyModel, kind: StepKind, runsEagerly: boolean) {
    this.#model = model;
    this.#kind = kind;
    this.#runsEagerly = runsEagerly;
    this.#traceable = new Traceable((batch: Batch) => this.#call(batch), { name: `${model.name}.${kind}` });
  }

  /** False once training is to change other variables than when the step was traced. */
  get isCurrent(): boolean {
    if (this.#trainable === undefined) return true;
    const now = this.#model.trainableVariables;
    return now.length === this.#trainable.length && this.#trainable.every((variable, i) => variable === now[i]);
  }

  /** The logs of a step on this thread. */
  logs(batch: Batch): StepLogs {
    if (this.#isEager) return tidy(() => numbersOf(this.#call(batch) as Logs));
    const entry = this.#entry(batch);
    const start = performance.now();
    const logs = tidy(() => numbersOf(this.#traceable.call([batch]) as Logs));
    this.#shortest.set(entry, Math.min(performance.now() - start, this.#shortest.get(entry) ?? Number.POSITIVE_INFINITY));
    return logs;
  }

  /** What a step of prediction gives. */
  outputs(batch: Batch): unknown {
    return tidy(() => (this.#isEager ? this.#call(batch) : this.#traceable.call([batch])));
  }

  /** A step off this thread; undefined where it is better, or only possible, on this one. */
  away(batch: Batch): RunningSteps | undefined {
    if (this.#isEager) return undefined;
    const entry = this.#entry(batch);
    if ((this.#shortest.get(entry) ?? 0) < SHORT) return undefined;
    const names = this.#names(entry);
    const loop = startRowLoop({
      ...{ body: entry.concrete, tail: undefined, inputs: signatureOf([batch]).tensors, batchSize: 0, order: undefined, start: 0, runs: 1 },
    });
    return loop === undefined ? undefined : loggingOf(names, loop);
  }

  /** Steps `start` to `end` over rows, off this thread; undefined where the backend cannot. */
  loop(source: RowSource, order: Int32Array | undefined, start: number, end: number): RunningSteps | undefined {
    if (this.#isEager) return undefined;
    const { body, tail } = this.#sides(source);
    const names = this.#names(body ?? tail);
    const loop = startRowLoop({
      body: (body ?? tail).concrete,
      tail: body === undefined || tail === undefined ? undefined : tail.concrete,
      inputs: signatureOf([source.rows]).tensors,
      batchSize: source.batchSize,
      order: order === undefined ? undefined : orderOf(order),
      start,
      runs: end - start,
    });
    return loop === undefined ? undefined : loggingOf(names, loop);
  }

  /** What prediction gives for all rows, off this thread; undefined where the backend cannot, or rows in are not rows out. */
  async predict(source: RowSource): Promise<unknown> {
    if (this.#isEager) return undefined;
    const { body, tail } = this.#sides(source);
    const { concrete, structure } = body ?? tail;
    const size = body === undefined ? source.count : source.batchSize;
    const { results } = concrete.compilation.plan;
    const left = tail?.concrete.compilation.plan.results ?? [];
    if (results.some(({ shape }) => shape[0] !== size) || left.some(({ shape }) => shape[0] !== source.count % source.batchSize))
      return undefined;
    const outputs = results.map(({ shape, dtype }) => emptyTensor([source.count, ...shape.slice(1)], dtype));
    const loop = startRowLoop({
      ...{ body: concrete, tail: body === undefined || tail === undefined ? undefined : tail.concrete },
      ...{ inputs: signatureOf([source.rows]).tensors, outputs, batchSize: size, order: undefined, start: 0 },
      runs: source.steps,
    });
    if (loop === undefined) return undefined;
    await loop.done;
    let position = 0;
    return mapStructure(structure, (leaf) => (isValue(leaf) ? outputs[position++] : leaf));
  }

  get #isEager(): boolean {
    return this.#runsEagerly || context.listeners.length > 0;
  }

  #call(batch: Batch): unknown {
    return this.#model[this.#kind](batch);
  }

  #entry(batch: Batch): Entry {
    const entry = this.#traceable.entry([batch]);
    this.#trainable ??= this.#model.trainableVariables;
    return entry;
  }

  /** The programs for whole batches, and for the rows that are left; at least one of them. */
  #sides({ rows, count, batchSize }: RowSource): { body: Entry; tail: Entry | undefined } | { body: undefined; tail: Entry } {
    const rest = count % batchSize;
    const whole = count >= batchSize ? this.#entry(sliceRows(rows, 0, batchSize)) : undefined;
    const tail = rest === 0 ? undefined : this.#entry(sliceRows(rows, 0, rest));
    if (whole !== undefined) return { body: whole, tail };
    return { body: undefined, tail: tail as Entry };
  }

  /** What a step logs, by name; refused before it runs if it is no number. */
  #names({ structure }: Entry): [string, unknown][] {
    const names = Object.entries(structure as Logs);
    for (const [name, value] of names) {
      if (isValue(value) && value.size !== 1)
        throw new ArgumentError(`${this.#kind}: "${name}" must be a number; received shape ${show([...value.shape])}`);
    }
    return names;
  }
}

/** True for what is a result of the program. */
function isValue(leaf: unknown): leaf is Tensor | Variable {
  return leaf instanceof Tensor || leaf instanceof Variable;
}

/** A loop whose results are logs of these names. */
function loggingOf(names: readonly [string, unknown][], loop: RunningLoop): RunningSteps {
  return {
    done: loop.done,
    progress: loop.progress,
    stop: loop.stop,
    logs(step) {
      const numbers = loop.numbers(step);
      let position = 0;
      return Object.fromEntries(names.map(([name, value]) => [name, isValue(value) ? numbers[position++] : (value as number)]));
    },
  };
}

/** The number of rows of a batch. */
export function rowsOf(x: unknown): number {
  const [first] = flatten(x);
  return first instanceof Tensor ? (first.shape[0] ?? 1) : 1;
}
