/** Reverse-mode differentiation: a list of what happened, read backwards. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkOptions, refusePromise, unknownWord } from '../core/errors.ts';
import { type AnyOp, context, type Listener } from '../core/op.ts';
import type { Shape } from '../core/shape.ts';
import { checkTensors, type Mapped, mapStructure, type Structure, tensorsIn } from '../core/structure.ts';
import { hold, isDifferentiable, type Spec, type Tensor, unhold } from '../core/tensor.ts';
import { peekValue, Variable } from '../core/variable.ts';
import { zerosLike } from '../ops/creation.ts';
import { sumTo } from '../ops/reduce.ts';
import { view } from '../ops/shape.ts';
import { addGradients } from '../ops/slices.ts';
import { anomalySite, inGradientOf } from './anomaly.ts';
import { batchSeeds, checkBatches, checkOne, checkSeeds, elementSeeds, joinBatches, joinRows, seedsOf } from './seeds.ts';

/** One applied op, with as much of its tensors as its gradient may see. */
interface Entry {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputIds: readonly number[];
  readonly outputIds: readonly number[];
  readonly specs: readonly Spec[];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Where it was called, known while anomalies are looked for. */
  readonly site: string | undefined;
}

/** Options of a tape. */
export interface GradientTapeOptions {
  /** Whether `gradient` may be called more than once; false unless given. */
  persistent?: boolean;
  /** Whether trainable variables are watched when they are read; true unless given. */
  watchAccessedVariables?: boolean;
}

/** Options of `GradientTape.gradient`. */
export interface GradientOptions {
  /** Gradients of something further on with respect to the targets, one for each; ones unless given. */
  outputGradients?: Structure<Tensor>;
  /** What a source that no target depends on gets: 'none' gives null, 'zero' zeros. */
  unconnectedGradients?: 'none' | 'zero';
}

/** Options of `GradientTape.jacobian` and `GradientTape.batchJacobian`. */
export type JacobianOptions = Pick<GradientOptions, 'unconnectedGradients'>;

/** A source of gradients. */
export type Source = Tensor | Variable;

/** Gradients in the structure of their sources. */
export type GradientsOf<S> = Mapped<S, Source, Tensor | null>;

const NO_TENSORS: readonly Tensor[] = [];

/** What lies between some sources and what was recorded: all that a backward pass reads. */
interface Path {
  readonly entries: readonly Entry[];
  /** Tensors, by id, that depend on a source. */
  readonly reached: ReadonlySet<number>;
  readonly sources: ReadonlySet<number>;
}

/**
 * Records ops on what it watches, and differentiates by reading them backwards. Tapes nest, so gradients of gradients are
 * right to any order.
 * @example
 * const x = tf.scalar(3);
 * const tape = new tf.GradientTape();
 * const y = tape.record(() => {
 *   tape.watch(x);
 *   return x.mul(x);
 * });
 * tape.gradient(y, x)?.item(); // 6
 */
export class GradientTape {
  readonly persistent: boolean;
  readonly #watchAccessed: boolean;
  #entries: Entry[] = [];
  readonly #watched = new Set<number>();
  /** The values under which each variable was read, oldest first. */
  readonly #reads = new Map<Variable, Set<number>>();
  #recording = false;
  #spent = false;

  constructor(options: GradientTapeOptions = {}) {
    checkOptions('GradientTape', options, ['persistent', 'watchAccessedVariables']);
    this.persistent = options.persistent ?? false;
    this.#watchAccessed = options.watchAccessedVariables ?? true;
  }

  /** Begins to record, anew if the tape is spent; returns the tape, for `using tape = new GradientTape().start()`. */
  start(): this {
    if (this.#recording) throw new ArgumentError('GradientTape: it is recording already');
    if (this.#spent) this.reset();
    this.#recording = true;
    context.listeners = [...context.listeners, this.#listener];
    return this;
  }

  /** Stops recording; what is recorded stays. */
  stop(): void {
    if (!this.#recording) throw new ArgumentError('GradientTape: it is not recording');
    this.#recording = false;
    context.listeners = context.listeners.filter((listener) => listener !== this.#listener);
  }

  /** Stops recording if the tape does; for `using`. */
  [Symbol.dispose](): void {
    if (this.#recording) this.stop();
  }

  /** The result of `f`, whose ops are recorded. `f` must not be async: what follows its first `await` would be missed. */
  record<T>(f: () => T): T {
    this.start();
    let result: T;
    try {
      result = f();
    } finally {
      if (this.#recording) this.stop();
    }
    refusePromise('GradientTape: record', result);
    return result;
  }

  /** The result of `f`, whose ops this tape does not record. */
  stopRecording<T>(f: () => T): T {
    if (!this.#recording) throw new ArgumentError('GradientTape: stopRecording on a tape that is not recording');
    this.stop();
    try {
      return f();
    } finally {
      if (!this.#recording) this.start();
    }
  }

  /** Forgets everything recorded and watched. */
  reset(): void {
    this.#forget();
    this.#watched.clear();
    this.#reads.clear();
    this.#spent = false;
  }

  /** Records what happens to these tensors or variables from now on. */
  watch(tensors: Structure<Source>): void {
    for (const leaf of checkTensors('GradientTape: watch', tensors)) {
      if (!isDifferentiable(leaf)) throw new ArgumentError(`GradientTape: watch needs floating tensors; received ${leaf.dtype}`);
      if (leaf instanceof Variable) this.#watchVariable(leaf, peekValue(leaf));
      else this.#watched.add(leaf.id);
    }
  }

  /** The variables that were read or watched while recording, in order of first use. */
  watchedVariables(): Variable[] {
    return [...this.#reads.keys()];
  }

  /**
   * The gradients of `target` (several are summed) with respect to `sources`, in the structure of `sources`; null where no target depends on a source.
   * A tape that is not persistent can do this once.
   */
  gradient<S extends Structure<Source>>(target: Structure<Source>, sources: S, options: GradientOptions = {}): GradientsOf<S> {
    checkOptions('gradient', options, ['outputGradients', 'unconnectedGradients']);
    const fillsZeros = this.#begin('gradient', options);
    const targets = checkTensors('gradient: target', target);
    const leaves = checkTensors('gradient: sources', sources);
    checkSeeds(targets, options.outputGradients);
    if (!this.persistent && this.#recording) this.stop();
    const gradients = this.#backward(seedsOf(targets, options.outputGradients), this.#pathFrom(leaves));
    this.#spend();
    // The gradients of a sum are one tensor, that of a target is the seed: what is given twice is given as a view the second time.
    const given = new Set(options.outputGradients === undefined ? [] : tensorsIn(options.outputGradients));
    const own = (gradient: Tensor): Tensor => {
      const result = given.has(gradient) ? view(gradient) : gradient;
      given.add(result);
      return result;
    };
    return mapStructure(sources, (leaf) => {
      const source = leaf as Source;
      const total = this.#total(source, gradients);
      if (total !== null) return own(total);
      return fillsZeros ? zerosLike(source) : null;
    }) as GradientsOf<S>;
  }

  /**
   * The derivatives of each element of `target` with respect to each of `sources`, in the structure of `sources`: of shape `[...target.shape, ...source.shape]`,
   * null where the target does not depend on a source. One pass back for each element, which a trace writes down one after the other. A tape that is not
   * persistent can do this once.
   * @example
   * const x = tf.tensor([1, 2]);
   * const tape = new tf.GradientTape();
   * const y = tape.record(() => {
   *   tape.watch(x);
   *   return x.square();
   * });
   * tape.jacobian(y, x)?.arraySync(); // [[2, 0], [0, 4]]
   */
  jacobian<S extends Structure<Source>>(target: Source, sources: S, options: JacobianOptions = {}): GradientsOf<S> {
    checkOptions('jacobian', options, ['unconnectedGradients']);
    const fillsZeros = this.#begin('jacobian', options);
    const leaves = checkTensors('jacobian: sources', sources);
    const rows = this.#rows('jacobian', target, leaves, elementSeeds);
    let position = 0;
    return mapStructure(sources, (leaf) => {
      const source = leaf as Source;
      const of = rows?.(position++) ?? null;
      if (of === null && !fillsZeros) return null;
      return joinRows(of ?? [], [...target.shape, ...source.shape], source.dtype);
    }) as GradientsOf<S>;
  }

  /**
   * For a target of which row i depends only on row i of the source, the derivatives of each row with respect to its own: of shape
   * `[rows, ...target.shape.slice(1), ...source.shape.slice(1)]`, null where the target does not depend on the source. One pass back for each element of a row.
   * A tape that is not persistent can do this once.
   * @throws ShapeError unless both have two axes or more, the first of one size.
   * @example
   * const x = tf.tensor([[1, 2], [3, 4]]);
   * const tape = new tf.GradientTape();
   * const y = tape.record(() => {
   *   tape.watch(x);
   *   return x.square();
   * });
   * tape.batchJacobian(y, x)?.arraySync(); // [[[2, 0], [0, 4]], [[6, 0], [0, 8]]]
   */
  batchJacobian(target: Source, source: Source, options: JacobianOptions = {}): Tensor | null {
    checkOptions('batchJacobian', options, ['unconnectedGradients']);
    const fillsZeros = this.#begin('batchJacobian', options);
    const leaf = checkOne('batchJacobian: source', source);
    const rows = this.#rows('batchJacobian', target, [leaf], batchSeeds, () => checkBatches(target.shape, leaf.shape));
    const of = rows?.(0) ?? null;
    if (of === null && !fillsZeros) return null;
    return joinBatches(of ?? [], target.shape, leaf.shape, leaf.dtype);
  }

  /** What the pass back gives each source for each of the seeds that `makeSeeds` makes for the target; null for a source that is not connected. */
  #rows(
    owner: string,
    target: Source,
    leaves: readonly Source[],
    makeSeeds: (shape: Shape, dtype: DType) => (() => Tensor)[],
    check: () => void = () => {},
  ): ((source: number) => Tensor[] | null) | undefined {
    const y = checkOne(`${owner}: target`, target);
    check();
    if (!this.persistent && this.#recording) this.stop();
    if (!isDifferentiable(y)) {
      this.#spend();
      return undefined;
    }
    const { id } = y instanceof Variable ? peekValue(y) : y;
    const path = this.#pathFrom(leaves);
    // With nothing to differentiate there is one pass, to see what is connected.
    const seeds = y.size === 0 ? [() => zerosLike(y)] : makeSeeds(y.shape, y.dtype);
    const rows = seeds.map((seed) => {
      const gradients = this.#backward(new Map([[id, seed()]]), path);
      return leaves.map((source) => this.#total(source, gradients));
    });
    this.#spend();
    return (source) => {
      const of = rows.map((row) => row[source]);
      return of.some((part) => part === null) ? null : (of as Tensor[]);
    };
  }

  /** Refuses a spent tape and unknown words; whether unconnected sources get zeros. */
  #begin(owner: string, { unconnectedGradients = 'none' }: JacobianOptions): boolean {
    if (unconnectedGradients !== 'none' && unconnectedGradients !== 'zero')
      throw unknownWord(owner, 'unconnectedGradients', String(unconnectedGradients), ['none', 'zero']);
    if (this.#spent)
      throw new ArgumentError(
        `GradientTape: ${owner} can be called once on a tape that is not persistent; use new GradientTape({ persistent: true })`,
      );
    return unconnectedGradients === 'zero';
  }

  /** Ends the use of a tape that is not persistent. */
  #spend(): void {
    if (this.persistent) return;
    this.#spent = true;
    this.#forget();
  }

  /** The tensors that a source was: a variable may have had several values. */
  #idsOf(source: Source): readonly number[] {
    return source instanceof Variable ? [...(this.#reads.get(source) ?? [peekValue(source).id])] : [source.id];
  }

  /** The gradients of all that a source was, summed. */
  #total(source: Source, gradients: ReadonlyMap<number, Tensor>): Tensor | null {
    const parts = this.#idsOf(source).flatMap((id) => gradients.get(id) ?? []);
    return parts.length === 0 ? null : parts.reduce(addGradients);
  }

  /** The entries between the sources and everything recorded until now. */
  #pathFrom(leaves: readonly Source[]): Path {
    const sources = new Set(leaves.flatMap((leaf) => this.#idsOf(leaf)));
    // Of what is not watched only some uses were recorded: no gradient is better than a part of one.
    const reached = new Set([...sources].filter((id) => this.#watched.has(id)));
    const entries = this.#entries.filter((entry) => {
      if (!entry.inputIds.some((id) => reached.has(id))) return false;
      for (const id of entry.outputIds) reached.add(id);
      return true;
    });
    return { entries, reached, sources };
  }

  /** Reads the entries of a path backwards. */
  #backward(gradients: Map<number, Tensor>, path: Path): Map<number, Tensor> {
    for (let i = path.entries.length - 1; i >= 0; i--) {
      const entry = path.entries[i];
      const step = () => this.#differentiate(entry, gradients, path);
      if (entry.site === undefined) step();
      else inGradientOf(entry.op.name, entry.site, step);
    }
    return gradients;
  }

  /** Adds to `gradients` what flows through one entry. */
  #differentiate(entry: Entry, gradients: Map<number, Tensor>, { sources, reached }: Path): void {
    const dys = entry.outputIds.map((id) => gradients.get(id) ?? null);
    const first = dys.find((dy) => dy !== null);
    if (first === undefined || entry.op.grad === 'none') return;
    const dy = dys[0] ?? (entry.outputs.length > 0 ? zerosLike(entry.outputs[0]) : (first as Tensor));
    const { attrs, specs, inputs, outputs } = entry;
    // No later entry reads these, so the collector may have them.
    for (const id of entry.outputIds) if (!sources.has(id)) gradients.delete(id);
    const thunks = entry.op.grad({ dy, dys, attrs, specs, inputs, outputs });
    if (thunks.length !== entry.inputIds.length) {
      throw new Error(`${entry.op.name}: its gradient gives ${thunks.length} results for ${entry.inputIds.length} inputs`);
    }
    for (let n = 0; n < thunks.length; n++) {
      const thunk = thunks[n];
      const id = entry.inputIds[n];
      if (thunk === null || !reached.has(id) || !isDifferentiable(specs[n])) continue;
      const dx = sumTo(thunk(), specs[n].shape);
      const present = gradients.get(id);
      gradients.set(id, present === undefined ? dx : addGradients(present, dx));
    }
  }

  readonly #listener: Listener = {
    applied: (op, inputs, outputs, attrs) => {
      for (const input of inputs) {
        if (this.#watched.has(input.id)) {
          this.#push(op, inputs, outputs, attrs);
          return;
        }
      }
    },
    read: (variable, value) => {
      // One that is watched stays watched when it is assigned to.
      const watched = this.#reads.has(variable) || (this.#watchAccessed && variable.trainable && isDifferentiable(variable));
      if (watched) this.#watchVariable(variable, value);
    },
  };

  #push(op: AnyOp, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: unknown): void {
    if (op.grad === 'none') return;
    let differentiable = false;
    for (const output of outputs) {
      if (isDifferentiable(output)) {
        this.#watched.add(output.id);
        differentiable = true;
      }
    }
    if (!differentiable) return;
    const keepInputs = op.saves.includes('inputs');
    const keepOutputs = op.saves.includes('outputs') || outputs.length > 1;
    if (keepInputs) for (const input of inputs) hold(input);
    if (keepOutputs) for (const output of outputs) hold(output);
    this.#entries.push({
      op,
      attrs,
      inputIds: inputs.map((input) => input.id),
      outputIds: outputs.map((output) => output.id),
      specs: inputs.map(({ shape, dtype }) => ({ shape, dtype })),
      inputs: keepInputs ? inputs : NO_TENSORS,
      outputs: keepOutputs ? outputs : NO_TENSORS,
      site: anomalySite(),
    });
  }

  #watchVariable(variable: Variable, value: Tensor): void {
    this.#watched.add(value.id);
    const ids = this.#reads.get(variable);
    if (ids === undefined) this.#reads.set(variable, new Set([value.id]));
    else ids.add(value.id);
  }

  #forget(): void {
    for (const { inputs, outputs } of this.#entries) {
      for (const input of inputs) unhold(input);
      for (const output of outputs) unhold(output);
    }
    this.#entries = [];
  }
}
