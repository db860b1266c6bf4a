/** What came out: medians, spread and ratios, as lines and as JSON. */
import type { Trial, Wanted } from './trials.ts';

/** The middle of several figures, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What one side of a trial gave. */
export interface SideResult extends Spread {
  readonly label: string;
  /** One figure for each turn. */
  readonly values: readonly number[];
  readonly note?: string;
  /** How many times its speed ours is, each turn for itself; for what nobody can exceed, our share of it. Not for our own side. */
  readonly ratio?: Spread;
}

/** What came out of a trial. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly better: Trial['better'];
  readonly sides: readonly SideResult[];
  readonly absent: readonly { readonly label: string; readonly absent: string }[];
  readonly wanted: readonly (Wanted & { readonly found: number | null; readonly reached: boolean | null })[];
  /** The greatest share of the machine that other processes had during a turn. */
  readonly others: number;
}

/** The median and the extremes. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

/** The spread of our speed against another's, turn by turn. */
export function ratioOf(better: Trial['better'], own: readonly number[], other: readonly number[]): Spread {
  return spreadOf(other.map((value, turn) => (better === 'more' ? own[turn] / value : value / own[turn])));
}

/** Sides that are no rivals: what the machine can do at most. */
const CEILINGS: readonly string[] = ['peak', 'triad', 'limit'];

/** How many times the speed of the best rival ours is. */
function againstBest(sides: readonly SideResult[]): number | undefined {
  const ratios = sides.flatMap(({ label, ratio }) => (ratio === undefined || CEILINGS.includes(label) ? [] : [ratio.median]));
  return ratios.length === 0 ? undefined : Math.min(...ratios);
}

function foundFor(what: Wanted['what'], sides: readonly SideResult[]): number | undefined {
  if (what === 'figure') return sides[0].median;
  return what === 'rivals' ? againstBest(sides) : sides.find(({ label }) => label === what)?.ratio?.median;
}

/** What was wanted beside what was found; null where the rival is absent. */
export function judge({ better, wanted = [] }: Trial, sides: readonly SideResult[]): Result['wanted'] {
  return wanted.map((goal) => {
    const found = foundFor(goal.what, sides);
    if (found === undefined) return { ...goal, found: null, reached: null };
    return { ...goal, found, reached: goal.what === 'figure' && better === 'less' ? found <= goal.bound : found >= goal.bound };
  });
}

function digits(value: number): string {
  return Math.abs(value) >= 1000 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}

function range({ least, most }: Spread, show: (value: number) => string): string {
  return `(${show(least)} to ${show(most)})`;
}

/** A wish in words. */
function wish({ what, bound }: Wanted, { better, unit, absent }: Pick<Result, 'better' | 'unit' | 'absent'>): string {
  if (what === 'figure') return `${better === 'more' ? '>=' : '<='} ${bound} ${unit}`;
  if (CEILINGS.includes(what)) return `>= ${100 * bound} % of the ${what}`;
  return `>= ${bound}x ${what === 'rivals' ? `the best of the rivals${absent.length > 0 ? ' at hand' : ''}` : what}`;
}

/** A result as a line. */
export function lineOf(result: Result): string {
  const [own, ...rest] = result.sides;
  const parts = [
    `${result.name.padEnd(48)} ${digits(own.median).padStart(6)} ${result.unit}${own.values.length > 1 ? ` ${range(own, digits)}` : ''}`,
  ];
  for (const { label, median, ratio } of rest) {
    if (ratio === undefined) continue;
    if (CEILINGS.includes(label)) parts.push(`${(100 * ratio.median).toFixed(0)} % of the ${label} of ${digits(median)}`);
    else parts.push(`${ratio.median.toFixed(2)}x ${label}'s ${digits(median)} ${range(ratio, (value) => value.toFixed(2))}`);
  }
  for (const { label, absent } of result.absent) parts.push(`${label} absent: ${absent}`);
  for (const goal of result.wanted) {
    const state = goal.reached === null ? 'not tried' : goal.reached ? 'reached' : 'MISSED';
    parts.push(`${state} ${wish(goal, result)}`);
  }
  if (result.others > 0.05) parts.push(`others had ${(100 * result.others).toFixed(0)} % of the machine`);
  return parts.join(' | ');
}

/** What was missed, and which programs ran, in lines. */
export function summaryOf(results: readonly Result[]): string[] {
  const goals = results.flatMap((result) => result.wanted.map((goal) => ({ result, goal })));
  const missed = goals.filter(({ goal }) => goal.reached === false);
  const notes = new Set(results.flatMap(({ sides }) => sides.flatMap(({ note }) => note ?? [])));
  return [
    ...[...notes].map((note) => `rival: ${note}`),
    `${goals.filter(({ goal }) => goal.reached === true).length} of ${goals.length} goals reached, ${missed.length} missed`,
    ...missed.map(({ result, goal }) => `missed: ${result.name}: ${digits(goal.found ?? Number.NaN)}, wanted ${wish(goal, result)}`),
  ];
}
