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
const flops: NonNullable<Traits['flops']> = ([first, index]) => {
  const grids = first.shape[0];
  return (2 * grids * sizeOfShape(index.shape) * first.shape[first.shape.length - 1]) / Math.max(1, index.shape[1]);
};
const traits: Traits = { refuses: () => true, flops };

/** Refuses inputs whose shapes do not fit: indices and weights are [corners, grids or 1, ...points], a table [grids, rows, channels], slopes [grids, ...points, channels]. */
function checkShapes(
  owner: string,
  inputs: readonly Spec[],
  { table, dy, weight }: { table?: Spec; dy?: Spec; weight?: Spec },
): { grids: number; points: Shape } {
  const index = inputs[1].shape;
  const [grids, points] = [(table ?? dy ?? inputs[0]).shape[0], index.slice(2)];
  const ownOrShared = ({ shape }: Spec): boolean => sameShape(shape, index.with(1, shape[1])) && (shape[1] === 1 || shape[1] === grids);
  const fits =
    index.length >= 2 &&
    ownOrShared(inputs[1]) &&
    (table === undefined || table.shape.length === 3) &&
    (weight === undefined || ownOrShared(weight)) &&
    (dy === undefined || sameShape(dy.shape.slice(0, -1), [grids, ...points]));
  if (!fits || (table !== undefined && dy !== undefined && dy.shape.at(-1) !== table.shape[2])) {
    throw new ShapeError(`${owner}: shapes ${inputs.map(({ shape }) => showShape(shape)).join(', ')} do not fit`);
  }
  return { grids, points };
}

const interpolateOp: Op<{ fill: number }, 'inputs'> = declare<{ fill: number }, 'inputs'>({
  name: 'interpolate',
  attrs: ['fill'],
  traits,
  infer(inputs) {
    const [table, , weight] = inputs;
    const { grids, points } = checkShapes('interpolate', inputs, { table, weight });
    return [{ shape: checkRank('interpolate', [grids, ...points, table.shape[2]]), dtype: table.dtype }];
  },
  // Indices were counted on grids of one size.
  refit(attrs, [{ shape: from }], [{ shape: to }]) {
    if (from[1] !== to[1]) throw new ShapeError(`interpolate: indices are those of ${from[1]} rows; received ${showShape(to)}`);
    return attrs;
  },
  kernel: interpolateKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [table, index, weight], attrs: { fill } }) => [
    () => interpolateTable(dy, index, weight, table.shape[1]),
    null,
    () => interpolateWeight(table, index, dy, fill),
  ],
});

const interpolateTableOp: Op<{ rows: number }, 'inputs'> = declare<{ rows: number }, 'inputs'>({
  name: 'interpolateTable',
  attrs: ['rows'],
  traits,
  infer(inputs, { rows }) {
    const [dy, , weight] = inputs;
    const { grids } = checkShapes('interpolateTable', inputs, { dy, weight });
    return [{ shape: checkRank('interpolateTable', [grids, rows, dy.shape[dy.shape.length - 1]]), dtype: dy.dtype }];
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
  traits,
  infer(inputs) {
    const [table, index, dy] = inputs;
    const { grids } = checkShapes('interpolateWeight', inputs, { table, dy });
    return [{ shape: index.shape.with(1, grids), dtype: table.dtype }];
  },
  kernel: interpolateWeightKernel,
  saves: ['inputs'],
  grad: ({ dy: slope, inputs: [table, index, dy], attrs: { fill } }) => [
    () => interpolateTable(dy, index, slope, table.shape[1]),
    null,
    () => interpolate(table, index, slope, fill),
  ],
});

/**
 * For each point of each grid the sum of rows of `table` [grids, rows, channels], weighted: [grids, ...points, channels]. Row and weight of each corner of a
 * point are in `index`, int32, and `weight`: [corners, grids, ...points], or [corners, 1, ...points] the same for all grids. Where the index is negative, each number
 * of the row is `fill`. The floats are of one dtype.
 */
export function interpolate(table: Tensor, index: Tensor, weight: Tensor, fill: number): Tensor {
  return apply(interpolateOp, [table, index, weight], { fill })[0];
}

/** The slope by the table, whose grids have so many rows. */
function interpolateTable(dy: Tensor, index: Tensor, weight: Tensor, rows: number): Tensor {
  return apply(interpolateTableOp, [dy, index, weight], { rows })[0];
}

/** The slope by the weights, for each grid: where they are shared, the tape adds it up. */
function interpolateWeight(table: Tensor, index: Tensor, dy: Tensor, fill: number): Tensor {
  return apply(interpolateWeightOp, [table, index, dy], { fill })[0];
}
