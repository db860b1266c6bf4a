/** Reference loops over boxes [y1, x1, y2, x2]: which of them stay when those that overlap a better one go, and where their borders lie. */
import type { View } from '../core/op.ts';

/** What is kept, and how overlapping boxes lose. */
export interface SuppressionAttrs {
  /** The length of the result. */
  readonly limit: number;
  /** Boxes that share more than this with a better one go. */
  readonly iouThreshold: number;
  /** Boxes of this score or less go. */
  readonly scoreThreshold: number;
  /** The deviation with which scores of overlapping boxes fall; at 0 they go at once. */
  readonly softNmsSigma: number;
}

type Numbers = ArrayLike<number>;

/** Numbers for each box: its lesser corner, its greater corner, its area. */
const MEASURES = 5;

/** Boxes whose corners come in any order, measured once. */
function measured(boxes: Numbers): Float64Array {
  const found = new Float64Array((boxes.length / 4) * MEASURES);
  for (let box = 0; box < boxes.length / 4; box++) {
    const [from, to] = [4 * box, MEASURES * box];
    for (let axis = 0; axis < 2; axis++) {
      found[to + axis] = Math.min(boxes[from + axis], boxes[from + axis + 2]);
      found[to + axis + 2] = Math.max(boxes[from + axis], boxes[from + axis + 2]);
    }
    found[to + 4] = (found[to + 2] - found[to]) * (found[to + 3] - found[to + 1]);
  }
  return found;
}

/** The area that two measured boxes share, as a part of all that they cover. */
function intersectionOverUnion(boxes: Float64Array, i: number, j: number): number {
  const [a, b] = [MEASURES * i, MEASURES * j];
  const height = Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b]);
  const width = Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1]);
  if (boxes[a + 4] <= 0 || boxes[b + 4] <= 0 || height <= 0 || width <= 0) return 0;
  return (height * width) / (boxes[a + 4] + boxes[b + 4] - height * width);
}

interface Candidate {
  readonly box: number;
  score: number;
  /** How many of the kept boxes it was compared with. */
  seen: number;
}

/** Whether `a` is taken after `b`: by a lower score, or by a later place. */
function isAfter(a: Candidate, b: Candidate): boolean {
  return a.score < b.score || (a.score === b.score && a.box > b.box);
}

/** Puts a candidate into a list that ends with the best. */
function insert(list: Candidate[], candidate: Candidate): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(list[middle], candidate)) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, candidate);
}

/** The boxes that stay, the best first, with their scores (Bodla et al. 2017 for the soft way). */
function suppress(boxes: Numbers, scores: Numbers, attrs: SuppressionAttrs): Candidate[] {
  const { limit, iouThreshold, scoreThreshold, softNmsSigma } = attrs;
  const sides = measured(boxes);
  const left: Candidate[] = [];
  for (let box = 0; box < scores.length; box++) {
    if (scores[box] > scoreThreshold) left.push({ box, score: scores[box], seen: 0 });
  }
  left.sort((a, b) => (isAfter(a, b) ? -1 : 1));
  const kept: Candidate[] = [];
  while (kept.length < limit) {
    const best = left.pop();
    if (best === undefined) break;
    const before = best.score;
    let stays = true;
    // The latest first: those are nearest in score, and most of the time nearest in place.
    for (let k = kept.length - 1; k >= best.seen && stays; k--) {
      const overlap = intersectionOverUnion(sides, best.box, kept[k].box);
      if (softNmsSigma === 0) stays = !(overlap > iouThreshold);
      else {
        // In single precision, as the scores that come out: what is 0 there must not lie above a threshold of 0.
        best.score = Math.fround(best.score * Math.exp((-0.5 / softNmsSigma) * overlap * overlap));
        stays = best.score > scoreThreshold;
      }
    }
    if (!stays) continue;
    best.seen = kept.length;
    if (best.score === before) kept.push(best);
    else insert(left, best);
  }
  return kept;
}

/** Outputs the places of the boxes that stay, their scores, and how many they are; what is left of the outputs is 0. */
export function nonMaxSuppressionKernel(
  [boxes, scores]: readonly View[],
  [places, kept, count]: readonly View[],
  attrs: SuppressionAttrs,
): void {
  places.data.fill(0);
  kept.data.fill(0);
  const found = suppress(boxes.data, scores.data, attrs);
  found.forEach(({ box, score }, i) => {
    places.data[i] = box;
    kept.data[i] = score;
  });
  count.data[0] = found.length;
}

/** What is kept of each image: `limit` boxes of each class, and the best of all classes. */
export interface CombinedAttrs extends SuppressionAttrs {
  readonly clipBoxes: boolean;
}

/**
 * For each image of boxes [batch, boxes, 1 or classes, 4] and scores [batch, boxes, classes] the boxes of all classes that stay, the best first: outputs boxes,
 * scores, classes, and how many they are.
 */
export function combinedNonMaxSuppressionKernel(
  [boxes, scores]: readonly View[],
  [keptBoxes, keptScores, keptClasses, counts]: readonly View[],
  attrs: CombinedAttrs,
): void {
  for (const output of [keptBoxes, keptScores, keptClasses]) output.data.fill(0);
  const [batch, total, sets] = boxes.shape;
  const classes = scores.shape[2];
  const places = keptScores.shape[1];
  for (let n = 0; n < batch; n++) {
    const found: (Candidate & { readonly label: number })[] = [];
    for (let label = 0; label < classes; label++) {
      const set = sets === 1 ? 0 : label;
      const own = Float64Array.from({ length: total * 4 }, (_, i) => {
        const [box, side] = [Math.floor(i / 4), i % 4];
        return boxes.data[((n * total + box) * sets + set) * 4 + side];
      });
      const ranked = Float64Array.from({ length: total }, (_, box) => scores.data[(n * total + box) * classes + label]);
      for (const candidate of suppress(own, ranked, attrs)) found.push({ ...candidate, label });
    }
    // By score; of equal ones the earlier class, and the earlier box of one class.
    found.sort((a, b) => b.score - a.score);
    const best = found.slice(0, places);
    best.forEach(({ box, score, label }, i) => {
      const at = n * places + i;
      const set = sets === 1 ? 0 : label;
      for (let side = 0; side < 4; side++) {
        const value = boxes.data[((n * total + box) * sets + set) * 4 + side];
        keptBoxes.data[at * 4 + side] = attrs.clipBoxes ? Math.min(1, Math.max(0, value)) : value;
      }
      keptScores.data[at] = score;
      keptClasses.data[at] = label;
    });
    counts.data[n] = best.length;
  }
}

/** For each pixel of images [batch, height, width] the number, from 1 on, of the last of its image's boxes whose border runs through it, or 0. */
export function boxBordersKernel([boxes]: readonly View[], [numbers]: readonly View[]): void {
  numbers.data.fill(0);
  const [batch, height, width] = numbers.shape;
  const count = boxes.shape[1];
  for (let n = 0; n < batch; n++) {
    for (let box = 0; box < count; box++) {
      const sides = boxes.data.subarray((n * count + box) * 4, (n * count + box) * 4 + 4);
      const [top, left, bottom, right] = Array.from(sides, (side, i) => Math.trunc(side * ((i % 2 === 0 ? height : width) - 1)));
      // Not written as a comparison that is false for NaN.
      if (!(top <= bottom && left <= right) || top >= height || bottom < 0 || left >= width || right < 0) continue;
      const mark = (row: number, column: number): void => {
        numbers.data[(n * height + row) * width + column] = box + 1;
      };
      for (let column = Math.max(0, left); column <= Math.min(width - 1, right); column++) {
        if (top >= 0) mark(top, column);
        if (bottom < height) mark(bottom, column);
      }
      for (let row = Math.max(0, top); row <= Math.min(height - 1, bottom); row++) {
        if (left >= 0) mark(row, left);
        if (right < width) mark(row, right);
      }
    }
  }
}
