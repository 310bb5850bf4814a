"""The kinds of networks that can be trained and taught; a new one is its file and its line here."""

from typing import Any

from intaglio.training.fresh import by_stages
from intaglio.training.method import Method, NetworkMethod
from intaglio.training.methods import adaattn, adain, lst, manet, mccnet, sanet, wct
from intaglio.training.recipe import Recipe
from intaglio.training.whole import in_one_piece
from intaglio.vocabulary.catalog import Catalog

METHODS: Catalog[Method[Any]] = Catalog("network to distill", [(method.name, method) for method in (adain.METHOD, wct.METHOD)])
"""Trained and taught stage by stage."""

NETWORK_METHODS: Catalog[NetworkMethod[Any]] = Catalog(
    "training method",
    [(method.name, method) for method in (sanet.METHOD, lst.METHOD, manet.METHOD, adaattn.METHOD, mccnet.METHOD)],
)
"""Trained as one piece."""

RECIPES: Catalog[Recipe[Any]] = Catalog(
    "training method",
    [
        *((name, by_stages(method)) for name, method in METHODS.items()),
        *((name, in_one_piece(method)) for name, method in NETWORK_METHODS.items()),
    ],
)
"""How all of them are trained."""
