/** Learns how far cars get with a gallon of fuel, and says how far off it is on cars held out, for several seeds. */
import { parseArgs } from 'node:util';
import * as tf from 'gradtape';
import { holdOut } from '../holdout.ts';
import { loadCars } from './cars.ts';

const { values } = parseArgs({ options: { data: { type: 'string' }, epochs: { type: 'string' }, seeds: { type: 'string' } } });
const epochs = Number(values.epochs ?? 300);
const seeds = Number(values.seeds ?? 3);
const { features, mpg, source } = await loadCars(values.data ?? process.env.GRADTAPE_DATA);
console.log(`Data: ${source}`);

const errors: number[] = [];
for (let seed = 1; seed <= seeds; seed++) {
  tf.setSeed(seed);
  const { train, test } = holdOut(features, mpg, Math.floor(mpg.size / 5));
  // Held-out cars are normalised by what is known of the others.
  const mean = train[0].mean(0);
  const deviation = tf.std(train[0], 0);
  const normalised = (x: tf.Tensor): tf.Tensor => x.sub(mean).div(deviation);

  const network = new tf.Sequential([
    new tf.layers.Dense({ units: 64, activation: 'relu' }),
    new tf.layers.Dense({ units: 64, activation: 'relu' }),
    new tf.layers.Dense({ units: 1 }),
  ]);
  network.build([null, features.shape[1]]);
  if (seed === 1) network.summary();
  network.compile({ optimizer: new tf.optimizers.RMSprop({ learningRate: 0.001 }), loss: 'mse', metrics: ['mae'] });
  const stop = new tf.EarlyStopping({ patience: 20, restoreBestWeights: true });
  const { epoch } = await network.fit(normalised(train[0]), train[1], { epochs, validationSplit: 0.2, callbacks: [stop], verbose: 0 });
  const { mae } = await network.evaluate(normalised(test[0]), test[1]);
  errors.push(mae);
  console.log(`Seed ${seed}: ${epoch.length} epochs, mean absolute error ${mae.toFixed(2)} mpg on ${test[1].size} cars held out`);
}
console.log(`Mean of ${seeds} seeds: ${(errors.reduce((total, error) => total + error, 0) / seeds).toFixed(2)} mpg`);
