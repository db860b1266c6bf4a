/** `scan`, `foldl`, `foldr`, `map` and `vectorizedMap`: functions over the rows of tensors. */
import { ArgumentError, checkOptions, refusePromise, ShapeError, show } from '../core/errors.ts';
import { broadcastShapes, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import { checkTensors, type Structure } from '../core/structure.ts';
import type { Tensor } from '../core/tensor.ts';
import { readValue, Variable } from '../core/variable.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';
import { concat, slice } from '../ops/join.ts';
import { broadcastTo, reshape } from '../ops/shape.ts';
import { checkSame, restructure } from './parts.ts';
import { lengthOf, runSteps } from './rows.ts';

/** Options of `scan`. */
export interface ScanOptions {
  /** Whether it begins with the last row; false unless given. */
  reverse?: boolean;
}

type Accumulate<A, E> = (accumulated: A, element: E) => A;

/** The tensors of a structure, variables by their values. */
function tensorsOf(owner: string, structure: unknown): Tensor[] {
  return checkTensors(owner, structure).map((leaf) => (leaf instanceof Variable ? readValue(leaf) : leaf));
}

function checkFunction(owner: string, f: unknown): void {
  if (typeof f !== 'function') throw new ArgumentError(`${owner}: expected a function; received ${show(f)}`);
}

/** Where an accumulation begins: what it accumulates, and the rows that are left for it. */
interface Beginning {
  readonly structure: unknown;
  readonly start: Tensor[];
  readonly xs: Tensor[];
  readonly length: number;
}

function begin(owner: string, elems: unknown, initializer: unknown, reverse: boolean): Beginning {
  const xs = tensorsOf(`${owner}: the elements`, elems);
  const length = lengthOf(owner, xs);
  if (initializer !== undefined) {
    return { structure: initializer, start: tensorsOf(`${owner}: the initializer`, initializer), xs, length };
  }
  if (length === 0)
    throw new ArgumentError(`${owner}: without an initializer it needs at least one row; received shape ${show(xs[0].shape)}`);
  const first = reverse ? length - 1 : 0;
  return {
    structure: elems,
    start: xs.map((x) => reshape(slice(x, [first], [1]), x.shape.slice(1))),
    xs: xs.map((x) => slice(x, [reverse ? 0 : 1], [length - 1])),
    length: length - 1,
  };
}

/** One step of an accumulation on flat lists of tensors. */
function accumulate<A, E>(owner: string, f: Accumulate<A, E>, structure: unknown, elems: unknown) {
  return (carry: readonly Tensor[], rows: readonly Tensor[]): Tensor[] => {
    const result = f(restructure(structure, carry) as A, restructure(elems, rows) as E);
    refusePromise(`${owner}:`, result);
    const next = tensorsOf(`${owner}: the result`, result);
    checkSame(owner, 'what is accumulated must keep its shapes and dtypes', carry, next);
    return next;
  };
}

/**
 * What `fn` accumulates, after each row of `elems`: `fn(accumulated, row)` gives the next accumulated, of the same shapes and dtypes, which begins as `initializer`, or, without one, as the
 * first row. Tensors come in any nesting of lists and records. Up to 256 rows a traced function writes down step by step; beyond, it is one op, whose steps run
 * one after the other between native parts of the program.
 * @throws ArgumentError for elements without a common first axis; ShapeError where what is accumulated changes its shape.
 * @example
 * tf.scan((sum: tf.Tensor, x: tf.Tensor) => sum.add(x), tf.tensor([1, 2, 3])).arraySync(); // [1, 3, 6]
 */
export function scan<A extends Structure<Tensor>, E extends Structure<Tensor>>(
  fn: Accumulate<A, E>,
  elems: E,
  initializer?: A,
  options: ScanOptions = {},
): A {
  checkFunction('scan', fn);
  checkOptions('scan', options, ['reverse']);
  const { reverse = false } = options;
  const { structure, start, xs, length } = begin('scan', elems, initializer, reverse);
  const next = accumulate('scan', fn, structure, elems);
  const { ys } = runSteps('scan', length, start, xs, reverse, (carry, rows) => {
    const made = next(carry, rows);
    return { carry: made, ys: made };
  });
  if (initializer !== undefined) return restructure(structure, ys) as A;
  const all = start.map((row, i) => {
    const only = reshape(row, [1, ...row.shape]);
    if (length === 0) return only;
    return concat(reverse ? [ys[i], only] : [only, ys[i]]);
  });
  return restructure(structure, all) as A;
}

function fold<A, E>(owner: string, fn: Accumulate<A, E>, elems: E, initializer: A | undefined, reverse: boolean): A {
  checkFunction(owner, fn);
  const { structure, start, xs, length } = begin(owner, elems, initializer, reverse);
  if (length === 0) return restructure(structure, start) as A;
  const next = accumulate(owner, fn, structure, elems);
  const { carry } = runSteps(owner, length, start, xs, reverse, (carry, rows) => ({ carry: next(carry, rows), ys: [] }));
  return restructure(structure, carry) as A;
}

/**
 * What `fn` has accumulated after the last row of `elems`: the last row of `scan`.
 * @throws ArgumentError, ShapeError as `scan`.
 * @example
 * tf.foldl((product: tf.Tensor, x: tf.Tensor) => product.mul(x), tf.tensor([1, 2, 3, 4])).item(); // 24
 */
export function foldl<A extends Structure<Tensor>, E extends Structure<Tensor>>(fn: Accumulate<A, E>, elems: E, initializer?: A): A {
  return fold('foldl', fn, elems, initializer, false);
}

/**
 * What `fn` has accumulated from the last row of `elems` to the first.
 * @throws ArgumentError, ShapeError as `scan`.
 * @example
 * tf.foldr((rest: tf.Tensor, x: tf.Tensor) => x.sub(rest), tf.tensor([1, 2, 3])).item(); // 2
 */
export function foldr<A extends Structure<Tensor>, E extends Structure<Tensor>>(fn: Accumulate<A, E>, elems: E, initializer?: A): A {
  return fold('foldr', fn, elems, initializer, true);
}

function mapRows<E extends Structure<Tensor>, R extends Structure<Tensor>>(owner: string, fn: (element: E) => R, elems: E): R {
  checkFunction(owner, fn);
  const xs = tensorsOf(`${owner}: the elements`, elems);
  let structure: unknown;
  const { ys } = runSteps(owner, lengthOf(owner, xs), [], xs, false, (_, rows) => {
    structure = fn(restructure(elems, rows) as E);
    refusePromise(`${owner}:`, structure);
    return { carry: [], ys: tensorsOf(`${owner}: the result`, structure) };
  });
  return restructure(structure, ys) as R;
}

/**
 * What `fn` gives for each row of `elems`, stacked. Tensors come in any nesting of lists and records. In a traced function as `scan`.
 * @throws ArgumentError for elements without a common first axis.
 * @example
 * tf.map((x: tf.Tensor) => x.square().sum(), tf.tensor([[1, 2], [3, 4]])).arraySync(); // [5, 25]
 */
export function map<E extends Structure<Tensor>, R extends Structure<Tensor>>(fn: (element: E) => R, elems: E): R {
  return mapRows('map', fn, elems);
}

/**
 * What `fn` gives for each row of `elems`, stacked: the same as `map`, under the name for functions whose rows do not depend on one another. Rows run one
 * after the other.
 * @throws ArgumentError as `map`.
 * @example
 * tf.vectorizedMap((x: tf.Tensor) => x.mul(2), tf.tensor([1, 2])).arraySync(); // [2, 4]
 */
export function vectorizedMap<E extends Structure<Tensor>, R extends Structure<Tensor>>(fn: (element: E) => R, elems: E): R {
  return mapRows('vectorizedMap', fn, elems);
}

/** The names of the last axes of each argument, as `(n),(m,n)` says. */
function axesIn(signature: string, side: string): string[][] {
  if (!/^\((\w+(,\w+)*)?\)(,\((\w+(,\w+)*)?\))*$/.test(side)) {
    throw new ArgumentError(`vectorize: a signature reads like "(m,n),(n)->(m)"; received ${show(signature)}`);
  }
  return side
    .slice(1, -1)
    .split('),(')
    .map((names) => names.split(',').filter((name) => name !== ''));
}

/**
 * `fn` for each element, made a function of whole tensors that broadcast: of each element unless `signature` says which last axes belong to one call, `"(m,n),(n)->(m)"` for a function of a
 * matrix and a vector. Its results, all of one shape, are stacked. Calls run one after the other.
 * @throws ArgumentError for a signature that is none, or of another number of arguments; ShapeError for arguments that do not fit it.
 * @example
 * const dot = tf.vectorize((a: tf.Tensor, b: tf.Tensor) => a.mul(b).sum(), '(n),(n)->()');
 * dot([[1, 2], [3, 4]], [1, 10]).arraySync(); // [21, 43]
 */
export function vectorize(fn: (...xs: Tensor[]) => Tensor, signature: string | null = null): (...xs: TensorLike[]) => Tensor {
  checkFunction('vectorize', fn);
  const text = signature?.replaceAll(' ', '');
  const [inputs, outputs, ...more] = text?.split('->') ?? [];
  if (text !== undefined && (outputs === undefined || more.length > 0)) {
    throw new ArgumentError(`vectorize: a signature reads like "(m,n),(n)->(m)"; received ${show(signature)}`);
  }
  const axes = inputs === undefined ? undefined : axesIn(text as string, inputs);
  if (outputs !== undefined) axesIn(text as string, outputs);
  return (...xs) => {
    if (xs.length === 0 || (axes !== undefined && axes.length !== xs.length)) {
      throw new ArgumentError(
        `vectorize: needs ${axes === undefined ? 'an argument at least' : `${axes.length} arguments`}; received ${xs.length}`,
      );
    }
    const tensors = xs.map((x) => toTensor('vectorize', x));
    const sizes = new Map<string, number>();
    const cores = tensors.map(({ shape }, i): Shape => {
      const names = axes?.[i] ?? [];
      const core = shape.slice(shape.length - names.length);
      names.forEach((name, n) => {
        if (shape.length < names.length || (sizes.get(name) ?? core[n]) !== core[n]) {
          throw new ShapeError(`vectorize: argument ${i} of shape ${showShape(shape)} does not fit the signature ${show(signature)}`);
        }
        sizes.set(name, core[n]);
      });
      return core;
    });
    const outer = (i: number): Shape => tensors[i].shape.slice(0, tensors[i].rank - cores[i].length);
    const batch = tensors.reduce<Shape>((all, _, i) => broadcastShapes('vectorize', all, outer(i)), []);
    const rows = tensors.map((x, i) => reshape(broadcastTo(x, [...batch, ...cores[i]]), [sizeOfShape(batch), ...cores[i]]));
    const ys = mapRows('vectorize', (row: Tensor[]) => fn(...row), rows);
    return reshape(ys, [...batch, ...ys.shape.slice(1)]);
  };
}
