"""`Trace`: how the pushes of a network's groups went over time, small enough to be part of a checkpoint.

A few hundred moments of a phase are kept, evenly spaced, and of a layer a few hundred groups, evenly chosen: in float32 that is
at most 400 KiB a layer, however large the network.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

MOST_RECORDS, MOST_GROUPS = 200, 512


class Trace:
    """The pushes of each layer, noted while a phase goes on.

    Args:
        groups: how many each layer has, by its name.
        steps: of the whole phase.

    """

    def __init__(self, groups: Mapping[str, int], steps: int) -> None:
        records = min(MOST_RECORDS, steps)
        self.steps = [steps * number // records for number in range(1, records + 1)]
        """After which is noted, from 1; the last step is one of them."""
        self.groups = {name: _spread(count) for name, count in groups.items()}
        """Which groups of each layer are kept."""
        self.pushes = {name: torch.zeros(records, len(chosen)) for name, chosen in self.groups.items()}
        """By layer (records, groups), float32; zero where the phase has not come yet."""
        self._rows = {step: row for row, step in enumerate(self.steps)}

    def note(self, step: int, pushes: Mapping[str, Tensor]) -> None:
        """Keep the pushes of all groups, (groups,) by layer, if it is time."""
        row = self._rows.get(step)
        if row is not None:
            for name, chosen in self.groups.items():
                self.pushes[name][row] = pushes[name][chosen].float()

    def state(self) -> dict[str, Tensor]:
        """What was noted so far."""
        return {f"{name}.trace": pushes for name, pushes in self.pushes.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state, of the same layers and the same phase."""
        self.pushes = {name: state[f"{name}.trace"].clone() for name in self.pushes}


def _spread(count: int) -> Tensor:
    """Indices of at most so many groups as are kept, evenly from the first."""
    kept = min(count, MOST_GROUPS)
    return torch.arange(kept) * count // kept
