import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.distillation.student import (
    scaled_widths,
    start_from_largest_,
    start_from_random_,
    student_config,
)
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig, Encoder
from intaglio.vocabulary.errors import OptionError
from loss_networks import narrow_encoder

TEACHER = CodecConfig(cut="relu3_1", widths=(8, 8, 16, 16, 24), embedded=(("relu1_1", 64),))


def test_a_quarter_of_vgg_is_the_papers_student() -> None:
    assert scaled_widths(VGG19_WIDTHS[:13], 0.25) == (16, 16, 32, 32, 64, 64, 64, 64, 128, 128, 128, 128, 128)


@given(
    widths=st.lists(st.integers(1, 600), min_size=1, max_size=13),
    share=st.floats(0.01, 1.0),
    multiple=st.sampled_from([1, 8, 16]),
)
def test_widths_are_multiples_or_the_teachers_and_never_more(widths: list[int], share: float, multiple: int) -> None:
    found = scaled_widths(widths, share, multiple=multiple)
    assert all(1 <= ours <= theirs for ours, theirs in zip(found, widths, strict=True))
    assert all(ours % multiple == 0 or ours == theirs for ours, theirs in zip(found, widths, strict=True))


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5, float("nan")])
def test_a_width_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(OptionError, match=r"is not a share of the teacher's"):
        scaled_widths((8,), share)


def test_a_student_has_the_teachers_layers_and_no_heads() -> None:
    config = student_config(TEACHER, (4, 4, 8, 8, 8, 99, 99))
    assert config == CodecConfig(cut="relu3_1", widths=(4, 4, 8, 8, 8))


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ((4, 4), r"relu3_1 has 5 convolutions, but 2 widths are given"),
        ((4, 4, 8, 8, 32), r"width 32 of conv3_1 is not from 1 to the teacher's 24"),
        ((0, 4, 8, 8, 8), r"width 0 of conv1_1"),
    ],
)
def test_widths_that_do_not_match_are_refused(widths: tuple[int, ...], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        student_config(TEACHER, widths)


def test_the_student_starts_from_the_largest_filters_of_the_kept_inputs() -> None:
    teacher = narrow_encoder(TEACHER)
    first, second = (teacher.layers.get_submodule(name) for name in ("conv1_1", "conv1_2"))
    with torch.no_grad():
        first.weight.mul_(0.01)
        first.weight[[1, 6]] *= 1000
        second.weight.mul_(0.01)
        second.weight[2, 1] += 50
        second.weight[5, 6] += 40
        second.weight[3, 0] += 900  # large only in an input that is not kept
    student = Encoder(student_config(TEACHER, (2, 2, 4, 4, 4)))
    start_from_largest_(student, teacher)
    ours = [student.layers.get_submodule(name) for name in ("conv0", "conv1_1", "conv1_2")]
    assert torch.equal(ours[0].weight, teacher.layers.get_submodule("conv0").weight)
    assert torch.equal(ours[1].weight, first.weight[[1, 6]])
    assert torch.equal(ours[1].bias, first.bias[[1, 6]])
    assert torch.equal(ours[2].weight, second.weight[[2, 5]][:, [1, 6]])


def test_a_student_of_full_width_is_the_teacher() -> None:
    teacher = narrow_encoder(TEACHER)
    student = Encoder(student_config(TEACHER, TEACHER.widths))
    start_from_largest_(student, teacher)
    picture = torch.rand(1, 3, 16, 16)
    assert torch.equal(student(picture), teacher(picture))


def test_random_students_differ_by_seed_and_see_bgr_minus_the_mean() -> None:
    students = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        students.append(Encoder(student_config(TEACHER, (2, 2, 4, 4, 4))))
        start_from_random_(students[-1])
    states = [student.state_dict() for student in students]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["layers.conv1_1.weight"], states[2]["layers.conv1_1.weight"])
    color = students[0].layers.get_submodule("conv0")(torch.ones(1, 3, 1, 1)).flatten()
    assert color.tolist() == pytest.approx([255 - 103.939, 255 - 116.779, 255 - 123.68])
