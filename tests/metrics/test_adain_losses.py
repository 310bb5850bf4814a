"""The errors are the losses of the reference code of AdaIN, on its training pairs, with its weights remade from their seeds."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from golden import adain
from intaglio.metrics.comparison import Comparison, look_at
from intaglio.metrics.content import content_error
from intaglio.metrics.style import style_errors
from intaglio.metrics.total_error import TOTAL_ERROR
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Cascade


@pytest.fixture(scope="module")
def network(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    return adain(shared, tmp_path_factory.mktemp("adain"))


def test_the_errors_are_the_losses_of_the_reference_code(network: Cascade, shared: Path) -> None:
    with np.load(shared / "golden" / "adain.npz") as arrays:
        golden = {key: float(arrays[key]) for key in arrays.files if key.startswith("train.loss.")}
        pictures = [torch.from_numpy(arrays[f"train.{role}_u8"]).permute(0, 3, 1, 2) / 255 for role in ("content", "style")]
    judge = LossNetwork(network.cascade()[0].encoder)
    found = [_compared(judge, network, *pair) for pair in zip(*(batch.split(1) for batch in pictures), strict=True)]
    # Losses are means over the batch.
    for name, values in {
        "train.loss.content": [content_error(pair) for pair in found],
        "train.loss.style_weighted": [style_errors(pair)["style_error"] for pair in found],
        "train.loss.total": [TOTAL_ERROR.measure(pair)["total_error"] for pair in found],
    }.items():
        assert np.mean(values) == pytest.approx(golden[name], rel=1e-4), name


def _compared(judge: LossNetwork, network: Cascade, content: Tensor, style: Tensor) -> Comparison:
    with torch.inference_mode():
        stylized = network(content, style)
    return Comparison(
        content=look_at(content, judge), style=look_at(style, judge).statistics, stylized=look_at(stylized, judge)
    )
