/** What `tf.data` holds. */
export { type ColumnType, type CsvOptions, CsvReader, type CsvSource, CsvTable, csv, type Row } from './csv.ts';
export { type BatchOptions, Dataset, type ShuffleOptions } from './dataset.ts';
export { idx } from './idx.ts';
