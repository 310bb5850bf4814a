"""Linear embedding: maps that lift the student's features to the teacher's channels.

Wang et al. 2020, section 3.2 and eq. 5: `L_embed = |F - Q F'|^2` with Q a 1x1 convolution without a non-linearity; the Gram
matrix of `Q F'` keeps the eigenvalues of that of `F'`, so the description of a style survives.

Departures:
- Norms are means over all elements, relative to the spread of the teacher's features, so that layers whose features differ in
  size weigh alike.
- Beside training by gradients, the best Q for given features is solved for (`fit_heads_`): least squares over all positions.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from intaglio.models.style.statistics import wide
from intaglio.models.style.vgg_codec import Encoder

# Share of the mean variance added to the covariance of least squares: channels that never fire would leave it singular.
_RIDGE = 1e-6


def heads(student: Encoder, channels: Mapping[str, int]) -> nn.ModuleDict:
    """Fresh maps from the student's channels to `channels`, by layer; where the numbers agree they start as the identity."""
    return nn.ModuleDict({layer: _head(student.config.width_of(layer), wanted) for layer, wanted in channels.items()})


def _head(inputs: int, outputs: int) -> nn.Conv2d:
    head = nn.Conv2d(inputs, outputs, 1)
    if inputs == outputs:
        nn.init.dirac_(head.weight)
    assert head.bias is not None
    nn.init.zeros_(head.bias)
    return head


def embedding_loss(lifted: Tensor, teacher: Tensor) -> Tensor:
    """`|F - Q F'|^2` as a share of the spread of F about its channels' means; both (N, C, H, W)."""
    wanted = wide(teacher)
    spread = (wanted - wanted.mean((0, 2, 3), keepdim=True)).square().mean()
    return (wide(lifted) - wanted).square().mean() / spread.clamp_min(torch.finfo(torch.float32).tiny)


@torch.no_grad()
def fit_heads_(heads: nn.ModuleDict, pairs: Iterable[Mapping[str, tuple[Tensor, Tensor]]]) -> None:
    """Set each head to the least-squares map from the student's features to the wanted ones, in float64.

    Args:
        heads: 1x1 convolutions by layer.
        pairs: for each batch, by layer, features of the student (N, C', H, W) and wanted ones (N, C, H, W).

    """
    sums: dict[str, tuple[Tensor, Tensor]] = {}
    for batch in pairs:
        for layer, (ours, theirs) in batch.items():
            inputs, outputs = _with_one(_rows(ours)), _rows(theirs)
            square, product = sums.get(layer, (0.0, 0.0))
            sums[layer] = (square + inputs.T @ inputs, product + inputs.T @ outputs)
    for layer, (square, product) in sums.items():
        ridge = _RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=torch.float64)
        solution = torch.linalg.solve(square + ridge, product)
        head = heads[layer]
        assert isinstance(head, nn.Conv2d)
        assert head.bias is not None
        head.weight.copy_(solution[:-1].T[..., None, None])
        head.bias.copy_(solution[-1])


def _rows(features: Tensor) -> Tensor:
    return features.permute(0, 2, 3, 1).flatten(0, 2).double()


def _with_one(rows: Tensor) -> Tensor:
    return torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)
