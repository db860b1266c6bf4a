/** One step of an optimizer over all of its variables as one op: the frame of such ops, and gradient descent, RMSprop and Adam in it. */
import { isFloat, type TypedArray } from '../core/dtype.ts';
import { ArgumentError, ShapeError } from '../core/errors.ts';
import { type Attribute, apply, declare, type Op, type View } from '../core/op.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { castTo } from './cast.ts';

/** A variable in a step: its value, its gradient, and the slots that the rule keeps for it. */
export interface Moving {
  readonly value: Tensor;
  /** Of the shape of the value, or some rows of it. */
  readonly gradient: Tensor;
  /** For each row of the value which row of the gradient is its own; there is none, and its gradient zero, where that is no row. Null where each has one. */
  readonly places?: Tensor | null;
  readonly slots: readonly Tensor[];
}

/** What a step is given: variables of one dtype, and what holds for all of them. */
export interface Step {
  /** A scalar. */
  readonly learningRate: Tensor;
  /** The steps taken before this one: an int32 scalar. */
  readonly iterations: Tensor;
  readonly variables: readonly Moving[];
  /** What gradients are multiplied by before anything else: one number for all variables, or one for each. */
  readonly scales: Tensor | null;
  /** Gradients are cut to within this on both sides; 0 for never. */
  readonly clipValue: number;
  /** How much each variable loses of itself before it moves, times the learning rate. */
  readonly weightDecay: readonly number[];
}

/** The attributes that the op of every rule has, after its own. */
export interface StepAttrs extends Pick<Step, 'clipValue' | 'weightDecay'> {
  /** For each variable 1 if its gradient is some rows, else 0. */
  readonly sparse: readonly number[];
}

/** A variable as the kernel of a rule sees it. */
export class MovingView {
  readonly size: number;
  readonly slots: readonly TypedArray[];
  /** Where the value goes. */
  readonly next: TypedArray;
  /** Where the slots go. */
  readonly nextSlots: readonly TypedArray[];
  readonly #value: TypedArray;
  readonly #gradient: TypedArray;
  readonly #places: TypedArray | undefined;
  readonly #width: number;
  /** The share that goes; null where there is no decay, which a rate that is no number then does not touch. */
  readonly #decay: number | null;
  readonly #scale: number;
  readonly #limit: number;

  constructor(
    [value, gradient, ...slots]: readonly View[],
    [next, ...nextSlots]: readonly View[],
    places: View | undefined,
    decay: number | null,
    scale: number,
    limit: number,
  ) {
    this.size = value.size;
    this.#value = value.data;
    this.#gradient = gradient.data;
    this.#places = places?.data;
    this.#width = places === undefined ? 1 : value.size / places.size;
    this.slots = slots.map(({ data }) => data);
    this.next = next.data;
    this.nextSlots = nextSlots.map(({ data }) => data);
    this.#decay = decay;
    this.#scale = scale;
    this.#limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
  }

  /** Element i of the value after its decay. */
  value(i: number): number {
    const x = this.#value[i];
    return this.#decay === null ? x : x - x * this.#decay;
  }

  /** Element i of the gradient, scaled and cut. */
  gradient(i: number): number {
    return Math.min(Math.max(this.#gradientAt(i) * this.#scale, -this.#limit), this.#limit);
  }

  #gradientAt(i: number): number {
    if (this.#places === undefined) return this.#gradient[i];
    const place = this.#places[Math.floor(i / this.#width)];
    return place < 0 ? 0 : (this.#gradient[place * this.#width + (i % this.#width)] ?? 0);
  }
}

/** One optimizer's rule. */
export interface Rule<A> {
  readonly name: string;
  readonly attrs: readonly (keyof A & string)[];
  /** How many scalars come before the variables: the learning rate, and for some rules the steps taken and more. */
  readonly scalars: number;
  /** How many slots each variable has. */
  slots(attrs: A): number;
  /** Moves one variable. Element i of everything is read before element i of anything is written. */
  move(variable: MovingView, scalars: readonly number[], attrs: A): void;
}

/** Refuses what is not some rows of a variable, and a place for each of its rows. */
function checkRows(name: string, shape: Shape, gradient: Spec, places: Spec): void {
  const [rows, ...row] = shape;
  if (rows === undefined || !sameShape(places.shape, [rows]) || places.dtype !== 'int32' || !sameShape(gradient.shape.slice(1), row)) {
    throw new ShapeError(
      `${name}: the variable's shape is ${showShape(shape)}; received rows of ${showShape(gradient.shape)} and their places, ${showShape(places.shape)} of ${places.dtype}`,
    );
  }
}

function inferStep<A>({ name, scalars, slots }: Rule<A>, inputs: readonly Spec[], attrs: A & StepAttrs): readonly Spec[] {
  const count = attrs.weightDecay.length;
  const each = 2 + slots(attrs);
  let places = scalars + count * each;
  const scales = inputs.length - places - attrs.sparse.filter((is) => is !== 0).length;
  if (count === 0 || scales < 0 || scales > 1) {
    throw new ArgumentError(
      `${name}: ${count} variables of ${each - 2} slots need ${scalars + count * each} tensors, and one more for scales; received ${inputs.length}`,
    );
  }
  for (const { shape } of inputs.slice(0, scalars)) {
    if (shape.length > 0) throw new ShapeError(`${name}: what comes before the variables is a scalar each; received ${showShape(shape)}`);
  }
  const { dtype } = inputs[scalars];
  if (!isFloat(dtype)) throw new ArgumentError(`${name}: a variable that moves needs a floating dtype; received ${dtype}`);
  const outputs: Spec[] = [];
  for (let first = scalars; first < scalars + count * each; first += each) {
    const { shape } = inputs[first];
    const isSparse = attrs.sparse[(first - scalars) / each] !== 0;
    if (isSparse) checkRows(name, shape, inputs[first + 1], inputs[places++]);
    for (let k = first; k < first + each; k++) {
      const input = inputs[k];
      if (!(isSparse && k === first + 1) && !sameShape(input.shape, shape)) {
        throw new ShapeError(
          `${name}: the variable's shape is ${showShape(shape)}; received a gradient or slot of ${showShape(input.shape)}`,
        );
      }
      if (input.dtype !== dtype) {
        throw new ArgumentError(`${name}: the variable's dtype is ${dtype}; received a gradient or slot of ${input.dtype}`);
      }
      if (k !== first + 1) outputs.push({ shape, dtype });
    }
  }
  if (scales === 1) {
    const { shape } = inputs[inputs.length - 1];
    if (shape.length > 0 && !sameShape(shape, [count])) {
      throw new ShapeError(`${name}: scales are one number or one for each of ${count} variables; received ${showShape(shape)}`);
    }
  }
  return outputs;
}

/**
 * Declares the op of a rule. Its inputs are the scalars, then value, gradient and slots of each variable, then the places of each gradient that is
 * some rows, then the scales if there are any; its outputs are value and slots of each variable. Attributes are the rule's own, then `clipValue`,
 * then `weightDecay` and `sparse`, as long as there are variables.
 * Outputs may be the memory of the value and the slots that they replace.
 */
export function declareRule<A extends object>(rule: Rule<A>): Op<A & StepAttrs> {
  return declare<A & StepAttrs>({
    name: rule.name,
    attrs: [...rule.attrs, 'clipValue', 'weightDecay', 'sparse'],
    traits: {
      // About: a step over the value and its gradient, and five for each slot.
      flops: (inputs, _, attrs) => {
        const each = 2 + rule.slots(attrs as A);
        const firsts = inputs.filter((_, i) => i >= rule.scalars && (i - rule.scalars) % each === 0);
        return (2 + 5 * (each - 2)) * firsts.reduce((total, { shape }) => total + sizeOfShape(shape), 0);
      },
      inPlace(_, attributes) {
        const attrs = attributes as A & StepAttrs;
        const each = 2 + rule.slots(attrs);
        // The value, and behind the gradient the slots.
        return attrs.weightDecay.flatMap((_, k) =>
          Array.from({ length: each - 1 }, (_, j) => rule.scalars + k * each + (j === 0 ? 0 : j + 1)),
        );
      },
    },
    infer: (inputs, attrs) => inferStep(rule, inputs, attrs),
    kernel(inputs: readonly View[], outputs: readonly View[], attrs) {
      const { clipValue, weightDecay, sparse } = attrs;
      const scalars = inputs.slice(0, rule.scalars).map(({ data }) => data[0]);
      const each = 2 + rule.slots(attrs);
      let next = rule.scalars + weightDecay.length * each;
      const places = sparse.map((is) => (is === 0 ? undefined : inputs[next++]));
      const scales = next < inputs.length ? inputs[next] : null;
      weightDecay.forEach((decay, k) => {
        const from = rule.scalars + k * each;
        const scale = scales === null ? 1 : scales.data[scales.size === 1 ? 0 : k];
        const [before, after] = [inputs.slice(from, from + each), outputs.slice(k * (each - 1), (k + 1) * (each - 1))];
        rule.move(new MovingView(before, after, places[k], decay === 0 ? null : decay * scalars[0], scale, clipValue), scalars, attrs);
      });
    },
    saves: [],
    grad: 'none',
  });
}

/** Applies the op of a rule to `scalars`, which begin with the learning rate, and to the variables of a step. */
export function applyRule<A extends Readonly<Record<keyof A, Attribute>>>(
  op: Op<A & StepAttrs>,
  scalars: readonly Tensor[],
  { variables, scales, clipValue, weightDecay }: Step,
  attrs: A,
): readonly Tensor[] {
  const inputs = [...scalars];
  for (const { value, gradient, slots } of variables) inputs.push(value, castTo(gradient, value.dtype), ...slots);
  const sparse = variables.map(({ places = null }) => {
    if (places !== null) inputs.push(places);
    return places === null ? 0 : 1;
  });
  if (scales !== null) inputs.push(scales);
  return apply(op, inputs, { ...attrs, clipValue, weightDecay, sparse });
}

/** The constants of gradient descent. */
export interface SgdAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
}

const sgdOp: Op<SgdAttrs & StepAttrs> = declareRule<SgdAttrs>({
  name: 'sgdUpdate',
  attrs: ['momentum', 'nesterov'],
  scalars: 1,
  slots: ({ momentum }) => (momentum > 0 ? 1 : 0),
  move(v, [rate], { momentum, nesterov }) {
    const [velocity] = v.slots;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const change = -rate * v.gradient(i);
      if (velocity === undefined) v.next[i] = value + change;
      else {
        const speed = momentum * velocity[i] + change;
        v.nextSlots[0][i] = speed;
        v.next[i] = value + (nesterov ? momentum * speed + change : speed);
      }
    }
  },
});

/** For each variable its next value by gradient descent, then its next velocity if there is momentum. */
export function sgdUpdate(step: Step, attrs: SgdAttrs): readonly Tensor[] {
  return applyRule(sgdOp, [step.learningRate], step, attrs);
}

/** The constants of RMSprop. */
export interface RmspropAttrs {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
}

const rmspropOp: Op<RmspropAttrs & StepAttrs> = declareRule<RmspropAttrs>({
  name: 'rmspropUpdate',
  attrs: ['rho', 'momentum', 'epsilon', 'centered'],
  scalars: 1,
  // The mean square, then a momentum if it is above 0, then the mean if centered.
  slots: ({ momentum, centered }) => 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0),
  move(v, [rate], { rho, momentum, epsilon, centered }) {
    const last = v.slots.length - 1;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const square = rho * v.slots[0][i] + (1 - rho) * g * g;
      v.nextSlots[0][i] = square;
      let variance = square;
      if (centered) {
        const mean = rho * v.slots[last][i] + (1 - rho) * g;
        v.nextSlots[last][i] = mean;
        variance -= mean * mean;
      }
      let change = (rate * g) / Math.sqrt(variance + epsilon);
      if (momentum > 0) {
        change += momentum * v.slots[1][i];
        v.nextSlots[1][i] = change;
      }
      v.next[i] = value - change;
    }
  },
});

/** For each variable its next value by RMSprop, then its next slots: the mean square, the momentum if it is above 0, the mean if centered. */
export function rmspropUpdate(step: Step, attrs: RmspropAttrs): readonly Tensor[] {
  return applyRule(rmspropOp, [step.learningRate], step, attrs);
}

/** The constants of Adam. */
export interface AdamAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
}

const adamOp: Op<AdamAttrs & StepAttrs> = declareRule<AdamAttrs>({
  name: 'adamUpdate',
  attrs: ['beta1', 'beta2', 'epsilon', 'amsgrad'],
  scalars: 2,
  // First and second moment, and the greatest second moment for AMSGrad.
  slots: ({ amsgrad }) => (amsgrad ? 3 : 2),
  move(v, [rate, iterations], { beta1, beta2, epsilon, amsgrad }) {
    const t = iterations + 1;
    const step = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    const [first, second, greatest] = v.slots;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const m = first[i] + (g - first[i]) * (1 - beta1);
      const s = second[i] + (g * g - second[i]) * (1 - beta2);
      v.nextSlots[0][i] = m;
      v.nextSlots[1][i] = s;
      let scale = s;
      if (amsgrad) {
        scale = Math.max(greatest[i], s);
        v.nextSlots[2][i] = scale;
      }
      v.next[i] = value - (m * step) / (Math.sqrt(scale) + epsilon);
    }
  },
});

/**
 * For each variable its next value by Adam (Kingma and Ba 2015, the form at the end of section 2, as in Keras), then its next slots: both
 * moments, and the greatest second moment for AMSGrad.
 */
export function adamUpdate(step: Step, attrs: AdamAttrs): readonly Tensor[] {
  return applyRule(adamOp, [step.learningRate, step.iterations], step, attrs);
}
