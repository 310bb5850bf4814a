"""`GanLottery`: a study of tickets in one GAN, and the arms that it may have.

Departures from Chen et al., GANs Can Play Lottery Tickets Too, ICLR 2021, and its code:
- The code draws random masks in one shot for each sparsity; here each is part of the one before.
- There every arm of the discriminator's start makes masks of its own; here all take those of imp-g, so that the start alone
  differs.
- There the best of 16 evaluations counts. Here the last one does, and the best is told beside it.
- Channel tickets: see `exporting/channel_ticket.py` and `pruning/channel_scales.py`.
"""

import json
from typing import Any

from pydantic import Field, field_validator, model_validator

from intaglio.metrics.catalog import SET_METRICS
from intaglio.pruning.catalog import PRUNERS
from intaglio.studies.gans.games import PRESETS
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.spec import Spec

ARMS: Catalog[str] = Catalog(
    "arm",
    [
        ("imp-g", "generators are pruned by magnitude, a fifth of what is left in each round, and begin again with theta_0"),
        ("imp-gd", "discriminators are pruned too"),
        ("imp-gd-kd", "discriminators are pruned too, and held to the dense one that was trained"),
        ("random", "a random fifth of what is left of generators goes in each round"),
        ("random-ticket", "the masks of imp-g, on another theta_0 of all networks"),
        ("one-shot", "generators are masked by one cut of the trained dense ones"),
        ("fine-tuned", "as imp-g, but the game goes on from the weights that were cut"),
        ("erk", "generators are masked at random layer by layer (Erdos-Renyi-Kernel), and half of discriminators so"),
        ("other-discriminator", "the masks of imp-g; discriminators begin with other fresh weights"),
        ("trained-discriminator", "the masks of imp-g; discriminators begin with the weights that the dense game ended with"),
        ("transferred", "the masks that imp-g finds on other pictures"),
        ("channels", "generators without the channels that slimming found to matter little, with their theta_0"),
        ("random-channels", "generators without random channels, with their theta_0"),
    ],
)
"""What is compared with the dense game, and what each is; `rewound-P` too."""


class GanLottery(Spec):
    """A study of one preset."""

    preset: str
    """Name in the catalog of GANs or in that of translations."""
    arms: tuple[str, ...]
    """What is compared with the dense game."""
    data: dict[str, str]
    """Digest of the pictures to learn from: "pictures" of GANs, "first" and "second" of translations."""
    elsewhere: dict[str, str] = Field(default_factory=dict)
    """The same, of the pictures that masks are found on which are transferred."""
    given: dict[str, str] = Field(default_factory=dict)
    """By generator that translates, digest of the pictures that it is judged on."""
    settings: dict[str, Any]
    """Of the preset's description, with `training`; the seed is the trial's."""
    side: int = Field(ge=1)
    """Of the pictures, pixels."""
    seeds: tuple[int, ...] = (0, 1, 2)
    rounds: int = Field(default=8, ge=1)
    share: float = Field(default=0.2, gt=0, lt=1)
    """Of what is left, that goes in a round."""
    pruner: str = "magnitude"
    """Name in the catalog of pruning methods, of all arms but random ones."""
    features: str
    """Digest of the classifier that sees the pictures."""
    metrics: tuple[str, ...] = ("fid", "kid")
    """The first one decides which tickets match."""
    samples: int = Field(default=10_000, ge=2)
    """That a generator is judged by."""
    looks: int = Field(default=4, ge=1)
    """How often it is judged in its training, the end included."""
    slim: float = Field(default=0.5, gt=0)
    """Strength by which scales of channels are pushed to zero, per unit of the learning rate, to find those that matter."""

    @field_validator("settings", mode="before")
    @classmethod
    def _settings_are_as_written_down(cls, settings: Any) -> Any:
        # Presets have tuples where a file that is read again has lists.
        return json.loads(json.dumps(settings))

    @field_validator("preset")
    @classmethod
    def _preset_is_known(cls, preset: str) -> str:
        PRESETS[preset]  # raises for one that is not known
        return preset

    @field_validator("pruner")
    @classmethod
    def _pruner_is_known(cls, pruner: str) -> str:
        return PRUNERS[pruner].name

    @field_validator("metrics")
    @classmethod
    def _first_metric_is_a_distance(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        if not metrics or SET_METRICS[metrics[0]].better != "lower":
            raise ValueError("the first metric is a distance, such as fid; it decides which tickets match")
        return metrics

    @field_validator("arms")
    @classmethod
    def _arms_are_known(cls, arms: tuple[str, ...]) -> tuple[str, ...]:
        for arm in arms:
            tell_arm(arm)
        return arms

    @model_validator(mode="after")
    def _masks_come_from_somewhere(self) -> "GanLottery":
        if "transferred" in self.arms and not self.elsewhere:
            raise ValueError("masks are transferred from other pictures; give `elsewhere`, what they are found on")
        return self

    @property
    def length(self) -> int:
        """Training steps of a game."""
        steps: int = self.settings["training"]["steps"]
        return steps

    def sparsity(self, number: int) -> float:
        """After a round, `1 - (1 - share)^number`."""
        return 1 - (1 - self.share) ** number


def rewound(arm: str) -> float:
    """The share of training that an arm goes back to; 0 for other arms."""
    kind, _, percent = arm.rpartition("-")
    return int(percent) / 100 if kind == "rewound" and percent.isdigit() and 0 < int(percent) < 100 else 0.0


def tell_arm(arm: str) -> str:
    """What an arm is.

    Raises:
        UnknownNameError: no arm of that name.

    """
    share = rewound(arm)
    if share:
        return f"as imp-g, back to the weights of all networks after {share:.0%} of the dense game, for the rest of it"
    return ARMS[arm]
