/** Gradients of one's own, and none at all: `customGrad`, `stopGradient`. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { type AnyOp, apply, context, declare, type GradContext, type Op } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { hold, isDifferentiable, Tensor, unhold } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';

type None = Record<never, never>;
const NONE: None = Object.freeze({});

/** The op behind `stopGradient`. */
export const stopGradientOp: Op<None> = declare<None>({
  name: 'stopGradient',
  attrs: [],
  traits: { elementwise: true, complex: true },
  infer: ([x]) => [x],
  alias: () => 0,
  kernel([x], [y]) {
    y.data.set(x.data);
  },
  saves: [],
  grad: 'none',
});

/**
 * The values of `x`, through which no gradient flows.
 * @example
 * tf.grad((x) => x.mul(tf.stopGradient(x)))(3).item(); // 3
 */
export function stopGradient(x: TensorLike): Tensor {
  return apply(stopGradientOp, [toTensor('stopGradient', x)], NONE)[0];
}

/** The gradient of what `recordAs` records: one thunk for each of its inputs. */
export type RecordedGradient = Exclude<Op<None, 'inputs'>['grad'], 'none'>;

/** The values of `results` as tensors that tapes take for the outputs of one op of `inputs`, whose gradient is `grad`. */
export function recordAs(name: string, inputs: readonly Tensor[], results: readonly Tensor[], grad: RecordedGradient): Tensor[] {
  // Each output is its first input, with the others beside it, so that who differentiates a program finds all that the gradient needs.
  const outputs = results.map((result, i) => {
    const op: Op<None, 'inputs'> = {
      ...stopGradientOp,
      name,
      traits: {},
      saves: ['inputs'],
      grad: (seen) => [null, ...grad({ ...seen, dys: results.map((_, n) => (n === i ? seen.dy : null)), inputs: seen.inputs.slice(1) })],
    };
    return context.evaluator.evaluate(op as AnyOp, [result, ...inputs], [result], NONE)[0];
  });
  const op: Op<None, 'inputs'> = { ...stopGradientOp, name, saves: ['inputs'], grad };
  for (const listener of context.listeners) listener.applied(op as AnyOp, inputs, outputs, NONE);
  return outputs;
}

/** Keeps tensors for `gradFunc`, which gets them as its second argument. */
export type Save = (tensors: readonly Tensor[]) => void;

/** What `gradFunc` returns: the gradient of the only input, one for each input, or those of the inputs and those of the variables. */
export type CustomGradients = Tensor | readonly Tensor[] | readonly [inputs: readonly Tensor[], variables: readonly Tensor[]];

/** What a function given to `customGrad` returns: its value, and the gradients of its inputs from the gradient of the value. */
export interface CustomGradient {
  readonly value: Tensor;
  /** `variables` are the trainable ones that the function has read by itself, in order of first use. */
  readonly gradFunc: (dy: Tensor, saved: Tensor[], variables: Variable[]) => CustomGradients;
}

function checkTensorsOf(kind: string, wanted: readonly Tensor[], gradients: readonly unknown[]): Tensor[] {
  if (gradients.length !== wanted.length) {
    throw new ArgumentError(`customGrad: gradFunc gave ${gradients.length} gradients for ${wanted.length} ${kind}s`);
  }
  return gradients.map((gradient, i) => {
    if (!(gradient instanceof Tensor)) throw new ArgumentError(`customGrad: gradFunc must return tensors; received ${show(gradient)}`);
    const { shape, dtype } = wanted[i];
    if (!sameShape(gradient.shape, shape)) {
      throw new ShapeError(`customGrad: gradFunc gave shape ${showShape(gradient.shape)} for ${kind} ${i} of shape ${showShape(shape)}`);
    }
    if (gradient.dtype !== dtype) throw new ArgumentError(`customGrad: gradFunc gave ${gradient.dtype} for ${kind} ${i} of ${dtype}`);
    return gradient;
  });
}

/** What `gradFunc` gave, checked: gradients of the inputs, and of the variables unless it gave none. */
interface Given {
  readonly inputs: readonly Tensor[];
  readonly variables: readonly Tensor[] | undefined;
}

function checkGradientsOf(inputs: readonly Tensor[], variables: readonly Tensor[], given: CustomGradients): Given {
  const gradients: unknown = given instanceof Tensor ? [given] : given;
  if (!Array.isArray(gradients)) throw new ArgumentError(`customGrad: gradFunc must return tensors; received ${show(gradients)}`);
  const [first, second] = gradients;
  if (gradients.length === 2 && Array.isArray(first) && Array.isArray(second)) {
    return { inputs: checkTensorsOf('input', inputs, first), variables: checkTensorsOf('variable', variables, second) };
  }
  return { inputs: checkTensorsOf('input', inputs, gradients), variables: undefined };
}

/** The result of `f`, and the values of the trainable variables that it reads, each as it was read first and held. */
function withReads<T>(f: () => T): { readonly result: T; readonly reads: Map<Variable, Tensor> } {
  const reads = new Map<Variable, Tensor>();
  const listener = {
    applied() {},
    read(variable: Variable, value: Tensor) {
      if (!variable.trainable || !isDifferentiable(variable) || reads.has(variable)) return;
      // An assignment further on must not take it before tapes have it.
      hold(value);
      reads.set(variable, value);
    },
  };
  context.listeners = [...context.listeners, listener];
  try {
    return { result: f(), reads };
  } finally {
    context.listeners = context.listeners.filter((other) => other !== listener);
  }
}

/**
 * `f` with the gradient that it names itself. `f` gets its tensors and, last, `save`; it returns `{ value, gradFunc }`, and `gradFunc(dy, saved, variables)`
 * one gradient for each tensor. If `f` reads trainable variables by itself, `gradFunc` returns two lists: the gradients of the tensors, and those of
 * `variables`. Gradients of higher order are those of `gradFunc`.
 * @throws ArgumentError, ShapeError where `f` or `gradFunc` return something else, or the gradient of a variable is asked for and not given.
 * @example
 * const clipped = tf.customGrad((x: tf.Tensor, save: tf.Save) => {
 *   save([x]);
 *   return { value: x.square(), gradFunc: (dy, [saved]) => dy.mul(saved) };
 * });
 * tf.grad((x) => clipped(x))(3).item(); // 3
 */
export function customGrad<T extends Tensor[]>(
  f: (...args: [...T, Save]) => CustomGradient,
): (...inputs: { [K in keyof T]: TensorLike }) => Tensor;
export function customGrad<T extends Tensor[]>(f: (...inputs: T) => CustomGradient): (...inputs: { [K in keyof T]: TensorLike }) => Tensor;
export function customGrad(f: unknown): (...inputs: TensorLike[]) => Tensor {
  if (typeof f !== 'function') throw new ArgumentError(`customGrad: expected a function; received ${show(f)}`);
  const call = f as (...args: (Tensor | Save)[]) => CustomGradient;
  return (...values) => {
    const inputs = values.map((value) => toTensor('customGrad', value));
    const saved: Tensor[] = [];
    const { result, reads } = withReads(() =>
      call(...inputs, (tensors) => {
        saved.push(...tensors);
      }),
    );
    if (!(result?.value instanceof Tensor) || typeof result.gradFunc !== 'function') {
      throw new ArgumentError(`customGrad: the function must return { value, gradFunc }; received ${show(result)}`);
    }
    const { value, gradFunc } = result;
    // A variable that was given as an input has its gradient there.
    const own = [...reads].filter(([, read]) => !inputs.includes(read));
    const variables = own.map(([variable]) => variable);
    const count = inputs.length;
    const grad = ({ dy, inputs: kept }: GradContext<None, 'inputs'>) => {
      const read = kept.slice(count, count + own.length);
      let gradients: Given | undefined;
      const given = (): Given => {
        gradients ??= checkGradientsOf(kept.slice(0, count), read, gradFunc(dy, kept.slice(count + own.length), variables));
        return gradients;
      };
      const ofVariable = (i: number) => (): Tensor => {
        const found = given().variables?.[i];
        if (found !== undefined) return found;
        throw new ArgumentError(
          `customGrad: the function reads the variable "${variables[i].name}", so gradFunc must return [gradients of inputs, gradients of variables]`,
        );
      };
      // Saved tensors are inputs without a gradient, so that tapes hold them, too.
      return kept.map((_, i) => (i < count ? () => given().inputs[i] : i < count + own.length ? ofVariable(i - count) : null));
    };
    // What f did is recorded, for gradients of what it saved; its value goes on without that record, under this one.
    const [output] = recordAs('customGrad', [...inputs, ...own.map(([, read]) => read), ...saved], [value], grad);
    for (const read of reads.values()) unhold(read);
    return output;
  };
}
