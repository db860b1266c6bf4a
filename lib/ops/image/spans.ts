/** Which pixels of an axis, and with what weights, make up each pixel of an axis of another size: one function for each way to resize. */
import { unknownWord } from '../../core/errors.ts';
import type { Entries } from './resample.ts';

/** How a pixel weighs at a distance from the place that is looked at, in pixels; nothing at the radius or beyond. */
interface Filter {
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

/** The windowed sinc of a radius (Lanczos, as in Turkowski 1990). */
function lanczos(radius: number): Filter {
  return {
    radius,
    weight: (d) => (d < 1e-3 ? 1 : (radius * Math.sin(Math.PI * d) * Math.sin((Math.PI * d) / radius)) / (Math.PI * d) ** 2),
  };
}

/** The piecewise cubic of Mitchell and Netravali (1988) with their parameters b and c. */
function cubic(b: number, c: number): Filter {
  return {
    radius: 2,
    weight: (d) =>
      d < 1
        ? ((12 - 9 * b - 6 * c) * d ** 3 + (-18 + 12 * b + 6 * c) * d ** 2 + 6 - 2 * b) / 6
        : ((-b - 6 * c) * d ** 3 + (6 * b + 30 * c) * d ** 2 + (-12 * b - 48 * c) * d + 8 * b + 24 * c) / 6,
  };
}

const FILTERS = {
  bilinear: { radius: 1, weight: (d: number): number => 1 - d },
  bicubic: cubic(0, 0.5),
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
  gaussian: { radius: 1.5, weight: (d: number): number => Math.exp(-2 * d * d) },
  mitchellcubic: cubic(1 / 3, 1 / 3),
} as const;

/** The ways to weigh pixels by their distance. */
export type FilterName = keyof typeof FILTERS;

/** Their names. */
export const FILTER_NAMES = Object.keys(FILTERS) as readonly FilterName[];

/** Weights closer to 0 are rounding, as of a sine at a whole number. */
const NOTHING = 1e-12;
/** Weights that add up to less than this make no pixel; 1000 times the precision of a float, as in Keras. */
const LEAST_SUM = 1000 * 2 ** -23;

/**
 * The axis scaled, then moved by pixels of the result: pixel centers lie at halves, pixels that come from outside are 0, and beyond the border others
 * weigh more. To make an axis smaller, `antialias` widens the filter as much.
 */
export function filterSpans(
  length: number,
  size: number,
  { name, scale, translation, antialias }: { name: FilterName; scale: number; translation: number; antialias: boolean },
): Entries {
  const filter: Filter = FILTERS[name];
  const wide = antialias ? Math.max(1, 1 / scale) : 1;
  const [from, to, weights]: number[][] = [[], [], []];
  for (let i = 0; i < size; i++) {
    const center = (i + 0.5 - translation) / scale - 0.5;
    if (!(center >= -0.5 && center <= length - 0.5)) continue;
    const first = Math.max(0, Math.ceil(center - filter.radius * wide));
    const last = Math.min(length - 1, Math.floor(center + filter.radius * wide));
    const found: number[] = [];
    for (let j = first; j <= last; j++) {
      const distance = Math.abs(j - center) / wide;
      found.push(distance < filter.radius ? filter.weight(distance) : 0);
    }
    const total = found.reduce((sum, weight) => sum + weight, 0);
    if (Math.abs(total) <= LEAST_SUM) continue;
    found.forEach((weight, n) => {
      if (Math.abs(weight / total) < NOTHING) return;
      from.push(first + n);
      to.push(i);
      weights.push(weight / total);
    });
  }
  return { from, to, weights, size };
}

/** The mean of what each pixel of the result covers. */
export function areaSpans(length: number, size: number): Entries {
  const [from, to, weights]: number[][] = [[], [], []];
  for (let i = 0; i < size; i++) {
    const [begin, end] = [(i * length) / size, ((i + 1) * length) / size];
    for (let j = Math.floor(begin); j < end && j < length; j++) {
      const covered = Math.min(end, j + 1) - Math.max(begin, j);
      if (covered * size < NOTHING * length) continue;
      from.push(j);
      to.push(i);
      weights.push((covered * size) / length);
    }
  }
  return { from, to, weights, size };
}

/** Where pixels lie: at their first corners, at both ends of the axis, or at halves. */
export interface Places {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Where pixel i of the result lies on the axis; a quotient of whole numbers, so that whole places are found as such. */
function placeOf(i: number, length: number, size: number, { alignCorners, halfPixelCenters }: Places): number {
  if (halfPixelCenters) return ((2 * i + 1) * length) / (2 * size) - 0.5;
  return alignCorners && size > 1 ? (i * (length - 1)) / (size - 1) : (i * length) / size;
}

/** Between the two pixels beside each place; the first and the last beyond the border. */
export function linearSpans(length: number, size: number, places: Places): Entries {
  const [from, to, weights]: number[][] = [[], [], []];
  for (let i = 0; i < size; i++) {
    const place = Math.min(length - 1, Math.max(0, placeOf(i, length, size, places)));
    const lower = Math.floor(place);
    from.push(lower);
    to.push(i);
    weights.push(1 - (place - lower));
    if (place === lower) continue;
    from.push(lower + 1);
    to.push(i);
    weights.push(place - lower);
  }
  return { from, to, weights, size };
}

/** The pixel at each place: the nearest one where corners are aligned, else the one that the place lies in. */
export function nearestPlaces(length: number, size: number, places: Places): number[] {
  const shift = places.halfPixelCenters ? 0.5 : 0;
  return Array.from({ length: size }, (_, i) => {
    const place = placeOf(i, length, size, places) + shift;
    return Math.min(length - 1, places.alignCorners ? Math.round(place) : Math.floor(place));
  });
}

/** A filter by one of its names in Keras's `scaleAndTranslate`. */
export function filterByName(owner: string, method: string): FilterName {
  if (['linear', 'bilinear', 'trilinear', 'triangle'].includes(method)) return 'bilinear';
  if (['cubic', 'bicubic', 'tricubic'].includes(method)) return 'bicubic';
  if (method === 'lanczos3' || method === 'lanczos5') return method;
  throw unknownWord(owner, 'method', String(method), ['bilinear', 'bicubic', 'lanczos3', 'lanczos5']);
}

/** The axis blurred by a Gaussian that reaches so far; what lies beyond the borders counts as 0. */
export function gaussianSpans(length: number, sigma: number, reach: number): Entries {
  const window = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const total = window.reduce((sum, weight) => sum + weight, 0);
  const [from, to, weights]: number[][] = [[], [], []];
  for (let i = 0; i < length; i++) {
    for (let j = Math.max(0, i - reach); j <= Math.min(length - 1, i + reach); j++) {
      from.push(j);
      to.push(i);
      weights.push(window[j - i + reach] / total);
    }
  }
  return { from, to, weights, size: length };
}
