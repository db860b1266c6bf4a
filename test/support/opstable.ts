/** The table of ops: what is found out about each by running it, beside the figures that were measured last. */
import * as tf from 'gradtape';
import { type AnyOp, apply, context, ops } from '../../lib/core/op.ts';
import { isDifferentiable } from '../../lib/core/tensor.ts';
import { cases } from '../ops/cases.ts';
import { ELSEWHERE, pointsOf } from '../ops/points.ts';
import { type Callers, noteDtypes, runExamples } from './callers.ts';
import type { Speeds } from './opsspeed.ts';
import { tensorOf, usesIn } from './uses.ts';

/** Functions that are named for one op. */
const MOST_CALLERS = 4;

const ALL: readonly tf.DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool'];
const GROUPS: readonly (readonly [string, readonly tf.DType[]])[] = [
  ['any', ALL],
  ['numbers', ALL.slice(0, 4)],
  ['floats', ALL.slice(0, 2)],
  ['integers', ALL.slice(2, 4)],
  ['complex', ['complex64', 'complex128']],
];

function nameOf(dtypes: ReadonlySet<tf.DType>): string {
  const [real, complex] = [[...dtypes].filter((dtype) => ALL.includes(dtype)), [...dtypes].filter((dtype) => !ALL.includes(dtype))];
  const group = GROUPS.find(([, members]) => members.length === real.length && members.every((dtype) => dtypes.has(dtype)));
  const names = group === undefined ? ALL.filter((dtype) => dtypes.has(dtype)) : [group[0]];
  return [...names, ...(complex.length > 0 ? ['complex'] : [])].join(' or ');
}

/** The dtypes of the inputs, one after the other; once if all are alike, and of many inputs each kind once. */
function dtypesText(op: AnyOp, callers: Callers): string {
  const names = callers.dtypes(op).map(nameOf);
  const shown = new Set(names).size === 1 || names.length > 4 ? [...new Set(names)] : names;
  return shown.join(', ') + (op.traits.complex === undefined ? '' : ', complex');
}

/** For each op those in whose gradients it is applied. */
function gradientUsers(): Map<AnyOp, Set<string>> {
  const users = new Map<AnyOp, Set<string>>();
  const small = cases.filter(({ op, what }) => ELSEWHERE.includes(op) && !/\d{3}/.test(what.replaceAll(/float\d\d/g, '')));
  const elsewhere = usesIn(
    small.map(({ run }) => run),
    1000,
  );
  const points = [
    ...[...pointsOf().values()].flat(),
    ...[...elsewhere].flatMap(([op, uses]) =>
      op.grad === 'none' ? [] : uses.slice(0, 3).map((use) => ({ ...use, inputs: use.inputs.map(tensorOf) })),
    ),
  ];
  for (const { op, attrs, inputs } of points) {
    const tape = new tf.GradientTape();
    const floats = inputs.filter(isDifferentiable);
    const results = tape.record(() => {
      tape.watch([...floats]);
      return apply(op, inputs, attrs).filter(isDifferentiable);
    });
    const { listeners } = context;
    context.listeners = [{ applied: (other) => users.set(other, (users.get(other) ?? new Set()).add(op.name)) }];
    try {
      tape.gradient(results, [...floats]);
    } catch (error) {
      // An op may say that it has no gradient by one of its results.
      if (!(error instanceof tf.ArgumentError)) throw error;
    } finally {
      context.listeners = listeners;
    }
  }
  return users;
}

function usedBy(op: AnyOp, callers: Callers, users: Map<AnyOp, Set<string>>): string {
  const names = callers.of(op);
  const code = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(' ');
  if (names.length > 0)
    return code(names.slice(0, MOST_CALLERS)) + (names.length > MOST_CALLERS ? ` and ${names.length - MOST_CALLERS} more` : '');
  const others = [...(users.get(op) ?? [])].filter((name) => name !== op.name).sort();
  return others.length === 0 ? '' : `gradients of ${code(others.slice(0, MOST_CALLERS))}`;
}

function gradientText(op: AnyOp): string {
  if (op.grad === 'none') return 'none';
  return ELSEWHERE.includes(op.name) ? 'any order, own tests' : 'any order';
}

function figure(value: number | undefined, unit: string): string {
  if (value === undefined) return '';
  const digits = value >= 100 ? String(Math.round(value)) : value >= 0.01 ? value.toPrecision(2) : value.toExponential(0);
  return `${digits} ${unit}`;
}

/** The document, with figures where there are some. */
export async function tableOf(rows: ReadonlySet<string>, speeds: Speeds | undefined): Promise<{ text: string; failed: readonly string[] }> {
  const callers = await runExamples();
  const { listeners } = context;
  context.listeners = [{ applied: (op, inputs, outputs) => noteDtypes(op, inputs, outputs) }];
  try {
    for (const { run } of cases.filter(({ what }) => !/\d{4}/.test(what))) run();
  } finally {
    context.listeners = listeners;
  }
  // While somebody listens nothing is traced, so ops that hold programs have not been seen.
  const unseen = cases.filter(({ op }) => callers.dtypes(ops.get(op) as AnyOp).length === 0);
  for (const [op, uses] of usesIn(
    unseen.map(({ run }) => run),
    1e6,
  )) {
    for (const { inputs } of uses) noteDtypes(op, inputs, []);
  }
  const users = gradientUsers();
  const lines = [...ops.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((op) => {
      const speed = speeds?.ops[op.name];
      const measured =
        speed === undefined ? ['', '', ''] : [speed.case, figure(speed.native, speed.unit), figure(speed.typescript, speed.unit)];
      const native = rows.has(op.name) ? 'yes' : '';
      return `| \`${op.name}\` | ${[usedBy(op, callers, users), dtypesText(op, callers), gradientText(op), native, ...measured].join(' | ')} |`;
    });
  const differentiable = [...ops.values()].filter(({ grad }) => grad !== 'none').length;
  const machine =
    speeds === undefined ? 'None have been measured.' : `On ${speeds.cpu}, ${speeds.threads} threads, Node ${speeds.node}, ${speeds.date}.`;
  const text = `# Ops

\`npm run docs:ops\` writes this table; a test holds it to be current. ${ops.size} ops, ${rows.size} with native rows, ${differentiable} differentiable.

- **Used by**: public functions whose examples in the documentation apply the op, those of fewest ops first; else the ops whose gradients do. What is left is applied by gradients of gradients and by passes over programs.
- **Dtypes** of the inputs: those of the cases and examples, and those that calls of the examples take as well; of random ops and ops without inputs, what they make. Others are converted by the public functions or refused.
- **Gradient**: gradients are written in differentiable ops, so there are gradients of any order; the first and second are held against differences in float64.
- **Native**: ops without a native row are computed by their TypeScript kernels on either backend.
- **Speed** of one case (\`npm run docs:ops -- --speed\`): bytes of inputs and results or arithmetic in a second, natively and in TypeScript. ${machine}

| op | used by | dtypes | gradient | native | case | native speed | TypeScript speed |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
  return { text, failed: callers.failed };
}
