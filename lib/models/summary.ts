/** The table of a model: its layers, what they give, and how many weights they have. */

import { sizeOf } from '../core/dtype.ts';
import { ArgumentError, checkOptions } from '../core/errors.ts';
import type { Variable } from '../core/variable.ts';
import type { AnyModel } from './model.ts';

/** Options of `summary`. */
export interface SummaryOptions {
  /** What takes each line; the console unless given. */
  printFn?: (line: string) => void;
}

function bytes(variables: readonly Variable[]): string {
  let amount = variables.reduce((total, { size, dtype }) => total + size * sizeOf(dtype), 0);
  for (const unit of ['B', 'KB', 'MB']) {
    if (amount < 1024) return `${amount.toFixed(2)} ${unit}`;
    amount /= 1024;
  }
  return `${amount.toFixed(2)} GB`;
}

function count(variables: readonly Variable[]): string {
  const total = variables.reduce((sum, { size }) => sum + size, 0);
  return `${total.toLocaleString('en-US')} (${bytes(variables)})`;
}

/** Prints Keras's table of a built model, line by line. */
export function printSummary(model: AnyModel, options: SummaryOptions = {}): void {
  checkOptions('summary', options, ['printFn']);
  if (!model.built) throw new ArgumentError(`summary: ${model.label} is not built; call build([null, ...]) or apply it first`);
  const print = options.printFn ?? ((line: string) => console.log(line));
  const shape = (sizes: readonly (number | null)[] | undefined): string =>
    sizes === undefined ? '?' : `[${sizes.map(String).join(', ')}]`;
  const rows = model.layers.map((layer) => [
    `${layer.name} (${layer.constructor.name})`,
    shape(layer.outputShape),
    layer.countParams().toLocaleString('en-US'),
  ]);
  const head = ['Layer (type)', 'Output Shape', 'Param #'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)) + 2);
  const rule = (left: string, dash: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => dash.repeat(width)).join(middle)}${right}`;
  const line = (cells: readonly string[], bar: string): string =>
    `${bar}${cells.map((cell, i) => ` ${i === 2 ? cell.padStart(widths[i] - 2) : cell.padEnd(widths[i] - 2)} `).join(bar)}${bar}`;
  print(`Model: "${model.name}"`);
  print(rule('┏', '━', '┳', '┓'));
  print(line(head, '┃'));
  print(rule('┡', '━', '╇', '┩'));
  rows.forEach((row, i) => {
    if (i > 0) print(rule('├', '─', '┼', '┤'));
    print(line(row, '│'));
  });
  print(rule('└', '─', '┴', '┘'));
  print(` Total params: ${count(model.variables)}`);
  print(` Trainable params: ${count(model.trainableVariables)}`);
  print(` Non-trainable params: ${count(model.nonTrainableVariables)}`);
}
