"""The test bed of structured pruning: scikit-learn's digits, 8 x 8, and a network of three convolutions."""

from collections.abc import Callable

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

BATCH = 64


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures to learn from and to be tested on, (N, 1, 8, 8), and their labels."""
    found = load_digits()
    pictures = (found.data.reshape(-1, 1, 8, 8) / 16).astype("float32")
    split = train_test_split(pictures, found.target, test_size=0.3, stratify=found.target, random_state=0)
    learn, test, labels, expected = (torch.from_numpy(one) for one in split)
    return learn, test, labels.long(), expected.long()


def network(seed: int) -> nn.Sequential:
    """15,338 parameters; the second and third convolution, "2" and "5", are to be pruned."""
    torch.manual_seed(seed)
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128, 10)),
    )


def train(
    made: nn.Module,
    data: tuple[Tensor, ...],
    steps: int,
    *,
    rate: float,
    seed: int,
    decay: float = 5e-4,
    stairs: bool = False,
    after: Callable[[int, torch.optim.Optimizer], bool] = lambda step, optimizer: False,
) -> int:
    """Train until `after` says that it is enough; the steps that were done."""
    learn, _, labels, _ = data
    optimizer = torch.optim.SGD(made.parameters(), lr=rate, momentum=0.9, weight_decay=decay)
    generator = torch.Generator().manual_seed(seed)
    for step in range(1, steps + 1):
        if stairs and step in (round(0.6 * steps), round(0.85 * steps)):
            optimizer.param_groups[0]["lr"] *= 0.1
        chosen = torch.randint(len(learn), (BATCH,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(made(learn[chosen]), labels[chosen]).backward()
        optimizer.step()
        if after(step, optimizer):
            return step
    return steps


@torch.no_grad()
def accuracy(made: nn.Module, data: tuple[Tensor, ...]) -> float:
    """Percent of the test pictures."""
    _, test, _, expected = data
    return float((made(test).argmax(1) == expected).double().mean() * 100)
