/** The loss of labels without alignment. */
import { ShapeError } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { castTo } from '../ops/cast.ts';
import { notEqual } from '../ops/compare.ts';
import { fill } from '../ops/creation.ts';
import { ctcLoss } from '../ops/ctc.ts';
import { sum } from '../ops/reduce.ts';
import { Loss, type LossOptions } from './loss.ts';

/**
 * Connectionist temporal classification: of labels [batch, labels], in which 0 fills up and stands for no class, and logits [batch, time, classes] of any
 * alignment.
 * @example
 * const loss = new tf.losses.CTC();
 * loss([[1, 0]], tf.zeros([1, 2, 2])).item(); // 0.2877
 */
export class CTC extends Loss {
  constructor(options: LossOptions = {}) {
    super('CTC', { name: 'ctc', ...options });
  }

  protected override perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    if (yTrue.rank !== 2 || yPred.rank !== 3) {
      throw new ShapeError(
        `${this.name}: needs labels [batch,labels] and logits [batch,time,classes]; received ${showShape(yTrue.shape)} and ${showShape(yPred.shape)}`,
      );
    }
    const [batch, time] = yPred.shape;
    const count = sum(castTo(notEqual(yTrue, 0), 'int32'), 1);
    return ctcLoss(yTrue, yPred, count, fill([batch], time, 'int32'));
  }
}
