"""Stepped networks as graphs: the encoder, every step, and the network as a whole.

What a step's local functions ask of the whole content and of the style are inputs of its graph. Which ones is found by letting
them ask, and by telling them what is no number: where they use it, what they give is no number either. Features of the style go
in as they are, so that keys and values are made of them again in each run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from intaglio.exporting.graphs.graph import Graph, Port, cells, noises, picture
from intaglio.models.card import ModelCard
from intaglio.models.style.stepped import SteppedNetwork, Whole, done
from intaglio.models.style.steps import FeatureMap, Known, Step

Question = tuple[str, FeatureMap]
"""What a local function asks (a key of `_MEANINGS`), and of which features."""
_MEANINGS = {
    "mean": "mean of each channel of {} over the whole content",
    "deviation": "root of the unbiased variance + 1e-5 of each channel of {} over the whole content",
    "second_moment": "mean of f f^T over all positions of the content, f = {}",
    "whole": "{} of the whole content",
    "style": "{} of the style",
}
_EVERYWHERE = ("whole", "style")


def stepped_graphs(network: SteppedNetwork, card: ModelCard) -> list[Graph]:
    """The graphs of a stepped network, in evaluation."""
    contents = noises(card)
    # Styles of other sizes than the contents.
    traced, tried = (_watched(network, *pair) for pair in zip(contents, reversed(noises(card, 1)), strict=True))
    runs = _Runs(network, traced, tried, picture(card, contents))
    steps = network.steps()
    middle = [runs.graph(step.name, f"features to {step.name}", [step], encodes=False, gives=step.name) for step in steps[:-1]]
    last = runs.graph("decoder", "features to the stylized picture", [steps[-1]], encodes=False, gives="stylized")
    needed = [step for step in steps if step.kept or step is steps[-1]]
    title = "picture, or a piece of one, to the stylized one"
    return [runs.encoder(), *middle, last, runs.graph("whole", title, needed, encodes=True, gives="stylized")]


@dataclass(frozen=True)
class _Watched:
    """A run over one content and one style."""

    content: Mapping[FeatureMap, Tensor]
    """Features of the encoder, and those that steps gave."""
    asked: Mapping[str, Mapping[Question, Tensor]]
    """What each step, by name, asked and used, and what it was told."""


@torch.inference_mode()
def _watched(network: SteppedNetwork, content: Tensor, style: Tensor) -> _Watched:
    known = Whole(network.maps(content), network.maps(style))
    asked = {}
    for step in network.steps():
        asking = _Asking(known)
        known.content[step.result] = done(step, known.content, asking)
        asked[step.name] = {
            question: answer
            for question, answer in asking.told.items()
            if done(step, known.content, _Told({**asking.told, question: torch.full_like(answer, torch.nan)})).isnan().any()
        }
    return _Watched(known.content, asked)


class _Asking:
    """`Known` that remembers what it was asked."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.told: dict[Question, Tensor] = {}

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        self.told["mean", of], self.told["deviation", of] = found = self._known.spread(of)
        return found

    def second(self, of: FeatureMap) -> Tensor:
        return self.told.setdefault(("second_moment", of), self._known.second(of))

    def whole(self, of: FeatureMap) -> Tensor:
        return self.told.setdefault(("whole", of), self._known.whole(of))

    def style(self, of: FeatureMap) -> Tensor:
        return self.told.setdefault(("style", of), self._known.style(of))


class _Told:
    """`Known` that answers from what it was given; nothing where that is not used."""

    def __init__(self, told: Mapping[Question, Tensor]) -> None:
        self._told = told

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        nothing = torch.empty(0)
        return self._told.get(("mean", of), nothing), self._told.get(("deviation", of), nothing)

    def second(self, of: FeatureMap) -> Tensor:
        return self._told["second_moment", of]

    def whole(self, of: FeatureMap) -> Tensor:
        return self._told["whole", of]

    def style(self, of: FeatureMap) -> Tensor:
        return self._told["style", of]


class _Encoding(nn.Module):
    """A picture to all that steps read."""

    def __init__(self, network: SteppedNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        maps = self.network.maps(picture)
        return tuple(maps[one] for one in self.network.reads())


class _Steps(nn.Module):
    """Some steps, from features on, or from the picture on if it reads none."""

    def __init__(
        self, network: SteppedNetwork, steps: Sequence[str], reads: Sequence[FeatureMap], questions: Sequence[Question]
    ) -> None:
        super().__init__()
        self.network, self._steps, self._reads, self._questions = network, steps, reads, questions

    def forward(self, *tensors: Tensor) -> Tensor:
        count = len(self._reads) or 1
        content = dict(zip(self._reads, tensors, strict=False)) if self._reads else self.network.maps(tensors[0])
        known = _Told(dict(zip(self._questions, tensors[count:], strict=True)))
        features = tensors[0]
        for step in self.network.steps():
            if step.name in self._steps:
                content[step.result] = features = done(step, content, known)
        return features


@dataclass(frozen=True)
class _Runs:
    """Makes graphs of what two runs, over pictures of different sizes, have seen."""

    network: SteppedNetwork
    traced: _Watched
    tried: _Watched
    picture: Port

    def encoder(self) -> Graph:
        """The encoder's."""
        return Graph(
            name="encoder",
            title="picture to features",
            module=_Encoding(self.network),
            takes=(self.picture,),
            gives=tuple(_name(one) for one in self.network.reads()),
        )

    def graph(self, name: str, title: str, steps: Sequence[Step], *, encodes: bool, gives: str) -> Graph:
        """That of some steps."""
        reads = [] if encodes else list(dict.fromkeys(one for step in steps for part in step.locals() for one in part.reads))
        questions = list(dict.fromkeys(one for step in steps for one in self.traced.asked[step.name]))
        coarsest = max((one.grid for one in reads), default=1)
        return Graph(
            name=name,
            title=title,
            module=_Steps(self.network, [step.name for step in steps], reads, questions),
            takes=(
                *((self.picture,) if encodes else ()),
                *(self._features(one, coarsest) for one in reads),
                *(self._told(one, steps) for one in questions),
            ),
            gives=(gives,),
        )

    def _features(self, one: FeatureMap, coarsest: int) -> Port:
        meaning = f"features of {_name(one)}"
        traced, tried = self.traced.content[one], self.tried.content[one]
        return Port(name=_name(one), meaning=meaning, traced=traced, tried=tried, free=cells("", coarsest // one.grid))

    def _told(self, question: Question, steps: Sequence[Step]) -> Port:
        kind, of = question
        # A piece of a content meets the whole of it: both have sides of their own.
        runs = (self.tried, self.traced) if kind == "whole" else (self.traced, self.tried)
        traced, tried = (
            next(run.asked[step.name][question] for step in steps if question in run.asked[step.name]) for run in runs
        )
        name = f"{_name(of)}_{kind}"
        free = cells(name) if kind in _EVERYWHERE else {}
        return Port(name=name, meaning=_MEANINGS[kind].format(_name(of)), traced=traced, tried=tried, free=free)


def _name(of: FeatureMap) -> str:
    """Of features as a tensor of a graph: their layer's, or step's; with the grid where that is coarser than the layer."""
    layers = {f"relu{depth}_1": 2 ** (depth - 1) for depth in range(1, 6)}
    return of.name if layers.get(of.name, of.grid) == of.grid else f"{of.name}_every_{of.grid}_px"
