/** Gradients of one's own, and none at all: `customGrad`, `stopGradient`. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { type AnyOp, apply, context, declare, type GradContext, type Op } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';

type None = Record<never, never>;
const NONE: None = Object.freeze({});

const stopGradientOp: Op<None> = declare<None>({
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

/** Keeps tensors for `gradFunc`, which gets them as its second argument. */
export type Save = (tensors: readonly Tensor[]) => void;

/** What a function given to `customGrad` returns: its value, and the gradients of its inputs from the gradient of the value. */
export interface CustomGradient {
  readonly value: Tensor;
  readonly gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor | readonly Tensor[];
}

/** The gradients that `gradFunc` gave, one for each input and of its shape. */
function checkGradientsOf(inputs: readonly Tensor[], given: Tensor | readonly Tensor[]): readonly Tensor[] {
  const gradients = given instanceof Tensor ? [given] : given;
  if (!Array.isArray(gradients)) throw new ArgumentError(`customGrad: gradFunc must return tensors; received ${show(gradients)}`);
  if (gradients.length !== inputs.length) {
    throw new ArgumentError(`customGrad: gradFunc gave ${gradients.length} gradients for ${inputs.length} inputs`);
  }
  gradients.forEach((gradient, i) => {
    if (!(gradient instanceof Tensor)) throw new ArgumentError(`customGrad: gradFunc must return tensors; received ${show(gradient)}`);
    const { shape, dtype } = inputs[i];
    if (!sameShape(gradient.shape, shape)) {
      throw new ShapeError(`customGrad: gradFunc gave shape ${showShape(gradient.shape)} for input ${i} of shape ${showShape(shape)}`);
    }
    if (gradient.dtype !== dtype) throw new ArgumentError(`customGrad: gradFunc gave ${gradient.dtype} for input ${i} of ${dtype}`);
  });
  return gradients;
}

/**
 * `f` with the gradient that it names itself. `f` gets its tensors and, last, `save`; it returns `{ value, gradFunc }`, and `gradFunc(dy, saved)`
 * one gradient for each tensor. Gradients of higher order are those of `gradFunc`. Variables that `f` reads by itself get none.
 * @throws ArgumentError, ShapeError where `f` or `gradFunc` return something else.
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
    const result = call(...inputs, (tensors) => {
      saved.push(...tensors);
    });
    if (!(result?.value instanceof Tensor) || typeof result.gradFunc !== 'function') {
      throw new ArgumentError(`customGrad: the function must return { value, gradFunc }; received ${show(result)}`);
    }
    const { value, gradFunc } = result;
    const count = inputs.length;
    const grad = ({ dy, inputs: kept }: GradContext<None, 'inputs'>) => {
      const given = kept.slice(0, count);
      let gradients: readonly Tensor[] | undefined;
      return kept.map((_, i) => {
        if (i >= count) return null;
        return () => {
          gradients ??= checkGradientsOf(given, gradFunc(dy, kept.slice(count)));
          return gradients[i];
        };
      });
    };
    // What f did is recorded, for gradients of what it saved; its value goes on without that record, under this one.
    const op: Op<None, 'inputs'> = { ...stopGradientOp, name: 'customGrad', saves: ['inputs'], grad };
    const [output] = context.evaluator.evaluate(op as AnyOp, [value], [value], NONE);
    // Saved tensors are inputs without a gradient, so that tapes hold them, too.
    for (const listener of context.listeners) listener.applied(op as AnyOp, [...inputs, ...saved], [output], NONE);
    return output;
  };
}
