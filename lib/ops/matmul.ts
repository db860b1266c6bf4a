/** Products of matrices, alone and with a bias and an activation in the same pass. */
import { checkFlag, checkOptions, ShapeError } from '../core/errors.ts';
import { apply, declare, type Op, type View } from '../core/op.ts';
import { broadcastShapes, type Shape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { matMulKernel, type ProductAttrs } from '../kernels/matmul.ts';
import { add } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { complexMatMul } from './complexmath.ts';
import { type TensorLike, toFloat, toPair } from './convert.ts';
import {
  activationGradient,
  type EndingAttrs,
  endingAbsorber,
  endingAttrs,
  endingFlops,
  endKernel,
  type FusedActivation,
} from './ending.ts';

export type { FusedActivation } from './ending.ts';

/** The shape of the product; throws where the operands do not fit. */
function productShape(owner: string, a: Spec, b: Spec, { transposeA, transposeB }: ProductAttrs): Shape {
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new ShapeError(`${owner}: a and b need 2 axes or more; received ${showShape(a.shape)} and ${showShape(b.shape)}`);
  }
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [m, left] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [right, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (left !== right) {
    const named = (name: string, transposed: boolean, shape: Shape) => `${transposed ? 'transposed ' : ''}${name} ${showShape(shape)}`;
    throw new ShapeError(
      `${owner}: inner sizes differ: ${left} in ${named('a', transposeA, a.shape)} and ${right} in ${named('b', transposeB, b.shape)}`,
    );
  }
  return [...broadcastShapes(owner, a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n];
}

/** A multiplication and an addition for each element of a row and a column. */
function productFlops([a]: readonly Spec[], [product]: readonly Spec[]): number {
  const [rows, columns] = a.shape.slice(-2);
  // `a` may be transposed: what is not a row of the product is the inner size.
  const inner = (rows * columns) / Math.max(1, product.shape[product.shape.length - 2]);
  return 2 * sizeOfShape(product.shape) * inner;
}

const matMulOp: Op<ProductAttrs, 'inputs'> = declare<ProductAttrs, 'inputs'>({
  name: 'matMul',
  attrs: ['transposeA', 'transposeB'],
  traits: {
    product: ['transposeA', 'transposeB'],
    flops: productFlops,
    absorb: (own, next, others) => absorb(own, next, others),
    complex: complexMatMul,
  },
  infer: ([a, b], attrs) => [{ shape: productShape('matMul', a, b, attrs), dtype: a.dtype }],
  kernel: matMulKernel,
  saves: ['inputs'],
  grad: ({ dy, inputs: [a, b], attrs }) => productGradients(dy, a, b, attrs),
});

/** The gradients of a product, as products. */
function productGradients(dy: Tensor, a: Tensor, b: Tensor, { transposeA, transposeB }: ProductAttrs): readonly (() => Tensor)[] {
  return [
    () => (transposeA ? matMul(b, dy, transposeB, true) : matMul(dy, b, false, !transposeB)),
    () => (transposeB ? matMul(dy, a, true, transposeA) : matMul(a, dy, !transposeA, false)),
  ];
}

/**
 * The matrix product over the last two axes, `[..., m, k]` times `[..., k, n]`; leading axes broadcast. `transposeA` and `transposeB` swap the last two
 * axes of an operand first, without conjugation. Integers multiply as int32 and wrap around.
 * @throws ShapeError for fewer than 2 axes, for inner sizes that differ and leading axes that do not broadcast.
 * @example
 * tf.matMul([[1, 2], [3, 4]], [[1], [1]]).arraySync(); // [[3], [7]]
 */
export function matMul(a: TensorLike, b: TensorLike, transposeA = false, transposeB = false): Tensor {
  checkFlag('matMul', 'transposeA', transposeA);
  checkFlag('matMul', 'transposeB', transposeB);
  const pair = toPair('matMul', a, b);
  const small = pair[0].dtype === 'bool' || pair[0].dtype === 'uint8';
  return apply(matMulOp, small ? pair.map((x) => castTo(x, 'int32')) : pair, { transposeA, transposeB })[0];
}

/** What `fusedMatMul` takes. */
export interface FusedMatMulOptions {
  a: TensorLike;
  b: TensorLike;
  transposeA?: boolean;
  transposeB?: boolean;
  /** One number for each column of the product. */
  bias?: TensorLike;
  /** 'linear' unless given. */
  activation?: FusedActivation;
  /** The slope of 'leakyRelu' below 0; 0.2 unless given. */
  leakyReluAlpha?: number;
}

interface FusedAttrs extends ProductAttrs, EndingAttrs {}

/** Products take along a bias, one number for each column, and an activation. */
const absorb = endingAbsorber(
  () => fusedMatMulOp,
  ([, b], attrs) => b.shape.at((attrs as ProductAttrs).transposeB ? -2 : -1),
);

const fusedMatMulOp: Op<FusedAttrs, 'inputs' | 'outputs'> = declare<FusedAttrs, 'inputs' | 'outputs'>({
  name: 'fusedMatMul',
  attrs: ['transposeA', 'transposeB', 'activation', 'leakyReluAlpha'],
  traits: {
    product: ['transposeA', 'transposeB'],
    absorb: (own, next, others) => absorb(own, next, others),
    flops(inputs, outputs, attrs) {
      return productFlops(inputs, outputs) + endingFlops(inputs, outputs, attrs as FusedAttrs);
    },
  },
  infer([a, b, bias], attrs) {
    const shape = productShape('fusedMatMul', a, b, attrs);
    const n = shape[shape.length - 1];
    if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== n)) {
      throw new ShapeError(`fusedMatMul: bias needs shape [${n}]; received ${showShape(bias.shape)}`);
    }
    return [{ shape, dtype: a.dtype }];
  },
  kernel([a, b, bias], [y]: readonly View[], attrs) {
    matMulKernel([a, b], [y], attrs);
    endKernel(y, bias, attrs);
  },
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [a, b, bias], outputs: [y], attrs }) {
    // One gradient at the sum for all inputs, made when the first of them is asked for.
    let slope: Tensor | undefined;
    const atSum = () => {
      slope ??= activationGradient(dy, y, attrs, () => {
        const product = matMul(a, b, attrs.transposeA, attrs.transposeB);
        return bias === undefined ? product : add(product, bias);
      });
      return slope;
    };
    const [first, second] = [0, 1].map((n) => () => productGradients(atSum(), a, b, attrs)[n]());
    return bias === undefined ? [first, second] : [first, second, atSum];
  },
});

/**
 * `activation(a b + bias)` in one pass: what `matMul`, `add` and the activation give, with floating results.
 * @throws ShapeError as `matMul` does, and for a bias that is not one number for each column; ArgumentError for an unknown activation or option.
 * @example
 * tf.fusedMatMul({ a: [[1, 2]], b: [[3], [-4]], bias: [1], activation: 'relu' }).arraySync(); // [[0]]
 */
export function fusedMatMul(options: FusedMatMulOptions): Tensor {
  checkOptions('fusedMatMul', options, ['a', 'b', 'transposeA', 'transposeB', 'bias', 'activation', 'leakyReluAlpha']);
  const { a, b, transposeA = false, transposeB = false, bias, activation = 'linear', leakyReluAlpha = 0.2 } = options;
  checkFlag('fusedMatMul', 'transposeA', transposeA);
  checkFlag('fusedMatMul', 'transposeB', transposeB);
  const ending = endingAttrs('fusedMatMul', activation, leakyReluAlpha);
  const [left, right] = toPair('fusedMatMul', a, b);
  const inputs = [toFloat('fusedMatMul', left), toFloat('fusedMatMul', right)];
  if (bias !== undefined) inputs.push(castTo(toFloat('fusedMatMul', bias), inputs[0].dtype));
  return apply(fusedMatMulOp, inputs, { transposeA, transposeB, ...ending })[0];
}
