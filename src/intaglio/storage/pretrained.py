"""`Pretrained`: a network together with what is needed to build it again and to know where it came from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from safetensors.torch import save
from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.storage.ticket import Ticket
from intaglio.vocabulary.errors import WeightsError
from intaglio.vocabulary.spec import Spec

# Keys named in one message: enough to see the pattern, few enough for one line.
_NAMED = 3


class Source(Spec):
    """Where weights came from; every field may be unknown."""

    format: str = ""
    """Name of the import format; empty for networks made here."""
    repository: str = ""
    """Where the weights are published."""
    license: str = ""
    """SPDX name of the license of the weights; empty where none is stated."""
    files: tuple[tuple[str, str], ...] = ()
    """Name and SHA-256 of each file read."""
    parents: tuple[tuple[str, str], ...] = ()
    """Role ("teacher", "encoder", "loss network") and digest of each network this one was made from."""
    commands: tuple[str, ...] = ()
    """What to run to make the weights again."""
    notes: tuple[str, ...] = ()
    """What a user of the weights should know, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """A network, its card, the configuration it was built from and where its weights came from."""

    card: ModelCard
    config: Spec
    """An instance of `card.config`."""
    network: nn.Module
    """What `card.build(config)` returns, with its weights."""
    source: Source = field(default_factory=Source)
    ticket: Ticket | None = None
    """The mask of its pruned weights, which are zero; None for a dense network."""

    def weights(self, dtype: torch.dtype | None = None) -> bytes:
        """The content of `model.safetensors`, of another type if given; the same weights give the same bytes."""
        return save({key: tensor.detach().cpu().to(dtype).contiguous() for key, tensor in self.network.state_dict().items()})

    def digest(self) -> str:
        """16 hex digits that stand for model, configuration and weights; not for the source."""
        weights = hashlib.sha256(self.weights()).hexdigest()
        return hashlib.sha256(f"{self.card.name}:{self.config.digest()}:{weights}".encode()).hexdigest()[:16]


def assemble(card: ModelCard, config: Spec, tensors: Mapping[str, Tensor], *, source: Source, where: str) -> Pretrained:
    """Build the network of `config` and give it `tensors`, in evaluation mode on the CPU.

    Args:
        card: the model's.
        config: an instance of `card.config`.
        tensors: the network's whole state, by key; taken over, not copied, if they are float32.
        source: recorded.
        where: how messages call the place the tensors came from.

    Raises:
        WeightsError: keys missing, left over or of another shape; values that are not finite or not floating point.

    """
    # Fresh weights are drawn at random; reading a file must not move the caller's generator.
    with torch.random.fork_rng(devices=()):
        network = card.build(config)
    expected = network.state_dict()
    _refuse(where, "lacks", [key for key in expected if key not in tensors])
    _refuse(where, "has unexpected", [key for key in tensors if key not in expected])
    wrong = [
        f"{key} of shape {tuple(tensors[key].shape)} instead of {tuple(wanted.shape)}"
        for key, wanted in expected.items()
        if tensors[key].shape != wanted.shape
    ]
    _refuse(where, "has", wrong)
    _refuse(where, "has values that are not floating point in", [k for k in expected if not tensors[k].is_floating_point()])
    _refuse(where, "has NaN or infinite values in", [key for key in expected if not bool(tensors[key].isfinite().all())])
    # What is stored in 16 bits is computed with in 32.
    network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()}, assign=True)
    return Pretrained(card=card, config=config, network=network.eval(), source=source)


def _refuse(where: str, complaint: str, found: list[str]) -> None:
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise WeightsError(f"{where} {complaint} {', '.join(found[:_NAMED])}{more}; it is not a network of this configuration")
