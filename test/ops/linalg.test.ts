/** Linear algebra against NumPy and SciPy (test/fixtures/linalg.py), by what defines each result, and on both float dtypes. */
import { readFileSync } from 'node:fs';
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { double } from '../support/derivatives.ts';

interface Fixture {
  readonly cases: Readonly<Record<string, { readonly inputs: readonly tf.NestedArray[]; readonly wanted: tf.NestedArray }>>;
  readonly norms: readonly (readonly [order: string, axis: number[], x: tf.NestedArray, wanted: tf.NestedArray])[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/linalg.json', import.meta.url), 'utf8'));
const { linalg } = tf;

/** What each case of the fixture calls. */
const calls: Readonly<Record<string, (...xs: tf.Tensor[]) => tf.Tensor>> = {
  cholesky: linalg.cholesky,
  solve: (a, b) => linalg.solve(a, b),
  solveVector: (a, b) => linalg.solve(a, b),
  solveAdjoint: (a, b) => linalg.solve(a, b, true),
  solveBroadcast: (a, b) => linalg.solve(a, b),
  lower: (a, b) => linalg.triangularSolve(a, b),
  upper: (a, b) => linalg.triangularSolve(a, b, false),
  lowerAdjoint: (a, b) => linalg.triangularSolve(a, b, true, true),
  upperAdjoint: (a, b) => linalg.triangularSolve(a, b, false, true),
  inv: linalg.inv,
  det: linalg.det,
  sign: (x) => linalg.slogdet(x).sign,
  logabsdet: (x) => linalg.slogdet(x).logabsdet,
  lu: (x) => linalg.luFactor(x).lu,
  pivots: (x) => linalg.luFactor(x).pivots,
  qTall: (x) => linalg.qr(x)[0],
  rTall: (x) => linalg.qr(x)[1],
  qTallComplete: (x) => linalg.qr(x, true)[0],
  qWide: (x) => linalg.qr(x)[0],
  rWide: (x) => linalg.qr(x)[1],
  svdvalsTall: linalg.svdvals,
  svdvalsWide: linalg.svdvals,
  eigvalsh: linalg.eigvalsh,
  pinv: (x) => linalg.pinv(x),
  pinvDeficient: (x) => linalg.pinv(x, 1e-6),
  lstsq: (a, b) => linalg.lstsq(a, b),
  matrixPower: (x) => linalg.matrixPower(x, 5),
  matrixPowerNegative: (x) => linalg.matrixPower(x, -3),
  expm: linalg.expm,
  expmLarge: linalg.expm,
  sqrtm: linalg.sqrtm,
  logm: linalg.logm,
  eigvals: (x) => tf.stack(tf.unstack(x).map((each) => sortedPairs(linalg.eigvals(each)))),
  eigvalsLarge: (x) => sortedPairs(linalg.eigvals(x)),
  cond: (x) => linalg.cond(x),
  condOne: (x) => linalg.cond(x, 1),
  condLeast: (x) => linalg.cond(x, -2),
  condFro: (x) => linalg.cond(x, 'fro'),
  luOrder: (x) => linalg.lu(x).p,
  luOrderWide: (x) => linalg.lu(x).p,
  matvec: (a, b) => linalg.matvec(a, b),
  matvecTransposed: (a, b) => linalg.matvec(a, b, true),
  diagPartAbove: (x) => linalg.diagPart(x, 2),
  diagPartBelow: (x) => linalg.diagPart(x, -3),
  setDiag: (x, d) => linalg.setDiag(x, d),
  setDiagAbove: (x, d) => linalg.setDiag(x, d, 1),
  setDiagBelow: (x, d) => linalg.setDiag(x, d, -3),
  matrixTranspose: linalg.matrixTranspose,
};

/** The parts of complex numbers, in the order of their real ones, then of their imaginary ones. */
function sortedPairs(x: tf.Tensor): tf.Tensor {
  // Conjugates have the same real part but for rounding.
  const key = tf.add(tf.real(x), tf.mul(tf.imag(x), 1e-6));
  return tf.gather(tf.viewAsReal(x), tf.argsort(key));
}

/** The greatest difference, relative to the greatest magnitude above 1. */
function distance(got: tf.Tensor, wanted: tf.TensorLike): number {
  const [a, b] = [tf.cast(got, 'float64'), tf.cast(tf.tensor(wanted), 'float64')];
  expect(a.shape).toEqual(b.shape);
  if (a.size === 0) return 0;
  return tf.max(tf.abs(tf.sub(a, b))).item() / Math.max(1, tf.max(tf.abs(b)).item());
}

const double64 = (x: tf.NestedArray): tf.Tensor => tf.tensor(x, undefined, 'float64');

describe('agrees with NumPy and SciPy', () => {
  it.each(Object.keys(fixture.cases))('%s', (name) => {
    const { inputs, wanted } = fixture.cases[name];
    const got = calls[name](...inputs.map(double64));
    expect(distance(got, double64(wanted))).toBeLessThan(1e-11);
    const single = calls[name](...inputs.map((x) => tf.tensor(x)));
    if (!['pivots', 'luOrder', 'luOrderWide'].includes(name)) expect([got.dtype, single.dtype]).toEqual(['float64', 'float32']);
    expect(distance(single, double64(wanted))).toBeLessThan(name === 'matrixPowerNegative' ? 2e-3 : 1e-4);
    // A traced function gives the same bits.
    const traced = tf.function((xs: tf.Tensor[]) => calls[name](...xs))(inputs.map(double64));
    expect(traced.arraySync()).toEqual(got.arraySync());
  });

  it('and every case is called', () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(fixture.cases).sort());
  });

  it.each(fixture.norms)('norm of order %s over %s', (order, axis, x, wanted) => {
    const ord = order === 'None' ? 'euclidean' : order === 'inf' ? Infinity : order === '-inf' ? -Infinity : Number(order);
    const named = Number.isNaN(ord) ? (order as tf.NormOrder) : (ord as tf.NormOrder);
    const given = axis.length === 1 ? axis[0] : axis;
    expect(distance(tf.norm(double64(x), named, given), double64(wanted))).toBeLessThan(1e-13);
    const kept = tf.norm(double64(x), named, given, true);
    expect(kept.rank).toBe(2);
    expect(distance(tf.reshape(kept, tf.norm(double64(x), named, given).shape), double64(wanted))).toBeLessThan(1e-13);
  });
});

/** Matrices without a pattern. */
function random(...shape: number[]): tf.Tensor {
  return tf.randomNormal(
    shape,
    0,
    1,
    'float64',
    shape.reduce((a, b) => a * 31 + b, 7),
  );
}

function turn(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [...x.shape.slice(0, -2).map((_, i) => i), x.rank - 1, x.rank - 2]);
}

function eye(n: number): tf.Tensor {
  return linalg.bandPart(tf.ones([n, n], 'float64'), 0, 0);
}

describe('what defines', () => {
  it.each([
    [1, 1],
    [6, 6],
    [7, 4],
    [4, 7],
    [40, 30],
    [1, 5],
    [5, 1],
    [0, 3],
    [3, 0],
  ])('singular values, %i x %i', (m, n) => {
    const x = random(2, m, n);
    const { u, s, vh } = linalg.svd(x, false);
    expect(distance(tf.matMul(tf.mul(u, tf.expandDims(s, -2)), vh), x)).toBeLessThan(1e-14 * Math.max(10, m + n));
    const full = linalg.svd(x);
    for (const each of [u, turn(vh), full.u, turn(full.vh)]) {
      const k = each.shape[2];
      expect(distance(tf.matMul(each, each, true), tf.broadcastTo(eye(k), [2, k, k]))).toBeLessThan(1e-13);
    }
    expect([full.u.shape, full.vh.shape]).toEqual([
      [2, m, m],
      [2, n, n],
    ]);
  });

  it.each([1, 2, 3, 8, 33, 0])('eigenvalues, %i x %i', (n) => {
    const y = random(2, n, n);
    const x = tf.add(y, turn(y));
    const { eigenvalues, eigenvectors } = linalg.eigh(x);
    expect(distance(tf.matMul(x, eigenvectors), tf.mul(eigenvectors, tf.expandDims(eigenvalues, -2)))).toBeLessThan(1e-13);
    expect(distance(tf.matMul(eigenvectors, eigenvectors, true), tf.broadcastTo(eye(n), [2, n, n]))).toBeLessThan(1e-13);
  });

  it('both, where values are equal, vanish or are of very different size', () => {
    const u = linalg.qr(random(6, 6))[0];
    for (const values of [
      [2, 2, 2, 1, 1, 0],
      [1, 1e-8, 1e-12, 0, 0, 0],
      [1e200, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]) {
      const d = double(values);
      const x = tf.matMul(tf.mul(u, d), u, false, true);
      const svd = linalg.svd(x);
      expect(distance(svd.s, d)).toBeLessThan(1e-14);
      expect(distance(tf.matMul(svd.u, svd.u, true), eye(6))).toBeLessThan(1e-13);
      const eigh = linalg.eigh(x);
      expect(distance(tf.reverse(eigh.eigenvalues), d)).toBeLessThan(1e-14);
      expect(distance(tf.matMul(eigh.eigenvectors, eigh.eigenvectors, true), eye(6))).toBeLessThan(1e-13);
    }
  });

  it('an inverse of Cholesky factors, a solution by them, and a determinant', () => {
    const x = double(fixture.cases.cholesky.inputs[0] as number[]);
    const l = linalg.cholesky(x);
    const both = tf.broadcastTo(eye(4), [2, 4, 4]);
    expect(distance(tf.matMul(x, linalg.choleskyInverse(l)), both)).toBeLessThan(1e-12);
    expect(
      distance(tf.matMul(x, linalg.choleskyInverse(turn(l), true)), tf.matMul(x, tf.matMul(linalg.inv(turn(l)), linalg.inv(l)))),
    ).toBeLessThan(1e-11);
    expect(distance(tf.matMul(x, linalg.choleskySolve(l, both)), both)).toBeLessThan(1e-12);
    expect(distance(linalg.logdet(x), linalg.slogdet(x).logabsdet)).toBeLessThan(1e-13);
  });

  it('rank, trace, bands, and powers 0 and 1', () => {
    const x = double([
      [
        [1, 2],
        [2, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ]);
    expect(linalg.matrixRank(x).arraySync()).toEqual([1, 2, 0]);
    expect(linalg.matrixRank(x, 3).arraySync()).toEqual([1, 1, 0]);
    expect(linalg.matrixRank(tf.zeros([2, 0, 3])).arraySync()).toEqual([0, 0]);
    expect(linalg.trace(x).arraySync()).toEqual([5, 5, 0]);
    const band = tf.tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      undefined,
      'int32',
    );
    expect(linalg.bandPart(band, 1, 0).arraySync()).toEqual([
      [1, 0, 0],
      [4, 5, 0],
      [0, 8, 9],
    ]);
    expect(linalg.bandPart(band, -1, 1).arraySync()).toEqual([
      [1, 2, 0],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expect(linalg.matrixPower(x, 0).arraySync()).toEqual([eye(2), eye(2), eye(2)].map((one) => one.arraySync()));
    expect(linalg.matrixPower(x, 1).arraySync()).toEqual(x.arraySync());
  });

  it('orthonormal vectors', () => {
    const x = random(3, 5);
    const rows = linalg.gramSchmidt(x);
    expect(distance(tf.matMul(rows, rows, false, true), eye(3))).toBeLessThan(1e-14);
    expect(linalg.gramSchmidt(tf.unstack(x)).map((row) => row.arraySync())).toEqual(rows.arraySync());
    expect(linalg.gramSchmidt(tf.zeros([0, 3])).shape).toEqual([0, 3]);
  });
});

describe('edges', () => {
  it('NaN goes through, and sizes of 0 do', () => {
    const broken = double([
      [1, Number.NaN],
      [0, 1],
    ]);
    for (const f of [linalg.det, linalg.expm, linalg.svdvals, linalg.eigvalsh, linalg.pinv, linalg.qr]) {
      const y = [f(tf.add(broken, turn(broken)))].flat()[0];
      expect(y.dataSync().some(Number.isNaN)).toBe(true);
    }
    expect(
      linalg
        .svd(tf.mul(tf.ones([2, 3]), Number.NaN))
        .vh.dataSync()
        .every(Number.isNaN),
    ).toBe(true);
    expect(linalg.det(tf.zeros([2, 0, 0])).arraySync()).toEqual([1, 1]);
    expect(linalg.slogdet(tf.zeros([2, 2])).logabsdet.item()).toBe(-Infinity);
    expect(linalg.inv(tf.zeros([0, 3, 3])).shape).toEqual([0, 3, 3]);
    expect(linalg.solve(tf.zeros([0, 0]), tf.zeros([0, 2])).shape).toEqual([0, 2]);
    expect(
      linalg.expm(
        double([
          [1e308, 0],
          [1e308, 0],
        ]),
      ).size,
    ).toBe(4);
    expect(tf.norm([0, 0]).item()).toBe(0);
  });

  it('integers are computed in float32', () => {
    expect(
      linalg.inv(
        tf.tensor(
          [
            [2, 0],
            [0, 4],
          ],
          undefined,
          'int32',
        ),
      ).dtype,
    ).toBe('float32');
    expect(linalg.solve(tf.tensor([[2]], undefined, 'int32'), double([[4]])).dtype).toBe('float64');
  });
});

describe('refuses', () => {
  const singular = double([
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 2],
      [2, 4],
    ],
  ]);

  it.each([
    ['inv: matrix [1] of the batch is singular; shape [2,2,2]', () => linalg.inv(singular)],
    ['inv: the matrix is singular; shape [1,1]', () => linalg.inv([[0]])],
    ['solve: matrix [1] of the batch is singular; shape [2,2,2]', () => linalg.solve(singular, singular)],
    [
      'triangularSolve: the matrix is singular: its diagonal is 0 at 1; shape [2,2]',
      () =>
        linalg.triangularSolve(
          [
            [1, 0],
            [0, 0],
          ],
          [[1], [1]],
        ),
    ],
    [
      'cholesky: matrix [1] of the batch is not positive definite: its leading minor of order 2 is not; shape [2,2,2]',
      () => linalg.cholesky(singular),
    ],
    ['bandPart: numLower must be a whole number; received 0.5', () => linalg.bandPart([[1]], 0.5, 0)],
    ['matrixPower: n must be a whole number; received 0.5', () => linalg.matrixPower([[1]], 0.5)],
    ['pinv: rcond must be a number >= 0; received -1', () => linalg.pinv([[1]], -1)],
    ['matrixRank: tol must be a number >= 0; received -1', () => linalg.matrixRank([[1]], -1)],
    ['norm: an axis is named twice; received [0,-2]', () => tf.norm([[1]], 1, [0, -2])],
    ['norm: axis must be one axis, two axes or null; received [0,1,2]', () => tf.norm([[[1]]], 1, [0, 1, 2])],
    ['norm: matrices have the orders 1, -1, 2, -2, Infinity and -Infinity; received 3', () => tf.norm([[1]], 3)],
    ['gramSchmidt: needs at least one vector; received []', () => linalg.gramSchmidt([])],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ArgumentError(message));
  });

  it.each([
    ['inv: needs square matrices; received [1,2]', () => linalg.inv([[1, 2]])],
    ['det: needs matrices, with 2 axes or more; received [2]', () => linalg.det([1, 2])],
    [
      'solve: the right side needs 2 rows; received [2,2] and [1,1]',
      () =>
        linalg.solve(
          [
            [1, 0],
            [0, 1],
          ],
          [[1]],
        ),
    ],
    ['norm: "nuc" is a norm of matrices; received one axis of shape [1]', () => tf.norm([1], 'nuc')],
    ['norm: order 1 needs one or two axes; received shape [1,1,1]', () => tf.norm([[[1]]], 1)],
    ['gramSchmidt: 2 vectors of 1 elements cannot be orthogonal to one another', () => linalg.gramSchmidt([[1], [2]])],
    ['gramSchmidt: needs vectors of one length; received shapes [1] and [2]', () => linalg.gramSchmidt([[1], [2, 3]])],
    ['gramSchmidt: needs a matrix or a list of vectors; received shape [1]', () => linalg.gramSchmidt(tf.tensor([1]))],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ShapeError(message));
  });

  it('norms of an order that there is not', () => {
    expect(() => tf.norm([1], Number.NaN)).toThrow('norm: ord must be a number, "euclidean", "fro" or "nuc"; received NaN');
  });

  it('a singular matrix in a traced function, when it runs', () => {
    const f = tf.function((x: tf.Tensor) => linalg.inv(x));
    expect(f(double([[2]])).item()).toBe(0.5);
    expect(() => f(double([[0]]))).toThrow(new tf.ArgumentError('inv: the matrix is singular; shape [1,1]'));
  });
});
