"""The kinds of networks that can be trained and taught; a new one is its file and its line here."""

from typing import Any

from intaglio.training.method import Method, NetworkMethod
from intaglio.training.methods import adaattn, adain, lst, manet, mccnet, sanet, wct
from intaglio.vocabulary.catalog import Catalog

METHODS: Catalog[Method[Any]] = Catalog("training method", [(method.name, method) for method in (adain.METHOD, wct.METHOD)])
"""Taught stage by stage."""

NETWORK_METHODS: Catalog[NetworkMethod[Any]] = Catalog(
    "training method",
    [(method.name, method) for method in (sanet.METHOD, lst.METHOD, manet.METHOD, adaattn.METHOD, mccnet.METHOD)],
)
"""Trained as one piece."""
