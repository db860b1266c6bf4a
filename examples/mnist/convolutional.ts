/** A convolutional network on digits: two convolutions, each pooled, and how far its filters get in a few epochs. */
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
const { train, test } = holdOut(images.reshape([count, 28, 28, 1]), labels, held);

const network = new tf.Sequential([
  new tf.layers.Conv2D({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
  new tf.layers.MaxPooling2D(),
  new tf.layers.Conv2D({ filters: 64, kernelSize: 3, activation: 'relu' }),
  new tf.layers.MaxPooling2D(),
  new tf.layers.Flatten(),
  new tf.layers.Dense({ units: 10 }),
]);
network.summary();
const steps = epochs * Math.ceil((count - held) / 64);
network.compile({
  optimizer: new tf.optimizers.Adam({
    learningRate: new tf.optimizers.schedules.CosineDecay({ initialLearningRate: 0.005, decaySteps: steps }),
  }),
  loss: new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
  metrics: ['accuracy'],
});
const started = performance.now();
await network.fit(...train, { epochs, batchSize: 64 });
const time = performance.now() - started;
const { loss, accuracy } = await network.evaluate(...test);
console.log(`On ${held} digits held out: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`);
console.log(`${steps} steps of ${(time / steps).toFixed(1)} ms`);
