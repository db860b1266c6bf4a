/** Boxes of images, each brought to one size. */
import { promote } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { add, mul, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { lessEqual, logicalAnd } from '../compare.ts';
import { checkValue, type TensorLike, toFloat } from '../convert.ts';
import { gather, toIndices } from '../indexing.ts';
import { range } from '../ranges.ts';
import { reshape } from '../shape.ts';
import { expandDims } from '../transpose.ts';
import { nearestUp, read } from './sample.ts';
import { checkSize, checkWord } from './sides.ts';

/** Places from one end of each box to the other along an axis of images, [boxes, count]; the middle where there is one. */
function placesBetween(boxes: Tensor, [from, to]: readonly [number, number], length: number, count: number): Tensor {
  const column = (i: number): Tensor => gather(boxes, tensorOf([i], [1], 'int32'), 1);
  const [begin, end] = [column(from), column(to)];
  if (count === 1) return mul(add(begin, end), 0.5 * (length - 1));
  const step = mul(sub(end, begin), (length - 1) / (count - 1));
  return add(mul(begin, length - 1), mul(step, reshape(range(0, count, 1, boxes.dtype), [1, count])));
}

/**
 * A box of an image for each of `boxes`, as images of `cropSize`. A box is `[y1, x1, y2, x2]`, where 0 is the first pixel of the image and 1 the last one;
 * `y1 > y2` turns it upside down. `boxInd` says of which image; what lies beyond it is `extrapolationValue`. Gradients go to the images and, for
 * "bilinear", to the boxes.
 * @throws ShapeError for images without 4 axes (NHWC), boxes that are not [count, 4], and indices that are not [count]; ArgumentError for an index without an
 * image, a size that is no two whole numbers >= 1, an unknown method.
 * @example
 * tf.image.cropAndResize([[[[1], [2], [3]]]], [[0, 0, 0, 0.5]], [0], [1, 3]).dataSync(); // [1, 1.5, 2]
 */
export function cropAndResize(
  image: TensorLike,
  boxes: TensorLike,
  boxInd: TensorLike,
  cropSize: readonly number[],
  method: 'bilinear' | 'nearest' = 'bilinear',
  extrapolationValue = 0,
): Tensor {
  const owner = 'cropAndResize';
  const [x, given, images] = [toFloat(owner, image), toFloat(owner, boxes), toIndices(owner, boxInd)];
  if (x.rank !== 4) throw new ShapeError(`${owner}: images need 4 axes (NHWC); received ${showShape(x.shape)}`);
  if (given.rank !== 2 || given.shape[1] !== 4)
    throw new ShapeError(`${owner}: boxes need shape [count,4]; received ${showShape(given.shape)}`);
  const [count] = given.shape;
  if (images.rank !== 1 || images.shape[0] !== count) {
    throw new ShapeError(`${owner}: boxInd needs an index for each of ${count} boxes; received shape ${showShape(images.shape)}`);
  }
  const [h, w] = checkSize(owner, 'cropSize', cropSize);
  checkWord(owner, 'method', method, ['bilinear', 'nearest']);
  const fill = checkValue(owner, 'extrapolationValue', extrapolationValue, x.dtype);
  const [batch, height, width] = x.shape;
  if (height * width === 0) throw new ShapeError(`${owner}: images of shape ${showShape(x.shape)} have no pixels`);
  const corners = castTo(given, promote(given.dtype, x.dtype));
  const rows = expandDims(placesBetween(corners, [0, 2], height, h), 2);
  const columns = expandDims(placesBetween(corners, [1, 3], width, w), 1);
  const within = (places: Tensor, size: number): Tensor => logicalAnd(lessEqual(0, places), lessEqual(places, size - 1));
  const linear = method === 'bilinear';
  const firsts = tensorOf(
    Int32Array.from({ length: batch }, (_, i) => i * height * width),
    [batch],
    'int32',
  );
  const places = [expandDims(rows, 0), expandDims(columns, 0)];
  const y = read(
    {
      // One grid of all images, of which each box has its own.
      table: reshape(x, [1, batch * height * width, x.shape[3]]),
      sizes: [height, width],
      start: reshape(gather(firsts, images), [count, 1, 1]),
      known: logicalAnd(within(rows, height), within(columns, width)),
      linear,
      mode: 'nearest',
      fill,
    },
    linear ? places : places.map(nearestUp),
  );
  return reshape(y, [count, h, w, x.shape[3]]);
}
