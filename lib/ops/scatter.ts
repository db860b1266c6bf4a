/** Elements picked and placed by an index for each: along an axis, or by one number for each of several axes. */
import { ArgumentError, checkList, ShapeError, show } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import { broadcastShapes, checkRank, checkShape, normalizeAxis, type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  flattenIndicesKernel,
  INDEX_OWNERS,
  putAlongAxisKernel,
  SCATTER_MODES,
  type ScatterAttrs,
  type ScatterMode,
  takeAlongAxisKernel,
} from '../kernels/scatter.ts';
import { div, mul, neg } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { equal, where } from './compare.ts';
import { type TensorLike, toPair, toTensor } from './convert.ts';
import { fill, zeros, zerosLike } from './creation.ts';
import { gather, gatherKept, toIndices, unsortedSegmentSum } from './indexing.ts';
import { pad } from './join.ts';
import { positionsAlong } from './ranges.ts';
import { broadcastTo, reshape } from './shape.ts';

import { flatten } from './transpose.ts';

const takeAlongAxisOp: Op<{ axis: number }, 'inputs'> = declare<{ axis: number }, 'inputs'>({
  name: 'takeAlongAxis',
  attrs: ['axis'],
  traits: { refuses: () => true },
  infer([x, indices], { axis }) {
    checkAlong('takeAlongAxis', x.shape, indices.shape, axis);
    return [{ shape: indices.shape, dtype: x.dtype }];
  },
  kernel: takeAlongAxisKernel,
  saves: ['inputs'],
  grad: ({ dy, specs: [x], inputs: [, indices], attrs: { axis } }) => [
    () => scatter(zeros(x.shape, x.dtype), indices, dy, { axis, mode: 1, drops: false }),
    null,
  ],
});

function checkAlong(owner: string, x: Shape, other: Shape, axis: number): void {
  if (x.length !== other.length || x.some((d, i) => i !== axis && d !== other[i])) {
    throw new ShapeError(`${owner}: shapes ${showShape(x)} and ${showShape(other)} differ elsewhere than in axis ${axis}`);
  }
}

/** `x` broadcast to `shape`, but for its own size along `axis`. */
function spread(owner: string, x: Tensor, shape: Shape, axis: number): Tensor {
  if (x.rank !== shape.length)
    throw new ShapeError(`${owner}: needs as many axes everywhere; received ${showShape(x.shape)} and ${showShape(shape)}`);
  return broadcastTo(x, broadcastShapes(owner, x.shape, shape.with(axis, x.shape[axis])));
}

/** For each place of `indices` the element of `x` there; neither broadcasts. */
export function takeAlong(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply(takeAlongAxisOp, [x, indices], { axis })[0];
}

/**
 * Of each line of `x` along `axis` the elements that `indices` name: `y[i][j] = x[i][indices[i][j]]` for the last of two axes. The other axes broadcast; without
 * an axis both are flattened. A negative index counts from the end.
 * @throws ArgumentError for an index outside of the axis; ShapeError for shapes that do not broadcast.
 * @example
 * tf.takeAlongAxis([[1, 2, 3], [4, 5, 6]], [[2, 0], [1, -1]], 1).arraySync(); // [[3, 1], [5, 6]]
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis: number | null = null): Tensor {
  const [given, places] = [toTensor('takeAlongAxis', x), toIndices('takeAlongAxis', indices)];
  if (axis === null) return takeAlong(flatten(given), flatten(places), 0);
  const along = normalizeAxis('takeAlongAxis', axis, given.rank);
  return takeAlong(spread('takeAlongAxis', given, places.shape, along), spread('takeAlongAxis', places, given.shape, along), along);
}

const putAlongAxisOp: Op<ScatterAttrs, 'inputs' | 'outputs'> = declare<ScatterAttrs, 'inputs' | 'outputs'>({
  name: 'putAlongAxis',
  attrs: ['axis', 'mode', 'drops'],
  traits: { refuses: () => true },
  infer([x, indices, values], { axis }) {
    checkAlong('putAlongAxis', x.shape, values.shape, axis);
    if (!sameShape(indices.shape, values.shape) && !sameShape(indices.shape, [values.shape[axis]])) {
      throw new ShapeError(
        `putAlongAxis: indices of shape ${showShape(indices.shape)} do not fit values of shape ${showShape(values.shape)}`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  kernel: putAlongAxisKernel,
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [x, indices, values], outputs: [y], attrs }) {
    const { axis, drops } = attrs;
    const sliced = !sameShape(indices.shape, values.shape);
    const back = (from: Tensor): Tensor => pickBack(from, indices, sliced, axis, drops);
    const mode = SCATTER_MODES[attrs.mode];
    if (mode === 'add') return [() => dy, null, () => back(dy)];
    if (mode === 'update') {
      // Of values for one place the last one stays; the others have no part in the result.
      const stays = (): Tensor => {
        const order = positionsAlong(values.shape, axis);
        const own = sliced ? flatten(order) : broadcastTo(order, values.shape);
        const places = fill(sliced ? [x.shape[axis]] : x.shape, -1, 'int32');
        const last = scatter(places, indices, own, { ...attrs, axis: sliced ? 0 : axis });
        const kept = equal(pickBack(last, indices, sliced, sliced ? 0 : axis, drops), own);
        return sliced ? reshape(kept, order.shape) : kept;
      };
      return [() => scatter(dy, indices, zerosLike(values), attrs), null, () => where(stays(), back(dy), zeros([], dy.dtype))];
    }
    // Equal extremes share the gradient, as in `max`.
    const [kept, put] = [castTo(equal(x, y), dy.dtype), castTo(equal(values, back(y)), dy.dtype)];
    const share = (): Tensor => div(dy, scatter(kept, indices, put, { ...attrs, mode: 1 }));
    return [() => mul(kept, share()), null, () => mul(put, back(share()))];
  },
});

/** What lies in `x` at each of the places that `putAlongAxis` wrote to; zeros for dropped ones. */
function pickBack(x: Tensor, indices: Tensor, sliced: boolean, axis: number, drops: boolean): Tensor {
  if (drops) return gatherKept(x, indices);
  return sliced ? gather(x, indices, axis) : takeAlong(x, indices, axis);
}

/**
 * `x` with values put into it; nothing is broadcast or converted. Indices are one for each value, or with one axis, and then none below 0, for whole
 * slices; those of which some may be dropped are along axis 0.
 */
export function scatter(x: Tensor, indices: Tensor, values: Tensor, attrs: ScatterAttrs): Tensor {
  return apply(putAlongAxisOp, [x, indices, values], attrs)[0];
}

function checkMode(owner: string, mode: ScatterMode): number {
  const code = SCATTER_MODES.indexOf(mode);
  if (code < 0) throw new ArgumentError(`${owner}: mode must be one of ${SCATTER_MODES.join(', ')}; received ${show(mode)}`);
  return code;
}

/** Two operands of one dtype; sums of truth values are counts. */
function pairFor(owner: string, x: TensorLike, values: TensorLike, mode: ScatterMode): readonly [Tensor, Tensor] {
  const pair = toPair(owner, x, values);
  return mode === 'add' && pair[0].dtype === 'bool' ? [castTo(pair[0], 'int32'), castTo(pair[1], 'int32')] : pair;
}

/**
 * `x` with `values` put into each of its lines along `axis`, at the places that `indices` name: what `takeAlongAxis` picks. Values replace what is there (of
 * several for one place the last one stays), or are added to it, or the greater or lesser stays. Indices and values broadcast; without an axis everything
 * is as if it were flat.
 * @throws ArgumentError for an index outside of the axis; ShapeError for shapes that do not broadcast.
 * @example
 * tf.putAlongAxis([[1, 2, 3], [4, 5, 6]], [[2], [0]], 9, 1).arraySync(); // [[1, 2, 9], [9, 5, 6]]
 * tf.putAlongAxis([0, 0], [1, 1], [2, 3], 0, 'add').arraySync(); // [0, 5]
 */
export function putAlongAxis(
  x: TensorLike,
  indices: TensorLike,
  values: TensorLike,
  axis: number | null = null,
  mode: ScatterMode = 'update',
): Tensor {
  const code = checkMode('putAlongAxis', mode);
  const [given, offered] = pairFor('putAlongAxis', x, values, mode);
  const places = toIndices('putAlongAxis', indices);
  if (axis === null) {
    const spots = flatten(places);
    const flat = flatten(broadcastTo(offered, places.shape));
    return reshape(scatter(flatten(given), spots, flat, { axis: 0, mode: code, drops: false }), given.shape);
  }
  const along = normalizeAxis('putAlongAxis', axis, given.rank);
  const spots = spread('putAlongAxis', places, given.shape, along);
  return scatter(given, spots, broadcastTo(offered, spots.shape), { axis: along, mode: code, drops: false });
}

interface FlattenAttrs {
  readonly dims: Shape;
  readonly owner: number;
}

const flattenIndicesOp: Op<FlattenAttrs> = declare<FlattenAttrs>({
  name: 'flattenIndices',
  attrs: ['dims', 'owner'],
  traits: { refuses: () => true },
  infer([{ shape }], { dims }) {
    if (shape[shape.length - 1] !== dims.length) {
      throw new ShapeError(`flattenIndices: needs ${dims.length} numbers for each position; received ${showShape(shape)}`);
    }
    return [{ shape: shape.slice(0, -1), dtype: 'int32' }];
  },
  kernel: flattenIndicesKernel,
  saves: [],
  grad: 'none',
});

/** Positions in a flat tensor whose first axes are those of `shape` that `indices` name by their last axis; what follows them is one row. */
export function flattenIndices(
  owner: (typeof INDEX_OWNERS)[number],
  indices: TensorLike,
  shape: Shape,
): { flat: Tensor; count: number; rest: Shape } {
  const places = toIndices(owner, indices);
  const depth = places.rank === 0 ? -1 : places.shape[places.rank - 1];
  if (depth < 0 || depth > shape.length) {
    throw new ShapeError(
      `${owner}: the last axis of the indices needs at most ${shape.length} numbers; received shape ${showShape(places.shape)}`,
    );
  }
  const dims = shape.slice(0, depth);
  const count = sizeOfShape(dims);
  if (count > 0x7fffffff) throw new ShapeError(`${owner}: too many places for int32; received ${showShape(dims)}`);
  const flat = apply(flattenIndicesOp, [places], { dims, owner: INDEX_OWNERS.indexOf(owner) })[0];
  return { flat, count, rest: shape.slice(depth) };
}

/**
 * The slices of `x` at the places that the last axis of `indices` names by one number for each of the first axes of `x`.
 * @throws ArgumentError for a place outside of `x`; ShapeError for more numbers than axes.
 * @example
 * tf.gatherND([[1, 2], [3, 4]], [[1, 0], [0, 1]]).arraySync(); // [3, 2]
 */
export function gatherND(x: TensorLike, indices: TensorLike): Tensor {
  const input = toTensor('gatherND', x);
  const { flat, count, rest } = flattenIndices('gatherND', indices, input.shape);
  return gather(reshape(input, [count, ...rest]), flat);
}

/** Places as rows of a table, and the slices that go there as its rows. */
function rowsFor(
  owner: 'scatterND' | 'tensorScatter',
  indices: TensorLike,
  updates: Tensor,
  shape: Shape,
): { flat: Tensor; rows: Tensor; table: Shape } {
  const { flat, count, rest } = flattenIndices(owner, indices, shape);
  const wanted = checkRank(owner, [...flat.shape, ...rest]);
  if (!sameShape(updates.shape, wanted)) {
    throw new ShapeError(`${owner}: updates need shape ${showShape(wanted)}; received ${showShape(updates.shape)}`);
  }
  return { flat: flatten(flat), rows: reshape(updates, [flat.size, sizeOfShape(rest)]), table: [count, sizeOfShape(rest)] };
}

/**
 * Zeros of `shape`, with `updates` added at the places that the last axis of `indices` names by one number for each of the first axes.
 * @throws ArgumentError for a place outside of `shape`; ShapeError for updates that do not fit.
 * @example
 * tf.scatterND([[1], [3], [1]], [5, 6, 7], [4]).arraySync(); // [0, 12, 0, 6]
 */
export function scatterND(indices: TensorLike, updates: TensorLike, shape: Shape): Tensor {
  const checked = checkShape('scatterND', shape);
  const { flat, rows, table } = rowsFor('scatterND', indices, toTensor('scatterND', updates), checked);
  return reshape(unsortedSegmentSum(rows, flat, table[0]), checked);
}

function tensorScatter(x: TensorLike, indices: TensorLike, updates: TensorLike, mode: ScatterMode): Tensor {
  const [input, offered] = pairFor('tensorScatter', x, updates, mode);
  const { flat, rows, table } = rowsFor('tensorScatter', indices, offered, input.shape);
  return reshape(scatter(reshape(input, table), flat, rows, { axis: 0, mode: SCATTER_MODES.indexOf(mode), drops: false }), input.shape);
}

/**
 * `x` with `updates` in place of what is at the places that the last axis of `indices` names; of several for one place the last one stays.
 * @throws ArgumentError for a place outside of `x`; ShapeError for updates that do not fit.
 * @example
 * tf.tensorScatterUpdate([1, 2, 3], [[0], [2]], [8, 9]).arraySync(); // [8, 2, 9]
 */
export function tensorScatterUpdate(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  return tensorScatter(x, indices, updates, 'update');
}

/**
 * `x` with `updates` added at the places that the last axis of `indices` names.
 * @throws ArgumentError for a place outside of `x`; ShapeError for updates that do not fit.
 * @example
 * tf.tensorScatterAdd([1, 2, 3], [[0], [0]], [8, 9]).arraySync(); // [18, 2, 3]
 */
export function tensorScatterAdd(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  return tensorScatter(x, indices, updates, 'add');
}

/**
 * `x` with `updates` subtracted at the places that the last axis of `indices` names.
 * @throws ArgumentError for a place outside of `x`; ShapeError for updates that do not fit.
 * @example
 * tf.tensorScatterSub([1, 2, 3], [[0], [0]], [8, 9]).arraySync(); // [-16, 2, 3]
 */
export function tensorScatterSub(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  const [input, offered] = toPair('tensorScatter', x, updates);
  return tensorScatter(input, indices, neg(offered), 'add');
}

/**
 * `x` with the greater of itself and the updates at the places that the last axis of `indices` names; equal ones share the gradient.
 * @throws ArgumentError for a place outside of `x`; ShapeError for updates that do not fit.
 * @example
 * tf.tensorScatterMax([1, 2, 3], [[0], [1]], [8, 0]).arraySync(); // [8, 2, 3]
 */
export function tensorScatterMax(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  return tensorScatter(x, indices, updates, 'max');
}

/**
 * `x` with the lesser of itself and the updates at the places that the last axis of `indices` names; equal ones share the gradient.
 * @throws ArgumentError for a place outside of `x`; ShapeError for updates that do not fit.
 * @example
 * tf.tensorScatterMin([1, 2, 3], [[0], [1]], [8, 0]).arraySync(); // [1, 0, 3]
 */
export function tensorScatterMin(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  return tensorScatter(x, indices, updates, 'min');
}

/**
 * `x` with `updates` in place of the block that begins at `start`, one number for each axis.
 * @throws ShapeError for a block that reaches beyond `x`.
 * @example
 * tf.sliceUpdate([[1, 2], [3, 4]], [0, 1], [[7], [8]]).arraySync(); // [[1, 7], [3, 8]]
 */
export function sliceUpdate(x: TensorLike, start: readonly number[], updates: TensorLike): Tensor {
  const [input, block] = toPair('sliceUpdate', x, updates);
  const fits = checkList('sliceUpdate', 'start', start).length === input.rank && block.rank === input.rank;
  if (!fits || !start.every((at, axis) => Number.isInteger(at) && at >= 0 && at + block.shape[axis] <= input.shape[axis])) {
    throw new ShapeError(
      `sliceUpdate: a block of shape ${showShape(block.shape)} at ${show(start)} does not lie in shape ${showShape(input.shape)}`,
    );
  }
  const around = start.map((at, axis): [number, number] => [at, input.shape[axis] - at - block.shape[axis]]);
  return where(pad(fill(block.shape, 1, 'bool'), around), pad(block, around), input);
}
