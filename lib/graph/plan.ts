/** Lays a graph out in memory, once: which block each value lies in, and where. */
import { codeOf, isComplex, partOf, sizeOf } from '../core/dtype.ts';
import type { Draws, Instruction, Program, Slot } from '../core/program.ts';
import { sameShape, sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { copyOp } from '../ops/cast.ts';
import { placeAll, type Region } from './arena.ts';
import { type Graph, type Node, newValue, type Value } from './graph.ts';

/** A program, and what each of its blocks is. Block 0 is the arena; the next are the inputs, in order. */
export interface Plan {
  readonly program: Program;
  /** Bytes of the arena: the most that intermediate values need at once, as they are laid out. */
  readonly arenaBytes: number;
  /** Variables, the first of block `variableBlock`, and whether the program writes to them. */
  readonly variables: readonly { readonly variable: Variable; readonly isAssigned: boolean }[];
  readonly variableBlock: number;
  readonly constants: readonly Tensor[];
  readonly constantBlock: number;
  readonly draws: Draws | undefined;
  readonly results: readonly Spec[];
  readonly resultBlock: number;
}

/** Memory that one or more values lie in. */
interface Root {
  readonly bytes: number;
  /** A block of its own, or undefined for a place in the arena. */
  block: number | undefined;
  /** The value whose memory it is. */
  readonly value: Value;
  /** The positions of the instruction that writes it and of the last one that reads it. */
  begin: number;
  end: number;
  /** The first of the roots whose place in the arena it takes over, one after the other. */
  takes: Root | undefined;
}

interface Place {
  readonly root: Root;
  readonly byteOffset: number;
}

/** What lies in memory: complex numbers as the pairs of floats that they are. */
const floatsOf = ({ shape, dtype }: Spec): Spec => (isComplex(dtype) ? { shape: [...shape, 2], dtype: partOf(dtype) } : { shape, dtype });
const bytesOf = ({ shape, dtype }: Spec): number => sizeOfShape(shape) * sizeOf(dtype);

/** The inputs that each output of a node may overwrite, by output. */
function overwritable({ op, attrs, inputs, outputs }: Node): number[][] {
  const { elementwise, inPlace } = op.traits;
  if (inPlace !== undefined) return inPlace(inputs, attrs).map((input) => [input]);
  if (elementwise === undefined) return outputs.map(() => []);
  return outputs.map((output) =>
    inputs.flatMap((input, i) => (sameShape(input.shape, output.shape) && sizeOf(input.dtype) === sizeOf(output.dtype) ? [i] : [])),
  );
}

/** Finds a place for every value of a graph. */
class Layout {
  readonly #graph: Graph;
  readonly #nodes: Node[];
  readonly #places = new Map<Value, Place>();
  readonly #variables: Variable[] = [];
  readonly #constants: Value[] = [];
  readonly #draws: Value[] = [];

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#nodes = [...graph.nodes];
    this.#collect();
  }

  get variableBlock(): number {
    return 1 + this.#graph.inputs.length;
  }

  get constantBlock(): number {
    return this.variableBlock + this.#variables.length;
  }

  get drawBlock(): number {
    return this.constantBlock + this.#constants.length;
  }

  get resultBlock(): number {
    return this.drawBlock + (this.#draws.length > 0 ? 1 : 0);
  }

  /** Which variables, constants and states the graph uses. */
  #collect(): void {
    const { inputs, nodes, results, assignments } = this.#graph;
    const seen = new Set<Value>(inputs);
    const variables = new Set<Variable>();
    const look = (value: Value): void => {
      if (seen.has(value)) return;
      seen.add(value);
      const { source } = value;
      if (source.kind === 'variable') variables.add(source.variable);
      if (source.kind === 'constant') this.#constants.push(value);
      if (source.kind === 'draw') this.#draws.push(value);
    };
    for (const node of nodes) node.inputs.forEach(look);
    results.forEach(look);
    for (const { variable, value } of assignments) {
      variables.add(variable);
      look(value);
    }
    this.#variables.push(...variables);
    this.#draws.sort((a, b) => drawIndex(a) - drawIndex(b));
  }

  /** The whole plan. */
  plan(): Plan {
    const { results, assignments, draws } = this.#graph;
    this.#placeOutside();
    this.#nodes.forEach((node, at) => {
      this.#placeOutputs(node, at);
    });
    this.#protect();
    results.forEach((result, i) => {
      this.#bindResult(result, this.resultBlock + i);
    });
    const pending = assignments.filter(({ variable, value }) => !this.#bindAssignment(variable, value));
    this.#appendCopies(pending);
    this.#shareInPlace();
    const { bytes: arenaBytes, offsets } = this.#arena();
    const slots = new Map<Value, Slot>();
    const slotOf = (value: Value): Slot => {
      let slot = slots.get(value);
      if (slot === undefined) {
        const { root, byteOffset } = this.#places.get(value) as Place;
        slot = { ...floatsOf(value), block: root.block ?? 0, byteOffset: byteOffset + (offsets.get(root) ?? 0) };
        slots.set(value, slot);
      }
      return slot;
    };
    const instructions = this.#nodes
      .filter((node) => !this.#isView(node))
      .map(({ op, attrs, inputs, outputs }): Instruction => ({ op, attrs, inputs: inputs.map(slotOf), outputs: outputs.map(slotOf) }));
    const assigned = new Set(assignments.map(({ variable }) => variable));
    // Draws that nothing uses any more still count, so that later ones stay the same.
    const before = draws.map((_, i) => draws.slice(0, i).reduce((total, count) => total + count, 0));
    return {
      program: { instructions, blockCount: this.resultBlock + results.length },
      arenaBytes,
      variables: this.#variables.map((variable) => ({ variable, isAssigned: assigned.has(variable) })),
      variableBlock: this.variableBlock,
      constants: this.#constants.map(({ source }) => (source as { tensor: Tensor }).tensor),
      constantBlock: this.constantBlock,
      draws:
        draws.length === 0
          ? undefined
          : {
              block: this.#draws.length > 0 ? this.drawBlock : -1,
              before: this.#draws.map((value) => before[drawIndex(value)]),
              perRun: draws.reduce((total, count) => total + count, 0),
            },
      results: results.map(({ shape, dtype }) => ({ shape, dtype })),
      resultBlock: this.resultBlock,
    };
  }

  #isView(node: Node): boolean {
    return node.op.alias?.(node.inputs, node.attrs) !== undefined;
  }

  #outside(value: Value, block: number, byteOffset = 0): void {
    const root: Root = { bytes: bytesOf(value), block, value, begin: -1, end: -1, takes: undefined };
    this.#places.set(value, { root, byteOffset });
  }

  /** Values that are there when a run begins. */
  #placeOutside(): void {
    this.#graph.inputs.forEach((value, i) => {
      this.#outside(value, 1 + i);
    });
    this.#constants.forEach((value, i) => {
      this.#outside(value, this.constantBlock + i);
    });
    this.#draws.forEach((value, i) => {
      this.#outside(value, this.drawBlock, i * bytesOf(value));
    });
    // A variable is one value however often it is read.
    for (const value of this.#used()) {
      if (value.source.kind === 'variable') this.#outside(value, this.variableBlock + this.#variables.indexOf(value.source.variable));
    }
  }

  #used(): Set<Value> {
    const { nodes, results, assignments } = this.#graph;
    return new Set([...nodes.flatMap(({ inputs }) => inputs), ...results, ...assignments.map(({ value }) => value)]);
  }

  #placeOutputs(node: Node, at: number): void {
    for (const input of node.inputs) this.#rootOf(input).end = at;
    const offset = node.op.alias?.(node.inputs, node.attrs);
    if (offset !== undefined) {
      const { root, byteOffset } = this.#places.get(node.inputs[0]) as Place;
      this.#places.set(node.outputs[0], { root, byteOffset: byteOffset + offset * sizeOf(node.inputs[0].dtype) });
      return;
    }
    for (const output of node.outputs) {
      const root: Root = { bytes: bytesOf(output), block: undefined, value: output, begin: at, end: at, takes: undefined };
      this.#places.set(output, { root, byteOffset: 0 });
    }
  }

  #rootOf(value: Value): Root {
    return (this.#places.get(value) as Place).root;
  }

  /** What is copied at the end must stay until then. */
  #protect(): void {
    const { results, assignments } = this.#graph;
    for (const value of [...results, ...assignments.map(({ value }) => value)]) this.#rootOf(value).end = this.#nodes.length;
  }

  /** Has a result made where it is wanted, or copied there at the end. */
  #bindResult(value: Value, block: number): void {
    const { root, byteOffset } = this.#places.get(value) as Place;
    if (root.block === undefined && byteOffset === 0 && root.bytes === bytesOf(value)) root.block = block;
    else this.#copyTo(value, block);
  }

  #copyTo(value: Value, block: number | undefined): Value {
    const made = newValue(value);
    this.#nodes.push({ op: copyOp, attrs: { dtype: codeOf(partOf(value.dtype)) }, inputs: [value], outputs: [made] });
    const at = this.#nodes.length - 1;
    this.#rootOf(value).end = at;
    this.#places.set(made, { root: { bytes: bytesOf(made), block, value: made, begin: at, end: at, takes: undefined }, byteOffset: 0 });
    return made;
  }

  /** Has a variable's next value made in its memory, if nobody needs the old one by then and nothing can fail any more; false where that cannot be. */
  #bindAssignment(variable: Variable, value: Value): boolean {
    const { root, byteOffset } = this.#places.get(value) as Place;
    if (root.block !== undefined || byteOffset !== 0 || root.bytes !== bytesOf(value)) return false;
    const block = this.variableBlock + this.#variables.indexOf(variable);
    const maker = this.#nodes[root.begin];
    const position = maker.outputs.indexOf(root.value);
    for (let at = root.begin; at < this.#nodes.length; at++) {
      const node = this.#nodes[at];
      if (node.op.traits.refuses?.(node.inputs, node.outputs)) return false;
      if (this.#isView(node)) continue;
      for (let i = 0; i < node.inputs.length; i++) {
        const place = this.#places.get(node.inputs[i]) as Place;
        if (place.root.block !== block) continue;
        if (at > root.begin || place.byteOffset !== 0 || !overwritable(node)[position].includes(i)) return false;
      }
    }
    // Others that are assigned this variable's old value read it at the end.
    if (this.#graph.assignments.some(({ value: other }) => this.#rootOf(other).block === block)) return false;
    root.block = block;
    return true;
  }

  /** Copies at the end: first to safety what other copies would overwrite. */
  #appendCopies(pending: readonly { variable: Variable; value: Value }[]): void {
    const blocks = new Set(pending.map(({ variable }) => this.variableBlock + this.#variables.indexOf(variable)));
    const safe = pending.map(({ variable, value }) => {
      const { block } = this.#rootOf(value);
      return { variable, value: block !== undefined && blocks.has(block) ? this.#copyTo(value, undefined) : value };
    });
    for (const { variable, value } of safe) this.#copyTo(value, this.variableBlock + this.#variables.indexOf(variable));
  }

  /** Lets outputs take over the place of inputs that nobody reads again. */
  #shareInPlace(): void {
    this.#nodes.forEach((node, at) => {
      if (this.#isView(node)) return;
      const taken = new Set<Root>();
      overwritable(node).forEach((candidates, i) => {
        const root = this.#rootOf(node.outputs[i]);
        if (root.block !== undefined || root.takes !== undefined || root.begin !== at) return;
        const fits = (input: number): boolean => {
          const place = this.#places.get(node.inputs[input]) as Place;
          // Another operand in the same memory would be overwritten while it is read, unless it is the same one.
          const isAlone = node.inputs.every((other) => other === node.inputs[input] || this.#rootOf(other) !== place.root);
          return (
            place.root.block === undefined &&
            place.byteOffset === 0 &&
            place.root.end === at &&
            place.root.bytes === root.bytes &&
            isAlone &&
            !taken.has(place.root)
          );
        };
        const found = candidates.find(fits);
        if (found === undefined) return;
        const input = this.#rootOf(node.inputs[found]);
        taken.add(input);
        root.takes = input.takes ?? input;
      });
    });
  }

  /** Offsets in the arena: roots that take over one another are one region. */
  #arena(): { bytes: number; offsets: Map<Root, number> } {
    const roots = new Set([...this.#places.values()].map(({ root }) => root));
    const regions = new Map<Root, Region>();
    for (const root of roots) {
      if (root.block !== undefined) continue;
      const owner = root.takes ?? root;
      const region = regions.get(owner);
      if (region === undefined) regions.set(owner, { bytes: root.bytes, begin: root.begin, end: root.end });
      else regions.set(owner, { bytes: region.bytes, begin: Math.min(region.begin, root.begin), end: Math.max(region.end, root.end) });
    }
    const { bytes, offsets } = placeAll([...regions.values()]);
    const byOwner = new Map([...regions.keys()].map((owner, i) => [owner, offsets[i]]));
    return {
      bytes,
      offsets: new Map(
        [...roots].filter((root) => root.block === undefined).map((root) => [root, byOwner.get(root.takes ?? root) as number]),
      ),
    };
  }
}

function drawIndex({ source }: Value): number {
  return source.kind === 'draw' ? source.index : -1;
}

/** The program of a graph, and where everything lies. */
export function planGraph(graph: Graph): Plan {
  return new Layout(graph).plan();
}
