/** Situations of normalization and of its gradient. */
import * as tf from 'gradtape';
import { normalizeMatrix } from '../../lib/ops/normalization.ts';
import { type Case, FLOATS, values } from './values.ts';

const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 5],
  [7, 64],
  [130, 33],
  [2, 2100],
  [900, 24],
  [3000, 3],
  [0, 4],
  [4, 0],
];

type Option = readonly [axis: number, centered: boolean, scaled: boolean, shifted: boolean];

const OPTIONS: readonly Option[] = [
  [1, true, true, true],
  [1, true, false, false],
  [1, false, true, false],
  [1, true, false, true],
  [0, true, true, true],
  [0, true, false, false],
  [0, false, true, false],
];

function joined(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tf.concat(tensors.map((t) => t.reshape([t.size])));
}

/** The result with its statistics, or the gradients of all that goes in. */
function normalized(dtype: tf.DType, shape: readonly [number, number], option: Option, gradient: boolean): tf.Tensor {
  const [axis, centered, scaled, shifted] = option;
  const x = values(shape, dtype).add(values([shape[1]], dtype, 4).mul(3));
  const learned = [...(scaled ? [values([shape[1]], dtype, 2)] : []), ...(shifted ? [values([shape[1]], dtype, 3)] : [])];
  const f = (x: tf.Tensor, ...rest: tf.Tensor[]) =>
    normalizeMatrix(x, scaled ? rest[0] : null, shifted ? rest[scaled ? 1 : 0] : null, { axis, epsilon: 1e-3, centered });
  if (!gradient) {
    const { y, mean, variance } = f(x, ...learned);
    return joined([y, mean, variance]);
  }
  return joined(tf.grads((x, ...rest) => f(x, ...rest).y)([x, ...learned], values(shape, dtype, 5)));
}

/** The cases of this file. */
export const normalizationCases: readonly Case[] = (['normalization', 'normalizationGradient'] as const).flatMap((op) =>
  FLOATS.flatMap((dtype) =>
    SHAPES.flatMap((shape) =>
      OPTIONS.map((option) => ({
        op,
        what: `${dtype} [${shape}] ${option[0] === 1 ? 'rows' : 'columns'}${option[1] ? '' : ' as they lie'}${option[2] ? ' scaled' : ''}${option[3] ? ' shifted' : ''}`,
        run: () => normalized(dtype, shape, option, op === 'normalizationGradient'),
      })),
    ),
  ),
);
