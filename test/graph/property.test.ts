/** Random functions give, traced, what they give eagerly, bit for bit: any ops, aliases and assignments, with any pass left out. */
import fc from 'fast-check';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import type { PassName } from '../../lib/graph/simplify.ts';

/** What a step does, and which of the tensors so far it does it to. */
type Step = readonly [kind: number, a: number, b: number, c: number];

const SHAPES = [[2, 3], [3], [1, 3], [3, 2], [6], [], [0, 3], [2, 1, 3]];
const UNARY = [tf.neg, tf.square, tf.relu, tf.tanh, tf.abs, tf.exp, tf.sigmoid] as const;
const BINARY = [tf.add, tf.sub, tf.mul, tf.maximum, tf.div] as const;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

function broadcasts(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const [x, y] = [a[a.length - i], b[b.length - i]];
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return true;
}

/** The tensor that a step makes of those so far; undefined where it cannot. */
function make([kind, a, b, c]: Step, pool: readonly tf.Tensor[], variables: readonly tf.Variable[]): tf.Tensor | undefined {
  const [x, y] = [pool[a % pool.length], pool[b % pool.length]];
  const variable = variables[c % variables.length];
  switch (kind) {
    case 0:
    case 1:
      return UNARY[c % UNARY.length](x);
    case 2:
    case 3:
      return broadcasts(x.shape, y.shape) ? BINARY[c % BINARY.length](x, y) : undefined;
    case 4: {
      const fitting = SHAPES.filter((shape) => sizeOf(shape) === x.size);
      return fitting.length === 0 ? undefined : x.reshape(fitting[c % fitting.length]);
    }
    case 5:
      return x.rank > 0 && x.shape[0] > 1 ? x.slice([c % 2], [1]) : undefined;
    case 6:
      return x.rank === 2 ? x.transpose() : undefined;
    case 7:
      return x.rank === 2 && y.rank === 2 && x.shape[1] === y.shape[0] ? tf.matMul(x, y) : undefined;
    case 8:
      return x.rank > 0 ? x.sum(c % x.rank, b % 2 === 0) : x.mean();
    case 9:
      return variable.value;
    case 10:
      return tf.randomUniform(SHAPES[c % SHAPES.length]);
    case 11:
      return x.cast(c % 2 === 0 ? 'float64' : 'bool').cast('float32');
    case 12:
      return x.rank > 0 && x.shape[0] > 0 ? tf.concat([x, x, x.neg()], 0).slice([c % 3], x.shape as number[]) : undefined;
    case 13: {
      const fitting = pool.filter(({ shape }) => String(shape) === String(variable.shape));
      if (fitting.length > 0) variable.assign(fitting[a % fitting.length]);
      return undefined;
    }
    case 14: {
      const fitting = pool.filter(({ shape }) => String(shape) === String(variable.shape));
      if (fitting.length > 0) variable.assignAdd(fitting[a % fitting.length]);
      return undefined;
    }
    case 15: {
      const others = variables.filter(({ shape }) => String(shape) === String(variable.shape));
      variable.assign(others[b % others.length]);
      return undefined;
    }
    default:
      return tf.where(x.greater(0), x, tf.tensor([0.5 - (c % 3)]));
  }
}

function build(steps: readonly Step[], wanted: readonly number[]) {
  tf.setSeed(5);
  const variables = [[2, 3], [2, 3], [2, 3], [3], []].map((shape, i) => new tf.Variable(tf.randomNormal(shape), { name: `v${i}` }));
  const constant = tf.tensor([[1, -2, 0.5]]);
  const f = (x: tf.Tensor, y: tf.Tensor): tf.Tensor[] => {
    const pool = [x, y, constant, variables[0].value];
    for (const step of steps) {
      const made = make(step, pool, variables);
      if (made !== undefined) pool.push(made);
    }
    return wanted.map((i) => pool[pool.length - 1 - (i % pool.length)]);
  };
  return { variables, f };
}

/** Every bit, with all NaNs alike. */
const bits = (tensors: readonly (tf.Tensor | tf.Variable)[]): string =>
  tensors.map((t) => `${t.dtype}[${t.shape}] ${Array.from(t.dataSync(), (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`).join('\n');

const steps = fc.array(fc.tuple(fc.nat(16), fc.nat(30), fc.nat(30), fc.nat(30)), { minLength: 1, maxLength: 25 });
const wanted = fc.array(fc.nat(30), { minLength: 0, maxLength: 4 });

/** Three calls in a row, with what they give and what variables hold after each. */
function history(steps: readonly Step[], wanted: readonly number[], without: readonly PassName[] | undefined): string[] {
  const { variables, f } = build(steps, wanted);
  const used = without === undefined ? f : tf.function(f, { without });
  const given: string[] = [];
  for (let call = 0; call < 3; call++) {
    const [x, y] = [tf.randomNormal([2, 3]), tf.randomNormal([3])];
    const olds = variables.map((variable) => variable.value);
    const before = bits(olds);
    const inputs = bits([x, y]);
    const results = used(x, y);
    // A second run must not write to what the first gave.
    given.push(`${bits(results)}\n-\n${bits(variables)}\n-\n${bits([tf.randomUniform([1])])}`);
    if (call === 0) given.push(...results.map(String));
    expect(bits(olds)).toBe(before);
    expect(bits([x, y])).toBe(inputs);
  }
  return given;
}

describe('random functions', () => {
  for (const without of [
    [],
    ['dead'],
    ['fold'],
    ['repeats'],
    ['transposes'],
    ['epilogue'],
    ['fuse'],
    ['dead', 'fold', 'repeats', 'transposes', 'epilogue', 'fuse'],
  ] as PassName[][]) {
    it(`are the same traced${without.length === 0 ? '' : `, without ${without.join(', ')}`}`, () => {
      fc.assert(
        fc.property(steps, wanted, (steps, wanted) => {
          expect(history(steps, wanted, without)).toEqual(history(steps, wanted, undefined));
        }),
        { numRuns: without.length === 0 ? 300 : 100 },
      );
    });
  }
});
