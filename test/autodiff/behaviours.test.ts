/** What people who know TensorFlow's tape expect of ours: one behaviour a line, each with numbers worked out by hand. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';

type Numbers = ReturnType<tf.Tensor['arraySync']>;

const wrong = (value: unknown) => value as never;
const numbers = (x: tf.Tensor | null): Numbers | null => x?.arraySync() ?? null;

/** What `f` of `x` gives, on a tape that has watched `x`. */
function taped<T>(x: tf.Source | tf.Source[], f: () => T, options: tf.GradientTapeOptions = {}): { tape: tf.GradientTape; y: T } {
  const tape = new tf.GradientTape(options);
  const y = tape.record(() => {
    tape.watch(x);
    return f();
  });
  return { tape, y };
}

/** The gradient of `f` with respect to `x`. */
function slope(x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor | null {
  const { tape, y } = taped(x, () => f(x));
  return tape.gradient(y, x);
}

const x = tf.scalar(3);
const pair = tf.tensor([2, 5]);

const gradients: readonly (readonly [string, () => Numbers | null, Numbers | null])[] = [
  ['of a square is twice the input', () => numbers(slope(x, (x) => x.mul(x))), 6],
  ['of a constant function is null', () => numbers(slope(x, () => tf.scalar(1))), null],
  ['of the input itself is 1', () => numbers(slope(x, (x) => x)), 1],
  ['of a tensor of several elements is that of their sum', () => numbers(slope(pair, (x) => x.mul(x))), [4, 10]],
  ['through a view keeps the shape of the source', () => numbers(slope(pair, (x) => x.reshape([2, 1]).square())), [4, 10]],
  ['through a broadcast is summed back', () => numbers(slope(x, (x) => x.mul(tf.ones([2, 4])))), 8],
  ['through a broadcast of size 1 keeps the axis', () => numbers(slope(tf.tensor([3]), (x) => x.mul(tf.ones([5])))), [5]],
  ['of one used three times is the sum of the uses', () => numbers(slope(x, (x) => x.add(x).add(x))), 3],
  ['through a comparison is null', () => numbers(slope(x, (x) => tf.cast(x.greater(0), 'float32'))), null],
  ['through argMax is null', () => numbers(slope(pair, (x) => tf.cast(x.argMax(), 'float32'))), null],
  ['through a cast to integers is null', () => numbers(slope(x, (x) => tf.cast(tf.cast(x, 'int32'), 'float32'))), null],
  ['of an integer target is null', () => numbers(slope(x, (x) => tf.cast(x, 'int32'))), null],
  ['passes a mask made by a comparison', () => numbers(slope(pair, (x) => x.mul(tf.cast(x.greater(3), 'float32')))), [0, 1]],
  ['goes through where, not through its condition', () => numbers(slope(pair, (x) => tf.where(x.greater(3), x.square(), 0))), [0, 10]],
  ['stops at stopGradient', () => numbers(slope(x, (x) => tf.stopGradient(x.square()))), null],
  ['flows beside stopGradient', () => numbers(slope(x, (x) => tf.stopGradient(x).mul(x))), 3],
  [
    'passes straight through a rounding by stopGradient',
    () => numbers(slope(tf.scalar(2.6), (x) => x.add(tf.stopGradient(x.round().sub(x))).mul(2))),
    2,
  ],
  ['of a slice is zero where nothing was taken', () => numbers(slope(pair, (x) => x.slice([1], [1]).mul(7))), [0, 7]],
  ['of one part of a split is zero in the others', () => numbers(slope(pair, (x) => x.split(2)[0].mul(7))), [7, 0]],
  [
    'of all parts of a split is put together',
    () => numbers(slope(pair, (x) => tf.concat(x.split(2).map((part, i) => part.mul(i + 1))))),
    [1, 2],
  ],
  ['counts a row that is gathered twice twice', () => numbers(slope(pair, (x) => tf.gather(x, [1, 1]))), [0, 2]],
  ['shares between equal maxima', () => numbers(slope(tf.tensor([4, 4, 1]), (x) => x.max())), [0.5, 0.5, 0]],
  ['of a relu at 0 is 0', () => numbers(slope(tf.tensor([0, 1]), (x) => x.relu())), [0, 1]],
  ['of an addN reaches each', () => numbers(slope(x, (x) => tf.addN([x, x.mul(2), x]))), 4],
  ['of nothing is empty', () => numbers(slope(tf.zeros([0]), (x) => x.square())), []],
  ['keeps NaN', () => numbers(slope(tf.scalar(Number.NaN), (x) => x.square())), Number.NaN],
];

describe('a gradient', () => {
  it.each(gradients)('%s', (_what, got, wanted) => {
    expect(got()).toEqual(wanted);
  });

  it('has the dtype of its source', () => {
    expect(slope(tf.scalar(2, 'float64'), (x) => x.square())?.dtype).toBe('float64');
  });

  it('of several targets is the sum, in any nesting', () => {
    const { tape, y } = taped(x, () => ({ a: x.square(), b: [x.mul(2), x.mul(3)] }), { persistent: true });
    expect([tape.gradient(y, x), tape.gradient([y.a, y.b[0]], x), tape.gradient(y.b, x)].map(numbers)).toEqual([11, 8, 5]);
  });

  it('of an empty list of targets, and for an empty list of sources, is nothing', () => {
    const { tape, y } = taped(x, () => x.square(), { persistent: true });
    expect(tape.gradient([], x)).toBeNull();
    expect(tape.gradient(y, [])).toEqual([]);
  });

  it('with respect to an intermediate takes the rest of the way only', () => {
    const { tape, y } = taped(x, () => [x.square(), x.square().mul(2)], { persistent: true });
    const { tape: other, y: chain } = taped(x, () => {
      const middle = x.square();
      return { middle, end: middle.square() };
    });
    expect(tape.gradient(y[1], y[0])).toBeNull();
    expect(other.gradient(chain.end, [chain.middle, x]).map(numbers)).toEqual([18, 108]);
  });

  it('of a target that was not recorded is null', () => {
    const { tape } = taped(x, () => x.square());
    expect(tape.gradient(x.mul(5), x)).toBeNull();
  });

  it('for a source given twice is given twice, each a tensor of its own', () => {
    const { tape, y } = taped(x, () => x.square());
    const [a, b] = tape.gradient(y, [x, x]);
    expect([a, b].map(numbers)).toEqual([6, 6]);
    a?.dispose();
    expect(b?.item()).toBe(6);
  });

  it('fills with zeros of the shape and dtype of the source where it is told to', () => {
    const other = tf.ones([2, 3], 'float64');
    const { tape, y } = taped([x, other], () => x.square());
    const gradient = tape.gradient(y, { x, other }, { unconnectedGradients: 'zero' });
    expect([gradient.x?.item(), gradient.other?.shape, gradient.other?.dtype]).toEqual([6, [2, 3], 'float64']);
  });

  it('takes seeds of any nesting, one for each target', () => {
    const { tape, y } = taped(pair, () => ({ a: pair.square(), b: pair.mul(3) }));
    expect(numbers(tape.gradient(y, pair, { outputGradients: { a: tf.tensor([1, 0]), b: tf.tensor([0, 10]) } }))).toEqual([4, 30]);
  });

  it('can itself be a seed that a further tape differentiates', () => {
    const seed = tf.scalar(2);
    const { tape, y } = taped(seed, () => {
      const inner = taped(x, () => x.square());
      return inner.tape.gradient(inner.y, x, { outputGradients: seed }) as tf.Tensor;
    });
    expect(tape.gradient(y, seed)?.item()).toBe(6);
  });

  it('does not change when the same is computed twice', () => {
    const { tape, y } = taped(x, () => x.sin().mul(x), { persistent: true });
    expect(tape.gradient(y, x)?.item()).toBe(tape.gradient(y, x)?.item());
  });
});

describe('a tape', () => {
  it('sees only what happens while it records', () => {
    const tape = new tf.GradientTape({ persistent: true });
    const before = x.mul(2);
    const y = tape.record(() => {
      tape.watch(x);
      return before.mul(x);
    });
    expect([tape.gradient(y, x), tape.gradient(y, before)].map(numbers)).toEqual([6, null]);
    expect(tape.gradient(y.mul(2), x)).toBeNull();
  });

  it('does not record what happened before watch', () => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      const early = x.square();
      tape.watch(x);
      return early.add(x);
    });
    expect(tape.gradient(y, x)?.item()).toBe(1);
  });

  it('watches for itself alone', () => {
    const blind = new tf.GradientTape();
    const y = blind.record(() => taped(x, () => x.square()).y);
    expect(blind.gradient(y, x)).toBeNull();
  });

  it('watches a whole structure at once', () => {
    const tape = new tf.GradientTape();
    const v = new tf.Variable(tf.scalar(4), { trainable: false });
    const y = tape.record(() => {
      tape.watch({ list: [x, pair], v });
      return pair.sum().mul(x).mul(v);
    });
    expect(tape.gradient(y, [x, pair, v]).map(numbers)).toEqual([28, [12, 12], 21]);
  });

  it('answers which variables it watched after it is spent, in order, once each', () => {
    const [a, b, frozen] = [1, 2, 3].map((value, i) => new tf.Variable(tf.scalar(value), { trainable: i < 2 }));
    const tape = new tf.GradientTape();
    const y = tape.record(() => b.mul(a).mul(b).mul(frozen));
    tape.gradient(y, [a, b]);
    expect(tape.watchedVariables()).toEqual([b, a]);
    tape.reset();
    expect(tape.watchedVariables()).toEqual([]);
  });

  it('without watchAccessedVariables watches the variables that it is told', () => {
    const [a, b] = [2, 5].map((value) => new tf.Variable(tf.scalar(value)));
    const { tape, y } = taped(a, () => a.mul(b), { watchAccessedVariables: false });
    expect(tape.watchedVariables()).toEqual([a]);
    expect(tape.gradient(y, [a, b]).map(numbers)).toEqual([5, null]);
  });

  it('gives the gradient of the value that a variable had, though it has another by now', () => {
    const v = new tf.Variable(tf.scalar(3));
    const tape = new tf.GradientTape();
    const y = tape.record(() => v.square());
    v.assign(tf.scalar(100));
    expect(tape.gradient(y, v)?.item()).toBe(6);
  });

  it('does not follow a value through an assignment', () => {
    const v = new tf.Variable(tf.scalar(0));
    const { tape, y } = taped(
      x,
      () => {
        v.assign(x.square());
        return v.mul(2);
      },
      { persistent: true },
    );
    expect([tape.gradient(y, x), tape.gradient(y, v)].map(numbers)).toEqual([null, 2]);
  });

  it('goes on after stopRecording, whatever happens inside', () => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      expect(() =>
        tape.stopRecording(() => {
          throw new Error('inside');
        }),
      ).toThrow('inside');
      return tape.stopRecording(() => x.square()).mul(x);
    });
    expect(tape.gradient(y, x)?.item()).toBe(9);
  });

  it('that is not persistent stops when the gradient is taken inside, and takes one', () => {
    const tape = new tf.GradientTape().start();
    tape.watch(x);
    expect(tape.gradient(x.square(), x)?.item()).toBe(6);
    expect(() => tape.stop()).toThrow('GradientTape: it is not recording');
    expect(() => tape.gradient(x, x)).toThrow('GradientTape: gradient can be called once');
    expect(() => tape.jacobian(x, x)).toThrow('GradientTape: jacobian can be called once on a tape that is not persistent');
    expect(() => tape.batchJacobian(pair, pair)).toThrow('GradientTape: batchJacobian can be called once');
  });

  it('that is persistent differentiates its own gradients, taken inside', () => {
    const tape = new tf.GradientTape({ persistent: true });
    const [first, second] = tape.record(() => {
      tape.watch(x);
      const y = x.mul(x).mul(x);
      const first = tape.gradient(y, x) as tf.Tensor;
      return [first, tape.gradient(first, x) as tf.Tensor];
    });
    expect([first, second, tape.gradient(second, x)].map(numbers)).toEqual([27, 18, 6]);
  });

  it('records again after reset, and nothing of before', () => {
    const { tape, y } = taped(x, () => x.square(), { persistent: true });
    tape.reset();
    expect(tape.gradient(y, x)).toBeNull();
    const z = tape.record(() => {
      tape.watch(x);
      return x.mul(4);
    });
    expect([tape.gradient(y, x), tape.gradient(z, x)].map(numbers)).toEqual([null, 4]);
  });

  it('can be reset while it records', () => {
    const tape = new tf.GradientTape();
    const y = tape.record(() => {
      tape.watch(x);
      const lost = x.square();
      tape.reset();
      tape.watch(x);
      return lost.add(x.mul(5));
    });
    expect(tape.gradient(y, x)?.item()).toBe(5);
  });

  it('holds nothing of an inner tape, nor the inner of it', () => {
    const outer = new tf.GradientTape();
    const [inner, y] = outer.record(() => {
      outer.watch(x);
      const { tape, y } = taped(pair, () => pair.mul(x));
      return [tape, y] as const;
    });
    expect(inner.gradient(y, [pair, x]).map(numbers)).toEqual([[3, 3], null]);
    expect(outer.gradient(y, [pair, x]).map(numbers)).toEqual([null, 7]);
  });

  it('nests: each order by one tape more', () => {
    const order = (n: number, at: tf.Tensor): tf.Tensor => (n === 0 ? at.pow(4) : (slope(at, (x) => order(n - 1, x)) as tf.Tensor));
    expect([0, 1, 2, 3, 4].map((n) => Math.round(order(n, tf.scalar(2, 'float64')).item()))).toEqual([16, 32, 48, 48, 24]);
  });

  it('gives mixed derivatives in either order', () => {
    const y = tf.scalar(5);
    const mixed = (a: tf.Tensor, b: tf.Tensor) => slope(a, () => slope(b, () => x.square().mul(y.pow(3))) as tf.Tensor);
    expect(mixed(x, y)?.item()).toBeCloseTo(450, 3);
    expect(mixed(y, x)?.item()).toBeCloseTo(450, 3);
  });

  it('outside of a traced function sees the ops inside it', () => {
    const v = new tf.Variable(tf.scalar(2));
    const f = tf.function((x: tf.Tensor) => x.mul(v).square());
    f(x);
    const { tape, y } = taped(x, () => f(x));
    expect(tape.gradient(y, [x, v]).map(numbers)).toEqual([24, 36]);
  });

  it('works the same inside of a traced function', () => {
    const f = tf.function((x: tf.Tensor) => slope(x, (x) => slope(x, (x) => x.pow(3)) as tf.Tensor) as tf.Tensor);
    expect([f(x).item(), f(x).item()].map(Math.round)).toEqual([18, 18]);
  });
});

describe('a tape refuses', () => {
  const refusals: readonly (readonly [string, () => unknown, string])[] = [
    ['to start twice', () => new tf.GradientTape().start().start(), 'GradientTape: it is recording already'],
    ['to stop before it starts', () => new tf.GradientTape().stop(), 'GradientTape: it is not recording'],
    ['to pause before it starts', () => new tf.GradientTape().stopRecording(() => 0), 'GradientTape: stopRecording on a tape'],
    ['to watch a number', () => new tf.GradientTape().watch(wrong(1)), 'GradientTape: watch: expected tensors or variables; received 1'],
    ['to watch integers', () => new tf.GradientTape().watch(tf.scalar(1, 'int32')), 'watch needs floating tensors; received int32'],
    ['a word as source', () => new tf.GradientTape().gradient(x, wrong('x')), 'gradient: sources: expected tensors or variables'],
    ['null as target', () => new tf.GradientTape().gradient(wrong(null), x), 'gradient: target: expected tensors or variables'],
    [
      'unknown words',
      () => new tf.GradientTape().jacobian(x, x, { unconnectedGradients: wrong('nil') }),
      'jacobian: unknown unconnectedGradients "nil"; known are none, zero',
    ],
    [
      'several targets of a Jacobian',
      () => new tf.GradientTape().jacobian(wrong([x]), x),
      'jacobian: target: expected one tensor or variable; received [a Tensor]',
    ],
    [
      'batches of different sizes',
      () => new tf.GradientTape().batchJacobian(tf.ones([2, 3]), tf.ones([3, 3])),
      'batchJacobian: target and source need two axes or more, the first of one size; received [2,3] and [3,3]',
    ],
    ['batches without rows', () => new tf.GradientTape().batchJacobian(pair, tf.ones([2, 2])), 'received [2] and [2,2]'],
  ];
  it.each(refusals)('%s', (_what, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('a function transform', () => {
  it('gives the gradient of what depends on variables too', () => {
    const v = new tf.Variable(tf.scalar(4));
    expect(
      tf
        .grad((x) => x.square().mul(v))(3)
        .item(),
    ).toBe(24);
  });

  it('weighs by dy, and sums without', () => {
    const f = (x: tf.Tensor) => x.square();
    expect([tf.grad(f)([2, 5]), tf.grad(f)([2, 5], [1, 0])].map(numbers)).toEqual([
      [4, 10],
      [4, 0],
    ]);
  });

  it('gives zeros for an argument without influence', () => {
    expect(
      tf
        .grads((a, _b) => a)([1, [2, 3]])
        .map(numbers),
    ).toEqual([1, [0, 0]]);
  });

  it('leaves a tape around it in peace', () => {
    const { tape, y } = taped(x, () =>
      tf
        .grad((x) => x.pow(3))(x)
        .mul(x),
    );
    expect(tape.gradient(y, x)?.item()).toBeCloseTo(81, 3);
  });

  it('along a direction is the Jacobian times it, and its gradient that of the product', () => {
    const along = (x: tf.Tensor) => tf.jvp((x) => x.pow(3), [x], [[1, 2]]).tangent;
    expect(numbers(along(pair))?.toString()).toBe('12,150');
    expect(numbers(tf.grad(along)(pair))?.toString()).toBe('12,60');
  });

  it('refuses a function that returns nothing', () => {
    expect(() => tf.grad(() => wrong(undefined))(1)).toThrow('grad: the function must return a tensor; received undefined');
    expect(() => tf.grad((x) => tf.cast(x, 'int32'))(1)).toThrow('grad: the function must return a floating tensor; received int32');
  });
});
