/** Situations of convolutions and pooling: strides, pads, dilations, groups, sizes around those of tiles and pieces. */
import * as tf from 'gradtape';
import { ACTIVATIONS } from '../../lib/ops/ending.ts';
import { type Case, FLOATS, values } from './values.ts';

interface Situation {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly strides: tf.PerAxis;
  readonly pad: tf.Padding;
  readonly dilations?: tf.PerAxis;
}

const CONVOLUTIONS: readonly Situation[] = [
  { x: [2, 5, 6, 3], filter: [3, 3, 3, 4], strides: 1, pad: 'same' },
  { x: [2, 13, 13, 16], filter: [3, 3, 16, 33], strides: 1, pad: 'valid' },
  { x: [1, 30, 27, 8], filter: [5, 3, 8, 70], strides: 1, pad: 'same' },
  { x: [3, 9, 8, 5], filter: [3, 2, 5, 6], strides: [2, 3], pad: 'same' },
  {
    x: [1, 9, 9, 2],
    filter: [3, 2, 2, 3],
    strides: 2,
    pad: [
      [3, 1],
      [2, 4],
    ],
    dilations: [3, 2],
  },
  { x: [1, 8, 8, 2], filter: [2, 2, 2, 3], strides: 3, pad: 'valid', dilations: 2 },
  { x: [2, 9, 8, 6], filter: [3, 3, 2, 9], strides: 1, pad: 1 },
  { x: [2, 9, 13, 18], filter: [3, 3, 1, 18], strides: 1, pad: 'same' },
  { x: [2, 9, 11, 37], filter: [2, 3, 1, 37], strides: [2, 1], pad: 1, dilations: [1, 2] },
  { x: [1, 9, 9, 4], filter: [3, 3, 1, 8], strides: 2, pad: 2 },
  { x: [2, 7, 6, 16], filter: [1, 1, 16, 20], strides: 1, pad: 'valid' },
  { x: [2, 7, 6, 3], filter: [1, 1, 3, 2], strides: 2, pad: 'valid' },
  { x: [1, 3, 900, 2], filter: [3, 5, 2, 17], strides: 1, pad: 'same' },
  { x: [1, 4, 4, 300], filter: [3, 3, 300, 40], strides: 1, pad: 'same' },
  // What lies outside is left out: of one result at each end of a row, of the only one, of both at once, of none behind the last; not of two.
  { x: [2, 28, 28, 16], filter: [3, 3, 16, 32], strides: 1, pad: 'same' },
  { x: [3, 4, 1, 15], filter: [3, 3, 15, 7], strides: 1, pad: 'same' },
  {
    x: [1, 6, 2, 16],
    filter: [3, 4, 16, 5],
    strides: 1,
    pad: [
      [1, 1],
      [1, 2],
    ],
  },
  { x: [2, 9, 32, 14], filter: [3, 3, 14, 16], strides: [1, 2], pad: 1 },
  { x: [2, 3, 5, 14], filter: [5, 5, 14, 3], strides: 1, pad: 2 },
  { x: [0, 5, 5, 2], filter: [3, 3, 2, 3], strides: 1, pad: 'same' },
  { x: [1, 2, 2, 1], filter: [2, 2, 1, 1], strides: 1, pad: 'valid' },
];

const SPATIAL: readonly Situation[] = [
  { x: [2, 400, 4], filter: [7, 4, 5], strides: 2, pad: 'same' },
  { x: [1, 1000, 3], filter: [3, 3, 18], strides: 1, pad: 'valid', dilations: 4 },
  { x: [1, 5, 6, 7, 3], filter: [3, 2, 3, 3, 4], strides: [1, 2, 1], pad: 'same' },
  { x: [2, 6, 5, 5, 4], filter: [2, 2, 2, 2, 6], strides: 2, pad: 'valid', dilations: [2, 1, 1] },
];

function convolution({ x, strides, pad, dilations = 1 }: Situation): (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor {
  if (x.length === 3) return (a, b) => tf.conv1d(a, b, strides, pad, 'NWC', dilations);
  if (x.length === 5) return (a, b) => tf.conv3d(a, b, strides, pad, 'NDHWC', dilations);
  return (a, b) => tf.conv2d(a, b, strides, pad, 'NHWC', dilations);
}

/** The gradient of input `which` of `f`, whose results all differ. */
function gradient(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly tf.Tensor[], which: number): tf.Tensor {
  const tape = new tf.GradientTape();
  const y = tape.record(() => {
    tape.watch([...inputs]);
    return f(...inputs);
  });
  const [found] = tape.gradient(y, [inputs[which]], { outputGradients: [values(y.shape, y.dtype, 3)] });
  if (found === null) throw new Error('nothing flows');
  return found;
}

function convolutions(): Case[] {
  return [...CONVOLUTIONS, ...SPATIAL].flatMap((situation) =>
    FLOATS.flatMap((dtype) => {
      const { x, filter, strides, pad, dilations = 1 } = situation;
      const what = `${dtype} [${x}] by [${filter}], strides ${strides}, pad ${pad}, dilations ${dilations}`;
      const inputs = (): tf.Tensor[] => [values(x, dtype), values(filter, dtype, 2)];
      const run = convolution(situation);
      return [
        { op: 'conv', what, run: () => run(...(inputs() as [tf.Tensor, tf.Tensor])) },
        { op: 'convBackpropInput', what, run: () => gradient((a, b) => run(a, b), inputs(), 0) },
        { op: 'convBackpropFilter', what, run: () => gradient((a, b) => run(a, b), inputs(), 1) },
      ];
    }),
  );
}

/** Of channels that are kept apart, too. */
const FILTERS: readonly (readonly number[])[] = [
  [3, 3, 4, 18],
  [3, 3, 1, 4],
];

function endings(): Case[] {
  return ACTIVATIONS.flatMap((activation) =>
    FLOATS.flatMap((dtype) =>
      FILTERS.map((shape) => ({
        op: 'conv',
        what: `${dtype} [${shape}] with a bias and ${activation}`,
        run: () => {
          const [x, filter, bias] = [values([2, 5, 6, 4], dtype), values(shape, dtype, 2), values(shape.slice(3), dtype, 3)];
          return tf.fusedConv2d({ x, filter, bias, strides: 1, pad: 'same', activation });
        },
      })),
    ),
  );
}

const POOLS: readonly { x: readonly number[]; size: readonly number[]; strides: tf.PerAxis; pad: tf.Padding; dilations?: tf.PerAxis }[] = [
  { x: [2, 6, 8, 32], size: [2, 2], strides: 2, pad: 'valid' },
  { x: [3, 7, 5, 3], size: [3, 3], strides: 2, pad: 'same' },
  {
    x: [1, 9, 8, 19],
    size: [3, 2],
    strides: 1,
    pad: [
      [2, 0],
      [1, 1],
    ],
  },
  { x: [2, 20, 18, 5], size: [17, 18], strides: 1, pad: 'valid' },
  { x: [1, 6, 6, 2], size: [2, 3], strides: 1, pad: 'same', dilations: [3, 2] },
  { x: [1, 1, 2, 3], size: [2, 2], strides: 1, pad: 'same', dilations: 3 },
  { x: [2, 40, 4], size: [3], strides: 2, pad: 'same' },
  { x: [1, 5, 6, 4, 3], size: [2, 3, 2], strides: [2, 1, 2], pad: 'same' },
  { x: [0, 4, 4, 3], size: [2, 2], strides: 2, pad: 'valid' },
];

/** A gradient of a gradient: what reads the pixels that were picked. */
function picked(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.jvp((a) => f(a), [x], [values(x.shape, x.dtype, 4)]).tangent;
}

function pools(): Case[] {
  return POOLS.flatMap(({ x, size, strides, pad, dilations = 1 }) =>
    FLOATS.flatMap((dtype) => {
      const what = `${dtype} [${x}] by [${size}], strides ${strides}, pad ${pad}, dilations ${dilations}`;
      const of = (kind: 'max' | 'avg') => (a: tf.Tensor) => tf.pool(a, size, kind, pad, dilations, strides);
      return [
        { op: 'maxPool', what, run: () => of('max')(values(x, dtype)) },
        { op: 'maxPoolBackprop', what, run: () => gradient(of('max'), [values(x, dtype)], 0) },
        { op: 'maxPoolPick', what, run: () => picked(of('max'), values(x, dtype)) },
        { op: 'avgPool', what, run: () => of('avg')(values(x, dtype)) },
        { op: 'avgPoolBackprop', what, run: () => gradient(of('avg'), [values(x, dtype)], 0) },
      ];
    }),
  );
}

/** The cases of this file. */
export const convCases: readonly Case[] = [
  ...convolutions(),
  ...endings(),
  ...pools(),
  ...FLOATS.map((dtype) => ({
    op: 'maxPool',
    what: `${dtype} with NaN, infinities and equal values`,
    run: () => {
      const rows = [Number.NaN, 1, 1, Number.NEGATIVE_INFINITY, 5, Number.NaN, Number.POSITIVE_INFINITY, 1, 1, 0, 2, 2];
      return tf.maxPool(tf.tensor([...rows, ...rows.toReversed()], [1, 4, 6, 1], dtype), 2, 1, 'same');
    },
  })),
];
