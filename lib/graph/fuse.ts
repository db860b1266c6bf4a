/** The pass that makes one op of many elementwise ones, so that memory is passed over once. */
import { isFloat, sizeOf } from '../core/dtype.ts';
import { type AnyOp, context } from '../core/op.ts';
import { type Shape, sameShape, sizeOfShape } from '../core/shape.ts';
import { constantStep, type FusedAttrs, fusedOp, MOST_INPUTS, MOST_RESULTS, MOST_STEPS, STEP_WORDS, stepsOf } from '../ops/fused.ts';
import type { Graph, Node, Value } from './graph.ts';

/** Nodes that become one, in order; what they compute has one shape. */
interface Group {
  readonly shape: Shape;
  members: Node[];
  /** The group that this one became a part of. */
  joined: Group | undefined;
}

/** The steps of a node; undefined for one that stays what it is. */
function stepsFor({ op, attrs, inputs, outputs }: Node): readonly number[] | undefined {
  const types = inputs.map(({ dtype }) => dtype);
  return outputs.length === 1 ? stepsOf(op, attrs, types, outputs[0].dtype) : undefined;
}

/** True for a constant that a step can hold. */
function isNumber({ source, shape }: Value): boolean {
  return source.kind === 'constant' && shape.length === 0;
}

/** A fused node under construction: registers for inputs and steps. */
class Writer {
  readonly #makers: ReadonlyMap<Value, Node>;
  readonly #members: ReadonlySet<Node>;
  readonly #inputs: Value[] = [];
  /** Steps that read registers by identity: the input or the step that made it. */
  readonly #steps: { readonly words: readonly number[]; readonly operands: readonly Register[] }[] = [];
  readonly #registers = new Map<Value, Register>();
  readonly #numbers = new Map<string, Register>();

  constructor(makers: ReadonlyMap<Value, Node>, members: readonly Node[]) {
    this.#makers = makers;
    this.#members = new Set(members);
  }

  /** The register of a value: an input, a constant, or what a member or a comparison makes of others. */
  register(value: Value): Register {
    const known = this.#registers.get(value);
    if (known !== undefined) return known;
    const maker = this.#makers.get(value);
    let made: Register;
    // Truth values exist only within: each group makes its own.
    if (maker !== undefined && (this.#members.has(maker) || !isFloat(value.dtype))) made = this.#write(maker);
    else if (value.source.kind === 'constant' && isNumber(value)) made = this.#writeConstant(value.source.tensor.item());
    else made = { isInput: true, position: this.#inputs.push(value) - 1 };
    this.#registers.set(value, made);
    return made;
  }

  #write(node: Node): Register {
    const steps = stepsFor(node) as readonly number[];
    const own: Register[] = node.inputs.map((input) => this.register(input));
    for (let i = 0; i < steps.length; i += STEP_WORDS) {
      const words = steps.slice(i, i + STEP_WORDS);
      const operands = words.slice(1, 4).flatMap((register) => (register < 0 ? [] : [own[register]]));
      own.push({ isInput: false, position: this.#steps.push({ words, operands }) - 1 });
    }
    return own[own.length - 1];
  }

  #writeConstant(number: number): Register {
    // Negative zero is another number than zero.
    const key = Object.is(number, -0) ? '-0' : String(number);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const steps = constantStep(number);
    const made = { isInput: false, position: this.#steps.push({ words: steps, operands: [] }) - 1 };
    this.#numbers.set(key, made);
    return made;
  }

  /** The node that computes `results`; undefined where it would be too long. */
  node(shape: Shape, results: readonly Value[]): Node | undefined {
    const registers = results.map((result) => this.register(result));
    const count = this.#inputs.length;
    if (count > MOST_INPUTS || this.#steps.length > MOST_STEPS || results.length > MOST_RESULTS) return undefined;
    const numberOf = ({ isInput, position }: Register): number => (isInput ? position : count + position);
    const steps = this.#steps.flatMap(({ words: [code, , , , attr], operands }) => [
      code,
      ...[0, 1, 2].map((k) => (k < operands.length ? numberOf(operands[k]) : -1)),
      attr,
    ]);
    const attrs: FusedAttrs = { shape, steps, results: registers.map(numberOf), reduce: 0 };
    return { op: fusedOp as AnyOp, attrs, inputs: this.#inputs, outputs: results };
  }
}

interface Register {
  readonly isInput: boolean;
  readonly position: number;
}

/** Values of so many bytes stay in a core's second-level cache from one op to the next. */
const NEAR_BYTES = 1 << 19;
/** Steps from which on fewer passes over near memory outweigh the walk over steps. */
const MANY_STEPS = 4;

/** True if one pass over all that a fused node reads and writes costs less than a pass for each step. */
function pays({ attrs, inputs, outputs }: Node): boolean {
  const { steps } = attrs as FusedAttrs;
  const count = steps.filter((_, i) => i % STEP_WORDS === 1 && steps[i] >= 0).length;
  const bytes = [...inputs, ...outputs].reduce((total, { shape, dtype }) => total + sizeOfShape(shape) * sizeOf(dtype), 0);
  return count >= MANY_STEPS || (count > 1 && bytes > NEAR_BYTES);
}

/** Sorts nodes into groups. A group stands where its last member stands, so nobody may use what it makes before that. */
class Grouping {
  readonly #groups = new Map<Node, Group>();
  readonly #users = new Map<Value, number[]>();
  readonly #nodes: readonly Node[];
  readonly #makers = new Map<Value, Node>();

  constructor(graph: Graph) {
    this.#nodes = graph.nodes;
    graph.nodes.forEach((node, at) => {
      for (const input of node.inputs) {
        const users = this.#users.get(input);
        if (users === undefined) this.#users.set(input, [at]);
        else users.push(at);
      }
      for (const output of node.outputs) this.#makers.set(output, node);
    });
    graph.nodes.forEach((node, at) => {
      this.#place(node, at);
    });
  }

  get makers(): ReadonlyMap<Value, Node> {
    return this.#makers;
  }

  groupOf(node: Node): Group | undefined {
    let group = this.#groups.get(node);
    while (group?.joined !== undefined) group = group.joined;
    return group;
  }

  usersOf(value: Value): Node[] {
    return (this.#users.get(value) ?? []).map((at) => this.#nodes[at]);
  }

  #place(node: Node, at: number): void {
    const [output] = node.outputs;
    if (stepsFor(node) === undefined || !isFloat(output.dtype) || !this.#truthsAreOwn(node)) return;
    const group: Group = { shape: output.shape, members: [node], joined: undefined };
    this.#groups.set(node, group);
    for (const maker of this.#makersOf(node)) {
      const other = this.groupOf(maker);
      if (other === undefined || other === group || !sameShape(other.shape, group.shape)) continue;
      if (other.members.some((member) => member.outputs.some((made) => this.#usedBefore(made, at, other, group)))) continue;
      const members = [...other.members, ...group.members];
      if (!this.#fits(members)) continue;
      other.joined = group;
      group.members = members;
    }
  }

  /** True if the kernel can hold so many nodes, with a constant or a truth value for each thing they read. */
  #fits(members: readonly Node[]): boolean {
    const made = new Set(members.flatMap(({ outputs }) => outputs));
    const read = new Set(members.flatMap((member) => this.#readBy(member)).filter((value) => !made.has(value)));
    const steps = members.reduce(
      (total, member) => total + (stepsFor(member) as readonly number[]).length / STEP_WORDS + member.inputs.length,
      0,
    );
    return read.size <= MOST_INPUTS && steps <= MOST_STEPS && members.length <= MOST_RESULTS * 4;
  }

  /** What a node reads, through truth values. */
  #readBy(node: Node): Value[] {
    return node.inputs.flatMap((input) => {
      if (isFloat(input.dtype)) return isNumber(input) ? [] : [input];
      const maker = this.#makers.get(input);
      return maker === undefined ? [] : this.#readBy(maker);
    });
  }

  /** Nodes that make what a node reads, through truth values. */
  #makersOf(node: Node): Node[] {
    return node.inputs.flatMap((input) => {
      const maker = this.#makers.get(input);
      if (maker === undefined) return [];
      return isFloat(input.dtype) ? [maker] : this.#makersOf(maker);
    });
  }

  /** True if every truth value that the node reads can be made within a group. */
  #truthsAreOwn(node: Node): boolean {
    return node.inputs.every((input) => {
      if (isFloat(input.dtype)) return true;
      const maker = this.#makers.get(input);
      return maker !== undefined && stepsFor(maker) !== undefined && this.#truthsAreOwn(maker);
    });
  }

  /** True if a node outside of both groups uses a value before position `at`, also by way of truth values that stay outside. */
  #usedBefore(value: Value, at: number, a: Group, b: Group): boolean {
    return (this.#users.get(value) ?? []).some((user) => {
      if (user >= at) return false;
      const group = this.groupOf(this.#nodes[user]);
      return group !== a && group !== b;
    });
  }
}

/** The graph with chains of elementwise ops fused, where the backend has a kernel for that. */
export function fuseElementwise(graph: Graph): Graph {
  if (!context.evaluator.fuses(fusedOp as AnyOp)) return graph;
  const grouping = new Grouping(graph);
  const outside = new Set<Value>([...graph.results, ...graph.assignments.map(({ value }) => value)]);
  /** True if a value serves members of a group alone, truth values that they make for themselves between them. */
  const servesOnly = (value: Value, group: Group): boolean =>
    !outside.has(value) &&
    grouping
      .usersOf(value)
      .every((user) =>
        isFloat(user.outputs[0].dtype) ? grouping.groupOf(user) === group : user.outputs.every((output) => servesOnly(output, group)),
      );
  const written = new Map<Group, Node | undefined>();
  /** The one node that a group becomes. */
  const write = (group: Group): Node | undefined => {
    const results = group.members.flatMap(({ outputs: [output] }) => (servesOnly(output, group) ? [] : [output]));
    const node = new Writer(grouping.makers, group.members).node(group.shape, results);
    return node !== undefined && pays(node) ? node : undefined;
  };
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const group = grouping.groupOf(node);
    if (group === undefined) return [node];
    if (!written.has(group)) written.set(group, write(group));
    const fused = written.get(group);
    if (fused === undefined) return [node];
    return node === group.members[group.members.length - 1] ? [fused] : [];
  });
  return { ...graph, nodes };
}
