/** Cars to learn from: the Auto MPG table where it is, else invented ones, as the features of each car and the distance it makes of a gallon. */
import { join } from 'node:path';
import * as tf from 'gradtape';

/** Features [n, 9], miles per gallon [n, 1], and where they come from. */
export interface Cars {
  readonly features: tf.Tensor;
  readonly mpg: tf.Tensor;
  readonly source: string;
}

const NUMBERS = ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration', 'model_year'];
const ORIGINS = ['usa', 'europe', 'japan'];

/** A table of `count` cars as CSV text; heavier and older ones need more fuel, and some lack their horsepower. */
function inventedTable(count: number): string {
  const draws = tf.randomUniform([count, 6], 0, 1, 'float32', 1).arraySync() as number[][];
  const rows = draws.map(([size, power, age, origin, noise, missing]) => {
    const cylinders = size < 0.5 ? 4 : size < 0.75 ? 6 : 8;
    const weight = Math.round(1700 + 2800 * size + 400 * (power - 0.5));
    const horsepower = Math.round(50 + 120 * size + 50 * (power - 0.5));
    const year = 70 + Math.floor(13 * age);
    const mpg = 60000 / (weight + 800) + 0.6 * (year - 76) + 4 * (noise - 0.5) + 1;
    const numbers = [cylinders, 60 + 300 * size, missing < 0.02 ? 'NA' : horsepower, weight, 22 - 8 * power, year];
    return [mpg.toFixed(1), ...numbers, ORIGINS[Math.floor(3 * origin)]].join(',');
  });
  return [`mpg,${NUMBERS.join(',')},origin`, ...rows].join('\n');
}

/** The cars of `mpg.csv` in `folder`, or invented ones if no folder is given; those with a missing value are dropped. */
export async function loadCars(folder: string | undefined): Promise<Cars> {
  const isGiven = folder !== undefined && folder !== '';
  const table = await tf.data.csv(isGiven ? join(folder, 'mpg.csv') : { text: inventedTable(400) }).collect();
  const numbers = NUMBERS.map((name) => table.numbers(name));
  const mpg = table.numbers('mpg');
  const origins = table.strings('origin').map((origin) => ORIGINS.indexOf(origin ?? ''));
  const kept = [...origins.keys()].filter((i) => origins[i] >= 0 && [mpg, ...numbers].every((column) => !Number.isNaN(column[i])));

  const measured = tf.tensor(kept.map((i) => numbers.map((column) => column[i])));
  const origin = tf.oneHot(
    kept.map((i) => origins[i]),
    ORIGINS.length,
  );
  const what = `${kept.length} cars, ${table.length - kept.length} more dropped for missing values`;
  return {
    features: tf.concat([measured, origin], 1),
    mpg: tf.tensor(kept.map((i) => [mpg[i]])),
    source: isGiven ? what : `${what}; invented, not measured`,
  };
}
