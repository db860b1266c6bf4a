/** Activations by name, and the layer that is only one. */
import { ArgumentError, checkOptions, show, unknownWord } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import * as activations from '../ops/activations.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';

/** A function of one tensor that keeps its shape. */
export type ActivationFunction = (x: Tensor) => Tensor;

const { relu, leakyRelu, elu, selu, gelu, silu, sigmoid, tanh, softplus, softmax, logSoftmax } = activations;
const FUNCTIONS = {
  linear: (x: Tensor) => x,
  relu: (x: Tensor) => relu(x),
  leakyRelu: (x: Tensor) => leakyRelu(x),
  elu: (x: Tensor) => elu(x),
  selu: (x: Tensor) => selu(x),
  gelu: (x: Tensor) => gelu(x),
  silu: (x: Tensor) => silu(x),
  swish: (x: Tensor) => silu(x),
  sigmoid: (x: Tensor) => sigmoid(x),
  tanh: (x: Tensor) => tanh(x),
  softplus: (x: Tensor) => softplus(x),
  softmax: (x: Tensor) => softmax(x),
  logSoftmax: (x: Tensor) => logSoftmax(x),
};

/** The activations that have a name. */
export type ActivationName = keyof typeof FUNCTIONS;

/** Activations that a product or a convolution can end in. */
export const FUSED: readonly string[] = ['linear', 'relu', 'sigmoid', 'tanh', 'elu', 'gelu', 'silu', 'softplus', 'selu'];

/** The function of an activation's name, or the function itself; null for none. */
export function getActivation(owner: string, activation: unknown): ActivationFunction | null {
  if (activation === undefined || activation === null || activation === 'linear') return null;
  if (typeof activation === 'function') return activation as ActivationFunction;
  if (typeof activation !== 'string')
    throw new ArgumentError(`${owner}: activation must be a name or a function; received ${show(activation)}`);
  if (!Object.hasOwn(FUNCTIONS, activation)) throw unknownWord(owner, 'activation', activation, Object.keys(FUNCTIONS));
  return FUNCTIONS[activation as ActivationName];
}

/** What `getConfig` writes for an activation. */
export function activationConfig(activation: ActivationName | ActivationFunction | null | undefined): unknown {
  return activation ?? 'linear';
}

/** Options of an Activation layer. */
export interface ActivationOptions extends LayerOptions {
  /** What is computed, by name or as a function. */
  activation: ActivationName | ActivationFunction;
}

/**
 * An activation as a layer of its own.
 * @example
 * new tf.layers.Activation({ activation: 'relu' }).apply(tf.tensor([-1, 2])).arraySync(); // [0, 2]
 */
export class Activation extends Layer {
  readonly activation: ActivationName | ActivationFunction;
  readonly #function: ActivationFunction | null;

  constructor(options: ActivationOptions) {
    checkOptions('Activation', options ?? {}, [...LAYER_OPTIONS, 'activation']);
    if (options?.activation === undefined)
      throw new ArgumentError('Activation: activation must be a name or a function; received undefined');
    super(options);
    this.activation = options.activation;
    this.#function = getActivation('Activation', options.activation);
  }

  override call(x: Tensor): Tensor {
    return this.#function === null ? x : this.#function(x);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), activation: activationConfig(this.activation) };
  }
}
