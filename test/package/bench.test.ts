/** How the bench judges: ratios turn by turn, ceilings apart from rivals, and the least cost of a step. */
import { describe, expect, it } from 'vitest';
import { judge, lineOf, type Result, ratioOf, type SideResult, spreadOf, summaryOf } from '../../bench/report.ts';
import type { Trial, Wanted } from '../../bench/trials.ts';
import { costOf } from '../../bench/workloads.ts';

const own = [10, 12, 11];

function side(label: string, values: readonly number[]): SideResult {
  return { label, values, ...spreadOf(values), ratio: ratioOf('less', own, values) };
}

const sides: SideResult[] = [
  { label: 'gradtape', values: own, ...spreadOf(own) },
  side('limit', [5, 6, 5.5]),
  side('slow', [100, 120, 110]),
  side('fast', [20, 24]),
];

function resultOf(wanted: readonly Wanted[], among = sides, absent: Result['absent'] = []): Result {
  const trial: Trial = {
    name: 'race',
    unit: 'us',
    better: 'less',
    sides: () => [{ label: 'gradtape', command: '', args: [] }],
    wanted,
  };
  return { name: 'race', unit: 'us', better: 'less', sides: among, absent, wanted: judge(trial, among), others: 0 };
}

describe('the bench', () => {
  it('takes the best rival, and no ceiling for one', () => {
    const { wanted } = resultOf([
      { what: 'rivals', bound: 2 },
      { what: 'rivals', bound: 2.5 },
      { what: 'figure', bound: 11 },
    ]);
    expect(wanted.map(({ found, reached }) => [found, reached])).toEqual([
      [2, true],
      [2, false],
      [11, true],
    ]);
  });

  it('does not judge without rivals', () => {
    const { wanted } = resultOf([{ what: 'rivals', bound: 2 }], sides.slice(0, 2));
    expect(wanted).toEqual([{ what: 'rivals', bound: 2, found: null, reached: null }]);
  });

  it('shows shares of ceilings, speeds against rivals, and who was not there', () => {
    const line = lineOf(resultOf([{ what: 'rivals', bound: 2.5 }], sides, [{ label: 'other', absent: 'not installed' }]));
    expect(line.split(' | ').slice(1)).toEqual([
      '50 % of the limit of 5.50',
      "10.00x slow's 110 (10.00 to 10.00)",
      "2.00x fast's 22 (2.00 to 2.00)",
      'other absent: not installed',
      'MISSED >= 2.5x the best of the rivals at hand',
    ]);
    const missed = summaryOf([resultOf([{ what: 'rivals', bound: 2.5 }])]);
    expect(missed).toEqual(['0 of 1 goals reached, 1 missed', 'missed: race: 2, wanted >= 2.5x the best of the rivals']);
  });

  it('counts the products of a step, and the traffic of parameters that no near cache holds', () => {
    const weights = 9 * 64 + 64 * 64 + 64;
    expect(costOf('mpg', 2 ** 20)).toEqual({ flops: 2 * 32 * (3 * weights - 9 * 64), bytes: 0 });
    expect(costOf('mpg', 1024)).toEqual({ flops: 2 * 32 * (3 * weights - 9 * 64), bytes: 28 * (weights + 64 + 64 + 1) });
  });
});
