/** The tensor: an immutable n-dimensional array, a view of a collected slab. */
import { type DType, isComplex, isFloat, sizeOf, type TypedArray, viewOf } from './dtype.ts';
import { ArgumentError } from './errors.ts';
import { formatTensor } from './format.ts';
import { allocate, release, Storage } from './memory.ts';
import { type Shape, sizeOfShape } from './shape.ts';
import type { Variable } from './variable.ts';

/** What shape inference knows of a tensor. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Numbers nested as deep as a tensor has axes. */
export type NestedArray = number | NestedArray[];

let nextId = 1;
/** Tensors made inside the innermost `tidy`, or undefined outside of any. */
let scope: Tensor[] | undefined;

let storage!: (tensor: Tensor) => Storage;
let offset!: (tensor: Tensor) => number;
let addHold!: (tensor: Tensor, by: 1 | -1) => void;
let exclusive!: (tensor: Tensor, holds: number) => boolean;
let setOwner!: (tensor: Tensor, owner: Variable | undefined) => void;
let owner!: (tensor: Tensor) => Variable | undefined;

/** What the byte offset of a tensor without values tells: it stands for any values of its shape, or for those of a later run of a program. */
const SYMBOLIC = -1;
const TRACED = -2;
/** The same for a tensor whose values are made when somebody asks for them. */
const DEFERRED = -3;

/** What makes the values of such tensors, and what that reads. */
interface Deferred {
  readonly make: () => Tensor;
  readonly reads: readonly Tensor[];
}

const deferred = new WeakMap<Tensor, Deferred>();

/** What traces a program attaches, to say which op made a traced tensor and who asks for its values. */
export const tracing: { describe: (tensor: Tensor) => string } = { describe: () => '' };

/**
 * An immutable n-dimensional array. Every op is also a method. Tensors need no disposal: their memory is collected.
 * @example
 * const a = tf.tensor([[1, 2], [3, 4]]);
 * a.add(1).arraySync(); // [[2, 3], [4, 5]]
 */
export class Tensor {
  // Behind getters, because native code trusts them.
  readonly #shape: Shape;
  readonly #dtype: DType;
  readonly #size: number;
  /** Unique in this thread; what tapes tell tensors apart by. */
  readonly id: number;
  /** Null for a symbolic or traced tensor, which has a shape but no values. */
  #storage: Storage | null;
  #byteOffset: number;
  /** Holders (tapes, variables) that `dispose` must not pull the memory away from. */
  #holds = 0;
  /** The variable whose value this is. */
  #owner: Variable | undefined = undefined;

  /** Made by ops and `tf.tensor`, not by hand: `shape` must fit the block behind it. */
  constructor(shape: Shape, dtype: DType, block: Storage | null, byteOffset: number) {
    if (block !== null && !(block instanceof Storage))
      throw new ArgumentError('tensor: tensors are made by ops and tf.tensor, not by hand');
    this.#shape = Object.freeze(shape);
    this.#dtype = dtype;
    this.#size = sizeOfShape(shape);
    this.id = nextId++;
    this.#storage = block;
    this.#byteOffset = byteOffset;
    if (scope !== undefined) scope.push(this);
  }

  static {
    storage = (tensor) => {
      if (tensor.#storage === null) return tensor.#made();
      return tensor.#storage;
    };
    offset = (tensor) => tensor.#byteOffset;
    addHold = (tensor, by) => {
      tensor.#holds += by;
    };
    setOwner = (tensor, variable) => {
      tensor.#owner = variable;
    };
    owner = (tensor) => tensor.#owner;
    exclusive = (tensor, holds) => tensor.#holds === holds && tensor.#storage !== null && tensor.#storage.shares === 1;
  }

  /** The size of each axis. */
  get shape(): Shape {
    return this.#shape;
  }

  /** The type of the elements. */
  get dtype(): DType {
    return this.#dtype;
  }

  /** The number of elements. */
  get size(): number {
    return this.#size;
  }

  /** The number of axes. */
  get rank(): number {
    return this.#shape.length;
  }

  /** True after `dispose`. */
  get isDisposed(): boolean {
    return this.#storage === null && this.#byteOffset >= 0;
  }

  /** Gives the memory back before the collector would; using the tensor afterwards is an error. A tensor that a tape or a variable still needs stays. */
  dispose(): void {
    if (this.#holds > 0) return;
    if (this.#byteOffset === DEFERRED) this.#settle(0);
    if (this.#storage === null) return;
    release(this.#storage);
    this.#storage = null;
  }

  /** For `using`: the same as `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** A copy of the elements in row-major order; of complex ones both parts, one after the other. */
  dataSync(): TypedArray {
    return valuesOf(this).slice();
  }

  /** A copy of the elements in row-major order. */
  async data(): Promise<TypedArray> {
    return this.dataSync();
  }

  /** The elements as nested arrays; complex ones as pairs. */
  arraySync(): NestedArray {
    return nest(valuesOf(this), isComplex(this.dtype) ? [...this.shape, 2] : this.shape);
  }

  /** The elements as nested arrays. */
  async array(): Promise<NestedArray> {
    return this.arraySync();
  }

  /** The only element. */
  item(): number {
    if (this.size !== 1) throw new ArgumentError(`item: needs a tensor of one element; received shape [${this.shape.join(',')}]`);
    if (isComplex(this.dtype)) throw new ArgumentError('item: a complex number is a pair; take its tf.real and tf.imag');
    return valuesOf(this)[0];
  }

  /** Prints the tensor to the console. */
  print(): void {
    console.log(this.toString());
  }

  /** The values, shape and dtype as text; long axes are shortened. */
  toString(): string {
    if (this.#storage === null && this.#byteOffset !== DEFERRED)
      return `Tensor(${this.isDisposed ? 'disposed' : this.#byteOffset === TRACED ? 'traced' : 'without values'}, shape=[${this.shape.join(',')}], dtype=${this.dtype})`;
    return formatTensor(valuesOf(this), this.shape, this.dtype);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** What comparisons and numbers such as `Math.abs(x)` see: the only element; text elsewhere. */
  [Symbol.toPrimitive](hint: string): number | string {
    return hint === 'number' ? this.item() : this.toString();
  }

  /** The block of a tensor that has none yet; an error if it never will. */
  #made(): Storage {
    if (this.#byteOffset !== DEFERRED) throw new ArgumentError(this.#missing());
    const made = (deferred.get(this) as Deferred).make();
    const block = made.#storage as Storage;
    this.#storage = block;
    this.#settle(made.#byteOffset);
    // The block is this tensor's now.
    made.#storage = null;
    return block;
  }

  /** Ends the wait for values. */
  #settle(byteOffset: number): void {
    this.#byteOffset = byteOffset;
    for (const tensor of deferred.get(this)?.reads ?? []) unhold(tensor);
    deferred.delete(this);
  }

  #missing(): string {
    const shape = `shape [${this.shape.join(',')}]`;
    if (this.isDisposed) return `tensor: it was disposed and has no values; ${shape}`;
    if (this.#byteOffset === TRACED)
      return `tensor: it has no values while a function is traced, nor after that${tracing.describe(this)}; ${shape}`;
    return `tensor: it has a shape but no values, because it stands for an input that is not there yet; ${shape}`;
  }
}

/** The block behind a tensor; an error for a disposed or symbolic one. */
export function storageOf(tensor: Tensor): Storage {
  return storage(tensor);
}

/** Where the tensor begins, in bytes from the start of its slab. */
export function byteOffsetOf(tensor: Tensor): number {
  return offset(tensor);
}

/** A live view of a tensor's elements: for kernels only, since writing to it breaks immutability. */
export function valuesOf(tensor: Tensor): TypedArray {
  const block = storage(tensor);
  return viewOf(tensor.dtype, block.slab.buffer, offset(tensor), tensor.size);
}

/** Keeps `dispose` and `tidy` off a tensor until `unhold`. */
export function hold(tensor: Tensor): void {
  addHold(tensor, 1);
}

/** Ends one `hold`. */
export function unhold(tensor: Tensor): void {
  addHold(tensor, -1);
}

/** True if nobody else views the tensor's memory, and it is held exactly `holds` times. */
export function isExclusive(tensor: Tensor, holds = 0): boolean {
  return exclusive(tensor, holds);
}

/** Writes down that `tensor` is the present value of `variable`; undefined once it is no longer. */
export function setVariableOf(tensor: Tensor, variable: Variable | undefined): void {
  setOwner(tensor, variable);
}

/** The variable whose present value `tensor` is. */
export function variableOf(tensor: Tensor): Variable | undefined {
  return owner(tensor);
}

/** A tensor with memory of its own, not yet written. */
export function emptyTensor(shape: Shape, dtype: DType): Tensor {
  const block = allocate(sizeOfShape(shape) * sizeOf(dtype));
  return new Tensor(shape, dtype, block, block.byteOffset);
}

/** A tensor with a shape and a dtype but no values, for drawing models and inferring shapes. */
export function symbolicTensor(shape: Shape, dtype: DType): Tensor {
  return new Tensor(shape, dtype, null, SYMBOLIC);
}

/** True for a tensor that has no values because it is symbolic. */
export function isSymbolic(tensor: Tensor): boolean {
  return offset(tensor) === SYMBOLIC;
}

/** A tensor that stands for a value of a program while it is traced. */
export function tracedTensor(shape: Shape, dtype: DType): Tensor {
  return new Tensor(shape, dtype, null, TRACED);
}

/** True for a tensor that stands for a value of a program. */
export function isTraced(tensor: Tensor): boolean {
  return offset(tensor) === TRACED;
}

/** A tensor with the values of `make()`, of that shape and dtype in memory of its own, which is called when somebody asks for them; until then `reads` are kept. */
export function deferredTensor(shape: Shape, dtype: DType, reads: readonly Tensor[], make: () => Tensor): Tensor {
  const tensor = new Tensor(shape, dtype, null, DEFERRED);
  for (const read of reads) hold(read);
  deferred.set(tensor, { make, reads });
  return tensor;
}

/** True for a tensor whose values nobody has asked for yet. */
export function isDeferred(tensor: Tensor): boolean {
  return offset(tensor) === DEFERRED;
}

/** A tensor that shares the memory of `source`, from `elementOffset` of its elements on. */
export function aliasOf(source: Tensor, shape: Shape, elementOffset: number, dtype: DType = source.dtype): Tensor {
  if (isSymbolic(source)) return symbolicTensor(shape, dtype);
  const block = storage(source);
  block.shares++;
  return new Tensor(shape, dtype, block, offset(source) + elementOffset * sizeOf(source.dtype));
}

/** A tensor with the same values in memory of its own. */
export function copyOf(source: Tensor): Tensor {
  const copy = emptyTensor(source.shape, source.dtype);
  valuesOf(copy).set(valuesOf(source));
  return copy;
}

/** A tensor with a copy of `values`, converted to `dtype`; of complex ones both parts, or the real ones. */
export function tensorOf(values: ArrayLike<number>, shape: Shape, dtype: DType): Tensor {
  const tensor = emptyTensor(shape, dtype);
  const data = valuesOf(tensor);
  if (isComplex(dtype) && values.length === tensor.size) {
    data.fill(0);
    for (let i = 0; i < values.length; i++) data[2 * i] = values[i];
    return tensor;
  }
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = values[i] ? 1 : 0;
  else data.set(values);
  return tensor;
}

/** The innermost scope's tensors, replaced by `next`; for `tidy`. */
export function swapScope(next: Tensor[] | undefined): Tensor[] | undefined {
  const previous = scope;
  scope = next;
  return previous;
}

/** True if gradients can flow through `spec`. */
export function isDifferentiable(spec: Spec): boolean {
  return isFloat(spec.dtype) || isComplex(spec.dtype);
}

function nest(values: TypedArray, shape: Shape): NestedArray {
  let position = 0;
  const level = (axis: number): NestedArray => {
    if (axis === shape.length) return values[position++];
    return Array.from({ length: shape[axis] }, () => level(axis + 1));
  };
  return level(0);
}
