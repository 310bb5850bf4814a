import pytest
import torch
from torch import Tensor

from intaglio.metrics.catalog import METRICS
from intaglio.metrics.comparison import Comparison, LayerStatistics, look_at
from intaglio.metrics.content import content_distance, content_error
from intaglio.metrics.structure import luminance_ssim
from intaglio.metrics.style import gram_distance, gram_distances, statistics_distance, style_errors
from intaglio.metrics.total_error import TOTAL_ERROR
from intaglio.models.style.loss_network import LossNetwork
from intaglio.vocabulary.errors import InputError
from loss_networks import narrow


def picture(seed: int, height: int = 48, width: int = 64) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def compared(content: Tensor, style: Tensor, stylized: Tensor, network: LossNetwork | None = None) -> Comparison:
    judge = network or narrow()
    return Comparison(
        content=look_at(content, judge), style=look_at(style, judge).statistics, stylized=look_at(stylized, judge)
    )


def statistics(mean: list[float], std: list[float], gram: list[list[float]]) -> LayerStatistics:
    return LayerStatistics(mean=torch.tensor([mean]), std=torch.tensor([std]), gram=torch.tensor([gram]))


ONE = statistics([1.0, 2.0], [1.0, 1.0], [[1.0, 0.0], [0.0, 1.0]])
OTHER = statistics([2.0, 4.0], [1.0, 3.0], [[1.0, 3.0], [0.0, 5.0]])


def test_the_style_distance_adds_mean_squares_of_means_and_of_deviations() -> None:
    assert statistics_distance(ONE, OTHER) == pytest.approx((1 + 4) / 2 + (0 + 4) / 2)


def test_the_gram_distance_is_the_frobenius_norm() -> None:
    assert gram_distance(ONE, OTHER) == pytest.approx((9 + 16) ** 0.5)


def test_a_picture_in_its_own_style_has_no_style_error() -> None:
    same = compared(picture(0), picture(1), picture(1, 48, 64))
    assert set(style_errors(same).values()) == {0.0}
    assert set(gram_distances(same).values()) == {0.0}
    assert content_distance(same) > 0


def test_a_picture_that_is_its_content_has_no_content_distance_but_is_not_the_target_of_adain() -> None:
    same = compared(picture(0), picture(1) ** 3, picture(0))
    assert content_distance(same) == 0
    assert content_error(same) > 0
    assert luminance_ssim(same.stylized.picture, same.content.picture) == pytest.approx(1.0)


def test_content_style_and_result_alike_have_no_error_at_all() -> None:
    same = compared(picture(0), picture(0), picture(0))
    assert TOTAL_ERROR.measure(same)["total_error"] == pytest.approx(0.0, abs=1e-9)


def test_the_style_error_is_ten_times_the_sum_of_the_first_four_layers() -> None:
    values = style_errors(compared(picture(0), picture(1), picture(2)))
    parts = [values[f"style_error.relu{stage}_1"] for stage in (1, 2, 3, 4)]
    assert min(*parts, values["style_error.relu5_1"]) > 0
    assert values["style_error"] == pytest.approx(10 * sum(parts))


def test_the_gram_distance_sums_all_stages_that_are_reached() -> None:
    deep, shallow = (
        gram_distances(compared(picture(0), picture(1), picture(2), narrow(cut))) for cut in ("relu5_1", "relu4_1")
    )
    assert list(deep) == ["gram_distance", *(f"gram_distance.conv{stage}" for stage in (1, 2, 3, 4, 5))]
    assert list(shallow) == list(deep)[:-1]
    for values in (deep, shallow):
        assert values["gram_distance"] == pytest.approx(sum(list(values.values())[1:]))


def test_the_total_error_is_content_and_style_error() -> None:
    pair = compared(picture(0), picture(1), picture(2))
    expected = content_error(pair) + style_errors(pair)["style_error"]
    assert TOTAL_ERROR.measure(pair) == {"total_error": pytest.approx(expected)}


def test_features_are_lifted_where_there_are_heads() -> None:
    assert look_at(picture(0), narrow(heads=True)).features.shape[1] == 8
    assert look_at(picture(0), narrow(heads=False)).features.shape[1] == 6


def test_ssim_sees_structure_and_no_color() -> None:
    content = picture(0)
    gray = (0.25 + 0.5 * content.mean(1, keepdim=True)).expand(1, 3, -1, -1)
    # I of YIQ moves, Y does not.
    colored = gray + 0.2 * torch.tensor([0.956, -0.272, -1.106])[:, None, None]
    assert float(colored.min()) > 0
    assert luminance_ssim(colored, gray) > 0.9999
    assert luminance_ssim(1 - content, content) < 0
    assert luminance_ssim(content * 0.5, content) < 0.9


def test_values_outside_of_the_range_count_as_its_ends_in_ssim() -> None:
    content = picture(0)
    loud = content * 3 - 1
    assert luminance_ssim(loud, content) == luminance_ssim(loud.clamp(0, 1), content)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_gives_its_own_value_first_and_then_its_parts(name: str) -> None:
    values = list(METRICS[name].measure(compared(picture(0), picture(1), picture(2))))
    assert values[0] == name
    assert all(part.startswith(f"{name}.") for part in values[1:])


def test_a_loss_network_that_is_too_shallow_is_refused() -> None:
    with pytest.raises(InputError, match="ends at relu3_1 and has no relu4_1"):
        look_at(picture(0), narrow("relu3_1", heads=False))
