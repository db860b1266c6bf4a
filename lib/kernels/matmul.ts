/** Reference loops of matrix products: panels of four rows and four columns, sixteen sums in locals. */
import type { TypedArray } from '../core/dtype.ts';
import type { View } from '../core/op.ts';
import { broadcastStrides } from './elementwise.ts';

/** How the operands of a product lie. */
export interface ProductAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** One matrix: where it begins, its size, and the steps from row to row and from column to column. */
interface Matrix {
  readonly data: TypedArray;
  readonly start: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Copies `matrix` as panels of four rows, depth by depth; missing rows are zeros. */
function pack({ data, start, rowStep, columnStep }: Matrix, rows: number, depth: number, panels: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    let target = (row >> 2) * depth * 4 + (row & 3);
    let source = start + row * rowStep;
    for (let q = 0; q < depth; q++) {
      panels[target] = data[source];
      target += 4;
      source += columnStep;
    }
  }
}

/** The 4 by 4 sums of a panel of A and a panel of B, row by row into `tile`. */
function multiplyPanels(a: Float64Array, aStart: number, b: Float64Array, bStart: number, depth: number, tile: Float64Array): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  const end = aStart + depth * 4;
  for (let p = aStart, q = bStart; p < end; p += 4, q += 4) {
    const b0 = b[q];
    const b1 = b[q + 1];
    const b2 = b[q + 2];
    const b3 = b[q + 3];
    const a0 = a[p];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1];
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2];
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3];
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
  tile[8] = c20;
  tile[9] = c21;
  tile[10] = c22;
  tile[11] = c23;
  tile[12] = c30;
  tile[13] = c31;
  tile[14] = c32;
  tile[15] = c33;
}

/** Writes one product of m by k and k by n. */
type Multiply = (a: Matrix, b: Matrix, target: TypedArray, at: number, m: number, n: number, k: number) => void;

function floatProduct(m: number, n: number, k: number): Multiply {
  const left = new Float64Array(Math.ceil(m / 4) * 4 * k);
  const right = new Float64Array(Math.ceil(n / 4) * 4 * k);
  const tile = new Float64Array(16);
  return (a, b, target, at) => {
    pack(a, m, k, left);
    pack({ ...b, rowStep: b.columnStep, columnStep: b.rowStep }, n, k, right);
    for (let i = 0; i < m; i += 4) {
      const rows = Math.min(4, m - i);
      for (let j = 0; j < n; j += 4) {
        multiplyPanels(left, i * k, right, j * k, k, tile);
        const columns = Math.min(4, n - j);
        for (let r = 0; r < rows; r++) {
          const start = at + (i + r) * n + j;
          for (let s = 0; s < columns; s++) target[start + s] = tile[r * 4 + s];
        }
      }
    }
  };
}

/** Integers wrap around, which doubles would not. */
const integerProduct: Multiply = (a, b, target, at, m, n, k) => {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let q = 0; q < k; q++) {
        const x = a.data[a.start + i * a.rowStep + q * a.columnStep];
        const y = b.data[b.start + q * b.rowStep + j * b.columnStep];
        total = (total + Math.imul(x, y)) | 0;
      }
      target[at + i * n + j] = total;
    }
  }
};

/** The product of the last two axes, for each (broadcast) index of the others. */
export function matMulKernel([a, b]: readonly View[], [c]: readonly View[], { transposeA, transposeB }: ProductAttrs): void {
  const [m, n] = c.shape.slice(-2);
  const k = a.shape[a.shape.length - (transposeA ? 2 : 1)];
  const batch = c.shape.slice(0, -2);
  const aSteps = broadcastStrides(a.shape.slice(0, -2), batch);
  const bSteps = broadcastStrides(b.shape.slice(0, -2), batch);
  const multiply = c.dtype === 'int32' ? integerProduct : floatProduct(m, n, k);
  const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
  const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
  const count = batch.reduce((product, d) => product * d, 1);
  for (let item = 0; item < count; item++) {
    let [aStart, bStart] = [0, 0];
    for (let axis = batch.length - 1, rest = item; axis >= 0; axis--) {
      const index = rest % batch[axis];
      rest = (rest - index) / batch[axis];
      aStart += index * aSteps[axis];
      bStart += index * bSteps[axis];
    }
    multiply(
      { data: a.data, start: aStart * m * k, rowStep: aRow, columnStep: aColumn },
      { data: b.data, start: bStart * k * n, rowStep: bRow, columnStep: bColumn },
      c.data,
      item * m * n,
      m,
      n,
      k,
    );
  }
}
