/** The variable: a named tensor that can be replaced, and that tapes watch by themselves. */
import type { DType } from './dtype.ts';
import { ArgumentError, checkOptions, ShapeError, show } from './errors.ts';
import { context } from './op.ts';
import { type Shape, sameShape, showShape } from './shape.ts';
import { aliasOf, hold, type NestedArray, setVariableOf, Tensor, unhold } from './tensor.ts';

/** Options of a variable. */
export interface VariableOptions {
  /** The name that summaries, files and errors show; "Variable" unless given. */
  name?: string;
  /** Whether tapes watch it and optimizers update it; true unless given. */
  trainable?: boolean;
}

let replace!: (variable: Variable, value: Tensor) => void;
let peek!: (variable: Variable) => Tensor;

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

  constructor(initialValue: Tensor | Variable, options: VariableOptions = {}) {
    checkOptions('Variable', options, ['name', 'trainable']);
    if (!(initialValue instanceof Tensor) && !(initialValue instanceof Variable)) {
      throw new ArgumentError(`Variable: the initial value must be a tensor; received ${show(initialValue)}`);
    }
    const value = initialValue instanceof Variable ? initialValue.#value : initialValue;
    this.name = options.name ?? 'Variable';
    this.trainable = options.trainable ?? true;
    this.shape = value.shape;
    this.dtype = value.dtype;
    this.#value = aliasOf(value, value.shape, 0);
    hold(this.#value);
    setVariableOf(this.#value, this);
  }

  static {
    replace = (variable, value) => {
      const old = variable.#value;
      variable.#value = aliasOf(value, value.shape, 0);
      hold(variable.#value);
      setVariableOf(variable.#value, variable);
      unhold(old);
      setVariableOf(old, undefined);
      if (!variable.#seen) old.dispose();
      variable.#seen = false;
    };
    peek = (variable) => variable.#value;
  }

  /** The present value, as an immutable tensor. */
  get value(): Tensor {
    this.#seen = true;
    return readValue(this);
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return this.#value.size;
  }

  /** Replaces the value by one of the same shape and dtype; returns this variable. */
  assign(value: Tensor | Variable): this {
    const next = value instanceof Variable ? value.#value : value;
    if (!(next instanceof Tensor)) throw new ArgumentError(`Variable "${this.name}": assign needs a tensor; received ${show(value)}`);
    if (!sameShape(next.shape, this.shape)) {
      throw new ShapeError(`Variable "${this.name}": its shape is ${showShape(this.shape)}; received ${showShape(next.shape)}`);
    }
    if (next.dtype !== this.dtype) {
      throw new ArgumentError(`Variable "${this.name}": its dtype is ${this.dtype}; received ${next.dtype}`);
    }
    replace(this, next);
    for (const listener of context.listeners) listener.assigned?.(this, next);
    return this;
  }

  dataSync(): ReturnType<Tensor['dataSync']> {
    return this.#value.dataSync();
  }

  async data(): Promise<ReturnType<Tensor['dataSync']>> {
    return this.#value.dataSync();
  }

  arraySync(): NestedArray {
    return this.#value.arraySync();
  }

  async array(): Promise<NestedArray> {
    return this.#value.arraySync();
  }

  item(): number {
    return this.#value.item();
  }

  print(): void {
    console.log(this.toString());
  }

  toString(): string {
    return `<Variable "${this.name}" ${this.#value.toString()}>`;
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
