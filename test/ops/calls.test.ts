/** Public functions on random arguments: what their examples pass, changed. Both backends give the same, or refuse with the same words. */
import * as tf from 'gradtape';
import { afterAll, describe, expect, it } from 'vitest';
import { type Call, runExamples } from '../support/callers.ts';
import { Numbers, seedOf } from '../support/trials.ts';

const native = tf.backend().name === 'native';
/** Few on the instruction sets below the best. */
const TRIALS = Number(process.env.GRADTAPE_TRIALS ?? (process.env.GRADTAPE_ISA === undefined ? 60 : 20));
const FIRST = Number(process.env.GRADTAPE_TRIAL ?? 0);

afterAll(() => {
  if (native) tf.setBackend('native');
});

const { calls } = native ? await runExamples(['ops']) : { calls: [] };
/** What sets something for all that follows, or gives what no two calls share. */
const NOT_TRIED = ['setSeed', 'variable', 'random.Generator'];
/** What differs for numbers that are none, as test/ops/agreement.test.ts tells of the ops in it. */
const FINITE = ['dotProductAttention', 'conv2dTranspose', 'conv3dTranspose'];
const takesFunctions = ({ args }: Call): boolean => args.flat().some((arg) => typeof arg === 'function');
const names = [...new Set(calls.filter((call) => !takesFunctions(call)).map(({ path }) => path))].filter(
  (path) => !NOT_TRIED.includes(path),
);

const DTYPES: readonly tf.DType[] = [...Array(5).fill('float32'), 'float64', 'float64', 'int32', 'int32', 'uint8', 'bool', 'complex64'];
const ODD = [Number.NaN, Infinity, -Infinity, 0];
const LENGTHS = [0, 1, 2, 2, 3, 3, 4, 5, 17];
const NUMBERS = [0, 1, -1, 2, 3, 4, -2, 0.5, 1.5, -0.25, 9, 40, Number.NaN, Infinity];

/** The shape of a tensor or of nested lists of numbers; undefined for anything else, and for a number. */
function shapeOf(arg: unknown): readonly number[] | undefined {
  if (arg instanceof tf.Tensor) return arg.shape;
  if (!Array.isArray(arg) || arg.length === 0) return undefined;
  if (arg.every((item) => typeof item === 'number')) return [arg.length];
  const inner = arg.map((item) => (Array.isArray(item) ? shapeOf(item) : undefined));
  const [first] = inner;
  return first === undefined || inner.some((shape) => String(shape) !== String(first)) ? undefined : [arg.length, ...first];
}

/** Values of which sums and products are exact, so that backends round alike; once in a while some that are no numbers. */
function randomTensor(shape: readonly number[], dtype: tf.DType, numbers: Numbers, finite: boolean): tf.Tensor {
  if (dtype === 'complex64')
    return tf.complex(randomTensor(shape, 'float32', numbers, finite), randomTensor(shape, 'float32', numbers, finite));
  const size = shape.reduce((product, d) => product * d, 1);
  const [whole, odd] = [dtype !== 'float32' && dtype !== 'float64', !finite && numbers.once(6)];
  const data = Array.from({ length: size }, () => {
    if (whole) return dtype === 'bool' ? numbers.below(2) : numbers.below(6) - (dtype === 'uint8' ? 0 : 1);
    return odd && numbers.once(5) ? numbers.of(ODD) : numbers.below(17) / 4 - 2;
  });
  return tf.tensor(data, shape, dtype);
}

/** The arguments with some of them changed. Tensors of one call often have one shape. */
function changedArguments({ path, args }: Call, numbers: Numbers): unknown[] {
  const dtype = numbers.of(DTYPES);
  const common = Array.from({ length: numbers.below(5) }, () => numbers.of(LENGTHS));
  const changed = (arg: unknown): unknown => {
    if (numbers.once(4)) return arg;
    const own = shapeOf(arg);
    if (own !== undefined && (own.length !== 1 || arg instanceof tf.Tensor || numbers.below(3) > 0)) {
      const shape = numbers.once(2) ? common : own.map((d) => (numbers.once(3) ? numbers.of(LENGTHS) : d));
      return randomTensor(shape, numbers.once(4) ? numbers.of(DTYPES) : dtype, numbers, FINITE.includes(path));
    }
    if (own !== undefined) return (arg as number[]).map((n) => (numbers.once(2) ? numbers.below(6) - 1 : n));
    if (typeof arg === 'number') return numbers.of(NUMBERS);
    if (typeof arg === 'boolean') return !arg;
    if (Array.isArray(arg)) return arg.map(changed);
    return arg;
  };
  return args.map(changed);
}

interface Outcome {
  readonly words?: string;
  readonly tensors: readonly tf.Tensor[];
  /** What else came out. */
  readonly rest: string;
}

async function outcomeOn(backend: 'native' | 'typescript', { run }: Call, args: readonly unknown[]): Promise<Outcome> {
  tf.setBackend(backend);
  tf.setSeed(7);
  const tensors: tf.Tensor[] = [];
  try {
    const result = await run(...args);
    const rest = JSON.stringify(result, (_, value) => {
      if (!(value instanceof tf.Tensor)) return typeof value === 'number' ? String(value) : value;
      tensors.push(value);
      return `${value.dtype}[${value.shape}]`;
    });
    return { tensors, rest: rest ?? 'undefined' };
  } catch (error) {
    if (!(error instanceof tf.ArgumentError || error instanceof tf.ShapeError)) throw error;
    return { words: error.message, tensors, rest: '' };
  }
}

function difference(fast: Outcome, reference: Outcome): string | undefined {
  if (fast.words !== reference.words) return `native: ${fast.words ?? 'no error'}\nreference: ${reference.words ?? 'no error'}`;
  if (fast.rest !== reference.rest) return `native: ${fast.rest}\nreference: ${reference.rest}`;
  for (const [n, want] of reference.tensors.entries()) {
    const [a, b] = [fast.tensors[n].dataSync(), want.dataSync()];
    const scale = Array.from(b).reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1);
    // Doubles may come of single precision, where an argument had that.
    const near = { float32: 1e-4, complex64: 1e-4, float64: 1e-6, complex128: 1e-6, int32: 0, uint8: 0, bool: 0 }[want.dtype];
    for (let i = 0; i < b.length; i++) {
      if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i])) || Math.abs(a[i] - b[i]) <= near * scale) continue;
      return `result ${n}, element ${i} of ${want.dtype}[${want.shape}]: native ${a[i]}, reference ${b[i]}`;
    }
  }
  return undefined;
}

const show = (arg: unknown): string =>
  arg instanceof tf.Tensor ? `${arg.dtype}[${arg.shape}] ${[...arg.dataSync().slice(0, 12)].join(' ')}` : String(JSON.stringify(arg));

describe.runIf(native)('public functions', () => {
  it.each(names)('%s', async (name) => {
    const own = calls.filter(({ path }) => path === name);
    const wrong: string[] = [];
    for (let i = FIRST; i < FIRST + TRIALS; i++) {
      const numbers = new Numbers(seedOf(name) + 7919 * i);
      const call = numbers.of(own);
      tf.setBackend('typescript');
      const args = changedArguments(call, numbers);
      const found = difference(await outcomeOn('native', call, args), await outcomeOn('typescript', call, args));
      if (found !== undefined) wrong.push(`${name}, trial ${i}: ${args.map(show).join(', ')}\n${found}`);
    }
    expect(wrong.slice(0, 2)).toEqual([]);
  });
});
