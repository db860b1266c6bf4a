/** `tf.image`: colours, boxes, filters and the quality of images. */
export {
  type CombinedSelection,
  combinedNonMaxSuppression,
  drawBoundingBoxes,
  nonMaxSuppression,
  nonMaxSuppressionAsync,
  nonMaxSuppressionPadded,
  nonMaxSuppressionPaddedAsync,
  nonMaxSuppressionWithScore,
  nonMaxSuppressionWithScoreAsync,
  type PaddedSelection,
  type ScoredSelection,
} from './boxes.ts';
export {
  adjustBrightness,
  adjustContrast,
  adjustGamma,
  adjustHue,
  adjustSaturation,
  grayscaleToRGB,
  hsvToRgb,
  rgbToGrayscale,
  rgbToHsv,
  threshold,
} from './color.ts';
export { rgbToYiq, rgbToYuv, yiqToRgb, yuvToRgb } from './colorspaces.ts';
export { gaussianBlur, sobelEdges } from './filters.ts';
export type { ChannelOrder } from './pixels.ts';
export { imageGradients, perImageStandardization, psnr, ssim, ssimMultiscale, totalVariation } from './quality.ts';
export { randomBrightness, randomContrast, randomHue, randomSaturation } from './random.ts';
