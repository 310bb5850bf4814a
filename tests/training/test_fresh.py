from pathlib import Path
from typing import Any

import pytest
import torch

from data.training_pictures import filled
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.exporting.compact import compacted
from intaglio.models.catalog import MODELS
from intaglio.models.style.network import Cascade
from intaglio.models.style.vgg_codec import Cut
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import METHODS
from intaglio.training.fresh import TrainSpec, train_network
from intaglio.training.log import read_log
from intaglio.training.parts import decoders_of, encoders_of, shortened
from intaglio.training.recipe import Parents
from intaglio.training.run import Conduct
from intaglio.training.spec import TrainingSpec
from intaglio.training.teach import without_smallest
from intaglio.vocabulary.errors import InputError
from loss_networks import narrow_pretrained
from style_networks import FINISHED, pretrained

CROP = Crop(size=32, resize="shorter", to=40)


def trained(
    tmp_path: Path, name: str, steps: int, start: Pretrained | None = None, run: str = "run", **conducted: Any
) -> Pretrained:
    method, source = METHODS[name], narrow_pretrained()
    folder = PictureFolder.scan([filled(tmp_path / "pictures", 5)])
    spec = TrainSpec(
        model=name,
        encoder=source.digest(),
        data={},
        crop=CROP,
        decoder=TrainingSpec(steps=steps, batch_size=2, learning_rate=3e-3),
    )
    pictures = dict.fromkeys(method.streams, folder)
    conduct = Conduct(workers=1, log_every=1, **conducted)
    return train_network(method, spec, Parents(encoder=source, start=start), pictures, tmp_path / run, conduct)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_trains_a_network_of_the_catalog(tmp_path: Path, name: str) -> None:
    network = trained(tmp_path, name, 3)
    assert network.card is MODELS[name]
    assert isinstance(network.network, Cascade)
    stages = network.network.cascade()
    assert tuple(stage.config.cut for stage in stages) == METHODS[name].cuts
    assert all(stage.config.decoder_relu == METHODS[name].decoder_relu for stage in stages)
    source = narrow_pretrained().network.state_dict()
    for stage in stages:
        for key, tensor in stage.encoder.layers.state_dict(prefix="layers.").items():
            assert torch.equal(tensor, source[key])


@pytest.mark.parametrize("name", METHODS)
def test_the_loss_gets_smaller(tmp_path: Path, name: str) -> None:
    trained(tmp_path, name, 40)
    shallowest = min(METHODS[name].cuts)
    totals = [line["total"] for line in read_log(tmp_path / "run" / f"decoder-{shallowest}" / "log.jsonl")]
    assert sum(totals[-5:]) < 0.9 * sum(totals[:5])


def test_a_decoder_starts_from_anothers_of_its_cut(tmp_path: Path) -> None:
    start = trained(tmp_path, "wct", 2, run="wct")
    begun = trained(tmp_path, "adain", 0, start=start)
    assert isinstance(begun.network, Cascade)
    ours, theirs = begun.network.cascade()[0].decoder.state_dict(), decoders_of(start)["relu4_1"].state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_stages_behind_come_from_the_network_of_the_encoder_and_stay_as_they_are(tmp_path: Path) -> None:
    source = pretrained(FINISHED)
    made = finished(tmp_path, "adain", source, ("relu2_1", "relu1_1"))
    assert isinstance(made.network, Cascade)
    assert isinstance(source.network, Cascade)
    assert [stage.transfer.full_covariance for stage in made.network.cascade()] == [False, True, True]
    before, after = source.network.state_dict(), made.network.state_dict()
    for name, tensor in before.items():
        assert torch.equal(tensor, after[name]) != name.startswith("stages.0.decoder"), name


@pytest.mark.parametrize(
    ("name", "cuts", "message"),
    [
        ("adain", ("relu3_1",), r"adain has no stage of relu3_1 to finish pictures; take the encoder from one that has"),
        ("adain", ("relu1_1", "relu1_1"), r"finish: relu1_1, relu1_1 has a cut twice, or that of adain itself; name each once"),
        ("adain", ("relu4_1",), r"finish: relu4_1 has a cut twice, or that of adain itself; name each once"),
        ("wct", ("relu1_1",), r"finish: wct has no stages behind its own; leave it out"),
    ],
)
def test_stages_behind_that_cannot_be_are_refused(tmp_path: Path, name: str, cuts: tuple[Cut, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        finished(tmp_path, name, narrow_pretrained("relu5_1") if name == "wct" else pretrained(FINISHED), cuts)


def finished(tmp_path: Path, name: str, source: Pretrained, cuts: tuple[Cut, ...]) -> Pretrained:
    method = METHODS[name]
    pictures = dict.fromkeys(method.streams, PictureFolder.scan([filled(tmp_path / "pictures", 5)]))
    length = TrainingSpec(steps=3, batch_size=2, learning_rate=3e-3)
    spec = TrainSpec(model=name, encoder=source.digest(), data={}, crop=CROP, finish=cuts, decoder=length)
    return train_network(method, spec, Parents(encoder=source), pictures, tmp_path / "run", Conduct(workers=1))


def test_layers_of_a_start_that_do_not_fit_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    first = trained(tmp_path, "adain", 0, run="first")
    narrow, _ = compacted(without_smallest(first, 1.3))
    for start, run in ((first, "same"), (narrow, "narrow")):
        trained(tmp_path, "adain", 0, start, run, warned=told.append)
    assert [text.partition(" begin fresh: ")[2] for text in told] == [
        "the start has them in other widths, which are settings of the network"
    ]


def test_encoders_are_cut_from_the_nearest_one() -> None:
    source = pretrained(MODELS["wct"])
    cuts: tuple[Cut, ...] = ("relu1_1", "relu2_1", "relu3_1")
    found = encoders_of(source, cuts)
    assert isinstance(source.network, Cascade)
    own = {stage.config.cut: stage.encoder for stage in source.network.cascade()}
    for cut in cuts:
        state = found[cut].state_dict()
        assert all(torch.equal(tensor, own[cut].state_dict()[key]) for key, tensor in state.items())
        assert not any(parameter.requires_grad for parameter in found[cut].parameters())


def test_a_shortened_encoder_keeps_the_heads_it_reaches() -> None:
    (encoder,) = encoders_of(narrow_pretrained("relu5_1"), ("relu3_1",)).values()
    assert dict(encoder.config.embedded) == {"relu1_1": 7}
    picture = torch.rand(1, 3, 16, 16)
    whole = narrow_pretrained("relu5_1").network
    assert torch.equal(encoder(picture), whole.taps(picture, ("relu3_1",))["relu3_1"])  # type: ignore[operator]
    again = shortened(encoder, encoder.config)
    assert torch.equal(again(picture), encoder(picture))


def test_an_encoder_that_ends_early_is_refused() -> None:
    with pytest.raises(InputError, match=r"vgg-encoder has no encoder that reaches relu5_1; give a deeper one"):
        encoders_of(narrow_pretrained("relu4_1"), ("relu5_1",))


def test_an_encoder_has_no_decoders_to_start_from() -> None:
    with pytest.raises(InputError, match="is no cascade and has no decoders"):
        decoders_of(narrow_pretrained())


def test_trained_jointly_the_encoder_learns_but_its_colors_and_the_judge_do_not(tmp_path: Path) -> None:
    method, source = METHODS["adain"], narrow_pretrained()
    folder = PictureFolder.scan([filled(tmp_path / "pictures", 5)])
    spec = TrainSpec(model="adain", encoder="", data={}, crop=CROP, joint=True, decoder=TrainingSpec(steps=3, batch_size=2))
    before = {name: value.clone() for name, value in source.network.state_dict().items()}
    pictures = dict.fromkeys(method.streams, folder)
    made = train_network(method, spec, Parents(encoder=source), pictures, tmp_path / "run", Conduct(workers=1))
    assert all(torch.equal(before[name], value) for name, value in source.network.state_dict().items())
    assert isinstance(made.network, Cascade)
    learned = made.network.cascade()[0].encoder.state_dict()
    assert not any(name.startswith("embeddings") for name in learned)
    for name, value in learned.items():
        assert torch.equal(before[name], value) == name.startswith("layers.conv0"), name
