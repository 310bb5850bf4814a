"""A decoder of one convolution is solved for: the least-squares inverse of relu1_1, where gradient descent would take long.

Features of neighboring pixels are nearly the same, so the problem is badly conditioned: Adam is at a mean squared error of 7e-4
after 600 steps, the solution at a few 1e-5.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from intaglio.models.style.vgg_codec import CodecConfig, Decoder, Encoder

# Share of the mean variance added to the diagonal: channels that never fire would leave the equations singular.
_RIDGE = 1e-9


@torch.no_grad()
def solved_decoder(encoder: Encoder, config: CodecConfig, pictures: Iterable[Tensor]) -> Decoder:
    """The decoder whose pictures are nearest to those encoded, before its last ReLU.

    Args:
        encoder: to relu1_1.
        config: of the decoder, with the one width of the encoder.
        pictures: batches (N, 3, H, W) in [0, 1] to fit it on.

    """
    decoder = Decoder(config)
    (layer,) = (layer for layer in decoder.modules() if isinstance(layer, nn.Conv2d))
    inputs = 9 * config.channels + 1
    square, product = torch.zeros(inputs, inputs, dtype=torch.float64), torch.zeros(inputs, 3, dtype=torch.float64)
    for batch in pictures:
        rows = _patches(encoder(batch))
        wanted = batch.flatten(2).transpose(1, 2).reshape(-1, 3).double()
        square, product = square + rows.T @ rows, product + rows.T @ wanted
    ridge = _RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=square.dtype)
    solution = torch.linalg.solve(square + ridge, product)
    assert layer.bias is not None
    layer.weight.copy_(solution[:-1].T.reshape(layer.weight.shape))
    layer.bias.copy_(solution[-1])
    return decoder


def _patches(features: Tensor) -> Tensor:
    """3x3 neighborhoods of each position and a one, (positions, 9 C + 1), float64."""
    unfolded = F.unfold(F.pad(features, (1, 1, 1, 1), mode="reflect"), 3)
    rows = unfolded.transpose(1, 2).reshape(-1, unfolded.shape[1]).double()
    return torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)
