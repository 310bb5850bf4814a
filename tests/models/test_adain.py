import torch

from intaglio.models.style.adain import AdaINConfig, AdaptiveInstanceNormalization
from intaglio.models.style.moments import Moments

EPSILON = AdaINConfig.model_fields["epsilon"].default


def features(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    scale = 3 * torch.rand(5, 1, 1, dtype=torch.float64, generator=generator) + 1
    return scale * torch.randn(1, 5, 12, 14, dtype=torch.float64, generator=generator) + 4 * scale


def moments(x: torch.Tensor) -> Moments:
    found = Moments(5, full=False)
    found.add(x)
    return found


def test_afterwards_mean_and_deviation_are_the_styles() -> None:
    content, style = features(0), features(1)
    result = AdaptiveInstanceNormalization(0.0).solve(moments(content), moments(style))(content)
    torch.testing.assert_close(result.mean((2, 3)), style.mean((2, 3)))
    torch.testing.assert_close(result.std((2, 3)), style.std((2, 3)))


def test_it_is_the_equation_of_the_port_with_its_epsilon() -> None:
    content, style = features(0), features(1)

    def deviation(x: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(x.var((2, 3), keepdim=True) + EPSILON)

    expected = deviation(style) * (content - content.mean((2, 3), keepdim=True)) / deviation(content)
    expected = expected + style.mean((2, 3), keepdim=True)
    found = AdaptiveInstanceNormalization(EPSILON).solve(moments(content), moments(style))(content)
    torch.testing.assert_close(found, expected)


def test_channels_do_not_mix() -> None:
    weight = AdaptiveInstanceNormalization(EPSILON).solve(moments(features(0)), moments(features(1))).weight
    assert torch.equal(weight, torch.diag(weight.diagonal()))


def test_a_flat_content_takes_the_styles_mean_and_stays_finite() -> None:
    content = torch.full((1, 5, 4, 4), 2.0, dtype=torch.float64)
    style = features(1)
    result = AdaptiveInstanceNormalization(EPSILON).solve(moments(content), moments(style))(content)
    torch.testing.assert_close(result, style.mean((2, 3), keepdim=True).expand_as(result))
