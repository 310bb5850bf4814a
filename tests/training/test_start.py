from dataclasses import replace
from pathlib import Path

import pytest
import torch

from intaglio.exporting.compact import compacted
from intaglio.models.catalog import MODELS
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.sanet import SANetConfig
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Cut, depth_of
from intaglio.models.style.wct import WCTConfig
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import NETWORK_METHODS
from intaglio.training.parts import decoders_of, encoders_of
from intaglio.training.recipe import Parents
from intaglio.training.start import fresh_network, refuse_untaught
from intaglio.training.teach import without_smallest
from intaglio.vocabulary.errors import InputError
from lively import enliven_
from loss_networks import narrow_config, narrow_encoder, narrow_pretrained
from training.networks import decoder_of, encoder_for, example, parents, trained

every_method = pytest.mark.parametrize("name", NETWORK_METHODS)


class Fresh:
    """Makes fresh networks of one kind."""

    def __init__(self, name: str) -> None:
        method, self.card = NETWORK_METHODS[name], MODELS[name]
        self.encoder = encoders_of(encoder_for(name), method.cuts[:1])[method.cuts[0]]
        self.config = method.config(self.encoder.config.model_copy(update={"embedded": (), "decoder_relu": False}))
        generator = torch.Generator().manual_seed(1)
        self.batch = {kind: torch.rand(2, 3, 32, 32, generator=generator) for kind in ("content", "style")}

    def __call__(self, seed: int = 0) -> SteppedNetwork:
        return fresh_network(self.card, self.config, self.encoder, seed, self.batch)


@every_method
def test_fresh_weights_depend_on_the_seed_and_leave_the_callers_generator_alone(name: str) -> None:
    fresh = Fresh(name)
    before = torch.get_rng_state()
    states = [fresh(seed).state_dict() for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(tensor, states[1][key]) for key, tensor in states[0].items())
    assert not any(torch.equal(tensor, states[2][key]) for key, tensor in states[0].items() if is_drawn(key))


@every_method
def test_a_fresh_network_makes_nearly_gray_pictures(name: str) -> None:
    picture = torch.rand(2, 3, 64, 48, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        made = Fresh(name)()(picture, picture.flip(0))
    assert 0.2 < float(made.mean()) < 0.8
    assert float(made.std()) < 0.3


@every_method
def test_a_network_starts_with_the_decoder_of_adain_but_for_layers_of_another_shape(tmp_path: Path, name: str) -> None:
    given = parents(name)
    assert given.start is not None
    ours, theirs = trained(tmp_path, name, 0, given).network.state_dict(), decoder_of(given.start).state_dict()
    fitting = {key for key, tensor in theirs.items() if ours[f"decoder.{key}"].shape == tensor.shape}
    layers = {key.rpartition(".")[0] for key in theirs}
    whole = {layer for layer in layers if {f"{layer}.weight", f"{layer}.bias"} <= fitting}
    assert len(whole) >= len(layers) - 1
    for key, tensor in theirs.items():
        assert torch.equal(ours[f"decoder.{key}"], tensor) == (key.rpartition(".")[0] in whole), key


@every_method
def test_a_network_starts_with_all_layers_of_its_kind_and_its_own_encoder(tmp_path: Path, name: str) -> None:
    first = trained(tmp_path, name, 2, run="first")
    encoder = encoder_for(name)
    enliven_(encoder.network, 9)
    begun = trained(tmp_path, name, 0, Parents(encoder=encoder, start=first), run="begun")
    theirs = first.network.state_dict()
    for key, tensor in begun.network.state_dict().items():
        assert torch.equal(
            tensor, encoder.network.state_dict()[key.removeprefix("encoder.")] if is_encoders(key) else theirs[key]
        )


def test_layers_of_a_start_that_do_not_fit_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    first = trained(tmp_path, "sanet", 0, run="first")
    narrow, _ = compacted(without_smallest(first, 1.3))
    for start, run in ((first, "same"), (narrow, "narrow")):
        trained(tmp_path, "sanet", 0, Parents(encoder=encoder_for("sanet"), start=start), run, warned=told.append)
    (text,) = told
    assert text.startswith("merge, decoder.conv4_1, decoder.conv3_4 and 7 more begin fresh: the start has them in other widths")


@every_method
def test_without_a_start_a_network_learns_or_says_what_it_lacks(tmp_path: Path, name: str) -> None:
    given = replace(parents(name), start=None)
    network, method = example(name), NETWORK_METHODS[name]
    method.objective(network, LossNetwork(narrow_encoder(narrow_config())), method.settings(), False)
    if all(parameter.requires_grad for key, parameter in network.named_parameters() if not is_encoders(key)):
        assert trained(tmp_path, name, 1, given).card is MODELS[name]
    else:
        with pytest.raises(InputError, match="stay as they are in this training; give a start that has them"):
            trained(tmp_path, name, 1, given)
        assert not (tmp_path / "run").exists()


def test_of_a_cascade_the_decoder_made_for_the_layer_is_taken(tmp_path: Path) -> None:
    widths = narrow_config().widths
    cuts: tuple[Cut, ...] = ("relu5_1", "relu4_1", "relu3_1")
    config = WCTConfig(stages=tuple(CodecConfig(cut=cut, widths=widths[: depth_of(cut)]) for cut in cuts))
    cascade = Pretrained(card=MODELS["wct"], config=config, network=MODELS["wct"].build(config))
    begun = trained(tmp_path, "sanet", 0, Parents(encoder=narrow_pretrained(), start=cascade)).network.state_dict()
    wanted = decoders_of(cascade)["relu4_1"].state_dict()
    assert all(torch.equal(begun[f"decoder.{key}"], tensor) for key, tensor in wanted.items())


def test_what_lies_in_front_of_a_decoder_that_was_taken_lets_features_pass(tmp_path: Path) -> None:
    for name, given in (("sanet", parents("sanet")), ("adaattn", parents("adaattn"))):
        begun = trained(tmp_path, name, 0, given, run=name).network
        merge = begun.get_submodule("merge")
        features = torch.rand(1, 8, 5, 6)
        assert torch.equal(merge(features), features)


def test_a_start_with_nothing_in_common_is_refused(tmp_path: Path) -> None:
    wide = SANetConfig(encoder=CodecConfig(cut="relu5_1", widths=(5,) * 13, decoder_relu=False))
    for start in (encoder_for("sanet"), Pretrained(card=MODELS["sanet"], config=wide, network=MODELS["sanet"].build(wide))):
        with pytest.raises(
            InputError, match=r"^(sanet|vgg-encoder) has no layer .* leave the start out, or give one of the same"
        ):
            trained(tmp_path, "sanet", 1, Parents(encoder=encoder_for("sanet"), start=start))
    assert not (tmp_path / "run").exists()


def test_layers_that_neither_learn_nor_were_taken_over_are_refused() -> None:
    network = example("sanet")
    network.requires_grad_(True)
    network.get_submodule("merge").requires_grad_(False)
    refuse_untaught(network, frozenset({"merge.weight", "merge.bias"}))
    with pytest.raises(InputError, match=r"^merge.weight and 1 more stay as they are"):
        refuse_untaught(network, frozenset())


def is_drawn(key: str) -> bool:
    return key.startswith("decoder.") and key.endswith("weight")


def is_encoders(key: str) -> bool:
    return key.startswith("encoder.")
