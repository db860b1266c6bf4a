# One of PyTorch's ops: torch_op.py OPERATION THREADS, the first in JSON, prints {"value": microseconds, "note": version}.
import json
import sys
import time

import torch
from torch.nn import functional as F

operation, threads = json.loads(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(0)
kind, shape, by = operation['kind'], operation['shape'], operation.get('by')


def best_of(f, limit):
    for _ in range(3):
        f()
    batch = 1
    while batch < 1024:
        start = time.perf_counter()
        for _ in range(batch):
            f()
        if time.perf_counter() - start > 2e-4:
            break
        batch *= 2
    best, begin, turns = float('inf'), time.perf_counter(), 0
    while turns < 5 or time.perf_counter() - begin < limit:
        start = time.perf_counter()
        for _ in range(batch):
            f()
        best = min(best, (time.perf_counter() - start) / batch)
        turns += 1
    return best * 1e6


# What an op computes, with its inputs by name; images in the default layout or with the channels last.
def prepared(channels_last):
    def image(*sizes):
        made = torch.randn(*sizes)
        return made.to(memory_format=torch.channels_last) if channels_last else made

    if kind in ('conv2d', 'depthwiseConv2d', 'maxPool', 'batchNorm'):
        n, h, w, c = shape
        x = image(n, c, h, w)
        if kind == 'conv2d':
            weights = image(operation['channels'], c, 3, 3)
            return {'x': x, 'filter': weights}, lambda: F.conv2d(x, weights, padding=1)
        if kind == 'depthwiseConv2d':
            weights = image(c, 1, 3, 3)
            return {'x': x, 'filter': weights}, lambda: F.conv2d(x, weights, padding=1, groups=c)
        if kind == 'maxPool':
            return {'x': x}, lambda: F.max_pool2d(x, 2)
        scale, offset, mean, variance = torch.ones(c), torch.zeros(c), torch.zeros(c), torch.ones(c)
        return {'x': x, 'scale': scale, 'offset': offset}, lambda: F.batch_norm(x, mean, variance, scale, offset, training=True)
    if kind == 'attention':
        # As projections leave them: heads beside each other.
        q, k, v = (torch.randn(*shape).transpose(1, 2) for _ in range(3))
        return {'q': q, 'k': k, 'v': v}, lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True)
    x = torch.randn(*shape)
    if kind == 'layerNorm':
        scale, offset = torch.randn(shape[-1]), torch.randn(shape[-1])
        return {'x': x, 'scale': scale, 'offset': offset}, lambda: F.layer_norm(x, shape[-1:], scale, offset)
    if kind == 'softmax':
        return {'x': x}, lambda: F.softmax(x, -1)
    if kind == 'sum':
        return {'x': x}, lambda: x.sum(operation['axis'])
    return {'x': x}, lambda: x.permute(operation['perm']).contiguous()


def time_of(channels_last):
    inputs, compute = prepared(channels_last)
    if by is None:
        with torch.no_grad():
            return best_of(compute, 0.4)
    sources = [inputs[name].requires_grad_() for name in by]
    y = compute()
    dy = torch.randn_like(y)
    return best_of(lambda: torch.autograd.grad(y, sources, dy, retain_graph=True), 0.4)


layouts = [False, True] if kind in ('conv2d', 'depthwiseConv2d', 'maxPool', 'batchNorm') else [False]
times = [time_of(layout) for layout in layouts]
best = min(times)
name = '' if len(layouts) == 1 else ', channels last' if times.index(best) == 1 else ', channels first'
print(json.dumps({'value': best, 'note': f'PyTorch {torch.__version__}{name}, {threads} threads'}))
