# PyTorch's training step: torch_step.py WORKLOAD THREADS SECONDS eager|compile prints {"value": microseconds, "note": version}.
import json
import os
import statistics
import sys
import time

# Compilers in processes of their own would look like somebody else's load.
os.environ['TORCHINDUCTOR_COMPILE_THREADS'] = '1'

import torch
from torch import nn

WORKLOADS = {
    'mpg': ([9, 64, 64, 1], 32, nn.functional.mse_loss),
    'mnist': ([784, 256, 128, 10], 128, nn.functional.cross_entropy),
    'wide': ([1024, 1024, 1024, 10], 256, nn.functional.cross_entropy),
}
STEPS = 10

workload, threads, limit, way = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
compiled = way == 'compile'
torch.set_num_threads(threads)
torch.manual_seed(0)
sizes, rows, loss_of = WORKLOADS[workload]
layers = []
for inputs, outputs in zip(sizes, sizes[1:]):
    layers += [nn.Linear(inputs, outputs), nn.ReLU()]
model = nn.Sequential(*layers[:-1])
x = torch.randn(rows, sizes[0])
y = torch.randn(rows, 1) if workload == 'mpg' else torch.randint(0, sizes[-1], (rows,))
# Compiled, both ways through the network are one program each, and the update is one kernel.
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=compiled)


def forward(x, y):
    return loss_of(model(x), y)


if compiled:
    forward = torch.compile(forward)


def step():
    optimizer.zero_grad(set_to_none=True)
    forward(x, y).backward()
    optimizer.step()


# As fit is timed: a mean over as many steps as an epoch has, the median of these.
for _ in range(5):
    step()
times = []
begin = time.perf_counter()
while time.perf_counter() - begin < limit or len(times) < 5:
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    times.append((time.perf_counter() - start) / STEPS * 1e6)
print(json.dumps({'value': statistics.median(times), 'best': min(times), 'note': f'PyTorch {torch.__version__} {"torch.compile and fused Adam" if compiled else way}, {threads} threads'}))
