"""`CompressionDefinition`: a question about smaller style networks; `CompressionStudy`: what is run then."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intaglio.studies.claims import Claim
from intaglio.studies.compression.findings import CompressionFindings
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.published import Votes
from intaglio.studies.compression.scales import SCALES
from intaglio.studies.compression.summary import tell_findings, tell_question
from intaglio.studies.compression.trials import DISTILLED, steps
from intaglio.studies.definition import Definition, Request, merged
from intaglio.studies.materials import Materials, gather_materials
from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.telling import Telling
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import RECIPES
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.spec import Spec


class CompressionStudy(Study):
    """All that is run in one folder."""

    plans: dict[str, CompressionPlan]
    """By the label that reports show."""

    def parts(self) -> Mapping[str, list[Spec]]:
        """The steps of each plan."""
        return {label: steps(plan) for label, plan in self.plans.items()}


@dataclass(frozen=True, kw_only=True)
class CompressionDefinition(Definition):
    """A question about smaller style networks."""

    methods: tuple[str, ...]
    """Of structured pruning, names in its catalog."""
    speedups: tuple[float, ...]
    """Of the convolutions."""
    published: tuple[Votes, ...]
    """What a paper found."""
    claims: tuple[Claim[CompressionFindings], ...] = ()
    """What is to be checked."""

    def study(self, materials: Materials, scale: str, networks: tuple[str, ...] = (), **changes: Any) -> CompressionStudy:
        """What to run.

        Args:
            materials: what it is made of.
            scale: a name in `SCALES`.
            networks: those of the definition if left out.
            changes: further fields of every `CompressionPlan`; of descriptions in it those that are given.

        Raises:
            SpecError: a field that there is not, or a value that does not fit.
            UnknownNameError: a scale or a network that is not known.

        """
        plans: dict[str, CompressionPlan] = {}
        for network in networks or self.networks:
            RECIPES[network]  # raises for one that is not known
            compared = {"methods": self.methods, "speedups": self.speedups}
            fields = merged({**materials.of(network), **compared, **SCALES[scale](network)}, changes)
            plans[network] = CompressionPlan.parse(fields, where=f"{self.name}, {network}")
        return CompressionStudy(name=self.name, scale=scale, plans=plans)

    def asked(self, request: Request) -> tuple[CompressionStudy, Sources]:
        """What to run, from folders of contents and styles and the networks to begin with."""
        materials, sources, settings = gather_materials(request, self.networks)
        return self.study(materials, request.scale, request.networks, **settings), sources

    def read(self, content: Any, where: str) -> CompressionStudy:
        """What was asked."""
        return CompressionStudy.parse(content, where=where)

    def told(self) -> Telling:
        """Methods and speedups, and what papers say."""
        question = {"networks": self.networks, "arms": (*self.methods, DISTILLED), "speedups": self.speedups}
        return tell_question(self, question, self.published, self.claims)

    def found(self, study: Study, workspace: Workspace) -> Telling:
        """The errors of each arm."""
        assert isinstance(study, CompressionStudy)
        return tell_findings(study.plans, workspace)

    def report(self, study: Study, workspace: Workspace, out: Path, *, listener: Listener = ignore) -> tuple[str, ...]:
        """Page, plots, tables and pictures."""
        from intaglio.studies.compression.reporting.write import write_report

        assert isinstance(study, CompressionStudy)
        return write_report(study, self, workspace, out, listener=listener).notes
