"""`Definition`: a question as studies of networks, at the scale that there is time for; `Study`: what is run then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field

from intaglio.data.crop import Crop
from intaglio.studies.lottery import LotterySpec, steps
from intaglio.studies.published import Claim, Published
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import RECIPES
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.spec import Spec


class Study(Spec):
    """All that is run in one folder."""

    name: str
    """Of the definition."""
    scale: str
    lotteries: dict[str, LotterySpec]
    """By the label that reports show."""

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        """What is asked in a folder.

        Raises:
            JournalError: it is no study's, damaged, or of a newer format.
            SpecError: what is asked is not known to this version.

        """
        return cls.parse(workspace.description(), where=str(workspace.folder))

    def steps(self) -> list[Spec]:
        """Of all lotteries, those that they share once for each of them, behind those that they need."""
        return [step for lottery in self.lotteries.values() for step in steps(lottery)]


class Materials(Spec):
    """What a study is made of, by digest."""

    encoder: str
    start: dict[str, str] = Field(default_factory=dict)
    """By the name of the network; those that are not there begin fresh, and so do all at the scale of the paper."""
    loss_network: str
    data: dict[str, str]
    test: dict[str, str]
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Of networks that take more than their papers say, by the name of the network."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A question."""

    name: str
    title: str
    """One line for lists."""
    source: str
    """What of which paper it is."""
    networks: tuple[str, ...]
    """That are studied where nobody says which."""
    variants: Callable[[str], Mapping[str, Mapping[str, Any]]]
    """Name of a network -> by label, the fields of `LotterySpec` that make the question."""
    published: tuple[Published, ...] = ()
    """What the paper found."""
    claims: tuple[Claim, ...] = ()
    """What it says, to be checked."""

    def study(self, materials: Materials, scale: str, networks: tuple[str, ...] = (), **changes: Any) -> Study:
        """What to run.

        Args:
            materials: what it is made of.
            scale: a name in `SCALES`.
            networks: those of the definition if left out.
            changes: further fields of every `LotterySpec`; of crop and training those that are given.

        Raises:
            SpecError: a field that there is not, or a value that does not fit.
            UnknownNameError: a scale or a network that is not known.

        """
        lotteries: dict[str, LotterySpec] = {}
        for network in networks or self.networks:
            RECIPES[network]  # raises for one that is not known
            named = {"network": network, **materials.model_dump(exclude={"settings", "start"})}
            named["settings"], named["start"] = materials.settings.get(network, {}), materials.start.get(network, "")
            for label, fields in self.variants(network).items():
                given = _merged({**named, **SCALES[scale](network), **fields}, changes)
                lotteries[label] = LotterySpec.parse(given, where=f"{self.name}, {label}")
        return Study(name=self.name, scale=scale, lotteries=lotteries)


def _merged(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with others in their place; of descriptions in them the fields that are given."""
    merged = dict(fields)
    for name, value in changes.items():
        before = merged.get(name)
        if isinstance(before, Spec):
            before = before.model_dump()
        merged[name] = {**before, **value} if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return merged


def _tiny(network: str) -> Mapping[str, Any]:
    training = {"steps": 6, "batch_size": 2, "learning_rate": 1e-4}
    crop = Crop(size=64, resize="shorter", to=72)
    return {"crop": crop, "training": training, "seeds": (0,), "rounds": 2, "batches": 2, "floor": 0.001}


def _small(network: str) -> Mapping[str, Any]:
    training = {
        "steps": 400,
        "batch_size": 2,
        "learning_rate": 3e-4,
        "schedule": "cosine",
        "warmup": 10,
        "precision": "bfloat16",
    }
    crop = Crop(size=128, resize="shorter", to=144)
    # Encoders of a sixteenth have weights a third as large as their decoders have; ranked together by magnitude they go first.
    pruning = {"pruner": "lamp", "rounds": 12, "floor": 0.001}
    return {"crop": crop, "training": training, "seeds": (0, 1, 2), "batches": 32, **pruning}


def _paper(network: str) -> Mapping[str, Any]:
    recipe = RECIPES[network]
    # 40 contents x 100 styles.
    batches = 4000 // recipe.training.batch_size
    schedule = {"crop": recipe.crop, "training": recipe.training, "seeds": (0, 1, 2), "rounds": 12, "batches": batches}
    return {**schedule, "start": ""}


SCALES: Catalog[Callable[[str], Mapping[str, Any]]] = Catalog("scale", [("tiny", _tiny), ("small", _small), ("paper", _paper)])
"""Name of a network -> the fields of `LotterySpec` that say how much is done: seconds; two cores for hours; the paper's."""
