/** What functions of images refuse, by the text of the errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { apply, ops } from '../../lib/core/op.ts';
import { interpolate } from '../../lib/ops/image/interpolate.ts';
import { resampleAxis } from '../../lib/ops/image/resample.ts';

const { image } = tf;
const x = tf.ones([2, 3, 4, 1]);
const flat = tf.ones([3, 4]);
const maps = tf.ones([1, 8]);
const corners = tf.ones([4, 2]);
/** Calls a function with arguments that its types do not allow. */
const loosely = (f: (...args: never[]) => unknown, ...args: unknown[]): unknown => Reflect.apply(f, undefined, args);

const refused: readonly (readonly [string, () => unknown])[] = [
  ['resizeBilinear: images need 4 axes (NHWC), or 3 without a batch; received [3,4]', () => image.resizeBilinear(flat, [2, 2])],
  ['resizeBilinear: size must be two whole numbers >= 1, a height and a width; received [2,0]', () => image.resizeBilinear(x, [2, 0])],
  ['resizeBilinear: size must be a list; received 3', () => loosely(image.resizeBilinear, x, 3)],
  ['resizeBilinear: alignCorners must be true or false; received 1', () => loosely(image.resizeBilinear, x, [2, 2], 1)],
  [
    'resizeNearestNeighbor: alignCorners and halfPixelCenters exclude each other; both are true',
    () => image.resizeNearestNeighbor(x, [2, 2], true, true),
  ],
  ['resize: images of shape [2,0,4,1] have no pixels to make [2,2] of', () => image.resize(tf.ones([2, 0, 4, 1]), [2, 2])],
  ['resize: unknown option "antialiasing"; did you mean "antialias"?', () => loosely(image.resize, x, [2, 2], { antialiasing: true })],
  ['resize: interpolation must be one of nearest, area, bilinear', () => loosely(image.resize, x, [2, 2], { interpolation: 'linear' })],
  ['resize: fillMode must be one of constant; received "reflect"', () => loosely(image.resize, x, [2, 2], { fillMode: 'reflect' })],
  [
    'resize: cropToAspectRatio and padToAspectRatio exclude each other; both are true',
    () => image.resize(x, [2, 2], { cropToAspectRatio: true, padToAspectRatio: true }),
  ],
  ['resize: padToAspectRatio must be true or false; received 1', () => loosely(image.resize, x, [2, 2], { padToAspectRatio: 1 })],
  ['resize: unknown dataFormat "NWHC"; did you mean "NHWC"?', () => loosely(image.resize, x, [2, 2], { dataFormat: 'NWHC' })],
  [
    'resize: fillValue must be a number that uint8 can hold; received 300',
    () => image.resize(x.cast('uint8'), [2, 2], { padToAspectRatio: true, fillValue: 300 }),
  ],
  [
    'scaleAndTranslate: unknown method "bilinaer"; did you mean "bilinear"?',
    () => image.scaleAndTranslate(flat, [3, 4], [1], [0], [0], 'bilinaer'),
  ],
  [
    'scaleAndTranslate: scale needs a number for each of 2 axes; received [1]',
    () => image.scaleAndTranslate(flat, [3, 4], [1], [0, 0], [0, 1], 'cubic'),
  ],
  [
    'scaleAndTranslate: translation needs a number for each of 1 axes; received [NaN]',
    () => image.scaleAndTranslate(flat, [3, 4], [1], [Number.NaN], [0], 'cubic'),
  ],
  ['scaleAndTranslate: scale must be above 0; received [0]', () => image.scaleAndTranslate(flat, [3, 4], [0], [0], [0], 'trilinear')],
  ['scaleAndTranslate: an axis is named twice', () => image.scaleAndTranslate(flat, [3, 4], [1, 1], [0, 0], [0, -2], 'cubic')],
  [
    'scaleAndTranslate: outputShape [5,5] differs from shape [3,4] elsewhere than in the axes [0]',
    () => image.scaleAndTranslate(flat, [5, 5], [1], [0], [0], 'cubic'),
  ],
  ['resizeWithPad: unknown option "fillMode"', () => loosely(image.resizeWithPad, x, [2, 2], { fillMode: 'constant' })],
  ['resizeWithPad: images of shape [2,0,4,1] have no pixels', () => image.resizeWithPad(tf.ones([2, 0, 4, 1]), [2, 2])],
  ['resizeWithCropOrPad: size must be two whole numbers >= 1', () => image.resizeWithCropOrPad(x, [2, 1.5])],
  [
    'padImages: needs two of three; received topPadding=1, bottomPadding=undefined, targetHeight=undefined',
    () => image.padImages(x, { topPadding: 1 }),
  ],
  [
    'padImages: needs whole numbers >= 0; received topPadding=-1, bottomPadding=1, targetHeight=undefined',
    () => image.padImages(x, { topPadding: -1, bottomPadding: 1, leftPadding: 0, rightPadding: 0 }),
  ],
  [
    'padImages: topPadding=1, bottomPadding=undefined, targetHeight=2 leaves 1 before and -2 after',
    () => image.padImages(x, { topPadding: 1, targetHeight: 2, leftPadding: 0, rightPadding: 0 }),
  ],
  [
    'cropImages: 0 rows from 2 on and -1 columns from 5 on are not in images of shape [2,3,4,1]',
    () => image.cropImages(x, { topCropping: 2, bottomCropping: 1, leftCropping: 5, rightCropping: 0 }),
  ],
  ['centralCrop: fraction must be above 0 and at most 1; received 2', () => image.centralCrop(x, 2)],
  ['cropToBoundingBox: offsetWidth must be a whole number >= 0; received -1', () => image.cropToBoundingBox(x, 0, -1, 1, 1)],
  [
    'cropToBoundingBox: 3 rows from 1 on and 1 columns from 0 on are not in images of shape [2,3,4,1]',
    () => image.cropToBoundingBox(x, 1, 0, 3, 1),
  ],
  ['padToBoundingBox: images of 3x4 from (1,0) on do not fit into 3x5', () => image.padToBoundingBox(x, 1, 0, 3, 5)],
  ['flipUpDown: images need 4 axes (NHWC)', () => image.flipUpDown(flat)],
  ['cropAndResize: images need 4 axes (NHWC); received [3,4]', () => image.cropAndResize(flat, [[0, 0, 1, 1]], [0], [1, 1])],
  ['cropAndResize: boxes need shape [count,4]; received [2]', () => image.cropAndResize(x, [0, 0], [0], [1, 1])],
  [
    'cropAndResize: boxInd needs an index for each of 1 boxes; received shape [2]',
    () => image.cropAndResize(x, [[0, 0, 1, 1]], [0, 1], [1, 1]),
  ],
  ['cropAndResize: cropSize must be two whole numbers >= 1', () => image.cropAndResize(x, [[0, 0, 1, 1]], [0], [1])],
  [
    'cropAndResize: method must be one of bilinear, nearest; received "cubic"',
    () => loosely(image.cropAndResize, x, [[0, 0, 1, 1]], [0], [1, 1], 'cubic'),
  ],
  [
    'cropAndResize: images of shape [1,0,2,1] have no pixels',
    () => image.cropAndResize(tf.ones([1, 0, 2, 1]), [[0, 0, 1, 1]], [0], [1, 1]),
  ],
  ['index 2 at position 0 is not from 0 to 1', () => image.cropAndResize(x, [[0, 0, 1, 1]], [2], [1, 1])],
  ['mapCoordinates: order must be 0 or 1; received 3', () => loosely(image.mapCoordinates, flat, [[0], [1]], 3)],
  ['mapCoordinates: fillMode must be one of constant, nearest', () => loosely(image.mapCoordinates, flat, [[0], [1]], 1, 'edge')],
  [
    'mapCoordinates: coordinates need 2 axes or more, the first of them as long as x has axes (1 to 7); received [1,1] for [3,4]',
    () => image.mapCoordinates(flat, [[0]], 1),
  ],
  ['as long as x has axes (1 to 7); received [0,2] for []', () => image.mapCoordinates(5, tf.zeros([0, 2]), 1)],
  ['mapCoordinates: there is nothing to read in shape [0]', () => image.mapCoordinates(tf.zeros([0]), [[0]], 1)],
  ['transform: images need 4 axes (NHWC); received [3,4]', () => image.transform(flat, maps)],
  ['transform: transforms need 8 numbers for all images or for each of 2; received [3,8]', () => image.transform(x, tf.ones([3, 8]))],
  ['transform: interpolation must be one of nearest, bilinear; received "cubic"', () => loosely(image.transform, x, maps, 'cubic')],
  ['transform: fillMode must be one of constant, reflect', () => loosely(image.transform, x, maps, 'nearest', 'mirror')],
  ['transform: outputShape must be two whole numbers', () => image.transform(x, maps, 'nearest', 'constant', 0, [2])],
  ['rotateWithOffset: images need 4 axes (NHWC); received [3,4]', () => image.rotateWithOffset(flat, 1)],
  ['rotateWithOffset: radians must be a number; received NaN', () => image.rotateWithOffset(x, Number.NaN)],
  ['rotateWithOffset: center must be a number or two; received [1]', () => image.rotateWithOffset(x, 1, 0, [1])],
  [
    'rotateWithOffset: fillValue must be a number, or one for each of 1 channels; received [1,2]',
    () => image.rotateWithOffset(x, 1, [1, 2]),
  ],
  [
    'affineTransform: transforms need 8 numbers for all images or for each of 2; received [6]',
    () => image.affineTransform(x, tf.ones([6])),
  ],
  [
    'perspectiveTransform: startPoints need shape [4,2] or [2,4,2], a column and a row for each corner; received [3,2]',
    () => image.perspectiveTransform(x, tf.ones([3, 2]), corners),
  ],
  [
    'perspectiveTransform: startPoints and endPoints differ in shape: [1,4,2] and [2,4,2]',
    () => image.perspectiveTransform(x, corners, tf.ones([2, 4, 2])),
  ],
  ['perspectiveTransform: unknown option "fillMode"', () => loosely(image.perspectiveTransform, x, corners, corners, { fillMode: 'wrap' })],
  ['solve: matrix [0] of the batch is singular', () => image.perspectiveTransform(x, corners, corners)],
  ['elasticTransform: alpha must be a number; received Infinity', () => image.elasticTransform(x, { alpha: Infinity })],
  ['elasticTransform: sigma must be a number above 0; received 0', () => image.elasticTransform(x, { sigma: 0 })],
  ['extractPatches: needs 4 axes (NHWC), or 3 without a batch; received [3,4]', () => image.extractPatches(flat, 1)],
  ['extractPatches: windows of [4,4] do not fit into images of [3,4]', () => image.extractPatches(x, 4)],
  ['extractPatches: padding must be "valid" or "same"; received 1', () => loosely(image.extractPatches, x, 1, { padding: 1 })],
  ['extractPatches3d: needs 5 axes (NDHWC), or 4 without a batch; received [3,4]', () => image.extractPatches3d(flat, 1)],
  ['extractPatches3d: unknown dataFormat "NHWC"', () => image.extractPatches3d(x, 1, { dataFormat: 'NHWC' })],
  ['reconstructPatches: padding must be "valid" or "same"; received 2', () => loosely(image.reconstructPatches, x, 1, { padding: 2 })],
  ['reconstructPatches: strides must be the size [2,2]', () => image.reconstructPatches(x, 2, { strides: 1 })],
  ['reconstructPatches: patches of 1 numbers are no whole pixels of patches [2,2]', () => image.reconstructPatches(x, 2)],
  ['reconstructPatches: outputSize is needed for padding "same"; received none', () => image.reconstructPatches(x, 1, { padding: 'same' })],
  [
    'reconstructPatches: [3,4] patches of [1,1] do not make up images of [3,5]',
    () => image.reconstructPatches(x, 1, { outputSize: [3, 5] }),
  ],
  ['unfold: x needs 4 axes (NCHW); received [3,4]', () => tf.unfold(flat, 1)],
  ['unfold: padding must be one or 2 whole numbers >= 0; received [1]', () => tf.unfold(x, 1, 1, [1])],
  ['unfold: kernelSize must be one or 2 whole numbers >= 1; received 0', () => tf.unfold(x, 0)],
  ['fold: x needs shape [batch,channels*4,6] for images of [3,4]; received [3,4]', () => tf.fold(flat, [3, 4], 2)],
];

describe('refused', () => {
  it.each(refused)('%s', (message, f) => {
    expect(f).toThrow(message);
    expect(f).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_GRADTAPE_/) }));
  });

  it('places outside of the axes that resample joins, and lists of different lengths', () => {
    expect(() => resampleAxis(x, { from: [0, 3], to: [0, 1], size: 2 }, 1)).toThrow('resample: from 3 at position 1 is not from 0 to 2');
    expect(() => resampleAxis(x, { from: [0, -1], to: [0, 1], size: 2 }, 1)).toThrow('resample: from -1 at position 1 is not from 0 to 2');
    expect(() => resampleAxis(x, { from: [0, 1], to: [2, 1], size: 2 }, 1)).toThrow('resample: to 2 at position 0 is not from 0 to 1');
    const resample = ops.get('resample');
    if (resample === undefined) throw new Error('resample is not declared');
    const [one, two] = [tf.zeros([1], 'int32'), tf.zeros([2], 'int32')];
    expect(() => apply(resample, [x, one, two, tf.ones([1])], { axis: 1, size: 1 })).toThrow(
      'resample: from, to and weights must be lists of one length; received [1], [2] and [1]',
    );
  });

  it('indices beyond a table, and shapes that do not fit', () => {
    const table = tf.ones([1, 2, 3]);
    const index = tf.tensor([0, 2], [2, 1, 1], 'int32');
    const weight = tf.ones([2, 1, 1]);
    expect(() => interpolate(table, index, weight, 0)).toThrow('interpolate: index 2 at position 1 is not below 2');
    const use = (name: string, inputs: readonly tf.Tensor[], attrs: unknown): unknown => {
      const op = ops.get(name);
      if (op === undefined) throw new Error(`${name} is not declared`);
      return apply(op, inputs, attrs);
    };
    const dy = tf.ones([1, 1, 3]);
    const refused: readonly (readonly [string, readonly tf.Tensor[], unknown, string])[] = [
      ['interpolateTable', [dy, index, weight], { rows: 2 }, 'index 2 at position 1 is not below 2'],
      ['interpolateWeight', [table, index, dy], { fill: 0 }, 'index 2 at position 1 is not below 2'],
      ['interpolate', [table, index, dy], { fill: 0 }, 'shapes [1,2,3], [2,1,1], [1,1,3] do not fit'],
      ['interpolate', [table, tf.zeros([2], 'int32'), weight], { fill: 0 }, 'shapes [1,2,3], [2], [2,1,1] do not fit'],
      ['interpolate', [table, tf.zeros([2, 3, 1], 'int32'), weight], { fill: 0 }, 'shapes [1,2,3], [2,3,1], [2,1,1] do not fit'],
      ['interpolateTable', [table, index, weight], { rows: 3 }, 'shapes [1,2,3], [2,1,1], [2,1,1] do not fit'],
      ['interpolateWeight', [table, index, weight], { fill: 0 }, 'shapes [1,2,3], [2,1,1], [2,1,1] do not fit'],
    ];
    for (const [name, inputs, attrs, message] of refused) expect(() => use(name, inputs, attrs), message).toThrow(`${name}: ${message}`);
  });

  it('images of unknown size in a drawn model, where batches of any size are taken', () => {
    const unknown = tf.input({ shape: [null, null, 1] });
    const fits = 'fits one size of the batch only, which a drawn model does not know; let a layer do it in its call';
    expect(() => image.resize(unknown, [2, 2])).toThrow(`resample: ${fits}`);
    expect(() => image.rotateWithOffset(unknown, 1)).toThrow(`interpolate: ${fits}`);
    const refit = (name: string, attrs: unknown, from: tf.Shape, to: tf.Shape): unknown =>
      ops.get(name)?.refit?.(attrs, [{ shape: from, dtype: 'float32' }], [{ shape: to, dtype: 'float32' }]);
    expect(() => refit('resample', { axis: 1, size: 2 }, [1, 4], [1, 5])).toThrow(
      'resample: the list is one for 4 elements; received [1,5]',
    );
    expect(() => refit('interpolate', { fill: 0 }, [1, 4, 1], [1, 5, 1])).toThrow(
      'interpolate: indices are those of 4 rows; received [1,5,1]',
    );
    const known = tf.input({ shape: [4, 6, 1] });
    const batch = tf.range(0, 48).reshape([2, 4, 6, 1]);
    for (const f of [
      (x: tf.Tensor) => image.resize(x, [2, 2]),
      (x: tf.Tensor) => image.extractPatches(x, 2),
      (x: tf.Tensor) => image.rotateWithOffset(x, 0.5),
      (x: tf.Tensor) => image.affineTransform(x, [1, 0.1, 0.2, 0, 1, 0, 0, 0]),
    ]) {
      expect(new tf.Model({ inputs: known, outputs: f(known) }).apply(batch).arraySync()).toEqual(f(batch).arraySync());
    }
  });
});
