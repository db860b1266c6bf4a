/** `tf.linalg`: factors, systems of equations, determinants, norms and functions of matrices, each over leading axes. */
export {
  adjoint,
  bandPart,
  diag,
  diagPart,
  matrixTranspose,
  matvec,
  setDiag,
  tensorDiag,
  tensorDiagPart,
  trace,
} from './band.ts';
export {
  det,
  type Lu,
  type LuFactor,
  logdet,
  lu,
  luFactor,
  luMatrixInverse,
  luReconstruct,
  luSolve,
  type Slogdet,
  slogdet,
} from './det.ts';
export { type Eigh, eigh, eigvalsh, qr, type Svd, svd, svdvals } from './factors.ts';
export { expm, lstsq, matrixPower, pinv } from './inverse.ts';
export { cond, gramSchmidt, matrixRank, type NormOrder, norm, normalize } from './norm.ts';
export { type Eig, eig, eigvals, logm, sqrtm } from './roots.ts';
export { cholesky, choleskyInverse, choleskySolve, inv, solve, triangularSolve } from './solve.ts';
