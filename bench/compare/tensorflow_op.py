# One of TensorFlow's ops on images: tensorflow_op.py OPERATION THREADS, the first in JSON, prints {"value": microseconds, "note": version}.
import json
import os
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import tensorflow as tf

operation, threads = json.loads(sys.argv[1]), int(sys.argv[2])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
kind, shape, by = operation['kind'], operation['shape'], operation.get('by')
x = tf.random.normal(shape)
inputs = {'x': x}
if kind == 'conv2d':
    inputs['filter'] = tf.random.normal([3, 3, shape[-1], operation['channels']])
elif kind == 'depthwiseConv2d':
    inputs['filter'] = tf.random.normal([3, 3, shape[-1], 1])


def compute(x, filter=None):
    if kind == 'conv2d':
        return tf.nn.conv2d(x, filter, 1, 'SAME')
    if kind == 'depthwiseConv2d':
        return tf.nn.depthwise_conv2d(x, filter, [1, 1, 1, 1], 'SAME')
    return tf.nn.max_pool2d(x, 2, 2, 'VALID')


# A graph holds only what the gradient needs.
@tf.function
def gradient(dy, inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = compute(**inputs)
    return tape.gradient(y, [inputs[name] for name in by], dy)


def step():
    if by is None:
        compute(**inputs)
    else:
        gradient(dy, inputs)


dy = tf.random.normal(compute(**inputs).shape)
for _ in range(3):
    step()
best, begin, turns = float('inf'), time.perf_counter(), 0
while turns < 5 or time.perf_counter() - begin < 0.6:
    start = time.perf_counter()
    step()
    best = min(best, time.perf_counter() - start)
    turns += 1
print(json.dumps({'value': best * 1e6, 'note': f'TensorFlow {tf.__version__}, {threads} threads'}))
