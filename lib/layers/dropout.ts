/** Dropout: noise that keeps units from relying on each other. */
import { ArgumentError, checkOptions, show } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { isSymbolic } from '../core/tensor.ts';
import { dropout } from '../ops/distributions.ts';
import { type CallOptions, LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';

/** Options of a Dropout layer. */
export interface DropoutOptions extends LayerOptions {
  /** The share of values that training sets to zero, from 0 up to but not including 1. */
  rate: number;
}

/**
 * `x` with a share `rate` of its values set to zero and the others scaled by `1 / (1 - rate)` while training, else `x` itself
 * (Srivastava et al. 2014).
 * @example
 * new tf.layers.Dropout({ rate: 0.5 }).apply(tf.tensor([1, 2])).arraySync(); // [1, 2]
 */
export class Dropout extends Layer {
  readonly rate: number;

  constructor(options: DropoutOptions) {
    checkOptions('Dropout', options ?? {}, [...LAYER_OPTIONS, 'rate']);
    const rate = options?.rate;
    if (typeof rate !== 'number' || !(rate >= 0 && rate < 1)) {
      throw new ArgumentError(`Dropout: rate must be a number from 0 up to but not including 1; received ${show(rate)}`);
    }
    super(options);
    this.rate = rate;
  }

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    if (!training || this.rate === 0 || isSymbolic(x)) return x;
    return dropout(x, this.rate);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate };
  }
}
