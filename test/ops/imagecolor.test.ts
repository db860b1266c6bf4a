/** Colours, filters, boxes and quality of images: values of TensorFlow, gradients, traced results, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const { image } = tf;

/** From 0 to 1, as the script has it. */
function light(shape: readonly number[], dtype: tf.DType = 'float32'): tf.Tensor {
  return ramp(shape).add(5).div(10).cast(dtype);
}

const picture = light([2, 4, 5, 3]);
const whole = picture.mul(255).round().cast('uint8');
const other = picture.mul(0.8).add(picture.reverse(1).mul(0.2));
const big = light([2, 12, 13, 2]);
const wide = light([2, 23, 26, 2]);
const near = big.reverse(1).mul(0.3).add(big.mul(0.7));
const corners = ramp([24, 2]).div(10).add(0.5).cast('float32');
const sizes = ramp([24, 2], 'float32').reverse(0).abs().div(8).add(0.1);
const turned = tf.concat([corners, corners.add(sizes)], 1);
// Corners in any order.
const boxes = tf.concat([turned.slice(0, 3), turned.slice(3, 1).gather([2, 3, 0, 1], 1), turned.slice(4)], 0);
const scores = light([24]);
const halves = [
  [0, 0, 1, 2],
  [0, 1, 1, 2],
  [0, 0, 1, 1.5],
  [5, 5, 5, 6],
];
const sets = tf
  .stack([boxes.slice(0, 8), boxes.slice(8, 8), boxes.slice(16, 8)], 1)
  .expandDims(0)
  .tile([2, 1, 1, 1]);
const ranks = tf.stack([light([8, 3]), light([8, 3]).reverse(0)]);
const drawn = [
  [
    [0.1, 0.2, 0.8, 0.7],
    [0.3, -0.5, 0.6, 0.5],
    [-1, 0.3, 2, 0.9],
  ],
  [
    [0, 0, 1, 1],
    [0.9, 0.9, 0.2, 0.2],
    [0.5, 0.5, 3, 3],
  ],
];

/** Several results in one row. */
function joined(...parts: readonly tf.Tensor[]): tf.Tensor {
  return tf.concat(parts.map((part) => part.cast('float32').flatten()));
}

function scored(...[iou, least, sigma]: readonly number[]): tf.Tensor {
  const { selectedIndices, selectedScores } = image.nonMaxSuppressionWithScore(boxes, scores, 12, iou, least, sigma);
  return tf.stack([selectedIndices.cast('float32'), selectedScores]);
}

function combined({ nmsedBoxes, nmsedScores, nmsedClasses, validDetections }: tf.image.CombinedSelection): tf.Tensor {
  return joined(nmsedBoxes, nmsedScores, nmsedClasses, validDetections);
}

const made: Readonly<Record<string, () => tf.Tensor>> = {
  rgbToGrayscale: () => image.rgbToGrayscale(picture),
  'rgbToGrayscale of whole numbers': () => image.rgbToGrayscale(whole),
  rgbToHsv: () => image.rgbToHsv(picture),
  hsvToRgb: () => image.hsvToRgb(picture),
  adjustBrightness: () => image.adjustBrightness(picture, -0.3),
  'adjustBrightness of whole numbers': () => image.adjustBrightness(whole, 0.3),
  adjustContrast: () => image.adjustContrast(picture, 1.7),
  'adjustContrast of whole numbers': () => image.adjustContrast(whole, 1.7),
  adjustHue: () => image.adjustHue(picture, -0.4),
  'adjustHue of whole numbers': () => image.adjustHue(whole, 0.25),
  adjustSaturation: () => image.adjustSaturation(picture, 1.6),
  'adjustSaturation of whole numbers': () => image.adjustSaturation(whole, 0.4),
  adjustGamma: () => image.adjustGamma(picture, 1.7, 0.9),
  'adjustGamma of whole numbers': () => image.adjustGamma(whole, 0.6, 1.1),
  rgbToYiq: () => image.rgbToYiq(picture),
  yiqToRgb: () => image.yiqToRgb(picture),
  rgbToYuv: () => image.rgbToYuv(picture),
  yuvToRgb: () => image.yuvToRgb(picture),
  gaussianBlur: () => image.gaussianBlur(picture, 3, 0.8),
  'gaussianBlur of one image': () => image.gaussianBlur(picture.at(0), [5, 5], [1.5, 1.5]),
  sobelEdges: () => image.sobelEdges(picture),
  psnr: () => image.psnr(picture, other),
  'psnr of whole numbers': () => image.psnr(whole, whole.reverse(1), 255),
  ssim: () => image.ssim(big, near),
  'ssim of small windows': () => image.ssim(big, near, 1, 5, 1.1, 0.02, 0.05),
  'ssim of whole numbers': () => image.ssim(big.mul(255).round().cast('uint8'), near.mul(255).round().cast('uint8'), 255),
  ssimMultiscale: () => image.ssimMultiscale(wide, wide.mul(0.8).add(wide.reverse(1).mul(0.2)), 1, [0.5, 0.3, 0.2], 5, 1.2),
  imageGradients: () => tf.stack(image.imageGradients(picture)),
  perImageStandardization: () => image.perImageStandardization(picture),
  'perImageStandardization of uniform images': () => image.perImageStandardization(tf.fill([1, 2, 2, 1], 3)),
  totalVariation: () => image.totalVariation(picture),
  nonMaxSuppression: () => image.nonMaxSuppression(boxes, scores, 10, 0.3),
  'nonMaxSuppression of good ones': () => image.nonMaxSuppression(boxes, scores, 24, 0.1, 0.4),
  'nonMaxSuppression at the threshold': () => image.nonMaxSuppression(halves, [0.9, 0.8, 0.7, 0.6], 4, 0.5),
  'nonMaxSuppression of equal scores': () => image.nonMaxSuppression(boxes, scores.mul(3).round().div(3), 24, 0.2),
  nonMaxSuppressionWithScore: () => scored(0.3, 0.2, 0),
  'nonMaxSuppressionWithScore soft': () => scored(1, 0.1, 0.5),
  'nonMaxSuppressionWithScore soft with a threshold': () => scored(0.3, 0.1, 0.5),
  'nonMaxSuppressionWithScore down to the threshold': () => scored(0.3, 0, 1e-5),
  nonMaxSuppressionPadded: () => joined(...Object.values(image.nonMaxSuppressionPadded(boxes, scores, 14, 0.1, 0.4, true))),
  combinedNonMaxSuppression: () => combined(image.combinedNonMaxSuppression(sets, ranks, 4, 9, 0.4, 0.2)),
  'combinedNonMaxSuppression of shared boxes': () =>
    combined(image.combinedNonMaxSuppression(sets.slice([0, 0, 0, 0], [2, 8, 1, 4]), ranks, 2, 9, 0.4, 0.2, true, false)),
  drawBoundingBoxes: () =>
    image.drawBoundingBoxes(tf.zeros([2, 8, 9, 3]), drawn, [
      [0.1, 0.2, 0.3],
      [0.4, 0.5, 0.6],
    ]),
  'drawBoundingBoxes in default colours': () => image.drawBoundingBoxes(tf.zeros([2, 8, 9, 4]), drawn),
  'drawBoundingBoxes in gray': () => image.drawBoundingBoxes(tf.zeros([2, 8, 9, 1]), drawn),
};

describe('values of TensorFlow', () => {
  const fixtures = fixturesOf('imagecolor');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', (name, run) => expectMade(run(), fixtures[name], name === 'ssimMultiscale' ? 1e-5 : 3e-6));
  // Those whose results have shapes that depend on values say so.
  it.each(Object.entries(made).filter(([name]) => !/^nonMaxSuppression(WithScore)?\b/.test(name)))('%s, traced', (_, run) => {
    expect(tf.function(run)().dataSync()).toEqual(run().dataSync());
  });
});

describe('values', () => {
  it('of gray images are those of colours of one kind', () => {
    expect(image.grayscaleToRGB([[[7]], [[9]]]).arraySync()).toEqual([[[7, 7, 7]], [[9, 9, 9]]]);
    const gray = image.grayscaleToRGB(light([4, 5, 1]));
    expect(image.rgbToHsv(gray).slice([0, 0, 0], [4, 5, 2]).dataSync()).toEqual(new Float32Array(40));
    expect(image.adjustHue(gray, 0.3).dataSync()).toEqual(gray.dataSync());
  });

  it('of whole numbers come back from light as they were', () => {
    const all = tf.range(0, 256, 1, 'int32').reshape([16, 16, 1]);
    expect(image.adjustBrightness(all, 0).dataSync()).toEqual(all.dataSync());
    expect(image.adjustBrightness(all.cast('uint8'), 0).dataSync()).toEqual(all.cast('uint8').dataSync());
  });

  it('are black or white beyond a threshold', () => {
    const colors = tf.tensor([0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0], [2, 2, 3], 'int32');
    expect(image.threshold(colors).dataSync()).toEqual(new Int32Array([0, 255, 0, 255]));
    expect(image.threshold(colors, 'binary', true, 0.2).dataSync()).toEqual(new Int32Array([255, 0, 0, 0]));
    // Two heaps of gray with a gap between them: the first of the grays that part them.
    const heaps = tf.tensor([10, 11, 12, 12, 200, 201, 201, 203], [2, 4, 1]);
    expect(image.threshold(heaps, 'otsu').dataSync()).toEqual(new Int32Array([0, 0, 0, 0, 255, 255, 255, 255]));
    expect(image.threshold(heaps, 'otsu', true).dataSync()).toEqual(new Int32Array([255, 255, 255, 255, 0, 0, 0, 0]));
    expect(image.threshold(tf.fill([2, 2, 1], 9), 'otsu').dataSync()).toEqual(new Int32Array([255, 255, 255, 255]));
    const traced = tf.function((x: tf.Tensor) => image.threshold(x, 'otsu'));
    expect(traced(heaps).dataSync()).toEqual(image.threshold(heaps, 'otsu').dataSync());
    expect(traced(heaps.reverse(1)).dataSync()).toEqual(image.threshold(heaps.reverse(1), 'otsu').dataSync());
  });

  it('with channels first are the same', () => {
    const first = picture.transpose([0, 3, 1, 2]);
    expect(image.gaussianBlur(first, [3, 5], [1, 2], 'channelsFirst').transpose([0, 2, 3, 1]).dataSync()).toEqual(
      image.gaussianBlur(picture, [3, 5], [1, 2]).dataSync(),
    );
    expect(image.sobelEdges(first, 'channelsFirst').transpose([0, 2, 3, 1, 4]).dataSync()).toEqual(image.sobelEdges(picture).dataSync());
  });

  it('of a blur differ by axis', () => {
    const dot = tf.zeros([5, 5, 1]).add(tf.oneHot([12], 25).reshape([5, 5, 1]));
    const spread = image.gaussianBlur(dot, [5, 1], [1, 9]).squeeze(2);
    expect(spread.sum(1).dataSync()[0]).toBeGreaterThan(0.05);
    expect(spread.sum(0).dataSync()).toEqual(new Float32Array([0, 0, spread.sum().item(), 0, 0]));
    const turned = image.gaussianBlur(big.transpose([0, 2, 1, 3]), [5, 3], [2, 1]).transpose([0, 2, 1, 3]);
    expect(image.gaussianBlur(big, [3, 5], [1, 2]).sub(turned).abs().max().item()).toBeLessThan(1e-6);
    expect(image.gaussianBlur(big, [3, 5], [1, 1]).sub(turned).abs().max().item()).toBeGreaterThan(1e-3);
  });

  it('of equal images', () => {
    expect(image.psnr(picture, picture).dataSync()).toEqual(new Float32Array([Infinity, Infinity]));
    expect(image.ssim(big.at(0), big.at(0)).item()).toBeCloseTo(1, 6);
  });

  it('by chance follow from the seed, and differ without one while traced', () => {
    const amount = (seed: number, low: number, high: number): tf.Tensor => tf.randomUniform([], low, high, 'float32', seed);
    const same = (a: tf.Tensor, b: tf.Tensor): void => expect(a.dataSync()).toEqual(b.dataSync());
    same(image.randomBrightness(picture, 0.3, 7), image.adjustBrightness(picture, amount(7, -0.3, 0.3)));
    same(image.randomContrast(picture, 0.5, 2, 7), image.adjustContrast(picture, amount(7, 0.5, 2).item()));
    same(image.randomHue(picture, 0.5, 7), image.adjustHue(picture, amount(7, -0.5, 0.5)));
    same(image.randomSaturation(picture, 0, 2, 7), image.adjustSaturation(picture, amount(7, 0, 2)));
    const traced = tf.function((x: tf.Tensor) => image.randomBrightness(x, 0.5));
    expect(traced(picture).dataSync()).not.toEqual(traced(picture).dataSync());
  });

  it('of boxes that nothing is left of', async () => {
    expect(image.nonMaxSuppression(tf.zeros([0, 4]), tf.zeros([0]), 3).shape).toEqual([0]);
    expect(image.nonMaxSuppression([[0, 0, 1, 1]], [1], 2 ** 40).arraySync()).toEqual([0]);
    expect((await image.nonMaxSuppressionAsync(boxes, scores, 3, 0.5, 2)).shape).toEqual([0]);
    const { selectedScores } = await image.nonMaxSuppressionWithScoreAsync(boxes, scores, 0);
    expect(selectedScores.shape).toEqual([0]);
    const { selectedIndices, validOutputs } = await image.nonMaxSuppressionPaddedAsync(boxes, scores, 2, 0.5, 2, true);
    expect([selectedIndices.arraySync(), validOutputs.item()]).toEqual([[0, 0], 0]);
    expect(image.drawBoundingBoxes(picture, tf.fill([2, 1, 4], Number.NaN)).dataSync()).toEqual(picture.dataSync());
    expect(image.drawBoundingBoxes(whole, tf.zeros([2, 0, 4])).dataSync()).toEqual(whole.dataSync());
  });
});

describe('gradients', () => {
  const colors = light([2, 2, 3], 'float64').mul(0.8).add(0.05);
  const squares = colors.square();
  const small = light([4, 4, 1], 'float64');
  const beside = small.square();
  it.each<[string, tf.Tensor, (x: tf.Tensor) => tf.Tensor]>([
    ['rgbToGrayscale', colors, (x) => image.rgbToGrayscale(x)],
    ['rgbToHsv', colors, (x) => image.rgbToHsv(x)],
    ['hsvToRgb', colors, (x) => image.hsvToRgb(x)],
    ['adjustContrast', colors, (x) => image.adjustContrast(x, 1.5)],
    ['adjustHue', colors, (x) => image.adjustHue(x, 0.13)],
    ['adjustSaturation', colors, (x) => image.adjustSaturation(x, 0.6)],
    ['adjustGamma', colors, (x) => image.adjustGamma(x, 1.5)],
    [
      'adjustments by a number that is differentiated',
      colors,
      (x) => image.adjustSaturation(image.adjustHue(squares, x.at(0, 0, 0)), x.at(1, 1, 1)),
    ],
    ['rgbToYuv', colors, (x) => image.rgbToYuv(x)],
    ['gaussianBlur', small, (x) => image.gaussianBlur(x)],
    ['sobelEdges', small, (x) => image.sobelEdges(x)],
    ['psnr', small, (x) => image.psnr(x, beside)],
    ['ssim', small, (x) => image.ssim(x, beside, 1, 3, 1)],
    ['ssimMultiscale', small, (x) => image.ssimMultiscale(x, beside, 1, [0.6, 0.4], 2, 1)],
    ['imageGradients', small, (x) => tf.stack(image.imageGradients(x))],
    ['perImageStandardization', small, (x) => image.perImageStandardization(x)],
    ['totalVariation', small, (x) => image.totalVariation(x)],
    [
      'drawBoundingBoxes',
      small,
      (x) => image.drawBoundingBoxes(x.expandDims(), [[[0, 0, 0.5, 0.5]]], x.slice([0, 0, 0], [1, 1, 1]).reshape([1, 1])),
    ],
  ])('%s', (_, x, f) =>
    checkGradients(
      (x) => {
        const y = f(x);
        return y.mul(y);
      },
      [x],
      1e-5,
    ),
  );
});

describe('errors', () => {
  const x = tf.zeros([2, 2, 3]);
  it.each<[string, () => unknown]>([
    ['grayscaleToRGB: needs at least 2 axes, the last of 1; received [2,2,3]', () => image.grayscaleToRGB(x)],
    ['rgbToGrayscale: needs at least 2 axes, the last of 3; received [3]', () => image.rgbToGrayscale([1, 2, 3])],
    ['rgbToHsv: needs a last axis of 3; received [2]', () => image.rgbToHsv([1, 2])],
    ['adjustBrightness: delta must be a finite number; received NaN', () => image.adjustBrightness(x, Number.NaN)],
    ['adjustContrast: images need 3 axes or more; received [2]', () => image.adjustContrast([1, 2], 1)],
    ['adjustContrast: contrastFactor must be one number; received shape [2]', () => image.adjustContrast(x, [1, 2])],
    ['adjustGamma: gamma must not be negative; received -1', () => image.adjustGamma(x, -1)],
    ['rgbToYiq: needs a last axis of 3; received [2]', () => image.rgbToYiq([1, 2])],
    ['randomBrightness: maxDelta must be from 0 to', () => image.randomBrightness(x, -1)],
    ['randomHue: maxDelta must be from 0 to 0.5; received 1', () => image.randomHue(x, 1)],
    ['randomContrast: needs 0 <= lower < upper; received 2 and 1', () => image.randomContrast(x, 2, 1)],
    [
      'ssimMultiscale: windows of [11,11] do not fit into images of [6,6,1]',
      () => image.ssimMultiscale(tf.ones([12, 12, 1]), tf.ones([12, 12, 1])),
    ],
    ['ssimMultiscale: needs at least one power; received []', () => image.ssimMultiscale(x, x, 1, [])],
    ['imageGradients: images need 3 axes or more; received [1]', () => image.imageGradients([1])],
    ['perImageStandardization: images need 3 axes or more; received [1]', () => image.perImageStandardization([1])],
    ['adjustHue: delta must be from -1 to 1; received 2', () => image.adjustHue(x, 2)],
    ['adjustSaturation: saturationFactor must be a finite number; received Infinity', () => image.adjustSaturation(x, Infinity)],
    ['threshold: image needs shape [height,width,1 or 3]; received [2,2]', () => image.threshold(tf.zeros([2, 2]))],
    ['threshold: unknown method "otso"; did you mean "otsu"?', () => image.threshold(x, 'otso' as 'otsu')],
    ['threshold: inverted must be true or false; received 1', () => image.threshold(x, 'otsu', 1 as never)],
    ['gaussianBlur: kernelSize must be one or 2 whole numbers >= 1; received 0', () => image.gaussianBlur(x, 0)],
    ['gaussianBlur: sigma must be one or 2 numbers above 0; received [1,2,3]', () => image.gaussianBlur(x, 3, [1, 2, 3])],
    ['gaussianBlur: sigma must be a number above 0; received -1', () => image.gaussianBlur(x, 3, [1, -1])],
    ['gaussianBlur: unknown dataFormat "NHWC"', () => image.gaussianBlur(x, 3, 1, 'NHWC' as 'channelsLast')],
    ['sobelEdges: images need 3 or 4 axes; received [2]', () => image.sobelEdges([1, 2])],
    ['psnr: images need one shape of 3 axes or more; received [2,2,3] and [2,2]', () => image.psnr(x, tf.zeros([2, 2]))],
    ['psnr: maxVal must be a number above 0; received 0', () => image.psnr(x, x, 0)],
    ['ssim: windows of [11,11] do not fit into images of [2,2,3]', () => image.ssim(x, x)],
    ['totalVariation: images need 3 axes or more; received [1]', () => image.totalVariation([1])],
    ['nonMaxSuppression: needs boxes [n,4] and n scores; received [24,4] and [1]', () => image.nonMaxSuppression(boxes, [1], 1)],
    ['nonMaxSuppression: maxOutputSize must be a whole number >= 0; received -1', () => image.nonMaxSuppression(boxes, scores, -1)],
    ['nonMaxSuppression: iouThreshold must be from 0 to 1; received 2', () => image.nonMaxSuppression(boxes, scores, 1, 2)],
    ['scoreThreshold must be a number; received NaN', () => image.nonMaxSuppressionPadded(boxes, scores, 1, 0.5, Number.NaN)],
    ['softNmsSigma must be a number >= 0; received -1', () => image.nonMaxSuppressionWithScore(boxes, scores, 1, 0.5, 0, -1)],
    ['nonMaxSuppressionPadded: padToMaxOutputSize must be', () => image.nonMaxSuppressionPadded(boxes, scores, 1, 0.5, 0, 1 as never)],
    ['nonMaxSuppression: the shape of its result depends on values', () => tf.function(() => image.nonMaxSuppression(boxes, scores, 1))()],
    [
      'combinedNonMaxSuppression: needs boxes [batch,n,1 or classes,4] and scores [batch,n,classes]; received [2,8,3,4] and [24]',
      () => image.combinedNonMaxSuppression(sets, scores, 1, 1),
    ],
    ['maxTotalSize must be a whole number >= 1; received 0', () => image.combinedNonMaxSuppression(sets, ranks, 1, 0)],
    [
      'drawBoundingBoxes: images need shape [batch,height,width,1, 3 or 4]; received [2,2,3]',
      () => image.drawBoundingBoxes(x, [[[0, 0, 1, 1]]]),
    ],
    ['drawBoundingBoxes: boxes need shape [2,n,4]; received [1,4]', () => image.drawBoundingBoxes(picture, [[0, 0, 1, 1]])],
    ['drawBoundingBoxes: colors need shape [n,3]; received [1]', () => image.drawBoundingBoxes(picture, drawn, [1])],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
