/** Situations of ops without a native row that read, choose and count: boxes, alignments, candidates, bits and divisors. */
import * as tf from 'gradtape';
import { drawn } from './number-cases.ts';
import { binary, type Case, FLOATS, values } from './values.ts';

/** All results one after the other, as doubles. */
function joined(...tensors: readonly tf.Tensor[]): tf.Tensor {
  return tf.concat(tensors.map((x) => x.cast('float64').reshape([x.size])));
}

/** Boxes with corners in order, scattered over a square. */
function boxes(shape: readonly number[]): tf.Tensor {
  const corner = values([...shape, 2], 'float32').sigmoid();
  return tf.concat(
    [
      corner,
      corner.add(
        values([...shape, 2], 'float32', 2)
          .sigmoid()
          .mul(0.5),
      ),
    ],
    -1,
  );
}

const BOXES: readonly Case[] = [
  ...[1, 2, 17].map((n) => ({
    op: 'nonMaxSuppression',
    what: `${n} boxes, padded`,
    run: () => {
      const found = tf.image.nonMaxSuppressionPadded(boxes([n]), values([n], 'float32', 3), 5, 0.3, -1, true);
      return joined(found.selectedIndices, found.validOutputs);
    },
  })),
  ...[1, 3].map((classes) => ({
    op: 'combinedNonMaxSuppression',
    what: `boxes of ${classes} classes`,
    run: () => joined(...Object.values(tf.image.combinedNonMaxSuppression(boxes([2, 9, 1]), values([2, 9, classes], 'float32'), 3, 4))),
  })),
  ...[1, 3].map((channels) => ({
    op: 'boxBorders',
    what: `${channels} channels`,
    run: () => tf.image.drawBoundingBoxes(values([2, 9, 7, channels], 'float32'), boxes([2, 3])),
  })),
];

const ALIGNMENTS: readonly Case[] = FLOATS.flatMap((dtype) => {
  const loss = (logits: tf.Tensor): tf.Tensor =>
    tf.ctcLoss(
      [
        [1, 2, 2],
        [3, 0, 0],
      ],
      logits,
      [3, 1],
      [6, 4],
    );
  return [
    { op: 'ctcArrivals', what: `${dtype} two rows of labels`, run: () => loss(values([2, 6, 4], dtype)) },
    { op: 'bandRecurrence', what: `${dtype} a gradient of ctcLoss`, run: () => tf.grad(loss)(values([2, 6, 4], dtype)) },
    {
      op: 'ctcBeamSearch',
      what: `${dtype} two paths`,
      run: () => joined(...tf.ctcDecode(values([2, 6, 4], dtype), [6, 4], { strategy: 'beamSearch', topPaths: 2 })),
    },
  ];
});

const NUMBERS: readonly Case[] = [
  ...binary('gcd', tf.gcd, ['int32', 'uint8']),
  ...binary('nextafter', tf.nextafter, FLOATS),
  ...binary('multiplyNoNan', tf.multiplyNoNan, FLOATS),
  ...FLOATS.flatMap((dtype) => [
    { op: 'bitcast', what: `${dtype} as int32`, run: () => tf.bitcast(values([3, 4], dtype), 'int32') },
    { op: 'bitcast', what: `${dtype} as uint8`, run: () => tf.bitcast(values([5], dtype), 'uint8') },
    { op: 'bitcast', what: `${dtype} from int32`, run: () => tf.bitcast(values([3, 2], 'int32'), dtype) },
  ]),
  ...[true, false].map((normalize) => ({
    op: 'editDistance',
    what: normalize ? 'a share' : 'whole words',
    run: () =>
      tf.editDistance(values([4, 5], 'int32').mod(3), values([4, 7], 'int32', 2).mod(3), { normalize, truthLengths: [7, 3, 0, 1] }),
  })),
  ...[true, false].map((unique) =>
    drawn('logUniformCandidates', unique ? 'each once' : 'any', () => {
      const found = tf.logUniformCandidateSampler([[0], [7]], 1, 5, unique, 40);
      return joined(...Object.values(found));
    }),
  ),
];

/** The cases of this file. */
export const discreteCases: readonly Case[] = [...BOXES, ...ALIGNMENTS, ...NUMBERS.filter(({ what }) => !/7000/.test(what))];
