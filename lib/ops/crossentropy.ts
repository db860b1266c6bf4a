/** The cross-entropy of logits as one op. */
import { ShapeError } from '../core/errors.ts';
import { apply, declare, flopsPerElement, type Op } from '../core/op.ts';
import { sameShape, showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { softmaxCrossEntropyKernel } from '../kernels/softmax.ts';
import { logSoftmax, softmax } from './activations.ts';
import { add, mul, neg, sub } from './arithmetic.ts';
import { NONE, type None } from './elementwise.ts';
import { sum } from './reduce.ts';
import { expandDims } from './transpose.ts';

/** Outputs: the loss of each row, and its slope by the logits, so that the way back is one product. */
const softmaxCrossEntropyOp: Op<None, 'inputs' | 'outputs'> = declare<None, 'inputs' | 'outputs'>({
  name: 'softmaxCrossEntropy',
  attrs: [],
  // A softmax, a product with the label and its sum, and the slope.
  traits: { flops: flopsPerElement(8) },
  infer([labels, logits]) {
    const { shape, dtype } = logits;
    if (shape.length === 0 || !sameShape(labels.shape, shape)) {
      throw new ShapeError(
        `softmaxCrossEntropy: labels and logits need one shape with an axis of classes; received ${showShape(labels.shape)} and ${showShape(shape)}`,
      );
    }
    return [
      { shape: shape.slice(0, -1), dtype },
      { shape, dtype },
    ];
  },
  kernel: softmaxCrossEntropyKernel,
  saves: ['inputs', 'outputs'],
  grad({ dys: [dLoss, dSlope], inputs: [labels, logits], outputs: [, slope] }) {
    // The slope depends on both inputs too: what asks for its gradient is a derivative of the second order.
    const both = (first: (dy: Tensor) => Tensor, second: (dy: Tensor, p: Tensor) => Tensor) => (): Tensor => {
      const parts = [
        ...(dLoss === null ? [] : [first(expandDims(dLoss, logits.rank - 1))]),
        ...(dSlope === null ? [] : [second(dSlope, softmax(logits))]),
      ];
      return parts.reduce(add);
    };
    return [
      both(
        (dy) => neg(mul(dy, logSoftmax(logits))),
        (dy, p) => sub(sum(mul(dy, p), -1, true), dy),
      ),
      both(
        (dy) => mul(dy, slope),
        (dy, p) => mul(mul(sum(labels, -1, true), p), sub(dy, sum(mul(dy, p), -1, true))),
      ),
    ];
  },
});

/**
 * For each row of the last axis `-sum(labels * logSoftmax(logits))`; a class whose label is 0 counts 0, even with a logit of -Infinity. Labels
 * and logits are of one floating dtype.
 * @throws ShapeError unless both have one shape of at least one axis.
 */
export function softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor {
  return apply(softmaxCrossEntropyOp, [labels, logits], NONE)[0];
}
