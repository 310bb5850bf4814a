"""Feature networks from disk: a classifier of ours, or the Inception of the literature from a file that the user has."""

from pathlib import Path

import torch
from torch import Tensor, nn

from intaglio.metrics.feature_network import FeatureNetwork
from intaglio.metrics.set_features import Seen
from intaglio.models.classify.classifier import Classifier
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.inception import read_inception
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import OptionError

_CPU = torch.device("cpu")


def read_feature_network(path: str | Path, device: torch.device = _CPU) -> FeatureNetwork:
    """The feature network of a path.

    Args:
        path: a folder, the artifact of a classifier; or a file, the weights of the Inception of 2015.
        device: where it sees.

    Raises:
        InputError: neither of these, damaged, or of another kind.

    """
    if Path(path).is_file():
        return read_inception(Path(path), device)
    return classifier_features(from_pretrained(path), device)


def classifier_features(pretrained: Pretrained, device: torch.device = _CPU) -> FeatureNetwork:
    """A stand-in for the network of the literature: what a classifier hands to its last layer, and its scores.

    Raises:
        OptionError: it is no classifier.

    """
    network = pretrained.network
    if not isinstance(network, Classifier):
        raise OptionError(
            f"{pretrained.card.name} is no classifier; features come from one, such as `intaglio train convnet` makes, or from "
            "a file with the weights of Inception"
        )
    network.to(device).eval()
    last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
    side = network.config.side

    @torch.inference_mode()
    def see(pictures: Tensor) -> Seen:
        handed: list[Tensor] = []
        with last.register_forward_pre_hook(lambda _, inputs: handed.append(inputs[0])):
            scores = network(pictures.to(device).float().div_(255))
        return handed[0], scores

    return FeatureNetwork(
        name=pretrained.card.name,
        digest=pretrained.digest(),
        resize=f"squares of {side} px, the shorter side by Lanczos and the middle kept",
        side=side,
        see=see,
    )
