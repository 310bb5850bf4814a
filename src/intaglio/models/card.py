"""`ModelCard`: what the engine, the command line, the docs and the contract tests need to know of a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from torch import nn

from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """The facts of one network, stated beside its code; nobody asks for a network by name in an `if`."""

    name: str
    """Name in the catalog and in `config.json`."""
    title: str
    """One line for lists."""
    paper: str
    """Authors, title, venue, year."""
    family: Literal["style", "encoder", "classifier", "generator", "translator", "discriminator"]
    """`style`: stylizes pictures. `encoder`: features only (loss networks, teachers). `classifier`: scores of classes.
    `generator`: makes pictures of random numbers. `translator`: makes pictures of one kind of those of another.
    `discriminator`: scores how real pictures look, and only trains the last two."""
    config: type[Spec]
    """Type of the configuration; enough to build the network."""
    build: Callable[[Any], nn.Module]
    """Configuration -> network with fresh weights."""
    example: Spec
    """A small configuration for tests and documentation."""
    input_range: tuple[float, float] = (0.0, 1.0)
    """Range of the RGB values the network expects; of a generator, of those that it gives."""
    size_multiple: int
    """The picture is padded to a multiple of this, by reflection at the right and the bottom, and cropped at the end."""
    smallest_side: int
    """Shorter pictures are padded to this side."""
    style_side: int | None = None
    """Where no stroke is asked for, the shorter side that a larger style is brought to; None to take any style as it is."""
    parts: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({"encoder": "*encoder.*", "decoder": "*decoder.*", "transfer": "*"})
    )
    """What it consists of: patterns of the names of its parameters, the first that fits counts."""
    narrowed: Callable[[Any, Mapping[str, int]], Spec] | None = None
    """(configuration, outputs of every layer by name) -> the configuration whose layers have so many, as far as it can say so;
    None where widths are no configuration."""
    settled: Callable[[Any], Spec] | None = None
    """(configuration) -> that of a network which gives the same in evaluation and has no spectral normalization, weights being
    divided once for all; None where no weight is normalized."""
    spared: tuple[str, ...] = ()
    """What pruning of single weights leaves as it is, linear layers for instance: patterns of the names of parameters."""
    fixed: tuple[str, ...] = ()
    """Convolutions that structured pruning leaves as they are, the first one for instance: patterns of their names."""
    free: tuple[str, ...] = ()
    """Convolutions of which single filters can go, patterns of their names: nothing but the next layer reads what they give.
    What is added to something else, attended to or given out is not free."""
    unexportable: str = ""
    """Why it is no graph that other programs could run, after its name in a sentence; empty if it is one."""
    streaming: str
    """How it streams, in words: statistics passes, what they hold, the halo of each stage in pixels."""
