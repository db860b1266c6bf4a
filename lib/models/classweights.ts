/** Weights of classes as weights of rows. */
import { ArgumentError, ShapeError, show } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { tensor } from '../ops/creation.ts';
import { argMax } from '../ops/reduce.ts';
import type { Batch, BatchSource } from './batches.ts';

/** How much a row counts by the number of its class; 1 for classes that are not named. */
export type ClassWeight = Readonly<Record<number, number>>;

/** Refuses what is no record of weights by the number of a class. */
export function checkClassWeight(value: ClassWeight): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ArgumentError(`fit: classWeight must be a record of weights by class, such as { 0: 1, 1: 5 }; received ${show(value)}`);
  }
  for (const [key, weight] of Object.entries(value)) {
    if (!/^\d+$/.test(key)) throw new ArgumentError(`fit: classWeight must be by number of class; received ${show(key)}`);
    if (typeof weight !== 'number' || !(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError(`fit: the classWeight of ${key} must be a number >= 0; received ${show(weight)}`);
    }
  }
}

/** The weights [n] of rows with labels `y`: numbers of classes as [n] or [n, 1], or one value per class as [n, classes]. */
export function weightsOfRows(y: unknown, classWeight: ClassWeight): Tensor {
  if (!(y instanceof Tensor)) throw new ArgumentError(`fit: classWeight needs a model of one output; received labels ${show(y)}`);
  if (y.rank === 0 || y.rank > 2) {
    throw new ShapeError(`fit: classWeight needs labels of shape [n], [n,1] or [n,classes]; received ${showShape(y.shape)}`);
  }
  const classes = (y.rank === 2 && y.shape[1] > 1 ? argMax(y, -1) : y).dataSync();
  return tensor(Float32Array.from(classes, (label) => classWeight[Math.round(label)] ?? 1));
}

/** The same batches with the weights of their rows' classes. */
export function weighBatches(source: BatchSource, classWeight: ClassWeight): BatchSource {
  return {
    steps: source.steps,
    async *pass() {
      for await (const [x, y, sampleWeight] of source.pass()) {
        if (sampleWeight !== undefined) throw new ArgumentError('fit: batches with weights of their own take no classWeight');
        const weighed: Batch = [x, y, weightsOfRows(y, classWeight)];
        yield weighed;
      }
    },
  };
}
