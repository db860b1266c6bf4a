/** Convolutions over one to three spatial axes, with strides, pads, dilations and groups. */
import { checkOptions, ShapeError } from '../core/errors.ts';
import { apply, declare, type Op, type View } from '../core/op.ts';
import { type Shape, sameShape, showShape, sizeOfShape } from '../core/shape.ts';
import type { Spec, Tensor } from '../core/tensor.ts';
import { type ConvAttrs, type ConvBackpropAttrs, convBackpropFilterKernel, convBackpropInputKernel, convKernel } from '../kernels/conv.ts';
import { add } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { type TensorLike, toFloat } from './convert.ts';
import {
  activationGradient,
  type EndingAttrs,
  endingAbsorber,
  endingAttrs,
  endingFlops,
  endKernel,
  type FusedActivation,
} from './ending.ts';
import { reshape } from './shape.ts';
import { checkedCounts, type Padding, type PerAxis, toImages, windowAttrs } from './window.ts';

/** Of a shape [batch, ...spatial, channels] the spatial sizes. */
function spatialOf(shape: Shape): Shape {
  return shape.slice(1, -1);
}

/** A multiplication and an addition for each element of a window's part of the filter, each result. */
function convFlops(results: Spec, filter: Spec): number {
  return (2 * sizeOfShape(results.shape) * sizeOfShape(filter.shape)) / Math.max(1, filter.shape[filter.shape.length - 1]);
}

interface FullAttrs extends ConvAttrs, EndingAttrs {}

/** Refuses a filter without elements, and one whose channels do not make groups of those of the images. */
function checkFilter(owner: string, channels: number, filter: Shape, groups: number): void {
  const [inner, outputs] = filter.slice(-2);
  if (filter.includes(0) || channels !== inner * groups || outputs % groups !== 0) {
    throw new ShapeError(`${owner}: a filter ${showShape(filter)} in ${groups} groups does not fit ${channels} channels`);
  }
}

const LINEAR: EndingAttrs = { activation: 0, leakyReluAlpha: 0 };

/** Convolutions take along a bias, one number for each output channel, and an activation. */
const absorb = endingAbsorber(
  () => convOp,
  ([, filter]) => filter.shape.at(-1),
);

const convOp: Op<FullAttrs, 'inputs' | 'outputs'> = declare<FullAttrs, 'inputs' | 'outputs'>({
  name: 'conv',
  attrs: ['strides', 'pads', 'dilations', 'groups', 'activation', 'leakyReluAlpha'],
  traits: {
    absorb: (own, next, others) => absorb(own, next, others),
    flops: (inputs, outputs, attrs) => convFlops(outputs[0], inputs[1]) + endingFlops(inputs, outputs, attrs as FullAttrs),
  },
  infer([x, filter, bias], attrs) {
    const outputs = filter.shape[filter.shape.length - 1];
    if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
      throw new ShapeError(`conv: bias needs shape [${outputs}]; received ${showShape(bias.shape)}`);
    }
    checkFilter('conv', x.shape[x.shape.length - 1], filter.shape, attrs.groups);
    const counts = checkedCounts('conv', spatialOf(x.shape), filter.shape.slice(0, -2), attrs);
    return [{ shape: [x.shape[0], ...counts, outputs], dtype: x.dtype }];
  },
  kernel([x, filter, bias], [y]: readonly View[], attrs) {
    convKernel([x, filter], [y], attrs);
    endKernel(y, bias, attrs);
  },
  saves: ['inputs', 'outputs'],
  grad({ dy, inputs: [x, filter, bias], outputs: [y], attrs }) {
    // One gradient at the sum for all inputs, made when the first of them is asked for.
    let slope: Tensor | undefined;
    const atSum = () => {
      slope ??= activationGradient(dy, y, attrs, () => {
        const sum = apply(convOp, [x, filter], { ...attrs, ...LINEAR })[0];
        return bias === undefined ? sum : add(sum, bias);
      });
      return slope;
    };
    const toInput = () => convBackpropInput(atSum(), filter, spatialOf(x.shape), attrs);
    const toFilter = () => convBackpropFilter(x, atSum(), filter.shape.slice(0, -2), attrs);
    return bias === undefined ? [toInput, toFilter] : [toInput, toFilter, atSum];
  },
});

const convBackpropInputOp: Op<ConvBackpropAttrs, 'inputs'> = declare<ConvBackpropAttrs, 'inputs'>({
  name: 'convBackpropInput',
  attrs: ['strides', 'pads', 'dilations', 'groups', 'size'],
  traits: { flops: ([dy, filter]) => convFlops(dy, filter) },
  infer([dy, filter], attrs) {
    const counts = checkedCounts('convBackpropInput', attrs.size, filter.shape.slice(0, -2), attrs);
    const shape = [dy.shape[0], ...counts, filter.shape[filter.shape.length - 1]];
    if (showShape(shape) !== showShape(dy.shape)) {
      throw new ShapeError(
        `convBackpropInput: images of ${showShape(attrs.size)} have results ${showShape(shape)}; received ${showShape(dy.shape)}`,
      );
    }
    const channels = filter.shape[filter.shape.length - 2] * attrs.groups;
    checkFilter('convBackpropInput', channels, filter.shape, attrs.groups);
    return [{ shape: [dy.shape[0], ...attrs.size, channels], dtype: dy.dtype }];
  },
  kernel: convBackpropInputKernel,
  saves: ['inputs'],
  grad: ({ dy: g, inputs: [dy, filter], attrs }) => [
    () => conv(g, filter, attrs),
    () => convBackpropFilter(g, dy, filter.shape.slice(0, -2), attrs),
  ],
});

const convBackpropFilterOp: Op<ConvBackpropAttrs, 'inputs'> = declare<ConvBackpropAttrs, 'inputs'>({
  name: 'convBackpropFilter',
  attrs: ['strides', 'pads', 'dilations', 'groups', 'size'],
  traits: { flops: ([, dy], [filter]) => convFlops(dy, filter) },
  infer([x, dy], attrs) {
    const { size, groups } = attrs;
    const [inputs, outputs] = [x.shape[x.shape.length - 1], dy.shape[dy.shape.length - 1]];
    const filter = [...size, Math.floor(inputs / groups), outputs];
    checkFilter('convBackpropFilter', inputs, filter, groups);
    const shape = [x.shape[0], ...checkedCounts('convBackpropFilter', spatialOf(x.shape), size, attrs), outputs];
    if (!sameShape(shape, dy.shape)) {
      throw new ShapeError(
        `convBackpropFilter: images of ${showShape(x.shape)} have results ${showShape(shape)}; received ${showShape(dy.shape)}`,
      );
    }
    return [{ shape: filter, dtype: x.dtype }];
  },
  kernel: convBackpropFilterKernel,
  saves: ['inputs'],
  grad: ({ dy: g, inputs: [x, dy], attrs }) => [() => convBackpropInput(dy, g, spatialOf(x.shape), attrs), () => conv(x, g, attrs)],
});

function conv(x: Tensor, filter: Tensor, { strides, pads, dilations, groups }: ConvAttrs): Tensor {
  return apply(convOp, [x, filter], { strides, pads, dilations, groups, ...LINEAR })[0];
}

/** The gradient of images of such spatial sizes, given that of the results: what a transposed convolution is. */
export function convBackpropInput(dy: Tensor, filter: Tensor, size: Shape, { strides, pads, dilations, groups }: ConvAttrs): Tensor {
  return apply(convBackpropInputOp, [dy, filter], { strides, pads, dilations, groups, size })[0];
}

function convBackpropFilter(x: Tensor, dy: Tensor, size: Shape, { strides, pads, dilations, groups }: ConvAttrs): Tensor {
  return apply(convBackpropFilterOp, [x, dy], { strides, pads, dilations, groups, size })[0];
}

/** How many groups of channels a filter [...window, channels / groups, results] has; an error where there is no such number. */
export function groupsOf(owner: string, channels: number, filter: Shape, spatial: number): number {
  if (filter.length !== spatial + 2 || filter.includes(0)) {
    throw new ShapeError(`${owner}: filter needs ${spatial + 2} axes, none of size 0; received ${showShape(filter)}`);
  }
  const [inner, outputs] = filter.slice(-2);
  const groups = channels / inner;
  if (!Number.isInteger(groups) || groups < 1 || outputs % groups !== 0) {
    const rule = `${inner} channels in each group of the filter ${showShape(filter)}`;
    throw new ShapeError(`${owner}: ${channels} channels of x and ${rule} do not make groups that share ${outputs} results`);
  }
  return groups;
}

/** What all convolutions take. */
interface ConvOptions {
  strides: PerAxis;
  pad: Padding;
  dataFormat: string;
  dilations: PerAxis;
  bias?: TensorLike | undefined;
  ending?: EndingAttrs;
}

/** A convolution over so many spatial axes. */
export function convolve(owner: string, spatial: number, x: TensorLike, filter: TensorLike, options: ConvOptions): Tensor {
  const images = toImages(owner, x, options.dataFormat, spatial);
  const input = images.x;
  const weights = castTo(toFloat(owner, filter), input.dtype);
  const groups = groupsOf(owner, input.shape[spatial + 1], weights.shape, spatial);
  const size = weights.shape.slice(0, -2);
  const attrs = windowAttrs(owner, spatialOf(input.shape), size, options);
  // Said here in the name of the function; what is applied again in a gradient has the op's own.
  checkedCounts(owner, spatialOf(input.shape), size, attrs);
  const inputs = [input, weights];
  if (options.bias !== undefined) inputs.push(castTo(toFloat(owner, options.bias), input.dtype));
  return images.back(apply(convOp, inputs, { ...attrs, groups, ...(options.ending ?? LINEAR) })[0]);
}

/**
 * The convolution of sequences [batch, width, channels] (NWC; or NCW) with a filter [width, channels / groups, results]; one sequence may come without a
 * batch axis. Where the filter has fewer channels than `x`, both are cut into groups.
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * tf.conv1d([[1], [2], [3]], [[[1]], [[10]]], 1, 'valid').arraySync(); // [[21], [32]]
 */
export function conv1d(
  x: TensorLike,
  filter: TensorLike,
  stride: PerAxis,
  pad: Padding,
  dataFormat: 'NWC' | 'NCW' = 'NWC',
  dilation: PerAxis = 1,
): Tensor {
  return convolve('conv1d', 1, x, filter, { strides: stride, pad, dataFormat, dilations: dilation });
}

/**
 * The convolution of images [batch, height, width, channels] (NHWC; or NCHW) with a filter [height, width, channels / groups, results]; one image may
 * come without a batch axis. Where the filter has fewer channels than `x`, both are cut into groups, as in TensorFlow.
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * const image = tf.tensor([[1, 2], [3, 4]]).reshape([2, 2, 1]);
 * tf.conv2d(image, tf.ones([2, 2, 1, 1]), 1, 'same').reshape([2, 2]).arraySync(); // [[10, 6], [7, 4]]
 */
export function conv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
  dilations: PerAxis = 1,
): Tensor {
  return convolve('conv2d', 2, x, filter, { strides, pad, dataFormat, dilations });
}

/**
 * The convolution of volumes [batch, depth, height, width, channels] (NDHWC; or NCDHW) with a filter [depth, height, width, channels / groups, results];
 * one volume may come without a batch axis.
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * tf.conv3d(tf.ones([1, 4, 4, 4, 2]), tf.ones([3, 3, 3, 2, 5]), 1, 'valid').shape; // [1, 2, 2, 2, 5]
 */
export function conv3d(
  x: TensorLike,
  filter: TensorLike,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
  dilations: PerAxis = 1,
): Tensor {
  return convolve('conv3d', 3, x, filter, { strides, pad, dataFormat, dilations });
}

/** What `fusedConv2d` takes. */
export interface FusedConv2dOptions {
  x: TensorLike;
  filter: TensorLike;
  strides: PerAxis;
  pad: Padding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: PerAxis;
  /** One number for each channel of the result. */
  bias?: TensorLike;
  /** 'linear' unless given. */
  activation?: FusedActivation;
  /** The slope of 'leakyRelu' below 0; 0.2 unless given. */
  leakyReluAlpha?: number;
}

const FUSED_OPTIONS = ['x', 'filter', 'strides', 'pad', 'dataFormat', 'dilations', 'bias', 'activation', 'leakyReluAlpha'];

/**
 * `activation(conv2d(x, filter) + bias)` in one pass.
 * @throws ShapeError as `conv2d` does, and for a bias that is not one number for each channel; ArgumentError for an unknown activation or option.
 * @example
 * const x = tf.tensor([1, -2]).reshape([1, 1, 2, 1]);
 * tf.fusedConv2d({ x, filter: tf.ones([1, 1, 1, 1]), strides: 1, pad: 'valid', bias: [1], activation: 'relu' }).dataSync(); // [2, 0]
 */
export function fusedConv2d(options: FusedConv2dOptions): Tensor {
  checkOptions('fusedConv2d', options, FUSED_OPTIONS);
  const { x, filter, strides, pad, dataFormat = 'NHWC', dilations = 1, bias, activation = 'linear', leakyReluAlpha = 0.2 } = options;
  const ending = endingAttrs('fusedConv2d', activation, leakyReluAlpha);
  return convolve('fusedConv2d', 2, x, filter, { strides, pad, dataFormat, dilations, bias, ending });
}

/**
 * Each channel by itself with filters [height, width, channels, multiplier]: `multiplier` results for each channel, side by side.
 * @throws ShapeError for axes, channels and sizes that do not fit; ArgumentError for strides, pads and dilations that are none.
 * @example
 * tf.depthwiseConv2d(tf.ones([1, 3, 3, 2]), tf.ones([2, 2, 2, 1]), 1, 'valid').shape; // [1, 2, 2, 2]
 */
export function depthwiseConv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: PerAxis,
  pad: Padding,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
  dilations: PerAxis = 1,
): Tensor {
  return convolve('depthwiseConv2d', 2, x, grouped('depthwiseConv2d', toFloat('depthwiseConv2d', filter), 2), {
    strides,
    pad,
    dataFormat,
    dilations,
  });
}

/** A filter of one group for each channel out of [...window, channels, multiplier]. */
export function grouped(owner: string, filter: Tensor, spatial: number): Tensor {
  if (filter.rank !== spatial + 2) throw new ShapeError(`${owner}: filter needs ${spatial + 2} axes; received ${showShape(filter.shape)}`);
  const [channels, multiplier] = filter.shape.slice(-2);
  return reshape(filter, [...filter.shape.slice(0, -2), 1, channels * multiplier]);
}
