/** Section 5 of the contract: datasets, CSV with typed columns, IDX files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from 'gradtape';
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest';

const started = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'gradtape-contract-'));

beforeAll(() => {
  process.chdir(folder);
  writeFileSync('mpg.csv', 'mpg,cylinders,horsepower,name\n18.0,8,130,chevrolet\n25.5,4,?,"ford, pinto"\n');
  writeFileSync('images-idx3-ubyte.gz', gzipSync(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 255)));
});

afterAll(() => {
  process.chdir(started);
  rmSync(folder, { recursive: true });
});

it('a dataset is sliced, shuffled, batched, mapped and prefetched', async () => {
  const [x, y] = [tf.fill([5, 2], 255), tf.tensor([0, 1, 2, 3, 4])];
  const trainDb = tf.data.Dataset.fromTensorSlices([x, y])
    .shuffle(10000, { seed: 1 })
    .batch(2)
    .map(([x, y]) => [x.div(255), y])
    .prefetch(2);
  const labels: number[] = [];
  const shapes: tf.Shape[] = [];
  for await (const batch of trainDb) {
    const [x, y] = batch;
    expectTypeOf(x).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(batch.length).toEqualTypeOf<2>();
    shapes.push(x.shape);
    expect(x.max().item()).toBe(1);
    labels.push(...y.dataSync());
  }
  expect(shapes).toEqual([
    [2, 2],
    [2, 2],
    [1, 2],
  ]);
  expect(labels.sort()).toEqual([0, 1, 2, 3, 4]);
});

it('CSV columns have types', async () => {
  const cars = await tf.data.csv('mpg.csv').collect();
  expect(cars.columns).toEqual({
    mpg: Float32Array.of(18, 25.5),
    cylinders: Int32Array.of(8, 4),
    horsepower: Float32Array.of(130, Number.NaN),
    name: ['chevrolet', 'ford, pinto'],
  });
});

it('an IDX file is a tensor, compressed or not', async () => {
  const digits = await tf.data.idx('images-idx3-ubyte.gz');
  expect([digits.shape, digits.dtype, digits.arraySync()]).toEqual([[2, 1, 2], 'uint8', [[[1, 2]], [[3, 255]]]]);
});
