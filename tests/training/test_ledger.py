from pathlib import Path

import pytest

from intaglio.training.evaluation import PairResult, Protocol
from intaglio.training.ledger import LEDGER, Heading, Ledger
from intaglio.vocabulary.errors import JournalError, ResourceError, SpecError

PROTOCOL = Protocol(loss_network="l", metrics=("m",), contents="c", styles="s", content_count=1, style_count=1)
HEADING = Heading(subject="network", protocol=PROTOCOL)


def result(style: str, value: float = 1.0) -> PairResult:
    return PairResult(content="c.png", style=style, megapixels=1.0, seconds=2.0, values={"m": value})


def test_what_was_noted_is_there_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    first = Ledger(folder, HEADING)
    assert first.results == {}
    first.add(result("a"))
    first.add(result("b", 0.1))
    assert Ledger(folder, HEADING).results == {("c.png", "a"): result("a"), ("c.png", "b"): result("b", 0.1)}


@pytest.mark.parametrize("lost", [1, 30])
def test_a_line_cut_short_is_left_out_and_the_next_one_stands_alone(tmp_path: Path, lost: int) -> None:
    ledger = Ledger(tmp_path, HEADING)
    ledger.add(result("a"))
    ledger.add(result("b"))
    (tmp_path / LEDGER).write_bytes((tmp_path / LEDGER).read_bytes()[:-lost])
    resumed = Ledger(tmp_path, HEADING)
    assert list(resumed.results) == [("c.png", "a")]
    resumed.add(result("d"))
    assert list(Ledger(tmp_path, HEADING).results) == [("c.png", "a"), ("c.png", "d")]


def test_a_heading_cut_short_begins_anew(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b'{"subject": "netw')
    assert Ledger(tmp_path, HEADING).results == {}
    Ledger(tmp_path, HEADING).add(result("a"))
    assert len(Ledger(tmp_path, HEADING).results) == 1


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"subject": "other"}, "model was network and is other;"),
        ({"protocol": PROTOCOL.model_copy(update={"sample": 4})}, "sample was not given and is 4;"),
        ({"protocol": PROTOCOL.model_copy(update={"metrics": ("m", "n")})}, r"metrics was m and is m\+n;"),
        (
            {"protocol": PROTOCOL.model_copy(update={"contents": "k", "content_count": 2})},
            "contents was c and is k, content_count was 1 and is 2;",
        ),
    ],
)
def test_another_evaluation_is_refused_and_what_differs_is_named(
    tmp_path: Path, changed: dict[str, object], complaint: str
) -> None:
    Ledger(tmp_path, HEADING).add(result("a"))
    with pytest.raises(JournalError, match=complaint):
        Ledger(tmp_path, HEADING.model_copy(update=changed))


@pytest.mark.parametrize("line", ["not json", '{"content": 1}', "[]"])
def test_a_damaged_ledger_is_refused(tmp_path: Path, line: str) -> None:
    Ledger(tmp_path, HEADING).add(result("a"))
    with (tmp_path / LEDGER).open("a") as file:
        file.write(line + "\n")
    with pytest.raises((JournalError, SpecError), match=LEDGER):
        Ledger(tmp_path, HEADING)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResourceError, match="cannot be written"):
        Ledger(tmp_path / "file", HEADING)
