/** What layers with windows have in common: options of one number or one for each spatial axis, padding, the order of axes. */
import { ArgumentError, show, unknownWord } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { transpose } from '../ops/transpose.ts';
import { type PerAxis, perAxis } from '../ops/window.ts';
import type { BatchShape } from './node.ts';

/** The order of axes: [batch, ...spatial, channels], or [batch, channels, ...spatial]. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

const FORMATS: readonly DataFormat[] = ['channelsLast', 'channelsFirst'];

/** A data format; an error for an unknown one. */
export function checkDataFormat(owner: string, dataFormat: DataFormat): DataFormat {
  if (!FORMATS.includes(dataFormat)) throw unknownWord(owner, 'dataFormat', String(dataFormat), FORMATS);
  return dataFormat;
}

/** A padding by name; an error for one that is not among `known`. */
export function checkPadding<P extends string>(owner: string, padding: P, known: readonly P[]): P {
  if (!known.includes(padding)) throw unknownWord(owner, 'padding', String(padding), known);
  return padding;
}

/** A whole number >= 1; an error for anything else. */
export function checkCount(owner: string, name: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new ArgumentError(`${owner}: ${name} must be a whole number >= 1; received ${show(value)}`);
  }
  return value as number;
}

/** An option of one number, or one for each spatial axis, in a list that nobody else holds. */
export function checkAxes(owner: string, name: string, value: PerAxis, spatial: number): number[] {
  return [...perAxis(owner, name, value, spatial)];
}

/** What ops call a format for so many spatial axes. */
export function opFormat(dataFormat: DataFormat, spatial: number): string {
  const first = ['NCW', 'NCHW', 'NCDHW'];
  return (dataFormat === 'channelsFirst' ? first : ['NWC', 'NHWC', 'NDHWC'])[spatial - 1];
}

/** The axis of channels. */
export function channelAxis(dataFormat: DataFormat): 1 | -1 {
  return dataFormat === 'channelsFirst' ? 1 : -1;
}

/** The spatial sizes of an input, null where unknown. */
export function spatialSizes(shape: BatchShape, dataFormat: DataFormat): BatchShape {
  return dataFormat === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
}

/** The result of `f` for `x` with its channels last, in the format that `x` has. */
export function withChannelsLast(x: Tensor, dataFormat: DataFormat, f: (x: Tensor) => Tensor): Tensor {
  if (dataFormat === 'channelsLast') return f(x);
  const axes = x.shape.map((_, axis) => axis);
  const y = f(transpose(x, [0, ...axes.slice(2), 1]));
  return transpose(y, [0, x.rank - 1, ...axes.slice(1, -1)]);
}
