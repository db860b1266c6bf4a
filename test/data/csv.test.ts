/** CSV files: types, missing values, quoting, and the line numbers of what is refused. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CsvOptions, csv, Dataset, type Row } from '../../lib/data/index.ts';

const CARS = 'mpg,cylinders,horsepower,name\n18.0,8,130,"chevrolet, ""malibu"""\n25,4,,ford pinto\n1e1,6,90,?\n';
const collect = (text: string, options?: CsvOptions) => csv({ text }, options).collect();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradtape-csv-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('csv', () => {
  it('finds the type of each column and what is missing', async () => {
    const cars = await collect(CARS);
    expect([cars.length, cars.names]).toEqual([3, ['mpg', 'cylinders', 'horsepower', 'name']]);
    expect(cars.numbers('mpg')).toEqual(Float32Array.of(18, 25, 10));
    expect(cars.numbers('cylinders')).toEqual(Int32Array.of(8, 4, 6));
    expect(cars.numbers('horsepower')).toEqual(Float32Array.of(130, Number.NaN, 90));
    expect(cars.strings('name')).toEqual(['chevrolet, "malibu"', 'ford pinto', null]);
  });

  it('reads files, with a byte order mark and Windows line ends', async () => {
    const path = join(folder, 'cars.csv');
    await writeFile(path, `\uFEFF${CARS.replaceAll('\n', '\r\n')}`);
    expect((await csv(path).collect()).columns).toEqual((await collect(CARS)).columns);
  });

  it('takes types, delimiters, names and missing marks', async () => {
    const table = await collect('1;x\n-;y\n', {
      delimiter: ';',
      header: ['a', 'b'],
      missing: ['-'],
      columns: { a: 'float64' },
    });
    expect(table.columns).toEqual({ a: Float64Array.of(1, Number.NaN), b: ['x', 'y'] });
    expect((await collect('a\n1\n', { columns: { a: 'string' } })).strings('a')).toEqual(['1']);
    expect((await collect('a\n99999999999\n')).numbers('a')).toEqual(Float32Array.of(99999999999));
    expect((await collect('a,b\n1,NA\n')).strings('b')).toEqual([null]);
  });

  it('gives rows one by one, also to a dataset', async () => {
    const rows: Row[] = [];
    for await (const row of csv({ text: CARS })) rows.push(row);
    expect(rows[1]).toEqual({ mpg: 25, cylinders: 4, horsepower: Number.NaN, name: 'ford pinto' });
    const dataset = Dataset.fromGenerator(() => csv({ text: CARS })).map(({ mpg, cylinders }) => [Number(mpg), Number(cylinders)]);
    const [batch] = await dataset.batch(3).toArray();
    expect(batch).toHaveProperty('shape', [3, 2]);
  });

  it('reads a header alone as no rows', async () => {
    const table = await collect('a,b\n');
    expect([table.length, table.names]).toEqual([0, ['a', 'b']]);
  });

  it.each<[string, () => unknown, string]>([
    ['a source that is none', () => csv(JSON.parse('5')), 'csv: expected a path or { text }; received 5'],
    ['unknown options', () => csv('x', JSON.parse('{"delimeter":1}')), 'csv: unknown option "delimeter"; did you mean "delimiter"?'],
    ['an empty delimiter', () => csv('x', { delimiter: '' }), 'csv: delimiter must be a string that is not empty; received ""'],
    [
      'unknown types',
      () => csv('x', { columns: JSON.parse('{"a":"float"}') }),
      'csv: unknown column type "float"; did you mean "float32"?',
    ],
  ])('refuses %s at once', (_, act, message) => {
    expect(act).toThrow(message);
  });

  it.each<[string, () => Promise<unknown>, string | RegExp]>([
    ['a missing file', () => csv(join(folder, 'none.csv')).collect(), /csv: ".*none.csv" cannot be read; ENOENT/],
    ['no text', () => collect(''), 'csv: there is no header line; received no text'],
    ['long rows', () => collect('a,b\n1,2\n\n3,4,5\n'), 'csv: line 4 has 3 values, the header 2; ["3","4","5"]'],
    ['short rows', () => collect('a,b\n1\n'), 'csv: line 2 has 1 values, the header 2; ["1"]'],
    ['quotes left open', () => collect('a\n"1\n'), /csv: not well formed; Quote Not Closed/],
    ['a name given twice', () => collect('a,a\n'), 'csv: two columns have the same name; "a" in ["a","a"]'],
    ['unknown columns', () => collect('horse\n1\n', { columns: { house: 'int32' } }), 'csv: unknown column "house"; did you mean "horse"?'],
    [
      'text for a number',
      () => collect('a\n1\nx\n', { columns: { a: 'float32' } }),
      'csv: line 3 has no float32 in column "a"; received "x"',
    ],
    [
      'fractions for a whole number',
      () => collect('a\n1.5\n', { columns: { a: 'int32' } }),
      'csv: line 2 has no int32 in column "a"; received "1.5"',
    ],
    [
      'nothing for a whole number',
      () => collect('a,b\n,1\n', { columns: { a: 'int32' } }),
      'csv: line 2 has no int32 in column "a"; received ""',
    ],
  ])('refuses %s while reading', async (_, act, message) => {
    await expect(act()).rejects.toThrow(message);
  });

  it('refuses wrong names, kinds and rows of a table', async () => {
    const cars = await collect(CARS);
    expect(() => cars.numbers('mgp')).toThrow('csv: unknown column "mgp"; did you mean "mpg"?');
    expect(() => cars.numbers('name')).toThrow('csv: column "name" holds text; read it with strings("name")');
    expect(() => cars.strings('mpg')).toThrow('csv: column "mpg" holds numbers; read it with numbers("mpg")');
    expect(() => cars.row(3)).toThrow('csv: row must be a whole number from 0 to 2; received 3');
  });
});
