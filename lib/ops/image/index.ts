/** `tf.image`: images resized, cut, warped and taken apart; their colours, boxes, filters and quality. */
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
export {
  type CropImagesOptions,
  centralCrop,
  cropImages,
  cropToBoundingBox,
  flipLeftRight,
  flipUpDown,
  type PadImagesOptions,
  padImages,
  padToBoundingBox,
  resizeWithCropOrPad,
} from './crop.ts';
export { cropAndResize } from './cropandresize.ts';
export { gaussianBlur, sobelEdges } from './filters.ts';
export {
  type ExtractPatchesOptions,
  extractPatches,
  extractPatches3d,
  type ReconstructPatchesOptions,
  reconstructPatches,
} from './patches.ts';
export type { ChannelOrder } from './pixels.ts';
export { imageGradients, perImageStandardization, psnr, ssim, ssimMultiscale, totalVariation } from './quality.ts';
export { randomBrightness, randomContrast, randomHue, randomSaturation } from './random.ts';
export {
  type Interpolation,
  type ResizeOptions,
  resize,
  resizeBilinear,
  resizeNearestNeighbor,
  resizeWithPad,
  scaleAndTranslate,
} from './resize.ts';
export type { FillMode } from './sample.ts';
export {
  affineTransform,
  type ElasticTransformOptions,
  elasticTransform,
  mapCoordinates,
  perspectiveTransform,
  rotateWithOffset,
  transform,
  type WarpInterpolation,
  type WarpOptions,
} from './warp.ts';
