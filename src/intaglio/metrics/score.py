"""`Score`: a number about generated pictures that carries the protocol it was found under."""

from intaglio.vocabulary.spec import Spec


class SetProtocol(Spec):
    """Everything that decides a score beside the generated pictures; scores under different protocols are not comparable."""

    metric: str
    """Name in the catalog."""
    settings: str = ""
    """Numbers of the metric's own, in words."""
    real_count: int
    """Real pictures."""
    fake_count: int
    """Generated ones."""
    real: str
    """Digest of the real pictures."""
    network: str
    """Name of the feature network."""
    network_digest: str
    """Of its weights."""
    dimensions: int
    """Of its features."""
    resize: str
    """How pictures came to the size it takes."""
    seed: int
    """Of what the metric draws."""


class Score(Spec):
    """A value, and what it means."""

    name: str
    """What to call it: of another feature network than that of the literature it is never plain "FID"."""
    value: float
    spread: float | None = None
    """Standard deviation over subsets or splits; None where the metric has none."""
    note: str = ""
    """What has to be known to read the value."""
    fake: str
    """Digest of the generated pictures."""
    protocol: SetProtocol

    def line(self) -> str:
        """Value and protocol in one line."""
        said = self.protocol
        spread = "" if self.spread is None else f" ± {self.spread:.2g}"
        facts = [
            f"{said.real_count:,} real {said.real}",
            f"{said.fake_count:,} generated {self.fake}",
            f"{said.network} {said.network_digest} in {said.dimensions:,} dimensions",
            said.resize,
            *([said.settings] if said.settings else []),
            f"seed {said.seed}",
            *([self.note] if self.note else []),
        ]
        return f"{self.name} {self.value:.5g}{spread} ({'; '.join(facts)})"
