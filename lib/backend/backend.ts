/** Who computes: native kernels or TypeScript, chosen at the first op, always telling why. */
import { ArgumentError, show, unknownWord } from '../core/errors.ts';
import { context, type Evaluator, outsideTrace } from '../core/op.ts';
import { type Addon, loadAddon } from './addon.ts';
import { nativeEvaluator } from './native.ts';
import { typescriptEvaluator } from './typescript.ts';

/** The names that `setBackend` and `GRADTAPE_BACKEND` take. */
export type BackendName = 'native' | 'typescript';

/** What computes in this thread. */
export type BackendInfo =
  | { readonly name: 'native'; readonly isa: string; readonly threads: number }
  | { readonly name: 'typescript'; readonly reason: string };

const NAMES: readonly BackendName[] = ['native', 'typescript'];
const SETS: readonly string[] = ['sse2', 'avx2', 'avx512', 'neon'];
const REMEDY = '`npx gradtape doctor` explains, `npx gradtape build-native` builds it from source';

let active: { readonly name: 'native'; readonly addon: Addon } | { readonly name: 'typescript'; readonly reason: string } | undefined;
let native: Evaluator | undefined;

/** Refuses settings that the addon, which cannot complain, has passed over. */
function checkSettings(addon: Addon): void {
  const { GRADTAPE_ISA: isa, GRADTAPE_NUM_THREADS: threads } = process.env;
  if (isa && !SETS.includes(isa)) throw unknownWord('GRADTAPE_ISA', 'instruction set', isa, SETS);
  if (isa && isa !== addon.isa) throw new ArgumentError(`GRADTAPE_ISA: this processor or addon has no ${isa}; it can do ${addon.isa}`);
  if (threads && !/^[1-9]\d*$/.test(threads)) {
    throw new ArgumentError(`GRADTAPE_NUM_THREADS: needs a whole number >= 1; received ${show(threads)}`);
  }
}

function useNative(addon: Addon): void {
  checkSettings(addon);
  native ??= nativeEvaluator(addon);
  active = { name: 'native', addon };
  context.evaluator = native;
}

function useTypescript(reason: string): void {
  active = { name: 'typescript', reason };
  context.evaluator = typescriptEvaluator;
}

/** Chooses by `GRADTAPE_BACKEND`, else native where it loads. */
function choose(): NonNullable<typeof active> {
  const wanted = process.env.GRADTAPE_BACKEND;
  if (wanted !== undefined && wanted !== '') setBackend(wanted as BackendName, 'GRADTAPE_BACKEND');
  else {
    const loaded = loadAddon();
    if ('addon' in loaded) useNative(loaded.addon);
    else {
      useTypescript(loaded.reason);
      console.warn(`gradtape: the native kernels did not load (${loaded.reason}); the TypeScript backend computes, slower. ${REMEDY}.`);
    }
  }
  return active as NonNullable<typeof active>;
}

/** Reads the environment and loads the addon no earlier than the first op. */
const undecided: Evaluator = {
  evaluate(op, inputs, outputs, attrs) {
    choose();
    return context.evaluator.evaluate(op, inputs, outputs, attrs);
  },
  compile(program) {
    choose();
    return context.evaluator.compile(program);
  },
  fuses(op) {
    choose();
    return context.evaluator.fuses(op);
  },
};
context.evaluator = undecided;

/**
 * Which backend computes in this thread, and how: the instruction set and threads, or why it is not native.
 * @example
 * tf.setBackend('typescript');
 * tf.backend().name; // 'typescript'
 */
export function backend(): BackendInfo {
  const now = active ?? outsideTrace(choose);
  if (now.name === 'native') return { name: 'native', isa: now.addon.isa, threads: now.addon.threads() };
  return now;
}

/**
 * Switches the backend of this thread; tensors stay valid across the switch.
 * @throws ArgumentError for an unknown name, or if native kernels are asked for and do not load.
 */
export function setBackend(name: BackendName, owner = 'setBackend'): void {
  if (context.tracer !== undefined)
    throw new ArgumentError(`${owner}: a function is being traced; switch before it is called; received ${show(name)}`);
  if (name === 'typescript') {
    useTypescript(owner === 'setBackend' ? 'chosen by setBackend' : `chosen by ${owner}`);
    return;
  }
  if (name !== 'native') throw unknownWord(owner, 'backend', String(name), NAMES);
  const loaded = loadAddon();
  if ('reason' in loaded) throw new ArgumentError(`${owner}: the native kernels did not load: ${loaded.reason}; ${REMEDY}`);
  useNative(loaded.addon);
}

/** The threads that native kernels may use; the TypeScript backend has one. */
export function getNumThreads(): number {
  const now = active ?? outsideTrace(choose);
  return now.name === 'native' ? now.addon.threads() : 1;
}

/** Sets how many threads native kernels use from now on, in the whole process. Results are the same bits for any number. */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new ArgumentError(`setNumThreads: needs a whole number >= 1; received ${show(count)}`);
  const loaded = loadAddon();
  if ('addon' in loaded) loaded.addon.setThreads(Math.min(count, 0x7fffffff));
}

/** How often each native kernel has run in this thread, by op name; empty without the addon. */
export function kernelCounts(): Readonly<Record<string, number>> {
  const loaded = loadAddon();
  if ('reason' in loaded) return {};
  const counts = loaded.addon.counts();
  return Object.fromEntries(loaded.addon.kernels.map((name, row) => [name, counts[row]]));
}
