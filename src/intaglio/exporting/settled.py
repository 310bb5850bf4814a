"""`settled`: a network whose spectral normalization was carried out once for all, with the same output in evaluation."""

import copy
from dataclasses import replace

import torch

from intaglio.models.gan.spectral import SpectralNorm
from intaglio.storage.pretrained import Pretrained


def settled(network: Pretrained) -> Pretrained:
    """Divide every weight by its norm; for use, since training would go on without normalization.

    Args:
        network: of any kind; it stays as it is.

    Returns:
        The network without spectral normalization; the same one if it has none.

    """
    # In evaluation, where vectors stay.
    work = copy.deepcopy(network.network).eval()
    normalized = {name: layer for name, layer in work.named_modules() if isinstance(layer, SpectralNorm)}
    if network.card.settled is None or not normalized:
        return network
    config = network.card.settled(network.config)
    with torch.no_grad():
        state = work.state_dict() | {f"{name}.weight": layer.divided() for name, layer in normalized.items()}
    # Fresh weights are drawn, and replaced; the caller's generator is left alone.
    with torch.random.fork_rng(devices=()):
        made = network.card.build(config)
    made.load_state_dict({name: state[name] for name in made.state_dict()})
    return replace(network, config=config, network=made.eval().requires_grad_(False))
