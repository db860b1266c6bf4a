/** The networks that every side trains, and the least that a step of each costs. */

/** The three networks of perceptrons: inputs, widths and outputs, and rows of a batch. */
export const WORKLOADS = {
  mpg: { title: '9-64-64-1, batch 32', sizes: [9, 64, 64, 1], rows: 32 },
  mnist: { title: '784-256-128-10, batch 128', sizes: [784, 256, 128, 10], rows: 128 },
  wide: { title: '1024-1024-1024-10, batch 256', sizes: [1024, 1024, 1024, 10], rows: 256 },
} as const;

/** A network by name. */
export type Workload = keyof typeof WORKLOADS;

/** What no step can do without. */
export interface Cost {
  readonly flops: number;
  /** Memory traffic beyond the caches next to the cores. */
  readonly bytes: number;
}

/** Bytes that Adam moves for one parameter: it reads the value, the slope and both moments, and writes all but the slope. */
export const ADAM_BYTES = 28;

/** What Adam keeps for one parameter: the value, the slope and both moments. */
const ADAM_STATE = 16;

/**
 * The cost of a training step with Adam. Arithmetic is that of the products alone: each layer's own, the one for the slope of its kernel, and the one for the slope of its
 * input, which the first layer does not need. Parameters and the optimizer's state count once a step, as traffic of Adam, if they do not fit in `cache` bytes.
 */
export function costOf(workload: Workload, cache: number): Cost {
  const { sizes, rows } = WORKLOADS[workload];
  const products = sizes.slice(1).map((width, i) => sizes[i] * width);
  const weights = products.reduce((total, size) => total + size, 0);
  const parameters = weights + sizes.slice(1).reduce((total: number, width) => total + width, 0);
  return {
    flops: 2 * rows * (3 * weights - products[0]),
    bytes: parameters * ADAM_STATE > cache ? parameters * ADAM_BYTES : 0,
  };
}
