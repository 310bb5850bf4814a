"""A description has one canonical form, whose digest names results on disk.

The literal digests below may not change: results that exist are found by them. A failure here means that a default moved, a
field was renamed or the canonical form changed, and then the code is to be put back, not the literal.
"""

import json

import pytest
from pydantic import ValidationError

from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.models.style.wct import WCTConfig
from intaglio.vocabulary.errors import SpecError
from intaglio.vocabulary.spec import Spec

CODEC = CodecConfig(cut="relu2_1", widths=(16, 16, 32))
CASCADE = WCTConfig(stages=(CODEC, CodecConfig(cut="relu1_1", widths=(24,))))


class Old(Spec):
    """A description."""

    width: int
    depth: int = 3


class Grown(Spec):
    """The same, some releases later."""

    added: str = "nothing"
    depth: int = 3
    width: int


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert CODEC.canonical_json() == '{"cut":"relu2_1","widths":[16,16,32]}'
    assert Old(depth=1, width=2).canonical_json() == Old(width=2, depth=1).canonical_json() == '{"depth":1,"width":2}'


def test_fields_at_their_default_are_left_out_at_every_depth() -> None:
    spelled_out = CodecConfig(cut="relu2_1", widths=(16, 16, 32), pooling="floor", decoder_relu=True, embedded=())
    assert WCTConfig(stages=(spelled_out, CASCADE.stages[1]), eigenvalue_cut=1e-7).canonical_json() == CASCADE.canonical_json()


def test_a_new_field_with_a_default_does_not_move_the_canonical_form() -> None:
    assert Grown(width=2).canonical_json() == Old(width=2).canonical_json()
    assert Grown(width=2, added="much").canonical_json() != Old(width=2).canonical_json()


def test_the_digest_of_a_codec_stays() -> None:
    assert CODEC.digest() == "d596f19d3deec0f5"


def test_the_digest_of_a_cascade_stays() -> None:
    assert CASCADE.digest() == "edccc22a4b657aef"


def test_the_digest_depends_on_the_kind_of_description() -> None:
    assert Grown(width=2).digest() != Old(width=2).digest()


def test_the_canonical_form_reads_back() -> None:
    assert WCTConfig.parse(json.loads(CASCADE.canonical_json()), where="here") == CASCADE


def test_a_description_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        CODEC.pooling = "ceil"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"cut": "relu1_1", "widths": [4], "width": 9},
            "model.json: field 'width': is not known; did you mean 'widths'? (value: 9)",
        ),
        ({"cut": "relu1_1"}, "model.json: field 'widths': Field required (value: {'cut': 'relu1_1'})"),
        (
            {"cut": "relu1_1", "widths": ["many"]},
            "model.json: field 'widths.0': Input should be a valid integer, unable to parse string as an integer (value: many)",
        ),
    ],
)
def test_what_does_not_validate_is_told_in_one_line(content: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError) as raised:
        CodecConfig.parse(content, where="model.json")
    assert str(raised.value) == message


def test_a_contradiction_between_fields_is_told_in_one_line() -> None:
    with pytest.raises(SpecError, match=r"^config: field '\(whole\)': .*relu3_1 has 5 convolutions, but 2 widths") as raised:
        CodecConfig.parse({"cut": "relu3_1", "widths": [4, 4]}, where="config")
    assert "\n" not in str(raised.value)


def test_a_whole_file_of_the_wrong_kind_is_told_in_one_line() -> None:
    with pytest.raises(SpecError, match=r"^config: field '\(whole\)'") as raised:
        CodecConfig.parse([1, 2], where="config")
    assert "\n" not in str(raised.value)
