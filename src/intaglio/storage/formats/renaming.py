"""From the keys of others to ours: chains of convolutions are measured, then renamed."""

from collections.abc import Iterable, Mapping, Sequence

from torch import Tensor

from intaglio.vocabulary.errors import WeightsError


def chain_widths(state: Mapping[str, Tensor], layers: Sequence[str], *, inputs: int, where: str) -> tuple[int, ...]:
    """Output channels of 3x3 convolutions that feed each other.

    Args:
        state: tensors by key.
        layers: names of the convolutions, in the order in which they run; `name.weight` and `name.bias` are their keys.
        inputs: channels the first one takes.
        where: how messages call the file.

    Raises:
        WeightsError: a convolution missing, not 3x3, or not fitting the one before it.

    """
    widths: list[int] = []
    for layer in layers:
        weight, bias = _pick(state, f"{layer}.weight", where), _pick(state, f"{layer}.bias", where)
        expected = (weight.shape[0], widths[-1] if widths else inputs, 3, 3)
        if tuple(weight.shape) != expected or tuple(bias.shape) != expected[:1]:
            raise WeightsError(
                f"{where}: {layer} has a weight of shape {tuple(weight.shape)} and a bias of shape {tuple(bias.shape)}, but "
                f"{expected} and {expected[:1]} follow from the layer before it; it is a file of another network"
            )
        widths.append(weight.shape[0])
    return tuple(widths)


def rename(
    state: Mapping[str, Tensor], layers: Mapping[str, str], *, where: str, prefix: str, spare: Iterable[str] = ()
) -> dict[str, Tensor]:
    """The weights and biases of `layers` under their new names.

    Args:
        state: tensors by key.
        layers: layer names there to layer names here.
        where: how messages call the file.
        prefix: put before every new name.
        spare: layers that may be there and are dropped.

    Raises:
        WeightsError: a layer missing, or one that stands in neither list.

    """
    known = {f"{layer}.{part}" for layer in (*layers, *spare) for part in ("weight", "bias")}
    unknown = [key for key in state if key not in known]
    if unknown:
        raise WeightsError(f"{where} has unexpected tensors ({', '.join(unknown[:3])}); it is a file of another network")
    return {
        f"{prefix}{ours}.{part}": _pick(state, f"{theirs}.{part}", where)
        for theirs, ours in layers.items()
        for part in ("weight", "bias")
    }


def _pick(state: Mapping[str, Tensor], key: str, where: str) -> Tensor:
    if key not in state:
        raise WeightsError(f"{where} has no tensor {key!r}; it is a file of another network, or incomplete")
    tensor = state[key]
    if tensor.dim() == 0:
        raise WeightsError(f"{where}: tensor {key!r} is a single number; it is a file of another network")
    return tensor
