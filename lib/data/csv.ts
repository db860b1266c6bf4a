/** Reads CSV files into typed columns. */
import { readFile } from 'node:fs/promises';
import { ArgumentError, checkOptions, show, unknownWord } from '../core/errors.ts';

/** What a column holds: 32- or 64-bit fractions, whole numbers, or text. */
export type ColumnType = 'float32' | 'float64' | 'int32' | 'string';

/** A column: missing values are NaN in fractions and null in text. */
export type Column = Float32Array | Float64Array | Int32Array | readonly (string | null)[];

/** One row of a table by column name. */
export type Row = Readonly<Record<string, number | string | null>>;

/** Where CSV text comes from: a path, a file URL, or the text itself. */
export type CsvSource = string | URL | { readonly text: string };

/** How `csv` reads. */
export interface CsvOptions {
  /** What separates values; `,` by default. */
  readonly delimiter?: string;
  /** The types of some or all columns. The others are int32 where every value is a whole number, else float32 where every value is a number, else text. */
  readonly columns?: Readonly<Record<string, ColumnType>>;
  /** Column names, for a file whose first line is data already. */
  readonly header?: readonly string[];
  /** What counts as missing; by default nothing at all, `NA`, `N/A`, `NaN`, `nan`, `null` and `?`. */
  readonly missing?: readonly string[];
}

const COLUMN_TYPES: readonly ColumnType[] = ['float32', 'float64', 'int32', 'string'];
const MISSING: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', '?'];
const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The columns of a CSV file. */
export class CsvTable {
  /** The number of rows. */
  readonly length: number;
  /** Columns by name, in the order of the file. */
  readonly columns: Readonly<Record<string, Column>>;

  /** Made by `CsvReader.collect`, not by hand. */
  constructor(columns: Readonly<Record<string, Column>>, length: number) {
    this.columns = columns;
    this.length = length;
  }

  /** The names of the columns. */
  get names(): string[] {
    return Object.keys(this.columns);
  }

  /** The column of numbers called `name`. */
  numbers(name: string): Float32Array | Float64Array | Int32Array {
    const column = this.#column(name);
    if (!ArrayBuffer.isView(column)) throw new ArgumentError(`csv: column "${name}" holds text; read it with strings("${name}")`);
    return column;
  }

  /** The column of text called `name`. */
  strings(name: string): readonly (string | null)[] {
    const column = this.#column(name);
    if (ArrayBuffer.isView(column)) throw new ArgumentError(`csv: column "${name}" holds numbers; read it with numbers("${name}")`);
    return column;
  }

  /** Row `index` by column name. */
  row(index: number): Row {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new ArgumentError(`csv: row must be a whole number from 0 to ${this.length - 1}; received ${show(index)}`);
    }
    return Object.fromEntries(Object.entries(this.columns).map(([name, column]) => [name, column[index]]));
  }

  #column(name: string): Column {
    if (!Object.hasOwn(this.columns, name)) throw unknownWord('csv', 'column', name, this.names);
    return this.columns[name];
  }
}

/** A CSV file about to be read: `collect` gives its columns, `for await` its rows. */
export class CsvReader implements AsyncIterable<Row> {
  readonly #source: CsvSource;
  readonly #options: CsvOptions;

  /** Made by `csv`, which checks both. */
  constructor(source: CsvSource, options: CsvOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** The whole file as typed columns. */
  async collect(): Promise<CsvTable> {
    const { columns: types = {}, missing = MISSING } = this.#options;
    const { names, cells, lines } = await this.#read();
    for (const name of Object.keys(types)) if (!names.includes(name)) throw unknownWord('csv', 'column', name, names);
    const absent = new Set(missing);
    const columns = names.map((name, i): [string, Column] => {
      const type = types[name] ?? typeOfCells(cells[i], absent);
      return [name, columnOf(name, type, cells[i], lines, absent)];
    });
    return new CsvTable(Object.fromEntries(columns), lines.length);
  }

  /** The rows one by one; types are those of the whole columns, so the file is read to its end first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    const table = await this.collect();
    for (let i = 0; i < table.length; i++) yield table.row(i);
  }

  /** The file's cells column by column, and the line each row ends on. */
  async #read(): Promise<{ names: readonly string[]; cells: string[][]; lines: number[] }> {
    const text = await textOf(this.#source);
    const { delimiter = ',' } = this.#options;
    let names = this.#options.header;
    if (names !== undefined) checkNames(names);
    const cells: string[][] = names?.map(() => []) ?? [];
    const lines: number[] = [];
    const { parse } = await import('csv-parse');
    const records = parse(text, { delimiter, bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
    try {
      for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
        if (names === undefined) {
          names = record.map((name) => name.trim());
          checkNames(names);
          for (const _ of names) cells.push([]);
          continue;
        }
        if (record.length !== names.length) {
          throw new ArgumentError(`csv: line ${info.lines} has ${record.length} values, the header ${names.length}; ${show(record)}`);
        }
        record.forEach((cell, i) => {
          cells[i].push(cell.trim());
        });
        lines.push(info.lines);
      }
    } catch (error) {
      if (error instanceof ArgumentError) throw error;
      throw new ArgumentError(`csv: not well formed; ${error instanceof Error ? error.message : error}`);
    }
    if (names === undefined) throw new ArgumentError('csv: there is no header line; received no text');
    return { names, cells, lines };
  }
}

/**
 * A reader of a CSV file or of CSV text with typed columns; nothing is read before `collect()` or `for await`.
 * @throws ArgumentError here for options that are wrong, and while reading for rows of the wrong length and values that a column cannot hold, naming the line.
 * @example
 * const cars = await tf.data.csv({ text: 'mpg,origin\n18.5,usa\n,japan\n' }).collect();
 * cars.numbers('mpg'); // [18.5, NaN]
 * cars.strings('origin'); // ['usa', 'japan']
 */
export function csv(source: CsvSource, options: CsvOptions = {}): CsvReader {
  const isText = typeof source === 'object' && source !== null && 'text' in source && typeof source.text === 'string';
  if (typeof source !== 'string' && !(source instanceof URL) && !isText) {
    throw new ArgumentError(`csv: expected a path or { text }; received ${show(source)}`);
  }
  checkOptions('csv', options, ['delimiter', 'columns', 'header', 'missing']);
  const { delimiter = ',', columns = {} } = options;
  if (typeof delimiter !== 'string' || delimiter === '') {
    throw new ArgumentError(`csv: delimiter must be a string that is not empty; received ${show(delimiter)}`);
  }
  for (const type of Object.values(columns))
    if (!COLUMN_TYPES.includes(type)) throw unknownWord('csv', 'column type', String(type), COLUMN_TYPES);
  return new CsvReader(source, options);
}

async function textOf(source: CsvSource): Promise<string> {
  if (typeof source === 'object' && 'text' in source) return source.text;
  try {
    return await readFile(source, 'utf8');
  } catch (error) {
    throw new ArgumentError(`csv: "${source}" cannot be read; ${error instanceof Error ? error.message : error}`);
  }
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ArgumentError(`csv: two columns have the same name; ${show(twice)} in ${show(names)}`);
}

function typeOfCells(cells: readonly string[], absent: ReadonlySet<string>): ColumnType {
  let type: ColumnType = 'int32';
  let present = 0;
  for (const cell of cells) {
    if (absent.has(cell)) {
      type = 'float32';
      continue;
    }
    present++;
    if (!NUMBER.test(cell)) return 'string';
    if (!isInt32(cell)) type = 'float32';
  }
  return present === 0 ? 'string' : type;
}

function isInt32(cell: string): boolean {
  return INTEGER.test(cell) && Number(cell) === (Number(cell) | 0);
}

function columnOf(name: string, type: ColumnType, cells: readonly string[], lines: readonly number[], absent: ReadonlySet<string>): Column {
  if (type === 'string') return cells.map((cell) => (absent.has(cell) ? null : cell));
  const values = type === 'int32' ? new Int32Array(cells.length) : new (type === 'float32' ? Float32Array : Float64Array)(cells.length);
  cells.forEach((cell, i) => {
    const isMissing = absent.has(cell);
    if (type === 'int32' ? !isInt32(cell) || isMissing : !isMissing && !NUMBER.test(cell)) {
      throw new ArgumentError(`csv: line ${lines[i]} has no ${type} in column "${name}"; received ${show(cell)}`);
    }
    values[i] = isMissing ? Number.NaN : Number(cell);
  });
  return values;
}
