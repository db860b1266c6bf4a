/** Eigenvalues of any real matrices, square roots and logarithms by what defines them, at their edges, and what is refused. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { double } from '../support/derivatives.ts';

const { linalg, ArgumentError, ShapeError } = tf;

/** Matrices without a pattern. */
const random = (...shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float64', shape.length + 5);

/** The greatest magnitude of a difference, relative to that of what is wanted. */
function distance(got: tf.Tensor, wanted: tf.Tensor): number {
  expect(got.shape).toEqual(wanted.shape);
  if (got.size === 0) return 0;
  return tf.max(tf.abs(tf.sub(got, wanted))).item() / Math.max(1, tf.max(tf.abs(wanted)).item());
}

/** How far eigenvalues and eigenvectors are from what makes them such. */
function residual(x: tf.Tensor): number {
  const { eigenvalues, eigenvectors } = linalg.eig(x);
  const [left, right] = [tf.matMul(tf.cast(x, eigenvectors.dtype), eigenvectors), tf.mul(eigenvectors, tf.expandDims(eigenvalues, -2))];
  if (x.size > 0) expect(distance(tf.euclideanNorm(tf.abs(eigenvectors), -2), tf.ones(eigenvalues.shape, x.dtype))).toBeLessThan(1e-6);
  return distance(tf.viewAsReal(left), tf.viewAsReal(right));
}

describe('eig', () => {
  it.each([0, 1, 2, 3, 8, 33])('of %s x %s matrices', (n) => {
    const x = random(2, n, n);
    expect(residual(x)).toBeLessThan(1e-13);
    const y = linalg.eig(tf.cast(x, 'float32'));
    expect([y.eigenvalues.dtype, y.eigenvectors.dtype]).toEqual(['complex64', 'complex64']);
    if (n > 0) expect(residual(tf.cast(x, 'float32'))).toBeLessThan(1e-5);
    const traced = tf.function((m: tf.Tensor) => linalg.eig(m).eigenvalues)(x);
    expect(traced.arraySync()).toEqual(linalg.eigvals(x).arraySync());
  });

  it.each<[string, number[][]]>([
    [
      'zeros',
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
    [
      'the identity',
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'one that has too few eigenvectors',
      [
        [2, 1, 0],
        [0, 2, 1],
        [0, 0, 2],
      ],
    ],
    [
      'a permutation',
      [
        [0, 0, 0, 1],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ],
    ],
    [
      'very large and very small elements',
      [
        [1e150, 2e150],
        [3e-150, -1e-150],
      ],
    ],
    [
      'subnormal elements',
      [
        [1e-310, 2e-310],
        [3e-310, -1e-310],
      ],
    ],
  ])('of %s', (_name, rows) => {
    const x = double(rows);
    expect(residual(x)).toBeLessThan(1e-12);
    for (const value of linalg.eigvals(x).dataSync()) expect(Number.isFinite(value)).toBe(true);
  });

  it('finds the eigenvalues of a symmetric matrix as eigh does', () => {
    const x = tf.matMul(random(6, 6), random(6, 6), true);
    const symmetric = tf.add(x, tf.transpose(x));
    expect(distance(tf.sort(tf.real(linalg.eigvals(symmetric))), linalg.eigvalsh(symmetric))).toBeLessThan(1e-12);
  });
});

describe('sqrtm and logm', () => {
  it.each([0, 1, 2, 5, 20])('give back %s x %s matrices', (n) => {
    // Eigenvalues to the right of the imaginary axis, complex ones among them.
    const x = tf.add(tf.mul(random(2, n, n), 0.9 / Math.max(1, Math.sqrt(n))), linalg.bandPart(tf.ones([n, n], 'float64'), 0, 0));
    const root = linalg.sqrtm(x);
    expect(distance(tf.matMul(root, root), x)).toBeLessThan(1e-12);
    expect(distance(linalg.expm(linalg.logm(x)), x)).toBeLessThan(1e-12);
    const single = tf.cast(x, 'float32');
    expect([linalg.sqrtm(single).dtype, linalg.logm(single).dtype]).toEqual(['float32', 'float32']);
    expect(distance(tf.cast(linalg.sqrtm(single), 'float64'), root)).toBeLessThan(1e-5);
  });

  it('of eigenvalues of very different size, and of equal ones', () => {
    const x = double([
      [1e-200, 1, 0],
      [0, 1, 5],
      [0, 0, 1e200],
    ]);
    const root = linalg.sqrtm(x);
    expect(distance(tf.matMul(root, root), x)).toBeLessThan(1e-14);
    expect(
      linalg
        .logm(
          double([
            [1e-200, 0],
            [0, 1e200],
          ]),
        )
        .arraySync(),
    ).toEqual([
      [Math.log(1e-200), 0],
      [0, Math.log(1e200)],
    ]);
    expect(
      linalg
        .sqrtm([
          [0, 0],
          [0, 0],
        ])
        .arraySync(),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(
      linalg
        .logm([
          [2, 1],
          [0, 2],
        ])
        .arraySync(),
    ).toEqual([
      [expect.closeTo(Math.LN2, 6), expect.closeTo(0.5, 6)],
      [expect.closeTo(0, 6), expect.closeTo(Math.LN2, 6)],
    ]);
    // A singular matrix that has a square root.
    const half = linalg.sqrtm(
      double([
        [1, 1],
        [1, 1],
      ]),
    );
    expect(
      distance(
        half,
        double([
          [Math.SQRT1_2, Math.SQRT1_2],
          [Math.SQRT1_2, Math.SQRT1_2],
        ]),
      ),
    ).toBeLessThan(1e-7);
  });
});

describe('forms', () => {
  it('of single numbers and empty diagonals', () => {
    expect(linalg.setDiag([[1, 2]], [], 2).arraySync()).toEqual([[1, 2]]);
    expect(linalg.diag([1, 2], -1).arraySync()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]);
    expect(linalg.tensorDiagPart(linalg.tensorDiag([1, 2])).arraySync()).toEqual([1, 2]);
    expect(linalg.lu(tf.zeros([0, 3])).p.shape).toEqual([0]);
    expect(
      linalg
        .cond([
          [1, 0],
          [0, 0],
        ])
        .item(),
    ).toBe(Number.POSITIVE_INFINITY);
    const x = random(2, 4, 4);
    const { lu, p } = linalg.lu(x);
    const lower = tf.add(linalg.bandPart(lu, -1, 0), tf.sub(tf.eye(4, 4, [2], 'float64'), linalg.bandPart(lu, 0, 0)));
    expect(distance(tf.matMul(lower, linalg.bandPart(lu, 0, -1)), tf.gather(x, p, 1, 1))).toBeLessThan(1e-14);
    const sides = random(2, 4, 3);
    expect(distance(linalg.luSolve(lu, p, sides), linalg.solve(x, sides))).toBeLessThan(1e-12);
    expect(distance(linalg.luReconstruct(lu, p), x)).toBeLessThan(1e-14);
    expect(distance(linalg.luMatrixInverse(lu, p), linalg.inv(x))).toBeLessThan(1e-12);
  });
});

describe('refuses', () => {
  it.each<[string, new (message: string) => Error, () => unknown]>([
    [
      'sqrtm: the matrix has a negative eigenvalue, -4, so its square root is not real; shape [2,2]',
      ArgumentError,
      () =>
        linalg.sqrtm([
          [1, 0],
          [0, -4],
        ]),
    ],
    [
      'logm: matrix [1] of the batch has a negative eigenvalue, -1, so its logarithm is not real; shape [2,1,1]',
      ArgumentError,
      () => linalg.logm([[[1]], [[-1]]]),
    ],
    ['logm: the matrix is singular and has no logarithm; shape [1,1]', ArgumentError, () => linalg.logm([[0]])],
    [
      'sqrtm: the matrix is singular and has no square root; shape [2,2]',
      ArgumentError,
      () =>
        linalg.sqrtm([
          [0, 1],
          [0, 0],
        ]),
    ],
    ['eig: the matrix has elements that are no finite numbers; shape [1,1]', ArgumentError, () => linalg.eig([[Number.NaN]])],
    ['eigvals: needs real matrices; received complex64', ArgumentError, () => linalg.eigvals(tf.complex([[1]], [[1]]))],
    ['eig: needs square matrices; received [1,2]', ShapeError, () => linalg.eig([[1, 2]])],
    ['sqrtm: needs square matrices; received [1,2]', ShapeError, () => linalg.sqrtm([[1, 2]])],
    ['logm: needs square matrices; received [1,2]', ShapeError, () => linalg.logm([[1, 2]])],
    ['matvec: needs vectors; received shape []', ShapeError, () => linalg.matvec([[1]], 1)],
    ['matvec: needs matrices, with 2 axes or more; received [1]', ShapeError, () => linalg.matvec([1], [1])],
    ['diagPart: k must be a whole number; received 0.5', ArgumentError, () => linalg.diagPart([[1]], 0.5)],
    [
      'setDiag: diagonal 1 of shape [2,2] needs shape [1]; received [2]',
      ShapeError,
      () =>
        linalg.setDiag(
          [
            [1, 2],
            [3, 4],
          ],
          [1, 2],
          1,
        ),
    ],
    ['diag: needs at least 1 axis; received []', ShapeError, () => linalg.diag(1)],
    ['adjoint: needs matrices, with 2 axes or more; received [1]', ShapeError, () => linalg.adjoint([1])],
    ['matrixTranspose: needs matrices, with 2 axes or more; received [1]', ShapeError, () => linalg.matrixTranspose([1])],
    [
      'luSolve: needs an order of 2 rows for each matrix; received [1] and [2,1]',
      ShapeError,
      () =>
        linalg.luSolve(
          [
            [1, 0],
            [0, 1],
          ],
          [0],
          [[1], [2]],
        ),
    ],
    ['luReconstruct: needs square matrices; received [1,2]', ShapeError, () => linalg.luReconstruct([[1, 0]], [0])],
    [
      'triangularSolve: the matrix is singular: its diagonal is 0 at 1; shape [2,2]',
      ArgumentError,
      () =>
        linalg.luMatrixInverse(
          [
            [1, 0],
            [0, 0],
          ],
          [0, 1],
        ),
    ],
    ['cond: needs square matrices; received [1,2]', ShapeError, () => linalg.cond([[1, 2]], 1)],
  ])('%s', (message, type, f) => {
    expect(f).toThrow(new type(message));
  });

  it('a negative eigenvalue in a traced function, when it runs', () => {
    const root = tf.function((x: tf.Tensor) => linalg.sqrtm(x));
    expect(root(tf.tensor([[4]])).arraySync()).toEqual([[2]]);
    expect(() => root(tf.tensor([[-4]]))).toThrow(
      new ArgumentError('sqrtm: the matrix has a negative eigenvalue, -4, so its square root is not real; shape [1,1]'),
    );
  });
});
