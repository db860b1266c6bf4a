/** Gradients of functions: `grad` and its kin, each a tape around one call. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { sameShape, showShape } from '../core/shape.ts';
import { isDifferentiable, Tensor } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { zerosLike } from '../ops/creation.ts';
import { customGrad } from './custom.ts';
import { GradientTape } from './tape.ts';

/** The value of a function and its gradient. */
export interface ValueAndGrad {
  readonly value: Tensor;
  readonly grad: Tensor;
}

/** The value of a function and its gradients, one for each argument. */
export interface ValueAndGrads {
  readonly value: Tensor;
  readonly grads: Tensor[];
}

/** A variable and its gradient, null where the loss does not depend on it: what `optimizer.applyGradients` takes, in an array. */
export interface VariableGradient {
  readonly variable: Variable;
  readonly gradient: Tensor | null;
}

/** A loss and its gradients, in the order of the variables. Names may repeat, so this is a list and not a record. */
export interface ValueAndVariableGradients {
  readonly value: Tensor;
  readonly grads: VariableGradient[];
}

/** The same values as a tensor of its own, so that one tensor given twice is two arguments. */
const distinct = customGrad((x: Tensor) => ({ value: x, gradFunc: (dy) => dy }));

function checkFunction(owner: string, f: unknown): void {
  if (typeof f !== 'function') throw new ArgumentError(`${owner}: expected a function; received ${show(f)}`);
}

function checkValue(owner: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new ArgumentError(`${owner}: the function must return a tensor; received ${show(value)}`);
  if (!isDifferentiable(value)) throw new ArgumentError(`${owner}: the function must return a floating tensor; received ${value.dtype}`);
  return value;
}

/** `f` of `xs` on `tape`, and the tensors that stand for `xs`. */
function call(
  owner: string,
  tape: GradientTape,
  f: (...xs: Tensor[]) => Tensor,
  xs: readonly TensorLike[],
): { sources: Tensor[]; value: Tensor } {
  const inputs = xs.map((x) => toTensor(owner, x));
  inputs.forEach((input, i) => {
    if (!isDifferentiable(input)) throw new ArgumentError(`${owner}: argument ${i} must be a floating tensor; received ${input.dtype}`);
  });
  const seen = new Set<Tensor>();
  const sources = inputs.map((input) => {
    if (seen.has(input)) return distinct(input);
    seen.add(input);
    return input;
  });
  const value = tape.record(() => {
    tape.watch(sources);
    return checkValue(owner, f(...sources));
  });
  return { sources, value };
}

function differentiate(
  owner: string,
  f: (...xs: Tensor[]) => Tensor,
  xs: readonly TensorLike[],
  dy: TensorLike | undefined,
): ValueAndGrads {
  const tape = new GradientTape({ watchAccessedVariables: false });
  const { sources, value } = call(owner, tape, f, xs);
  const outputGradients = dy === undefined ? undefined : toTensor(owner, dy, value.dtype);
  return { value, grads: tape.gradient(value, sources, { outputGradients, unconnectedGradients: 'zero' }) as Tensor[] };
}

/**
 * The function that gives the gradient of `f` at `x`: zeros where `f` does not depend on it. A result of several elements is summed, or weighted by `dy`.
 * @throws ArgumentError where `f` does not return a floating tensor, or `x` is not one.
 * @example
 * tf.grad((x) => x.square())(3).item(); // 6
 * tf.grad(tf.grad((x) => x.square()))(3).item(); // 2
 */
export function grad(f: (x: Tensor) => Tensor): (x: TensorLike, dy?: TensorLike) => Tensor {
  checkFunction('grad', f);
  return (x, dy) => differentiate('grad', f, [x], dy).grads[0];
}

/**
 * The function that gives the gradients of `f` with respect to each of a list of arguments.
 * @throws ArgumentError as `grad`, and where the arguments are not a list.
 * @example
 * const [da, db] = tf.grads((a, b) => a.mul(b))([2, 5]);
 * da.item(); // 5
 */
export function grads(f: (...xs: Tensor[]) => Tensor): (xs: readonly TensorLike[], dy?: TensorLike) => Tensor[] {
  checkFunction('grads', f);
  return (xs, dy) => differentiate('grads', f, checkList('grads', xs), dy).grads;
}

/**
 * The function that gives both `f(x)` and the gradient there.
 * @throws ArgumentError as `grad`.
 * @example
 * const { value, grad } = tf.valueAndGrad((x) => x.square())(3);
 * value.item(); // 9
 * grad.item(); // 6
 */
export function valueAndGrad(f: (x: Tensor) => Tensor): (x: TensorLike, dy?: TensorLike) => ValueAndGrad {
  checkFunction('valueAndGrad', f);
  return (x, dy) => {
    const { value, grads } = differentiate('valueAndGrad', f, [x], dy);
    return { value, grad: grads[0] };
  };
}

/**
 * The function that gives both `f(...xs)` and the gradients with respect to each of `xs`.
 * @throws ArgumentError as `grads`.
 * @example
 * const { value, grads } = tf.valueAndGrads((a, b) => a.mul(b))([2, 5]);
 * value.item(); // 10
 * grads[1].item(); // 2
 */
export function valueAndGrads(f: (...xs: Tensor[]) => Tensor): (xs: readonly TensorLike[], dy?: TensorLike) => ValueAndGrads {
  checkFunction('valueAndGrads', f);
  return (xs, dy) => differentiate('valueAndGrads', f, checkList('valueAndGrads', xs), dy);
}

function checkList(owner: string, xs: readonly TensorLike[]): readonly TensorLike[] {
  if (!Array.isArray(xs)) throw new ArgumentError(`${owner}: the arguments come as a list; received ${show(xs)}`);
  return xs;
}

/**
 * The value of `f` and its gradients with respect to `variables` (unless given, all trainable ones that `f` reads), ready for `optimizer.applyGradients`.
 * @throws ArgumentError where `f` does not return a floating tensor, or depends on none of the variables.
 * @example
 * const v = new tf.Variable(tf.scalar(3));
 * const { value, grads } = tf.variableGrads(() => v.square());
 * value.item(); // 9
 * grads[0].gradient?.item(); // 6
 */
export function variableGrads(f: () => Tensor, variables?: readonly Variable[]): ValueAndVariableGradients {
  checkFunction('variableGrads', f);
  if (variables !== undefined && !Array.isArray(variables)) {
    throw new ArgumentError(`variableGrads: the variables come as a list; received ${show(variables)}`);
  }
  for (const variable of variables ?? []) {
    if (!(variable instanceof Variable)) throw new ArgumentError(`variableGrads: expected variables; received ${show(variable)}`);
  }
  const tape = new GradientTape({ watchAccessedVariables: variables === undefined });
  const value = tape.record(() => {
    if (variables !== undefined) tape.watch(variables);
    return checkValue('variableGrads', f());
  });
  const sources: readonly Variable[] = variables ?? tape.watchedVariables();
  const gradients = tape.gradient(value, [...sources]);
  if (gradients.every((gradient) => gradient === null)) {
    throw new ArgumentError(`variableGrads: the function depends on none of the ${sources.length} variables`);
  }
  return { value, grads: sources.map((variable, i) => ({ variable, gradient: gradients[i] })) };
}

/** The value of a function and its derivative along a direction. */
export interface ValueAndTangent {
  readonly value: Tensor;
  readonly tangent: Tensor;
}

/**
 * The value of `f(...primals)` and its derivative along `tangents`, one for each primal and of its shape: the Jacobian times a vector.
 * Computed by differentiating the gradient with respect to the weights of the results, in which it is linear.
 * @throws ArgumentError as `grads`, ShapeError where a tangent has not the shape of its primal.
 * @example
 * const { value, tangent } = tf.jvp((x) => x.square(), [[1, 2]], [[1, 10]]);
 * value.arraySync(); // [1, 4]
 * tangent.arraySync(); // [2, 40]
 */
export function jvp(f: (...xs: Tensor[]) => Tensor, primals: readonly TensorLike[], tangents: readonly TensorLike[]): ValueAndTangent {
  checkFunction('jvp', f);
  const points = checkList('jvp', primals).map((primal) => toTensor('jvp', primal));
  const given = checkList('jvp', tangents);
  if (given.length !== points.length)
    throw new ArgumentError(`jvp: ${points.length} primals need as many tangents; received ${given.length}`);
  const directions = points.map((point, i) => {
    const direction = toTensor('jvp', given[i], point.dtype);
    if (!sameShape(direction.shape, point.shape)) {
      throw new ShapeError(`jvp: tangent ${i} has shape ${showShape(direction.shape)}; its primal has ${showShape(point.shape)}`);
    }
    if (direction.dtype !== point.dtype) throw new ArgumentError(`jvp: tangent ${i} is ${direction.dtype}; its primal is ${point.dtype}`);
    return direction;
  });
  const tape = new GradientTape({ watchAccessedVariables: false });
  const { value, weights, slopes } = tape.record(() => {
    const inner = new GradientTape({ watchAccessedVariables: false });
    const { sources, value } = call('jvp', inner, f, points);
    const weights = zerosLike(value);
    tape.watch(weights);
    return {
      value,
      weights,
      slopes: inner.gradient(value, sources, { outputGradients: weights, unconnectedGradients: 'zero' }) as Tensor[],
    };
  });
  const tangent = tape.gradient(slopes, weights, { outputGradients: directions, unconnectedGradients: 'zero' }) as Tensor;
  return { value, tangent };
}

/**
 * The second derivatives of `f` at `x` along `v`, which has the shape of `x`: its Hessian times a vector, without the Hessian. A result of several elements is summed.
 * Computed by differentiating the gradient.
 * @throws ArgumentError as `grad`, ShapeError where `v` has not the shape of `x`.
 * @example
 * tf.hvp((x) => x.pow(3).sum(), [1, 2], [1, 10]).arraySync(); // [6, 120]
 */
export function hvp(f: (x: Tensor) => Tensor, x: TensorLike, v: TensorLike): Tensor {
  checkFunction('hvp', f);
  const point = toTensor('hvp', x);
  const direction = toTensor('hvp', v, point.dtype);
  if (!sameShape(direction.shape, point.shape)) {
    throw new ShapeError(`hvp: the vector has shape ${showShape(direction.shape)}; x has ${showShape(point.shape)}`);
  }
  if (direction.dtype !== point.dtype) throw new ArgumentError(`hvp: the vector is ${direction.dtype}; x is ${point.dtype}`);
  const tape = new GradientTape({ watchAccessedVariables: false });
  const { sources, value } = call('hvp', tape, (at) => differentiate('hvp', f, [at], undefined).grads[0], [point]);
  return tape.gradient(value, sources, { outputGradients: direction, unconnectedGradients: 'zero' })[0] as Tensor;
}
