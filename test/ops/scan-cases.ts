/** Situations of scans and of sorting. */
import * as tf from 'gradtape';
import { bandRecurrence, ctcArrivals } from '../../lib/ops/ctc.ts';
import { linearRecurrence } from '../../lib/ops/scan.ts';
import { type Case, FLOATS, NUMBERS, values } from './values.ts';

const LINES: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[7], 0],
  [[3, 5, 33], 0],
  [[3, 5, 33], 1],
  [[3, 5, 33], 2],
  [[50, 700], 0],
  [[50, 700], 1],
  [[2, 40000], 1],
  [[4, 3, 200], 1],
  [[2, 0], 1],
  [[0, 2], 1],
  [[3, 1], 1],
];

type Scan = (x: tf.Tensor, axis: number, reverse: boolean) => tf.Tensor;

function scans(op: string, f: Scan, dtypes: readonly tf.DType[] = NUMBERS): Case[] {
  return LINES.flatMap(([shape, axis]) =>
    dtypes.flatMap((dtype) =>
      [false, true].map((reverse) => ({
        op,
        what: `${dtype} [${shape}] along ${axis}${reverse ? ' backwards' : ''}`,
        run: () => f(values(shape, dtype), axis, reverse),
      })),
    ),
  );
}

/** Few different values, so that many are equal, with what compares unlike numbers. */
function repeated(shape: readonly number[], dtype: tf.DType): tf.Tensor {
  const size = shape.reduce((product, d) => product * d, 1);
  const odd = dtype === 'float32' || dtype === 'float64' ? [Number.NaN, -0, 0, Infinity, -Infinity] : [3, 0];
  const data = Array.from({ length: size }, (_, i) => (i % 9 < odd.length ? odd[(i * 7) % odd.length] : (i * 7919) % 23));
  return tf.tensor(data, shape, dtype);
}

/** Both results as one tensor of doubles. */
function joined(values: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  return tf.stack([values.cast('float64'), indices.cast('float64')]);
}

const WIDTHS = [1, 7, 48, 49, 300, 9000] as const;

function sorting(): Case[] {
  return WIDTHS.flatMap((width) =>
    ([...NUMBERS, 'bool'] as const).flatMap((dtype) =>
      [values, repeated].flatMap((make) => {
        const shape = [width > 1000 ? 3 : 20, width];
        const what = `${dtype} [${shape}] ${make.name}`;
        const ordered = (direction: tf.SortDirection) => () => {
          const x = make(shape, dtype);
          return joined(tf.sort(x, 1, direction), tf.argsort(x, 1, direction));
        };
        return [
          { op: 'sort', what, run: ordered('ASCENDING') },
          { op: 'sort', what: `${what} descending`, run: ordered('DESCENDING') },
          ...[1, 5, width >> 1]
            .filter((k) => k <= width)
            .map((k) => ({
              op: 'topk',
              what: `${k} of ${what}`,
              run: () => {
                const { values, indices } = tf.topk(make(shape, dtype), k);
                return joined(values, indices);
              },
            })),
        ];
      }),
    ),
  );
}

/** Batch, time and states; the last takes several threads. */
const ALIGNMENTS = [
  [1, 1, 1],
  [2, 5, 1],
  [3, 4, 2],
  [2, 7, 5],
  [0, 2, 3],
  [40, 60, 41],
] as const;

function alignments(): Case[] {
  return ALIGNMENTS.flatMap((shape) => {
    const [batch, time, states] = shape;
    const emissions = (): tf.Tensor => values(shape, 'float64').sub(3);
    const skips = (): tf.Tensor => values([batch, states], 'float64', 3).greater(0).cast('float64');
    const what = `float64 [${shape}]`;
    // What cannot be reached is -Infinity, of which no difference is taken.
    const seen = (x: tf.Tensor): tf.Tensor => tf.stack([x.isInf().cast('float64'), tf.where(x.isInf(), 0, x)]);
    const never = (): tf.Tensor => tf.where(values(shape, 'float64', 5).greater(1), -Infinity, emissions());
    return [
      { op: 'ctcArrivals', what, run: () => seen(ctcArrivals(emissions(), skips())) },
      { op: 'ctcArrivals', what: `${what} with what never comes`, run: () => seen(ctcArrivals(never(), skips())) },
      ...[false, true].map((reverse) => ({
        op: 'bandRecurrence',
        what: `${what}${reverse ? ' backwards' : ''}`,
        run: () => bandRecurrence(values([3, batch, time, states], 'float64').div(9), values(shape, 'float64', 2), reverse),
      })),
    ];
  });
}

/** The cases of this file. */
export const scanCases: readonly Case[] = [
  ...scans('cumsum', (x, axis, reverse) => tf.cumsum(x, axis, false, reverse)),
  ...scans('cumsum', (x, axis, reverse) => tf.cumsum(x, axis, true, reverse), FLOATS),
  ...scans('cumprod', (x, axis, reverse) => tf.cumprod(x, axis, false, reverse), ['int32', 'uint8']),
  // Near 1, so that long products stay in range.
  ...scans('cumprod', (x, axis, reverse) => tf.cumprod(x.div(x.abs().add(0.1)), axis, false, reverse), FLOATS),
  ...scans('linearRecurrence', (x, axis, reverse) => linearRecurrence(x.div(3), x.add(1), { axis, reverse }), FLOATS),
  ...scans('cumLogSumExp', (x, axis, reverse) => tf.cumLogSumExp(x, axis, false, reverse), FLOATS),
  ...scans('cumExtremeIndex', tf.cummax),
  ...scans('cumExtremeIndex', tf.cummin),
  ...FLOATS.flatMap((dtype) => [
    { op: 'cumLogSumExp', what: `${dtype} with NaN and infinities`, run: () => tf.cumLogSumExp(repeated([9, 50], dtype), 1) },
    {
      op: 'cumLogSumExp',
      what: `${dtype} from -Infinity on`,
      run: () => tf.cumLogSumExp(tf.tensor([-Infinity, -Infinity, 3, -Infinity, 900, Infinity, 2], [7], dtype)),
    },
    { op: 'cumExtremeIndex', what: `${dtype} with NaN`, run: () => tf.cummax(repeated([9, 50], dtype), 1) },
    { op: 'sort', what: `${dtype} of nothing`, run: () => joined(tf.sort(tf.zeros([0], dtype)), tf.argsort(tf.zeros([0], dtype))) },
  ]),
  ...alignments(),
  ...sorting(),
  // The k greatest change all along, or are found at once.
  ...NUMBERS.flatMap((dtype) =>
    [1, -1].map((sign) => ({
      op: 'topk',
      what: `${dtype} of ${sign > 0 ? 'ascending' : 'descending'} elements`,
      run: () => {
        const { values, indices } = tf.topk(
          tf
            .range(0, 20000)
            .mul(sign / 90)
            .add(sign > 0 ? 0 : 223)
            .cast(dtype),
          40,
        );
        return joined(values, indices);
      },
    })),
  ),
  ...FLOATS.map((dtype) => ({
    op: 'topk',
    what: `${dtype} of hardly any numbers`,
    run: () => {
      const x = tf.range(0, 9000, 1, dtype);
      const { values, indices } = tf.topk(tf.where(x.mod(900).equal(899), x, Number.NaN), 30);
      return joined(values, indices);
    },
  })),
];
