/** Colours as light and two differences: the spaces of television, each a matrix. */
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { matMul } from '../matmul.ts';
import { reshape } from '../shape.ts';
import { checkChannels } from './pixels.ts';

/** Rows are red, green and blue; columns light and the differences. */
const RGB_TO_YIQ = [0.299, 0.59590059, 0.2115, 0.587, -0.27455667, -0.52273617, 0.114, -0.32134392, 0.31119955];
const YIQ_TO_RGB = [1, 1, 1, 0.95598634, -0.27201283, -1.10674021, 0.6208248, -0.64720424, 1.70423049];
const RGB_TO_YUV = [0.299, -0.14714119, 0.61497538, 0.587, -0.28886916, -0.51496512, 0.114, 0.43601035, -0.10001026];
const YUV_TO_RGB = [1, 1, 1, 0, -0.394642334, 2.03206185, 1.13988303, -0.58062185, 0];

/** The last axis of `image` times a matrix. */
function turned(owner: string, image: TensorLike, matrix: readonly number[]): Tensor {
  const x = checkChannels(owner, toFloat(owner, image), 3);
  const rows = reshape(x, [x.size / 3, 3]);
  return reshape(matMul(rows, tensorOf([...matrix], [3, 3], x.dtype)), x.shape);
}

/**
 * Colours as light and two differences, Y, I and Q (NTSC).
 * @throws ShapeError unless the last axis has size 3.
 * @example
 * tf.image.rgbToYiq([1, 1, 1]).at(0).item(); // 1
 */
export function rgbToYiq(images: TensorLike): Tensor {
  return turned('rgbToYiq', images, RGB_TO_YIQ);
}

/**
 * Y, I and Q as colours: what `rgbToYiq` undoes.
 * @throws ShapeError unless the last axis has size 3.
 * @example
 * tf.image.yiqToRgb([0.5, 0, 0]).arraySync(); // [0.5, 0.5, 0.5]
 */
export function yiqToRgb(images: TensorLike): Tensor {
  return turned('yiqToRgb', images, YIQ_TO_RGB);
}

/**
 * Colours as light and two differences, Y, U and V (PAL).
 * @throws ShapeError unless the last axis has size 3.
 * @example
 * tf.image.rgbToYuv([1, 1, 1]).at(0).item(); // 1
 */
export function rgbToYuv(images: TensorLike): Tensor {
  return turned('rgbToYuv', images, RGB_TO_YUV);
}

/**
 * Y, U and V as colours: what `rgbToYuv` undoes.
 * @throws ShapeError unless the last axis has size 3.
 * @example
 * tf.image.yuvToRgb([0.5, 0, 0]).arraySync(); // [0.5, 0.5, 0.5]
 */
export function yuvToRgb(images: TensorLike): Tensor {
  return turned('yuvToRgb', images, YUV_TO_RGB);
}
