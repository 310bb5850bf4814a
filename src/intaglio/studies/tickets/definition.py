"""`TicketDefinition`: a question about lottery tickets; `LotteryStudy`: what is run then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from intaglio.data.folder import PictureFolder
from intaglio.samples import BY_KIND
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition, Request, merged
from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.telling import Telling
from intaglio.studies.tickets.findings import Findings
from intaglio.studies.tickets.lottery import LotterySpec, steps
from intaglio.studies.tickets.published import Published
from intaglio.studies.tickets.scales import SCALES
from intaglio.studies.tickets.summary import tell_findings, tell_question
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import RECIPES
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.spec import Spec

_ENCODER, _LOSS_NETWORK, _START = "--encoder", "--loss-network", "--start"
_USUAL = {_ENCODER: "wct-16x", _LOSS_NETWORK: "loss-network"}
_DATA = {"content": "--content", "style": "--style"}
_TEST = {"content": "--test-content", "style": "--test-style"}


class LotteryStudy(Study):
    """All that is run in one folder."""

    digested_as: ClassVar[str] = "Study"

    lotteries: dict[str, LotterySpec]
    """By the label that reports show."""

    def parts(self) -> Mapping[str, list[Spec]]:
        """The steps of each lottery."""
        return {label: steps(lottery) for label, lottery in self.lotteries.items()}


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
class TicketDefinition(Definition):
    """A question about lottery tickets."""

    variants: Callable[[str], Mapping[str, Mapping[str, Any]]]
    """Name of a network -> by label, the fields of `LotterySpec` that make the question."""
    published: tuple[Published, ...] = ()
    """What the paper found."""
    claims: tuple[Claim[Findings], ...] = ()
    """What it says, to be checked."""

    def study(self, materials: Materials, scale: str, networks: tuple[str, ...] = (), **changes: Any) -> LotteryStudy:
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
                given = merged({**named, **SCALES[scale](network), **fields}, changes)
                lotteries[label] = LotterySpec.parse(given, where=f"{self.name}, {label}")
        return LotteryStudy(name=self.name, scale=scale, lotteries=lotteries)

    def asked(self, request: Request) -> tuple[LotteryStudy, Sources]:
        """What to run, from folders of contents and styles and the networks to begin with."""
        request.check(
            needs=(*_DATA.values(), *_TEST.values()),
            hint="name folders of pictures to learn from, and others to be judged on",
            may=(_ENCODER, _LOSS_NETWORK, _START),
        )
        start = request.begin.get(_START)
        kinds = [kind for kind in request.networks or self.networks if kind in BY_KIND]
        begin = {kind: str(BY_KIND[kind]) for kind in kinds} if start is None else {}
        found = {role: where for role, where in {**_USUAL, **request.begin, **begin}.items() if where}
        digests = {role: from_pretrained(where).digest() for role, where in found.items()}
        pictures = {option: PictureFolder.scan(list(paths)).digest() for option, paths in request.folders.items() if paths}
        materials = Materials(
            encoder=digests[_ENCODER],
            start={kind: digests[kind] for kind in begin},
            loss_network=digests[_LOSS_NETWORK],
            data={stream: pictures[option] for stream, option in _DATA.items()},
            test={stream: pictures[option] for stream, option in _TEST.items()},
        )
        places = {role: str(Path(where).resolve()) if Path(where).exists() else where for role, where in found.items()}
        sources = Sources(
            {digest: places[role] for role, digest in digests.items()},
            {digest: tuple(str(path.resolve()) for path in request.folders[option]) for option, digest in pictures.items()},
        )
        settings = request.settings if start is None else {"start": digests.get(_START, ""), **request.settings}
        return self.study(materials, request.scale, request.networks, **settings), sources

    def read(self, content: Any, where: str) -> LotteryStudy:
        """What was asked."""
        return LotteryStudy.parse(content, where=where)

    def told(self) -> Telling:
        """The arms, and what the paper says."""
        arms = {label: fields["arms"] for name in self.networks for label, fields in self.variants(name).items()}
        return tell_question(self, arms, self.published, self.claims)

    def found(self, study: Study, workspace: Workspace) -> Telling:
        """The errors of each arm."""
        assert isinstance(study, LotteryStudy)
        return tell_findings(study.lotteries, workspace)

    def report(self, study: Study, workspace: Workspace, out: Path, *, listener: Listener = ignore) -> tuple[str, ...]:
        """Page, plots, tables, pictures, and the tickets that won."""
        from intaglio.studies.tickets.reporting.write import write_report

        assert isinstance(study, LotteryStudy)
        return write_report(study, self, workspace, out, listener=listener).notes
