/** The metrics by name: what `tf.metrics` holds. */
import { unknownWord } from '../core/errors.ts';
import { Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy } from './accuracy.ts';
import { Metric, type MetricOptions } from './metric.ts';
import { MeanAbsoluteError, MeanSquaredError } from './regression.ts';

export { Accuracy, BinaryAccuracy, type BinaryAccuracyOptions, CategoricalAccuracy, SparseCategoricalAccuracy } from './accuracy.ts';
export { Mean, MeanMetric, Metric, type MetricOptions } from './metric.ts';
export { MeanAbsoluteError, MeanSquaredError } from './regression.ts';

type MetricClass = new (options: MetricOptions) => Metric;

const BY_NAME: Readonly<Record<string, MetricClass>> = {
  accuracy: Accuracy,
  acc: Accuracy,
  mse: MeanSquaredError,
  meanSquaredError: MeanSquaredError,
  mae: MeanAbsoluteError,
  meanAbsoluteError: MeanAbsoluteError,
  binaryAccuracy: BinaryAccuracy,
  categoricalAccuracy: CategoricalAccuracy,
  sparseCategoricalAccuracy: SparseCategoricalAccuracy,
};

type Sizes = readonly (number | null)[];

function suitedAccuracy(loss: string, truth: Sizes | undefined, output: Sizes): MetricClass {
  if (output.at(-1) === 1 || /binary/i.test(loss)) return BinaryAccuracy;
  const isSparse = truth === undefined ? /sparse/i.test(loss) : truth.length < output.length || truth.at(-1) === 1;
  return isSparse ? SparseCategoricalAccuracy : CategoricalAccuracy;
}

/**
 * The accuracy that suits a loss, by its name, and the shapes of labels and predictions, as in Keras: binary for one output, by the number of
 * the class for labels of one axis less, else by class.
 * @example
 * const metric = tf.metrics.accuracyFor(undefined, [32], [32, 10]);
 * metric instanceof tf.metrics.SparseCategoricalAccuracy; // true
 */
export function accuracyFor(lossName: string | undefined, truthShape: Sizes, outputShape: Sizes): Metric {
  return new (suitedAccuracy(lossName ?? '', truthShape, outputShape))({ name: 'accuracy' });
}

/**
 * The metric of that name, such as 'mae' or 'accuracy', which keeps the name; a metric is returned as it is. Beside the shape of a model's
 * output, 'accuracy' becomes the accuracy that suits the shape and the loss.
 * @example
 * const metric = tf.metrics.get('accuracy', [null, 10], new tf.losses.SparseCategoricalCrossentropy());
 * metric instanceof tf.metrics.SparseCategoricalAccuracy; // true
 */
export function get(identifier: string | Metric, outputShape?: Sizes, loss?: string | object): Metric {
  if (identifier instanceof Metric) return identifier;
  const text = String(identifier);
  const name = /^[A-Z]+$/.test(text) ? text.toLowerCase() : text.charAt(0).toLowerCase() + text.slice(1);
  if (!Object.hasOwn(BY_NAME, name)) throw unknownWord('metrics', 'metric', text, Object.keys(BY_NAME));
  if (BY_NAME[name] !== Accuracy || outputShape === undefined) return new BY_NAME[name]({ name });
  const lossName = typeof loss === 'string' ? loss : (loss?.constructor.name ?? '');
  return new (suitedAccuracy(lossName, undefined, outputShape))({ name });
}
