/** The model that is a list of layers. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { Input } from '../layers/input.ts';
import { type AnyLayer, type CallOptions, Layer } from '../layers/layer.ts';
import { type BatchShape, PROBES, probeTensor } from '../layers/node.ts';
import { Model } from './model.ts';

/** True if `layer` is that model or has it among its layers, however deep. */
function holds(layer: AnyLayer, model: AnyLayer): boolean {
  return layer === model || (layer instanceof Model && layer.layers.some((member) => holds(member, model)));
}

/** Options of a Sequential. */
export interface SequentialOptions {
  /** "sequential", numbered, unless given. */
  name?: string;
}

/**
 * Layers one after the other, each with one input and one output.
 * @example
 * const network = new tf.Sequential([new tf.layers.Dense({ units: 4, activation: 'relu' }), new tf.layers.Dense({ units: 1 })]);
 * network.build([null, 9]);
 * network.countParams(); // 45
 * network.apply(tf.zeros([2, 9])).shape; // [2, 1]
 */
export class Sequential extends Model<Tensor, Tensor> {
  constructor(layers: readonly AnyLayer[] = [], options: SequentialOptions = {}) {
    checkOptions('Sequential', options, ['name']);
    if (!Array.isArray(layers)) throw new ArgumentError(`Sequential: needs a list of layers; received ${show(layers)}`);
    super(options);
    for (const layer of layers) this.add(layer);
  }

  /** Appends a layer. */
  add(layer: AnyLayer): this {
    if (!(layer instanceof Layer)) throw new ArgumentError(`${this.label}: needs layers; received ${show(layer)}`);
    if (holds(layer, this)) throw new ArgumentError(`${this.label}: it cannot be a layer of itself`);
    if (this.built && this.members.length > 0 && this.outputShape !== undefined) this.#draw(layer, this.outputShape);
    this.members.push(layer);
    const shape = this.members[0].inputShape;
    if (!this.built && shape !== undefined) this.build([null, ...shape]);
    return this;
  }

  /** The layers in order; an Input is not among them. */
  override get layers(): AnyLayer[] {
    return this.members.filter((layer) => !(layer instanceof Input));
  }

  /** Makes the weights of all layers for inputs of this shape, as `[null, 9]`. */
  override build(inputShape: BatchShape): void {
    for (const size of PROBES) {
      let x = probeTensor(inputShape, size, 'float32');
      for (const layer of this.members) x = layer.apply(x) as Tensor;
    }
  }

  override call(x: Tensor, options: CallOptions = {}): Tensor {
    let y = x;
    for (const layer of this.members) y = layer.apply(y, options) as Tensor;
    return y;
  }

  /** The shape of the last layer's output. */
  override get outputShape(): BatchShape | undefined {
    return this.members.at(-1)?.outputShape;
  }

  #draw(layer: AnyLayer, shape: BatchShape): void {
    for (const size of PROBES) layer.apply(probeTensor(shape, size, 'float32'));
  }
}
