/** Boxes in images: which of them stay when those that overlap a better one go, and their borders drawn. */
import { ArgumentError, checkFlag, ShapeError, show } from '../../core/errors.ts';
import { apply, declare, type Op } from '../../core/op.ts';
import { sameShape, showShape } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import {
  boxBordersKernel,
  type CombinedAttrs,
  combinedNonMaxSuppressionKernel,
  nonMaxSuppressionKernel,
  type SuppressionAttrs,
} from '../../kernels/boxes.ts';
import { maximum, mod, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { greater, where } from '../compare.ts';
import { type TensorLike, toFloat } from '../convert.ts';
import { neededValues } from '../dynamic.ts';
import { gather } from '../indexing.ts';
import { slice } from '../join.ts';
import { checkCount } from '../ranges.ts';
import { expandDims } from '../transpose.ts';
import { toPixels } from './pixels.ts';

const ATTRS = ['limit', 'iouThreshold', 'scoreThreshold', 'softNmsSigma'] as const;

/** Outputs places, scores and their number, of one length whatever is found. */
const nonMaxSuppressionOp: Op<SuppressionAttrs> = declare<SuppressionAttrs>({
  name: 'nonMaxSuppression',
  attrs: ATTRS,
  infer: (_, { limit }) => [
    { shape: [limit], dtype: 'int32' },
    { shape: [limit], dtype: 'float32' },
    { shape: [], dtype: 'int32' },
  ],
  kernel: nonMaxSuppressionKernel,
  saves: [],
  grad: 'none',
});

const combinedOp: Op<CombinedAttrs & { total: number }> = declare<CombinedAttrs & { total: number }>({
  name: 'combinedNonMaxSuppression',
  attrs: [...ATTRS, 'clipBoxes', 'total'],
  infer: ([boxes], { total }) => [
    { shape: [boxes.shape[0], total, 4], dtype: 'float32' },
    { shape: [boxes.shape[0], total], dtype: 'float32' },
    { shape: [boxes.shape[0], total], dtype: 'float32' },
    { shape: [boxes.shape[0]], dtype: 'int32' },
  ],
  kernel: combinedNonMaxSuppressionKernel,
  saves: [],
  grad: 'none',
});

const boxBordersOp: Op<{ size: readonly number[] }> = declare<{ size: readonly number[] }>({
  name: 'boxBorders',
  attrs: ['size'],
  infer: ([boxes], { size }) => [{ shape: [boxes.shape[0], ...size], dtype: 'int32' }],
  kernel: boxBordersKernel,
  saves: [],
  grad: 'none',
});

function checkThresholds(owner: string, iouThreshold: number, scoreThreshold: number, softNmsSigma = 0): Omit<SuppressionAttrs, 'limit'> {
  if (!(iouThreshold >= 0 && iouThreshold <= 1)) {
    throw new ArgumentError(`${owner}: iouThreshold must be from 0 to 1; received ${show(iouThreshold)}`);
  }
  if (typeof scoreThreshold !== 'number' || Number.isNaN(scoreThreshold)) {
    throw new ArgumentError(`${owner}: scoreThreshold must be a number; received ${show(scoreThreshold)}`);
  }
  if (!(softNmsSigma >= 0)) throw new ArgumentError(`${owner}: softNmsSigma must be a number >= 0; received ${show(softNmsSigma)}`);
  // Scores are of single precision: one that is equal to the threshold must not lie above it.
  return { iouThreshold: Math.fround(iouThreshold), scoreThreshold: Math.fround(scoreThreshold), softNmsSigma };
}

/** What stays, as long as the limit if it is padded, else no longer than the boxes: places, scores, their number. */
function suppressed(
  owner: string,
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  thresholds: Omit<SuppressionAttrs, 'limit'>,
  padded = false,
): readonly Tensor[] {
  const most = checkCount(owner, 'maxOutputSize', maxOutputSize);
  const inputs = [boxes, scores].map((x) => castTo(toFloat(owner, x), 'float32'));
  const count = inputs[0].shape[0];
  if (!sameShape(inputs[0].shape, [count, 4]) || !sameShape(inputs[1].shape, [count])) {
    throw new ShapeError(
      `${owner}: needs boxes [n,4] and n scores; received ${showShape(inputs[0].shape)} and ${showShape(inputs[1].shape)}`,
    );
  }
  return apply(nonMaxSuppressionOp, inputs, { limit: padded ? most : Math.min(most, count), ...thresholds });
}

/** The first so many of a list as are found; nobody knows how many while a function is traced. */
function firstOf(owner: string, found: Tensor, count: Tensor): Tensor {
  return slice(found, 0, neededValues(owner, count)[0]);
}

/**
 * The places (int32) of the boxes that stay, the best score first: at most `maxOutputSize`, none of which shares more than `iouThreshold` of its area with a
 * better one, of scores above `scoreThreshold`. Boxes are two opposite corners [y1, x1, y2, x2].
 * @throws ShapeError unless there is a score for each box; ArgumentError for thresholds that are none, and while a function is traced.
 * @example
 * const boxes = [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 2, 1, 3]];
 * tf.image.nonMaxSuppression(boxes, [0.7, 0.9, 0.8], 3).arraySync(); // [1, 2]
 */
export function nonMaxSuppression(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
): Tensor {
  const owner = 'nonMaxSuppression';
  const [places, , count] = suppressed(owner, boxes, scores, maxOutputSize, checkThresholds(owner, iouThreshold, scoreThreshold));
  return firstOf(owner, places, count);
}

/**
 * A promise of what `nonMaxSuppression` returns.
 * @example
 * (await tf.image.nonMaxSuppressionAsync([[0, 0, 1, 1]], [0.5], 3)).arraySync(); // [0]
 */
export async function nonMaxSuppressionAsync(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
): Promise<Tensor> {
  return nonMaxSuppression(boxes, scores, maxOutputSize, iouThreshold, scoreThreshold);
}

/** Boxes that stay, and their scores. */
export interface ScoredSelection {
  /** Places of boxes (int32). */
  readonly selectedIndices: Tensor;
  /** What is left of their scores. */
  readonly selectedScores: Tensor;
}

/**
 * What `nonMaxSuppression` finds, and the scores. With a `softNmsSigma` above 0 a box that overlaps a better one does not go: its score falls with the
 * area they share, and it goes once the score is no more than `scoreThreshold` (Bodla et al. 2017).
 * @throws ShapeError unless there is a score for each box; ArgumentError for thresholds that are none, and while a function is traced.
 * @example
 * const boxes = [[0, 0, 1, 1], [0, 0, 1, 1]];
 * const { selectedScores } = tf.image.nonMaxSuppressionWithScore(boxes, [1, 0.5], 2, 1, 0, 0.5);
 * selectedScores.arraySync(); // [1, 0.1839...]
 */
export function nonMaxSuppressionWithScore(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  softNmsSigma = 0,
): ScoredSelection {
  const owner = 'nonMaxSuppressionWithScore';
  const [places, kept, count] = suppressed(
    owner,
    boxes,
    scores,
    maxOutputSize,
    checkThresholds(owner, iouThreshold, scoreThreshold, softNmsSigma),
  );
  return { selectedIndices: firstOf(owner, places, count), selectedScores: firstOf(owner, kept, count) };
}

/**
 * A promise of what `nonMaxSuppressionWithScore` returns.
 * @example
 * const { selectedIndices } = await tf.image.nonMaxSuppressionWithScoreAsync([[0, 0, 1, 1]], [0.5], 3);
 * selectedIndices.arraySync(); // [0]
 */
export async function nonMaxSuppressionWithScoreAsync(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  softNmsSigma = 0,
): Promise<ScoredSelection> {
  return nonMaxSuppressionWithScore(boxes, scores, maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma);
}

/** Boxes that stay, and how many they are. */
export interface PaddedSelection {
  /** Places of boxes (int32). */
  readonly selectedIndices: Tensor;
  /** How many of them are places of boxes that stay. */
  readonly validOutputs: Tensor;
}

/**
 * What `nonMaxSuppression` finds, and how many they are. With `padToMaxOutputSize` zeros fill up the places to `maxOutputSize`, and the function can be traced.
 * @throws ShapeError unless there is a score for each box; ArgumentError for thresholds that are none, and while a function is traced without `padToMaxOutputSize`.
 * @example
 * const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded([[0, 0, 1, 1]], [0.5], 3, 0.5, 0, true);
 * selectedIndices.arraySync(); // [0, 0, 0]
 * validOutputs.item(); // 1
 */
export function nonMaxSuppressionPadded(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  padToMaxOutputSize = false,
): PaddedSelection {
  const owner = 'nonMaxSuppressionPadded';
  const padded = checkFlag(owner, 'padToMaxOutputSize', padToMaxOutputSize);
  const thresholds = checkThresholds(owner, iouThreshold, scoreThreshold);
  const [places, , count] = suppressed(owner, boxes, scores, maxOutputSize, thresholds, padded);
  return { selectedIndices: padded ? places : firstOf(owner, places, count), validOutputs: count };
}

/**
 * A promise of what `nonMaxSuppressionPadded` returns.
 * @example
 * const { validOutputs } = await tf.image.nonMaxSuppressionPaddedAsync([[0, 0, 1, 1]], [0.5], 3, 0.5, 0, true);
 * validOutputs.item(); // 1
 */
export async function nonMaxSuppressionPaddedAsync(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  padToMaxOutputSize = false,
): Promise<PaddedSelection> {
  return nonMaxSuppressionPadded(boxes, scores, maxOutputSize, iouThreshold, scoreThreshold, padToMaxOutputSize);
}

/** Of each image the boxes of all classes that stay; what is left of each row is 0. */
export interface CombinedSelection {
  /** Boxes [batch, boxes, 4]. */
  readonly nmsedBoxes: Tensor;
  /** Scores [batch, boxes]. */
  readonly nmsedScores: Tensor;
  /** Numbers of classes [batch, boxes]. */
  readonly nmsedClasses: Tensor;
  /** How many boxes stay (int32) [batch]. */
  readonly validDetections: Tensor;
}

/**
 * `nonMaxSuppression` of each class of each image by itself, and of all that stay the `maxTotalSize` best: for boxes [batch, boxes, 1 or classes, 4] and scores
 * [batch, boxes, classes]. With `padPerClass` the result is no longer than `maxOutputSizePerClass` times the classes; `clipBoxes` keeps corners from 0 to 1.
 * @throws ShapeError for boxes and scores that do not fit; ArgumentError for sizes and thresholds that are none.
 * @example
 * const { nmsedClasses } = tf.image.combinedNonMaxSuppression([[[[0, 0, 1, 1]]]], [[[0.4, 0.6]]], 1, 2);
 * nmsedClasses.arraySync(); // [[1, 0]]
 */
export function combinedNonMaxSuppression(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSizePerClass: number,
  maxTotalSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  padPerClass = false,
  clipBoxes = true,
): CombinedSelection {
  const owner = 'combinedNonMaxSuppression';
  const inputs = [boxes, scores].map((x) => castTo(toFloat(owner, x), 'float32'));
  const [corners, ranks] = inputs.map(({ shape }) => shape);
  const fits = corners.length === 4 && corners[3] === 4 && sameShape(ranks.slice(0, 2), corners.slice(0, 2)) && ranks.length === 3;
  if (!fits || (corners[2] !== 1 && corners[2] !== ranks[2])) {
    throw new ShapeError(
      `${owner}: needs boxes [batch,n,1 or classes,4] and scores [batch,n,classes]; received ${showShape(corners)} and ${showShape(ranks)}`,
    );
  }
  const limit = checkCount(owner, 'maxOutputSizePerClass', maxOutputSizePerClass, 1);
  const most = checkCount(owner, 'maxTotalSize', maxTotalSize, 1);
  const total = checkFlag(owner, 'padPerClass', padPerClass) ? Math.min(most, limit * ranks[2]) : most;
  const attrs = {
    limit,
    ...checkThresholds(owner, iouThreshold, scoreThreshold),
    clipBoxes: checkFlag(owner, 'clipBoxes', clipBoxes),
    total,
  };
  const [nmsedBoxes, nmsedScores, nmsedClasses, validDetections] = apply(combinedOp, inputs, attrs);
  return { nmsedBoxes, nmsedScores, nmsedClasses, validDetections };
}

/** The colours that boxes have in turn where none are given, as in TensorFlow: yellow, blue, red, lime, purple, olive, maroon, navy, aqua, fuchsia. */
const COLORS = [
  [1, 1, 0, 1],
  [0, 0, 1, 1],
  [1, 0, 0, 1],
  [0, 1, 0, 1],
  [0.5, 0, 0.5, 1],
  [0.5, 0.5, 0, 1],
  [0.5, 0, 0, 1],
  [0, 0, 0.5, 1],
  [0, 1, 1, 1],
  [1, 0, 1, 1],
];

function defaultColors(channels: number, like: Tensor): Tensor {
  const rows = COLORS.map((color) => (channels === 1 ? [1] : color.slice(0, channels)));
  return tensorOf(rows.flat(), [rows.length, channels], like.dtype);
}

/**
 * Images [batch, height, width, 1, 3 or 4 channels] with the borders of boxes [batch, boxes, 4] drawn, one pixel wide. Corners [y1, x1, y2, x2] are shares of
 * the height and width; sides outside of the image are not drawn. `colors` are rows that boxes take in turn; later boxes lie over earlier ones.
 * @throws ShapeError for images, boxes and colours that do not fit.
 * @example
 * const image = tf.image.drawBoundingBoxes(tf.zeros([1, 3, 3, 1]), [[[0, 0, 1, 1]]], [[1]]);
 * image.reshape([3, 3]).arraySync(); // [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
 */
export function drawBoundingBoxes(images: TensorLike, boxes: TensorLike, colors: TensorLike | null = null): Tensor {
  const owner = 'drawBoundingBoxes';
  const { x, back } = toPixels(owner, images);
  if (x.rank !== 4 || ![1, 3, 4].includes(x.shape[3])) {
    throw new ShapeError(`${owner}: images need shape [batch,height,width,1, 3 or 4]; received ${showShape(x.shape)}`);
  }
  const [batch, height, width, channels] = x.shape;
  const corners = castTo(toFloat(owner, boxes), 'float32');
  if (!sameShape(corners.shape, [batch, corners.shape[1] ?? 0, 4])) {
    throw new ShapeError(`${owner}: boxes need shape [${batch},n,4]; received ${showShape(corners.shape)}`);
  }
  const table = colors === null ? defaultColors(channels, x) : castTo(toFloat(owner, colors), x.dtype);
  if (table.rank !== 2 || table.shape[0] === 0 || table.shape[1] !== channels) {
    throw new ShapeError(`${owner}: colors need shape [n,${channels}]; received ${showShape(table.shape)}`);
  }
  const numbers = apply(boxBordersOp, [corners], { size: [height, width] })[0];
  const color = gather(table, mod(maximum(sub(numbers, 1), 0), table.shape[0]));
  return back(where(expandDims(greater(numbers, 0), 3), color, x));
}
