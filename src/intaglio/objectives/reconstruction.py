"""Reconstruction: a decoder learns to give the picture back from an encoder's features.

Wang et al., Collaborative Distillation for Ultra-Resolution Universal Style Transfer, CVPR 2020, eq. 1 (after Li et al. 2017):
`L_r = |I_r - I_o|^2 + lambda_p sum_i |F_r^(i) - F_o^(i)|^2` with F^(i) the features at relu_i_1, up to the encoder's cut.

Departures:
- Norms are means over all elements, as in the paper's code.
- The perceptual terms may be taken relative to the mean square of the original's features, so that layers of a compressed loss
  network, whose features are of very different size, weigh alike.
"""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from intaglio.models.style.gram import lifted_distance, lifted_gram
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.statistics import wide
from intaglio.models.style.vgg_codec import Encoder


class ReconstructionLoss(nn.Module):
    """The terms of eq. 1 between a picture and what became of it.

    Args:
        loss_network: whose features are compared.
        layers: where, up to five of relu1_1 .. relu5_1.
        relative: divide each perceptual term by the mean square of the original's features.

    """

    def __init__(self, loss_network: LossNetwork, layers: tuple[str, ...], *, relative: bool = False) -> None:
        super().__init__()
        loss_network.require(layers)
        self.loss_network, self.layers, self.relative = loss_network, layers, relative

    def forward(self, made: Tensor, original: Tensor) -> dict[str, Tensor]:
        """Terms "pixel" and "perceptual.relu<i>_1".

        Args:
            made: (N, 3, H, W), of the size of the original or, where pools dropped rows, smaller at the bottom right.
            original: (N, 3, H, W) in [0, 1].

        """
        original = original[..., : made.shape[-2], : made.shape[-1]]
        terms = {"pixel": F.mse_loss(wide(made), original)}
        with torch.no_grad():
            wanted = self.loss_network.bare(original, self.layers)
        for layer, found in self.loss_network.bare(made, self.layers).items():
            head = self.loss_network.head(layer)
            term = lifted_distance(found, wanted[layer], head)
            terms[f"perceptual.{layer}"] = term / _square(wanted[layer], head) if self.relative else term
        return terms


def _square(features: Tensor, head: nn.Conv2d | None) -> Tensor:
    """Mean square of lifted features."""
    return (
        wide(features).square().mean() if head is None else lifted_gram(features, head).diagonal(dim1=1, dim2=2).sum(1).mean()
    )


class Reconstruction(nn.Module):
    """The objective of a decoder that inverts a frozen encoder.

    Batches hold "picture".

    Args:
        encoder: frozen.
        decoder: trained; it mirrors the encoder.
        loss: the terms.
        perceptual: lambda_p.
        joint: train the encoder as well.

    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: nn.Module,
        loss: ReconstructionLoss,
        *,
        perceptual: float = 1.0,
        joint: bool = False,
    ) -> None:
        super().__init__()
        encoder.learn_(joint)
        self.encoder, self.decoder, self.loss = encoder, decoder, loss
        self.trained = nn.ModuleDict({"encoder": encoder, "decoder": decoder} if joint else {"decoder": decoder})
        self.weights = {f"perceptual.{layer}": perceptual for layer in loss.layers}

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms of eq. 1."""
        picture = batch["picture"]
        terms: dict[str, Tensor] = self.loss(self.decoder(self.encoder(picture)), picture)
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """Pictures, and what the decoder makes of their features."""
        picture = batch["picture"]
        return [picture, self.decoder(self.encoder(picture))]


class ReconstructionCollaboration(nn.Module):
    """`L_collab` of collaborative distillation for WCT: the terms of eq. 1, through a decoder that stays as it is."""

    def __init__(self, decoder: nn.Module, loss: ReconstructionLoss) -> None:
        super().__init__()
        self.decoder, self.loss = decoder.eval().requires_grad_(False), loss

    def forward(self, batch: Mapping[str, Tensor], encode: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
        """The terms with `encode` in the place of the teacher's encoder."""
        picture = batch["picture"]
        terms: dict[str, Tensor] = self.loss(self.decoder(encode(picture)), picture)
        return terms

    def show(self, batch: Mapping[str, Tensor], encode: Callable[[Tensor], Tensor]) -> list[Tensor]:
        """Pictures, and what the decoder makes of their features."""
        return [batch["picture"], self.decoder(encode(batch["picture"]))]
