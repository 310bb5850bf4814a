"""`Study`: what is run in one folder. Each family of studies has a kind of its own, with the descriptions of its parts."""

from collections.abc import Mapping

from intaglio.vocabulary.spec import Spec


class Study(Spec):
    """All that is run in one folder."""

    name: str
    """Of the definition."""
    scale: str

    def parts(self) -> Mapping[str, list[Spec]]:
        """The steps of each part, by the label that reports show; each step behind those that it needs."""
        raise NotImplementedError

    def steps(self) -> list[Spec]:
        """Of all parts, those that they share once for each of them."""
        return [step for steps in self.parts().values() for step in steps]
