/** Situations of ops that move elements, and of those that pick and count by index. */
import * as tf from 'gradtape';
import { type Case, NUMBERS, values } from './values.ts';

const DTYPES: readonly tf.DType[] = [...NUMBERS, 'bool'];
const FLOATS: readonly tf.DType[] = ['float32', 'float64'];

/** For every dtype, calls of `f` on what `shape` holds. */
function each(op: string, what: string, shape: readonly number[], f: (x: tf.Tensor) => tf.Tensor, dtypes = DTYPES): Case[] {
  return dtypes.map((dtype) => ({ op, what: `${dtype} [${shape}] ${what}`, run: () => f(values(shape, dtype)) }));
}

const PERMUTATIONS: readonly (readonly [shape: readonly number[], perm: readonly number[]])[] = [
  [
    [7, 5],
    [1, 0],
  ],
  [
    [300, 517],
    [1, 0],
  ],
  [
    [33, 16],
    [1, 0],
  ],
  [
    [0, 5],
    [1, 0],
  ],
  [
    [3, 20, 37],
    [0, 2, 1],
  ],
  [
    [3, 20, 37],
    [2, 0, 1],
  ],
  [
    [3, 20, 37],
    [1, 0, 2],
  ],
  [
    [2, 3, 4, 5],
    [3, 2, 1, 0],
  ],
  [
    [2, 3, 1, 5, 6],
    [4, 2, 0, 3, 1],
  ],
  [
    [2, 1, 2, 1, 2, 1, 2, 3],
    [7, 6, 5, 4, 3, 2, 1, 0],
  ],
];

const rows = (count: number, least: number, span: number): number[] => Array.from({ length: count }, (_, i) => least + ((i * 7919) % span));

/** The cases of this file. */
export const moveCases: readonly Case[] = [
  ...PERMUTATIONS.flatMap(([shape, perm]) => each('transpose', `by [${perm}]`, shape, (x) => tf.transpose(x, perm))),
  ...each('slice', 'inside', [6, 7, 8], (x) => tf.slice(x, [1, 2, 3], [4, 3, 2])),
  ...each('slice', 'the middle of three axes', [6, 7, 8], (x) => tf.slice(x, [0, 2, 0], [6, 3, 8])),
  ...each('slice', 'nothing', [6, 7], (x) => tf.slice(x, [2, 7])),
  ...each('slice', 'half of many columns', [400, 400], (x) => tf.slice(x, [0, 200])),
  ...[[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]].flatMap((axes) => [
    ...each('reverse', `along [${axes}]`, [3, 5, 33], (x) => tf.reverse(x, axes)),
    ...each('reverse', `along [${axes}]`, [3, 0, 1], (x) => tf.reverse(x, axes)),
  ]),
  ...each('reverse', 'whole', [70001], (x) => tf.reverse(x)),
  ...each('stridedSlice', 'with steps', [7, 9, 11], (x) => tf.at(x, [1, null, 2], [null, null, -3], [9, 0, -2])),
  ...each('stridedSlice', 'rows backwards', [7, 33], (x) => tf.at(x, [null, null, -2])),
  ...each('stridedSlice', 'many', [300, 501], (x) => tf.at(x, [], [null, null, 2])),
  ...each('stridedPlace', 'a diagonal', [70], (x) => tf.diag(x)),
  ...each('stridedPlace', 'nothing', [0], (x) => tf.diag(x)),
  ...FLOATS.flatMap((dtype) =>
    [
      [7, 9, 11],
      [300, 501, 1],
    ].map((shape) => ({
      op: 'stridedPlace',
      what: `${dtype} [${shape}] a gradient`,
      run: () => tf.grad((x) => tf.at(x, [null, null, -2], [1, null, 3], []).square())(values(shape, dtype)),
    })),
  ),
  ...each('pad', 'around', [3, 5], (x) =>
    tf.pad(
      x,
      [
        [1, 2],
        [3, 0],
      ],
      1,
    ),
  ),
  ...each('pad', 'rows', [300, 300], (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 0],
    ]),
  ),
  ...each('pad', 'nothing', [0], (x) => tf.pad(x, [[2, 3]], 1.5)),
  ...each('pad', 'with what no integer holds', [2], (x) => tf.pad(x, [[1, 1]], 2 ** 33 + 257.75), FLOATS),
  ...each('pad', 'with what is no number', [2], (x) => tf.pad(x, [[1, 1]], Number.NaN), FLOATS),
  ...each('pad', 'with a fraction', [2], (x) => tf.pad(x, [[1, 1]], 254.75)),
  ...each('pad', 'a column', [4, 1], (x) =>
    tf.pad(x, [
      [0, 0],
      [1, 1],
    ]),
  ),
  ...[0, 1, 2].flatMap((axis) => [
    ...each('concat', `along ${axis}`, [3, 4, 5], (x) => tf.concat([x, x, tf.reverse(x)], axis)),
    ...each('concat', `with nothing along ${axis}`, [3, 4, 5], (x) =>
      tf.concat([x, tf.slice(x, [0, 0, 0], x.shape.with(axis, 0)), x], axis),
    ),
    ...each('concat', `much along ${axis}`, [60, 50, 70], (x) => tf.concat([x, x], axis)),
  ]),
  ...each('concat', 'many', [3], (x) => tf.concat(Array.from({ length: 700 }, () => x))),
  ...[0, 1, 2].flatMap((axis) =>
    each('gather', `along ${axis}`, [6, 7, 8], (x) =>
      tf.gather(
        x,
        [
          [5, 0, 1],
          [2, 2, 3],
        ],
        axis,
      ),
    ),
  ),
  ...each('gather', 'many rows', [50, 33], (x) => tf.gather(x, rows(5000, 0, 50))),
  ...each('gather', 'many elements', [50], (x) => tf.gather(x, rows(70001, 0, 50))),
  ...each('gather', 'nothing', [5, 2], (x) => tf.gather(x, tf.zeros([0, 3], 'int32'))),
  ...each('unsortedSegmentSum', 'rows', [300, 33], (x) => tf.unsortedSegmentSum(x, rows(300, -1, 12), 13)),
  ...each('unsortedSegmentSum', 'elements', [40000], (x) => tf.unsortedSegmentSum(x, rows(40000, 0, 3), 3)),
  ...each('unsortedSegmentSum', 'wide rows in segments of two axes', [2, 3, 700], (x) =>
    tf.unsortedSegmentSum(
      x,
      [
        [0, 4, 0],
        [4, -2, 1],
      ],
      5,
    ),
  ),
  ...[1, 33, 700].flatMap((width) =>
    each('unsortedSegmentSum', 'few rows in many segments', [300, width], (x) => tf.unsortedSegmentSum(x, rows(300, -40, 90), 3000)),
  ),
  ...each('unsortedSegmentSum', 'nothing', [0, 3], (x) => tf.unsortedSegmentSum(x, tf.zeros([0], 'int32'), 2)),
  ...each('unsortedSegmentSum', 'into nothing', [2, 3], (x) => tf.unsortedSegmentSum(x, [-1, -1], 0)),
  ...DTYPES.flatMap((dtype) => [
    {
      op: 'oneHot',
      what: `as ${dtype}`,
      run: () =>
        tf.oneHot(
          [
            [1, -1],
            [4, 0],
          ],
          4,
          1,
          0,
          dtype,
        ),
    },
    {
      op: 'oneHot',
      what: `as ${dtype}, on and off`,
      run: () => tf.oneHot(rows(3000, -2, 40), 37, 250.5, dtype === 'uint8' ? 3 : -1, dtype),
    },
  ]),
];
