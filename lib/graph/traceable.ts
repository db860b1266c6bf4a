/** A function with the programs that it became, one for each signature of its calls. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import { context, outsideTrace } from '../core/op.ts';
import { mapStructure } from '../core/structure.ts';
import { isSymbolic, symbolicTensor, Tensor } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import { Concrete } from './concrete.ts';
import { difference, type Signature, sameSignature, signatureOf, substitute } from './signature.ts';
import { checkPasses, type PassName } from './simplify.ts';
import { trace } from './trace.ts';

/** Options of `tf.function`. */
export interface FunctionOptions {
  /** What errors and graphs call it; the function's own name unless given. */
  name?: string;
  /** Passes to leave out, to see what they do. */
  without?: readonly PassName[];
}

/** A program for calls of one signature. */
export interface Entry {
  readonly signature: Signature;
  readonly concrete: Concrete;
  /** What the function returned while it was traced; each tensor or variable in it stands for the next result. */
  readonly structure: unknown;
}

/** Traces of one function before it warns. */
const MANY = 8;

/** A function, and what became of it for each signature. */
export class Traceable<A extends readonly unknown[], R> {
  readonly name: string;
  readonly #f: (...args: A) => R;
  readonly #without: readonly string[];
  readonly #entries: Entry[] = [];
  #last: Entry | undefined;

  constructor(f: (...args: A) => R, options: FunctionOptions = {}) {
    if (typeof f !== 'function') throw new ArgumentError(`function: expected a function; received ${show(f)}`);
    checkOptions('function', options, ['name', 'without']);
    checkPasses('function', options.without ?? []);
    this.#f = f;
    this.name = options.name ?? (f.name === '' ? 'anonymous' : f.name);
    this.#without = options.without ?? [];
  }

  /** How often it was traced. */
  get traceCount(): number {
    return this.#entries.length;
  }

  /** What the function returns for `args`. */
  call(args: A): R {
    // Inside of another function it becomes a part of that one; a tape outside must see each op.
    if (context.tracer !== undefined || context.listeners.length > 0) return this.#f(...args);
    const signature = signatureOf(args);
    // A model that is being drawn takes the ops themselves.
    if (signature.tensors.some(isSymbolic)) return this.#f(...args);
    const { concrete, structure } = this.#find(signature) ?? this.#trace(args, signature);
    const results = concrete.compilation.run(signature.tensors);
    if (structure instanceof Tensor) return results[0] as R;
    let position = 0;
    return mapStructure(structure, (leaf) => (leaf instanceof Tensor || leaf instanceof Variable ? results[position++] : leaf)) as R;
  }

  /** The program for calls like this one. */
  entry(args: A): Entry {
    const signature = signatureOf(args);
    return this.#find(signature) ?? outsideTrace(() => this.#trace(args, signature));
  }

  /** The program that ran last, or for calls like `args` if there are any. */
  graph(args: A | readonly []): Concrete {
    if (args.length > 0) return this.entry(args as A).concrete;
    if (this.#last === undefined) throw new ArgumentError(`function "${this.name}": it has no graph before it is called`);
    return this.#last.concrete;
  }

  #find(signature: Signature): Entry | undefined {
    const last = this.#last;
    if (last !== undefined && sameSignature(last.signature, signature)) return last;
    const found = this.#entries.find((entry) => sameSignature(entry.signature, signature));
    if (found !== undefined) this.#last = found;
    return found;
  }

  #trace(args: A, signature: Signature): Entry {
    const { graph, structure } = trace(this.name, signature.tensors, (tensors) => this.#f(...substitute(args, tensors)));
    const concrete = new Concrete(graph, this.#without);
    const entry = {
      signature: { tensors: signature.tensors.map(({ shape, dtype }) => symbolicTensor(shape, dtype)), values: signature.values },
      concrete,
      structure,
    };
    const previous = this.#last;
    this.#entries.push(entry);
    this.#last = entry;
    if (this.#entries.length === MANY && previous !== undefined) {
      console.warn(
        `gradtape: function "${this.name}" was traced ${MANY} times; each trace costs more than many runs. The last time ${difference(previous.signature, signature)}.`,
      );
    }
    return entry;
  }
}
