/** Recurrent layers and cells against Keras's own, in all ways they can run, and what they refuse. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkGradients } from '../support/gradients.ts';

interface Values {
  readonly shape: number[];
  readonly values: number[];
}

interface Fixture {
  readonly layer: keyof typeof tf.layers;
  readonly options: Readonly<Record<string, unknown>>;
  readonly x: Values;
  readonly states: Values[];
  readonly weights: (Values & { readonly name: string })[];
  readonly outputs: Values[];
  readonly gradients: number[][];
}

/** A recurrent layer of any options. */
type Sequence = tf.layers.Layer<tf.Tensor | tf.Tensor[], tf.Tensor | tf.Tensor[]>;

const { layers }: { layers: readonly Fixture[] } = JSON.parse(readFileSync(new URL('../fixtures/recurrent.json', import.meta.url), 'utf8'));
const wrong = (value: unknown) => value as never;
const listOf = (y: tf.Tensor | tf.Tensor[]): tf.Tensor[] => (Array.isArray(y) ? y : [y]);

function expectClose(got: tf.Tensor | null, wanted: readonly number[], tolerance = 5e-6): void {
  const found = Array.from(got?.dataSync() ?? []);
  expect(found.length).toBe(wanted.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i])), `element ${i}: ${value} and ${wanted[i]}`).toBeLessThan(
      tolerance,
    );
  });
}

/** A layer as the script describes it: layers within layers are their name and options. */
function make(name: string, options: Readonly<Record<string, unknown>>, more: object): tf.layers.Layer {
  const isSpec = (value: unknown): value is [string, Record<string, unknown>] => Array.isArray(value) && typeof value[0] === 'string';
  const entries = Object.entries(options).map(([key, value]) => {
    if (isSpec(value)) return [key, make(value[0], value[1], more)];
    if (Array.isArray(value))
      return [key, value.map(([inner, own]) => make(inner, own, { name: inner === 'LSTMCell' ? 'lstm_cell' : 'gru_cell', ...more }))];
    return [key, value];
  });
  const cell = name === 'RNN' ? {} : more;
  const type = tf.layers[name as 'LSTM'] as new (options: unknown) => tf.layers.Layer;
  const own = name === 'Bidirectional' || name === 'TimeDistributed' ? { dtype: 'float64' } : cell;
  return new type({ ...Object.fromEntries(entries), ...own });
}

/** The layer of a fixture in double precision with the fixture's weights. */
function layerOf({ layer, options, weights, x }: Fixture, more: object = {}): Sequence {
  const made = make(layer, options, { dtype: 'float64', ...more }) as Sequence;
  made.build([null, ...x.shape.slice(1)]);
  const own = made.trainableVariables;
  const plain = (name: string): string =>
    name.replace(/:0$/, '').replace(/((?:forward|backward)_\w+?|stacked_rnn_cells|dense)(_\d+)?\//, '$1/');
  const short = own.map(({ name }) => plain(name.slice(name.indexOf('/') + 1)));
  expect(short).toEqual(weights.map(({ name }) => plain(name)));
  own.forEach((weight, i) => {
    weight.assign(tf.tensor(weights[i].values, weights[i].shape, 'float64'));
  });
  return made;
}

/** Outputs and gradients are what Keras has. */
function expectLikeKeras(fixture: Fixture, layer: Sequence, traced: boolean): void {
  const [x, ...states] = [fixture.x, ...fixture.states].map(({ values, shape }) => tf.tensor(values, shape, 'float64'));
  const run = (x: tf.Tensor, ...states: tf.Tensor[]) => {
    const tape = new tf.GradientTape();
    const [outputs, loss] = tape.record(() => {
      tape.watch([x, ...states]);
      const outputs = listOf(layer.apply(states.length === 0 ? x : [x, ...states]));
      return [
        outputs,
        outputs
          .map((y, i) =>
            y
              .square()
              .sum()
              .mul(i + 1),
          )
          .reduce((a, b) => a.add(b)),
      ] as const;
    });
    return [...outputs, ...(tape.gradient(loss, [x, ...states, ...layer.trainableVariables]) as tf.Tensor[])];
  };
  const results = (traced ? tf.function(run) : run)(x, ...states);
  fixture.outputs.forEach((wanted, i) => {
    expect(results[i].shape).toEqual(wanted.shape);
    expectClose(results[i], wanted.values);
  });
  const slopes = results.slice(fixture.outputs.length);
  const largest = Math.max(1, ...fixture.gradients.flat().map(Math.abs));
  slopes.forEach((slope, i) => {
    expectClose(
      slope.div(largest),
      fixture.gradients[i].map((value) => value / largest),
    );
  });
}

describe('recurrent layers compute what Keras does', () => {
  describe.each(layers.map((fixture) => [fixture.layer, JSON.stringify(fixture.options), fixture] as const))('%s %s', (_n, _o, fixture) => {
    it('op by op', () => expectLikeKeras(fixture, layerOf(fixture), false));
    it('traced', () => expectLikeKeras(fixture, layerOf(fixture), true));
    if (!['TimeDistributed', 'RNN'].includes(fixture.layer) && !('layer' in fixture.options)) {
      it('step by step', () => expectLikeKeras(fixture, layerOf(fixture, { unroll: true }), false));
    }
  });
});

describe('gradients of recurrent layers', () => {
  it.each(['SimpleRNN', 'LSTM', 'GRU'] as const)('of %s are right to second order', (name) => {
    const layer = new tf.layers[name]({ units: 2, returnSequences: true, dtype: 'float64', kernelInitializer: 'randomNormal' });
    layer.build([null, 3, 2]);
    checkGradients((x) => layer.apply(x), [tf.randomNormal([2, 3, 2], 0, 1, 'float64')], 1e-5);
  });
});

describe('cells', () => {
  it('make the steps of their layers', () => {
    const x = tf.randomNormal([2, 1, 3]);
    for (const [cell, count] of [
      [new tf.layers.LSTMCell({ units: 4 }), 2],
      [new tf.layers.GRUCell({ units: 4 }), 1],
      [new tf.layers.GRUCell({ units: 4, resetAfter: false, useBias: false }), 1],
      [new tf.layers.SimpleRNNCell({ units: 4 }), 1],
    ] as const) {
      const states = Array.from({ length: count }, () => tf.randomNormal([2, 4]));
      const layer = new tf.layers.RNN({ cell, returnState: true });
      const [a, b] = [layer.apply([x, ...states]), cell.apply([x.reshape([2, 3]), ...states])];
      a.forEach((y, i) => {
        expectClose(y, Array.from(b[i].dataSync()), 1e-5);
      });
    }
  });

  it('of double precision take sequences of single precision', () => {
    for (const type of [tf.layers.LSTMCell, tf.layers.GRUCell] as const) {
      const cell = new type({ units: 3, dtype: 'float64' });
      const layer = new tf.layers.RNN({ cell });
      const x = tf.randomNormal([2, 4, 3]);
      const y = layer.apply(x);
      expect(y.dtype).toBe('float64');
      expectClose(y, Array.from(new tf.layers.RNN({ cell, unroll: true }).apply(x).dataSync()), 1e-12);
    }
  });

  it('begin with a bias of ones for the forget gate, unless told otherwise', () => {
    const [plain, other] = [true, false].map((unitForgetBias) => new tf.layers.LSTM({ units: 2, unitForgetBias }));
    for (const layer of [plain, other]) layer.build([null, 3, 1]);
    expect(plain.cell.bias?.arraySync()).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(other.cell.bias?.arraySync()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('add what regularizers make of their weights', () => {
    const layer = new tf.layers.LSTM({
      units: 2,
      kernelInitializer: 'ones',
      kernelRegularizer: 'l2',
      recurrentRegularizer: 'l1',
      biasRegularizer: 'l2',
    });
    layer.build([null, 3, 1]);
    expect(layer.losses.length).toBe(3);
    expect(layer.losses[0].item()).toBeCloseTo(0.08);
  });
});

describe('dropout', () => {
  it('is the same at all steps of a sequence, and there while training only', () => {
    const layer = new tf.layers.SimpleRNN({
      units: 2,
      dropout: 0.5,
      recurrentInitializer: 'zeros',
      returnSequences: true,
      activation: null,
    });
    const x = tf.ones([1, 4, 8]);
    const y = layer.apply(x);
    for (const run of [
      (x: tf.Tensor) => layer.apply(x, { training: true }),
      tf.function((x: tf.Tensor) => layer.apply(x, { training: true })),
    ]) {
      const seen = new Set<number>();
      for (let i = 0; i < 8; i++) {
        const rows = run(x).arraySync() as number[][][];
        for (const row of rows[0]) expect(row).toEqual(rows[0][0]);
        seen.add(rows[0][0][0]);
      }
      expect(seen.size).toBeGreaterThan(2);
    }
    expect(layer.apply(x).arraySync()).toEqual(y.arraySync());
  });

  it('of the state is not there for the first step, which has none', () => {
    for (const type of [tf.layers.SimpleRNN, tf.layers.LSTM, tf.layers.GRU] as const) {
      const layer = new type({ units: 8, recurrentDropout: 0.9, returnSequences: true });
      const x = tf.randomNormal([1, 3, 2]);
      const [kept, noisy] = [layer.apply(x), layer.apply(x, { training: true })].map((y) => y.arraySync() as number[][][]);
      kept[0][0].forEach((value, i) => {
        expect(noisy[0][0][i]).toBeCloseTo(value, 5);
      });
      expect(noisy[0][2]).not.toEqual(kept[0][2]);
    }
  });
});

describe('layers whose states stay', () => {
  it('go on where the last batch has ended, op by op and traced', () => {
    const x = tf.randomNormal([2, 6, 3]);
    const [first, second] = [0, 3].map((from) => x.slice([0, from, 0], [2, 3, 3]));
    const layer = new tf.layers.LSTM({ units: 4, stateful: true });
    const whole = layer.apply(x);
    const traced = tf.function((x: tf.Tensor) => layer.apply(x));
    for (const run of [(x: tf.Tensor) => layer.apply(x), traced]) {
      layer.resetState();
      run(first);
      expectClose(run(second), Array.from(whole.dataSync()), 1e-5);
    }
    expect(layer.nonTrainableVariables.map(({ name }) => name.slice(name.indexOf('/')))).toEqual(['/rnn_state_0:0', '/rnn_state_1:0']);
    expect(() => layer.apply(tf.zeros([3, 6, 3]))).toThrow('its states are those of a batch of 2; received a batch of 3');
    const both = new tf.layers.Bidirectional({ layer: new tf.layers.GRU({ units: 2, stateful: true }) });
    const begin = both.apply(x).arraySync();
    expect(both.apply(x).arraySync()).not.toEqual(begin);
    both.resetState();
    expect(both.apply(x).arraySync()).toEqual(begin);
  });
});

describe('models of recurrent layers', () => {
  it('take their states along inside fit', async () => {
    const layer = new tf.layers.GRU({ units: 3, stateful: true });
    const model = new tf.Sequential([layer, new tf.layers.Dense({ units: 1 })]);
    layer.trainable = false;
    model.compile({ optimizer: new tf.optimizers.SGD({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const x = tf.randomNormal([8, 4, 2]);
    await model.fit(x, tf.zeros([8, 1]), { batchSize: 4, epochs: 1, shuffle: false, verbose: 0 });
    const [first, second] = [0, 4].map((from) => x.slice([from, 0, 0], [4, 4, 2]));
    const ended = layer.states[0].value;
    layer.resetState();
    layer.apply(first);
    expectClose(layer.apply(second), Array.from(ended.dataSync()), 1e-5);
  });

  it('learn inside fit to keep what an early step has said', async () => {
    tf.setSeed(3);
    const x = tf.randomUniform([256, 8, 1], -1, 1);
    const y = x.slice([0, 1, 0], [256, 1, 1]).greater(0).reshape([256, 1]).cast('float32');
    for (const type of [tf.layers.LSTM, tf.layers.GRU, tf.layers.SimpleRNN] as const) {
      const model = new tf.Sequential([new type({ units: 16 }), new tf.layers.Dense({ units: 1, activation: 'sigmoid' })]);
      model.compile({ optimizer: new tf.optimizers.Adam({ learningRate: 0.02 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
      await model.fit(x, y, { epochs: 25, batchSize: 32, verbose: 0 });
      expect((await model.evaluate(x, y, { verbose: 0 })).accuracy).toBeGreaterThan(0.95);
    }
  });

  it('are drawn, with states between them, and made again from their configs', () => {
    const x = tf.input({ shape: [5, 3] });
    const encoder = new tf.layers.LSTM({ units: 4, returnState: true });
    const [, h, c] = encoder.apply(x);
    const decoder = new tf.layers.LSTM({ units: 4, returnSequences: true });
    const model = new tf.Model({ inputs: x, outputs: decoder.apply([x, h, c]) });
    const data = tf.randomNormal([2, 5, 3]);
    const [, ...states] = encoder.apply(data);
    expect((model.apply(data) as tf.Tensor).arraySync()).toEqual(decoder.apply([data, ...states]).arraySync());
    const both = new tf.layers.Bidirectional({ layer: decoder, mergeMode: 'sum' });
    expect(both.forwardLayer.getConfig()).toEqual({ ...decoder.getConfig(), name: `forward_${decoder.name}` });
    const { name: _, ...config } = decoder.getConfig();
    expect(tf.layers.LSTM.fromConfig(config).getConfig()).toMatchObject(config);
    const stack = new tf.layers.RNN({ cell: [new tf.layers.GRUCell({ units: 2 }), new tf.layers.LSTMCell({ units: 3 })] });
    const mirrored = new tf.layers.Bidirectional({ layer: stack });
    expect(mirrored.apply(data).shape).toEqual([2, 6]);
    expect(mirrored.trainableVariables.length).toBe(12);
    expect(stack.getConfig()).toMatchObject({ cell: { className: 'StackedRNNCells' } });
    expect(mirrored.getConfig()).toMatchObject({ mergeMode: 'concat', layer: { className: 'RNN' }, backwardLayer: { className: 'RNN' } });
    const each = new tf.layers.TimeDistributed({ layer: new tf.layers.Dropout({ rate: 0.5 }) });
    expect(each.getConfig()).toMatchObject({ layer: { className: 'Dropout', config: { rate: 0.5 } } });
    expect(each.apply(data, { training: true }).equal(0).any().item()).toBe(1);
  });
});

describe('recurrent layers refuse', () => {
  const x = tf.zeros([2, 4, 3]);
  const lstm = () => new tf.layers.LSTM({ units: 3 });

  it('what makes no layer', () => {
    expect(() => new tf.layers.LSTM(wrong({ units: 0 }))).toThrow('LSTMCell: units must be a whole number >= 1; received 0');
    expect(() => new tf.layers.LSTM(wrong({ units: 2, unit: 3 }))).toThrow('LSTM: unknown option "unit"');
    expect(() => new tf.layers.GRU({ units: 2, dropout: 1 })).toThrow(
      'GRUCell: dropout must be a number from 0 up to but not including 1; received 1',
    );
    expect(() => new tf.layers.GRU({ units: 2, recurrentDropout: -1 })).toThrow('GRUCell: recurrentDropout must be a number');
    expect(() => new tf.layers.RNN(wrong({ cell: 3 }))).toThrow('RNN: a cell must be a layer; received 3');
    expect(() => new tf.layers.RNN(wrong({ cell: new tf.layers.Dense({ units: 2 }) }))).toThrow(
      'RNN: a cell needs a stateSize, a whole number or a list of such; received undefined',
    );
    expect(() => new tf.layers.StackedRNNCells({ cells: [] })).toThrow('StackedRNNCells: needs a list of cells; received []');
    expect(() => new tf.layers.TimeDistributed(wrong({ layer: 3 }))).toThrow('TimeDistributed: needs a layer; received 3');
    expect(() => new tf.layers.Bidirectional(wrong({ layer: new tf.layers.Dense({ units: 2 }) }))).toThrow(
      'Bidirectional: needs a recurrent layer',
    );
    expect(() => new tf.layers.Bidirectional({ layer: lstm(), mergeMode: wrong('som') })).toThrow(
      'Bidirectional: unknown mergeMode "som"; did you mean "sum"?',
    );
    expect(() => new tf.layers.Bidirectional({ layer: lstm(), backwardLayer: lstm() })).toThrow(
      'Bidirectional: the layers must go in different directions; received goBackwards false for both',
    );
    const all = new tf.layers.LSTM({ units: 3, goBackwards: true, returnSequences: true });
    expect(() => new tf.layers.Bidirectional({ layer: lstm(), backwardLayer: all })).toThrow(
      'Bidirectional: both layers need the same returnSequences; received false and true',
    );
  });

  it('what is no sequence', () => {
    expect(() => lstm().apply(tf.zeros([2, 3]))).toThrow('needs sequences [batch, steps, ...features]; received [null,3]');
    expect(() => lstm().apply(tf.zeros([2, 0, 3]))).toThrow('of a step or more; received [2,0,3]');
    expect(() => lstm().apply([x, tf.zeros([2, 3])])).toThrow('needs states [2,3], [2,3]; received [2,3]');
    expect(() => new tf.layers.LSTMCell({ units: 2 }).build([3])).toThrow('needs inputs [batch, features] of known features; received [3]');
    expect(() => new tf.layers.TimeDistributed({ layer: new tf.layers.Dense({ units: 2 }) }).apply(tf.zeros([2, 3]))).toThrow(
      'needs sequences [batch, steps, ...]; received [null,3]',
    );
    const built = lstm();
    built.apply(x);
    expect(() => built.apply(tf.zeros([2, 4, 2]))).toThrow('expected a last axis of 3, as when it was built');
  });
});
