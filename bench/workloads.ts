/** The networks that every side trains, and the least that a step of each costs. */

/** The three networks of perceptrons: inputs, widths and outputs, and rows of a batch. */
export const WORKLOADS = {
  mpg: { title: '9-64-64-1, batch 32', sizes: [9, 64, 64, 1], rows: 32 },
  mnist: { title: '784-256-128-10, batch 128', sizes: [784, 256, 128, 10], rows: 128 },
  wide: { title: '1024-1024-1024-10, batch 256', sizes: [1024, 1024, 1024, 10], rows: 256 },
} as const;

const [PIXELS, POOLED] = [26 * 26, 11 * 11];
const [WIDTH, POSITIONS, VOCABULARY] = [128, 64, 65];

/** Other networks: multiply-adds of an example one way, those of them whose input needs no slope, and parameters. */
export const NETWORKS = {
  cnn: {
    title: '28x28x1, conv 3x3x32, pool, conv 3x3x64, pool, dense 10, batch 64',
    rows: 64,
    products: 9 * 32 * PIXELS + 9 * 32 * 64 * POOLED + 1600 * 10,
    first: 9 * 32 * PIXELS,
    parameters: 10 * 32 + (9 * 32 + 1) * 64 + 1601 * 10,
  },
  gpt: {
    title: '2 layers, width 128, 4 heads, context 64, vocabulary 65, batch 16',
    rows: 16,
    // Each position sees half of the others, in two products.
    products: POSITIONS * (2 * (12 * WIDTH ** 2 + (POSITIONS + 1) * WIDTH) + WIDTH * VOCABULARY),
    first: 0,
    parameters: 2 * (12 * WIDTH ** 2 + 13 * WIDTH) + (POSITIONS + 2 * VOCABULARY) * WIDTH + VOCABULARY,
  },
} as const;

/** A network of perceptrons by name. */
export type Perceptrons = keyof typeof WORKLOADS;

/** A network by name. */
export type Workload = Perceptrons | keyof typeof NETWORKS;

/** A network in words. */
export function titleOf(workload: Workload): string {
  return workload === 'cnn' || workload === 'gpt' ? NETWORKS[workload].title : WORKLOADS[workload].title;
}

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
  const { rows, products, first, parameters } = workload === 'cnn' || workload === 'gpt' ? NETWORKS[workload] : sizesOf(workload);
  return {
    flops: 2 * rows * (3 * products - first),
    bytes: parameters * ADAM_STATE > cache ? parameters * ADAM_BYTES : 0,
  };
}

function sizesOf(workload: Perceptrons): Record<'rows' | 'products' | 'first' | 'parameters', number> {
  const { sizes, rows } = WORKLOADS[workload];
  const each = sizes.slice(1).map((width, i) => sizes[i] * width);
  const products = each.reduce((total, size) => total + size, 0);
  const biases = sizes.slice(1).reduce((total: number, width) => total + width, 0);
  return { rows, products, first: each[0], parameters: products + biases };
}
