"""`Spread`: a value over a few seeds. Of three, no interval says more than the lowest and the highest."""

from collections.abc import Iterable
from statistics import fmean
from typing import Self

from intaglio.vocabulary.spec import Spec


class Spread(Spec):
    """A value over seeds."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Of values, at least one."""
        found = list(values)
        return cls(mean=fmean(found), low=min(found), high=max(found))

    def told(self, form: str) -> str:
        """The mean with the lowest and the highest, unless these are the same: "81.2 [80.9, 81.6]"."""
        ends = f" [{self.low:{form}}, {self.high:{form}}]" if self.low < self.high else ""
        return f"{self.mean:{form}}{ends}"
