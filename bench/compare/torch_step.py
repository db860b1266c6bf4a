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


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(65, 128)
        self.positions = nn.Parameter(0.02 * torch.randn(64, 128))
        blocks = [nn.TransformerEncoderLayer(128, 4, 512, 0.0, 'gelu', batch_first=True, norm_first=True) for _ in range(2)]
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Linear(128, 65)
        self.register_buffer('mask', nn.Transformer.generate_square_subsequent_mask(64))

    def forward(self, x):
        y = self.tokens(x) + self.positions
        for block in self.blocks:
            y = block(y, src_mask=self.mask, is_causal=True)
        return self.head(y)


# The network, a batch of examples and the loss.
def subject(workload):
    if workload == 'cnn':
        first = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
        model = nn.Sequential(*first, nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10))
        return model, torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,)), nn.functional.cross_entropy
    if workload == 'gpt':
        x, y = torch.randint(0, 65, (16, 64)), torch.randint(0, 65, (16, 64))
        return GPT(), x, y, lambda logits, y: nn.functional.cross_entropy(logits.reshape(-1, 65), y.reshape(-1))
    sizes, rows, loss_of = WORKLOADS[workload]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    x = torch.randn(rows, sizes[0])
    y = torch.randn(rows, 1) if workload == 'mpg' else torch.randint(0, sizes[-1], (rows,))
    return nn.Sequential(*layers[:-1]), x, y, loss_of


workload, threads, limit, way = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
compiled = way == 'compile'
torch.set_num_threads(threads)
torch.manual_seed(0)
model, x, y, loss_of = subject(workload)
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
