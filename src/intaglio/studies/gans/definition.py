"""`GanDefinition`: a question about tickets in GANs; `GanStudy`: what is run then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intaglio.data.folder import PictureFolder
from intaglio.data.unlabelled import read_to_learn
from intaglio.metrics.catalog import SET_METRICS
from intaglio.objectives.cyclegan import FIRST, SECOND
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition, Request, merged
from intaglio.studies.gans.findings import GanFindings
from intaglio.studies.gans.games import PICTURES, PRESETS, generators
from intaglio.studies.gans.lottery import steps
from intaglio.studies.gans.plan import GanLottery
from intaglio.studies.gans.published import PublishedCurve
from intaglio.studies.gans.scales import SCALES
from intaglio.studies.gans.summary import tell_findings, tell_question
from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.telling import Telling
from intaglio.studies.workspace import Workspace
from intaglio.training.gan.beginning import GENERATOR, Beginning
from intaglio.training.gan.catalog import TRANSLATIONS
from intaglio.training.gan.cycle import REVERSE_GENERATOR
from intaglio.training.gan.train import side_of
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.spec import Spec

_DATA, _TARGET, _FEATURES = "--data", "--target", "--features"
# As collections of unpaired pictures are laid out.
_LEARN, _TEST = {FIRST: "trainA", SECOND: "trainB"}, {GENERATOR: "testA", REVERSE_GENERATOR: "testB"}


class GanStudy(Study):
    """All that is run in one folder."""

    lotteries: dict[str, GanLottery]
    """By the label that reports show."""

    def parts(self) -> Mapping[str, list[Spec]]:
        """The steps of each lottery."""
        return {label: steps(lottery) for label, lottery in self.lotteries.items()}


@dataclass(frozen=True, kw_only=True)
class GanDefinition(Definition):
    """A question about tickets in GANs; `networks` are names of presets."""

    arms: tuple[str, ...]
    transfers: bool = False
    """Whether masks are found on other pictures, too."""
    published: tuple[PublishedCurve, ...] = ()
    """What the paper found."""
    claims: tuple[Claim[GanFindings], ...] = ()
    """What it says, to be checked of each generator."""

    def study(self, materials: Mapping[str, Any], preset: str, scale: str, **changes: Any) -> GanStudy:
        """What to run of one preset.

        Args:
            materials: the fields "data", "given", "elsewhere" and "features" of a `GanLottery`.
            preset: a name in the catalog of GANs or in that of translations.
            scale: a name in `SCALES`.
            changes: further fields of the `GanLottery`; of descriptions in it those that are given.

        Raises:
            SpecError: a field that there is not, or a value that does not fit.
            UnknownNameError: a scale or a preset that is not known.

        """
        fields = merged({**SCALES[scale](preset), "preset": preset, "arms": self.arms, **materials}, changes)
        lottery = GanLottery.parse({**fields, "side": _side(preset, fields["settings"])}, where=f"{self.name}, {preset}")
        return GanStudy(name=self.name, scale=scale, lotteries={preset: lottery})

    def asked(self, request: Request) -> tuple[GanStudy, Sources]:
        """What to run, from folders of pictures and a classifier that sees them."""
        needed = (_DATA, _TARGET) if self.transfers else (_DATA,)
        hint = "name CIFAR-10 or a folder of pictures; of translations, one with `trainA`, `trainB`, `testA` and `testB` in it"
        request.check(needs=needed, hint=hint, may=(_FEATURES,))
        if _FEATURES not in request.begin:
            raise OptionError(f"{_FEATURES} is missing; name a classifier, such as `intaglio train convnet` makes")
        features = from_pretrained(request.begin[_FEATURES]).digest()
        lotteries: dict[str, GanLottery] = {}
        given = _Given()
        for preset in request.networks or self.networks:
            side = _side(preset, merged(SCALES[request.scale](preset), request.settings)["settings"])
            found = [given.learned(request.folders[option], preset, side) for option in needed]
            data, translated = found[-1]
            elsewhere, _ = found[0] if self.transfers else ({}, {})
            materials = {"data": data, "given": translated, "elsewhere": elsewhere, "features": features}
            asked = self.study(materials, preset, request.scale, **request.settings).lotteries
            given.check(asked[preset])
            lotteries |= asked
        sources = Sources({features: request.begin[_FEATURES]}, given.pictures, given.labelled)
        return GanStudy(name=self.name, scale=request.scale, lotteries=lotteries), sources

    def read(self, content: Any, where: str) -> GanStudy:
        """What was asked."""
        return GanStudy.parse(content, where=where)

    def told(self) -> Telling:
        """The arms, and what the paper says."""
        return tell_question(self, self.arms, self.published, self.claims)

    def found(self, study: Study, workspace: Workspace) -> Telling:
        """The scores of each arm."""
        assert isinstance(study, GanStudy)
        return tell_findings(study.lotteries, workspace)

    def report(self, study: Study, workspace: Workspace, out: Path, *, listener: Listener = ignore) -> tuple[str, ...]:
        """Page, plots, tables, pictures over training, and the tickets that won."""
        from intaglio.studies.gans.reporting.write import write_report

        assert isinstance(study, GanStudy)
        return write_report(study, self, workspace, out, listener=listener).notes


def _side(preset: str, settings: Mapping[str, Any]) -> int:
    """Of the pictures, pixels."""
    if preset in TRANSLATIONS:
        side: int = PRESETS[preset].filled(settings)["crop"]["size"]
        return side
    return side_of(preset, settings, Beginning())


@dataclass
class _Given:
    """Pictures that were named: where they lie and how many there are, by their digests."""

    pictures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    labelled: dict[str, tuple[str, bool, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def learned(self, folders: tuple[Path, ...], preset: str, side: int) -> tuple[dict[str, str], dict[str, str]]:
        """Digests of the pictures to learn from and of those to be translated."""
        if len(folders) != 1:
            raise OptionError("the pictures lie in one folder; name one")
        folder = folders[0].resolve()
        if preset not in TRANSLATIONS:
            read = read_to_learn(folder, side)
            digest = read.digest()
            self.labelled[digest], self.counts[digest] = (str(folder), True, side), len(read)
            return {PICTURES: digest}, {}
        places = {name: folder / below for name, below in {**_LEARN, **_TEST}.items()}
        if missing := [place for place in places.values() if not place.is_dir()]:
            raise OptionError(f"{missing[0]}: no such folder; lay pictures out as trainA, trainB, testA and testB")
        found = {name: PictureFolder.scan(place) for name, place in places.items()}
        digests = {name: one.digest() for name, one in found.items()}
        self.pictures |= {digests[name]: (str(place),) for name, place in places.items()}
        self.counts |= {digests[name]: len(one) for name, one in found.items()}
        return {name: digests[name] for name in _LEARN}, {name: digests[name] for name in _TEST}

    def check(self, lottery: GanLottery) -> None:
        """Refuse metrics that ask for more pictures than there are, before anything is trained."""
        for part, kind in generators(lottery.preset).items():
            made = self.counts[lottery.given[part]] if part in lottery.given else lottery.samples
            for name in lottery.metrics:
                SET_METRICS[name].check(self.counts[lottery.data[kind]], made)
