/** Tensors as text, in NumPy's layout. */
import { type DType, isComplex, partOf, type TypedArray } from './dtype.ts';
import type { Shape } from './shape.ts';

/** Axes longer than this show their first and last three entries. */
const SHORTEN_ABOVE = 20;
const EDGE = 3;

function formatNumber(value: number, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(dtype === 'float64' ? 10 : 7)));
}

/** The text of an element: a number, or two of them as `1-2i`. */
function formatElement(values: TypedArray, index: number, dtype: DType): string {
  if (!isComplex(dtype)) return formatNumber(values[index], dtype);
  const [real, imaginary] = [values[2 * index], values[2 * index + 1]].map((part) => formatNumber(part, partOf(dtype)));
  return `${real}${imaginary.startsWith('-') ? '' : '+'}${imaginary}i`;
}

/** The text of a tensor: nested brackets with aligned columns, then shape and dtype. */
export function formatTensor(values: TypedArray, shape: Shape, dtype: DType): string {
  const visible = (axis: number): number[] => {
    const length = shape[axis];
    if (length <= SHORTEN_ABOVE) return Array.from({ length }, (_, i) => i);
    return [...Array(EDGE).keys(), -1, ...Array.from({ length: EDGE }, (_, i) => length - EDGE + i)];
  };
  const cells: string[] = [];
  const collect = (axis: number, index: number): void => {
    if (axis === shape.length) {
      cells.push(formatElement(values, index, dtype));
      return;
    }
    for (const i of visible(axis)) if (i >= 0) collect(axis + 1, index * shape[axis] + i);
  };
  collect(0, 0);
  const width = shape.length === 0 ? 0 : cells.reduce((most, cell) => Math.max(most, cell.length), 0);
  let next = 0;
  const write = (axis: number): string => {
    if (axis === shape.length) return cells[next++].padStart(width);
    const inner = visible(axis).map((i) => (i < 0 ? '...' : write(axis + 1)));
    const separator = axis === shape.length - 1 ? ', ' : `,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 8)}`;
    return `[${inner.join(separator)}]`;
  };
  return `Tensor(${write(0)}, shape=[${shape.join(',')}], dtype=${dtype})`;
}
