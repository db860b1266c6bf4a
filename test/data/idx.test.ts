/** IDX files: every type of the format, gzip, and files that lie about their size. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idx } from '../../lib/data/index.ts';

/** A file of `code` with the given axes and body. */
function file(code: number, shape: readonly number[], body: Uint8Array): Uint8Array {
  const sizes = Buffer.alloc(4 * shape.length);
  shape.forEach((size, i) => {
    sizes.writeUInt32BE(size, 4 * i);
  });
  return Buffer.concat([Buffer.from([0, 0, code, shape.length]), sizes, body]);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradtape-idx-'));
});
afterAll(() => rm(folder, { recursive: true }));

const images = file(0x08, [2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255));

describe('idx', () => {
  it('reads a file by path and by URL, plain and compressed', async () => {
    const [plain, packed] = [join(folder, 'images-idx3-ubyte'), join(folder, 'images-idx3-ubyte.gz')];
    await writeFile(plain, images);
    await writeFile(packed, gzipSync(images));
    for (const source of [plain, packed, pathToFileURL(packed), images]) {
      const x = await idx(source);
      expect([x.shape, x.dtype, [...x.dataSync()]]).toEqual([[2, 2, 2], 'uint8', [1, 2, 3, 4, 5, 6, 7, 255]]);
    }
  });

  it('reads every type of the format', async () => {
    const body = (write: (buffer: Buffer) => void, bytes: number): Buffer => {
      const buffer = Buffer.alloc(bytes);
      write(buffer);
      return buffer;
    };
    const cases: [number, Buffer, string, number][] = [
      [0x09, body((b) => b.writeInt8(-5), 1), 'int32', -5],
      [0x0b, body((b) => b.writeInt16BE(-300), 2), 'int32', -300],
      [0x0c, body((b) => b.writeInt32BE(-70000), 4), 'int32', -70000],
      [0x0d, body((b) => b.writeFloatBE(1.5), 4), 'float32', 1.5],
      [0x0e, body((b) => b.writeDoubleBE(0.1), 8), 'float64', 0.1],
    ];
    for (const [code, bytes, dtype, value] of cases) {
      const x = await idx(file(code, [1], bytes));
      expect([x.dtype, x.arraySync()]).toEqual([dtype, [value]]);
    }
  });

  it('reads empty axes and no axes', async () => {
    expect((await idx(file(0x08, [0, 28], new Uint8Array(0)))).shape).toEqual([0, 28]);
    expect((await idx(file(0x08, [], Uint8Array.of(3)))).item()).toBe(3);
  });

  it.each<[string, () => string | Uint8Array, string | RegExp]>([
    ['a missing file', () => join(folder, 'none'), /idx: ".*none" cannot be read; ENOENT/],
    ['no bytes', () => new Uint8Array(0), 'idx: the bytes given is not an IDX file; it has 0 bytes and begins with ""'],
    ['another format', () => Buffer.from('mpg,cyl'), 'is not an IDX file; it has 7 bytes and begins with "6d 70 67 2c"'],
    ['an unknown type', () => Uint8Array.of(0, 0, 7, 0), 'is not an IDX file; it has 4 bytes and begins with "00 00 07 00"'],
    ['broken gzip', () => gzipSync(images).subarray(0, 20), /idx: .* cannot be decompressed; unexpected end of file/],
    ['half a header', () => images.subarray(0, 9), 'is truncated; a header of 3 axes takes 16 bytes, the file has 9'],
    ['half a body', () => images.subarray(0, 20), 'is truncated; shape [2,2,2] of 1-byte values takes 24 bytes, the file has 20'],
    ['a longer body', () => Buffer.concat([images, images]), 'is too long; shape [2,2,2] of 1-byte values takes 24 bytes, the file has 48'],
    ['too many axes', () => file(0x08, new Array(9).fill(1), Uint8Array.of(1)), 'idx: at most 8 axes'],
    ['more than can be counted', () => file(0x08, new Array(3).fill(2 ** 32 - 1), Uint8Array.of(1)), 'idx: too many elements'],
  ])('refuses %s', async (_, source, message) => {
    await expect(idx(source())).rejects.toThrow(message);
  });
});
