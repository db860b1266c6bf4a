/** Trains an image classifier on digits, evaluates it, and shows which digits it confuses. */
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

const network = new tf.Sequential([
  new tf.layers.Dense({ units: 512, activation: 'relu' }),
  new tf.layers.Dense({ units: 256, activation: 'relu' }),
  new tf.layers.Dense({ units: 10 }),
]);
network.build([null, 784]);
network.summary();
network.compile({
  optimizer: new tf.optimizers.Adam({ learningRate: 0.001 }),
  loss: new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
  metrics: ['accuracy'],
});
await network.fit(...train, { epochs, batchSize: 64, validationData: test, validationFreq: 2 });
const { loss, accuracy } = await network.evaluate(...test);
console.log(`On ${held} digits held out: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`);

const predicted = (await network.predict(test[0])).argMax(1).dataSync();
const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
test[1].dataSync().forEach((label, i) => {
  confusion[label][predicted[i]]++;
});
console.log(
  `Confusion (rows: what it is, columns: what was seen)\n     ${[...confusion.keys()].map((digit) => String(digit).padStart(4)).join('')}`,
);
confusion.forEach((row, digit) => {
  console.log(`   ${digit} ${row.map((n) => String(n === 0 ? '.' : n).padStart(4)).join('')}`);
});
const backend = tf.backend();
console.log(
  backend.name === 'native' ? `Native kernels (${backend.isa}), ${backend.threads} threads` : `TypeScript kernels: ${backend.reason}`,
);
