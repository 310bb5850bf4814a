from pathlib import Path
from typing import Any

import pytest
import torch

from data.training_pictures import filled
from intaglio.data.folder import PictureFolder
from intaglio.exporting.compact import compacted
from intaglio.metrics.cost import cost_of
from intaglio.models.style.network import StyleNetwork
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import NETWORK_METHODS
from intaglio.training.log import read_log
from intaglio.training.run import Conduct
from intaglio.training.teach import teach, teach_spec, without_smallest
from intaglio.vocabulary.errors import InputError, JournalError, OptionError
from loss_networks import narrow_pretrained
from style_networks import STYLE_CARDS, pretrained

TAUGHT = ["adain", *NETWORK_METHODS]
JUDGE = narrow_pretrained("relu5_1")
SHORT = {"steps": 3, "batch_size": 1, "learning_rate": 1e-3}
SETTINGS = {"crop": {"size": 32, "to": 34, "resize": "shorter"}, "encoder": SHORT, "decoder": SHORT}


def taught(tmp_path: Path, teacher: Pretrained, student: Pretrained, run: str = "run", **changes: Any) -> Pretrained:
    folder = PictureFolder.scan([filled(tmp_path / "pictures", 3)])
    pictures = {"content": folder, "style": folder}
    spec = teach_spec(teacher, student, JUDGE, pictures, {**SETTINGS, **changes}, "test")
    return teach(spec, teacher, student, JUDGE, pictures, tmp_path / run, Conduct(workers=1, log_every=1, show_every=2))


def narrow(teacher: Pretrained, speedup: float = 1.5) -> Pretrained:
    return compacted(without_smallest(teacher, speedup))[0]


def encoder_weights(network: Pretrained) -> list[torch.Tensor]:
    assert isinstance(network.network, StyleNetwork)
    (encoder,) = network.network.encoders()
    return list(encoder.parameters())


@pytest.mark.parametrize("name", TAUGHT)
def test_every_network_that_is_trained_as_one_piece_teaches_a_narrow_copy(name: str, tmp_path: Path) -> None:
    teacher = pretrained(STYLE_CARDS[name])
    student, before = narrow(teacher), teacher.digest()
    assert float(cost_of(teacher.network).macs_per_pixel) > 1.3 * float(cost_of(student.network).macs_per_pixel)
    made = taught(tmp_path, teacher, student)
    assert (made.card, made.config) == (student.card, student.config)
    assert teacher.digest() == before
    changed = [not torch.equal(one, other) for one, other in zip(encoder_weights(made), encoder_weights(student), strict=True)]
    # All but the color convolution; in networks of so few channels a layer may be dead.
    assert changed[:2] == [False, False]
    assert sum(changed) > len(changed) / 2
    steps = read_log(tmp_path / "run" / "encoder" / "log.jsonl")
    assert {"embedding.relu1_1", "embedding.relu4_1"} < set(steps[0])
    assert any(term.split(".")[0] in ("content", "local") for term in steps[0])
    assert taught(tmp_path, teacher, student).digest() == made.digest()


def test_the_encoder_rests_in_the_second_phase_unless_it_is_joint(tmp_path: Path) -> None:
    teacher = pretrained(STYLE_CARDS["sanet"])
    student = narrow(teacher)
    longer = {"decoder": {**SHORT, "steps": 5}}
    rested = [taught(tmp_path, teacher, student, run, **more) for run, more in (("a", {}), ("b", longer))]
    joint = taught(tmp_path, teacher, student, "c", joint=True)
    pairs = zip(*(encoder_weights(one) for one in (*rested, joint)), strict=True)
    same = [(torch.equal(one, other), torch.equal(one, third)) for one, other, third in pairs]
    assert all(first for first, _ in same)
    assert not any(second for _, second in same[2:])


def test_terms_that_are_left_out_are_not_there(tmp_path: Path) -> None:
    teacher = pretrained(STYLE_CARDS["sanet"])
    for run, changes, missing in (("a", {"collaboration": False}, "content"), ("b", {"embedding": 0.0}, "embedding.relu1_1")):
        taught(tmp_path, teacher, narrow(teacher), run, **changes)
        assert missing not in read_log(tmp_path / run / "encoder" / "log.jsonl")[0]


def test_a_narrow_copy_has_the_largest_filters() -> None:
    teacher = pretrained(STYLE_CARDS["adain"])
    zeroed = without_smallest(teacher, 2.0)
    name = "stages.0.encoder.layers.conv2_1.weight"
    weight, left = teacher.network.get_parameter(name), zeroed.network.get_parameter(name)
    norms, stays = weight.abs().sum((1, 2, 3)), left.flatten(1).any(1)
    assert 0 < int(stays.sum()) < len(stays)
    assert float(norms[stays].min()) >= float(norms[~stays].max())


def test_what_cannot_be_taught_is_told(tmp_path: Path) -> None:
    adain, sanet, wct = (pretrained(STYLE_CARDS[name]) for name in ("adain", "sanet", "wct"))
    with pytest.raises(InputError, match=r"the student is adain to relu4_1, the teacher sanet to relu5_1"):
        taught(tmp_path, sanet, adain)
    with pytest.raises(InputError, match=r"wct is trained stage by stage, not as one piece; distill it by widths"):
        taught(tmp_path, wct, wct)
    with pytest.raises(OptionError, match=r"a speedup of 1e\+06 times is more than there is to gain"):
        without_smallest(adain, 1e6)
    student = narrow(adain)
    taught(tmp_path, adain, student)
    with pytest.raises(JournalError, match=r"embedding: was 10\.0, is 3\.0"):
        taught(tmp_path, adain, student, embedding=3.0)
