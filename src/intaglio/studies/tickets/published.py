"""`Published`: what a paper found, to be set beside what a study found."""

from intaglio.vocabulary.spec import Spec


class Published(Spec):
    """The numbers of one arm for one network."""

    network: str
    """Name in the catalog of training methods."""
    arm: str
    dense: float
    """Error of the dense network that it is compared with."""
    best: float | None = None
    """Lowest error; None where none is below that of the dense network."""
    best_at: float | None = None
    """Sparsity there."""
    extreme: float | None = None
    """Highest sparsity at which the dense network is matched; 0 if at none."""
    table: str
    """Where it stands."""
