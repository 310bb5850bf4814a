"""`PruningDefinition`: a question about structured pruning; `PruningStudy`: what is run then."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intaglio.data.class_folders import read_labelled
from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition, Request, merged
from intaglio.studies.sources import Sources
from intaglio.studies.structured.findings import PruningFindings
from intaglio.studies.structured.plan import Moment, PruningPlan
from intaglio.studies.structured.published import Loss
from intaglio.studies.structured.scales import SCALES
from intaglio.studies.structured.summary import tell_findings, tell_question
from intaglio.studies.structured.trials import arm_of, steps
from intaglio.studies.study import Study
from intaglio.studies.telling import Telling
from intaglio.studies.workspace import Workspace
from intaglio.training.classifier import CLASSIFIERS, side_of
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.spec import Spec

_DATA, _TARGET = "--data", "--target"


class PruningStudy(Study):
    """All that is run in one folder."""

    plans: dict[str, PruningPlan]
    """By the label that reports show."""

    def parts(self) -> Mapping[str, list[Spec]]:
        """The steps of each plan."""
        return {label: steps(plan) for label, plan in self.plans.items()}


@dataclass(frozen=True, kw_only=True)
class PruningDefinition(Definition):
    """A question about structured pruning."""

    methods: tuple[str, ...]
    """That are compared, names in the catalog of structured pruning methods."""
    speedups: tuple[float, ...]
    """Of the convolutions."""
    moments: tuple[Moment, ...] = ("after",)
    """When networks are pruned."""
    transfers: bool = False
    """Whether networks learn other pictures before."""
    published: tuple[Loss, ...]
    """What papers found."""
    claims: tuple[Claim[PruningFindings], ...] = ()
    """What is to be checked."""

    def study(self, data: Mapping[str, tuple[str, str]], network: str, scale: str, **changes: Any) -> PruningStudy:
        """What to run of one network.

        Args:
            data: by option, the digests of labelled pictures to learn from and of those to be judged on.
            network: a name in the catalog of classifiers.
            scale: a name in `SCALES`.
            changes: further fields of the `PruningPlan`; of descriptions in it those that are given.

        Raises:
            SpecError: a field that there is not, or a value that does not fit.
            UnknownNameError: a scale or a network that is not known.

        """
        usual = CLASSIFIERS[network]
        scaled = dict(SCALES[scale](network))
        training = scaled.pop("training")
        lessons = [{"data": learn, "test": test, "training": training.model_dump()} for learn, test in data.values()]
        fields = {
            **scaled,
            "network": network,
            "methods": self.methods,
            "speedups": self.speedups,
            "moments": self.moments,
            "before": lessons[0] if self.transfers else None,
            "lesson": lessons[-1],
            **{name: usual[name] for name in ("shift", "flip") if name in usual},
        }
        plan = PruningPlan.parse(merged(fields, changes), where=f"{self.name}, {network}")
        return PruningStudy(name=self.name, scale=scale, plans={network: plan})

    def asked(self, request: Request) -> tuple[PruningStudy, Sources]:
        """What to run, from folders of labelled pictures."""
        needed = (_DATA, _TARGET) if self.transfers else (_DATA,)
        request.check(
            needs=needed, hint="name CIFAR-10, or a folder with `train` and `val` and a folder for each class in them"
        )
        plans: dict[str, PruningPlan] = {}
        labelled: dict[str, tuple[str, bool, int]] = {}
        for network in request.networks or self.networks:
            settings = merged({"settings": SCALES[request.scale](network)["settings"]}, request.settings)["settings"]
            side = side_of(network, {"network": settings})
            data = {option: _digests(request.folders[option], side, labelled) for option in needed}
            plans |= self.study(data, network, request.scale, **request.settings).plans
        return PruningStudy(name=self.name, scale=request.scale, plans=plans), Sources(labelled=labelled)

    def read(self, content: Any, where: str) -> PruningStudy:
        """What was asked."""
        return PruningStudy.parse(content, where=where)

    def told(self) -> Telling:
        """Methods and speedups, and what papers say."""
        arms = [arm_of(method, moment) for moment in self.moments for method in self.methods]
        question = {"networks": self.networks, "methods": arms, "speedups": self.speedups}
        return tell_question(self, question, self.published, self.claims)

    def found(self, study: Study, workspace: Workspace) -> Telling:
        """The accuracies of each method."""
        assert isinstance(study, PruningStudy)
        return tell_findings(study.plans, workspace)

    def report(self, study: Study, workspace: Workspace, out: Path, *, listener: Listener = ignore) -> tuple[str, ...]:
        """Page, plots and tables."""
        from intaglio.studies.structured.reporting.write import write_report

        assert isinstance(study, PruningStudy)
        return write_report(study, self, workspace, out).notes


def _digests(folders: tuple[Path, ...], side: int, labelled: dict[str, tuple[str, bool, int]]) -> tuple[str, str]:
    """Of the pictures to learn from and to be judged on; where they lie is noted in `labelled`."""
    if len(folders) != 1:
        raise OptionError("labelled pictures lie in one folder; name one")
    found = {learn: read_labelled(folders[0], learn=learn, side=side) for learn in (True, False)}
    if found[True].classes != found[False].classes:
        raise OptionError(f"{folders[0]}: other classes to learn from than to be tested on; give both the same")
    digests = {learn: one.digest() for learn, one in found.items()}
    labelled |= {digest: (str(folders[0].resolve()), learn, side) for learn, digest in digests.items()}
    return digests[True], digests[False]
