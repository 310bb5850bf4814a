from fnmatch import fnmatchcase

import pytest

from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.pruning.prunable import part_of, prunable
from intaglio.pruning.widths.channels import Normalization
from intaglio.vocabulary.errors import OptionError

every_card = pytest.mark.parametrize("card", MODELS.values(), ids=MODELS)


@every_card
def test_every_parameter_belongs_to_a_part_and_weights_are_pruned_but_no_biases_and_colors(card: ModelCard) -> None:
    network = card.build(card.example)
    every = dict(network.named_parameters())
    assert {part_of(card, name) for name in every} <= set(card.parts)
    found = prunable(card, network)
    assert all(found[name] is every[name] for name in found)
    left = every.keys() - found.keys()
    scales = {f"{name}.weight" for name, layer in network.named_modules() if isinstance(layer, Normalization)}
    spared = {name for name in every if any(fnmatchcase(name, pattern) for pattern in card.spared)}
    assert all(name.endswith(".bias") or ".conv0." in name or name in scales | spared for name in left)
    assert not any(name.endswith(".bias") for name in found)
    assert prunable(card, network, biases=True, color=True).keys() == every.keys() - scales - spared


@every_card
def test_parts_are_chosen_by_name_and_make_up_the_whole(card: ModelCard) -> None:
    network = card.build(card.example)
    by_part = {part: [name for name in prunable(card, network) if part_of(card, name) == part] for part in card.parts}
    for part, names in by_part.items():
        if names:
            assert list(prunable(card, network, parts=[part])) == names
        else:
            with pytest.raises(OptionError, match=f"{card.name} has nothing to prune in {part}; name other parts"):
                prunable(card, network, parts=[part])
    if card.family == "style":
        assert all(".encoder." in f".{name}" for name in by_part["encoder"])
        assert by_part["encoder"]
        assert by_part["decoder"]


@pytest.mark.parametrize("name", ["sanet", "lst", "manet", "adaattn", "mccnet"])
def test_networks_that_learn_a_transfer_have_one_to_prune(name: str) -> None:
    card = MODELS[name]
    names = set(prunable(card, card.build(card.example), parts=["transfer"]))
    assert names
    assert not any(other in one for one in names for other in ("encoder", "decoder"))


def test_a_part_that_is_not_there_is_refused() -> None:
    card = MODELS["adain"]
    with pytest.raises(OptionError, match="adain has no part 'transform'; its parts are encoder, decoder, transfer"):
        prunable(card, card.build(card.example), parts=["transform"])
    with pytest.raises(OptionError, match="adain has nothing to prune in no part"):
        prunable(card, card.build(card.example), parts=[])
