/** The fused op: the bits of the ops that it stands for, on any shapes and values, and no malformed program. */
import * as fc from 'fast-check';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { type AnyOp, apply, ops } from '../../lib/core/op.ts';
import { type FusedAttrs, fusedOp, reduceOf, stepsOf } from '../../lib/ops/fused.ts';
import { differences, relocate, runFused } from './fusing.ts';

/** An op with what it can be fused as. */
interface Entry {
  readonly op: AnyOp;
  readonly dtypes: readonly tf.DType[];
  readonly output: tf.DType;
}

const ATTRS: Readonly<Record<string, readonly (number | boolean)[]>> = {
  alpha: [0.2, 1, -0.5],
  approximate: [true, false],
  dtype: [0, 4],
  min: [-1.5, -Infinity],
  max: [0.3, Infinity],
};

/** Attributes of an op; `pick` chooses among those it may have. */
function attrsOf(op: AnyOp, shape: readonly number[], pick: number): Record<string, unknown> {
  return Object.fromEntries(op.attrs.map((key) => [key, key === 'shape' ? shape : ATTRS[key]?.[pick % ATTRS[key].length]]));
}

const KINDS: readonly tf.DType[] = ['float32', 'bool'];
const operandTypes = [1, 2, 3].flatMap((count) =>
  Array.from({ length: 2 ** count }, (_, bits) => Array.from({ length: count }, (_, k) => KINDS[(bits >> k) & 1])),
);
const entries: readonly Entry[] = [...ops.values()].flatMap((op) =>
  operandTypes.flatMap((dtypes) =>
    KINDS.filter((output) => stepsOf(op, attrsOf(op, [], KINDS.indexOf(output)), dtypes, output) !== undefined).map((output) => ({
      op,
      dtypes,
      output,
    })),
  ),
);

const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, 88, -88, 1e-30, 3e38, -2.5, 6];

function drawn(shape: readonly number[], seed: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  let state = seed + 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const value = () => (next() < 0.1 ? SPECIAL[Math.floor(next() * SPECIAL.length)] : (next() - 0.5) * 10);
  return tf.tensor(Array.from({ length: size }, value), [...shape]);
}

/** What a random program is made from. */
interface Draft {
  readonly shape: readonly number[];
  readonly inputs: readonly { readonly ones: readonly boolean[]; readonly drop: number }[];
  readonly picks: readonly (readonly number[])[];
  readonly seed: number;
}

/** The program of a draft, and what the ops one by one give for its registers. */
function compose({ shape, inputs: wanted, picks, seed }: Draft): { inputs: tf.Tensor[]; attrs: FusedAttrs; unfused: tf.Tensor[] } {
  const inputs = wanted.map(({ ones, drop }, i) => drawn(shape.map((d, axis) => (ones[axis] ? 1 : d)).slice(drop), seed + i));
  const registers = [...inputs];
  const steps: number[] = [];
  for (const [which, attr, ...operands] of picks) {
    if (which % 10 === 0) {
      registers.push(tf.scalar(SPECIAL[attr % SPECIAL.length]));
      steps.push(0, -1, -1, -1, registers.at(-1)?.item() as number);
      continue;
    }
    const { op, dtypes, output } = entries[which % entries.length];
    const at = dtypes.map((dtype, k) => {
      const some = registers.flatMap((x, r) => (x?.dtype === dtype ? [r] : []));
      return some[operands[k] % some.length];
    });
    if (at.includes(undefined as never)) continue;
    const attrs = attrsOf(op, shape, op.attrs.includes('dtype') ? KINDS.indexOf(output) : attr);
    const own = stepsOf(op, attrs, dtypes, output) as readonly number[];
    const first = registers.length;
    steps.push(...relocate(own, (register) => at[register] ?? first + register - at.length));
    const operandTensors = at.map((r) => registers[r]);
    while (registers.length < inputs.length + steps.length / 5 - 1) registers.push(undefined as never);
    registers.push(apply(op, operandTensors, attrs)[0]);
  }
  const floats = registers.flatMap((x, r) => (x?.dtype === 'float32' ? [r] : []));
  const results = floats.slice(-4);
  return { inputs, attrs: { shape, steps, results, reduce: 0 }, unfused: results.map((r) => tf.broadcastTo(registers[r], shape)) };
}

const draft = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(1, 7, 10, 16, 33, 64, 100, 513, 700)), { maxLength: 4 })
  .filter((shape) => shape.reduce((a, b) => a * b, 1) <= 70000)
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      inputs: fc.array(fc.record({ ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), drop: fc.nat(shape.length) }), {
        minLength: 1,
        maxLength: 5,
      }),
      picks: fc.array(fc.array(fc.nat(100000), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 20 }),
      seed: fc.nat(1000000),
    }),
  );

describe('a fused op', () => {
  it('knows the elementwise ops', () => {
    const names = new Set(entries.map(({ op }) => op.name));
    // Without a kernel in the addon there is no loop to make a step of; and fused ops compute in floats.
    const rows = tf.kernelCounts();
    const elementwise = [...ops.values()]
      .filter(({ traits, name }) => traits.elementwise && (name in rows || name === 'broadcastTo'))
      .map(({ name }) => name);
    expect(elementwise.filter((name) => !names.has(name) && !name.startsWith('bitwise'))).toEqual([]);
  });

  it.each(entries.map((entry) => [entry.op.name, entry.dtypes.join(), entry.output, entry] as const))(
    'gives the bits of %s of %s to %s',
    (_name, _dtypes, _output, { op, dtypes, output }) => {
      const shape = [3, 401];
      const floats = dtypes.map((_, k) => drawn(shape, 7 * k));
      for (const pick of op.attrs.includes('dtype') ? [KINDS.indexOf(output)] : [0, 1, 2]) {
        const attrs = attrsOf(op, shape, pick);
        const operands = dtypes.map((dtype, k) => (dtype === 'bool' ? tf.greater(floats[k], 0.5) : floats[k]));
        const result = apply(op, operands, attrs)[0];
        // Truth values live inside only: made of floats by comparing, and back by choosing.
        const code = (name: string, from: readonly tf.DType[], to: tf.DType) =>
          (stepsOf(ops.get(name) as AnyOp, {}, from, to) as number[])[0];
        const steps: number[] = [0, -1, -1, -1, 0.5];
        const half = dtypes.length;
        const at = dtypes.map((dtype, k) => {
          if (dtype === 'float32') return k;
          steps.push(code('greater', ['float32', 'float32'], 'bool'), k, half, -1, 0);
          return half + steps.length / 5 - 1;
        });
        const first = half + steps.length / 5;
        const own = stepsOf(op, attrs, dtypes, output) as readonly number[];
        steps.push(...relocate(own, (register) => at[register] ?? first + register - at.length));
        if (output === 'bool') {
          const last = half + steps.length / 5 - 1;
          steps.push(0, -1, -1, -1, 1, 0, -1, -1, -1, 0);
          steps.push(code('where', ['bool', 'float32', 'float32'], 'float32'), last, last + 1, last + 2, 0);
        }
        const results = [half + steps.length / 5 - 1];
        const [got] = runFused({ inputs: floats, attrs: { shape, steps, results, reduce: 0 } });
        expect(differences(got, tf.cast(result, 'float32'))).toEqual([]);
      }
    },
  );

  it('gives the bits of random programs one op after the other', () => {
    fc.assert(
      fc.property(draft, (drafted) => {
        const { inputs, attrs, unfused } = compose(drafted);
        const results = runFused({ inputs, attrs });
        results.forEach((result, n) => {
          expect(differences(result, unfused[n])).toEqual([]);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('sums with the bits of sum', () => {
    fc.assert(
      fc.property(draft, fc.nat(8), (drafted, pick) => {
        const { inputs, attrs, unfused } = compose(drafted);
        const { shape } = drafted;
        const reduce = shape.length === 0 ? 0 : (pick % (2 * shape.length + 1)) - shape.length;
        const axes = shape.map((_, axis) => axis).filter((axis) => (reduce > 0 ? axis < reduce : axis >= shape.length + reduce));
        const [result] = runFused({ inputs, attrs: { ...attrs, results: attrs.results.slice(-1), reduce } });
        const whole = unfused.at(-1) as tf.Tensor;
        expect(differences(result, reduce === 0 ? whole : tf.sum(whole, axes))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [[300000], [0]],
    [
      [70, 3000],
      [0, 1],
    ],
    [[100, 2000], [1]],
    [[2000, 100], [0]],
    [[20000, 10], [0]],
    [[20000, 10], [1]],
    [[3, 5000], [0]],
    [[500, 1024], [1]],
    [
      [6, 40, 50, 33],
      [0, 1, 2],
    ],
    [
      [6, 40, 50, 33],
      [2, 3],
    ],
    [[1, 700], [0]],
    [[5000, 1], [0]],
  ])('sums a product of shape %j over %j with the bits of sum', (shape, axes) => {
    const inputs = [drawn(shape, 1), drawn(shape.slice(-1), 2)].map((x) => tf.where(tf.isFinite(x), x, 1));
    const steps = [...(stepsOf(ops.get('mul') as AnyOp, {}, ['float32', 'float32'], 'float32') as number[])];
    const [result] = runFused({ inputs, attrs: { shape, steps, results: [2], reduce: reduceOf(shape, axes) as number } });
    expect(differences(result, tf.sum(tf.mul(inputs[0], inputs[1]), axes))).toEqual([]);
  });

  it('writes a register to several results, and inputs and constants', () => {
    const x = drawn([40, 30], 3);
    const row = drawn([30], 4);
    const steps = [0, -1, -1, -1, 2.5, ...relocate(stepsOf(ops.get('neg') as AnyOp, {}, ['float32'], 'float32') as number[], () => 0)];
    const results = runFused({ inputs: [x, row], attrs: { shape: [40, 30], steps, results: [3, 3, 1, 2, 0], reduce: 0 } });
    const wanted = [tf.neg(x), tf.neg(x), tf.broadcastTo(row, [40, 30]), tf.fill([40, 30], 2.5), x];
    expect(results.map((result, n) => differences(result, wanted[n]))).toEqual([[], [], [], [], []]);
  });

  it('gives the same bits for any number of threads', () => {
    const before = tf.getNumThreads();
    const [x, w] = [drawn([500, 300], 5), drawn([300], 6)];
    const steps = [...(stepsOf(ops.get('mul') as AnyOp, {}, ['float32', 'float32'], 'float32') as number[])];
    const run = (threads: number, reduce: number) => {
      tf.setNumThreads(threads);
      return runFused({ inputs: [x, w], attrs: { shape: [500, 300], steps, results: [2], reduce } })[0];
    };
    try {
      for (const reduce of [0, 1, 2, -1]) expect(differences(run(4, reduce), run(1, reduce))).toEqual([]);
    } finally {
      tf.setNumThreads(before);
    }
  });
});

describe('a malformed program', () => {
  const x = tf.ones([2, 3]);
  const good: FusedAttrs = { shape: [2, 3], steps: [3, 0, 0, -1, 0], results: [1], reduce: 0 };
  it.each([
    ['a shape of no sizes', { shape: [2, -3] }, 'fused: a shape is a list of whole numbers >= 0; received'],
    ['a shape that the input does not broadcast to', { shape: [2, 1] }, 'fused: shape [2,3] does not broadcast to [2,1]'],
    ['half a step', { steps: [3, 0, 0] }, 'fused: steps are 5 numbers each, at most 128 of them; received 3 numbers'],
    ['too many steps', { steps: new Array(129 * 5).fill(0) }, 'fused: steps are 5 numbers each, at most 128 of them; received 645 numbers'],
    ['an unknown code', { steps: [1000, 0, 0, -1, 0] }, 'fused: step 0 has no known code; received 1000'],
    ['a code that is no whole number', { steps: [2.5, 0, 0, -1, 0] }, 'fused: step 0 has no known code; received 2.5'],
    ['a register that is not there', { steps: [3, 0, 7, -1, 0] }, 'fused: step 0, add, cannot read register 7; there are 1 before it'],
    ['its own register', { steps: [3, 0, 1, -1, 0] }, 'fused: step 0, add, cannot read register 1; there are 1 before it'],
    ['a negative register', { steps: [3, -1, 0, -1, 0] }, 'fused: step 0, add, cannot read register -1; there are 1 before it'],
    ['one register too many', { steps: [3, 0, 0, 0, 0] }, 'fused: step 0, add, cannot read register 0; there are 1 before it'],
    [
      'truth values as numbers',
      { steps: [stepsOf(ops.get('isNaN') as AnyOp, {}, ['float32'], 'bool')?.[0] as number, 0, -1, -1, 0, 3, 0, 1, -1, 0], results: [2] },
      'fused: step 1, add, does not take such operands; received f, t and 0',
    ],
    ['a cast to integers', { steps: [2, 0, -1, -1, 2] }, 'fused: step 0, cast, does not take such operands; received f and 2'],
    ['no results', { results: [] }, 'fused: results are 1 to 16 registers of floats; received'],
    ['a result that is not there', { results: [2] }, 'fused: results are 1 to 16 registers of floats; received'],
    ['a sum over too many axes', { reduce: 3 }, 'fused: a sum is of one result, over some of its axes; received 3 for 1 of [2,3]'],
    ['two sums', { reduce: 1, results: [0, 1] }, 'fused: a sum is of one result, over some of its axes; received 1 for 2 of [2,3]'],
  ])('with %s is refused', (_what, wrong, message) => {
    expect(() => apply(fusedOp, [x], { ...good, ...wrong })).toThrow(message);
  });

  it('of other dtypes or too many inputs is refused', () => {
    expect(() => apply(fusedOp, [tf.ones([2, 3], 'int32')], good)).toThrow('fused: inputs are float32; received int32');
    expect(() => apply(fusedOp, new Array(17).fill(x), { ...good, results: [17] })).toThrow('fused: at most 16 inputs; received 17');
  });

  it('is refused natively, too, where nobody inferred its shape', () => {
    if (tf.backend().name !== 'native') return;
    const blind = { ...fusedOp, infer: () => [{ shape: [2, 3], dtype: 'float32' as const }] };
    const run = (attrs: Partial<FusedAttrs>, inputs = [x]) => apply(blind, inputs, { ...good, ...attrs });
    expect(() => run({})).not.toThrow();
    for (const shape of [[2, 4], [2], [Number.NaN, 3], [1e300, 1e300], [2, 3, 1, 1, 1, 1, 1, 1, 1]]) {
      expect(() => run({ shape })).toThrow('fused: malformed program');
    }
    const badSteps = [
      [3, 0, 0],
      new Array(129 * 5).fill(0),
      [1000, 0, 0, -1, 0],
      [Number.NaN, 0, 0, -1, 0],
      [2.5, 0, 0, -1, 0],
      [-1, 0, 0, -1, 0],
      [3, 0, 1, -1, 0],
      [3, 0, 1e9, -1, 0],
      [3, 0, -1, -1, 0],
      [3, 0, Number.NaN, -1, 0],
      [3, 0, 0, 0, 0],
    ];
    for (const steps of badSteps) expect(() => run({ steps })).toThrow('fused: malformed program');
    for (const results of [[], [2], [-1], [0.5], [1, 1]]) expect(() => run({ results })).toThrow('fused: malformed program');
    for (const reduce of [3, -3, 0.5, 1, Number.NaN]) expect(() => run({ reduce })).toThrow('fused: malformed program');
    expect(() => run({}, [tf.ones([2, 3], 'int32')])).toThrow('fused: malformed program; the dtype of an input');
    expect(() => run({}, [tf.ones([3, 3])])).toThrow('fused: malformed program; the shape of an input');
    expect(() => run({}, [tf.ones([1, 2, 3])])).toThrow('fused: malformed program; the shape of an input');
  });
});
