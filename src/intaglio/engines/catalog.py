"""The engines, by name; each is made from an address, or none."""

from collections.abc import Callable

from intaglio.engines.cluster import Cluster
from intaglio.engines.engine import Engine
from intaglio.engines.local import Local
from intaglio.vocabulary.catalog import Catalog

ENGINES: Catalog[Callable[[str | None], Engine]] = Catalog("engine", [("local", Local), ("ray", Cluster)])
