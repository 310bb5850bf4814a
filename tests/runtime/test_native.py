"""The compiled convolutions against torch, for every instruction set of this machine."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from intaglio.runtime.native import instruction_sets, native, peak_rate

pytestmark = pytest.mark.skipif(native() is None, reason="the kernels were not built here")
SETS = instruction_sets() or ["none"]
FORMS = ["kept", "kept-bfloat16", "shared"]


def layer(weight: Tensor, bias: Tensor, instruction_set: str = SETS[0], form: str = "kept", **shape: Any) -> Any:
    """A compiled convolution."""
    module = native()
    assert module is not None
    kept = weight != 0
    return module.Convolution(
        outputs=weight.shape[0],
        inputs=weight.shape[1],
        kernel=weight.shape[2],
        stride=shape.get("stride", 1),
        enlarge=shape.get("enlarge", False),
        bits=torch.from_numpy(np.packbits(kept.numpy().reshape(-1))),
        weights=weight[kept],
        bias=bias,
        form=form,
        instruction_set=instruction_set,
    )


def computed(own: Any, x: Tensor, outputs: int, size: tuple[int, int], **how: Any) -> Tensor:
    """What it makes of (1, C, h, w), NaN where it writes nothing."""
    height, width = size
    pool, ceil = how.get("pool", False), how.get("ceil", False)
    made = [(side + ceil) // 2 if pool else side for side in size]
    result = torch.full((1, outputs, *made), torch.nan).contiguous(memory_format=torch.channels_last)
    x = x.contiguous(memory_format=torch.channels_last)
    flags = {"rectify": how.get("rectify", False), "pool": pool, "ceil": ceil, "threads": how.get("threads", 1)}
    own.run(x[0].permute(1, 2, 0), result[0].permute(1, 2, 0), height=height, width=width, **flags)
    return result


def random_layer(inputs: int, outputs: int, size: int, density: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Weights of that share kept, exact in bfloat16, and a bias."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(outputs, inputs, size, size, generator=generator).bfloat16().float()
    kept = torch.rand(weight.shape, generator=generator) < density
    return weight * kept, torch.randn(outputs, generator=generator)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SETS),
    st.sampled_from(FORMS),
    st.integers(1, 150),
    st.integers(1, 40),
    st.sampled_from([(1, 1), (1, 2), (3, 1), (3, 2)]),
    st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    st.tuples(st.integers(1, 30), st.integers(1, 110)),
    st.booleans(),
    st.integers(1, 3),
)
def test_it_is_the_convolution(
    instruction_set: str,
    form: str,
    inputs: int,
    outputs: int,
    kind: tuple[int, int],
    density: float,
    size: tuple[int, int],
    rectify: bool,
    threads: int,
) -> None:
    kernel, stride = kind
    weight, bias = random_layer(inputs, outputs, kernel, density)
    sides = [(side - 1) * stride + kernel for side in size]
    x = torch.randn(1, inputs, *sides, generator=torch.Generator().manual_seed(1))
    own = layer(weight, bias, instruction_set, form, stride=stride)
    result = computed(own, x, outputs, size, rectify=rectify, threads=threads)
    exact = F.conv2d(x.double(), weight.double(), bias.double(), stride=stride)
    scale = F.conv2d(x.double().abs(), weight.double().abs(), bias.double().abs(), stride=stride).max()
    assert (result - (exact.relu() if rectify else exact)).abs().max() <= 2e-6 * scale
    assert own.products == (weight != 0).sum() or form == "shared"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SETS), st.integers(1, 20), st.integers(1, 20), st.integers(1, 15), st.integers(1, 40))
def test_it_enlarges_before(instruction_set: str, inputs: int, outputs: int, height: int, width: int) -> None:
    weight, bias = random_layer(inputs, outputs, 3, 0.4)
    x = torch.randn(1, inputs, height + 2, width + 2, generator=torch.Generator().manual_seed(1))
    own = layer(weight, bias, instruction_set, enlarge=True)
    result = computed(own, x, outputs, (2 * height, 2 * width))
    enlarged = F.interpolate(x.double(), scale_factor=2)[:, :, 1:-1, 1:-1]
    assert (result - F.conv2d(enlarged, weight.double(), bias.double())).abs().max() < 1e-4


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SETS), st.integers(1, 20), st.integers(1, 15), st.integers(1, 40), st.booleans(), st.booleans())
def test_it_pools_behind(instruction_set: str, outputs: int, height: int, width: int, ceil: bool, rectify: bool) -> None:
    weight, bias = random_layer(5, outputs, 3, 0.4)
    x = torch.randn(1, 5, height + 2, width + 2, generator=torch.Generator().manual_seed(1))
    x[0, 0, height // 2, width // 2] = torch.nan
    result = computed(layer(weight, bias, instruction_set), x, outputs, (height, width), pool=True, ceil=ceil, rectify=rectify)
    convolved = computed(layer(weight, bias, instruction_set), x, outputs, (height, width), rectify=rectify)
    if result.numel():
        assert torch.equal(result.nan_to_num(7e7), F.max_pool2d(convolved, 2, ceil_mode=ceil).nan_to_num(7e7))


@pytest.mark.parametrize("instruction_set", SETS)
def test_bits_depend_neither_on_threads_nor_on_the_piece(instruction_set: str) -> None:
    weight, bias = random_layer(130, 300, 3, 0.2)
    x = torch.randn(1, 130, 32, 52, generator=torch.Generator().manual_seed(2))
    own = layer(weight, bias, instruction_set)
    whole = computed(own, x, 300, (30, 50))
    assert torch.equal(computed(own, x, 300, (30, 50), threads=7), whole)
    for top, left, height, width in ((0, 0, 1, 1), (3, 5, 9, 20), (20, 1, 10, 49)):
        piece = x[:, :, top : top + height + 2, left : left + width + 2]
        assert torch.equal(computed(own, piece, 300, (height, width)), whole[:, :, top : top + height, left : left + width])


@pytest.mark.skipif(len(SETS) < 3, reason="one instruction set with fused multiply-adds at most")
def test_bits_are_those_of_other_vectors() -> None:
    weight, bias = random_layer(40, 20, 3, 0.3)
    x = torch.randn(1, 40, 12, 12, generator=torch.Generator().manual_seed(2))
    wide, narrow = (computed(layer(weight, bias, one), x, 20, (10, 10)) for one in SETS[:2])
    assert torch.equal(wide, narrow)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("form", FORMS)
def test_nan_and_infinity_go_where_kept_weights_read_them(instruction_set: str, form: str) -> None:
    weight, bias = random_layer(6, 18, 3, 1.0)
    x = torch.randn(1, 6, 12, 12, generator=torch.Generator().manual_seed(2))
    x[0, 2, 5, 5], x[0, 3, 9, 2], x[0, 4, 9, 3] = torch.nan, torch.inf, -torch.inf
    for rectify in (False, True):
        result = computed(layer(weight, bias, instruction_set, form), x, 18, (10, 10), rectify=rectify)
        exact = F.conv2d(x, weight, bias)
        exact = exact.relu() if rectify else exact
        assert torch.equal(result.isnan(), exact.isnan())
        assert torch.equal(result.isinf(), exact.isinf())


@pytest.mark.parametrize("instruction_set", SETS)
def test_denormals_are_kept(instruction_set: str) -> None:
    weight, bias = torch.full((1, 1, 1, 1), 0.5), torch.zeros(1)
    x = torch.full((1, 1, 4, 4), 3e-40)
    assert torch.equal(computed(layer(weight, bias, instruction_set), x, 1, (4, 4)), x * 0.5)


def test_a_piece_without_rows_is_nothing_to_do() -> None:
    weight, bias = random_layer(3, 4, 3, 0.5)
    assert computed(layer(weight, bias), torch.zeros(1, 3, 2, 9), 4, (0, 7)).numel() == 0


def test_rows_of_a_larger_buffer_are_read_and_written_where_they_are() -> None:
    weight, bias = random_layer(20, 17, 3, 0.3)
    x = torch.randn(1, 20, 20, 50, generator=torch.Generator().manual_seed(0)).contiguous(memory_format=torch.channels_last)
    into = torch.full((1, 17, 30, 40), 7.0).contiguous(memory_format=torch.channels_last)
    piece, place = x[:, :, 3:12, 5:25], into[:, :, 2:9, 4:22]
    flags = {"rectify": False, "pool": False, "ceil": False, "threads": 1}
    layer(weight, bias).run(piece[0].permute(1, 2, 0), place[0].permute(1, 2, 0), height=7, width=18, **flags)
    assert (place - F.conv2d(piece, weight, bias)).abs().max() < 1e-4
    assert (into == 7.0).sum() == into.numel() - place.numel()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bits": torch.zeros(3, dtype=torch.uint8)}, "a bit for each weight"),
        ({"weights": torch.zeros(5)}, "as many weights as bits"),
        ({"bias": torch.zeros(3)}, "a bias for each output"),
        ({"kernel": 5}, "1x1 or 3x3"),
        ({"enlarge": True, "stride": 2}, "enlarging goes with"),
        ({"form": "other"}, "held as kept"),
        ({"instruction_set": "abacus"}, "cannot run abacus"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    module = native()
    assert module is not None
    whole = {"outputs": 4, "inputs": 2, "kernel": 3, "stride": 1, "enlarge": False, "form": "kept", "instruction_set": SETS[0]}
    parts = {"bits": torch.full((9,), 255, dtype=torch.uint8), "weights": torch.ones(72), "bias": torch.zeros(4)}
    with pytest.raises(ValueError, match=message):
        module.Convolution(**whole | parts | change)


def test_pieces_that_do_not_fit_are_refused() -> None:
    weight, bias = random_layer(3, 4, 3, 0.5)
    own = layer(weight, bias)
    with pytest.raises(ValueError, match=r"too small for this output"):
        computed(own, torch.zeros(1, 3, 9, 9), 4, (8, 7))
    with pytest.raises(ValueError, match=r"other channels"):
        computed(own, torch.zeros(1, 2, 9, 9), 4, (7, 7))


def test_the_peak_is_a_rate_of_this_century() -> None:
    assert 1e8 < peak_rate() < 1e13
