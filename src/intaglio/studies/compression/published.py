"""What a paper says of smaller style networks: `Votes` of people, since losses differ with the loss network."""

from intaglio.vocabulary.spec import Spec


class Votes(Spec):
    """How many people liked the pictures of a network best, of those that they could choose from."""

    network: str
    """Name in the catalog of models."""
    kind: str
    """What the paper compares."""
    best: float
    """Percent of the votes."""
    where: str
    """It stands."""


_WHERE = "Wang et al. 2020, user study: encoders of a sixteenth of VGG-19"

VOTES = (
    Votes(network="adain", kind="large", best=51.1, where=_WHERE),
    Votes(network="adain", kind="filter pruning", best=6.5, where=_WHERE),
    Votes(network="adain", kind="collaborative distillation", best=42.4, where=_WHERE),
    Votes(network="wct", kind="large", best=33.0, where=_WHERE),
    Votes(network="wct", kind="filter pruning", best=24.3, where=_WHERE),
    Votes(network="wct", kind="collaborative distillation", best=42.7, where=_WHERE),
)
"""Of collaborative distillation."""
