/** Reference loops of normalization: of rows, each by its own mean and variance, or of columns. */
import type { View } from '../core/op.ts';

/** How a matrix is normalized. */
export interface NormalizationAttrs {
  /** The axis that statistics are taken along: 1 for those of rows, 0 for those of columns. */
  readonly axis: number;
  /** What is added to the variance. */
  readonly epsilon: number;
  /** Whether the mean is taken off; without that the variance is the mean of squares. */
  readonly centered: boolean;
  /** Whether there is a factor for each column. */
  readonly scaled: boolean;
  /** Whether there is an offset for each column. */
  readonly shifted: boolean;
}

/** Calls `visit(statistic, column, position)` for each element. */
function forEachElement({ shape: [rows, columns] }: View, axis: number, visit: (s: number, column: number, i: number) => void): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) visit(axis === 1 ? row : column, column, row * columns + column);
  }
}

/** `y = (x - mean) / sqrt(variance + epsilon) * scale + offset`, the means and the variances, in double precision. */
export function normalizationKernel(
  [x, ...learned]: readonly View[],
  [y, mean, variance]: readonly View[],
  { axis, epsilon, centered, scaled, shifted }: NormalizationAttrs,
): void {
  const count = x.shape[axis];
  const [means, variances] = [new Float64Array(mean.size), new Float64Array(mean.size)];
  if (centered) {
    forEachElement(x, axis, (s, _, i) => {
      means[s] += x.data[i];
    });
    for (let s = 0; s < means.length; s++) means[s] /= count;
  }
  forEachElement(x, axis, (s, _, i) => {
    variances[s] += (x.data[i] - means[s]) ** 2;
  });
  for (let s = 0; s < variances.length; s++) variances[s] /= count;
  mean.data.set(means);
  variance.data.set(variances);
  const scale = scaled ? learned[0].data : undefined;
  const offset = shifted ? learned[scaled ? 1 : 0].data : undefined;
  forEachElement(x, axis, (s, column, i) => {
    const normal = (x.data[i] - means[s]) / Math.sqrt(variances[s] + epsilon);
    y.data[i] = normal * (scale?.[column] ?? 1) + (offset?.[column] ?? 0);
  });
}

/** What flows to x, and to the scale and the offset of each column, from `dy`. */
export function normalizationGradientKernel(
  [dy, x, mean, variance, scale]: readonly View[],
  [dx, dScale, dOffset]: readonly View[],
  { axis, epsilon, centered, scaled }: NormalizationAttrs,
): void {
  const count = x.shape[axis];
  const inverse = Float64Array.from(variance.data, (v) => 1 / Math.sqrt(v + epsilon));
  const factor = (column: number): number => (scaled ? scale.data[column] : 1);
  const normal = (s: number, i: number): number => (x.data[i] - mean.data[s]) * inverse[s];
  const [flow, along] = [new Float64Array(mean.size), new Float64Array(mean.size)];
  const [scales, offsets] = [new Float64Array(dScale.size), new Float64Array(dOffset.size)];
  forEachElement(x, axis, (s, column, i) => {
    const g = dy.data[i] * factor(column);
    flow[s] += g / count;
    along[s] += (g * normal(s, i)) / count;
    scales[column] += dy.data[i] * normal(s, i);
    offsets[column] += dy.data[i];
  });
  forEachElement(x, axis, (s, column, i) => {
    dx.data[i] = inverse[s] * (dy.data[i] * factor(column) - (centered ? flow[s] : 0) - normal(s, i) * along[s]);
  });
  dScale.data.set(scales);
  dOffset.data.set(offsets);
}
