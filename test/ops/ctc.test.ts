/** Connectionist temporal classification: values of PyTorch and Keras, all alignments counted, gradients, traced results, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { bandRecurrence, ctcArrivals } from '../../lib/ops/ctc.ts';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const fixtures = fixturesOf('ctc');
const logits = ramp([4, 7, 5]).div(3);
const labels = tf.tensor(
  [
    [1, 1, 3],
    [2, 4, 1],
    [3, 0, 0],
    [0, 0, 0],
  ],
  [4, 3],
  'int32',
);
const count = [3, 3, 1, 0];
const times = [7, 5, 1, 4];
const slow = ramp([3, 9, 4]).reverse(1).div(4);
const f64 = 'float64';

/** The labels with one that is not the mask in its place. */
function withoutMask(mask: number): tf.Tensor {
  return tf.where(labels.equal(mask), 4 - mask, labels);
}

describe('values of PyTorch and Keras', () => {
  it.each([0, 2])('losses and gradients with mask %d', (mask) => {
    const loss = (x: tf.Tensor): tf.Tensor => tf.ctcLoss(withoutMask(mask), x, count, times, mask);
    expectMade(loss(logits), fixtures[`loss ${mask}`], 1e-9);
    const weights = tf.tensor([1, -2, 0.5, 3], [4], f64);
    expectMade(tf.grad((x) => loss(x).mul(weights).sum())(logits), fixtures[`gradient ${mask}`], 1e-9);
    const single = loss(logits.cast('float32'));
    expect(single.dtype).toBe('float32');
    expectMade(single, fixtures[`loss ${mask}`], 1e-6);
  });

  it('losses', () => {
    expectMade(tf.ctcLoss(labels, logits.cast('float32'), count, times), fixtures.keras, 1e-5);
    const loss = new tf.losses.CTC();
    expect(loss.name).toBe('ctc');
    const rows = logits.cast('float32').slice(0, 3);
    expectMade(loss(labels.slice(0, 3), rows), fixtures.class, 1e-5);
    expectMade(tf.losses.get('ctc')(labels.slice(0, 3), rows), fixtures.class, 1e-5);
  });

  it.each(Object.keys(fixtures).filter((name) => /^greedy .*\d$/.test(name)))('%s', (name) => {
    const [, merge, mask] = name.split(' ');
    const twice = tf.repeat(slow.cast('float32'), 2, 1).slice([0, 0, 0], [3, 9, 4]);
    const [paths, scores] = tf.ctcDecode(twice, [9, 6, 0], { mergeRepeated: merge === 'True', maskIndex: Number(mask) });
    expectMade(paths, fixtures[name]);
    expectMade(scores, fixtures[`${name} scores`], 1e-6);
  });

  it.each(Object.keys(fixtures).filter((name) => /^beam .*\d$/.test(name)))('%s', (name) => {
    const [beamWidth, topPaths, maskIndex] = name.split(' ').slice(1).map(Number);
    const options = { strategy: 'beamSearch', beamWidth, topPaths, maskIndex } as const;
    const [paths, scores] = tf.ctcDecode(slow.slice(0, 2), [9, 6], options);
    expectMade(paths, fixtures[name]);
    expectMade(scores, fixtures[`${name} scores`], 1e-6);
  });
});

/** For each sequence of labels the probability that logits [time, classes] spell it, alignment by alignment. */
function spelled(x: tf.Tensor, mask: number): Map<string, number> {
  const [time, classes] = x.shape;
  const shares = x.softmax(-1).dataSync();
  const sums = new Map<string, number>();
  for (let way = 0; way < classes ** time; way++) {
    const path = Array.from({ length: time }, (_, t) => Math.floor(way / classes ** t) % classes);
    const text = path.filter((c, t) => c !== mask && c !== path[t - 1]).join();
    const share = path.reduce((product, c, t) => product * shares[t * classes + c], 1);
    sums.set(text, (sums.get(text) ?? 0) + share);
  }
  return sums;
}

describe('all alignments', () => {
  const x = ramp([5, 3]).div(4);
  const sums = spelled(x, 1);

  it('together have the probability of the loss', () => {
    const texts = [...sums.keys()];
    expect(texts.length).toBeGreaterThan(10);
    const rows = texts.map((text) => (text === '' ? [] : text.split(',').map(Number)));
    const table = rows.map((row) => [...row, ...new Array<number>(5 - row.length).fill(-7)]);
    const many = x.expandDims().tile([rows.length, 1, 1]);
    const loss = tf.ctcLoss(
      table,
      many,
      rows.map((row) => row.length),
      rows.map(() => 5),
      1,
    );
    const wanted = Float64Array.from(sums.values(), (share) => -Math.log(share));
    expectMade(loss, { shape: [rows.length], values: [...wanted] });
  });

  it('are summed by a search that keeps everything', () => {
    const [paths, scores] = tf.ctcDecode(x.expandDims(), [5], { strategy: 'beamSearch', beamWidth: 1000, topPaths: 40, maskIndex: 1 });
    const rows = paths.reshape([40, 5]).arraySync() as number[][];
    const found = rows.map((row) => row.filter((c) => c >= 0).join()).slice(0, sums.size);
    expect([...found].sort()).toEqual([...sums.keys()].sort());
    const wanted = found.map((text) => Math.log(sums.get(text) ?? 0));
    expectMade(scores.slice([0, 0], [1, sums.size]), { shape: [1, sums.size], values: wanted });
    expect(Array.from(scores.dataSync())).toEqual(Array.from(scores.dataSync()).sort((a, b) => b - a));
    // There are no more.
    expect(Array.from(scores.dataSync().slice(sums.size)).every((score) => score === -Infinity)).toBe(true);
    expect(
      rows
        .slice(sums.size)
        .flat()
        .every((label) => label === -1),
    ).toBe(true);
  });
});

/** The best labels by a search that keeps its beginnings by their text. */
function searched(x: tf.Tensor, width: number): Map<string, number> {
  const [time, classes] = x.shape;
  const shares = x.softmax(-1).dataSync();
  let kept = new Map([['', [1, 0] as [masked: number, labelled: number]]]);
  for (let t = 0; t < time; t++) {
    const next = new Map<string, [number, number]>();
    const put = (text: string, masked: number, labelled: number): void => {
      const [a, b] = next.get(text) ?? [0, 0];
      next.set(text, [a + masked, b + labelled]);
    };
    for (const [text, [masked, labelled]] of kept) {
      for (let c = 0; c < classes; c++) {
        const share = shares[t * classes + c];
        if (c === 0) put(text, (masked + labelled) * share, 0);
        else if (text.endsWith(String(c))) {
          put(text, 0, labelled * share);
          put(text + c, 0, masked * share);
        } else put(text + c, 0, (masked + labelled) * share);
      }
    }
    kept = new Map([...next].sort(([, [a, b]], [, [c, d]]) => c + d - a - b).slice(0, width));
  }
  return new Map([...kept].map(([text, [masked, labelled]]) => [text, masked + labelled]));
}

describe('a search that keeps few beginnings', () => {
  // Some of them are given up, and come back while what grew out of them is still there.
  it.each([2, 3, 5, 8])('keeps the best %d, and sums over the ways to each', (width) => {
    for (let seed = 0; seed < 20; seed++) {
      const x = tf.randomNormal([1, 12, 4], 0, 1.5, f64, seed);
      const [paths, scores] = tf.ctcDecode(x, [12], { strategy: 'beamSearch', beamWidth: width, topPaths: width });
      const wanted = searched(x.at(0), width);
      const rows = paths.reshape([width, 12]).arraySync() as number[][];
      expect(rows.map((row) => row.filter((c) => c > 0).join(''))).toEqual([...wanted.keys()]);
      expectMade(scores, { shape: [1, width], values: Array.from(wanted.values(), Math.log) });
    }
  });
});

describe('time that is too short', () => {
  it('makes the loss infinite and its gradient 0', () => {
    const x = ramp([2, 3, 3]);
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.ctcLoss(
        [
          [1, 1, 0],
          [1, 2, 1],
        ],
        x,
        [2, 3],
        [2, 3],
      );
    expect(f(x).dataSync()[0]).toBe(Infinity);
    expect(f(x).dataSync()[1]).toBeLessThan(20);
    const slope = tf.grad((x) => f(x).at([1, 2]).sum())(x);
    const both = tf.grad((x) => f(x).sum())(x);
    expect(both.dataSync()).toEqual(slope.dataSync());
    expect(slope.at(0).dataSync()).toEqual(new Float64Array(9));
  });

  it('and classes that cannot be make no NaN', () => {
    const x = tf.where(tf.oneHot([1, 0, 1], 3), -Infinity, ramp([3, 3])).expandDims();
    const f = (x: tf.Tensor): tf.Tensor => tf.ctcLoss([[1, 2]], x, [2], [3]);
    expect(f(x).item()).toBeGreaterThan(0);
    expect(tf.grad(f)(x).dataSync().every(Number.isFinite)).toBe(true);
  });
});

describe('rows without labels', () => {
  it('spell nothing, however many places they have', () => {
    const x = ramp([1, 4, 3]).div(4);
    const nothing = tf.ctcLoss(tf.zeros([1, 0], 'int32'), x, [0], [4]);
    for (const row of [[0], [2], [1, 2]]) expect(tf.ctcLoss([row], x, [0], [4]).item()).toBeCloseTo(nothing.item(), 12);
    expect(nothing.item()).toBeCloseTo(-x.logSoftmax(-1).slice([0, 0, 0], [1, 4, 1]).sum().item(), 12);
  });
});

describe('gradients', () => {
  const x = ramp([2, 4, 3]).div(4);
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    [
      'two different labels',
      (x) =>
        tf.ctcLoss(
          [
            [1, 2],
            [2, 1],
          ],
          x,
          [2, 1],
          [4, 3],
        ),
    ],
    [
      'a label twice',
      (x) =>
        tf.ctcLoss(
          [
            [1, 1],
            [2, 2],
          ],
          x,
          [2, 2],
          [4, 4],
        ),
    ],
    [
      'another mask',
      (x) =>
        tf.ctcLoss(
          [
            [1, 0],
            [0, 9],
          ],
          x,
          [2, 1],
          [4, 2],
          -1,
        ),
    ],
    ['no labels', (x) => tf.ctcLoss(tf.zeros([2, 0], 'int32'), x, [0, 0], [4, 2])],
    ['scores of the greedy way', (x) => tf.ctcDecode(x, [4, 2])[1]],
  ])('of %s', (_, f) => checkGradients((x) => f(x).square(), [x], 5e-6));

  it('of the third order', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.ctcLoss([[1, 2]], x.slice(0, 1), [2], [4]).sum();
    const slope = tf.grad((x) => tf.grad(f)(x).mul(x).sum());
    checkGradients((x) => slope(x), [x.mul(0.5)], 1e-5);
  });
});

describe('traced', () => {
  const loss = (x: tf.Tensor): tf.Tensor => tf.ctcLoss(labels, x, count, times);
  it.each<[string, tf.Tensor, (x: tf.Tensor) => tf.Tensor[]]>([
    ['losses and their gradients', logits, (x) => [loss(x), tf.grad((x) => loss(x).sum())(x)]],
    ['the greedy way', slow, (x) => tf.ctcDecode(x, [9, 6, 0])],
    ['the search', slow, (x) => tf.ctcDecode(x, [9, 6, 0], { strategy: 'beamSearch' })],
  ])('%s', (_, x, f) => {
    const results = (ys: readonly tf.Tensor[]): unknown => ys.map((y) => y.dataSync());
    expect(results(tf.function(f)(x))).toEqual(results(f(x)));
  });
});

describe('errors', () => {
  const x = tf.zeros([1, 2, 3]);
  it.each<[string, () => unknown]>([
    [
      'ctcLoss: logits need shape [batch,time,classes], none of the last two 0; received [2,3]',
      () => tf.ctcLoss([[1]], tf.zeros([2, 3]), [1], [2]),
    ],
    ['ctcLoss: maskIndex must be one of 3 classes; received 3', () => tf.ctcLoss([[1]], x, [1], [2], 3)],
    ['ctcLoss: target needs shape [1,labels]; received [2]', () => tf.ctcLoss([1, 2], x, [1], [2])],
    ['ctcLoss: targetLength needs shape [1]; received []', () => tf.ctcLoss([[1]], x, 1, [2])],
    [
      'ctcArrivals: needs float64 [batch,time,states] and [batch,states]; received float32 [1,2,3] and float32 [1,3]',
      () => ctcArrivals(x, tf.zeros([1, 3])),
    ],
    [
      'bandRecurrence: needs float64 [3,batch,time,states] and [batch,time,states]; received float64 [2,1,2,3] and float64 [1,2,3]',
      () => bandRecurrence(tf.zeros([2, 1, 2, 3], f64), tf.zeros([1, 2, 3], f64), false),
    ],
    ['gather: index 7', () => tf.ctcLoss([[7]], x, [1], [2])],
    ['gather: index 2', () => tf.ctcLoss([[1]], x, [1], [3])],
    ['takeAlongAxis: index 4', () => tf.ctcLoss([[1]], x, [2], [2])],
    ['ctcDecode: sequenceLengths needs shape [1]; received [2]', () => tf.ctcDecode(x, [1, 2])],
    [
      'ctcDecode: unknown strategy "beam_search"; did you mean "beamSearch"?',
      () => tf.ctcDecode(x, [2], { strategy: 'beam_search' as 'greedy' }),
    ],
    ['ctcDecode: unknown option "beams"', () => tf.ctcDecode(x, [2], { beams: 2 } as object)],
    ['ctcDecode: beamWidth must be a whole number >= 1; received 0', () => tf.ctcDecode(x, [2], { strategy: 'beamSearch', beamWidth: 0 })],
    [
      'ctcDecode: topPaths must be at most the beamWidth; received 2 and 1',
      () => tf.ctcDecode(x, [2], { strategy: 'beamSearch', beamWidth: 1, topPaths: 2 }),
    ],
    ['ctc: needs labels [batch,labels] and logits [batch,time,classes]; received [1] and [1,2,3]', () => new tf.losses.CTC()([1], x)],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
