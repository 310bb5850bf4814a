"""The adversarial losses; a new one is its file and its line here."""

from intaglio.objectives.adversarial.hinge import Hinge
from intaglio.objectives.adversarial.least_squares import LeastSquares
from intaglio.objectives.adversarial.loss import AdversarialLoss
from intaglio.objectives.adversarial.non_saturating import NonSaturating
from intaglio.objectives.adversarial.wasserstein import Wasserstein
from intaglio.vocabulary.catalog import Catalog

ADVERSARIAL_LOSSES: Catalog[AdversarialLoss] = Catalog(
    "adversarial loss", [(loss.name, loss) for loss in (Hinge(), NonSaturating(), LeastSquares(), Wasserstein())]
)
