/** Images resized, cut, warped and taken apart: gradients of the first and second order, programs, and borders. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../support/gradients.ts';
import { values } from './values.ts';

const { image } = tf;
const x = values([2, 3, 4, 1], 'float64');
const batch = values([2, 3, 2, 2], 'float64', 2);
const maps = tf.tensor([[0.9, 0.21, -0.13, -0.17, 1.1, 0.27, 0.01, -0.02]], [1, 8], 'float64');
const boxes = tf.tensor([0.13, 0.21, 0.77, 0.93, 0.91, -0.2, 0.17, 0.6], [2, 4], 'float64');
const places = tf.tensor([0.3, 1.6, -0.4, 2.2, 0.7, 2.6, 1.2, 3.4], [2, 4], 'float64');
const square = tf.tensor([0, 0, 3, 0.1, 0, 2, 3.1, 2.2], [4, 2], 'float64');
const moved = tf.tensor([0.2, 0.1, 2.8, 0, 0.1, 1.9, 3, 2], [4, 2], 'float64');
/** Not linear, so that second derivatives are there. */
const curved =
  (f: (...inputs: tf.Tensor[]) => tf.Tensor) =>
  (...inputs: tf.Tensor[]) =>
    tf.square(f(...inputs));

describe('gradients of both orders', () => {
  const linear: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor])[] = [
    ['resizeBilinear', (x) => image.resizeBilinear(x, [5, 3])],
    ['resizeBilinear by corners', (x) => image.resizeBilinear(x, [2, 5], true)],
    ['resizeNearestNeighbor', (x) => image.resizeNearestNeighbor(x, [2, 7])],
    ['resize by a cubic', (x) => image.resize(x, [2, 5], { interpolation: 'bicubic', antialias: true })],
    ['resize by areas', (x) => image.resize(x, [2, 3], { interpolation: 'area' })],
    ['resize padded', (x) => image.resize(x, [2, 5], { padToAspectRatio: true, fillValue: 2 })],
    ['scaleAndTranslate', (x) => image.scaleAndTranslate(x, [2, 3, 2, 1], [0.7], [0.2], [2], 'lanczos3')],
    ['flipLeftRight', (x) => image.flipLeftRight(x)],
    ['flipUpDown', (x) => image.flipUpDown(x)],
    ['centralCrop', (x) => image.centralCrop(x, 0.5)],
    ['rotateWithOffset', (x) => image.rotateWithOffset(x, 0.4, 2, [0.4, 0.6])],
    ['affineTransform', (x) => image.affineTransform(x, maps, { fillMode: 'mirror' })],
    ['perspectiveTransform', (x) => image.perspectiveTransform(x, square, moved, { fillValue: 1 })],
    ['elasticTransform', (x) => image.elasticTransform(x, { alpha: 2, sigma: 1, seed: 3 })],
    ['extractPatches', (x) => image.extractPatches(x, [2, 3], { strides: 1, padding: 'same' })],
    ['reconstructPatches', (x) => image.reconstructPatches(tf.reshape(x, [2, 3, 1, 4]), 2)],
    ['unfold', (x) => tf.unfold(tf.reshape(x, [1, 2, 3, 4]), 2, 1, [1, 0], 2)],
    ['fold', (x) => tf.fold(tf.reshape(x, [1, 4, 6]), [3, 4], 2)],
  ];
  it.each(linear)('%s', (_, f) => checkGradients(curved(f), [x]));

  it('extractPatches3d', () => {
    checkGradients(
      curved((x) => image.extractPatches3d(x, 2, { strides: 1, padding: 'same' })),
      [values([1, 2, 3, 2, 1], 'float64')],
    );
  });

  it.each(['constant', 'reflect', 'wrap', 'nearest'] as const)('transform by images and maps, %s', (mode) => {
    checkGradients(
      curved((x, maps) => image.transform(x, maps, 'bilinear', mode, 0.5, [3, 3])),
      [batch, maps],
      1e-5,
    );
  });

  it('cropAndResize by images and boxes', () => {
    checkGradients(
      curved((x, boxes) => image.cropAndResize(x, boxes, [1, 0], [3, 2], 'bilinear', 0.5)),
      [batch, boxes],
      1e-5,
    );
  });

  it.each(['constant', 'nearest', 'reflect', 'mirror', 'wrap'] as const)('mapCoordinates by inputs and coordinates, %s', (mode) => {
    checkGradients(
      curved((x, places) => image.mapCoordinates(x, places, 1, mode, 0.5)),
      [values([3, 4], 'float64'), places],
      1e-5,
    );
  });

  it('perspectiveTransform by points', () => {
    checkGradients(
      curved((start, end) => image.perspectiveTransform(batch, start, end)),
      [square.add(0.03), moved],
      1e-5,
    );
  });
});

describe('in programs', () => {
  const programs: readonly (readonly [string, (...inputs: tf.Tensor[]) => tf.Tensor, readonly tf.Tensor[]])[] = [
    ['resize', (x) => image.resize(x, [7, 5], { interpolation: 'lanczos3' }), [x]],
    ['resizeNearestNeighbor of integers', (x) => image.resizeNearestNeighbor(x, [7, 5]), [values([2, 3, 4, 1], 'uint8')]],
    ['transform', (x, maps) => image.transform(x, maps, 'bilinear', 'reflect'), [batch, maps]],
    ['cropAndResize', (x, boxes, at) => image.cropAndResize(x, boxes, at, [4, 3]), [batch, boxes, tf.tensor([1, 0], [2], 'int32')]],
    ['mapCoordinates', (x, places) => image.mapCoordinates(x, places, 0, 'wrap'), [values([3, 4], 'float64'), places]],
    ['perspectiveTransform', (x, a, b) => image.perspectiveTransform(x, a, b), [batch, square, moved]],
    ['unfold', (x) => tf.unfold(x, 2), [batch]],
    ['slopes', (x) => tf.grad((x) => tf.sum(tf.square(image.resizeBilinear(x, [2, 2]))))(x), [x]],
  ];
  it.each(programs)('%s', (_, f, inputs) => {
    const wanted = f(...inputs);
    const got = tf.function(f)(...inputs);
    expect(got.shape).toEqual(wanted.shape);
    expect(got.dataSync()).toEqual(wanted.dataSync());
  });
});

describe('results', () => {
  it('are the same bits for any number of threads', () => {
    const [picture, gray] = [values([2, 70, 90, 3], 'float32'), values([9, 300, 1], 'float32')];
    const turn = tf.tensor([[0.9, 0.3, -4, -0.2, 1.1, 6, 0, 0]]);
    const run = (): string[] => {
      const warp = (x: tf.Tensor, map: tf.Tensor): tf.Tensor => image.transform(x, map, 'bilinear', 'reflect');
      const slopes = tf.grads((x, map) => tf.square(warp(x, map)))([picture, turn]);
      const small = image.resize(picture, [31, 200], { interpolation: 'lanczos3', antialias: true });
      const all = [
        small,
        image.resize(gray, [31, 40]),
        tf.grad((x) => image.resize(x, [31, 200]))(picture),
        warp(picture, turn),
        ...slopes,
      ];
      return all.map((y) => Buffer.from(y.dataSync().buffer).toString('latin1'));
    };
    const before = tf.getNumThreads();
    tf.setNumThreads(1);
    const one = run();
    tf.setNumThreads(3);
    const three = run();
    tf.setNumThreads(before);
    expect(three.map((bits, i) => bits === one[i])).toEqual(one.map(() => true));
  });

  it('are tensors of their own where nothing changes', () => {
    const picture = values([1, 2, 3, 1], 'float32');
    const bytes = values([1, 2, 3, 1], 'uint8');
    for (const same of [
      image.resizeBilinear(picture, [2, 3]),
      image.resizeNearestNeighbor(bytes, [2, 3]),
      image.scaleAndTranslate(picture, [1, 2, 3, 1], [], [], [], 'bilinear'),
      image.extractPatches(picture, 1),
      image.cropToBoundingBox(picture, 0, 0, 2, 3),
      image.resizeWithCropOrPad(picture, [2, 3]),
    ]) {
      same.dispose();
    }
    expect([picture.dataSync().length, bytes.dataSync().length]).toEqual([6, 6]);
  });
});

describe('at the borders of what there is', () => {
  it('integers keep their dtype where pixels are moved, and become floats where they are weighed', () => {
    const bytes = values([1, 2, 3, 1], 'uint8');
    expect(image.resizeNearestNeighbor(bytes, [4, 5]).dtype).toBe('uint8');
    expect(image.resize(bytes, [4, 5]).dtype).toBe('float32');
    expect(image.resize(bytes, [4, 5], { interpolation: 'nearest' }).dtype).toBe('uint8');
    expect(image.flipLeftRight(bytes).dtype).toBe('uint8');
    expect(image.affineTransform(bytes, maps).dtype).toBe('uint8');
    const large = tf.tensor([16777217, -16777219], [1, 1, 2, 1], 'int32');
    expect([...image.extractPatches(large, [1, 2]).dataSync()]).toEqual([16777217, -16777219]);
    expect([...image.resizeNearestNeighbor(large, [1, 1]).dataSync()]).toEqual([16777217]);
    const ends = tf.tensor([2147483647, -2147483648], [2], 'int32');
    expect([...image.mapCoordinates(ends, [[0, 0.75, 1]], 1).dataSync()]).toEqual([2147483647, -1073741824, -2147483648]);
    expect([...image.scaleAndTranslate(ends, [3], [1], [1], [0], 'bicubic').dataSync()]).toEqual([0, 2147483647, -2147483648]);
  });

  it('doubles keep their digits', () => {
    const third = tf.tensor([1 / 3, 2 / 3], [1, 2, 1], 'float64');
    expect([...image.resizeBilinear(third, [1, 4]).dataSync()]).toEqual([1 / 3, 0.5, 2 / 3, 2 / 3]);
  });

  it('what is no number stays with the pixels that it has a weight in', () => {
    const holed = tf.tensor([1, Number.NaN, 3, 4], [1, 4, 1]);
    expect([...image.resizeBilinear(holed, [1, 8]).dataSync()]).toEqual([1, NaN, NaN, NaN, 3, 3.5, 4, 4]);
    expect([...image.resizeNearestNeighbor(holed, [1, 2]).dataSync()]).toEqual([1, 3]);
    expect([...image.mapCoordinates([1, 2], [[Number.NaN, 0.5]], 1, 'nearest').dataSync()]).toEqual([NaN, 1.5]);
    expect([...image.mapCoordinates([1, 2], [[Number.NaN, Infinity, -1e30]], 0, 'constant', 7).dataSync()]).toEqual([7, 7, 7]);
  });

  it('no images give none', () => {
    expect(image.resizeBilinear(tf.zeros([0, 2, 2, 3]), [4, 4]).shape).toEqual([0, 4, 4, 3]);
    expect(image.resize(tf.zeros([2, 2, 2, 0], 'uint8'), [4, 4], { interpolation: 'nearest' }).shape).toEqual([2, 4, 4, 0]);
    expect(image.rotateWithOffset(tf.zeros([0, 2, 2, 3]), 1).shape).toEqual([0, 2, 2, 3]);
    expect(image.transform(tf.zeros([0, 2, 2, 3]), [[1, 0, 0, 0, 1, 0, 0, 0]]).shape).toEqual([0, 2, 2, 3]);
    expect(image.cropAndResize(tf.ones([1, 2, 2, 3]), tf.zeros([0, 4]), [], [2, 2]).shape).toEqual([0, 2, 2, 3]);
    expect(image.mapCoordinates([1, 2], tf.zeros([1, 0]), 1).shape).toEqual([0]);
  });

  it('a single row or column is its own mirror', () => {
    for (const mode of ['nearest', 'reflect', 'mirror', 'wrap'] as const) {
      expect([...image.mapCoordinates([5], [[-3, 0, 0.5, 9]], 1, mode).dataSync()]).toEqual([5, 5, 5, 5]);
      if (mode !== 'mirror') expect([...image.transform([[[[5]]]], [[1, 0, 7, 0, 1, -7, 0, 0]], 'bilinear', mode).dataSync()]).toEqual([5]);
    }
  });

  it('maps that send a pixel to infinity leave the fill there', () => {
    const y = image.transform([[[[1], [2], [3]]]], [[1, 0, 0, 0, 1, 0, -0.5, 0]], 'nearest', 'nearest', 9);
    expect([...y.dataSync()]).toEqual([1, 3, 9]);
  });

  it('images turn as in tfjs, which has no gradient there', () => {
    const y = image.rotateWithOffset(tf.range(0, 6, 1).reshape([1, 2, 3, 1]), Math.PI / 2, -1);
    expect([...y.dataSync()]).toEqual([-1, -1, -1, 2, 5, -1]);
    const fills = image.rotateWithOffset(tf.zeros([1, 1, 1, 4]), 0, [1, 2, 3], 5);
    expect([...fills.dataSync()]).toEqual([0, 0, 0, 0]);
    expect([...image.rotateWithOffset(tf.zeros([1, 1, 1, 4]), Math.PI, [1, 2, 3], 5).dataSync()]).toEqual([1, 2, 3, 255]);
  });

  it('patches without overlap make up what they were taken from', () => {
    const picture = values([2, 6, 8, 3], 'float32');
    for (const dataFormat of ['NHWC', 'NCHW']) {
      const patches = image.extractPatches(picture, [3, 2], { dataFormat: dataFormat === 'NCHW' ? 'NHWC' : dataFormat });
      expect(image.reconstructPatches(patches, [3, 2]).dataSync()).toEqual(picture.dataSync());
    }
    const odd = image.extractPatches(picture, 4, { padding: 'same', dataFormat: 'NCHW' });
    const again = image.reconstructPatches(odd, 4, { padding: 'same', outputSize: [8, 3], dataFormat: 'NCHW' });
    expect([again.shape, again.dataSync()]).toEqual([picture.shape, picture.dataSync()]);
    const volume = values([4, 2, 6, 2], 'int32');
    const cubes = image.reconstructPatches(image.extractPatches3d(volume, [2, 1, 3]), [2, 1, 3]);
    expect([cubes.shape, cubes.dtype, cubes.dataSync()]).toEqual([volume.shape, 'int32', volume.dataSync()]);
  });

  it('noise bends images alike for a seed, not at all without strength, and differently along the axes', () => {
    const ramps = tf.stack(
      [
        tf
          .range(0, 12)
          .reshape([1, 12])
          .add(tf.zeros([9, 1])),
        tf
          .range(0, 9)
          .reshape([9, 1])
          .add(tf.zeros([1, 12])),
      ],
      2,
    );
    const bent = image.elasticTransform(ramps, { alpha: 5, sigma: 2, seed: 4, fillMode: 'nearest' });
    expect(bent.dataSync()).toEqual(image.elasticTransform(ramps, { alpha: 5, sigma: 2, seed: 4, fillMode: 'nearest' }).dataSync());
    expect(bent.dataSync()).not.toEqual(image.elasticTransform(ramps, { alpha: 5, sigma: 2, seed: 5, fillMode: 'nearest' }).dataSync());
    expect(image.elasticTransform(ramps, { alpha: 0, seed: 4 }).dataSync()).toEqual(ramps.dataSync());
    const [right, down] = tf.unstack(bent.sub(ramps), 2);
    expect(right.abs().max().item()).toBeGreaterThan(0.1);
    expect(down.abs().max().item()).toBeGreaterThan(0.1);
    expect(right.sub(down).abs().max().item()).toBeGreaterThan(0.1);
    // Neighbours move alike.
    expect(tf.diff(right, 1, 1).abs().mean().item()).toBeLessThan(right.abs().mean().item());
  });
});
