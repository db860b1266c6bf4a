/** Layers that change the shape and not the values. */
import { ArgumentError, checkOptions, ShapeError, show } from '../core/errors.ts';
import { type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { reshape } from '../ops/shape.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';

/**
 * All axes but the batch made one: [n, a, b] gives [n, a * b], and [n] gives [n, 1].
 * @example
 * new tf.layers.Flatten().apply(tf.zeros([2, 3, 4])).shape; // [2, 12]
 */
export class Flatten extends Layer {
  constructor(options: LayerOptions = {}) {
    checkOptions('Flatten', options, LAYER_OPTIONS);
    super(options);
  }

  override call(x: Tensor): Tensor {
    if (x.rank === 0) throw new ShapeError(`${this.label}: needs at least the batch axis; received []`);
    return reshape(x, [x.shape[0], sizeOfShape(x.shape.slice(1))]);
  }
}

/** Options of a Reshape layer. */
export interface ReshapeOptions extends LayerOptions {
  /** The shape of one output, without the batch axis; one size may be -1 and follows from the others. */
  targetShape: Shape;
}

/**
 * Each input of the batch in another shape.
 * @example
 * new tf.layers.Reshape({ targetShape: [3, -1] }).apply(tf.zeros([2, 6])).shape; // [2, 3, 2]
 */
export class Reshape extends Layer {
  readonly targetShape: Shape;

  constructor(options: ReshapeOptions) {
    checkOptions('Reshape', options ?? {}, [...LAYER_OPTIONS, 'targetShape']);
    const target: unknown = options?.targetShape;
    if (!Array.isArray(target) || !target.every((d) => Number.isInteger(d) && d >= -1) || target.filter((d) => d === -1).length > 1) {
      throw new ArgumentError(`Reshape: targetShape must list whole numbers, at most one of them -1; received ${show(target)}`);
    }
    super(options);
    this.targetShape = [...options.targetShape];
  }

  override call(x: Tensor): Tensor {
    const one = sizeOfShape(x.shape.slice(1));
    const known = this.targetShape.reduce((product, d) => (d === -1 ? product : product * d), 1);
    const free = known === 0 ? 0 : one / known;
    if (this.targetShape.includes(-1) ? !Number.isInteger(free) : known !== one) {
      throw new ShapeError(`${this.label}: cannot make ${showShape(this.targetShape)} out of each input of ${showShape(x.shape)}`);
    }
    return reshape(x, [x.shape[0], ...this.targetShape.map((d) => (d === -1 ? free : d))]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), targetShape: [...this.targetShape] };
  }
}
