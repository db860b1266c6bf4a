/** Many elementwise ops as one, in one pass over memory: what passes over traced programs write, and nobody else. */
import { codeOf, type DType } from '../core/dtype.ts';
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { type AnyOp, type Attribute, declare, type Op, ops, type View } from '../core/op.ts';
import { broadcastShapes, checkShape, type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Spec } from '../core/tensor.ts';
import { forEachBroadcast } from '../kernels/elementwise.ts';
import { sumKernel } from '../kernels/reduce.ts';

/** The most inputs, steps and results of a fused op, as in native/kernels/fusion.h. */
export const MOST_INPUTS = 16;
/** The most steps of a fused op. */
export const MOST_STEPS = 128;
/** The most results of a fused op. */
export const MOST_RESULTS = 16;
/** The numbers that make up a step: code, three operands, attribute. */
export const STEP_WORDS = 5;

/** What a register holds: `f` floats, `t` truth values, as 0 and 1; in a signature `x` is either, the same throughout. */
type Kind = 'f' | 't' | 'x';

/** A step's name, and the kinds of its operands and its result; its code is its position, as in native/kernels/steps.cc. */
const FUSIBLE: readonly (readonly [name: string, operands: string, result: Kind])[] = [
  ['constant', '', 'f'],
  ['broadcastTo', 'x', 'x'],
  ['cast', 'x', 'f'],
  ...['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference', 'divNoNan', 'pow', 'mod', 'floorDiv', 'logaddexp'].map(
    (name) => [name, 'ff', 'f'] as const,
  ),
  ...['neg', 'square', 'abs', 'sign', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'expm1', 'log', 'log1p'].map(
    (name) => [name, 'f', 'f'] as const,
  ),
  ...['sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh', 'asin', 'acos', 'atan', 'erf', 'erfc', 'lgamma', 'digamma'].map(
    (name) => [name, 'f', 'f'] as const,
  ),
  ...['sigmoid', 'softplus', 'logSigmoid', 'softsign', 'hardSigmoid', 'relu', 'relu6', 'leakyRelu', 'elu', 'selu', 'silu', 'gelu'].map(
    (name) => [name, 'f', 'f'] as const,
  ),
  ...['step', 'floor', 'ceil', 'round'].map((name) => [name, 'f', 'f'] as const),
  ...['isNaN', 'isInf', 'isFinite'].map((name) => [name, 'f', 't'] as const),
  ...['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'].map((name) => [name, 'xx', 't'] as const),
  ...['logicalAnd', 'logicalOr', 'logicalXor'].map((name) => [name, 'tt', 't'] as const),
  ['logicalNot', 't', 't'],
  ['where', 'txx', 'x'],
];

const CODES: ReadonlyMap<string, number> = new Map(FUSIBLE.map(([name], code) => [name, code]));
const NONE = -1;

/** A fused op's attributes. Registers are numbered: first the inputs, then the steps. */
export interface FusedAttrs {
  /** What all inputs broadcast to. */
  readonly shape: Shape;
  /** Five numbers a step: code, three registers (-1 where there is none), and the op's own attribute or the constant's value. */
  readonly steps: readonly number[];
  /** The registers that become outputs. */
  readonly results: readonly number[];
  /** 0, or over how many first axes the only result is summed, or minus the number of last ones. */
  readonly reduce: number;
}

/** The kind that a register of `dtype` has; undefined for a dtype that fused ops do not compute in. */
function kindOf(dtype: DType): Kind | undefined {
  return dtype === 'float32' ? 'f' : dtype === 'bool' ? 't' : undefined;
}

/** The kind of a step's result, or undefined if it does not take such operands. */
function resultKind(code: number, operands: readonly Kind[], attr: number): Kind | undefined {
  const [name, wanted, result] = FUSIBLE[code];
  let either: Kind | undefined;
  for (let k = 0; k < wanted.length; k++) {
    if (wanted[k] === 'x') either ??= operands[k];
    if (operands[k] !== (wanted[k] === 'x' ? either : wanted[k])) return undefined;
  }
  if (name === 'cast') return attr === codeOf('bool') ? 't' : attr === codeOf('float32') ? 'f' : undefined;
  return result === 'x' ? either : result;
}

function writeStep(name: string, operands: readonly number[], attr = 0): number[] {
  const code = CODES.get(name) as number;
  return [code, ...[0, 1, 2].map((k) => (k < operands.length ? operands[k] : NONE)), attr];
}

/** The step that gives a number. */
export function constantStep(value: number): number[] {
  return writeStep('constant', [], value);
}

/** Ops that are more than one step, or a step of another name: how many inputs they have, and their steps. */
const REWRITTEN: Readonly<Record<string, readonly [inputs: number, write: (attrs: Readonly<Record<string, Attribute>>) => number[]]>> = {
  stopGradient: [1, () => writeStep('broadcastTo', [0])],
  fill: [0, ({ value }) => constantStep(Number(value))],
  clipByValue: [
    1,
    ({ min, max }) => [
      ...writeStep('constant', [], Number(min)),
      ...writeStep('maximum', [0, 1]),
      ...writeStep('constant', [], Number(max)),
      ...writeStep('minimum', [2, 3]),
    ],
  ],
};

/**
 * An op written as steps of a fused one; undefined where it cannot be. Registers are numbered as if the op were alone: its inputs, then the steps, of
 * which the last is its result. A result of another shape than the op's own broadcasts to it.
 */
export function stepsOf(op: AnyOp, attrs: unknown, inputs: readonly DType[], output: DType): readonly number[] | undefined {
  const kinds = inputs.map(kindOf);
  if (kinds.includes(undefined) || kindOf(output) === undefined) return undefined;
  const own = attrs as Readonly<Record<string, Attribute>>;
  if (Object.hasOwn(REWRITTEN, op.name)) {
    const [count, write] = REWRITTEN[op.name];
    return count === inputs.length && output === 'float32' && !kinds.includes('t') ? write(own) : undefined;
  }
  const code = CODES.get(op.name);
  if (code === undefined || FUSIBLE[code][1].length !== inputs.length) return undefined;
  const attr = attributeOf(op, own);
  if (resultKind(code, kinds as Kind[], attr) !== kindOf(output)) return undefined;
  return writeStep(
    op.name,
    inputs.map((_, k) => k),
    attr,
  );
}

/** An op's attribute as a step holds it: those that fuse have one number or truth value, or none that changes an element. */
function attributeOf(op: AnyOp, attrs: Readonly<Record<string, Attribute>>): number {
  const value = op.attrs.length === 1 ? attrs[op.attrs[0]] : 0;
  return typeof value === 'object' ? 0 : Number(value);
}

/**
 * The `reduce` of a fused op that sums over `axes` of `shape`, sorted; undefined where it cannot.
 */
export function reduceOf(shape: Shape, axes: readonly number[]): number | undefined {
  const first = axes.every((axis, i) => axis === i);
  if (first) return axes.length;
  return axes.every((axis, i) => axis === shape.length - axes.length + i) ? -axes.length : undefined;
}

/** One step, read: its op's name, operands and attribute. */
interface Step {
  readonly code: number;
  readonly name: string;
  readonly operands: readonly number[];
  readonly attr: number;
}

function readStep(steps: readonly number[], i: number): Step {
  const [code, a, b, c, attr] = steps.slice(i * STEP_WORDS, (i + 1) * STEP_WORDS);
  const [name, kinds] = FUSIBLE[code];
  return { code, name, operands: [a, b, c].slice(0, kinds.length), attr };
}

function checkStep(i: number, words: readonly number[], kinds: readonly Kind[]): Kind {
  const [code, a, b, c, attr] = words;
  if (!Number.isInteger(code) || code < 0 || code >= FUSIBLE.length)
    throw new ArgumentError(`fused: step ${i} has no known code; received ${code}`);
  const [name, wanted] = FUSIBLE[code];
  [a, b, c].forEach((register, k) => {
    if (k < wanted.length ? kinds[register] === undefined : register !== NONE) {
      throw new ArgumentError(`fused: step ${i}, ${name}, cannot read register ${register}; there are ${kinds.length} before it`);
    }
  });
  const operands = [a, b, c].slice(0, wanted.length).map((register) => kinds[register]);
  const kind = typeof attr === 'number' ? resultKind(code, operands, attr) : undefined;
  if (kind === undefined) {
    throw new ArgumentError(
      `fused: step ${i}, ${name}, does not take such operands; received ${operands.join(', ') || 'none'} and ${show(attr)}`,
    );
  }
  return kind;
}

function infer(inputs: readonly Spec[], { shape, steps, results, reduce }: FusedAttrs): readonly Spec[] {
  checkShape('fused', shape);
  if (inputs.length > MOST_INPUTS) throw new ArgumentError(`fused: at most ${MOST_INPUTS} inputs; received ${inputs.length}`);
  for (const input of inputs) {
    if (input.dtype !== 'float32') throw new ArgumentError(`fused: inputs are float32; received ${input.dtype}`);
    if (!sameShape(broadcastShapes('fused', input.shape, shape), shape)) {
      throw new ShapeError(`fused: shape ${showShape(input.shape)} does not broadcast to ${showShape(shape)}`);
    }
  }
  if (steps.length % STEP_WORDS !== 0 || steps.length > MOST_STEPS * STEP_WORDS) {
    throw new ArgumentError(`fused: steps are ${STEP_WORDS} numbers each, at most ${MOST_STEPS} of them; received ${steps.length} numbers`);
  }
  const kinds: Kind[] = inputs.map(() => 'f');
  for (let i = 0; i * STEP_WORDS < steps.length; i++) {
    kinds.push(checkStep(i, steps.slice(i * STEP_WORDS, (i + 1) * STEP_WORDS), kinds));
  }
  if (results.length === 0 || results.length > MOST_RESULTS || results.some((register) => kinds[register] !== 'f')) {
    throw new ArgumentError(`fused: results are 1 to ${MOST_RESULTS} registers of floats; received ${show(results)}`);
  }
  if (!Number.isInteger(reduce) || Math.abs(reduce) > shape.length || (reduce !== 0 && results.length > 1)) {
    throw new ArgumentError(
      `fused: a sum is of one result, over some of its axes; received ${reduce} for ${results.length} of ${showShape(shape)}`,
    );
  }
  const kept = reduce > 0 ? shape.slice(reduce) : shape.slice(0, shape.length + reduce);
  return results.map(() => ({ shape: kept, dtype: 'float32' }));
}

/** What a step computes, by its op's own kernel, in the shape that its operands have together. */
function runStep({ name, operands, attr }: Step, registers: readonly View[]): View {
  const inputs = operands.map((register) => registers[register]);
  const op = ops.get(name);
  if (op === undefined) return { data: Float32Array.of(attr), shape: [], dtype: 'float32', size: 1 };
  if (op.attrs.includes('shape')) return inputs[0];
  const attrs = Object.fromEntries(op.attrs.map((key) => [key, attr]));
  const [{ shape, dtype }] = op.infer(inputs, attrs);
  const size = sizeOfShape(shape);
  const output = { data: dtype === 'bool' ? new Uint8Array(size) : new Float32Array(size), shape, dtype, size };
  op.kernel(inputs, [output], attrs);
  return output;
}

function kernel(inputs: readonly View[], outputs: readonly View[], { shape, steps, results, reduce }: FusedAttrs): void {
  const registers = [...inputs];
  for (let i = 0; i * STEP_WORDS < steps.length; i++) registers.push(runStep(readStep(steps, i), registers));
  results.forEach((register, n) => {
    const { data, shape: own } = registers[register];
    const size = sizeOfShape(shape);
    const y: View = reduce === 0 ? outputs[n] : { data: new Float32Array(size), shape, dtype: 'float32', size };
    forEachBroadcast(shape, [own], (o, [i]) => {
      y.data[o] = data[i];
    });
    const axes = shape.map((_, axis) => axis);
    if (reduce !== 0) sumKernel([y], outputs, { axes: axes.slice(Math.min(reduce, 0)).slice(0, Math.abs(reduce)) });
  });
}

/** Steps in words, each with a letter and a number of its own. */
function showSteps(inputs: readonly string[], attributes: unknown): string {
  const { steps, results, reduce } = attributes as FusedAttrs;
  const registers = [...inputs];
  const lines = Array.from({ length: steps.length / STEP_WORDS }, (_, i) => readStep(steps, i)).flatMap(({ name, operands, attr }) => {
    if (name === 'constant') {
      registers.push(String(attr));
      return [];
    }
    const line = `s${registers.length} = ${name}(${operands.map((register) => registers[register]).join(', ')})`;
    registers.push(`s${registers.length}`);
    return [line];
  });
  const sum = reduce === 0 ? '' : `, summed over the ${Math.abs(reduce)} ${reduce > 0 ? 'first' : 'last'} axes`;
  return `${lines.join('; ')}; gives ${results.map((register) => registers[register]).join(', ')}${sum}`;
}

/** Steps that compute nothing. */
const FREE: readonly string[] = ['constant', 'broadcastTo', 'cast'];

/** Arithmetic: each step that computes, and the sum at the end, once for each element. */
function flopsOf({ shape, steps, reduce }: FusedAttrs): number {
  let each = reduce === 0 ? 0 : 1;
  for (let i = 0; i * STEP_WORDS < steps.length; i++) if (!FREE.includes(readStep(steps, i).name)) each++;
  return each * sizeOfShape(shape);
}

/** Float32 results of elementwise steps on float32 inputs; it exists only in programs, after their gradients are part of them. */
export const fusedOp: Op<FusedAttrs> = declare<FusedAttrs>({
  name: 'fused',
  attrs: ['shape', 'steps', 'results', 'reduce'],
  traits: { show: showSteps, flops: (_inputs, _outputs, attrs) => flopsOf(attrs as FusedAttrs) },
  infer,
  kernel,
  saves: [],
  grad: 'none',
});
