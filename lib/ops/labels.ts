/** Class labels as rows of zeros and one, checked. */
import { codeOf, type DType, dtypes, isComplex } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import { apply, declare, type Op } from '../core/op.ts';
import type { Tensor } from '../core/tensor.ts';

interface LabelAttrs {
  readonly classes: number;
  readonly dtype: number;
}

const labelRowsOp: Op<LabelAttrs> = declare<LabelAttrs>({
  name: 'labelRows',
  attrs: ['classes', 'dtype'],
  traits: { refuses: () => true },
  infer: ([labels], { classes, dtype }) => [{ shape: [...labels.shape, classes], dtype: dtypes[dtype] }],
  kernel([labels], [rows], { classes }) {
    rows.data.fill(0);
    for (let i = 0; i < labels.size; i++) {
      const label = labels.data[i];
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new ArgumentError(`labels: they must be whole numbers from 0 to ${classes - 1}; received ${label} at position ${i}`);
      }
      rows.data[i * classes + label] = 1;
    }
  },
  saves: [],
  grad: 'none',
});

/** For each label a row of `classes` zeros with a one at the label's place; unlike `oneHot`, labels out of range are refused. */
export function labelRows(labels: Tensor, classes: number, dtype: DType): Tensor {
  if (isComplex(dtype))
    throw new ArgumentError(`labels: they are compared with real numbers; received ${dtype}, of which take tf.real or tf.abs`);
  return apply(labelRowsOp, [labels], { classes, dtype: codeOf(dtype) })[0];
}
