/** Reads IDX files, the format of MNIST and its kin: a header of big-endian sizes, then the values. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { arrayOf, type DType } from '../core/dtype.ts';
import { ArgumentError } from '../core/errors.ts';
import { checkShape, showShape, sizeOfShape } from '../core/shape.ts';
import { type Tensor, tensorOf } from '../core/tensor.ts';

/** What a code in the header's third byte stands for: bytes of a value in the file, and the dtype that holds it. */
interface IdxType {
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, at: number) => number;
}

/** The format's types; 8- and 16-bit signed values become int32. Source: the description on the MNIST page of LeCun, Cortes and Burges. */
const TYPES: ReadonlyMap<number, IdxType> = new Map<number, IdxType>([
  [0x08, { bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) }],
  [0x09, { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) }],
  [0x0b, { bytes: 2, dtype: 'int32', read: (view, at) => view.getInt16(at) }],
  [0x0c, { bytes: 4, dtype: 'int32', read: (view, at) => view.getInt32(at) }],
  [0x0d, { bytes: 4, dtype: 'float32', read: (view, at) => view.getFloat32(at) }],
  [0x0e, { bytes: 8, dtype: 'float64', read: (view, at) => view.getFloat64(at) }],
]);

/**
 * The tensor in an IDX file, compressed with gzip or not; `source` is a path, a file URL or the file's bytes.
 * @throws ArgumentError for a file that cannot be read, is no IDX file, or is shorter or longer than its header says.
 * @example
 * const labels = await tf.data.idx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]));
 * labels.arraySync(); // [7, 2, 1]
 */
export async function idx(source: string | URL | Uint8Array): Promise<Tensor> {
  const name = source instanceof Uint8Array ? 'the bytes given' : `"${source}"`;
  let bytes = source instanceof Uint8Array ? source : await contentsOf(source, name);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await promisify(gunzip)(bytes);
    } catch (error) {
      throw new ArgumentError(`idx: ${name} cannot be decompressed; ${error instanceof Error ? error.message : error}`);
    }
  }
  return parse(bytes, name);
}

async function contentsOf(path: string | URL, name: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ArgumentError(`idx: ${name} cannot be read; ${error instanceof Error ? error.message : error}`);
  }
}

function parse(bytes: Uint8Array, name: string): Tensor {
  const type = TYPES.get(bytes[2]);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new ArgumentError(`idx: ${name} is not an IDX file; it has ${bytes.length} bytes and begins with "${start}"`);
  }
  const rank = bytes[3];
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw new ArgumentError(`idx: ${name} is truncated; a header of ${rank} axes takes ${header} bytes, the file has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = checkShape(
    'idx',
    Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis)),
  );
  const size = sizeOfShape(shape);
  const expected = header + size * type.bytes;
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? 'truncated' : 'too long';
    throw new ArgumentError(
      `idx: ${name} is ${fault}; shape ${showShape(shape)} of ${type.bytes}-byte values takes ${expected} bytes, the file has ${bytes.length}`,
    );
  }
  if (type.dtype === 'uint8') return tensorOf(bytes.subarray(header), shape, 'uint8');
  const values = arrayOf(type.dtype, size);
  for (let i = 0; i < size; i++) values[i] = type.read(view, header + i * type.bytes);
  return tensorOf(values, shape, type.dtype);
}
