/** Batch normalization against its definition. */
import { describe, expect, it } from 'vitest';
import '../../lib/backend/backend.ts';
import { GradientTape } from '../../lib/autodiff/tape.ts';
import { BatchNormalization } from '../../lib/layers/index.ts';
import { square } from '../../lib/ops/arithmetic.ts';
import { tensor, zeros } from '../../lib/ops/creation.ts';
import { sum } from '../../lib/ops/reduce.ts';

const x = tensor([
  [1, 10],
  [3, 30],
]);

describe('BatchNormalization', () => {
  it('uses the batch in training and moves its averages, and uses those else', () => {
    const layer = new BatchNormalization({ name: 'bn', momentum: 0.75, epsilon: 0 });
    expect(layer.apply(x, { training: true }).arraySync()).toEqual([
      [expect.closeTo(-1, 5), expect.closeTo(-1, 5)],
      [expect.closeTo(1, 5), expect.closeTo(1, 5)],
    ]);
    expect(layer.movingMean?.arraySync()).toEqual([0.5, 5]);
    expect(layer.movingVariance?.arraySync()).toEqual([1, 25.75]);
    expect((layer.apply(x).arraySync() as number[][])[0][0]).toBeCloseTo(0.5, 5);
    expect(layer.trainableVariables.map(({ name }) => name)).toEqual(['bn/gamma:0', 'bn/beta:0']);
    expect(layer.nonTrainableVariables.map(({ name }) => name)).toEqual(['bn/moving_mean:0', 'bn/moving_variance:0']);
  });

  it('normalizes another axis', () => {
    const layer = new BatchNormalization({ axis: 1, epsilon: 0, center: false, scale: false });
    const y = layer.apply(tensor([[[1, 3]], [[1, 3]]]), { training: true });
    expect(y.dataSync()[0]).toBeCloseTo(-1, 5);
    expect(layer.movingMean?.shape).toEqual([1]);
  });

  it('goes by its averages when frozen', () => {
    const layer = new BatchNormalization({ trainable: false, epsilon: 0 });
    expect(layer.apply(x, { training: true }).arraySync()).toEqual(x.arraySync());
  });

  it('has gradients', () => {
    const layer = new BatchNormalization({ epsilon: 0 });
    layer.build([null, 2]);
    const tape = new GradientTape();
    const loss = tape.record(() => sum(square(layer.apply(x, { training: true }))));
    const [gamma, beta] = tape.gradient(loss, layer.trainableVariables);
    expect(gamma?.dataSync()[0]).toBeCloseTo(4, 4);
    expect(beta?.dataSync()[0]).toBeCloseTo(0, 4);
  });

  it('refuses what makes no sense', () => {
    expect(() => new BatchNormalization({ momentum: 2 })).toThrow('BatchNormalization: momentum must be from 0 to 1; received 2');
    expect(() => new BatchNormalization({ epsilon: -1 })).toThrow('BatchNormalization: epsilon must be a number >= 0; received -1');
    expect(() => new BatchNormalization({ axis: 0, name: 'bn' }).apply(zeros([1, 2]))).toThrow(
      'BatchNormalization "bn": axis 0 must have a known size; received [null,2]',
    );
  });
});
