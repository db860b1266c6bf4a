/** Scopes that give memory back early: `tidy` and `keep`. */
import { tensorsIn } from './structure.ts';
import { swapScope, type Tensor } from './tensor.ts';

const kept = new WeakSet<Tensor>();

/**
 * The result of `f`, after disposing every tensor made inside that is not part of it. Never needed for correctness, only sooner than the collector.
 * What a tape has recorded or a variable holds stays. `f` must not be async.
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
  const returned = new Set(tensorsIn(result));
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
