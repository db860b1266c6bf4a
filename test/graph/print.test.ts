/** Programs as they print, before and after the passes: a change to a pass shows here. */
import * as tf from 'gradtape';
import { beforeEach, describe, expect, it } from 'vitest';

const native = tf.backend().name === 'native';

beforeEach(() => tf.setSeed(1));

describe('a program prints', () => {
  it('with what goes in, what is computed, and what comes out', () => {
    const w = new tf.Variable(tf.ones([3, 2]), { name: 'w' });
    const f = tf.function(function line(x: tf.Tensor) {
      const y = x.matMul(w).add(1);
      w.assignSub(tf.scalar(0.5).mul(2));
      return { y, sum: y.sum() };
    });
    f(tf.ones([4, 3]));
    expect(String(f.graph())).toMatchInlineSnapshot(`
      "line(%0: float32[4,3])
        %1: float32[4,2] = matMul(%0, w)
        %2: float32[4,2] = add(%1, float32 1)
        %3: float32[3,2] = sub(w, float32 1)
        %4: float32[] = sum(%2) { axes: [0,1] }
        w <- %3
        return %2, %4
        arena: 64 bytes"
    `);
  });

  it('without what the passes take out', () => {
    const body = (x: tf.Tensor) => {
      x.tanh(); // nobody uses it
      const twice = x.square().add(x.square());
      return twice.mul(tf.scalar(2).add(1)).matMul(tf.transpose(x));
    };
    const all = tf.function(body, { name: 'f' });
    const none = tf.function(body, { name: 'f', without: ['dead', 'fold', 'repeats', 'transposes', 'fuse'] });
    for (const f of [all, none]) f(tf.ones([4, 3]));
    expect(String(none.graph())).toMatchInlineSnapshot(`
      "f(%0: float32[4,3])
        %1: float32[4,3] = tanh(%0)
        %2: float32[4,3] = square(%0)
        %3: float32[4,3] = square(%0)
        %4: float32[4,3] = add(%2, %3)
        %5: float32[] = add(float32 2, float32 1)
        %6: float32[4,3] = mul(%4, %5)
        %7: float32[3,4] = transpose(%0) { perm: [1,0] }
        %8: float32[4,4] = matMul(%6, %7)
        return %8
        arena: 128 bytes"
    `);
    expect(String(all.graph())).toMatchInlineSnapshot(`
      "f(%0: float32[4,3])
        %1: float32[4,3] = square(%0)
        %2: float32[4,3] = add(%1, %1)
        %3: float32[4,3] = mul(%2, float32 3)
        %4: float32[4,4] = matMul(%3, %0) { transposeB: true }
        return %4
        arena: 64 bytes"
    `);
  });

  it('without what is transposed there and back', () => {
    const v = new tf.Variable(tf.range(0, 24).reshape([2, 3, 4]), { name: 'v' });
    const f = tf.function(
      (x: tf.Tensor) => {
        const turned = tf.transpose(x, [1, 2, 0]);
        return [tf.transpose(turned, [2, 0, 1]), tf.transpose(turned, [1, 2, 0]), tf.transpose(tf.transpose(v)).exp()];
      },
      { name: 'f' },
    );
    const x = tf.range(0, 24).reshape([2, 3, 4]);
    const [same, other, powers] = f(x);
    expect(same.arraySync()).toEqual(x.arraySync());
    expect(other.arraySync()).toEqual(tf.transpose(x, [2, 0, 1]).arraySync());
    expect(powers.arraySync()).toEqual(tf.exp(v).arraySync());
    expect(String(f.graph())).toMatchInlineSnapshot(`
      "f(%0: float32[2,3,4])
        %1: float32[3,4,2] = transpose(%0) { perm: [1,2,0] }
        %2: float32[4,2,3] = transpose(%1) { perm: [1,2,0] }
        %3: float32[2,3,4] = exp(v)
        return %0, %2, %3
        arena: 128 bytes"
    `);
  });

  it('with products that take along what follows them', () => {
    const [w, b] = [new tf.Variable(tf.ones([3, 2]), { name: 'w' }), new tf.Variable(tf.ones([2]), { name: 'b' })];
    const f = tf.function(
      (x: tf.Tensor) => {
        const first = tf.relu(x.matMul(w).add(b));
        const kept = first.matMul(w, false, true);
        return [kept.add(1), kept.tanh(), tf.add(b, x.matMul(w)), first.matMul(w, false, true).leakyRelu(0.3)];
      },
      { name: 'f', without: ['repeats'] },
    );
    f(tf.ones([4, 3]));
    expect(String(f.graph())).toMatchInlineSnapshot(`
      "f(%0: float32[4,3])
        %1: float32[4,2] = fusedMatMul(%0, w, b) { activation: 1, leakyReluAlpha: 0.2 }
        %2: float32[4,3] = matMul(%1, w) { transposeB: true }
        %3: float32[4,3] = add(%2, float32 1)
        %4: float32[4,3] = tanh(%2)
        %5: float32[4,2] = fusedMatMul(%0, w, b) { activation: 0, leakyReluAlpha: 0.2 }
        %6: float32[4,3] = fusedMatMul(%1, w) { activation: 9, leakyReluAlpha: 0.3, transposeB: true }
        return %3, %4, %5, %6
        arena: 128 bytes"
    `);
  });

  it.runIf(native)('with the steps of fused ops', () => {
    const f = tf.function((x: tf.Tensor, b: tf.Tensor) => tf.where(x.greater(0), x, x.mul(0.1)).add(b).tanh().square(), { name: 'f' });
    f(tf.ones([4, 3]), tf.ones([3]));
    expect(String(f.graph())).toMatchInlineSnapshot(`
      "f(%0: float32[4,3], %1: float32[3])
        %2: float32[4,3] = fused(%0, %1) { s3 = greater(%0, 0); s5 = mul(%0, 0.10000000149011612); s6 = where(s3, %0, s5); s7 = add(s6, %1); s8 = tanh(s7); s9 = square(s8); gives s9 }
        return %2
        arena: 0 bytes"
    `);
  });

  it.runIf(native)('a whole training step', () => {
    const model = new tf.Sequential([
      new tf.layers.Dense({ units: 4, activation: 'relu', name: 'hidden' }),
      new tf.layers.Dense({ units: 1, name: 'last' }),
    ]);
    model.build([null, 3]);
    const optimizer = new tf.optimizers.SGD({ learningRate: 0.1, name: 'sgd' });
    const loss = new tf.losses.MeanSquaredError();
    const step = tf.function(
      (x: tf.Tensor, y: tf.Tensor) => {
        const { value, grads } = tf.variableGrads(() => loss(y, model.apply(x, { training: true })), model.trainableVariables);
        optimizer.applyGradients(grads);
        return value;
      },
      { name: 'step' },
    );
    step(tf.ones([8, 3]), tf.ones([8, 1]));
    expect(String(step.graph())).toMatchInlineSnapshot(`
      "step(%0: float32[8,3], %1: float32[8,1])
        %2: float32[8,4] = fusedMatMul(%0, hidden/kernel:0, hidden/bias:0) { activation: 1, leakyReluAlpha: 0.2 }
        %3: float32[8,1] = fusedMatMul(%2, last/kernel:0, last/bias:0) { activation: 0, leakyReluAlpha: 0.2 }
        %4: float32[8,1] = sub(%1, %3)
        %5: float32[8,1] = square(%4)
        %6: float32[8] = mean(%5) { axes: [1] }
        %7: float32[] = sum(%6) { axes: [0] }
        %8: float32[] = div(%7, float32 8)
        %9: float32[8,1] = mul(%4, float32 2)
        %10: float32[8,1] = mul(constant float32[8,1], %9)
        %11: float32[8,1] = neg(%10)
        %12: float32[8,4] = matMul(%11, last/kernel:0) { transposeB: true }
        %13: float32[4,1] = matMul(%2, %11) { transposeA: true }
        %14: float32[1,1] = sum(%11) { axes: [0], keepDims: true }
        %15: float32[1] = reshape(%14) { shape: [1] }
        %16: bool[8,4] = greater(%2, float32 0)
        %17: float32[8,4] = where(%16, %12, float32 0)
        %18: float32[3,4] = matMul(%0, %17) { transposeA: true }
        %19: float32[1,4] = sum(%17) { axes: [0], keepDims: true }
        %20: float32[4] = reshape(%19) { shape: [4] }
        %21: float32[3,4], %22: float32[4], %23: float32[4,1], %24: float32[1] = sgdUpdate(sgd/learningRate, hidden/kernel:0, %18, hidden/bias:0, %20, last/kernel:0, %13, last/bias:0, %15) { momentum: 0, clipValue: 0, weightDecay: [0,0,0,0], sparse: [0,0,0,0] }
        %25: int32[] = add(sgd/iterations, int32 1)
        hidden/kernel:0 <- %21
        hidden/bias:0 <- %22
        last/kernel:0 <- %23
        last/bias:0 <- %24
        sgd/iterations <- %25
        return %8
        arena: 448 bytes"
    `);
  });
});
