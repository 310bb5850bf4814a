"""What several styles should give, computed over whole pictures without the engine."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from intaglio.models.style.network import Cascade, StyleNetwork
from intaglio.models.style.stepped import SteppedNetwork, Whole
from intaglio.models.style.steps import FeatureMap, Local


def mixed(network: StyleNetwork, content: Tensor, styles: Sequence[Tensor], shares: Sequence[float], strength: float) -> Tensor:
    """Each style's transfer applied, what comes of them averaged by their shares."""
    if isinstance(network, Cascade):
        return _mixed_cascade(network, content, styles, shares, strength)
    assert isinstance(network, SteppedNetwork)

    def average(made: Sequence[Tensor], _: int) -> Tensor:
        return torch.stack([share * one for share, one in zip(shares, made, strict=True)]).sum(0)

    return _stepped(network, content, styles, average, strength)


def in_regions(network: StyleNetwork, content: Tensor, styles: Sequence[Tensor], labels: Tensor, strength: float) -> Tensor:
    """Each region with its own style; cells take the label of the pixel at their center."""
    if isinstance(network, Cascade):
        return _cascade_in_regions(network, content, styles, labels, strength)
    assert isinstance(network, SteppedNetwork)

    def choose(made: Sequence[Tensor], grid: int) -> Tensor:
        cells = labels[grid // 2 :: grid, grid // 2 :: grid]
        return torch.stack([one * (cells == label) for label, one in enumerate(made)]).sum(0)

    return _stepped(network, content, styles, choose, strength)


def _stepped(
    network: SteppedNetwork,
    content: Tensor,
    styles: Sequence[Tensor],
    together: Callable[[Sequence[Tensor], int], Tensor],
    strength: float,
) -> Tensor:
    maps: dict[FeatureMap, Tensor] = network.maps(content)
    knowns = [Whole(maps, network.maps(style)) for style in styles]
    features = torch.empty(0)
    for step in network.steps():
        for index, part in enumerate(step.parts):
            if isinstance(part, nn.Sequential):
                features = part(features)
                continue
            assert isinstance(part, Local)
            read = [*([features] if index else []), *(maps[one] for one in part.reads)]
            made = [part.prepare(known)(read) for known in knowns]
            features = together(made, part.grid) if part.styled else made[0]
        maps[step.result] = features
    return torch.lerp(content, features, strength)


def _mixed_cascade(
    network: Cascade, content: Tensor, styles: Sequence[Tensor], shares: Sequence[float], strength: float
) -> Tensor:
    """Each style's transfer applied, the features averaged and blended, stage by stage."""
    for stage in network.cascade():
        features = stage.encoder(content)
        of_content = stage.moments()
        of_content.add(features)
        transferred = torch.zeros_like(features)
        for share, style in zip(shares, styles, strict=True):
            of_style = stage.moments()
            of_style.add(stage.encoder(style))
            transferred += share * stage.transfer.solve(of_content, of_style)(features)
        content = stage.decoder(strength * transferred + (1 - strength) * features)
    return content


def _cascade_in_regions(network: Cascade, content: Tensor, styles: Sequence[Tensor], labels: Tensor, strength: float) -> Tensor:
    """Each region's features transferred by their own statistics to its style; cells take the label of their center."""
    for stage in network.cascade():
        scale = stage.config.scale
        features, cells = stage.encoder(content), labels[scale // 2 :: scale, scale // 2 :: scale]
        result = torch.empty_like(features)
        for label, style in enumerate(styles):
            here = cells == label
            of_content, of_style = stage.moments(), stage.moments()
            of_content.add(features[0][:, here].T)
            of_style.add(stage.encoder(style))
            transferred = stage.transfer.solve(of_content, of_style).blended(strength)(features)
            result[0][:, here] = transferred[0][:, here]
        content = stage.decoder(result)
    return content
