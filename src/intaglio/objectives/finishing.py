"""`Finishing`: what the stages behind the one that is trained make of its pictures, where gradients flow."""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from intaglio.models.style.network import Stage
from intaglio.models.style.recoloring import recolored
from intaglio.models.style.wct import WhiteningColoring


class Finishing(nn.Module):
    """Stages of whitening and coloring, on batches with a style for each picture.

    Args:
        stages: in the order in which they run; none leave pictures as they are.
        learn: let them learn, all but the color convolutions of their encoders.

    """

    def __init__(self, stages: Sequence[Stage], *, learn: bool = False) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        for stage in stages:
            stage.encoder.learn_(learn)
            stage.decoder.requires_grad_(learn)

    def forward(self, pictures: Tensor, styles: Tensor) -> Tensor:
        """Pictures (N, 3, H, W) in [0, 1] with the statistics of the styles (N, 3, h, w)."""
        for module in self.stages:
            stage = cast(Stage, module)
            transfer = cast(WhiteningColoring, stage.transfer)
            features = recolored(stage.encoder(pictures), stage.encoder(styles), transfer.eigenvalue_cut)
            pictures = stage.decoder(features)
        return pictures
