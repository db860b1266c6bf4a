/** Arguments that no op can take: each is refused by name, before anything is computed, on either backend. */
import { runInNewContext } from 'node:vm';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

/** An array within itself. */
const loop: unknown[] = [];
loop.push(loop, loop);

/** What a program without types may pass. */
const wrong = <T>(value: unknown): T => value as T;
const x = tf.ones([2, 3]);
const whole = tf.ones([2], 'int32');
const bytes = tf.ones([2], 'uint8');

const refused: Record<string, [() => unknown, string]> = {
  'an axis that is a word': [() => x.sum(wrong('0')), 'sum: axis must be a list; received "0"'],
  'axes to squeeze that are none': [() => x.squeeze(wrong({})), 'squeeze: axis must be a list; received a Object'],
  'keepDims that is not a flag': [() => x.mean(0, wrong({})), 'mean: keepDims must be true or false; received a Object'],
  'keepDims of a product': [() => x.prod(0, wrong(null)), 'prod: keepDims must be true or false; received null'],
  'transposeA that is a tensor': [() => tf.matMul(x, x, wrong(x)), 'matMul: transposeA must be true or false; received a Tensor'],
  'transposeB that is a number': [() => tf.matMul(x, x, false, wrong(1)), 'matMul: transposeB must be true or false; received 1'],
  'a flag of a fused product': [
    () => tf.fusedMatMul({ a: x, b: x, transposeB: wrong('yes') }),
    'fusedMatMul: transposeB must be true or false; received "yes"',
  ],
  'a slope that is a word': [
    () => tf.fusedMatMul({ a: x, b: x, transposeB: true, leakyReluAlpha: wrong('0.2') }),
    'fusedMatMul: leakyReluAlpha must be a number; received "0.2"',
  ],
  'options that are none': [() => tf.fusedMatMul(wrong(null)), 'fusedMatMul: options must be an object; received null'],
  'options that are a number': [() => new tf.layers.Flatten(wrong(5)), 'Flatten: options must be an object; received 5'],
  'a permutation that is a word': [() => x.transpose(wrong('01')), 'transpose: perm must be a list; received "01"'],
  'a slice from nowhere': [() => tf.slice(x, wrong(undefined)), 'slice: begin must be a list; received undefined'],
  'a slice of no size': [() => tf.slice(x, 0, wrong('1')), 'slice: size must be a list; received "1"'],
  'no parts': [() => tf.split(x, wrong(undefined)), 'split: parts must be a list; received undefined'],
  'a shape that is a tensor': [
    () => tf.unravelIndex([1], wrong(x)),
    'unravelIndex: a shape is a list of whole numbers >= 0; received a Tensor',
  ],
  'parts without end': [() => tf.split(tf.zeros([0]), 1e20), 'split: axis 0 of size 0 cannot be cut into 100000000000000000000'],
  'no paddings': [() => tf.pad(x, wrong(undefined)), 'pad: paddings must be a list; received undefined'],
  'paddings that are not pairs': [() => tf.pad(x, wrong([1, 1])), 'pad: needs [before, after] >= 0 for each of 2 axes; received [1,1]'],
  'a padding of words': [() => tf.pad(whole, [[1, 0]], wrong('x')), 'pad: value must be a number that int32 can hold; received "x"'],
  'a padding of NaN': [() => tf.pad(whole, [[1, 0]], Number.NaN), 'pad: value must be a number that int32 can hold; received NaN'],
  'a padding below 0': [() => tf.pad(bytes, [[1, 0]], -1), 'pad: value must be a number that uint8 can hold; received -1'],
  'no repeats': [() => tf.tile(x, wrong(2)), 'tile: reps must be a list; received 2'],
  'a hot value too large': [() => tf.oneHot([0], 2, 256, 0, 'uint8'), 'oneHot: on must be a number that uint8 can hold; received 256'],
  'a cold value of NaN': [
    () => tf.oneHot([0], 2, 1, Number.NaN, 'int32'),
    'oneHot: off must be a number that int32 can hold; received NaN',
  ],
  'a step of bytes down': [() => tf.step(bytes, -1), 'step: alpha must be a number that uint8 can hold; received -1'],
  'bounds out of range': [() => bytes.clipByValue(256, 300), 'clipByValue: no uint8 lies between min and max; received 256 and 300'],
  'an array within itself': [() => tf.tensor(wrong(loop)), 'tensor: at most 8 axes; received [2,2,2,2,2,2,2,2,2]'],
  'such an array as an operand': [() => tf.add(1, wrong(loop)), 'add: at most 8 axes; received [2,2,2,2,2,2,2,2,2]'],
  'such an array as a shape': [() => tf.zeros(wrong(loop)), 'fill: a shape is a list of whole numbers >= 0; received [[…],[…]]'],
  'such an array as a structure': [
    () => new tf.GradientTape().watch(wrong(loop)),
    'structure: an array or record lies within itself; 1 levels down',
  ],
  'such an array as rows': [
    () => tf.data.Dataset.fromTensorSlices(wrong(loop)),
    'fromTensorSlices: at most 8 axes; received [2,2,2,2,2,2,2,2,2]',
  ],
  'a shape with holes': [() => tf.zeros(new Array(2)), 'fill: a shape is a list of whole numbers >= 0; received [,]'],
  'a shape too large but for a 0': [
    () => tf.zeros([2 ** 40, 2 ** 40, 0]),
    'fill: too many elements; received [1099511627776,1099511627776,0]',
  ],
  'too deep a one-hot': [() => tf.oneHot(tf.zeros([0], 'int32'), 1e20), 'oneHot: too many elements; received [0,100000000000000000000]'],
};

it.each(Object.entries(refused))('refuses %s', (_name, [f, message]) => {
  let error: unknown;
  try {
    f();
  } catch (thrown) {
    error = thrown;
  }
  expect(error instanceof tf.ArgumentError || error instanceof tf.ShapeError).toBe(true);
  expect((error as Error).message).toBe(message);
  // What came before a refusal leaves nothing behind.
  expect(tf.add([1, 2], 1).arraySync()).toEqual([2, 3]);
});

describe('numbers beside integers', () => {
  it.each([
    ['uint8', 255, 'uint8', 256 - 256],
    ['uint8', 300, 'int32', 301],
    ['uint8', -1, 'int32', 0],
    ['int32', 2 ** 31, 'float32', 2 ** 31],
    ['bool', 1e20, 'float32', Math.fround(1e20)],
    ['bool', 2, 'int32', 3],
  ] as const)('keep %s where it holds %d', (dtype, value, expected, sum) => {
    const y = tf.ones([1], dtype).add(value);
    expect([y.dtype, y.item()]).toEqual([expected, sum]);
  });
});

it('arrays of another realm are what their names say', () => {
  const arrays = runInNewContext('[Float64Array, Float32Array, Uint32Array, Int32Array, Uint8Array].map((Kind) => Kind.of(1, 2))');
  expect(arrays.map((array: Float32Array) => tf.tensor(array).dtype)).toEqual(['float64', 'float32', 'float32', 'int32', 'uint8']);
  for (const view of ['new DataView(new ArrayBuffer(8))', 'BigInt64Array.of(1n)']) {
    expect(() => tf.tensor(runInNewContext(view))).toThrow('tensor: values must be numbers or booleans; received a ');
  }
});

it('truth values stay 0 and 1, or are counted', () => {
  const truths = tf.tensor([true, false]);
  expect([truths.neg().dtype, truths.neg().arraySync()]).toEqual(['int32', [-1, 0]]);
  for (const y of [tf.step(truths, -1), truths.clipByValue(-5, 5), tf.pad(truths, [[1, 0]], -1), tf.oneHot([1], 2, 7, 3, 'bool')]) {
    expect(y.dtype).toBe('bool');
    expect(y.dataSync().every((bit) => bit === 0 || bit === 1)).toBe(true);
  }
});

it('threads without end are as many as there may be', () => {
  const before = tf.getNumThreads();
  tf.setNumThreads(1e6);
  const most = tf.getNumThreads();
  tf.setNumThreads(2 ** 40);
  expect(tf.getNumThreads()).toBe(most);
  tf.setNumThreads(before);
});
