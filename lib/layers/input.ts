/** Where a model begins: symbolic tensors, and the layer that stands for them in a Sequential. */
import { checkDType, type DType } from '../core/dtype.ts';
import { checkOptions } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { attachDrawing } from './drawing.ts';
import { LAYER_OPTIONS, Layer, type LayerOptions } from './layer.ts';
import { type BatchShape, checkBatchShape, drawnTensor, PROBES, probeTensor, recordNode } from './node.ts';

/** Options of a symbolic input. */
export interface InputOptions {
  /** The shape of one input, without the batch axis. */
  shape: BatchShape;
  /** float32 unless given. */
  dtype?: DType;
}

/**
 * A tensor without values that stands for the input of a model: apply layers and ops to it, and give the ends to `new tf.Model`. The size of its
 * batch is a stand-in, so nothing drawn may go by it; what needs the real one belongs into the call of a layer.
 * @example
 * const x = tf.input({ shape: [3] });
 * const y = new tf.layers.Dense({ units: 2 }).apply(x);
 * const model = new tf.Model({ inputs: x, outputs: y });
 * model.apply(tf.zeros([5, 3])).shape; // [5, 2]
 */
export function input(options: InputOptions): Tensor {
  checkOptions('input', options ?? {}, ['shape', 'dtype']);
  const shape = checkBatchShape('input', 'shape', options?.shape);
  const dtype = checkDType('input', options.dtype ?? 'float32');
  const [first, second] = PROBES.map((size) => probeTensor([null, ...shape], size, dtype));
  const tensor = drawnTensor(first, second) as Tensor;
  attachDrawing();
  recordNode({ kind: 'input' }, tensor);
  return tensor;
}

/** Options of an Input layer. */
export interface InputLayerOptions extends LayerOptions {
  /** The shape of one input, without the batch axis. */
  shape: BatchShape;
}

/**
 * The first of a Sequential's layers, where it says what the inputs look like, so that the weights exist at once.
 * @example
 * const model = new tf.Sequential([new tf.layers.Input({ shape: [3] }), new tf.layers.Dense({ units: 2 })]);
 * model.countParams(); // 8
 */
export class Input extends Layer {
  constructor(options: InputLayerOptions) {
    const { shape, ...rest } = options ?? {};
    checkOptions('Input', rest, LAYER_OPTIONS);
    super({ ...rest, inputShape: checkBatchShape('Input', 'shape', shape) });
  }

  override call(x: Tensor): Tensor {
    return x;
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, ...rest } = super.getConfig();
    return { ...rest, shape: inputShape };
  }
}
