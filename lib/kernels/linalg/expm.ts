/** The exponential of matrices by scaling and squaring (Higham 2005), and bands of matrices. */
import type { View } from '../../core/op.ts';
import { factorLu, solveLu } from './lu.ts';
import { forEachMatrix, identityMatrix, isFiniteMatrix, type Matrix, product } from './matrices.ts';

/** The numerator of the Padé approximant of order 13 to e ** x; of its denominator the odd ones are negative. */
const PADE = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640,
  1323241920, 40840800, 960960, 16380, 182, 1,
];
/** Up to this norm the approximant is exact to rounding. */
const RADIUS = 5.371920351148152;
/** No double needs more. */
const MOST_SQUARINGS = 1024;

/** The sum of the powers times their coefficients. */
function combine(powers: readonly Matrix[], coefficients: readonly number[]): Matrix {
  const data = new Float64Array(powers[0].data.length);
  powers.forEach((power, k) => {
    for (let i = 0; i < data.length; i++) data[i] += coefficients[k] * power.data[i];
  });
  return { ...powers[0], data };
}

/** The greatest sum of magnitudes of a column. */
function columnNorm({ rows, columns, data }: Matrix): number {
  let most = 0;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += Math.abs(data[i * columns + j]);
    most = Math.max(most, sum);
  }
  return most;
}

/** e to the power of a square matrix. */
function exponential(a: Matrix): Matrix {
  const squarings = Math.min(MOST_SQUARINGS, Math.max(0, Math.ceil(Math.log2(columnNorm(a) / RADIUS))));
  const scaled = combine([a], [2 ** -squarings]);
  const one = identityMatrix(a.rows);
  const two = product(scaled, scaled);
  const four = product(two, two);
  const six = product(four, two);
  const powers = [one, two, four, six];
  const part = (from: number): Matrix => {
    const high = combine(powers.slice(1), [PADE[from + 8], PADE[from + 10], PADE[from + 12]]);
    const low = combine(powers, [PADE[from], PADE[from + 2], PADE[from + 4], PADE[from + 6]]);
    return combine([product(six, high), low], [1, 1]);
  };
  const odd = product(scaled, part(1));
  const even = part(0);
  let result = combine([even, odd], [1, 1]);
  solveLu(factorLu(combine([even, odd], [1, -1])), result);
  for (let i = 0; i < squarings; i++) result = product(result, result);
  return result;
}

/** The exponential of each matrix; NaN where it is not finite. */
export function expmKernel(inputs: readonly View[], outputs: readonly View[]): void {
  forEachMatrix(inputs, outputs, ([a]) => [isFiniteMatrix(a) ? exponential(a).data : a.data.fill(Number.NaN)]);
}
