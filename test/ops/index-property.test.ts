/** Ops that index, scan and sort, on random shapes, dtypes and values: both backends give the same, or refuse with the same words. */
import * as fc from 'fast-check';
import * as tf from 'gradtape';
import { afterAll, describe, expect, it } from 'vitest';

const native = tf.backend().name === 'native';

afterAll(() => {
  if (native) tf.setBackend('native');
});

/** What an op is tried on. */
interface Trial {
  readonly shape: readonly number[];
  readonly dtype: tf.DType;
  readonly seed: number;
  /** Whether indices may lie outside. */
  readonly wild: boolean;
}

const ODD = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-30, 7];

/** A sequence of whole numbers below 2 ** 32 that a seed begins (Numerical Recipes, section 7.1). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

function randomTensor(shape: readonly number[], dtype: tf.DType, next: () => number): tf.Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  const whole = dtype !== 'float32' && dtype !== 'float64';
  const data = Array.from({ length: size }, () => {
    const value = next();
    if (!whole && value % 11 === 0) return ODD[value % ODD.length];
    return whole ? value % 250 : ((value % 4001) - 2000) / 64;
  });
  return tf.tensor(data, shape, dtype);
}

function randomIndices(shape: readonly number[], low: number, high: number, next: () => number): tf.Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  const span = Math.max(1, high - low);
  return tf.tensor(
    Array.from({ length: size }, () => low + (next() % span)),
    shape,
    'int32',
  );
}

type Run = (x: tf.Tensor, axis: number, next: () => number, wild: boolean) => tf.Tensor | readonly tf.Tensor[];

const count = (next: () => number): number => next() % 5;

const OPS: Readonly<Record<string, Run>> = {
  takeAlongAxis: (x, axis, next, wild) => {
    const length = x.shape[axis] + Number(wild);
    return tf.takeAlongAxis(x, randomIndices(x.shape.with(axis, count(next)), -length, length, next), axis);
  },
  putAlongAxis: (x, axis, next, wild) => {
    const shape = x.shape.with(axis, count(next));
    const length = x.shape[axis] + Number(wild);
    const mode = (['update', 'add', 'max', 'min'] as const)[next() % 4];
    return tf.putAlongAxis(x, randomIndices(shape, -length, length, next), randomTensor(shape, x.dtype, next), axis, mode);
  },
  gather: (x, axis, next, wild) => tf.gather(x, randomIndices([count(next), 2], -Number(wild), x.shape[axis], next), axis),
  'gather of batches': (x, axis, next, wild) =>
    tf.gather(x, randomIndices([...x.shape.slice(0, axis), count(next)], 0, x.shape[axis] + Number(wild), next), axis, axis),
  gatherND: (x, axis, next, wild) => {
    const least = Math.min(...x.shape.slice(0, axis + 1));
    return tf.gatherND(x, randomIndices([3, axis + 1], -Number(wild), Math.max(least, 1), next));
  },
  tensorScatterMax: (x, _axis, next) => {
    const rows = next() % 9;
    return tf.tensorScatterMax(x, randomIndices([rows, 1], 0, x.shape[0], next), randomTensor([rows, ...x.shape.slice(1)], x.dtype, next));
  },
  unsortedSegmentSum: (x, _axis, next, wild) =>
    tf.unsortedSegmentSum(x.equal(3).cast(x.dtype), randomIndices([x.shape[0]], -2, 7 + 40 * (next() % 2), next), wild ? 6 : 47),
  unsortedSegmentProd: (x, _axis, next) =>
    tf.unsortedSegmentProd(x.equal(3).cast('int32').add(1), randomIndices([x.shape[0]], -1, 4, next), 4),
  stridedSlice: (x, axis, next) => {
    const entries = x.shape.map((): (number | null)[] => [null, null, [1, 2, -1, -3][next() % 4]]);
    entries[axis] = [(next() % 9) - 4, (next() % 9) - 4, next() % 2 === 0 ? 2 : -2];
    return x.at(...entries);
  },
  cumsum: (x, axis, next) => tf.cumsum(x.equal(3).cast('float64'), axis, next() % 2 === 0, next() % 2 === 0),
  cumprod: (x, axis, next) => tf.cumprod(x.cast('bool').cast('int32').add(1), axis, next() % 2 === 0, next() % 2 === 0),
  cummax: (x, axis, next) => tf.cummax(x, axis, next() % 2 === 0),
  cummin: (x, axis, next) => tf.cummin(x, axis, next() % 2 === 0),
  sort: (x, axis, next) => {
    const direction = next() % 2 === 0 ? 'ASCENDING' : 'DESCENDING';
    return [tf.sort(x, axis, direction), tf.argsort(x, axis, direction)];
  },
  topk: (x, _axis, next, wild) => {
    const last = x.shape[x.rank - 1];
    return Object.values(tf.topk(x, wild ? last + (next() % 2) : next() % (last + 1)));
  },
  searchSorted: (x, _axis, next) =>
    tf.searchSorted(tf.sort(randomTensor([next() % 9], x.dtype, next)), x, next() % 2 === 0 ? 'left' : 'right'),
};

/** What came out, or the words of the error. */
function outcome(run: () => tf.Tensor | readonly tf.Tensor[]): unknown {
  try {
    const results = run();
    const list = results instanceof tf.Tensor ? [results] : results;
    return list.map((y) => ({ shape: y.shape, dtype: y.dtype, values: Array.from(y.dataSync(), (value) => value + 0) }));
  } catch (error) {
    return (error as Error).message;
  }
}

const trials: fc.Arbitrary<Trial> = fc.record({
  shape: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
  dtype: fc.constantFrom<tf.DType>('float32', 'float64', 'int32', 'uint8', 'bool'),
  seed: fc.nat(),
  wild: fc.boolean(),
});

describe.runIf(native)('both backends agree', () => {
  it.each(Object.entries(OPS))('%s', (_, run) => {
    fc.assert(
      fc.property(trials, ({ shape, dtype, seed, wild }) => {
        const trial = (): unknown => {
          const next = numbersFrom(seed);
          const x = randomTensor(shape, dtype, next);
          return outcome(() => run(x, next() % shape.length, next, wild));
        };
        tf.setBackend('native');
        const fast = trial();
        tf.setBackend('typescript');
        expect(fast).toEqual(trial());
      }),
      { numRuns: 300 },
    );
  });
});
