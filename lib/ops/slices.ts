/** Gradients of tables of which few rows were read: those rows, and a table only if somebody looks at it. */
import { context, outsideTrace } from '../core/op.ts';
import type { Shape } from '../core/shape.ts';
import { deferredTensor, type Tensor } from '../core/tensor.ts';
import { add } from './arithmetic.ts';
import { concat } from './join.ts';

/** Rows that are to be added to those of a table of zeros that `indices` name. */
export interface Slices {
  /** Of shape [indices, ...row]. */
  readonly rows: Tensor;
  /** One axis of int32, each within the table. */
  readonly indices: Tensor;
  /** The table. */
  readonly sum: (rows: Tensor, indices: Tensor) => Tensor;
}

const known = new WeakMap<Tensor, Slices>();

/** The result of `f`, of which no trace, tape or profile hears. */
function unheard<T>(f: () => T): T {
  return outsideTrace(() => {
    const { listeners } = context;
    context.listeners = [];
    try {
      return f();
    } finally {
      context.listeners = listeners;
    }
  });
}

/**
 * The table that slices stand for. Its elements are made when they are asked for; at once while somebody writes down what happens, because then
 * they may be asked for later, and a trace drops what nobody did ask for.
 */
export function tableOf(slices: Slices, shape: Shape): Tensor {
  const { rows, indices, sum } = slices;
  const isWritten = context.tracer !== undefined || context.listeners.length > 0;
  const table = isWritten
    ? sum(rows, indices)
    : deferredTensor([...shape], rows.dtype, [rows, indices], () => unheard(() => sum(rows, indices)));
  known.set(table, slices);
  return table;
}

/** What `table` was made of, if that is known. */
export function slicesOf(table: Tensor): Slices | undefined {
  return known.get(table);
}

/** The sum of two gradients of one tensor; rows stay rows. */
export function addGradients(a: Tensor, b: Tensor): Tensor {
  const [first, second] = [known.get(a), known.get(b)];
  if (first === undefined || second === undefined) return add(a, b);
  const joined = { rows: concat([first.rows, second.rows]), indices: concat([first.indices, second.indices]), sum: first.sum };
  return tableOf(joined, a.shape);
}
