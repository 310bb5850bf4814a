"""What CycleGAN's four networks make small: two translators, and two discriminators that know one kind of pictures each.

Zhu, Park, Isola & Efros, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, ICCV 2017, section 3.
The translators move first. Discriminators learn from what these made before they moved, or from older pictures.

Departures: none.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from intaglio.models.gan.networks import Discriminator
from intaglio.models.gan.translator import Translator
from intaglio.objectives.adversarial.cycle import translated
from intaglio.objectives.adversarial.loss import AdversarialLoss
from intaglio.objectives.freezing import frozen
from intaglio.objectives.gan import signed
from intaglio.objectives.replay import ReplayBuffer

FIRST, SECOND = "first", "second"


class TranslatorsTraining(nn.Module):
    """The objective of two translators, on batches of pictures of the `first` and the `second` kind in [0, 1].

    Args:
        to: trained; translates to either kind, "first" and "second".
        judges: a discriminator of either kind; left as they are.
        loss: between the two.
        cycle: weight of the round trips.
        identity: weight of pictures that are of the kind already.

    """

    def __init__(
        self,
        to: Mapping[str, Translator],
        judges: Mapping[str, Discriminator],
        loss: AdversarialLoss,
        *,
        cycle: float,
        identity: float,
    ) -> None:
        super().__init__()
        self.trained, self.judges, self.loss = nn.ModuleDict(to), nn.ModuleDict(judges), loss
        self.weights: dict[str, float] = {
            f"{term}.{kind}": weight for term, weight in (("cycle", cycle), ("identity", identity)) for kind in (FIRST, SECOND)
        }
        self.made: dict[str, Tensor] = {}
        """The pictures of either kind that were made last, in [-1, 1]."""

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        first, second = signed(batch[FIRST]), signed(batch[SECOND])
        found = translated(first, second, self.trained[SECOND], self.trained[FIRST])
        made = {FIRST: found.first, SECOND: found.second}
        with frozen(self.judges):
            terms = {f"adversarial.{kind}": self.loss.generator(self.judges[kind](made[kind])) for kind in made}
        self.made = {kind: pictures.detach() for kind, pictures in made.items()}
        return {**terms, **found.terms}

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """For either kind: the pictures, what they are translated to, and back."""
        columns: list[Tensor] = []
        for kind, other in ((FIRST, SECOND), (SECOND, FIRST)):
            there = cast(Tensor, self.trained[other](signed(batch[kind])))
            columns += [batch[kind], *(made.add(1).div(2) for made in (there, self.trained[kind](there)))]
        return columns


class JudgesTraining(nn.Module):
    """The objective of both discriminators, on the same batches, after the translators' turn.

    Args:
        judges: trained, one of either kind.
        translators: whose pictures they learn from.
        replay: pictures of either kind that were made before.
        loss: as theirs.

    """

    def __init__(
        self,
        judges: Mapping[str, Discriminator],
        translators: TranslatorsTraining,
        replay: Mapping[str, ReplayBuffer],
        loss: AdversarialLoss,
    ) -> None:
        super().__init__()
        self.trained, self.translators, self.loss = nn.ModuleDict(judges), translators, loss
        self.replay = nn.ModuleDict(replay)
        self.weights: dict[str, float] = {}

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        terms = {}
        for kind, made in self.translators.made.items():
            fake = cast(ReplayBuffer, self.replay[kind]).exchanged(made)
            # As one batch: instances are normalized one by one.
            real, old = self.trained[kind](torch.cat([signed(batch[kind]), fake])).split([len(batch[kind]), len(fake)])
            terms[f"adversarial.{kind}"] = self.loss.discriminator(real, old)
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """The pictures."""
        return [batch[FIRST], batch[SECOND]]
