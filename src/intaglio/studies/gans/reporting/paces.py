"""How long generators with fewer channels take, beside the dense one."""

from functools import partial

import torch
from torch import nn

from intaglio.metrics.cost import cost_of
from intaglio.models.gan.networks import Generator
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.gans.lottery import DENSE, Trial, trials
from intaglio.studies.gans.places import part_of
from intaglio.studies.gans.plan import GanLottery
from intaglio.studies.gans.steps import Narrow
from intaglio.studies.reporting.paces import Paces, measured
from intaglio.studies.workspace import Workspace

# Pictures of small sides, so that what is timed is not the call.
_AT_ONCE = 16


def paces_of(lottery: GanLottery, part: str, workspace: Workspace) -> Paces | None:
    """Generators of the first seed: the dense one, and all that lost channels; None while there are none.

    Args:
        lottery: of the study.
        part: of the game.
        workspace: of the study.

    """
    done = [one for one in trials(lottery) if one.seed == lottery.seeds[0] and workspace.result(one.score.digest())]
    dense = [one for one in done if one.arm == DENSE]
    narrower = [one for one in done if isinstance(one.cuts.get(part), Narrow)]
    if not dense or not narrower:
        return None

    def network(trial: Trial) -> nn.Module:
        return from_pretrained(part_of(workspace, trial.play.digest(), part)).network

    large = cost_of(network(dense[0])).macs_per_pixel
    timed = [("dense", 1.0, _run_of(network(dense[0]), lottery.side))]
    for trial in narrower:
        made = network(trial)
        speedup = float(large / cost_of(made).macs_per_pixel)
        timed.append((f"{trial.arm}, {trial.sparsity:.1%}", speedup, _run_of(made, lottery.side)))
    return measured(timed, f"{_AT_ONCE} pictures of {lottery.side} x {lottery.side} pixels at once")


def _run_of(network: nn.Module, side: int) -> partial[None]:
    """Pictures of latents, or translated."""
    source = torch.Generator().manual_seed(0)
    if isinstance(network, Generator):
        given = network.example(source, _AT_ONCE)
    else:
        given = (torch.rand(_AT_ONCE, 3, side, side, generator=source),)
    made = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return partial(_run, made, given)


def _run(network: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
    with torch.inference_mode():
        network(*given)
