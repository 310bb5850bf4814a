import pytest

import intaglio


def test_every_public_name_can_be_had() -> None:
    assert intaglio.__all__ == sorted(intaglio.__all__)
    assert dir(intaglio) == intaglio.__all__
    for name in intaglio.__all__:
        assert getattr(intaglio, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'stylise'"):
        intaglio.stylise  # noqa: B018
