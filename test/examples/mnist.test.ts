/** The examples that classify digits, with fit and by hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { drawnDigits, loadDigits } from '../../examples/mnist/digits.ts';
import { linesOf } from '../support/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradtape-digits-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An IDX file of bytes. */
function idxFile(shape: readonly number[], values: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(shape.length, 3);
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, Uint8Array.from(values)]);
}

describe('digits', () => {
  it('are drawn the same for the same seed, with ink from 0 to 1', () => {
    const { images, labels } = drawnDigits(20, 3);
    expect(images.shape).toEqual([20, 28, 28]);
    expect([...labels.dataSync().slice(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(drawnDigits(20, 3).images.dataSync()).toEqual(images.dataSync());
    expect(drawnDigits(20, 4).images.dataSync()).not.toEqual(images.dataSync());
    expect([images.min().item() >= 0, images.max().item() <= 1, images.max().item() > 0.9]).toEqual([true, true, true]);
  });

  it('are read of IDX files, gzipped or not, under either name', async () => {
    const pixels = Array.from({ length: 2 * 784 }, (_, i) => (i === 0 ? 255 : 0));
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), idxFile([2, 28, 28], pixels));
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte.gz'), gzipSync(idxFile([2], [7, 3])));
    const plain = await loadDigits(folder, 9);
    expect(plain.source).toBe('2 handwritten digits of MNIST');
    expect([...plain.labels.dataSync()]).toEqual([7, 3]);
    expect([plain.images.sum().item(), plain.images.max().item()]).toEqual([1, 1]);
    writeFileSync(join(folder, 'mnist-t10k-images-idx3-ubyte.gz'), gzipSync(idxFile([1, 28, 28], pixels.slice(784))));
    writeFileSync(join(folder, 'mnist-t10k-labels-idx1-ubyte.gz'), gzipSync(idxFile([1], [5])));
    expect([...(await loadDigits(folder, 9)).labels.dataSync()]).toEqual([5]);
  });
});

describe('mnist', () => {
  it('trains with fit, and shows what is confused', async () => {
    const lines = await linesOf(() => import('../../examples/mnist/main.ts'), ['--count', '1000', '--epochs', '4']);
    expect(lines[0]).toBe('Data: 1000 digits drawn by a generator, not handwritten');
    expect(lines).toContainEqual(expect.stringMatching(/^ Total params: 535,818 /));
    const epochs = lines.filter((line) => line.startsWith('Epoch '));
    expect(epochs).toHaveLength(4);
    expect(epochs.map((line) => line.includes('valAccuracy'))).toEqual([false, true, false, true]);
    const accuracy = Number(lines.map((line) => /^On 100 digits held out: loss .*, accuracy (.*)$/.exec(line)?.[1]).find(Boolean));
    expect(accuracy).toBeGreaterThan(0.8);
    const confusion = lines.slice(lines.findIndex((line) => line.startsWith('Confusion')) + 2, -1);
    const counts = confusion.map((line) => [...line.slice(5).matchAll(/\S+/g)].map(([cell]) => (cell === '.' ? 0 : Number(cell))));
    expect(counts.map((row) => row.length)).toEqual(Array(10).fill(10));
    expect(counts.flat().reduce((a, b) => a + b)).toBe(100);
    expect(counts.reduce((total, row, i) => total + row[i], 0)).toBe(Math.round(accuracy * 100));
    expect(lines.at(-1)).toMatch(/^(Native kernels \(\w+\), \d+ threads|TypeScript kernels: .+)$/);
  });

  it('trains a convolutional network', async () => {
    const lines = await linesOf(() => import('../../examples/mnist/convolutional.ts'), ['--count', '600', '--epochs', '4']);
    expect(lines[0]).toBe('Data: 600 digits drawn by a generator, not handwritten');
    expect(lines).toContainEqual(expect.stringMatching(/^ Total params: 34,826 /));
    expect(Number(lines.map((line) => /^On 60 digits held out: loss .*, accuracy (.*)$/.exec(line)?.[1]).find(Boolean))).toBeGreaterThan(
      0.8,
    );
    expect(lines.at(-1)).toMatch(/^36 steps of [\d.]+ ms$/);
  });

  it('trains by hand', async () => {
    const lines = await linesOf(() => import('../../examples/mnist/by-hand.ts'), ['--count', '1000', '--epochs', '4']);
    expect(lines[0]).toBe('Data: 1000 digits drawn by a generator, not handwritten');
    const losses = lines.flatMap((line) => /^Epoch \d\/4 - loss: (.*)$/.exec(line)?.[1] ?? []).map(Number);
    expect(losses).toHaveLength(4);
    expect(losses[3]).toBeLessThan(losses[0] / 3);
    expect(Number(/^On 100 digits held out: accuracy (.*)$/.exec(lines.at(-1) ?? '')?.[1])).toBeGreaterThan(0.8);
  });
});
