"""`Outcomes`: what arms came to at each speedup, in findings of studies that compare them so."""

from typing import Generic, TypeVar

from intaglio.vocabulary.spec import Spec


class AtSpeedup(Spec):
    """An arm at a speedup."""

    arm: str
    asked: float
    """Speedup that was asked for."""


T = TypeVar("T", bound=AtSpeedup)


class Outcomes(Spec, Generic[T]):
    """Those that are known so far."""

    outcomes: tuple[T, ...]

    def arms(self) -> list[str]:
        """Those of which something is done, in the order of the study."""
        return list(dict.fromkeys(one.arm for one in self.outcomes))

    def of(self, arm: str) -> tuple[T, ...]:
        """The outcomes of an arm, by speedup."""
        return tuple(sorted((one for one in self.outcomes if one.arm == arm), key=lambda one: one.asked))

    def at(self, arm: str, speedup: float) -> T | None:
        """The outcome of an arm at a speedup; None if it is not there."""
        return next((one for one in self.outcomes if (one.arm, one.asked) == (arm, speedup)), None)
