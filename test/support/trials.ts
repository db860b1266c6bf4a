/** Random situations of ops: a use of an op with other sizes, dtypes, attributes and values, all drawn from a seed. */
import type * as tf from 'gradtape';
import type { AnyOp } from '../../lib/core/op.ts';
import { emptyTensor, valuesOf } from '../../lib/core/tensor.ts';
import { Subgraph } from '../../lib/graph/subgraph.ts';
import { type Operand, textOf, type Use } from './uses.ts';

/** A sequence of whole numbers from 0 to below 2 ** 24 that a seed begins (Numerical Recipes, section 7.1). */
export class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    this.below(1);
  }

  /** A whole number below `count`. */
  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor(((this.#state >>> 8) / 2 ** 24) * count);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** A number that belongs to a word. */
export function seedOf(word: string): number {
  let hash = 2166136261;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 16777619);
  return hash >>> 0;
}

/** An op about to be applied. */
export interface Trial {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly tf.Tensor[];
}

/** Sizes of nothing, of one, around those of vectors of every instruction set, and of blocks. */
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 49, 63, 65, 100, 129];
const LARGE = [255, 257, 511, 700, 1023, 1025, 2049, 4097, 16385];

type Spec = { readonly shape: readonly number[]; readonly dtype: tf.DType };

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/** How much a trial may be: native kernels are fast, the specification is not. */
export interface Limits {
  /** Elements of all inputs and outputs. */
  readonly elements: number;
  /** Operations of one run, where the op tells them. */
  readonly flops: number;
}

/** True for inputs that the op takes, with outputs of a bearable size. */
function isTaken(op: AnyOp, inputs: readonly Spec[], attrs: unknown, { elements, flops }: Limits): boolean {
  let outputs: readonly Spec[];
  try {
    outputs = op.infer(inputs, attrs);
  } catch {
    return false;
  }
  const size = [...inputs, ...outputs].reduce((total, { shape }) => total + sizeOf(shape), 0);
  return size <= elements && (op.traits.flops?.(inputs, outputs, attrs) ?? 0) <= flops;
}

/** Other sizes for the axes of `inputs`: equal sizes stay equal, so that what belongs together fits; once in a while one input's axes become 1 or go. */
function resized({ op, inputs }: Use, numbers: Numbers): { specs: Operand[]; to: (size: number) => number } {
  const sizes = [...new Set(inputs.flatMap(({ shape }) => shape))];
  const changed = new Map<number, number>();
  for (let count = 1 + numbers.below(2); count > 0 && sizes.length > 0; count--) {
    changed.set(numbers.of(sizes), numbers.once(12) ? numbers.of(LARGE) : numbers.of(SIZES));
  }
  const to = (size: number): number => changed.get(size) ?? size;
  const narrow = (op.traits.elementwise || op.traits.product) && numbers.once(3) ? numbers.below(inputs.length) : -1;
  const specs = inputs.map((input, i) => {
    const shape = input.shape.map(to);
    if (i !== narrow) return { ...input, shape };
    // Attributes may name axes.
    if (op.attrs.length === 0 && numbers.once(2)) return { ...input, shape: shape.slice(numbers.below(shape.length + 1)) };
    return { ...input, shape: shape.map((d) => (numbers.once(2) ? 1 : d)) };
  });
  return { specs, to };
}

/** The attributes for other sizes: by the op's own word, undefined if it has none, else the shape that they name is changed as those of the inputs. */
function refitted({ op, attrs, inputs }: Use, specs: readonly Spec[], to: (size: number) => number): unknown {
  if (op.refit !== undefined) {
    try {
      return op.refit(attrs, inputs, specs);
    } catch {
      return undefined;
    }
  }
  const { shape } = attrs as { shape?: unknown };
  return Array.isArray(shape) ? { ...(attrs as object), shape: shape.map(to) } : attrs;
}

const signatureOf = (inputs: readonly Spec[]): string => inputs.map(({ dtype }) => dtype).join();
const ranksOf = (inputs: readonly Spec[]): string => inputs.map(({ shape }) => shape.length).join();

/** True for ops whose attributes are programs, which were compiled for certain sizes and count up to certain numbers. */
function holdsPrograms({ attrs }: Use): boolean {
  return Object.values(attrs as object)
    .flat()
    .some((value) => value instanceof Subgraph);
}

/** A use of the op of `uses` with other sizes, attributes or dtypes, as far as the op takes them. */
function varied(uses: readonly Use[], numbers: Numbers, limits: Limits): Use | undefined {
  let use = numbers.of(uses);
  const { op } = use;
  if (numbers.once(3)) {
    const alike = uses.filter(({ inputs }) => ranksOf(inputs) === ranksOf(use.inputs) && signatureOf(inputs) === signatureOf(use.inputs));
    const attrs = numbers.of(alike).attrs;
    if (isTaken(op, use.inputs, attrs, limits)) use = { ...use, attrs };
  }
  if (!holdsPrograms(use) && numbers.below(4) > 0) {
    const { specs, to } = resized(use, numbers);
    const attrs = refitted(use, specs, to);
    if (attrs !== undefined && isTaken(op, specs, attrs, limits)) use = { op, attrs, inputs: specs };
  }
  return isTaken(op, use.inputs, use.attrs, limits) ? use : undefined;
}

const EXTREME = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5];
const FAR: Readonly<Partial<Record<tf.DType, readonly number[]>>> = {
  float32: [3.4e38, -3.4e38, 1e30, -1e30, 1e10, 1e-10, 1e-30, -1e-30, 1.2e-38, 16777217, 88.5, -88.5, 104, -104],
  float64: [1.7e308, -1.7e308, 1e200, -1e200, 1e10, 1e-10, 1e-200, -1e-200, 2.3e-308, 2 ** 53 + 2, 709.5, -709.5, 746, -746],
};
/** Such that a sum of products of some thousand does not overflow. */
const WIDE: readonly number[] = [1e15, -1e15, 1e5, -3e7, 1e-5, 1e-15, 4097, -0.1];

/** What values a floating input gets. */
type Kind = 'own' | 'plain' | 'mixed' | 'extreme' | 'far' | 'wide' | 'equal' | 'grid';

function float(kind: Kind, dtype: tf.DType, plain: number, hasOwn: boolean, numbers: Numbers, first: number): number {
  switch (kind) {
    case 'mixed':
      return numbers.once(9) ? numbers.of(EXTREME) : plain;
    case 'extreme':
      return numbers.of(EXTREME);
    case 'far':
      return numbers.of(FAR[dtype] ?? EXTREME);
    case 'wide':
      return numbers.of(WIDE);
    case 'equal':
      return first;
    case 'grid':
      return numbers.below(9) / 2 - 2;
    case 'own':
      // What has none of its own takes numbers that may be squares.
      return hasOwn ? plain : 1 + numbers.below(9) / 4;
    default:
      return plain;
  }
}

/** A tensor with the dtype and shape of an operand, and values near to its own or far from them. */
function tensorOf({ shape, dtype, values }: Operand, kind: Kind, isTame: boolean, numbers: Numbers): tf.Tensor {
  const tensor = emptyTensor(shape, dtype);
  const data = valuesOf(tensor);
  const keeps = values !== undefined && values.length > 0 && (kind === 'own' || numbers.below(3) > 0);
  const place = numbers.below(1000);
  const plain = (i: number): number => (keeps ? values[(i + place) % values.length] : numbers.below(4001) / 500 - 4);
  const first = numbers.of([...EXTREME, 3]);
  const wild = numbers.once(6) && !isTame;
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'bool') data[i] = numbers.below(2);
    else if (dtype === 'uint8') data[i] = wild ? numbers.below(256) : keeps ? plain(i) : numbers.below(9);
    else if (dtype === 'int32') {
      const far = wild && numbers.once(3);
      data[i] = far ? numbers.of([-2147483648, 2147483647, -1, 65536, 46341]) : keeps ? plain(i) : numbers.below(12) - (isTame ? 0 : 3);
    } else data[i] = float(kind, dtype, plain(i), keeps, numbers, first);
  }
  return tensor;
}

/** Kinds of values, the common ones more often. */
const KINDS: readonly Kind[] = ['plain', 'plain', 'plain', 'mixed', 'mixed', 'extreme', 'wide', 'equal', 'grid'];

/**
 * The trial that a seed makes, undefined if it would be too large: of elementwise ops with values of any magnitude, of others with such that sums are right to the last
 * digits; `near` for numbers near 1 alone, `own` for those of the use in another order.
 */
export function trialOf(uses: readonly Use[], seed: number, limits: Limits, only?: 'near' | 'own'): Trial | undefined {
  const numbers = new Numbers(seed);
  const tame = uses.filter(({ attrs }) => !/Infinity|NaN/.test(textOf(attrs)));
  const use = varied(only === undefined || tame.length === 0 ? uses : tame, numbers, limits);
  if (use === undefined) return undefined;
  const kinds: readonly Kind[] =
    only === 'own' ? ['own'] : only === 'near' ? ['plain', 'grid'] : use.op.traits.elementwise ? [...KINDS, 'far', 'far'] : KINDS;
  const kind = numbers.of(kinds);
  const small = holdsPrograms(use);
  const inputs = use.inputs.map((input) => tensorOf(input, numbers.once(3) ? numbers.of(kinds) : kind, small, numbers));
  return { op: use.op, attrs: use.attrs, inputs };
}
