from pathlib import Path

import pytest
import torch

from data.training_pictures import filled
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.style.network import Cascade, Stage
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.models.style.wct import WCTConfig
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import METHODS
from intaglio.training.distill import DistillSpec, distill, widths_of
from intaglio.training.log import read_log
from intaglio.training.run import Conduct
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import InputError, JournalError, OptionError
from loss_networks import narrow_pretrained
from style_networks import FINISHED, STYLE_CARDS, pretrained

CROP = Crop(size=32, resize="shorter", to=40, flip=True)
TINY = TrainingSpec(steps=4, batch_size=2, learning_rate=1e-3)
TEACHABLE = [card for card in STYLE_CARDS.values() if card.name in METHODS]


def spec_for(teacher: Pretrained, **changes: object) -> DistillSpec:
    settings: dict[str, object] = {
        "teacher": teacher.digest(),
        "data": {},
        "widths": widths_of(teacher, width=0.5, multiple=2),
        "crop": CROP,
        "encoder": TINY,
        "decoder": TINY,
    }
    return DistillSpec.parse(settings | changes, where="test")


def distilled(tmp_path: Path, teacher: Pretrained, name: str = "run", **changes: object) -> Pretrained:
    method = METHODS[teacher.card.name]
    folder = PictureFolder.scan([filled(tmp_path / "pictures", 5)])
    pictures = dict.fromkeys(method.streams, folder)
    conduct = Conduct(workers=1, save_every=3, log_every=1)
    return distill(teacher, method, spec_for(teacher, **changes), pictures, tmp_path / name, conduct)


def stages(network: Pretrained) -> list[Stage]:
    assert isinstance(network.network, Cascade)
    return network.network.cascade()


@pytest.fixture(params=TEACHABLE, ids=lambda card: card.name)
def card(request: pytest.FixtureRequest) -> ModelCard:
    found: ModelCard = request.param
    return found


def test_every_network_with_a_method_is_compressed(tmp_path: Path, card: ModelCard) -> None:
    teacher = pretrained(card)
    before = teacher.digest()
    student = distilled(tmp_path, teacher)
    assert teacher.digest() == before
    assert student.card is card
    assert [stage.config.cut for stage in stages(student)] == [stage.config.cut for stage in stages(teacher)]
    for ours, theirs in zip(stages(student), stages(teacher), strict=True):
        assert all(narrow <= wide for narrow, wide in zip(ours.config.widths, theirs.config.widths, strict=True))
        assert sum(ours.config.widths) < sum(theirs.config.widths)
        assert ours.config.pooling == theirs.config.pooling
        assert ours.config.decoder_relu == theirs.config.decoder_relu
    picture = torch.rand(1, 3, 64, 64)
    assert student.network(picture, picture).shape == picture.shape
    save_pretrained(student, tmp_path / "student")
    assert from_pretrained(tmp_path / "student").digest() == student.digest()


def test_an_interrupted_distillation_gives_the_same_student(tmp_path: Path, card: ModelCard) -> None:
    from intaglio.vocabulary.progress import Progress

    teacher = pretrained(card)
    whole = distilled(tmp_path, teacher, "whole", start="random", layers="all", share_encoder=True, grow=True)

    def stop(progress: Progress) -> None:
        if progress.done == 6:
            raise KeyboardInterrupt

    method = METHODS[card.name]
    pictures = dict.fromkeys(method.streams, PictureFolder.scan([tmp_path / "pictures"]))
    spec = spec_for(teacher, start="random", layers="all", share_encoder=True, grow=True)
    for listener in (stop, lambda _: None):
        conduct = Conduct(workers=1, save_every=3, listener=listener)
        try:
            student = distill(teacher, method, spec, pictures, tmp_path / "run", conduct)
        except KeyboardInterrupt:
            assert listener is stop
    assert student.digest() == whole.digest()


def test_one_encoder_serves_all_stages_if_shared(tmp_path: Path) -> None:
    student = distilled(tmp_path, pretrained(MODELS["wct"]), share_encoder=True)
    deepest = stages(student)[0].encoder.state_dict()
    for stage in stages(student)[1:]:
        assert stage.config.widths == stages(student)[0].config.widths[: len(stage.config.widths)]
        for name, tensor in stage.encoder.layers.state_dict(prefix="layers.").items():
            assert torch.equal(tensor, deepest[name])
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        *("decoder-relu1_1", "decoder-relu2_1", "decoder-relu3_1", "encoder-relu3_1", "run.json"),
    ]


def test_grown_decoders_begin_where_the_stage_below_ended(tmp_path: Path) -> None:
    spec = {"share_encoder": True, "decoder": TINY.model_copy(update={"steps": 0}), "decoder_steps": {"relu1_1": 3}}
    grown = stages(distilled(tmp_path, pretrained(MODELS["wct"]), "grown", grow=True, **spec))
    fresh = stages(distilled(tmp_path, pretrained(MODELS["wct"]), "fresh", grow=False, **spec))
    ends = [[stage.decoder.get_submodule("conv1_1").weight for stage in network] for network in (grown, fresh)]
    assert torch.equal(ends[0][0], ends[0][2])
    assert not torch.equal(ends[1][0], ends[1][2])


def test_the_deepest_encoder_gets_heads_to_the_teachers_channels(tmp_path: Path) -> None:
    student = distilled(tmp_path, pretrained(MODELS["wct"]))
    deepest = stages(student)[0]
    assert dict(deepest.config.embedded) == {"relu1_1": 4, "relu2_1": 8, "relu3_1": 8}
    lifted = deepest.encoder.embeddings["relu3_1"](deepest.encoder(torch.rand(1, 3, 16, 16)))
    assert lifted.shape == (1, 8, 4, 4)
    assert all(not stage.config.embedded for stage in stages(student)[1:])


@pytest.mark.parametrize(
    ("changes", "terms"),
    [
        ({}, {"embedding", "pixel", "perceptual"}),
        ({"embedding": 0.0}, {"pixel", "perceptual"}),
        ({"collaboration": False}, {"embedding"}),
    ],
)
def test_ablations_leave_their_terms_out(tmp_path: Path, changes: dict[str, object], terms: set[str]) -> None:
    distilled(tmp_path, pretrained(MODELS["wct"]), **changes)
    line = read_log(tmp_path / "run" / "encoder-relu3_1" / "log.jsonl")[-1]
    found = {name.split(".")[0] for name in line} - {"step", "total", "rate", "steps_per_second", "loading"}
    assert found == terms


def test_the_pruned_baseline_tunes_both_and_asks_no_teacher(tmp_path: Path) -> None:
    teacher = pretrained(MODELS["wct"])
    student = distilled(tmp_path, teacher, method="pruned")
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.startswith("encoder")]
    from intaglio.distillation.student import start_from_largest_
    from intaglio.models.style.vgg_codec import Encoder

    started = Encoder(stages(student)[2].config)
    start_from_largest_(started, stages(teacher)[2].encoder)
    assert not torch.equal(started.layers.conv1_1.weight, stages(student)[2].encoder.layers.conv1_1.weight)


def test_a_random_wide_teacher_of_vggs_widths_gives_a_student_fifteen_times_smaller() -> None:
    """Widths alone: the same command then trains it, as every other."""
    from intaglio.models.style.vgg_codec import VGG19_WIDTHS, depth_of

    cuts = ("relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1")
    wide = WCTConfig(stages=tuple(CodecConfig(cut=cut, widths=VGG19_WIDTHS[: depth_of(cut)]) for cut in cuts))  # type: ignore[arg-type]
    card = MODELS["wct"]
    with torch.device("meta"):
        teacher = card.build(wide)
        widths = widths_of(Pretrained(card=card, config=wide, network=teacher), width=0.25)
        narrow = WCTConfig(
            stages=tuple(stage.model_copy(update={"widths": widths[: len(stage.widths)]}) for stage in wide.stages)
        )
        student = card.build(narrow)
    counts = [sum(p.numel() for p in network.parameters()) for network in (teacher, student)]
    assert counts[0] > 15.5 * counts[1]


def test_a_teacher_without_a_decoder_is_refused() -> None:
    with pytest.raises(InputError, match=r"the teacher is vgg-encoder, which has no decoder"):
        widths_of(narrow_pretrained(), width=0.5)


@pytest.mark.parametrize("given", [{}, {"width": 0.5, "widths": (2, 2, 4, 4, 4)}])
def test_widths_are_given_in_one_way(given: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="give either one width"):
        widths_of(pretrained(MODELS["wct"]), **given)  # type: ignore[arg-type]


def test_another_spec_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    teacher = pretrained(MODELS["adain"])
    distilled(tmp_path, teacher)
    with pytest.raises(JournalError, match=r"embedding: was 10.0, is 3.0"):
        distilled(tmp_path, teacher, embedding=3.0)


def test_stages_behind_a_teacher_are_not_distilled(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the teacher has stages behind its adain; distill one that has none"):
        distilled(tmp_path, pretrained(FINISHED))
