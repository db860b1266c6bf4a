/** What an op is, and the one place where ops are applied: infer, evaluate, record. */
import { isComplex, type TypedArray } from './dtype.ts';
import { ArgumentError } from './errors.ts';
import type { Executable, Program } from './program.ts';
import { type Shape, sizeOfShape } from './shape.ts';
import { type Spec, symbolicTensor, type Tensor } from './tensor.ts';
import type { Variable } from './variable.ts';

/** A normalised attribute; what C++ receives as doubles: a list as its length and elements, a boolean as 0 or 1. */
export type Attribute = number | boolean | readonly number[];

/** An operand as a kernel sees it: values in row-major order, and their shape. */
export interface View extends Spec {
  readonly data: TypedArray;
  readonly size: number;
  readonly shape: Shape;
}

/** What a gradient may ask to keep of the forward pass. */
export type Saved = 'inputs' | 'outputs';

/** What a gradient sees: incoming gradients, shapes, attributes, and of the tensors only what `saves` names. */
export type GradContext<A, S extends Saved> = {
  /** The gradient of the first output. */
  readonly dy: Tensor;
  /** The gradients of all outputs; null where an output does not reach the target. */
  readonly dys: readonly (Tensor | null)[];
  readonly specs: readonly Spec[];
  readonly attrs: A;
} & Pick<{ readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }, S>;

/** One gradient per input: a thunk, called only if needed; null where none flows. Its shape may still be broadcast: the tape undoes that. */
export type Gradients = readonly ((() => Tensor) | null)[];

/** An op with its attributes, and what it is given. */
export interface Applied {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly Spec[];
}

/** What passes over traced programs may ask of an op. */
export interface Traits {
  /** The attributes as a printed program shows them, given what it calls the inputs; one after the other unless given. */
  readonly show?: (inputs: readonly string[], attrs: unknown) => string;
  /** Output element i depends on element i of each (broadcast) input only. */
  readonly elementwise?: true;
  /** The first input is a generator state; results differ from call to call. */
  readonly random?: true;
  /** Whether the kernel may refuse values that it finds in these inputs. */
  readonly refuses?: (inputs: readonly Spec[], outputs: readonly Spec[]) => boolean;
  /** The only output holds the first input's elements with the axes in this order. */
  readonly orderOfAxes?: (attrs: unknown) => readonly number[];
  /** For the first inputs, matrices along their last two axes, the attribute that says to read each transposed. */
  readonly product?: readonly string[];
  /** One op that does this one and then `next`, which takes the result as its input `position` and beside it `others`; their inputs follow this op's own. */
  readonly absorb?: (own: Applied, next: Applied & { readonly position: number }, others: readonly Spec[]) => Applied | undefined;
  /** For each output the input that it may overwrite, of the same size, because elements are read before they are written. */
  readonly inPlace?: (inputs: readonly Spec[], attrs: unknown) => readonly number[];
  /** What the op does with complex inputs: `true` if it looks at no element, or its results as ops on the parts. Without it they are refused. */
  readonly complex?: true | ((op: AnyOp, inputs: readonly Tensor[], attrs: unknown) => readonly Tensor[]);
  /** Arithmetic of one run: each addition, product, comparison or function of a number counts 1. Unless given, 1 for each output element of an elementwise op, else 0. */
  readonly flops?: (inputs: readonly Spec[], outputs: readonly Spec[], attrs: unknown) => number;
}

/** The trait of an op that does so much arithmetic for each element of its first input. */
export function flopsPerElement(count: number): NonNullable<Traits['flops']> {
  return ([first]) => count * sizeOfShape(first.shape);
}

/** An op: its shape rule, its reference kernel, what its gradient keeps, and its gradient. */
export interface Op<A = unknown, S extends Saved = Saved> {
  /** As in TensorFlow; the key into the native table. */
  readonly name: string;
  /** The attributes in the order in which kernels receive them. */
  readonly attrs: readonly (keyof A & string)[];
  readonly traits: Traits;
  /** Shapes and dtypes of the outputs; throws every shape and type error. */
  infer(inputs: readonly Spec[], attrs: A): readonly Spec[];
  /** Where the only output begins inside the first input, in elements, if it can be a view of it; else undefined. */
  alias?(inputs: readonly Spec[], attrs: A): number | undefined;
  /** The attributes for inputs of the sizes `to`, given those for inputs of the sizes `from`; for ops whose attributes hold sizes of their inputs. */
  refit?(attrs: A, from: readonly Spec[], to: readonly Spec[]): A;
  /** The specification: a plain loop that writes `outputs`. Data-dependent errors are thrown from here. */
  kernel(inputs: readonly View[], outputs: readonly View[], attrs: A): void;
  readonly saves: readonly S[];
  /** The gradient in public ops, or 'none' for an op that is not differentiable. */
  readonly grad: 'none' | ((context: GradContext<A, S>) => Gradients);
}

/** An op of any attributes, as the generic machinery holds it. */
// biome-ignore lint/suspicious/noExplicitAny: attributes differ per op, and an op is only ever called with its own.
export type AnyOp = Op<any, any>;

/** Who computes an op: a backend, or a tracer. */
export interface Evaluator {
  evaluate(op: AnyOp, inputs: readonly Tensor[], outputs: readonly Spec[], attrs: unknown): readonly Tensor[];
  /** Makes a program ready to run. */
  compile(program: Program): Executable;
  /** True if `fused` instructions may hold this op. */
  fuses(op: AnyOp): boolean;
}

/** Who stands between ops and state while a function is traced. */
export interface Tracer {
  /** What stands for the value of a variable. */
  read(variable: Variable): Tensor;
  /** Takes down the next value of a variable. */
  assign(variable: Variable, value: Tensor): void;
  /** What stands for a state of the random generator with so many blocks ahead. */
  draw(blocks: number): Tensor;
  /** The result of `f`, which is not traced. */
  outside<T>(f: () => T): T;
}

/** Who wants to know what was applied: tapes, anomaly detection, profilers. */
export interface Listener {
  applied(op: AnyOp, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: unknown): void;
  read?(variable: Variable, value: Tensor): void;
  assigned?(variable: Variable, value: Tensor): void;
}

function noBackend(): never {
  throw new Error('op: no backend is attached');
}

const unset: Evaluator = { evaluate: noBackend, compile: noBackend, fuses: noBackend };

/** Gives symbolic tensors shapes only. Backends hand over to `context.symbolic` when an input has no values. */
export const shapeEvaluator: Pick<Evaluator, 'evaluate'> = {
  evaluate(_op, _inputs, outputs) {
    return outputs.map((spec) => symbolicTensor(spec.shape, spec.dtype));
  },
};

/** What stands behind `apply` in this thread. Backends, tapes, tracers and functional models attach themselves here. */
export const context: {
  evaluator: Evaluator;
  symbolic: Pick<Evaluator, 'evaluate'>;
  listeners: readonly Listener[];
  /** Undefined unless a function is being traced. */
  tracer: Tracer | undefined;
} = { evaluator: unset, symbolic: shapeEvaluator, listeners: [], tracer: undefined };

/** The result of `f`, which runs now even while a function is traced: for state that is made once. */
export function outsideTrace<T>(f: () => T): T {
  return context.tracer === undefined ? f() : context.tracer.outside(f);
}

const declared = new Map<string, AnyOp>();

/** All declared ops by name: what tests and documentation walk. */
export const ops: ReadonlyMap<string, AnyOp> = declared;

/** Declares an op; its name must be new. */
export function declare<A, S extends Saved = never>(op: Omit<Op<A, S>, 'traits'> & { traits?: Traits }): Op<A, S> {
  if (declared.has(op.name)) throw new Error(`op: "${op.name}" is declared twice`);
  const complete: Op<A, S> = { ...op, traits: op.traits ?? {} };
  declared.set(op.name, complete);
  return complete;
}

/** Applies an op to complex inputs, as its trait says. */
function applyComplex(op: AnyOp, inputs: readonly Tensor[], attrs: unknown): readonly Tensor[] {
  const { complex } = op.traits;
  const dtype = inputs.find((input) => isComplex(input.dtype))?.dtype;
  if (complex === undefined) throw new ArgumentError(`${op.name}: does not take ${dtype}; take its tf.real, tf.imag, tf.abs or tf.angle`);
  return complex === true ? applyTo(op, inputs, attrs) : complex(op, inputs, attrs);
}

/** Applies an op: infers, evaluates, records. Everything that computes passes through here. */
export function apply<A>(op: Op<A, Saved> | Op<A, never>, inputs: readonly Tensor[], attrs: A): readonly Tensor[] {
  for (const input of inputs) if (isComplex(input.dtype)) return applyComplex(op as AnyOp, inputs, attrs);
  return applyTo(op, inputs, attrs);
}

function applyTo<A>(op: Op<A, Saved> | Op<A, never>, inputs: readonly Tensor[], attrs: A): readonly Tensor[] {
  const outputs = context.evaluator.evaluate(op as AnyOp, inputs, op.infer(inputs, attrs), attrs);
  for (const listener of context.listeners) listener.applied(op as AnyOp, inputs, outputs, attrs);
  return outputs;
}
