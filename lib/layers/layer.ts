/** The layer: weights made on first use, a call, and state that is found in its fields. */
import { checkDType, type DType } from '../core/dtype.ts';
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { outsideTrace } from '../core/op.ts';
import { checkShape, type Shape, showShape } from '../core/shape.ts';
import { flatten, mapStructure } from '../core/structure.ts';
import { isSymbolic, swapScope, Tensor } from '../core/tensor.ts';
import { Variable } from '../core/variable.ts';
import * as initializers from '../initializers/index.ts';
import { view } from '../ops/shape.ts';
import * as regularizers from '../regularizers/index.ts';
import { type BatchShape, checkBatchShape, drawnTensor, isDrawn, nullBatch, recordNode, seenShape, standIn } from './node.ts';

/** What every layer can be told. */
export interface LayerOptions {
  /** The name in summaries, files and errors; the class in snake case, numbered, unless given. */
  name?: string;
  /** Whether training changes its weights; true unless given. */
  trainable?: boolean;
  /** The dtype of its weights; float32 unless given. */
  dtype?: DType;
  /** The shape of one input, without the batch axis: a Sequential that begins with it is built at once. */
  inputShape?: BatchShape;
}

/** What a layer is told about this one call. */
export interface CallOptions {
  /** Whether this is a step of training: dropout drops, normalization uses the batch. False unless given. */
  training?: boolean;
}

/** How a weight is made. */
export interface WeightOptions {
  /** What the weight begins as, by name or object; "glorotUniform" unless given. */
  initializer?: Parameters<typeof initializers.get>[0];
  /** Whether optimizers change it; true unless given. */
  trainable?: boolean;
  /** What to add to the loss for its size, by name or object. */
  regularizer?: Parameters<typeof regularizers.get>[0] | null;
}

/** What later inputs must have in common with the one a layer was built for: the size of an axis (negative from the end), or the rank. */
export interface InputSpec {
  readonly rank?: number;
  readonly axes?: Readonly<Record<number, number>>;
}

/** A layer of any inputs and outputs. */
// biome-ignore lint/suspicious/noExplicitAny: what a layer takes and gives is its own affair; those who hold many do not look.
export type AnyLayer = Layer<any, any>;

/** The options that the base class understands; layers add their own for `checkOptions`. */
export const LAYER_OPTIONS: readonly string[] = ['name', 'trainable', 'dtype', 'inputShape'];

const counts = new Map<string, number>();

/** What names of new weights begin with: the layers around the one that is built. */
let path = '';

/** The result of `f`, which builds layers inside of another: the names of their weights begin with its own, as `lstm/lstm_cell/kernel:0`. */
export function withinLayer<T>(name: string, f: () => T): T {
  const before = path;
  path = `${before}${name}/`;
  try {
    return f();
  } finally {
    path = before;
  }
}

function autoName(className: string): string {
  const snake = className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  const count = counts.get(snake) ?? 0;
  counts.set(snake, count + 1);
  return count === 0 ? snake : `${snake}_${count}`;
}

/** The shapes of a structure of tensors: one shape for one tensor, else a list. */
function shapesOf(inputs: unknown): BatchShape | BatchShape[] {
  if (inputs instanceof Tensor) return seenShape(inputs);
  return flatten(inputs)
    .filter((leaf): leaf is Tensor => leaf instanceof Tensor)
    .map(seenShape);
}

/**
 * The base of all layers. A layer of one's own overrides `call`, and `build` if it has weights; variables and layers in its fields (alone, in arrays
 * or in records; `#private` ones cannot be seen) are its state.
 * @example
 * class Scale extends tf.layers.Layer {
 *   factor?: tf.Variable;
 *   override build([, features]: tf.Shape): void {
 *     this.factor = this.addWeight('factor', [features], { initializer: 'ones' });
 *   }
 *   override call(x: tf.Tensor): tf.Tensor {
 *     return tf.mul(x, this.factor ?? 1);
 *   }
 * }
 * const layer = new Scale();
 * layer.apply(tf.tensor([[1, 2]])).arraySync(); // [[1, 2]]
 * layer.countParams(); // 2
 */
export abstract class Layer<I = Tensor, O = Tensor> {
  readonly name: string;
  readonly dtype: DType;
  /** The shape of one input as given to the constructor. */
  readonly inputShape?: BatchShape;
  /** What later inputs are held against. */
  inputSpec?: InputSpec;
  #built = false;
  #trainable: boolean;
  #outputShape: BatchShape | undefined;
  readonly #regularized: (() => Tensor)[] = [];

  constructor(options: LayerOptions = {}) {
    const owner = new.target.name;
    if (typeof options !== 'object' || options === null)
      throw new ArgumentError(`${owner}: options must be an object; received ${show(options)}`);
    if (options.name !== undefined && typeof options.name !== 'string') {
      throw new ArgumentError(`${owner}: name must be a string; received ${show(options.name)}`);
    }
    this.name = options.name ?? autoName(owner === '' ? 'layer' : owner);
    this.dtype = checkDType(owner, options.dtype ?? 'float32');
    this.#trainable = checkFlag(owner, 'trainable', options.trainable ?? true);
    if (options.inputShape !== undefined) this.inputShape = checkBatchShape(owner, 'inputShape', options.inputShape);
    // Whoever calls `build`, it runs once, and an override has nothing to forget.
    const build = this.build;
    Object.defineProperty(this, 'build', {
      value: (shape: BatchShape | BatchShape[]) => {
        if (this.#built) return;
        // What it makes is the layer's: a `tidy` around the first call must not take it, nor a trace.
        const scope = swapScope(undefined);
        try {
          outsideTrace(() => build.call(this, shape as BatchShape));
        } finally {
          swapScope(scope);
        }
        this.#built = true;
      },
    });
  }

  /** True once the weights exist. */
  get built(): boolean {
    return this.#built;
  }

  /** The shape of what it last gave, null where that differs from batch to batch; undefined before the first call. */
  get outputShape(): BatchShape | undefined {
    return this.#outputShape;
  }

  /** Makes the weights for inputs of this shape; sizes of the batch are null. Runs once, by itself on first use. */
  build(_inputShape: BatchShape): void {}

  /** What the layer computes; `apply` is what callers use. */
  abstract call(inputs: I, options: CallOptions): O;

  /**
   * The layer's output for `inputs`; the first use builds the weights. On symbolic tensors of `tf.input` it grows a model instead.
   * @throws ShapeError for inputs unlike those it was built for.
   */
  apply(inputs: I, options: CallOptions = {}): O {
    checkOptions(this.label, options, ['training']);
    if (isDrawn(inputs)) return this.#draw(inputs, options);
    if (!this.#built) this.build(shapesOf(inputs) as BatchShape);
    else this.#checkInput(inputs);
    const result = this.call(inputs, { training: false, ...options });
    // Dropout returns what it was given, but what `apply` returns is the caller's own.
    const outputs = result instanceof Tensor && (result as unknown) === inputs ? (view(result) as O) : result;
    if (outputs instanceof Tensor) this.#see(outputs);
    return outputs;
  }

  /** Outputs of a drawing, found with two sizes of batch; what `call` does inside is not part of the drawing. */
  #draw(inputs: I, options: CallOptions): O {
    const [first, second] = ([0, 1] as const).map((probe) => {
      const stands = mapStructure(inputs, (leaf) => (leaf instanceof Tensor ? standIn(leaf, probe) : leaf));
      return this.apply(stands as I, options);
    });
    const others = flatten(second);
    let position = 0;
    const outputs = mapStructure(first, (leaf) => {
      const other = others[position++];
      if (!(leaf instanceof Tensor) || !(other instanceof Tensor)) return leaf;
      const tensor = drawnTensor(leaf, other);
      if (tensor !== undefined) return tensor;
      throw new ShapeError(`${this.label}: its output has ${leaf.rank} axes for one size of the batch and ${other.rank} for another`);
    }) as O;
    if (outputs instanceof Tensor) this.#outputShape = seenShape(outputs);
    recordNode({ kind: 'layer', layer: this, inputs, outputs, options }, outputs);
    return outputs;
  }

  /** `Dense "dense_2"`, as errors begin. */
  get label(): string {
    return `${this.constructor.name} "${this.name}"`;
  }

  /** A new weight named `layer/name:0`, made by its initializer; keep it in a field. */
  addWeight(name: string, shape: Shape, options: WeightOptions = {}): Variable {
    checkOptions(`${this.label}: addWeight`, options, ['initializer', 'trainable', 'regularizer']);
    const sizes = checkShape(`${this.label}: weight "${name}"`, shape);
    const initializer = initializers.get(options.initializer ?? 'glorotUniform');
    const variable = new Variable(initializer.call(sizes, this.dtype), {
      name: `${path}${this.name}/${name}:0`,
      trainable: options.trainable ?? true,
    });
    if (options.regularizer !== undefined && options.regularizer !== null) {
      const regularizer = regularizers.get(options.regularizer);
      if (regularizer !== null) this.#regularized.push(() => regularizer.call(variable.value));
    }
    return variable;
  }

  /** The layers in its fields, in order; not those inside of them. */
  get layers(): AnyLayer[] {
    return this.#state().filter((item): item is AnyLayer => item instanceof Layer);
  }

  /** All variables, those of the layers in its fields included. */
  get variables(): Variable[] {
    return [...this.#collect(true).keys()];
  }

  /** The same as `variables`. */
  get weights(): Variable[] {
    return this.variables;
  }

  /** What training changes: trainable variables of layers that are not frozen. */
  get trainableVariables(): Variable[] {
    return [...this.#collect(true)].filter(([, trainable]) => trainable).map(([variable]) => variable);
  }

  /** What training leaves alone. */
  get nonTrainableVariables(): Variable[] {
    return [...this.#collect(true)].filter(([, trainable]) => !trainable).map(([variable]) => variable);
  }

  /** Whether training changes the layer; setting it reaches the layers inside. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    checkFlag(this.label, 'trainable', value);
    for (const layer of this.#within()) layer.#trainable = value;
  }

  /** What the regularizers of its weights, and of the layers inside, add to the loss: scalars. */
  get losses(): Tensor[] {
    return [...this.#within()].flatMap((layer) => layer.#regularized.map((loss) => loss()));
  }

  /** The number of values in all weights. */
  countParams(): number {
    return this.variables.reduce((total, variable) => total + variable.size, 0);
  }

  /** The options that make such a layer again. */
  getConfig(): Record<string, unknown> {
    const { name, dtype, trainable, inputShape } = this;
    return { name, dtype, trainable, ...(inputShape === undefined ? {} : { inputShape: [...inputShape] }) };
  }

  /** A layer made from the result of `getConfig`. */
  static fromConfig<L>(this: new (config: never) => L, config: Record<string, unknown>): L {
    return new this(config as never);
  }

  /** The layer and those inside of it, at any depth, each once: a field may lead back. */
  #within(found: Set<AnyLayer> = new Set()): Set<AnyLayer> {
    if (found.has(this)) return found;
    found.add(this);
    for (const layer of this.layers) layer.#within(found);
    return found;
  }

  /** Variables with whether they train, in the order of fields, none twice. */
  #collect(trainable: boolean, found: Map<Variable, boolean> = new Map(), seen: Set<AnyLayer> = new Set()): Map<Variable, boolean> {
    if (seen.has(this)) return found;
    seen.add(this);
    const trains = trainable && this.#trainable;
    for (const item of this.#state()) {
      if (item instanceof Layer) item.#collect(trains, found, seen);
      else if (!found.has(item)) found.set(item, trains && item.trainable);
    }
    return found;
  }

  /** Variables and layers in own fields, arrays and plain records. */
  #state(): (Variable | AnyLayer)[] {
    const found = new Set<Variable | AnyLayer>();
    const visited = new Set<unknown>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || visited.has(value)) return;
      visited.add(value);
      if (value instanceof Variable || value instanceof Layer) found.add(value);
      else if (Array.isArray(value)) value.forEach(visit);
      else if (Object.getPrototypeOf(value) === Object.prototype) Object.values(value).forEach(visit);
    };
    Object.values(this).forEach(visit);
    return [...found];
  }

  #see(output: Tensor): void {
    const shape = isSymbolic(output) ? seenShape(output) : nullBatch(output.shape);
    const before = this.#outputShape;
    // The probes of an unknown batch differ in the axes that depend on it.
    this.#outputShape = before?.length === shape.length ? shape.map((d, i) => (d === before[i] ? d : null)) : shape;
  }

  #checkInput(inputs: unknown): void {
    const spec = this.inputSpec;
    if (spec === undefined || !(inputs instanceof Tensor)) return;
    const { shape } = inputs;
    if (spec.rank !== undefined && shape.length !== spec.rank) {
      throw new ShapeError(`${this.label}: expected ${spec.rank} axes, as when it was built; received ${showShape(shape)}`);
    }
    for (const [key, size] of Object.entries(spec.axes ?? {})) {
      const axis = Number(key);
      if (shape.at(axis) === size) continue;
      const which = axis === -1 ? `a last axis of ${size}` : `${size} along axis ${axis}`;
      throw new ShapeError(`${this.label}: expected ${which}, as when it was built; received ${showShape(shape)}`);
    }
  }
}
