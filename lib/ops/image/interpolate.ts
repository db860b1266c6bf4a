/**
 * Weighted sums of rows of a table. They are linear in the rows and in the weights, so with what they are multiplied by they make a form of three
 * parts: `interpolate` is its derivative by one of them, the two ops beside it are those by the others, and all derivatives are again these three.
 */
import { ShapeError } from '../../core/errors.ts';
import { apply, declare, type Op, type Traits } from '../../core/op.ts';
import { checkRank, type Shape, sameShape, showShape, sizeOfShape } from '../../core/shape.ts';
import type { Spec, Tensor } from '../../core/tensor.ts';
import { interpolateKernel, interpolateTableKernel, interpolateWeightKernel } from '../../kernels/interpolate.ts';

/** Two numbers of arithmetic for each channel of each corner. */
function traitsFor(channelsOf: (inputs: readonly Spec[]) => number): Traits {
  return { refuses: () => true, flops: (inputs) => 2 * sizeOfShape(inputs[1].shape) * channelsOf(inputs) };
}

function checkShapes(owner: string, fits: boolean, inputs: readonly Spec[]): void {
  if (!fits) throw new ShapeError(`${owner}: shapes ${inputs.map(({ shape }) => showShape(shape)).join(', ')} do not fit`);
}

/** The points behind the corners. */
function pointsOf({ shape }: Spec): Shape {
  return shape.slice(1);
}

const interpolateOp: Op<{ fill: number }, 'inputs'> = declare<{ fill: number }, 'inputs'>({
  name: 'interpolate',
  attrs: ['fill'],
  traits: traitsFor(([table]) => table.shape[1]),
  infer(inputs) {
    const [table, index, weight] = inputs;
    checkShapes('interpolate', table.shape.length === 2 && index.shape.length > 0 && sameShape(index.shape, weight.shape), inputs);
    return [{ shape: checkRank('interpolate', [...pointsOf(index), table.shape[1]]), dtype: table.dtype }];
  },
  kernel: interpolateKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [table, index, weight], attrs: { fill } }) => [
    () => interpolateTable(dy, index, weight, table.shape[0]),
    null,
    () => interpolateWeight(table, index, dy, fill),
  ],
});

const interpolateTableOp: Op<{ rows: number }, 'inputs'> = declare<{ rows: number }, 'inputs'>({
  name: 'interpolateTable',
  attrs: ['rows'],
  traits: traitsFor(([dy]) => dy.shape[dy.shape.length - 1]),
  infer(inputs, { rows }) {
    const [dy, index, weight] = inputs;
    const fits = index.shape.length > 0 && sameShape(index.shape, weight.shape) && sameShape(dy.shape.slice(0, -1), pointsOf(index));
    checkShapes('interpolateTable', fits && dy.shape.length === index.shape.length, inputs);
    return [{ shape: checkRank('interpolateTable', [rows, dy.shape[dy.shape.length - 1]]), dtype: dy.dtype }];
  },
  kernel: interpolateTableKernel,
  saves: ['inputs'],
  grad: ({ dy: slope, inputs: [dy, index, weight] }) => [
    () => interpolate(slope, index, weight, 0),
    null,
    () => interpolateWeight(slope, index, dy, 0),
  ],
});

const interpolateWeightOp: Op<{ fill: number }, 'inputs'> = declare<{ fill: number }, 'inputs'>({
  name: 'interpolateWeight',
  attrs: ['fill'],
  traits: traitsFor(([table]) => table.shape[1]),
  infer(inputs) {
    const [table, index, dy] = inputs;
    const fits = table.shape.length === 2 && index.shape.length > 0 && sameShape(dy.shape, [...pointsOf(index), table.shape[1]]);
    checkShapes('interpolateWeight', fits, inputs);
    return [{ shape: index.shape, dtype: table.dtype }];
  },
  kernel: interpolateWeightKernel,
  saves: ['inputs'],
  grad: ({ dy: slope, inputs: [table, index, dy], attrs: { fill } }) => [
    () => interpolateTable(dy, index, slope, table.shape[0]),
    null,
    () => interpolate(table, index, slope, fill),
  ],
});

/**
 * For each point the sum of rows of `table` [rows, channels], weighted: [...points, channels]. Row and weight of each corner of a point are in `index`, int32, and
 * `weight`, [corners, ...points]; where the index is negative, each number of the row is `fill`. The floats are of one dtype.
 */
export function interpolate(table: Tensor, index: Tensor, weight: Tensor, fill: number): Tensor {
  return apply(interpolateOp, [table, index, weight], { fill })[0];
}

/** The slope by the table, which has so many rows. */
function interpolateTable(dy: Tensor, index: Tensor, weight: Tensor, rows: number): Tensor {
  return apply(interpolateTableOp, [dy, index, weight], { rows })[0];
}

/** The slope by the weights. */
function interpolateWeight(table: Tensor, index: Tensor, dy: Tensor, fill: number): Tensor {
  return apply(interpolateWeightOp, [table, index, dy], { fill })[0];
}
