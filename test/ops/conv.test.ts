/** Convolutions and pooling: values and gradients against TensorFlow and PyTorch (test/fixtures/windows.py), second order, borders, errors. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../support/gradients.ts';
import { values } from './values.ts';

interface Result {
  readonly shape: readonly number[];
  readonly y: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}
interface Moved {
  readonly x: readonly number[];
  readonly strides: readonly number[];
  readonly pad: tf.Padding;
}
interface Filtered extends Moved, Result {
  readonly filter: readonly number[];
  readonly dilations: readonly number[];
}
interface Pooled extends Moved {
  readonly size: readonly number[];
  readonly max: Result;
  readonly avg: Result;
}
interface Transposed extends Moved, Result {
  readonly filter: readonly number[];
  readonly size: readonly number[];
}
interface Argmax {
  readonly includeBatch: boolean;
  readonly y: readonly number[];
  readonly at: readonly number[];
}
const fixture: {
  convolutions: Filtered[];
  transposed: Transposed[];
  depthwise: Filtered[];
  pools: Pooled[];
  argmax: Argmax[];
  dilations: Filtered[];
} = JSON.parse(readFileSync(new URL('../fixtures/windows.json', import.meta.url), 'utf8'));

function expectNear(got: tf.Tensor | null, wanted: readonly number[], digits: number): void {
  expect(got?.size).toBe(wanted.length);
  const data = got === null ? [] : Array.from(got.dataSync());
  expect(data.filter((value, i) => !(Math.abs(value - wanted[i]) <= 10 ** -digits * Math.max(1, Math.abs(wanted[i]))))).toEqual([]);
}

/** Values, and gradients of the sum of results times different weights. */
function expectLike(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  shapes: readonly (readonly number[])[],
  result: Result,
  dtype: tf.DType,
): void {
  const inputs = shapes.map((shape, i) => values(shape, dtype, i + 1));
  const tape = new tf.GradientTape();
  const y = tape.record(() => {
    tape.watch(inputs);
    return f(...inputs);
  });
  const digits = dtype === 'float64' ? 5.5 : 4;
  expect(y.shape).toEqual(result.shape);
  expectNear(y, result.y, digits);
  const gradients = tape.gradient(y, inputs, { outputGradients: [values(y.shape, dtype, 3)] });
  for (const [i, gradient] of gradients.entries()) expectNear(gradient, result.gradients[i], digits);
}

function convolution({ strides, pad, dilations }: Filtered): (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor {
  if (strides.length === 1) return (x, filter) => tf.conv1d(x, filter, strides, pad, 'NWC', dilations);
  if (strides.length === 3) return (x, filter) => tf.conv3d(x, filter, strides, pad, 'NDHWC', dilations);
  return (x, filter) => tf.conv2d(x, filter, strides, pad, 'NHWC', dilations);
}

describe('convolutions', () => {
  it.each(fixture.convolutions)('of $x by $filter, strides $strides, pad $pad, dilations $dilations', (each) => {
    for (const dtype of ['float32', 'float64'] as const) expectLike(convolution(each), [each.x, each.filter], each, dtype);
  });

  it.each(fixture.depthwise)('of each channel of $x by $filter, strides $strides, pad $pad, dilations $dilations', (each) => {
    const { strides, pad, dilations } = each;
    expectLike((x, filter) => tf.depthwiseConv2d(x, filter, strides, pad, 'NHWC', dilations), [each.x, each.filter], each, 'float64');
  });

  it.each(fixture.transposed)('transposed, of $x by $filter to $size, strides $strides, pad $pad', (each) => {
    const f = [tf.conv1dTranspose, tf.conv2dTranspose, tf.conv3dTranspose][each.strides.length - 1];
    expectLike((x, filter) => f(x, filter, each.size, each.strides, each.pad), [each.x, each.filter], each, 'float64');
  });

  it('transposed and separable ones take channels first, and images without a batch', () => {
    const [x, filter] = [values([2, 3, 4, 5], 'float32'), values([3, 3, 2, 5], 'float32', 2)];
    const wanted = tf.conv2dTranspose(x, filter, [2, 6, 8, 2], 2, 'same');
    const first = tf.conv2dTranspose(tf.transpose(x, [0, 3, 1, 2]), filter, [2, 2, 6, 8], 2, 'same', 'NCHW');
    expect(tf.transpose(first, [0, 2, 3, 1]).arraySync()).toEqual(wanted.arraySync());
    const alone = tf.conv2dTranspose(tf.slice(x, [1], [1]).reshape([3, 4, 5]), filter, [6, 8, 2], 2, 'same');
    expect(alone.arraySync()).toEqual(tf.slice(wanted, [1], [1]).reshape([6, 8, 2]).arraySync());
    const lines = tf.conv1dTranspose(values([2, 5, 3], 'float32'), values([3, 2, 5], 'float32', 2), [2, 2, 6], 2, 'same', 'NCW');
    expect(lines.shape).toEqual([2, 2, 6]);
    const [apart, points] = [values([2, 2, 5, 2], 'float32'), values([1, 1, 10, 3], 'float32', 3)];
    const mixed = tf.conv2d(tf.depthwiseConv2d(x, apart, 1, 'same'), points, 1, 'valid');
    expect(tf.separableConv2d(x, apart, points, 1, 'same').arraySync()).toEqual(mixed.arraySync());
  });

  it('are right to the second order', () => {
    const square = (y: tf.Tensor): tf.Tensor => y.mul(y);
    const at = (...shapes: number[][]): tf.Tensor[] => shapes.map((shape, i) => values(shape, 'float64', i + 1));
    checkGradients((x, f) => square(tf.conv2d(x, f, 1, 'same')), at([1, 3, 3, 2], [2, 2, 2, 2]));
    checkGradients(
      (x, f) =>
        square(
          tf.conv2d(
            x,
            f,
            [2, 1],
            [
              [1, 0],
              [0, 1],
            ],
            'NHWC',
            [1, 2],
          ),
        ),
      at([1, 4, 4, 2], [2, 2, 1, 2]),
    );
    checkGradients((x, f) => square(tf.conv1d(x, f, 2, 'same')), at([2, 5, 2], [3, 2, 2]));
    checkGradients((x, f) => square(tf.conv3d(x, f, [1, 2, 1], 'same')), at([1, 2, 3, 2, 1], [2, 2, 1, 1, 2]));
    checkGradients((x, f) => square(tf.depthwiseConv2d(x, f, 1, 'valid')), at([1, 3, 3, 2], [2, 2, 2, 2]));
    for (const activation of ['relu', 'sigmoid', 'gelu'] as const) {
      checkGradients(
        (x, filter, bias) => tf.fusedConv2d({ x, filter, bias, strides: 1, pad: 'valid', activation }),
        at([1, 3, 3, 2], [2, 2, 2, 2], [2]),
      );
    }
  });

  it('take channels first, and images without a batch', () => {
    const [x, filter] = [values([2, 5, 6, 3], 'float32'), values([3, 3, 3, 4], 'float32', 2)];
    const wanted = tf.conv2d(x, filter, 2, 'same');
    const first = tf.conv2d(tf.transpose(x, [0, 3, 1, 2]), filter, 2, 'same', 'NCHW');
    expect(tf.transpose(first, [0, 2, 3, 1]).arraySync()).toEqual(wanted.arraySync());
    const alone = tf.conv2d(tf.slice(x, [1], [1]).reshape([5, 6, 3]), filter, 2, 'same');
    expect(alone.arraySync()).toEqual(tf.slice(wanted, [1], [1]).reshape(alone.shape).arraySync());
    expect(tf.conv1d(tf.zeros([3, 8]), tf.zeros([2, 3, 5]), 1, 'valid', 'NCW').shape).toEqual([5, 7]);
    expect(tf.conv3d(tf.zeros([1, 2, 4, 4, 4]), tf.zeros([3, 3, 3, 2, 5]), 1, 'same', 'NCDHW').shape).toEqual([1, 5, 4, 4, 4]);
  });

  it('give the same bits on one thread and on two', () => {
    const run = (): tf.Tensor[] => {
      const inputs = [values([3, 33, 31, 24], 'float32'), values([3, 3, 24, 40], 'float32', 2)];
      const tape = new tf.GradientTape();
      const y = tape.record(() => {
        tape.watch(inputs);
        return tf.conv2d(inputs[0], inputs[1], 1, 'same');
      });
      return [y, ...(tape.gradient(y, inputs) as tf.Tensor[])];
    };
    const before = tf.getNumThreads();
    tf.setNumThreads(1);
    const one = run();
    tf.setNumThreads(3);
    const three = run();
    tf.setNumThreads(before);
    for (const [i, x] of one.entries()) expect(x.dataSync()).toEqual(three[i].dataSync());
  });

  it('refuse what does not fit', () => {
    const x = tf.zeros([1, 5, 5, 4]);
    const filter = tf.zeros([3, 3, 4, 2]);
    expect(() => tf.conv2d(tf.zeros([5, 5]), filter, 1, 'same')).toThrow(
      'conv2d: x needs 4 axes (NHWC), or 3 without a batch; received [5,5]',
    );
    expect(() => tf.conv2d(x, tf.zeros([3, 3, 4]), 1, 'same')).toThrow('conv2d: filter needs 4 axes, none of size 0; received [3,3,4]');
    expect(() => tf.conv2d(x, tf.zeros([3, 3, 3, 2]), 1, 'same')).toThrow(
      new tf.ShapeError(
        'conv2d: 4 channels of x and 3 channels in each group of the filter [3,3,3,2] do not make groups that share 2 results',
      ),
    );
    expect(() => tf.conv2d(x, tf.zeros([3, 3, 1, 6]), 1, 'same')).toThrow('do not make groups that share 6 results');
    expect(() => tf.conv2d(x, filter, 0, 'same')).toThrow('conv2d: strides must be one or 2 whole numbers >= 1; received 0');
    expect(() => tf.conv2d(x, filter, [1, 2, 1], 'same')).toThrow('received [1,2,1]');
    expect(() => tf.conv2d(x, filter, 1, 'same', 'NHWC', 1.5)).toThrow(
      'conv2d: dilations must be one or 2 whole numbers >= 1; received 1.5',
    );
    // @ts-expect-error: not a padding.
    expect(() => tf.conv2d(x, filter, 1, 'sane')).toThrow('conv2d: unknown pad "sane"; did you mean "same"?');
    expect(() => tf.conv2d(x, filter, 1, -1)).toThrow(
      'conv2d: pad must be "valid", "same", a whole number >= 0, or 2 pairs of them; received -1',
    );
    expect(() => tf.conv2d(x, filter, 1, [[1, 1]])).toThrow('received [[1,1]]');
    // @ts-expect-error: not an order of axes.
    expect(() => tf.conv2d(x, filter, 1, 'same', 'NWHC')).toThrow('conv2d: unknown dataFormat "NWHC"; did you mean "NHWC"?');
    expect(() => tf.conv2d(tf.zeros([1, 2, 9, 4]), filter, 1, 'valid', 'NHWC', 2)).toThrow(
      'conv2d: windows of [3,3], dilated by [2,2], do not fit into images of [2,9]',
    );
    expect(() => tf.conv2d(tf.zeros([1, 1, 1, 4]), tf.zeros([4, 4, 4, 1]), 1, 1)).toThrow('into images of [1,1] padded by [1,1,1,1]');
    expect(() => tf.fusedConv2d({ x, filter, strides: 1, pad: 'same', bias: [1, 2, 3] })).toThrow(
      'conv: bias needs shape [2]; received [3]',
    );
    // @ts-expect-error: not an option.
    expect(() => tf.fusedConv2d({ x, filter, strides: 1, pad: 'same', dilation: 2 })).toThrow('unknown option "dilation"');
    const turned = tf.zeros([3, 3, 2, 4]);
    expect(() => tf.conv2dTranspose(x, tf.zeros([3, 3, 4, 2]), [1, 5, 5, 4], 1, 'same')).toThrow(
      'conv2dTranspose: filter needs 4 axes, none of size 0, the last of 4 as the channels of x; received [3,3,4,2]',
    );
    expect(() => tf.conv2dTranspose(x, turned, [1, 5, 5, 3], 1, 'same')).toThrow(
      'conv2dTranspose: outputShape must have the batch of x [1,5,5,4] and the results of the filter [3,3,2,4]; received [1,5,5,3]',
    );
    expect(() => tf.conv2dTranspose(x, turned, [1, 6, 5, 2], 1, 'same')).toThrow(
      'convBackpropInput: images of [6,5] have results [1,6,5,4]; received [1,5,5,4]',
    );
    expect(() => tf.separableConv2d(x, tf.zeros([3, 3, 4, 1]), tf.zeros([2, 2, 4, 1]), 1, 'same')).toThrow(
      'separableConv2d: pointwiseFilter needs shape [1,1,channels,results]; received [2,2,4,1]',
    );
    expect(() => tf.depthwiseConv2d(x, tf.zeros([3, 3, 4]), 1, 'same')).toThrow('depthwiseConv2d: filter needs 4 axes; received [3,3,4]');
  });
});

describe('pooling', () => {
  it.each(fixture.pools)('of $x by $size, strides $strides, pad $pad', ({ x, size, strides, pad, max, avg }) => {
    for (const dtype of ['float32', 'float64'] as const) {
      expectLike((a) => tf.pool(a, size, 'max', pad, 1, strides), [x], max, dtype);
      expectLike((a) => tf.pool(a, size, 'avg', pad, 1, strides), [x], avg, dtype);
    }
  });

  it('divides by the pixels that are there, in the gradient too', () => {
    const tape = new tf.GradientTape();
    const x = tf.ones([1, 3, 3, 1]);
    const y = tape.record(() => {
      tape.watch(x);
      return tf.avgPool(x, 3, 1, 'same');
    });
    expect(y.dataSync()).toEqual(new Float32Array(9).fill(1));
    expect(tape.gradient(y, [x])[0]?.dataSync()[0]).toBeCloseTo(1 / 4 + 2 / 6 + 1 / 9, 6);
  });

  it('lets NaN win, and gives the gradient to the first of equals', () => {
    const x = tf.tensor([1, Number.NaN, 3, 3], [1, 1, 4, 1]);
    expect(Array.from(tf.maxPool(x, [1, 2], 1, 'valid').dataSync())).toEqual([Number.NaN, Number.NaN, 3]);
    const tape = new tf.GradientTape();
    const equal = tf.tensor([3, 3], [1, 1, 2, 1]);
    const y = tape.record(() => {
      tape.watch(equal);
      return tf.maxPool(equal, [1, 2], 1, 'valid');
    });
    expect(tape.gradient(y, [equal])[0]?.dataSync()).toEqual(new Float32Array([1, 0]));
  });

  it.each(fixture.argmax)('tells where the greatest was; across the batch: $includeBatch', ({ includeBatch, y, at }) => {
    const { result, indexes } = tf.maxPoolWithArgmax(values([2, 5, 4, 2], 'float64'), [3, 2], 2, 'same', includeBatch);
    expectNear(result, y, 5.5);
    expect(indexes.dtype).toBe('int32');
    expect(Array.from(indexes.dataSync())).toEqual(at);
  });

  it.each(fixture.dilations)('after a sum with a filter: $x by $filter, strides $strides, pad $pad, dilations $dilations', (each) => {
    const f = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor => tf.dilation2d(x, filter, each.strides, each.pad, each.dilations);
    expectLike(f, [each.x, each.filter], each, 'float64');
    checkGradients((x, filter) => f(x, filter).square(), [values([1, 4, 4, 2], 'float64'), values([2, 2, 2], 'float64', 2)]);
  });

  it('is right to the second order', () => {
    const x = values([1, 4, 5, 2], 'float64');
    for (const f of [tf.maxPool, tf.avgPool]) checkGradients((a) => f(a, [3, 2], [2, 1], 'same').square(), [x]);
    for (const f of [tf.maxPool3d, tf.avgPool3d]) checkGradients((a) => f(a, 2, 1, 'same').square(), [values([1, 2, 2, 3, 1], 'float64')]);
    for (const kind of ['max', 'avg'] as const) checkGradients((a) => tf.pool(a, [2, 2], kind, 'same', 2).square(), [x]);
  });

  it('refuses what does not fit', () => {
    const x = tf.zeros([1, 4, 4, 2]);
    expect(() => tf.maxPool(x, 5, 1, 'valid')).toThrow('maxPool: windows of [5,5] do not fit into images of [4,4]');
    expect(() => tf.avgPool(x, [2, 0], 1, 'valid')).toThrow('avgPool: filterSize must be one or 2 whole numbers >= 1; received [2,0]');
    expect(() => tf.maxPool(tf.zeros([4]), 2, 1, 'valid')).toThrow('maxPool: x needs 4 axes (NHWC), or 3 without a batch; received [4]');
    expect(() => tf.dilation2d(x, tf.zeros([2, 2, 3]), 1, 'valid')).toThrow(
      'dilation2d: filter needs shape [height,width,2]; received [2,2,3]',
    );
    expect(() => tf.maxPool(x, 5000, 1, 4999)).toThrow('maxPool: windows have at most 16777216 pixels; received [5000,5000]');
    expect(() => tf.maxPool(x, 2, 1, 2 ** 31)).toThrow('maxPool: pad must be');
    // @ts-expect-error: not a kind.
    expect(() => tf.pool(x, 2, 'min', 'valid')).toThrow('pool: poolingType must be "avg" or "max"; received "min"');
    expect(() => tf.pool(x, [1, 1, 1, 1], 'max', 'valid')).toThrow('pool: windowShape must have 1 to 3 sizes; received [1,1,1,1]');
  });
});

it('a stride beyond the image leaves zeros', () => {
  const y = tf.conv2dTranspose(tf.ones([1, 1, 1, 1]), tf.ones([1, 2, 1, 1]), [1, 4, 3, 1], 40, 'valid');
  expect(Array.from(y.dataSync())).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
