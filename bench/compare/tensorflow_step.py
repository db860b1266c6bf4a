# TensorFlow's training step: tensorflow_step.py WORKLOAD THREADS SECONDS function|xla prints {"value": microseconds, "note": version}.
import json
import os
import statistics
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import keras
import tensorflow as tf

WORKLOADS = {
    'mpg': ([9, 64, 64, 1], 32),
    'mnist': ([784, 256, 128, 10], 128),
    'wide': ([1024, 1024, 1024, 10], 256),
}
STEPS = 10

workload, threads, limit, way = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
tf.config.threading.set_intra_op_parallelism_threads(threads)
keras.utils.set_random_seed(0)
layers = keras.layers
if workload == 'cnn':
    sizes, rows, shape = [10], 64, [28, 28, 1]
    hidden = [layers.Conv2D(32, 3, activation='relu'), layers.MaxPooling2D(2), layers.Conv2D(64, 3, activation='relu'), layers.MaxPooling2D(2)]
    hidden.append(layers.Flatten())
else:
    sizes, rows = WORKLOADS[workload]
    shape, hidden = sizes[:1], [layers.Dense(width, activation='relu') for width in sizes[1:-1]]
model = keras.Sequential([keras.Input(shape), *hidden, layers.Dense(sizes[-1])])
x = tf.random.normal([rows, *shape])
if workload == 'mpg':
    y, loss_of = tf.random.normal([rows, 1]), keras.losses.MeanSquaredError()
else:
    y = tf.random.uniform([rows], 0, sizes[-1], tf.int32)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(1e-3)
optimizer.build(model.trainable_variables)


@tf.function(jit_compile=way == 'xla')
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


# As fit is timed: a mean over as many steps as an epoch has, the loss read at its end; the median of these.
for _ in range(5):
    step(x, y).numpy()
times = []
begin = time.perf_counter()
while time.perf_counter() - begin < limit or len(times) < 5:
    start = time.perf_counter()
    for _ in range(STEPS):
        loss = step(x, y)
    loss.numpy()
    times.append((time.perf_counter() - start) / STEPS * 1e6)
name = 'tf.function with XLA' if way == 'xla' else 'tf.function'
print(json.dumps({'value': statistics.median(times), 'best': min(times), 'note': f'TensorFlow {tf.__version__} {name}, {threads} threads'}))
