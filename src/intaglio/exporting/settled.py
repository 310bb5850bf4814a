"""`settled`: a network whose spectral normalization was carried out once for all, with the same output in evaluation."""

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
    divided = {name: layer for name, layer in network.network.named_modules() if isinstance(layer, SpectralNorm)}
    if network.card.settled is None or not divided:
        return network
    config = network.card.settled(network.config)
    state = network.network.state_dict()
    learning = network.network.training
    network.network.eval()
    with torch.no_grad():
        state |= {f"{name}.weight": layer.divided() for name, layer in divided.items()}
    network.network.train(learning)
    # Fresh weights are drawn, and replaced; the caller's generator is left alone.
    with torch.random.fork_rng(devices=()):
        made = network.card.build(config)
    made.load_state_dict({name: state[name] for name in made.state_dict()})
    return replace(network, config=config, network=made.eval())
