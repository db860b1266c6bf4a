/** Images resized, cut, warped and taken apart: values of TensorFlow, Keras, PyTorch and SciPy (test/fixtures/imagegeometry.py). */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';

const small = ramp([2, 4, 5, 2], 'float32');
const one = ramp([7, 6, 1], 'float32');
const volume = ramp([1, 4, 3, 5, 2], 'float32');
const grid = ramp([4, 5]);
const places = tf.stack([ramp([6, 7]).reverse(0).mul(1.7).add(0.313), ramp([6, 7]).transpose().reshape([6, 7]).mul(1.9).sub(0.713)]);
const maps = tf.tensor([
  [0.9, 0.3, -0.4, -0.2, 1.1, 0.6, 0, 0],
  [1.2, -0.1, 1.3, 0.4, 0.7, -1.6, 0.02, -0.03],
]);
const boxes = tf.tensor([
  [0.1, 0.2, 0.8, 0.9],
  [0.9, 0.1, 0.2, 0.6],
  [-0.3, 0.05, 1.2, 1.37],
]);
const corners = tf.tensor([
  [0, 0],
  [4, 0.5],
  [0.2, 3],
  [4.1, 3.3],
]);
const moved = tf.tensor([
  [0.4, 0.3],
  [3.6, 0],
  [0, 2.8],
  [4, 3],
]);
const firsts = tf.transpose(small, [0, 3, 1, 2]);

const made: Record<string, () => tf.Tensor> = {
  'resize crop': () => tf.image.resize(one, [3, 5], { cropToAspectRatio: true }),
  'resize pad': () => tf.image.resize(one, [3, 5], { padToAspectRatio: true, fillValue: 2 }),
  'resize pad wide': () => tf.image.resize(small, [8, 4], { padToAspectRatio: true }),
  'resize first': () => tf.image.resize(small, [3, 4], { dataFormat: 'NCHW' }),
  'resize uint8': () => tf.image.resize(small.mul(20).abs().cast('uint8'), [3, 3]),
  'mapCoordinates int': () => tf.image.mapCoordinates(grid.mul(10).round().cast('int32'), places.clipByValue(0, 2.9), 1),
  'affineTransform nearest one': () => tf.image.affineTransform(one, tf.slice(maps, [0], [1]), { interpolation: 'nearest' }),
  'affineTransform first': () => tf.image.affineTransform(small, tf.slice(maps, [0], [1]), { dataFormat: 'NCHW' }),
  perspectiveTransform: () => tf.image.perspectiveTransform(small, corners, moved),
  'perspectiveTransform each': () =>
    tf.image.perspectiveTransform(small, tf.stack([corners, moved]), tf.stack([moved, corners]), {
      interpolation: 'nearest',
      fillValue: 0.5,
    }),
  'cropAndResize slope': () => cropSlopes()[0],
  'cropAndResize boxes': () => cropSlopes()[1],
  centralCrop: () => tf.image.centralCrop(small, 0.5),
  'centralCrop odd': () => tf.image.centralCrop(one, 0.3),
  cropToBoundingBox: () => tf.image.cropToBoundingBox(small, 1, 2, 2, 3),
  padToBoundingBox: () => tf.image.padToBoundingBox(small, 1, 2, 7, 8),
  resizeWithCropOrPad: () => tf.image.resizeWithCropOrPad(small, [7, 2]),
  'resizeWithCropOrPad one': () => tf.image.resizeWithCropOrPad(one, [4, 9]),
  resizeWithPad: () => tf.image.resizeWithPad(small, [6, 3], { antialias: true }),
  'resizeWithPad wide': () => tf.image.resizeWithPad(one, [3, 8]),
  cropImages: () => tf.image.cropImages(small, { topCropping: 1, targetHeight: 2, leftCropping: 1, rightCropping: 2 }),
  padImages: () => tf.image.padImages(small, { bottomPadding: 1, targetHeight: 7, leftPadding: 1, targetWidth: 6 }),
  flipLeftRight: () => tf.image.flipLeftRight(small),
  flipUpDown: () => tf.image.flipUpDown(small),
  extractPatches: () => tf.image.extractPatches(small, [2, 2]),
  'extractPatches same': () => tf.image.extractPatches(small, [3, 2], { strides: [2, 1], padding: 'same' }),
  'extractPatches dilated': () => tf.image.extractPatches(small, [2, 3], { strides: 1, dilationRate: [2, 1] }),
  'extractPatches first': () => tf.image.extractPatches(firsts, 2, { strides: 1, dataFormat: 'NCHW' }),
  'extractPatches one': () => tf.image.extractPatches(one, 3),
  extractPatches3d: () => tf.image.extractPatches3d(volume, [2, 1, 2], { strides: [2, 1, 1], padding: 'same' }),
  unfold: () => tf.unfold(firsts, [2, 3]),
  'unfold all': () => tf.unfold(firsts, [3, 2], [1, 2], [2, 1], [2, 1]),
  fold: () => tf.fold(ramp([2, 12, 9], 'float32'), [4, 5], [2, 3]),
  'fold all': () => tf.fold(ramp([1, 12, 15], 'float32'), [4, 5], [3, 2], [1, 2], [2, 1], [2, 1]),
};

function cropSlopes(): readonly tf.Tensor[] {
  return tf.grads((x, boxes) => tf.sum(tf.image.cropAndResize(x, boxes, [0, 1, 1], [3, 4]).mul(ramp([3, 3, 4, 2], 'float32'))))([
    small,
    boxes,
  ]);
}

for (const [align, half] of [
  ['False', 'False'],
  ['False', 'True'],
  ['True', 'False'],
]) {
  for (const [h, w] of [
    [7, 3],
    [2, 9],
    [1, 1],
    [4, 5],
  ]) {
    const how = [small, [h, w], align === 'True', half === 'True'] as const;
    made[`bilinear ${align} ${half} ${h}x${w}`] = () => tf.image.resizeBilinear(...how);
    made[`nearest ${align} ${half} ${h}x${w}`] = () => tf.image.resizeNearestNeighbor(...how);
  }
}
for (const interpolation of ['bilinear', 'nearest', 'area', 'bicubic', 'lanczos3', 'lanczos5', 'gaussian', 'mitchellcubic'] as const) {
  for (const antialias of [false, true]) {
    for (const size of [
      [8, 10],
      [2, 3],
    ]) {
      // TensorFlow's own cubic takes weights of a table of 1024 entries.
      if (interpolation === 'bicubic' && !antialias && size[0] === 2) continue;
      const name = `resize ${interpolation} ${antialias ? 'True' : 'False'} ${size[0]}x${size[1]}`;
      made[name] = () => tf.image.resize(small, size, { interpolation, antialias });
    }
  }
}
for (const method of ['bilinear', 'bicubic', 'lanczos3', 'lanczos5']) {
  for (const antialias of [false, true]) {
    made[`scaleAndTranslate ${method} ${antialias ? 'True' : 'False'}`] = () =>
      tf.image.scaleAndTranslate(small, [2, 5, 4, 2], [0.6, 1.7], [0.4, -1.3], [1, 2], method, antialias);
  }
}
for (const mode of ['constant', 'nearest', 'reflect', 'mirror', 'wrap'] as const) {
  for (const order of [0, 1] as const)
    made[`mapCoordinates ${order} ${mode}`] = () => tf.image.mapCoordinates(grid, places, order, mode, 0.5);
}
for (const mode of ['constant', 'reflect', 'wrap', 'nearest'] as const) {
  for (const interpolation of ['nearest', 'bilinear'] as const) {
    made[`transform ${interpolation} ${mode}`] = () => tf.image.transform(small, maps.mul(2.5), interpolation, mode, 0.5, [6, 7]);
  }
}
for (const fillMode of ['constant', 'nearest', 'reflect'] as const) {
  made[`affineTransform ${fillMode}`] = () => tf.image.affineTransform(small, maps, { fillMode, fillValue: 0.5 });
}
for (const method of ['bilinear', 'nearest'] as const) {
  made[`cropAndResize ${method}`] = () => tf.image.cropAndResize(small, boxes, [0, 1, 1], [3, 4], method, 0.5);
  made[`cropAndResize ${method} 1x1`] = () => tf.image.cropAndResize(small, boxes, [0, 1, 0], [1, 1], method);
}

describe('as in TensorFlow, Keras, PyTorch and SciPy', () => {
  const wanted = fixturesOf('imagegeometry');

  it.each(Object.keys(made))('%s', (name) => {
    expectMade(made[name](), wanted[name], 4e-5);
  });

  it('all of them', () => {
    expect(Object.keys(made).sort()).toEqual(Object.keys(wanted).sort());
  });
});
