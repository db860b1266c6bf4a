/** A graph inside an op: a program that the op's kernel runs, and that can be differentiated. */

import type { View } from '../core/op.ts';
import { apply } from '../core/op.ts';
import { emptyTensor, type Tensor, valuesOf } from '../core/tensor.ts';
import { Concrete } from './concrete.ts';
import { type Graph, showGraph, type Value } from './graph.ts';

let count = 0;

/** A graph of inputs alone, without variables and draws, as the attribute of an op. */
export class Subgraph {
  readonly graph: Graph;
  readonly #number: number = count++;
  #concrete: Concrete | undefined;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** The results for these inputs. */
  run(inputs: readonly Tensor[]): Tensor[] {
    this.#concrete ??= new Concrete(this.graph, []);
    return this.#concrete.compilation.run(inputs);
  }

  /** What tells it apart from others. */
  toJSON(): string {
    return `subgraph ${this.#number}`;
  }

  toString(): string {
    return `\n${showGraph(this.graph).replace(/^/gm, '      ')}`;
  }
}

/** The results of a graph of inputs alone, op by op, so that tapes and tracers see each. */
export function replayGraph({ inputs, nodes, results }: Graph, tensors: readonly Tensor[]): Tensor[] {
  const made = new Map<Value, Tensor>(inputs.map((value, i) => [value, tensors[i]]));
  const tensorOf = (value: Value): Tensor => {
    const tensor = value.source.kind === 'constant' ? value.source.tensor : made.get(value);
    if (tensor === undefined) throw new Error(`subgraph: a value of kind ${value.source.kind} is not among its inputs`);
    return tensor;
  };
  for (const { op, attrs, inputs: operands, outputs } of nodes) {
    apply(op, operands.map(tensorOf), attrs).forEach((tensor, i) => {
      made.set(outputs[i], tensor);
    });
  }
  return results.map(tensorOf);
}

/** A tensor with the values of an operand. */
export function tensorOfView({ data, shape, dtype }: View): Tensor {
  const tensor = emptyTensor(shape, dtype);
  valuesOf(tensor).set(data);
  return tensor;
}

/** Writes the values of a tensor to an operand, `at` elements from its beginning. */
export function writeView({ data }: View, tensor: Tensor, at = 0): void {
  data.set(valuesOf(tensor), at);
}
