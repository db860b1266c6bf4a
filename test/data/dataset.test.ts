/** Datasets: rows of tensors and generated elements go through the same steps with the same results. */
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../lib/core/tensor.ts';
import { tidy } from '../../lib/core/tidy.ts';
import { Dataset } from '../../lib/data/index.ts';
import { tensor } from '../../lib/ops/creation.ts';
import { setSeed } from '../../lib/ops/random.ts';

/** 0 to `count - 1`, as rows of a tensor and as generated elements. */
function both(count: number): [string, Dataset<number>][] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  return [
    ['generated', Dataset.fromGenerator(() => numbers)],
    ['rows', Dataset.fromTensorSlices(tensor(numbers, [count])).map((x: Tensor) => x.item())],
  ];
}

const rows = (count: number) => Dataset.fromTensorSlices(tensor(Int32Array.from({ length: count }, (_, i) => i)));
const generated = (count: number) =>
  Dataset.fromGenerator(async function* () {
    for (let i = 0; i < count; i++) yield tensor(i, [], 'int32');
  });
const values = async (dataset: Dataset<Tensor>) => (await dataset.toArray()).map((x) => x.arraySync());

describe.each([
  ['rows of tensors', rows],
  ['generated elements', generated],
])('%s', (_, make) => {
  it('come in order, again on each pass', async () => {
    const dataset = make(3);
    expect(await values(dataset)).toEqual([0, 1, 2]);
    expect(await values(dataset)).toEqual([0, 1, 2]);
  });

  it('are taken, skipped and repeated', async () => {
    expect(await values(make(5).take(2))).toEqual([0, 1]);
    expect(await values(make(5).take(0))).toEqual([]);
    expect(await values(make(2).take(9))).toEqual([0, 1]);
    expect(await values(make(5).skip(3))).toEqual([3, 4]);
    expect(await values(make(2).skip(3))).toEqual([]);
    expect(await values(make(2).repeat(2))).toEqual([0, 1, 0, 1]);
    expect(await values(make(2).repeat().take(5))).toEqual([0, 1, 0, 1, 0]);
    expect(await values(make(0).repeat())).toEqual([]);
  });

  it('are batched, with or without the remainder', async () => {
    expect(await values(make(5).batch(2))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await values(make(5).batch(2, { dropRemainder: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    const [first] = await make(5).batch(2).toArray();
    expect([first.shape, first.dtype]).toEqual([[2], 'int32']);
  });

  it('are shuffled within the buffer, anew on each pass, and the same for the same seed', async () => {
    const dataset = make(40).shuffle(40, { seed: 7 });
    const first = await values(dataset);
    const second = await values(dataset);
    const sorted = Array.from({ length: 40 }, (_, i) => i);
    expect([...first].map(Number).sort((a, b) => a - b)).toEqual(sorted);
    expect([...second].map(Number).sort((a, b) => a - b)).toEqual(sorted);
    expect(first).not.toEqual(sorted);
    expect(second).not.toEqual(first);
    const again = make(40).shuffle(40, { seed: 7 });
    expect(await values(again)).toEqual(first);
    expect(await values(again)).toEqual(second);
    expect(await values(make(40).shuffle(40, { seed: 8 }))).not.toEqual(first);
    const fixed = make(40).shuffle(40, { seed: 7, reshuffleEachIteration: false });
    expect(await values(fixed)).toEqual(await values(fixed));
    expect(await values(make(5).shuffle(1))).toEqual([0, 1, 2, 3, 4]);
    const near = (await values(make(40).shuffle(4, { seed: 1 }))).map(Number);
    // Element i leaves the buffer once i has come in, no earlier than at position i - 3.
    expect(near.every((value, position) => value <= position + 4)).toBe(true);
  });

  it('are repeated in another order each time', async () => {
    const order = (await values(make(30).shuffle(30, { seed: 3 }).repeat(2))).map(Number);
    expect(order.slice(0, 30)).not.toEqual(order.slice(30));
    expect(order.slice(30).sort((a, b) => a - b)).toEqual(order.slice(0, 30).sort((a, b) => a - b));
  });
});

describe('Dataset', () => {
  it('shuffles both kinds into one order', async () => {
    const orders = await Promise.all([rows(50), generated(50)].map((dataset) => values(dataset.shuffle(20, { seed: 5 }))));
    expect(orders[0]).toEqual(orders[1]);
  });

  it('shuffles by the seed of setSeed where it has none of its own', async () => {
    const drawn = async () => {
      setSeed(4);
      return [await values(rows(30).shuffle(30)), await values(rows(30).shuffle(30))];
    };
    const [first, second] = await drawn();
    expect(await drawn()).toEqual([first, second]);
    expect(first).not.toEqual(second);
  });

  it('shuffles without preference', async () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    const dataset = Dataset.fromGenerator(() => [0, 1, 2, 3]).shuffle(4, { seed: 11 });
    for (let pass = 0; pass < 2000; pass++) for (const [at, value] of (await dataset.toArray()).entries()) counts[at][value]++;
    // 500 expected, standard deviation 19.
    for (const count of counts.flat()) expect(Math.abs(count - 500)).toBeLessThan(100);
  });

  it('keeps rows of several tensors together, short ones and long ones', async () => {
    const wide = tensor(
      Float32Array.from({ length: 20 * 50 }, (_, i) => Math.floor(i / 50)),
      [20, 50],
    );
    const labels = tensor(Array.from({ length: 20 }, (_, i) => [i, i + 100]));
    const dataset = Dataset.fromTensorSlices({ wide, rest: [labels, tensor(Uint8Array.from({ length: 20 }, (_, i) => i))] });
    for await (const { wide: w, rest } of dataset.shuffle(20, { seed: 2 }).batch(6)) {
      const ids = rest[1].arraySync() as number[];
      expect(rest[1].dtype).toBe('uint8');
      expect(w.arraySync()).toEqual(ids.map((id) => new Array(50).fill(id)));
      expect(rest[0].arraySync()).toEqual(ids.map((id) => [id, id + 100]));
    }
  });

  it('takes plain arrays as tensors, and typed arrays', async () => {
    const [first] = await Dataset.fromTensorSlices([
      [1, 2],
      [3, 4],
    ]).toArray();
    expect(first.arraySync()).toEqual([1, 2]);
    const pairs = await Dataset.fromTensorSlices({ x: [1, 2], y: new Int32Array([3, 4]) }).toArray();
    expect(pairs.map(({ x, y }) => [x.item(), y.item(), y.dtype])).toEqual([
      [1, 3, 'int32'],
      [2, 4, 'int32'],
    ]);
  });

  it('batches generated structures', async () => {
    const dataset = Dataset.fromGenerator(
      () =>
        [
          [1, { y: [2, 3] }],
          [4, { y: [5, 6] }],
        ] as [number, { y: number[] }][],
    );
    const [[x, { y }]] = await dataset.batch(2).toArray();
    expect([x.arraySync(), y.arraySync()]).toEqual([
      [1, 4],
      [
        [2, 3],
        [5, 6],
      ],
    ]);
  });

  it('outlives the tidy that made it', async () => {
    const dataset = tidy(() => ({ made: Dataset.fromTensorSlices(tensor([1, 2])) })).made;
    expect(await values(dataset.batch(2))).toEqual([[1, 2]]);
  });

  it('knows its size as far as there is one', () => {
    const dataset = rows(5);
    const sizes = [dataset, dataset.batch(2), dataset.batch(2, { dropRemainder: true }), dataset.take(3), dataset.take(9), dataset.skip(2)];
    expect(sizes.map(({ size }) => size)).toEqual([5, 3, 2, 3, 5, 3]);
    expect([dataset.repeat(3).size, dataset.repeat().size, rows(0).repeat().size, dataset.skip(9).size]).toEqual([15, Infinity, 0, 0]);
    expect([dataset.shuffle(2), dataset.map((x) => x), dataset.prefetch(1)].map(({ size }) => size)).toEqual([5, 5, 5]);
    const unknown = generated(3);
    expect([unknown, unknown.batch(2), unknown.take(1), unknown.skip(1), unknown.repeat(2)].map(({ size }) => size)).toEqual(
      new Array(5).fill(null),
    );
  });

  it('maps with synchronous and asynchronous functions', async () => {
    for (const [, dataset] of both(3)) {
      expect(await dataset.map((i) => i * 2).toArray()).toEqual([0, 2, 4]);
      expect(await dataset.map(async (i) => String(i)).toArray()).toEqual(['0', '1', '2']);
    }
  });

  it('stops its source when the caller stops', async () => {
    let closed = 0;
    const dataset = Dataset.fromGenerator(function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed++;
      }
    });
    for await (const i of dataset.map((x) => x + 1).prefetch(2)) if (i === 3) break;
    expect(await dataset.take(2).toArray()).toEqual([0, 1]);
    expect(closed).toBe(2);
  });

  it('prefetches ahead of the caller, in order', async () => {
    let made = 0;
    const dataset = Dataset.fromGenerator(function* () {
      for (let i = 0; i < 10; i++) {
        made++;
        yield i;
      }
    });
    const iterator = dataset.prefetch(3)[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBe(4);
    expect(await dataset.prefetch(3).toArray()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('raises the failure of a step where its turn comes', async () => {
    const failing = rows(4).map((x) => {
      if (x.item() === 2) throw new Error('two');
      return x.item();
    });
    const seen: number[] = [];
    const run = async () => {
      for await (const i of failing.prefetch(3)) seen.push(i);
    };
    await expect(run()).rejects.toThrow('two');
    expect(seen).toEqual([0, 1]);
  });
});

describe('Dataset refuses', () => {
  it.each<[string, () => unknown, string]>([
    ['no tensors', () => Dataset.fromTensorSlices({}), 'fromTensorSlices: there is no tensor in the structure'],
    [
      'text',
      () => Dataset.fromTensorSlices({ x: 'a' }),
      'fromTensorSlices: expected tensors or numbers, in arrays or records; received "a"',
    ],
    ['scalars', () => Dataset.fromTensorSlices({ x: [1], y: 2 }), 'fromTensorSlices: a scalar has no rows; received shapes [1] and []'],
    [
      'unequal lengths',
      () => Dataset.fromTensorSlices({ x: [1], y: [1, 2] }),
      'fromTensorSlices: the first axes differ; received shapes [1] and [2]',
    ],
    ['what is no function', () => Dataset.fromGenerator(Reflect.get({}, 'x')), 'fromGenerator: expected a function; received undefined'],
    ['to map with none', () => rows(1).map(Reflect.get({}, 'x')), 'map: expected a function; received undefined'],
    ['an empty buffer', () => rows(1).shuffle(0), 'shuffle: bufferSize must be a whole number >= 1; received 0'],
    ['a broken seed', () => rows(1).shuffle(1, { seed: 0.5 }), 'shuffle: seed must be a whole number; received 0.5'],
    ['misspelt options', () => rows(1).shuffle(1, JSON.parse('{"sead":1}')), 'shuffle: unknown option "sead"; did you mean "seed"?'],
    ['batches of none', () => rows(1).batch(0), 'batch: size must be a whole number >= 1; received 0'],
    [
      'unknown options of batch',
      () => rows(1).batch(1, JSON.parse('{"drop":1}')),
      'batch: unknown option "drop"; did you mean "dropRemainder"?',
    ],
    ['to repeat half', () => rows(1).repeat(0.5), 'repeat: times must be a whole number >= 0; received 0.5'],
    ['to take less than none', () => rows(1).take(-1), 'take: count must be a whole number >= 0; received -1'],
    ['to skip less than none', () => rows(1).skip(-1), 'skip: count must be a whole number >= 0; received -1'],
    ['to prefetch none', () => rows(1).prefetch(0), 'prefetch: count must be a whole number >= 1; received 0'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });

  it.each<[string, () => Dataset<unknown>, string]>([
    ['an endless array', () => rows(1).repeat(), 'toArray: the dataset has no end; limit it with take'],
    [
      'a generator of nothing',
      () => Dataset.fromGenerator(() => JSON.parse('5')),
      'fromGenerator: the function must return something to iterate over; received 5',
    ],
    [
      'to stack shapes that differ',
      () => Dataset.fromGenerator(() => [[1], [1, 2]]).batch(2),
      'batch: elements differ; [1] float32 first and [2] float32 at position 1',
    ],
    [
      'to stack dtypes that differ',
      () => Dataset.fromGenerator<number | boolean>(() => [1, true]).batch(2),
      'batch: elements differ; [] float32 first and [] bool at position 1',
    ],
    [
      'to stack structures that differ',
      () => Dataset.fromGenerator<object>(() => [{ a: 1 }, { b: 1 }]).batch(2),
      'batch: elements differ in structure; the one at position 1 from the first',
    ],
    [
      'to stack text',
      () => Dataset.fromGenerator(() => ['a']).batch(2),
      'batch: expected tensors or numbers, in arrays or records; received "a"',
    ],
  ])('%s, while running', async (_, make, message) => {
    await expect(make().toArray()).rejects.toThrow(message);
  });
});
