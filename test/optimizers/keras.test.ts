/** Optimizers and learning-rate schedules against Keras: four steps of two variables with each choice of options (test/fixtures/optimizers.py). */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import * as optimizers from '../../lib/optimizers/index.ts';

interface Fixture {
  readonly kernel: number[][];
  readonly bias: number[];
  readonly gradients: readonly [number[][], number[]][];
  readonly runs: readonly {
    readonly optimizer: string;
    readonly options: object;
    readonly undecayedBias: boolean;
    readonly expected: readonly number[][];
  }[];
  readonly steps: readonly number[];
  readonly schedules: readonly { readonly schedule: string; readonly options: object; readonly rates: readonly number[] }[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/optimizers.json', import.meta.url), 'utf8'));

/** What `group` holds by that name, made with the options, if it is a `type`. */
function made<T>(group: object, name: string, options: object, type: abstract new (...args: never[]) => T): T {
  const found: unknown = Reflect.get(group, name);
  if (typeof found !== 'function') throw new Error(`there is no ${name}`);
  const instance: unknown = Reflect.construct(found, [options]);
  if (!(instance instanceof type)) throw new Error(`${name} is no ${type.name}`);
  return instance;
}

describe('four steps are those of Keras', () => {
  const runs = fixture.runs.map(
    (run) => [run.optimizer, JSON.stringify(run.options), run.undecayedBias ? ' without the bias' : '', run] as const,
  );
  it.each(runs)('%s %s%s', (name, _options, _bias, { options, undecayedBias, expected }) => {
    const optimizer = made(optimizers, name, options, optimizers.Optimizer);
    const kernel = new tf.Variable(tf.tensor(fixture.kernel), { name: 'kernel' });
    const bias = new tf.Variable(tf.tensor(fixture.bias), { name: 'bias' });
    if (undecayedBias) optimizer.excludeFromWeightDecay({ varNames: ['bias'] });
    for (const [forKernel, forBias] of fixture.gradients) {
      optimizer.applyGradients([
        [tf.tensor(forKernel), kernel],
        [tf.tensor(forBias), bias],
      ]);
    }
    [kernel, bias].forEach((variable, k) => {
      // Keras computes powers of beta and rates in float32, which the step here does not.
      variable.dataSync().forEach((value, i) => {
        expect(Math.abs(value - expected[k][i])).toBeLessThan(1e-5);
      });
    });
    const again = made(optimizers, name, optimizer.getConfig(), optimizers.Optimizer);
    expect(again.getConfig()).toEqual(optimizer.getConfig());
  });
});

describe('rates are those of Keras', () => {
  it.each(fixture.schedules.map((run) => [run.schedule, JSON.stringify(run.options), run] as const))(
    '%s %s',
    (name, _, { options, rates }) => {
      const schedule = made(optimizers.schedules, name, options, optimizers.LearningRateSchedule);
      fixture.steps.forEach((step, i) => {
        expect(schedule.call(tf.scalar(step, 'int32')).item()).toBeCloseTo(rates[i], 6);
      });
      const again = made(optimizers.schedules, name, schedule.getConfig(), optimizers.LearningRateSchedule);
      expect(again.getConfig()).toEqual(schedule.getConfig());
    },
  );

  it('in a step of an optimizer, too', () => {
    const learningRate = new optimizers.schedules.PiecewiseConstantDecay({ boundaries: [0], values: [1, 0.25] });
    const sgd = new optimizers.SGD({ learningRate, weightDecay: 0.5 });
    const v = new tf.Variable(tf.scalar(1));
    sgd.applyGradients([[tf.scalar(0), v]]);
    expect(v.item()).toBe(0.5);
    sgd.applyGradients([[tf.scalar(1), v]]);
    expect(v.item()).toBe(0.5 - 0.0625 - 0.25);
  });

  it('for settings that make sense', () => {
    const { schedules } = optimizers;
    const refused = (name: keyof typeof schedules, options: object): (() => unknown) =>
      Reflect.construct.bind(Reflect, schedules[name], [options]);
    expect(refused('ExponentialDecay', { initialLearningRate: 1, decaySteps: 5 })).toThrow(
      'ExponentialDecay: decayRate must be a number, received undefined',
    );
    expect(refused('CosineDecay', { initialLearningRate: 1, decaySteps: 0 })).toThrow(
      'CosineDecay: decaySteps must be above 0, received 0',
    );
    expect(refused('CosineDecay', { initialLearningRate: 1, decaySteps: 3, warmup: 5 })).toThrow('CosineDecay: unknown option "warmup"');
    expect(refused('PiecewiseConstantDecay', { boundaries: [1, 2], values: [1, 2] })).toThrow(
      'PiecewiseConstantDecay: there must be one value more than boundaries; received 2 and 2',
    );
  });
});
