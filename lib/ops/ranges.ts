/** Tensors of evenly spaced numbers, identity matrices and grids. */
import { checkDType, type DType, holds, isFloat } from '../core/dtype.ts';
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { checkShape, type Shape, showShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toTensor } from './convert.ts';
import { broadcastTo, reshape } from './shape.ts';

/** `value` itself; an error where it is no finite number. */
function checkFinite(owner: string, name: string, value: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ArgumentError(`${owner}: ${name} must be a finite number; received ${show(value)}`);
  }
  return value;
}

/** `value` itself; an error where it is no whole number of at least `least`. */
export function checkCount(owner: string, name: string, value: number, least = 0): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${owner}: ${name} must be a whole number >= ${least}; received ${show(value)}`);
  }
  return value;
}

/** A tensor of one axis whose element i is `f(i)`; an integer dtype refuses what it cannot hold. */
function countedTensor(owner: string, count: number, dtype: DType, f: (i: number) => number): Tensor {
  checkDType(owner, dtype);
  const shape = checkShape(owner, [count]);
  const values = Float64Array.from({ length: count }, (_, i) => f(i));
  const wrong = isFloat(dtype) || dtype === 'bool' ? -1 : values.findIndex((value) => !holds(dtype, value));
  if (wrong >= 0) throw new ArgumentError(`${owner}: ${values[wrong]} at position ${wrong} has no ${dtype} value`);
  return tensorOf(values, shape, dtype);
}

/**
 * The numbers from `start` on that come before `stop`, `step` apart; with one argument, from 0 up to it. Counts down by 1 where `stop` is below
 * `start` and no step is given.
 * @throws ArgumentError for a step of 0 and for what is no finite number.
 * @example
 * tf.range(0, 9, 2).arraySync(); // [0, 2, 4, 6, 8]
 * tf.range(3).arraySync(); // [0, 1, 2]
 */
export function range(start: number, stop?: number, step = 1, dtype: DType = 'float32'): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  for (const [name, value] of Object.entries({ start: from, stop: to, step })) checkFinite('range', name, value);
  if (step === 0) throw new ArgumentError('range: step must not be 0');
  const by = to < from && step === 1 ? -1 : step;
  return countedTensor('range', Math.max(0, Math.ceil((to - from) / by)), dtype, (i) => from + i * by);
}

/** Element i of `num` numbers from `start` to `stop`, of which the last is `stop` itself if it belongs to them. */
function spaced(start: number, stop: number, num: number, endpoint: boolean): (i: number) => number {
  const gaps = endpoint ? num - 1 : num;
  return (i) => (i === gaps && gaps > 0 ? stop : gaps > 0 ? start + (i * (stop - start)) / gaps : start);
}

/**
 * `num` numbers at equal distances from `start` to `stop`, which is the last one unless `endpoint` is false.
 * @throws ArgumentError for a `num` that is no whole number >= 0 and for what is no finite number.
 * @example
 * tf.linspace(0, 1, 5).arraySync(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, num: number, endpoint = true, dtype: DType = 'float32'): Tensor {
  checkFinite('linspace', 'start', start);
  checkFinite('linspace', 'stop', stop);
  checkFlag('linspace', 'endpoint', endpoint);
  return countedTensor('linspace', checkCount('linspace', 'num', num), dtype, spaced(start, stop, num, endpoint));
}

/**
 * `base` to the power of each of `num` numbers at equal distances from `start` to `stop`, which is the last one unless `endpoint` is false.
 * @throws ArgumentError for a `num` that is no whole number >= 0 and for what is no finite number.
 * @example
 * tf.logspace(0, 3, 4).arraySync(); // [1, 10, 100, 1000]
 */
export function logspace(start: number, stop: number, num = 50, endpoint = true, base = 10, dtype: DType = 'float32'): Tensor {
  for (const [name, value] of Object.entries({ start, stop, base })) checkFinite('logspace', name, value);
  checkFlag('logspace', 'endpoint', endpoint);
  const exponent = spaced(start, stop, num, endpoint);
  return countedTensor('logspace', checkCount('logspace', 'num', num), dtype, (i) => base ** exponent(i));
}

/**
 * `num` numbers from `start` to `stop`, each the same multiple of the one before; `stop` is the last one unless `endpoint` is false.
 * @throws ArgumentError unless both ends are other than 0 and of one sign, and `num` is a whole number >= 0.
 * @example
 * tf.geomspace(1, 8, 4).arraySync(); // [1, 2, 4, 8]
 */
export function geomspace(start: number, stop: number, num = 50, endpoint = true, dtype: DType = 'float32'): Tensor {
  checkFinite('geomspace', 'start', start);
  checkFinite('geomspace', 'stop', stop);
  checkFlag('geomspace', 'endpoint', endpoint);
  if (!(start * stop > 0)) {
    throw new ArgumentError(`geomspace: start and stop must be of one sign and not 0; received ${start} and ${stop}`);
  }
  const share = spaced(0, 1, num, endpoint);
  return countedTensor('geomspace', checkCount('geomspace', 'num', num), dtype, (i) => {
    const at = share(i);
    return at === 1 ? stop : start * (stop / start) ** at;
  });
}

/**
 * Ones where row and column are the same and zeros elsewhere: `numRows` by `numColumns` (as many unless given), repeated along the axes of `batchShape`.
 * @throws ArgumentError for sizes that are no whole numbers >= 0.
 * @example
 * tf.eye(2, 3).arraySync(); // [[1, 0, 0], [0, 1, 0]]
 */
export function eye(numRows: number, numColumns: number | null = null, batchShape: Shape = [], dtype: DType = 'float32'): Tensor {
  const rows = checkCount('eye', 'numRows', numRows);
  const columns = checkCount('eye', 'numColumns', numColumns ?? numRows);
  const batch = checkShape('eye', batchShape);
  const shape = checkShape('eye', [...batch, rows, columns]);
  const values = new Uint8Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  const matrix = tensorOf(values, [rows, columns], checkDType('eye', dtype));
  return batch.length === 0 ? matrix : broadcastTo(matrix, shape);
}

/**
 * The identity matrix of `n` rows.
 * @example
 * tf.identity(2).arraySync(); // [[1, 0], [0, 1]]
 */
export function identity(n: number, dtype: DType = 'float32'): Tensor {
  return eye(checkCount('identity', 'n', n), null, [], dtype);
}

/** How `meshgrid` lays its axes. */
export interface MeshgridOptions {
  /** 'xy' (the default) puts the first input along the columns and the second along the rows; 'ij' puts input i along axis i. */
  indexing?: 'xy' | 'ij';
}

function isOptions(value: unknown): value is MeshgridOptions {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * For each input, of at most one axis, its values spread over the grid that all of them span. The last argument may be options.
 * @throws ShapeError for an input of more than one axis.
 * @example
 * tf.meshgrid([1, 2, 3], [4, 5]).map((grid) => grid.arraySync()); // [[[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]]]
 */
export function meshgrid(...args: readonly (TensorLike | MeshgridOptions)[]): Tensor[] {
  const last = args[args.length - 1];
  const options = isOptions(last) ? last : {};
  checkOptions('meshgrid', options, ['indexing']);
  const { indexing = 'xy' } = options;
  if (indexing !== 'xy' && indexing !== 'ij') {
    throw new ArgumentError(`meshgrid: indexing must be "xy" or "ij"; received ${show(indexing)}`);
  }
  const inputs = (isOptions(last) ? args.slice(0, -1) : args).map((x) => toTensor('meshgrid', x as TensorLike));
  const axes = inputs.map((x, i) => {
    if (x.rank > 1) throw new ShapeError(`meshgrid: inputs have at most 1 axis; received ${showShape(x.shape)}`);
    return indexing === 'xy' && inputs.length > 1 && i < 2 ? 1 - i : i;
  });
  const shape = new Array<number>(inputs.length);
  axes.forEach((axis, i) => {
    shape[axis] = inputs[i].size;
  });
  return inputs.map((x, i) =>
    broadcastTo(
      reshape(
        x,
        shape.map((d, axis) => (axis === axes[i] ? d : 1)),
      ),
      checkShape('meshgrid', shape),
    ),
  );
}

/**
 * Whole numbers 0, 1, 2, ... along `axis` of `shape`, as int32, of size 1 along the others: positions to compare and to pick by.
 */
export function positionsAlong(shape: Shape, axis: number): Tensor {
  return reshape(
    castTo(range(0, shape[axis], 1, 'int32'), 'int32'),
    shape.map((d, i) => (i === axis ? d : 1)),
  );
}
