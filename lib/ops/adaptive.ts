/** The rules of Adagrad, Adadelta, Adamax, Nadam, Lion and Ftrl: each a step over all variables as one op. */
import type { Op } from '../core/op.ts';
import type { Tensor } from '../core/tensor.ts';
import { applyRule, declareRule, type Step, type StepAttrs } from './update.ts';

/** The constants of Adagrad. */
export interface AdagradAttrs {
  readonly epsilon: number;
}

const adagradOp: Op<AdagradAttrs & StepAttrs> = declareRule<AdagradAttrs>({
  name: 'adagradUpdate',
  attrs: ['epsilon'],
  scalars: 1,
  slots: () => 1,
  move(v, [rate], { epsilon }) {
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const squares = v.slots[0][i] + g * g;
      v.nextSlots[0][i] = squares;
      v.next[i] = value - (rate * g) / Math.sqrt(squares + epsilon);
    }
  },
});

/** For each variable its next value by Adagrad (Duchi et al. 2011), then its next sum of squares. */
export function adagradUpdate(step: Step, attrs: AdagradAttrs): readonly Tensor[] {
  return applyRule(adagradOp, [step.learningRate], step, attrs);
}

/** The constants of Adadelta. */
export interface AdadeltaAttrs {
  readonly rho: number;
  readonly epsilon: number;
}

const adadeltaOp: Op<AdadeltaAttrs & StepAttrs> = declareRule<AdadeltaAttrs>({
  name: 'adadeltaUpdate',
  attrs: ['rho', 'epsilon'],
  scalars: 1,
  slots: () => 2,
  move(v, [rate], { rho, epsilon }) {
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const square = rho * v.slots[0][i] + (1 - rho) * g * g;
      const change = (-Math.sqrt(v.slots[1][i] + epsilon) * g) / Math.sqrt(square + epsilon);
      v.nextSlots[0][i] = square;
      v.nextSlots[1][i] = rho * v.slots[1][i] + (1 - rho) * change * change;
      v.next[i] = value + rate * change;
    }
  },
});

/** For each variable its next value by Adadelta (Zeiler 2012), then its next mean squares: of the gradient, of the changes. */
export function adadeltaUpdate(step: Step, attrs: AdadeltaAttrs): readonly Tensor[] {
  return applyRule(adadeltaOp, [step.learningRate], step, attrs);
}

/** The constants of Adamax and Nadam. */
export interface MomentAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

const adamaxOp: Op<MomentAttrs & StepAttrs> = declareRule<MomentAttrs>({
  name: 'adamaxUpdate',
  attrs: ['beta1', 'beta2', 'epsilon'],
  scalars: 2,
  slots: () => 2,
  move(v, [rate, iterations], { beta1, beta2, epsilon }) {
    const step = rate / (1 - beta1 ** (iterations + 1));
    const [first, norm] = v.slots;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const m = first[i] + (g - first[i]) * (1 - beta1);
      const u = Math.max(beta2 * norm[i], Math.abs(g));
      v.nextSlots[0][i] = m;
      v.nextSlots[1][i] = u;
      v.next[i] = value - (step * m) / (u + epsilon);
    }
  },
});

/** For each variable its next value by Adamax (Kingma and Ba 2015, section 7.1), then its next moment and greatest magnitude. */
export function adamaxUpdate(step: Step, attrs: MomentAttrs): readonly Tensor[] {
  return applyRule(adamaxOp, [step.learningRate, step.iterations], step, attrs);
}

const nadamOp: Op<MomentAttrs & StepAttrs> = declareRule<MomentAttrs>({
  name: 'nadamUpdate',
  attrs: ['beta1', 'beta2', 'epsilon'],
  // The last one is the product of the momentum's shares of all steps, this one included.
  scalars: 3,
  slots: () => 2,
  move(v, [rate, iterations, product], { beta1, beta2, epsilon }) {
    const t = iterations + 1;
    const now = beta1 * (1 - 0.5 * 0.96 ** t);
    const soon = beta1 * (1 - 0.5 * 0.96 ** (t + 1));
    const ofMoment = (rate * soon) / (1 - product * soon);
    const ofGradient = (rate * (1 - now)) / (1 - product);
    const unbias = 1 / (1 - beta2 ** t);
    const [first, second] = v.slots;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const m = first[i] + (g - first[i]) * (1 - beta1);
      const s = second[i] + (g * g - second[i]) * (1 - beta2);
      v.nextSlots[0][i] = m;
      v.nextSlots[1][i] = s;
      v.next[i] = value - (ofMoment * m + ofGradient * g) / (Math.sqrt(s * unbias) + epsilon);
    }
  },
});

/**
 * For each variable its next value by Nadam (Dozat 2016), then both next moments. `product` is a scalar: the momentum's shares
 * `beta1 * (1 - 0.96 ** t / 2)` of all steps up to this one, multiplied.
 */
export function nadamUpdate(step: Step, product: Tensor, attrs: MomentAttrs): readonly Tensor[] {
  return applyRule(nadamOp, [step.learningRate, step.iterations, product], step, attrs);
}

/** The constants of Lion. */
export interface LionAttrs {
  readonly beta1: number;
  readonly beta2: number;
}

const lionOp: Op<LionAttrs & StepAttrs> = declareRule<LionAttrs>({
  name: 'lionUpdate',
  attrs: ['beta1', 'beta2'],
  scalars: 1,
  slots: () => 1,
  move(v, [rate], { beta1, beta2 }) {
    const [moment] = v.slots;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      v.next[i] = value - rate * Math.sign(beta1 * moment[i] + (1 - beta1) * g);
      v.nextSlots[0][i] = beta2 * moment[i] + (1 - beta2) * g;
    }
  },
});

/** For each variable its next value by Lion (Chen et al. 2023), then its next moment. */
export function lionUpdate(step: Step, attrs: LionAttrs): readonly Tensor[] {
  return applyRule(lionOp, [step.learningRate], step, attrs);
}

/** The constants of Ftrl, in Keras's words. */
export interface FtrlAttrs {
  readonly learningRatePower: number;
  readonly l1RegularizationStrength: number;
  readonly l2RegularizationStrength: number;
  readonly l2ShrinkageRegularizationStrength: number;
  readonly beta: number;
}

const ftrlOp: Op<FtrlAttrs & StepAttrs> = declareRule<FtrlAttrs>({
  name: 'ftrlUpdate',
  attrs: ['learningRatePower', 'l1RegularizationStrength', 'l2RegularizationStrength', 'l2ShrinkageRegularizationStrength', 'beta'],
  scalars: 1,
  slots: () => 2,
  move(v, [rate], { learningRatePower, l1RegularizationStrength: l1, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta }) {
    const l2 = 2 * l2RegularizationStrength + beta / rate;
    const shrinkage = 2 * l2ShrinkageRegularizationStrength;
    const [squares, linear] = v.slots;
    for (let i = 0; i < v.size; i++) {
      const value = v.value(i);
      const g = v.gradient(i);
      const nextSquares = squares[i] + g * g;
      const power = nextSquares ** -learningRatePower;
      const nextLinear = linear[i] + g + shrinkage * value - ((power - squares[i] ** -learningRatePower) / rate) * value;
      v.nextSlots[0][i] = nextSquares;
      v.nextSlots[1][i] = nextLinear;
      v.next[i] = (Math.min(Math.max(nextLinear, -l1), l1) - nextLinear) / (power / rate + l2);
    }
  },
});

/** For each variable its next value by Ftrl (McMahan et al. 2013), then its next sum of squares and linear term. */
export function ftrlUpdate(step: Step, attrs: FtrlAttrs): readonly Tensor[] {
  return applyRule(ftrlOp, [step.learningRate], step, attrs);
}
