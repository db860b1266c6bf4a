/** `tf.image`: images resized, cut, warped and taken apart into patches. */
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
export {
  type ExtractPatchesOptions,
  extractPatches,
  extractPatches3d,
  type ReconstructPatchesOptions,
  reconstructPatches,
} from './patches.ts';
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
