"""What holds for every generator and discriminator of the catalog, and what is known of the published ones."""

from fractions import Fraction
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from intaglio.metrics.cost import cost_of, side_of
from intaglio.models.catalog import MODELS
from intaglio.models.gan.networks import Discriminator, Generator
from intaglio.models.gan.translator import Translator
from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.pruning.prunable import prunable
from intaglio.vocabulary.errors import InputError, SpecError

CLASSES = 3
# Options of the networks that recipes have, beside the examples of the cards.
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((card.name, {}) for card in MODELS.values() if card.family in ("generator", "translator", "discriminator")),
    ("resnet-generator", {"classes": CLASSES}),
    ("resnet-generator", {"classes": CLASSES, "spectral_norm": True, "attention": 2}),
    ("resnet-discriminator", {"normalization": "batch"}),
    ("resnet-discriminator", {"normalization": "none"}),
    ("resnet-discriminator", {"normalization": "batch", "head": "auxiliary", "classes": CLASSES}),
    ("resnet-discriminator", {"normalization": "batch", "head": "projection", "classes": CLASSES}),
    ("resnet-discriminator", {"head": "projection", "classes": CLASSES, "attention": 1}),
    ("cyclegan-generator", {"affine": False}),
    ("cyclegan-generator", {"upsampling": "nearest", "normalization": "batch"}),
    ("patch-discriminator", {"affine": False, "averaged": False}),
]
# Of those, the ones that are told classes.
TOLD = [("resnet-generator", {"classes": CLASSES}), ("resnet-discriminator", {"head": "projection", "classes": CLASSES})]
every = pytest.mark.parametrize(("name", "options"), VARIANTS)
# Parameters, weights that are pruned in how many tensors, and multiply-accumulates of a picture: of the papers' codes.
KNOWN: list[tuple[str, dict[str, Any], int, int, int, float | None]] = [
    ("resnet-generator", {}, 4_276_739, 3_742_464, 10, 1.681e9),
    ("resnet-generator", {"width": 128}, 1_204_483, 937_344, 10, None),
    ("resnet-generator", {"width": 64}, 368_771, 235_200, 10, None),
    ("resnet-generator", {"width": 32}, 126_019, 59_232, 10, None),
    ("resnet-discriminator", {}, 1_053_824, 1_052_416, 10, 0.272e9),
    ("resnet-discriminator", {"width": 64}, 264_768, 264_064, 10, None),
    ("resnet-discriminator", {"width": 32}, 66_848, 66_496, 10, None),
    ("resnet-discriminator", {"width": 16}, 17_040, 16_864, 10, None),
    ("deep-conv-generator", {}, 3_812_355, 2_754_240, 4, None),
    ("deep-conv-discriminator", {}, 2_931_009, 2_926_272, 7, None),
    ("cyclegan-generator", {}, 11_383_555, 11_372_928, 24, 56.80e9),
    ("cyclegan-generator", {"affine": False}, 11_378_179, 11_372_928, 24, 56.80e9),
    ("cyclegan-generator", {"upsampling": "nearest"}, 11_383_555, 11_372_928, 24, 56.80e9),
    ("cyclegan-generator", {"affine": False, "blocks": 6}, 7_837_699, 7_833_984, 18, None),
    ("patch-discriminator", {}, 2_766_529, 2_763_776, 5, 3.15e9),
    ("patch-discriminator", {"affine": False}, 2_764_737, 2_763_776, 5, 3.15e9),
]


def built(name: str, options: dict[str, Any]) -> nn.Module:
    torch.manual_seed(0)
    card = MODELS[name]
    return card.build(card.config.model_validate(card.example.model_dump() | options))


def taken(network: nn.Module, count: int) -> tuple[Tensor, ...]:
    """A batch of what it takes."""
    source = torch.Generator().manual_seed(1)
    if isinstance(network, Generator | Discriminator):
        return network.example(source, count)
    return (2 * torch.rand(count, 3, 24, 32, generator=source) - 1,)


@pytest.mark.parametrize(("name", "options", "parameters", "weights", "tensors", "macs"), KNOWN)
def test_sizes_are_those_of_the_papers_codes(
    name: str, options: dict[str, Any], parameters: int, weights: int, tensors: int, macs: float | None
) -> None:
    card = MODELS[name]
    network = card.build(card.config.model_validate(options))
    found = prunable(card, network)
    assert sum(one.numel() for one in network.parameters()) == parameters
    assert (sum(one.numel() for one in found.values()), len(found)) == (weights, tensors)
    side = side_of(network) or 256
    if macs is not None:
        assert float(cost_of(network).macs_per_pixel) * side**2 == pytest.approx(macs, rel=2e-3)


@every
def test_all_parameters_learn_and_are_counted(name: str, options: dict[str, Any]) -> None:
    network = built(name, options).train()
    given = network(*taken(network, 3))
    if isinstance(network, Discriminator):
        assert given.shape[:2] == (3, 1 + (CLASSES if options.get("head") == "auxiliary" else 0))
    else:
        assert given.shape == (3, 3, *(given.shape[2:] if isinstance(network, Translator) else (side_of(network),) * 2))
        assert float(given.detach().abs().max()) <= 1
    if getattr(network, "attention", None) is not None:
        # At first attention adds nothing, and what comes before learns nothing.
        with torch.no_grad():
            network.get_submodule("attention.scale").get_parameter("weight").fill_(0.5)
    network(*taken(network, 3)).square().sum().backward()
    assert all(one.grad is not None and bool(one.grad.isfinite().all()) for one in network.parameters())
    assert cost_of(network).parameters == sum(one.numel() for one in network.parameters())
    assert all(layer.macs_per_pixel >= Fraction() for layer in cost_of(network).layers)


@every
def test_evaluation_changes_nothing(name: str, options: dict[str, Any]) -> None:
    network = built(name, options).eval()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    pictures = taken(network, 2)
    assert torch.equal(network(*pictures), network(*pictures))
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())


@every
def test_a_mask_keeps_what_is_pruned_at_zero_while_the_rest_learns(name: str, options: dict[str, Any]) -> None:
    network = built(name, options).train()
    weights = prunable(MODELS[name], network)
    drawn = torch.Generator().manual_seed(2)
    mask = Mask({key: torch.rand(one.shape, generator=drawn) < 0.5 for key, one in weights.items()})
    optimizer = torch.optim.Adam(network.parameters())
    with masked(dict(network.named_parameters()), mask):
        before = {key: one.detach().clone() for key, one in weights.items()}
        network(*taken(network, 3)).square().sum().backward()
        optimizer.step()
    for key, kept in mask.items():
        assert not weights[key].detach()[~kept].any()
        assert key.startswith("attention") or not torch.equal(weights[key], before[key])


@pytest.mark.parametrize(("name", "options"), TOLD)
def test_classes_make_a_difference_and_are_asked_for(name: str, options: dict[str, Any]) -> None:
    network = built(name, options).eval()
    first, _ = taken(network, 2)
    given = [network(first, torch.tensor(classes)) for classes in ([0, 0], [0, 1])]
    torch.testing.assert_close(given[0][0], given[1][0])
    assert not torch.allclose(given[0][1], given[1][1])
    with pytest.raises(InputError, match=r"tells 3 classes apart, and none are given; give one for each picture"):
        network(first)
    with pytest.raises(InputError, match=r"classes of shape \(3,\) do not fit a batch of 2"):
        network(first, torch.tensor([0, 1, 2]))


def test_what_does_not_fit_is_refused() -> None:
    generator, discriminator = built("deep-conv-generator", {}), built("deep-conv-discriminator", {})
    with pytest.raises(InputError, match=r"latents of shape \(2, 4\) do not fit a generator of 5; give \(N, 5\)"):
        generator(torch.rand(2, 4))
    with pytest.raises(InputError, match=r"classes are given to a network that tells none apart; leave them out"):
        generator(torch.rand(2, 5), torch.tensor([0, 1]))
    with pytest.raises(InputError, match=r"pictures of shape \(2, 1, 16, 16\) cannot be judged; give \(N, 3, H, W\)"):
        discriminator(torch.rand(2, 1, 16, 16))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet-generator", {"hidden": (4,)}, "2 blocks have 2 hidden widths of at least 1"),
        ("resnet-generator", {"attention": 3}, "attention cannot follow block 3 of 2"),
        ("resnet-discriminator", {"hidden": (4, 0, 4, 4)}, "hidden widths are at least 1"),
        ("resnet-discriminator", {"head": "projection"}, "0 classes do not go with the head 'projection'"),
        ("resnet-discriminator", {"classes": 3}, "3 classes do not go with the head 'none'"),
        ("cyclegan-generator", {"widths": (4, 4)}, "2 blocks go with 6 widths of at least 1"),
    ],
)
def test_configurations_that_contradict_themselves_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    card = MODELS[name]
    with pytest.raises(SpecError, match=message):
        card.config.parse(card.example.model_dump() | options, where="test")


def test_a_patch_map_is_averaged_to_a_score() -> None:
    averaged, mapped = (built("patch-discriminator", {"averaged": one}).eval() for one in (True, False))
    picture = torch.rand(2, 3, 40, 48)
    assert mapped(picture).shape == (2, 1, 3, 4)
    torch.testing.assert_close(averaged(picture), mapped(picture).mean((2, 3)))
