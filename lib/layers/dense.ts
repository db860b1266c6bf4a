/** The fully connected layer. */
import { ArgumentError, checkFlag, checkOptions, ShapeError, show } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Variable } from '../core/variable.ts';
import { type FusedActivation, fusedMatMul } from '../ops/matmul.ts';
import { type ActivationFunction, type ActivationName, activationConfig, FUSED, getActivation } from './activation.ts';
import { configOf } from './config.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
import type { BatchShape } from './node.ts';

/** Options of a Dense layer. */
export interface DenseOptions extends LayerOptions {
  /** The size of the last axis of the output. */
  units: number;
  /** What follows the product, by name or as a function; nothing unless given. */
  activation?: ActivationName | ActivationFunction | null;
  /** Whether a bias is added; true unless given. */
  useBias?: boolean;
  /** "glorotUniform" unless given. */
  kernelInitializer?: WeightOptions['initializer'];
  /** "zeros" unless given. */
  biasInitializer?: WeightOptions['initializer'];
  /** What to add to the loss for the size of the kernel. */
  kernelRegularizer?: WeightOptions['regularizer'];
  /** What to add to the loss for the size of the bias. */
  biasRegularizer?: WeightOptions['regularizer'];
}

const OPTIONS = [
  ...LAYER_OPTIONS,
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
];

/**
 * `activation(x @ kernel + bias)` over the last axis of `x`: [..., n] gives [..., units].
 * @example
 * const layer = new tf.layers.Dense({ units: 2, kernelInitializer: 'ones' });
 * layer.apply(tf.tensor([[1, 2, 3]])).arraySync(); // [[6, 6]]
 */
export class Dense extends Layer {
  readonly units: number;
  readonly useBias: boolean;
  kernel?: Variable;
  bias?: Variable;
  readonly #options: DenseOptions;
  readonly #activation: ActivationFunction | null;

  constructor(options: DenseOptions) {
    checkOptions('Dense', options ?? {}, OPTIONS);
    if (!Number.isInteger(options?.units) || options.units < 1) {
      throw new ArgumentError(`Dense: units must be a whole number >= 1; received ${show(options?.units)}`);
    }
    super(options);
    this.units = options.units;
    this.useBias = checkFlag('Dense', 'useBias', options.useBias ?? true);
    this.#options = options;
    this.#activation = getActivation('Dense', options.activation);
  }

  override build(inputShape: BatchShape): void {
    const inputs = inputShape.at(-1);
    if (inputShape.length < 2 || typeof inputs !== 'number') {
      throw new ShapeError(`${this.label}: needs at least 2 axes and a known last one; received ${showShape(inputShape)}`);
    }
    const { kernelInitializer, biasInitializer = 'zeros', kernelRegularizer, biasRegularizer } = this.#options;
    this.kernel = this.addWeight('kernel', [inputs, this.units], { initializer: kernelInitializer, regularizer: kernelRegularizer });
    if (this.useBias) this.bias = this.addWeight('bias', [this.units], { initializer: biasInitializer, regularizer: biasRegularizer });
    this.inputSpec = { axes: { [-1]: inputs } };
  }

  override call(x: Tensor): Tensor {
    const { activation } = this.#options;
    const fused = typeof activation === 'string' && FUSED.includes(activation);
    const y = fusedMatMul({
      a: x,
      b: this.kernel as Variable,
      ...(this.bias === undefined ? {} : { bias: this.bias }),
      activation: fused ? (activation as FusedActivation) : 'linear',
    });
    return fused || this.#activation === null ? y : this.#activation(y);
  }

  override getConfig(): Record<string, unknown> {
    const {
      activation,
      kernelInitializer = 'glorotUniform',
      biasInitializer = 'zeros',
      kernelRegularizer,
      biasRegularizer,
    } = this.#options;
    return {
      ...super.getConfig(),
      units: this.units,
      useBias: this.useBias,
      activation: activationConfig(activation),
      kernelInitializer: configOf(kernelInitializer),
      biasInitializer: configOf(biasInitializer),
      kernelRegularizer: configOf(kernelRegularizer),
      biasRegularizer: configOf(biasRegularizer),
    };
  }
}
