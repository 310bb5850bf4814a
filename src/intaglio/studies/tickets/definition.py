"""`TicketDefinition`: a question about lottery tickets; `LotteryStudy`: what is run then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition, Request, merged
from intaglio.studies.levels import Findings
from intaglio.studies.materials import Materials, gather_materials
from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.telling import Telling
from intaglio.studies.tickets.lottery import LotterySpec, steps
from intaglio.studies.tickets.published import Published
from intaglio.studies.tickets.scales import SCALES
from intaglio.studies.tickets.summary import tell_findings, tell_question
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import RECIPES
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.spec import Spec


class LotteryStudy(Study):
    """All that is run in one folder."""

    digested_as: ClassVar[str] = "Study"

    lotteries: dict[str, LotterySpec]
    """By the label that reports show."""

    def parts(self) -> Mapping[str, list[Spec]]:
        """The steps of each lottery."""
        return {label: steps(lottery) for label, lottery in self.lotteries.items()}


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
            named = materials.of(network)
            for label, fields in self.variants(network).items():
                given = merged({**named, **SCALES[scale](network), **fields}, changes)
                lotteries[label] = LotterySpec.parse(given, where=f"{self.name}, {label}")
        return LotteryStudy(name=self.name, scale=scale, lotteries=lotteries)

    def asked(self, request: Request) -> tuple[LotteryStudy, Sources]:
        """What to run, from folders of contents and styles and the networks to begin with."""
        materials, sources, settings = gather_materials(request, self.networks)
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
