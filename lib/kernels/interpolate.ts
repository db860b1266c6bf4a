/** Reference loops of `interpolate` and of what it is differentiated into: sums of rows of a table, with a weight and an index for each. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';

/** Where one corner of one point is: in the table, a row below 0 where there is none; among the points; and among the weights. */
interface Corner {
  readonly row: number;
  readonly point: number;
  readonly weight: number;
}

/** Refuses an index beyond the rows. */
function checkIndices(owner: string, index: View, rows: number): void {
  const at = index.data.findIndex((row) => row >= rows);
  if (at >= 0) throw new ArgumentError(`${owner}: index ${index.data[at]} at position ${at} is not below ${rows}`);
}

/**
 * Calls `visit` for every corner of every point of every grid. Indices and weights are [corners, grids or 1, ...points], the same for all grids where there is 1;
 * rows are counted over all grids.
 */
function forEachCorner(grids: number, rows: number, index: View, weights: readonly number[], visit: (corner: Corner) => void): void {
  const [corners, ownIndices] = index.shape;
  const points = index.size / Math.max(1, corners * ownIndices);
  for (let t = 0; t < corners; t++) {
    for (let g = 0; g < grids; g++) {
      for (let p = 0; p < points; p++) {
        const row = index.data[(t * ownIndices + (ownIndices === 1 ? 0 : g)) * points + p];
        const weight = (t * weights[1] + (weights[1] === 1 ? 0 : g)) * points + p;
        visit({ row: row < 0 ? -1 : g * rows + row, point: g * points + p, weight });
      }
    }
  }
}

/** For each point the weighted sum of the rows of its grid that its corners name; `fill` stands for each number of a row that is not there. */
export function interpolateKernel([table, index, weights]: readonly View[], [y]: readonly View[], { fill }: { fill: number }): void {
  const [grids, rows, channels] = table.shape;
  checkIndices('interpolate', index, rows);
  const totals = new Float64Array(y.size);
  forEachCorner(grids, rows, index, weights.shape, ({ row, point, weight }) => {
    for (let c = 0; c < channels; c++) {
      totals[point * channels + c] += weights.data[weight] * (row < 0 ? fill : table.data[row * channels + c]);
    }
  });
  y.data.set(totals);
}

/** To each row of each grid the weighted sum of what is at the points whose corners name it. */
export function interpolateTableKernel([dy, index, weights]: readonly View[], [dx]: readonly View[]): void {
  const [grids, rows, channels] = dx.shape;
  checkIndices('interpolateTable', index, rows);
  const totals = new Float64Array(dx.size);
  forEachCorner(grids, rows, index, weights.shape, ({ row, point, weight }) => {
    if (row < 0) return;
    for (let c = 0; c < channels; c++) totals[row * channels + c] += weights.data[weight] * dy.data[point * channels + c];
  });
  dx.data.set(totals);
}

/** For each corner of each grid the product, summed over channels, of the row that it names and of what is at its point. */
export function interpolateWeightKernel([table, index, dy]: readonly View[], [dw]: readonly View[], { fill }: { fill: number }): void {
  const [grids, rows, channels] = table.shape;
  checkIndices('interpolateWeight', index, rows);
  forEachCorner(grids, rows, index, dw.shape, ({ row, point, weight }) => {
    let total = 0;
    for (let c = 0; c < channels; c++) total += (row < 0 ? fill : table.data[row * channels + c]) * dy.data[point * channels + c];
    dw.data[weight] = total;
  });
}
