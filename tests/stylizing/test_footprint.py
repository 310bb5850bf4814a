import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders import NARROW
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig
from intaglio.stylizing.footprint import bytes_per_pixel, require_memory
from intaglio.vocabulary.errors import ResourceError

SMALL = CodecConfig(cut="relu5_1", widths=NARROW)
FULL = CodecConfig(cut="relu5_1", widths=VGG19_WIDTHS[:13])


def test_a_wider_and_a_deeper_encoder_take_more() -> None:
    shallow = CodecConfig(cut="relu2_1", widths=VGG19_WIDTHS[:3])
    assert bytes_per_pixel(SMALL) < bytes_per_pixel(shallow) < bytes_per_pixel(FULL)


def test_the_bytes_of_one_layer_are_those_counted_by_hand() -> None:
    """Color convolution, padded input, output, three of the widest, and 52 pictures of three values of four bytes."""
    assert bytes_per_pixel(CodecConfig(cut="relu1_1", widths=(10,))) == 4 * (3 + 3 + 3 + 10 + 3 * 10 + 3 * 52)


@given(st.integers(64, 20_000), st.integers(64, 20_000))
def test_the_size_that_is_said_to_fit_fits(height: int, width: int) -> None:
    limit = 1_000_000_000
    try:
        assert require_memory(FULL, (height, width), (1, 1), limit) <= limit
    except ResourceError as error:
        found = re.search(r"(\d+)x(\d+) fits", str(error))
        assert found is not None
        across, down = (int(side) for side in found.groups())
        assert require_memory(FULL, (down, across), (1, 1), limit) <= limit
        assert (across, down) < (width, height)


def test_a_style_enlarged_too_far_is_refused_too() -> None:
    with pytest.raises(ResourceError, match=r"reading a style of 9000x9000 takes .* fits: give a smaller stroke"):
        require_memory(FULL, (64, 64), (9000, 9000), 2_000_000_000)


def test_less_than_the_process_fits_nothing() -> None:
    with pytest.raises(ResourceError, match=r"takes .* and 1 MB is allowed; raise --memory$"):
        require_memory(SMALL, (64, 64), (64, 64), 1_000_000)
