"""`Tally`: statistics gathered one row of tiles at a time, and added up in the order of the rows.

So their bits do not depend on who gathered which row, or when.
"""

from collections.abc import Mapping

from torch import Tensor

from intaglio.models.style.moments import Moments


class Tally:
    """The statistics of a program while it runs.

    Args:
        moments: the program's, by name; those that it gathers and those that are complete.

    """

    def __init__(self, moments: Mapping[str, Moments]) -> None:
        self._moments = moments
        self._totals = {name: _like(one) for name, one in moments.items()}

    def put_back(self, tensors: Mapping[str, Tensor]) -> None:
        """Become what `state` gave."""
        for name, total in self._totals.items():
            if state := _within(tensors, name):
                total.restore(state)

    def hand_over(self) -> None:
        """Give the program all that is known; what it is given is not counted twice."""
        for name, total in self._totals.items():
            self._moments[name].restore(total.state())

    def row(self) -> dict[str, Tensor]:
        """What the program has gathered since this was called last, or since `empty`."""
        state = {
            f"{name}.{part}": value.clone()
            for name, one in self._moments.items()
            if one.count
            for part, value in one.state().items()
        }
        self.empty()
        return state

    def empty(self) -> None:
        """Let the program begin a row with nothing."""
        for one in self._moments.values():
            one.clear()

    def add(self, row: Mapping[str, Tensor]) -> None:
        """Count in what `row` gave, the rows in their order."""
        for name, total in self._totals.items():
            if state := _within(row, name):
                total.merge(_like(total).restore(state))

    def state(self) -> dict[str, Tensor]:
        """All that is known, to be kept."""
        return {f"{name}.{part}": value for name, one in self._totals.items() for part, value in one.state().items()}


def _like(moments: Moments) -> Moments:
    return Moments(moments.channels, full=moments.full, device=moments.sum.device)


def _within(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
