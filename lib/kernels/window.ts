/** How windows move over the spatial axes of images: sizes, pads, and which pixels a window meets. */
import type { Shape } from '../core/shape.ts';

/** Windows over images [batch, ...spatial, channels], axis by axis; `pads` are pixels before and after each axis, one after the other. */
export interface WindowAttrs {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** One spatial axis of `window` pixels, moved over `size` pixels with `count` results. */
export interface Side {
  readonly size: number;
  readonly window: number;
  readonly count: number;
  readonly stride: number;
  readonly pad: number;
  readonly dilation: number;
}

/** How many windows of so many pixels fit on each axis; below 1 where one is larger than the padded image. */
export function windowCounts(spatial: Shape, window: Shape, { strides, pads, dilations }: WindowAttrs): number[] {
  return spatial.map((size, axis) => {
    const reach = (window[axis] - 1) * dilations[axis] + 1;
    return Math.floor((size + pads[2 * axis] + pads[2 * axis + 1] - reach) / strides[axis]) + 1;
  });
}

/** Always three axes: those that are missing come first and have one pixel. */
export function sidesOf(spatial: Shape, window: Shape, counts: Shape, { strides, pads, dilations }: WindowAttrs): readonly Side[] {
  const sides = spatial.map(
    (size, axis): Side => ({
      size,
      window: window[axis],
      count: counts[axis],
      stride: strides[axis],
      pad: pads[2 * axis],
      dilation: dilations[axis],
    }),
  );
  const missing: Side = { size: 1, window: 1, count: 1, stride: 1, pad: 0, dilation: 1 };
  return [...Array.from({ length: 3 - sides.length }, () => missing), ...sides];
}

/** Calls `visit(result, tap, pixel)` for each pixel of each window of one image, windows in order; pixel is -1 outside of the image. */
export function forEachTap([a, b, c]: readonly Side[], visit: (result: number, tap: number, pixel: number) => void): void {
  const at = (side: Side, result: number, tap: number): number => {
    const place = result * side.stride - side.pad + tap * side.dilation;
    return place >= 0 && place < side.size ? place : -1;
  };
  let result = 0;
  for (let d = 0; d < a.count; d++) {
    for (let h = 0; h < b.count; h++) {
      for (let w = 0; w < c.count; w++, result++) {
        let tap = 0;
        for (let i = 0; i < a.window; i++) {
          const plane = at(a, d, i);
          for (let j = 0; j < b.window; j++) {
            const row = at(b, h, j);
            for (let k = 0; k < c.window; k++, tap++) {
              const column = at(c, w, k);
              visit(result, tap, plane < 0 || row < 0 || column < 0 ? -1 : (plane * b.size + row) * c.size + column);
            }
          }
        }
      }
    }
  }
}
