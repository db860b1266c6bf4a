/** Symbolic tensors of models that are being drawn: what made which, and which axes are unknown. */
import { ArgumentError, show } from '../core/errors.ts';
import type { AnyOp } from '../core/op.ts';
import type { Shape } from '../core/shape.ts';
import { flatten } from '../core/structure.ts';
import { symbolicTensor, Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import type { AnyLayer, CallOptions } from './layer.ts';

/** A shape whose unknown sizes, such as that of the batch, are null. */
export type BatchShape = readonly (number | null)[];

/** One use of a layer on symbolic tensors. */
export interface LayerNode {
  readonly kind: 'layer';
  readonly layer: AnyLayer;
  readonly inputs: unknown;
  readonly outputs: unknown;
  readonly options: CallOptions;
}

/** One use of an op on symbolic tensors, beside which there may be constants and variables. */
export interface OpNode {
  readonly kind: 'op';
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly (Tensor | Variable)[];
  readonly outputs: readonly Tensor[];
}

/** What made a symbolic tensor; nothing did if it is an input of the model. */
export type Node = LayerNode | OpNode | { readonly kind: 'input' };

/** The sizes that stand for an unknown one; what differs between the two depends on it. Prime, so that neither is taken for another size. */
export const PROBES: readonly [number, number] = [31, 37];

const nodes = new WeakMap<Tensor, Node>();
const shapes = new WeakMap<Tensor, BatchShape>();
/** For each symbolic tensor of a drawing, which was made with the first probe, the one of the second. */
const twins = new WeakMap<Tensor, Tensor>();

/** `shape` with its first axis unknown. */
export function nullBatch(shape: Shape): BatchShape {
  return shape.map((d, i) => (i === 0 ? null : d));
}

/** A symbolic tensor for an unknown batch, probed with `size`. */
export function probeTensor(shape: BatchShape, size: number, dtype: Tensor['dtype']): Tensor {
  const tensor = symbolicTensor(
    shape.map((d) => d ?? size),
    dtype,
  );
  shapes.set(tensor, shape);
  return tensor;
}

/** The shape of a tensor as layers are built with: the batch is unknown. */
export function seenShape(tensor: Tensor): BatchShape {
  return shapes.get(tensor) ?? nullBatch(tensor.shape);
}

/** True if any tensor of the structure belongs to a model that is being drawn. */
export function isDrawn(inputs: unknown): boolean {
  if (inputs instanceof Tensor) return nodes.has(inputs);
  return flatten(inputs).some((leaf) => leaf instanceof Tensor && nodes.has(leaf));
}

/** What made a symbolic tensor; undefined for one that belongs to no drawing. */
export function nodeOf(tensor: Tensor): Node | undefined {
  return nodes.get(tensor);
}

/** Remembers what made the tensors of `outputs`. */
export function recordNode(node: Node, outputs: unknown): void {
  for (const leaf of flatten(outputs)) if (leaf instanceof Tensor) nodes.set(leaf, node);
}

/** A symbolic tensor of a drawing, out of the two that were found with the two probes; undefined where their ranks differ. */
export function drawnTensor(first: Tensor, second: Tensor): Tensor | undefined {
  if (first.rank !== second.rank) return undefined;
  const tensor = symbolicTensor([...first.shape], first.dtype);
  shapes.set(
    tensor,
    first.shape.map((d, i) => (d === second.shape[i] ? d : null)),
  );
  twins.set(tensor, second);
  return tensor;
}

/** What stands for a tensor of a drawing with the second probe; any other tensor stands for itself. */
export function twinOf(tensor: Tensor): Tensor {
  return twins.get(tensor) ?? tensor;
}

/** A tensor without a drawing in place of one of a drawing, for a layer to compute with: of the first probe, or of the second. */
export function standIn(tensor: Tensor, probe: 0 | 1): Tensor {
  if (!nodes.has(tensor)) return tensor;
  const stand = symbolicTensor([...(probe === 0 ? tensor : twinOf(tensor)).shape], tensor.dtype);
  shapes.set(stand, seenShape(tensor));
  return stand;
}

/** Checks the shape of one input: whole sizes, or null where unknown. */
export function checkBatchShape(owner: string, name: string, shape: unknown): BatchShape {
  if (!Array.isArray(shape) || ![...shape].every((d) => d === null || (Number.isInteger(d) && d >= 0))) {
    throw new ArgumentError(`${owner}: ${name} must list whole numbers >= 0, or null where unknown; received ${show(shape)}`);
  }
  return [...shape];
}
