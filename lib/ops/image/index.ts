/** `tf.image`: images resized, cut, warped and taken apart into patches. */
export {
  type Interpolation,
  type ResizeOptions,
  resize,
  resizeBilinear,
  resizeNearestNeighbor,
  scaleAndTranslate,
} from './resize.ts';
