/** The base of initializers, and those that fill with one value. */
import type { DType } from '../core/dtype.ts';
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { fill } from '../ops/creation.ts';

/** What makes the first value of a weight. */
export abstract class Initializer {
  /** A tensor of that shape; float32 unless given. */
  abstract call(shape: Shape, dtype?: DType): Tensor;

  /** The options that make the same initializer again. */
  getConfig(): Record<string, unknown> {
    return {};
  }
}

/**
 * Zeros.
 * @example
 * new tf.initializers.Zeros().call([2]).arraySync(); // [0, 0]
 */
export class Zeros extends Initializer {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return fill(shape, 0, dtype);
  }
}

/**
 * Ones.
 * @example
 * new tf.initializers.Ones().call([2]).arraySync(); // [1, 1]
 */
export class Ones extends Initializer {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return fill(shape, 1, dtype);
  }
}

/** Options of `Constant`. */
export interface ConstantOptions {
  /** Every element; 0 unless given. */
  value?: number;
}

/**
 * One value everywhere.
 * @example
 * new tf.initializers.Constant({ value: 3 }).call([2]).arraySync(); // [3, 3]
 */
export class Constant extends Initializer {
  readonly value: number;

  constructor(options: ConstantOptions = {}) {
    super();
    checkOptions('Constant', options, ['value']);
    this.value = options.value ?? 0;
    if (typeof this.value !== 'number') throw new ArgumentError(`Constant: value must be a number, received ${show(this.value)}`);
  }

  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return fill(shape, this.value, dtype);
  }

  override getConfig(): Record<string, unknown> {
    return { value: this.value };
  }
}
