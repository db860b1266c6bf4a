/** Images of digits to train on: MNIST's files where they are, else handwritten-like ones drawn here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from 'gradtape';

/** Images [n, 28, 28] with values from 0 to 1, their labels [n], and where they come from. */
export interface Digits {
  readonly images: tf.Tensor;
  readonly labels: tf.Tensor;
  readonly source: string;
}

const SIDE = 28;

/** Each digit as strokes: polylines in a unit square, y downwards. */
const STROKES: readonly (readonly (readonly [number, number])[])[][] = [
  [arc(0.5, 0.5, 0.28, 0.4, 0, 360)],
  [
    [
      [0.38, 0.25],
      [0.52, 0.1],
      [0.52, 0.9],
    ],
  ],
  [[...arc(0.5, 0.32, 0.26, 0.22, 180, 400), [0.24, 0.9], [0.78, 0.9]]],
  [arc(0.47, 0.3, 0.24, 0.2, 200, 450), arc(0.47, 0.7, 0.28, 0.2, -90, 160)],
  [
    [
      [0.62, 0.9],
      [0.62, 0.1],
      [0.2, 0.62],
      [0.8, 0.62],
    ],
  ],
  [[[0.74, 0.1], [0.32, 0.1], [0.29, 0.45], ...arc(0.48, 0.66, 0.27, 0.24, -110, 140)]],
  [
    [
      [0.64, 0.08],
      [0.34, 0.45],
    ],
    arc(0.49, 0.67, 0.23, 0.23, 0, 360),
  ],
  [
    [
      [0.22, 0.12],
      [0.78, 0.12],
      [0.42, 0.9],
    ],
  ],
  [arc(0.5, 0.3, 0.2, 0.19, 0, 360), arc(0.5, 0.7, 0.25, 0.21, 0, 360)],
  [
    arc(0.5, 0.33, 0.23, 0.23, 0, 360),
    [
      [0.73, 0.35],
      [0.62, 0.92],
    ],
  ],
];

/** Points of an ellipse's arc, from one angle to another in degrees. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): [number, number][] {
  return Array.from({ length: 17 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 16) * Math.PI) / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

/** Distance of a point from a segment. */
function distance(px: number, py: number, [ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/** Draws one digit after a random affine map, with a pen of random width and some noise; `draw` gives numbers from 0 to 1. */
function paint(digit: number, pixels: Float32Array, draw: () => number): void {
  const between = (low: number, high: number): number => low + (high - low) * draw();
  const [angle, shear, sx, sy] = [between(-0.25, 0.25), between(-0.25, 0.25), between(0.75, 1.05), between(0.75, 1.05)];
  const [tx, ty, pen, noise] = [between(-0.08, 0.08), between(-0.08, 0.08), between(0.03, 0.065), between(0, 0.15)];
  const strokes = STROKES[digit].map((stroke) =>
    stroke.map(([x, y]): [number, number] => {
      const [u, v] = [(x - 0.5) * sx + shear * (y - 0.5), (y - 0.5) * sy];
      return [
        0.5 + tx + u * Math.cos(angle) - v * Math.sin(angle) + between(-0.012, 0.012),
        0.5 + ty + u * Math.sin(angle) + v * Math.cos(angle) + between(-0.012, 0.012),
      ];
    }),
  );
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [px, py] = [((i % SIDE) + 0.5) / SIDE, (Math.floor(i / SIDE) + 0.5) / SIDE];
    let nearest = 1;
    for (const stroke of strokes)
      for (let s = 1; s < stroke.length; s++) nearest = Math.min(nearest, distance(px, py, stroke[s - 1], stroke[s]));
    const ink = Math.min(1, Math.max(0, (pen - nearest) * SIDE + 0.5));
    pixels[i] = Math.min(1, Math.max(0, ink + noise * (draw() - 0.5)));
  }
}

/** `count` drawn digits; the same for the same seed. */
export function drawnDigits(count: number, seed: number): Digits {
  const perDigit = 1200;
  const numbers = tf.randomUniform([count, perDigit], 0, 1, 'float32', seed).dataSync();
  const pixels = new Float32Array(count * SIDE * SIDE);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
  for (let i = 0; i < count; i++) {
    let next = i * perDigit;
    paint(labels[i], pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE), () => numbers[next++]);
  }
  return {
    images: tf.tensor(pixels, [count, SIDE, SIDE]),
    labels: tf.tensor(labels),
    source: `${count} digits drawn by a generator, not handwritten`,
  };
}

/** MNIST's test images in `folder` (IDX files, gzipped), or drawn digits if no folder is given. */
export async function loadDigits(folder: string | undefined, count: number): Promise<Digits> {
  if (folder === undefined || folder === '') return drawnDigits(count, 1);
  const file = (name: string): string =>
    [name, `${name}.gz`].map((each) => join(folder, each)).find(existsSync) ?? join(folder, `${name}.gz`);
  const prefix = existsSync(file('mnist-t10k-images-idx3-ubyte')) ? 'mnist-' : '';
  const images = await tf.data.idx(file(`${prefix}t10k-images-idx3-ubyte`));
  const labels = await tf.data.idx(file(`${prefix}t10k-labels-idx1-ubyte`));
  return { images: images.cast('float32').div(255), labels: labels.cast('int32'), source: `${labels.size} handwritten digits of MNIST` };
}
