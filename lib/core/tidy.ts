/** Scopes that give memory back early: `tidy` and `keep`. */
import { refusePromise } from './errors.ts';
import { swapScope, Tensor } from './tensor.ts';

const kept = new WeakSet<Tensor>();

/** Adds to `found` the tensors that can be reached from `value` through objects, arrays, sets and maps. */
function reach(value: unknown, found: Set<Tensor>, visited: Set<unknown> = new Set()): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || visited.has(value)) return;
  visited.add(value);
  if (value instanceof Tensor) found.add(value);
  else if (value instanceof Map || value instanceof Set) for (const entry of value) reach(entry, found, visited);
  else for (const entry of Object.values(value)) reach(entry, found, visited);
}

/**
 * The result of `f`, after disposing every tensor made inside that cannot be reached from it through objects, arrays, sets and maps. Never needed for
 * correctness, only sooner than the collector. What a tape has recorded or a variable holds stays.
 * @throws ArgumentError if `f` is async: what follows its first `await` would be missed.
 * @example
 * const y = tf.tidy(() => tf.tensor([1, 2, 3]).square().sum());
 * y.item(); // 14
 */
export function tidy<T>(f: () => T): T {
  const made: Tensor[] = [];
  const outer = swapScope(made);
  let result: T;
  try {
    result = f();
  } finally {
    swapScope(outer);
  }
  refusePromise('tidy:', result);
  const returned = new Set<Tensor>();
  reach(result, returned);
  for (const tensor of made) {
    if (!returned.has(tensor) && !kept.has(tensor)) tensor.dispose();
    else outer?.push(tensor);
  }
  return result;
}

/** `tensor`, spared by every `tidy` around it. */
export function keep<T extends Tensor>(tensor: T): T {
  kept.add(tensor);
  return tensor;
}
