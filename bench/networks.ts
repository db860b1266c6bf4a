/** The networks of the workloads, compiled as all rivals have them, and examples to train them with. */
import type { Package } from './clock.ts';
import { NETWORKS, WORKLOADS, type Workload } from './workloads.ts';

type Tensor = InstanceType<Package['Tensor']>;
type Model = InstanceType<Package['Model']>;

/** A network and examples for so many batches of so many rows. */
export interface Subject {
  readonly model: Model;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly rows: number;
}

/** A workload's network, with examples for `batches`. */
export function subjectOf(tf: Package, workload: Workload, batches: number, accuracy = false): Subject {
  const made =
    workload === 'cnn' ? convolutional(tf, batches) : workload === 'gpt' ? generative(tf, batches) : perceptrons(tf, workload, batches);
  made.model.compile({
    optimizer: new tf.optimizers.Adam({ learningRate: 1e-3 }),
    loss: workload === 'mpg' ? 'meanSquaredError' : new tf.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: accuracy ? ['accuracy'] : [],
  });
  return made;
}

function whole(tf: Package, shape: readonly number[], end: number): Tensor {
  return tf.randomUniform(shape, 0, end).floor().cast('int32');
}

function perceptrons(tf: Package, workload: keyof typeof WORKLOADS, batches: number): Subject {
  const { sizes, rows } = WORKLOADS[workload];
  const widths = sizes.slice(1);
  const model = new tf.Sequential(
    widths.map((units, i) => new tf.layers.Dense({ units, ...(i < widths.length - 1 ? { activation: 'relu' } : {}) })),
  );
  model.build([null, sizes[0]]);
  const classes = sizes[sizes.length - 1];
  const count = rows * batches;
  const x = tf.randomNormal([count, sizes[0]]);
  return { model, x, y: classes === 1 ? tf.randomNormal([count, 1]) : whole(tf, [count], classes), rows };
}

function convolutional(tf: Package, batches: number): Subject {
  const { Conv2D, Dense, Flatten, MaxPooling2D } = tf.layers;
  const { rows } = NETWORKS.cnn;
  const model = new tf.Sequential([
    new Conv2D({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    new MaxPooling2D(),
    new Conv2D({ filters: 64, kernelSize: 3, activation: 'relu' }),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 10 }),
  ]);
  return { model, x: tf.randomNormal([rows * batches, 28, 28, 1]), y: whole(tf, [rows * batches], 10), rows };
}

const [WIDTH, HEADS, POSITIONS, VOCABULARY] = [128, 4, 64, 65];

function generative(tf: Package, batches: number): Subject {
  const { Dense, Embedding, Layer, LayerNormalization, MultiHeadAttention } = tf.layers;
  class Block extends Layer {
    readonly before = [new LayerNormalization({ epsilon: 1e-5 }), new LayerNormalization({ epsilon: 1e-5 })];
    readonly attention = new MultiHeadAttention({ numHeads: HEADS, keyDim: WIDTH / HEADS, useCausalMask: true });
    readonly hidden = [new Dense({ units: 4 * WIDTH, activation: 'gelu' }), new Dense({ units: WIDTH })];
    override call(x: Tensor): Tensor {
      const [seen, changed] = this.before;
      const normal = seen.apply(x);
      const attended = x.add(this.attention.apply([normal, normal]));
      return attended.add(this.hidden[1].apply(this.hidden[0].apply(changed.apply(attended))));
    }
  }
  class Generative extends tf.Model {
    readonly tokens = new Embedding({ inputDim: VOCABULARY, outputDim: WIDTH });
    readonly positions = new tf.Variable(tf.randomNormal([POSITIONS, WIDTH], 0, 0.02));
    readonly blocks = [new Block(), new Block()];
    readonly head = new Dense({ units: VOCABULARY });
    override call(x: Tensor): Tensor {
      const embedded = this.tokens.apply(x).add(this.positions);
      return this.head.apply(this.blocks.reduce((y, block) => block.apply(y), embedded));
    }
  }
  const { rows } = NETWORKS.gpt;
  const shape = [rows * batches, POSITIONS];
  return { model: new Generative(), x: whole(tf, shape, VOCABULARY), y: whole(tf, shape, VOCABULARY), rows };
}
