/** The classifier of digits again, trained step by step: a dataset of batches, a tape, and an optimizer. */
import { parseArgs } from 'node:util';
import * as tf from 'gradtape';
import { holdOut } from '../holdout.ts';
import { loadDigits } from './digits.ts';

const { values } = parseArgs({ options: { data: { type: 'string' }, epochs: { type: 'string' }, count: { type: 'string' } } });
const epochs = Number(values.epochs ?? 5);
const { images, labels, source } = await loadDigits(values.data ?? process.env.GRADTAPE_DATA, Number(values.count ?? 5000));
console.log(`Data: ${source}`);

tf.setSeed(1);
const count = labels.size;
const held = Math.floor(count / 10);
const { train, test } = holdOut(images.reshape([count, 784]), labels, held);

/** A model of one's own: layers in its fields, and what it computes. */
class Classifier extends tf.Model {
  readonly hidden = [512, 256].map((units) => new tf.layers.Dense({ units, activation: 'relu' }));
  readonly logits = new tf.layers.Dense({ units: 10 });

  override call(x: tf.Tensor): tf.Tensor {
    return this.logits.apply(this.hidden.reduce((y, layer) => layer.apply(y), x));
  }
}

const network = new Classifier();
const loss = new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true });
const optimizer = new tf.optimizers.Adam({ learningRate: 0.001 });
const batches = tf.data.Dataset.fromTensorSlices(train)
  .shuffle(count - held)
  .batch(64)
  .prefetch(2);

/** One step down the gradient, which gives the loss before it: traced once, then run as one native program. */
const step = tf.function((x: tf.Tensor, y: tf.Tensor) => {
  const tape = new tf.GradientTape();
  const value = tape.record(() => loss(y, network.apply(x, { training: true })));
  const variables = network.trainableVariables;
  const gradients = tape.gradient(value, variables);
  optimizer.applyGradients(variables.map((variable, i) => [gradients[i], variable]));
  return value;
});

for (let epoch = 1; epoch <= epochs; epoch++) {
  let total = 0;
  for await (const [x, y] of batches) total += step(x, y).item() * x.shape[0];
  console.log(`Epoch ${epoch}/${epochs} - loss: ${(total / (count - held)).toFixed(4)}`);
}

const seen = network.apply(test[0]).argMax(1).dataSync();
const right = test[1].dataSync().filter((label, i) => label === seen[i]).length;
console.log(`On ${held} digits held out: accuracy ${(right / held).toFixed(4)}`);
