/** Elements read between the places of a grid: what warps of images and `mapCoordinates` come down to. */
import { broadcastShapes, type Shape, sameShape, sizeOfShape, stridesOf } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { add, minimum, mod, mul, sub } from '../arithmetic.ts';
import { castTo } from '../cast.ts';
import { less, lessEqual, logicalAnd, where } from '../compare.ts';
import { ones } from '../creation.ts';
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
  /** Grids, [grids, elements, channels]. */
  readonly table: Tensor;
  /** The sizes of a grid. */
  readonly sizes: Shape;
  /** The first element of what each point reads, int32, [points...], where it is not the grid's own. */
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
 * The elements at points of grids, [grids, ...points, channels], by a floating coordinate for each axis: [grids, ...points], or [1, ...points] the same for
 * all; coordinates broadcast to each other. Elements of integers are taken as they are unless they are weighed.
 */
export function read(reading: Reading, coordinates: readonly Tensor[]): Tensor {
  const { table, sizes, start, known, linear, fill } = reading;
  const strides = stridesOf(sizes);
  const shape = coordinates.map(({ shape }) => shape).reduce((a, b) => broadcastShapes('read', a, b));
  const corners = coordinates.map((coordinate, axis) => cornersOf(coordinate, sizes[axis], reading));
  const spread = (x: Tensor): Tensor => {
    const lead = x.shape.slice(0, sizes.length);
    const whole = sameShape(x.shape.slice(sizes.length), shape) ? x : broadcastTo(x, [...lead, ...shape]);
    return reshape(whole, [linear ? 2 ** sizes.length : 1, ...shape]);
  };
  let index = spread(
    combine(
      corners.map((corner, axis) => (strides[axis] === 1 ? corner.index : mul(corner.index, strides[axis]))),
      add,
    ),
  );
  if (start !== undefined) index = add(index, start);
  const valids = corners.flatMap(({ valid }) => (valid === null ? [] : [valid]));
  const kept = [...(valids.length > 0 ? [spread(combine(valids, logicalAnd))] : []), ...(known === undefined ? [] : [known])];
  if (kept.length > 0) index = where(kept.reduce(logicalAnd), index, -1);
  const weights = corners.flatMap(({ weight }) => (weight === null ? [] : [weight]));
  const floats = toExactFloats(table);
  const weight = linear ? castTo(spread(combine(weights, mul)), floats.dtype) : ones([1, 1, ...shape.slice(1)], floats.dtype);
  const y = interpolate(floats, index, weight, fill);
  return linear ? y : castTo(y, table.dtype);
}

/** Images or other grids [grids, ...sizes, channels] with one axis for all elements of a grid. */
export function tableOf(x: Tensor): Tensor {
  return reshape(x, [x.shape[0], sizeOfShape(x.shape.slice(1, -1)), x.shape[x.rank - 1]]);
}

/** The nearest whole number, the greater of two; adding a half first would round the sum. */
export function nearestUp(x: Tensor): Tensor {
  const lower = floor(x);
  return where(less(sub(x, lower), 0.5), lower, add(lower, 1));
}
