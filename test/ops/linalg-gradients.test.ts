/** Gradients and second derivatives of linear algebra by differences, and the gradients that there are none of. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { checkTwice, type Differentiable, double } from '../support/derivatives.ts';

const { linalg } = tf;

const square = [
  [2, -1, 0.5],
  [0.3, 1.5, -0.7],
  [-0.4, 0.8, 1.1],
];
const batch = [
  square,
  [
    [0.5, 1, -1],
    [2, 0.25, 0.3],
    [0.1, -0.6, 1.4],
  ],
];
const tall = [
  [1, 0.5],
  [-0.3, 2],
  [0.7, -1.2],
  [0.2, 0.9],
];
const wide = [
  [1, 0.5, -0.3, 2],
  [0.7, -1.2, 0.2, 0.9],
];
/** With complex eigenvalues. */
const turning = [
  [0.9, -0.8, 0.2],
  [0.7, 1.1, -0.1],
  [0.3, 0.2, 1.5],
];
const sides = [
  [1, -2],
  [0.5, 0.25],
  [3, 0.1],
];

const turn = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [...x.shape.slice(0, -2).map((_, i) => i), x.rank - 1, x.rank - 2]);
/** Differences move one element: ops that read a triangle see a symmetric matrix all the same. */
const symmetric = (x: tf.Tensor): tf.Tensor => tf.mul(tf.add(x, turn(x)), 0.5);
const positive = (x: tf.Tensor): tf.Tensor => tf.matMul(x, x, true);

const cases: readonly (readonly [name: string, f: Differentiable, inputs: readonly tf.TensorLike[], tolerance?: number])[] = [
  ['cholesky', (x) => linalg.cholesky(positive(x)), [batch]],
  ['choleskySolve', (x, b) => linalg.choleskySolve(linalg.bandPart(x, -1, 0), b), [square, sides], 1e-5],
  ['choleskyInverse', (x) => linalg.choleskyInverse(x), [square], 1e-5],
  ['triangularSolve lower', (a, b) => linalg.triangularSolve(a, b), [square, sides]],
  ['triangularSolve upper', (a, b) => linalg.triangularSolve(a, b, false), [square, sides]],
  ['triangularSolve lower adjoint', (a, b) => linalg.triangularSolve(a, b, true, true), [square, sides]],
  ['triangularSolve upper adjoint', (a, b) => linalg.triangularSolve(a, b, false, true), [square, sides]],
  ['triangularSolve broadcast', (a, b) => linalg.triangularSolve(a, b), [batch, sides], 1e-4],
  ['solve', (a, b) => linalg.solve(a, b), [square, sides]],
  ['solve adjoint', (a, b) => linalg.solve(a, b, true), [batch, [sides]], 1e-5],
  ['solve vector', (a, b) => linalg.solve(a, b), [square, [1, 2, 3]]],
  ['inv', linalg.inv, [batch], 1e-5],
  ['det', linalg.det, [batch]],
  ['slogdet', (x) => linalg.slogdet(x).logabsdet, [batch]],
  ['logdet', (x) => linalg.logdet(positive(x)), [square]],
  ['luFactor', (x) => linalg.luFactor(x).lu, [batch], 1e-5],
  ['qr tall', (x) => linalg.qr(x), [tall]],
  ['qr square', (x) => linalg.qr(x), [batch]],
  ['qr square, complete', (x) => linalg.qr(x, true), [square]],
  ['qr wide', (x) => linalg.qr(x), [wide]],
  ['qr of q alone', (x) => linalg.qr(x)[0], [tall]],
  ['qr of r alone', (x) => linalg.qr(x)[1], [tall]],
  ['eigh', (x) => Object.values(linalg.eigh(symmetric(x))), [batch], 1e-5],
  ['eigh of vectors alone', (x) => linalg.eigh(symmetric(x)).eigenvectors, [square], 1e-5],
  ['eigvalsh', (x) => linalg.eigvalsh(symmetric(x)), [square]],
  ['svd tall', (x) => Object.values(linalg.svd(x, false)), [tall], 1e-5],
  ['svd wide', (x) => Object.values(linalg.svd(x, false)), [wide], 1e-5],
  ['svd square', (x) => Object.values(linalg.svd(x)), [batch], 1e-5],
  ['svd of u alone', (x) => linalg.svd(x, false).u, [tall], 1e-5],
  ['svd of values alone, all vectors', (x) => linalg.svd(x).s, [tall]],
  ['svdvals', linalg.svdvals, [wide]],
  ['pinv tall', (x) => linalg.pinv(x), [tall]],
  ['pinv wide', (x) => linalg.pinv(x), [wide]],
  ['lstsq', (a, b) => linalg.lstsq(a, b), [tall, [1, 2, 3, 4]], 1e-5],
  ['matrixPower', (x) => linalg.matrixPower(x, 3), [square], 1e-5],
  ['matrixPower of an inverse', (x) => linalg.matrixPower(x, -2), [square], 1e-5],
  ['expm', linalg.expm, [batch], 1e-5],
  ['sqrtm', (x) => linalg.sqrtm(positive(x)), [batch], 1e-5],
  ['sqrtm of turns', (x) => linalg.sqrtm(x), [turning], 1e-5],
  ['logm', (x) => linalg.logm(positive(x)), [square], 1e-5],
  ['logm of turns', (x) => linalg.logm(x), [turning], 1e-5],
  ['lu', (x) => linalg.lu(x).lu, [square], 1e-5],
  ['luSolve', (x, b) => linalg.luSolve(linalg.lu(x).lu, linalg.lu(x).p, b), [square, sides], 1e-5],
  ['luReconstruct', (x) => linalg.luReconstruct(x, [2, 0, 1]), [square]],
  ['matvec', (a, b) => linalg.matvec(a, b), [batch, [1, -2, 0.5]]],
  ['setDiag', (x, d) => tf.square(linalg.setDiag(x, d, 1)), [square, [1, -2]]],
  ['diagPart', (x) => tf.square(linalg.diagPart(x, -1)), [batch]],
  ['diag', (d) => tf.square(linalg.diag(d, -1)), [sides]],
  ['normalize', (x) => linalg.normalize(x, 2, 0)[0], [square]],
  ['cond', (x) => [linalg.cond(x), linalg.cond(x, 'fro')], [square], 1e-4],
  ['bandPart', (x) => tf.square(linalg.bandPart(x, 1, 0)), [square]],
  ['trace', (x) => linalg.trace(tf.square(x)), [batch]],
  ['gramSchmidt', (x) => linalg.gramSchmidt(x), [square], 1e-5],
  ['norm', (x) => tf.norm(x), [square]],
  ['norm of order 3', (x) => tf.norm(x, 3, 0), [square]],
  ['norm of order 0.5', (x) => tf.norm(x, 0.5, 0), [square]],
  ['norm of order -2', (x) => tf.norm(x, -2, 1), [square]],
  ['norm of order 1 of matrices', (x) => tf.norm(x, 1), [square]],
  ['norm of the greatest element', (x) => tf.norm(x, Infinity, 1), [square]],
  ['norm of singular values', (x) => [tf.norm(x, 'nuc'), tf.norm(x, 2), tf.norm(x, -2)], [square]],
];

it.each(cases.map(([name, ...rest]) => [name, rest] as const))('%s, to second order', (_name, [f, inputs, tolerance]) => {
  checkTwice(f, inputs, tolerance);
});

describe('eigenvalues of matrices that are not symmetric', () => {
  it('have a gradient of the first order', () => {
    for (const x of [batch, turning]) {
      const parts = (y: tf.Tensor): tf.Tensor[] => [tf.real(linalg.eigvals(y)), tf.square(tf.imag(linalg.eigvals(y)))];
      expect(tf.checkGradients(parts, [double(x)])).toBeLessThan(1e-5);
    }
  });

  it('pass none through eigenvectors, at the second order neither', () => {
    const message = 'eig: eigenvectors have no gradient, since their angles are not unique; those of symmetric matrices by eigh have one';
    const size = (x: tf.Tensor): tf.Tensor => tf.sum(tf.abs(linalg.eig(x).eigenvectors));
    expect(() => tf.grad(size)(square)).toThrow(new tf.ArgumentError(message));
    const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.square(tf.real(linalg.eigvals(x)))));
    expect(() => tf.grad((x: tf.Tensor) => tf.sum(slope(x)))(square)).toThrow(new tf.ArgumentError(message));
  });
});

describe('at singular points', () => {
  it('a determinant has its cofactors for a gradient', () => {
    const x = double([
      [1, 2, 3],
      [2, 4, 6],
      [1, 0, 1],
    ]);
    expect(tf.checkGradients(linalg.det, [x])).toBeLessThan(1e-6);
    const rankOne = double([
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ]);
    expect(tf.max(tf.abs(tf.grad(linalg.det)(rankOne))).item()).toBeLessThan(1e-12);
  });

  it('a norm has the gradient 0', () => {
    expect(
      tf
        .grad((x) => tf.norm(x))([0, 0])
        .arraySync(),
    ).toEqual([0, 0]);
    expect(
      tf
        .grad((x) => tf.norm(x, 1.5))([0, 0])
        .arraySync(),
    ).toEqual([0, 0]);
    expect(
      tf
        .grad((x) => tf.norm(x, 1.5))([0, 2])
        .arraySync(),
    ).toEqual([0, 1]);
  });

  const twice = double([
    [1, 0],
    [0, 1],
  ]);
  const gradient =
    (f: (x: tf.Tensor) => tf.Tensor, x: tf.TensorLike): (() => unknown) =>
    () =>
      tf.grad((y) => tf.sum(f(y)))(x);

  it.each([
    [
      'eigh: the matrix has eigenvalues too close to tell apart, 1 and 1, so its eigenvectors have no gradient; shape [2]',
      gradient((x) => linalg.eigh(x).eigenvectors, twice),
    ],
    [
      'svd: the matrix has singular values too close to tell apart, 1 and 1, so its singular vectors have no gradient; shape [2]',
      gradient((x) => linalg.svd(x).u, twice),
    ],
    [
      'svd: the matrix has singular values too close to tell apart, 0 and 0, so its singular vectors have no gradient; shape [2]',
      gradient((x) => linalg.svd(x, false).u, double([[0], [0]])),
    ],
    [
      'svd: singular vectors beyond the first 1 have no gradient, since they are not unique; call it with fullMatrices = false',
      gradient((x) => linalg.svd(x).u, double([[1], [0]])),
    ],
    [
      'qr: all 2 columns of q have no gradient, since those beyond 1 are not unique; call it without fullMatrices',
      gradient((x) => linalg.qr(x, true)[0], double([[1], [0]])),
    ],
    [
      'sylvester: the matrix has an eigenvalue that is one of the other side with its sign changed, so there is no single solution; shape [2,2]',
      gradient(
        (x) => linalg.sqrtm(x),
        double([
          [1, 0],
          [0, 0],
        ]),
      ),
    ],
    [
      'inv: the matrix is singular; shape [2,2]',
      gradient(
        (x) => linalg.slogdet(x).logabsdet,
        double([
          [1, 1],
          [1, 1],
        ]),
      ),
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(new tf.ArgumentError(message));
  });

  it('LU factors of matrices that are not square have no gradient', () => {
    expect(gradient((x) => linalg.luFactor(x).lu, double(tall))).toThrow(
      new tf.ShapeError('luFactor: its gradient: needs square matrices; received [4,2]'),
    );
  });

  it('eigenvalues and singular values alone have one where they are equal', () => {
    expect(
      tf
        .grad((x) => tf.sum(linalg.eigvalsh(x)))(twice)
        .arraySync(),
    ).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(
      tf
        .grad((x) => tf.sum(linalg.svdvals(x)))(twice)
        .arraySync(),
    ).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});
