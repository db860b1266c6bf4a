/** Optimizers against Keras 3 (values of three steps from its own optimizers), and what they refuse. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { freeListBytes } from '../../lib/core/memory.ts';
import { context } from '../../lib/core/op.ts';
import * as optimizers from '../../lib/optimizers/index.ts';

const GRADIENTS = [
  [0.1, -0.2, 0.3],
  [0.4, 0.1, -0.6],
  [-0.2, 0.5, 0.05],
];

/** [1, -2, 0.5] after three steps. */
function afterThreeSteps(optimizer: optimizers.Optimizer): readonly number[] {
  const v = new tf.Variable(tf.tensor([1, -2, 0.5]), { name: 'v' });
  for (const gradient of GRADIENTS) optimizer.applyGradients([[tf.tensor(gradient), v]]);
  expect(optimizer.iterations.item()).toBe(3);
  return [...v.dataSync()];
}

const { SGD, RMSprop, Adam } = optimizers;

describe('three steps are those of Keras', () => {
  const cases: [string, () => optimizers.Optimizer, readonly number[]][] = [
    ['SGD', () => new SGD({ learningRate: 0.1 }), [0.97, -2.04, 0.525]],
    ['SGD with momentum', () => new SGD({ learningRate: 0.1, momentum: 0.9 }), [0.9169, -2.0148001, 0.5277]],
    ['SGD with Nesterov momentum', () => new SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true }), [0.89521, -2.0533202, 0.54993]],
    ['RMSprop', () => new RMSprop({ learningRate: 0.1 }), [0.5203963, -2.12412, 0.4444692]],
    [
      'RMSprop, centered, with momentum',
      () => new RMSprop({ learningRate: 0.1, momentum: 0.5, centered: true }),
      [0.0649425, -1.941958, 0.3254207],
    ],
    ['Adam', () => new Adam({ learningRate: 0.1 }), [0.7779582, -1.9232943, 0.4600818]],
    ['AMSGrad', () => new Adam({ learningRate: 0.1, amsgrad: true, beta2: 0.5 }), [0.7932803, -1.9148014, 0.4523717]],
  ];
  it.each(cases)('%s', (_, make, expected) => {
    afterThreeSteps(make()).forEach((value, i) => {
      // Keras rounds 1 - beta2^t to float32, which the step here does not.
      expect(value).toBeCloseTo(expected[i], 5);
    });
  });
});

describe('an optimizer', () => {
  it('takes records, leaves variables without gradient alone, and remembers them', () => {
    const a = new tf.Variable(tf.scalar(1), { name: 'a' });
    const b = new tf.Variable(tf.scalar(1), { name: 'b' });
    const sgd = new SGD({ learningRate: 0.5 });
    sgd.applyGradients([
      { variable: a, gradient: tf.scalar(1) },
      { variable: b, gradient: null },
    ]);
    expect([a.item(), b.item()]).toEqual([0.5, 1]);
    sgd.applyGradients([[tf.scalar(1), b]]);
    expect(b.item()).toBe(0.5);
  });

  it('follows a schedule', () => {
    class Halving extends optimizers.LearningRateSchedule {
      call(step: tf.Tensor): tf.Tensor {
        return tf.div(1, tf.add(step, 1));
      }
      getConfig(): Record<string, unknown> {
        return {};
      }
    }
    const v = new tf.Variable(tf.scalar(0));
    const sgd = new SGD({ learningRate: new Halving() });
    sgd.applyGradients([[tf.scalar(-1), v]]);
    sgd.applyGradients([[tf.scalar(-1), v]]);
    expect(v.item()).toBe(1.5);
    expect(() => {
      sgd.learningRate = 1;
    }).toThrow('SGD: learningRate follows a schedule and cannot be set, received 1');
  });

  it('has a learning rate to read and set, and a configuration that makes it again', () => {
    const adam = new Adam({ learningRate: 0.01, beta1: 0.8 });
    expect(adam.learningRate).toBe(0.01);
    adam.learningRate = 0.5;
    expect(adam.getConfig()).toEqual({
      name: 'adam',
      learningRate: 0.5,
      beta1: 0.8,
      beta2: 0.999,
      epsilon: 1e-7,
      amsgrad: false,
      weightDecay: null,
      clipNorm: null,
      clipValue: null,
      globalClipNorm: null,
    });
    expect(new Adam(adam.getConfig()).getConfig()).toEqual(adam.getConfig());
    expect(new RMSprop(new RMSprop().getConfig()).learningRate).toBe(0.001);
    expect(new SGD(new SGD().getConfig()).learningRate).toBe(0.01);
  });

  it('lists its variables in the order of files', () => {
    const adam = new Adam();
    adam.build([new tf.Variable(tf.zeros([2]), { name: 'w' })]);
    expect(adam.variables.map(({ name }) => name)).toEqual(['adam/iterations', 'adam/learningRate', 'adam/w/momentum', 'adam/w/velocity']);
    expect(adam.built).toBe(true);
  });

  it('is found by name', () => {
    expect(optimizers.get('RMSprop')).toBeInstanceOf(RMSprop);
    const adam = new Adam();
    expect(optimizers.get(adam)).toBe(adam);
    expect(() => optimizers.get('adm')).toThrow('optimizers: unknown optimizer "adm"; did you mean "adam"?');
  });

  it('refuses what it cannot use, before anything changes', () => {
    const rate = (learningRate: unknown): (() => unknown) => Reflect.construct.bind(Reflect, Adam, [{ learningRate }]);
    expect(rate('fast')).toThrow('Adam: learningRate must be a positive number or a schedule, received "fast"');
    expect(rate(-1)).toThrow('Adam: learningRate must be a positive number or a schedule, received -1');
    expect(() => Reflect.construct(Adam, [{ beta_1: 0.9 }])).toThrow('Adam: unknown option "beta_1"; did you mean "beta1"?');
    expect(() => new SGD({ nesterov: 1 as never })).toThrow('SGD: nesterov must be true or false; received 1');
    expect(() => new SGD({ momentum: 1 })).toThrow('SGD: momentum must be a number from 0 to below 1, received 1');
    expect(() => new Adam({ epsilon: -1 })).toThrow('Adam: epsilon must be a number >= 0, received -1');
    const v = new tf.Variable(tf.scalar(1), { name: 'v' });
    const w = new tf.Variable(tf.scalar(1), { name: 'w' });
    const sgd = new SGD();
    sgd.build([v]);
    expect(() => sgd.applyGradients([[tf.scalar(1), w]])).toThrow(
      'SGD: it was built without the variable "w"; call build with every variable first',
    );
    expect(() => sgd.applyGradients([[null, v]])).toThrow('SGD: no variable has a gradient; received null for [v]');
    expect(() => sgd.applyGradients([[tf.zeros([2]), v]])).toThrow('SGD: the gradient of "v" has shape [2]; the variable has []');
    const apply = (argument: unknown): (() => unknown) => Reflect.apply.bind(Reflect, sgd.applyGradients, sgd, [argument]);
    expect(apply(3)).toThrow('SGD: applyGradients needs a list of [gradient, variable]; received 3');
    expect(apply([[1, v]])).toThrow('SGD: applyGradients needs [gradient, variable]; received [1,a Variable]');
    expect(() => Reflect.apply(sgd.build, sgd, [[1]])).toThrow('SGD: build needs variables; received 1');
    const both = new SGD();
    const gone = tf.scalar(1);
    gone.dispose();
    const gradients = (second: tf.Tensor): [tf.Tensor, tf.Variable][] => [
      [tf.scalar(1), v],
      [second, w],
    ];
    expect(() => both.applyGradients(gradients(gone))).toThrow('SGD: the gradient of "w" was disposed');
    expect([v.item(), w.item(), sgd.iterations.item(), both.iterations.item()]).toEqual([1, 1, 0, 0]);
  });

  it('takes gradients of another dtype, moves floating variables only', () => {
    const v = new tf.Variable(tf.scalar(1));
    new SGD({ learningRate: 0.5 }).applyGradients([[tf.scalar(1, 'int32'), v]]);
    expect(v.item()).toBe(0.5);
    const count = new tf.Variable(tf.scalar(1, 'int32'));
    expect(() => new SGD().applyGradients([[tf.scalar(1), count]])).toThrow(
      'SGD: a variable that moves needs a floating dtype; "Variable" is int32',
    );
  });

  it('clips and scales variables of several dtypes, each by its own norm', () => {
    const [a, b, c] = (['float32', 'float64', 'float32'] as const).map((dtype) => new tf.Variable(tf.zeros([2], dtype)));
    const gradients = (): [tf.Tensor, tf.Variable][] => [
      [tf.tensor([3, 4]), a],
      [tf.tensor([6, 8], [2], 'float64'), b],
      [tf.tensor([0, 0.5]), c],
    ];
    new SGD({ learningRate: 1, clipNorm: 1 }).applyGradients(gradients());
    expect(a.arraySync()).toEqual([expect.closeTo(-0.6, 6), expect.closeTo(-0.8, 6)]);
    expect(b.arraySync()).toEqual([expect.closeTo(-0.6, 12), expect.closeTo(-0.8, 12)]);
    expect(c.arraySync()).toEqual([0, -0.5]);
    for (const v of [a, b, c]) v.assign(tf.zeros([2], v.dtype));
    new SGD({ learningRate: 1, globalClipNorm: 2 }).applyGradients(gradients());
    const norm = Math.sqrt(25 + 100 + 0.25);
    expect(b.arraySync()).toEqual([expect.closeTo(-12 / norm, 12), expect.closeTo(-16 / norm, 12)]);
    expect(c.arraySync()).toEqual([0, expect.closeTo(-1 / norm, 6)]);
  });

  it('applies one op to all variables of a dtype', () => {
    const applied: string[] = [];
    const listener = { applied: (op: { name: string }) => void applied.push(op.name) };
    const variables = Array.from({ length: 5 }, () => new tf.Variable(tf.zeros([2])));
    const adam = new Adam();
    context.listeners = [listener];
    try {
      adam.applyGradients(variables.map((v) => [tf.ones([2]), v] as const));
    } finally {
      context.listeners = [];
    }
    expect(applied.filter((name) => name === 'adamUpdate')).toHaveLength(1);
  });

  it('gives the memory of what a step replaces back at once', () => {
    const v = new tf.Variable(tf.zeros([100_000]));
    const gradient = tf.ones([100_000]);
    const adam = new Adam();
    for (let i = 0; i < 2; i++) adam.applyGradients([[gradient, v]]);
    const before = freeListBytes();
    for (let i = 0; i < 3; i++) adam.applyGradients([[gradient, v]]);
    // Without that, each step would take three blocks from the list, or fresh memory, and return none.
    expect(freeListBytes()).toBe(before);
    expect(before).toBeGreaterThanOrEqual(3 * 400_000);
  });

  it('leaves variables out of weight decay by themselves or by name, before the first step only', () => {
    const made = (name: string): tf.Variable => new tf.Variable(tf.scalar(1), { name });
    const [kernel, bias, gamma] = [made('dense/kernel'), made('dense/bias'), made('gamma')];
    const sgd = new SGD({ learningRate: 0.5, weightDecay: 0.5 });
    sgd.excludeFromWeightDecay({ varList: [gamma], varNames: ['bias'] });
    sgd.applyGradients([kernel, bias, gamma].map((v) => [tf.scalar(0), v] as const));
    expect([kernel, bias, gamma].map((v) => v.item())).toEqual([0.75, 1, 1]);
    expect(() => sgd.excludeFromWeightDecay({})).toThrow('SGD: excludeFromWeightDecay must come before build and the first step');
    expect(() => Reflect.apply(new SGD().excludeFromWeightDecay, new SGD(), [{ varName: ['bias'] }])).toThrow(
      'SGD: excludeFromWeightDecay: unknown option "varName"; did you mean "varNames"?',
    );
  });

  it('refuses more than one way of clipping, and bounds that are none', () => {
    expect(() => new SGD({ clipNorm: 1, globalClipNorm: 2 })).toThrow(
      'SGD: at most one of clipNorm, clipValue and globalClipNorm can be set; received clipNorm 1, globalClipNorm 2',
    );
    expect(() => new SGD({ clipValue: 0 })).toThrow('SGD: clipValue must be a positive number, received 0');
    expect(() => new optimizers.Ftrl({ learningRatePower: 1 })).toThrow('Ftrl: learningRatePower must be a number <= 0, received 1');
    expect(() => new SGD({ weightDecay: -1 })).toThrow('SGD: weightDecay must be a number >= 0, received -1');
  });
});
