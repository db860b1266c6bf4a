/** What no public function makes an op apply to, but a program might: refused by the op itself, before a kernel reads beyond its inputs. */
import * as tf from 'gradtape';
import { expect, it } from 'vitest';
import { type AnyOp, apply, ops } from '../../lib/core/op.ts';

const f = (...shape: number[]): tf.Tensor => tf.zeros(shape);
const whole = (...shape: number[]): tf.Tensor => tf.zeros(shape, 'int32');
const bytes = (...shape: number[]): tf.Tensor => tf.zeros(shape, 'uint8');

const WINDOW = { strides: [1], pads: [0, 0], dilations: [1] };
const POOL = { size: [2], ...WINDOW };
const CONV = { ...WINDOW, groups: 2, activation: 0, leakyReluAlpha: 0 };
const ROWS = { axis: 1, epsilon: 1e-3, centered: true, scaled: false, shifted: false };
const DRAW = { shape: [2], min: 0, max: 1, dtype: 0 };

const refused: readonly (readonly [op: string, inputs: readonly tf.Tensor[], attrs: object, words: string])[] = [
  ['reverse', [f(3)], { axes: [1] }, 'reverse: there is no axis 1; received [3]'],
  ['flattenIndices', [whole(4, 2)], { dims: [5], owner: 0 }, 'flattenIndices: needs 1 numbers for each position; received [4,2]'],
  ['extremeShare', [f(3, 4), f(1, 1)], { axes: [1] }, 'extremeShare: no extreme of [3,4] over [1] has shape [1,1]'],
  [
    'stridedSlice',
    [f(3)],
    { begin: [2], end: [-2], strides: [-1] },
    'stridedSlice: from [2] in steps of [-1], size [4] reaches beyond shape [3]',
  ],
  ['maxPoolPick', [f(1, 3, 1), bytes(1, 3, 1)], POOL, 'maxPoolPick: needs uint8 numbers of shape [1,2,1]; received uint8 [1,3,1]'],
  [
    'maxPoolBackprop',
    [f(1, 2, 1), whole(1, 2, 1)],
    { ...POOL, spatial: [3] },
    'maxPoolBackprop: needs uint8 numbers of shape [1,2,1]; received int32 [1,2,1]',
  ],
  ['avgPoolBackprop', [f(1, 2, 1)], { ...POOL, spatial: [4] }, 'avgPoolBackprop: images of [1,4,1] have results [1,3,1]; received [1,2,1]'],
  ['conv', [f(1, 3, 5), f(2, 2, 4)], CONV, 'conv: a filter [2,2,4] in 2 groups does not fit 5 channels'],
  [
    'convBackpropInput',
    [f(1, 2, 5), f(2, 2, 5)],
    { ...WINDOW, groups: 2, size: [3] },
    'convBackpropInput: a filter [2,2,5] in 2 groups does not fit 4 channels',
  ],
  [
    'convBackpropFilter',
    [f(1, 3, 5), f(1, 2, 4)],
    { ...WINDOW, groups: 2, size: [2] },
    'convBackpropFilter: a filter [2,2,4] in 2 groups does not fit 5 channels',
  ],
  [
    'convBackpropFilter',
    [f(1, 3, 4), f(1, 3, 4)],
    { ...WINDOW, groups: 2, size: [2] },
    'convBackpropFilter: images of [1,3,4] have results [1,2,4]; received [1,3,4]',
  ],
  ['normalization', [f(3, 4), f(3)], { ...ROWS, scaled: true }, 'normalization: needs 4 numbers beside [3,4]; received [3]'],
  ['normalizationGradient', [f(3, 4), f(3, 4), f(4), f(3)], ROWS, 'normalizationGradient: needs 3 numbers beside [3,4]; received [4]'],
  ['normalizationGradient', [f(3), f(3, 4), f(3), f(3)], ROWS, 'normalizationGradient: needs dy of shape [3,4]; received [3]'],
  [
    'attentionGradient',
    [f(1, 2, 1, 3), f(1, 2, 1, 3), f(1, 2, 1), f(1, 2, 1, 3), f(1, 2, 1, 3), f(1, 2, 1, 3)],
    { scale: 1, causal: false, biased: false, masked: false },
    'attentionGradient: needs sums of shape [1,1,2]; received [1,2,1]',
  ],
  ['searchSorted', [f(), f()], { right: false }, 'searchSorted: needs one sorted line, or one for each line of values; received [] and []'],
  ['randomUniform', [whole(3)], DRAW, 'randomUniform: a state is four int32; received int32 [3]'],
  ['advanceState', [f(4)], { blocks: 1 }, 'advanceState: a state is four int32; received float32 [4]'],
  ['splitState', [whole(2, 3)], { count: 1 }, 'splitState: a state is four int32; received int32 [2,3]'],
];

it.each(refused)('%s %#', (name, inputs, attrs, words) => {
  expect(() => apply(ops.get(name) as AnyOp, inputs, attrs)).toThrow(new tf.ShapeError(words));
});

it('floor of a quotient below the least number', () => {
  expect(tf.floorDiv(tf.tensor([-1e-200, 1e-200], [2], 'float64'), tf.tensor([1e200, -1e200], [2], 'float64')).arraySync()).toEqual([
    -1, -1,
  ]);
});

it('a part that goes backwards is nothing of a batch of nothing', () => {
  const x = tf.input({ shape: [2] });
  const model = new tf.Model({ inputs: x, outputs: tf.at(x, [null, null, -1]) });
  expect(
    model
      .apply(
        tf.tensor([
          [1, 2],
          [3, 4],
        ]),
      )
      .arraySync(),
  ).toEqual([
    [3, 4],
    [1, 2],
  ]);
  expect(model.apply(tf.zeros([0, 2])).shape).toEqual([0, 2]);
});
