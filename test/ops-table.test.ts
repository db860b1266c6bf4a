/** docs/ops.md is what the ops are: it is written anew by `npm run docs:ops`, with figures by `npm run docs:ops -- --speed`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { ops } from '../lib/core/op.ts';
import { measureAll, type Speeds } from './support/opsspeed.ts';
import { tableOf } from './support/opstable.ts';
import { root } from './support/project.ts';

const native = tf.backend().name === 'native';
const rows = new Set(Object.keys(tf.kernelCounts()));
const file = join(root, 'docs/ops-speed.json');

describe.runIf(native)('the table of ops', () => {
  it.runIf(process.env.GRADTAPE_OPS_SPEED === '1')('is measured', () => {
    const speeds = measureAll(rows, new Date().toISOString().slice(0, 10), (line) => process.stdout.write(`${line}\n`));
    expect(Object.keys(speeds.ops).length).toBeGreaterThan(ops.size / 2);
    writeFileSync(file, `${JSON.stringify(speeds, null, 2)}\n`);
  });

  it('is current', async () => {
    const speeds: Speeds | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    const { text, failed } = await tableOf(rows, speeds);
    expect(failed).toEqual([]);
    await expect(text).toMatchFileSnapshot('../docs/ops.md');
  });

  it('measures no ops that are gone', () => {
    const speeds: Speeds = JSON.parse(readFileSync(file, 'utf8'));
    expect(Object.keys(speeds.ops).filter((name) => !ops.has(name))).toEqual([]);
  });
});
