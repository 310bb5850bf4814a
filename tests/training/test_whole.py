from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from encoders import artifact
from intaglio.models.catalog import MODELS
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.lst import LSTConfig
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.training.catalog import METHODS, NETWORK_METHODS, RECIPES
from intaglio.training.log import read_log
from intaglio.training.recipe import Parents
from intaglio.training.whole import WholeSpec
from intaglio.vocabulary.errors import InputError, SpecError
from intaglio.vocabulary.progress import Progress
from loss_networks import narrow_pretrained
from training.networks import example, parents, spec_for, stepped, trained
from training.runs import Stop

every_method = pytest.mark.parametrize("name", NETWORK_METHODS)


@every_method
def test_every_network_is_trained_for_an_encoder_that_stays_as_it_is(tmp_path: Path, name: str) -> None:
    given = parents(name)
    before = [parent.digest() for _, parent in given.roles() if parent]
    made = trained(tmp_path, name, 2, given)
    assert [parent.digest() for _, parent in given.roles() if parent] == before
    assert made.card is MODELS[name]
    theirs = given.encoder.network.state_dict()
    assert all(torch.equal(tensor, theirs[key]) for key, tensor in stepped(made).encoder.state_dict().items())
    assert not any(parameter.requires_grad for parameter in made.network.parameters())
    save_pretrained(made, tmp_path / "made")
    assert from_pretrained(tmp_path / "made").digest() == made.digest()
    picture = torch.rand(1, 3, 64, 48)
    with torch.no_grad():
        assert made.network(picture, picture).shape == picture.shape


@every_method
@pytest.mark.parametrize("joint", [False, True], ids=["encoder frozen", "joint"])
def test_everything_that_learns_gets_a_finite_gradient(name: str, joint: bool) -> None:
    network, method = example(name), NETWORK_METHODS[name]
    judge = narrow_pretrained().network
    assert isinstance(judge, Encoder)
    objective = method.objective(network.train(), LossNetwork(judge), method.settings(), joint)
    torch.manual_seed(0)
    terms = objective({"content": torch.rand(2, 3, 32, 32), "style": torch.rand(2, 3, 32, 32)})
    torch.stack([objective.weights.get(term, 1.0) * value for term, value in terms.items()]).sum().backward()
    learning = {key: parameter for key, parameter in objective.trained.named_parameters() if parameter.requires_grad}
    assert learning
    for key, parameter in learning.items():
        assert parameter.grad is not None, key
        assert bool(parameter.grad.isfinite().all()), key
    assert any(key.startswith("encoder.") for key in learning) == joint
    assert set(terms) <= set(objective.weights)


def test_a_run_leaves_its_terms_and_pictures(tmp_path: Path) -> None:
    trained(tmp_path, "sanet", 3, show_every=2)
    lines = read_log(tmp_path / "run" / "network" / "log.jsonl")
    assert [line["step"] for line in lines] == [1, 2, 3]
    assert {"content", "style", "identity.pixels", "identity.features", "total"} <= set(lines[0])
    samples = tmp_path / "run" / "network" / "samples"
    assert sorted(path.name for path in samples.iterdir()) == ["step-00000002.png", "step-00000003.png"]


@every_method
def test_an_interrupted_run_ends_with_the_same_bytes(tmp_path: Path, name: str) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 3:
            raise Stop

    whole = trained(tmp_path, name, 4)
    with pytest.raises(Stop):
        trained(tmp_path, name, 4, run="stopped", listener=stop)
    seen: list[Progress] = []
    resumed = trained(tmp_path, name, 4, run="stopped", listener=seen.append)
    assert [event.done for event in seen] == [3, 4]
    assert resumed.weights() == whole.weights()


@every_method
def test_trained_jointly_the_encoder_learns_but_its_colors_and_the_judge_do_not(tmp_path: Path, name: str) -> None:
    given = parents(name)
    before = given.judge.digest()
    made = trained(tmp_path, name, 3, given, spec={"joint": True})
    assert given.judge.digest() == before
    theirs = given.encoder.network.state_dict()
    for key, tensor in stepped(made).encoder.state_dict().items():
        assert torch.equal(tensor, theirs[key]) == key.startswith("layers.conv0"), key


def test_a_network_judged_by_another_with_heads_learns_otherwise(tmp_path: Path) -> None:
    made = [
        trained(tmp_path, "sanet", 2, replace(parents("sanet"), loss_network=judge), run=run)
        for judge, run in ((None, "itself"), (narrow_pretrained(), "another"))
    ]
    assert made[0].digest() != made[1].digest()


@every_method
def test_what_settings_leave_out_is_the_papers(name: str) -> None:
    method, known = NETWORK_METHODS[name], {"model": name, "encoder": "", "data": {}}
    assert RECIPES[name].spec(known, "test") == WholeSpec(**known, training=method.training, crop=method.crop)
    changed = RECIPES[name].spec({**known, "training": {"steps": 7}}, "test")
    assert changed.training == method.training.model_copy(update={"steps": 7})


def test_every_method_has_a_recipe() -> None:
    assert set(RECIPES) == {*METHODS, *NETWORK_METHODS}


def test_settings_of_another_kind_of_network_are_refused() -> None:
    for settings in ({"decoder": {"steps": 7}}, {"grow": True}, {"training": 3}, {"training": {"step": 3}}):
        with pytest.raises(SpecError, match=r"^here: field '(decoder|grow|training|training.step)'"):
            RECIPES["sanet"].spec({"model": "sanet", "encoder": "", "data": {}, **settings}, "here")


def test_an_encoder_that_ends_early_or_does_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for encoder, message in (
        (artifact("relu4_1"), "vgg-encoder has no encoder that reaches relu5_1; give a deeper one"),
        (artifact("relu5_1"), "sanet cannot have this encoder: relu4_1 and relu5_1 .* not 6 and 7; give another"),
    ):
        with pytest.raises(InputError, match=message):
            trained(tmp_path, "sanet", 2, Parents(encoder=encoder))
    with pytest.raises(InputError, match="the loss network ends at relu4_1 and has no relu5_1; take a deeper encoder"):
        trained(tmp_path, "sanet", 2, replace(parents("sanet"), loss_network=artifact("relu4_1")))
    assert not (tmp_path / "run").exists()


def test_settings_of_the_network_and_its_layer_are_the_users(tmp_path: Path) -> None:
    made = trained(tmp_path, "lst", 1, spec={"cut": "relu3_1", "network": {"matrix": 3}})
    assert isinstance(made.config, LSTConfig)
    assert (made.config.codec.cut, made.config.matrix) == ("relu3_1", 3)
    assert NETWORK_METHODS["lst"].cuts[0] == "relu4_1"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cut": "relu2_1"}, "cut: lst has an encoder to relu4_1 or relu3_1, not to relu2_1"),
        ({"network": {"matrix": 0}}, "network: field 'matrix': .*greater than or equal to 1"),
        ({"network": {"matrices": 3}}, "network: field 'matrices': is not known; did you mean 'matrix'"),
        ({"network": {"codec": {}}}, "network: 'codec' comes with the encoder; leave it out"),
    ],
)
def test_settings_that_the_network_does_not_have_are_refused(tmp_path: Path, settings: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        trained(tmp_path, "lst", 1, spec=settings)
    assert not (tmp_path / "run").exists()


def test_the_digest_of_a_description_stays() -> None:
    spec = spec_for("sanet", 5, encoder="0123456789abcdef", data={"content": "a", "style": "b"})
    assert spec.digest() == "23a8104418b3cd68"
