/** Indexing as in NumPy: numbers, ranges with steps, ellipsis and new axes. */
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { checkRank, type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Strided, stridedPlaceKernel, stridedSliceKernel } from '../kernels/shape.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { refitPlace, slice } from './join.ts';
import { reshape } from './shape.ts';

interface StridedAttrs extends Strided {
  /** The first position along each axis that is not reached; below 0 where steps go down to the beginning. */
  readonly end: readonly number[];
}

function sizesOf({ begin, end, strides }: StridedAttrs): Shape {
  return begin.map((from, axis) => Math.max(0, Math.ceil((end[axis] - from) / strides[axis])));
}

const stridedSliceOp: Op<StridedAttrs> = declare<StridedAttrs>({
  name: 'stridedSlice',
  attrs: ['begin', 'end', 'strides'],
  infer([x], attrs) {
    const { begin, strides } = attrs;
    const shape = sizesOf(attrs);
    const isWithin = (at: number, axis: number): boolean => at >= 0 && at < x.shape[axis];
    if (!shape.every((d, axis) => d === 0 || (isWithin(begin[axis], axis) && isWithin(begin[axis] + (d - 1) * strides[axis], axis)))) {
      throw new ShapeError(
        `stridedSlice: from ${showShape(begin)} in steps of ${showShape(strides)}, size ${showShape(shape)} reaches beyond shape ${showShape(x.shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  refit({ begin, end, strides }, [{ shape: from }], [{ shape: to }]) {
    // Of an axis of nothing, nothing: also where steps go down to the beginning.
    const place = (at: number, i: number): number => (to[i] === 0 ? 0 : refitPlace(at, from[i], to[i]));
    return { begin: begin.map(place), end: end.map(place), strides };
  },
  kernel: stridedSliceKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs: { begin, strides } }) => [() => stridedPlace(dy, begin, strides, x.shape)],
});

/** `size` is the shape of the input, held to what was placed when the attributes were made. */
interface PlaceAttrs extends Strided {
  readonly shape: Shape;
  readonly size: Shape;
}

const stridedPlaceOp: Op<PlaceAttrs> = declare<PlaceAttrs>({
  name: 'stridedPlace',
  attrs: ['begin', 'strides', 'shape', 'size'],
  infer([x], { shape, size }) {
    if (!sameShape(x.shape, size)) throw new ShapeError(`stridedPlace: places shape ${showShape(size)}; received ${showShape(x.shape)}`);
    return [{ shape, dtype: x.dtype }];
  },
  kernel: stridedPlaceKernel,
  saves: [],
  grad: ({ dy, specs: [x], attrs: { begin, strides } }) => [() => stridedBlock(dy, begin, strides, x.shape)],
});

/** Zeros of `shape`, with `x` at every `strides[axis]`-th place from `begin` on: within `shape`, which is not checked. */
export function stridedPlace(x: Tensor, begin: readonly number[], strides: readonly number[], shape: Shape): Tensor {
  return apply(stridedPlaceOp, [x], { begin, strides, shape, size: x.shape })[0];
}

/** Of `x` every `strides[axis]`-th element from `begin` on, `size[axis]` of them: within `x`, which is not checked. */
export function stridedBlock(x: Tensor, begin: readonly number[], strides: readonly number[], size: Shape): Tensor {
  const end = begin.map((at, axis) => at + size[axis] * strides[axis]);
  return apply(stridedSliceOp, [x], { begin, end, strides })[0];
}

/** A part of an axis: where it begins, where it ends (before that position), and its step. What is missing or null is the whole; negative positions count from the end. */
export interface AxisRange {
  readonly begin?: number | null;
  readonly end?: number | null;
  readonly step?: number | null;
}

/** What `at` takes for an axis. */
export type IndexEntry = number | '...' | null | AxisRange | readonly (number | null)[];

/** In `tensor.at(...)`, a new axis of size 1: the same as null. */
export const newaxis: null = null;

/** Where a range lies on an axis of `length`, by Python's rules: positions beyond the ends are cut back to them. */
function rangeOn(owner: string, entry: AxisRange, length: number): [begin: number, end: number, step: number] {
  const step = entry.step ?? 1;
  const given = [entry.begin ?? 0, entry.end ?? 0, step];
  if (!given.every((at) => Number.isSafeInteger(at)) || step === 0) {
    throw new ArgumentError(
      `${owner}: a range takes whole numbers and a step other than 0; received [${show(entry.begin)},${show(entry.end)},${show(entry.step)}]`,
    );
  }
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const place = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, low), high);
  const begin = entry.begin === undefined || entry.begin === null ? (step > 0 ? low : high) : place(entry.begin);
  const end = entry.end === undefined || entry.end === null ? (step > 0 ? high : low) : place(entry.end);
  return (end - begin) / step > 0 ? [begin, end, step] : [0, 0, 1];
}

function isRange(entry: unknown): entry is AxisRange {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) && Object.getPrototypeOf(entry) === Object.prototype;
}

/** The part of `x` that the entries name, one for each axis; an ellipsis stands for all axes that are not named. */
function pick(owner: string, x: Tensor, entries: readonly IndexEntry[]): Tensor {
  const named = entries.filter((entry) => entry !== null && entry !== '...').length;
  if (named > x.rank) throw new ShapeError(`${owner}: ${named} indices for ${x.rank} axes; shape ${showShape(x.shape)}`);
  if (entries.filter((entry) => entry === '...').length > 1)
    throw new ArgumentError(`${owner}: more than one ellipsis; received ${show(entries)}`);
  const complete = entries.includes('...') ? entries : [...entries, '...' as const];
  const begin: number[] = [];
  const end: number[] = [];
  const strides: number[] = [];
  const shape: number[] = [];
  const whole = (): void => {
    const length = x.shape[begin.length];
    begin.push(0);
    end.push(length);
    strides.push(1);
    shape.push(length);
  };
  for (const entry of complete) {
    if (entry === null) shape.push(1);
    else if (entry === '...') for (let left = x.rank - named; left > 0; left--) whole();
    else if (typeof entry === 'number') {
      const [axis, length] = [begin.length, x.shape[begin.length]];
      if (!Number.isInteger(entry) || entry < -length || entry >= length) {
        throw new ArgumentError(
          `${owner}: index ${entry} is not from ${-length} to ${length - 1}, on axis ${axis} of shape ${showShape(x.shape)}`,
        );
      }
      const at = entry < 0 ? entry + length : entry;
      begin.push(at);
      end.push(at + 1);
      strides.push(1);
    } else {
      if (!Array.isArray(entry) && !isRange(entry)) {
        throw new ArgumentError(`${owner}: an index is a number, a range, "..." or null; received ${show(entry)}`);
      }
      if (Array.isArray(entry) && entry.length > 3)
        throw new ArgumentError(`${owner}: a range is [begin, end, step]; received ${show(entry)}`);
      const range: AxisRange = isRange(entry) ? entry : { begin: entry[0], end: entry[1], step: entry[2] };
      const [from, to, step] = rangeOn(owner, range, x.shape[begin.length]);
      begin.push(from);
      end.push(to);
      strides.push(step);
      shape.push(Math.ceil((to - from) / step));
    }
  }
  const size = sizesOf({ begin, end, strides });
  // What has one element has no step; a block without steps is a slice, which is a view where it lies in one piece.
  const plain = sizeOfShape(size) === 0 || strides.every((step, axis) => step === 1 || size[axis] === 1);
  const part = plain ? slice(x, begin, size) : apply(stridedSliceOp, [x], { begin, end, strides })[0];
  return reshape(part, checkRank(owner, shape));
}

/**
 * The part of `x` that the indices name, one for each axis as in NumPy: a number picks and drops the axis; `[begin, end, step]` or `{ begin, end, step }`
 * keeps a range of it (null or missing is the whole, negative counts from the end, steps may go backwards); `'...'` stands for all axes that are
 * not named; null (`tf.newaxis`) puts in a new one. A part in one piece is a view.
 * @throws ArgumentError for a number outside of its axis; ShapeError for more indices than axes.
 * @example
 * const x = tf.tensor([[1, 2, 3], [4, 5, 6]]);
 * x.at(-1).arraySync(); // [4, 5, 6]
 * x.at('...', [null, null, -2]).arraySync(); // [[3, 1], [6, 4]]
 * x.at(null, [0, 1], 2).shape; // [1, 1]
 */
export function at(x: TensorLike, ...indices: IndexEntry[]): Tensor {
  return pick('at', toTensor('at', x), indices);
}

/** The bits of a mask, refusing what is none. */
function maskOf(name: string, mask: number): (i: number) => boolean {
  if (!Number.isInteger(mask) || mask < 0 || mask > 0x7fffffff) {
    throw new ArgumentError(`stridedSlice: ${name} must be a whole number >= 0; received ${show(mask)}`);
  }
  return (i) => ((mask >> i) & 1) === 1;
}

/**
 * Of each axis every `strides[i]`-th element from `begin[i]` up to `end[i]`, as in TensorFlow. Bit i of a mask concerns entry i: begin or end is the axis's own,
 * an ellipsis stands here, a new axis is put in, or the axis is dropped and only its element `begin[i]` kept. `at` says the same in fewer words.
 * @throws ArgumentError for lists of different lengths, a stride of 0, and an index outside of its axis; ShapeError for more entries than axes.
 * @example
 * tf.stridedSlice([1, 2, 3, 4, 5], [4], [0], [-2]).arraySync(); // [5, 3]
 */
export function stridedSlice(
  x: TensorLike,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] | null = null,
  beginMask = 0,
  endMask = 0,
  ellipsisMask = 0,
  newAxisMask = 0,
  shrinkAxisMask = 0,
): Tensor {
  const input = toTensor('stridedSlice', x);
  checkList('stridedSlice', 'begin', begin);
  checkList('stridedSlice', 'end', end);
  const steps = checkList('stridedSlice', 'strides', strides ?? begin.map(() => 1));
  if (begin.length !== end.length || begin.length !== steps.length) {
    throw new ArgumentError(
      `stridedSlice: begin, end and strides must be of one length; received ${show(begin)}, ${show(end)} and ${show(steps)}`,
    );
  }
  const [fromStart, toEnd] = [maskOf('beginMask', beginMask), maskOf('endMask', endMask)];
  const [ellipsis, added] = [maskOf('ellipsisMask', ellipsisMask), maskOf('newAxisMask', newAxisMask)];
  const shrunk = maskOf('shrinkAxisMask', shrinkAxisMask);
  const entries = begin.map((at, i): IndexEntry => {
    if (ellipsis(i)) return '...';
    if (added(i)) return null;
    if (shrunk(i)) return at;
    return { begin: fromStart(i) ? null : at, end: toEnd(i) ? null : end[i], step: steps[i] };
  });
  return pick('stridedSlice', input, entries);
}
