/** Sequences, stacks, bits, and tensors of a known number of axes: values, gradients, errors. */
import * as tf from 'gradtape';
import { describe, expect, it, vi } from 'vitest';
import { ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const x = ramp([3, 4]).div(5).add(0.013);
const whole = (values: readonly number[], dtype: tf.DType = 'int32'): tf.Tensor => tf.tensor([...values], [values.length], dtype);

describe('sequences', () => {
  it('are masked and reversed by their lengths', () => {
    expect(tf.sequenceMask([[2], [0]], 3).arraySync()).toEqual([[[1, 1, 0]], [[0, 0, 0]]]);
    expect(tf.sequenceMask(tf.zeros([0], 'int32')).shape).toEqual([0, 0]);
    const table = tf.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tf.reverseSequence(table, [1, 2, 0], 0, 1).arraySync()).toEqual([
      [1, 5, 3],
      [4, 2, 6],
    ]);
    expect(tf.invertPermutation([1, 2, 0]).arraySync()).toEqual([2, 0, 1]);
  });

  it('are parted and put together', () => {
    const [first, second] = tf.dynamicPartition(
      [
        [1, 2],
        [3, 4],
      ],
      [1, 1],
      2,
    );
    expect([first.shape, second.arraySync()]).toEqual([
      [0, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(tf.dynamicStitch([0, [3, 0]], [[7], [[8], [9]]]).arraySync()).toEqual([[9], [0], [0], [8]]);
    expect(tf.dynamicStitch([tf.zeros([0], 'int32')], [tf.zeros([0, 2])]).shape).toEqual([0, 2]);
  });

  it('are told by place, label and condition', () => {
    expect(tf.unravelIndex([-1, 4], [2, 3]).map((axis) => axis.arraySync())).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(tf.multiHot(2, 3).arraySync()).toEqual([0, 0, 1]);
    expect(
      tf
        .select(
          [
            [true, false, false],
            [true, true, false],
          ],
          [1, 2],
          [7, 8, 9],
        )
        .arraySync(),
    ).toEqual([1, 2, 9]);
    expect(tf.isclose([Infinity, Number.NaN, 1], [Infinity, Number.NaN, Infinity]).arraySync()).toEqual([1, 0, 0]);
    expect(tf.isclose([Number.NaN], [Number.NaN], 0, 0, true).arraySync()).toEqual([1]);
    expect(tf.allclose([1, 2], [1, 2.1]).item()).toBe(0);
    expect(tf.isin([[1, 5]], [5, 7], true).arraySync()).toEqual([[1, 0]]);
    expect(tf.isin([1], tf.zeros([0])).arraySync()).toEqual([0]);
    expect(
      tf
        .trapezoid(
          [
            [1, 2],
            [3, 6],
          ],
          null,
          2,
          0,
        )
        .arraySync(),
    ).toEqual([4, 8]);
    expect(tf.trapezoid(tf.zeros([0])).item()).toBe(0);
  });
});

describe('stacks', () => {
  it('put side by side', () => {
    expect(tf.hstack([1, 2]).arraySync()).toEqual([1, 2]);
    expect(tf.vstack([[1, 2], tf.ones([2, 2])]).shape).toEqual([3, 2]);
    expect(tf.dstack([[[1, 2]], [[3, 4]]]).arraySync()).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ]);
    expect(tf.columnStack([tf.ones([2]), tf.zeros([2, 2])]).shape).toEqual([2, 3]);
    expect(tf.append([[1], [2]], [[3]], 0).arraySync()).toEqual([[1], [2], [3]]);
  });

  it('cut and make', () => {
    expect(tf.arraySplit([1, 2], 3).map((part) => part.size)).toEqual([1, 1, 0]);
    expect(tf.tri(3, null, -1, 'int32').arraySync()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
    ]);
    expect(tf.vander([0, 2], null, true).arraySync()).toEqual([
      [1, 0],
      [1, 2],
    ]);
  });
});

describe('bits', () => {
  it('of whole numbers', () => {
    const [a, b] = [whole([6, -1, 2 ** 31 - 1]), whole([3, 5, 1])];
    expect(tf.bitwiseAnd(a, b).arraySync()).toEqual([2, 5, 1]);
    expect(tf.bitwiseOr(a, b).arraySync()).toEqual([7, -1, 2147483647]);
    expect(tf.bitwiseXor(a, b).arraySync()).toEqual([5, -6, 2147483646]);
    expect(tf.bitwiseLeftShift(a, b).arraySync()).toEqual([48, -32, -2]);
    expect(tf.bitwiseRightShift(a, b).arraySync()).toEqual([0, -1, 1073741823]);
    expect(tf.bitwiseNot(whole([0, 255], 'uint8')).arraySync()).toEqual([255, 0]);
    expect(tf.bitwiseAnd([true], [false]).dtype).toBe('int32');
  });
});

describe('tensors of a known number of axes', () => {
  it('are made', () => {
    expect(tf.tensor1d([1, 2], 'int32').dtype).toBe('int32');
    expect(tf.tensor2d([1, 2], [2, 1]).shape).toEqual([2, 1]);
    expect(tf.tensor4d([[[[1]]]]).shape).toEqual([1, 1, 1, 1]);
    expect(tf.concat2d([[[1]], [[2]]], 1).arraySync()).toEqual([[1, 2]]);
    expect(tf.slice2d([[1, 2]], [0, 1], [1, 1]).item()).toBe(2);
    expect(tf.reverse2d([[1, 2]], 0).arraySync()).toEqual([[1, 2]]);
    expect(tf.pad1d([1], [1, 0]).arraySync()).toEqual([0, 1]);
  });

  it('are copied and printed', () => {
    const a = tf.tensor([1, 2]);
    const copy = a.clone();
    copy.dispose();
    expect(a.arraySync()).toEqual([1, 2]);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    tf.print(a);
    expect(log).toHaveBeenCalledWith(a.toString());
    log.mockRestore();
  });
});

describe('gradients', () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['reverseSequence', (x) => tf.reverseSequence(x, [2, 4, 0], 1)],
    ['dynamicPartition', (x) => tf.dynamicPartition(x, [1, 0, 1], 2)[1]],
    ['dynamicStitch', (x) => tf.dynamicStitch([[2, 0, 2]], [x])],
    ['select', (x) => tf.select([x.greater(0), x.greater(-0.5)], [x, x.square()], 1)],
    ['trapezoid', (x) => tf.trapezoid(x, x.square())],
    ['hstack', (x) => tf.hstack([x, x])],
    ['dstack', (x) => tf.dstack([x, x])],
    ['arraySplit', (x) => tf.arraySplit(x, 3, 1)[0]],
    ['vander', (x) => tf.vander(x.at(0).square().add(0.1), 3)],
    ['clone', (x) => x.clone()],
  ])('%s', (_, f) =>
    checkGradients(
      (x) => {
        const y = f(x);
        return y.mul(y);
      },
      [x],
    ),
  );
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['sequenceMask: maxlen must be a whole number >= 0; received -1', () => tf.sequenceMask([1], -1)],
    ['reverseSequence: seqAxis and batchAxis must differ; received 0 and -2', () => tf.reverseSequence(x, [1, 1, 1], 0, -2)],
    ['reverseSequence: needs 3 lengths; received shape [1]', () => tf.reverseSequence(x, [1], 1)],
    ['invertPermutation: x needs 1 axis; received [3,4]', () => tf.invertPermutation(x)],
    ['dynamicPartition: shape [3,4] does not begin with that of the labels, [1]', () => tf.dynamicPartition(x, [0], 1)],
    ['dynamicPartition: label 2 at position 1 is not from 0 to 1', () => tf.dynamicPartition(x, [0, 2, 0], 2)],
    ['dynamicStitch: needs as many lists of places as of rows; received 1 and 0', () => tf.dynamicStitch([[0]], [])],
    ['dynamicStitch: rows of shape [3,4] do not fit places of shape [1]', () => tf.dynamicStitch([[0]], [x])],
    ['dynamicStitch: places must be >= 0; received -1 at position 1', () => tf.dynamicStitch([[0, -1]], [[1, 2]])],
    ['multiHot: numClasses must be a whole number >= 1; received 0', () => tf.multiHot([0], 0)],
    ['select: needs a condition for each choice; received 1 and 2', () => tf.select([true], [1, 2])],
    ['trapezoid: dx must be a number; received "1"', () => tf.trapezoid(x, null, '1' as never)],
    ['trapezoid: places of shape [2] do not fit axis 1 of shape [3,4]', () => tf.trapezoid(x, [1, 2])],
    ['hstack: needs a list of tensors; received []', () => tf.hstack([])],
    ['arraySplit: parts must be a whole number >= 1; received 0', () => tf.arraySplit(x, 0)],
    ['arraySplit: positions must ascend from 0 to 3; received [2,1]', () => tf.arraySplit(x, [2, 1])],
    ['vander: x needs 1 axis; received [3,4]', () => tf.vander(x)],
    ['bitwiseAnd: needs whole numbers; received dtype float32', () => tf.bitwiseAnd([1.5], 1)],
    ['bitwiseNot: needs whole numbers; received dtype float64', () => tf.bitwiseNot(x)],
    ['tensor1d: needs 1 axes; received [3,4]', () => tf.tensor1d(x)],
    ['tensor3d: the shape needs 3 sizes; received [1,2]', () => tf.tensor3d([1, 2], [1, 2])],
    ['pad2d: needs 2 axes; received [1]', () => tf.pad2d([1], [[0, 0]])],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
