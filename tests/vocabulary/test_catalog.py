"""A catalog is fixed, ordered, and helps who misspells."""

import pytest

from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.errors import UnknownNameError

NETWORKS = Catalog("model", [("wct", 1), ("adain", 2), ("vgg-encoder", 3)])


def test_entries_are_listed_in_the_order_given() -> None:
    assert list(NETWORKS) == ["wct", "adain", "vgg-encoder"]
    assert list(NETWORKS.values()) == [1, 2, 3]
    assert len(NETWORKS) == 3


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^model 'wct' stands twice in its catalog$"):
        Catalog("model", [("wct", 1), ("adain", 2), ("wct", 1)])


def test_a_misspelled_name_gets_near_matches() -> None:
    with pytest.raises(UnknownNameError) as raised:
        NETWORKS["adian"]
    assert str(raised.value) == "unknown model 'adian': did you mean adain?"


def test_a_name_near_to_nothing_gets_the_whole_list() -> None:
    with pytest.raises(UnknownNameError) as raised:
        NETWORKS["zzz"]
    assert str(raised.value) == "unknown model 'zzz': known: wct, adain, vgg-encoder"


def test_asking_for_an_unknown_name_politely_is_no_error() -> None:
    assert "adian" not in NETWORKS
    assert NETWORKS.get("adian") is None


def test_a_catalog_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        NETWORKS["sanet"] = 4  # type: ignore[index]  # that this is refused is the point
    with pytest.raises(TypeError, match="does not support item deletion"):
        del NETWORKS["wct"]  # type: ignore[attr-defined]  # as above


def test_what_a_catalog_was_made_from_can_change_without_it() -> None:
    entries = [("wct", 1)]
    catalog = Catalog("model", entries)
    entries.append(("adain", 2))
    assert list(catalog) == ["wct"]
