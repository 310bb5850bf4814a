"""The kinds of networks that can be trained and taught; a new one is its file and its line here."""

from typing import Any

from intaglio.training.method import Method
from intaglio.training.methods import adain, wct
from intaglio.vocabulary.catalog import Catalog

METHODS: Catalog[Method[Any]] = Catalog("training method", [(method.name, method) for method in (adain.METHOD, wct.METHOD)])
