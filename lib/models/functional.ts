/** Models drawn with symbolic tensors: which layers and ops lie between inputs and outputs, and how they run in order. */
import { ArgumentError, ShapeError, show, unknownWord } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { flatten, mapStructure } from '../core/structure.ts';
import { Tensor } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import { runOp } from '../layers/drawing.ts';
import type { AnyLayer, CallOptions } from '../layers/layer.ts';
import { type BatchShape, type LayerNode, nodeOf, type OpNode, seenShape } from '../layers/node.ts';
import { castTo } from '../ops/cast.ts';
import { type TensorLike, toTensor } from '../ops/convert.ts';

/** The layers and ops between symbolic inputs and outputs. */
export interface Graph {
  readonly inputs: unknown;
  readonly outputs: unknown;
  /** In an order in which each follows those that feed it. */
  readonly nodes: readonly (LayerNode | OpNode)[];
}

function checkDrawn(which: string, structure: unknown): Tensor[] {
  const leaves = flatten(structure).map((leaf) => {
    if (leaf instanceof Tensor && nodeOf(leaf) !== undefined) return leaf;
    throw new ArgumentError(`Model: ${which} must be tensors of tf.input, or of layers applied to such; received ${String(leaf)}`);
  });
  if (leaves.length === 0) throw new ArgumentError(`Model: there must be at least one tensor among ${which}; received ${show(structure)}`);
  return leaves;
}

/** The graph between `inputs` and `outputs`; refuses outputs that depend on other inputs. */
export function graphOf(inputs: unknown, outputs: unknown): Graph {
  const given = checkDrawn('inputs', inputs);
  const begins = new Set(given);
  if (begins.size !== given.length) throw new ArgumentError(`Model: an input is given twice; received ${given.length} inputs`);
  const nodes: (LayerNode | OpNode)[] = [];
  const visited = new Set<unknown>();
  const visit = (tensor: Tensor): void => {
    if (begins.has(tensor)) return;
    const node = nodeOf(tensor);
    // A constant.
    if (node === undefined) return;
    if (node.kind === 'input') throw new ArgumentError('Model: an output depends on a tensor that is not among the inputs');
    if (visited.has(node)) return;
    visited.add(node);
    for (const leaf of flatten(node.inputs)) if (leaf instanceof Tensor) visit(leaf);
    nodes.push(node);
  };
  for (const tensor of checkDrawn('outputs', outputs)) visit(tensor);
  return { inputs, outputs, nodes };
}

/** The layers of a graph, none twice. */
export function layersOf({ nodes }: Graph): AnyLayer[] {
  return [...new Set(nodes.flatMap((node) => (node.kind === 'layer' ? node.layer : [])))];
}

/** The variables that ops of a graph take, none twice. */
export function variablesOf({ nodes }: Graph): Variable[] {
  return [...new Set(nodes.flatMap((node) => node.inputs).filter((input): input is Variable => input instanceof Variable))];
}

/** The shape of the only output; undefined where there are several. */
export function outputShapeOf({ outputs }: Graph): BatchShape | undefined {
  return outputs instanceof Tensor ? seenShape(outputs) : undefined;
}

/** `value` as a tensor like the input that it stands for. */
function fitInput(owner: string, symbol: Tensor, value: unknown): Tensor {
  const given = toTensor(owner, value as TensorLike);
  const shape = seenShape(symbol);
  const fits = given.rank === shape.length && shape.every((d, i) => d === null || d === given.shape[i]);
  if (!fits)
    throw new ShapeError(`${owner}: expected an input of ${showShape(shape)}, as it was drawn; received ${showShape(given.shape)}`);
  return castTo(given, symbol.dtype);
}

/** Pairs the tensors of `template` with those in the same places of `values`. */
function pairInputs(owner: string, template: unknown, values: unknown, known: Map<unknown, unknown>): void {
  if (template instanceof Tensor) {
    // One input may come in a list, as several do.
    const value = Array.isArray(values) && values.length === 1 && values[0] instanceof Tensor ? values[0] : values;
    known.set(template, fitInput(owner, template, value));
  } else if (Array.isArray(template)) {
    const list = Array.isArray(values) ? values : [values];
    if (list.length !== template.length) {
      throw new ArgumentError(`${owner}: needs as many inputs as it was drawn with: ${template.length}; received ${list.length}`);
    }
    template.forEach((entry, i) => {
      pairInputs(owner, entry, list[i], known);
    });
  } else {
    const entries = Object.entries(template as object);
    if (typeof values !== 'object' || values === null || values instanceof Tensor || Array.isArray(values)) {
      throw new ArgumentError(`${owner}: needs a record of ${entries.map(([key]) => key).join(', ')}; received ${show(values)}`);
    }
    const names = entries.map(([key]) => key);
    for (const key of Object.keys(values)) if (!names.includes(key)) throw unknownWord(owner, 'input', key, names);
    for (const [key, entry] of entries) {
      if (!Object.hasOwn(values, key))
        throw new ArgumentError(`${owner}: the input "${key}" is missing; received ${Object.keys(values).join(', ')}`);
      pairInputs(owner, entry, (values as Record<string, unknown>)[key], known);
    }
  }
}

/** What the graph makes of `values`, which stand for its inputs. */
export function runGraph(owner: string, { inputs, outputs, nodes }: Graph, values: unknown, options: CallOptions): unknown {
  const known = new Map<unknown, unknown>();
  pairInputs(owner, inputs, values, known);
  const lookUp = (structure: unknown): unknown => mapStructure(structure, (leaf) => (known.has(leaf) ? known.get(leaf) : leaf));
  for (const node of nodes) {
    const found = lookUp(node.inputs);
    const results = node.kind === 'op' ? runOp(node, found as Tensor[]) : flatten(node.layer.apply(found, { ...options, ...node.options }));
    flatten(node.outputs).forEach((symbol, i) => {
      known.set(symbol, results[i]);
    });
  }
  return lookUp(outputs);
}
