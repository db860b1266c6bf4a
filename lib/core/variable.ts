/** The variable: a named tensor that can be replaced, and that tapes watch by themselves. */
import type { DType } from './dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from './errors.ts';
import { context } from './op.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from './shape.ts';
import { aliasOf, copyOf, hold, isExclusive, isTraced, type NestedArray, setVariableOf, Tensor, unhold } from './tensor.ts';

/** Options of a variable. */
export interface VariableOptions {
  /** The name that summaries, files and errors show; "Variable" unless given. */
  name?: string;
  /** Whether tapes watch it and optimizers update it; true unless given. */
  trainable?: boolean;
}

/** Who writes to the values of variables off this thread. */
export interface Borrower {
  /** Puts the present values in place, to be read and assigned until this thread has nothing else to do. */
  settle(): void;
}

let put!: (variable: Variable, value: Tensor) => void;
let peek!: (variable: Variable) => Tensor;
let own!: (variable: Variable) => Tensor;
let borrowed!: (variable: Variable) => boolean;
let setBorrower!: (variable: Variable, borrower: Borrower | undefined) => void;

/**
 * A tensor that can be assigned to. Ops take it like a tensor, and have it as methods too.
 * @example
 * const v = new tf.Variable(tf.zeros([2]), { name: 'v' });
 * v.assignAdd(tf.tensor([1, 2]));
 * v.arraySync(); // [1, 2]
 */
export class Variable {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  trainable: boolean;
  #value: Tensor;
  /** True once user code has seen the value, which then must outlive an assignment. */
  #seen = false;
  #borrower: Borrower | undefined;

  constructor(initialValue: Tensor | Variable, options: VariableOptions = {}) {
    checkOptions('Variable', options, ['name', 'trainable']);
    if (!(initialValue instanceof Tensor) && !(initialValue instanceof Variable)) {
      throw new ArgumentError(`Variable: the initial value must be a tensor; received ${show(initialValue)}`);
    }
    const value = initialValue instanceof Variable ? peek(initialValue) : initialValue;
    if (isTraced(value)) {
      throw new ArgumentError(
        `Variable: it cannot begin with what a traced function computes; make it outside, or in the build of a layer; ${String(value)}`,
      );
    }
    this.name = options.name ?? 'Variable';
    this.trainable = options.trainable ?? true;
    this.shape = value.shape;
    this.dtype = value.dtype;
    this.#value = aliasOf(value, value.shape, 0);
    hold(this.#value);
    setVariableOf(this.#value, this);
  }

  static {
    put = (variable, value) => {
      const old = variable.#value;
      variable.#value = value;
      hold(value);
      setVariableOf(value, variable);
      unhold(old);
      setVariableOf(old, undefined);
      if (!variable.#seen) old.dispose();
      variable.#seen = false;
    };
    peek = (variable) => {
      if (context.tracer !== undefined) return context.tracer.read(variable);
      variable.#borrower?.settle();
      return variable.#value;
    };
    own = (variable) => {
      variable.#borrower?.settle();
      if (variable.#seen || !isExclusive(variable.#value, 1)) put(variable, copyOf(variable.#value));
      return variable.#value;
    };
    borrowed = (variable) => variable.#borrower !== undefined;
    setBorrower = (variable, borrower) => {
      variable.#borrower = borrower;
    };
  }

  /** The present value, as an immutable tensor. */
  get value(): Tensor {
    this.#seen ||= context.tracer === undefined;
    return readValue(this);
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOfShape(this.shape);
  }

  /** Replaces the value by one of the same shape and dtype; returns this variable. */
  assign(value: Tensor | Variable): this {
    const next = value instanceof Variable ? peek(value) : value;
    if (!(next instanceof Tensor)) throw new ArgumentError(`Variable "${this.name}": assign needs a tensor; received ${show(value)}`);
    if (!sameShape(next.shape, this.shape)) {
      throw new ShapeError(`Variable "${this.name}": its shape is ${showShape(this.shape)}; received ${showShape(next.shape)}`);
    }
    if (next.dtype !== this.dtype) {
      throw new ArgumentError(`Variable "${this.name}": its dtype is ${this.dtype}; received ${next.dtype}`);
    }
    if (context.tracer !== undefined) context.tracer.assign(this, next);
    else {
      this.#borrower?.settle();
      put(this, aliasOf(next, next.shape, 0));
    }
    for (const listener of context.listeners) listener.assigned?.(this, next);
    return this;
  }

  dataSync(): ReturnType<Tensor['dataSync']> {
    return peek(this).dataSync();
  }

  async data(): Promise<ReturnType<Tensor['dataSync']>> {
    return peek(this).dataSync();
  }

  arraySync(): NestedArray {
    return peek(this).arraySync();
  }

  async array(): Promise<NestedArray> {
    return peek(this).arraySync();
  }

  item(): number {
    return peek(this).item();
  }

  print(): void {
    console.log(this.toString());
  }

  toString(): string {
    return `<Variable "${this.name}" ${peek(this).toString()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** The value of a variable for an op that is about to use it; tells tapes that the variable was read. Whoever keeps it takes `value`. */
export function readValue(variable: Variable): Tensor {
  const value = peek(variable);
  for (const listener of context.listeners) listener.read?.(variable, value);
  return value;
}

/** The value of a variable, without telling tapes: for saving, printing and optimizers. */
export function peekValue(variable: Variable): Tensor {
  return peek(variable);
}

/** The value of a variable in memory that nobody else sees, so that a program may write to it. */
export function ownValue(variable: Variable): Tensor {
  return own(variable);
}

/** Puts a tensor of the variable's shape and dtype in place of its value, whose memory it does not share. */
export function putValue(variable: Variable, value: Tensor): void {
  put(variable, value);
}

/** Says who writes to the variable off this thread; undefined when nobody does any more. */
export function lendTo(variable: Variable, borrower: Borrower | undefined): void {
  setBorrower(variable, borrower);
}

/** True while somebody writes to the variable off this thread. */
export function isLent(variable: Variable): boolean {
  return borrowed(variable);
}
