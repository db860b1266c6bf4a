/** Every op on random situations: both backends give the same shapes, dtypes and values, NaN for NaN, or refuse with the same words; so do programs, and any number of threads. */
import * as tf from 'gradtape';
import { afterAll, describe, expect, it } from 'vitest';
import { type AnyOp, apply, ops } from '../../lib/core/op.ts';
import { type Limits, seedOf, type Trial, trialOf } from '../support/trials.ts';
import { spread, textOf, usesIn } from '../support/uses.ts';
import { cases } from './cases.ts';

const native = tf.backend().name === 'native';
const threads = tf.getNumThreads();
/** Trials of each op: few on the instruction sets below the best. `GRADTAPE_TRIALS=5000` takes some minutes; `GRADTAPE_TRIAL=17 GRADTAPE_TRIALS=1` repeats one. */
const TRIALS = Number(process.env.GRADTAPE_TRIALS ?? (process.env.GRADTAPE_ISA === undefined ? 200 : 50));
const FIRST = Number(process.env.GRADTAPE_TRIAL ?? 0);
const LIMITS: Limits = { elements: 20_000, flops: 400_000 };

/** Where backends may differ, and why. On everything else they may not. */
interface Exception {
  /** Only values near 1, or only those of the cases, in another order: no NaN, no infinities, nothing whose products overflow. */
  readonly only?: 'near' | 'own';
  /** How far results near 0 may lie apart, in units of the last place of 1. */
  readonly units?: number;
  readonly why: string;
}
const SQUARES = 'means of squares are never below 0, and where they were, roots of differences would be compared';
const DECISION = 'a sum that ends the loop is rounded in another order';
const FAR_TERMS = 'far arguments take up to a million terms each, and there is no native row to compare with';
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  attention: { only: 'near', why: 'keys that are not seen count natively, 0 times, which is NaN for what is not finite' },
  attentionGradient: { only: 'own', why: 'as attention, and exponentials overflow where sums do not belong to the logits' },
  convBackpropInput: { only: 'near', why: 'what is around results counts natively, 0 times, which is NaN for what is not finite' },
  lstmGradient: {
    only: 'own',
    why: 'gradients through many steps overflow where weights are large, and then no order of summing is like another',
  },
  gruGradient: { only: 'own', why: 'as lstmGradient' },
  normalization: { only: 'near', why: 'means of columns are joined natively by their differences, which are NaN between infinities' },
  normalizationGradient: {
    only: 'near',
    why: 'columns are scaled after their sum, which for infinite scales is not the sum of infinities',
  },
  whileLoop: { only: 'near', why: DECISION },
  whileLoopGradient: { only: 'near', why: DECISION },
  rmspropUpdate: { only: 'own', why: SQUARES },
  nadamUpdate: { only: 'own', why: SQUARES },
  adamUpdate: { only: 'own', why: SQUARES },
  adamaxUpdate: { only: 'own', why: 'greatest magnitudes are never below 0' },
  adagradUpdate: { only: 'own', why: SQUARES },
  adadeltaUpdate: { only: 'own', why: SQUARES },
  ftrlUpdate: { only: 'own', why: SQUARES },
  conv: {
    only: 'near',
    why: 'parts of a filter that meet only zeros around images are left out natively, which elsewhere is NaN for what is not finite',
  },
  convBackpropFilter: { only: 'near', why: 'as conv' },
  softmaxGradient: { only: 'near', why: 'gradients are the difference of products and their sum, in double precision only in TypeScript' },
  digamma: { units: 1, why: 'near its root it is the difference of equal numbers, natively in single precision' },
  logaddexp: { units: 1, why: 'near 0 it is the sum of a negative number and a positive one, natively in single precision' },
  igamma: { only: 'near', why: FAR_TERMS },
  betainc: { only: 'near', why: FAR_TERMS },
  zeta: { only: 'near', why: FAR_TERMS },
  hardSigmoid: { units: 1, why: 'x / 6 + 1 / 2 near -3 is the difference of equal numbers, natively in single precision' },
};

afterAll(() => {
  if (native) tf.setBackend('native');
});

/** Of each op some cases from all over its list, none of them large. */
const few = [...ops.keys()].flatMap((name) => {
  const own = cases.filter(({ op }) => op === name);
  const small = own.filter(({ what }) => !/\d{4}/.test(what));
  return spread(small.length > 0 ? small : own, 24);
});
const uses = usesIn(
  few.map(({ run }) => run),
  4000,
);

type Outcome = { readonly words: string } | { readonly results: readonly tf.Tensor[] };

function outcomeOf(run: () => readonly tf.Tensor[]): Outcome {
  try {
    return { results: run() };
  } catch (error) {
    // Anything else than a refusal is a fault.
    if (!(error instanceof tf.ArgumentError || error instanceof tf.ShapeError)) throw error;
    return { words: error.message };
  }
}

function outcomeOn(backend: 'native' | 'typescript', { op, inputs, attrs }: Trial): Outcome {
  tf.setBackend(backend);
  return outcomeOf(() => apply(op, inputs, attrs));
}

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32' || dtype === 'float64';

function show(x: tf.Tensor): string {
  return `${x.dtype}[${x.shape}] ${Array.from(x.dataSync().slice(0, 24)).join(' ')}${x.size > 24 ? ' ...' : ''}`;
}

function showTrial({ op, attrs, inputs }: Trial, number: number): string {
  return `${op.name}, trial ${number}, ${textOf(attrs)}\n${inputs.map(show).join('\n')}`;
}

/** The largest number on the way to a result: of the results, of the inputs, and of the results for the magnitudes of the inputs. */
function scaleOf({ op, inputs, attrs }: Trial, results: readonly tf.Tensor[]): number {
  const more = outcomeOn('typescript', { op, inputs: inputs.map((x) => (isFloat(x) ? x.abs() : x)), attrs });
  const all = [...results, ...inputs, ...('results' in more ? more.results : [])].filter(isFloat);
  return all.reduce((most, x) => Array.from(x.dataSync()).reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), most), 1);
}

/** Where two results differ, in words; undefined if they do not. */
function difference(trial: Trial, got: tf.Tensor, want: tf.Tensor, scale: () => number): string | undefined {
  if (got.dtype !== want.dtype || String(got.shape) !== String(want.shape)) return `native ${show(got)}\nreference ${show(want)}`;
  const [a, b] = [got.dataSync(), want.dataSync()];
  const single = want.dtype === 'float32';
  // A last place or some, and what is flushed to 0 where a step on the way is too small for a normal number.
  const [relative, least] = single ? [2e-6, 1e-36] : [1e-12, 1e-300];
  const near = least + (EXCEPTIONS[trial.op.name]?.units ?? 0) * (single ? 2 ** -23 : 2 ** -52);
  for (let i = 0; i < b.length; i++) {
    if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i]))) continue;
    const apart = Math.abs(a[i] - b[i]);
    if (isFloat(want) && apart <= relative * Math.abs(b[i]) + near) continue;
    if (isFloat(want) && Number.isFinite(apart) && !trial.op.traits.elementwise && apart <= (single ? 4e-5 : 1e-9) * scale()) continue;
    return `element ${i} of [${got.shape}]: native ${a[i]}, reference ${b[i]}`;
  }
  return undefined;
}

/** Where two outcomes differ. */
function disagreement(trial: Trial, fast: Outcome, reference: Outcome): string | undefined {
  if ('words' in fast || 'words' in reference) {
    const [got, wanted] = [fast, reference].map((one) => ('words' in one ? one.words : 'no error'));
    return got === wanted ? undefined : `native: ${got}\nreference: ${wanted}`;
  }
  let found: number | undefined;
  const scale = (): number => {
    found ??= scaleOf(trial, reference.results);
    return found;
  };
  for (const [n, want] of reference.results.entries()) {
    const differs = difference(trial, fast.results[n], want, scale);
    if (differs !== undefined) return `result ${n}: ${differs}`;
  }
  return undefined;
}

/** The bits of an outcome, with all NaN alike. */
function bitsOf(outcome: Outcome): string {
  if ('words' in outcome) return outcome.words;
  return outcome.results
    .map((x) => {
      const data = x.dataSync().map((value) => (Number.isNaN(value) ? Number.NaN : value));
      return `${x.dtype}[${x.shape}] ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`;
    })
    .join('\n');
}

/** The trial as a program, in which floating inputs lie in memory that results may replace. */
function traced({ op, inputs, attrs }: Trial): Outcome {
  const program = tf.function((...given: tf.Tensor[]) =>
    apply(
      op,
      given.map((x) => (isFloat(x) ? tf.neg(tf.neg(x)) : x)),
      attrs,
    ),
  );
  return outcomeOf(() => program(...inputs) as readonly tf.Tensor[]);
}

/** What `check` finds wrong with the trials of an op. */
function tryOp(name: string, check: (trial: Trial, number: number) => string | undefined): string[] {
  const own = uses.get(ops.get(name) as AnyOp) ?? [];
  expect(own.length, 'uses in cases').toBeGreaterThan(0);
  const wrong: string[] = [];
  for (let i = FIRST; i < FIRST + TRIALS; i++) {
    const trial = trialOf(own, seedOf(name) + 7919 * i, LIMITS, EXCEPTIONS[name]?.only);
    if (trial === undefined) continue;
    const found = check(trial, i);
    if (found !== undefined) wrong.push(`${showTrial(trial, i)}\n${found}`);
  }
  return wrong;
}

/** What is wrong with a trial on the backend that is tested: against the specification, as a program, and natively with more and fewer threads. */
function faultOf(trial: Trial, number: number, here: Outcome): string | undefined {
  if (native) {
    const found = disagreement(trial, here, outcomeOn('typescript', trial));
    tf.setBackend('native');
    if (found !== undefined) return found;
  }
  if (number % 4 === 0 && bitsOf(traced(trial)) !== bitsOf(here)) return `as a program: ${bitsOf(traced(trial))}\nalone: ${bitsOf(here)}`;
  if (!native || number % 4 !== 1 || trial.inputs.every(({ size }) => size < 1000)) return undefined;
  for (const count of [1, 3]) {
    tf.setNumThreads(count);
    const bits = bitsOf(outcomeOf(() => apply(trial.op, trial.inputs, trial.attrs)));
    tf.setNumThreads(threads);
    if (bits !== bitsOf(here)) return `with ${count} threads: ${bits}\nwith ${threads}: ${bitsOf(here)}`;
  }
  return undefined;
}

describe('random situations', () => {
  it.each([...ops.keys()])('%s', (name) => {
    const before = tf.kernelCounts()[name];
    let [given, computed] = [0, 0];
    const wrong = tryOp(name, (trial, number) => {
      const here = outcomeOf(() => apply(trial.op, trial.inputs, trial.attrs));
      if ('results' in here) {
        given++;
        if (trial.op.alias?.(trial.inputs, trial.attrs) === undefined) computed++;
      }
      return faultOf(trial, number, here);
    });
    expect(wrong.slice(0, 2)).toEqual([]);
    expect(given).toBeGreaterThan(0);
    if (native && before !== undefined) expect(tf.kernelCounts()[name] - before).toBeGreaterThanOrEqual(computed);
  });
});
