/** Reference loops of `interpolate` and of what it is differentiated into: sums of rows of a table, with a weight and an index for each. */
import { ArgumentError } from '../core/errors.ts';
import type { View } from '../core/op.ts';

/** Calls `visit(corner, point, row)` for every index, [corners, ...points]; the row is negative where there is none, and one beyond the table is an error. */
function forEachCorner(owner: string, index: View, rows: number, visit: (at: number, point: number, row: number) => void): void {
  const points = index.size / Math.max(1, index.shape[0]);
  for (let at = 0; at < index.size; at++) {
    const row = index.data[at];
    if (row >= rows) throw new ArgumentError(`${owner}: index ${row} at position ${at} is not below ${rows}`);
    visit(at, at % points, row);
  }
}

/** For each point the weighted sum of the rows of a table that its corners name; `fill` stands for each number of a row that is not there. */
export function interpolateKernel([table, index, weight]: readonly View[], [y]: readonly View[], { fill }: { fill: number }): void {
  const [rows, channels] = table.shape;
  const totals = new Float64Array(y.size);
  forEachCorner('interpolate', index, rows, (at, point, row) => {
    for (let c = 0; c < channels; c++) {
      totals[point * channels + c] += weight.data[at] * (row < 0 ? fill : table.data[row * channels + c]);
    }
  });
  y.data.set(totals);
}

/** To each row of a table the weighted sum of what is at the points whose corners name it. */
export function interpolateTableKernel([dy, index, weight]: readonly View[], [dx]: readonly View[]): void {
  const [rows, channels] = dx.shape;
  const totals = new Float64Array(dx.size);
  forEachCorner('interpolateTable', index, rows, (at, point, row) => {
    if (row < 0) return;
    for (let c = 0; c < channels; c++) totals[row * channels + c] += weight.data[at] * dy.data[point * channels + c];
  });
  dx.data.set(totals);
}

/** For each corner the product, summed over channels, of the row that it names and of what is at its point. */
export function interpolateWeightKernel([table, index, dy]: readonly View[], [dw]: readonly View[], { fill }: { fill: number }): void {
  const [rows, channels] = table.shape;
  forEachCorner('interpolateWeight', index, rows, (at, point, row) => {
    let total = 0;
    for (let c = 0; c < channels; c++) total += (row < 0 ? fill : table.data[row * channels + c]) * dy.data[point * channels + c];
    dw.data[at] = total;
  });
}
