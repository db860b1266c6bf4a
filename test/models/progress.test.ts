/** What fit and evaluate print, and how training goes on where it was left. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../lib/backend/backend.ts';
import { Dense } from '../../lib/layers/index.ts';
import { Callback } from '../../lib/models/callbacks.ts';
import { Sequential } from '../../lib/models/sequential.ts';
import type { FitOptions } from '../../lib/models/training.ts';
import { tensor } from '../../lib/ops/creation.ts';
import { SGD } from '../../lib/optimizers/index.ts';

const x = tensor([[1], [2], [3], [4]]);
const y = tensor([[0], [1], [2], [2]]);

/** Back to the beginning of the line, and all of it gone. */
const REDRAWN = '\r\x1b[2K';

function zero(learningRate = 1e-30): Sequential {
  const model = new Sequential([new Dense({ units: 1, kernelInitializer: 'zeros' })]);
  model.compile({ optimizer: new SGD({ learningRate }), loss: 'mse', metrics: ['mae'] });
  return model;
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** All that `run` writes to the console. */
async function written(run: () => Promise<unknown>): Promise<string> {
  let text = '';
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    text += `${line}\n`;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  await run();
  vi.restoreAllMocks();
  return text;
}

const fitted = (options: FitOptions): Promise<string> => written(() => zero().fit(x, y, options));

describe('verbose', () => {
  it('0 prints nothing', async () => {
    expect(await fitted({ verbose: 0, epochs: 2 })).toBe('');
  });

  it('2 prints a line per epoch, with validation where there was one', async () => {
    const lines = await fitted({ verbose: 2, epochs: 2, validationData: [x, y], validationFreq: 2 });
    expect(lines.replaceAll(/\d+\.\ds/g, 'TIME')).toBe(
      'Epoch 1/2 - TIME - loss: 2.2500 - mae: 1.2500\n' +
        'Epoch 2/2 - TIME - loss: 2.2500 - mae: 1.2500 - valLoss: 2.2500 - valMae: 1.2500\n',
    );
  });

  it('1 draws a bar in place, full at the end of the epoch', async () => {
    const text = await fitted({ verbose: 1, epochs: 1, batchSize: 1 });
    const [title, ...drawn] = text.replaceAll(REDRAWN, '\n').split('\n');
    expect(title).toBe('Epoch 1/1');
    expect(text.endsWith('\n')).toBe(true);
    expect(drawn.at(-2)?.replace(/\d+\.\ds$/, 'TIME')).toBe(`4/4 ${'━'.repeat(20)} loss: 2.2500 - mae: 1.2500 - TIME`);
  });

  it('1 counts steps where nobody knows how many there are, and knows from the second epoch on', async () => {
    const batches = { [Symbol.iterator]: () => [1, 2, 3].map(() => [x, y])[Symbol.iterator]() };
    const text = await written(() => zero().fit(batches, { verbose: 1, epochs: 2 }));
    const ends = text.split('\n').map((line) =>
      line
        .split(REDRAWN)
        .at(-1)
        ?.replace(/\d+\.\ds$/, 'TIME'),
    );
    expect(ends).toEqual([
      'Epoch 1/2',
      '3 loss: 2.2500 - mae: 1.2500 - TIME',
      'Epoch 2/2',
      `3/3 ${'━'.repeat(20)} loss: 2.2500 - mae: 1.2500 - TIME`,
      '',
    ]);
  });

  it('of evaluate prints a line', async () => {
    expect(await written(() => zero().evaluate(x, y, { verbose: 2 }))).toBe('loss: 2.2500 - mae: 1.2500\n');
    expect(await written(() => zero().evaluate(x, y))).toBe('');
  });

  it('writes small numbers with an exponent', async () => {
    const small = tensor([[5e-4], [5e-4], [5e-4], [5e-4]]);
    expect(await written(() => zero().evaluate(x, small, { verbose: 2 }))).toBe('loss: 2.5000e-7 - mae: 5.0000e-4\n');
  });
});

describe('initialEpoch', () => {
  it('goes on with the numbers of epochs', async () => {
    const begun: number[] = [];
    class Watch extends Callback {
      override onEpochBegin(epoch: number): void {
        begun.push(epoch);
      }
    }
    const { epoch, history } = await zero().fit(x, y, { initialEpoch: 3, epochs: 5, callbacks: [new Watch()], verbose: 0 });
    expect([begun, epoch, history.loss.length]).toEqual([[3, 4], [3, 4], 2]);
    const text = await fitted({ initialEpoch: 3, epochs: 5, validationSplit: 0.5, validationFreq: 5, verbose: 2 });
    expect(text.split('\n').map((line) => [line.slice(0, 9), line.includes('valLoss')])).toEqual([
      ['Epoch 4/5', false],
      ['Epoch 5/5', true],
      ['', false],
    ]);
  });

  it('does nothing after the last epoch, and is refused below 0', async () => {
    expect((await zero().fit(x, y, { initialEpoch: 2, epochs: 2, verbose: 0 })).history).toEqual({});
    await expect(zero().fit(x, y, { initialEpoch: -1 })).rejects.toThrow('fit: initialEpoch must be a whole number >= 0; received -1');
  });

  it('trains as one run would', async () => {
    const [once, twice] = [zero(0.01), zero(0.01)];
    await once.fit(x, y, { epochs: 4, shuffle: false, verbose: 0 });
    await twice.fit(x, y, { epochs: 2, shuffle: false, verbose: 0 });
    await twice.fit(x, y, { initialEpoch: 2, epochs: 4, shuffle: false, verbose: 0 });
    expect(twice.variables.map((variable) => variable.dataSync())).toEqual(once.variables.map((variable) => variable.dataSync()));
  });
});

describe('validationSteps and validationBatchSize', () => {
  it('limit and cut the evaluation', async () => {
    const { history } = await zero().fit(x, y, { validationData: [x, y], validationBatchSize: 2, validationSteps: 1, verbose: 0 });
    expect(history.valLoss[0]).toBeCloseTo(1 / 2, 5);
    await expect(zero().fit(x, y, { validationSteps: 0 })).rejects.toThrow('fit: validationSteps must be a whole number >= 1; received 0');
    await expect(zero().fit(x, y, { validationBatchSize: 0.5 })).rejects.toThrow(
      'fit: validationBatchSize must be a whole number >= 1; received 0.5',
    );
  });
});
