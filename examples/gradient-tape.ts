/** The chain rule on a persistent tape, then a line fitted by hand. */
import * as tf from 'gradtape';

const x = tf.scalar(1);
const [w1, b1, w2, b2] = [2, 1, 2, 1].map((value) => tf.scalar(value));
const tape = new tf.GradientTape({ persistent: true });
const [y1, y2] = tape.record(() => {
  tape.watch([w1, b1, w2, b2]);
  const first = x.mul(w1).add(b1);
  return [first, first.mul(w2).add(b2)];
});
const [dy2dy1] = tape.gradient(y2, [y1]);
const [dy1dw1] = tape.gradient(y1, [w1]);
const [dy2dw1] = tape.gradient(y2, [w1]);
console.log(`dy2/dy1 ${dy2dy1?.item()}, dy1/dw1 ${dy1dw1?.item()}, dy2/dw1 ${dy2dw1?.item()}`);

const xs = tf.tensor([0, 1, 2, 3]);
const ys = xs.mul(2).add(1);
const w = new tf.Variable(tf.scalar(0), { name: 'w' });
const b = new tf.Variable(tf.scalar(0), { name: 'b' });
for (let step = 0; step < 400; step++) {
  const steps = new tf.GradientTape();
  const loss = steps.record(() => xs.mul(w).add(b).sub(ys).square().sum().div(4));
  const gradients = steps.gradient(loss, { w, b });
  if (gradients.w !== null) w.assignSub(gradients.w.mul(0.1));
  if (gradients.b !== null) b.assignSub(gradients.b.mul(0.1));
}
console.log(`y = ${w.item().toFixed(3)} x + ${b.item().toFixed(3)}, on the ${tf.backend().name} backend`);
