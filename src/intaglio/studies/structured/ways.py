"""How fast each method pushes: the settings of the papers, or the same curves in fewer steps.

With ranks that stay, the weakest of G groups goes after as many updates as the rule says, and the last after 0.5 + 1.25 ln G
times as many, whatever the ratio (simulated for 32 to 4,608 groups). Phases of penalties are longer by a fifth. Those of SPP
are twice as long: it ranks by the norms of the moment, and where these change much between updates the last groups take turns,
and none goes. In short phases it therefore ranks by norms that remember earlier ones, as the authors' code of 2018 does, and
all methods train at a lower rate.

Where the data do not push back, a group that is doomed shrinks by exp(-(rate / (1 - momentum)) * sum of its factors). Penalties
end where that exponent is `_EXPONENT` for the weakest; for those that take longer it is more. Beside Adam they are steps of
their own, without momentum.

Penalties of fixed strength shrink norms and scales by rate / (1 - momentum) * strength in a step: in short phases by `_SHRUNK`
in all, which on scikit-learn's digits tells groups apart beside SGD. Adam's steps are short beside that, and so less is asked.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from intaglio.pruning.rules import SPP
from intaglio.studies.structured.plan import Way
from intaglio.training.spec import TrainingSpec

_SPARE = 1.2
TURNS = 2.0
"""How many times as many updates SPP usually has as where ranks stay."""
_MEMORY = {"memory": 0.9}
_EXPONENT = 10.0
_SHRUNK = {"sgd": 3.0, "adam": 0.5}
# How many times lower than in the training before the rate of short phases is, unless told otherwise.
_LOWER = 5
# Updates of SPP until the weakest group is gone.
_WEAKEST = 1 / SPP().largest
# GReg pushes every fifth step.
_GREG = 5


def papers_ways(training: TrainingSpec, groups: int) -> Mapping[str, Way]:
    """The settings of the papers and their codes, in as many steps as they take.

    SPP pushes every 180 steps. IncReg's increment is the weight decay of its phase, half of that before, at a twentieth of the
    rate; its ceiling is 10,000 times that. GReg pushes by 1e-4 to 1; GReg-2 tells groups apart by 1e-5 to 1e-2 first. Group
    lasso and network slimming train under their penalty for as many epochs as each paper likes; here as long as GReg-1 pushes.

    Args:
        training: of the network before.
        groups: of its largest layer.

    """
    gentle = {"learning_rate": training.learning_rate / 20, "weight_decay": training.weight_decay / 2}
    increment = gentle["weight_decay"]
    multiple = _multiple(groups)
    increg = {"largest": increment, "ceiling": 10_000 * increment}
    steady = _way(training, _whole(_SPARE * 10_000 * _GREG))
    return {
        "spp": _way(training, _whole(TURNS * 180 * _WEAKEST * multiple), interval=180),
        "increg": _way(training, _whole(_SPARE * 10_000 * multiple), changes=gentle, rule=increg),
        "greg-1": _way(training, _whole(_SPARE * 10_000 * _GREG), interval=_GREG, changes=gentle),
        "greg-2": _way(training, _whole(_SPARE * 11_000 * _GREG), interval=_GREG, changes=gentle),
        "l1": _way(training, 1),
        "lasso": steady,
        "slimming": steady,
    }


def short_ways(
    training: TrainingSpec, groups: int, steps: int, *, turns: float = TURNS, lower: float = _LOWER
) -> Mapping[str, Way]:
    """The same in so many steps, at a lower rate than that of the training before.

    Increments and ceilings of penalties are larger for that, and SPP remembers norms; GReg-2 tells groups apart in a quarter of
    the steps.

    Args:
        training: of the network before.
        groups: of its largest layer.
        steps: of the phase; where they are not enough for SPP at an update in each, the rest is cut.
        turns: how many times as many updates SPP has as where ranks stay.
        lower: how many times lower the rate is.

    """
    training = training.model_copy(update={"learning_rate": training.learning_rate / lower})
    multiple = _multiple(groups)
    weakest = steps / (_SPARE * multiple)
    ceiling = _ceiling(training, weakest)
    push = steps / _SPARE
    even, last = _ceiling(training, push), _ceiling(training, 0.75 * push)
    pick = last / 20
    greg = {"step": _round(even * _GREG / push), "ceiling": _round(even)}
    slower = {
        "step": _round(last * _GREG / (0.75 * push)),
        "ceiling": _round(last),
        "pick": _round(pick),
        "pick_step": _round(pick * _GREG / (0.25 * push)),
    }
    gentle = {"weight_decay": training.weight_decay / 2}
    increg = {"largest": _round(ceiling / weakest), "ceiling": _round(ceiling)}
    steady = _way(training, steps, rule={"strength": _round(_SHRUNK[training.optimizer] / (_length(training) * steps))})
    return {
        "spp": _way(training, steps, interval=max(1, int(steps / (turns * _WEAKEST * multiple))), rule=_MEMORY),
        "increg": _way(training, steps, changes=gentle, rule=increg),
        "greg-1": _way(training, steps, interval=_GREG, changes=gentle, rule=greg),
        "greg-2": _way(training, steps, interval=_GREG, changes=gentle, rule=slower),
        "l1": _way(training, 1),
        "lasso": steady,
        "slimming": steady,
    }


def _way(
    training: TrainingSpec,
    steps: int,
    *,
    interval: int = 1,
    rule: Mapping[str, float] = MappingProxyType({}),
    changes: Mapping[str, float] = MappingProxyType({}),
) -> Way:
    constant = training.model_copy(update={"steps": steps, "schedule": "constant", **changes})
    return Way(interval=interval, rule=dict(rule), training=constant)


def _multiple(groups: int) -> float:
    """How many times as long the last of so many groups takes as the weakest."""
    return 0.5 + 1.25 * math.log(groups)


def _ceiling(training: TrainingSpec, steps: float) -> float:
    """Where a factor ends that rises evenly over so many steps, so that the exponent is reached."""
    return 2 * _EXPONENT / (_length(training) * steps)


def _length(training: TrainingSpec) -> float:
    """How far a gradient of 1, or a penalty beside Adam, goes in a step in the end."""
    return training.learning_rate / (1 - (training.momentum if training.optimizer == "sgd" else 0))


def _round(value: float) -> float:
    """To three digits, so that a description does not hang on the last bit of a logarithm."""
    return float(f"{value:.3g}")


def _whole(steps: float) -> int:
    """Rounded up to thousands."""
    return math.ceil(steps / 1000) * 1000
