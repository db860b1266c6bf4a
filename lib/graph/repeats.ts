/** The pass that computes once what is asked for twice. */
import type { AnyOp } from '../core/op.ts';
import { valuesOf } from '../core/tensor.ts';
import { type Graph, rewrite, showSpec, type Value } from './graph.ts';

/** Constants of so many elements are told apart by their values, larger ones by identity. */
const FEW = 16;

/** Attributes as text that tells all numbers apart: JSON has neither infinities nor a negative zero. */
function showAttributes(attrs: unknown): string {
  return JSON.stringify(attrs, (_, value) => (typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value));
}

/** The graph with nodes that repeat an earlier one replaced by it: the same op and attributes on the same values. */
export function shareRepeats(graph: Graph): Graph {
  const numbers = new Map<unknown, number>();
  const numberOf = (thing: AnyOp | Value | string): number => {
    const known = numbers.get(thing);
    if (known !== undefined) return known;
    numbers.set(thing, numbers.size);
    return numbers.size - 1;
  };
  const keyOf = (value: Value): number => {
    const { source } = value;
    if (source.kind === 'constant' && source.tensor.size <= FEW) {
      // Negative zero is another value than zero.
      const elements = Array.from(valuesOf(source.tensor), (x) => (Object.is(x, -0) ? '-0' : String(x)));
      return numberOf(`${showSpec(value)} ${elements.join()}`);
    }
    return numberOf(value);
  };
  const made = new Map<string, readonly Value[]>();
  return rewrite(graph, ({ op, attrs, inputs, outputs }) => {
    const key = `${numberOf(op)} ${showAttributes(attrs)} ${inputs.map(keyOf).join()}`;
    const earlier = made.get(key);
    if (earlier !== undefined) return earlier;
    made.set(key, outputs);
    return undefined;
  });
}
