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
  adjustHue,
  adjustSaturation,
  grayscaleToRGB,
  hsvToRgb,
  rgbToGrayscale,
  rgbToHsv,
  threshold,
} from './color.ts';
export { gaussianBlur, sobelEdges } from './filters.ts';
export type { ChannelOrder } from './pixels.ts';
export { psnr, ssim, totalVariation } from './quality.ts';
