"""Cascades as graphs: two halves of each stage, and a network of a single stage as a whole.

What a transfer knows of the whole content and of the style goes into the decoder's half: where all it needs are means and
variances, those, so that AdaIN's own equation is part of the graph; else the map that was solved from covariances, which takes
an eigenvalue decomposition and float64.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from intaglio.exporting.graphs.graph import Graph, Port, cells, noises, picture
from intaglio.models.card import ModelCard
from intaglio.models.style.affine import Affine
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Cascade, Stage

_STATISTICS = {
    "content_mean": "mean of each channel of the features over the whole content",
    "content_variance": "unbiased variance of each channel over the whole content",
    "style_mean": "mean of each channel of the style's features",
    "style_variance": "unbiased variance of each channel of the style's features",
}
_MAP = {
    "weight": "matrix of the map of features that the transfer is solved to",
    "bias": "what that map adds to each channel",
}


def cascade_graphs(network: Cascade, card: ModelCard) -> list[Graph]:
    """The graphs of a cascade, in evaluation."""
    stages = network.cascade()
    contents, styles = noises(card), noises(card, 1)
    graphs: list[Graph] = []
    for number, stage in enumerate(stages, 1):
        prefix = f"stage{number}-" if len(stages) > 1 else ""
        told = _told(stage, contents, styles)
        graphs += _halves(stage, prefix, picture(card, contents, stage.config.scale), told)
    if len(stages) == 1:
        title = "picture, or a piece of one, to the stylized one"
        module, takes = _StagePart(stages[0], encodes=True), (picture(card, contents), *told)
        graphs.append(Graph(name="whole", title=title, module=module, takes=takes, gives=("stylized",)))
    return graphs


class _StagePart(nn.Module):
    """A stage from its features on, or from the picture on if it `encodes`."""

    def __init__(self, stage: Stage, *, encodes: bool) -> None:
        super().__init__()
        self.stage, self.encodes = stage, encodes

    def forward(self, *tensors: Tensor) -> Tensor:
        taken, *known = tensors
        features = self.stage.encoder(taken) if self.encodes else taken
        picture: Tensor = self.stage.decoder(_solved(self.stage, known)(features))
        return picture


class _Told(Moments):
    """Moments of which mean and variance are told."""

    def __init__(self, mean: Tensor, variance: Tensor) -> None:
        super().__init__(len(mean), full=False)
        self._mean, self._variance = mean, variance

    @property
    def mean(self) -> Tensor:
        return self._mean

    @property
    def variance(self) -> Tensor:
        return self._variance


def _solved(stage: Stage, known: list[Tensor]) -> Affine:
    if stage.transfer.full_covariance:
        return Affine(*known)
    return stage.transfer.solve(_Told(*known[:2]), _Told(*known[2:]))


@torch.inference_mode()
def _halves(stage: Stage, prefix: str, picture: Port, told: list[Port]) -> list[Graph]:
    """Encoder and decoder of a stage."""
    cut = stage.config.cut
    traced, tried = (stage.encoder(value) for value in (picture.traced, picture.tried))
    features = Port(name="features", meaning=f"those of {cut}", traced=traced, tried=tried, free=cells(""))
    encoder = Graph(
        name=f"{prefix}encoder",
        title=f"picture to features of {cut}",
        module=stage.encoder,
        takes=(picture,),
        gives=("features",),
    )
    decoder = Graph(
        name=f"{prefix}decoder",
        title="features to the stylized picture",
        module=_StagePart(stage, encodes=False),
        takes=(features, *told),
        gives=("stylized",),
    )
    return [encoder, decoder]


@torch.inference_mode()
def _told(stage: Stage, contents: Sequence[Tensor], styles: Sequence[Tensor]) -> list[Port]:
    """What the transfer is told, with values that it has for these contents and styles."""
    full, found = stage.transfer.full_covariance, []
    for content, style in zip(contents, styles, strict=True):
        of_content, of_style = stage.moments(), stage.moments()
        of_content.add(stage.encoder(content))
        of_style.add(stage.encoder(style))
        if full:
            affine = stage.transfer.solve(of_content, of_style)
            found.append([affine.weight, affine.bias])
        else:
            found.append([of_content.mean, of_content.variance, of_style.mean, of_style.variance])
    meanings = _MAP if full else _STATISTICS
    return [
        Port(name=name, meaning=meaning, traced=traced.float(), tried=tried.float())
        for (name, meaning), traced, tried in zip(meanings.items(), *found, strict=True)
    ]
