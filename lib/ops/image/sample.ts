/** Elements read between the places of a grid: what warps of images and `mapCoordinates` come down to. */
import { isFloat } from '../../core/dtype.ts';
import { type Shape, sizeOfShape, stridesOf } from '../../core/shape.ts';
import { type Tensor, tensorOf } from '../../core/tensor.ts';
import { add, minimum, mod, mul, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { less, lessEqual, logicalAnd, where } from '../compare.ts';
import { ones } from '../creation.ts';
import { gather } from '../indexing.ts';
import { stack } from '../join.ts';
import { floor } from '../math.ts';
import { broadcastTo, reshape } from '../shape.ts';
import { expandDims } from '../transpose.ts';
import { interpolate } from './interpolate.ts';
import { toExactFloats } from './sides.ts';

/**
 * What lies beyond an axis `a b c d`: a constant; its ends again, `a a | a b c d | d d`; itself mirrored about its ends with them, `b a | a b c d | d c`, or
 * without them, `c b | a b c d | c b`; or itself again, `c d | a b c d | a b`.
 */
export type FillMode = 'constant' | 'nearest' | 'reflect' | 'mirror' | 'wrap';

/** Their names. */
export const FILL_MODES: readonly FillMode[] = ['constant', 'nearest', 'reflect', 'mirror', 'wrap'];

/** Whole places along an axis as places within it, but for rounding and what is no number. */
function inside(places: Tensor, size: number, mode: FillMode): Tensor {
  if (mode === 'wrap') return mod(places, size);
  if (mode === 'reflect') {
    const turned = mod(places, 2 * size);
    return minimum(turned, sub(2 * size - 1, turned));
  }
  if (mode === 'mirror') {
    const turned = mod(places, Math.max(1, 2 * (size - 1)));
    return minimum(turned, sub(2 * (size - 1), turned));
  }
  return places;
}

/** The corners around each place along one axis: which elements, how much each weighs, and whether it lies inside. */
interface Corners {
  readonly index: Tensor;
  readonly weight: Tensor | null;
  readonly valid: Tensor | null;
}

/** What is read, and how. */
export interface Reading {
  /** The elements of the grid, [..., channels] as rows of a table; several grids may follow each other. */
  readonly table: Tensor;
  /** The sizes of the grid. */
  readonly sizes: Shape;
  /** The first row of the grid that each point reads, int32, where there is more than one. */
  readonly start?: Tensor;
  /** False at points whose result is the fill, whatever the coordinates. */
  readonly known?: Tensor;
  /** Whether what lies between is weighed from what lies around; else coordinates are whole. */
  readonly linear: boolean;
  readonly mode: FillMode;
  readonly fill: number;
}

function cornersOf(coordinate: Tensor, size: number, { linear, mode }: Reading): Corners {
  let places = expandDims(coordinate, 0);
  let weight: Tensor | null = null;
  if (linear) {
    const lower = floor(coordinate);
    const part = sub(coordinate, lower);
    places = stack([lower, add(lower, 1)]);
    weight = stack([sub(1, part), part]);
  }
  const valid = mode === 'constant' ? logicalAnd(lessEqual(0, places), lessEqual(places, size - 1)) : null;
  // Comparisons are false for what is no number, which has its weight to show itself by.
  const found = inside(places, size, mode);
  const within = where(lessEqual(0, found), minimum(found, size - 1), 0);
  return { index: castTo(within, 'int32'), weight, valid };
}

/** The product or the conjunction over axes of what each corner has along each, as a list of all corners. */
function combine(parts: readonly Tensor[], join: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const count = parts.length;
  return parts
    .map((part, axis) => {
      const lead = Array.from({ length: count }, (_, i) => (i === axis ? part.shape[0] : 1));
      return reshape(part, [...lead, ...part.shape.slice(1)]);
    })
    .reduce(join);
}

/**
 * The elements at points of a grid, [...points, channels], by a floating coordinate for each of its axes; coordinates broadcast to `points`. Elements of
 * integers are taken as they are unless they are weighed.
 */
export function read(reading: Reading, coordinates: readonly Tensor[], points: Shape): Tensor {
  const { table, sizes, start, known, linear, fill } = reading;
  const strides = stridesOf(sizes);
  const corners = coordinates.map((coordinate, axis) => cornersOf(coordinate, sizes[axis], reading));
  const count = linear ? 2 ** sizes.length : 1;
  const all = [count, ...points];
  const spread = (x: Tensor): Tensor => reshape(broadcastTo(x, [...x.shape.slice(0, sizes.length), ...points]), all);
  let index = spread(
    combine(
      corners.map((corner, axis) => (strides[axis] === 1 ? corner.index : mul(corner.index, strides[axis]))),
      add,
    ),
  );
  if (start !== undefined) index = add(index, start);
  const valids = corners.flatMap(({ valid }) => (valid === null ? [] : [valid]));
  const kept = [...(valids.length > 0 ? [spread(combine(valids, logicalAnd))] : []), ...(known === undefined ? [] : [known])];
  const lost = (): Tensor => where(kept.reduce(logicalAnd), index, -1);
  if (!linear && (!isFloat(table.dtype) || kept.length === 0)) {
    const found = gather(table, index);
    const filled = kept.length === 0 ? found : where(expandDims(kept.reduce(logicalAnd), -1), found, fill);
    return reshape(filled, [...points, table.shape[1]]);
  }
  const weights = corners.flatMap(({ weight }) => (weight === null ? [] : [weight]));
  if (weights.length === 0) return interpolate(table, lost(), ones(index.shape, table.dtype), fill);
  const floats = toExactFloats(table);
  return interpolate(floats, kept.length === 0 ? index : lost(), castTo(spread(combine(weights, mul)), floats.dtype), fill);
}

/** The elements of tensors of grids as a table with a row for each place. */
export function tableOf(x: Tensor): Tensor {
  const channels = x.shape[x.rank - 1];
  return reshape(x, [sizeOfShape(x.shape.slice(0, -1)), channels]);
}

/** Where each of several grids of a size begins in a table of all of them, int32. */
export function firstRows(count: number, size: number): Tensor {
  return tensorOf(
    Int32Array.from({ length: count }, (_, i) => i * size),
    [count],
    'int32',
  );
}

/** The nearest whole number, the greater of two; adding a half first would round the sum. */
export function nearestUp(x: Tensor): Tensor {
  const lower = floor(x);
  return where(less(sub(x, lower), 0.5), lower, add(lower, 1));
}
