/** The bench: each trial in a fresh process, several times, medians out. `npm run bench [-- --json FILE]`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Measured, trials } from './trials.ts';

const REPEATS = 5;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' }, trial: { type: 'string' } } });

/** One trial in a process of its own, so that none warms another. */
function measure(trial: string): Measured {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), '--trial', trial], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`bench: ${trial} failed: ${stderr}`);
  return JSON.parse(stdout);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

if (values.trial !== undefined) {
  console.log(JSON.stringify(trials[values.trial]()));
} else {
  const chosen = Object.keys(trials).filter((name) => positionals.length === 0 || positionals.some((part) => name.includes(part)));
  const results = chosen.map((name) => {
    const runs = Array.from({ length: REPEATS }, () => measure(name));
    const numbers = runs.map(({ value }) => value);
    const row = { name, unit: runs[0].unit, median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) };
    console.log(
      `${name.padEnd(36)} ${row.median.toFixed(2).padStart(10)} ${row.unit.padEnd(10)} (${row.least.toFixed(2)} to ${row.most.toFixed(2)})`,
    );
    return row;
  });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}
