/** Symbolic tensors of models that are being drawn: which layer made which, and which axes are unknown. */
import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import { flatten } from '../core/structure.ts';
import { symbolicTensor, Tensor } from '../core/tensor.ts';
import type { AnyLayer, CallOptions } from './layer.ts';

/** A shape whose unknown sizes, such as that of the batch, are null. */
export type BatchShape = readonly (number | null)[];

/** One use of a layer on symbolic tensors. */
export interface Node {
  /** Null for an input of the model. */
  readonly layer: AnyLayer | null;
  readonly inputs: unknown;
  readonly outputs: unknown;
  readonly options: CallOptions;
}

/** The sizes that stand for an unknown one; what differs between the two depends on it. */
export const PROBES: readonly [number, number] = [2, 3];

const nodes = new WeakMap<Tensor, Node>();
const shapes = new WeakMap<Tensor, BatchShape>();

/** `shape` with its first axis unknown. */
export function nullBatch(shape: Shape): BatchShape {
  return shape.map((d, i) => (i === 0 ? null : d));
}

/** `shape` with `size` in place of unknown sizes. */
export function probeShape(shape: BatchShape, size: number): Shape {
  return shape.map((d) => d ?? size);
}

/** A symbolic tensor for an unknown batch, probed with `size`. */
export function probeTensor(shape: BatchShape, size: number, dtype: DType): Tensor {
  const tensor = symbolicTensor(probeShape(shape, size), dtype);
  shapes.set(tensor, shape);
  return tensor;
}

/** The shape of a tensor as layers are built with: the batch is unknown. */
export function seenShape(tensor: Tensor): BatchShape {
  return shapes.get(tensor) ?? nullBatch(tensor.shape);
}

/** Writes down which axes of a symbolic tensor are unknown. */
export function setSeenShape(tensor: Tensor, shape: BatchShape): void {
  shapes.set(tensor, shape);
}

/** True if any tensor of the structure belongs to a model that is being drawn. */
export function isTraced(inputs: unknown): boolean {
  if (inputs instanceof Tensor) return nodes.has(inputs);
  return flatten(inputs).some((leaf) => leaf instanceof Tensor && nodes.has(leaf));
}

/** The use of a layer that made a symbolic tensor. */
export function nodeOf(tensor: Tensor): Node | undefined {
  return nodes.get(tensor);
}

/** Remembers which layer made `outputs` out of `inputs`. */
export function recordNode(layer: AnyLayer | null, inputs: unknown, outputs: unknown, options: CallOptions = {}): void {
  const node: Node = { layer, inputs, outputs, options };
  for (const leaf of flatten(outputs)) if (leaf instanceof Tensor) nodes.set(leaf, node);
}
