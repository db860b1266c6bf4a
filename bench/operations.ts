/** Single ops on large tensors: what every side computes, what that costs at least, and our side. */
import { bestOf, type Figure, load, type Package, type Settings } from './clock.ts';

type Tensor = InstanceType<Package['Tensor']>;
type Source = Tensor | InstanceType<Package['Variable']>;

/** What is computed, of which shapes, and by what it is differentiated where it is the gradient that is timed. Rivals in Python read this as JSON. */
export interface Operation {
  readonly kind: 'conv2d' | 'depthwiseConv2d' | 'maxPool' | 'batchNorm' | 'layerNorm' | 'softmax' | 'sum' | 'transpose' | 'attention';
  /** NHWC for images; [batch, positions, heads, width] for attention. */
  readonly shape: readonly number[];
  /** The channels that come out of a convolution. */
  readonly channels?: number;
  readonly axis?: number;
  readonly perm?: readonly number[];
  /** The inputs that the gradient is taken by; none for the op itself. */
  readonly by?: readonly ('x' | 'filter' | 'scale' | 'offset' | 'q' | 'k' | 'v')[];
}

/** An operation and what it cannot do without: arithmetic, or traffic with memory that holds nothing in caches. */
export interface Task {
  readonly name: string;
  readonly operation: Operation;
  readonly flops?: number;
  readonly bytes?: number;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The taps of each filter. */
const TAPS = 9;

/** Convolutions 3x3 that keep the size, each way. */
export const CONVOLUTIONS: readonly Task[] = (
  [
    [[32, 28, 28, 32], 32],
    [[32, 28, 28, 64], 64],
    [[16, 14, 14, 256], 256],
  ] as const
).flatMap(([shape, channels]) => {
  const title = `conv2d 3x3 [${shape}] to ${channels}`;
  const [kind, flops] = ['conv2d' as const, 2 * TAPS * channels * sizeOf(shape)];
  return [
    { name: title, operation: { kind, shape, channels }, flops },
    { name: `${title}, by data`, operation: { kind, shape, channels, by: ['x'] }, flops },
    { name: `${title}, by filter`, operation: { kind, shape, channels, by: ['filter'] }, flops },
  ] as const;
});

const HEADS = [16, 64, 4, 32] as const;

/** Causal attention as the small GPT has it: two products of which half is seen, five for the gradient with the weights computed again. */
export const ATTENTION: readonly Task[] = [
  { name: `attention [${HEADS}]`, operation: { kind: 'attention', shape: HEADS }, flops: 2 * sizeOf(HEADS) * 64 },
  {
    name: `attention [${HEADS}], gradient`,
    operation: { kind: 'attention', shape: HEADS, by: ['q', 'k', 'v'] },
    flops: 5 * sizeOf(HEADS) * 64,
  },
];

const [ROWS, IMAGES, BLOCK, SQUARE] = [
  [8192, 512],
  [64, 32, 32, 64],
  [256, 128, 128],
  [2048, 2048],
] as const;

/** Ops on four million floats; `passes` is how often as much has to be read or written. */
function streaming(name: string, passes: number, operation: Operation): Task {
  return { name, operation, bytes: 4 * passes * sizeOf(operation.shape) };
}

/** Ops that memory limits. Statistics over a batch are known only when all of it has been read, so it is read twice. */
export const STREAMING: readonly Task[] = [
  streaming('layerNorm', 2, { kind: 'layerNorm', shape: ROWS }),
  streaming('layerNorm, gradient', 3, { kind: 'layerNorm', shape: ROWS, by: ['x', 'scale', 'offset'] }),
  streaming('softmax', 2, { kind: 'softmax', shape: ROWS }),
  streaming('softmax, gradient', 3, { kind: 'softmax', shape: ROWS, by: ['x'] }),
  ...[0, 1, 2].map((axis) => streaming(`sum over axis ${axis} of 3`, 1, { kind: 'sum', shape: BLOCK, axis })),
  streaming('transpose of a matrix', 2, { kind: 'transpose', shape: SQUARE, perm: [1, 0] }),
  streaming('transpose [b,h,w,c] to [b,c,h,w]', 2, { kind: 'transpose', shape: IMAGES, perm: [0, 3, 1, 2] }),
  streaming('transpose [b,h,w,c] to [b,w,h,c]', 2, { kind: 'transpose', shape: IMAGES, perm: [0, 2, 1, 3] }),
  streaming('batchNorm while training', 3, { kind: 'batchNorm', shape: IMAGES }),
  streaming('batchNorm while training, gradient', 5, { kind: 'batchNorm', shape: IMAGES, by: ['x', 'scale', 'offset'] }),
  streaming('depthwise conv 3x3', 2, { kind: 'depthwiseConv2d', shape: IMAGES }),
  streaming('depthwise conv 3x3, by data', 2, { kind: 'depthwiseConv2d', shape: IMAGES, by: ['x'] }),
  streaming('depthwise conv 3x3, by filter', 2, { kind: 'depthwiseConv2d', shape: IMAGES, by: ['filter'] }),
  streaming('maxPool 2x2', 1.25, { kind: 'maxPool', shape: IMAGES }),
  streaming('maxPool 2x2, gradient', 2.25, { kind: 'maxPool', shape: IMAGES, by: ['x'] }),
];

/** The op on inputs by name. */
function computeOf(tf: Package, operation: Operation): { inputs: Readonly<Record<string, Source>>; compute: () => Tensor } {
  const { kind, shape, channels = 1, axis = 0, perm } = operation;
  const last = shape[shape.length - 1];
  const x = tf.randomNormal(shape);
  switch (kind) {
    case 'conv2d': {
      const filter = tf.randomNormal([3, 3, last, channels], 0, 1 / Math.sqrt(TAPS * last));
      return { inputs: { x, filter }, compute: () => tf.conv2d(x, filter, 1, 'same') };
    }
    case 'depthwiseConv2d': {
      const filter = tf.randomNormal([3, 3, last, 1], 0, 1 / 3);
      return { inputs: { x, filter }, compute: () => tf.depthwiseConv2d(x, filter, 1, 'same') };
    }
    case 'maxPool':
      return { inputs: { x }, compute: () => tf.maxPool(x, 2, 2, 'valid') };
    case 'batchNorm': {
      const layer = new tf.layers.BatchNormalization();
      layer.build(shape);
      const [scale, offset] = layer.trainableVariables;
      return { inputs: { x, scale, offset }, compute: () => layer.apply(x, { training: true }) };
    }
    case 'layerNorm': {
      const [scale, offset] = [tf.randomNormal([last]), tf.randomNormal([last])];
      return { inputs: { x, scale, offset }, compute: () => tf.layerNormalization(x, scale, offset) };
    }
    case 'softmax':
      return { inputs: { x }, compute: () => tf.softmax(x) };
    case 'sum':
      return { inputs: { x }, compute: () => tf.sum(x, axis) };
    case 'transpose':
      return { inputs: { x }, compute: () => tf.transpose(x, perm) };
    case 'attention': {
      const [q, k, v] = [x, tf.randomNormal(shape), tf.randomNormal(shape)];
      return { inputs: { q, k, v }, compute: () => tf.dotProductAttention(q, k, v, null, null, null, true) };
    }
  }
}

/** Microseconds of an op, or of its gradient alone. */
export async function operate(settings: Settings): Promise<Figure> {
  const { operation } = settings;
  if (operation === undefined) throw new Error('operate: no operation is given');
  const tf = await load(settings);
  const { inputs, compute } = computeOf(tf, operation);
  if (operation.by === undefined) return { value: bestOf(() => compute().dispose()) };
  const sources = operation.by.map((name) => inputs[name]);
  const tape = new tf.GradientTape({ persistent: true });
  const y = tape.record(() => {
    for (const source of sources) if (source instanceof tf.Tensor) tape.watch(source);
    return compute();
  });
  const dy = tf.randomNormal(y.shape);
  return {
    value: bestOf(() => {
      for (const gradient of tape.gradient(y, sources, { outputGradients: dy })) gradient?.dispose();
    }),
  };
}
